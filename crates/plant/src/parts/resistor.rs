//! A resistor whose element warms up, and burns through.
//!
//! τ·dT/dt = P·R − (T − Tₐ), with the mean power of each step of the network by Simpson's rule. That it
//! is hot enough to burn is seen at the end of a step.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::resistor::Resistor;
use blackstart_trace::SignalId;
use blackstart_units::SimTime;

use super::{Acting, Build, Stage};
use crate::installer::OPEN;
use crate::moments::Moments;
use crate::network::{Branch, BranchId, Network, Quantity, Step};
use crate::record::Recorder;

/// States of its element.
const STATES: [&str; 2] = ["intact", "burnt"];

#[derive(Debug)]
struct Heated {
    id: String,
    branch: BranchId,
    resistance: f64,
    thermal_resistance: f64,
    time: f64,
    highest: f64,
    ambient: f64,
    temperature: f64,
    is_burnt: bool,
    energy: SignalId,
    warmth: SignalId,
    state: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: Resistor = part.amounts()?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.resistance = amounts.resistance_ohm.ohms();
    let branch = into.installer.builder.branch(branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.detail("current_a", Quantity::Current(branch));
    let ambient = amounts.ambient_temperature_c.plain();
    let heated = Heated {
        id: into.id.to_owned(),
        branch,
        resistance: amounts.resistance_ohm.ohms().0,
        thermal_resistance: amounts.thermal_resistance_k_per_w.plain(),
        time: amounts.thermal_time_s.seconds().0,
        highest: amounts.highest_temperature_c.plain(),
        ambient,
        temperature: ambient,
        is_burnt: false,
        energy: into.analog("energy_j"),
        warmth: into.analog("temperature_c"),
        state: into.state("state", &STATES),
    };
    into.acts(heated);
    Some(())
}

impl Acting for Heated {
    fn act(&mut self, stage: &mut Stage<'_>) {
        if self.temperature >= self.highest && !self.is_burnt {
            self.is_burnt = true;
            stage.network.set_resistance(self.branch, OPEN);
            stage.moved();
        }
        stage.recorder.state(&self.id, self.state, stage.now, f64::from(self.is_burnt));
    }

    fn see(&mut self, step: &Step<'_>, _: &Moments) {
        if self.is_burnt {
            return;
        }
        let (start, end) = (step.start(), step.end());
        let middle = start + SimTime::from_nanos(end.since(start).as_nanos() / 2);
        let square = |at| {
            let current = step.value(Quantity::Current(self.branch), at);
            current * current
        };
        let mean = (square(start) + 4.0 * square(middle) + square(end)) / 6.0;
        let target = self.ambient + mean * self.resistance * self.thermal_resistance;
        let kept = libm::exp(-end.since(start).as_seconds() / self.time);
        self.temperature = target + (self.temperature - target) * kept;
    }

    fn record(&self, network: &Network, recorder: &mut Recorder) {
        let now = network.now();
        let energy = network.joule_integral(self.branch).0 * self.resistance;
        recorder.trace.sample(self.energy, now, energy);
        recorder.trace.sample(self.warmth, now, self.temperature);
    }
}
