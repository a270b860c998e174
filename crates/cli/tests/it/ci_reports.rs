//! What other people's machines read: JUnit, CTRF, GitHub, GitLab, each by its own rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::project::{Project, Seen, command};

fn format(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/formats").join(file)
}

/// One that passes, one that fails with what XML and Markdown have to escape, one that is known to.
fn project() -> Project {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("sub/b", 1000.0);
    let known = r#", "built_in": { "outcome": "fail", "checks": ["port"], "missed_by": "system",
        "reason": [{"id": "grid-is-up", "kind": "state-is", "signal": "grid-1.state", "is": "up"}] }"#;
    project.scenario_with("c", 1000.0, known);
    let text = project.read("scenarios/sub/b.json").replace(r#""id": "port""#, r#""id": "a-b""#);
    project.write("scenarios/sub/b.json", text);
    project
}

/// Whether a document is valid JUnit; nothing where the machine has no validator, which it then says.
fn is_valid_junit(path: &Path) -> Option<bool> {
    let validated = Command::new("xmllint")
        .args(["--noout", "--schema", &format("junit-10.xsd").display().to_string()])
        .arg(path)
        .output();
    let Ok(validated) = validated else {
        assert!(std::env::var_os("BLACKSTART_REQUIRE_XMLLINT").is_none(), "there is no xmllint");
        eprintln!("skipped: there is no xmllint to validate JUnit with");
        return None;
    };
    if !validated.status.success() {
        eprintln!("{}", String::from_utf8_lossy(&validated.stderr));
    }
    Some(validated.status.success())
}

#[test]
fn junit_is_valid_has_the_reason_and_attaches_what_is_there() {
    let project = project();
    let seen = project.blackstart(&["run", "--junit", "j.xml"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    let text = project.read("j.xml");
    let failure = r#"<failure message="a-b: -0.0000180824 V at worst at 0.0 s (at least 1000 V"#;
    assert!(text.contains(failure), "{text}");
    for file in ["plot.png", "story.txt", "verdict.json"] {
        assert!(text.contains(&format!("[[ATTACHMENT|reports/sub/b/{file}]]")), "{text}");
    }
    let time = |part: &str| {
        let at = text.find(part).expect(part);
        text[at..].split(r#"time=""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert!(time(r#"<testcase name="sub/b""#).parse::<f64>().unwrap() > 0.0, "{text}");
    assert_ne!(is_valid_junit(&project.path("j.xml")), Some(false));

    project.blackstart(&["run", "--junit", "j.xml", "--no-plots"]);
    assert!(!project.read("j.xml").contains("plot.png"), "what is not there is not attached");

    // The validator would notice.
    project.write("wrong.xml", text.replace("<failure message", "<failure massage"));
    assert_ne!(is_valid_junit(&project.path("wrong.xml")), Some(true));
}

#[test]
fn ctrf_is_valid_and_counts_what_it_lists() {
    let project = project();
    project.blackstart(&["run", "--ctrf", "ctrf.json", "--no-plots", "--jobs", "1", "--fail-fast"]);
    let document: Value = serde_json::from_str(&project.read("ctrf.json")).unwrap();
    let schema = fs::read_to_string(format("ctrf-schema-0.0.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let mistakes: Vec<String> =
        validator.iter_errors(&document).map(|mistake| mistake.to_string()).collect();
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let tests = document["results"]["tests"].as_array().unwrap();
    let statuses: Vec<&str> = tests.iter().map(|test| test["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["passed", "passed", "failed"]);
    assert_eq!(document["results"]["summary"]["failed"], 1);
    assert!(tests[2]["message"].as_str().unwrap().starts_with("a-b: -0.0000180824 V at worst"));
    let mut wrong = document.clone();
    wrong["results"]["tests"][0]["status"] = "green".into();
    assert!(!validator.is_valid(&wrong), "the validator would notice");
}

#[test]
fn gitlab_has_one_entry_for_each_that_is_not_as_expected_at_its_file() {
    let project = project();
    project.blackstart(&["run", "--gitlab", "quality.json", "--no-plots"]);
    let entries: Value = serde_json::from_str(&project.read("quality.json")).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    let entry = &entries[0];
    for key in ["description", "check_name", "fingerprint", "severity", "location"] {
        assert!(!entry[key].is_null(), "{key}: {entry}");
    }
    assert_eq!(entry["location"]["path"], "scenarios/sub/b.json");
    assert_eq!(entry["location"]["lines"]["begin"], 1);
    assert!(
        entry["description"].as_str().unwrap().contains("a-b: -0.0000180824 V at worst"),
        "{entry}"
    );
}

fn on_github(project: &Project, more: &[&str]) -> Seen {
    let words: Vec<&str> = ["run", "--no-plots"].iter().chain(more).copied().collect();
    command(project.root(), &words)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", project.path("summary.md"))
        .output()
        .unwrap()
        .into()
}

#[test]
fn github_annotates_the_file_and_the_summary_grows() {
    let project = project();
    project.write("summary.md", "before\n");
    let seen = on_github(&project, &["--format", "json"]);
    let annotation =
        "::error file=scenarios/sub/b.json,title=sub/b (built-in)::a-b: -0.0000180824 V at worst";
    let lines: Vec<&str> = seen.stderr.lines().filter(|line| line.starts_with("::")).collect();
    assert!(lines.len() == 1 && lines[0].starts_with(annotation), "{}", seen.stderr);
    let machine = |line: &str| serde_json::from_str::<Value>(line).is_ok();
    assert!(seen.stdout.lines().all(machine), "annotations stay out of what machines read");
    let summary = project.read("summary.md");
    let head = "before\n### Blackstart, built-in: 2 of 3 as expected\n";
    assert!(summary.starts_with(head), "{summary}");
    assert!(summary.contains("| sub/b | fail | a-b: -0.0000180824 V at worst"), "{summary}");
    assert!(!summary.contains("| c |"), "{summary}");
    let elsewhere = project.blackstart(&["run", "--no-plots"]);
    assert!(!elsewhere.stderr.contains("::error"), "{}", elsewhere.stderr);
}
