//! Devices that do everything wrong, as lines of shell.

use std::path::{Path, PathBuf};
use std::time::Duration;

use blackstart_link::{LinkError, LinkErrorKind, Process, Session, WakeCause};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::FromDevice;

use crate::pins::offer;
use crate::speech::{done, frames, introduction, print, shell};

/// For devices that are expected to say or do something.
const PATIENCE: Duration = Duration::from_secs(10);
/// For devices that are expected to let the time pass.
const IMPATIENCE: Duration = Duration::from_millis(300);
/// For devices that must have said something when the time has passed.
const SOME_PATIENCE: Duration = Duration::from_secs(2);

const NOBODY_THERE: &str = "exec sleep 60";

fn refused(script: &str, timeout: Duration) -> LinkError {
    Session::connect(shell(script), timeout, offer()).err().expect("the device should be refused")
}

/// What the first barrier says of a device that introduces itself, with these bytes in the same breath,
/// and goes on like this.
fn lost(bytes: &[u8], script: &str, timeout: Duration) -> LinkError {
    let script = print(&[&frames(&introduction()), bytes].concat()) + script;
    let (mut session, _) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    session.set_timeout(timeout);
    session.exchange(SimTime::ZERO, WakeCause::default(), &[]).unwrap_err()
}

#[test]
fn a_program_that_does_not_exist_never_starts() {
    for command in [vec!["/nonexistent/firmware".to_owned()], vec![]] {
        let error = Process::start(&command, Path::new("/")).err().unwrap();
        assert!(matches!(error.kind, LinkErrorKind::NeverStarted(_)), "{error}");
    }
}

#[test]
fn a_relative_program_starts_from_the_given_directory_though_that_is_relative_too() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::os::unix::fs::symlink("/bin/sh", folder.path().join("firmware")).unwrap();
    let here = std::env::current_dir().unwrap();
    let to_root: PathBuf = here.iter().skip(1).map(|_| "..").collect();
    let directory = to_root.join(folder.path().strip_prefix("/").unwrap());
    let command = ["./firmware", "-c", "test -L firmware && exit 5"].map(str::to_owned);
    let process = Process::start(&command, &directory).unwrap();
    let error = Session::connect(process, PATIENCE, offer()).err().unwrap();
    assert!(matches!(error.kind, LinkErrorKind::Exited { code: 5 }), "{error}");
}

#[test]
fn exiting_at_once_is_reported_with_code_and_last_words() {
    let error = refused("echo 'no such board' >&2; exit 3", PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Exited { code: 3 }), "{error}");
    assert_eq!(error.last_words, "no such board");
}

#[test]
fn only_the_end_of_a_long_complaint_is_kept_and_it_blocks_nobody() {
    let error = refused("yes complaint | head -c 1000000 >&2; echo the end >&2; exit 1", PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Exited { code: 1 }), "{error}");
    assert!(error.last_words.len() <= 4096);
    assert!(error.last_words.ends_with("complaint\nthe end"));
}

#[test]
fn a_complaint_without_end_does_not_keep_the_bench_from_giving_up() {
    let error = refused("exec yes complaint >&2", SOME_PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::NeverAnswered { received: 0, .. }), "{error}");
    assert!(error.last_words.contains("complaint\ncomplaint\n"));
}

#[test]
fn a_device_that_missed_the_first_greeting_is_greeted_again() {
    // A greeting is eight bytes with the delimiter before it. Two are swallowed, the third answered.
    let script = "dd bs=1 count=24 of=/dev/null status=none; ".to_owned();
    let script =
        script + &print(&frames(&introduction())) + &print(&frames(&[done(0)])) + NOBODY_THERE;
    let (mut session, identity) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    assert_eq!(identity.name, "mock");
    assert!(session.exchange(SimTime::ZERO, WakeCause::default(), &[]).is_ok());
}

#[test]
fn silence_from_the_start_is_never_answered() {
    let error = refused(NOBODY_THERE, IMPATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::NeverAnswered { received: 0, .. }), "{error}");
}

#[test]
fn an_echo_is_no_answer() {
    let error = refused("exec cat", SOME_PATIENCE);
    let LinkErrorKind::NeverAnswered { received, .. } = error.kind else { panic!("{error}") };
    assert!(received > 0);
}

#[test]
fn boot_noise_before_the_identity_does_no_harm() {
    let script = print(b"booting...\r\n\0") + &print(&frames(&introduction())) + NOBODY_THERE;
    let (session, identity) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    assert_eq!((identity.name.as_str(), identity.version.as_str()), ("mock", "0.1"));
    let received = session.counters().received;
    assert_eq!((received.rejected(), received.dropped_bytes), (1, 12));
}

