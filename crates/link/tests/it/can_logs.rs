//! Logs played to a bus, and in the place of one; the bench link on a bus in memory.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blackstart_link::{
    ByteStream, CanLog, CanLogErrorKind, CanPort, CanStream, Damage, LinkErrorKind, LogPort,
    PlayedLog, Sent, play,
};
use blackstart_wire::bench_link::{CanChannel, Packet, append_frame};
use blackstart_wire::can::CanFrame;

use crate::memory_port::{MemoryPort, frame};

fn log_of(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// A log, and the folder that it must not outlive.
fn read(text: &str) -> (tempfile::TempDir, CanLog) {
    let (folder, path) = log_of("a.log", text);
    (folder, CanLog::read(&path, None, Damage::Refuse).unwrap())
}

const FOUR: &str = "(100.000) can0 101#01\n(100.004) can1 102#02\n(100.004) can0 103#03\n\
                    (100.010) can0 104#04";

fn four() -> [CanFrame; 4] {
    [1, 2, 3, 4].map(|number| frame(0x100 + u32::from(number), &[number]))
}

fn play_all(log: &CanLog, port: &MemoryPort) -> PlayedLog {
    play(log, &mut port.clone(), &mut |_| ControlFlow::Continue(()), &mut |_| {}).unwrap()
}

#[test]
fn a_log_is_played_in_its_order_and_no_faster() {
    let ((_folder, log), port) = (read(FOUR), MemoryPort::default());
    let start = Instant::now();
    let played = play_all(&log, &port);
    assert!(start.elapsed() >= Duration::from_millis(10));
    assert_eq!(port.take(), four());
    assert_eq!((played.sent, played.unsent.len(), played.refused), (4, 0, 0));
    assert_eq!(played.intended, Duration::from_millis(10));
    assert!(played.lateness.worst >= played.lateness.mean);
}

#[test]
fn a_frame_that_finds_no_room_is_tried_again_then_named() {
    let ((_folder, log), port) = (read(FOUR), MemoryPort::default());
    port.answer(&[Sent::Full, Sent::Full]);
    let played = play_all(&log, &port);
    assert_eq!((played.sent, played.unsent.len()), (4, 0));
    assert_eq!(port.take(), four());

    port.answer(&[Sent::Queued, Sent::Unsupported]);
    let played = play_all(&log, &port);
    let [unsent] = played.unsent[..] else { panic!("{:?}", played.unsent) };
    assert_eq!((unsent.index, unsent.frame, unsent.why), (1, four()[1], Sent::Unsupported));
    assert_eq!(unsent.to_string(), "frame 2 at 0.004 s (102#02): this bus cannot carry it");
    assert_eq!((played.sent, played.refused), (3, 0));
}

#[test]
fn a_bus_that_stays_full_loses_frames_and_not_the_time_of_others() {
    let ((_folder, log), port) = (read(FOUR), MemoryPort::default());
    port.answer(&vec![Sent::Full; 1_000_000]);
    let played = play_all(&log, &port);
    assert_eq!((played.sent, played.achieved), (0, Duration::ZERO));
    let unsent: Vec<_> = played.unsent.iter().map(|unsent| (unsent.index, unsent.why)).collect();
    assert_eq!(unsent, [0, 1, 2, 3].map(|index| (index, Sent::Full)));
}

#[test]
fn playing_can_be_ended() {
    let ((_folder, log), port) = (read(FOUR), MemoryPort::default());
    let stop =
        &mut |done| if done == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let played = play(&log, &mut port.clone(), stop, &mut |_| {}).unwrap();
    assert!(played.interrupted);
    assert_eq!(port.take(), four()[..2]);
}

#[test]
fn a_log_in_the_place_of_a_bus_comes_when_it_came_then() {
    let (_folder, log) = read(FOUR);
    let mut port = LogPort::new(log).unwrap();
    let (mut received, start) = (Vec::new(), Instant::now());
    port.receive(&mut received).unwrap();
    assert_eq!(received.len(), 1);
    assert!(port.send(&four()[0]).is_ok_and(|sent| sent == Sent::Queued));
    while let Some(due) = port.next_due() {
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        port.receive(&mut received).unwrap();
    }
    assert!(port.is_over());
    assert_eq!(received.iter().map(|r| r.frame).collect::<Vec<_>>(), four());
    let after = |index: usize| received[index].at - received[0].at;
    assert_eq!([after(1), after(3)], [4, 10].map(Duration::from_millis));
    assert!(start.elapsed() >= Duration::from_millis(10));
}

#[test]
fn one_channel_of_a_log_can_be_chosen() {
    let (_folder, path) = log_of("a.log", FOUR);
    let log = CanLog::read(&path, Some("can1"), Damage::Refuse).unwrap();
    assert_eq!(log.frames, 1);
    let none = CanLog::read(&path, Some("can7"), Damage::Refuse).unwrap_err();
    assert!(matches!(none.kind, CanLogErrorKind::Empty), "{none}");
}

#[test]
fn both_formats_are_read_and_mistakes_are_named_with_their_lines() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/captures");
    let logs = ["python-can.log", "python-can.asc"];
    let logs = logs.map(|name| CanLog::read(&captures.join(name), None, Damage::Refuse).unwrap());
    assert!(logs.iter().all(|log| log.frames > 0));

    let (_folder, path) = log_of("a.log", "(1.0) can0 123#00\nnonsense\n(1.0) can0 123#0\n");
    let error = CanLog::read(&path, None, Damage::Refuse).unwrap_err().to_string();
    assert!(
        error.contains("2 places") && error.contains("line 2") && error.contains("line 3"),
        "{error}"
    );
    let missing = CanLog::read(&path.with_file_name("b.log"), None, Damage::Refuse).unwrap_err();
    assert!(matches!(missing.kind, CanLogErrorKind::Io(_)), "{missing}");
}

