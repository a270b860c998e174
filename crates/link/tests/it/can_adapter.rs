//! Both ends of SLCAN on a pseudo-terminal, and each against somebody who does not play along.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use blackstart_link::{
    ByteStream, CanPort, LinkError, LinkErrorKind, OpenPort, ReceivedFrame, Sent, Slcan, SlcanBus,
};
use blackstart_wire::can::slcan::{AdapterIdentity, BitRate, SlcanStatus};
use blackstart_wire::can::{CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, RemoteFrame};

use crate::memory_port::frame;
use crate::pseudo_line::pseudo_line;

/// Never asserted: long enough for any machine, so that a failure ends.
const PATIENCE: Duration = Duration::from_secs(20);

fn rate() -> BitRate {
    BitRate::new(500_000).unwrap()
}

fn identity() -> AdapterIdentity {
    AdapterIdentity { version: *b"1013", serial: *b"A123" }
}

/// A bus, and whoever opened the adapter in front of it; in between goes what a test does.
fn with_adapter(test: impl FnOnce(&mut Slcan, &mut SlcanBus)) {
    let (line, path) = pseudo_line();
    let mut bus = SlcanBus::new(Box::new(line), identity());
    let opened = AtomicBool::new(false);
    let mut host = thread::scope(|scope| {
        let host = scope.spawn(|| {
            let host = open(&path, PATIENCE);
            opened.store(true, Ordering::Release);
            host
        });
        while !opened.load(Ordering::Acquire) {
            bus.receive(&mut Vec::new()).unwrap();
            thread::sleep(Duration::from_micros(200));
        }
        host.join().unwrap().unwrap()
    });
    test(&mut host, &mut bus);
}

fn open(path: &Path, timeout: Duration) -> Result<Slcan, LinkError> {
    Slcan::open(Box::new(OpenPort::serial(path, 115_200)?), rate(), timeout)
}

/// Lets both ends work until one has received so many frames.
fn deliver(to: &mut dyn CanPort, from: &mut dyn CanPort, count: usize) -> Vec<ReceivedFrame> {
    let (mut frames, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    while frames.len() < count {
        assert!(Instant::now() < deadline, "{} of {count} came", frames.len());
        to.receive(&mut frames).unwrap();
        from.receive(&mut Vec::new()).unwrap();
    }
    frames
}

fn every_kind() -> Vec<CanFrame> {
    let (standard, extended) = (CanId::standard(0x123).unwrap(), CanId::extended(0x123).unwrap());
    let flags = FdFlags { bit_rate_switch: true, error_state: false };
    vec![
        DataFrame::classic(standard, &[0xDE, 0xAD]).unwrap().into(),
        DataFrame::classic(extended, &[]).unwrap().into(),
        RemoteFrame::new(extended, 8).unwrap().into(),
        DataFrame::fd(standard, &[0x5A; 64], flags).unwrap().into(),
    ]
}

#[test]
fn an_adapter_is_asked_what_it_is_and_opened_at_a_rate() {
    with_adapter(|host, bus| {
        let about = host.about();
        assert_eq!(
            (about.version, about.serial, about.stamps),
            (Some(*b"1013"), Some(*b"A123"), true)
        );
        assert!(bus.is_open());
        assert_eq!(bus.bit_rate(), Some(rate()));
    });
}

#[test]
fn frames_cross_the_adapter_both_ways_and_are_acknowledged() {
    with_adapter(|host, bus| {
        for frame in every_kind() {
            assert_eq!(host.send(&frame).unwrap(), Sent::Queued);
        }
        let received = deliver(bus, host, every_kind().len());
        assert_eq!(received.iter().map(|r| r.frame).collect::<Vec<_>>(), every_kind());
        for frame in every_kind() {
            assert_eq!(bus.send(&frame).unwrap(), Sent::Queued);
        }
        let received = deliver(host, bus, every_kind().len());
        assert_eq!(received.iter().map(|r| r.frame).collect::<Vec<_>>(), every_kind());
        assert_eq!((host.counters().sent, host.counters().received), (4, 4));
        assert_eq!(host.counters().rejected + host.counters().refused, 0);
    });
}

#[test]
fn an_error_on_the_bus_is_a_flag_in_the_status() {
    with_adapter(|host, bus| {
        assert_eq!(bus.send(&ErrorFrame::UNSPECIFIED.into()).unwrap(), Sent::Unsupported);
        assert_eq!(host.send(&ErrorFrame::UNSPECIFIED.into()).unwrap(), Sent::Unsupported);
        host.ask_status().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            assert!(Instant::now() < deadline, "no status came");
            bus.receive(&mut Vec::new()).unwrap();
            host.receive(&mut Vec::new()).unwrap();
            if let Some(status) = host.status() {
                break status;
            }
        };
        assert_eq!(status, SlcanStatus::BUS_ERROR);
        assert_eq!(host.status(), None);
    });
}

