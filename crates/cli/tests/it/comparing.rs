//! `diff`, and `run` on several builds.

use std::fs;

use serde_json::Value;

use crate::project::Project;

#[test]
fn two_runs_of_one_build_are_the_same_and_a_changed_one_is_reported_and_drawn() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    assert_eq!(project.blackstart(&["run", "--out", "a"]).code, Some(0));
    assert_eq!(project.blackstart(&["run", "--out", "b"]).code, Some(0));
    let same = project.blackstart(&["diff", "a", "b", "--out", "d"]);
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    assert!(!project.path("d").exists());

    let wanting = r#", "overrides": { "sessy-1.electronics.asleep_w": 900 }"#;
    project.scenario_with("quiet", 5.0, wanting);
    assert_eq!(project.blackstart(&["run", "--out", "b"]).code, Some(1));
    let changed = project.blackstart(&["diff", "a", "b", "--out", "d"]);
    assert_eq!(changed.code, Some(1));
    let failed = project.blackstart(&["run", "--out", "b", "--no-plots", "--junit", "j.xml"]);
    assert_eq!(failed.code, Some(1));
    assert!(project.read("j.xml").contains(r#"failures="1""#));
    assert!(changed.stdout.starts_with("pass -> fail"), "{}", changed.stdout);
    assert!(fs::metadata(project.path("d/quiet/diff.svg")).unwrap().len() > 1000);

    let nothing = project.blackstart(&["diff", "a", "scenarios"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("no verdict"), "{}", nothing.stderr);
}

#[test]
fn by_field_says_how_often_how_far_and_where_of_accepted_verdicts_and_of_runs() {
    let project = Project::new();
    let drain = |watts: u32| {
        let drain = format!(r#", "overrides": {{ "sessy-1.electronics.asleep_w": {watts} }}"#);
        for name in ["sub/one", "two"] {
            project.scenario_with(name, -0.001, &drain);
        }
    };
    drain(1);
    project.quiet_scenario("never-moves", -0.001);
    assert_eq!(project.blackstart(&["accept", "--no-plots"]).code, Some(0));
    fs::rename(project.path("reports/accepted"), project.path("before")).unwrap();
    drain(2);
    project.quiet_scenario("another", -0.001);
    assert_eq!(project.blackstart(&["accept", "--no-plots", "--out", "runs"]).code, Some(0));

    let by_field = |a: &str, b: &str, format: &str| {
        let seen = project.blackstart(&["diff", a, b, "--by", "field", "--format", format]);
        (seen.code, seen.stdout)
    };
    let (code, text) = by_field("before", "reports/accepted", "json");
    assert_eq!(code, Some(1), "{text}");
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!([&found["both"], &found["equal"], &found["only_second"]], [3, 1, 1]);
    let fields = found["fields"].as_array().unwrap();
    let drain = fields.iter().find(|one| one["field"] == "energy.sources_j");
    let drain = drain.unwrap_or_else(|| panic!("{text}"));
    assert_eq!(drain["verdicts"], 2);
    // One watt more for a tenth of a second.
    let largest = drain["by"]["largest"].as_f64().unwrap();
    assert!((largest - 0.1).abs() < 1e-3, "{largest}");
    assert_eq!(drain["by"]["largest_at"]["scenario"], "sub/one");
    assert_eq!(fields.last().unwrap()["field"], "trace_digest");

    // What the runs wrote is what was accepted.
    assert_eq!(by_field("runs", "reports/accepted", "json").0, Some(0));
    let (_, lines) = by_field("before/built-in", "runs", "human");
    let headline = "3 verdicts in both: 1 equal (0 of them with another trace), 2 not; \
                    0 in the first only, 1 in the second only";
    assert_eq!(lines.lines().next(), Some(headline));
    assert!(lines.contains("\nenergy.sources_j  in 2 of 3 verdicts"), "{lines}");
    assert!(lines.contains(" at most, "), "{lines}");
}

#[test]
fn several_builds_give_a_table_and_a_folder_each() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    for name in ["n", "n-plus-1"] {
        let rig = r#"{"schema":1,"kind":"rig","title":"nothing plugged in","bindings":{}}"#;
        project.write(&format!("bench-rigs/{name}.json"), rig);
    }
    let arguments = [
        "run",
        "--no-plots",
        "--rig",
        "bench-rigs/n.json",
        "--rig",
        "bench-rigs/n-plus-1.json",
        "--junit",
        "j.xml",
    ];
    let seen = project.blackstart(&arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let table: Vec<&str> = seen.stdout.lines().skip(2).collect();
    assert_eq!(table, ["       n     n-plus-1", "quiet  pass  pass"]);
    let junit = project.read("j.xml");
    for suite in [r#"testsuite name="n""#, r#"testsuite name="n-plus-1""#] {
        assert!(junit.contains(suite), "{junit}");
    }
    assert!(junit.contains(r#"tests="2""#) && junit.contains(r#"failures="0""#), "{junit}");
    assert!(project.path("reports/n/quiet/verdict.json").exists());
    assert!(project.path("reports/n-plus-1/quiet/verdict.json").exists());
}
