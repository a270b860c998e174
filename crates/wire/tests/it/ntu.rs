//! The NTU's serial protocol at both ends.

use blackstart_wire::ntu::{Flag, Flags, NtuDecoder, NtuIdentity, NtuReply, NtuRequest, NtuStatus};
use proptest::prelude::*;

fn reply(line: &str) -> Option<NtuReply> {
    let mut decoder = NtuDecoder::default();
    format!("{line}\r").bytes().find_map(|byte| decoder.reply(byte))
}

fn line(reply: &NtuReply) -> String {
    let mut out = Vec::new();
    reply.append(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The answer that the driver of Network UPS Tools documents.
const STATUS: &str = "(120 025 28.8 100 19.7 000 59.9 000 011 1000000000000000000";

fn status() -> NtuStatus {
    NtuStatus {
        output_v: 120.0,
        load_step_pct: 25.0,
        battery_v: 28.8,
        battery_pct: 100.0,
        temperature_c: 19.7,
        utility_v: 0.0,
        frequency_hz: 59.9,
        load_pct: 11.0,
        flags: Flags::default().with(Flag::InverterMode),
    }
}

#[test]
fn the_documented_status_is_read_and_written_as_it_is() {
    assert_eq!(reply(STATUS), Some(NtuReply::Status(status())));
    assert_eq!(line(&NtuReply::Status(status())), format!("{STATUS}\r"));
    assert!(status().flags.has(Flag::InverterMode) && !status().flags.has(Flag::BypassMode));
}

#[test]
fn an_identity_names_its_thresholds_and_its_model() {
    let expected = NtuReply::Identity(NtuIdentity {
        alarm_v: 22.0,
        shutdown_v: 20.0,
        maker: "MEANWELL".to_owned(),
        model: "NTU-1200-124".to_owned(),
    });
    let text = "#00.0 00.0 22.0 20.0 00.0 MEANWELL NTU-1200-124";
    assert_eq!(reply(text), Some(expected.clone()));
    assert_eq!(line(&expected), format!("{text}\r"));
    assert_eq!(reply("#00.0 00.0 22.0 20.0 00.0 MEANWELL x  y NTU-1200-124"), Some(expected));
}

#[test]
fn requests_are_the_lines_that_the_driver_sends() {
    let text = b"Q\rI\rC100000000000000\rC010000000000000\rX\r\r";
    let mut decoder = NtuDecoder::default();
    let found: Vec<_> = text.iter().filter_map(|&byte| decoder.request(byte)).collect();
    let expected = [
        NtuRequest::Status,
        NtuRequest::Identity,
        NtuRequest::Output { on: false },
        NtuRequest::Output { on: true },
    ];
    assert_eq!(found, expected);
    let mut written = Vec::new();
    expected.iter().for_each(|request| request.append(&mut written));
    assert_eq!(written, text[..written.len()]);
    assert_eq!((decoder.counters().accepted, decoder.counters().rejected), (4, 2));
}

#[test]
fn half_an_answer_is_none() {
    let long = format!("{STATUS}{}", " ".repeat(100));
    for text in [
        "",
        "(",
        "(120",
        &STATUS[..58],
        &format!("{STATUS}0"),
        &format!("{STATUS} 1"),
        &long,
        "(120 025 -8.8 100 19.7 000 59.9 000 011 1000000000000000000",
        "(120 025 1e1 100 19.7 000 59.9 000 011 1000000000000000000",
        "(120 025 28.8 100 19.7 000 59.9 000 011 2000000000000000000",
        "#00.0 00.0 22.0 20.0 MEANWELL NTU",
        "#00.0 00.0 22.0 20.0 00.0 MEANWELL",
        "é",
    ] {
        assert_eq!(reply(text), None, "{text}");
    }
}

#[test]
fn a_number_that_its_columns_cannot_show_is_refused() {
    for wrong in [
        NtuStatus { battery_v: 100.0, ..status() },
        NtuStatus { temperature_c: -5.0, ..status() },
        NtuStatus { output_v: f64::NAN, ..status() },
        NtuStatus { load_pct: 1000.0, ..status() },
    ] {
        let mut out = Vec::new();
        assert!(NtuReply::Status(wrong).append(&mut out).is_err(), "{wrong:?}");
        assert!(out.is_empty());
    }
}

proptest! {
    #[test]
    fn a_status_survives_its_line(tenths in prop::array::uniform3(0u16..1000), whole in prop::array::uniform5(0u16..1000)) {
        let [battery_v, temperature_c, frequency_hz] = tenths.map(|t| f64::from(t) / 10.0);
        let [output_v, load_step_pct, battery_pct, utility_v, load_pct] = whole.map(f64::from);
        let status = NtuStatus {
            output_v, load_step_pct, battery_v, battery_pct, temperature_c, utility_v, frequency_hz,
            load_pct, flags: Flags::default().with(Flag::SystemShutdown).with(Flag::SavingMode),
        };
        let text = line(&NtuReply::Status(status));
        prop_assert_eq!(reply(text.trim_end()), Some(NtuReply::Status(status)));
    }

    #[test]
    fn any_bytes_leave_both_ends_in_step(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut device, mut host) = (NtuDecoder::default(), NtuDecoder::default());
        for &byte in bytes.iter().chain(b"\r") {
            device.request(byte);
            host.reply(byte);
        }
        let found: Vec<_> = b"Q\r".iter().filter_map(|&byte| device.request(byte)).collect();
        prop_assert_eq!(found, [NtuRequest::Status]);
        let text = format!("{STATUS}\r");
        prop_assert_eq!(text.bytes().filter_map(|byte| host.reply(byte)).count(), 1);
        let counters = device.counters();
        let lines = bytes.iter().filter(|&&byte| byte == b'\r').count() as u64 + 2;
        prop_assert_eq!(counters.accepted + counters.rejected, lines);
    }
}
