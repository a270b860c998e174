//! An inverter in the world: a load on the DC side that depends on its state, and what it feeds.

use bevy_ecs::prelude::Component;
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario as model;
use blackstart_trace::SignalId;
use blackstart_units::Watts;

use crate::network::{BranchId, CrossingEdge, LoadId, Network, Quantity, Watch};
use crate::role;

/// What does not change during a run.
#[derive(Component)]
pub struct InstalledInverter {
    /// Instance (`inverter-1`).
    pub id: String,
    /// Its parameters.
    pub model: model::Inverter,
    /// The voltage that its power stage works from.
    pub(crate) input: Quantity,
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
    /// Its power stage has let go, since its DC side had less than it can work from, and waits until its
    /// control takes the command to run back.
    pub(crate) locked_out: bool,
    /// Whether the front switch is on.
    pub(crate) switched_on: bool,
}

impl InverterSupply {
    /// Whether there is anything on its AC side.
    pub(crate) fn inverts(&self) -> bool {
        self.running && !self.locked_out
    }

    /// What its control commands. Only without that command the power stage is ready again.
    pub(crate) fn command(&mut self, run: bool) {
        self.running = run;
        self.locked_out &= run;
    }
}

/// The terminal of an inverter's control.
pub(crate) fn terminal(id: &str, switched_on: bool) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::Inverter, RoleShape::default());
    terminal.readings.put("front_switch", f64::from(switched_on));
    terminal.readings.put("remote", 1.0);
    terminal
}

impl InstalledInverter {
    /// What would lock its power stage out: the level below which it gets no power of its DC side.
    pub(crate) fn watch(&self, supply: &InverterSupply) -> Option<Watch> {
        let level = self.model.minimum_voltage.0;
        supply.inverts().then_some(Watch {
            quantity: self.input,
            level,
            edge: CrossingEdge::Falling,
        })
    }

    /// Locks the power stage out where its DC side has less than it can work from; whether it just has.
    pub(crate) fn look(&self, supply: &mut InverterSupply, network: &Network) -> bool {
        let has_collapsed =
            supply.inverts() && network.value(self.input) <= self.model.minimum_voltage.0;
        supply.locked_out |= has_collapsed;
        has_collapsed
    }

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
        if supply.inverts() {
            model.idle + given + losses(model, given)
        } else if supply.switched_on {
            model.housekeeping
        } else {
            model.off_draw
        }
    }
}

/// What an inverter of other amounts would take from the DC side, all else being the same: on the AC side
/// it gives what it gives.
pub(crate) fn taken_instead(
    (model, other): (&model::Inverter, &model::Inverter),
    taken: Watts,
) -> Watts {
    if taken == model.off_draw {
        return other.off_draw;
    }
    if taken == model.housekeeping {
        return other.housekeeping;
    }
    let (linear, quadratic) = loss_terms(model);
    // Of the share of its rated power that it gives: (rated + linear)·share + quadratic·share².
    let beyond_idle = (taken - model.idle).0;
    let slope = model.rated_power.0 + linear;
    let root = (slope * slope + 4.0 * quadratic * beyond_idle).max(0.0).sqrt();
    let share = (2.0 * beyond_idle / (slope + root)).max(0.0);
    let given = model.rated_power * share;
    other.idle + given + losses(other, given)
}

/// Losses beyond idle: a·P + b·P², with a and b from the efficiencies at half and full rated power.
/// Where these do not fit the idle power, a or b is taken as 0 and the rated one is met.
fn losses(model: &model::Inverter, given: Watts) -> Watts {
    let (linear, quadratic) = loss_terms(model);
    let share = given.0 / model.rated_power.0;
    Watts(linear * share + quadratic * share * share)
}

/// The two terms at rated power, W.
fn loss_terms(model: &model::Inverter) -> (f64, f64) {
    let rated = model.rated_power.0;
    let beyond_idle = |power: f64, efficiency: f64| power / efficiency - power - model.idle.0;
    let half = beyond_idle(0.5 * rated, model.half_load_efficiency.0);
    let full = beyond_idle(rated, model.rated_load_efficiency.0).max(0.0);
    let quadratic = (2.0 * (full - 2.0 * half)).clamp(0.0, full);
    (full - quadratic, quadratic)
}
