//! A pack with a pairing procedure that is made of parts does what the battery in one box does that has the
//! same numbers.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A guess or a fact again in a thousandth of its unit.
fn in_thousandths(entry: &Value) -> Value {
    let mut entry = entry.clone();
    let scale = |value: &Value| json!((value.as_f64().unwrap() * 1e3).round());
    entry["value"] = scale(&entry["value"]);
    if let Some(range) = entry.get("range").cloned() {
        entry["range"] = json!([scale(&range[0]), scale(&range[1])]);
    }
    entry
}

fn known(value: f64) -> Value {
    json!({"value": value, "source": "derived", "from": "the box has none of it"})
}

/// The sections of a battery in one box as parts.
fn in_parts(whole: &Value) -> Value {
    let own = |section: &str, key: &str| whole[section][key].clone();
    let mut cells = json!({
        "type": "cells",
        "open_circuit_voltage": whole["open_circuit_voltage"],
        "plateau_step_pct": own("plateaus", "plateau_step_pct"),
        "link_resistance_mohm": known(0.0),
        "thermal_groups": known(1.0),
        "group_resistance_k_per_w": known(1.0),
    });
    for section in ["cells", "laws"] {
        for (key, value) in whole[section].as_object().unwrap() {
            cells[key] = value.clone();
        }
    }
    let stage = |key: &str| own("power_stage", key);
    let switch = json!({
        "type": "fet-switch", "blocks": "both",
        "on_resistance_mohm": stage("switch_on_resistance_mohm"),
        "off_resistance_kohm": stage("switch_off_resistance_kohm"),
        "clamp_voltage_v": stage("clamp_voltage_v"),
        "clamp_resistance_mohm": stage("clamp_resistance_mohm"),
        "clamp_rating_j": stage("clamp_rating_j"),
        "body_drop_v": known(0.7), "body_resistance_mohm": known(1.0),
        "switching_time_us": stage("switching_time_us"), "command_latency_us": known(0.0),
    });
    let front = |key: &str| own("front_end", key);
    let current = |protection: &str, threshold: Value, delay: Value| {
        json!({
            "type": "current-comparator", "of": "shunt.current_a", "beyond": "above",
            "stands_for": protection, "opens": ["main", "precharge"],
            "threshold_a": threshold, "delay_us": delay, "hysteresis_ma": known(0.0),
        })
    };
    let voltage = |protection: &str, of: &str, beyond: &str, opens: Value, key: &str| {
        json!({
            "type": "voltage-comparator", "of": of, "beyond": beyond, "stands_for": protection, "opens": opens,
            "threshold_v": front(&format!("{key}_v")),
            "delay_ms": in_thousandths(&front(&format!("{key}_delay_s"))), "hysteresis_mv": known(0.0),
        })
    };
    let mut sensing = whole["sensing"].clone();
    for (key, value) in [
        ("type", json!("pack-monitor")),
        ("command_latency_us", stage("command_latency_us")),
        ("cells", json!("cells.cell-*.voltage_v")),
        ("currents", json!(["shunt.current_a", "charger.current_a"])),
        ("alerts", json!(["scd", "ocd", "ovp", "uvp"])),
    ] {
        sensing[key] = value;
    }
    let mut rules = whole["charge_limits"].clone();
    for (key, value) in whole["bms"].as_object().unwrap().iter().filter(|one| one.0 != "paired") {
        rules[key] = value.clone();
    }
    rules["type"] = json!("pairing-rules");
    let mut charger = whole["charging"].clone();
    charger["type"] = json!("pack-charger");
    charger["of"] = json!("cells.highest_voltage_v");
    charger["rules"] = json!("rules");
    let mut shows = json!({
        "pack_current_a": "shunt.current_a", "pack_current_crest_a": "shunt.current_crest_a",
        "pack_voltage_v": "sensing.pack_voltage_v", "port_voltage_v": "sensing.port_voltage_v",
        "lowest_cell_v": "cells.lowest_voltage_v", "highest_cell_v": "cells.highest_voltage_v",
        "temperature_c": "cells.group-01.temperature_c", "main_switch": "main.position",
        "precharge_switch": "precharge.position", "precharge_energy_j": "resistor.energy_j",
        "clamp_energy_j": "main.clamp_energy_j", "charge_power_w": "charger.charge_power_w",
        "paired": "inputs.paired", "ocd_threshold_a": "ocd.threshold_a"
    });
    for k in 1..=16 {
        let soc = format!("cell-{k:02}.soc_pct");
        shows[&soc] = json!(format!("cells.{soc}"));
    }
    for (part, section) in [("cells", "cells"), ("cells", "laws"), ("rules", "bms")] {
        for key in whole[section].as_object().unwrap().keys().filter(|key| *key != "paired") {
            shows[key] = json!(format!("{part}.{key}"));
        }
    }
    json!({
        "schema": 1, "kind": "device", "type": "assembly", "title": "A pack with a pairing procedure",
        "terminals": {"from": "sensing.minus", "to": "sensing.port"},
        "paths": [
            ["sensing.minus", "cells", "shunt", "sensing.pack", "main", "sensing.port"],
            ["sensing.pack", "precharge", "resistor", "sensing.port"],
            ["cells.to", "electronics", "cells.from"], ["cells.to", "charger", "cells.from"]
        ],
        "parts": {
            "cells": cells,
            "shunt": {
                "type": "shunt", "resistance_mohm": stage("path_resistance_mohm"),
                "path_inductance_uh": stage("path_inductance_uh"),
                "shunt_time_us": front("shunt_time_us"), "sense_filter_us": front("sense_filter_us")
            },
            "main": switch, "precharge": switch,
            "resistor": {
                "type": "resistor", "resistance_ohm": own("precharge", "precharge_resistance_ohm"),
                "thermal_resistance_k_per_w": known(30.0), "thermal_time_s": known(50.0),
                "highest_temperature_c": known(350.0), "ambient_temperature_c": known(20.0)
            },
            "electronics": {
                "type": "quiescent-draw", "initial": "asleep",
                "awake_w": stage("quiescent_draw_w"), "asleep_w": stage("quiescent_draw_w"),
                "off_w": known(0.0), "minimum_voltage_v": known(10.0)
            },
            "scd": current("scd", front("scd_threshold_a"), front("scd_delay_us")),
            "ocd": current("ocd", front("ocd_threshold_a"), in_thousandths(&front("ocd_delay_ms"))),
            "ovp": voltage("front-end-ovp", "cells.highest_voltage_v", "above",
                json!(["main", "precharge", "charger"]), "front_end_overvoltage"),
            "uvp": voltage("front-end-uvp", "cells.lowest_voltage_v", "below",
                json!(["main", "precharge"]), "front_end_undervoltage"),
            "charger": charger, "sensing": sensing, "rules": rules,
            "inputs": {"type": "pairing-inputs", "paired": own("bms", "paired")}
        },
        "roles": {"bms": {
            "kind": "battery-management", "built_in": "pairing", "rules": "rules",
            "pins": {
                "cell-*_voltage_v": ["sensing.*"], "pack_current_a": ["sensing.current"],
                "pack_voltage_v": ["sensing.pack_voltage"], "port_voltage_v": ["sensing.port_voltage"],
                "passed_charge_c": ["sensing.charge"], "pack_temperature_c": ["sensing.temperature"],
                "front_end_status": ["scd.state", "ocd.state", "ovp.state", "uvp.state"],
                "pairing_request": ["inputs.presses"], "port_request": ["inputs.port_request"],
                "stored_paired": ["inputs.paired"],
                "main_switch": ["main.gate"], "precharge_switch": ["precharge.gate"],
                "front_end_clear": ["scd.clear", "ocd.clear", "ovp.clear", "uvp.clear"],
                "scd_threshold_a": ["scd.threshold_a"], "scd_delay_us": ["scd.delay_us"],
                "ocd_threshold_a": ["ocd.threshold_a"], "ocd_delay_ms": ["ocd.delay_ms"]
            }
        }},
        "shows": shows
    })
}

