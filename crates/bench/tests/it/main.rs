//! Whole runs: determinism, and real firmware in the loop.

mod alarms;
mod amounts;
mod boundaries;
mod builds;
mod bus_faults;
mod can;
mod charger;
mod chip;
mod claimed_trips;
mod clients;
mod contactors;
mod corners;
mod drains;
mod drawings;
mod drawn_guesses;
mod emulated;
mod field_logs;
mod front_end_pins;
mod full_bus;
mod heard;
mod jumps;
mod lfp_curve;
mod mapped;
mod misbehaviour;
mod paced;
mod port_of_the_pack;
mod reading_faults;
mod realtime;
mod replaying;
mod transfer_switch;
mod transports;
mod words;

#[path = "../../../wire/tests/it/witness.rs"]
mod witness;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use blackstart_bench::{BenchError, Job, Run, run, run_shuffled};
use blackstart_scenario::{Library, Resolved, Rig};

const INRUSH: &str = "scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json";
const PAIRING: &str = "scenarios/sessy/pairing-in-order-carries-500-w.json";
const LIVE_LOAD: &str = "scenarios/sessy/pairing-with-inverter-on-never-closes.json";
const SHORT: &str = "scenarios/sessy/short-at-the-port-trips-scd.json";
const BACKUP_BOX: &str =
    "scenarios/alpha/example-a-sheds-phase-3-at-30-and-phase-2-at-20-percent.json";
const OUTAGE: &str = "scenarios/sessy/outage-at-500-w-then-a-week-ends-chargeable.json";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn library() -> Library {
    Library::open(&root()).unwrap()
}

fn scenario(path: &str) -> Resolved {
    library().scenario(&root().join(path)).unwrap()
}

fn job<'a>(scenario: &'a Resolved, rig: Option<&'a Rig>, root: &'a Path) -> Job<'a> {
    Job { scenario, rig, root, seed: None, trace_file: None, session_file: None, bounds: None }
}

fn go(path: &str, rig: Option<&Rig>) -> Result<Run, BenchError> {
    let (scenario, root) = (scenario(path), root());
    run(&job(&scenario, rig, &root), &mut |_| ControlFlow::Continue(()))
}

/// A rig that binds the BMS to a command and waits two seconds for each answer.
fn rig(command: &[&str]) -> Rig {
    rig_with(r#""answer_timeout_s":2,"#, command)
}

/// A rig that binds the BMS to a command, with more of the binding's keys, in a folder of its own.
fn rig_with(keys: &str, command: &[&str]) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.json");
    let command: Vec<String> = command.iter().map(|word| format!("{word:?}")).collect();
    let text = format!(
        r#"{{"schema":1,"kind":"rig","title":"test","bindings":{{"bms":{{{keys}"transport":{{"type":"process","command":[{}]}}}}}}}}"#,
        command.join(",")
    );
    std::fs::write(&path, text).unwrap();
    library().rig(&path).unwrap()
}

/// The folder of the native firmware, built once into this test run's own.
fn firmware_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        assert!(make("all"));
        build_folder()
    })
}

fn build_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware")
}

fn make(target: &str) -> bool {
    let built = Command::new("make")
        .args(["-s", "-C"])
        .arg(root().join("fixtures/firmware"))
        .arg(format!("BUILD={}", build_folder().display()))
        .arg(target)
        .status();
    built.unwrap().success()
}

/// The native reference firmware of a version.
fn native(version: &str) -> String {
    firmware_folder().join(format!("reference-bms-{version}")).display().to_string()
}

fn trips(run: &Run) -> Vec<(String, String)> {
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let trips = judged["trips"].as_array().unwrap();
    trips.iter().map(|trip| (text(&trip["protection"]), text(&trip["cause"]))).collect()
}

#[test]
fn same_seed_gives_the_same_bytes_and_shuffled_systems_the_same_digest() {
    for path in [INRUSH, LIVE_LOAD, BACKUP_BOX] {
        let (scenario, root) = (scenario(path), root());
        let job = job(&scenario, None, &root);
        let first = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        let again = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!(first.verdict.to_json(), again.verdict.to_json());
        for shuffle in 0..4 {
            let shuffled =
                run_shuffled(&job, Some(shuffle), &mut |_| ControlFlow::Continue(())).unwrap();
            assert_eq!(first.trace.digest(), shuffled.trace.digest(), "shuffle seed {shuffle}");
        }
    }
}

#[test]
fn firmware_and_built_in_bms_come_to_the_same_outcomes() {
    let rig = rig(&[&native("1.0")]);
    for (path, expected) in [
        (PAIRING, vec![]),
        (INRUSH, vec![("scd", "inrush")]),
        (SHORT, vec![("scd", "short")]),
        (LIVE_LOAD, vec![("precharge-timeout", "live-load")]),
        (OUTAGE, vec![("uvp", "empty")]),
    ] {
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(p, c)| (p.to_owned(), c.to_owned())).collect();
        assert_eq!(trips(&go(path, None).unwrap()), expected, "built-in, {path}");
        assert_eq!(trips(&go(path, Some(&rig)).unwrap()), expected, "firmware, {path}");
    }
}

#[test]
fn firmware_that_dies_mid_run_fails_as_dut_lost_and_keeps_the_trace() {
    // Its line is cut after 600 bytes; the firmware then ends on the broken pipe.
    let cut = format!("{} | dd bs=1 count=600 status=none", native("1.0"));
    let run = go(OUTAGE, Some(&rig(&["/bin/sh", "-c", &cut]))).unwrap();
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    assert_eq!(judged["outcome"], "fail");
    assert!(judged.to_string().contains("dut-lost"), "{judged}");
    assert!(run.trace.end() > blackstart_units::SimTime::ZERO);
}

#[test]
fn firmware_that_never_starts_is_an_error() {
    let outcome = go(PAIRING, Some(&rig(&["/nonexistent/firmware"])));
    assert!(matches!(outcome, Err(BenchError::NeverAnswered { .. })));
}

#[test]
fn firmware_that_never_answers_is_an_error() {
    let outcome = go(PAIRING, Some(&rig(&["/bin/sh", "-c", "sleep 30"])));
    assert!(matches!(outcome, Err(BenchError::NeverAnswered { .. })));
}
