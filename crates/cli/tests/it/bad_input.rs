//! Bad command lines and bad files: exit code 2, and nothing is run.

use crate::project::{Project, Seen, blackstart};

/// The command ended with 2, said this, printed no result and the line that shows it again.
fn refused(seen: &Seen, because: &str) {
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains(because), "{}", seen.stderr);
    assert_eq!(seen.stdout, "");
    assert_eq!(seen.reproduce().len(), 1, "{}", seen.stderr);
}

#[test]
fn an_unknown_option_is_refused() {
    let project = Project::new();
    let seen = project.blackstart(&["run", "--sed", "7"]);
    refused(&seen, "unexpected argument '--sed'");
    assert_eq!(seen.reproduce(), ["reproduce: blackstart run --sed 7"]);
}

#[test]
fn a_command_is_needed() {
    assert_eq!(Project::new().blackstart(&[]).code, Some(2));
}

#[test]
fn pipes_and_links_in_circles_among_the_scenarios_are_survived() {
    let project = Project::new();
    project.quiet_scenario("good", -0.001);
    let scenarios = project.path("scenarios");
    std::os::unix::fs::symlink("../scenarios", scenarios.join("circle")).unwrap();
    assert_eq!(project.blackstart(&["check"]).code, Some(0));

    let made = std::process::Command::new("mkfifo").arg(scenarios.join("pipe.json")).status();
    assert!(made.unwrap().success());
    let seen = project.blackstart(&["check"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("not a regular file"), "{}", seen.stderr);
}

#[test]
fn a_seed_is_a_number() {
    refused(&Project::new().blackstart(&["run", "--seed", "seven"]), "'--seed <N>'");
}

#[test]
fn outside_a_project_there_is_nothing_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let seen = blackstart(folder.path(), &["run"]);
    refused(&seen, "no project at or above");
    assert!(seen.stderr.contains("hint: "), "{}", seen.stderr);
    let named = folder.path().to_str().unwrap();
    refused(&Project::new().blackstart(&["list", "--root", named]), "no project at or above");
}

#[test]
fn a_path_that_does_not_exist_is_refused() {
    refused(&Project::new().blackstart(&["run", "scenarios/nowhere.json"]), "nowhere.json");
}

#[test]
fn a_folder_without_scenarios_is_refused() {
    let project = Project::new();
    for command in ["run", "check", "list", "accept"] {
        refused(&project.blackstart(&[command, "scenarios"]), "scenarios");
        refused(&project.blackstart(&[command]), "scenarios");
    }
}

#[test]
fn a_file_that_is_no_scenario_is_refused() {
    let project = Project::new();
    project.write("scenarios/notes.json", "not JSON at all");
    refused(&project.blackstart(&["run", "scenarios/notes.json"]), "notes.json");
    project.write("scenarios/notes.json", b"\xff\xfe{}");
    refused(&project.blackstart(&["run", "scenarios/notes.json"]), "notes.json");
}

#[test]
fn mistakes_of_all_files_are_shown_and_the_good_ones_are_not_run() {
    let project = Project::new();
    project.quiet_scenario("good", -0.001);
    project.scenario_with("one", -0.001, r#", "powr_w": 1"#);
    project.scenario_with("two", -0.001, r#", "tittle": "x""#);
    let seen = project.blackstart(&["run"]);
    refused(&seen, "powr_w");
    refused(&seen, "tittle");
    assert!(!project.path("reports").exists(), "nothing is written");
}

#[test]
fn a_rig_that_does_not_exist_is_refused_before_anything_runs() {
    let project = Project::new();
    project.quiet_scenario("good", -0.001);
    refused(&project.blackstart(&["run", "--rig", "bench-rigs/nowhere.json"]), "nowhere.json");
}

#[test]
fn an_unknown_schema_is_refused_with_the_names_of_all() {
    refused(&Project::new().blackstart(&["schema", "scenarios"]), "there are scenario");
}

#[test]
fn a_place_that_cannot_be_written_is_refused() {
    let project = Project::new();
    project.quiet_scenario("good", -0.001);
    project.write("file", "");
    let seen = project.blackstart(&["run", "--out", "file"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("cannot write"), "{}", seen.stderr);
}

#[test]
fn a_mapping_that_does_not_fit_the_role_is_refused_before_anything_runs() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let dbc = include_str!("../../../../fixtures/dbc/can-bms.dbc");
    project.write("fixtures/dbc/can-bms.dbc", dbc);
    let rig = project.read("bench-rigs/can-bms.json");
    project.write("bench-rigs/can-bms.json", rig.replace("\"port_request\"", "\"port_reqest\""));
    let seen = project.blackstart(&["run", "--rig", "bench-rigs/can-bms.json"]);
    refused(&seen, "did you mean `port_request`?");
    assert!(seen.stderr.contains("scenario/unknown-signal"), "{}", seen.stderr);
}
