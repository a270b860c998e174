//! `--filter`, `--failed`, `--fail-fast`, `--repeat`, `--watch`: which scenarios are run, and how often.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::project::{Project, Seen, command};

fn names(seen: &Seen) -> Vec<String> {
    let words = seen.stdout.lines().map(|line| line.split_whitespace().nth(1).unwrap_or_default());
    words.map(str::to_owned).collect()
}

/// Three scenarios: one fails, one is in a folder and covers another fact.
fn project() -> Project {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("b", 1000.0);
    project.quiet_scenario("sub/c", -0.001);
    let text = project.read("scenarios/sub/c.json").replace("SESSY-01", "SESSY-25");
    let text = text.replace("sessy-phoenix-48-1200", "sessy-phoenix-48-1200-ats");
    project.write("scenarios/sub/c.json", text);
    project
}

#[test]
fn an_expression_leaves_what_it_takes() {
    let project = project();
    for (filter, taken) in [
        ("name(a)", &["a"][..]),
        ("!name(a)", &["b", "sub/c"]),
        ("folder(sub)", &["sub/c"]),
        ("fact(SESSY-2?) | name(b)", &["b", "sub/c"]),
        ("system(*-ats)", &["sub/c"]),
        ("role(ats-1.control) and not name(a)", &["sub/c"]),
        ("role(bms) & check(stays)", &["a", "b", "sub/c"]),
    ] {
        let seen = project.blackstart(&["run", "--no-plots", "-E", filter]);
        assert_eq!(names(&seen), taken, "{filter}: {}", seen.stderr);
    }
    let seen = project.blackstart(&["run", "--no-plots", "--filter", "name(z*)"]);
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(4), ""), "{}", seen.stderr);
}

#[test]
fn a_mistake_in_an_expression_is_shown_at_its_place() {
    let seen = project().blackstart(&["run", "--filter", "name(a) & fakt(x)"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("`fakt` is none of name, folder,"), "{}", seen.stderr);
    assert!(seen.stderr.contains("name(a) & fakt(x)"), "{}", seen.stderr);
    assert!(seen.stderr.contains("docs/filters.md"), "{}", seen.stderr);
}

#[test]
fn what_failed_last_is_run_again_until_it_passes() {
    let project = project();
    let seen = project.blackstart(&["run", "--no-plots", "--failed"]);
    assert_eq!((seen.code, names(&seen)), (Some(4), vec![]), "nothing has run yet");
    project.blackstart(&["run", "--no-plots"]);
    let seen = project.blackstart(&["run", "--no-plots", "--failed"]);
    assert_eq!((seen.code, names(&seen)), (Some(1), vec!["b".to_owned()]));
    project.quiet_scenario("b", -0.001);
    let seen = project.blackstart(&["run", "--no-plots", "--failed"]);
    assert_eq!((seen.code, names(&seen)), (Some(0), vec!["b".to_owned()]));
    assert_eq!(project.blackstart(&["run", "--no-plots", "--failed"]).code, Some(4));
    let seen = project.blackstart(&["run", "--no-plots", "-E", "last(new)"]);
    assert_eq!(names(&seen), ["a", "sub/c"]);
}

#[test]
fn what_was_not_come_to_after_a_failure_is_marked_and_taken_up() {
    let project = project();
    let seen = project.blackstart(&["run", "--no-plots", "--fail-fast", "--jobs", "1"]);
    assert_eq!((seen.code, names(&seen)), (Some(1), vec!["a".to_owned(), "b".to_owned()]));
    assert!(seen.stderr.contains("1 of 2 as expected, stopped with 1 to go"), "{}", seen.stderr);
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert_eq!(index["unfinished"], serde_json::json!(["sub/c"]));
    assert!(!project.path("reports/sub/c/verdict.json").exists());
    let seen = project.blackstart(&["run", "--no-plots", "--failed"]);
    assert_eq!(names(&seen), ["b", "sub/c"]);
}

#[test]
fn runs_that_are_alike_are_counted_and_one_that_is_not_fails() {
    let project = project();
    let seen = project.blackstart(&["run", "--no-plots", "--repeat", "3", "-E", "name(a)"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(seen.stdout.contains("3 runs alike"), "{}", seen.stdout);

    // Firmware that counts its starts, and does not start with the same words twice.
    let script = "n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; exec firmware$((n % 2))";
    let rig = serde_json::json!({
        "schema": 1, "kind": "rig", "title": "firmware with a mood",
        "bindings": {"bms": {"transport": {"type": "process", "command": ["/bin/sh", "-c", script]}}}
    });
    project.write("bench-rigs/mood.json", rig.to_string());
    let rig =
        ["run", "--no-plots", "--repeat", "2", "--rig", "bench-rigs/mood.json", "-E", "name(a)"];
    assert_eq!(project.blackstart(&rig).code, Some(3), "there is no such firmware");
}

#[test]
fn a_changed_file_is_run_again_and_nothing_else() {
    let project = project();
    let mut watching = command(project.root(), &["run", "--no-plots", "--watch", "-E", "!name(b)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert!(next().starts_with("pass         a "));
    assert!(next().starts_with("pass         sub/c "));
    project.quiet_scenario("a", 1000.0);
    assert!(next().starts_with("FAIL         a "));
    project.quiet_scenario("a", -0.002);
    assert!(next().starts_with("pass         a "));
    let pid = watching.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(watching.wait().unwrap().code(), Some(130));
}
