//! Whom a drain drains: what current can get to, and nothing else in the same file.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use blackstart_bench::{Job, run};
use blackstart_scenario::Library;
use serde_json::{Value, json};

use crate::root;

/// Each battery with its drains: name, least and most watts.
type Drained = Vec<(String, Vec<(String, f64, f64)>)>;

/// The drains of every battery of a system drawn for it.
fn drains(nodes: &[&str], parts: &[(&str, &str, &str, &str)]) -> Drained {
    let folder = tempfile::tempdir().unwrap();
    let devices = folder.path().join("fixtures/devices");
    fs::create_dir_all(&devices).unwrap();
    for entry in fs::read_dir(root().join("fixtures/devices")).unwrap() {
        let from = entry.unwrap().path();
        fs::copy(&from, devices.join(from.file_name().unwrap())).unwrap();
    }
    let of = |value: fn(&(&str, &str, &str, &str)) -> Value| -> Value {
        Value::Object(parts.iter().map(|part| (part.0.to_owned(), value(part))).collect())
    };
    let system = json!({
        "schema": 1, "kind": "system", "title": "drawn for a test", "nodes": nodes,
        "instances": of(|part| json!({ "device": part.1 })),
        "branches": of(|part| json!({ "from": part.2, "to": part.3 })),
    });
    let case = json!({
        "schema": 1, "kind": "scenario", "title": "a second at rest", "covers": [],
        "system": "drawn", "duration_s": 1, "checks": [{ "id": "a", "kind": "no-trip" }],
    });
    write(&folder.path().join("fixtures/systems/drawn.json"), &system);
    let path = folder.path().join("scenarios/case.json");
    write(&path, &case);
    let scenario = Library::open(folder.path()).unwrap().scenario(&path).unwrap();
    let job = Job {
        scenario: &scenario,
        rig: None,
        root: folder.path(),
        seed: None,
        trace_file: None,
        session_file: None,
    };
    let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    let power = |drain: &Value, end: &str| drain["power_w"][end].as_f64().unwrap();
    let drain = |drain: &Value| {
        let name = drain["name"].as_str().unwrap().to_owned();
        (name, power(drain, "at_least"), power(drain, "at_most"))
    };
    let battery = |one: &Value| {
        let id = one["battery"].as_str().unwrap().to_owned();
        (id, one["drains"].as_array().unwrap().iter().map(drain).collect())
    };
    judged["deep_discharge"].as_array().unwrap().iter().map(battery).collect()
}

fn write(path: &Path, value: &Value) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, value.to_string()).unwrap();
}

#[test]
fn a_pack_is_drained_by_the_inverter_that_it_feeds_and_by_no_other() {
    let found = drains(
        &["port-a", "port-b"],
        &[
            ("sessy-a", "sessy-5-4-kwh", "ground", "port-a"),
            ("inverter-a", "phoenix-48-800", "port-a", "ground"),
            ("sessy-b", "sessy-5-4-kwh", "ground", "port-b"),
            ("inverter-b", "phoenix-48-2000", "port-b", "ground"),
        ],
    );
    let names = |k: usize| found[k].1.iter().map(|drain| drain.0.as_str()).collect::<Vec<_>>();
    assert_eq!(names(0), ["sessy-a electronics", "inverter-a idle"]);
    assert_eq!(names(1), ["sessy-b electronics", "inverter-b idle"]);
}

#[test]
fn packs_that_a_switch_can_part_share_at_best_and_carry_all_at_worst() {
    let one = drains(
        &["port"],
        &[
            ("sessy-a", "sessy-5-4-kwh", "ground", "port"),
            ("inverter-a", "phoenix-48-800", "port", "ground"),
        ],
    );
    let two = drains(
        &["port"],
        &[
            ("sessy-a", "sessy-5-4-kwh", "ground", "port"),
            ("sessy-b", "sessy-5-4-kwh", "ground", "port"),
            ("inverter-a", "phoenix-48-800", "port", "ground"),
        ],
    );
    let idle = |found: &Drained| (found[0].1[1].1, found[0].1[1].2);
    let ((least, most), (shared, alone)) = (idle(&one), idle(&two));
    assert_eq!((shared, alone), (least / 2.0, most));
}
