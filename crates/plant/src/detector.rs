//! A comparator's eye: a threshold, a delay that runs while it is passed, and the record of both.
//!
//! The delay runs while the quantity is beyond the threshold and starts anew each time it comes back; so a
//! current that ripples must stay beyond it from trough to trough where the delay is longer than a ripple.
//! A current is seen as it comes through the shunt and the filter behind it.

use std::f64::consts::{PI, TAU};

use blackstart_roles::Protection;
use blackstart_trace::{Approach, Evidence};
use blackstart_units::SimTime;

use crate::moments::{Moments, ReplayStart};
use crate::network::{
    BranchId, CrossingEdge, Network, Quantity, RippleShare, Sense, Step, Tally, Watch,
};

/// So many times its delay and its filter a replay of a comparator begins before.
const MEMORIES: u64 = 10;

/// What a comparator is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComparatorSetting {
    /// In the unit of what it watches.
    pub threshold: f64,
    pub delay: SimTime,
}

/// One comparator's eye.
#[derive(Clone, Debug)]
pub(crate) struct ThresholdDetector {
    pub protection: Protection,
    watched: Watched,
    pub setting: ComparatorSetting,
    pub over_since: Option<SimTime>,
    pub extreme: (SimTime, f64),
    pub extreme_over: f64,
    pub longest_dwell: SimTime,
    pub tripped_at: Option<SimTime>,
    /// From where to see the extreme again, or how the threshold was passed.
    pub moment: Option<ReplayStart>,
    /// While the threshold is passed: what has taken the charge since.
    pub tally: Option<Tally>,
    /// While the threshold is passed: the furthest that the current itself was, as far from its mean as what
    /// is watched. Of anything else, what is watched is the truth.
    pub truth: f64,
}

/// What a comparator looks at, and on which side danger lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Watched {
    pub seen: SeenQuantity,
    pub edge: CrossingEdge,
}

/// What a comparator looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SeenQuantity {
    /// The current of a branch as its sense filter shows it, with what ripples on it at this period,
    /// of which the filter lets a share through.
    Current {
        branch: BranchId,
        ripple_period: SimTime,
        passes: f64,
        /// Its time constant.
        filter: SimTime,
    },
    /// Anything else, as it is.
    Plain(Quantity),
}

impl SeenQuantity {
    /// The current of a branch, through what stands between its shunt and a comparator.
    pub fn current(branch: BranchId, sense: Option<Sense>, ripple_period: SimTime) -> Self {
        let ripple = TAU / ripple_period.as_seconds();
        let passes = sense.map_or(1.0, |sense| sense.passes(ripple));
        let filter = sense.map_or(SimTime::ZERO, |sense| SimTime::from_seconds(sense.lag.0));
        Self::Current { branch, ripple_period, passes, filter }
    }
}

impl Watched {
    /// What must pass the threshold so that a delay of this length can run to its end.
    ///
    /// Of I + A·cos(2πt/T) that is the value which is exceeded for as long as the delay, once in
    /// every period: I + A·cos(π·delay/T), and the trough where the delay is longer than T. On the other
    /// side it is the same with −A.
    pub fn decisive(self, delay: SimTime) -> Quantity {
        match self.seen {
            SeenQuantity::Current { branch, ripple_period, passes, .. } => {
                let factor = passes * self.outwards(at_share_of(ripple_period, delay));
                Quantity::SensedCurrent(branch, RippleShare::new(factor))
            }
            SeenQuantity::Plain(quantity) => quantity,
        }
    }

    /// What is written down when it acts: without what ripples on it.
    pub fn mean(self) -> Quantity {
        match self.seen {
            SeenQuantity::Current { branch, .. } => {
                Quantity::SensedCurrent(branch, RippleShare::new(0.0))
            }
            SeenQuantity::Plain(quantity) => quantity,
        }
    }

    /// The same of the current itself, without the sensor.
    pub fn truth(self, delay: SimTime) -> Option<Quantity> {
        match self.seen {
            SeenQuantity::Current { branch, ripple_period, .. } => {
                let factor = self.outwards(at_share_of(ripple_period, delay));
                Some(Quantity::RippledCurrent(branch, RippleShare::new(factor)))
            }
            SeenQuantity::Plain(_) => None,
        }
    }

    /// The furthest that is reached in every period.
    pub fn peak(self) -> Quantity {
        self.decisive(SimTime::ZERO)
    }

