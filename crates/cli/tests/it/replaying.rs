//! `replay`, with the native reference firmware and without it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::Project;

const RIG: &str = "bench-rigs/reference-bms-1.1-native.json";
const REALTIME: &str = "bench-rigs/reference-bms-1.1-native-realtime.json";
const FIRMWARE: &str = "fixtures/firmware/build/reference-bms-1.1";
const RECORDING: &str = "reports/quiet/session.rec";

/// A project with the firmware that its rig names, and a recorded run of a quiet scenario.
fn recorded() -> Project {
    let (project, build) = with_firmware();
    let run = project.blackstart(&["run", "--rig", RIG, "--no-plots"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    fs::remove_dir_all(build).expect("the firmware goes");
    project
}

/// A project with a quiet scenario and the firmware, and the folder that this was built in.
fn with_firmware() -> (Project, PathBuf) {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/firmware");
    let build = project.path("fixtures/firmware/build");
    let program = project.path(FIRMWARE);
    let made = Command::new("make")
        .args(["-s", "-C"])
        .arg(shipped)
        .arg(format!("BUILD={}", build.display()))
        .arg(&program)
        .status();
    assert!(made.expect("make starts").success());
    (project, build)
}

#[test]
fn the_same_version_does_the_same_bit_for_bit_and_another_one_need_only_come_to_the_same() {
    let (project, _) = with_firmware();
    let accepted = project.blackstart(&["accept", "--rig", RIG, "--no-plots"]);
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    let folder = "reports/accepted/sessy-1.bms=reference-bms";
    let (verdict, digests) = (format!("{folder}/quiet.json"), format!("{folder}/digests.txt"));
    project.write(&digests, format!("{}{}", "0".repeat(64), &project.read(&digests)[64..]));
    let run = || {
        project.blackstart(&["run", "--rig", RIG, "--no-plots", "--accepted", "reports/accepted"])
    };
    let same = run();
    assert_eq!(same.code, Some(1), "{}", same.stdout);
    assert!(same.stdout.contains("not the same bit for bit"), "{}", same.stdout);
    let text = project.read(&verdict);
    assert_eq!(text.matches(r#""version": "1.1""#).count(), 1, "{text}");
    project.write(&verdict, text.replace(r#""version": "1.1""#, r#""version": "1.0""#));
    let another = run();
    assert_eq!(another.code, Some(0), "{}", another.stdout);
    assert!(another.stdout.contains("as accepted"), "{}", another.stdout);
}

#[test]
fn a_run_on_the_wall_clock_is_compared_within_its_budget_and_not_replayed() {
    let (project, _) = with_firmware();
    let accepted = project.blackstart(&["accept", "--rig", RIG, "--no-plots"]);
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    let arguments = ["run", "--rig", REALTIME, "--no-plots", "--accepted", "reports/accepted"];
    let run = project.blackstart(&arguments);
    // A machine that was late says so; never is the run another one for its bits.
    if run.code == Some(5) {
        assert!(run.stdout.starts_with("inconclusive quiet"), "{}", run.stdout);
        assert!(!run.stdout.contains("differs: outcome"), "{}", run.stdout);
    } else {
        assert!(run.stdout.contains("as accepted"), "{:?} {}", run.code, run.stdout);
    }

    let seen = project.blackstart(&["replay", RECORDING]);
    assert_eq!(seen.code, Some(5), "{}", seen.stderr);
    let expected = "realtime  quiet  what its devices said depended on when they were sent what";
    assert!(seen.stdout.starts_with(expected), "{}", seen.stdout);

    // A budget that no machine keeps: that it was late comes before what therefore differs.
    let rig = fs::read_to_string(project.path(REALTIME)).expect("a rig");
    let budget = r#""late_ms": 20"#;
    assert!(rig.contains(budget), "{rig}");
    let impossible = rig.replace(budget, r#""late_ms": 0.000001"#);
    fs::write(project.path(REALTIME), impossible).expect("written");
    let late = project.blackstart(&arguments);
    assert_eq!(late.code, Some(5), "{}", late.stdout);
    assert!(late.stdout.contains("ticks were late"), "{}", late.stdout);
    assert!(!late.stdout.contains("differs: outcome"), "{}", late.stdout);
}

#[test]
fn what_the_system_misses_is_counted_apart_from_what_the_firmware_fails() {
    let (project, _) = with_firmware();
    let miss = |by: &str| {
        let reason =
            r#"[{"id": "grid-is-up", "kind": "state-is", "signal": "grid-1.state", "is": "up"}]"#;
        let known = format!(
            r#", "built_in": {{ "outcome": "fail", "checks": ["port"], "missed_by": "{by}", "reason": {reason} }}"#
        );
        project.scenario_with(&format!("missed-by-{by}"), 1000.0, &known);
    };
    miss("system");
    miss("bms");
    let seen = project.blackstart(&["run", "--no-plots", "--rig", RIG]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    let words = ["FAIL ", "missed anyway ", "pass "]
        .map(|word| seen.stdout.lines().filter(|line| line.starts_with(word)).count());
    assert_eq!(words, [1, 1, 1], "{}", seen.stdout);
    let said = "2 of 3 as expected: 1 FAIL, 1 missed whatever the devices under test do";
    assert!(seen.stderr.contains(said), "{}", seen.stderr);
}

#[test]
fn a_recording_stands_in_for_the_firmware() {
    let project = recorded();
    assert!(!project.path("reports/quiet/session.rec.part").exists());
    for path in ["reports", "reports/quiet", RECORDING] {
        let seen = project.blackstart(&["replay", path]);
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        let expected = format!("same      quiet  reference-bms 1.1 as sessy-1.bms  {RECORDING}\n");
        assert_eq!((seen.stdout, seen.stderr), (expected, String::new()));
    }
}

#[test]
fn a_changed_scenario_is_named_with_the_barrier_where_it_shows() {
    let project = recorded();
    let drain = r#", "overrides": { "sessy-1.electronics.asleep_w": 900 }"#;
    project.scenario_with("quiet", -0.001, drain);
    let seen = project.blackstart(&["replay", "reports"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    assert!(seen.stdout.starts_with("DEPARTED  quiet"), "{}", seen.stdout);
    assert!(seen.stdout.contains("at barrier 0, at 0.0 s, the bench now sends"), "{}", seen.stdout);
    let named = "changed since it was recorded: scenarios/quiet.json\n";
    assert!(seen.stderr.starts_with(named), "{}", seen.stderr);
    assert_eq!(seen.reproduce(), ["reproduce: blackstart replay reports"]);
}

#[test]
fn a_changed_requirement_is_a_changed_verdict() {
    let project = recorded();
    project.quiet_scenario("quiet", 60.0);
    let seen = project.blackstart(&["replay", "reports", "--format", "json"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    let line: serde_json::Value = serde_json::from_str(&seen.stdout).expect("a line of JSON");
    assert_eq!(line["found"], "changed");
    assert_eq!(line["changed_files"][0], "scenarios/quiet.json");
    assert!(line["differences"][0]["text"].is_string(), "{line}");
}

#[test]
fn a_damaged_recording_and_a_missing_one_are_bad_input() {
    let project = recorded();
    let whole = fs::read(project.path(RECORDING)).expect("the recording");
    let mut damaged = whole.clone();
    *damaged.last_mut().expect("it has bytes") ^= 1;
    for (bytes, code, words) in [
        (&whole[..whole.len() - 1], 5, "ends after"),
        (&damaged, 2, "does not match its checksum"),
        (b"not a recording".as_slice(), 2, "is no session recording"),
        (&whole[..30], 2, "is cut off before its header ends"),
    ] {
        project.write(RECORDING, bytes);
        let seen = project.blackstart(&["replay", RECORDING]);
        assert_eq!(seen.code, Some(code), "{words}: {}", seen.stderr);
        assert!(seen.stderr.contains(words) || seen.stdout.contains(words), "{}", seen.stderr);
    }
    project.write(RECORDING, &whole);
    fs::remove_file(project.path("reports/quiet/verdict.json")).expect("the verdict goes");
    let seen = project.blackstart(&["replay", "reports"]);
    assert_eq!(seen.code, Some(2));
    assert!(
        seen.stderr.contains("hint: a replay compares with the verdict.json"),
        "{}",
        seen.stderr
    );
    let seen = project.blackstart(&["replay", "scenarios"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("no session.rec at or below scenarios"), "{}", seen.stderr);
}
