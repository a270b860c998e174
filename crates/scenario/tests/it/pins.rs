//! Roles that are made of pins: every way in which a controller could see or move what it must not.

use blackstart_scenario::{Code, Diagnostics, Resolved};

use crate::project::Project;

const PACK: &str = r#"{
  "schema": 1, "kind": "device", "extends": "pack-base", "title": "Cells behind one switch",
  "paths": [["minus", "cells", "shunt", "main", "plus"], ["cells.to", "electronics", "cells.from"]],
  "parts": {
    "main": {"device": "fet-100-v", "blocks": "both"},
    "ocd": {
      "type": "current-comparator", "of": "shunt.current_a", "beyond": "above", "stands_for": "ocd", "opens": ["main"],
      "threshold_a": {"value": 300, "source": "derived", "from": "a test"},
      "delay_us": {"value": 1000, "source": "derived", "from": "a test"},
      "hysteresis_ma": {"value": 0, "source": "derived", "from": "a test"}
    },
    "again": {
      "type": "timed-release", "releases": ["ocd"],
      "after_ms": {"value": 1000, "source": "derived", "from": "a test"},
      "retry_count": {"value": 3, "source": "derived", "from": "a test"}
    },
    "button": {"type": "digital-input", "initial": "open"}
  },
  "roles": {"bms": {"pins": {"discharge_switch": ["main.gate"], "enable": ["button"]}}}
}"#;

const SYSTEM: &str = r#"{
  "schema": 1, "kind": "system", "title": "A pack with a load",
  "nodes": ["bus"],
  "instances": {"pack": {"device": "pack"}, "load-1": {"device": "dc-loads"}},
  "branches": {"pack": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"}}
}"#;

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "Pack", "covers": [], "system": "of-a-pack", "duration_s": 60,
  "checks": [{"id": "on", "kind": "stays", "signal": "load-1.dc_voltage_v", "at_least": 10}]
}"#;

fn load(pack: &str) -> Result<Resolved, Diagnostics> {
    let project = Project::new();
    project
        .write("fixtures/devices/pack.json", pack)
        .write("fixtures/systems/of-a-pack.json", SYSTEM)
        .load(SCENARIO)
}

/// Of the pack with one piece of its text replaced: code, message, what is pointed at, label and help of the
/// only mistake.
fn said(old: &str, new: &str) -> (Code, String) {
    assert_eq!(PACK.matches(old).count(), 1, "`{old}`");
    let problems = load(&PACK.replace(old, new)).expect_err("a broken file loads");
    let all: Vec<String> = problems.iter().map(|one| format!("{one} ({})", one.label)).collect();
    assert_eq!(all.len(), 1, "{all:?}");
    let problem = problems.iter().next().unwrap();
    let place = problem.place.as_ref().expect("it has a place");
    let text = &place.file.text[place.span.clone()];
    let help = problem.help.as_deref().unwrap_or("");
    (problem.code, format!("{problem} | {text} | {} | {help}", problem.label))
}

fn assert_said((code, said): (Code, String), expected: Code, words: &[&str]) {
    assert_eq!(code, expected, "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` in: {said}");
    }
}

#[test]
fn the_pack_itself_is_in_order() {
    let system = load(PACK).unwrap().system;
    assert_eq!(system.part_roles.len(), 1);
}

