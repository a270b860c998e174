//! The remote on/off of a BMS: two terminals, L and H, and a truth table.
//!
//! On while L and H are joined, while L is pulled below a voltage, or while H is above one and no
//! higher than the supply; everything else is off. The tables of the manuals ask for H *below* the
//! supply and their text allows H tied to it: a tie is on, another source as high as the supply is not.

use blackstart_engine::{AlertEdge, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::RemoteTerminalRules;

/// Where the terminals stand among the readings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RemoteTerminalLogic {
    rules: RemoteTerminalRules,
    joined: usize,
    l: (usize, usize),
    h: (usize, usize),
    tied: usize,
    supply: usize,
}

impl RemoteTerminalLogic {
    pub fn new(rules: RemoteTerminalRules, readings: &PinBank) -> Option<Self> {
        Some(Self {
            rules,
            joined: readings.index("remote_joined")?,
            l: (readings.index("remote_l")?, readings.index("remote_l_v")?),
            h: (readings.index("remote_h")?, readings.index("remote_h_v")?),
            tied: readings.index("remote_h_to_plus")?,
            supply: readings.index("supply_voltage_v")?,
        })
    }

    /// The truth table.
    pub fn is_on(&self, readings: &PinBank) -> bool {
        let is = |index: usize| readings.get(index) > 0.5;
        let (l, h) = (readings.get(self.l.1), readings.get(self.h.1));
        let supply = readings.get(self.supply);
        is(self.joined)
            || is(self.l.0) && l < self.rules.l_below.0
            || is(self.tied) && supply > self.rules.h_above.0
            || is(self.h.0) && h > self.rules.h_above.0 && h < supply
    }

    /// A supply that crosses the voltage on H changes the answer.
    pub fn subscribe(&self, desk: &mut Desk<'_>, supply: usize, first_slot: u8) {
        let driven = desk.readings.get(self.h.0) > 0.5;
        let level = desk.readings.get(self.h.1);
        for (slot, edge) in (first_slot..).zip([AlertEdge::Falling, AlertEdge::Rising]) {
            let watch = Subscription { reading: WatchedReading::One(supply), edge, level };
            desk.subscribe(slot, driven.then_some(watch));
        }
    }
}

#[cfg(test)]
mod tests {
    use blackstart_units::Volts;

    use super::*;
    use blackstart_roles::{Direction, RoleKind, RoleTable};

    /// Terminals of a smallBMS on 13 V, with what is named set.
    fn on(set: &[(&str, f64)]) -> bool {
        let role = RoleTable::standard().role(RoleKind::ExternalBms);
        let mut readings = PinBank::of(role.pins_of(Direction::Reading).cloned());
        readings.put("supply_voltage_v", 13.0);
        let rules =
            RemoteTerminalRules { l_below: Volts(3.5), h_above: Volts(2.9), disables_all: true };
        let terminals = RemoteTerminalLogic::new(rules, &readings).unwrap();
        for (name, value) in set {
            readings.put(name, *value);
        }
        terminals.is_on(&readings)
    }

    #[test]
    fn the_truth_table_holds_at_its_edges() {
        assert!(!on(&[]));
        assert!(on(&[("remote_joined", 1.0)]));
        for (volts, expected) in [(0.0, true), (3.49, true), (3.5, false), (13.0, false)] {
            assert_eq!(on(&[("remote_l", 1.0), ("remote_l_v", volts)]), expected, "L at {volts}");
        }
        for (volts, expected) in
            [(2.9, false), (2.91, true), (12.99, true), (13.0, false), (24.0, false)]
        {
            assert_eq!(on(&[("remote_h", 1.0), ("remote_h_v", volts)]), expected, "H at {volts}");
        }
        assert!(on(&[("remote_h_to_plus", 1.0)]));
    }
}