    /// Time constant of the filter before it.
    fn filter(self) -> SimTime {
        match self.seen {
            SeenQuantity::Current { filter, .. } => filter,
            SeenQuantity::Plain(_) => SimTime::ZERO,
        }
    }

    /// The branch whose current it is, if it is one.
    pub fn current_of(self) -> Option<BranchId> {
        match self.seen {
            SeenQuantity::Current { branch, .. } => Some(branch),
            SeenQuantity::Plain(_) => None,
        }
    }

    /// Whether the first value is worse than the second.
    pub fn further(self, value: f64, other: f64) -> bool {
        match self.edge {
            CrossingEdge::Rising => value > other,
            CrossingEdge::Falling => value < other,
        }
    }

    /// The worse end of what a quantity was within a step.
    pub fn worst<T>(self, (least, most): (T, T)) -> T {
        match self.edge {
            CrossingEdge::Rising => most,
            CrossingEdge::Falling => least,
        }
    }

    /// A number with its sign where danger lies above, and without where it lies below.
    pub fn outwards(self, value: f64) -> f64 {
        match self.edge {
            CrossingEdge::Rising => value,
            CrossingEdge::Falling => -value,
        }
    }
}

/// Where on a ripple of amplitude 1 the value lies that is exceeded for as long as the delay.
fn at_share_of(ripple_period: SimTime, delay: SimTime) -> f64 {
    let share = (delay.as_seconds() / ripple_period.as_seconds()).min(1.0);
    libm::cos(PI * share)
}

impl ThresholdDetector {
    pub fn new(protection: Protection, watched: Watched, setting: ComparatorSetting) -> Self {
        // A current that never flowed towards the threshold came no closer than none, nor did cells that
        // nobody has looked at.
        let nowhere = match watched.seen {
            SeenQuantity::Current { .. } | SeenQuantity::Plain(Quantity::HighestCell(_)) => 0.0,
            SeenQuantity::Plain(_) => watched.outwards(f64::NEG_INFINITY),
        };
        Self {
            protection,
            watched,
            setting,
            over_since: None,
            extreme: (SimTime::ZERO, nowhere),
            extreme_over: nowhere,
            longest_dwell: SimTime::ZERO,
            tripped_at: None,
            moment: None,
            tally: None,
            truth: nowhere,
        }
    }

    pub fn watched(&self) -> Watched {
        self.watched
    }

    /// What must pass the threshold.
    pub fn decisive(&self) -> Quantity {
        self.watched.decisive(self.setting.delay)
    }

    /// Whether a value of the decisive quantity is beyond the threshold.
    pub fn is_over(&self, value: f64) -> bool {
        self.watched.further(value, self.setting.threshold) || value == self.setting.threshold
    }

    /// How far back a replay must begin so that it has forgotten where it began.
    fn reach(&self) -> SimTime {
        let memory = self.setting.delay + self.watched.filter();
        SimTime::from_nanos(memory.as_nanos().saturating_mul(MEMORIES))
    }

    /// When the delay ends, if it runs.
    pub fn expires(&self) -> SimTime {
        self.over_since.map_or(SimTime::NEVER, |since| since + self.setting.delay)
    }

    /// The level at which it wants to be asked again.
    pub fn watch(&self) -> Watch {
        let beyond = self.watched.edge;
        Watch {
            quantity: self.decisive(),
            level: self.setting.threshold,
            edge: if self.over_since.is_some() { beyond.back() } else { beyond },
        }
    }

    /// The instant at which the network stands still: whether the threshold is passed, and the peak.
    pub fn look(&mut self, network: &Network, moments: &Moments) {
        let over = self.is_over(network.value(self.decisive()));
        self.turn(network.now(), over, network, moments);
        self.see(network.now(), network.value(self.watched.peak()), moments);
    }

    #[cfg(test)]
    pub fn pass_threshold(&mut self, network: &Network, moments: &Moments) {
        self.turn(network.now(), true, network, moments);
    }

    /// The quantity went beyond the threshold, or came back.
    fn turn(&mut self, now: SimTime, over: bool, network: &Network, moments: &Moments) {
        match (over, self.over_since) {
            (true, None) => {
                self.moment = Some(moments.before(now, self.reach()));
                self.over_since = Some(now);
                self.extreme_over = self.setting.threshold;
                self.tally = self.watched.current_of().map(Tally::new);
                let truth = self.watched.truth(self.setting.delay);
                self.truth = truth.map_or(f64::NAN, |quantity| network.value(quantity));
            }
            (false, Some(since)) => {
                self.longest_dwell = self.longest_dwell.max(now - since);
                self.over_since = None;
            }
            _ => {}
        }
    }

