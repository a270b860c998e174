//! Alarms that a device claims out of the blue: each reaches the record, is a trip of its protection, and the
//! device's port opens, over the bench link and with CAN frames.

use std::thread;

use blackstart_roles::{Alarm, RoleKind, RoleTable};
use blackstart_units::SimTime;

use super::*;
use crate::mapped::{load, text};

/// Onto capacitors that are full already, so that a port that closes late or early trips nothing.
const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "A port that somebody closes", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 5.5,
  "initial": {"inverter-1.capacitor_voltage_v": 53, "inverter-1.switched_on": 0},
  "events": [],
  "checks": [{"id": "it-ends-open", "kind": "state-is", "signal": "sessy-1.main_switch", "is": "open"}]
}"#;

/// Of a BMS; the first is no alarm.
fn alarms() -> &'static [Alarm] {
    &RoleTable::standard().role(RoleKind::BatteryManagement).alarms
}

/// The run of a device that claims this alarm at 4 s.
fn claimed(rig: &Rig) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scenario.json");
    std::fs::write(&path, SCENARIO).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn is_recorded(run: &Run, number: usize, alarm: &str) {
    // The protection that the alarm stands for has tripped, or none where it stands for none.
    let expected = alarms()[number].stands_for.map(|one| one.name().to_owned());
    let seen: Vec<String> = trips(run).into_iter().map(|(protection, _)| protection).collect();
    assert_eq!(seen, Vec::from_iter(expected), "{alarm}");
    assert!(run.verdict.judged.trips.iter().all(|trip| trip.threshold.is_none()), "{alarm}");
    let at = |signal: &str, seconds: u64| {
        let series = run.trace.series_named(signal).unwrap();
        series.held_at(SimTime::from_millis(seconds * 1000 + 800)).unwrap()
    };
    assert_eq!(at("sessy-1.bms.claim.alarm", 3), 0.0, "{alarm}");
    assert_eq!(at("sessy-1.bms.claim.alarm", 4), number as f64, "{alarm}");
    assert_eq!(at("sessy-1.main_switch", 3), 1.0, "{alarm}: carries until then");
    assert_eq!(at("sessy-1.main_switch", 4), 0.0, "{alarm}");
}

#[test]
fn every_alarm_of_a_bms_is_heard_over_the_link() {
    assert_eq!(alarms().len(), 15);
    let program = firmware_folder().join("misfit").display().to_string();
    for (number, Alarm { name, .. }) in alarms().iter().enumerate().skip(1) {
        let run = claimed(&rig(&[&program, &format!("alarm-{name}"), "4"]));
        is_recorded(&run, number, name);
    }
}

#[test]
fn every_alarm_of_a_bms_is_heard_over_dbc() {
    let program = firmware_folder().join("can-misfit").display().to_string();
    let shipped = r#"["fixtures/firmware/build/can-bms"]"#;
    let runs = |(number, Alarm { name, .. }): (usize, &Alarm)| {
        let command = serde_json::to_string(&[&program, &format!("alarm-{name}"), "4"]).unwrap();
        // The shipped command stays behind as a remark, where the usual change finds it.
        let command = format!(r#"{command}, "why": "fixtures/firmware/build/can-bms""#);
        is_recorded(&claimed(&load(&text(&[(shipped, &command)])).unwrap()), number, name);
    };
    let numbered: Vec<(usize, &Alarm)> = alarms().iter().enumerate().skip(1).collect();
    for some in numbered.chunks(6) {
        thread::scope(|scope| some.iter().for_each(|&one| drop(scope.spawn(move || runs(one)))));
    }
}
