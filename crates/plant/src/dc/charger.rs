//! A charger in the world: a source that takes nothing back, its role's banks, and how it obeys.
//!
//! Its power stage is that of any other source. Whatever is asked of it, it gives no more than its rated
//! current, and nothing without its input or with its remote input off. A highest voltage is not stated in
//! device files: any set-point is obeyed.

use bevy_ecs::prelude::Component;
use blackstart_engine::{RoleShape, Terminal};
use blackstart_roles::RoleKind;
use blackstart_scenario as model;
use blackstart_units::{Amperes, Volts};

use super::source::SourceOutput;
use crate::role;

/// What the bench needs to know of a charger.
#[derive(Component, Clone)]
pub struct InstalledCharger {
    /// Its parameters.
    pub model: model::DcSource,
}

/// The terminal of a charger. The first two readings are its sampling channels. Until somebody orders
/// anything it is off, and set as its file says.
pub(crate) fn terminal(id: &str, model: &model::DcSource) -> Terminal {
    let mut terminal = role::terminal(id, RoleKind::Charger, RoleShape::default());
    terminal.readings.put("allowed", 1.0);
    terminal.readings.put("input", f64::from(model.running));
    terminal.readings.put("set_voltage_v", model.voltage.0);
    terminal.readings.put("rated_current_a", model.current.0);
    terminal.commands.put("voltage_setpoint_v", model.voltage.0);
    terminal.commands.put("current_limit_a", model.current.0);
    terminal
}

/// What its controller asks for, within what it can give.
pub(crate) fn asked(model: &model::DcSource, terminal: &Terminal) -> SourceOutput {
    let commands = &terminal.commands;
    let limit = commands.value("current_limit_a").min(model.current.0);
    let gives = limit > 0.0;
    let current = if gives { Amperes(limit) } else { model.current };
    SourceOutput {
        on: gives && commands.value("enable") > 0.5,
        voltage: Volts(commands.value("voltage_setpoint_v").max(0.0)),
        limiter: current * model.resistance,
    }
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::Node;
    use blackstart_units::Ohms;

    use super::*;

    const MODEL: model::DcSource = model::DcSource {
        from: Node::GROUND,
        to: Node(1),
        voltage: Volts(14.2),
        current: Amperes(30.0),
        resistance: Ohms(0.005),
        regulation: None,
        one_way: true,
        full_output_time: None,
        running: true,
        remote: None,
    };

    fn ordered(orders: &[(&str, f64)]) -> SourceOutput {
        let mut terminal = terminal("charger-1", &MODEL);
        orders.iter().for_each(|(name, value)| terminal.commands.put(name, *value));
        asked(&MODEL, &terminal)
    }

    #[test]
    fn nobody_who_orders_anything_leaves_it_off() {
        assert!(!ordered(&[]).on);
        let on = ordered(&[("enable", 1.0)]);
        assert_eq!(
            on,
            SourceOutput { on: true, voltage: Volts(14.2), limiter: Volts(30.0 * 0.005) }
        );
    }

    #[test]
    fn it_gives_no_more_than_it_can_and_nothing_at_a_limit_of_nothing() {
        let limited = |amperes| ordered(&[("enable", 1.0), ("current_limit_a", amperes)]);
        assert_eq!(limited(10.0).limiter, Volts(10.0 * 0.005));
        assert_eq!(limited(1000.0).limiter, Volts(30.0 * 0.005));
        assert!(!limited(0.0).on && !limited(-1.0).on);
    }
}
