//! All that a system is built as, written out. Where two amounts come to the same text, nothing that is
//! simulated can tell them apart.

use std::fmt::Write as _;

use blackstart_engine::Simulation;
use blackstart_scenario::{ScenarioEvent, System};
use blackstart_units::SimTime;

use crate::ac::AcSide;
use crate::backup_box::InstalledBackupBox;
use crate::circuit::{PlantCircuit, Roster};
use crate::dc::{DcSide, InstalledRemoteSwitch};
use crate::install::install;
use crate::installer::PlantError;
use crate::inverter::InstalledInverter;
use crate::parts::{PartRole, Parts};
use crate::sampling::Meters;
use crate::transfer::InstalledTransferSwitch;

/// Network, parts, sensors and what controllers are set to, of a system at the start of a run.
///
/// # Errors
/// A parameter that no network can have.
pub fn written_out(system: &System, events: &[ScenarioEvent]) -> Result<String, PlantError> {
    let mut scratch = Simulation::new(SimTime::ZERO, None);
    install(&mut scratch, system, events, 0)?;
    let world = &scratch.world;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(text, "{:?}", world.resource::<PlantCircuit>().network);
    let _ = write!(text, "{:?}", world.resource::<Parts>());
    let _ = write!(text, "{:?}", world.resource::<AcSide>());
    let _ = write!(text, "{:?}", world.resource::<DcSide>());
    for entity in world.resource::<Roster>().controlled() {
        let _ = write!(text, "{:?}", world.get::<Meters>(entity));
        let _ = write!(text, "{:?}", world.get::<PartRole>(entity).map(|one| &one.rules));
        let _ = write!(text, "{:?}", world.get::<InstalledInverter>(entity).map(|one| &one.model));
        let switch = world.get::<InstalledTransferSwitch>(entity);
        let _ = write!(text, "{:?}", switch.map(|one| &one.model));
        let _ = write!(text, "{:?}", world.get::<InstalledBackupBox>(entity).map(|one| &one.model));
        let switch = world.get::<InstalledRemoteSwitch>(entity);
        let _ = write!(text, "{:?}", switch.map(|one| &one.model));
    }
    Ok(text)
}
