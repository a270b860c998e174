//! A remote-controlled switch in the world: its contact, and its role's banks.

use bevy_ecs::prelude::{Component, Entity};
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

use crate::network::{BranchId, LoadId};
use crate::power_stage::POSITIONS;

/// What the bench needs to know of a switch.
#[derive(Component, Clone)]
pub struct RemoteSwitch {
    /// Its parameters.
    pub model: model::RemoteSwitch,
}

/// One switch.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub device: usize,
    pub id: String,
    pub entity: Entity,
    pub contact: BranchId,
    pub quiescent: LoadId,
    pub position: SignalId,
    /// What its remote input makes of the wires that end there.
    pub remote_on: bool,
}

/// Names of the claim `state`, in the order of its values.
pub(crate) const STATES: [&str; 5] = ["remote-off", "open", "closing", "closed", "opening"];
/// Index of the reading `remote`.
pub(crate) const REMOTE: usize = 1;

/// The banks of a switch. The first reading is its sampling channel.
pub(crate) fn terminal(id: &str, starts_closed: bool) -> Terminal {
    let mut terminal = Terminal::new(format!("{id}.control"));
    terminal.readings.analog("sensed_voltage_v");
    terminal.readings.state("remote", &["off", "on"]);
    terminal.readings.state("starts_closed", &["no", "yes"]);
    terminal.readings.set(2, f64::from(starts_closed));
    let contact = terminal.commands.state("contact", &POSITIONS);
    terminal.commands.set(contact, f64::from(starts_closed));
    terminal.claims.state("state", &STATES);
    terminal.claims.set(0, if starts_closed { 3.0 } else { 1.0 });
    terminal
}
