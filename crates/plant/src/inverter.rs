//! An inverter in the world: a load on the DC side that depends on its state, and what it feeds.

use bevy_ecs::prelude::Component;
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::{BranchId, LoadId};

/// What does not change during a run.
#[derive(Component)]
pub struct Inverter {
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
pub struct Supply {
    pub(crate) running: bool,
    /// Whether the front switch is on.
    pub(crate) switched_on: bool,
}

/// Names of the states, in the order of the claim's values.
pub(crate) const STATES: [&str; 8] = [
    "off",
    "waiting",
    "running",
    "low-voltage",
    "locked-out",
    "overload",
    "high-voltage",
    "searching",
];
/// Index of the reading `front_switch`.
pub(crate) const FRONT_SWITCH: usize = 1;
/// Index of the reading `ac_power_w`: what the loads ask for.
pub(crate) const AC_POWER: usize = 2;
/// Index of the reading `ac_apparent_va`.
pub(crate) const AC_APPARENT: usize = 3;

/// Index of the reading `remote`: what its remote input makes of the wires that end there.
pub(crate) const REMOTE: usize = 4;

/// The banks of an inverter's control.
pub(crate) fn terminal(id: &str) -> Terminal {
    let mut terminal = Terminal::new(format!("{id}.control"));
    terminal.readings.analog("dc_voltage_v");
    terminal.readings.state("front_switch", &["off", "on"]);
    terminal.readings.analog("ac_power_w");
    terminal.readings.analog("ac_apparent_va");
    terminal.readings.state("remote", &["off", "on"]);
    terminal.readings.set(REMOTE, 1.0);
    terminal.commands.state("run", &["no", "yes"]);
    terminal.claims.state("state", &STATES);
    terminal
}

impl Inverter {
    /// What it takes from the DC side.
    pub fn draw(&self) -> LoadId {
        self.draw
    }

    /// What discharges its capacitors when nothing else does.
    pub fn bleed(&self) -> LoadId {
        self.bleed
    }

    /// DC power that it asks for while it gives this much on the AC side.
    pub(crate) fn dc_power(&self, supply: &Supply, given: Watts) -> Watts {
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
