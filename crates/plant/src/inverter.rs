//! An inverter in the world: a load on the DC side that depends on its state, and what it feeds.

use bevy_ecs::prelude::Component;
use blackstart_engine::Terminal;
use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::LoadId;

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
    pub(crate) state: SignalId,
    pub(crate) ac_power: SignalId,
}

/// The output side.
#[derive(Component)]
pub struct Supply {
    /// Instances of the loads, each with its demand.
    pub loads: Vec<(usize, String, Watts)>,
    pub(crate) signals: Vec<[SignalId; 3]>,
    pub(crate) running: bool,
    /// Whether the front switch is on.
    pub(crate) switched_on: bool,
}

/// Names of the states, in the order of the claim's values.
pub(crate) const STATES: [&str; 5] = ["off", "waiting", "running", "low-voltage", "locked-out"];
/// Index of the reading `front_switch`.
pub(crate) const FRONT_SWITCH: usize = 1;

/// The banks of an inverter's control.
pub(crate) fn terminal(id: &str) -> Terminal {
    let mut terminal = Terminal::new(format!("{id}.control"));
    terminal.readings.analog("dc_voltage_v");
    terminal.readings.state("front_switch", &["off", "on"]);
    terminal.commands.state("run", &["no", "yes"]);
    terminal.claims.state("state", &STATES);
    terminal
}

impl Inverter {
    /// What it takes from the DC side.
    pub fn draw(&self) -> LoadId {
        self.draw
    }

    /// DC power that it asks for.
    pub(crate) fn dc_power(&self, supply: &Supply) -> Watts {
        if supply.running {
            self.model.idle + supply.demand() * (1.0 / self.model.efficiency.0)
        } else if supply.switched_on {
            self.model.housekeeping
        } else {
            self.model.off_draw
        }
    }
}

impl Supply {
    /// AC power that the loads ask for together.
    pub(crate) fn demand(&self) -> Watts {
        self.loads.iter().map(|load| load.2).sum()
    }

    /// AC power that they get.
    pub(crate) fn given(&self) -> Watts {
        if self.running { self.demand() } else { Watts(0.0) }
    }
}
