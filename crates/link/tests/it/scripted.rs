//! The rules of the session, with a line that is a list of what the device says.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blackstart_link::{ByteStream, LinkErrorKind, Session, WakeCause};
use blackstart_roles::Direction;
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    CountForm, FromDevice, IdentityField, LAST_INSTANT, LinkEdge, PROTOCOL_VERSION, Packet,
    TextChunk, append_frame, log_messages,
};

use crate::pins::{id, offer, offer_of, reading};
use crate::speech::{done, frames, identity, introduction, introduction_to};

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
    let script = std::iter::once(frames(&introduction())).chain(portions.iter().cloned());
    Session::connect(Script(script.collect()), Duration::from_secs(10), offer()).unwrap().0
}

fn barrier(session: &mut Session, nanos: u64) -> Result<blackstart_link::Answer, LinkErrorKind> {
    let at = SimTime::from_nanos(nanos);
    session.exchange(at, WakeCause::default(), &[]).map_err(|error| error.kind)
}

/// Why a device that says this never gets to a barrier.
fn refusal(portions: &[Vec<u8>]) -> LinkErrorKind {
    let script = Script(portions.iter().cloned().collect());
    Session::connect(script, Duration::from_secs(10), offer()).err().unwrap().kind
}

fn claim(value: i32) -> FromDevice {
    FromDevice::Claim { id: 0x6001, value }
}

#[test]
fn another_version_of_the_protocol_is_named_with_ours() {
    let text = TextChunk::new(b"old").unwrap();
    let old = FromDevice::Identity { protocol: 9, field: IdentityField::Name, text, end: true };
    let script = Script([frames(&[old])].into());
    let error = Session::connect(script, Duration::from_secs(10), offer()).err().unwrap();
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
    let both = [frames(&identity()), frames(&introduction()), frames(&[done(0), done(1)])].concat();
    let script = Script([Vec::new(), both].into());
    let mut session = Session::connect(script, Duration::from_secs(10), offer()).unwrap().0;
    assert!(barrier(&mut session, 0).is_ok());
    assert!(barrier(&mut session, 1).is_ok());
    let thrice = [identity(), identity(), introduction()].map(|one| frames(&one)).concat();
    let refused = refusal(&[Vec::new(), thrice]);
    assert!(matches!(refused, LinkErrorKind::Restarted), "{refused}");
}

#[test]
fn a_boot_within_a_barrier_is_a_restart_at_once_and_before_the_session_is_noise() {
    let mut boots = frames(&[FromDevice::Boot]);
    boots.extend(frames(&introduction()));
    boots.extend(frames(&[done(0), claim(1), FromDevice::Boot]));
    let mut session =
        Session::connect(Script([boots].into()), Duration::from_secs(10), offer()).unwrap().0;
    assert!(barrier(&mut session, 0).is_ok());
    // Nothing more comes: nobody waits for it.
    assert!(matches!(barrier(&mut session, 1), Err(LinkErrorKind::Restarted)));
    let refused = refusal(&[[frames(&identity()), frames(&[FromDevice::Boot])].concat()]);
    assert!(matches!(refused, LinkErrorKind::Restarted), "{refused}");
}

#[test]
fn each_answer_to_the_pins_that_cannot_be_taken_ends_the_session_before_its_first_barrier() {
    let text = TextChunk::new(b"half").unwrap();
    let own =
        |end| FromDevice::Own { id: 0x8000, form: CountForm::Quantity, exponent: 0, text, end };
    let ready = FromDevice::Ready { digest: offer().digest() };
    let heard_other = format!(
        "answers with the digest 0x00000001 to pins whose digest is 0x{:08X}: it has not heard them all",
        offer().digest()
    );
    for (messages, expected) in [
        (vec![FromDevice::Use { id: 0x7777 }], "uses the pin 0x7777, which it was never offered"),
        (vec![FromDevice::Use { id: 1 }; 2], "says twice that it uses `cell-*_voltage_v`"),
        (vec![own(false), ready], "begins to name a claim of its own, `half…`, and never ends it"),
        (
            vec![own(true), own(true)],
            "names a claim of its own `half`, and there is one of that name already",
        ),
        (vec![FromDevice::Ready { digest: 1 }], heard_other.as_str()),
        (vec![FromDevice::Command { id: 0x4000, value: 1 }], "sent COMMAND out of its place"),
        (vec![FromDevice::Lost { frames: 2 }], "received 2 damaged frames"),
    ] {
        let messages = identity().into_iter().chain(messages).collect::<Vec<_>>();
        assert_eq!(refusal(&[frames(&messages)]).to_string(), expected);
    }
}

#[test]
fn a_device_that_never_says_what_it_uses_is_not_waited_for() {
    let refused = refusal(&[frames(&identity()), frames(&[FromDevice::Use { id: 1 }])]);
    assert_eq!(refused.to_string(), "did not say within 10s which pins it uses (1 messages came)");
}

#[test]
fn what_belongs_to_the_beginning_is_out_of_place_later() {
    let mut session = session(&[frames(&[FromDevice::Use { id: 1 }])]);
    assert_eq!(barrier(&mut session, 0).unwrap_err().to_string(), "sent USE out of its place");
}

#[test]
fn a_pin_that_it_did_not_say_it_uses_ends_the_session() {
    let uses = [FromDevice::Use { id: 0x4000 }, FromDevice::Ready { digest: offer().digest() }];
    let said = [claim(1)];
    let messages: Vec<_> = identity().into_iter().chain(uses).chain(said).collect();
    let script = Script([frames(&messages)].into());
    let mut session = Session::connect(script, Duration::from_secs(10), offer()).unwrap().0;
    assert_eq!(
        barrier(&mut session, 0).unwrap_err().to_string(),
        "said what cannot be: `soc_pct` is none of the claims that it said it uses"
    );
}

#[test]
fn a_session_carries_4095_cells() {
    let offer = offer_of(4095);
    let last = id(&offer, Direction::Reading, "cell-4095_voltage_v");
    let watch = |id, whichever| {
        let (edge, level) = (LinkEdge::Falling, 27_000);
        FromDevice::Subscribe { slot: 3, id, edge, whichever, level }
    };
    let said = [watch(1, true), watch(last, false), done(0)];
    let script = Script([frames(&introduction_to(&offer)), frames(&said)].into());
    let mut session = Session::connect(script, Duration::from_secs(10), offer.clone()).unwrap().0;
    let readings: Vec<(u16, i32)> =
        (1..=4095).map(|cell| reading(&offer, &format!("cell-{cell:02}_voltage_v"), 3.3)).collect();
    let answer = session.exchange(SimTime::ZERO, WakeCause::default(), &readings).unwrap();
    assert_eq!(answer.subscriptions.len(), 2);
    // HELLO, pins with one span and their end, readings, barrier.
    let pins = offer.messages().len() as u64;
    assert_eq!(session.counters().frames_sent, 1 + pins + 4095 + 1);
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
    let answer = introduction().split_off(2);
    let script = Script([frames(&messages), frames(&answer)].into());
    let (_, identity) = Session::connect(script, Duration::from_secs(10), offer()).unwrap();
    assert_eq!(identity.name.len(), 64);
}
