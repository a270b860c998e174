//! `check`, `list` and `schema`.

use crate::project::Project;

#[test]
fn a_list_names_every_scenario_once_with_its_facts() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("deeper/b", -0.001);
    let seen = project.blackstart(&["list", "scenarios", "scenarios/a.json"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(
        seen.stdout,
        "a         nothing happens  [SESSY-01]\ndeeper/b  nothing happens  [SESSY-01]\n"
    );
}

#[test]
fn a_list_for_machines_is_one_object_a_line() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let seen = project.blackstart(&["list", "--format", "json"]);
    let entry: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    assert_eq!(entry["scenario"], "a");
    assert_eq!(entry["path"], "scenarios/a.json");
    assert_eq!(entry["covers"][0], "SESSY-01");
}

#[test]
fn a_project_is_found_from_the_path_upward_and_from_the_folder_one_is_in() {
    let project = Project::new();
    project.quiet_scenario("deeper/a", -0.001);
    let elsewhere = tempfile::tempdir().unwrap();
    let path = project.path("scenarios/deeper/a.json");
    let seen = crate::project::blackstart(elsewhere.path(), &["list", path.to_str().unwrap()]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let seen = crate::project::blackstart(&project.path("scenarios/deeper"), &["list"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
}

#[test]
fn a_sound_scenario_checks_without_being_run() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let seen = project.blackstart(&["check"]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(0), "ok  a\n"), "{}", seen.stderr);
    assert!(!project.path("reports").exists());
}

/// Of a shipped system, from the folder of the repository.
fn of_system(name: &str) -> crate::project::Seen {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    crate::project::blackstart(&root, &["check", &format!("fixtures/systems/{name}.json")])
}

#[test]
fn a_system_is_shown_what_is_wrong_with_it_and_which_documents_say_so() {
    let seen = of_system("smart-bms-cl-on-24-v");
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    insta::assert_snapshot!(seen.stdout);
}

#[test]
fn a_system_that_must_not_be_built_ends_with_1() {
    let seen = of_system("sessy-ntu-1200-224eu");
    assert_eq!(seen.code, Some(1), "{}", seen.stdout);
    assert!(seen.stdout.contains("  fatal    inverter-1: "), "{}", seen.stdout);
}

#[test]
fn a_system_without_a_fault_holds_together() {
    let seen = of_system("small-bms-ng-twenty-five-48-v");
    // What a manual contradicts itself in is a note.
    assert!(!seen.stdout.contains("  warning"), "{}", seen.stdout);
    assert!(seen.stdout.ends_with("  holds together: it breaks no rule\n"), "{}", seen.stdout);
}

#[test]
fn every_schema_is_listed_and_prints_as_json() {
    let project = Project::new();
    let names = project.blackstart(&["schema"]).stdout;
    assert!(names.lines().any(|name| name == "scenario"), "{names}");
    for name in names.lines() {
        let seen = project.blackstart(&["schema", name]);
        assert!(serde_json::from_str::<serde_json::Value>(&seen.stdout).unwrap().is_object());
    }
}
