//! A battery in the world: where its parts lie in the network, and its role's banks.

use bevy_ecs::prelude::Component;
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

use crate::network::{BranchId, LoadId, NodeId};
use crate::power_stage::POSITIONS;

/// What does not change during a run.
#[derive(Component)]
pub struct Battery {
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
    /// Index of the device in its system.
    pub device: usize,
    pub(crate) signals: BatterySignals,
}

/// Signals that are written on change.
pub(crate) struct BatterySignals {
    pub precharge_energy: SignalId,
    pub clamp_energy: SignalId,
    pub main_switch: SignalId,
    pub precharge_switch: SignalId,
    pub front_end: SignalId,
}

/// Indices in the banks of a `bms` role.
#[derive(Component, Clone)]
pub struct BmsPins {
    pub(crate) front_end_status: usize,
    pub(crate) pairing_request: usize,
    pub(crate) port_request: usize,
    pub(crate) alarm: usize,
}

/// Names of the claim `state`, in the order of its values.
pub(crate) const STATES: [&str; 7] =
    ["off", "precharge", "on", "tripped", "empty", "locked-out", "deep-sleep"];
/// Names of the claim `alarm`, in the order of its values.
pub(crate) const ALARMS: [&str; 13] = [
    "none",
    "pairing-failed",
    "scd",
    "ocd",
    "uvp",
    "pairing-needed",
    "ovp",
    "over-temperature",
    "under-temperature",
    "measurement",
    "too-many-trips",
    "watchdog",
    "front-end-voltage",
];

/// The banks of a `bms` role over a pack of `cells` cells.
pub(crate) fn terminal(id: &str, cells: usize) -> (Terminal, BmsPins) {
    let mut terminal = Terminal::new(format!("{id}.bms"));
    let readings = &mut terminal.readings;
    for cell in 1..=cells {
        readings.analog(format!("cell-{cell:02}_voltage_v"));
    }
    // In the order of the sampling channels.
    for name in [
        "pack_current_a",
        "pack_voltage_v",
        "port_voltage_v",
        "passed_charge_c",
        "pack_temperature_c",
    ] {
        readings.analog(name);
    }
    let front_end_status = readings.analog("front_end_status");
    let pairing_request = readings.analog("pairing_request");
    let port_request = readings.analog("port_request");
    readings.analog("stored_paired");
    let commands = &mut terminal.commands;
    commands.state("main_switch", &POSITIONS);
    commands.state("precharge_switch", &POSITIONS);
    for name in
        ["front_end_clear", "scd_threshold_a", "scd_delay_us", "ocd_threshold_a", "ocd_delay_ms"]
    {
        commands.analog(name);
    }
    terminal.claims.state("state", &STATES);
    terminal.claims.analog("soc_pct");
    let alarm = terminal.claims.state("alarm", &ALARMS);
    terminal.claims.state("paired", &["no", "yes"]);
    (terminal, BmsPins { front_end_status, pairing_request, port_request, alarm })
}
