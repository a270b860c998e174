//! A remote-controlled switch in the world: its contact, and its role's banks.

use bevy_ecs::prelude::{Component, Entity};
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario as model;
use blackstart_trace::SignalId;

use crate::network::{BranchId, LoadId};
use crate::role;

/// What the bench needs to know of a switch.
#[derive(Component, Clone)]
pub struct InstalledRemoteSwitch {
    /// Its parameters.
    pub model: model::RemoteSwitch,
}

/// One switch.
#[derive(Clone, Debug)]
pub(crate) struct PlacedSwitch {
    pub id: String,
    pub entity: Entity,
    pub contact: BranchId,
    pub quiescent: LoadId,
    pub position: SignalId,
    /// What its remote input makes of the wires that end there.
    pub remote_on: bool,
}

/// States of its claim.
const OPEN: f64 = 1.0;
const CLOSED: f64 = 3.0;

/// The terminal of a switch. The first reading is its sampling channel.
pub(crate) fn terminal(id: &str, starts_closed: bool) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::RemoteSwitch, RoleShape::default());
    terminal.readings.put("starts_closed", f64::from(starts_closed));
    terminal.commands.put("contact", f64::from(starts_closed));
    terminal.claims.put("state", if starts_closed { CLOSED } else { OPEN });
    terminal
}