#[test]
fn a_host_that_does_not_read_hears_that_frames_were_lost() {
    with_adapter(|_, bus| {
        let full = (0..100_000).find(|_| bus.send(&frame(1, &[0; 8])).unwrap() == Sent::Full);
        assert!(full.is_some());
        assert_eq!(bus.counters().full, 1);
    });
}

#[test]
fn an_adapter_that_acknowledges_nothing_any_more_is_full() {
    with_adapter(|host, bus| {
        assert_eq!(host.send(&frame(1, &[])).unwrap(), Sent::Queued);
        deliver(bus, host, 1);
        let deadline = Instant::now() + PATIENCE;
        while host.counters().sent == 0 {
            assert!(Instant::now() < deadline, "no acknowledgement came");
            host.receive(&mut Vec::new()).unwrap();
        }
        let taken = (0..1000).take_while(|_| host.send(&frame(1, &[])).unwrap() == Sent::Queued);
        assert_eq!(taken.count(), 64);
        assert_eq!(host.counters().full, 1);
    });
}

/// An adapter that says the next of these words to each line that it reads.
fn scripted(words: &[&'static str]) -> Result<Slcan, LinkError> {
    let (mut line, path) = pseudo_line();
    let words = words.to_vec();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let host = scope.spawn(|| {
            let host = open(&path, Duration::from_millis(700));
            done.store(true, Ordering::Release);
            host
        });
        let (mut words, mut heard) = (words.into_iter(), Vec::new());
        while !done.load(Ordering::Acquire) {
            line.receive(&mut heard, Instant::now() + Duration::from_millis(1)).unwrap();
            while let Some(end) = heard.iter().position(|&byte| byte == b'\r') {
                let is_empty = end == 0;
                heard.drain(..=end);
                if !is_empty && let Some(word) = words.next() {
                    line.send(word.as_bytes(), Instant::now() + PATIENCE).unwrap();
                }
            }
        }
        host.join().unwrap()
    })
}

#[test]
fn an_adapter_without_version_serial_or_stamps_is_opened_all_the_same() {
    let host = scripted(&["\x07", "\x07", "\x07", "\x07", "\r", "\r"]).unwrap();
    assert_eq!(host.about(), blackstart_link::About::default());
}

#[test]
fn an_adapter_that_refuses_its_bit_rate_is_not_used() {
    let error = scripted(&["\r", "V1010\r", "NABCD\r", "\r", "\x07"]).err().unwrap();
    let LinkErrorKind::AdapterRefused { command } = &error.kind else { panic!("{error}") };
    assert_eq!(command, "S6");
}

#[test]
fn an_adapter_that_answers_nothing_is_opened_where_its_user_says_so() {
    let (mut line, path) = pseudo_line();
    let stream = Box::new(OpenPort::serial(&path, 115_200).unwrap());
    let mut host = Slcan::open_mute(stream, rate(), PATIENCE).unwrap();
    // More than may wait for answers.
    (0..100).for_each(|_| assert_eq!(host.send(&frame(0x123, &[7])).unwrap(), Sent::Queued));
    assert_eq!((host.counters().sent, host.counters().full), (100, 0));
    let expected = ["\rC\rS6\rO\r".to_owned(), "t123107\r".repeat(100)].concat();
    let mut heard = Vec::new();
    while heard.len() < expected.len() {
        assert!(line.receive(&mut heard, Instant::now() + PATIENCE).unwrap() > 0);
        host.receive(&mut Vec::new()).unwrap();
    }
    assert_eq!(String::from_utf8(heard).unwrap(), expected);
    line.send(b"t3001AA\r", Instant::now() + PATIENCE).unwrap();
    let (mut received, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    while received.is_empty() {
        assert!(Instant::now() < deadline, "no frame came");
        host.receive(&mut received).unwrap();
    }
    assert_eq!(received[0].frame, frame(0x300, &[0xAA]));
}

#[test]
fn a_line_with_no_adapter_never_answers() {
    let error = scripted(&[]).err().unwrap();
    assert!(matches!(error.kind, LinkErrorKind::NeverAnswered { received: 0, .. }), "{error}");
}

#[test]
fn what_is_no_reply_is_counted_and_passed_over() {
    let (line, path) = pseudo_line();
    let mut bus = SlcanBus::new(Box::new(line), AdapterIdentity::default());
    let mut host = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    host.write_all(b"nonsense\rS6\rO\rt1232DEAD\r").unwrap();
    let mut frames = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    while frames.is_empty() {
        assert!(Instant::now() < deadline, "no frame came");
        bus.receive(&mut frames).unwrap();
    }
    assert_eq!(frames[0].frame, frame(0x123, &[0xDE, 0xAD]));
    assert_eq!(bus.counters().rejected, 1);
    let mut answers = [0; 5];
    host.read_exact(&mut answers).unwrap();
    assert_eq!(&answers, b"\x07\r\rz\r");
}
