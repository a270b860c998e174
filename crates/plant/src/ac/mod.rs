//! The AC side: grids, inverter outputs, transfer switches and loads, as RMS values between events.
//!
//! A plain struct, like the network: it knows no ECS. Everything here changes at instants only, and
//! [`AcSide::update`] says when the next one is. One phase, no losses in AC wires. A gap is counted
//! from the instant at which the voltage goes; what a half-cycle RMS would need to notice it, at
//! most 10 ms at 50 Hz, is left out, so that gaps come out long rather than short.

mod consumer;
mod transfer;

use blackstart_scenario::AcInput;
use blackstart_trace::EventKind;
use blackstart_units::{Amperes, SimTime, Volts, Watts};

pub(crate) use consumer::Consumer;
pub(crate) use transfer::Changeover;

/// Where an AC conductor comes from: indices into the lists of [`AcSide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feeder {
    Grid(usize),
    Output(usize),
    Switch(usize),
}

/// The public grid at its connection.
#[derive(Clone, Debug)]
pub(crate) struct Mains {
    pub device: usize,
    pub id: String,
    pub nominal: Volts,
    /// RMS at this instant; 0 while it has failed.
    pub voltage: Volts,
}

/// The output of an inverter.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub nominal: Volts,
    pub frequency: f64,
    /// Where the current limit holds it.
    pub limit: Watts,
    pub running: bool,
    /// What its loads ask for.
    pub demand: Watts,
    /// Real over apparent power of that.
    pub apparent: Watts,
}

impl Output {
    /// RMS. Above its limit it behaves as a source of constant current into a resistance: the power
    /// stays at the limit and the voltage falls.
    pub fn voltage(&self) -> Volts {
        match self.running {
            false => Volts(0.0),
            true if self.demand <= self.limit => self.nominal,
            true => self.nominal * libm::sqrt(self.limit.0 / self.demand.0),
        }
    }

    /// What the loads get together.
    pub fn given(&self) -> Watts {
        if self.running { self.demand.min(self.limit) } else { Watts(0.0) }
    }
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
    /// RMS voltage behind a feeder.
    pub fn voltage(&self, feeder: Option<Feeder>) -> Volts {
        match feeder {
            None => Volts(0.0),
            Some(Feeder::Grid(k)) => self.grids[k].voltage,
            Some(Feeder::Output(k)) => self.outputs[k].voltage(),
            Some(Feeder::Switch(k)) => {
                let voltages = self.switches[k].connected().map(|input| self.input(k, input));
                voltages.fold(Volts(0.0), Volts::max)
            }
        }
    }

    /// RMS voltage at an input of a transfer switch.
    pub fn input(&self, switch: usize, input: AcInput) -> Volts {
        self.voltage(self.switches[switch].feeder(input))
    }

    /// The inverter output that carries what hangs on a feeder, if one does. Of two parallel sources
    /// the stiffer one carries it: the grid.
    fn carrier(&self, feeder: Option<Feeder>) -> Option<usize> {
        match feeder? {
            Feeder::Grid(_) => None,
            Feeder::Output(k) => Some(k),
            Feeder::Switch(k) => {
                let switch = &self.switches[k];
                let on_grid = switch.connected().any(|input| {
                    matches!(switch.feeder(input), Some(Feeder::Grid(_)))
                        && self.input(k, input) > Volts(0.0)
                });
                let by = |input| self.carrier(switch.feeder(input));
                if on_grid { None } else { switch.connected().find_map(by) }
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

    /// RMS current through a transfer switch, capacitive and inductive shares added as magnitudes.
    fn through(&self, switch: usize, now: SimTime) -> Amperes {
        let voltage = self.voltage(Some(Feeder::Switch(switch)));
        if voltage <= Volts(0.0) {
            return Amperes(0.0);
        }
        let fed = self.consumers.iter().filter(|one| self.passes(one.fed_by, switch));
        let apparent: f64 = fed.map(|one| one.draw(now).0 / one.model.power_factor.0).sum();
        Amperes(apparent / voltage.0)
    }

    /// Whether what hangs on a feeder is fed through a transfer switch.
    fn passes(&self, feeder: Option<Feeder>, switch: usize) -> bool {
        let Some(Feeder::Switch(k)) = feeder else { return false };
        let further = || {
            self.switches[k].connected().any(|on| self.passes(self.switches[k].feeder(on), switch))
        };
        k == switch || further()
    }

    fn sum_demand(&mut self, now: SimTime) {
        for output in &mut self.outputs {
            (output.demand, output.apparent) = (Watts(0.0), Watts(0.0));
        }
        for k in 0..self.consumers.len() {
            let consumer = &self.consumers[k];
            let power = consumer.draw(now);
            if let Some(output) = self.carrier(consumer.fed_by) {
                let apparent = power * (1.0 / consumer.model.power_factor.0);
                self.outputs[output].demand += power;
                self.outputs[output].apparent += apparent;
            }
        }
    }
}
