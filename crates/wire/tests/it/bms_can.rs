//! The shipped DBC files of the 0x351 family agree with the makers' sample frames and with the constants
//! beside them.

use blackstart_units::SimTime;
use blackstart_wire::bms_can::{DIALECTS, Dialect, OnSilence, dialect};
use blackstart_wire::can::CanId;
use blackstart_wire::dbc::{Database, Message, OutOfRange, parse};

const FILES: [(&str, &[u8]); 3] = [
    ("victron", include_bytes!("../../../../fixtures/dbc/victron.dbc")),
    ("pylontech", include_bytes!("../../../../fixtures/dbc/pylontech.dbc")),
    ("sma", include_bytes!("../../../../fixtures/dbc/sma.dbc")),
];

fn file(name: &str) -> Database {
    let (_, bytes) = FILES.into_iter().find(|(known, _)| *known == name).unwrap();
    let parsed = parse(bytes);
    assert_eq!(parsed.mistakes, [], "{name}");
    parsed.database
}

fn message(database: &Database, id: u32) -> &Message {
    database.message(CanId::standard(id).unwrap()).unwrap()
}

fn values(message: &Message, data: &[u8]) -> Vec<(String, f64)> {
    let readings = message.decode(data).unwrap();
    readings.iter().map(|reading| (reading.signal.name.clone(), reading.physical)).collect()
}

/// Identifier, bytes, and every value that is not zero.
type Sample = (u32, &'static [u8], &'static [(&'static str, f64)]);

#[test]
fn sample_frames_mean_what_their_documents_say() {
    let pylontech = file("pylontech");
    let cases: [Sample; 6] = [
        (
            0x351,
            &[0x28, 0x02, 0xF4, 0x01, 0x20, 0x03, 0xE0, 0x01],
            &[
                ("ChargeVoltage_v", 55.2),
                ("ChargeCurrent_a", 50.0),
                ("DischargeCurrent_a", 80.0),
                ("DischargeVoltage_v", 48.0),
            ],
        ),
        (
            0x351,
            &[0x14, 0x02, 0x74, 0x0E, 0x74, 0x0E, 0xCC, 0x01],
            &[
                ("ChargeVoltage_v", 53.2),
                ("ChargeCurrent_a", 370.0),
                ("DischargeCurrent_a", 370.0),
                ("DischargeVoltage_v", 46.0),
            ],
        ),
        (0x355, &[0x3C, 0, 0x64, 0], &[("Soc_pct", 60.0), ("Soh_pct", 100.0)]),
        (
            0x356,
            &[0x6C, 0x14, 0x04, 0, 0xDC, 0],
            &[("Voltage_v", 52.28), ("Current_a", 0.4), ("Temperature_c", 22.0)],
        ),
        (
            0x359,
            &[0, 0, 0, 0, 0x0A, 0x50, 0x4E],
            &[("Modules", 10.0), ("SignatureP", 80.0), ("SignatureN", 78.0)],
        ),
        (0x35C, &[0xC0, 0], &[("DischargeEnable", 1.0), ("ChargeEnable", 1.0)]),
    ];
    for (id, data, expected) in cases {
        // A product of counts and factor is a rounding away from the decimal number.
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9;
        let found: Vec<_> =
            values(message(&pylontech, id), data).into_iter().filter(|(_, v)| *v != 0.0).collect();
        assert_eq!(found.len(), expected.len(), "{id:03X}: {found:?}");
        for ((name, value), (wanted, number)) in found.iter().zip(expected) {
            assert!(name == wanted && close(*value, *number), "{id:03X}: {found:?}");
        }
    }
}

/// The bits of the documents, not names: names are swapped in the wild.
#[test]
fn each_flag_is_the_bit_of_its_document() {
    let bit = |message: &Message, name: &str| message.signal(name).unwrap().start_bit();
    let pylontech = file("pylontech");
    let flags = message(&pylontech, 0x359);
    assert_eq!(bit(flags, "ProtectionOverVoltage"), 1);
    assert_eq!(bit(flags, "ProtectionDischargeCurrent"), 7);
    assert_eq!(bit(flags, "ProtectionChargeCurrent"), 8);
    assert_eq!(bit(flags, "SystemError"), 8 + 3);
    assert_eq!(bit(flags, "InternalCommunicationFail"), 24 + 3);
    for name in ["victron", "sma"] {
        let database = file(name);
        let alarms = message(&database, 0x35A);
        assert_eq!(bit(alarms, "AlarmHighVoltage"), 2);
        assert_eq!(bit(alarms, "AlarmLowVoltage"), 4);
        assert_eq!(bit(alarms, "AlarmHighCurrent"), 8 + 6);
        assert_eq!(bit(alarms, "AlarmShortCircuit"), 16 + 4);
        assert_eq!(bit(alarms, "AlarmCellImbalance"), 24);
        assert_eq!(bit(alarms, "WarningGeneral"), 32);
        assert_eq!(alarms.signal("AlarmHighVoltage").unwrap().value_named("raised"), Some(1));
    }
}

#[test]
fn voltage_above_the_signed_range_is_where_the_dialects_differ() {
    let data = [0x00, 0x80, 0, 0, 0, 0];
    let volts = |name| values(message(&file(name), 0x356), &data)[0].1;
    assert_eq!((volts("victron"), volts("pylontech"), volts("sma")), (327.68, -327.68, -327.68));
}

#[test]
fn sma_refuses_limits_that_the_inverter_would_ignore() {
    let sma = file("sma");
    let limits = message(&sma, 0x351);
    for (index, value) in [(0, 40.9), (0, 63.1), (1, -0.1), (2, 120.1), (3, 48.1)] {
        assert!(limits.encode(&[(index, value)], OutOfRange::Refuse).is_err(), "{index} {value}");
    }
    let good = [(0, 54.0), (1, 120.0), (2, 0.0), (3, 41.0)];
    assert!(limits.encode(&good, OutOfRange::Refuse).is_ok());
}

#[test]
fn periods_and_supervision_fit_the_files() {
    for Dialect { name, sends, period, at_least_apart, answer_period, supervised, .. } in DIALECTS {
        assert_eq!(dialect(name).unwrap().name, name);
        let database = file(name);
        for &id in sends {
            assert_eq!(message(&database, id).cycle_time, Some(period), "{name} {id:03X}");
        }
        assert!(at_least_apart.is_none_or(|least| least < period));
        for supervision in supervised {
            let message = message(&database, supervision.id);
            // Two may be lost before the other side acts.
            let period = message.cycle_time.unwrap();
            assert!(supervision.after >= SimTime::from_nanos(3 * period.as_nanos()), "{name}");
            let by_bms = matches!(supervision.effect, OnSilence::Pause(_));
            let sender = message.transmitter.as_deref();
            assert_eq!(sender, Some(if by_bms { "Inverter" } else { "BMS" }));
        }
        assert_eq!(answer_period.is_some(), supervised.iter().any(|s| s.id == 0x305));
    }
}
