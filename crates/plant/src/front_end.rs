//! The analog front end's comparators: hardware that acts without asking the firmware.
//!
//! Two watch the discharge current, two the highest and the lowest cell. A comparator's delay runs
//! while its quantity is beyond the threshold and starts anew each time it comes back; so a current
//! that ripples must stay beyond it from trough to trough where the delay is longer than a ripple.
//! What they watch is the current as it comes through the shunt and the filter behind it.

use std::f64::consts::TAU;

use bevy_ecs::prelude::Component;
use blackstart_roles::Protection;
use blackstart_scenario as model;
use blackstart_trace::{Approach, Evidence};
use blackstart_units::SimTime;

use crate::moments::{Moments, ReplayStart};
use crate::network::{BranchId, CrossingEdge, Network, Quantity, RippleShare, Sense, Step, Tally};

/// What a comparator is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComparatorSetting {
    /// In the unit of what it watches.
    pub threshold: f64,
    pub delay: SimTime,
}

/// So many times its delay and its filter a replay of a comparator begins before.
const MEMORIES: u64 = 10;

/// One comparator: a threshold, a delay that runs while it is passed, and its record.
#[derive(Clone, Debug)]
pub(crate) struct FrontEndComparator {
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
    /// Time constant of the filter before it.
    filter: SimTime,
    /// While the threshold is passed: what has taken the charge since.
    pub tally: Option<Tally>,
    /// While the threshold is passed: the most that the current itself was, as far from its mean as what is
    /// watched. Of a cell, what is watched is the truth.
    pub truth: f64,
}

/// What a comparator looks at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Watched {
    /// The current of a branch as its sense filter shows it, with what ripples on it at this period,
    /// of which the filter lets a share through.
    Current {
        branch: BranchId,
        ripple_period: SimTime,
        passes: f64,
    },
    HighestCell(BranchId),
    LowestCell(BranchId),
}

impl Watched {
    /// The direction of danger.
    pub fn edge(self) -> CrossingEdge {
        match self {
            Self::Current { .. } | Self::HighestCell(_) => CrossingEdge::Rising,
            Self::LowestCell(_) => CrossingEdge::Falling,
        }
    }

    /// What must pass the threshold so that a delay of this length can run to its end.
    ///
    /// Of I + A·cos(2πt/T) that is the value which is exceeded for as long as the delay, once in
    /// every period: I + A·cos(π·delay/T), and the trough where the delay is longer than T.
    pub fn decisive(self, delay: SimTime) -> Quantity {
        match self {
            Self::Current { branch, ripple_period, passes } => {
                let factor = passes * at_share_of(ripple_period, delay);
                Quantity::SensedCurrent(branch, RippleShare::new(factor))
            }
            Self::HighestCell(_) | Self::LowestCell(_) => self.mean(),
        }
    }

    /// What is written down when it acts: without what ripples on it.
    pub fn mean(self) -> Quantity {
        match self {
            Self::Current { branch, .. } => Quantity::SensedCurrent(branch, RippleShare::new(0.0)),
            Self::HighestCell(cells) => Quantity::HighestCell(cells),
            Self::LowestCell(cells) => Quantity::LowestCell(cells),
        }
    }

    /// The same of the current itself, without the sensor.
    pub fn truth(self, delay: SimTime) -> Option<Quantity> {
        match self {
            Self::Current { branch, ripple_period, .. } => {
                let factor = at_share_of(ripple_period, delay);
                Some(Quantity::RippledCurrent(branch, RippleShare::new(factor)))
            }
            Self::HighestCell(_) | Self::LowestCell(_) => None,
        }
    }

    /// The furthest that is reached in every period.
    pub fn peak(self) -> Quantity {
        self.decisive(SimTime::ZERO)
    }
}

/// Where on a ripple of amplitude 1 the value lies that is exceeded for as long as the delay.
fn at_share_of(ripple_period: SimTime, delay: SimTime) -> f64 {
    let share = (delay.as_seconds() / ripple_period.as_seconds()).min(1.0);
    libm::cos(core::f64::consts::PI * share)
}

