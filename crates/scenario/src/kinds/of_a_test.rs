//! A kind that nobody has but these tests: a lamp with everything that a kind can declare, put into the list of
//! kinds and nowhere else. What knows it then knows every kind by its declaration.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::graph::{Graph, Via};
use crate::library::Library;
use crate::resolve::Resolved;
use crate::{Action, Diagnostics};

#[expect(dead_code, reason = "nothing builds a kind of these tests")]
mod lamp {
    use super::*;
    amounts! {
        /// A lamp.
        Lamp {
            /// What it takes.
            power_w: NotNegative,
            /// How warm it is at the start of a run.
            glow_temperature_c: Ambient initial,
        }
    }
}
use lamp::Lamp;

pub(super) const TEST_LAMP: PartKind = PartKind {
    name: "test-lamp",
    doc: "A lamp.",
    ends: &["from", "to"],
    through: Through::Draws,
    draws: |_, _| Some(Quiescent { key: "power_w", called: "" }),
    amounts: Lamp::KEYS,
    words: &[WordKey {
        key: "colour",
        doc: "Its colour.",
        words: &["red", "green"],
        otherwise: Some("red"),
    }],
    quantities: &[QuantityKey::one("glow_temperature_c")],
    pins: &[PinKey {
        name: "glows",
        direction: PinDirection::Reading,
        states: &["no", "yes"],
        each: false,
    }],
    stimuli: &[StimulusKey { name: "filament", words: &["sound", "broken"], doc: "Breaks it." }],
    ..PartKind::NONE
};

const LAMP: &str = r#"{
  "schema": 1, "kind": "device", "type": "test-lamp", "title": "A lamp", "colour": "green",
  "power_w": {"value": 5, "source": "guess", "range": [4, 6], "why": "A test."},
  "glow_temperature_c": {"value": 20, "source": "guess", "range": [10, 30], "why": "A test."}
}"#;

const PACK: &str = r#"{
  "schema": 1, "kind": "device", "extends": "pack-base", "title": "Cells with a lamp across them",
  "paths": [["minus", "cells", "shunt", "main", "plus"], ["cells.to", "electronics", "cells.from"], ["cells.to", "lamp", "cells.from"]],
  "parts": {
    "main": {"device": "fet-100-v", "blocks": "both"}, "lamp": {"device": "lamp"},
    "warmth": {"device": "ntc-10k", "of": "lamp.glow_temperature_c"}
  },
  "roles": {"bms": {"pins": {"discharge_switch": ["main.gate"], "lamp": ["lamp.glows"]}}}
}"#;

const SYSTEM: &str = r#"{
  "schema": 1, "kind": "system", "title": "A pack", "nodes": ["bus"],
  "instances": {"pack": {"device": "pack"}, "load-1": {"device": "dc-loads"}},
  "branches": {"pack": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"}}
}"#;

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "Lamp", "covers": [], "system": "pack", "duration_s": 60,
  "initial": {"pack.lamp.glow_temperature_c": 25}, "overrides": {"pack.lamp.power_w": 7},
  "events": [{"do": "set-part", "at_s": 5, "target": "pack.lamp", "what": "filament", "is": "broken"}],
  "checks": [{"id": "on", "kind": "stays", "signal": "load-1.dc_voltage_v", "at_least": 10}]
}"#;

fn load(scenario: &str) -> Result<Resolved, Diagnostics> {
    let folder = TempDir::new().unwrap();
    let devices = folder.path().join("fixtures/devices");
    fs::create_dir_all(&devices).unwrap();
    fs::create_dir_all(folder.path().join("fixtures/systems")).unwrap();
    fs::create_dir_all(folder.path().join("scenarios")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/devices");
    for entry in fs::read_dir(shipped).unwrap() {
        let from = entry.unwrap().path();
        fs::copy(&from, devices.join(from.file_name().unwrap())).unwrap();
    }
    for (path, text) in [
        ("fixtures/devices/lamp.json", LAMP),
        ("fixtures/devices/pack.json", PACK),
        ("fixtures/systems/pack.json", SYSTEM),
        ("scenarios/case.json", scenario),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
    }
    Library::open(folder.path()).unwrap().scenario(&folder.path().join("scenarios/case.json"))
}

#[test]
fn a_declaration_alone_is_read_set_drawn_and_given_to_a_role() {
    let resolved = load(SCENARIO).unwrap();
    let system = &resolved.system;
    let place = system.device("pack.lamp").unwrap();
    let part = &system.devices[place].model;
    assert_eq!((part.kind.name, part.word("colour")), ("test-lamp", "green"));
    assert_eq!(part.amount("power_w").unwrap().watts().0, 7.0);
    assert_eq!(part.amount("glow_temperature_c").unwrap().plain(), 25.0);
    let graph = Graph::of(system);
    let edge = graph.edges().iter().find(|edge| edge.device == place).unwrap();
    assert_eq!(edge.via, Via::Draws);
    let role = &system.part_roles[0];
    let pin = role.pins.iter().find(|pin| pin.name == "lamp").unwrap();
    assert_eq!(pin.states, ["no", "yes"]);
    let warmth = system.device("pack.warmth").unwrap();
    let sensor = &system.devices[warmth].model;
    assert_eq!(sensor.links("of")[0].quantity, "glow_temperature_c");
    assert!(
        matches!(resolved.events[0].action, Action::SetPart { .. }),
        "{:?}",
        resolved.events[0]
    );
}

/// Corners ask what may vary and for the system at its ends, and who drains a pack asks the declaration.
#[test]
fn its_guesses_are_corners_and_it_drains_by_its_declaration() {
    let resolved =
        load(&SCENARIO.replace(r#", "overrides": {"pack.lamp.power_w": 7}"#, "")).unwrap();
    let power = "pack.lamp.power_w";
    let ends = resolved.provenance.parameters[power].ends();
    assert_eq!(ends, Some((4.0, 6.0)));
    for end in [4.0, 6.0] {
        let varied = resolved.at_ends(&[(power, end)]).unwrap();
        let lamp = &varied.find("pack.lamp").unwrap().model;
        assert_eq!(lamp.amount("power_w").unwrap().watts().0, end);
        let drawn = (lamp.kind.draws)(lamp, true).and_then(|drawn| lamp.amount(drawn.key));
        assert_eq!(drawn.unwrap().watts().0, end);
    }
    let coupled = Graph::of(&resolved.system).coupled("pack.main");
    assert!(coupled.contains("pack.lamp"), "else its guesses would be called without effect");
}

#[test]
fn what_it_does_not_declare_is_a_mistake() {
    for (old, new, expected) in [
        (r#""what": "filament""#, r#""what": "filment""#, "`filment`"),
        (r#""is": "broken""#, r#""is": "brokn""#, "`brokn`"),
        ("pack.lamp.power_w", "pack.lamp.powr_w", "powr_w"),
    ] {
        assert_eq!(SCENARIO.matches(old).count(), 1);
        let problems = load(&SCENARIO.replace(old, new)).unwrap_err();
        let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|one| one.contains(expected)), "{expected} in {said:?}");
    }
}

#[test]
fn its_schema_is_written_from_the_declaration() {
    let lamp = ALL.iter().find(|kind| kind.name == "test-lamp").expect("a kind of its own");
    let mut generator = schemars::SchemaGenerator::default();
    let branch = branch(lamp, &Common::new(&mut generator));
    assert_eq!(branch["properties"]["colour"]["enum"], serde_json::json!(["red", "green"]));
    let required = branch["required"].as_array().unwrap();
    assert!(required.contains(&"power_w".into()) && !required.contains(&"colour".into()));
}
