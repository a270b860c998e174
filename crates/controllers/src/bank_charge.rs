//! The state of charge of a bank as a BMS sees it: floor, warning, synchronisation, time remaining.
//!
//! The batteries count; the BMS adds what a full charge has taught it. Full is a voltage, a current
//! below the tail current and a time, all at once.

use blackstart_engine::{AlertEdge, Subscription, WatchedReading};
use blackstart_scenario::ChargeRules;
use blackstart_units::{Fraction, SimTime, Volts};

use crate::held::Held;

/// What it shows when nothing is drawn, and the most that it shows.
const MOST_HOURS: f64 = 240.0;

/// The charge of one bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BankCharge {
    rules: ChargeRules,
    /// What the batteries count.
    counted: f64,
    /// What is known better.
    offset: f64,
    rate: f64,
    at_floor: bool,
    warns: bool,
    at_top: bool,
    full: Held,
    is_full: bool,
}

impl BankCharge {
    pub fn new(rules: ChargeRules) -> Self {
        Self {
            rules,
            counted: 0.0,
            offset: 0.0,
            rate: 0.0,
            at_floor: false,
            warns: false,
            at_top: false,
            full: Held::default(),
            is_full: false,
        }
    }

    /// Takes what the batteries report: charge in percent, current per capacity in 1/h.
    pub fn look(&mut self, now: SimTime, bank: Volts, counted: f64, rate: f64) {
        (self.counted, self.rate) = (counted, rate);
        let rules = self.rules;
        self.at_top = bank >= rules.charged_voltage;
        self.full.note(self.at_top && rate.abs() <= rules.tail.0, now);
        self.is_full = now >= self.full.due(rules.charged_time);
        if self.is_full {
            self.offset = 100.0 - counted;
        }
        let soc = self.soc();
        let below = |was: bool, level: Fraction| {
            let back = if was { rules.hysteresis.0 } else { 0.0 };
            level.0 > 0.0 && soc <= 100.0 * (level.0 + back)
        };
        self.at_floor = below(self.at_floor, rules.floor);
        self.warns = below(self.warns, rules.warning);
    }

    /// In percent.
    pub fn soc(&self) -> f64 {
        (self.counted + self.offset).clamp(0.0, 100.0)
    }

    /// Until the floor, at the present current.
    pub fn hours_remaining(&self) -> f64 {
        let share = (self.soc() / 100.0 - self.rules.floor.0).max(0.0);
        if self.rate > 0.0 { (share / self.rate).min(MOST_HOURS) } else { MOST_HOURS }
    }

    pub fn at_floor(&self) -> bool {
        self.at_floor
    }

    pub fn warns(&self) -> bool {
        self.warns
    }

    /// Whether it is at its charged voltage, and whether it counts as full.
    pub fn top(&self) -> (bool, bool) {
        (self.at_top, self.is_full)
    }

    /// When the bank will have been full for long enough.
    pub fn due(&self) -> SimTime {
        // Once it has said so there is nothing more to wait for.
        if self.soc() >= 100.0 { SimTime::NEVER } else { self.full.due(self.rules.charged_time) }
    }

    /// The bank voltage that begins or ends the time of full charge.
    pub fn watch(&self, bank: usize) -> Subscription {
        let level = self.rules.charged_voltage.0;
        let (edge, level) = match self.full.is_on() {
            true => (AlertEdge::Falling, level.next_down()),
            false => (AlertEdge::Rising, level),
        };
        Subscription { reading: WatchedReading::One(bank), edge, level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(floor: f64) -> BankCharge {
        BankCharge::new(ChargeRules {
            floor: Fraction(floor),
            warning: Fraction(0.2),
            hysteresis: Fraction(0.05),
            charged_voltage: Volts(14.0),
            tail: Fraction(0.04),
            charged_time: SimTime::from_whole_seconds(180),
            balanced_within: Volts(0.05),
            full_charge_memory: SimTime::from_whole_seconds(2_592_000),
        })
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    #[test]
    fn the_floor_acts_at_its_level_and_lets_go_above_its_hysteresis() {
        let mut charge = charge(0.1);
        for (soc, warns, at_floor) in [
            (20.1, false, false),
            (20.0, true, false),
            (10.1, true, false),
            (10.0, true, true),
            (15.0, true, true),
            (15.1, true, false),
            (25.1, false, false),
        ] {
            charge.look(at(0), Volts(13.0), soc, 0.1);
            assert_eq!((charge.warns(), charge.at_floor()), (warns, at_floor), "at {soc} %");
        }
    }

    #[test]
    fn a_floor_of_zero_never_acts() {
        let mut charge = charge(0.0);
        charge.look(at(0), Volts(12.0), 0.0, 0.1);
        assert!(!charge.at_floor());
    }

    #[test]
    fn full_needs_voltage_tail_current_and_time_without_a_break() {
        let mut charge = charge(0.1);
        charge.look(at(0), Volts(14.2), 92.0, -0.03);
        charge.look(at(100), Volts(14.2), 92.1, -0.05);
        charge.look(at(110), Volts(14.2), 92.1, -0.04);
        assert_eq!(charge.due(), at(290));
        charge.look(at(289), Volts(14.2), 92.2, -0.03);
        assert_eq!(charge.soc(), 92.2);
        charge.look(at(290), Volts(14.2), 92.2, -0.03);
        assert_eq!(charge.soc(), 100.0);
    }

    #[test]
    fn time_remaining_counts_to_the_floor() {
        let mut charge = charge(0.1);
        charge.look(at(0), Volts(13.0), 60.0, 0.1);
        assert!((charge.hours_remaining() - 5.0).abs() < 1e-12);
        charge.look(at(0), Volts(13.0), 60.0, -0.1);
        assert_eq!(charge.hours_remaining(), 240.0);
    }
}
