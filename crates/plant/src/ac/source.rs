//! What gives AC: the public grid, and the output of an inverter.

use blackstart_scenario::Phase;
use blackstart_units::{Volts, Watts};

/// The public grid at its connection.
#[derive(Clone, Debug)]
pub(crate) struct Mains {
    pub id: String,
    pub nominal: Volts,
    pub nominal_frequency: f64,
    /// One phase otherwise, which then stands for all.
    pub three_phase: bool,
    /// RMS at this instant; 0 while a phase has failed.
    voltages: [Volts; 3],
    frequency: f64,
}

impl Mains {
    /// A sound grid.
    pub fn new(id: String, model: blackstart_scenario::Grid) -> Self {
        Self {
            id,
            nominal: model.voltage,
            nominal_frequency: model.frequency,
            three_phase: model.three_phase,
            voltages: [model.voltage; 3],
            frequency: model.frequency,
        }
    }

    /// RMS of one phase.
    pub fn voltage(&self, phase: Phase) -> Volts {
        self.voltages[phase as usize]
    }

    /// RMS of the weakest phase.
    pub fn lowest(&self) -> Volts {
        self.voltages.into_iter().fold(self.voltages[0], Volts::min)
    }

    /// In Hz; 0 while all phases have failed.
    pub fn frequency(&self) -> f64 {
        if self.voltages.iter().any(|&volts| volts > Volts(0.0)) { self.frequency } else { 0.0 }
    }

    /// Sets the voltage of one phase, or of all.
    pub fn set(&mut self, phase: Option<Phase>, voltage: Volts) {
        match phase {
            Some(phase) => self.voltages[phase as usize] = voltage,
            None => self.voltages = [voltage; 3],
        }
    }

    /// Sets the frequency, in Hz.
    pub fn set_frequency(&mut self, frequency: f64) {
        self.frequency = frequency;
    }
}

/// The output of an inverter.
#[derive(Clone, Debug)]
pub(crate) struct AcOutput {
    pub nominal: Volts,
    pub frequency: f64,
    /// Where the current limit holds it, all phases together.
    pub limit: Watts,
    /// Share of its power that each of three phases may give; `None` for one phase, which then feeds
    /// all that is fed from it.
    pub phase_share: Option<f64>,
    pub running: bool,
    /// What its loads ask of each phase.
    demand: [Watts; 3],
    /// The same as apparent power.
    apparent: [Watts; 3],
}

impl AcOutput {
    /// An output that rests.
    pub fn new(model: &blackstart_scenario::Inverter) -> Self {
        Self {
            nominal: model.output_voltage,
            frequency: model.output_frequency,
            limit: model.peak_power,
            phase_share: model.phase_share.map(|share| share.0),
            running: false,
            demand: [Watts(0.0); 3],
            apparent: [Watts(0.0); 3],
        }
    }

    /// An output of 230 V that rests.
    #[cfg(test)]
    pub fn for_test(limit: Watts, phase_share: Option<f64>) -> Self {
        Self {
            nominal: Volts(230.0),
            frequency: 50.0,
            limit,
            phase_share,
            running: false,
            demand: [Watts(0.0); 3],
            apparent: [Watts(0.0); 3],
        }
    }

    /// RMS of one phase. Above its limit it behaves as a source of constant current into a resistance:
    /// the power stays at the limit and the voltage falls.
    pub fn voltage(&self, phase: Phase) -> Volts {
        let demand = self.demand[self.index(phase)];
        let limit = self.phase_limit();
        match self.running {
            false => Volts(0.0),
            true if demand <= limit => self.nominal,
            true => self.nominal * libm::sqrt(limit.0 / demand.0),
        }
    }

    /// RMS of the weakest phase.
    pub fn lowest(&self) -> Volts {
        let phases = Phase::ALL.map(|phase| self.voltage(phase));
        phases.into_iter().fold(phases[0], Volts::min)
    }

    /// Share of what is asked of a phase that it gives.
    pub fn given_share(&self, phase: Phase) -> f64 {
        let demand = self.demand[self.index(phase)];
        let limit = self.phase_limit();
        if demand <= limit { 1.0 } else { limit.0 / demand.0 }
    }

    /// What the loads get together.
    pub fn given(&self) -> Watts {
        Phase::ALL.iter().map(|&phase| self.phase_given(phase)).sum()
    }

    /// What the loads get of one phase; all of it is on L1 where there is one only.
    pub fn phase_given(&self, phase: Phase) -> Watts {
        let demand = self.demand[phase as usize];
        if self.running { demand.min(self.phase_limit()) } else { Watts(0.0) }
    }

    /// What its control holds against its ratings, real and apparent: what is asked of all phases
    /// together, or of the heaviest one as if the others were loaded as much.
    pub fn burden(&self) -> (Watts, Watts) {
        let share = self.phase_share.unwrap_or(1.0);
        let of = |powers: [Watts; 3]| {
            let heaviest = powers.into_iter().fold(Watts(0.0), Watts::max);
            powers.into_iter().sum::<Watts>().max(heaviest * (1.0 / share))
        };
        (of(self.demand), of(self.apparent))
    }

    pub fn forget_demand(&mut self) {
        (self.demand, self.apparent) = ([Watts(0.0); 3], [Watts(0.0); 3]);
    }

    pub fn add_demand(&mut self, phase: Phase, power: Watts, apparent: Watts) {
        let index = self.index(phase);
        self.demand[index] += power;
        self.apparent[index] += apparent;
    }

    fn phase_limit(&self) -> Watts {
        self.limit * self.phase_share.unwrap_or(1.0)
    }

    fn index(&self, phase: Phase) -> usize {
        if self.phase_share.is_some() { phase as usize } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(phase_share: Option<f64>) -> AcOutput {
        AcOutput { running: true, ..AcOutput::for_test(Watts(9000.0), phase_share) }
    }

    #[test]
    fn an_overloaded_phase_sags_and_the_others_do_not() {
        let mut output = output(Some(1.0 / 3.0));
        output.add_demand(Phase::L2, Watts(12_000.0), Watts(12_000.0));
        output.add_demand(Phase::L3, Watts(1000.0), Watts(1000.0));
        assert_eq!(output.voltage(Phase::L1), Volts(230.0));
        assert!((output.voltage(Phase::L2).0 - 115.0).abs() < 1e-9);
        assert_eq!(output.lowest(), output.voltage(Phase::L2));
        assert_eq!(output.given(), Watts(4000.0));
        assert_eq!(output.given_share(Phase::L2), 0.25);
    }

    #[test]
    fn the_heaviest_phase_counts_as_if_all_were_loaded_as_much() {
        let mut output = output(Some(0.5));
        output.add_demand(Phase::L1, Watts(3000.0), Watts(4000.0));
        output.add_demand(Phase::L2, Watts(1000.0), Watts(1000.0));
        assert_eq!(output.burden(), (Watts(6000.0), Watts(8000.0)));
        output.add_demand(Phase::L3, Watts(3000.0), Watts(3000.0));
        assert_eq!(output.burden(), (Watts(7000.0), Watts(8000.0)));
    }

    #[test]
    fn one_phase_feeds_all_that_is_on_it() {
        let mut output = output(None);
        for phase in Phase::ALL {
            output.add_demand(phase, Watts(1000.0), Watts(1000.0));
        }
        assert_eq!(output.given(), Watts(3000.0));
        assert_eq!(output.burden().0, Watts(3000.0));
        assert_eq!(output.lowest(), Volts(230.0));
    }
}
