//! The Phoenix on its VE.Direct port.

use blackstart_bench::emulate::{Effect, Emulated as _, Phoenix, PlaceError, SerialDevice as _};
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{
    FLAG_PARAMETER, FLAG_UNKNOWN, FLAG_UNSUPPORTED, HexFrame, HexRequest, HexResponse,
    RegisterReport, RegisterValue,
};
use blackstart_wire::ve_direct::phoenix::{ITEMS, RegisterForm, codes, item, item_labelled};
use blackstart_wire::ve_direct::{VeDirectEvent, VeDirectReader};

use super::{Recorded, seconds};
use crate::PAIRING;

const CUT_OFF: &str = "scenarios/field/inverter-set-to-shut-down-at-48-v-spares-the-bms.json";

/// Asks in HEX, as bytes on the line.
fn bytes(request: &HexRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.encode().append(&mut bytes);
    bytes
}

/// What the device answers to a request within half a second.
fn ask(
    run: &Recorded,
    phoenix: &mut Phoenix,
    at: SimTime,
    request: &HexRequest,
) -> Vec<HexResponse> {
    phoenix.hear(at, &bytes(request));
    let mut reader = VeDirectReader::default();
    let said = run.listen(phoenix, (at, at + SimTime::from_millis(500)));
    said.iter()
        .filter_map(|&(_, byte)| reader.push(byte))
        .filter_map(|event| match event {
            VeDirectEvent::Hex(frame) => HexResponse::decode(&frame),
            VeDirectEvent::Block(_) => None,
        })
        .collect()
}

fn register(name: &str) -> u16 {
    item(name).unwrap().register.unwrap().id
}

fn set(name: &str, value: f64) -> HexRequest {
    let value = item(name).unwrap().to_register(value).unwrap();
    HexRequest::Set { register: register(name), value }
}

#[test]
fn every_block_agrees_with_the_trace_at_the_second_at_which_it_began() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let mut reader = VeDirectReader::default();
    let mut blocks = Vec::new();
    for (_, byte) in run.listen(&mut phoenix, (SimTime::ZERO, seconds(59))) {
        if let Some(VeDirectEvent::Block(fields)) = reader.push(byte) {
            blocks.push(fields);
        }
    }
    assert_eq!(reader.counters().checksum_errors + reader.counters().malformed, 0);
    assert_eq!(blocks.len(), 59, "one a second, the last is not out yet");
    for (second, fields) in (0..).zip(&blocks) {
        let number = |label: &str| {
            let field = fields.iter().find(|field| field.label == label).unwrap();
            item_labelled(label).unwrap().from_text(&field.value).unwrap()
        };
        let truth = |name: &str| run.at(&format!("inverter-1.{name}"), seconds(second));
        let agrees = |label: &str, name: &str, resolution: f64| {
            let (said, truth) = (number(label), truth(name));
            assert!(
                (said - truth).abs() <= 0.51 * resolution,
                "{second} s, {label}: {said} {truth}"
            );
        };
        agrees("V", "dc_voltage_v", 1e-3);
        agrees("AC_OUT_V", "ac_voltage_v", 1e-2);
        agrees("AC_OUT_S", "ac_power_w", 1.0);
        assert!((number("I") + truth("dc_current_a")).abs() < 1e-3, "{second} s");
        let runs = truth("ac_voltage_v") > 0.0;
        assert_eq!(number("CS"), if runs { 9.0 } else { 0.0 }, "{second} s");
    }
    let labels: Vec<&str> = blocks[0].iter().map(|field| field.label.as_str()).collect();
    let expected = [
        "PID", "FW", "SER#", "MODE", "CS", "AC_OUT_V", "AC_OUT_I", "AC_OUT_S", "V", "I", "AR",
        "WARN", "OR", "Relay",
    ];
    assert_eq!(labels, expected);
    assert_eq!(blocks[0][0].value, "0xA274");
}

#[test]
fn bytes_leave_no_faster_than_the_line_carries_them() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let said = run.listen(&mut phoenix, (SimTime::ZERO, seconds(3)));
    let character = 10.0 / 19_200.0;
    for (index, (at, _)) in said.iter().enumerate().filter(|(_, (at, _))| *at < seconds(1)) {
        let soonest = (index + 1) as f64 * character;
        assert!(at.as_seconds() + 1e-9 >= soonest, "byte {index} at {at:?}");
        assert!(at.as_seconds() < soonest + 3e-3, "byte {index} at {at:?}");
    }
}

