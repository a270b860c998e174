//! `rig`: what can be plugged in, and logs.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use blackstart_link::{CanLog, CanPort, Damage, SocketCan, SocketCanOptions};
use blackstart_wire::can::CanFrame;

use crate::project::Project;

#[test]
fn every_transport_is_listed_as_usable_or_with_its_reason() {
    let project = Project::new();
    let seen = project.blackstart(&["rig", "transports", "--format", "json"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let entries: Vec<serde_json::Value> =
        seen.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for transport in ["process", "serial", "tcp", "socketcan", "slcan", "replay"] {
        assert!(entries.iter().any(|entry| entry["transport"] == transport), "{transport}");
    }
    for entry in &entries {
        let says_why = entry["note"].as_str().is_some_and(|note| !note.is_empty());
        assert!(entry["usable"] == true || says_why, "{entry}");
    }
    let people = project.blackstart(&["rig", "transports"]).stdout;
    assert_eq!(people.lines().count(), entries.len());
}

#[test]
fn a_bus_that_is_not_there_is_named_with_what_to_do() {
    let project = Project::new();
    project.write("a.log", "(0.0) can0 123#00\n");
    let seen = project.blackstart(&["rig", "play", "a.log", "--on", "socketcan:nowhere0"]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(6), ""));
    assert!(seen.stderr.contains("nowhere0 cannot be used"), "{}", seen.stderr);
    assert!(seen.stderr.contains("reproduce: blackstart rig play a.log"), "{}", seen.stderr);
}

#[test]
fn a_log_with_mistakes_or_a_bus_that_means_nothing_is_bad_input() {
    let project = Project::new();
    for (log, said) in [
        ("nonsense\n", "is no log of CAN frames that is known"),
        ("(1.0) can0 123#00\nnonsense\n", "line 2"),
    ] {
        project.write("a.log", log);
        let seen = project.blackstart(&["rig", "play", "a.log", "--on", "socketcan:can0"]);
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains(said), "{}", seen.stderr);
    }
    let seen = project.blackstart(&["rig", "play", "a.log", "--on", "can0"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("socketcan:INTERFACE"), "{}", seen.stderr);
}

#[test]
fn a_log_in_the_place_of_a_device_is_read_before_anything_starts() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    let rig = r#"{
  "schema": 1, "kind": "rig", "title": "a log", "clock": "realtime", "bindings": {},
  "emulates": {"inverter-1": {"as": "bms-can-inverter-victron", "transport": {"type": "replay", "log": "a.log"}}}
}"#;
    project.write("bench-rigs/log.json", rig);
    let run = || project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/log.json"]);
    let seen = run();
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("a.log cannot be read"), "{}", seen.stderr);
    project.write("a.log", "(0.0) can0 123#00\nnonsense\n");
    let seen = run();
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("line 2"), "{}", seen.stderr);
    assert!(!project.path("reports/quiet").exists(), "nothing has started");
}

/// In the CAN lane, where `BLACKSTART_VCAN` names a virtual interface with FD.
#[test]
fn a_log_reaches_the_bus_and_what_the_bus_cannot_carry_is_named() {
    let Some(bus) = std::env::var("BLACKSTART_VCAN").ok() else {
        let test = "a_log_reaches_the_bus_and_what_the_bus_cannot_carry_is_named";
        let note = format!("SKIPPED {test}: needs BLACKSTART_VCAN\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    };
    let options = SocketCanOptions { fd: true, ..SocketCanOptions::default() };
    let mut port = SocketCan::open(&bus, options).unwrap();
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/captures/python-can.log");
    let words = ["rig", "play", log, "--on", &format!("socketcan:{bus},fd"), "--format", "json"];
    let seen = Project::new().blackstart(&words);
    let report: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let log = CanLog::read(Path::new(log), None, Damage::Refuse).unwrap();
    let frames = log.records().unwrap().map(|record| record.frame);
    let (errors, others): (Vec<_>, Vec<_>) =
        frames.partition(|frame| matches!(frame, CanFrame::Error(_)));
    let (mut received, deadline) = (Vec::new(), Instant::now() + Duration::from_secs(20));
    while received.len() < others.len() && Instant::now() < deadline {
        port.receive(&mut received).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(received.iter().map(|received| received.frame).collect::<Vec<_>>(), others);
    assert_eq!(report["sent"], others.len());
    assert_eq!((errors.len(), report["unsent"].as_array().unwrap().len()), (1, 1));
    assert_eq!(report["intended_ms"], 1500.0);
    // The error of the log was not sent: said, and in the exit code.
    assert_eq!(seen.code, Some(6));
}
