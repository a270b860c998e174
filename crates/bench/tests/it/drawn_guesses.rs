//! What is called *no effect in reach* has none: ten such guesses, drawn by the commit, in whole runs at both
//! ends of their ranges.

use std::collections::BTreeSet;
use std::env;
use std::process::Command;

use blackstart_scenario::Parameter;
use tempfile::TempDir;

use super::drawings::{as_it_is, project};
use super::*;

/// A pack that is short for a moment, and beside it a branch that nothing couples to it. Nothing flows there:
/// what does would be in the books of the whole system, and move the steps that all of it shares.
const SYSTEM: &str = r#"{
  "schema": 1, "kind": "system", "title": "A pack, and an idle branch beside it",
  "nodes": ["bus", "spare", "spare-bus"],
  "instances": {
    "pack-1": {"device": "lfp-16s-behind-fets"}, "load-1": {"device": "dc-loads"},
    "capacitor-1": {"device": "bus-capacitor-5-mf"},
    "spare-switch": {"device": "fet-100-v"}, "spare-limiter": {"device": "ptc-limiter-60-v"},
    "spare-bank": {"device": "bus-capacitor-5-mf", "overrides": {"capacitor_voltage_v": 0}}, "spare-load": {"device": "dc-loads"},
    "spare-resistor": {"device": "precharge-resistor-47-ohm"}
  },
  "branches": {
    "pack-1": {"minus": "ground", "plus": "bus"}, "load-1": {"from": "bus", "to": "ground"},
    "capacitor-1": {"from": "bus", "to": "ground"},
    "spare-switch": {"from": "ground", "to": "spare"},
    "spare-limiter": {"from": "spare", "to": "spare-bus"},
    "spare-bank": {"from": "spare-bus", "to": "ground"},
    "spare-load": {"from": "spare-bus", "to": "ground"},
    "spare-resistor": {"from": "spare-bus", "to": "ground"}
  }
}"#;

/// The same with the branch at the pack's bus: then each of its guesses is in reach.
const JOINED: (&str, &str) = (
    r#""spare-limiter": {"from": "spare", "to": "spare-bus"}"#,
    r#""spare-limiter": {"from": "bus", "to": "spare-bus"}"#,
);

const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "A short beside an idle branch", "covers": [], "system": "spare",
  "duration_s": 6,
  "events": [
    {"do": "set-load", "at_s": 2, "target": "load-1", "power_w": 500},
    {"do": "short", "at_s": 4, "target": "bus", "resistance_mohm": 1, "for_s": 0.1}
  ],
  "checks": [
    {"id": "opens", "kind": "trips", "target": "pack-1", "protection": "scd"},
    {"id": "carries", "kind": "reaches", "signal": "pack-1.pack_current_a", "at_least": 9}
  ]
}"#;

/// So many are drawn.
const DRAWN: usize = 10;

fn judged(scenario: &Resolved, root: &Path) -> String {
    let run = run(&job(scenario, None, root), &mut |_| ControlFlow::Continue(())).unwrap();
    serde_json::to_string(&run.verdict.judged).unwrap()
}

/// The scenario of these files, read.
fn scenario(folder: &TempDir) -> Resolved {
    let library = Library::open(folder.path()).unwrap();
    library.scenario(&folder.path().join("scenarios/case.json")).unwrap()
}

fn folder(system: &str) -> TempDir {
    let files = [("fixtures/systems/spare.json", system), ("scenarios/case.json", SCENARIO)];
    project(&files, as_it_is)
}

/// The ends of a guess at which a whole run is judged otherwise; `None` where no file may have either.
fn tells(scenario: &Resolved, root: &Path, path: &str, usual: &str) -> Option<Vec<f64>> {
    let (low, high) = scenario.provenance.parameters.get(path).and_then(Parameter::ends)?;
    let runs = [low, high].into_iter().filter_map(|value| {
        let varied = scenario.with_amounts(&[(path, value)]).ok()?;
        Some((value, judged(&varied, root)))
    });
    let runs: Vec<(f64, String)> = runs.collect();
    let others = runs.iter().filter(|(_, judged)| judged != usual).map(|(value, _)| *value);
    (!runs.is_empty()).then(|| others.collect())
}

