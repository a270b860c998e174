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

/// What is found where the role of a pack says something else, in a scenario with this event.
fn found_with(role: &str, event: &str) -> Vec<(Code, String)> {
    let device = format!(
        r#"{{
  "schema": 1, "kind": "device", "title": "Another role", "extends": "lfp-16s-behind-fets",
  "roles": {{"bms": {{{role}}}}}
}}"#
    );
    let project = Project::new();
    project
        .write("fixtures/devices/twins.json", &device)
        .write("fixtures/systems/pack.json", SYSTEM);
    let scenario = SCENARIO.replace(r#""checks""#, &format!(r#""events": [{event}], "checks""#));
    let Err(found) = project.load(&scenario) else { return Vec::new() };
    found.iter().map(|one| (one.code, one.to_string())).collect()
}

#[test]
fn a_built_in_controller_is_one_that_there_is_and_is_set_by_its_own_rules() {
    assert_eq!(found_with(r#""built_in": "pack""#, ""), []);
    let unknown = found_with(r#""built_in": "packs""#, "");
    let [(Code::UnknownWord, message)] = &unknown[..] else { panic!("{unknown:?}") };
    assert_eq!(message, "there is no built-in controller `packs`");
    let other = found_with(r#""built_in": "pairing""#, "");
    let [(Code::WrongDevice, message)] = &other[..] else { panic!("{other:?}") };
    assert_eq!(message, "`pack-1.rules` does not set the controller `pairing`");
    let sensor = found_with(r#""rules": "current""#, "");
    let [(Code::WrongDevice, message)] = &sensor[..] else { panic!("{sensor:?}") };
    assert_eq!(message, "`pack-1.current` does not set the controller `pack`");
}

#[test]
fn nobody_presses_a_button_that_a_pack_has_not() {
    for (event, pin) in [
        (r#"{"do": "start-pairing", "at_s": 0.5, "target": "bms"}"#, "pairing_request"),
        (r#"{"do": "enable-port", "at_s": 0.5, "target": "bms"}"#, "port_request"),
    ] {
        let found = found_with("", event);
        let [(Code::WrongDevice, message)] = &found[..] else { panic!("{found:?}") };
        assert!(message.starts_with(&format!("`pack-1.bms` has no pin `{pin}`")), "{message}");
    }
}
