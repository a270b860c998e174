//! `diff`, and `run` on several builds.

use std::fs;

use crate::project::Project;

#[test]
fn two_runs_of_one_build_are_the_same_and_a_changed_one_is_told_and_drawn() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    assert_eq!(project.blackstart(&["run", "--out", "a"]).code, Some(0));
    assert_eq!(project.blackstart(&["run", "--out", "b"]).code, Some(0));
    let same = project.blackstart(&["diff", "a", "b", "--out", "d"]);
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    assert!(!project.path("d").exists());

    let wanting = r#", "overrides": { "sessy-1.standing_drain_w": 900 }"#;
    project.scenario_with("quiet", 5.0, wanting);
    assert_eq!(project.blackstart(&["run", "--out", "b"]).code, Some(1));
    let changed = project.blackstart(&["diff", "a", "b", "--out", "d"]);
    assert_eq!(changed.code, Some(1));
    assert!(changed.stdout.starts_with("pass -> fail"), "{}", changed.stdout);
    assert!(fs::metadata(project.path("d/quiet/diff.svg")).unwrap().len() > 1000);

    let nothing = project.blackstart(&["diff", "a", "scenarios"]);
    assert_eq!(nothing.code, Some(2));
    assert!(nothing.stderr.contains("no verdict"), "{}", nothing.stderr);
}

#[test]
fn several_builds_give_a_table_and_a_folder_each() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    for name in ["n", "n-plus-1"] {
        let rig = r#"{"schema":1,"kind":"rig","title":"nothing plugged in","bindings":{}}"#;
        project.write(&format!("bench-rigs/{name}.json"), rig);
    }
    let arguments =
        ["run", "--no-plots", "--rig", "bench-rigs/n.json", "--rig", "bench-rigs/n-plus-1.json"];
    let seen = project.blackstart(&arguments);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let table: Vec<&str> = seen.stdout.lines().skip(2).collect();
    assert_eq!(table, ["       n     n-plus-1", "quiet  pass  pass"]);
    assert!(project.path("reports/n/quiet/verdict.json").exists());
    assert!(project.path("reports/n-plus-1/quiet/verdict.json").exists());
}
