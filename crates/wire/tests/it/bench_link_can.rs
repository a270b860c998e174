//! The bench link's packets on a CAN bus.

use blackstart_wire::bench_link::{
    CanChannel, CanEnd, CanReceiver, FromDevice, MAX_PAYLOAD_BYTES, Packet, ToDevice,
};
use blackstart_wire::can::{CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, RemoteFrame};
use proptest::prelude::*;

use crate::can_frames::frames;
use crate::messages::to_device;

const PAGE: &str = include_str!("../../../../docs/bench-link.md");

fn id(frame: &CanFrame) -> CanId {
    let CanFrame::Data(frame) = frame else { panic!("{frame:?} carries no packet") };
    frame.id()
}

#[test]
fn the_type_is_the_low_byte_of_the_identifier() {
    let reading = ToDevice::Reading { id: 0x1004, value: 32_650 }.encode();
    let frame = CanChannel::default().frame(&reading);
    let bytes = [0x04, 0x10, 0x8A, 0x7F, 0x00, 0x00];
    let expected = DataFrame::classic(CanId::standard(0x502).unwrap(), &bytes).unwrap();
    assert_eq!(frame, expected.into());
    let done = FromDevice::Unsubscribe { slot: 1 }.encode();
    let last = CanChannel::new(7).unwrap().frame(&done);
    assert_eq!(id(&last), CanId::standard(0x785).unwrap());
    assert_eq!(CanChannel::new(8), None);
}

#[test]
fn the_page_gives_the_identifiers_of_the_default_channel() {
    let wake = blackstart_units::SimTime::NEVER;
    for (name, packet) in [
        ("READING", ToDevice::Reading { id: 0, value: 0 }.encode()),
        ("DONE", FromDevice::Done { wake, turn: 0 }.encode()),
    ] {
        let id = id(&CanChannel::default().frame(&packet));
        let words = PAGE.replace('\n', " ");
        assert!(words.contains(&format!("0x{id}")), "{name} is 0x{id}");
    }
}

#[test]
fn each_end_reads_what_the_other_sends_and_counts_the_rest() {
    let channel = CanChannel::default();
    let bye = ToDevice::Bye.encode();
    let lost = FromDevice::Lost { frames: 2 }.encode();
    let empty = |id| DataFrame::classic(CanId::standard(id).unwrap(), &[]).unwrap().into();
    let bus: [CanFrame; 8] = [
        channel.frame(&bye),
        channel.frame(&lost),
        empty(0x404),
        DataFrame::classic(CanId::extended(0x504).unwrap(), &[]).unwrap().into(),
        DataFrame::fd(CanId::standard(0x504).unwrap(), &[], FdFlags::default()).unwrap().into(),
        RemoteFrame::new(CanId::standard(0x504).unwrap(), 0).unwrap().into(),
        ErrorFrame::UNSPECIFIED.into(),
        empty(0x604),
    ];
    for (end, expected) in [(CanEnd::Bench, lost), (CanEnd::Device, bye)] {
        let mut receiver = CanReceiver::new(channel, end);
        let found: Vec<Packet> = bus.iter().filter_map(|frame| receiver.push(frame)).collect();
        assert_eq!(found, [expected]);
        let counters = receiver.counters();
        assert_eq!((counters.packets, counters.echoes), (1, 1));
        assert_eq!((counters.foreign, counters.errors), (5, 1));
    }
}

/// A controller that sends the lowest identifier first must not move a message past its barrier.
#[test]
fn barriers_have_higher_identifiers_than_what_belongs_to_them() {
    let channel = CanChannel::default();
    let wake = blackstart_units::SimTime::NEVER;
    let of = |packet: Packet| id(&channel.frame(&packet));
    let advance = ToDevice::Advance { at: wake, cause: Default::default(), turn: 0 }.encode();
    assert!(of(ToDevice::Reading { id: 0, value: 0 }.encode()) < of(advance));
    let done = of(FromDevice::Done { wake, turn: 0 }.encode());
    for message in [
        FromDevice::Command { id: 0, value: 0 },
        FromDevice::Claim { id: 0, value: 0 },
        FromDevice::Unsubscribe { slot: 0 },
    ] {
        assert!(of(message.encode()) < done, "{}", message.name());
    }
}

proptest! {
    #[test]
    fn any_packet_survives_the_bus(
        channel in 0u8..8, kind: u8, payload in prop::collection::vec(any::<u8>(), 0..=MAX_PAYLOAD_BYTES),
    ) {
        let channel = CanChannel::new(channel).unwrap();
        let packet = Packet::new(kind, &payload).unwrap();
        let end = if kind < 0x80 { CanEnd::Device } else { CanEnd::Bench };
        let mut receiver = CanReceiver::new(channel, end);
        prop_assert_eq!(receiver.push(&channel.frame(&packet)), Some(packet));
    }

    #[test]
    fn other_traffic_does_not_disturb_the_link(
        traffic in prop::collection::vec(frames(), 0..40), message in to_device(),
    ) {
        let channel = CanChannel::default();
        let foreign = |frame: &CanFrame| match frame {
            CanFrame::Data(frame) => frame.id().is_extended() || frame.id().number() >> 8 != 5,
            _ => true,
        };
        let mut receiver = CanReceiver::new(channel, CanEnd::Device);
        for frame in traffic.iter().filter(|frame| foreign(frame)) {
            prop_assert_eq!(receiver.push(frame), None);
        }
        prop_assert_eq!(receiver.push(&channel.frame(&message.encode())), Some(message.encode()));
        prop_assert_eq!(receiver.counters().packets, 1);
    }
}