/// The shipped project, and beside each system with the battery one with the same in parts.
fn project() -> TempDir {
    let folder = TempDir::new().unwrap();
    for kind in ["fixtures/devices", "fixtures/systems", "scenarios"] {
        fs::create_dir_all(folder.path().join(kind)).unwrap();
    }
    for kind in ["fixtures/devices", "fixtures/systems"] {
        for entry in fs::read_dir(root().join(kind)).unwrap() {
            let from = entry.unwrap().path();
            fs::copy(&from, folder.path().join(kind).join(from.file_name().unwrap())).unwrap();
        }
    }
    let path = |name: &str| folder.path().join(name);
    let text = fs::read_to_string(path("fixtures/devices/sessy-5-4-kwh.json")).unwrap();
    let parts = in_parts(&serde_json::from_str(&text).unwrap()).to_string();
    fs::write(path("fixtures/devices/in-parts.json"), parts).unwrap();
    folder
}

/// Puts the battery in parts into the system of a scenario.
fn draw(folder: &TempDir, scenario: &mut Value) {
    let system = scenario["system"].as_str().unwrap().to_owned();
    let file = folder.path().join(format!("fixtures/systems/{system}.json"));
    let drawn = fs::read_to_string(file).unwrap().replace("sessy-5-4-kwh", "in-parts");
    fs::write(folder.path().join("fixtures/systems/in-parts.json"), drawn).unwrap();
    scenario["system"] = json!("in-parts");
}

