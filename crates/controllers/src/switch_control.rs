//! The control of a remote-controlled switch: battery protector, relay, combiner.
//!
//! It closes when its remote input has it on and the voltage that it senses has been high enough for
//! long enough, and opens at once when its remote input goes off or the voltage is too high, after a
//! delay when the voltage is too low. Left out: the count of attempts after which some relays wait
//! longer, and outputs for alarms.

use blackstart_engine::{AlertEdge, Controller, Desk, PinBank, Subscription, WatchedReading};
use blackstart_scenario::ClosingRules;
use blackstart_units::{SimTime, Volts};

use crate::held::{Held, RELOOK};

const LOW_SLOT: u8 = 0;
const HIGH_SLOT: u8 = 1;

/// The control of one switch.
#[derive(Clone, Debug)]
pub struct SwitchControl {
    rules: ClosingRules,
    closed: bool,
    enough: Held,
    too_low: Held,
    voltage: usize,
    remote: usize,
    contact: usize,
    claim: usize,
}

impl SwitchControl {
    /// A control for a role whose banks have these names; `None` when one that it needs is missing.
    pub fn new(
        rules: ClosingRules,
        readings: &PinBank,
        commands: &PinBank,
        claims: &PinBank,
    ) -> Option<Self> {
        Some(Self {
            rules,
            closed: readings.get(readings.index("starts_closed")?) > 0.5,
            enough: Held::default(),
            too_low: Held::default(),
            voltage: readings.index("sensed_voltage_v")?,
            remote: readings.index("remote")?,
            contact: commands.index("contact")?,
            claim: claims.index("state")?,
        })
    }

    /// Looks at the voltage; when it wants to move.
    fn decide(&mut self, now: SimTime, voltage: Volts, on: bool) -> SimTime {
        let rules = self.rules;
        let too_high = voltage > rules.highest_voltage;
        self.enough.note(on && !too_high && voltage >= rules.close_voltage, now);
        self.too_low.note(voltage < rules.open_voltage, now);
        match self.closed {
            true if !on || too_high => now,
            true => self.too_low.due(rules.open_delay),
            false => self.enough.due(rules.close_delay),
        }
    }

    /// The levels whose crossing would change something, below and above.
    fn levels(&self) -> (f64, f64) {
        let Volts(open) = self.rules.open_voltage;
        let (Volts(close), Volts(highest)) = (self.rules.close_voltage, self.rules.highest_voltage);
        match (self.closed, self.too_low.is_on(), self.enough.is_on()) {
            (true, false, _) => (open.next_down(), highest.next_up()),
            (true, true, _) => (f64::MIN, open),
            (false, _, false) => (f64::MIN, close),
            (false, _, true) => (close.next_down(), highest.next_up()),
        }
    }

    fn claim(&self, on: bool) -> f64 {
        match (self.closed, on, self.enough.is_on(), self.too_low.is_on()) {
            (false, false, ..) => 0.0,
            (false, true, false, _) => 1.0,
            (false, true, true, _) => 2.0,
            (true, _, _, false) => 3.0,
            (true, _, _, true) => 4.0,
        }
    }
}

impl Controller for SwitchControl {
    fn wake(&mut self, desk: &mut Desk<'_>) -> SimTime {
        let voltage = Volts(desk.readings.get(self.voltage));
        let on = desk.readings.get(self.remote) > 0.5;
        let mut moves_at = self.decide(desk.now, voltage, on);
        if desk.now >= moves_at {
            self.closed = !self.closed;
            moves_at = self.decide(desk.now, voltage, on);
        }
        desk.commands.set(self.contact, f64::from(self.closed));
        desk.claims.set(self.claim, self.claim(on));
        let (low, high) = self.levels();
        let watch = |edge, level| {
            Some(Subscription { reading: WatchedReading::One(self.voltage), edge, level })
        };
        desk.subscribe(LOW_SLOT, watch(AlertEdge::Falling, low).filter(|one| one.level > f64::MIN));
        desk.subscribe(HIGH_SLOT, watch(AlertEdge::Rising, high));
        if desk.causes.level { moves_at.min(desk.now + RELOOK) } else { moves_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protector(closed: bool) -> SwitchControl {
        SwitchControl {
            rules: ClosingRules {
                senses_output: false,
                close_voltage: Volts(12.0),
                close_delay: SimTime::from_whole_seconds(30),
                open_voltage: Volts(10.5),
                open_delay: SimTime::from_whole_seconds(90),
                highest_voltage: Volts(16.0),
            },
            closed,
            enough: Held::default(),
            too_low: Held::default(),
            voltage: 0,
            remote: 1,
            contact: 0,
            claim: 0,
        }
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    #[test]
    fn remote_off_and_over_voltage_open_at_once_and_low_voltage_after_its_delay() {
        assert_eq!(protector(true).decide(at(5), Volts(13.0), false), at(5));
        assert_eq!(protector(true).decide(at(5), Volts(16.1), true), at(5));
        assert_eq!(protector(true).decide(at(5), Volts(16.0), true), SimTime::NEVER);
        assert_eq!(protector(true).decide(at(5), Volts(10.4), true), at(95));
        assert_eq!(protector(true).decide(at(5), Volts(10.5), true), SimTime::NEVER);
    }

    #[test]
    fn a_recovery_within_the_delay_starts_it_anew() {
        let mut protector = protector(true);
        protector.decide(at(0), Volts(10.4), true);
        protector.decide(at(80), Volts(10.6), true);
        assert_eq!(protector.decide(at(85), Volts(10.4), true), at(175));
    }

    #[test]
    fn it_closes_only_with_its_remote_on() {
        assert_eq!(protector(false).decide(at(0), Volts(13.0), false), SimTime::NEVER);
        assert_eq!(protector(false).decide(at(0), Volts(13.0), true), at(30));
        assert_eq!(protector(false).decide(at(0), Volts(11.9), true), SimTime::NEVER);
    }
}
