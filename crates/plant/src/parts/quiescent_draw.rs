//! What electronics draw, by their state.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::quiescent_draw::{QuiescentDraw, STATES};
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use super::{Acting, Build, Command, Stage};
use crate::network::{LoadId, NetworkLoad, Quantity};

#[derive(Debug)]
struct Electronics {
    id: String,
    load: LoadId,
    powers: [Watts; 3],
    state: usize,
    signal: SignalId,
    /// A command of 0 before the first of another state is none.
    commanded: bool,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: QuiescentDraw = part.amounts()?;
    let state = STATES.iter().position(|word| *word == part.word("initial"))?;
    let powers = [amounts.off_w.watts(), amounts.asleep_w.watts(), amounts.awake_w.watts()];
    let mut load = NetworkLoad::new(into.id, into.end(0)?, into.end(1)?);
    load.power = powers[state];
    load.minimum_voltage = amounts.minimum_voltage_v.volts();
    let load = into.installer.builder.load(load);
    into.delivers(load, false);
    into.offer("current_a", None, Quantity::LoadCurrent(load));
    into.detail("power_w", Quantity::LoadPower(load));
    let (id, signal) = (into.id.to_owned(), into.state("state", STATES));
    into.acts(Electronics { id, load, powers, state, signal, commanded: false });
    Some(())
}

impl Acting for Electronics {
    fn act(&mut self, stage: &mut Stage<'_>) {
        if stage.network.set_load_power(self.load, self.powers[self.state]) {
            stage.moved();
        }
        stage.recorder.state(&self.id, self.signal, stage.now, self.state as f64);
    }

    fn command(&mut self, Command { value, .. }: Command) {
        self.commanded |= value > 0.0;
        if self.commanded {
            self.state = (value as usize).min(self.powers.len() - 1);
        }
    }
}
