//! A transfer switch: its contacts on the AC side, and its role's banks.

use blackstart_engine::{NoiseStream, RoleShape};
use blackstart_roles::RoleKind;
use blackstart_scenario::{OfPart, Part, TransferSwitch};
use blackstart_units::SimTime;

use super::Build;
use crate::ac::{Feeder, TransferContacts};
use crate::role;
use crate::sampling::{Meters, Sampling};
use crate::transfer::{InstalledTransferSwitch, POSITIONS};

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = TransferSwitch::of(part)?;
    let position = into.state("position", &POSITIONS);
    let (id, installer) = (into.id.to_owned(), &mut *into.installer);
    installer.ac_signals.positions.push(position);
    let mut terminal = role::terminal(&id, RoleKind::TransferSwitch, RoleShape::default());
    if let Some(contact) = terminal.commands.index("grid_contact") {
        // Where it rests.
        terminal.commands.set(contact, 1.0);
    }
    let state = role::declare_state_and_claims(&id, &terminal, &mut installer.catalogue);
    installer.feeders.push((id.clone(), Feeder::Switch(installer.ac.switches.len())));
    let contacts = TransferContacts::new(id.clone(), model.contacts);
    installer.ac.switches.push(contacts);
    // It measures RMS voltages, which change at instants only: nothing to sample.
    let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
    let sampling = Sampling::new(SimTime::ZERO, SimTime::ZERO, Vec::new(), noise);
    let switch = InstalledTransferSwitch { id, model, state };
    let parts = (switch, Meters::from(sampling), terminal);
    let entity = installer.simulation.world.spawn(parts).id();
    installer.roster.transfer_switches.push(entity);
    Some(())
}
