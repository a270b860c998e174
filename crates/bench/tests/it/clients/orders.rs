//! What a client orders over a port moves the plant.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{RegisterReport, Request, Response, Value};
use blackstart_wire::ve_direct::phoenix::{codes, item};
use blackstart_wire::ve_direct::{Event, Reader};

use super::{converse, rig};

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
fn read_until(port: &mut File, reader: &mut Reader, wanted: &dyn Fn(&Event) -> bool) {
    let mut byte = [0];
    loop {
        port.read_exact(&mut byte).unwrap();
        if reader.push(byte[0]).is_some_and(|event| wanted(&event)) {
            return;
        }
    }
}

fn shows_state(event: &Event, state: u8) -> bool {
    let Event::Block(fields) = event else { return false };
    fields.iter().any(|field| field.label == "CS" && field.value == state.to_string())
}

/// Switches the running inverter off, and raises its shutdown level.
fn drive(port: &Path) -> Vec<String> {
    let mut port = open(port);
    let mut reader = Reader::default();
    read_until(&mut port, &mut reader, &|event| shows_state(event, codes::state::INVERTING));
    for (name, value) in [("shutdown_low_voltage_v", 46.4), ("mode", f64::from(codes::mode::OFF))] {
        let item = item(name).unwrap();
        let (register, value) = (item.register.unwrap().id, item.to_register(value).unwrap());
        let mut bytes = Vec::new();
        Request::Set { register, value }.encode().append(&mut bytes);
        port.write_all(&bytes).unwrap();
        let empty = Value::new(&[]).unwrap();
        read_until(&mut port, &mut reader, &|event| match event {
            Event::Hex(frame) => matches!(Response::decode(frame), Some(Response::Set(
                RegisterReport { register: written, flags: 0, value }
            )) if written == register && value != empty),
            Event::Block(_) => false,
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
    let told: Vec<(&str, f64)> = run
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
    assert_eq!(told, [("shutdown_voltage_v", 46.4), ("eco", 0.0), ("on", 0.0)]);
    let state = run.trace.series_named("inverter-1.state").unwrap();
    let names: Vec<f64> = state.values().to_vec();
    assert_eq!(names.last(), Some(&0.0), "off: {names:?}");
    let power = run.trace.series_named("inverter-1.ac_power_w").unwrap();
    assert_eq!(power.held_at(SimTime::NEVER), Some(0.0));
    assert_eq!(power.values().iter().copied().fold(0.0, f64::max), 300.0, "it ran before");
}
