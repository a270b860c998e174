//! A role of another kind than a BMS, played by firmware: the control of a transfer switch, over the bench
//! link and with CAN frames of its own. Each check is shown to come out otherwise with a bad build.

use blackstart_units::SimTime;

use super::*;
use crate::mapped::load;
use crate::realtime::{GENEROUS, passed_unless_late};

const OUTAGE_OF_TEN_MINUTES: &str =
    "scenarios/sessy/grid-loss-behind-ats-changes-over-and-back.json";
const SAG: &str = "scenarios/sessy/grid-sag-of-50-ms-stays-on-grid.json";
const SLOW_CONTACTS: &str =
    "scenarios/sessy/grid-loss-behind-slow-contacts-keeps-sources-apart.json";

/// The same in four seconds and a half, for the wall clock.
const BRIEF: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "Grid loss behind slow contacts", "covers": [],
  "system": "sessy-phoenix-48-1200-ats", "duration_s": 5.5,
  "overrides": {"ats-1.interlocked": 0, "ats-1.contact_open_time_ms": 80, "ats-1.contact_close_time_ms": 10},
  "initial": {"sessy-1.paired": 1, "inverter-1.capacitor_voltage_v": 53, "inverter-1.switched_on": 0},
  "events": [
    {"do": "enable-port", "at_s": 0.2, "target": "sessy-1.bms"},
    {"do": "switch-on", "at_s": 2, "target": "inverter-1"},
    {"do": "fail-grid", "at_s": 4, "target": "grid-1"}
  ],
  "checks": [
    {"id": "apart", "kind": "never-parallel", "target": "ats-1"},
    {"id": "on-the-inverter", "kind": "state-is", "signal": "ats-1.position", "is": "inverter"}
  ]
}"#;

/// A rig of `bench-rigs` with this build of its firmware.
pub fn shipped(rig: &str, program: &str, build: &str) -> String {
    let text = std::fs::read_to_string(root().join("bench-rigs").join(rig)).unwrap();
    let shipped = format!(r#""fixtures/firmware/build/{program}""#);
    assert!(text.contains(&shipped));
    let path = firmware_folder().join(format!("{program}{build}"));
    text.replace(&shipped, &format!("{:?}", path.display().to_string()))
}

/// The shipped rig with this build of its firmware.
fn over_link(build: &str) -> Rig {
    load(&shipped("transfer-switch.json", "transfer-switch", build)).unwrap()
}

/// The same on a CAN bus, with a generous budget.
fn over_can(build: &str) -> Rig {
    let text = shipped("can-transfer-switch.json", "transfer-switch-can", build);
    let budget = r#"{"late_ticks": 5000, "late_ms": 500}"#;
    assert!(text.contains(budget));
    load(&text.replace(budget, GENEROUS)).unwrap()
}

fn brief() -> Resolved {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.json");
    std::fs::write(&path, BRIEF).unwrap();
    library().scenario(&path).unwrap()
}

fn go_brief(rig: &Rig) -> Run {
    let (scenario, root) = (brief(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The checks that did not pass.
pub fn failed(run: &Run) -> Vec<String> {
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    let checks = judged["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["outcome"] != "pass");
    failed.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn firmware_changes_over_and_back_by_its_own_times() {
    let run = go(OUTAGE_OF_TEN_MINUTES, Some(&over_link(""))).unwrap();
    assert_eq!(failed(&run), [""; 0], "{:?}", run.verdict.judged.reasons);
    let moves = |position: f64| {
        let series = run.trace.series_named("ats-1.position").unwrap();
        series.iter().find(|&(_, value)| value == position).map(|(at, _)| at)
    };
    // Detection 0.1 s, then the contact's 15 ms; the other closes 0.1 s and 27 ms after the order to open.
    let ms = |ms| Some(SimTime::from_millis(ms));
    assert_eq!((moves(0.0), moves(2.0)), (ms(60_115), ms(60_227)));
}

#[test]
fn a_detection_that_is_too_slow_leaves_a_gap() {
    let run = go(OUTAGE_OF_TEN_MINUTES, Some(&over_link("-slow"))).unwrap();
    assert_eq!(failed(&run), ["gaps-of-seconds-at-most"]);
}

#[test]
fn firmware_stays_on_the_grid_through_a_sag() {
    assert_eq!(failed(&go(SAG, Some(&over_link(""))).unwrap()), [""; 0]);
}

#[test]
fn firmware_without_an_interlock_time_connects_both_sources() {
    assert_eq!(failed(&go(SLOW_CONTACTS, None).unwrap()), [""; 0]);
    assert_eq!(failed(&go(SLOW_CONTACTS, Some(&over_link(""))).unwrap()), [""; 0]);
    let bad = go(SLOW_CONTACTS, Some(&over_link("-no-interlock"))).unwrap();
    assert_eq!(failed(&bad), ["sources-apart"]);
}

#[test]
fn over_can_the_same_firmware_keeps_the_sources_apart() {
    let run = go_brief(&over_can(""));
    passed_unless_late(&run);
    let state = run.trace.series_named("ats-1.state").unwrap();
    assert_eq!(state.held_at(run.trace.end()), Some(1.0), "on the inverter, as it says itself");
}

#[test]
fn over_can_a_build_without_an_interlock_time_connects_both_sources() {
    assert!(failed(&go_brief(&over_can("-no-interlock"))).contains(&"apart".to_owned()));
}

#[test]
fn over_can_a_detection_that_is_too_slow_is_still_on_the_grid() {
    assert!(failed(&go_brief(&over_can("-slow"))).contains(&"on-the-inverter".to_owned()));
}
