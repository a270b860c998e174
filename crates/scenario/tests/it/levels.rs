//! Levels that must stand in order: every declared pair is noticed in a shipped device that has it.

use std::fs;

use blackstart_scenario::{Code, kinds};
use serde_json::Value;

use crate::project::{Project, SMALL, root, small};

/// The pairs, from where they are declared: lower key, operator, upper key.
fn declared() -> Vec<[String; 3]> {
    let mut pairs = Vec::new();
    let text = fs::read_to_string(root().join("crates/scenario/src/sections.rs")).unwrap();
    for block in text.split("=> in order {\n").skip(1) {
        let lines = block.lines().take_while(|line| line.trim() != "}");
        pairs.extend(lines.filter_map(|line| {
            let words: Vec<String> =
                line.trim().trim_end_matches(',').split(' ').map(str::to_owned).collect();
            <[String; 3]>::try_from(words).ok()
        }));
    }
    pairs.retain(|[_, below, _]| below.starts_with('<'));
    let of_kinds = kinds::ALL.iter().flat_map(|kind| kind.levels);
    pairs.extend(of_kinds.map(|pair| [pair.lower, "<", pair.upper].map(str::to_owned)));
    pairs
}

/// A system with a device that has both keys in one section, or on itself: its name, the device's file and the
/// section, empty for the device itself.
fn place_of(lower: &str, upper: &str) -> (String, String, String) {
    let read = |path| serde_json::from_str::<Value>(&fs::read_to_string(path).unwrap()).unwrap();
    for entry in fs::read_dir(root().join("fixtures/systems")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".schema.json") {
            continue;
        }
        let system = read(path.clone());
        for instance in system["instances"].as_object().unwrap().values() {
            let device = format!("fixtures/devices/{}.json", instance["device"].as_str().unwrap());
            let sections = read(root().join(&device));
            let has = |section: &Value| [lower, upper].iter().all(|key| section.get(key).is_some());
            if has(&sections) {
                let system = path.file_stem().unwrap().to_string_lossy().into_owned();
                return (system, device, String::new());
            }
            if let Some((name, _)) = sections.as_object().unwrap().iter().find(|(_, one)| has(one))
            {
                let system = path.file_stem().unwrap().to_string_lossy().into_owned();
                return (system, device, name.clone());
            }
        }
    }
    panic!("no system has a device with `{lower}` and `{upper}`")
}

#[test]
fn every_pair_of_levels_the_wrong_way_round_is_reported_with_both_places() {
    let pairs = declared();
    assert!(pairs.len() >= 25, "{pairs:?}");
    let project = Project::new();
    for [lower, _, upper] in pairs {
        let (system, device, section) = place_of(&lower, &upper);
        let text = fs::read_to_string(project.path(&device)).unwrap();
        let mut changed: Value = serde_json::from_str(&text).unwrap();
        let own = if section.is_empty() { &mut changed } else { &mut changed[&section] };
        let high = own[&upper]["value"].as_f64().unwrap();
        own[&lower]["value"] = Value::from(high.abs() * 1.5 + 1.0);
        project.write(&device, serde_json::to_string_pretty(&changed).unwrap());
        let problems = project.library().system(&system).unwrap_err();
        let found = problems.iter().find(|one| {
            one.code == Code::ReversedLevels
                && one.message.contains(&format!("`{lower}`"))
                && one.message.contains(&format!("`{upper}`"))
        });
        let found =
            found.unwrap_or_else(|| panic!("{system}: `{lower}` above `{upper}` is not noticed"));
        assert!(found.line() > Some(1), "{lower}");
        assert!(found.help.as_ref().is_some_and(|help| help.contains(&device)), "{:?}", found.help);
        project.write(&device, text);
    }
}

#[test]
fn equal_levels_are_in_order_where_nothing_is_undone() {
    let set = |key: &str, value: f64| {
        let new = format!(r#""overrides": {{"sessy-1.{key}": {value}, "#);
        Project::new().load(small(r#""overrides": {"#, &new))
    };
    assert!(set("peak_current_a", 20.0).is_ok(), "the continuous current is 20 A");
    let problems = set("peak_current_a", 19.9).unwrap_err();
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::ReversedLevels]);
    // The scenario's value is the one to change.
    assert_eq!(problems.iter().next().and_then(|one| one.line()), Some(9));
    assert!(SMALL.lines().nth(8).unwrap().contains("overrides"));
}