fn stream(port: &MemoryPort) -> CanStream {
    CanStream::new(Box::new(port.clone()), CanChannel::default())
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}

#[test]
fn packets_of_the_bench_link_become_frames_and_frames_become_packets() {
    let (port, packet) = (MemoryPort::default(), Packet::new(0x03, &[1, 2, 3]).unwrap());
    let mut bytes = Vec::new();
    append_frame(&packet, &mut bytes);
    let mut stream = stream(&port);
    // Cut anywhere.
    for byte in &bytes {
        stream.send(&[*byte], soon()).unwrap();
    }
    assert_eq!(port.take(), [frame(0x503, &[1, 2, 3])]);
    port.put(frame(0x123, &[9]));
    port.put(frame(0x587, &[4]));
    let (mut heard, mut expected) = (Vec::new(), Vec::new());
    append_frame(&Packet::new(0x87, &[4]).unwrap(), &mut expected);
    assert_eq!(stream.receive(&mut heard, soon()).unwrap(), expected.len());
    assert_eq!(heard, expected);
    assert_eq!(stream.receive(&mut heard, soon()).unwrap(), 0);
}

#[test]
fn a_frame_that_was_lost_ends_the_bench_link() {
    let port = MemoryPort::default();
    let mut stream = stream(&port);
    port.put(frame(0x587, &[4]));
    port.lose(3);
    let error = stream.receive(&mut Vec::new(), soon()).unwrap_err();
    assert!(matches!(error, LinkErrorKind::FramesLost { frames: 3 }), "{error}");
}

fn on_own_clock(port: &MemoryPort, patience: Duration) -> CanStream {
    CanStream::on_own_clock(Box::new(port.clone()), CanChannel::default(), patience)
}

#[test]
fn a_frame_that_was_lost_on_a_devices_own_clock_is_counted_and_ends_nothing() {
    let port = MemoryPort::default();
    let mut stream = on_own_clock(&port, Duration::from_secs(20));
    port.put(frame(0x587, &[4]));
    port.lose(3);
    assert!(stream.receive(&mut Vec::new(), soon()).unwrap() > 0);
    assert_eq!(stream.lost_frames(), 3);
}

#[test]
fn a_bus_without_room_is_tried_with_every_look_on_a_devices_own_clock() {
    let (port, patience) = (MemoryPort::default(), Duration::from_millis(20));
    let mut bytes = Vec::new();
    append_frame(&Packet::new(0x04, &[]).unwrap(), &mut bytes);
    let mut stream = on_own_clock(&port, Duration::from_secs(20));
    port.answer(&[Sent::Full, Sent::Full]);
    // Nothing is waited for, also where there is no time at all.
    stream.send(&bytes, Instant::now()).unwrap();
    assert!(stream.is_congested() && port.take().is_empty());
    assert_eq!(stream.receive(&mut Vec::new(), Instant::now()).unwrap(), 0);
    assert_eq!(stream.receive(&mut Vec::new(), Instant::now()).unwrap(), 0);
    assert_eq!(port.take(), [frame(0x504, &[])]);
    assert!(!stream.is_congested());

    let mut stream = on_own_clock(&port, patience);
    port.answer(&vec![Sent::Full; 1_000_000]);
    stream.send(&bytes, soon()).unwrap();
    let error = stream.receive(&mut Vec::new(), Instant::now() + Duration::from_secs(20));
    assert!(matches!(error, Err(LinkErrorKind::NotReading)), "{error:?}");
}

#[test]
fn a_bus_without_room_is_tried_until_the_deadline() {
    let port = MemoryPort::default();
    let mut bytes = Vec::new();
    append_frame(&Packet::new(0x04, &[]).unwrap(), &mut bytes);
    port.answer(&[Sent::Full, Sent::Full]);
    stream(&port).send(&bytes, Instant::now() + Duration::from_secs(20)).unwrap();
    assert_eq!(port.take(), [frame(0x504, &[])]);
    port.answer(&vec![Sent::Full; 1_000_000]);
    let error = stream(&port).send(&bytes, soon()).unwrap_err();
    assert!(matches!(error, LinkErrorKind::NotReading), "{error}");
}
