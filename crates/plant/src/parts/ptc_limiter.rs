//! A resettable limiter: cold it conducts, hot it is a resistor.
//!
//! τ·dT/dt = P·R − (T − Tₐ), with the mean power of each step of the network by Simpson's rule. A current
//! beyond what it holds, or below what keeps it hot, is watched for; from there on it foresees when it will
//! change, and looks again sixteen times a time constant, should the current move.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::ptc_limiter::{PtcLimiter, STATES};
use blackstart_trace::SignalId;
use blackstart_units::{Ohms, SimTime};

use super::{Acting, Build, Stage};
use crate::installer::OPEN;
use crate::moments::Moments;
use crate::network::{Branch, BranchId, CrossingEdge, Network, Quantity, Step, Watch};
use crate::record::Recorder;

/// What is wrong with it, by the words of the stimulus.
const BROKEN: f64 = 1.0;

/// Nearer to where it changes than this it has arrived, K.
const ARRIVED: f64 = 1e-6;

/// Looks a time constant while it is about to change.
const LOOKS: f64 = 16.0;

/// When the current of its new resistance is looked at.
const AFTER_A_CHANGE: SimTime = SimTime::from_millis(1);

#[derive(Debug)]
struct Limiter {
    id: String,
    branch: BranchId,
    cold: Ohms,
    tripped: Ohms,
    trips_at: f64,
    resets_at: f64,
    thermal_resistance: f64,
    time: f64,
    ambient: f64,
    temperature: f64,
    /// What flowed when it was last looked at, and when that was.
    current: f64,
    seen: SimTime,
    has_changed: bool,
    is_tripped: bool,
    is_broken: bool,
    shown: Ohms,
    warmth: SignalId,
    state: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: PtcLimiter = part.amounts()?;
    let cold = amounts.cold_resistance_mohm.ohms();
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.resistance = cold;
    let branch = into.installer.builder.branch(branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.probe("current_a", Quantity::Current(branch), 1.0);
    let ambient = amounts.ambient_temperature_c.plain();
    let limiter = Limiter {
        id: into.id.to_owned(),
        branch,
        cold,
        tripped: amounts.tripped_resistance_ohm.ohms(),
        trips_at: amounts.trip_temperature_c.plain(),
        resets_at: amounts.reset_temperature_c.plain(),
        thermal_resistance: amounts.thermal_resistance_k_per_w.plain(),
        time: amounts.thermal_time_s.seconds().0,
        ambient,
        temperature: ambient,
        current: 0.0,
        seen: SimTime::ZERO,
        has_changed: false,
        is_tripped: false,
        is_broken: false,
        shown: cold,
        warmth: into.analog("temperature_c"),
        state: into.state("state", STATES),
    };
    into.acts(limiter);
    Some(())
}

impl Limiter {
    /// The temperature at which it changes next.
    fn edge(&self) -> f64 {
        if self.is_tripped { self.resets_at } else { self.trips_at }
    }

    fn has_arrived(&self) -> bool {
        match self.is_tripped {
            true => self.temperature <= self.resets_at + ARRIVED,
            false => self.temperature >= self.trips_at - ARRIVED,
        }
    }

    fn resistance(&self) -> Ohms {
        match (self.is_broken, self.is_tripped) {
            (true, _) => OPEN,
            (false, true) => self.tripped,
            (false, false) => self.cold,
        }
    }

    /// Where a power leads the temperature.
    fn target(&self, square: f64) -> f64 {
        self.ambient + square * self.shown.0 * self.thermal_resistance
    }

    /// The current that just leads it to where it changes; none where its ambient decides.
    fn level(&self) -> Option<f64> {
        let square = (self.edge() - self.ambient) / (self.shown.0 * self.thermal_resistance);
        (square > 0.0).then(|| square.sqrt())
    }

    /// Whether what flows leads it to where it changes.
    fn is_about_to(&self) -> bool {
        let target = self.target(self.current * self.current);
        if self.is_tripped { target < self.resets_at } else { target > self.trips_at }
    }
}

impl Acting for Limiter {
    fn act(&mut self, stage: &mut Stage<'_>) {
        if self.has_arrived() {
            self.is_tripped = !self.is_tripped;
        }
        let resistance = self.resistance();
        self.has_changed = resistance != self.shown;
        if self.has_changed {
            self.shown = resistance;
            stage.network.set_resistance(self.branch, resistance);
            stage.moved();
        }
        self.current = stage.network.value(Quantity::Current(self.branch));
        self.seen = stage.now;
        stage.recorder.state(&self.id, self.state, stage.now, f64::from(self.is_tripped));
    }

    fn next(&self) -> SimTime {
        if self.has_changed {
            return self.seen + AFTER_A_CHANGE;
        }
        if !self.is_about_to() {
            return SimTime::NEVER;
        }
        let target = self.target(self.current * self.current);
        let left = (target - self.temperature) / (target - self.edge());
        let time = self.time * libm::log(left).clamp(0.0, 1.0 / LOOKS);
        self.seen + SimTime::from_seconds_ceil(time)
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        let Some(level) = self.level().filter(|_| !self.is_about_to()) else { return };
        let quantity = Quantity::Current(self.branch);
        let edge = if self.is_tripped { CrossingEdge::Falling } else { CrossingEdge::Rising };
        let outwards = Watch { quantity, level, edge };
        into.extend([outwards, Watch { level: -level, edge: edge.back(), ..outwards }]);
    }

    fn see(&mut self, step: &Step<'_>, _: &Moments) {
        let (start, end) = (step.start(), step.end());
        let middle = start + SimTime::from_nanos(end.since(start).as_nanos() / 2);
        let square = |at| {
            let current = step.value(Quantity::Current(self.branch), at);
            current * current
        };
        let mean = (square(start) + 4.0 * square(middle) + square(end)) / 6.0;
        let target = self.target(mean);
        let kept = libm::exp(-end.since(start).as_seconds() / self.time);
        self.temperature = target + (self.temperature - target) * kept;
    }

    fn reading(&self, _: &str) -> f64 {
        f64::from(self.is_tripped)
    }

    fn stimulate(&mut self, _: &str, to: f64) {
        self.is_broken = to == BROKEN;
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        recorder.trace.sample(self.warmth, network.now(), self.temperature);
    }
}
