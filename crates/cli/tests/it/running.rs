//! `run` and `accept`: exit codes, files and lines.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::project::{Project, command};

const KNOWN_MISS: &str = r#", "built_in": { "outcome": "fail", "checks": ["port"], "missed_by": "system",
    "reason": [{"id": "grid-is-up", "kind": "state-is", "signal": "grid-1.state", "is": "up"}] }"#;

#[test]
fn a_passing_scenario_ends_with_0_and_writes_whole_files() {
    let project = Project::new();
    project.quiet_scenario("sub/quiet", -0.001);
    let seen = project.blackstart(&["run"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(seen.stdout.lines().count(), 1);
    assert!(seen.stdout.starts_with("pass "), "{}", seen.stdout);
    assert!(seen.reproduce().is_empty());

    let mut files = fs::read_dir(project.path("reports/sub/quiet"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    files.sort();
    let written = [
        "about.json",
        "page.html",
        "plot.png",
        "plot.svg",
        "story.txt",
        "trace.arrows",
        "verdict.json",
    ];
    assert_eq!(files, written);

    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    let verdict: Value =
        serde_json::from_str(&project.read("reports/sub/quiet/verdict.json")).unwrap();
    assert_eq!(index["runs"][0]["trace_digest"], verdict["trace_digest"]);
    assert_eq!(verdict["trace_digest"].as_str().unwrap().len(), 64);
}

#[test]
fn the_bench_says_who_plays_each_role() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    let seen = project.blackstart(&["run", "--no-plots"]);
    assert!(
        seen.stderr.starts_with("every role is built-in (2; -v lists them)\n"),
        "{}",
        seen.stderr
    );
    let seen = project.blackstart(&["run", "--no-plots", "-v"]);
    assert!(seen.stderr.contains("sessy-1.bms is built-in\n"), "{}", seen.stderr);
}

#[test]
fn a_failed_check_ends_with_1_and_says_what_was_required_and_what_was_seen() {
    let project = Project::new();
    project.quiet_scenario("quiet", 1000.0);
    let seen = project.blackstart(&["run", "--no-plots"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    assert!(seen.stdout.starts_with("FAIL "), "{}", seen.stdout);
    assert!(seen.stdout.contains("port voltage -0.00001808 V < 1000 V"), "{}", seen.stdout);
    assert_eq!(seen.reproduce(), ["reproduce: blackstart run scenarios/quiet.json --seed 7"]);
}

#[test]
fn an_amount_that_is_set_counts_whatever_the_files_say() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    let run = |settings: &[&str]| {
        let options = settings.iter().flat_map(|setting| ["--set", setting]);
        let words: Vec<&str> =
            ["run", "--no-plots", "--no-trace"].into_iter().chain(options).collect();
        let seen = project.blackstart(&words);
        let digest = || {
            let verdict: Value =
                serde_json::from_str(&project.read("reports/quiet/verdict.json")).unwrap();
            verdict["trace_digest"].as_str().unwrap().to_owned()
        };
        (seen.code == Some(0)).then(digest).ok_or(seen)
    };
    let usual = run(&[]).ok().unwrap();
    assert!(!project.path("reports/quiet/trace.arrows").exists());
    assert_eq!(
        run(&["sessy-1.soc_pct=90"]).ok().unwrap(),
        run(&["sessy-1.soc_pct=90"]).ok().unwrap()
    );
    assert_ne!(run(&["sessy-1.soc_pct=90"]).ok().unwrap(), usual);
    for (setting, code, word) in [
        ("sessy-1.soc=90", 2, "sessy-1.soc"),
        ("sessy-1.soc_pct=900", 2, "900"),
        ("sessy-1.soc_pct", 2, "PATH=VALUE"),
        ("sessy-1.soc_pct=nan", 2, "PATH=VALUE"),
    ] {
        let seen = run(&[setting]).err().unwrap();
        assert_eq!(seen.code, Some(code), "{setting}: {}", seen.stderr);
        assert!(seen.stderr.contains(word), "{setting}: {}", seen.stderr);
    }
    project.quiet_scenario("quiet", 1000.0);
    let seen = run(&["sessy-1.soc_pct=90"]).err().unwrap();
    let again = "reproduce: blackstart run scenarios/quiet.json --set sessy-1.soc_pct=90 --seed 7";
    assert_eq!(seen.reproduce(), [again]);
}

#[test]
fn what_the_baseline_is_known_to_miss_ends_with_0_and_with_1_once_it_passes() {
    let project = Project::new();
    project.scenario_with("quiet", 1000.0, KNOWN_MISS);
    let seen = project.blackstart(&["run", "--no-plots"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stdout);
    assert!(seen.stdout.starts_with("known fail "), "{}", seen.stdout);
    project.scenario_with("quiet", -0.001, KNOWN_MISS);
    let seen = project.blackstart(&["run", "--no-plots"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stdout);
    assert!(seen.stdout.starts_with("unexpected pass "), "{}", seen.stdout);
}

#[test]
fn the_worst_of_several_ends_the_command_and_each_has_its_line() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("b", 1000.0);
    project.quiet_scenario("c", 1000.0);
    let seen = project.blackstart(&["run", "--no-plots", "--seed", "3"]);
    assert_eq!(seen.code, Some(1));
    assert_eq!(seen.stdout.lines().count(), 3);
    let again =
        ["b", "c"].map(|name| format!("reproduce: blackstart run scenarios/{name}.json --seed 3"));
    assert_eq!(seen.reproduce(), again);
}

#[test]
fn an_accepted_verdict_is_equal_until_something_changes() {
    let project = Project::new();
    project.quiet_scenario("sub/quiet", 1000.0);
    let judge = || project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
    let accept = || project.blackstart(&["accept", "--no-plots", "--surprises"]);

    let seen = judge();
    assert_eq!(seen.code, Some(1));
    assert!(seen.stdout.contains("not accepted yet"), "{}", seen.stdout);

    let seen = project.blackstart(&["accept", "--no-plots"]);
    assert_eq!(seen.code, Some(1), "a surprise is left alone: {}", seen.stdout);
    let said = "0 of 1 accepted, 1 left alone that did not come out as expected (--surprises)";
    assert!(seen.stderr.contains(said), "{}", seen.stderr);
    assert!(!project.path("reports/accepted").exists());

    let seen = accept();
    assert_eq!(seen.code, Some(0), "an accepted fail is no failure: {}", seen.stdout);
    let said = "1 of 1 accepted, although 1 did not come out as expected";
    assert!(seen.stderr.contains(said), "{}", seen.stderr);
    assert!(project.path("reports/accepted/built-in/sub/quiet.json").is_file());
    let seen = judge();
    assert_eq!(seen.code, Some(0), "{}", seen.stdout);
    assert!(seen.stdout.contains("as accepted"), "{}", seen.stdout);

    project.quiet_scenario("sub/quiet", 999.0);
    let seen = judge();
    assert_eq!(seen.code, Some(1));
    assert!(seen.stdout.contains("differs: check port: limit was"), "{}", seen.stdout);
    let seen = accept();
    assert!(seen.stdout.contains("accepted: check port: limit was"), "{}", seen.stdout);
    assert_eq!(judge().code, Some(0));
}

#[test]
fn a_digest_that_changed_alone_is_reported_as_that_and_accepted_without_touching_the_verdict() {
    let project = Project::new();
    project.quiet_scenario("sub/quiet", -0.001);
    project.quiet_scenario("another", -0.001);
    let (verdict, digests) = ("sub/quiet.json", "digests.txt");
    let path = |file: &str| format!("reports/accepted/built-in/{file}");
    let accept = || project.blackstart(&["accept", "--no-plots"]);
    assert_eq!(accept().code, Some(0));
    let accepted = project.read(&path(digests));
    let lines: Vec<&str> = accepted.lines().map(|line| &line[64..]).collect();
    assert_eq!(lines, ["  another", "  sub/quiet"]);

    let old = format!("{}{}", "0".repeat(64), &accepted[64..]);
    project.write(&path(digests), &old);
    let untouched = fs::metadata(project.path(&path("another.json"))).unwrap().modified().unwrap();
    let said = "what is judged is equal, the trace is not the same bit for bit";
    let seen = project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stdout);
    assert!(seen.stdout.contains(&format!("differs: {said}")), "{}", seen.stdout);
    assert_eq!(seen.stdout.matches(said).count(), 1, "{}", seen.stdout);
    let seen = accept();
    assert!(seen.stdout.contains(&format!("accepted: {said}")), "{}", seen.stdout);
    assert_eq!(project.read(&path(digests)), accepted);
    let after = fs::metadata(project.path(&path("another.json"))).unwrap().modified().unwrap();
    assert_eq!(after, untouched);

    // What has no verdict any more has no digest either.
    fs::remove_file(project.path(&path(verdict))).unwrap();
    fs::remove_file(project.path("scenarios/sub/quiet.json")).unwrap();
    project.write(&path(digests), &old);
    accept();
    assert_eq!(project.read(&path(digests)), format!("{}\n", accepted.lines().next().unwrap()));

    project.write(&path(digests), "nonsense\n");
    let seen = project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(seen.stderr.contains("line 1 of"), "{}", seen.stderr);
    assert!(
        seen.stderr.contains("hint: write it anew with `blackstart accept`"),
        "{}",
        seen.stderr
    );
    assert_eq!(accept().code, Some(0));
    assert_eq!(project.read(&path(digests)), format!("{}\n", accepted.lines().next().unwrap()));
}

#[test]
fn a_broken_accepted_verdict_is_a_bad_file_and_can_be_accepted_anew() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    project.write("reports/accepted/built-in/quiet.json", "{}");
    let judge = || project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
    let seen = judge();
    assert_eq!(seen.code, Some(2), "{}", seen.stderr);
    assert!(
        seen.stderr.contains("hint: write it anew with `blackstart accept`"),
        "{}",
        seen.stderr
    );
    let seen = project.blackstart(&["accept", "--no-plots"]);
    assert_eq!(seen.code, Some(0));
    assert!(seen.stderr.trim_end().ends_with("1 of 1 accepted"), "{}", seen.stderr);
    assert_eq!(judge().code, Some(0));
}

#[test]
fn verdicts_are_accepted_into_the_folder_that_is_named() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    let seen = project.blackstart(&["accept", "--no-plots", "--to", "elsewhere"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert!(project.path("elsewhere/built-in/quiet.json").is_file());
    assert!(!project.path("reports/accepted").exists());
    let seen = project.blackstart(&["run", "--no-plots", "--accepted", "elsewhere"]);
    assert!(seen.stdout.contains("as accepted"), "{}", seen.stdout);
}

#[test]
fn what_no_reading_could_tell_apart_is_as_accepted_and_leaves_its_file_alone() {
    let project = Project::new();
    project.scenario_with(
        "quiet",
        -0.001,
        r#", "overrides": { "sessy-1.electronics.asleep_w": 1 }"#,
    );
    assert_eq!(project.blackstart(&["accept", "--no-plots"]).code, Some(0));
    let file = "reports/accepted/built-in/quiet.json";
    let accepted = project.read(file);
    let changed = |watts: &str| {
        let drain = format!(r#", "overrides": {{ "sessy-1.electronics.asleep_w": {watts} }}"#);
        project.scenario_with("quiet", -0.001, &drain);
        let seen = project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
        (seen.stdout.contains("what is judged is equal"), seen.stdout)
    };
    let (is_equal, said) = changed("1.00005");
    assert!(is_equal, "{said}");
    assert_eq!(project.blackstart(&["accept", "--no-plots"]).code, Some(0));
    assert_eq!(project.read(file), accepted);
    let (is_equal, said) = changed("1.01");
    assert!(!is_equal && said.contains("differs"), "{said}");
}

#[test]
fn machines_read_one_object_a_line() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("b", 1000.0);
    let seen = project.blackstart(&["run", "--no-plots", "--format", "json"]);
    let lines = seen.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes =
        lines.map(|line| line["outcome"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(outcomes, ["pass", "fail"]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    for out in ["one", "two"] {
        assert_eq!(project.blackstart(&["run", "--seed", "11", "--out", out]).code, Some(0));
    }
    for file in ["verdict.json", "story.txt", "plot.svg", "plot.png", "trace.arrows"] {
        let read = |out: &str| fs::read(project.path(&format!("{out}/quiet/{file}"))).unwrap();
        assert!(read("one") == read("two"), "{file} differs");
    }
}

#[test]
fn what_an_earlier_run_left_does_not_stay_beside_a_new_verdict() {
    let project = Project::new();
    project.quiet_scenario("quiet", -0.001);
    project.write("reports/quiet/plot.svg", "yesterday's");
    assert_eq!(project.blackstart(&["run", "--no-plots"]).code, Some(0));
    assert!(!project.path("reports/quiet/plot.svg").exists());
}

#[test]
fn firmware_that_cannot_be_started_ends_with_6() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let rig = r#"{
  "schema": 1, "kind": "rig", "title": "firmware that nobody built",
  "bindings": { "bms": { "expect": "reference-bms", "transport": {"type": "process", "command": ["no-such-firmware"]} } }
}"#;
    project.write("bench-rigs/nobody.json", rig);
    let seen = project.blackstart(&["run", "--no-plots", "--rig", "bench-rigs/nobody.json"]);
    assert_eq!(seen.code, Some(6), "{}", seen.stderr);
    assert!(seen.stdout.starts_with("ERROR "), "{}", seen.stdout);
    let again = "reproduce: blackstart run scenarios/a.json --rig bench-rigs/nobody.json --seed 7";
    assert_eq!(seen.reproduce(), [again]);
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert_eq!(index["missing"][0]["scenario"], "a");
    assert!(!project.path("reports/a/verdict.json").exists());
}

#[test]
fn firmware_that_dies_before_it_was_heard_is_quoted_and_shown() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    let script = "echo opening the board >&2; echo no such board >&2; exit 3";
    let rig = serde_json::json!({
        "schema": 1, "kind": "rig", "title": "firmware that complains",
        "bindings": {"bms": {"transport": {"type": "process", "command": ["/bin/sh", "-c", script]}}}
    });
    project.write("bench-rigs/dies.json", rig.to_string());
    let junit = project.path("junit.xml").display().to_string();
    let words = ["run", "--no-plots", "--rig", "bench-rigs/dies.json", "--junit", &junit];
    let seen = project.blackstart(&words);
    assert_eq!(seen.code, Some(3), "{}", seen.stderr);
    let sentence = r#"exited with code 3, having written "no such board" to standard error"#;
    assert!(seen.stderr.contains(sentence), "{}", seen.stderr);
    assert!(seen.stderr.contains("\n  opening the board\n  no such board\n"), "{}", seen.stderr);
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert!(index["missing"][0]["error"].as_str().unwrap().contains(sentence), "{index}");
    assert!(project.read("junit.xml").contains("no such board"));
}

#[test]
fn an_interrupt_keeps_what_is_finished_and_ends_with_130() {
    let project = Project::new();
    // So many that the signal arrives before the last, however fast the machine is.
    for number in 0..400 {
        project.quiet_scenario(&format!("{number:03}"), -0.001);
    }
    let mut running = command(project.root(), &["run", "--no-plots"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = running.stderr.take().unwrap();
    let mut stdout = BufReader::new(running.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("pass "), "ended before its first scenario");
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest}");
    let rest_said = &rest;
    assert!(rest.contains("interrupted with"), "{rest}");
    assert!(rest.ends_with("reproduce: blackstart run --no-plots\n"), "{rest}");
    let index: Value = serde_json::from_str(&project.read("reports/index.json")).unwrap();
    assert_eq!(index["runs"][0]["scenario"], "000");
    // What is finished is kept, the rest is marked.
    let (runs, rest) = (&index["runs"], &index["unfinished"]);
    assert_eq!(runs.as_array().unwrap().len() + rest.as_array().unwrap().len(), 400);
    assert_eq!(rest[rest.as_array().unwrap().len() - 1], "399");
    assert!(rest_said.contains(&format!("not finished: {}", rest.as_array().unwrap().len())));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::new();
    project.quiet_scenario("a", -0.001);
    project.quiet_scenario("b", -0.001);
    let mut running = command(project.root(), &["run", "--no-plots"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(running.stdout.take());
    let seen = running.wait_with_output().unwrap();
    assert_eq!(seen.status.code(), Some(0), "{}", String::from_utf8_lossy(&seen.stderr));
    assert!(project.path("reports/b/verdict.json").is_file(), "the work is done all the same");
}
