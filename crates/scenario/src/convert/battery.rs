//! A battery in one box, as files of before described it, as an assembly on top of the shipped home battery: the
//! same parts, with the numbers of its sections.

use serde_json::{Map, Value, json};

use super::table::{MOVED, WHOLE};

/// The shipped battery that it stands on.
const BASE: &str = "sessy-5-4-kwh";

/// The text of a battery in one box as an assembly; `None` of any other file, and the reason why not.
pub(super) fn in_parts(text: &str) -> Option<Result<String, String>> {
    let whole: Value = serde_json::from_str(text).ok()?;
    let of_kind = |key: &str, word: &str| whole[key] == word;
    (of_kind("kind", "device") && of_kind("type", "battery")).then(|| drawn(&whole))
}

fn drawn(whole: &Value) -> Result<String, String> {
    let mut file = json!({"type": "assembly", "extends": BASE});
    let mut parts: Map<String, Value> = Map::new();
    let mut put = |place: &str, value: Value| {
        if let Some((part, key)) = place.split_once('.') {
            parts.entry(part).or_insert_with(|| json!({}))[key] = value;
        }
    };
    for (section, own) in whole.as_object().into_iter().flatten() {
        let known = |of: &&str| *of == section.as_str();
        match section.as_str() {
            "type" => {}
            "$schema" | "schema" | "kind" | "title" | "why" | "conflicts" => {
                file[section] = own.clone();
            }
            "open_circuit_voltage" => put("cells.open_circuit_voltage", own.clone()),
            name if WHOLE.iter().map(|one| one.0).any(|of| known(&of)) => {
                let part = WHOLE.iter().find(|one| one.0 == name).map_or("", |one| one.1);
                for (key, value) in own.as_object().into_iter().flatten() {
                    let part = if key == "paired" { "inputs" } else { part };
                    put(&format!("{part}.{key}"), value.clone());
                }
            }
            "power_stage" | "precharge" | "front_end" => {
                for (key, value) in own.as_object().into_iter().flatten() {
                    numbers(section, key, value, &mut put)?;
                }
            }
            other => return Err(format!("its section `{other}` is drawn by hand now, of parts")),
        }
    }
    file["parts"] = Value::Object(parts);
    serde_json::to_string_pretty(&file).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// Puts one number of a section where it stands now.
fn numbers(
    section: &str,
    key: &str,
    value: &Value,
    put: &mut impl FnMut(&str, Value),
) -> Result<(), String> {
    // The resistor has temperatures now.
    if matches!(key, "precharge_rating_j" | "why") {
        return Ok(());
    }
    let row = MOVED.iter().find(|row| (row.0, row.1) == (section, key));
    let Some(&(_, _, places, factor)) = row else {
        return Err(format!("`{section}.{key}` has no place in a part"));
    };
    places.iter().for_each(|place| put(place, scaled(value, factor)));
    Ok(())
}

/// A number with its source, in another unit.
fn scaled(entry: &Value, factor: f64) -> Value {
    let mut entry = entry.clone();
    // No change of unit must leave the dust of a multiplication.
    let more = |value: &Value| json!((value.as_f64().unwrap_or(0.0) * factor * 1e6).round() / 1e6);
    if factor != 1.0 {
        entry["value"] = more(&entry["value"]);
        if let Some(range) = entry.get("range").and_then(Value::as_array).cloned() {
            entry["range"] = range.iter().map(more).collect();
        }
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted(more: Value) -> Result<Value, String> {
        let mut file = json!({
            "schema": 1, "kind": "device", "type": "battery", "title": "A pack",
            "cells": {"capacity_ah": {"value": 90, "source": "datasheet", "document": "a sheet"}},
            "bms": {"paired": {"value": 0, "source": "derived", "from": "new"}},
            "front_end": {"ocd_delay_ms": {"value": 3.2, "source": "guess", "range": [1.6, 6.4], "why": "?"}}
        });
        for (key, value) in more.as_object().unwrap() {
            file[key] = value.clone();
        }
        in_parts(&file.to_string()).unwrap().map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn a_battery_in_one_box_becomes_an_assembly_with_its_numbers() {
        let file = converted(json!({})).unwrap();
        assert_eq!((&file["type"], &file["title"]), (&json!("assembly"), &json!("A pack")));
        let parts = &file["parts"];
        assert_eq!(parts["cells"]["capacity_ah"]["value"], 90);
        assert_eq!(parts["ocd"]["delay_us"]["value"], 3200.0);
        assert_eq!(parts["ocd"]["delay_us"]["range"], json!([1600.0, 6400.0]));
        assert_eq!(parts["inputs"]["paired"]["value"], 0);
    }

    #[test]
    fn what_has_no_place_is_left_with_the_reason() {
        let why = converted(json!({"contactor": {}})).unwrap_err();
        assert!(why.contains("contactor"), "{why}");
        let why = converted(json!({"front_end": {"colour": 1}})).unwrap_err();
        assert!(why.contains("front_end.colour"), "{why}");
        assert!(in_parts(r#"{"kind": "device", "type": "fuse"}"#).is_none());
        assert!(in_parts("{").is_none());
    }
}
