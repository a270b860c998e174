//! What the console answers: a line for each scenario, and what a campaign ends with.

use std::process::Stdio;

use serde_json::Value;

use crate::project::{Project, Seen, command};

/// A scenario of a tenth of a second whose port must hold a voltage, under another id.
fn scenario(project: &Project, name: &str, at_least: f64) {
    project.quiet_scenario(name, at_least);
}

fn widths(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

#[test]
fn a_line_says_the_value_and_the_limit_and_both_follow_the_run() {
    let project = Project::new();
    scenario(&project, "quiet", 1000.0);
    let line = |seen: Seen| seen.stdout.lines().next().unwrap_or_default().to_owned();
    let of = || line(project.blackstart(&["run", "--no-plots"]));
    assert_eq!(of(), "FAIL         quiet  port voltage -0.00001808 V < 1000 V");
    scenario(&project, "quiet", 900.0);
    assert_eq!(of(), "FAIL         quiet  port voltage -0.00001808 V < 900 V");
    scenario(&project, "quiet", -0.5);
    assert_eq!(of(), "pass         quiet  port voltage -0.00001808 V ≥ -0.5 V");
}

#[test]
fn lines_have_a_hundred_columns_and_less_where_a_terminal_has_less() {
    let project = Project::new();
    let long = format!("sub/{}", "very-long-".repeat(12));
    scenario(&project, &long, 1000.0);
    scenario(&project, "b", 1000.0);
    let wide = project.blackstart(&["run", "--no-plots"]);
    assert_eq!(wide.stdout.lines().count(), 2);
    assert!(widths(&wide.stdout) <= 100, "{}", wide.stdout);
    assert!(wide.stdout.contains("very-long-ver") && wide.stdout.contains('…'), "{}", wide.stdout);
    let narrow = command(project.root(), &["run", "--no-plots"]).env("COLUMNS", "40").output();
    let narrow: Seen = narrow.unwrap().into();
    assert!(widths(&narrow.stdout) <= 40, "{}", narrow.stdout);
    assert!(
        narrow.stdout.contains("FAIL b\n  port voltage -0.00001808 V < 1000 V\n"),
        "{}",
        narrow.stdout
    );
    // What was cut is whole in the recap, and for machines.
    assert!(
        wide.stderr.contains(&format!("\n  {long}\n    port: -0.0000180824 V at worst")),
        "{}",
        wide.stderr
    );
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert_eq!(index["runs"][1]["scenario"], long);
    assert_eq!(index["runs"][1]["answer"][0], "port voltage -0.00001808 V < 1000 V");
    assert!(index["runs"][1]["wall_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn verbose_adds_every_check_below_its_line() {
    let project = Project::new();
    scenario(&project, "a", -0.001);
    scenario(&project, "b", 1000.0);
    let seen = project.blackstart(&["run", "--no-plots", "--verbose"]);
    let checks: Vec<&str> = seen.stdout.lines().filter(|line| line.starts_with("    ")).collect();
    assert!(
        checks[0]
            .starts_with("    holds port: -0.0000180824 V at worst at 0.0 s (at least -0.001 V")
    );
    assert!(checks.iter().any(|line| line.starts_with("    fails port: ")), "{}", seen.stdout);
    assert!(seen.stdout.contains("    in reports/b, "), "{}", seen.stdout);
}

#[test]
fn a_campaign_ends_with_what_failed_what_is_known_and_what_is_left() {
    let project = Project::new();
    let known = r#", "built_in": { "outcome": "fail", "checks": ["port"], "missed_by": "system",
        "reason": [{"id": "grid-is-up", "kind": "state-is", "signal": "grid-1.state", "is": "up"}] }"#;
    scenario(&project, "a", -0.001);
    scenario(&project, "b", 1000.0);
    project.scenario_with("c", 1000.0, known);
    let seen = project.blackstart(&["run", "--no-plots"]);
    let recap: Vec<&str> =
        seen.stderr.lines().skip_while(|line| !line.starts_with("not as expected")).collect();
    assert_eq!(recap[..2], ["not as expected: 1", "  b"]);
    assert!(
        recap[2].starts_with("    port: -0.0000180824 V at worst at 0.0 s (at least 1000 V"),
        "{recap:?}"
    );
    assert!(recap.contains(&"known misses: 1 (`--filter 'last(known-miss)'` runs them)"));
    // A machine with other things to do adds how long it took.
    assert!(recap.contains(&"2 of 3 as expected"), "{recap:?}");
}

#[test]
fn whoever_reads_only_the_first_lines_gets_them_and_the_work_is_done() {
    let project = Project::new();
    for number in 0..30 {
        scenario(&project, &format!("{number:02}"), -0.001);
    }
    let script = format!(
        "set -o pipefail; {} run --no-plots --out out | head -1",
        env!("CARGO_BIN_EXE_blackstart")
    );
    let seen = std::process::Command::new("bash")
        .args(["-c", &script])
        .current_dir(project.root())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let seen: Seen = seen.into();
    assert_eq!((seen.code, seen.stdout.lines().count()), (Some(0), 1), "{}", seen.stderr);
    assert!(project.path("out/29/verdict.json").is_file());
}

#[test]
fn a_folder_that_cannot_be_written_is_one_sentence() {
    let project = Project::new();
    scenario(&project, "a", -0.001);
    // A disk that is read-only refuses alike, also to root.
    project.write("taken", "a file");
    let seen = project.blackstart(&["run", "--no-plots", "--out", "taken/out"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.starts_with("error: cannot write taken/out"), "{}", seen.stderr);
    assert!(seen.stdout.is_empty());
}
