//! What stands beside the code, and must not drift from it: schemas and error pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use blackstart_scenario::{Code, schemas};
use serde_json::Value;

use crate::project::{SMALL, root, small};

/// Set to write the schemas instead of comparing them:
/// `BLACKSTART_WRITE_SCHEMAS=1 cargo test -p blackstart-scenario schemas`.
const WRITE: &str = "BLACKSTART_WRITE_SCHEMAS";

fn beside_the_files(name: &str) -> PathBuf {
    let folder = match name {
        "scenario.schema.json" => "scenarios",
        "system.schema.json" => "fixtures/systems",
        "device.schema.json" => "fixtures/devices",
        "rig.schema.json" => "bench-rigs",
        "facts.schema.json" => "fixtures",
        other => panic!("no folder for {other}"),
    };
    root().join(folder).join(name)
}

fn schema(name: &str) -> jsonschema::Validator {
    let (_, schema) = schemas().into_iter().find(|(found, _)| *found == name).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn checked_in_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
        let path = beside_the_files(name);
        if std::env::var_os(WRITE).is_some() {
            fs::write(&path, text).unwrap();
        } else {
            let found = fs::read_to_string(&path).unwrap_or_default();
            assert!(found == text, "{name} has drifted: run with {WRITE}=1");
        }
    }
}

#[test]
fn schemas_accept_every_shipped_file() {
    for (name, folder) in [
        ("scenario.schema.json", "scenarios/sessy"),
        ("system.schema.json", "fixtures/systems"),
        ("device.schema.json", "fixtures/devices"),
        ("rig.schema.json", "bench-rigs"),
        ("facts.schema.json", "fixtures"),
    ] {
        let validator = schema(name);
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.to_string_lossy().ends_with(".schema.json") {
                continue;
            }
            let file: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let wrong: Vec<String> = validator.iter_errors(&file).map(|e| e.to_string()).collect();
            assert!(wrong.is_empty(), "{}: {wrong:?}", path.display());
        }
    }
}

#[test]
fn schemas_reject_what_the_loader_rejects() {
    let scenario = schema("scenario.schema.json");
    let accepts = |text: &str| scenario.is_valid(&serde_json::from_str(text).unwrap());
    assert!(accepts(SMALL));
    for (old, new) in [
        (r#""power_w": 500"#, r#""powr_w": 500"#),
        (r#""power_w": 500"#, r#""power_w": "much""#),
        (r#""do": "set-load""#, r#""do": "set-lod""#),
        (r#""kind": "stays""#, r#""kind": "stay""#),
        (r#""schema": 1"#, r#""schema": 2"#),
        (r#""title": "Small","#, ""),
    ] {
        assert!(!accepts(&small(old, new)), "{new}");
    }
}

#[test]
fn the_device_schema_rejects_a_bare_number_and_a_missing_parameter() {
    let validator = schema("device.schema.json");
    let path = root().join("fixtures/devices/house-load.json");
    let mut device: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert!(validator.is_valid(&device));
    device["demand"]["power_w"] = Value::from(500);
    assert!(!validator.is_valid(&device));
    device["demand"].as_object_mut().unwrap().remove("power_w");
    assert!(!validator.is_valid(&device));
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.name().to_owned()).collect();
    let folder = root().join("docs/errors/scenario");
    let pages: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(codes, pages);
}

#[test]
fn a_page_names_its_code_shows_an_example_and_a_fix() {
    for code in Code::ALL {
        let path = root().join(format!("docs/errors/scenario/{}.md", code.name()));
        let page = fs::read_to_string(path).unwrap_or_default();
        assert!(page.starts_with(&format!("# {code}\n")), "{code}: title");
        for part in ["\n## Example\n", "\n## Fix\n"] {
            assert!(page.contains(part), "{code}: {part}");
        }
    }
}
