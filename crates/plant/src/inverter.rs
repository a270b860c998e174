//! An inverter in the world: a load on the DC side that depends on its state, and what it feeds.

use bevy_ecs::prelude::Component;
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::{BranchId, LoadId};
use crate::role;

/// What does not change during a run.
#[derive(Component)]
pub struct InstalledInverter {
    /// Instance (`inverter-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::Inverter,
    /// Index of the device in its system.
    pub device: usize,
    pub(crate) draw: LoadId,
    pub(crate) bleed: LoadId,
    /// The capacitors' front switch, where some lie behind it.
    pub(crate) switched_input: Option<BranchId>,
    pub(crate) state: SignalId,
}

/// What its control and its front switch make of it.
#[derive(Component)]
pub struct InverterSupply {
    pub(crate) running: bool,
    /// Whether the front switch is on.
    pub(crate) switched_on: bool,
}

/// The terminal of an inverter's control.
pub(crate) fn terminal(id: &str, switched_on: bool) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::Inverter, RoleShape::default());
    terminal.readings.put("front_switch", f64::from(switched_on));
    terminal.readings.put("remote", 1.0);
    terminal
}

impl InstalledInverter {
    /// What it takes from the DC side.
    pub fn draw(&self) -> LoadId {
        self.draw
    }

    /// What discharges its capacitors when nothing else does.
    pub fn bleed(&self) -> LoadId {
        self.bleed
    }

    /// DC power that it asks for while it gives this much on the AC side.
    pub(crate) fn dc_power(&self, supply: &InverterSupply, given: Watts) -> Watts {
        let model = &self.model;
        if supply.running {
            model.idle + given + losses(model, given)
        } else if supply.switched_on {
            model.housekeeping
        } else {
            model.off_draw
        }
    }
}

/// Losses beyond idle: a·P + b·P², with a and b from the efficiencies at half and full rated power.
/// Where these do not fit the idle power, a or b is taken as 0 and the rated one is met.
fn losses(model: &model::Inverter, given: Watts) -> Watts {
    let rated = model.rated_power.0;
    let beyond_idle = |power: f64, efficiency: f64| power / efficiency - power - model.idle.0;
    let half = beyond_idle(0.5 * rated, model.half_load_efficiency.0);
    let full = beyond_idle(rated, model.rated_load_efficiency.0).max(0.0);
    let quadratic = (2.0 * (full - 2.0 * half)).clamp(0.0, full);
    let share = given.0 / rated;
    Watts((full - quadratic) * share + quadratic * share * share)
}
