//! `mutate`: which checks notice, and how the command ends.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::project::{Project, Seen, command};

/// A battery that is paired and supplies an inverter, with some checks.
fn scenario(project: &Project, name: &str, checks: &str, more: &str) {
    let text = format!(
        r#"{{
  "schema": 1,
  "kind": "scenario",
  "title": "the port comes up",
  "covers": ["SESSY-01"],
  "system": "sessy-phoenix-48-1200",
  "duration_s": 20,
  "events": [
    {{ "do": "start-pairing", "at_s": 1, "target": "bms" }},
    {{ "do": "switch-on", "at_s": 5, "target": "inverter-1" }}
  ],
  "checks": [{checks}]{more}
}}
"#
    );
    project.write(&format!("scenarios/{name}.json"), text);
}

const PORT_IS_UP: &str = r#"{"kind": "stays", "id": "up", "signal": "sessy-1.port_voltage_v", "at_least": 40, "from_s": 8}"#;
const INVERTER_RUNS: &str =
    r#"{"kind": "state-is", "id": "runs", "signal": "inverter-1.state", "is": "running"}"#;
const GRID_IS_UP: &str =
    r#"{"kind": "state-is", "id": "grid", "signal": "grid-1.state", "is": "up"}"#;

fn objects(seen: &Seen) -> Vec<Value> {
    seen.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn state(examined: &Value, id: &str) -> String {
    let checks = examined["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id).unwrap();
    check["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_check_that_looks_at_nothing_is_reported_and_one_that_looks_is_not() {
    let project = Project::new();
    scenario(&project, "a", &[PORT_IS_UP, INVERTER_RUNS, GRID_IS_UP].join(","), "");
    let seen = project.blackstart(&["mutate", "--format", "json"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let [examined, score] = &objects(&seen)[..] else { panic!("{}", seen.stdout) };
    assert_eq!(state(examined, "up"), "changed");
    assert_eq!(state(examined, "runs"), "changed");
    assert_eq!(state(examined, "grid"), "unchanged");
    assert_eq!(examined["without_events"]["noticed_by"], "runs");
    for stimulus in examined["stimuli"].as_array().unwrap() {
        assert!(stimulus["noticed_by"].is_string(), "{stimulus}");
    }
    let controllers = examined["controllers"].as_array().unwrap();
    let of = |what: &str| controllers.iter().find(|one| one["what"] == what).unwrap();
    assert!(of("sessy-1.bms never closes")["noticed_by"].is_string());
    assert!(of("sessy-1.bms never opens")["noticed_by"].is_null(), "nothing asks it to open");
    assert_eq!(score["kind"], "score");
    assert_eq!((&score["checks"]["noticed"], &score["checks"]["of"]), (&2.into(), &3.into()));
}

#[test]
fn a_stimulus_that_no_check_can_notice_says_so_until_one_does() {
    let project = Project::new();
    let seen = |why: &str| {
        // Nobody asks whether the inverter is switched on; that the battery is paired, the port's check does.
        scenario(&project, "a", PORT_IS_UP, &format!(r#", "unchangeable": {{{why}}}"#));
        let seen = project.blackstart(&["mutate", "--format", "json"]);
        objects(&seen)
    };
    let stimuli = |objects: &[Value]| {
        let all = objects[0]["stimuli"].as_array().unwrap().clone();
        let score = &objects[1]["stimuli"];
        (all, score["noticed"].as_u64().unwrap(), score["of"].as_u64().unwrap())
    };
    let (all, noticed, of) = stimuli(&seen(""));
    assert_eq!((all.len(), noticed, of), (2, 2, 2), "the port sags with the inverter");
    let (all, noticed, _) = stimuli(&seen(r#""event 1": "no pairing is asked for""#));
    assert!(all[0]["noticed_by"].is_string() && all[0]["unchangeable"].is_string(), "{all:?}");
    assert_eq!(noticed, 1, "stale");
    let found = seen(r#""event 2": "the inverter is nobody's business""#);
    assert_eq!(
        found[0]["without_events"]["noticed_by"], "up",
        "what it says of an event is gone with it"
    );
    assert!(found[1]["folders"][""]["of"].is_u64(), "{}", found[1]);
}

#[test]
fn less_than_enough_ends_with_1_and_a_reason_in_the_file_is_enough_until_it_is_stale() {
    let project = Project::new();
    let all = [PORT_IS_UP, INVERTER_RUNS, GRID_IS_UP].join(",");
    scenario(&project, "a", &all, "");
    let enough = &["mutate", "--at-least", "100"];
    let seen = project.blackstart(enough);
    assert_eq!(seen.code, Some(1), "{}", seen.stdout);
    assert!(seen.stdout.contains("check grid is changed by nothing"), "{}", seen.stdout);
    scenario(&project, "a", &all, r#", "unchangeable": {"grid": "nothing happens to it"}"#);
    let seen = project.blackstart(enough);
    assert_eq!(seen.code, Some(0), "{}", seen.stdout);
    assert!(seen.stdout.starts_with("complete a"), "{}", seen.stdout);
    scenario(&project, "a", PORT_IS_UP, r#", "unchangeable": {"up": "it is"}"#);
    let seen = project.blackstart(enough);
    assert_eq!(seen.code, Some(1), "{}", seen.stdout);
    assert!(seen.stdout.contains("the file says that it cannot be"), "{}", seen.stdout);
    scenario(&project, "a", PORT_IS_UP, r#", "unchangeable": {"upp": "it is"}"#);
    let seen = project.blackstart(enough);
    assert_eq!(seen.code, Some(2), "{}", seen.stdout);
    assert!(seen.stderr.contains("did you mean `up`?"), "{}", seen.stderr);
}

#[test]
fn what_is_set_and_read_back_is_not_looked_at() {
    let project = Project::new();
    scenario(&project, "a", PORT_IS_UP, "");
    let text = project.read("scenarios/a.json").replace(
        "\"events\": [",
        "\"events\": [{ \"do\": \"fail-grid\", \"at_s\": 9, \"target\": \"grid-1\" },",
    );
    let check = GRID_IS_UP.replace("up", "failed");
    project.write("scenarios/a.json", text.replace(PORT_IS_UP, &format!("{PORT_IS_UP}, {check}")));
    let seen = project.blackstart(&["mutate", "--format", "json"]);
    let examined = &objects(&seen)[0];
    assert_eq!(state(examined, "grid"), "read-back", "{}", seen.stdout);
    let unasked = examined["stimuli"].as_array().unwrap().iter();
    let unasked: Vec<&Value> = unasked.filter(|one| one["noticed_by"].is_null()).collect();
    assert_eq!(unasked.len(), 1, "{unasked:?}");
    assert!(unasked[0]["what"].as_str().unwrap().contains("fail-grid"), "{unasked:?}");
}

#[test]
fn threads_and_samples_change_no_line() {
    let project = Project::new();
    for name in ["a", "b", "c", "d", "e"] {
        scenario(&project, name, PORT_IS_UP, "");
    }
    let of = |arguments: &[&str]| {
        let seen = project.blackstart(&[&["mutate", "--format", "json"], arguments].concat());
        assert_eq!(seen.code, Some(0), "{}", seen.stderr);
        seen.stdout
    };
    let one = of(&["--jobs", "1"]);
    assert_eq!(one, of(&["--jobs", "4"]));
    assert_eq!(one, of(&["--sample", "9", "--seed", "3"]));
    let sampled = of(&["--sample", "2", "--seed", "3"]);
    assert_eq!(sampled.lines().count(), 3, "two scenarios and the score");
    assert!(sampled.lines().take(2).all(|line| one.contains(line)));
    assert!(!project.path("reports").exists(), "nothing is written");
}

#[test]
fn runs_on_several_threads_write_what_one_writes() {
    let project = Project::new();
    for name in ["a", "b", "c", "d"] {
        project.quiet_scenario(name, if name == "c" { 10.0 } else { -0.001 });
    }
    let one = project.blackstart(&["run", "--no-plots", "--out", "one"]);
    let many = project.blackstart(&["run", "--no-plots", "--out", "one", "--jobs", "4"]);
    assert_eq!((one.code, &one.stdout), (many.code, &many.stdout));
    // How long it took is said where it took long.
    let said = |text: &str| -> Vec<String> {
        let is_time =
            |line: &&str| ["took ", "slowest: "].iter().any(|word| line.starts_with(word));
        text.lines().filter(|line| !is_time(line)).map(str::to_owned).collect()
    };
    assert_eq!(said(&one.stderr), said(&many.stderr));
    let accepted = project.blackstart(&["accept", "--no-plots", "--surprises", "--jobs", "4"]);
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    let same = project.blackstart(&["run", "--no-plots", "--accepted", "reports/accepted"]);
    assert_eq!(same.code, Some(0), "{}", same.stdout);
}

#[test]
fn runs_with_programs_of_their_own_are_made_at_a_time_and_others_one_after_another() {
    let project = Project::new();
    for name in ["a", "b", "c"] {
        project.quiet_scenario(name, -0.001);
    }
    let rig = |transport: &str| {
        format!(
            r#"{{"schema": 1, "kind": "rig", "title": "t", "bindings": {{"bms": {{"answer_timeout_s": 20, "transport": {transport}}}}}}}"#
        )
    };
    // Each waits until another one runs beside it.
    let program = "import glob, os, sys, time
open('here-' + str(os.getpid()), 'w')
end = time.time() + 10
while len(glob.glob('here-*')) < 2 and time.time() < end: time.sleep(0.01)
open('met-' + str(len(glob.glob('here-*')) > 1), 'w')";
    let process = format!(r#"{{"type": "process", "command": ["python3", "-c", {program:?}]}}"#);
    project.write("bench-rigs/anew.json", rig(&process));
    let run = |rig: &str, jobs: &str| {
        project.blackstart(&["run", "--no-plots", "--jobs", jobs, "--rig", rig])
    };
    run("bench-rigs/anew.json", "2");
    let met = |word: &str| project.root().join(word).exists();
    assert!(met("met-True") && !met("met-False"), "one after another");
    let port = rig(r#"{"type": "tcp", "address": "127.0.0.1:1"}"#);
    project.write("bench-rigs/once.json", port);
    let seen = run("bench-rigs/once.json", "2");
    assert!(
        seen.stderr.contains("one at a time: what once plugs in is there once"),
        "{}",
        seen.stderr
    );
    assert!(!run("bench-rigs/once.json", "1").stderr.contains("one at a time"));
}

#[test]
fn a_scenario_with_mistakes_is_explained_and_the_others_are_examined() {
    let project = Project::new();
    scenario(&project, "a", PORT_IS_UP, "");
    scenario(&project, "b", PORT_IS_UP, r#", "duration": 3"#);
    let seen = project.blackstart(&["mutate"]);
    assert_eq!(seen.code, Some(2));
    assert!(seen.stderr.contains("b.json"), "{}", seen.stderr);
    assert!(seen.stdout.starts_with("complete a"), "{}", seen.stdout);
}

#[test]
fn a_mutant_that_does_not_end_is_stopped_and_listed() {
    let project = Project::new();
    // The batteries report once in 231 days; with that unset, every few seconds.
    let text = r#"{
  "schema": 1, "kind": "scenario", "title": "a year goes by", "covers": [],
  "system": "small-bms-ng-12-v", "duration_s": 30000000,
  "overrides": {"battery-1.report_period_s": 20000000, "battery-2.report_period_s": 20000000},
  "initial": {"loads-1.power_w": 0},
  "events": [{"at_s": 10, "do": "stop-source", "target": "solar-1"}],
  "checks": [{"kind": "state-is", "id": "solar-is-off", "signal": "solar-1.state", "is": "off", "at_s": 20}]
}"#;
    project.write("scenarios/a.json", text);
    let began = Instant::now();
    let seen = project.blackstart(&["mutate", "--format", "json", "--longest-wall", "1"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    let examined = &objects(&seen)[0];
    let errors = examined["errors"].as_array().unwrap();
    let of = |mutant: &str| errors.iter().find(|one| one["mutant"] == mutant);
    let stopped = of("battery-1.report_period_s unset").unwrap_or_else(|| panic!("{errors:?}"));
    let why = stopped["error"].as_str().unwrap();
    assert!(why.contains("the run took longer than 1 s of wall time"), "{why}");
    let stimuli = examined["stimuli"].as_array().unwrap();
    let setting = stimuli.iter().find(|one| one["what"] == "overrides battery-1.report_period_s");
    assert_eq!(setting.unwrap()["noticed_by"], "error");
    // A number that no check notices decides nothing, also where its run does not end.
    let numbers = examined["numbers"].as_array().unwrap();
    assert!(numbers.iter().all(|number| number["noticed_by"] != "error"));
    let mutants = examined["mutants"].as_u64().unwrap();
    assert!(began.elapsed() < Duration::from_secs(10 + 2 * mutants), "{:?}", began.elapsed());
}

#[test]
fn five_thousand_scenarios_need_no_more_memory_than_ten() {
    let project = Project::new();
    for number in 0..5000 {
        scenario(&project, &format!("{number:04}"), PORT_IS_UP, "");
    }
    let within = |megabytes: u32, arguments: &str| {
        let line = format!(
            "ulimit -v {}; exec {} {arguments}",
            megabytes * 1024,
            env!("CARGO_BIN_EXE_blackstart")
        );
        let mut shell = Command::new("sh");
        let seen = shell.args(["-c", &line]).current_dir(project.root()).output().unwrap();
        Seen::from(seen)
    };
    let seen = within(600, "mutate --sample 2 --seed 3 --jobs 1 --format json");
    assert_eq!(seen.code, Some(0), "{}", seen.stderr);
    assert_eq!(objects(&seen).len(), 3, "two scenarios and the score");
    // Whole, one scenario takes a quarter of a megabyte.
    for number in 800..5000 {
        fs::remove_file(project.path(&format!("scenarios/{number:04}.json"))).unwrap();
    }
    let seen = within(200, "check");
    assert_eq!((seen.code, seen.stdout.lines().count()), (Some(0), 800), "{}", seen.stderr);
}

#[test]
fn an_interrupt_keeps_what_is_finished_and_ends_with_130() {
    let project = Project::new();
    for number in 0..200 {
        scenario(&project, &format!("{number:03}"), PORT_IS_UP, "");
    }
    let mut running = command(project.root(), &["mutate", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("1/200") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "ended before its first scenario");
    }
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let mut results = String::new();
    running.stdout.take().unwrap().read_to_string(&mut results).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130), "{rest}");
    assert!(rest.contains("interrupted with"), "{rest}");
    let results_read = results.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let results_read: Vec<Value> = results_read.collect();
    let score = results_read.last().unwrap();
    assert_eq!(score["kind"], "score", "what is finished is counted");
    assert_eq!(score["scenarios"], results_read.len() - 1);
    assert!(results_read.len() < 200, "it was cut short");
    assert!(results.lines().next().unwrap().contains("\"000\""), "{results}");
}
