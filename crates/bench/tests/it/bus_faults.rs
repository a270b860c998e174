//! What a scenario makes go wrong on the bus to a device.

use blackstart_trace::EventKind;
use blackstart_verdict::{Outcome, ReasonCode};

use super::*;
use crate::mapped::{load, text};

/// Two seconds and a half in which the port comes up, with a fault on the way.
fn with(fault: &str, rig: Option<&Rig>) -> Run {
    let scenario = format!(
        r#"{{
  "schema": 1, "kind": "scenario", "title": "A fault on the bus", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 2.5,
  "initial": {{"sessy-1.paired": 1, "inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 0}},
  "events": [
    {{"do": "enable-port", "at_s": 0.3, "target": "bms"}},
    {{"do": "can-fault", "at_s": 0.5, "target": "bms", {fault}}}
  ],
  "checks": [{{"id": "nothing-trips", "kind": "no-trip", "target": "sessy-1"}}]
}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fault.json");
    std::fs::write(&path, scenario).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, rig, &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn can_bms() -> Rig {
    load(&text(&[])).unwrap()
}

/// The faults that ended: their names, and how many frames met them.
fn ended(run: &Run) -> Vec<(String, u64)> {
    let events = run.trace.events().iter();
    let ended = events.filter_map(|event| match &event.kind {
        EventKind::BusFaultEnded { fault, frames } => Some((fault.clone(), *frames)),
        _ => None,
    });
    ended.collect()
}

fn reached_nothing(run: &Run) -> bool {
    let reasons = &run.verdict.judged.reasons;
    reasons.iter().any(|reason| reason.code == ReasonCode::FaultNotReached)
}

#[test]
fn a_bus_that_loses_everything_silences_the_device_for_as_long() {
    let lost = r#""fault": {"type": "lose"}, "way": "from-device", "for_s": 1"#;
    let run = with(lost, Some(&can_bms()));
    let silent = |kind: &EventKind| matches!(kind, EventKind::DutSilent { .. });
    assert!(run.trace.events().iter().any(|event| silent(&event.kind)));
    let ended = ended(&run);
    assert!(matches!(&ended[..], [(fault, 1..)] if fault == "lose"), "{ended:?}");
    assert!(!reached_nothing(&run));
}

#[test]
fn a_fault_without_a_time_ends_with_the_run() {
    let run = with(r#""fault": {"type": "delay", "by_ms": 5}, "share_pct": 50"#, Some(&can_bms()));
    let ended = ended(&run);
    assert!(matches!(&ended[..], [(fault, 1..)] if fault == "delay"), "{ended:?}");
    assert!(!reached_nothing(&run));
}

#[test]
fn a_fault_that_meets_no_frame_is_never_a_pass() {
    let run = with(r#""fault": {"type": "corrupt"}, "id": "7FF", "for_s": 1"#, Some(&can_bms()));
    assert_eq!(ended(&run), [("corrupt".to_owned(), 0)]);
    assert!(reached_nothing(&run));
    assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
}

#[test]
fn a_device_without_a_bus_or_in_lockstep_is_never_met() {
    let lose = r#""fault": {"type": "lose"}"#;
    let lockstep = rig(&[&native("1.1")]);
    for run in [with(lose, None), with(lose, Some(&lockstep))] {
        assert_eq!(ended(&run), [("lose".to_owned(), 0)]);
        let text = "the fault `lose` on the bus of sessy-1.bms met no frame";
        let reasons = &run.verdict.judged.reasons;
        assert!(reasons.iter().any(|reason| reason.text == text), "{reasons:?}");
        assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
    }
}
