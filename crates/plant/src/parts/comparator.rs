//! Comparators that hold switches open: a threshold, a delay that runs while it is passed, a latch.

use blackstart_roles::Protection;
use blackstart_scenario::Part;
use blackstart_scenario::kinds::comparator::STATES;
use blackstart_trace::{EventKind, Evidence, SignalId};
use blackstart_units::SimTime;

use super::owner;
use super::{Acting, Build, Command, Stage, TRIPS};
use crate::detector::{ComparatorSetting, SeenQuantity, ThresholdDetector, Watched};
use crate::moments::Moments;
use crate::network::{CrossingEdge, Quantity, Step, Watch};
use crate::record::Recorder;

#[derive(Debug)]
struct Comparator {
    id: String,
    detector: ThresholdDetector,
    /// How far back it must come where its level releases it.
    hysteresis: Option<f64>,
    opens: Vec<String>,
    latched: bool,
    /// How often it has acted.
    trips: u32,
    /// A controller has asked it to let go; it trips again if what it watches is still beyond.
    is_asked: bool,
    signal: SignalId,
    /// Whether its settings are its file's or a device's.
    evidence: Evidence,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let seen = match into.look(part.links("of").first()?)? {
        // A comparator sees a current through the filter behind the shunt.
        Quantity::Current(branch) => {
            let sense = into.installer.builder.sense(branch);
            SeenQuantity::current(branch, sense, into.installer.ripple_period)
        }
        quantity => SeenQuantity::Plain(quantity),
    };
    let amount = |suffixes: &[&str], stem: &str| {
        suffixes.iter().find_map(|suffix| part.amount(&format!("{stem}_{suffix}")))
    };
    let hysteresis = amount(&["mv", "ma", "k"], "hysteresis")?.plain();
    let edge =
        if part.word("beyond") == "above" { CrossingEdge::Rising } else { CrossingEdge::Falling };
    let protection = Protection::named(part.word("stands_for"))?;
    let setting = ComparatorSetting {
        threshold: amount(&["v", "a", "c"], "threshold")?.plain(),
        delay: amount(&["us", "ms"], "delay")?.time(),
    };
    let comparator = Comparator {
        id: into.id.to_owned(),
        detector: ThresholdDetector::new(protection, Watched { seen, edge }, setting),
        hysteresis: (part.word("release") == "level").then_some(hysteresis),
        opens: part.links("opens").iter().map(|link| link.part.clone()).collect(),
        latched: false,
        trips: 0,
        is_asked: false,
        signal: into.state("state", STATES),
        evidence: Evidence::ModelOnly,
    };
    into.acts(comparator);
    Some(())
}

impl Comparator {
    /// The level at which it lets go.
    fn release_level(&self) -> Option<f64> {
        let back = self.detector.watched().outwards(self.hysteresis?);
        Some(self.detector.setting.threshold - back)
    }

    fn hold(&mut self, open: bool, stage: &mut Stage<'_>) {
        self.latched = open;
        for part in &self.opens {
            stage.hold(part, open);
        }
    }
}

impl Acting for Comparator {
    fn act(&mut self, stage: &mut Stage<'_>) {
        self.detector.look(stage.network, stage.moments);
        if self.latched {
            // It has said so, and holds until it is cleared.
            self.detector.over_since = None;
            let value = stage.network.value(self.detector.decisive());
            let further = |level: f64| self.detector.watched().further(value, level);
            let is_back = self.release_level().is_some_and(|level| !further(level));
            if is_back || std::mem::take(&mut self.is_asked) {
                self.hold(false, stage);
            }
        } else {
            self.is_asked = false;
            let expires = self.detector.expires();
            if let Some(since) = self.detector.over_since.filter(|_| stage.now >= expires) {
                stage.trip(self.detector.clone(), since);
                self.detector.act(stage.now);
                self.trips += 1;
                self.hold(true, stage);
                // The trip is reported first: what it holds has all act again at this instant.
                return;
            }
        }
        stage.recorder.state(&self.id, self.signal, stage.now, f64::from(self.latched));
    }

    fn next(&self) -> SimTime {
        self.detector.expires()
    }

    fn watch(&self, into: &mut Vec<Watch>) {
        let watch = self.detector.watch();
        if self.latched {
            let edge = self.detector.watched().edge.back();
            let level = self.release_level();
            into.extend(level.map(|level| Watch { level, edge, ..watch }));
        } else {
            into.push(watch);
        }
    }

    fn see(&mut self, step: &Step<'_>, moments: &Moments) {
        self.detector.pass(step, moments);
    }

    fn command(&mut self, Command { pin, value, now, .. }: Command) {
        let setting = &mut self.detector.setting;
        match pin {
            "clear" => self.is_asked |= value > 0.0,
            // A setting of 0 leaves it as it is, but that of a temperature once the run has begun.
            "threshold_c" if now > SimTime::ZERO => setting.threshold = value,
            _ if value == 0.0 => {}
            "delay_us" => setting.delay = SimTime::from_seconds(value * 1e-6),
            "delay_ms" => setting.delay = SimTime::from_seconds(value * 1e-3),
            _ => setting.threshold = value,
        }
    }

    fn reading(&self, pin: &str) -> f64 {
        if pin == TRIPS { f64::from(self.trips) } else { f64::from(self.latched) }
    }

    fn is_latched(&self) -> bool {
        self.latched
    }

    fn detector(&self) -> Option<(&ThresholdDetector, Evidence)> {
        Some((&self.detector, self.evidence))
    }

    fn rests_on(&mut self, evidence: Evidence) {
        self.evidence = evidence;
    }

    fn opens(&self) -> &[String] {
        &self.opens
    }

    fn conclude(&self, now: SimTime, recorder: &mut Recorder) {
        if self.detector.tripped_at.is_none() && self.detector.extreme.1.is_finite() {
            let approach = self.detector.approach(self.evidence);
            recorder.event(now, &owner(&self.id), EventKind::Approach(approach));
        }
    }
}
