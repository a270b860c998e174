//! Comparators that hold switches open: a threshold, a delay that runs while it is passed, a latch.

use blackstart_roles::Protection;
use blackstart_scenario::Part;
use blackstart_scenario::kinds::comparator::STATES;
use blackstart_trace::{Approach, Cause, EventKind, Evidence, SignalId, Trip};
use blackstart_units::SimTime;
use std::f64::consts::TAU;

use super::build::owner;
use super::{Acting, Build, Stage};
use crate::cause;
use crate::moments::Moments;
use crate::network::{CrossingEdge, Quantity, RippleShare, Step, Watch};
use crate::record::Recorder;

#[derive(Debug)]
struct Comparator {
    id: String,
    protection: Protection,
    quantity: Quantity,
    edge: CrossingEdge,
    threshold: f64,
    delay: SimTime,
    /// How far back it must come where its level releases it.
    hysteresis: Option<f64>,
    opens: Vec<String>,
    over_since: Option<SimTime>,
    latched: bool,
    /// A controller has asked it to let go; it trips again if what it watches is still beyond.
    is_asked: bool,
    has_tripped: bool,
    extreme: (SimTime, f64),
    extreme_over: f64,
    longest_dwell: SimTime,
    signal: SignalId,
    ripple_period: SimTime,
    /// A controller that is no built-in one has set it.
    settings: Evidence,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let quantity = match into.look(part.links("of").first()?)? {
        // A comparator sees a current through the filter behind the shunt.
        Quantity::Current(branch) => Quantity::SensedCurrent(branch, RippleShare::new(0.0)),
        quantity => quantity,
    };
    let amount = |suffixes: &[&str], stem: &str| {
        suffixes.iter().find_map(|suffix| part.amount(&format!("{stem}_{suffix}")))
    };
    let threshold = amount(&["v", "a", "c"], "threshold")?.plain();
    let hysteresis = amount(&["mv", "ma", "k"], "hysteresis")?.plain();
    let edge =
        if part.word("beyond") == "above" { CrossingEdge::Rising } else { CrossingEdge::Falling };
    let nowhere = match edge {
        CrossingEdge::Rising => f64::NEG_INFINITY,
        CrossingEdge::Falling => f64::INFINITY,
    };
    let comparator = Comparator {
        id: into.id.to_owned(),
        protection: Protection::named(part.word("stands_for"))?,
        quantity,
        edge,
        threshold,
        delay: amount(&["us", "ms"], "delay")?.time(),
        hysteresis: (part.word("release") == "level").then_some(hysteresis),
        opens: part.links("opens").iter().map(|link| link.part.clone()).collect(),
        over_since: None,
        latched: false,
        is_asked: false,
        has_tripped: false,
        extreme: (SimTime::ZERO, nowhere),
        extreme_over: nowhere,
        longest_dwell: SimTime::ZERO,
        signal: into.state("state", STATES),
        ripple_period: into.installer.ripple_period,
        settings: Evidence::ModelOnly,
    };
    into.acts(comparator);
    Some(())
}

impl Comparator {
    /// What must pass the threshold so that the delay can run to its end: of a current that ripples, what
    /// is exceeded for as long as the delay in every period.
    fn decisive(&self) -> Quantity {
        match self.quantity {
            Quantity::SensedCurrent(branch, _) => {
                let period = self.ripple_period.as_seconds();
                let share = (self.delay.as_seconds() / period).min(1.0);
                let factor = libm::cos(0.5 * TAU * share);
                let factor = if self.edge == CrossingEdge::Rising { factor } else { -factor };
                Quantity::SensedCurrent(branch, RippleShare::new(factor))
            }
            quantity => quantity,
        }
    }

    fn is_further(&self, value: f64, other: f64) -> bool {
        match self.edge {
            CrossingEdge::Rising => value > other,
            CrossingEdge::Falling => value < other,
        }
    }

    fn is_over(&self, value: f64) -> bool {
        value == self.threshold || self.is_further(value, self.threshold)
    }

    fn expires(&self) -> SimTime {
        let runs = self.over_since.filter(|_| !self.latched);
        runs.map_or(SimTime::NEVER, |since| since + self.delay)
    }

    /// The level at which it lets go.
    fn release_level(&self) -> Option<f64> {
        let back = self.hysteresis?;
        Some(match self.edge {
            CrossingEdge::Rising => self.threshold - back,
            CrossingEdge::Falling => self.threshold + back,
        })
    }

