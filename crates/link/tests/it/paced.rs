//! Barriers beside frames, with a line that is a list of what the device says.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blackstart_link::{
    ByteStream, CanPort, Disturbance, FaultyBus, InjectedFault, LinkErrorKind, PacedBus,
    ReceivedFrame, Sent, SimOrigin, Way,
};
use blackstart_units::SimTime;
use blackstart_wire::can::{CanFrame, CanId, DataFrame};

/// Says one portion at each barrier, and unasked what is put in front.
#[derive(Default)]
struct Line {
    answers: VecDeque<&'static str>,
    unasked: VecDeque<&'static str>,
    heard: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
}

impl ByteStream for Line {
    fn send(&mut self, bytes: &[u8], _: Instant) -> Result<(), LinkErrorKind> {
        self.heard.lock().unwrap().extend(bytes);
        Ok(())
    }

    fn receive(&mut self, into: &mut Vec<u8>, _: Instant) -> Result<usize, LinkErrorKind> {
        let portion = self.answers.pop_front().unwrap_or_default();
        into.extend(portion.bytes());
        Ok(portion.len())
    }

    fn try_receive(&mut self, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        let portion = self.unasked.pop_front().unwrap_or_default();
        into.extend(portion.bytes());
        Ok(portion.len())
    }

    fn describe(&self) -> String {
        "a script".into()
    }

    fn last_words(&mut self) -> String {
        String::new()
    }

    fn close(&mut self, _: Duration) {}
}

struct Bus {
    port: Box<dyn CanPort>,
    origin: SimOrigin,
}

fn bus(line: Line) -> Bus {
    let origin = SimOrigin::start(SimTime::ZERO);
    Bus { port: Box::new(PacedBus::new(Box::new(line), origin, Duration::from_secs(10))), origin }
}

