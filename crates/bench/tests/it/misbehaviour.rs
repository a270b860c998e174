//! Devices under test that misbehave: what the run says, and that nothing before it is lost.
//!
//! Each is a process of its own that is decent for five seconds of simulated time.

use std::path::Path;

use blackstart_link::LinkErrorKind;
use blackstart_trace::file;
use blackstart_trace::{EventKind, Trace};
use blackstart_units::SimTime;

use super::*;

fn misfit(kind: &str) -> Rig {
    rig(&[&program(), kind])
}

fn program() -> String {
    firmware_folder().join("misfit").display().to_string()
}

/// What a run says that lost its device, the trace file that it left, and what it had in memory.
fn lost(kind: &str) -> (String, Trace, Run) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trace");
    let (scenario, root, rig) = (scenario(PAIRING), root(), misfit(kind));
    let job = Job { trace_file: Some(&path), ..job(&scenario, Some(&rig), &root) };
    let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    let reason = run.trace.events().iter().find_map(|event| match &event.kind {
        EventKind::DutLost { reason } => Some(reason.clone()),
        _ => None,
    });
    (reason.expect("the device is lost"), stored(&path), run)
}

fn stored(path: &Path) -> Trace {
    let recording = file::read(path).unwrap();
    assert!(recording.is_complete());
    recording.trace
}

/// The run fails for this reason, at five seconds, and what was recorded until then is there.
fn is_lost(kind: &str, expected: &str) {
    let (reason, stored, run) = lost(kind);
    assert!(reason.starts_with(expected), "{kind}: {reason}");
    let judged = &run.verdict.judged;
    assert_eq!(judged.outcome.name(), "fail", "{kind}");
    let text = format!("{:?}", judged.reasons);
    assert!(text.contains(expected), "{kind}: {text}");
    let at = run.trace.end();
    assert!((5.0..7.0).contains(&at.as_seconds()), "{kind}: lost at {at}");
    let voltage = |trace: &Trace, at| {
        trace.series_named("sessy-1.pack_voltage_v").and_then(|series| series.held_at(at))
    };
    let before = SimTime::from_whole_seconds(4);
    assert!(voltage(&run.trace, before) > Some(50.0), "{kind}");
    // A file leaves out what a straight line tells, to a ten-thousandth.
    let [filed, seen] = [voltage(&stored, before), voltage(&run.trace, before)].map(Option::unwrap);
    assert!((filed - seen).abs() <= 1e-4 * seen, "{kind}: {filed} {seen}");
    assert_eq!(stored.events().len(), run.trace.events().len(), "{kind}");
}

/// The device never gets as far as a run.
fn refused(rig: &Rig) -> BenchError {
    match go(PAIRING, Some(rig)) {
        Err(error) => error,
        Ok(_) => panic!("the device should be refused"),
    }
}

#[test]
fn a_decent_device_gets_to_the_end() {
    let run = go(PAIRING, Some(&misfit("decent"))).unwrap();
    assert_eq!(run.trace.end(), SimTime::from_whole_seconds(60));
}

#[test]
fn silent_from_the_start_never_answered() {
    let BenchError::NeverAnswered { source, .. } = refused(&misfit("silent-from-the-start")) else {
        panic!("another error")
    };
    assert!(matches!(source.kind, LinkErrorKind::NeverAnswered { received: 0, .. }), "{source}");
}

#[test]
fn another_version_of_the_protocol_is_named() {
    let BenchError::NeverAnswered { source, .. } = refused(&misfit("another-version")) else {
        panic!("another error")
    };
    let expected = "speaks version 9 of the bench link, the bench speaks version 2";
    assert_eq!(source.kind.to_string(), expected);
}

#[test]
fn version_1_of_the_protocol_is_named() {
    let error = refused(&misfit("version-1"));
    let BenchError::NeverAnswered { source, .. } = error else { panic!("{error}") };
    let expected = "speaks version 1 of the bench link, the bench speaks version 2";
    assert_eq!(source.kind.to_string(), expected);
}