    /// Takes note of a peak that was reached.
    fn see(&mut self, at: SimTime, peak: f64, moments: &Moments) {
        if self.watched.further(peak, self.extreme.1) {
            self.extreme = (at, peak);
            // While the threshold is passed the beginning counts: a trip is run again from there.
            if self.over_since.is_none() || self.moment.is_none() {
                self.moment = Some(moments.before(at, self.reach()));
            }
        }
        if self.watched.further(peak, self.extreme_over) {
            self.extreme_over = peak;
        }
    }

    /// An accepted step: the peak within it, and while the threshold is passed what takes the current.
    pub fn pass(&mut self, step: &Step<'_>, moments: &Moments) {
        let (at, peak) = self.watched.worst(step.extremes(self.watched.peak()));
        self.see(at, peak, moments);
        if self.over_since.is_none() {
            return;
        }
        if let Some(tally) = &mut self.tally {
            tally.pass(step);
        }
        if let Some(truth) = self.watched.truth(self.setting.delay) {
            let (_, furthest) = self.watched.worst(step.extremes(truth));
            if self.watched.further(furthest, self.truth) {
                self.truth = furthest;
            }
        }
    }

    /// It acts.
    pub fn act(&mut self, now: SimTime) {
        self.tripped_at = Some(now);
        self.over_since = None;
    }

    /// How close it came, for a comparator that never acted.
    pub fn approach(&self, evidence: Evidence) -> Approach {
        Approach {
            protection: self.protection,
            extreme: self.extreme.1,
            extreme_at: self.extreme.0,
            threshold: self.setting.threshold,
            longest_dwell: self.longest_dwell,
            delay: self.setting.delay,
            evidence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Branch, NetworkBuilder, NetworkLoad, NodeId};
    use blackstart_units::{Fraction, Ohms, Volts, Watts};

    const PERIOD_MS: f64 = 10.0;

    /// How long I + A·cos(2πt/T) stays at or beyond a threshold in one go, sampled finely; endless when always.
    fn longest_stay(mean: f64, amplitude: f64, threshold: f64) -> f64 {
        const STEPS: usize = 100_000;
        let wave = |step: usize| mean + amplitude * libm::cos(TAU * step as f64 / STEPS as f64);
        let beyond = (0..STEPS).filter(|&step| wave(step) >= threshold).count();
        if beyond == STEPS { f64::INFINITY } else { PERIOD_MS * beyond as f64 / STEPS as f64 }
    }

    #[test]
    fn delay_runs_to_its_end_exactly_where_the_ripple_lets_it() {
        let mut builder = NetworkBuilder::new();
        let node = builder.node("port");
        let branch = Branch {
            emf: Volts(50.0),
            resistance: Ohms(1e-6),
            ..Branch::new("source", NodeId::GROUND, node)
        };
        let branch = builder.branch(branch);
        let mut load = NetworkLoad::new("inverter", node, NodeId::GROUND);
        (load.power, load.ripple) = (Watts(1000.0), Fraction(0.5));
        builder.load(load);
        let network = builder.build().unwrap();
        let ripple_period = SimTime::from_seconds(PERIOD_MS * 1e-3);
        let seen = SeenQuantity::current(branch, None, ripple_period);
        let watched = Watched { seen, edge: CrossingEdge::Rising };
        // 20 A with 10 A of ripple.
        for threshold in [9.0, 11.0, 15.0, 19.0, 21.0, 25.0, 29.0, 31.0] {
            for delay in [0.01, 1.0, 3.0, 5.0, 7.0, 9.0, 9.9, 11.0, 320.0] {
                let decisive = watched.decisive(SimTime::from_seconds(delay * 1e-3));
                let acts = network.value(decisive) >= threshold;
                let expected = longest_stay(20.0, 10.0, threshold) >= delay;
                assert_eq!(acts, expected, "{threshold} A for {delay} ms");
                // The same wave the other way round.
                let backwards = Watched { edge: CrossingEdge::Falling, ..watched };
                let decisive = backwards.decisive(SimTime::from_seconds(delay * 1e-3));
                let acts = network.value(decisive) <= threshold;
                let expected = longest_stay(-20.0, 10.0, -threshold) >= delay;
                assert_eq!(acts, expected, "below {threshold} A for {delay} ms");
            }
        }
    }
}