fn answering(answers: &[&'static str]) -> Bus {
    bus(Line { answers: answers.iter().copied().collect(), ..Line::default() })
}

const MS: u64 = 1_000_000;

impl Bus {
    fn run(&mut self, millis: u64) -> Result<SimTime, LinkErrorKind> {
        self.port.reach(SimTime::from_millis(millis));
        self.port.run_device()
    }

    /// What has come: when, and its first byte.
    fn came(&mut self) -> Vec<(SimTime, u8)> {
        let mut came: Vec<ReceivedFrame> = Vec::new();
        self.port.receive(&mut came).unwrap();
        let shown = came.iter().filter_map(|one| match one.frame {
            CanFrame::Data(frame) => Some((self.origin.time_of(one.at), frame.data()[0])),
            _ => None,
        });
        shown.collect()
    }
}

fn frame(byte: u8) -> CanFrame {
    DataFrame::classic(CanId::standard(0x100).unwrap(), &[byte]).unwrap().into()
}

#[test]
fn frames_and_time_go_both_ways() {
    let line = Line {
        answers: [">0 5000000\r", "@4000000\rt100107\rt100108\r@5000000\rt100109\r>5000000\r"]
            .into(),
        ..Line::default()
    };
    let heard = line.heard.clone();
    let mut bus = bus(line);
    assert!(bus.port.is_due(), "at first");
    assert_eq!(bus.run(0).unwrap(), SimTime::from_millis(5));
    assert!(!bus.port.is_due());
    assert_eq!(bus.port.send(&frame(1)).unwrap(), Sent::Queued);
    assert!(bus.port.is_due(), "something is sent");
    assert_eq!(bus.run(5).unwrap(), SimTime::NEVER);
    assert_eq!(String::from_utf8_lossy(&heard.lock().unwrap()), "@0\rt100101\r@5000000\r");
    let at = SimTime::from_millis;
    assert_eq!(bus.came(), [(at(4), 7), (at(4), 8), (at(5), 9)]);
    let counters = bus.port.counters();
    assert_eq!((counters.received, counters.sent, counters.barriers), (3, 1, 2));
}

#[test]
fn a_device_wakes_when_it_said_and_not_before() {
    let mut bus = answering(&[">0 5000000\r"]);
    bus.run(0).unwrap();
    for (millis, due) in [(4, false), (5, true), (6, true)] {
        bus.port.reach(SimTime::from_millis(millis));
        assert_eq!(bus.port.is_due(), due);
    }
}

fn refused(second: &'static str) -> LinkErrorKind {
    let mut bus = answering(&[">0 5000000\r", second]);
    bus.run(0).unwrap();
    bus.run(5).unwrap_err()
}

#[test]
fn what_a_device_must_not_answer_is_named() {
    use LinkErrorKind as Kind;
    let at = SimTime::from_nanos;
    for (said, wanted) in [
        (
            "@7000000\rt100107\r>5000000\r",
            "sent frames of 0.007 s when only 0.0 s to 0.005 s could be",
        ),
        (
            "@5000000\r@4000000\r>5000000\r",
            "sent frames of 0.004 s when only 0.005 s to 0.005 s could be",
        ),
        (
            ">4000000 9000000\r",
            "was asked to run until 0.005 s, and answered that it has run until 0.004 s",
        ),
        (
            ">6000000 9000000\r",
            "was asked to run until 0.005 s, and answered that it has run until 0.006 s",
        ),
        (">5000000 5000000\r", "asked at 0.005 s to be woken at 0.005 s"),
        (">5000000 1\r", "asked at 0.005 s to be woken at 0.000000001 s"),
        (">5000000\r>5000000\r", "spoke again after it had said that it was done"),
        ("hello\r>5000000\r", "sent the line `hello`, which is neither a frame nor a time"),
        ("", "was silent for 10s"),
        ("@5000000\r", "did not answer the barrier within 10s (1 messages came)"),
        ("@50000", "did not answer the barrier within 10s (0 messages came)"),
    ] {
        assert_eq!(refused(said).to_string(), wanted, "{said:?}");
    }
    assert!(matches!(answering(&[]).run(0), Err(Kind::NeverAnswered { .. })));
    assert!(matches!(
        refused(">5000000 5000000\r"),
        Kind::WakeNotLater { wake, .. } if wake == at(5 * MS)
    ));
}

#[test]
fn what_comes_unasked_ends_the_session() {
    let mut bus = bus(Line {
        answers: [">0\r", ">5000000\r"].into(),
        unasked: ["t100107\r"].into(),
        ..Line::default()
    });
    bus.run(0).unwrap();
    assert!(matches!(bus.run(5), Err(LinkErrorKind::NotDone)));
}

#[test]
fn a_device_that_wakes_every_microsecond_or_floods_meets_a_limit() {
    let answers = (0..30_000u64).map(|micros| {
        let now = micros * 1_000;
        &*format!(">{now} {}\r", now + 1_000).leak()
    });
    let mut restless = bus(Line { answers: answers.collect(), ..Line::default() });
    let error = (0..30_000).find_map(|micros| {
        restless.port.reach(SimTime::from_micros(micros));
        restless.port.run_device().err()
    });
    assert!(matches!(error, Some(LinkErrorKind::Restless { .. })), "{error:?}");
    let flood = "t100107\r".repeat(10_001).leak();
    let mut bus = answering(&[flood]);
    assert!(matches!(bus.run(0), Err(LinkErrorKind::Flooded { .. })));
}

#[test]
fn a_delay_of_a_fault_is_simulated_time() {
    let Bus { port, origin } = answering(&["t100107\r>0 5000000\r", ">5000000\r", ">9000000\r"]);
    let faulty = FaultyBus::paced(port, 0, origin);
    let control = faulty.control();
    let mut bus = Bus { port: Box::new(faulty), origin };
    let what = Disturbance::Delay { by: Duration::from_millis(7) };
    let fault = InjectedFault { what, way: Way::In, id: None, share: 1.0, count: None };
    control.inject(fault);
    bus.run(0).unwrap();
    assert_eq!(bus.came(), []);
    bus.port.reach(SimTime::from_millis(5));
    assert_eq!(bus.came(), []);
    let due = bus.port.next_due().map(|due| origin.time_of(due));
    assert_eq!(due, Some(SimTime::from_millis(7)));
    bus.port.reach(SimTime::from_millis(7));
    assert_eq!(bus.came(), [(SimTime::from_millis(7), 7)]);
}
