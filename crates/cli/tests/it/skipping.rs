//! Scenarios that a rig cannot run: skipped with the reason, and what the command then ends with.

use serde_json::Value;

use crate::project::Project;

/// A rig with nothing plugged in, on the realtime clock, that affords a second.
const SECOND: &str = r#"{
  "schema": 1, "kind": "rig", "title": "a second", "clock": "realtime", "longest_s": 1, "bindings": {}
}"#;
/// A rig with a role that only the systems with a transfer switch have.
const SWITCH: &str = r#"{
  "schema": 1, "kind": "rig", "title": "a transfer switch", "bindings": {
    "ats-1.control": {"transport": {"type": "process", "command": ["no-such-firmware"]}}
  }
}"#;

/// A quiet scenario of another length, or on another system.
fn changed(project: &Project, name: &str, from: &str, to: &str) {
    project.quiet_scenario(name, -0.001);
    let path = format!("scenarios/{name}.json");
    project.write(&path, project.read(&path).replace(from, to));
}

#[test]
fn a_scenario_longer_than_the_rig_affords_is_skipped_with_the_reason() {
    let project = Project::new();
    project.write("bench-rigs/second.json", SECOND);
    project.quiet_scenario("a", -0.001);
    changed(&project, "b", "\"duration_s\": 0.1", "\"duration_s\": 60");
    let arguments = ["run", "--no-plots", "--rig", "bench-rigs/second.json", "--junit", "j.xml"];
    let seen = project.blackstart(&arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let skipped = seen.stdout.lines().nth(1).unwrap();
    assert_eq!(skipped, "skipped      b  it takes 60.0 s, the rig affords 1.0 s");
    assert!(seen.stderr.contains("1 of 1 as expected, 1 skipped"), "{}", seen.stderr);
    assert!(seen.reproduce().is_empty());
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert_eq!(index["skipped"][0]["scenario"], "b");
    assert!(project.read("j.xml").contains("<skipped"));
    assert!(!project.path("reports/b").exists());
}

#[test]
fn a_system_without_the_role_of_the_rig_is_skipped_among_others_that_have_it() {
    let project = Project::new();
    project.write("bench-rigs/switch.json", SWITCH);
    project.quiet_scenario("a", -0.001);
    changed(&project, "b", "sessy-phoenix-48-1200", "sessy-phoenix-48-1200-ats");
    let seen = project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/switch.json"]);
    let first = seen.stdout.lines().next().unwrap_or_default();
    assert!(first.starts_with("skipped      a  "), "{} {}", seen.stdout, seen.stderr);
    assert!(first.contains("ats-1.control"), "{first}");
    // Of the other one the firmware cannot be started.
    assert_eq!(seen.code, Some(6), "{}", seen.stderr);
}

#[test]
fn a_role_that_no_system_has_is_a_mistake_in_the_rig() {
    let project = Project::new();
    project.write("bench-rigs/switch.json", SWITCH);
    project.quiet_scenario("a", -0.001);
    let seen = project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/switch.json"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stdout);
    assert!(seen.stderr.contains("scenario/unknown-role"), "{}", seen.stderr);
}

#[test]
fn when_everything_is_skipped_nothing_was_left_to_run() {
    let project = Project::new();
    project.write("bench-rigs/second.json", SECOND);
    changed(&project, "b", "\"duration_s\": 0.1", "\"duration_s\": 60");
    let seen = project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/second.json"]);
    assert_eq!(seen.code, Some(4), "{}", seen.stderr);
}

#[test]
fn a_scenario_that_needs_a_defect_of_the_baseline_is_not_asked_of_a_device() {
    let project = Project::new();
    let rig = |bindings: &str| {
        let kind = r#""schema": 1, "kind": "rig", "title": "a BMS""#;
        project.write("bench-rigs/bms.json", format!("{{{kind}, \"bindings\": {{{bindings}}}}}"));
        project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/bms.json"])
    };
    project.scenario_with("a", -0.001, r#", "shows_defect": "it opens too late""#);
    let device = r#""bms": {"transport": {"type": "process", "command": ["no-such-firmware"]}}"#;
    let seen = rig(device);
    let said = "skipped      a  it shows a defect of the built-in controllers: it opens too late";
    assert_eq!(seen.stdout.trim_end(), said, "{}", seen.stderr);
    assert!(rig("").stdout.starts_with("pass "), "nothing but the baseline plays");
}
