//! Pins of roles that assemblies declare.

use blackstart_scenario::Code;

use crate::project::Project;

const SYSTEM: &str = r#"{
  "schema": 1, "kind": "system", "title": "A pack alone",
  "nodes": ["bus"],
  "instances": {"pack-1": {"device": "twins"}, "load-1": {"device": "dc-loads"}},
  "branches": {"pack-1": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"}}
}"#;

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "A pack alone", "covers": [], "system": "pack", "duration_s": 1,
  "checks": [{"id": "on", "kind": "stays", "signal": "load-1.dc_voltage_v", "at_least": 10}]
}"#;

/// What is found in a pack with another pin of this name beside `relay_outer_lamp_time_s`.
fn found(name: &str) -> Vec<(Code, String)> {
    let device = format!(
        r#"{{
  "schema": 1, "kind": "device", "title": "One more pin, twice", "extends": "lfp-16s-behind-fets",
  "roles": {{"bms": {{"pins": {{"relay_outer_lamp_time_s": ["current"], "{name}": ["current"]}}}}}}
}}"#
    );
    let project = Project::new();
    project
        .write("fixtures/devices/twins.json", &device)
        .write("fixtures/systems/pack.json", SYSTEM);
    let Err(found) = project.load(SCENARIO) else { return Vec::new() };
    found.iter().map(|one| (one.code, one.to_string())).collect()
}

#[test]
fn two_pins_with_one_key_are_a_mistake_of_the_file() {
    // Found by trying names.
    let problems = found("outer_port_probe_current_a");
    let [(code, message)] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!(*code, Code::WrongPin);
    assert!(
        message.starts_with(
            "the reading `outer_port_probe_current_a` and the reading `relay_outer_lamp_time_s` of the role \
             `pack-1.bms` have one key, 0x"
        ),
        "{message}"
    );
    assert_eq!(found("outer_port_probe_current_b"), []);
}
