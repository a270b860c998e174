//! Where a run can be taken up again: its last change from outside, and marks since then.

use std::sync::Arc;

use blackstart_units::SimTime;

use crate::network::{Network, Situation, Step};

/// Of three marks in a row the middle one goes where the outer two lie as close together as this share of
/// how long ago they were.
const SPACING: u64 = 4;

/// After all but this part of its reach a replay is looked at.
const FORGOTTEN: u64 = 10;

/// A moment of a run.
#[derive(Clone, Debug)]
pub(crate) struct ReplayStart {
    /// The network right after the last change before it.
    change: Arc<Network>,
    later: Option<Arc<Situation>>,
    /// From when on a replay with other parameters has forgotten that it began with the states of these.
    pub settled: SimTime,
}

impl ReplayStart {
    /// Its instant.
    pub fn now(&self) -> SimTime {
        self.later.as_ref().map_or_else(|| self.change.now(), |later| later.now())
    }

    /// The network as it was then.
    pub fn network(&self) -> Network {
        match &self.later {
            Some(situation) => self.change.at(situation),
            None => (*self.change).clone(),
        }
    }

    /// Whether nothing was changed between the two.
    pub fn is_of_the_same_change(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.change, &other.change)
    }
}

/// The last change of a run, and marks since then: the older, the further apart.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    change: Arc<Network>,
    marks: Vec<Arc<Situation>>,
}

impl Moments {
    /// Right after a change.
    pub fn after(change: Network) -> Self {
        Self { change: Arc::new(change), marks: Vec::new() }
    }

    /// Takes note of an accepted step.
    pub fn pass(&mut self, step: &Step<'_>) {
        let now = step.start();
        if now <= self.change.now() {
            return;
        }
        let at = |mark: Option<&Arc<Situation>>| mark.map(|mark| mark.now());
        let mut k = 0;
        while k + 1 < self.marks.len() {
            let before = at(k.checked_sub(1).and_then(|k| self.marks.get(k)));
            let after = self.marks[k + 1].now();
            let gap = after - before.unwrap_or(self.change.now());
            let age = now - after;
            if gap.as_nanos().saturating_mul(SPACING) < age.as_nanos() {
                self.marks.remove(k);
            } else {
                k += 1;
            }
        }
        self.marks.push(Arc::new(step.situation()));
    }

    /// The last moment that lies by `reach` or more before an instant; where there is none, the change.
    pub fn before(&self, at: SimTime, reach: SimTime) -> ReplayStart {
        let is_far_enough = |mark: &&Arc<Situation>| mark.now() + reach <= at;
        let later = self.marks.iter().rev().find(is_far_enough).map(Arc::clone);
        let settled = match &later {
            Some(_) => at - SimTime::from_nanos(reach.as_nanos() / FORGOTTEN),
            None => self.change.now(),
        };
        ReplayStart { change: Arc::clone(&self.change), later, settled }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Branch, Capacitor, NetworkBuilder, NodeId, Quantity};
    use blackstart_units::{Farads, Ohms, Volts};

    /// A capacitor that is charged through a resistor within some seconds, and then stays for ten days.
    #[test]
    fn a_run_is_taken_up_again_from_shortly_before_any_instant() {
        let mut builder = NetworkBuilder::new();
        let node = builder.node("port");
        let (emf, resistance) = (Volts(50.0), Ohms(1.0));
        let source = Branch { emf, resistance, ..Branch::new("source", NodeId::GROUND, node) };
        let source = builder.branch(source);
        let capacitor = Capacitor { capacitance: Farads(1.0), voltage: Volts(0.0) };
        let resistance = Ohms(0.01);
        let bank = Branch::new("bank", node, NodeId::GROUND);
        builder.branch(Branch { resistance, capacitor: Some(capacitor), ..bank });
        let mut network = builder.build().unwrap();
        let mut moments = Moments::after(network.clone());
        let end = SimTime::from_whole_seconds(864_000);
        let (mut seen, mut most) = (Vec::new(), 0);
        network
            .advance(end, &[], &mut |step| {
                moments.pass(step);
                most = most.max(moments.marks.len());
                let (at, reach) = (step.end(), SimTime::from_millis(500));
                let moment = moments.before(at, reach);
                let value = step.value(Quantity::Current(source), at);
                seen.push((at, reach, moment, value));
            })
            .unwrap();
        assert!(seen.len() > 20 && most < 60, "{} steps, {most} marks", seen.len());
        let later = seen.iter().filter(|(_, _, moment, _)| moment.later.is_some());
        assert!(later.count() > 5);
        for (at, reach, moment, value) in seen {
            let mut again = moment.network();
            assert_eq!(again.now(), moment.now());
            if moment.later.is_some() {
                assert!(moment.now() + reach <= at && moment.settled < at);
                assert!(moment.settled > moment.now());
            }
            again.advance(at, &[], &mut |_| {}).unwrap();
            let current = again.value(Quantity::Current(source));
            assert!((current - value).abs() < 1e-3, "{at}: {current}, was {value}");
        }
        // What is asked about an instant in the middle of the charging begins there, not at the change.
        let middle = moments.before(SimTime::from_whole_seconds(100_000), SimTime::from_millis(1));
        assert!(middle.now() > SimTime::from_whole_seconds(1), "{}", middle.now());
    }
}
