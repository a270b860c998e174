//! `docs/writing-scenarios.md`: each of its examples is a sound scenario, and none is forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use crate::project::{Project, blackstart};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/writing-scenarios.md");
    fs::read_to_string(path).unwrap()
}

/// Every JSON example of the page, in its order.
fn examples() -> Vec<Map<String, Value>> {
    let page = page();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let parse =
        |block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}\n{block}"));
    blocks.map(parse).collect()
}

/// The examples as whole scenarios: what one leaves out is as in the first.
fn scenarios() -> Vec<Map<String, Value>> {
    let examples = examples();
    let first = examples[0].clone();
    let whole = |example| {
        let mut scenario = first.clone();
        scenario.extend(example);
        scenario
    };
    examples.into_iter().map(whole).collect()
}

/// A project that holds the examples and the shipped facts.
fn project() -> Project {
    let project = Project::new();
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/facts.json");
    project.write("fixtures/facts.json", fs::read(facts).unwrap());
    for (number, scenario) in scenarios().into_iter().enumerate() {
        let text = serde_json::to_string_pretty(&scenario).unwrap();
        project.write(&format!("scenarios/guide/example-{number:02}.json"), text);
    }
    project
}

#[test]
fn every_example_of_the_guide_is_a_sound_scenario() {
    let seen = project().blackstart(&["check"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(seen.stdout.lines().count(), scenarios().len());
}

#[test]
fn the_first_example_of_the_guide_passes_and_can_be_accepted() {
    let project = project();
    let path = "scenarios/guide/example-00.json";
    let seen = project.blackstart(&["accept", path, "--no-plots"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let seen = project.blackstart(&["run", path, "--no-plots", "--accepted", "reports/accepted"]);
    assert!(seen.stdout.starts_with("pass "), "{}", seen.stdout);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
}

#[test]
fn what_the_guide_calls_a_known_fail_is_one() {
    let project = project();
    let known = scenarios().iter().position(|scenario| scenario.contains_key("built_in")).unwrap();
    let path = format!("scenarios/guide/example-{known:02}.json");
    let seen = project.blackstart(&["run", &path, "--no-plots"]);
    assert!(seen.stdout.starts_with("known fail "), "{}", seen.stdout);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
}

#[test]
fn the_guide_shows_every_action_and_every_kind_of_check() {
    let schema = blackstart(Path::new("."), &["schema", "scenario"]).stdout;
    let schema: Value = serde_json::from_str(&schema).unwrap();
    for (definition, list, tag) in
        [("EventEntry", "events", "do"), ("CheckEntry", "checks", "kind")]
    {
        let branches = schema["$defs"][definition]["oneOf"].as_array().unwrap();
        let known = branches.iter().map(|one| one["properties"][tag]["const"].clone());
        let known: BTreeSet<String> = known.map(|word| word.as_str().unwrap().to_owned()).collect();
        let shown = examples().into_iter().filter_map(|mut example| example.remove(list));
        let shown = shown.flat_map(|list| list.as_array().unwrap().clone());
        let shown: BTreeSet<String> =
            shown.map(|one| one[tag].as_str().unwrap().to_owned()).collect();
        assert_eq!(shown, known, "{list}");
    }
}

#[test]
fn every_word_of_a_result_line_is_explained() {
    let words =
        ["pass", "known fail", "missed anyway", "FAIL", "unexpected pass", "inconclusive", "ERROR"];
    for word in words {
        assert!(page().contains(&format!("\n| `{word}` |")), "{word}");
    }
}
