//! A device is heard, or it is not judged: mute ones on every line, and ones that fall silent.
//!
//! The scenarios are shorter than the ten seconds for which a device may be silent.

use std::net::TcpListener;

use blackstart_scenario::RigClock;
use blackstart_trace::EventKind;

use super::*;
use crate::mapped::{load, shell, text};
use crate::realtime::{GENEROUS, come_up, realtime};

/// One second in which nothing happens.
const ONE_SECOND: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "A second passes", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 1, "events": [],
  "checks": [{"id": "nothing-trips", "kind": "no-trip", "target": "sessy-1"}]
}"#;

fn one_second(rig: &Rig) -> Result<Run, BenchError> {
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let path = folder.path().join("a-second-passes.json");
    std::fs::write(&path, ONE_SECOND).unwrap();
    let scenario = library().scenario(&path).unwrap();
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(()))
}

fn never_answers(rig: &Rig, what: &str) -> blackstart_link::LinkError {
    match one_second(rig) {
        Err(BenchError::NeverAnswered { source, .. }) => source,
        Err(other) => panic!("{what}: another error: {other}"),
        Ok(run) => panic!("{what}: {:?}", run.verdict.judged.outcome),
    }
}

fn is_lost(run: &Run, expected: &str) {
    let judged = &run.verdict.judged;
    assert_eq!(judged.outcome.name(), "fail", "{:?}", judged.reasons);
    let lost = run.trace.events().iter().find_map(|event| match &event.kind {
        EventKind::DutLost { reason } => Some(reason.as_str()),
        _ => None,
    });
    assert!(lost.is_some_and(|lost| lost.starts_with(expected)), "{lost:?}");
}

/// A rig with one binding, or one emulation.
fn rig_of(clock: &str, rest: &str) -> Rig {
    let budget =
        if clock == "realtime" { format!(r#""budget": {GENEROUS},"#) } else { String::new() };
    let text = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "t", "clock": "{clock}", {budget} {rest}}}"#
    );
    load(&text).unwrap()
}

#[test]
fn a_mute_device_never_answered_on_any_line_and_either_clock() {
    // Accepted by the kernel alone.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = format!(r#"{{"type": "tcp", "address": "{}"}}"#, listener.local_addr().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let pty = format!(r#"{{"type": "pty", "link": "{}"}}"#, folder.path().join("mute").display());
    let sleeps = r#"{"type": "process", "command": ["/bin/sleep", "60"]}"#;
    let takes_all = r#"{"type": "process", "command": ["/bin/sh", "-c", "exec cat >/dev/null"]}"#;
    let adapter = format!(
        r#"{{"type": "slcan", "line": {takes_all}, "bit_rate_kbps": 500, "answers": false}}"#
    );
    for transport in [tcp.as_str(), &pty, sleeps, takes_all, &adapter] {
        for clock in ["lockstep", "realtime"] {
            let rest = format!(
                r#""bindings": {{"bms": {{"answer_timeout_s": 1, "transport": {transport}}}}}"#
            );
            never_answers(&rig_of(clock, &rest), &format!("{clock} {transport}"));
        }
    }
}

/// The firmware's adapter acknowledges every frame; the one message that is mapped never comes.
fn only_acknowledges(received: &str) -> Rig {
    let program = firmware_folder().join("can-bms").display().to_string();
    rig_of(
        "realtime",
        &format!(
            r#""bindings": {{"bms": {{
            "transport": {{"type": "slcan", "line": {{"type": "process", "command": [{program:?}]}}}},
            "protocol": {{"type": "dbc", "files": ["fixtures/dbc/can-bms.dbc"], "unfed": ["*"],
            "ungiven": ["*"], "messages": [{{"message": "Inputs", "from": "bench", "signals": {{}}}}
            {received}]}}}}}}"#
        ),
    )
}