fn scenario_of(folder: &TempDir, text: &Value) -> Resolved {
    fs::write(folder.path().join("scenarios/case.json"), text.to_string()).unwrap();
    let library = Library::open(folder.path()).unwrap();
    library
        .scenario(&folder.path().join("scenarios/case.json"))
        .unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What a scenario of the project is judged to be, with the battery in one box or in parts.
fn judged(folder: &TempDir, scenario: &str, in_parts: bool) -> Value {
    let mut text: Value =
        serde_json::from_str(&fs::read_to_string(root().join(scenario)).unwrap()).unwrap();
    if in_parts {
        draw(folder, &mut text);
    }
    let scenario = scenario_of(folder, &text);
    let run = run(&job(&scenario, None, folder.path()), &mut |_| ControlFlow::Continue(()));
    serde_json::to_value(&run.unwrap().verdict.judged).unwrap()
}

/// A scenario whose battery is one in parts.
pub fn scenario_in_parts(path: &str) -> Resolved {
    let folder = project();
    let mut text: Value =
        serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap();
    draw(&folder, &mut text);
    scenario_of(&folder, &text)
}

/// Instants alike to three microseconds or a millionth, other numbers to a thousandth; everything else the
/// same.
fn is_alike(key: &str, one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => {
            let (absolute, share) = if key.ends_with("_s") { (3e-6, 1e-6) } else { (1e-5, 1e-3) };
            (one - other).abs() <= absolute + share * one.abs()
        }
        _ => one == other,
    }
}

/// What is compared of each list of a verdict.
const COMPARED: [(&str, &[&str]); 5] = [
    (
        "trips",
        &[
            "subject",
            "protection",
            "at_s",
            "since_s",
            "delay_s",
            "value",
            "extreme",
            "cause",
            "because",
        ],
    ),
    (
        "approaches",
        &["subject", "protection", "extreme", "threshold", "delay_s", "longest_dwell_s"],
    ),
    ("runtimes", &["load", "lasted_s", "ended_by", "delivered_j"]),
    ("gaps", &["load", "lasted_s", "ended"]),
    ("checks", &["id", "outcome"]),
];

fn compare(scenario: &str) {
    let folder = project();
    let (whole, parts) = (judged(&folder, scenario, false), judged(&folder, scenario, true));
    for (list, keys) in COMPARED {
        let (whole, parts) = (whole[list].as_array().unwrap(), parts[list].as_array().unwrap());
        assert_eq!(whole.len(), parts.len(), "{scenario}: {list}: {whole:#?} {parts:#?}");
        for (one, other) in whole.iter().zip(parts) {
            for key in keys {
                let (a, b) = (&one[key], &other[key]);
                assert!(
                    is_alike(key, a, b),
                    "{scenario}: {list}: {key}: {a} and {b} in {one:#} {other:#}"
                );
            }
        }
    }
}

#[test]
fn a_pack_in_parts_trips_as_the_box_does_into_empty_capacitors() {
    compare(INRUSH);
}

#[test]
fn a_pack_in_parts_pairs_and_carries_as_the_box_does() {
    compare(PAIRING);
}

#[test]
fn a_pack_in_parts_fails_to_pair_with_a_load_that_runs_as_the_box_does() {
    compare(LIVE_LOAD);
}

#[test]
fn a_pack_in_parts_opens_on_a_short_as_the_box_does() {
    compare(SHORT);
}

/// The charger in it stops at the grid's loss and begins at its return, and a port that is charged in the
/// cold opens.
#[test]
fn a_pack_in_parts_is_charged_as_the_box_is() {
    compare("scenarios/sessy/recovery-after-cut-off-and-return-of-the-grid.json");
    compare("scenarios/sessy/sun-in-the-cold-opens-the-port.json");
}

/// Two of them, of which the comparator of a cell opens one: the other's controller hears nothing.
#[test]
fn packs_in_parts_are_cut_off_as_boxes_are() {
    compare("scenarios/sessy/front-end-cuts-off-when-the-bms-does-not.json");
    compare("scenarios/sessy/one-of-two-drops-out-and-the-other-is-overloaded.json");
}