#[test]
fn a_part_looks_at_nothing_of_another_unit() {
    let found = said(r#""of": "shunt.current_a""#, r#""of": "cells.lowest_voltage_v""#);
    assert_said(found, Code::WrongUnit, &["`cells.lowest_voltage_v`", "expected", "`_a`"]);
}

/// A temperature comparator at a switch, whose file says how it gets warm or does not.
#[test]
fn a_switch_has_a_temperature_where_its_file_says_how_it_gets_warm() {
    let hot = r#""hot": {
      "type": "temperature-comparator", "of": "main.temperature_c", "beyond": "above",
      "stands_for": "switch-over-temperature", "opens": ["main"],
      "threshold_c": {"value": 100, "source": "derived", "from": "a test"},
      "delay_ms": {"value": 1000, "source": "derived", "from": "a test"},
      "hysteresis_k": {"value": 10, "source": "derived", "from": "a test"}
    }, "button""#;
    let with = PACK.replacen(r#""button""#, hot, 1);
    load(&with).unwrap();
    let cold = with.replace(r#""blocks": "both"}"#, r#""blocks": "both", "heat": null}"#);
    assert_ne!(cold, with);
    let problems = load(&cold).unwrap_err();
    let said: Vec<_> = problems.iter().map(|one| (one.code, one.to_string())).collect();
    assert_eq!(said, [(Code::MissingKey, "`pack.main` does not say its `heat`".to_owned())]);
}

#[test]
fn a_pin_on_a_truth_is_refused() {
    for truth in ["shunt.current_a", "cells.lowest_voltage_v", "main.current_a", "cells.soc_pct"] {
        let found = said(r#""enable": ["button"]"#, &format!(r#""enable": ["{truth}"]"#));
        assert_said(found, Code::ReadsTruth, &["no controller sees", truth, "give it a sensor"]);
    }
}

#[test]
fn a_pin_on_a_part_that_is_not_there() {
    let found = said(r#"["button"]"#, r#"["buton"]"#);
    assert_said(found, Code::UnknownInstance, &["no part `buton`", "`button`"]);
    let found = said(r#"["main.gate"]"#, r#"["main.gait"]"#);
    assert_said(found, Code::WrongPin, &["has no pin `gait`", "`gate`"]);
}

#[test]
fn two_drives_of_one_switch() {
    let twice = r#"["main.gate"], "main_switch": ["main.gate"]"#;
    let found = said(r#"["main.gate"]"#, twice);
    assert_said(
        found,
        Code::DuplicateId,
        &["driven twice", "`gate` of `pack.main`", "second drive"],
    );
    let found = said(r#"["main.gate"]"#, r#"["main.gate", "main.gate"]"#);
    assert_said(found, Code::DuplicateId, &["driven twice"]);
}

#[test]
fn a_pin_that_is_nothing() {
    let found = said(r#"["button"]"#, "[]");
    assert_said(found, Code::WrongPin, &["the pin `enable` is nothing"]);
}

#[test]
fn a_protection_that_opens_nothing_and_one_that_opens_no_switch() {
    let found = said(r#""opens": ["main"]"#, r#""opens": []"#);
    assert_said(found, Code::Unconnected, &["`pack.ocd` opens nothing", "`opens`"]);
    let found = said(r#""opens": ["main"]"#, r#""opens": ["shunt"]"#);
    assert_said(found, Code::WrongDevice, &["nothing that opens", "expected a switch"]);
}

#[test]
fn a_release_that_releases_nothing_and_one_of_what_does_not_latch() {
    let found = said(r#""releases": ["ocd"]"#, r#""releases": []"#);
    assert_said(found, Code::Unconnected, &["`pack.again` releases nothing"]);
    let found = said(r#""releases": ["ocd"]"#, r#""releases": ["main"]"#);
    assert_said(found, Code::WrongDevice, &["nothing that latches", "expected a comparator"]);
}

#[test]
fn a_comparator_of_what_is_not_there() {
    let found = said(r#""of": "shunt.current_a""#, r#""of": "shunt.curent_a""#);
    assert_said(found, Code::UnknownWord, &["has no `curent_a`", "`current_a`"]);
}

#[test]
fn an_ac_device_and_a_role_have_no_place_among_dc_parts() {
    let found = said(r#""main", "plus""#, r#""main", "fridge", "plus""#);
    assert_said(found, Code::UnknownNode, &["`fridge`"]);
    let mixed = PACK
        .replace(r#""main", "plus""#, r#""main", "fridge", "plus""#)
        .replace(r#""button": {"#, r#""fridge": {"device": "fridge"}, "button": {"#);
    let problems = load(&mixed).unwrap_err();
    let all: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(all.iter().any(|one| one.contains("no part in the DC network")), "{all:?}");
}
