//! Sessions on the device's own clock, with a line that is a list of what the device says. Time is what
//! the test says it is.

use std::time::Duration;

use blackstart_link::{Answer, DeviceIdentity, Drift, LinkErrorKind, Session, Timebase};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::FromDevice;

use crate::pins::offer;
use crate::scripted::Script;
use crate::speech::{done, frames, identity, introduction};

const TIMEOUT: Duration = Duration::from_secs(10);

/// A session in which each look finds one portion; an empty one ends what a look takes.
fn session(portions: &[Vec<u8>]) -> Session {
    let mut script = vec![frames(&introduction())];
    for portion in portions {
        script.extend([portion.clone(), Vec::new()]);
    }
    let line = Box::new(Script(script.into()));
    let (session, identity) =
        Session::connect_taped(line, Timebase::OwnClock, TIMEOUT, offer(), None).unwrap();
    assert_eq!(
        identity,
        DeviceIdentity { name: "mock".into(), version: "0.1".into(), protocol: 2 }
    );
    session
}

fn look(session: &mut Session, millis: u64) -> Result<Answer, LinkErrorKind> {
    session.overhear(SimTime::from_millis(millis)).map_err(|error| error.kind)
}

fn alive(millis: u64) -> Vec<u8> {
    frames(&[FromDevice::Done { wake: SimTime::from_millis(millis), turn: 0 }])
}

#[test]
fn what_was_said_is_there_and_nothing_is_waited_for() {
    let claim = FromDevice::Claim { id: 0x6001, value: 5000 };
    let mut session = session(&[frames(&[claim]), Vec::new()]);
    assert_eq!(look(&mut session, 1).unwrap().claims, [(0x6001, 5000)]);
    assert_eq!(look(&mut session, 2).unwrap(), Answer::default());
}

#[test]
fn half_a_frame_waits_for_its_other_half() {
    let frame = frames(&[FromDevice::Command { id: 0x4000, value: 1 }]);
    let (head, tail) = frame.split_at(5);
    let mut session = session(&[head.to_vec(), tail.to_vec()]);
    assert_eq!(look(&mut session, 1).unwrap(), Answer::default());
    assert_eq!(look(&mut session, 4).unwrap().commands, [(0x4000, 1)]);
}

#[test]
fn the_clock_of_a_device_departs_from_its_first_sign_of_life_on() {
    let mut session = session(&[frames(&[done(0)]), alive(500), alive(590), alive(720)]);
    for at in [10, 100, 200, 300] {
        look(&mut session, at).unwrap();
    }
    let (behind, ahead) = (SimTime::from_millis(10), SimTime::from_millis(20));
    assert_eq!(session.drift(), Drift { behind, ahead });
}

#[test]
fn a_device_that_is_not_heard_any_more_was_silent() {
    let mut session = session(&[alive(0), Vec::new(), Vec::new()]);
    look(&mut session, 5).unwrap();
    look(&mut session, 10_005).unwrap();
    let silent = look(&mut session, 10_006).unwrap_err();
    assert!(matches!(silent, LinkErrorKind::Silent { waited: TIMEOUT }), "{silent}");
}

#[test]
fn damaged_frames_are_counted_and_end_nothing() {
    let mut damaged = alive(0);
    damaged[3] ^= 0x10;
    let lost = frames(&[FromDevice::Lost { frames: 3 }]);
    let mut session = session(&[damaged, lost]);
    look(&mut session, 1).unwrap();
    look(&mut session, 2).unwrap();
    assert_eq!(session.counters().received.rejected(), 1);
    assert_eq!(session.counters().frames_lost, 3);
}

#[test]
fn what_belongs_to_barriers_is_not_asked_for() {
    let mut session = session(&[frames(&[FromDevice::Unsubscribe { slot: 0 }])]);
    let error = look(&mut session, 1).unwrap_err();
    assert_eq!(error.to_string(), "sent a subscription in a session on its own clock");
}

#[test]
fn a_device_that_introduces_itself_again_has_restarted() {
    for said in [identity(), vec![FromDevice::Boot]] {
        let mut session = session(&[frames(&said)]);
        assert!(matches!(look(&mut session, 1), Err(LinkErrorKind::Restarted)));
    }
}

#[test]
fn ten_thousand_messages_in_a_second_are_a_flood_and_in_two_are_none() {
    let claims = vec![FromDevice::Claim { id: 0x6001, value: 1 }; 6000];
    let portions = [frames(&claims), frames(&claims)];
    let mut slow = session(&portions);
    look(&mut slow, 1000).unwrap();
    look(&mut slow, 2000).unwrap();
    let mut fast = session(&portions);
    look(&mut fast, 1000).unwrap();
    let flooded = look(&mut fast, 1500).unwrap_err();
    assert!(matches!(flooded, LinkErrorKind::Flooded { .. }), "{flooded}");
}
