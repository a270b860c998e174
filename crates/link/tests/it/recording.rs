//! Recorded sessions: what is written, what a replay says, and files that are not as they were written.

use std::path::Path;
use std::time::Duration;

use blackstart_link::{
    Header, LinkError, LinkErrorKind, RecordedLine, RecordingErrorKind, RecordingWriter, Session,
    SessionRecording, Tape, Timebase, WakeCause,
};
use blackstart_units::SimTime;
use proptest::prelude::*;

use crate::pins::offer;
use crate::scripted::Script;
use crate::speech::{done, frames, introduction};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Port voltage, in millivolts.
const READING: (u16, i32) = (0x0013, 51_200);

fn header() -> Header {
    let device = "a script".to_owned();
    let answer_timeout_ns = TIMEOUT.as_nanos() as u64;
    Header {
        tool_version: "1".to_owned(),
        scenario: "s".to_owned(),
        scenario_file: "scenarios/s.json".to_owned(),
        seed: 7,
        rig: "r".to_owned(),
        realtime: false,
        lines: vec![RecordedLine { role: "bms".to_owned(), device, answer_timeout_ns }],
        files: Vec::new(),
    }
}

/// Greeting and two barriers with a device that answers in pieces.
fn converse(mut session: Session, second: i32) -> Result<(), LinkError> {
    let first = session.exchange(SimTime::ZERO, WakeCause::default(), &[READING])?;
    assert_eq!(first.wake, SimTime::NEVER);
    session.exchange(SimTime::from_millis(5), WakeCause::default(), &[(READING.0, second)])?;
    session.say_farewell()
}

fn script() -> Script {
    let answers = frames(&[done(0)]);
    let (head, tail) = answers.split_at(3);
    Script([frames(&introduction()), head.to_vec(), tail.to_vec(), frames(&[done(1)])].into())
}

fn record(path: &Path) {
    let writer = RecordingWriter::create(path, &header()).unwrap();
    let tape: Option<Tape> = writer.tape("bms");
    assert!(tape.is_some() && writer.tape("nobody").is_none());
    let session =
        Session::connect_taped(Box::new(script()), Timebase::Lockstep, TIMEOUT, offer(), tape)
            .unwrap()
            .0;
    converse(session, 0).unwrap();
    assert!(!path.exists(), "a recording has its name when it is whole");
    writer.finish().unwrap();
}

fn bytes() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.rec");
    record(&path);
    std::fs::read(&path).unwrap()
}

fn replay(recording: &SessionRecording, second: i32) -> Result<(), LinkError> {
    let replay = recording.replay("bms").unwrap();
    converse(Session::connect(replay, TIMEOUT, offer())?.0, second)
}

#[test]
fn a_recording_answers_like_the_device_in_it() {
    let recording = SessionRecording::from_bytes(&bytes()).unwrap();
    assert!(recording.is_complete());
    assert_eq!(recording.header(), &header());
    assert!(recording.replay("nobody").is_none());
    replay(&recording, 0).unwrap();
}

#[test]
fn another_question_is_named_with_its_barrier() {
    let recording = SessionRecording::from_bytes(&bytes()).unwrap();
    let error = replay(&recording, 48_000).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the recording of a script departs: at barrier 1, at 0.005 s, the bench now sends \
         READING port_voltage_v 48, recorded is READING port_voltage_v 0"
    );
}

#[test]
fn a_session_that_ends_earlier_than_recorded_departs() {
    let recording = SessionRecording::from_bytes(&bytes()).unwrap();
    let replay = recording.replay("bms").unwrap();
    let mut session = Session::connect(replay, TIMEOUT, offer()).unwrap().0;
    let LinkErrorKind::Departed(departure) = session.say_farewell().unwrap_err().kind else {
        panic!("another error")
    };
    assert_eq!((departure.asked.as_str(), departure.barrier), ("BYE", 0));
}

#[test]
fn a_recording_that_was_cut_off_ends_where_it_was_cut() {
    let whole = bytes();
    for length in 0..whole.len() {
        match SessionRecording::from_bytes(&whole[..length]) {
            Ok(recording) => {
                assert!(!recording.is_complete(), "{length}");
                let kind = replay(&recording, 0).unwrap_err().kind;
                assert!(matches!(kind, LinkErrorKind::RecordingEnds { .. }), "{length}: {kind}");
            }
            Err(RecordingErrorKind::NotARecording | RecordingErrorKind::NoHeader) => {}
            Err(error) => panic!("{length}: {error}"),
        }
    }
}

#[test]
fn a_later_format_and_another_file_are_distinguished() {
    let kind = |bytes: &[u8]| SessionRecording::from_bytes(bytes).unwrap_err();
    assert!(matches!(kind(b"blackstart session 2\n"), RecordingErrorKind::UnknownFormat));
    assert!(matches!(kind(b"{}"), RecordingErrorKind::NotARecording));
}

#[test]
fn a_run_that_breaks_off_leaves_a_part_that_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("session.rec");
    let writer = RecordingWriter::create(&path, &header()).unwrap();
    let session = Session::connect_taped(
        Box::new(script()),
        Timebase::Lockstep,
        TIMEOUT,
        offer(),
        writer.tape("bms"),
    )
    .unwrap()
    .0;
    converse(session, 0).unwrap();
    drop(writer);
    let recording = SessionRecording::read(&folder.path().join("session.rec.part")).unwrap();
    assert!(!recording.is_complete());
    replay(&recording, 0).unwrap();
}

proptest! {
    #[test]
    fn an_altered_recording_is_never_taken_for_a_whole_one(at in 0usize..4096, bit in 0u8..8) {
        let mut altered = bytes();
        let at = at % altered.len();
        altered[at] ^= 1 << bit;
        let read = SessionRecording::from_bytes(&altered);
        prop_assert!(read.is_err() || !read.unwrap().is_complete());
    }

    #[test]
    fn no_bytes_panic_the_reader(tail in prop::collection::vec(any::<u8>(), 0..256)) {
        let mut bytes = b"blackstart session 1\n".to_vec();
        bytes.extend(tail);
        prop_assert!(SessionRecording::from_bytes(&bytes).is_err());
    }
}
