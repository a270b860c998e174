//! The rules of the session, with a line that is a list of what the device says.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blackstart_link::{ByteStream, Cause, LinkErrorKind, Session};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    FromDevice, IdentityField, LAST_INSTANT, PROTOCOL_VERSION, Packet, TextChunk, append_frame,
    log_messages,
};

use crate::speech::{done, frames, identity};

/// Says one portion whenever the bench listens, and nothing when it has no more.
pub struct Script(pub VecDeque<Vec<u8>>);

impl ByteStream for Script {
    fn send(&mut self, _: &[u8], _: Instant) -> Result<(), LinkErrorKind> {
        Ok(())
    }

    fn receive(&mut self, into: &mut Vec<u8>, _: Instant) -> Result<usize, LinkErrorKind> {
        let portion = self.0.pop_front().unwrap_or_default();
        into.extend_from_slice(&portion);
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

fn session(portions: &[Vec<u8>]) -> Session {
    let script = std::iter::once(frames(&identity())).chain(portions.iter().cloned());
    Session::connect(Script(script.collect()), Duration::from_secs(10)).unwrap().0
}

fn barrier(session: &mut Session, nanos: u64) -> Result<blackstart_link::Answer, LinkErrorKind> {
    let at = SimTime::from_nanos(nanos);
    session.exchange(at, Cause::default(), &[]).map_err(|error| error.kind)
}

fn claim(value: i32) -> FromDevice {
    FromDevice::Claim { id: 0x6001, value }
}

#[test]
fn another_version_of_the_protocol_is_named_with_ours() {
    let text = TextChunk::new(b"old").unwrap();
    let old = FromDevice::Identity { protocol: 9, field: IdentityField::Name, text, end: true };
    let script = Script([frames(&[old])].into());
    let error = Session::connect(script, Duration::from_secs(10)).err().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "a script speaks version 9 of the bench link, the bench speaks version {PROTOCOL_VERSION}"
        )
    );
}

#[test]
fn an_answer_does_not_depend_on_how_the_bytes_arrive() {
    let messages = [claim(1), done(0), claim(2), claim(3), done(1)];
    let whole = frames(&messages);
    let portions: Vec<Vec<u8>> = whole.iter().map(|&byte| vec![byte]).collect();
    for portions in [vec![whole], portions] {
        let mut session = session(&portions);
        assert_eq!(barrier(&mut session, 0).unwrap().claims, [(0x6001, 1)]);
        assert_eq!(barrier(&mut session, 1).unwrap().claims, [(0x6001, 2), (0x6001, 3)]);
    }
}

#[test]
fn garbage_counts_at_the_barrier_at_whose_place_it_stands() {
    let mut bytes = frames(&[done(0)]);
    bytes.extend_from_slice(b"garbage\0");
    let mut session = session(&[bytes]);
    assert!(barrier(&mut session, 0).is_ok());
    assert!(matches!(barrier(&mut session, 1), Err(LinkErrorKind::Garbage { .. })));
}

#[test]
fn an_answer_given_twice_is_not_taken_for_the_next() {
    let mut session = session(&[frames(&[done(0), done(0)])]);
    assert!(barrier(&mut session, 0).is_ok());
    let second = barrier(&mut session, 1);
    assert!(matches!(second, Err(LinkErrorKind::OutOfTurn { asked: 1, answered: 0 })));
}

#[test]
fn seventeen_barriers_wrap_the_turn() {
    let answers: Vec<_> = (0..17).map(|turn| done(turn % 16)).collect();
    let mut session = session(&[frames(&answers)]);
    for at in 0..17 {
        assert!(barrier(&mut session, at).is_ok());
    }
    assert_eq!(session.counters().barriers, 17);
}

#[test]
fn waking_now_or_earlier_is_refused() {
    for wake in [4, 5] {
        let done = FromDevice::Done { wake: SimTime::from_nanos(wake), turn: 0 };
        let mut session = session(&[frames(&[done])]);
        assert!(matches!(barrier(&mut session, 5), Err(LinkErrorKind::WakeNotLater { .. })));
    }
}

#[test]
fn a_time_that_the_link_cannot_express_is_refused() {
    let mut session = session(&[]);
    let late = (LAST_INSTANT + SimTime::NANOSECOND).as_nanos();
    assert!(matches!(barrier(&mut session, late), Err(LinkErrorKind::TimeOutOfRange { .. })));
}

#[test]
fn an_identity_in_the_middle_is_a_restart() {
    let mut session = session(&[frames(&identity())]);
    assert!(matches!(barrier(&mut session, 0), Err(LinkErrorKind::Restarted)));
}

#[test]
fn every_greeting_may_be_answered_but_none_twice() {
    // Nothing came in time, so the device was greeted a second time; then it answered both.
    let both = [frames(&identity()), frames(&identity()), frames(&[done(0), done(1)])].concat();
    let script = Script([Vec::new(), both].into());
    let mut session = Session::connect(script, Duration::from_secs(10)).unwrap().0;
    assert!(barrier(&mut session, 0).is_ok());
    assert!(barrier(&mut session, 1).is_ok());
    let thrice = [identity(), identity(), identity()].map(|one| frames(&one)).concat();
    let mut session =
        Session::connect(Script([Vec::new(), thrice].into()), Duration::from_secs(10)).unwrap().0;
    assert!(matches!(barrier(&mut session, 0), Err(LinkErrorKind::Restarted)));
}

#[test]
fn absurd_values_are_named_with_what_they_are_of() {
    for (message, expected) in [
        (FromDevice::Claim { id: 0x6000, value: 99 }, "said what cannot be: `state` cannot be 99"),
        (
            FromDevice::Command { id: 0x4FFF, value: 1 },
            "said what cannot be: there is no command 0x4FFF",
        ),
    ] {
        let mut session = session(&[frames(&[message, done(0)])]);
        assert_eq!(barrier(&mut session, 0).unwrap_err().to_string(), expected);
    }
}

#[test]
fn frames_that_the_device_lost_end_the_session() {
    let mut session = session(&[frames(&[FromDevice::Lost { frames: 2 }, done(0)])]);
    assert!(matches!(barrier(&mut session, 0), Err(LinkErrorKind::LostFrames { frames: 2 })));
}

#[test]
fn an_intact_frame_without_meaning_ends_the_session() {
    let mut bytes = Vec::new();
    append_frame(&Packet::new(0xEE, &[1, 2, 3]).unwrap(), &mut bytes);
    let mut session = session(&[bytes]);
    assert!(matches!(barrier(&mut session, 0), Err(LinkErrorKind::Unintelligible(_))));
}

#[test]
fn a_line_of_log_may_span_barriers_and_is_cut_when_endless() {
    let line = "x".repeat(1000) + "\x1b[31m";
    let mut messages = log_messages(&line);
    messages.insert(10, done(0));
    messages.push(done(1));
    let mut session = session(&[frames(&messages)]);
    assert!(barrier(&mut session, 0).unwrap().logs.is_empty());
    assert_eq!(barrier(&mut session, 1).unwrap().logs, ["x".repeat(256)]);
}

#[test]
fn an_endless_identity_is_cut() {
    let piece = |field, end| FromDevice::Identity {
        protocol: PROTOCOL_VERSION,
        field,
        text: TextChunk::new(b"abcdef").unwrap(),
        end,
    };
    let mut messages = vec![piece(IdentityField::Name, false); 1000];
    messages.push(piece(IdentityField::Version, true));
    let script = Script([frames(&messages)].into());
    let (_, identity) = Session::connect(script, Duration::from_secs(10)).unwrap();
    assert_eq!(identity.name.len(), 64);
}