#[test]
fn every_register_can_be_read_and_no_block_is_torn_by_the_answers() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let (mut reader, mut answers, mut blocks) = (VeDirectReader::default(), Vec::new(), 0);
    let registers: Vec<_> = ITEMS.iter().filter_map(|item| Some((item, item.register?))).collect();
    for (step, (_, register)) in (0..).zip(&registers) {
        // Times that fall between, into, and behind the fields of a block.
        let at = seconds(30) + SimTime::from_micros(61_300 * step);
        phoenix.hear(at, &bytes(&HexRequest::Get { register: register.id }));
        let until = at + SimTime::from_micros(61_300);
        for (_, byte) in run.listen(&mut phoenix, (at, until)) {
            match reader.push(byte) {
                Some(VeDirectEvent::Hex(frame)) => {
                    answers.push(HexResponse::decode(&frame).unwrap())
                }
                Some(VeDirectEvent::Block(_)) => blocks += 1,
                None => {}
            }
        }
    }
    assert_eq!(reader.counters().checksum_errors + reader.counters().hex_errors, 0);
    assert!(blocks >= 2, "{blocks}");
    assert_eq!(answers.len(), registers.len());
    for ((item, register), answer) in registers.iter().zip(answers) {
        let HexResponse::Get(report) = answer else { panic!("{}: {answer:?}", item.name) };
        assert_eq!(report.register, register.id);
        let is_command = register.form == RegisterForm::Command;
        assert_eq!(report.flags, if is_command { FLAG_UNSUPPORTED } else { 0 }, "{}", item.name);
        assert_eq!(report.value.bytes().is_empty(), is_command, "{}", item.name);
    }
}

#[test]
fn ping_version_and_product_are_answered_and_nonsense_is_refused() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let done = |bytes: &[u8]| HexResponse::Done(RegisterValue::new(bytes).unwrap());
    for (second, (request, answer)) in (2..).zip([
        (HexRequest::Ping, vec![HexResponse::Ping(0x4114)]),
        (HexRequest::AppVersion, vec![done(&[0x14, 0x41])]),
        (HexRequest::ProductId, vec![done(&[0x74, 0xA2])]),
        (HexRequest::EnterBoot, vec![]),
        (HexRequest::Restart, vec![]),
    ]) {
        assert_eq!(ask(&run, &mut phoenix, seconds(second), &request), answer, "{request:?}");
    }
    phoenix.hear(seconds(8), b":70002004D\n");
    let mut reserved = Vec::new();
    HexFrame::new(0xB, &[]).unwrap().append(&mut reserved);
    phoenix.hear(seconds(8), &reserved);
    let said = run.listen(&mut phoenix, (seconds(8), seconds(9)));
    let said: Vec<u8> = said.into_iter().map(|(_, byte)| byte).collect();
    let text = said.escape_ascii().to_string();
    assert!(text.contains(":4AAAAFD"), "{text}");
    assert!(text.contains(":30B47"), "{text}");
    assert_eq!(phoenix.errors().rejected, 1);
}

#[test]
fn settings_that_the_control_has_reach_it_and_others_are_refused() {
    let run = Recorded::of(PAIRING);
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let mut write = |name: &str, value: f64| {
        let answers = ask(&run, &mut phoenix, seconds(30), &set(name, value));
        let reports = answers.into_iter().filter_map(|answer| match answer {
            HexResponse::Set(RegisterReport { flags, value, .. }) => {
                Some((flags, item(name).unwrap().from_register(&value)))
            }
            _ => None,
        });
        (reports.collect::<Vec<_>>(), phoenix.take_effects())
    };
    let reported = |setting, value| Effect::Set { setting, value };
    let off = f64::from(codes::mode::OFF);
    let (taken, nothing) = (0, Vec::<Effect>::new());
    for (name, value, flags, effects) in [
        ("mode", off, taken, vec![reported("eco", 0.0), reported("on", 0.0)]),
        ("mode", 5.0, taken, vec![reported("eco", 1.0), reported("on", 1.0)]),
        ("mode", 2.0, taken, vec![reported("eco", 0.0), reported("on", 1.0)]),
        ("shutdown_low_voltage_v", 46.4, taken, vec![reported("shutdown_voltage_v", 46.4)]),
        ("low_voltage_alarm_set_v", 48.0, taken, vec![reported("start_voltage_v", 48.0)]),
        ("eco_retry_time_s", 4.0, taken, vec![reported("eco_search_interval_s", 4.0)]),
        ("eco_detect_periods", 10.0, taken, vec![reported("eco_pulse_ms", 200.0)]),
        ("mode", 9.0, FLAG_PARAMETER, nothing.clone()),
        ("shutdown_low_voltage_v", 100.1, FLAG_PARAMETER, nothing.clone()),
        ("relay_mode", 1.0, FLAG_UNSUPPORTED, nothing.clone()),
        ("relay_mode", 0.0, taken, nothing.clone()),
        ("ac_out_voltage_v", 240.0, FLAG_UNSUPPORTED, nothing.clone()),
    ] {
        let (reports, found) = write(name, value);
        let holds = (flags == 0).then_some(value);
        assert_eq!(reports, [(flags, holds)], "{name} = {value}");
        assert_eq!(found, effects, "{name} = {value}");
    }
    let unknown = HexRequest::Set { register: 0x1234, value: RegisterValue::new(&[1]).unwrap() };
    let answers = ask(&run, &mut phoenix, seconds(31), &unknown);
    assert!(matches!(answers[..], [HexResponse::Set(RegisterReport { flags: FLAG_UNKNOWN, .. })]));
    let long =
        HexRequest::Set { register: register("mode"), value: RegisterValue::new(&[2, 0]).unwrap() };
    let answers = ask(&run, &mut phoenix, seconds(32), &long);
    assert!(matches!(
        answers[..],
        [HexResponse::Set(RegisterReport { flags: FLAG_PARAMETER, .. })]
    ));
}

