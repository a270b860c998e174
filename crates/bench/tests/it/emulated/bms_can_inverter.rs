//! An inverter on the CAN bus, as a real BMS hears it.

use blackstart_bench::emulate::{BmsCanInverter, CanNode as _, Effect, Emulated as _, View};
use blackstart_trace::{Catalogue, Trace};
use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, CanId, DataFrame};

use super::seconds;

/// The limits in counts of 0.1 V and 0.1 A: charge voltage, charge and discharge current.
fn limits(voltage: u16, charge: i16, discharge: i16) -> CanFrame {
    let parts = [voltage.to_le_bytes(), charge.to_le_bytes(), discharge.to_le_bytes(), [0xC2, 1]];
    data(0x351, &parts.concat())
}

fn data(id: u32, bytes: &[u8]) -> CanFrame {
    DataFrame::classic(CanId::standard(id).unwrap(), bytes).unwrap().into()
}

/// One inverter, sent frames at times; the orders that its control got, and the frames that it sent.
struct Talk {
    inverter: BmsCanInverter,
    trace: Trace,
    orders: Vec<(u64, bool)>,
    silences: Vec<(SimTime, SimTime, SimTime)>,
    shown: Vec<(&'static str, f64)>,
    sent: Vec<CanFrame>,
}

impl Talk {
    fn in_dialect(dialect: &str) -> Self {
        let inverter = BmsCanInverter::new(dialect).unwrap();
        let trace = Trace::new(Catalogue::default());
        let (orders, silences, shown, sent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { inverter, trace, orders, silences, shown, sent }
    }

    /// Lets time pass up to a second, as its own `due` says.
    fn pass(&mut self, until: SimTime) {
        let mut at = self.inverter.due();
        while at <= until {
            self.inverter.speak(at, &View::new(&self.trace, None), &mut self.sent);
            self.note(at);
            let due = self.inverter.due();
            assert!(due > at, "it is due without end at {at:?}");
            at = due;
        }
    }

    fn hear(&mut self, at: SimTime, frame: &CanFrame) {
        self.pass(at);
        self.inverter.hear(at, frame);
        self.note(at);
    }

    fn note(&mut self, at: SimTime) {
        let shows = self.inverter.shows();
        for effect in self.inverter.take_effects() {
            match effect {
                Effect::Set { setting: "discharge_allowed", value } => {
                    self.orders.push((at.as_nanos() / 1_000_000_000, value > 0.5));
                }
                Effect::Set { setting, .. } => panic!("it orders {setting}"),
                Effect::Silenced { since, patience } => {
                    self.silences.push((at, since, patience));
                }
                Effect::Show { index, value, .. } => self.shown.push((shows[index], value)),
            }
        }
    }

    fn last(&self, name: &str) -> Option<f64> {
        self.shown.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

#[test]
fn nothing_is_allowed_before_limits_came_and_three_seconds_after_the_last() {
    let mut talk = Talk::in_dialect("victron");
    talk.pass(seconds(2));
    for second in 10..=20 {
        talk.hear(seconds(second), &limits(552, 300, 200));
    }
    talk.pass(seconds(60));
    assert_eq!(talk.orders, [(0, false), (10, true), (23, false)]);
    assert_eq!(talk.silences, [(seconds(23), seconds(20), seconds(3))]);
    assert_eq!(talk.last("charge_voltage_limit_v"), Some(552.0 * 0.1));
    assert_eq!(talk.last("is_heard"), Some(0.0));
    assert_eq!(talk.sent, [], "a Victron system answers nothing");
}

#[test]
fn a_discharge_limit_of_zero_stops_the_inverter_until_it_is_lifted() {
    let mut talk = Talk::in_dialect("victron");
    for (second, amperes) in [(1, 200), (2, 0), (3, 0), (4, 1)] {
        talk.hear(seconds(second), &limits(552, 300, amperes));
    }
    assert_eq!(talk.orders, [(0, false), (1, true), (2, false), (4, true)]);
    assert_eq!(talk.silences, [], "it was ordered to stop");
}

#[test]
fn a_charge_voltage_of_zero_is_over_voltage_to_one_maker() {
    let mut talk = Talk::in_dialect("victron");
    talk.hear(seconds(1), &limits(0, 300, 200));
    assert_eq!(talk.last("over_voltage"), Some(1.0));
    assert_eq!(talk.last("charge_allowed"), Some(0.0));
    assert_eq!(talk.orders.last(), Some(&(1, true)), "it goes on discharging");
}

#[test]
fn values_out_of_range_leave_the_last_good_ones_until_the_time_out() {
    let mut talk = Talk::in_dialect("sma");
    let charge = data(0x355, &[50, 0, 100, 0, 0x88, 0x13]);
    talk.hear(seconds(1), &charge);
    talk.hear(seconds(1), &limits(540, 500, 300));
    // 70 V, −1 A and 200 A, and "no value".
    talk.hear(seconds(2), &limits(700, -10, 2_000));
    talk.hear(seconds(3), &limits(u16::MAX, i16::MIN, i16::MIN));
    assert_eq!(talk.last("charge_voltage_limit_v"), Some(54.0));
    assert_eq!(talk.last("discharge_current_limit_a"), Some(30.0));
    assert_eq!(talk.inverter.errors().rejected, 6);
    talk.pass(seconds(200));
    assert_eq!(talk.orders, [(0, false), (1, true), (61, false)], "a minute without a charge");
    assert_eq!(talk.last("warning"), Some(1.0));
}

#[test]
fn a_pylontech_inverter_answers_every_second_and_heeds_the_enable_bits() {
    let mut talk = Talk::in_dialect("pylontech");
    talk.hear(seconds(1), &limits(552, 300, 200));
    talk.hear(seconds(2), &data(0x35C, &[0x80, 0]));
    talk.hear(seconds(3), &data(0x35C, &[0xC0, 0]));
    talk.pass(seconds(9));
    assert_eq!(talk.orders, [(0, false), (1, true), (2, false), (3, true)]);
    assert_eq!(talk.sent, vec![data(0x305, &[0; 8]); 10]);
}

#[test]
fn frames_that_are_too_short_or_nobodys_are_counted_and_change_nothing() {
    let mut talk = Talk::in_dialect("victron");
    talk.hear(seconds(1), &limits(552, 300, 200));
    talk.hear(seconds(2), &data(0x351, &[1, 2, 3]));
    talk.hear(seconds(2), &data(0x123, &[0; 8]));
    assert_eq!(talk.inverter.errors().rejected, 2);
    assert_eq!(talk.orders, [(0, false), (1, true)]);
}
