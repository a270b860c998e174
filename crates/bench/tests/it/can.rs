//! The bench link over CAN: the same firmware, the same digest as over its serial line.
//!
//! What needs a CAN interface runs where `BLACKSTART_VCAN` names one that is up: in the CAN lane.

use std::io::Write;

use blackstart_scenario::Transport;

use super::*;
use crate::builds::missing_for_cortex_m3;
use crate::realtime::{GENEROUS, come_up, passed_unless_late, under_load};

/// Names a virtual CAN interface that the tests may use.
pub const VCAN: &str = "BLACKSTART_VCAN";

pub fn skip(test: &str, lacks: &str) {
    // Past the capture of the test harness.
    let note = format!("SKIPPED {test}: needs {lacks}\n");
    std::io::stderr().write_all(note.as_bytes()).unwrap();
}

/// A shipped rig with its BMS reached in another way.
fn shipped(name: &str, change: impl Fn(&mut Transport)) -> Rig {
    let mut rig = library().rig(&root().join("bench-rigs").join(name)).unwrap();
    change(&mut rig.bindings.get_mut("bms").unwrap().transport);
    rig
}

/// The shipped rig with SLCAN, with another command.
fn slcan(change: impl Fn(&mut Vec<String>)) -> Rig {
    shipped("reference-bms-1.1-cortex-m3-slcan.json", |transport| match transport {
        Transport::Slcan { line, .. } => match &mut **line {
            Transport::Process { command } => change(command),
            other => panic!("a process was expected: {other}"),
        },
        other => panic!("an adapter was expected: {other}"),
    })
}

fn gives_the_digest_of_the_serial_line(there: &Rig, paths: &[&str]) {
    let serial = rig(&[&native("1.1")]);
    for path in paths {
        let (there, here) = (go(path, Some(there)).unwrap(), go(path, Some(&serial)).unwrap());
        assert_eq!(there.trace.digest(), here.trace.digest(), "{path}");
        let subjects = [&there, &here].map(|run| run.verdict.judged.subject.clone());
        assert_eq!(subjects[0], subjects[1], "{path}");
    }
}

#[test]
fn firmware_behind_a_can_adapter_gives_the_digest_of_its_serial_line() {
    let program = native("1.1") + "-slcan";
    let rig = slcan(|command| *command = vec![program.clone()]);
    gives_the_digest_of_the_serial_line(&rig, &[PAIRING, INRUSH, OUTAGE]);
}

#[test]
fn cortex_m3_behind_a_can_adapter_gives_the_digest_of_its_serial_line() {
    let test = "cortex_m3_behind_a_can_adapter_gives_the_digest_of_its_serial_line";
    if let Some(lacks) = missing_for_cortex_m3() {
        return skip(test, &lacks);
    }
    let image = build_folder().join("reference-bms-1.1-cortex-m3-slcan.elf").display().to_string();
    let rig = slcan(|command| command.last_mut().unwrap().clone_from(&image));
    gives_the_digest_of_the_serial_line(&rig, &[INRUSH, OUTAGE]);
}

#[test]
fn firmware_on_a_can_bus_gives_the_digest_of_its_serial_line() {
    let Some(bus) = std::env::var(VCAN).ok() else {
        return skip("firmware_on_a_can_bus_gives_the_digest_of_its_serial_line", VCAN);
    };
    let program = native("1.1") + "-can";
    let rig = shipped("reference-bms-1.1-socketcan.json", |transport| {
        *transport = Transport::SocketCan {
            interface: bus.clone(),
            fd: false,
            command: Some(vec![program.clone(), bus.clone()]),
        };
    });
    gives_the_digest_of_the_serial_line(&rig, &[PAIRING, INRUSH, OUTAGE]);
}

#[test]
fn firmware_on_a_can_bus_brings_the_port_up_on_its_own_clock() {
    let Some(bus) = std::env::var(VCAN).ok() else {
        return skip("firmware_on_a_can_bus_brings_the_port_up_on_its_own_clock", VCAN);
    };
    let program = native("1.1") + "-can";
    let text = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "test", "clock": "realtime", "budget": {GENEROUS},
            "bindings": {{"bms": {{"transport": {{"type": "socketcan", "interface": "{bus}",
            "command": [{program:?}, "{bus}"]}}}}}}}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.json");
    std::fs::write(&path, text).unwrap();
    let rig = library().rig(&path).unwrap();
    passed_unless_late(&come_up(&rig));
    passed_unless_late(&under_load(|| come_up(&rig)));
}

#[test]
fn a_session_over_can_replays_without_its_bus() {
    let program = native("1.1") + "-slcan";
    let rig = slcan(|command| *command = vec![program.clone()]);
    let (scenario, root, folder) = (scenario(INRUSH), root(), tempfile::tempdir().unwrap());
    let session = folder.path().join("session.rec");
    let job = Job { session_file: Some(&session), ..job(&scenario, Some(&rig), &root) };
    let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    let recording = blackstart_bench::SessionRecording::read(&session).unwrap();
    let job = Job { session_file: None, rig: None, seed: Some(recording.header().seed), ..job };
    let again =
        blackstart_bench::replay(&job, &recording, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(again.verdict.judged, run.verdict.judged);
}

#[test]
fn an_interface_that_is_not_there_says_what_is_missing() {
    let rig = shipped("reference-bms-1.1-socketcan.json", |transport| {
        *transport =
            Transport::SocketCan { interface: "nowhere0".to_owned(), fd: false, command: None };
    });
    match go(INRUSH, Some(&rig)) {
        Err(error @ BenchError::NeverAnswered { .. }) => {
            let source = std::error::Error::source(&error).unwrap();
            let why = source.source().unwrap().to_string();
            let known = ["this kernel has no CAN", "there is no such interface"];
            assert!(known.contains(&why.as_str()), "{why}");
        }
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("nobody answered"),
    }
}