impl FrontEndComparator {
    pub fn new(
        protection: Protection,
        watched: Watched,
        setting: ComparatorSetting,
        filter: SimTime,
    ) -> Self {
        let nowhere = match watched.edge() {
            CrossingEdge::Rising => 0.0,
            CrossingEdge::Falling => f64::INFINITY,
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
            filter,
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
        self.further(value, self.setting.threshold) || value == self.setting.threshold
    }

    /// Whether the first value is worse than the second.
    fn further(&self, value: f64, other: f64) -> bool {
        match self.watched.edge() {
            CrossingEdge::Rising => value > other,
            CrossingEdge::Falling => value < other,
        }
    }

    /// How far back a replay must begin so that it has forgotten where it began.
    fn reach(&self) -> SimTime {
        let memory = self.setting.delay + self.filter;
        SimTime::from_nanos(memory.as_nanos().saturating_mul(MEMORIES))
    }

    /// When the delay ends, if it runs.
    pub fn expires(&self) -> SimTime {
        self.over_since.map_or(SimTime::NEVER, |since| since + self.setting.delay)
    }

    /// The quantity went beyond the threshold, or came back.
    pub fn turn(&mut self, now: SimTime, over: bool, network: &Network, moments: &Moments) {
        match (over, self.over_since) {
            (true, None) => {
                self.moment = Some(moments.before(now, self.reach()));
                self.over_since = Some(now);
                self.extreme_over = self.setting.threshold;
                if let Watched::Current { branch, .. } = self.watched {
                    self.tally = Some(Tally::new(branch));
                }
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
    pub fn see(&mut self, at: SimTime, peak: f64, moments: &Moments) {
        if self.further(peak, self.extreme.1) {
            self.extreme = (at, peak);
            // While the threshold is passed the beginning counts: a trip is run again from there.
            if self.over_since.is_none() || self.moment.is_none() {
                self.moment = Some(moments.before(at, self.reach()));
            }
        }
        if self.further(peak, self.extreme_over) {
            self.extreme_over = peak;
        }
    }

    /// While the threshold is passed: takes note of what takes the current, and of what it is.
    pub fn follow(&mut self, step: &Step<'_>) {
        if self.over_since.is_none() {
            return;
        }
        if let Some(tally) = &mut self.tally {
            tally.pass(step);
        }
        if let Some(truth) = self.watched.truth(self.setting.delay) {
            self.truth = self.truth.max(step.extremes(truth).1.1);
        }
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

/// All comparators and the latch.
#[derive(Component)]
pub struct InstalledFrontEnd {
    pub(crate) comparators: [FrontEndComparator; 4],
    /// One bit for each comparator, in their order.
    pub(crate) latched: u32,
    /// What its trips and margins rest on.
    pub(crate) evidence: Evidence,
}

/// What stands between the shunt and the comparators of its current.
pub(crate) fn sense(model: &model::Battery) -> Sense {
    Sense { lag: model.sense_filter, lead: model.shunt_time }
}

/// Place of the comparator that forbids charging.
const OVERVOLTAGE: usize = 2;

/// The states of the front end's signal: none latched, then the first that is, by place.
pub(crate) const STATES: [&str; 5] = ["ok", "scd", "ocd", "ovp", "uvp"];

impl InstalledFrontEnd {
    pub(crate) fn new(
        model: &model::Battery,
        shunt: BranchId,
        cells: BranchId,
        ripple_period: SimTime,
    ) -> Self {
        let ripple = TAU / ripple_period.as_seconds();
        let passes = sense(model).passes(ripple);
        let current = Watched::Current { branch: shunt, ripple_period, passes };
        let filter = SimTime::from_seconds(model.sense_filter.0);
        let of_current = |one: model::Comparator<_>| {
            let blackstart_units::Amperes(threshold) = one.threshold;
            ComparatorSetting { threshold, delay: one.delay }
        };
        let of_voltage = |one: model::Comparator<_>| {
            let blackstart_units::Volts(threshold) = one.threshold;
            ComparatorSetting { threshold, delay: one.delay }
        };
        let (highest, lowest) = (Watched::HighestCell(cells), Watched::LowestCell(cells));
        Self {
            comparators: [
                FrontEndComparator::new(
                    Protection::ShortCircuit,
                    current,
                    of_current(model.scd),
                    filter,
                ),
                FrontEndComparator::new(
                    Protection::OverCurrent,
                    current,
                    of_current(model.ocd),
                    filter,
                ),
                FrontEndComparator::new(
                    Protection::FrontEndOverVoltage,
                    highest,
                    of_voltage(model.overvoltage),
                    SimTime::ZERO,
                ),
                FrontEndComparator::new(
                    Protection::FrontEndUnderVoltage,
                    lowest,
                    of_voltage(model.undervoltage),
                    SimTime::ZERO,
                ),
            ],
            latched: 0,
            evidence: Evidence::ModelOnly,
        }
    }

    /// Index of its state.
    pub(crate) fn shown(&self) -> u8 {
        let first = (0..self.comparators.len()).find(|place| self.latched & (1 << place) != 0);
        first.map_or(0, |place| place as u8 + 1)
    }

    /// Whether it forbids charging.
    pub(crate) fn forbids_charge(&self) -> bool {
        self.latched & (1 << OVERVOLTAGE) != 0
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
        let watched = Watched::Current { branch, ripple_period, passes: 1.0 };
        // 20 A with 10 A of ripple.
        for threshold in [9.0, 11.0, 15.0, 19.0, 21.0, 25.0, 29.0, 31.0] {
            for delay in [0.01, 1.0, 3.0, 5.0, 7.0, 9.0, 9.9, 11.0, 320.0] {
                let decisive = watched.decisive(SimTime::from_seconds(delay * 1e-3));
                let acts = network.value(decisive) >= threshold;
                let expected = longest_stay(20.0, 10.0, threshold) >= delay;
                assert_eq!(acts, expected, "{threshold} A for {delay} ms");
            }
        }
    }
}
