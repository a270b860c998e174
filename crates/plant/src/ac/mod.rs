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
mod tap;
mod transfer;

use blackstart_scenario::{AcInput, Phase};
use blackstart_trace::EventKind;
use blackstart_units::{Amperes, SimTime, Volts, Watts};

pub(crate) use consumer::{AcConsumer, Happening};
pub(crate) use source::{AcOutput, Mains};
pub(crate) use tap::{Feeder, Tap};
pub(crate) use transfer::TransferContacts;

/// Everything on the AC side, in the order of the devices' names.
#[derive(bevy_ecs::prelude::Resource, Clone, Debug, Default)]
pub(crate) struct AcSide {
    pub grids: Vec<Mains>,
    pub outputs: Vec<AcOutput>,
    pub switches: Vec<TransferContacts>,
    pub consumers: Vec<AcConsumer>,
    /// The next instant at which something here happens by itself.
    pub next: SimTime,
}

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

    /// Whether what is fed from a tap gets three phases.
    pub fn is_three_phase(&self, tap: Tap) -> bool {
        tap.phase.is_none()
            && match tap.from {
                Feeder::Grid(k) => self.grids[k].three_phase,
                Feeder::Output(k) => self.outputs[k].phase_share.is_some(),
                Feeder::Switch(k) => self.switches[k].mechanism.three_phase,
            }
    }

    /// The inverter output that carries a phase of what is fed from a tap, if one does, and its phase. Of
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
        let contacts = self.switches.iter().map(TransferContacts::next);
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

    /// Whether what is fed from a tap is fed through a transfer switch.
    fn passes(&self, tap: Option<Tap>, switch: usize) -> bool {
        let Some(Tap { from: Feeder::Switch(k), .. }) = tap else { return false };
        let further = || {
            self.switches[k].connected().any(|on| self.passes(self.switches[k].feeder(on), switch))
        };
        k == switch || further()
    }

    /// The same with every load past its start; `None` where none is in one.
    pub fn once_started(&self, now: SimTime) -> Option<Self> {
        let mut started = self.clone();
        let starts = started.consumers.iter_mut().map(AcConsumer::finish_start);
        let any = starts.fold(false, |any, one| any | one);
        any.then(|| {
            started.sum_demand(now);
            started
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_scenario::{AcContacts, Grid, Load};
    use blackstart_units::Fraction;

    const GRID: Tap = Tap { from: Feeder::Grid(0), phase: None };
    const STORAGE: Tap = Tap { from: Feeder::Output(0), phase: None };

    fn load(power: f64) -> Load {
        Load {
            power: Watts(power),
            power_factor: Fraction(1.0),
            lowest_voltage: Volts(50.0),
            ride_through: SimTime::from_millis(100),
            restart_delay: SimTime::ZERO,
            starting_multiple: 1.0,
            starting_time: SimTime::ZERO,
            duty: None,
        }
    }

    fn contacts() -> AcContacts {
        AcContacts {
            open_time: SimTime::from_millis(5),
            close_time: SimTime::from_millis(10),
            bounce_time: SimTime::ZERO,
            breaking_current: Amperes(63.0),
            interlocked: true,
            bypass_interlocked: false,
            three_phase: false,
        }
    }

    /// A three-phase grid, a storage, a box between them, and loads on L1, L2, L3 and on all three.
    fn house(powers: [f64; 4], phase_share: Option<f64>) -> AcSide {
        let grid = Grid { voltage: Volts(230.0), frequency: 50.0, three_phase: true };
        let mut output = AcOutput::for_test(Watts(9000.0), phase_share);
        output.running = true;
        let mechanism = AcContacts { three_phase: true, ..contacts() };
        let mut switch = TransferContacts::new("box-1".to_owned(), mechanism);
        switch.connect(AcInput::Grid, GRID);
        switch.connect(AcInput::Inverter, STORAGE);
        let phases = Phase::ALL.map(Some).into_iter().chain([None]);
        let consumers = phases.zip(powers).enumerate().map(|(k, (phase, power))| {
            let mut one = AcConsumer::new(format!("load-{k}"), load(power));
            one.fed_by = Some(Tap { from: Feeder::Switch(0), phase });
            one.shares = match phase {
                Some(only) => Phase::ALL.map(|phase| f64::from(u8::from(phase == only))),
                None => [1.0 / 3.0; 3],
            };
            one.settle(Volts(230.0));
            one
        });
        let mut ac = AcSide {
            grids: vec![Mains::new("grid-1".to_owned(), grid)],
            outputs: vec![output],
            switches: vec![switch],
            consumers: consumers.collect(),
            next: SimTime::ZERO,
        };
        ac.update(SimTime::ZERO);
        ac
    }

    fn change_over(ac: &mut AcSide) {
        ac.switches[0].head_for(AcInput::Inverter, SimTime::ZERO);
        for millis in [5, 15] {
            ac.update(SimTime::from_millis(millis));
        }
        assert_eq!(ac.switches[0].position(), 2);
    }

    #[test]
    fn each_phase_carries_its_own_loads_and_a_third_of_the_others() {
        let ac = house([1000.0, 2000.0, 0.0, 3000.0], Some(1.0 / 3.0));
        let carried =
            Phase::ALL.map(|phase| ac.phase_load(0, phase, SimTime::ZERO).0.0.round() as u32);
        assert_eq!(carried, [2000, 3000, 1000]);
        assert_eq!(ac.outputs[0].given(), Watts(0.0), "the grid carries them");
    }

    #[test]
    fn the_storage_gives_what_the_loads_get() {
        for share in [None, Some(1.0 / 3.0), Some(0.5)] {
            let mut ac = house([1000.0, 2000.0, 500.0, 3000.0], share);
            change_over(&mut ac);
            let loads: f64 = Phase::ALL
                .map(|phase| ac.phase_load(0, phase, SimTime::from_millis(15)).0.0)
                .iter()
                .sum();
            assert!((ac.outputs[0].given().0 - loads).abs() < 1e-9, "{share:?}");
            assert!((loads - 6500.0).abs() < 1e-9, "{share:?}");
        }
    }

    #[test]
    fn an_overloaded_phase_gives_its_limit_at_a_lower_voltage() {
        let mut ac = house([12_000.0, 1000.0, 0.0, 0.0], Some(1.0 / 3.0));
        change_over(&mut ac);
        let (power, current) = ac.phase_load(0, Phase::L1, SimTime::from_millis(15));
        assert!((power.0 - 3000.0).abs() < 1e-9);
        assert!((current.0 - 3000.0 / 115.0).abs() < 1e-9);
        assert_eq!(ac.consumers[1].voltage, Volts(230.0));
    }

    #[test]
    fn a_three_phase_load_is_as_well_off_as_its_weakest_phase() {
        let mut ac = house([0.0, 0.0, 0.0, 3000.0], None);
        ac.grids[0].set(Some(Phase::L2), Volts(0.0));
        ac.update(SimTime::from_millis(1));
        assert_eq!(ac.consumers[3].voltage, Volts(0.0));
        assert_eq!(ac.consumers[0].voltage, Volts(230.0));
        assert_eq!(ac.input_frequency(0, AcInput::Grid), 50.0);
        ac.grids[0].set(None, Volts(0.0));
        assert_eq!(ac.input_frequency(0, AcInput::Grid), 0.0);
    }

    #[test]
    fn a_phase_that_is_given_up_takes_nothing() {
        let mut ac = house([1000.0, 1000.0, 1000.0, 0.0], Some(1.0 / 3.0));
        change_over(&mut ac);
        ac.switches[0].set_shed(Phase::L3, true);
        ac.update(SimTime::from_millis(20));
        assert_eq!(ac.outputs[0].given(), Watts(2000.0));
        assert_eq!(ac.consumers[2].voltage, Volts(0.0));
    }

    #[test]
    fn a_single_phase_switch_may_hang_on_any_phase() {
        let mut ac = house([0.0; 4], None);
        let mut switch = TransferContacts::new("ats-1".to_owned(), contacts());
        switch.connect(AcInput::Grid, Tap { from: Feeder::Grid(0), phase: Some(Phase::L3) });
        ac.switches.push(switch);
        let behind = Tap { from: Feeder::Switch(1), phase: None };
        assert!(!ac.is_three_phase(behind));
        ac.grids[0].set(Some(Phase::L3), Volts(200.0));
        assert_eq!(ac.voltage(Some(behind)), Volts(200.0));
    }
}
