//! The physics: network, cells, packs, power stages, inverters, loads, sensors.
//!
//! [`install`] spawns a resolved system into the engine's world; from then on the systems of
//! this crate obey the commands that stand on the terminals and write readings and trace.

mod ac;
mod actuate;
mod backup_box;
mod cause;
mod charger;
mod circuit;
mod claimed_trip;
mod corner;
mod dc;
mod detector;
mod drive;
mod exposure;
mod install;
mod installer;
mod inverter;
mod lookout;
mod moments;
pub mod network;
mod parts;
mod patch;
mod reading_faults;
mod record;
mod replay;
mod role;
mod sampling;
mod solve;
mod stimulus;
mod supply;
mod thermistor_scale;
mod transfer;
mod written_out;

use bevy_ecs::prelude::{Mut, World};
use blackstart_engine::Clock;

use exposure::Exposures;

pub use backup_box::InstalledBackupBox;
pub use circuit::{PlantCircuit, Roster, Short};
pub use corner::{Corner, Corners, Reach, corners};
pub use dc::{
    DcSide, InstalledBatteryModule, InstalledCharger, InstalledExternalBms, InstalledRemoteSwitch,
};
pub use install::install;
pub use installer::PlantError;
pub use inverter::{InstalledInverter, InverterSupply};
pub use parts::{PartRole, Parts};
pub use record::Recorder;
pub use solve::SolverFault;
pub use stimulus::Stimuli;
pub use transfer::InstalledTransferSwitch;
pub use written_out::written_out;

/// Records what only the end of a run can tell. Once.
pub fn conclude(world: &mut World) {
    reading_faults::conclude(world);
    supply::record_end(world);
    world.resource_scope(|world, parts: Mut<Parts>| {
        let now = world.resource::<Clock>().now;
        parts.conclude(now, &mut world.resource_mut::<Recorder>());
        parts.expose_approaches(&mut world.resource_mut::<Exposures>());
    });
}