/// As many as are drawn of these guesses, and those of them at whose ends a whole run is judged otherwise.
fn judged_otherwise(
    (scenario, root): (&Resolved, &Path),
    mut guesses: Vec<String>,
    seed: u64,
    usual: &str,
) -> (usize, Vec<String>) {
    let (mut next, mut asked, mut found) = (drawn(seed), 0, Vec::new());
    while asked < DRAWN && !guesses.is_empty() {
        let path = guesses.swap_remove((next() % guesses.len() as u64) as usize);
        let Some(others) = tells(scenario, root, &path, usual) else { continue };
        asked += 1;
        if !others.is_empty() {
            found.push(format!("{path} at {others:?}"));
        }
    }
    (asked, found)
}

/// Another ten with each commit: `BLACKSTART_DRAW_SEED`, or what git says; the same outside of a checkout.
fn seed() -> u64 {
    let of_commit = || {
        let mut git = Command::new("git");
        let answer = git.args(["rev-parse", "--short=8", "HEAD"]).current_dir(root()).output();
        String::from_utf8(answer.ok().filter(|answer| answer.status.success())?.stdout).ok()
    };
    let hex = env::var("BLACKSTART_DRAW_SEED").ok().or_else(of_commit);
    hex.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(1)
}

/// Numbers from a seed, one after another (SplitMix64).
fn drawn(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[test]
fn ten_drawn_guesses_of_those_without_effect_in_reach_change_no_byte_of_the_verdict() {
    let seed = seed();
    let folder = folder(SYSTEM);
    let scenario = scenario(&folder);
    let nominal =
        run(&job(&scenario, None, folder.path()), &mut |_| ControlFlow::Continue(())).unwrap();
    let usual = serde_json::to_string(&nominal.verdict.judged).unwrap();
    assert!(usual.contains(r#""outcome":"pass""#), "{usual}");
    let [lists] = &nominal.verdict.basis.corners[..] else { panic!("one pack") };
    let idle = lists.no_effect.clone();
    let parts: BTreeSet<&str> = idle.iter().map(|path| path.split('.').next().unwrap()).collect();
    assert!(idle.len() > 2 * DRAWN && parts.iter().all(|part| part.starts_with("spare-")));
    assert_eq!(parts.len(), 5, "{parts:?}");
    let at = (&scenario, folder.path());
    let (asked, found) = judged_otherwise(at, idle, seed, &usual);
    assert_eq!((asked, found), (DRAWN, Vec::new()), "seed {seed:08x}");
}

/// Had the graph forgotten what couples the branch and the pack, the draw would tell.
#[test]
fn a_guess_that_is_called_without_effect_and_has_one_is_found_by_the_draw() {
    let joined = SYSTEM.replace(JOINED.0, JOINED.1);
    assert_ne!(joined, SYSTEM);
    let folder = folder(&joined);
    let scenario = scenario(&folder);
    let nominal =
        run(&job(&scenario, None, folder.path()), &mut |_| ControlFlow::Continue(())).unwrap();
    let usual = serde_json::to_string(&nominal.verdict.judged).unwrap();
    let [lists] = &nominal.verdict.basis.corners[..] else { panic!("one pack") };
    let of_branch =
        |path: &&String| path.starts_with("spare-") && !path.starts_with("spare-switch");
    let all = lists.tried.iter().chain(&lists.whole_run).chain(&lists.no_effect);
    let falsely: Vec<String> = all.filter(of_branch).cloned().collect();
    assert!(!lists.no_effect.iter().any(|path| falsely.contains(path)), "{:?}", lists.no_effect);
    let seed = seed();
    let (_, found) = judged_otherwise((&scenario, folder.path()), falsely, seed, &usual);
    assert!(!found.is_empty(), "seed {seed:08x} finds nothing");
}
