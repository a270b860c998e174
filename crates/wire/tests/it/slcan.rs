//! SLCAN at both ends.

use blackstart_units::SimTime;
use blackstart_wire::can::slcan::{
    Adapter, AdapterAction, AdapterIdentity, BitRate, SlcanCommand, SlcanHost, SlcanReply,
    SlcanStatus,
};
use blackstart_wire::can::{CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, RemoteFrame};
use proptest::prelude::*;

use crate::can_frames::without_errors;

/// What the adapter answers to some lines, and what it asks for.
fn say(adapter: &mut Adapter, text: &str) -> (String, Vec<AdapterAction>) {
    let mut replies = Vec::new();
    let actions = text.bytes().filter_map(|byte| adapter.push(byte, &mut replies)).collect();
    (String::from_utf8(replies).unwrap(), actions)
}

fn opened() -> Adapter {
    let mut adapter = Adapter::default();
    assert_eq!(say(&mut adapter, "S6\rO\r").0, "\r\r");
    adapter
}

fn received(bytes: &[u8]) -> Vec<SlcanReply> {
    let mut host = SlcanHost::default();
    bytes.iter().filter_map(|&byte| host.push(byte)).collect()
}

#[test]
fn a_session_from_bit_rate_to_close() {
    let mut adapter = Adapter::new(AdapterIdentity { version: *b"1013", serial: *b"A123" });
    let (replies, actions) = say(
        &mut adapter,
        "\r\rC\rV\rN\rS6\rZ1\rO\rt10021133\rT0000010021133\rr1002\rR000001002\rF\rC\r",
    );
    assert_eq!(replies, "\x07V1013\rNA123\r\r\r\rz\rZ\rz\rZ\rF00\r\r");
    assert_eq!(adapter.bit_rate().map(BitRate::bits_per_second), Some(500_000));
    let (standard, extended) = (CanId::standard(0x100).unwrap(), CanId::extended(0x100).unwrap());
    let data = |id| AdapterAction::Send(DataFrame::classic(id, &[0x11, 0x33]).unwrap().into());
    let remote = |id| AdapterAction::Send(RemoteFrame::new(id, 2).unwrap().into());
    let expected = [
        AdapterAction::Open { listen_only: false },
        data(standard),
        data(extended),
        remote(standard),
        remote(extended),
        AdapterAction::Close,
    ];
    assert_eq!(actions, expected);
}

#[test]
fn what_the_state_does_not_allow_is_refused() {
    for line in ["t1000\r", "F\r", "C\r", "O\r", "L\r"] {
        assert_eq!(say(&mut Adapter::default(), line), ("\x07".to_owned(), vec![]), "{line:?}");
    }
    for line in ["O\r", "L\r", "S6\r", "s031C\r", "Z1\r"] {
        assert_eq!(say(&mut opened(), line), ("\x07".to_owned(), vec![]), "{line:?}");
    }
}

#[test]
fn what_is_no_command_is_refused_and_the_next_one_is_not() {
    let long = "b".repeat(200);
    let lines = [
        "S9",
        "S",
        "s031",
        "Z2",
        "X1",
        "M00000000",
        "t",
        "t10",
        "t1009112233445566778899",
        "t1001",
        "t10012",
        "t1001223",
        "t800012",
        "T200000000",
        "r1009",
        "dFFF0",
        "x",
        "OO",
        &long,
    ];
    for line in lines {
        let mut adapter = opened();
        assert_eq!(say(&mut adapter, &format!("{line}\r")).0, "\x07", "{line}");
        assert_eq!(say(&mut adapter, "V\r").0, "V1010\r");
        assert_eq!((adapter.counters().accepted, adapter.counters().refused), (3, 1));
    }
}

#[test]
fn a_listener_reports_and_does_not_send() {
    let mut adapter = Adapter::default();
    let (replies, actions) = say(&mut adapter, "s031C\rL\rt1000\r");
    assert_eq!(replies, "\r\r\x07");
    assert_eq!(actions, [AdapterAction::Open { listen_only: true }]);
    assert_eq!(adapter.bit_rate(), None);
    let frame = DataFrame::classic(CanId::standard(0x100).unwrap(), &[0xAB]).unwrap().into();
    let mut line = Vec::new();
    assert!(adapter.receive(&frame, SimTime::ZERO, &mut line));
    assert_eq!(line, b"t1001AB\r");
}

#[test]
fn stamps_are_milliseconds_that_start_over_every_minute() {
    let mut adapter = Adapter::default();
    say(&mut adapter, "S6\rZ1\rO\r");
    let frame = RemoteFrame::new(CanId::standard(0x100).unwrap(), 0).unwrap().into();
    let mut lines = Vec::new();
    for millis in [0, 59_999, 60_000, 60_001] {
        assert!(adapter.receive(&frame, SimTime::from_millis(millis), &mut lines));
    }
    assert_eq!(lines, b"r10000000\rr1000EA5F\rr10000000\rr10000001\r");
}

