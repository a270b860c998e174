//! Levels that must stand in order: every declared pair is noticed in a shipped device that has it.

use std::fs;

use blackstart_scenario::{Code, kinds};
use serde_json::{Value, json};

use crate::project::{Project, SMALL, root, small};

/// The pairs, from where they are declared: lower key, operator, upper key.
fn declared() -> Vec<[String; 3]> {
    let of_kinds = kinds::ALL.iter().flat_map(|kind| kind.levels);
    of_kinds.map(|pair| [pair.lower, "<", pair.upper].map(str::to_owned)).collect()
}

/// Where both keys stand beside each other, below a value.
fn beside(value: &Value, keys: [&str; 2], at: &str) -> Option<String> {
    let object = value.as_object()?;
    if keys.iter().all(|key| object.contains_key(*key)) {
        return Some(at.to_owned());
    }
    object.iter().find_map(|(name, one)| beside(one, keys, &format!("{at}/{name}")))
}

/// A system with a device that has both keys beside each other: its name, the device's file and where there.
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
            if let Some(at) = beside(&read(root().join(&device)), [lower, upper], "") {
                let system = path.file_stem().unwrap().to_string_lossy().into_owned();
                return (system, device, at);
            }
        }
    }
    panic!("no system has a device with `{lower}` and `{upper}`")
}

/// What files of assemblies say: the file, and the paths of both numbers in it.
fn said_by_assemblies() -> Vec<(String, [String; 2])> {
    let mut said = Vec::new();
    for entry in fs::read_dir(root().join("fixtures/devices")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for line in file.get("levels").and_then(Value::as_array).into_iter().flatten() {
            let (lower, upper) = line.as_str().unwrap().split_once(" <").unwrap();
            let upper = upper.trim_start_matches(['=', ' ']);
            let paths = [lower, upper].map(|path| format!("/parts/{}", path.replace('.', "/")));
            said.push((format!("fixtures/devices/{name}"), paths));
        }
    }
    said
}

/// A system that takes a device, or one that extends it.
fn system_with(device: &str) -> String {
    let wanted = device.trim_start_matches("fixtures/devices/").trim_end_matches(".json");
    let said_in = |folder: &str, key: &str| {
        let mut files = fs::read_dir(root().join(folder)).unwrap();
        let path = files.find_map(|entry| {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            text.contains(&format!("\"{key}\": \"{wanted}\"")).then_some(path)
        });
        path.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
    };
    said_in("fixtures/systems", "device")
        .unwrap_or_else(|| system_with(&said_in("fixtures/devices", "extends").unwrap()))
}

#[test]
fn levels_of_two_parts_the_wrong_way_round_are_reported_with_both_places() {
    let all = said_by_assemblies();
    assert!(all.len() >= 2, "{all:?}");
    for (device, [lower, upper]) in all {
        let project = Project::new();
        let text = fs::read_to_string(project.path(&device)).unwrap();
        let mut changed: Value = serde_json::from_str(&text).unwrap();
        let high = changed.pointer(&upper).unwrap()["value"].as_f64().unwrap();
        // A guess that would not be within its range is another mistake.
        *changed.pointer_mut(&lower).unwrap() =
            json!({"value": high.abs() * 1.5 + 1.0, "source": "derived", "from": "a test"});
        project.write(&device, changed.to_string());
        let problems = project.library().system(&system_with(&device)).unwrap_err();
        let codes: Vec<Code> = problems.iter().map(|one| one.code).collect();
        assert!(codes.iter().all(|&code| code == Code::ReversedLevels), "{lower}: {codes:?}");
        let message = &problems.iter().next().unwrap().message;
        let named = |path: &str| path.trim_start_matches("/parts/").replace('/', ".");
        assert!(message.contains(&named(&lower)) && message.contains(&named(&upper)), "{message}");
    }
}

#[test]
fn what_an_assembly_says_of_levels_is_held_against_what_is_set_and_must_make_sense() {
    let set = |value: f64| {
        let new = format!(r#""overrides": {{"sessy-1.ocd.threshold_a": {value}, "#);
        Project::new().load(small(r#""overrides": {"#, &new))
    };
    assert!(set(100.0).is_ok(), "equal to that of a short circuit");
    let problems = set(100.1).unwrap_err();
    let first = problems.iter().next().unwrap();
    assert_eq!((first.code, first.line()), (Code::ReversedLevels, Some(9)));
    for (instead, code) in [
        ("ocd.threshold_a over scd.threshold_a", Some(Code::UnknownWord)),
        ("ocd.threshold_a<=scd.threshold_a", Some(Code::UnknownWord)),
        ("ocd.delay_us <= scd.threshold_a", Some(Code::WrongUnit)),
        ("ocd.threshold_a <= scd.treshold_a", Some(Code::UnknownKey)),
        // In microseconds and milliseconds.
        ("ocd.delay_us < ovp.delay_ms", None),
        ("ovp.delay_ms < ocd.delay_us", Some(Code::ReversedLevels)),
    ] {
        let project = Project::new();
        let device = "fixtures/devices/sessy-5-4-kwh.json";
        project.edit(device, "ocd.threshold_a <= scd.threshold_a", instead);
        let problems = project.load(SMALL).err();
        let found = problems.iter().flat_map(|all| all.iter()).map(|one| one.code);
        assert_eq!(found.collect::<Vec<_>>(), code.into_iter().collect::<Vec<_>>(), "{instead}");
    }
}

#[test]
fn every_pair_of_levels_the_wrong_way_round_is_reported_with_both_places() {
    let pairs = declared();
    assert!(pairs.len() >= 24, "{pairs:?}");
    let project = Project::new();
    for [lower, _, upper] in pairs {
        let (system, device, at) = place_of(&lower, &upper);
        let text = fs::read_to_string(project.path(&device)).unwrap();
        let mut changed: Value = serde_json::from_str(&text).unwrap();
        let own = changed.pointer_mut(&at).unwrap();
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
    assert!(set("rating.peak_current_a", 20.0).is_ok(), "the continuous current is 20 A");
    let problems = set("rating.peak_current_a", 19.9).unwrap_err();
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), [Code::ReversedLevels]);
    // The scenario's value is the one to change.
    assert_eq!(problems.iter().next().and_then(|one| one.line()), Some(9));
    assert!(SMALL.lines().nth(8).unwrap().contains("overrides"));
}