#[test]
fn nothing_but_garbage_is_said_to_be_garbage() {
    let error = refused(&(print(b"hello\0there\0") + NOBODY_THERE), SOME_PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Garbage { rejected: 2, .. }), "{error}");
}

#[test]
fn silence_after_the_greeting_is_silence() {
    let error = lost(&[], NOBODY_THERE, IMPATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Silent { .. }), "{error}");
}

#[test]
fn garbage_in_the_middle_ends_the_session() {
    let error = lost(b"panic at main.c\0", NOBODY_THERE, PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Garbage { rejected: 1, .. }), "{error}");
}

#[test]
fn half_a_frame_is_garbage_when_the_rest_does_not_come() {
    let half = &frames(&[done(0)])[..6];
    let error = lost(half, NOBODY_THERE, IMPATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Garbage { dropped_bytes: 6, .. }), "{error}");
}

#[test]
fn a_frame_with_one_wrong_bit_is_garbage() {
    let mut frame = frames(&[done(0)]);
    frame[3] ^= 0x04;
    let error = lost(&frame, NOBODY_THERE, PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Garbage { rejected: 1, .. }), "{error}");
}

#[test]
fn a_flood_of_bytes_is_cut_off() {
    for source in ["/dev/zero", "/dev/urandom"] {
        let error = refused(&format!("exec cat {source}"), PATIENCE);
        assert!(matches!(error.kind, LinkErrorKind::Flooded { .. }), "{error}");
    }
}

#[test]
fn a_flood_of_good_messages_is_cut_off() {
    let many = print(&frames(&[FromDevice::Claim { id: 0x6001, value: 5000 }; 100]));
    let error = lost(&[], &format!("while :; do {many} done"), PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Flooded { messages: 10_000, .. }), "{error}");
}

#[test]
fn a_trickle_without_end_is_cut_off_in_time() {
    let one = frames(&[FromDevice::Claim { id: 0x6001, value: 5000 }]);
    let trickle = format!("while :; do {} sleep 0.05; done", print(&one));
    let error = lost(&one, &trickle, IMPATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::Unfinished { .. }), "{error}");
}

#[test]
fn what_was_said_before_the_end_is_delivered() {
    let script = print(&frames(&introduction())) + &print(&frames(&[done(0)])) + "exit 7";
    let (mut session, _) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    let answer = session.exchange(SimTime::ZERO, WakeCause::default(), &[]).unwrap();
    assert_eq!(answer.wake, SimTime::NEVER);
    let error = session.exchange(SimTime::NANOSECOND, WakeCause::default(), &[]).unwrap_err();
    assert!(matches!(error.kind, LinkErrorKind::Exited { code: 7 }), "{error}");
}

#[test]
fn a_device_that_stops_reading_is_not_waited_for() {
    let script = print(&frames(&introduction())) + NOBODY_THERE;
    let (mut session, _) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    session.set_timeout(IMPATIENCE);
    let more_than_any_buffer = vec![(0x0100, 1); 100_000];
    let error = session.exchange(SimTime::ZERO, WakeCause::default(), &more_than_any_buffer);
    let error = error.unwrap_err();
    assert!(matches!(error.kind, LinkErrorKind::NotReading), "{error}");
}

#[test]
fn a_device_that_writes_while_the_bench_writes_blocks_nobody() {
    // It answers before it reads: more than the line holds, while the bench sends more than the line
    // holds.
    let claims = print(&frames(&[FromDevice::Claim { id: 0x6001, value: 5000 }; 100]));
    let script = format!(
        "{} i=0; while [ $i -lt 60 ]; do {claims} i=$((i + 1)); done; {} exec cat >/dev/null",
        print(&frames(&introduction())),
        print(&frames(&[done(0)]))
    );
    let (mut session, _) = Session::connect(shell(&script), PATIENCE, offer()).unwrap();
    let readings = vec![(0x0100, 1); 50_000];
    let answer = session.exchange(SimTime::ZERO, WakeCause::default(), &readings).unwrap();
    assert_eq!(answer.claims.len(), 6000);
}

#[test]
fn a_closed_line_of_a_living_device_is_reported_as_such() {
    let error = lost(&[], "exec <&- >&-; exec sleep 60", PATIENCE);
    assert!(matches!(error.kind, LinkErrorKind::HungUp), "{error}");
}
