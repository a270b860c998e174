//! `corners`: which guess turns which check, and how the command ends.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::project::{Project, Seen, command};

/// An inverter is switched on at 14 s on a port that is up. It runs after its start delay, a guess of 200 ms
/// between 20 and 2000. Three guesses that keep the port from closing are set, so that they are none.
fn scenario(project: &Project, name: &str, checks: &str) {
    let text = format!(
        r#"{{
  "schema": 1,
  "kind": "scenario",
  "title": "an inverter starts",
  "covers": ["SESSY-01"],
  "system": "sessy-phoenix-48-1200",
  "duration_s": 17,
  "overrides": {{
    "inverter-1.bleed_resistance_kohm": 10,
    "inverter-1.switched_capacitance_pct": 0,
    "sessy-1.resistor.resistance_ohm": 33
  }},
  "events": [
    {{ "do": "start-pairing", "at_s": 1, "target": "bms" }},
    {{ "do": "switch-on", "at_s": 14, "target": "inverter-1" }}
  ],
  "checks": [{checks}]
}}
"#
    );
    project.write(&format!("scenarios/{name}.json"), text);
}

/// Holds up to a start delay of 1 s.
const RUNS_IN_TIME: &str = r#"{"kind": "state-is", "id": "runs", "signal": "inverter-1.state", "is": "running", "at_s": 15}"#;
const PORT_IS_UP: &str = r#"{"kind": "stays", "id": "up", "signal": "sessy-1.port_voltage_v", "at_least": 40, "from_s": 12}"#;
const GRID_IS_UP: &str =
    r#"{"kind": "state-is", "id": "grid", "signal": "grid-1.state", "is": "up"}"#;
const START_DELAY: &str = "inverter-1.start_delay_ms";

fn objects(seen: &Seen) -> Vec<Value> {
    seen.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn check<'v>(found: &'v Value, id: &str) -> &'v Value {
    let checks = found["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).unwrap()
}

#[test]
fn a_check_that_rests_on_one_guess_is_turned_by_it_alone_and_where_it_should_be() {
    let project = Project::new();
    scenario(&project, "a", &[RUNS_IN_TIME, PORT_IS_UP, GRID_IS_UP].join(","));
    let seen = project.blackstart(&["corners", "--format", "json"]);
    assert_eq!(seen.code, Some(1), "{}", seen.stderr);
    let [found, summary] = &objects(&seen)[..] else { panic!("{}", seen.stdout) };
    assert_eq!((&found["outcome"], &summary["turned"]), (&"pass".into(), &1.into()));
    let turns = check(found, "runs")["turns"].as_array().unwrap();
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    assert_eq!(turn["parameter"], START_DELAY);
    assert_eq!((&turn["end"], &turn["becomes"]), (&2000.0.into(), &"fail".into()));
    let (still, turned) = (turn["still_at"].as_f64().unwrap(), turn["turned_at"].as_f64().unwrap());
    // Within a hundredth of 1980 ms of the second between the switch and the check.
    assert!(still <= 1000.0 && 1000.0 <= turned && turned - still <= 19.8, "{turn}");
    let up = check(found, "up");
    assert_eq!(up["turns"].as_array().map(Vec::len), Some(0), "{up}");
    let moved = up["moved"].as_array().unwrap();
    assert!((1..=5).contains(&moved.len()), "{up}");
    let by = |one: &Value| one["moved"].as_f64().unwrap().abs();
    assert!(moved.is_sorted_by(|a, b| by(a) >= by(b)), "{up}");
    assert!(check(found, "grid")["moved"].as_array().unwrap().is_empty());
    let stated = found["stated"].as_array().unwrap();
    let charge = stated.iter().find(|one| one["what"] == "charge at the end of sessy-1").unwrap();
    let value = |which: &Value| which["value"].as_f64().unwrap();
    assert!(value(&charge["least"]) < value(&charge["most"]), "{charge}");
    assert!(!project.path("reports").exists(), "nothing is written");
}

