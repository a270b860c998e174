//! What a client orders over a port moves the plant.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{HexRequest, HexResponse, RegisterReport, RegisterValue};
use blackstart_wire::ve_direct::phoenix::{codes, item};
use blackstart_wire::ve_direct::{VeDirectEvent, VeDirectReader};

use super::{converse, rig, rig_over, run_until};

/// The port, as soon as there is one. The bench sets it to raw bytes.
fn open(port: &Path) -> File {
    loop {
        match OpenOptions::new().read(true).write(true).open(port) {
            Ok(file) => return file,
            Err(error) if error.kind() == ErrorKind::NotFound => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Reads until a block shows what is wanted.
fn read_until(
    port: &mut File,
    reader: &mut VeDirectReader,
    wanted: &dyn Fn(&VeDirectEvent) -> bool,
) {
    let mut byte = [0];
    loop {
        port.read_exact(&mut byte).unwrap();
        if reader.push(byte[0]).is_some_and(|event| wanted(&event)) {
            return;
        }
    }
}

fn shows_state(event: &VeDirectEvent, state: u8) -> bool {
    let VeDirectEvent::Block(fields) = event else { return false };
    fields.iter().any(|field| field.label == "CS" && field.value == state.to_string())
}

/// Switches the running inverter off, and raises its shutdown level.
fn drive(port: &Path) -> Vec<String> {
    let mut port = open(port);
    let mut reader = VeDirectReader::default();
    read_until(&mut port, &mut reader, &|event| shows_state(event, codes::state::INVERTING));
    for (name, value) in [("shutdown_low_voltage_v", 46.4), ("mode", f64::from(codes::mode::OFF))] {
        let item = item(name).unwrap();
        let (register, value) = (item.register.unwrap().id, item.to_register(value).unwrap());
        let mut bytes = Vec::new();
        HexRequest::Set { register, value }.encode().append(&mut bytes);
        port.write_all(&bytes).unwrap();
        let empty = RegisterValue::new(&[]).unwrap();
        read_until(&mut port, &mut reader, &|event| match event {
            VeDirectEvent::Hex(frame) => {
                matches!(HexResponse::decode(frame), Some(HexResponse::Set(
                RegisterReport { register: written, flags: 0, value }
            )) if written == register && value != empty)
            }
            VeDirectEvent::Block(_) => false,
        });
    }
    read_until(&mut port, &mut reader, &|event| shows_state(event, codes::state::OFF));
    assert_eq!(reader.counters().hex_errors, 0);
    Vec::new()
}

#[test]
fn an_inverter_that_a_client_switches_off_stops() {
    let folder = tempfile::tempdir().unwrap();
    let rig = rig(folder.path(), &[("inverter-1", "ve-direct-phoenix", "phoenix")]);
    let port = folder.path().join("phoenix");
    let (_, run) = converse(&rig, &[&|| drive(&port)]);
    let reported: Vec<(&str, f64)> = run
        .trace
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Command { name, value } if event.subject.starts_with("inverter-1 as") => {
                Some((name.as_str(), *value))
            }
            _ => None,
        })
        .collect();
    assert_eq!(reported, [("shutdown_voltage_v", 46.4), ("eco", 0.0), ("on", 0.0)]);
    let state = run.trace.series_named("inverter-1.state").unwrap();
    let names: Vec<f64> = state.values().to_vec();
    assert_eq!(names.last(), Some(&0.0), "off: {names:?}");
    let power = run.trace.series_named("inverter-1.ac_power_w").unwrap();
    assert_eq!(power.held_at(SimTime::NEVER), Some(0.0));
    assert_eq!(power.values().iter().copied().fold(0.0, f64::max), 300.0, "it ran before");
}

/// A log of a BMS that allows 20 A every half second for eight seconds, and is silent after that.
fn log_of_a_bms() -> String {
    let line =
        |step: u32| format!("({}.{}00000) can0 351#3802C8002C01C001\n", step / 2, step % 2 * 5);
    (0..16).map(line).collect()
}

#[test]
fn an_inverter_stops_when_its_bms_falls_silent() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("bms.log");
    std::fs::write(&log, log_of_a_bms()).unwrap();
    let transport = format!(r#"{{"type": "replay", "log": {:?}}}"#, log.display().to_string());
    let rig = rig_over(folder.path(), &[("inverter-1", "bms-can-inverter-victron", transport)]);
    let run = run_until(&rig, SimTime::from_whole_seconds(13));
    let reported: Vec<(u64, f64)> = run
        .trace
        .events()
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Command { name, value } if name == "discharge_allowed" => {
                Some((event.at.as_nanos() / 1_000_000_000, *value))
            }
            _ => None,
        })
        .collect();
    let values: Vec<f64> = reported.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, [0.0, 1.0, 0.0], "{reported:?}");
    assert!(reported[2].0 >= 10, "three seconds after the last limits: {reported:?}");
    let at = |signal: &str, second| {
        let series = run.trace.series_named(signal).unwrap();
        series.held_at(SimTime::from_whole_seconds(second)).unwrap()
    };
    assert_eq!(at("inverter-1.ac_power_w", 7), 300.0, "it runs while it may");
    assert_eq!(at("inverter-1.ac_power_w", 12), 0.0, "and not without its BMS");
    assert_eq!(at("inverter-1.control.claim.charge_voltage_limit_v", 7), 568.0 * 0.1);
    assert_eq!(at("inverter-1.control.claim.is_heard", 12), 0.0);
}