#[test]
fn a_host_that_never_speaks_hex_meets_none_and_one_that_does_hears_of_changes() {
    let run = Recorded::of(PAIRING);
    let hex_frames = |phoenix: &mut Phoenix| {
        let mut reader = VeDirectReader::default();
        let said = run.listen(phoenix, (SimTime::ZERO, seconds(15)));
        let events: Vec<VeDirectEvent> =
            said.iter().filter_map(|&(_, byte)| reader.push(byte)).collect();
        let frames = events.iter().filter_map(|event| match event {
            VeDirectEvent::Hex(frame) => HexResponse::decode(frame),
            VeDirectEvent::Block(_) => None,
        });
        frames.collect::<Vec<_>>()
    };
    let mut silent = Phoenix::new(&run.place("inverter-1")).unwrap();
    assert_eq!(hex_frames(&mut silent), []);
    let mut asked = Phoenix::new(&run.place("inverter-1")).unwrap();
    asked.hear(SimTime::ZERO, b":154\n");
    let frames = hex_frames(&mut asked);
    let state = register("state");
    let states: Vec<u8> = frames
        .iter()
        .filter_map(|frame| match frame {
            HexResponse::Async(report) if report.register == state => Some(report.value.bytes()[0]),
            _ => None,
        })
        .collect();
    assert_eq!(states, [codes::state::INVERTING], "it starts once in these fifteen seconds");
}

#[test]
fn a_low_voltage_shutdown_shows_as_fault_alarm_and_reason() {
    let run = Recorded::of(CUT_OFF);
    let state = run.trace.series_named("inverter-1.state").unwrap();
    let (at, _) = state.iter().find(|(_, value)| *value == 3.0).unwrap();
    let mut phoenix = Phoenix::new(&run.place("inverter-1")).unwrap();
    let at = at + SimTime::from_millis(10);
    let mut value = |name: &str| {
        let request = HexRequest::Get { register: register(name) };
        let answers = ask(&run, &mut phoenix, at, &request);
        let report = answers.into_iter().find_map(|answer| match answer {
            HexResponse::Get(report) if report.register == register(name) => Some(report),
            _ => None,
        });
        item(name).unwrap().from_register(&report.unwrap().value).unwrap()
    };
    assert_eq!(value("state"), f64::from(codes::state::FAULT));
    assert_eq!(value("alarm_reason"), f64::from(codes::alarm::LOW_VOLTAGE));
    assert_eq!(value("off_reason"), f64::from(codes::off_reason::LOW_BATTERY));
}

#[test]
fn an_inverter_without_a_product_number_is_refused() {
    let run = Recorded::of("scenarios/small-bms/phoenix-compact-on-a-plain-wire-never-runs.json");
    let error = Phoenix::new(&run.place("inverter-1")).map(|_| ()).unwrap_err();
    assert_eq!(error, PlaceError::NoProduct("inverter-1".to_owned()));
    let error = Phoenix::new(&run.place("nobody")).map(|_| ()).unwrap_err();
    assert_eq!(error, PlaceError::NoInstance("nobody".to_owned()));
}
