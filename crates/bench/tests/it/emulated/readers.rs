//! The bench as the reader of a device: what an emulated one says is what is recorded.

use blackstart_bench::emulate::{
    Effect, Emulated as _, Meter, MeterReader, Phoenix, PhoenixReader, SerialDevice,
};
use blackstart_units::SimTime;

use super::{Recorded, seconds};
use crate::PAIRING;

/// Lets a device and its reader talk for a while; what the reader records at the end.
fn talk(
    run: &Recorded,
    device: &mut dyn SerialDevice,
    reader: &mut dyn SerialDevice,
    (from, to): (SimTime, SimTime),
) -> Vec<(&'static str, f64)> {
    let (mut now, mut last) = (from, Vec::new());
    while now <= to {
        let mut bytes = Vec::new();
        device.speak(now, &run.view(), &mut bytes);
        reader.hear(now, &bytes);
        bytes.clear();
        reader.speak(now, &run.view(), &mut bytes);
        device.hear(now, &bytes);
        for effect in reader.take_effects() {
            let Effect::Show { index, value, .. } = effect else { panic!("{effect:?}") };
            let name = reader.shows()[index];
            last.retain(|(known, _)| *known != name);
            last.push((name, value));
        }
        now += SimTime::from_millis(1);
    }
    last
}

fn value(values: &[(&str, f64)], name: &str) -> f64 {
    values.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn a_phoenix_is_read_with_its_settings() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let mut reader = PhoenixReader::default();
    let said = talk(&run, &mut phoenix, &mut reader, (SimTime::ZERO, seconds(31)));
    let truth = run.at("inverter-1.dc_voltage_v", seconds(30));
    assert!((value(&said, "dc_voltage_v") - truth).abs() < 0.01, "{said:?}");
    assert_eq!(value(&said, "shutdown_low_voltage_v"), 37.2);
    assert_eq!(value(&said, "is_heard"), 1.0);
    assert_eq!((reader.errors().rejected, phoenix.errors().rejected), (0, 0));
}

#[test]
fn a_phoenix_that_falls_silent_is_noticed() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let mut reader = PhoenixReader::default();
    talk(&run, &mut phoenix, &mut reader, (SimTime::ZERO, seconds(3)));
    let mut nothing = Vec::new();
    reader.speak(seconds(14), &run.view(), &mut nothing);
    let is_heard = reader.shows().iter().position(|name| *name == "is_heard").unwrap();
    let expected = Effect::Show { index: is_heard, value: 0.0, at: seconds(14) };
    assert_eq!(reader.take_effects(), [expected]);
}

#[test]
fn a_meter_is_read_and_a_missing_one_is_noticed() {
    let run = Recorded::of(PAIRING);
    let mut meter = Meter::new(&run.place("load-1"), 3).unwrap();
    let mut reader = MeterReader::new(3);
    let said = talk(&run, &mut meter, &mut reader, (seconds(25), seconds(28)));
    assert_eq!(value(&said, "l1_voltage_v"), 230.0);
    assert_eq!(value(&said, "l1_power_w"), 500.0);
    assert_eq!(value(&said, "frequency_hz"), 50.0);
    assert_eq!(value(&said, "is_heard"), 1.0);
    assert_eq!(reader.errors().rejected, 0);
    let mut wrong = MeterReader::new(4);
    let said = talk(&run, &mut meter, &mut wrong, (seconds(29), seconds(32)));
    assert_eq!(said, [("is_heard", 0.0)]);
}
