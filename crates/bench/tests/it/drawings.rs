//! How a system is drawn, and in which order its files say what they say, decides nothing.

use std::fs;

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::*;

/// Cells behind a limiter, which trips when the bus is short.
const STRING: &str = r#"{
  "schema": 1, "kind": "device", "type": "assembly", "title": "Cells and a limiter",
  "terminals": {"minus": "minus", "plus": "plus"},
  "paths": [["minus", "cells", "limiter", "plus"]],
  "parts": {
    "cells": {"device": "lfp-cells-280-ah"}, "limiter": {"device": "ptc-limiter-60-v"}
  }
}"#;

const RACK: &str = r#"{
  "schema": 1, "kind": "device", "type": "assembly", "title": "Two strings in parallel",
  "terminals": {"minus": "minus", "plus": "bus"},
  "paths": [["minus", "left", "bus"], ["minus", "right", "bus"]],
  "parts": {"left": {"device": "string"}, "right": {"device": "string"}},
  "shows": {"current_a": "left.limiter.current_a"}
}"#;

const NESTED: &str = r#"{
  "schema": 1, "kind": "system", "title": "A rack with a load", "nodes": ["bus"],
  "instances": {"rack": {"device": "rack"}, "load-1": {"device": "dc-loads"}},
  "branches": {"rack": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"}}
}"#;

const FLAT: &str = r#"{
  "schema": 1, "kind": "system", "title": "A rack with a load",
  "nodes": ["rack.right.cells.to", "rack.left.cells.to", "bus"],
  "instances": {
    "rack.right.limiter": {"device": "ptc-limiter-60-v"}, "rack.left.cells": {"device": "lfp-cells-280-ah"},
    "rack.left.limiter": {"device": "ptc-limiter-60-v"}, "rack.right.cells": {"device": "lfp-cells-280-ah"},
    "load-1": {"device": "dc-loads"}
  },
  "branches": {
    "rack.left.cells": {"from": "ground", "to": "rack.left.cells.to"},
    "rack.left.limiter": {"from": "rack.left.cells.to", "to": "bus"},
    "rack.right.cells": {"from": "ground", "to": "rack.right.cells.to"},
    "rack.right.limiter": {"from": "rack.right.cells.to", "to": "bus"},
    "load-1": {"from": "bus", "to": "ground"}
  },
  "shows": {"rack.left.limiter.current_a": "rack.current_a"}
}"#;

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "Rack", "covers": [], "system": "rack", "duration_s": 60,
  "events": [
    {"do": "set-load", "at_s": 10, "target": "load-1", "power_w": 100},
    {"do": "short", "at_s": 20, "target": "bus", "resistance_mohm": 500, "for_s": 10}
  ],
  "checks": [
    {"id": "limited", "kind": "state-is", "signal": "rack.left.limiter.state", "is": "tripped", "at_s": 30},
    {"id": "current", "kind": "reaches", "signal": "rack.current_a", "at_least": 50}
  ]
}"#;

/// A project of these files, with the shipped devices and systems.
pub(crate) fn project(files: &[(&str, &str)], change: impl Fn(&str) -> String) -> TempDir {
    let folder = TempDir::new().unwrap();
    for kind in ["fixtures/devices", "fixtures/systems"] {
        let to = folder.path().join(kind);
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(root().join(kind)).unwrap() {
            let from = entry.unwrap().path();
            let name = from.file_name().unwrap();
            let text = fs::read_to_string(&from).unwrap();
            let is_schema = name.to_string_lossy().ends_with(".schema.json");
            fs::write(to.join(name), if is_schema { text } else { change(&text) }).unwrap();
        }
    }
    fs::create_dir_all(folder.path().join("scenarios")).unwrap();
    for (path, text) in files {
        fs::write(folder.path().join(path), change(text)).unwrap();
    }
    folder
}

/// What a scenario of a project is judged to be, byte for byte, and the digest of its trace.
fn judged(folder: &TempDir) -> (String, String) {
    let library = Library::open(folder.path()).unwrap();
    let scenario = library.scenario(&folder.path().join("scenarios/case.json")).unwrap();
    let run = run(&job(&scenario, None, folder.path()), &mut |_| ControlFlow::Continue(()));
    let run = run.unwrap();
    let judged = serde_json::to_string(&run.verdict.judged).unwrap();
    (judged, format!("{:?}", run.trace.digest()))
}

pub(crate) fn as_it_is(text: &str) -> String {
    text.to_owned()
}

/// The same with the keys of every object in the opposite order.
fn turned(text: &str) -> String {
    fn write(value: &Value, into: &mut String) {
        match value {
            Value::Object(object) => {
                let members: Vec<_> = sorted(object).into_iter().rev().collect();
                into.push('{');
                for (k, (key, value)) in members.into_iter().enumerate() {
                    into.push_str(if k > 0 { "," } else { "" });
                    into.push_str(&format!("{}:", Value::String(key.clone())));
                    write(value, into);
                }
                into.push('}');
            }
            Value::Array(values) => {
                into.push('[');
                for (k, value) in values.iter().enumerate() {
                    into.push_str(if k > 0 { "," } else { "" });
                    write(value, into);
                }
                into.push(']');
            }
            plain => into.push_str(&plain.to_string()),
        }
    }
    let mut turned = String::new();
    write(&serde_json::from_str(text).unwrap(), &mut turned);
    turned
}

fn sorted(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|member| member.0);
    members
}

#[test]
fn a_flat_and_a_nested_drawing_give_the_same_verdict_and_the_same_trace_byte_for_byte() {
    let of = |system| {
        let files = [
            ("fixtures/devices/string.json", STRING),
            ("fixtures/devices/rack.json", RACK),
            ("fixtures/systems/rack.json", system),
            ("scenarios/case.json", SCENARIO),
        ];
        judged(&project(&files, as_it_is))
    };
    let (nested, flat) = (of(NESTED), of(FLAT));
    assert!(nested.0.contains(r#""outcome":"pass""#), "{}", nested.0);
    // Nodes that only one of the two names are in another order in its file.
    assert_eq!(nested, flat);
}

#[test]
fn keys_in_another_order_change_no_byte() {
    for name in [
        "packs/contactors-pre-charge-and-carry-2-kw",
        "packs/short-that-stays-is-tried-three-times",
    ] {
        let text = fs::read_to_string(root().join(format!("scenarios/{name}.json"))).unwrap();
        assert_ne!(turned(&text), text);
        let files = [("scenarios/case.json", &*text)];
        assert_eq!(judged(&project(&files, as_it_is)), judged(&project(&files, turned)), "{name}");
    }
}
