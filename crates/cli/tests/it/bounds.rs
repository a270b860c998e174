//! What strangers wrote, and two commands at once: bounded, and reported.

use std::os::unix::fs::symlink;
use std::time::Duration;

use crate::project::{Project, Seen, blackstart, command};
use crate::torture::ordeal::Ordeal;

fn refused(seen: &Seen, because: &[&str]) {
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    for word in because {
        assert!(seen.stderr.contains(word), "{word}: {}", seen.stderr);
    }
}

#[test]
fn a_kind_that_is_mistyped_or_missing_is_not_passed_over() {
    let project = Project::new();
    project.quiet_scenario("good", -0.001);
    project.quiet_scenario("bad", -0.001);
    let text = project.read("scenarios/bad.json");
    project.write("scenarios/bad.json", text.replace("\"scenario\"", "\"scenaro\""));
    refused(
        &project.blackstart(&["run"]),
        &["bad.json:3:", "`scenaro`", "did you mean `scenario`?"],
    );
    refused(&project.blackstart(&["run", "scenarios/bad.json"]), &["did you mean `scenario`?"]);
    project.write("scenarios/bad.json", text.replace("\"kind\": \"scenario\",", ""));
    refused(&project.blackstart(&["check"]), &["the key `kind` is missing"]);
    project.write("scenarios/bad.json", text.replace("\"scenario\"", "\"system\""));
    refused(&project.blackstart(&["check"]), &["this is a system file, not a scenario file"]);
    // Elsewhere other files may lie about.
    project.write("scenarios/bad.json", &text);
    project.write("more/good.json", &text);
    project.write("more/other.json", r#"{"kind": "recipe"}"#);
    assert_eq!(project.blackstart(&["check", "more"]).code, Some(0));
    project.write("more/meant.json", text.replace("\"scenario\"", "\"senario\""));
    refused(&project.blackstart(&["check", "more"]), &["`senario`"]);
}

#[test]
fn levels_the_wrong_way_round_are_reported_with_both_places() {
    let project = Project::new();
    project.scenario_with("a", -0.001, r#", "overrides": {"inverter-1.start_voltage_v": 30}"#);
    let seen = project.blackstart(&["check"]);
    refused(
        &seen,
        &["`shutdown_voltage_v` must be less than `start_voltage_v`", "scenarios/a.json:11:"],
    );
    assert!(
        seen.stderr.contains("in fixtures/devices/phoenix-48-1200.json, line "),
        "{}",
        seen.stderr
    );
    // Both moved together are in order.
    let both =
        r#", "overrides": {"inverter-1.start_voltage_v": 30, "inverter-1.shutdown_voltage_v": 25}"#;
    project.scenario_with("a", -0.001, both);
    assert_eq!(project.blackstart(&["check"]).code, Some(0));
}

#[test]
fn a_scenario_reads_nothing_outside_of_its_project() {
    let project = Project::new();
    let outside = tempfile::tempdir().unwrap();
    let log = outside.path().join("outside.log");
    std::fs::write(&log, "(0.0) can0 123#00\n").unwrap();
    project.write("fixtures/captures/inside.log", "(0.0) can0 123#00\n");
    symlink(&log, project.path("fixtures/captures/link.log")).unwrap();
    let named = |log: &str| {
        let fault = format!(
            r#", "events": [{{"do": "can-fault", "at_s": 0.01, "target": "bms", "way": "to-device", "fault": {{"type": "replay", "log": "{log}"}}}}]"#
        );
        project.scenario_with("a", -0.001, &fault);
        project.blackstart(&["check"])
    };
    assert_eq!(named("fixtures/captures/inside.log").code, Some(0));
    for path in
        ["../outside.log", log.to_str().unwrap(), "fixtures/captures/link.log", "../../nowhere.log"]
    {
        refused(&named(path), &["scenario/outside-project", "leads out of the project"]);
    }
    project.quiet_scenario("a", -0.001);
    let stranger = outside.path().join("stranger.json");
    std::fs::write(&stranger, r#"{"kind": "device"}"#).unwrap();
    symlink(&stranger, project.path("fixtures/devices/stranger.json")).unwrap();
    refused(&project.blackstart(&["check"]), &["scenario/outside-project", "stranger.json"]);
}

#[test]
fn links_to_links_are_followed_so_often_and_no_longer() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    // Nine folders with links to each other: more paths than anybody can walk.
    for from in 0..9 {
        project.write(&format!("scenarios/{from}/x.txt"), "");
        for to in (0..9).filter(|to| *to != from) {
            symlink(format!("../{to}"), project.path(&format!("scenarios/{from}/{to}"))).unwrap();
        }
    }
    refused(&project.blackstart(&["check"]), &["scenario/too-many", "more than 64 symbolic links"]);
}

#[test]
fn any_number_of_mistakes_costs_little_and_a_long_line_is_quoted_in_part() {
    let project = Project::new();
    let event = r#"{"do": "nonsense", "at_s": 1, "target": "x"},"#;
    let events = event.repeat(19_000);
    project.scenario_with(
        "a",
        -0.001,
        &format!(r#", "events": [{}]"#, events.trim_end_matches(',')),
    );
    let ended = Ordeal::begin(command(project.root(), &["check"])).end(Duration::from_secs(100));
    assert_eq!((ended.complaint(), ended.code), (None, Some(2)));
    assert!(ended.said.len() < 200_000, "{}", ended.said.len());
    assert!(
        ended.said.contains("and 18950 more mistakes"),
        "{}",
        &ended.said[ended.said.len() - 500..]
    );
    let long = "x".repeat(1_000_000);
    project.scenario_with("a", -0.001, &format!(r#", "{long}": 1, "events": [{event} 1]"#));
    let ended = Ordeal::begin(command(project.root(), &["check"])).end(Duration::from_secs(100));
    assert_eq!((ended.complaint(), ended.code), (None, Some(2)));
    assert!(ended.said.len() < 20_000 && ended.said.contains("characters more)"), "{}", ended.said);
}

#[test]
fn escape_characters_in_names_are_shown_and_not_obeyed() {
    let project = Project::new();
    project.quiet_scenario("a\u{1b}[2Jb", -0.001);
    project.scenario_with("c", -0.001, ", \"x\\u001b[31my\": 1");
    let seen = project.blackstart(&["check"]);
    refused(&seen, &[r"x\u{1b}[31my"]);
    assert!(!seen.stderr.contains('\u{1b}'));
    let seen =
        project.blackstart(&["run", "--no-plots", "scenarios/a\u{1b}[2Jb.json", "--seed", "9"]);
    assert!(seen.stdout.contains(r"a\u{1b}[2Jb"), "{}", seen.stdout);
    assert!(!seen.stdout.contains('\u{1b}') && !seen.stderr.contains('\u{1b}'));
}

#[test]
fn the_second_bench_on_one_output_folder_says_so() {
    let project = Project::new();
    for number in 0..300 {
        project.quiet_scenario(&format!("{number:03}"), -0.001);
    }
    let mut first = Ordeal::begin(command(project.root(), &["run", "--no-plots"]));
    assert!(
        first.until(Duration::from_secs(60), |_| project.path("reports/000/verdict.json").exists())
    );
    let id = first.id();
    let seen = project.blackstart(&["run", "--no-plots"]);
    let busy = format!("another blackstart (process {id}) writes to reports");
    refused(&seen, &[&busy, "hint: wait for it, or name another folder with --out DIR"]);
    assert_eq!(
        project.blackstart(&["run", "--no-plots", "--out", "other", "scenarios/000.json"]).code,
        Some(0)
    );
    first.signal("KILL");
    assert_eq!(first.end(Duration::from_secs(60)).signal, Some(9));
    // Whoever was killed holds nothing.
    assert_eq!(project.blackstart(&["run", "--no-plots", "scenarios/000.json"]).code, Some(0));
}

#[test]
fn a_run_that_takes_too_long_says_so_with_what_to_do() {
    let project = Project::new();
    let busy = r#", "overrides": {"load-1.duty_period_s": 1, "load-1.duty_share_pct": 50}, "initial": {"inverter-1.switched_on": 1, "sessy-1.paired": 1}"#;
    project.scenario_with("a", -1000.0, busy);
    let text =
        project.read("scenarios/a.json").replace("\"duration_s\": 0.1", "\"duration_s\": 3e8");
    project.write("scenarios/a.json", text);
    let seen = project.blackstart(&["run", "--no-plots", "--longest-wall", "1"]);
    refused(&seen, &["took longer than 1 s of wall time; it had got to", "--longest-wall SECONDS"]);
    assert_eq!(seen.reproduce().len(), 1);
}

#[test]
fn commands_work_from_inside_the_scenarios() {
    let project = Project::new();
    project.quiet_scenario("sub/a", -0.001);
    let inside = project.path("scenarios/sub");
    for arguments in [
        &["check"][..],
        &["list"],
        &["check", "a.json"],
        &["run", "--no-plots"],
        &["run", "--no-plots", "."],
    ] {
        let seen = blackstart(&inside, arguments);
        assert_eq!(seen.code, Some(0), "{arguments:?}: {} {}", seen.stdout, seen.stderr);
        assert!(seen.stdout.contains("sub/a"), "{arguments:?}: {}", seen.stdout);
    }
    assert!(project.path("reports/sub/a/verdict.json").exists());
}

/// What a command writes to a terminal that its standard error is.
fn on_a_terminal(project: &Project, no_color: Option<&str>) -> String {
    let ends = nix::pty::openpty(None, None).unwrap();
    let mut command = command(project.root(), &["check"]);
    command
        .env_remove("NO_COLOR")
        .env("TERM", "xterm-256color")
        .stdout(std::process::Stdio::null());
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    let mut running = command.stderr(ends.slave).spawn().unwrap();
    drop(command);
    let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
    let mut terminal = std::fs::File::from(ends.master);
    // The terminal fails once nobody holds its other end.
    while let Ok(count @ 1..) = std::io::Read::read(&mut terminal, &mut chunk) {
        seen.extend_from_slice(&chunk[..count]);
    }
    assert_eq!(running.wait().unwrap().code(), Some(2));
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
fn a_terminal_gets_colours_unless_it_says_no() {
    let project = Project::new();
    project.scenario_with("a", -0.001, r#", "powr_w": 1"#);
    assert!(on_a_terminal(&project, None).contains("\u{1b}["));
    assert!(on_a_terminal(&project, Some("")).contains("\u{1b}["));
    let plain = on_a_terminal(&project, Some("1"));
    assert!(plain.contains("powr_w") && !plain.contains('\u{1b}'), "{plain:?}");
}
