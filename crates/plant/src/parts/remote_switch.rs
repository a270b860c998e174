//! A switch with a remote input: its contact, what its electronics take, and its role's banks.

use blackstart_engine::NoiseStream;
use blackstart_scenario::kinds::fet_switch::POSITIONS;
use blackstart_scenario::{OfPart, Part, RemoteSwitch};
use blackstart_units::{Siemens, SimTime};

use super::Build;
use crate::dc::{ELECTRONICS_AT, InstalledRemoteSwitch, PlacedSwitch, switch, switch_terminal};
use crate::network::{Branch, NodeId, Quantity};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};

/// How often it looks at its voltage.
const PERIOD: SimTime = SimTime::from_millis(100);

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = RemoteSwitch::of(part)?;
    let (from, to) = (into.end(0)?, into.end(1)?);
    let mut contact = Branch::new(into.id, from, to);
    contact.gate = switch(model.resistance, model.starts_closed);
    let contact = into.installer.builder.branch(contact);
    let sensed = if model.rules.senses_output { to } else { from };
    // Some milliamperes: what the voltage makes of them does not matter.
    let taken = Siemens(model.quiescent.0 / ELECTRONICS_AT.0);
    let name = format!("{}.quiescent", into.id);
    let quiescent = into.installer.draw(name, from, NodeId::GROUND, taken);
    into.probe("current_a", Quantity::Current(contact), 1.0);
    let position = into.state("position", POSITIONS);
    let terminal = switch_terminal(into.id, model.starts_closed);
    let (id, installer) = (into.id.to_owned(), &mut *into.installer);
    role::declare_claims(&terminal, &mut installer.catalogue);
    let channels = vec![Channel::exact(Quantity::NodeVoltage(sensed))];
    let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
    let sampling = Sampling::new(PERIOD, SimTime::ZERO, channels, noise);
    let parts = (InstalledRemoteSwitch { model }, Meters::from(sampling), terminal);
    let entity = installer.simulation.world.spawn(parts).id();
    installer.roster.dc.push(entity);
    let remote_on = true;
    let place = PlacedSwitch { id, entity, contact, quiescent, position, remote_on };
    installer.dc.switches.push(place);
    Some(())
}
