//! Each fault of a bus, on a bus in memory.

use std::time::{Duration, Instant};

use blackstart_link::{CanPort, Disturbance, FaultyBus, InjectedFault, ReceivedFrame, Sent, Way};
use blackstart_wire::can::{BusFault, CanFrame, CanId};
use proptest::prelude::*;

use crate::memory_port::{MemoryPort, frame};

const LONG: Duration = Duration::from_secs(3600);

fn fault(what: Disturbance) -> InjectedFault {
    InjectedFault { what, way: Way::Both, id: None, share: 1.0, count: None }
}

fn bus(seed: u64) -> (MemoryPort, FaultyBus) {
    let port = MemoryPort::default();
    (port.clone(), FaultyBus::new(Box::new(port), seed))
}

fn received(bus: &mut FaultyBus) -> Vec<CanFrame> {
    let mut frames = Vec::new();
    bus.receive(&mut frames).unwrap();
    frames.iter().map(|received: &ReceivedFrame| received.frame).collect()
}

/// Receives until a frame comes by the clock.
fn received_later(bus: &mut FaultyBus) -> Vec<CanFrame> {
    loop {
        let frames = received(bus);
        if !frames.is_empty() {
            return frames;
        }
        let due = bus.next_due().expect("nothing will ever come");
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

fn send_all(bus: &mut FaultyBus, frames: &[CanFrame]) {
    frames.iter().for_each(|frame| assert_eq!(bus.send(frame).unwrap(), Sent::Queued));
}

fn some(count: u8) -> Vec<CanFrame> {
    (0..count).map(|number| frame(0x100 + u32::from(number % 2), &[number])).collect()
}

#[test]
fn another_node_sends_a_log_once_on_the_ways_that_it_is_heard() {
    let (port, mut bus) = bus(1);
    let frames = some(3);
    let after = |index: u64| Duration::from_millis(3 * index);
    let log = (0..).zip(&frames).map(|(index, frame)| (after(index), *frame)).collect();
    let id = bus.control().inject(fault(Disturbance::Replay { frames: log }));
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.extend(received_later(&mut bus));
    }
    assert_eq!((heard, port.take()), (frames.clone(), frames));
    assert_eq!(bus.next_due(), None);
    assert_eq!(bus.control().lift(id), Some(3));
}

#[test]
fn a_bus_without_faults_changes_nothing() {
    let (port, mut bus) = bus(1);
    some(4).into_iter().for_each(|frame| port.put(frame));
    assert_eq!(received(&mut bus), some(4));
    send_all(&mut bus, &some(4));
    assert_eq!(port.take(), some(4));
    assert_eq!(bus.next_due(), None);
}

#[test]
fn frames_of_one_identifier_on_one_way_are_lost_and_counted() {
    let (port, mut bus) = bus(1);
    let id = CanId::standard(0x101);
    let lost = bus.control().inject(InjectedFault { id, way: Way::In, ..fault(Disturbance::Lose) });
    some(4).into_iter().for_each(|frame| port.put(frame));
    assert_eq!(received(&mut bus), [some(4)[0], some(4)[2]]);
    send_all(&mut bus, &some(4));
    assert_eq!(port.take(), some(4));
    assert_eq!(
        (bus.control().reached(lost), bus.control().lift(lost), bus.control().lift(lost)),
        (Some(2), Some(2), None)
    );
    port.put(some(2)[1]);
    assert_eq!(received(&mut bus), [some(2)[1]]);
}

#[test]
fn a_fault_happens_no_more_often_than_it_may() {
    let (port, mut bus) = bus(1);
    let id = bus.control().inject(InjectedFault { count: Some(3), ..fault(Disturbance::Lose) });
    send_all(&mut bus, &some(10));
    assert_eq!(port.take(), some(10)[3..]);
    assert_eq!(bus.control().reached(id), Some(3));
}

#[test]
fn duplicates_follow_at_once_and_collisions_carry_other_data() {
    let (port, mut bus) = bus(1);
    let id = bus.control().inject(fault(Disturbance::Duplicate));
    send_all(&mut bus, &[frame(1, &[7])]);
    assert_eq!(port.take(), [frame(1, &[7]); 2]);
    bus.control().lift(id);
    bus.control().inject(fault(Disturbance::Collide));
    send_all(&mut bus, &[frame(1, &[0xF0])]);
    assert_eq!(port.take(), [frame(1, &[0xF0]), frame(1, &[0x0F])]);
}

#[test]
fn a_reordered_frame_comes_behind_the_next() {
    let (port, mut bus) = bus(1);
    bus.control().inject(InjectedFault { count: Some(1), ..fault(Disturbance::Reorder) });
    send_all(&mut bus, &some(3));
    assert_eq!(port.take(), [some(3)[1], some(3)[0], some(3)[2]]);
}

#[test]
fn where_every_frame_is_reordered_they_change_places_in_pairs() {
    let (port, mut bus) = bus(1);
    bus.control().inject(fault(Disturbance::Reorder));
    send_all(&mut bus, &some(4));
    assert_eq!(port.take(), [1, 0, 3, 2].map(|index| some(4)[index]));
}

#[test]
fn a_reordered_frame_that_nothing_follows_still_comes() {
    let (port, mut bus) = bus(1);
    bus.control().inject(InjectedFault { count: Some(1), ..fault(Disturbance::Reorder) });
    port.put(frame(1, &[1]));
    assert_eq!(received_later(&mut bus), [frame(1, &[1])]);
}

#[test]
fn a_delayed_frame_is_overtaken_and_comes() {
    let (port, mut bus) = bus(1);
    let by = Duration::from_millis(20);
    bus.control().inject(InjectedFault { count: Some(1), ..fault(Disturbance::Delay { by }) });
    some(3).into_iter().for_each(|frame| port.put(frame));
    let start = Instant::now();
    assert_eq!(received(&mut bus), some(3)[1..]);
    assert_eq!(received_later(&mut bus), some(3)[..1]);
    assert!(start.elapsed() >= by);
}

#[test]
fn a_corrupted_frame_differs_in_one_bit() {
    let (port, mut bus) = bus(1);
    bus.control().inject(fault(Disturbance::Corrupt));
    let zeros = frame(1, &[0; 8]);
    send_all(&mut bus, &[zeros; 50]);
    let bits = |frame: &CanFrame| match frame {
        CanFrame::Data(data) => data.data().iter().map(|byte| byte.count_ones()).sum::<u32>(),
        other => panic!("data was expected: {other:?}"),
    };
    let sent = port.take();
    assert!(sent.iter().all(|frame| bits(frame) == 1));
    assert!(sent.iter().any(|frame| *frame != sent[0]));
}

#[test]
fn off_the_bus_nothing_passes_until_the_controller_recovers() {
    let (port, mut bus) = bus(1);
    let id = bus.control().inject(fault(Disturbance::BusOff { recovers_after: Some(LONG) }));
    port.put(some(1)[0]);
    let reported = |frames: &[CanFrame]| match frames {
        [CanFrame::Error(error)] => error.faults(),
        other => panic!("one notice was expected: {other:?}"),
    };
    assert_eq!(reported(&received(&mut bus)), [BusFault::BusOff]);
    assert_eq!(bus.send(&some(1)[0]).unwrap(), Sent::Full);
    assert!(bus.next_due().is_some());
    assert_eq!(bus.control().lift(id), Some(2));
    assert_eq!(reported(&received(&mut bus)), [BusFault::Restarted]);
    send_all(&mut bus, &some(1));
    assert_eq!(port.take(), some(1));
    let counters = bus.counters();
    assert_eq!((counters.full, counters.errors.bus_off, counters.errors.restarted), (1, 1, 1));
}

#[test]
fn a_controller_recovers_by_itself_once() {
    let (_, mut bus) = bus(1);
    let recovers_after = Some(Duration::from_millis(5));
    let id = bus.control().inject(fault(Disturbance::BusOff { recovers_after }));
    assert_eq!(received(&mut bus).len(), 1);
    assert_eq!(received_later(&mut bus).len(), 1);
    send_all(&mut bus, &some(1));
    assert_eq!((bus.control().reached(id), bus.control().lift(id)), (Some(0), Some(0)));
    assert_eq!(bus.counters().errors.restarted, 1);
}

#[test]
fn a_babbling_node_is_heard_on_both_sides() {
    let (port, mut bus) = bus(1);
    let babble = frame(0, &[0xBB]);
    let what = Disturbance::Babble { frame: babble, period: Duration::from_millis(1) };
    let id = bus.control().inject(fault(what));
    let heard: Vec<CanFrame> = (0..3).flat_map(|_| received_later(&mut bus)).collect();
    assert!(heard.len() >= 3 && heard.iter().all(|frame| *frame == babble));
    assert_eq!(port.take(), heard);
    assert_eq!(bus.control().lift(id), Some(heard.len() as u64));
    assert_eq!(bus.next_due(), None);
}

#[test]
fn a_full_queue_takes_nothing_and_hears_everything() {
    let (port, mut bus) = bus(1);
    let id = bus.control().inject(fault(Disturbance::FullQueue));
    port.put(some(1)[0]);
    assert_eq!(received(&mut bus), some(1));
    assert_eq!(bus.send(&some(1)[0]).unwrap(), Sent::Full);
    assert_eq!((bus.counters().full, bus.control().lift(id)), (1, Some(1)));
}

proptest! {
    #[test]
    fn the_same_seed_loses_the_same_frames(seed: u64, share in 0.0..1.0) {
        let run = || {
            let (port, mut bus) = bus(seed);
            bus.control().inject(InjectedFault { share, ..fault(Disturbance::Lose) });
            send_all(&mut bus, &some(200));
            port.take()
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn a_share_is_about_the_share_that_is_lost(seed: u64) {
        let (port, mut bus) = bus(seed);
        bus.control().inject(InjectedFault { share: 0.3, ..fault(Disturbance::Lose) });
        for _ in 0..10 {
            send_all(&mut bus, &some(200));
        }
        let left = port.take().len();
        // Seven standard deviations of 2000 draws.
        prop_assert!((1250..1550).contains(&left), "{} of 2000 left", left);
    }
}
