//! The control of a charger as its device file has it: the voltage that is set on it, all the current that
//! it can give, whenever it may.
//!
//! Left out: the stages of a charge and their times. What keeps it off is its own input and remote input, not
//! its control, which always orders the same and says so.

use blackstart_engine::{Controller, Desk, PinBank};
use blackstart_units::SimTime;

/// The control of one charger.
#[derive(Clone, Debug)]
pub struct ChargerControl {
    set_voltage: usize,
    rated_current: usize,
    voltage: usize,
    current: usize,
    enable: usize,
    state: usize,
}

/// The state that it claims.
const ON: f64 = 1.0;

impl ChargerControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(readings: &PinBank, commands: &PinBank, claims: &PinBank) -> Option<Self> {
        Some(Self {
            set_voltage: readings.index("set_voltage_v")?,
            rated_current: readings.index("rated_current_a")?,
            voltage: commands.index("voltage_setpoint_v")?,
            current: commands.index("current_limit_a")?,
            enable: commands.index("enable")?,
            state: claims.index("state")?,
        })
    }
}

impl Controller for ChargerControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        desk.commands.set(self.voltage, desk.readings.get(self.set_voltage));
        desk.commands.set(self.current, desk.readings.get(self.rated_current));
        desk.commands.set(self.enable, 1.0);
        desk.claims.set(self.state, ON);
        SimTime::NEVER
    }
}

#[cfg(test)]
mod tests {
    use blackstart_engine::{BuiltIn, RoleShape, Terminal};
    use blackstart_roles::{RoleKind, RoleTable};

    use super::*;

    #[test]
    fn it_orders_what_is_set_and_all_that_it_can_give() {
        let role = RoleTable::standard().role(RoleKind::Charger);
        let mut terminal = Terminal::new("c.control".to_owned(), role, RoleShape::default());
        let (readings, commands, claims) =
            (&terminal.readings, &terminal.commands, &terminal.claims);
        let control = ChargerControl::new(readings, commands, claims).unwrap();
        let mut control = BuiltIn(Box::new(control));
        terminal.show("rated_current_a", 30.0);
        for volts in [14.2, 13.5] {
            terminal.show("set_voltage_v", volts);
            control.decide(SimTime::ZERO, &mut terminal);
            let ordered = ["voltage_setpoint_v", "current_limit_a", "enable"];
            let ordered = ordered.map(|name| terminal.commands.value(name));
            assert_eq!(ordered, [volts, 30.0, 1.0]);
            assert_eq!(terminal.claims.value("state"), ON);
        }
        assert_eq!(terminal.wake_at, SimTime::NEVER);
    }
}
