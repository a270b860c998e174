//! A backup box: its contacts on the AC side, its signals, its role's banks, and the battery that it hears.

use blackstart_engine::NoiseStream;
use blackstart_scenario::{BackupBox, OfPart, Part};
use blackstart_units::SimTime;

use super::Build;
use crate::ac::{Feeder, TransferContacts};
use crate::backup_box::{BoxSignals, InstalledBackupBox, terminal};
use crate::installer::Installer;
use crate::network::{BranchId, Quantity};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};
use crate::transfer::POSITIONS;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = BackupBox::of(part)?;
    let heard = into.system.heard_storage(into.id);
    let position = into.state("position", &POSITIONS);
    let id = into.id.to_owned();
    let installer = &mut *into.installer;
    let switch = installer.ac.switches.len();
    installer.ac_signals.positions.push(position);
    let terminal = terminal(&id, model.grid_return.dip_4);
    let state = role::declare_state_and_claims(&id, &terminal, &mut installer.catalogue);
    let signals = BoxSignals::declare(&id, switch, model.meter, &mut installer.catalogue);
    installer.ac_signals.boxes.push(signals);
    installer.feeders.push((id.clone(), Feeder::Switch(switch)));
    let contacts = TransferContacts::new(id.clone(), model.contacts);
    installer.ac.switches.push(contacts);
    let step = model.soc_resolution.0;
    let report = |cells| Channel { step, ..Channel::exact(Quantity::MeanSoc(cells)) };
    let cells = heard.and_then(|battery| cells_of(installer, battery));
    let channels = cells.map(report).into_iter().collect();
    let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
    let sampling = Sampling::new(model.soc_report_period, SimTime::ZERO, channels, noise);
    let parts = (InstalledBackupBox { id, model, state }, Meters::from(sampling), terminal);
    let entity = installer.simulation.world.spawn(parts).id();
    installer.roster.transfer_switches.push(entity);
    Some(())
}

/// A string of cells, or those of a battery module.
fn cells_of(installer: &Installer<'_>, id: &str) -> Option<BranchId> {
    installer.parts.cells(id).or_else(|| installer.dc.cells(id))
}
