//! What charges a battery from the AC side: constant power until the highest cell is at its end
//! voltage, or the cells hold their capacity.
//!
//! Real chargers fall back to constant voltage at the end; that is left out. The second condition is
//! what their long end comes to.

use blackstart_trace::ChargePath;
use blackstart_units::{SimTime, Volts, Watts};

/// How often a charging battery is looked at.
const LOOK: SimTime = SimTime::from_whole_seconds(30);
/// RMS voltage below which it does not charge: 80 % of 230 V.
const LOWEST_VOLTAGE: Volts = Volts(184.0);
/// A full battery is charged again below this state of charge.
const RESTART_BELOW: f64 = 0.95;

/// The charger in a battery.
#[derive(Debug)]
pub(crate) struct Charger {
    pub power: Watts,
    pub end_voltage: Volts,
    pub is_full: bool,
    pub is_charging: bool,
    /// Whether there is a supply, and nothing forbids to use it.
    pub may_charge: bool,
}

impl Charger {
    /// One that has not been asked yet.
    pub fn new(power: Watts, end_voltage: Volts) -> Self {
        Self { power, end_voltage, is_full: false, is_charging: false, may_charge: false }
    }

    /// What it gives to the cells at this instant.
    pub fn step(&mut self, supply: Volts, highest_cell: Volts, mean_soc: f64) -> Watts {
        if highest_cell >= self.end_voltage || mean_soc >= 1.0 {
            self.is_full = true;
        } else if mean_soc < RESTART_BELOW {
            self.is_full = false;
        }
        self.may_charge = self.power > Watts(0.0) && supply >= LOWEST_VOLTAGE;
        self.is_charging = self.may_charge && !self.is_full;
        if self.is_charging { self.power } else { Watts(0.0) }
    }

    /// Whether anything can charge the battery through it.
    pub fn path(&self, is_fed: bool) -> ChargePath {
        match (self.is_charging, self.may_charge) {
            _ if self.power <= Watts(0.0) || !is_fed => ChargePath::Absent,
            (true, _) => ChargePath::Charging,
            (false, true) => ChargePath::Ready,
            (false, false) => ChargePath::HeldBack,
        }
    }

    /// When it must be looked at again.
    pub fn next(&self, now: SimTime) -> SimTime {
        if self.is_charging { now + LOOK } else { SimTime::NEVER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_full_and_does_not_start_again_at_once() {
        let mut charger = Charger::new(Watts(2000.0), Volts(3.55));
        let mains = Volts(230.0);
        assert_eq!(charger.step(mains, Volts(3.3), 0.5), Watts(2000.0));
        assert_eq!(charger.step(Volts(0.0), Volts(3.3), 0.5), Watts(0.0));
        assert_eq!(charger.step(mains, Volts(3.55), 0.98), Watts(0.0));
        assert_eq!(charger.step(mains, Volts(3.39), 0.98), Watts(0.0));
        assert_eq!(charger.step(mains, Volts(3.3), 0.94), Watts(2000.0));
        assert_eq!(charger.step(mains, Volts(3.4), 1.0), Watts(0.0));
    }
}
