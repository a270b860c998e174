//! The public grid, on the AC side.

use blackstart_scenario::{Grid, OfPart, Part, Phase};

use super::Build;
use crate::ac::{Feeder, Mains};
use crate::supply::GridSignals;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = Grid::of(part)?;
    let signals = GridSignals {
        state: into.state("state", &["up", "failed"]),
        voltage: into.analog("ac_voltage_v"),
        phases: model.three_phase.then(|| {
            Phase::ALL.map(|phase| into.analog(&format!("{}.ac_voltage_v", phase.name())))
        }),
    };
    let (id, installer) = (into.id.to_owned(), &mut *into.installer);
    installer.ac_signals.grids.push(signals);
    installer.feeders.push((id.clone(), Feeder::Grid(installer.ac.grids.len())));
    installer.ac.grids.push(Mains::new(id, model));
    Some(())
}
