//! Logs of the field in the place of the other side.

use blackstart_units::SimTime;

use super::*;

/// Twelve seconds in which the inverter would supply its load.
const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The inverter supplies 300 W", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 12.5,
  "initial": {"inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 300},
  "events": [
    {"do": "start-pairing", "at_s": 0.5, "target": "bms"},
    {"do": "switch-on", "at_s": 3, "target": "inverter-1"}
  ],
  "checks": [{"id": "inverter-runs", "kind": "state-is", "signal": "inverter-1.state", "is": "running"}]
}"#;

#[test]
fn an_inverter_that_hears_a_bms_fall_silent_as_it_was_logged_stops() {
    let rig = library().rig(&root().join("bench-rigs/field-bms-falls-silent.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supplies.json");
    std::fs::write(&path, SCENARIO).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    let run = run(&job(&scenario, Some(&rig), &root), &mut |_| ControlFlow::Continue(())).unwrap();

    // The last limits of the log come 8 s after its first frame; a Victron system waits 3 s more.
    let allowed = run.trace.series_named("inverter-1.control.claim.discharge_allowed").unwrap();
    let forbidden = allowed.iter().skip_while(|&(_, value)| value < 0.5).find(|one| one.1 < 0.5);
    let at = forbidden.expect("it is forbidden again").0;
    assert!((10.9..12.0).contains(&at.as_seconds()), "at {at}");
    let state = run.trace.series_named("inverter-1.state").unwrap();
    let running = state.held_at(SimTime::from_nanos(at.as_nanos() - 1));
    assert!(state.iter().any(|(when, value)| when >= at && Some(value) != running), "it goes on");
    let judged = &run.verdict.judged;
    let fails = |text: &str| text.contains("inverter-runs");
    assert!(judged.reasons.iter().any(|reason| fails(&reason.text)), "{:?}", judged.reasons);
    let files = &run.verdict.basis.files;
    assert!(files.iter().any(|file| file.path == "fixtures/captures/bms-falls-silent.log"));
}