#[test]
fn what_rests_on_no_guess_ends_with_0_and_what_fails_anyway_as_well() {
    let project = Project::new();
    let fails = GRID_IS_UP.replace("up", "failed");
    scenario(&project, "a", GRID_IS_UP);
    scenario(&project, "b", &fails);
    let seen = project.blackstart(&["corners"]);
    assert_eq!(seen.code, Some(0), "{}", seen.stdout);
    assert!(seen.stdout.contains("grid: pass; no end turns it"), "{}", seen.stdout);
    assert!(seen.stdout.contains("grid: fail; no end turns it"), "{}", seen.stdout);
    assert!(seen.stdout.ends_with("0 of 2 scenarios rest on a guess\n"), "{}", seen.stdout);
}

#[test]
fn threads_change_no_line_and_no_line_is_wider_than_a_hundred_columns() {
    let project = Project::new();
    scenario(&project, "a", &[RUNS_IN_TIME, PORT_IS_UP].join(","));
    let one = project.blackstart(&["corners", "--jobs", "1"]);
    let four = project.blackstart(&["corners", "--jobs", "4"]);
    assert_eq!((one.code, &one.stdout), (four.code, &four.stdout));
    assert!(one.stdout.contains(&format!("fail with {START_DELAY} 2000 (is 200)")));
    for line in one.stdout.lines() {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_run_tries_every_end_where_that_is_wanted_and_without_a_rig_only() {
    let project = Project::new();
    scenario(&project, "a", RUNS_IN_TIME);
    let plain = project.blackstart(&["run", "--no-plots"]);
    assert_eq!(plain.code, Some(0), "{}", plain.stdout);
    let full = project.blackstart(&["run", "--no-plots", "--corners", "full"]);
    assert_eq!(full.code, Some(1), "{}", full.stdout);
    assert!(full.stdout.starts_with(&plain.stdout), "{}", full.stdout);
    assert!(full.stdout.contains(START_DELAY), "{}", full.stdout);
    let rig = "bench-rigs/reference-bms-native.json";
    let seen = project.blackstart(&["run", "--corners", "full", "--rig", rig]);
    assert_eq!(seen.code, Some(2), "{}", seen.stdout);
}

#[test]
fn an_end_that_no_file_may_have_is_named_and_tried_as_far_as_one_may() {
    let project = Project::new();
    let device = "fixtures/devices/phoenix-48-1200.json";
    let text = project.read(device);
    let start = text.find("\"start_voltage_v\"").expect("a level above the shutdown's");
    let line = text[start..].lines().next().unwrap();
    let level = r#""start_voltage_v": {"value": 43.6, "source": "guess", "range": [30, 50], "why": "A test."}"#;
    let comma = if line.trim_end().ends_with(',') { "," } else { "" };
    project.write(device, text.replace(line, &format!("{level}{comma}")));
    scenario(&project, "a", GRID_IS_UP);
    let seen = project.blackstart(&["corners", "--format", "json"]);
    let found = &objects(&seen)[0];
    let refused = found["refused"].as_array().unwrap().iter();
    let refused = refused.filter(|one| one["parameter"] == "inverter-1.start_voltage_v");
    let refused: Vec<&Value> = refused.collect();
    let [one] = &refused[..] else { panic!("{}", found["refused"]) };
    assert_eq!(one["end"], 30.0);
    assert!(one["why"].as_str().unwrap().contains("less than"), "{one}");
    let tried = one["tried"].as_f64().unwrap();
    assert!(30.0 < tried && tried < 43.6, "{one}");
}

#[test]
fn an_interrupt_keeps_what_is_finished_and_ends_with_130() {
    let project = Project::new();
    for number in 0..50 {
        scenario(&project, &format!("{number:03}"), GRID_IS_UP);
    }
    let mut running = command(project.root(), &["corners", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(running.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("1/50") {
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
    assert!(results.lines().next().unwrap().contains("\"000\""), "{results}");
}
