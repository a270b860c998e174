//! Every kind of misfit, as the battery's BMS.

use std::time::Duration;

use super::ordeal::Ordeal;
use super::{Tally, sample, shipped};
use crate::firmware::misfit;
use crate::project::{Project, command};

/// The kinds that the program knows, from its own sources.
pub fn kinds() -> Vec<String> {
    let source = ["misfit", "disorders"].map(|file| {
        std::fs::read_to_string(shipped(&format!("fixtures/firmware/misfits/{file}.c"))).unwrap()
    });
    let source = source.concat();
    let rows = source.lines().filter_map(|line| line.strip_prefix("    {\""));
    rows.filter_map(|row| row.split_once('"')).map(|(kind, _)| kind.to_owned()).collect()
}

/// A project with a pairing of a minute, and a rig with this misfit.
pub fn project_with(kind: &str, answer_timeout_s: u32) -> Project {
    let project = Project::new();
    let scenario = shipped("scenarios/sessy/pairing-in-order-carries-500-w.json");
    project.write("scenarios/a.json", std::fs::read(scenario).unwrap());
    let program = misfit();
    project.write(
        "bench-rigs/misfit.json",
        format!(
            r#"{{"schema": 1, "kind": "rig", "title": "a misfit", "bindings": {{"bms": {{"answer_timeout_s": {answer_timeout_s}, "transport": {{"type": "process", "command": [{program:?}, "{kind}"]}}}}}}}}"#
        ),
    );
    project
}

pub const RUN: [&str; 4] = ["run", "--no-plots", "--rig", "bench-rigs/misfit.json"];

#[test]
fn misbehaving_devices_are_reported_and_gone() {
    let kinds = kinds();
    assert!(kinds.len() >= 56, "{kinds:?}");
    let mut tally = Tally::default();
    for kind in sample(kinds, 10) {
        let project = project_with(&kind, 2);
        let ended = Ordeal::begin(command(project.root(), &RUN)).end(Duration::from_secs(120));
        tally.add(&kind, &ended);
    }
    tally.conclude("misbehaving devices");
}

/// How a run with a misfit ends, and what it says.
fn ends(kind: &str, code: i32, saying: &str) {
    let project = project_with(kind, 2);
    let ended = Ordeal::begin(command(project.root(), &RUN)).end(Duration::from_secs(120));
    assert_eq!(ended.complaint(), None, "{kind}");
    assert_eq!(ended.code, Some(code), "{kind}: {}", ended.said);
    assert!(ended.said.contains(saying), "{kind}: {}", ended.said);
}

#[test]
fn a_device_that_never_rests_meets_a_limit_with_a_sentence() {
    ends(
        "wakes-every-microsecond",
        1,
        "never rests: 20001 barriers within a second of simulated time",
    );
    ends("wakes-every-millisecond", 1, "FAIL ");
}

#[test]
fn a_device_that_logs_without_end_meets_a_limit_with_a_sentence() {
    ends("logs-without-end", 1, "has said too much: ");
}

#[test]
fn what_a_device_left_in_a_session_of_its_own_is_gone_with_it() {
    ends("leaves-a-session", 1, "");
    ends("leaves-an-orphan", 1, "");
    ends("leaves-an-orphan-and-exits", 1, "exited with code 0");
}
