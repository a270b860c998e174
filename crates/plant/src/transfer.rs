//! A transfer switch in the world: what of it is no part of the AC side.

use bevy_ecs::prelude::Component;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

/// What does not change during a run.
#[derive(Component)]
pub struct InstalledTransferSwitch {
    /// Instance (`ats-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::TransferSwitch,
    pub(crate) state: SignalId,
}

/// Names of the positions of the contacts: bit 0 grid, bit 1 inverter.
pub(crate) const POSITIONS: [&str; 4] = ["none", "grid", "inverter", "both"];