    fn note(&mut self, at: SimTime, value: f64) {
        if self.is_further(value, self.extreme.1) {
            self.extreme = (at, value);
        }
        if self.is_further(value, self.extreme_over) {
            self.extreme_over = value;
        }
    }

    fn turn(&mut self, now: SimTime, over: bool) {
        match (over, self.over_since) {
            (true, None) => {
                self.over_since = Some(now);
                self.extreme_over = self.threshold;
            }
            (false, Some(since)) => {
                self.longest_dwell = self.longest_dwell.max(now - since);
                self.over_since = None;
            }
            _ => {}
        }
    }

    fn trip(&mut self, since: SimTime, stage: &mut Stage<'_>) {
        self.latched = true;
        self.has_tripped = true;
        let value = stage.network.value(self.quantity);
        let (cause, because) = match self.quantity {
            Quantity::SensedCurrent(branch, _) if self.edge == CrossingEdge::Rising => {
                cause::of_a_current(stage.network, (branch, self.quantity), self.threshold)
            }
            Quantity::LowestCell(_) => (Cause::Empty, "the lowest cell is too low".to_owned()),
            Quantity::HighestCell(_) => (Cause::Full, "the highest cell is too high".to_owned()),
            Quantity::HottestGroup(_) | Quantity::ColdestGroup(_) => {
                cause::of_temperature(value, self.edge == CrossingEdge::Rising)
            }
            _ => (Cause::Undetermined, "nothing is known of what it watches".to_owned()),
        };
        let trip = Trip {
            protection: self.protection,
            value: Some(value),
            extreme: Some(self.extreme_over),
            threshold: Some(self.threshold),
            delay: Some(self.delay),
            since: Some(since),
            cause,
            because,
            evidence: self.settings,
        };
        stage.recorder.event(stage.now, &owner(&self.id), EventKind::Trip(trip));
        self.over_since = None;
        for part in &self.opens {
            stage.hold(part, true);
        }
    }

    fn let_go(&mut self, stage: &mut Stage<'_>) {
        self.latched = false;
        for part in &self.opens {
            stage.hold(part, false);
        }
    }
}

impl Acting for Comparator {
    fn act(&mut self, stage: &mut Stage<'_>) {
        let value = stage.network.value(self.decisive());
        self.note(stage.now, value);
        if self.latched {
            let is_back = self.release_level().is_some_and(|level| !self.is_further(value, level));
            if is_back || std::mem::take(&mut self.is_asked) {
                self.let_go(stage);
            }
        } else {
            self.is_asked = false;
            self.turn(stage.now, self.is_over(value));
            if let Some(since) = self.over_since.filter(|_| stage.now >= self.expires()) {
                self.trip(since, stage);
            }
        }
        stage.recorder.state(&self.id, self.signal, stage.now, f64::from(self.latched));
    }

    fn next(&self) -> SimTime {
        self.expires()
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        let quantity = self.decisive();
        if self.latched {
            let level = self.release_level();
            into.extend(level.map(|level| Watch { quantity, level, edge: self.edge.back() }));
        } else {
            let edge = if self.over_since.is_some() { self.edge.back() } else { self.edge };
            into.push(Watch { quantity, level: self.threshold, edge });
        }
    }

    fn see(&mut self, step: &Step<'_>, _: &Moments) {
        let (least, most) = step.extremes(self.decisive());
        let (at, value) = if self.edge == CrossingEdge::Rising { most } else { least };
        self.note(at, value);
    }

    fn command(&mut self, pin: &str, _: Option<usize>, value: f64, _: SimTime) {
        match pin {
            "clear" => self.is_asked |= value > 0.0,
            // A setting of 0 leaves it as it is.
            _ if value == 0.0 => {}
            "delay_us" => self.delay = SimTime::from_seconds(value * 1e-6),
            "delay_ms" => self.delay = SimTime::from_seconds(value * 1e-3),
            _ => self.threshold = value,
        }
    }

    fn reading(&self, _: &str) -> f64 {
        f64::from(self.latched)
    }

    fn is_latched(&self) -> bool {
        self.latched
    }

    fn conclude(&self, now: SimTime, recorder: &mut Recorder) {
        if self.has_tripped || !self.extreme.1.is_finite() {
            return;
        }
        let approach = Approach {
            protection: self.protection,
            extreme: self.extreme.1,
            extreme_at: self.extreme.0,
            threshold: self.threshold,
            longest_dwell: self.longest_dwell,
            delay: self.delay,
            evidence: self.settings,
        };
        recorder.event(now, &owner(&self.id), EventKind::Approach(approach));
    }
}
