//! A battery on the CAN bus, as an inverter hears it.

use blackstart_bench::emulate::{BmsCan, CanNode as _, Effect, Emulated as _, PlaceError};
use blackstart_units::SimTime;
use blackstart_wire::bms_can::{ALARMS, FLAGS, LIMITS, MEASUREMENTS, REQUESTS, STATE_OF_CHARGE};
use blackstart_wire::can::{CanFrame, CanId, DataFrame};
use blackstart_wire::dbc::{Database, parse};

use super::{Recorded, seconds};
use crate::{INRUSH, PAIRING};

fn database(dialect: &str) -> Database {
    let path = crate::root().join(format!("fixtures/dbc/{dialect}.dbc"));
    parse(&std::fs::read(path).unwrap()).database
}

/// A signal of every frame with this identifier, with the time of the frame.
fn values(
    frames: &[(SimTime, CanFrame)],
    database: &Database,
    id: u32,
    signal: &str,
) -> Vec<(SimTime, f64)> {
    let message = database.message(CanId::standard(id).unwrap()).unwrap();
    let data = frames.iter().filter_map(|(at, frame)| match frame {
        CanFrame::Data(data) if data.id() == message.id => Some((*at, data)),
        _ => None,
    });
    data.map(|(at, data)| {
        let readings = message.decode(data.data()).unwrap();
        (at, readings.iter().find(|reading| reading.signal.name == signal).unwrap().physical)
    })
    .collect()
}

fn keep_alive() -> CanFrame {
    DataFrame::classic(CanId::standard(0x305).unwrap(), &[0; 8]).unwrap().into()
}

#[test]
fn measurements_and_limits_agree_with_the_trace() {
    let run = Recorded::of(PAIRING);
    for dialect in ["victron", "sma"] {
        let (mut bms, file) =
            (BmsCan::new(&run.place("sessy-1"), dialect).unwrap(), database(dialect));
        let frames = run.frames(&mut bms, seconds(59));
        assert_eq!(bms.errors().lost, 0, "{dialect}");
        let of = |id, signal| values(&frames, &file, id, signal);
        assert_eq!(of(MEASUREMENTS, "Voltage_v").len(), 119, "{dialect}: twice a second");
        for (at, volts) in of(MEASUREMENTS, "Voltage_v") {
            assert!((volts - run.at("sessy-1.pack_voltage_v", at)).abs() <= 0.0051, "{at:?}");
        }
        for (at, amperes) in of(MEASUREMENTS, "Current_a") {
            assert!((amperes + run.at("sessy-1.pack_current_a", at)).abs() <= 0.051, "{at:?}");
        }
        for (at, soc) in of(STATE_OF_CHARGE, "Soc_pct") {
            assert!((soc - run.at("sessy-1.bms.claim.soc_pct", at)).abs() <= 0.51, "{at:?}");
        }
        for (at, amperes) in of(LIMITS, "DischargeCurrent_a") {
            let closed = run.trace.series_named("sessy-1.main_switch").unwrap();
            let closed = closed.held_at(at) == Some(1.0);
            assert_eq!(amperes, if closed { 20.0 } else { 0.0 }, "{dialect}, {at:?}");
        }
        let (_, charge) = of(LIMITS, "ChargeVoltage_v")[0];
        assert!((50.0..60.0).contains(&charge), "{charge}");
    }
}

#[test]
fn an_alarm_of_the_bms_is_the_bit_of_its_document() {
    let run = Recorded::of(INRUSH);
    let tripped = seconds(2);
    let alarm = run.trace.series_named("sessy-1.bms.claim.alarm").unwrap();
    assert_eq!(alarm.held_at(tripped), Some(2.0), "the short-circuit trip");
    let last = |dialect: &str, id, signal: &str| {
        let mut bms = BmsCan::new(&run.place("sessy-1"), dialect).unwrap();
        let frames = run.frames(&mut bms, tripped);
        values(&frames, &database(dialect), id, signal).last().unwrap().1
    };
    assert_eq!(last("victron", ALARMS, "AlarmShortCircuit"), 1.0);
    assert_eq!(last("victron", ALARMS, "AlarmGeneral"), 1.0);
    assert_eq!(last("victron", ALARMS, "AlarmLowVoltage"), 2.0, "cleared");
    assert_eq!(last("victron", ALARMS, "WarningLowVoltage"), 2.0, "cleared");
    assert_eq!(last("pylontech", FLAGS, "ProtectionDischargeCurrent"), 1.0);
    assert_eq!(last("pylontech", FLAGS, "SystemError"), 0.0);
    assert_eq!(last("pylontech", FLAGS, "SignatureN"), 78.0);
    assert_eq!(last("pylontech", REQUESTS, "DischargeEnable"), 0.0);
    assert_eq!(last("pylontech", REQUESTS, "ChargeEnable"), 1.0);
}

#[test]
fn a_pylontech_bms_falls_silent_without_its_inverter_and_tries_again() {
    let run = Recorded::of(PAIRING);
    let mut bms = BmsCan::new(&run.place("sessy-1"), "pylontech").unwrap();
    let frames = run.frames(&mut bms, seconds(59));
    let sent: Vec<u64> = frames
        .iter()
        .filter(|(_, frame)| matches!(frame, CanFrame::Data(data) if data.id().number() == LIMITS))
        .map(|(at, _)| at.as_nanos() / 1_000_000_000)
        .collect();
    assert_eq!(sent, [0, 1, 2, 3, 4, 35, 36, 37, 38, 39]);
    assert_eq!(bms.take_effects().len(), 1);
}

#[test]
fn a_pylontech_bms_that_is_answered_goes_on() {
    let run = Recorded::of(PAIRING);
    let mut bms = BmsCan::new(&run.place("sessy-1"), "pylontech").unwrap();
    let mut limits = 0;
    for step in 0..590 {
        let at = SimTime::from_millis(100 * step);
        if step % 40 == 0 {
            bms.hear(at, &keep_alive());
        }
        let mut out = Vec::new();
        bms.speak(at, &run.view(), &mut out);
        limits += out.len();
    }
    assert!(limits >= 59 * 5, "{limits}");
    assert_eq!(bms.take_effects(), Vec::<Effect>::new());
}

#[test]
fn only_the_three_dialects_are_spoken() {
    let run = Recorded::of(PAIRING);
    let error = BmsCan::new(&run.place("sessy-1"), "klingon").map(|_| ()).unwrap_err();
    assert_eq!(error, PlaceError::NoDialect("klingon".to_owned()));
    let error = BmsCan::new(&run.place("inverter-1"), "sma").map(|_| ()).unwrap_err();
    assert!(matches!(error, PlaceError::WrongKind { .. }));
}
