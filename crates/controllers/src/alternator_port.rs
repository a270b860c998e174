//! The alternator port of a BMS: when its path closes, and when it interrupts the charging.
//!
//! The path closes above a voltage at the port and opens at or below it. Charging is interrupted when
//! the bank reaches the charge limit, and goes on when it has been at or below a lower voltage without
//! a break for a time.

use blackstart_engine::{AlertEdge, Desk, Subscription, WatchedReading};
use blackstart_scenario::AlternatorRules;
use blackstart_units::{SimTime, Volts};

use crate::held::Held;

/// Less than any converter tells apart.
const MICROVOLT: f64 = 1e-6;

/// The port of one BMS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlternatorControl {
    rules: AlternatorRules,
    limited: bool,
    below: Held,
    closed: bool,
    may_close_at: SimTime,
}

impl AlternatorControl {
    pub fn new(rules: AlternatorRules) -> Self {
        Self {
            rules,
            limited: false,
            below: Held::default(),
            closed: false,
            may_close_at: SimTime::ZERO,
        }
    }

    /// Looks at the bank; whether the charge limit interrupts the charging.
    pub fn holds_charge(&mut self, now: SimTime, bank: Volts) -> bool {
        let rules = &self.rules;
        self.below.note(self.limited && bank <= rules.charge_resume, now);
        if bank >= rules.charge_limit {
            self.limited = true;
        } else if now >= self.below.due(rules.resume_time) {
            self.limited = false;
        }
        self.limited
    }

    /// Looks at the port; whether the path is closed.
    pub fn drive(&mut self, now: SimTime, port: Volts, allowed: bool) -> bool {
        let wanted = allowed && port > self.rules.on_above;
        if self.closed && !wanted {
            self.may_close_at = now + self.rules.pause;
        }
        self.closed = wanted && (self.closed || now >= self.may_close_at);
        self.closed
    }

    /// When it acts without anything happening outside.
    pub fn due(&self, now: SimTime) -> SimTime {
        let resume =
            if self.limited { self.below.due(self.rules.resume_time) } else { SimTime::NEVER };
        let close = Some(self.may_close_at).filter(|&at| at > now && !self.closed);
        resume.min(close.unwrap_or(SimTime::NEVER))
    }

    /// Levels of bank and port that would change something.
    pub fn subscribe(&self, desk: &mut Desk<'_>, bank: usize, port: usize, first_slot: u8) {
        let watch = |reading, edge, level| {
            Some(Subscription { reading: WatchedReading::One(reading), edge, level })
        };
        let resume = self.rules.charge_resume.0;
        let of_bank = match (self.limited, self.below.is_on()) {
            (false, _) => watch(bank, AlertEdge::Rising, self.rules.charge_limit.0),
            (true, false) => watch(bank, AlertEdge::Falling, resume),
            (true, true) => watch(bank, AlertEdge::Rising, resume.next_up()),
        };
        desk.subscribe(first_slot, of_bank);
        // A voltage that stands at the level itself must not wake it with every rounding.
        let on = self.rules.on_above.0;
        desk.subscribe(first_slot + 1, watch(port, AlertEdge::Rising, on + MICROVOLT));
        desk.subscribe(first_slot + 2, watch(port, AlertEdge::Falling, on - MICROVOLT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port() -> AlternatorControl {
        AlternatorControl::new(AlternatorRules {
            on_above: Volts(13.0),
            pause: SimTime::ZERO,
            charge_limit: Volts(14.2),
            charge_resume: Volts(13.7),
            resume_time: SimTime::from_whole_seconds(10),
        })
    }

    fn at(ms: u64) -> SimTime {
        SimTime::from_millis(ms)
    }

    #[test]
    fn the_path_closes_above_the_threshold_and_not_at_it() {
        for (volts, closed) in [(12.99, false), (13.0, false), (13.01, true)] {
            assert_eq!(port().drive(at(0), Volts(volts), true), closed, "at {volts} V");
        }
        assert!(!port().drive(at(0), Volts(14.0), false));
    }

    #[test]
    fn charging_resumes_after_ten_seconds_without_a_break() {
        let mut port = port();
        assert!(port.holds_charge(at(0), Volts(14.2)));
        assert!(port.holds_charge(at(1_000), Volts(13.7)));
        assert!(port.holds_charge(at(10_900), Volts(13.71)));
        assert!(port.holds_charge(at(11_000), Volts(13.7)));
        assert_eq!(port.due(at(11_000)), at(21_000));
        assert!(port.holds_charge(at(20_900), Volts(13.7)));
        assert!(!port.holds_charge(at(21_000), Volts(13.7)));
    }

    #[test]
    fn a_path_that_has_opened_waits_for_its_pause() {
        let mut port = port();
        port.rules.pause = at(5_000);
        assert!(port.drive(at(0), Volts(13.2), true));
        assert!(!port.drive(at(100), Volts(12.9), true));
        assert!(!port.drive(at(200), Volts(13.2), true));
        assert_eq!(port.due(at(200)), at(5_100));
        assert!(port.drive(at(5_100), Volts(13.2), true));
    }
}
