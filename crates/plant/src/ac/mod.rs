//! The AC side: grids, inverter outputs, transfer switches and loads, as RMS values between events.
//!
//! A plain struct, like the network: it knows no ECS. Everything here changes at instants only, and
//! [`AcSide::update`] says when the next one is. One phase or three, each with its own RMS voltage;
//! what has one phase counts as L1. No losses in AC wires, no neutral: phases do not pull at each
//! other, and three-phase loads take a third from each. A gap is counted from the instant at which the
//! voltage goes; what a half-cycle RMS would need to notice it, at most 10 ms at 50 Hz, is left out,
//! so that gaps come out long rather than short.

mod consumer;
mod source;
mod transfer;

use blackstart_scenario::{AcInput, Phase};
use blackstart_trace::EventKind;
use blackstart_units::{Amperes, SimTime, Volts, Watts};

pub(crate) use consumer::Consumer;
pub(crate) use source::{Mains, Output};
pub(crate) use transfer::{Changeover, Mechanism};

/// A source of AC: indices into the lists of [`AcSide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feeder {
    Grid(usize),
    Output(usize),
    Switch(usize),
}

/// Where a conductor comes from: all phases of a source, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tap {
    pub from: Feeder,
    pub phase: Option<Phase>,
}

/// Everything on the AC side, in the order of the devices' names.
#[derive(bevy_ecs::prelude::Resource, Clone, Debug, Default)]
pub(crate) struct AcSide {
    pub grids: Vec<Mains>,
    pub outputs: Vec<Output>,
    pub switches: Vec<Changeover>,
    pub consumers: Vec<Consumer>,
    /// The next instant at which something here happens by itself.
    pub next: SimTime,
}

/// Something worth an event, and whose it is.
pub(crate) type Happening = (String, EventKind);

impl AcSide {
    /// RMS voltage of the weakest phase behind a tap.
    pub fn voltage(&self, tap: Option<Tap>) -> Volts {
        let phases = Phase::ALL.map(|phase| self.phase_voltage(tap, phase));
        phases.into_iter().fold(phases[0], Volts::min)
    }

    /// RMS voltage of one phase behind a tap.
    pub fn phase_voltage(&self, tap: Option<Tap>, phase: Phase) -> Volts {
        let Some(tap) = tap else { return Volts(0.0) };
        let phase = tap.phase.unwrap_or(phase);
        match tap.from {
            Feeder::Grid(k) => self.grids[k].voltage(phase),
            Feeder::Output(k) => self.outputs[k].voltage(phase),
            Feeder::Switch(k) => {
                let switch = &self.switches[k];
                let voltage = |input| self.phase_voltage(switch.feeder(input), phase);
                switch.feeding(phase).map(voltage).fold(Volts(0.0), Volts::max)
            }
        }
    }

    /// RMS voltage of the weakest phase at an input of a transfer switch.
    pub fn input(&self, switch: usize, input: AcInput) -> Volts {
        self.voltage(self.switches[switch].feeder(input))
    }

    /// Frequency at an input of a transfer switch; 0 without a voltage.
    pub fn input_frequency(&self, switch: usize, input: AcInput) -> f64 {
        match self.switches[switch].feeder(input).map(|tap| tap.from) {
            Some(Feeder::Grid(k)) => self.grids[k].frequency(),
            Some(Feeder::Output(k)) if self.outputs[k].running => self.outputs[k].frequency,
            _ => 0.0,
        }
    }

    /// Whether what hangs on a tap gets three phases.
    pub fn is_three_phase(&self, tap: Tap) -> bool {
        tap.phase.is_none()
            && match tap.from {
                Feeder::Grid(k) => self.grids[k].three_phase,
                Feeder::Output(k) => self.outputs[k].phase_share.is_some(),
                Feeder::Switch(k) => self.switches[k].mechanism.three_phase,
            }
    }

