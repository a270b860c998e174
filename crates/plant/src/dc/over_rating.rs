//! What may not last: a current beyond a level for longer than a time.
//!
//! Nothing opens because of it, as nothing watches it; it is written down, and what it breaks is
//! broken from then on.

use blackstart_scenario::BatteryModule;
use blackstart_trace::SignalId;
use blackstart_units::SimTime;

use crate::circuit::PlantCircuit;
use crate::network::{BranchId, CrossingEdge, Quantity, Watch};
use crate::record::Recorder;

/// Names of the states, in the order of the signal's values.
pub(crate) const STATES: [&str; 3] = ["within", "pulse", "exceeded"];

/// One level that must not be passed for longer than a time.
#[derive(Clone, Debug)]
pub(crate) struct OverRating {
    pub id: String,
    pub signal: SignalId,
    pub current: Quantity,
    pub level: f64,
    /// Beyond: above the level, or below it.
    pub beyond: CrossingEdge,
    pub span: SimTime,
    since: Option<SimTime>,
    pub exceeded: bool,
}

/// All of a system.
#[derive(Clone, Debug, Default)]
pub(crate) struct OverRatings(pub Vec<OverRating>);

impl OverRating {
    pub fn new(
        id: &str,
        signal: SignalId,
        current: Quantity,
        (beyond, level): (CrossingEdge, f64),
        span: SimTime,
    ) -> Self {
        let id = id.to_owned();
        Self { id, signal, current, level, beyond, span, since: None, exceeded: false }
    }

    fn look(&mut self, now: SimTime, value: f64) {
        let over = match self.beyond {
            CrossingEdge::Rising => value >= self.level,
            CrossingEdge::Falling => value <= self.level,
        };
        self.since = over.then(|| self.since.unwrap_or(now));
        self.exceeded |= self.since.is_some_and(|since| now >= since + self.span);
    }

    /// Index of its state.
    fn state(&self) -> u8 {
        if self.exceeded { 2 } else { u8::from(self.since.is_some()) }
    }
}

impl OverRatings {
    /// Brings all to now; whether one was exceeded for the first time.
    pub fn look(&mut self, circuit: &PlantCircuit, recorder: &mut Recorder) -> bool {
        let (network, now) = (&circuit.network, circuit.network.now());
        let mut news = false;
        for over_rating in &mut self.0 {
            let before = over_rating.exceeded;
            over_rating.look(now, network.value(over_rating.current));
            news |= over_rating.exceeded && !before;
        }
        // Several over-ratings share the signal of one thing: the worst is shown.
        for over_rating in &self.0 {
            let same = self.0.iter().filter(|other| other.signal == over_rating.signal);
            let worst = same.map(OverRating::state).max().unwrap_or(0);
            recorder.state(&over_rating.id, over_rating.signal, now, f64::from(worst));
        }
        news
    }

    /// The next instant at which one is exceeded.
    pub fn next(&self) -> SimTime {
        let running = self.0.iter().filter(|over_rating| !over_rating.exceeded);
        let ends = running.filter_map(|over_rating| Some(over_rating.since? + over_rating.span));
        ends.min().unwrap_or(SimTime::NEVER)
    }

    /// The levels at which one begins or ends.
    pub fn watches(&self) -> impl Iterator<Item = Watch> + '_ {
        self.0.iter().map(|over_rating| {
            let back = match over_rating.beyond {
                CrossingEdge::Rising => CrossingEdge::Falling,
                CrossingEdge::Falling => CrossingEdge::Rising,
            };
            let edge = if over_rating.since.is_some() { back } else { over_rating.beyond };
            Watch { quantity: over_rating.current, level: over_rating.level, edge }
        })
    }

    /// Whether the thing with this signal was exceeded.
    pub fn is_exceeded(&self, signal: SignalId) -> bool {
        self.0.iter().any(|over_rating| over_rating.signal == signal && over_rating.exceeded)
    }
}

/// The four limits of a module's current: continuous ones for the time of a pulse, pulses at once.
pub(crate) fn of_module(
    id: &str,
    signals: (SignalId, SignalId),
    cells: BranchId,
    model: &BatteryModule,
) -> [OverRating; 4] {
    let current = Quantity::Current(cells);
    let (discharge, charge) = (model.discharge_current, model.charge_current);
    [
        (signals.0, (CrossingEdge::Rising, discharge.0.0), model.pulse_time),
        (signals.0, (CrossingEdge::Rising, discharge.1.0), SimTime::ZERO),
        (signals.1, (CrossingEdge::Falling, -charge.0.0), model.pulse_time),
        (signals.1, (CrossingEdge::Falling, -charge.1.0), SimTime::ZERO),
    ]
    .map(|(signal, level, span)| {
        // A current at the limit is allowed: a thousandth above it is beyond.
        let level = (level.0, level.1 * 1.001);
        OverRating::new(id, signal, current, level, span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::LoadId;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    #[test]
    fn a_pulse_that_ends_in_time_is_forgotten_and_a_longer_one_is_not() {
        let current = Quantity::LoadCurrent(LoadId::first());
        let mut over_rating = OverRating::new(
            "battery-1",
            SignalId(0),
            current,
            (CrossingEdge::Rising, 100.0),
            at(10),
        );
        over_rating.look(at(0), 150.0);
        over_rating.look(at(9), 50.0);
        over_rating.look(at(12), 150.0);
        assert_eq!(over_rating.state(), 1);
        over_rating.look(at(21), 150.0);
        assert!(!over_rating.exceeded);
        over_rating.look(at(22), 150.0);
        over_rating.look(at(30), 0.0);
        assert_eq!(over_rating.state(), 2);
    }
}
