//! A transfer switch in the world: its role's banks. Its contacts are part of the AC side.

use bevy_ecs::prelude::Component;
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

/// What does not change during a run.
#[derive(Component)]
pub struct TransferSwitch {
    /// Instance (`ats-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::TransferSwitch,
    pub(crate) state: SignalId,
}

/// Names of the positions of the contacts: bit 0 grid, bit 1 inverter.
pub(crate) const POSITIONS: [&str; 4] = ["none", "grid", "inverter", "both"];
/// Names of the claim `state`, in the order of its values.
pub(crate) const STATES: [&str; 4] = ["on-grid", "on-inverter", "grid-doubtful", "no-source"];
/// Index of the reading `grid_voltage_v`.
pub(crate) const GRID_VOLTAGE: usize = 0;
/// Index of the reading `inverter_voltage_v`.
pub(crate) const INVERTER_VOLTAGE: usize = 1;
/// Index of the reading `lever`: what a person wants; 0 the grid, 1 the inverter.
pub(crate) const LEVER: usize = 2;

/// The banks of a transfer switch's control.
pub(crate) fn terminal(id: &str) -> Terminal {
    let mut terminal = Terminal::new(format!("{id}.control"));
    terminal.readings.analog("grid_voltage_v");
    terminal.readings.analog("inverter_voltage_v");
    terminal.readings.state("lever", &["grid", "inverter"]);
    terminal.commands.state("source", &["grid", "inverter"]);
    terminal.claims.state("state", &STATES);
    terminal
}
