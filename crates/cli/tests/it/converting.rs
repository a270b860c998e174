//! `convert`: files of an older format, moved in place.

use std::fs;

use crate::project::Project;

/// The keys of a project's files under the names that they had once.
fn aged(project: &Project) {
    for (below, new, old) in [
        ("fixtures/devices/sessy-5-4-kwh.json", "\"ambient_", "\"surroundings_"),
        ("scenarios/quiet.json", ".ambient_", ".surroundings_"),
    ] {
        let text = project.read(below);
        assert!(text.contains(new), "{below} has no {new}");
        project.write(below, text.replace(new, old));
    }
}

fn quiet() -> Project {
    let project = Project::new();
    let warm = r#", "initial": { "sessy-1.soc_pct": 50 },
  "overrides": { "sessy-1.ambient_temperature_c": 30 }"#;
    project.scenario_with("quiet", -0.001, warm);
    project
}

#[test]
fn a_project_of_an_older_format_runs_after_convert_and_twice_is_once() {
    let project = quiet();
    let device = "fixtures/devices/sessy-5-4-kwh.json";
    let (newest, scenario) = (project.read(device), project.read("scenarios/quiet.json"));
    aged(&project);
    assert_eq!(project.blackstart(&["run", "--no-plots"]).code, Some(2));

    let seen = project.blackstart(&["convert", "."]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let line = "./fixtures/devices/sessy-5-4-kwh.json: \
                surroundings_temperature_c -> ambient_temperature_c (3 times)";
    assert!(seen.stdout.lines().any(|said| said == line), "{}", seen.stdout);
    assert!(seen.stderr.contains("2 files moved to the newest format"), "{}", seen.stderr);
    assert_eq!(project.read(device), newest);
    assert_eq!(project.read("scenarios/quiet.json"), scenario);
    assert_eq!(project.blackstart(&["run", "--no-plots"]).code, Some(0));

    let again = project.blackstart(&["convert", "."]);
    assert_eq!((again.code, again.stdout.as_str()), (Some(0), ""));
    assert!(again.stderr.contains("0 files moved"), "{}", again.stderr);
}

#[test]
fn what_it_does_not_understand_is_left_with_a_sentence_and_is_no_failure() {
    let project = quiet();
    aged(&project);
    let broken = r#"{"kind": "device", "standing_ma": 1,, }"#;
    project.write("fixtures/devices/broken.json", broken);
    project.write("fixtures/devices/latin.json", b"{\"kind\": \"device\", \"t\": \"\xe9\"}");
    let both = r#"{"kind": "device", "standing_ma": 1, "quiescent_ma": 1}"#;
    project.write("fixtures/devices/both.json", both);
    // What runs wrote is theirs.
    project.write("reports/old.json", r#"{"kind": "device", "standing_ma": 1}"#);
    fs::create_dir(project.path("fixtures/empty")).unwrap();
    let seen = project.blackstart(&["convert", "."]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    for left in [
        "left as it is: ./fixtures/devices/broken.json: line 1: not JSON",
        "left as it is: ./fixtures/devices/latin.json: it cannot be read as text",
        "left as it is: ./fixtures/devices/both.json: it has `standing_ma`, and `quiescent_ma`",
        "2 files moved to the newest format",
        "3 left as they are",
    ] {
        assert!(seen.stderr.contains(left), "{left}: {}", seen.stderr);
    }
    assert_eq!(project.read("fixtures/devices/broken.json"), broken);
    assert_eq!(project.read("fixtures/devices/both.json"), both);
    assert!(project.read("reports/old.json").contains("standing_ma"));

    assert_eq!(project.blackstart(&["convert", "nowhere"]).code, Some(2));
    let one = project.blackstart(&["convert", "reports/old.json"]);
    assert_eq!(one.stdout, "reports/old.json: standing_ma -> quiescent_ma\n");
}

#[test]
fn the_shipped_files_are_of_the_newest_format() {
    let project = Project::new();
    let seen = project.blackstart(&["convert", "."]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(0), ""));
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
    let folder = tempfile::tempdir().unwrap();
    crate::project::copy(scenarios.as_ref(), folder.path());
    let seen = crate::project::blackstart(folder.path(), &["convert", "."]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(0), ""));
}