#[test]
fn acknowledgements_of_an_adapter_are_not_the_device_however_short_the_scenario() {
    let rig = only_acknowledges(r#", {"message": "Charge", "from": "device", "signals": {}}"#);
    let error = never_answers(&rig, "a message that never comes");
    assert!(matches!(
        error.kind,
        blackstart_link::LinkErrorKind::NeverAnswered { waited, .. } if waited.as_secs() == 1
    ));
}

#[test]
fn a_mapped_device_that_ends_before_it_was_heard_never_answered() {
    let error = never_answers(&shell("sleep 0.2; echo 'no board' >&2; exit 3"), "it ends");
    assert_eq!(error.last_words, "no board");
}

#[test]
fn a_reader_that_reads_nobody_never_answered() {
    for kind in ["ve-direct-reader", "bms-can-inverter-victron"] {
        let rest = format!(
            r#""bindings": {{}}, "emulates": {{"inverter-1": {{"as": "{kind}",
            "transport": {{"type": "process", "command": ["/bin/sleep", "60"]}}}}}}"#
        );
        never_answers(&rig_of("realtime", &rest), kind);
    }
    let rest = r#""bindings": {}, "emulates": {"load-1": {"as": "modbus-meter-reader",
        "transport": {"type": "process", "command": ["/bin/sleep", "60"]}}}"#;
    never_answers(&rig_of("realtime", rest), "modbus-meter-reader");
}

#[test]
fn a_client_that_never_comes_is_no_matter() {
    let rest = r#""bindings": {}, "emulates": {"load-1": {"as": "modbus-meter",
        "transport": {"type": "process", "command": ["/bin/sleep", "60"]}}}"#;
    assert_eq!(
        one_second(&rig_of("realtime", rest)).unwrap().verdict.judged.outcome.name(),
        "pass"
    );
}

/// Firmware that stops for good a little before the scenario ends; nothing reads its line any more.
fn hangs(program: &str) -> String {
    format!("(sleep 1.5; kill -STOP $$) & exec {program}")
}

#[test]
fn firmware_that_hangs_shortly_before_the_end_is_lost() {
    let mut rig = realtime(GENEROUS, &["/bin/sh", "-c", &hangs(&native("1.1"))]);
    rig.bindings.get_mut("bms").unwrap().answer_timeout =
        blackstart_units::SimTime::from_whole_seconds(3);
    is_lost(&come_up(&rig), "was silent for 3s");
}

#[test]
fn firmware_with_frames_of_its_own_that_hangs_is_lost_and_its_full_line_is_its_fault() {
    // A second of silence; then a full line, which takes 64 unacknowledged frames to be one.
    is_lost(&come_up(&shell(&hangs("{}"))), "was silent for 1s");
    let rig = shell("(sleep 0.7; kill -STOP $$) & exec {}");
    let run = come_up(&rig);
    is_lost(&run, "was silent for 1s");
    assert_eq!(run.verdict.basis.links[0].lost_frames, 0);
}

#[test]
fn a_bus_that_takes_nothing_while_the_device_goes_on_speaking_is_a_device_that_does_not_read() {
    // After some messages nothing is acknowledged any more, and one message goes on and on.
    let speaks_on = "while :; do printf 't303100\\r'; sleep 0.05; done";
    let mut rig = shell(&format!("{{}} | dd bs=1 count=600 status=none; {speaks_on}"));
    // The line that is cut off is no frame.
    let RigClock::Realtime(budget) = &mut rig.clock else { panic!("on the wall clock") };
    budget.lost_frames = 1;
    is_lost(&come_up(&rig), "stopped reading");
}

#[test]
fn what_a_device_wrote_to_its_error_channel_is_in_the_basis() {
    let program = firmware_folder().join("misfit").display().to_string();
    let run = go(PAIRING, Some(&rig(&[&program, "exits"]))).unwrap();
    let expected = "assertion failed: the pack is on fire";
    assert_eq!(run.verdict.basis.links[0].error_output, expected);
    // One that lives to the end as well, and of a torrent only the end.
    let script = format!("yes noise | head -n 20000 >&2; echo ready >&2; exec {}", native("1.1"));
    let run = go(INRUSH, Some(&rig(&["/bin/sh", "-c", &script]))).unwrap();
    let said = &run.verdict.basis.links[0].error_output;
    assert!(said.len() <= 4096 && said.ends_with("noise\nready"), "{said}");
}

#[test]
fn a_device_without_an_identity_has_no_name_of_its_own() {
    let run = come_up(&load(&text(&[])).unwrap());
    let called = "can-bms".to_owned();
    let subject = run.verdict.judged.subject["sessy-1.bms"].clone();
    assert_eq!(subject, blackstart_verdict::Subject::UnnamedDut { called });
    assert_eq!(run.verdict.judged.subject_folder(), "sessy-1.bms=can-bms");
}