#[test]
fn a_device_that_orders_nothing_of_its_role_is_refused() {
    let error = refused(&misfit("deaf"));
    assert!(matches!(error, BenchError::Deaf { .. }), "{error}");
    let expected = "`sessy-1.bms`: the device `misfit 1.0` uses none of the commands of its role";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn what_a_device_does_not_use_stands_in_the_basis() {
    let run = go(PAIRING, Some(&misfit("decent"))).unwrap();
    let pins = run.verdict.basis.links[0].pins.as_ref().unwrap();
    let unused = |names: &[String], name: &str| names.iter().any(|one| one == name);
    assert!(unused(&pins.unused_readings, "cell-*_voltage_v"), "{pins:?}");
    assert!(unused(&pins.unused_commands, "front_end_clear"), "{pins:?}");
    assert!(unused(&pins.unused_claims, "paired"), "{pins:?}");
    assert!(!unused(&pins.unused_readings, "pack_current_a"), "{pins:?}");
    let unused = [&pins.unused_readings, &pins.unused_commands, &pins.unused_claims];
    let unused = unused.into_iter().map(Vec::len).sum::<usize>() as u64;
    assert_eq!(pins.used + unused, pins.offered);
    assert!(pins.own_claims.is_empty());
}

#[test]
fn an_answer_to_the_offer_that_cannot_be_is_refused_before_the_run() {
    for (kind, expected) in [
        ("uses-what-was-not-offered", "uses the pin 0x3FFF, which it was never offered"),
        ("uses-twice", "says twice that it uses `pack_current_a`"),
        ("owns-without-end", "begins to name a claim of its own, `mood…`, and never ends it"),
        ("owns-twice", "names a claim of its own `mood`, and there is one of that name already"),
        ("owns-what-the-role-has", "names a claim of its own `soc_pct`, and there is one of that"),
        ("ready-for-something-else", "answers with the digest 0xDEADBEEF to pins whose digest"),
    ] {
        let error = refused(&misfit(kind));
        let BenchError::NeverAnswered { source, .. } = &error else { panic!("{kind}: {error}") };
        let said = source.kind.to_string();
        assert!(said.starts_with(expected), "{kind}: {said}");
    }
}

#[test]
fn another_firmware_than_the_rig_names_is_an_error() {
    for (keys, what) in [
        (r#""expect":"reference-bms","#, "name `reference-bms`, but `misfit`"),
        (r#""expect":"misfit","expect_version":"1.1","#, "version `1.1`, but `1.0`"),
    ] {
        let error = refused(&rig_with(keys, &[&program(), "decent"])).to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn silent_after_a_while_is_silent() {
    is_lost("silent-after-a-while", "was silent for 2s");
}

#[test]
fn an_exit_is_named_with_its_code() {
    is_lost("exits", "exited with code 3");
}

#[test]
fn a_crash_is_named_with_its_signal() {
    is_lost("crashes", "was killed by SIGSEGV");
}

#[test]
fn a_device_that_resets_itself_has_restarted() {
    is_lost("resets", "restarted");
}

#[test]
fn a_device_that_says_that_it_has_started_anew_has_restarted_at_once() {
    is_lost("reboots", "restarted");
}

#[test]
fn a_device_that_hangs_after_an_answer_is_silent_at_the_next_barrier() {
    is_lost("hangs-after-its-answer", "was silent for 2s");
}

#[test]
fn a_flood_is_a_flood() {
    is_lost("floods", "flooded the line");
}

#[test]
fn noise_is_garbage() {
    is_lost("babbles", "sent garbage");
}

#[test]
fn half_frames_are_garbage() {
    is_lost("halves-frames", "sent garbage");
}

#[test]
fn absurd_claims_commands_and_subscriptions_are_named() {
    is_lost("claims-absurdly", "said what cannot be: `state` cannot be 2147483647");
    is_lost("commands-absurdly", "said what cannot be: `scd_delay_us` cannot be -2147483648");
    is_lost("claims-what-it-does-not-use", "said what cannot be: there is no claim 0x7FFF");
    is_lost("subscribes-absurdly", "said what cannot be: there is no reading 0x3FFF");
}

#[test]
fn a_wake_up_in_the_past_is_named() {
    is_lost("wakes-in-the-past", "asked at 5");
}

#[test]
fn an_answer_given_twice_is_out_of_turn() {
    is_lost("answers-twice", "answered barrier");
}

#[test]
fn a_slow_device_gives_the_digest_of_a_fast_one() {
    let short = |kind| go(SHORT_RUN, Some(&misfit(kind))).unwrap().trace.digest();
    assert_eq!(short("dawdles"), short("decent"));
}

/// Twenty simulated seconds: a device that dawdles takes a tenth of a second for each.
const SHORT_RUN: &str = INRUSH;

#[test]
fn an_answer_that_comes_too_late_was_silence() {
    is_lost("answers-too-late", "was silent for 2s");
}
