//! Backup boxes and three phases: what is refused, and where it is pointed at.

use blackstart_scenario::{BackupBox, Code, Phase};
use proptest::prelude::*;

use crate::project::Project;

const SYSTEM: &str = "fixtures/systems/backup-box-smile-t10.json";

/// A scenario with overrides and one event.
fn case(overrides: &str, event: &str) -> String {
    format!(
        r#"{{"schema":1,"kind":"scenario","title":"case","covers":[],"system":"backup-box-smile-t10","duration_s":1,"overrides":{{{overrides}}},"events":[{event}],"checks":[{{"id":"a","kind":"never-parallel","target":"box-1"}}]}}"#
    )
}

fn codes(text: &str) -> Vec<Code> {
    match Project::new().load(text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(|problem| problem.code).collect(),
    }
}

/// Load management with priorities and values for L1, L2 and L3.
fn managed(enabled: u8, priorities: [u8; 3], values: [f64; 3]) -> String {
    let phases = Phase::ALL.map(|phase| {
        let (name, k) = (phase.name(), phase as usize);
        let (priority, soc) = (priorities[k], values[k]);
        format!(r#""box-1.{name}_priority": {priority}, "box-1.{name}_soc_pct": {soc}"#)
    });
    case(&format!(r#""box-1.load_management": {enabled}, {}"#, phases.join(", ")), "")
}

#[test]
fn charge_values_lie_between_10_and_100_percent() {
    for (soc, expected) in [
        (9.0, vec![Code::OutOfRange]),
        (10.0, vec![]),
        (10.5, vec![]),
        (101.0, vec![Code::OutOfRange]),
    ] {
        let (l1, l3) = if soc < 50.0 { (soc, 100.0) } else { (10.0, soc) };
        assert_eq!(codes(&managed(1, [1, 2, 3], [l1, 20.0, l3])), expected, "{soc} %");
    }
}

#[test]
fn equal_priorities_are_refused_unless_load_management_is_disabled() {
    let order = vec![Code::LoadManagement];
    assert_eq!(codes(&managed(1, [1, 1, 2], [10.0, 20.0, 30.0])), order);
    let both = vec![Code::LoadManagement; 2];
    assert_eq!(codes(&managed(1, [1, 1, 1], [10.0, 20.0, 30.0])), both);
    assert_eq!(codes(&managed(0, [1, 1, 1], [10.0, 20.0, 30.0])), []);
    assert_eq!(codes(&managed(1, [0, 1, 2], [10.0, 20.0, 30.0])), [Code::OutOfRange]);
    assert_eq!(codes(&managed(1, [1, 2, 4], [10.0, 20.0, 30.0])), [Code::OutOfRange]);
}

#[test]
fn a_value_in_the_wrong_order_is_pointed_at() {
    let text = managed(1, [1, 2, 3], [10.0, 30.0, 30.0]);
    let problems = Project::new().load(&text).expect_err("equal values load");
    insta::assert_snapshot!(crate::diagnostics::render(&problems));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_accepted_rises_strictly_with_the_priority(
        priorities in Just([1u8, 2, 3]).prop_shuffle(),
        values in [100u32..=1000, 100u32..=1000, 100u32..=1000],
    ) {
        let values = values.map(|tenths| f64::from(tenths / 50 * 50) / 10.0);
        let at = |priority: u8| values[priorities.iter().position(|&p| p == priority).unwrap()];
        let rises = at(1) < at(2) && at(2) < at(3);
        let found = codes(&managed(1, priorities, values));
        prop_assert_eq!(found.is_empty(), rises, "{:?} {:?}", priorities, found);
    }
}

fn codes_of_system(old: &str, new: &str) -> Vec<Code> {
    let project = Project::new();
    project.edit(SYSTEM, old, new);
    let problems = project.load(case("", "")).expect_err("a broken system loads");
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn a_phase_is_one_of_a_source_with_three() {
    for (old, new, code) in [
        (r#""box-1.l1": ["load-l1"]"#, r#""box-1.l4": ["load-l1"]"#, Code::UnknownWord),
        (r#""box-1.l1": ["load-l1"]"#, r#""box-2.l1": ["load-l1"]"#, Code::UnknownInstance),
        (r#""grid-1": ["box-1.grid"]"#, r#""grid-1": ["box-1.mains"]"#, Code::UnknownWord),
    ] {
        assert_eq!(codes_of_system(old, new), [code], "{new}");
    }
    let project = Project::new();
    let system = "fixtures/systems/sessy-phoenix-48-1200-ats.json";
    project.edit(
        system,
        r#""grid-1": ["ats-1.grid", "sessy-1"]"#,
        r#""grid-1.l1": ["ats-1.grid"]"#,
    );
    let text = case("", "").replace("backup-box-smile-t10", "sessy-phoenix-48-1200-ats");
    let problems = project.load(text.replace("box-1", "ats-1")).unwrap_err();
    assert_eq!(problems.iter().next().unwrap().code, Code::WrongDevice);
}

#[test]
fn a_single_phase_switch_on_three_phases_must_say_which() {
    let project = Project::new();
    let system = "fixtures/systems/sessy-phoenix-48-1200-ats.json";
    project.edit(system, r#"{"device": "grid-nl"}"#, r#"{"device": "grid-nl-three-phase"}"#);
    let text = case("", "").replace("backup-box-smile-t10", "sessy-phoenix-48-1200-ats");
    let text = text.replace("box-1", "ats-1");
    let problems = project.load(&text).unwrap_err();
    let found: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(found, [Code::Unconnected]);
    project.edit(
        system,
        r#""grid-1": ["ats-1.grid", "sessy-1"]"#,
        r#""grid-1": ["sessy-1"], "grid-1.l2": ["ats-1.grid"]"#,
    );
    let feeds = project.load(&text).unwrap().system.feeds;
    assert!(feeds.iter().any(|feed| feed.phase == Some(Phase::L2)));
}

#[test]
fn a_box_that_manages_by_charge_must_hear_a_battery() {
    let project = Project::new();
    project.edit(SYSTEM, r#""storage-1": ["box-1.inverter"],"#, "");
    let managed = project.load(managed(1, [1, 2, 3], [10.0, 20.0, 30.0])).unwrap_err();
    assert_eq!(managed.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::Unconnected]);
    assert!(project.load(case("", "")).is_ok());
}

#[test]
fn events_reach_a_phase_and_the_switches_of_a_box() {
    let event = |rest: &str| codes(&case("", &format!(r#"{{"at_s":0,{rest}}}"#)));
    assert_eq!(event(r#""do":"fail-grid","target":"grid-1","phase":"l2""#), []);
    assert_eq!(event(r#""do":"fail-grid","target":"grid-1","phase":"l4""#), [Code::UnknownWord]);
    assert_eq!(event(r#""do":"set-dip4","target":"box-1","on":true"#), []);
    assert_eq!(event(r#""do":"restart-box","target":"storage-1""#), [Code::WrongDevice]);
    assert_eq!(
        event(r#""do":"set-bypass","target":"box-9","engaged":true"#),
        [Code::UnknownInstance]
    );
    assert_eq!(event(r#""do":"turn-switch","target":"box-1","to":"grid""#), [Code::WrongDevice]);
    let frequency = r#""do":"set-grid","target":"grid-1","voltage_v":230,"frequency_hz":-1"#;
    assert_eq!(event(frequency), [Code::OutOfRange]);
}

#[test]
fn a_phase_of_a_grid_with_one_is_refused() {
    let event = r#"{"at_s":0,"do":"restore-grid","target":"grid-1","phase":"l1"}"#;
    let text = case("", event).replace("backup-box-smile-t10", "sessy-phoenix-48-1200-ats");
    assert_eq!(codes(&text.replace("box-1", "ats-1")), [Code::WrongDevice]);
}

#[test]
fn the_box_hears_the_battery_behind_the_inverter_on_its_input() {
    let scenario = Project::new().load(case("", "")).unwrap();
    let system = &scenario.system;
    let backup_box = system.device("box-1").unwrap();
    assert_eq!(system.storage_battery(backup_box), system.device("pack-1"));
    let model: BackupBox = system.devices[backup_box].of_kind().unwrap();
    assert_eq!(model.load_management, None);
}
