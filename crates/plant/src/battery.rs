//! A battery in the world: where its parts lie in the network, and the state of its switches.

use bevy_ecs::prelude::Component;
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::{Amperes, Joules, SimTime};

use crate::network::{BranchId, LoadId, NodeId};

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

/// A switch on its way to another position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turning {
    pub at: SimTime,
    pub closed: bool,
}

/// An interruption whose clamp energy is still being taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interruption {
    pub opened: SimTime,
    pub current: Amperes,
    pub clamp_before: Joules,
}

/// The switches' pending movements.
#[derive(Component, Default)]
pub struct PowerStage {
    pub(crate) main: Option<Turning>,
    pub(crate) precharge: Option<Turning>,
    pub(crate) interruption: Option<Interruption>,
}

/// How long after an opening the clamp is taken to have finished: far beyond any L/R of a pack.
pub(crate) const CLAMP_SETTLED: SimTime = SimTime::from_millis(1);

impl PowerStage {
    /// The next instant at which something here happens by itself.
    pub(crate) fn next(&self) -> SimTime {
        let turning = [self.main, self.precharge].into_iter().flatten().map(|turn| turn.at);
        let settled = self.interruption.map(|one| one.opened + CLAMP_SETTLED);
        turning.chain(settled).min().unwrap_or(SimTime::NEVER)
    }
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
pub(crate) const STATES: [&str; 5] = ["off", "precharge", "on", "tripped", "empty"];
/// Names of the claim `alarm`, in the order of its values.
pub(crate) const ALARMS: [&str; 6] =
    ["none", "pairing-failed", "scd", "ocd", "uvp", "pairing-needed"];

/// The banks of a `bms` role over a pack of `cells` cells.
pub(crate) fn terminal(id: &str, cells: usize) -> (Terminal, BmsPins) {
    let mut terminal = Terminal::new(format!("{id}.bms"));
    let readings = &mut terminal.readings;
    for cell in 1..=cells {
        readings.analog(format!("cell-{cell:02}_voltage_v"));
    }
    for name in ["pack_current_a", "pack_voltage_v", "port_voltage_v", "passed_charge_c"] {
        readings.analog(name);
    }
    let front_end_status = readings.analog("front_end_status");
    let pairing_request = readings.analog("pairing_request");
    let port_request = readings.analog("port_request");
    readings.analog("stored_paired");
    let commands = &mut terminal.commands;
    commands.state("main_switch", &["open", "closed"]);
    commands.state("precharge_switch", &["open", "closed"]);
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
