//! A battery in the world: where its parts lie in the network, and its role's banks.

use bevy_ecs::prelude::Component;
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

use crate::ac::Tap;
use crate::claimed_trip::GuardedPack;
use crate::network::{BranchId, LoadId, NodeId};
use crate::role;

/// What does not change during a run.
#[derive(Component)]
pub struct InstalledBattery {
    /// Instance (`sessy-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::Battery,
    /// The string of cells. The battery's own electronics hang directly on it.
    pub cells: BranchId,
    /// The pack's resistance and inductance, where the current is measured; discharge positive.
    pub shunt: BranchId,
    /// The main switch.
    pub main: BranchId,
    /// The pre-charge path.
    pub precharge: BranchId,
    /// Between cells and switch.
    pub pack: NodeId,
    /// Behind the switch.
    pub port: NodeId,
    /// The battery's own electronics.
    pub drain: LoadId,
    /// Its charger: a load of negative power.
    pub charge: LoadId,
    pub(crate) signals: BatterySignals,
    /// What its controller watches over.
    pub(crate) guarded: GuardedPack,
}

/// Signals that are written on change.
pub(crate) struct BatterySignals {
    pub precharge_energy: SignalId,
    pub clamp_energy: SignalId,
    pub main_switch: SignalId,
    pub precharge_switch: SignalId,
    pub front_end: SignalId,
    pub charge_power: SignalId,
}

/// The AC source that feeds a battery's charger.
#[derive(Component, Clone, Copy)]
pub(crate) struct FedBy(pub Option<Tap>);

/// Indices in the banks of a `bms` role.
#[derive(Component, Clone)]
pub struct BmsPins {
    pub(crate) front_end_status: usize,
    pub(crate) pairing_request: usize,
    pub(crate) port_request: usize,
}

/// The terminal of a `bms` role over a pack of so many cells. Its first readings are in the order of the
/// sampling channels.
pub(crate) fn terminal(id: &str, cells: usize) -> (Terminal, BmsPins) {
    let shape = RoleShape { cells, ..RoleShape::default() };
    let terminal = role::terminal(id, RoleKind::BatteryManagement, shape);
    let readings = &terminal.readings;
    let pins = BmsPins {
        front_end_status: readings.place("front_end_status"),
        pairing_request: readings.place("pairing_request"),
        port_request: readings.place("port_request"),
    };
    (terminal, pins)
}