    /// The inverter output that carries a phase of what hangs on a tap, if one does, and its phase. Of
    /// two parallel sources the stiffer one carries it: the grid.
    fn carrier(&self, tap: Option<Tap>, phase: Phase) -> Option<(usize, Phase)> {
        let tap = tap?;
        let phase = tap.phase.unwrap_or(phase);
        match tap.from {
            Feeder::Grid(_) => None,
            Feeder::Output(k) => Some((k, phase)),
            Feeder::Switch(k) => {
                let switch = &self.switches[k];
                let on_grid = switch.feeding(phase).any(|input| {
                    let feeder = switch.feeder(input);
                    matches!(feeder, Some(Tap { from: Feeder::Grid(_), .. }))
                        && self.phase_voltage(feeder, phase) > Volts(0.0)
                });
                let by = |input| self.carrier(switch.feeder(input), phase);
                if on_grid { None } else { switch.feeding(phase).find_map(by) }
            }
        }
    }

    /// Brings everything to `now`; what happened on the way.
    ///
    /// Loads change the outputs' voltage by their demand, and voltage changes what loads do: it is
    /// settled by going round until nothing moves, which the loads' one-way states bound.
    pub fn update(&mut self, now: SimTime) -> Vec<Happening> {
        let mut happened = Vec::new();
        for k in 0..self.switches.len() {
            let carried = self.through(k, now);
            let switch = &mut self.switches[k];
            if let Some(current) = switch.arrive(now, carried) {
                happened.push((switch.id.clone(), EventKind::ContactWelded { current }));
            }
            if switch.becomes_parallel() {
                happened.push((switch.id.clone(), EventKind::SourcesParallel));
            }
        }
        // The states of a load at one instant follow each other one way: three rounds suffice.
        for _ in 0..4 {
            self.sum_demand(now);
            let voltages: Vec<Volts> =
                self.consumers.iter().map(|one| self.voltage(one.fed_by)).collect();
            for (consumer, voltage) in self.consumers.iter_mut().zip(voltages) {
                consumer.step(now, voltage, &mut happened);
            }
        }
        self.sum_demand(now);
        let contacts = self.switches.iter().map(Changeover::next);
        let loads = self.consumers.iter().map(|one| one.next(now));
        self.next = contacts.chain(loads).min().unwrap_or(SimTime::NEVER);
        happened
    }

    /// RMS current through the contact of a transfer switch that carries most.
    fn through(&self, switch: usize, now: SimTime) -> Amperes {
        let carried = Phase::ALL.map(|phase| self.phase_load(switch, phase, now).1);
        carried.into_iter().fold(Amperes(0.0), Amperes::max)
    }

    /// Real power and RMS current of one phase behind a transfer switch, capacitive and inductive
    /// shares added as magnitudes.
    pub fn phase_load(&self, switch: usize, phase: Phase, now: SimTime) -> (Watts, Amperes) {
        let behind = Some(Tap { from: Feeder::Switch(switch), phase: None });
        let voltage = self.phase_voltage(behind, phase);
        if voltage <= Volts(0.0) {
            return (Watts(0.0), Amperes(0.0));
        }
        let carrier = self.carrier(behind, phase);
        let given = carrier.map_or(1.0, |(k, phase)| self.outputs[k].given_share(phase));
        let (mut real, mut apparent) = (Watts(0.0), 0.0);
        for one in self.consumers.iter().filter(|one| self.passes(one.fed_by, switch)) {
            let power = one.draw(now) * (one.shares[phase as usize] * given);
            real += power;
            apparent += power.0 / one.model.power_factor.0;
        }
        (real, Amperes(apparent / voltage.0))
    }

    /// Whether what hangs on a tap is fed through a transfer switch.
    fn passes(&self, tap: Option<Tap>, switch: usize) -> bool {
        let Some(Tap { from: Feeder::Switch(k), .. }) = tap else { return false };
        let further = || {
            self.switches[k].connected().any(|on| self.passes(self.switches[k].feeder(on), switch))
        };
        k == switch || further()
    }

    fn sum_demand(&mut self, now: SimTime) {
        for output in &mut self.outputs {
            output.forget_demand();
        }
        for k in 0..self.consumers.len() {
            for phase in Phase::ALL {
                let consumer = &self.consumers[k];
                let share = consumer.shares[phase as usize];
                let carrier = self.carrier(consumer.fed_by, phase).filter(|_| share > 0.0);
                if let Some((output, phase)) = carrier {
                    let power = consumer.draw(now) * share;
                    let apparent = power * (1.0 / consumer.model.power_factor.0);
                    self.outputs[output].add_demand(phase, power, apparent);
                }
            }
        }
    }
}
