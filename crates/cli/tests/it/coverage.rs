//! `coverage` from outside, and whether what it claims is true.

use serde_json::Value;

use crate::project::Project;

const FACTS: &str = r#"{
  "schema": 1,
  "kind": "facts",
  "title": "What the manual says",
  "documents": {"manual": "The manual", "leaflet": "The leaflet"},
  "facts": [
    {"id": "SESSY-01", "kind": "behaviour", "document": "manual", "section": "1", "says": "It holds."},
    {"id": "SESSY-02", "kind": "limit", "document": "manual", "section": "2", "says": "20 A."},
    {"id": "SESSY-15", "kind": "procedure", "document": "leaflet", "section": "1", "says": "Fix it.",
     "cannot": "nobody sees it"},
    {"id": "SESSY-27", "kind": "documented-only", "document": "leaflet", "section": "2", "says": "A lamp."}
  ]
}
"#;

fn project() -> Project {
    let project = Project::new();
    project.write("fixtures/facts.json", FACTS);
    project
}

#[test]
fn a_fact_has_its_scenarios_with_their_verdicts_or_the_reason_why_not() {
    let project = project();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("b", -0.001);
    assert_eq!(project.blackstart(&["accept", "scenarios/b.json", "--no-plots"]).code, Some(0));
    let seen = project.blackstart(&["coverage"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    insta::assert_snapshot!("coverage", seen.stdout);
}

#[test]
fn coverage_of_some_scenarios_counts_only_those() {
    let project = project();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("deeper/b", -0.001);
    let seen = project.blackstart(&["coverage", "scenarios/deeper", "--format", "json"]);
    let coverage: Value = serde_json::from_str(&seen.stdout).unwrap();
    let covering = coverage["facts"][0]["scenarios"].as_array().unwrap();
    assert_eq!(covering.len(), 1);
    assert_eq!(covering[0]["scenario"], "deeper/b");
    assert_eq!(coverage["facts"][1]["state"], "not-covered");
    assert_eq!(coverage["totals"][2]["document"], "all");
    assert_eq!(coverage["totals"][2]["all"]["covered"], 1);
    assert_eq!(coverage["totals"][2]["all"]["of"], 2);
}

#[test]
fn a_project_without_facts_is_shown_where_they_would_stand() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let seen = project.blackstart(&["coverage"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("fixtures/facts.json"), "{}", seen.stderr);
    assert!(seen.stderr.contains("hint: "), "{}", seen.stderr);
}

#[test]
fn a_scenario_that_covers_an_unknown_fact_is_refused() {
    let project = project();
    project.scenario_with("a", -0.001, "");
    let text = project.read("scenarios/a.json").replace("SESSY-01", "SESSY-99");
    project.write("scenarios/a.json", text);
    for command in ["coverage", "check", "run"] {
        let seen = project.blackstart(&[command]);
        assert_eq!(seen.code, Some(2), "{command}");
        assert!(seen.stderr.contains("scenario/unknown-fact"), "{}", seen.stderr);
    }
}

#[test]
fn a_broken_accepted_verdict_is_refused_and_named() {
    let project = project();
    project.quiet_scenario("a", -0.001);
    project.write("reports/accepted/built-in/a.json", "{}");
    for arguments in [&["coverage"][..], &["list", "--index"]] {
        let seen = project.blackstart(arguments);
        assert_eq!(seen.code, Some(2));
        assert!(seen.stderr.contains("built-in/a.json"), "{}", seen.stderr);
    }
}
