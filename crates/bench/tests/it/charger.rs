//! The control of a charger, played by firmware: over the bench link, and with CAN frames of its own. Each
//! check is shown to come out otherwise with a bad build.

use blackstart_verdict::Outcome;

use super::*;
use crate::mapped::load;
use crate::realtime::{GENEROUS, passed_unless_late};
use crate::transfer_switch::{failed, shipped};

const NEARLY_FULL: &str = "scenarios/small-bms/charge-to-14-2-v-ends-there-and-trips-nothing.json";

/// The last seconds of it, for the wall clock.
const BRIEF: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The last ampere-seconds of a charge", "covers": [],
  "system": "small-bms-12-v", "duration_s": 5.5,
  "initial": {"battery-1.soc_pct": 99.89, "loads-1.power_w": 0},
  "events": [],
  "checks": [
    {"id": "within-its-limit", "kind": "stays", "signal": "solar-1.current_a", "at_most": 20.5},
    {"id": "absorption", "kind": "state-is", "signal": "solar-1.control.claim.state", "is": "absorption"}
  ]
}"#;

/// The shipped rig with this build of its firmware.
fn over_link(build: &str) -> Rig {
    load(&shipped("charger.json", "charger", build)).unwrap()
}

/// The same on a CAN bus, with a generous budget.
fn over_can(build: &str) -> Rig {
    let text = shipped("can-charger.json", "charger-can", build);
    let budget = r#"{"late_ticks": 5000, "late_ms": 500}"#;
    assert!(text.contains(budget));
    load(&text.replace(budget, GENEROUS)).unwrap()
}

pub fn go_brief(rig: &Rig) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.json");
    std::fs::write(&path, BRIEF).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The most that its charger gave.
fn most(run: &Run) -> f64 {
    let series = run.trace.series_named("solar-1.current_a").unwrap();
    series.iter().map(|(_, amperes)| amperes).fold(0.0, f64::max)
}

#[test]
fn firmware_charges_by_its_own_stages_and_within_its_own_limit() {
    assert_eq!(failed(&go(NEARLY_FULL, None).unwrap()), [""; 0]);
    let run = go(NEARLY_FULL, Some(&over_link(""))).unwrap();
    assert_eq!(failed(&run), [""; 0], "{:?}", run.verdict.judged.reasons);
    // What the limiter lets through beyond its limit is a twentieth of an ampere with every volt.
    assert!((20.0..20.2).contains(&most(&run)), "{}", most(&run));
    let state = run.trace.series_named("solar-1.control.claim.state").unwrap();
    let stages: Vec<f64> = state.iter().map(|(_, stage)| stage).collect();
    assert_eq!(stages[stages.len() - 3..], [2.0, 3.0, 4.0], "bulk, absorption, float");
}

#[test]
fn firmware_without_a_limit_gets_no_more_than_the_charger_can_give() {
    let run = go(NEARLY_FULL, Some(&over_link("-no-limit"))).unwrap();
    assert!((30.0..30.2).contains(&most(&run)), "{}", most(&run));
}

#[test]
fn firmware_that_never_leaves_bulk_fills_a_cell_until_the_bms_stops_it() {
    let run = go(NEARLY_FULL, Some(&over_link("-only-bulk"))).unwrap();
    assert_eq!(failed(&run), ["not-above-it", "no-cell-too-high"]);
    // What stops it is the remote input, whatever its control orders.
    let end = run.trace.end();
    assert_eq!(run.trace.series_named("solar-1.state").unwrap().held_at(end), Some(0.0));
    assert_eq!(run.verdict.judged.outcome, Outcome::Fail);
}

#[test]
fn over_can_the_same_firmware_holds_its_voltage_within_its_limit() {
    passed_unless_late(&go_brief(&over_can("")));
}

#[test]
fn over_can_builds_without_a_limit_or_an_end_of_bulk_are_found() {
    let found = |build: &str, check: &str| {
        assert!(failed(&go_brief(&over_can(build))).contains(&check.to_owned()), "{build}");
    };
    found("-no-limit", "within-its-limit");
    found("-only-bulk", "absorption");
}