#[test]
fn a_closed_adapter_and_an_error_frame_leave_no_line() {
    let frame = RemoteFrame::new(CanId::standard(0x100).unwrap(), 0).unwrap().into();
    let mut lines = Vec::new();
    assert!(!Adapter::default().receive(&frame, SimTime::ZERO, &mut lines));
    let error = CanFrame::Error(ErrorFrame::UNSPECIFIED);
    assert!(!opened().receive(&error, SimTime::ZERO, &mut lines));
    assert!(!SlcanCommand::Send(error).append(&mut lines));
    assert!(lines.is_empty());
}

#[test]
fn status_flags_stay_until_they_are_read() {
    let mut adapter = opened();
    adapter.raise(SlcanStatus::RX_FULL);
    adapter.raise(SlcanStatus::BUS_ERROR);
    assert_eq!(say(&mut adapter, "F\rF\r").0, "F81\rF00\r");
}

#[test]
fn fd_frames_take_the_letters_of_the_canable_firmware() {
    let data: Vec<u8> = (0..12).collect();
    let flags = FdFlags { bit_rate_switch: true, error_state: false };
    let frame = DataFrame::fd(CanId::standard(0x1AB).unwrap(), &data, flags).unwrap();
    let mut line = Vec::new();
    assert!(SlcanCommand::Send(frame.into()).append(&mut line));
    assert_eq!(line, b"b1AB9000102030405060708090A0B\r");
}

#[test]
fn a_bell_in_the_middle_of_a_line_is_still_an_answer() {
    let mut host = SlcanHost::default();
    let replies: Vec<_> = b"t10\x07V1013\r".iter().filter_map(|&byte| host.push(byte)).collect();
    assert_eq!(replies, [SlcanReply::Refused, SlcanReply::Version(*b"1013")]);
    assert_eq!((host.counters().replies, host.counters().rejected), (1, 1));
}

fn replies() -> impl Strategy<Value = SlcanReply> {
    let text = || prop::array::uniform4(b'0'..=b'9');
    prop_oneof![
        Just(SlcanReply::Done),
        Just(SlcanReply::Refused),
        any::<bool>().prop_map(|extended| SlcanReply::Sent { extended }),
        (without_errors(), prop::option::of(0u16..60_000))
            .prop_map(|(frame, stamp_ms)| SlcanReply::Frame { frame, stamp_ms }),
        any::<u8>().prop_map(|bits| SlcanReply::Status(SlcanStatus::from_bits(bits))),
        text().prop_map(SlcanReply::Version),
        text().prop_map(SlcanReply::Serial),
    ]
}

proptest! {
    #[test]
    fn any_frame_goes_to_the_bus_and_comes_back(frame in without_errors()) {
        let mut adapter = opened();
        let mut line = Vec::new();
        prop_assert!(SlcanCommand::Send(frame).append(&mut line));
        let mut answers = Vec::new();
        let actions: Vec<_> =
            line.iter().filter_map(|&byte| adapter.push(byte, &mut answers)).collect();
        prop_assert_eq!(actions, [AdapterAction::Send(frame)]);
        let mut reported = Vec::new();
        prop_assert!(adapter.receive(&frame, SimTime::ZERO, &mut reported));
        prop_assert_eq!(received(&reported), [SlcanReply::Frame { frame, stamp_ms: None }]);
    }

    #[test]
    fn replies_survive_the_line(replies in prop::collection::vec(replies(), 0..20)) {
        let mut bytes = Vec::new();
        for reply in &replies {
            prop_assert!(reply.append(&mut bytes));
        }
        prop_assert_eq!(received(&bytes), replies);
    }

    /// Every line that is not empty gets exactly one answer.
    #[test]
    fn any_bytes_leave_the_adapter_with_closed_books(bytes in prop::collection::vec(
        prop_oneof![any::<u8>(), prop::sample::select(b"\rOCLSVNFZtTrRdDbB0123456789".to_vec())],
        0..400,
    )) {
        let mut adapter = Adapter::default();
        let mut replies = Vec::new();
        for &byte in &bytes {
            adapter.push(byte, &mut replies);
        }
        let complete = bytes.iter().rposition(|&byte| byte == b'\r').unwrap_or(0);
        let lines = bytes[..complete].split(|&byte| byte == b'\r').filter(|line| !line.is_empty());
        let counters = adapter.counters();
        prop_assert_eq!(counters.accepted + counters.refused, lines.count() as u64);
        prop_assert_eq!(received(&replies).len() as u64, counters.accepted + counters.refused);
    }

    #[test]
    fn any_bytes_leave_the_host_in_step(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut host = SlcanHost::default();
        bytes.iter().for_each(|&byte| { host.push(byte); });
        host.push(b'\r');
        let replies: Vec<_> = b"z\r".iter().filter_map(|&byte| host.push(byte)).collect();
        prop_assert_eq!(replies, [SlcanReply::Sent { extended: false }]);
    }
}
