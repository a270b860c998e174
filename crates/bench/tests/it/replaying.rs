//! A run with real firmware, and the same run with its recording.

use blackstart_bench::{RecordingErrorKind, SessionRecording, replay};

use super::*;

/// A run with a device, and what was recorded of it.
fn recorded(path: &str, rig: &Rig) -> (Run, SessionRecording) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.rec");
    let (scenario, root) = (scenario(path), root());
    let job = Job { session_file: Some(&file), ..job(&scenario, Some(rig), &root) };
    let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    (run, SessionRecording::read(&file).unwrap())
}

fn play(path: &str, recording: &SessionRecording) -> Result<Run, BenchError> {
    let (scenario, root) = (scenario(path), root());
    let job = Job { seed: Some(recording.header().seed), ..job(&scenario, None, &root) };
    replay(&job, recording, &mut |_| ControlFlow::Continue(()))
}

fn replays_alike(path: &str, rig: &Rig) {
    let (run, recording) = recorded(path, rig);
    assert!(recording.is_complete());
    let again = play(path, &recording).unwrap();
    assert_eq!(again.verdict.judged, run.verdict.judged, "{path}");
    assert_eq!(again.trace.digest(), run.trace.digest(), "{path}");
}

#[test]
fn a_recorded_session_gives_the_verdict_without_the_device() {
    replays_alike(INRUSH, &rig(&[&native("1.0")]));
    let rig = rig(&[&native("1.1")]);
    for path in [PAIRING, SHORT, OUTAGE] {
        replays_alike(path, &rig);
    }
}

#[test]
fn a_device_that_was_lost_is_lost_again_in_the_same_way() {
    let program = firmware_folder().join("misfit").display().to_string();
    for kind in ["exits", "crashes", "resets", "floods", "babbles", "answers-twice"] {
        replays_alike(PAIRING, &rig(&[&program, kind]));
    }
}

#[test]
fn a_session_of_a_device_with_frames_of_its_own_is_on_tape_and_says_that_it_was_realtime() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.rec");
    let rig = mapped::load(&mapped::text(&[])).unwrap();
    let scenario = realtime::comes_up();
    let root = root();
    let job = Job { session_file: Some(&file), ..job(&scenario, Some(&rig), &root) };
    run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    let recording = SessionRecording::read(&file).unwrap();
    assert!(recording.is_complete() && recording.header().realtime);
    let bytes = std::fs::read(&file).unwrap();
    // A command of the device, and a status for it.
    for frame in ["t3008", "t2008"] {
        assert!(bytes.windows(5).any(|five| five == frame.as_bytes()), "no {frame}");
    }
}

#[test]
fn silence_is_replayed_without_waiting_for_it() {
    let program = firmware_folder().join("misfit").display().to_string();
    replays_alike(PAIRING, &rig(&[&program, "silent-after-a-while"]));
}

#[test]
fn another_scenario_departs_from_the_recording() {
    let (_, recording) = recorded(PAIRING, &rig(&[&native("1.1")]));
    let Err(BenchError::Departed { role, source }) = play(INRUSH, &recording) else {
        panic!("it should depart")
    };
    assert_eq!(role, "sessy-1.bms");
    assert!(source.to_string().contains("at barrier "), "{source}");
}

#[test]
fn a_recording_that_breaks_off_is_the_same_until_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.rec");
    let (scenario, root, rig) = (scenario(OUTAGE), root(), rig(&[&native("1.1")]));
    let job = Job { session_file: Some(&file), ..job(&scenario, Some(&rig), &root) };
    run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
    let whole = std::fs::read(&file).unwrap();
    let cut = SessionRecording::from_bytes(&whole[..whole.len() * 2 / 3]).unwrap();
    let Err(BenchError::RecordingEnds { source, .. }) = play(OUTAGE, &cut) else {
        panic!("it should end")
    };
    assert!(source.to_string().contains(" ends after "), "{source}");

    let mut altered = whole;
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let error = SessionRecording::from_bytes(&altered).unwrap_err();
    assert!(matches!(error, RecordingErrorKind::Damaged { .. }), "{error}");
}
