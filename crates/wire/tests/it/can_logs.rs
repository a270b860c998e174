//! Logs: lines from the formats' documents, what is wrong with a line, and the way there and back.

use blackstart_units::SimTime;
use blackstart_wire::can::asc::{self, AscBase, AscForm, Stamps};
use blackstart_wire::can::{
    BusFault, CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, FrameDirection, LogCounters,
    LogError, LogErrorKind, LogPlace, LogReader, LogRecord, RemoteFrame, candump,
};
use proptest::prelude::*;

use crate::can_frames::frames;

type Read = Result<LogRecord, LogError>;

fn read_candump(bytes: &[u8]) -> (Vec<Read>, LogCounters) {
    let mut reader = candump::CandumpReader::default();
    (bytes.iter().filter_map(|&byte| reader.push_byte(byte)).collect(), reader.counters())
}

fn read_asc(bytes: &[u8]) -> (Vec<Read>, LogCounters) {
    let mut reader = asc::AscReader::default();
    (bytes.iter().filter_map(|&byte| reader.push_byte(byte)).collect(), reader.counters())
}

fn record(micros: u64, channel: &str, frame: impl Into<CanFrame>) -> LogRecord {
    let at = SimTime::from_micros(micros);
    LogRecord { at, channel: channel.to_owned(), direction: None, frame: frame.into() }
}

fn standard(number: u32) -> CanId {
    CanId::standard(number).unwrap()
}

/// A line for each kind of frame.
const CANDUMP: &str = "\
(1436509052.249713) vcan0 123#DEADBEEF
(1436509052.249714) vcan0 18FEF100#
(1436509052.249715) vcan0 123#R4
(1436509052.249716) vcan0 123##311223344
(1436509052.249717) vcan0 20000040#0000000000000000
";

fn candump_records() -> [LogRecord; 5] {
    let start = 1_436_509_052_249_713;
    let id = standard(0x123);
    let flags = FdFlags { bit_rate_switch: true, error_state: true };
    [
        record(start, "vcan0", DataFrame::classic(id, &[0xDE, 0xAD, 0xBE, 0xEF]).unwrap()),
        record(
            start + 1,
            "vcan0",
            DataFrame::classic(CanId::extended(0x18FE_F100).unwrap(), &[]).unwrap(),
        ),
        record(start + 2, "vcan0", RemoteFrame::new(id, 4).unwrap()),
        record(start + 3, "vcan0", DataFrame::fd(id, &[0x11, 0x22, 0x33, 0x44], flags).unwrap()),
        record(start + 4, "vcan0", ErrorFrame::new(0x40, [0; 8]).unwrap()),
    ]
}

#[test]
fn candump_lines_are_read_and_written_as_they_are() {
    let (found, counters) = read_candump(CANDUMP.as_bytes());
    let expected = candump_records();
    assert_eq!(found, expected.clone().map(Ok));
    assert_eq!((counters.lines, counters.records, counters.rejected), (5, 5, 0));
    let mut written = Vec::new();
    expected.iter().for_each(|record| candump::append_record(record, &mut written));
    assert_eq!(String::from_utf8(written).unwrap(), CANDUMP);
    let CanFrame::Error(error) = expected[4].frame else { panic!("the last is an error frame") };
    assert_eq!(error.faults(), [BusFault::BusOff]);
}

#[test]
fn candump_variants_of_newer_tools_are_read() {
    let text =
        "(1.000000500) can0 7ff#1122334455667788_F T\r\n\n(2.5) can0 001##5AA R\n(3.0) c 001#R\n";
    let (found, counters) = read_candump(text.as_bytes());
    let data = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
    let flags = FdFlags { bit_rate_switch: true, error_state: false };
    let expected = [
        LogRecord {
            at: SimTime::from_nanos(1_000_000_500),
            direction: Some(FrameDirection::Tx),
            ..record(0, "can0", DataFrame::classic(standard(0x7FF), &data).unwrap())
        },
        LogRecord {
            direction: Some(FrameDirection::Rx),
            ..record(2_500_000, "can0", DataFrame::fd(standard(1), &[0xAA], flags).unwrap())
        },
        record(3_000_000, "c", RemoteFrame::new(standard(1), 0).unwrap()),
    ];
    assert_eq!(found, expected.map(Ok));
    assert_eq!(counters.passed_over, 1);
}

#[test]
fn each_mistake_in_a_candump_log_has_its_line() {
    let cases = [
        ("1.0 can0 123#00", LogErrorKind::Stamp),
        ("(1.0) can0", LogErrorKind::Parts),
        ("(1.0) can0 123", LogErrorKind::Parts),
        ("(1.0) can0 123#00 R X", LogErrorKind::Parts),
        ("(1.0) can0 123#00 X", LogErrorKind::Direction),
        ("(1.0) an-interface-with-a-name-of-over-32-bytes 123#00", LogErrorKind::Channel),
        ("(1.0) can0 12#00", LogErrorKind::Id),
        ("(1.0) can0 800#00", LogErrorKind::Id),
        ("(1.0) can0 123#0", LogErrorKind::Data),
        ("(1.0) can0 123#0G", LogErrorKind::Data),
        ("(1.0) can0 123#001122334455667788", LogErrorKind::Data),
        ("(1.0) can0 123##8", LogErrorKind::Data),
        ("(1.0) can0 123##0001122334455667788", LogErrorKind::Data),
        ("(1.0) can0 123#R9", LogErrorKind::Data),
    ];
    let text: String = cases.iter().map(|(line, _)| format!("{line}\n")).collect();
    let (found, counters) = read_candump(text.as_bytes());
    let expected: Vec<Read> = (1..)
        .zip(cases)
        .map(|(line, (_, kind))| Err(LogError { place: LogPlace::Line(line), kind }))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(counters.rejected, cases.len() as u64);
}

#[test]
fn a_line_without_end_is_one_mistake_in_bounded_memory() {
    let endless = vec![b'1'; 1_000_000];
    for read in [read_candump, read_asc] {
        let (found, _) = read(&[&endless[..], b"\n"].concat());
        assert_eq!(
            found,
            [Err(LogError { place: LogPlace::Line(1), kind: LogErrorKind::TooLong })]
        );
    }
}

const ASC: &str = "\
date Thu Jan 1 00:00:00.000 1970
base hex  timestamps absolute
internal events logged
// version 8.5.0
Begin Triggerblock Thu Jan 1 00:00:00.000 1970
   0.000000 Start of measurement
   0.010000 1  123             Rx   d 2 DE AD  Length = 104000 BitCount = 52 ID = 291
   0.015000 1  Statistic: D 0 R 0 XD 0 XR 0 E 0 O 0 B 0.00%
   0.020000 2  18FEF100x       Tx   r 4
   0.025000 1  123             TxRq d 2 DE AD
   0.030000 1  ErrorFrame
   0.040000 CANFD   1 Rx        123  Limits  1 0 1  1 7F 0 0 3000 0 0 0 0 0
   0.050000 CANFD   1 Tx        123  0 0 1  1 80 0 0 0 0 0 0 0 0
   0.060000 CANFD   1 Rx        123  0 0 2  0 0 0 10 0 0 0 0 0
End TriggerBlock
";

#[test]
fn asc_lines_are_read_and_what_is_no_frame_is_passed_over() {
    let (found, counters) = read_asc(ASC.as_bytes());
    let id = standard(0x123);
    let with = |direction, record| LogRecord { direction: Some(direction), ..record };
    let brs = FdFlags { bit_rate_switch: true, error_state: false };
    let extended = CanId::extended(0x18FE_F100).unwrap();
    let expected = [
        with(
            FrameDirection::Rx,
            record(10_000, "1", DataFrame::classic(id, &[0xDE, 0xAD]).unwrap()),
        ),
        with(FrameDirection::Tx, record(20_000, "2", RemoteFrame::new(extended, 4).unwrap())),
        record(30_000, "1", ErrorFrame::UNSPECIFIED),
        with(FrameDirection::Rx, record(40_000, "1", DataFrame::fd(id, &[0x7F], brs).unwrap())),
        with(FrameDirection::Tx, record(50_000, "1", DataFrame::classic(id, &[0x80]).unwrap())),
        with(FrameDirection::Rx, record(60_000, "1", RemoteFrame::new(id, 2).unwrap())),
    ];
    assert_eq!(found, expected.map(Ok));
    assert_eq!((counters.passed_over, counters.rejected), (9, 0));
}

#[test]
fn relative_stamps_add_up_over_every_event() {
    let text = "base dec timestamps relative\n1.5 Start of measurement\n0.5 1 Trigger\n\
                1.0 1 291 Rx d 1 255\n1.0 1 536870911x Rx d 0\n";
    let (found, _) = read_asc(text.as_bytes());
    let stamps: Vec<_> = found.iter().map(|read| read.as_ref().unwrap().at).collect();
    assert_eq!(stamps, [SimTime::from_whole_seconds(3), SimTime::from_whole_seconds(4)]);
    let frame = DataFrame::classic(standard(291), &[255]).unwrap().into();
    assert_eq!(found[0].as_ref().unwrap().frame, frame);
}

#[test]
fn each_mistake_in_an_asc_log_has_its_line() {
    let cases = [
        ("0.1.2 1 123 Rx d 0", LogErrorKind::Stamp),
        ("0.1 1 800 Rx d 0", LogErrorKind::Id),
        ("0.1 1 20000000x Rx d 0", LogErrorKind::Id),
        ("0.1 1 123 Rx q 0", LogErrorKind::Parts),
        ("0.1 1 123 Rx d 2 00", LogErrorKind::Data),
        ("0.1 1 123 Rx d 1 100", LogErrorKind::Data),
        ("0.1 1 123 Rx d 10 00", LogErrorKind::Data),
        ("0.1 CANFD 1", LogErrorKind::Parts),
        ("0.1 CANFD 1 Rx 123 2 0 1 1 00", LogErrorKind::Data),
        ("0.1 CANFD 1 Rx 123 0 0 9 11 0 1 2 3 4 5 6 7 8 9 A 0 0 1000", LogErrorKind::Data),
        ("0.1 CANFD 1 Rx 123 0 0 9 65 00", LogErrorKind::Data),
    ];
    let text: String = cases.iter().map(|(line, _)| format!("{line}\n")).collect();
    let expected: Vec<Read> = (1..)
        .zip(cases)
        .map(|(line, (_, kind))| Err(LogError { place: LogPlace::Line(line), kind }))
        .collect();
    assert_eq!(read_asc(text.as_bytes()).0, expected);
}

#[test]
fn an_asc_log_numbers_its_channels() {
    let frame = DataFrame::classic(standard(1), &[]).unwrap();
    let mut out = Vec::new();
    assert!(asc::AscWriter::default().record(&record(0, "vcan0", frame), &mut out).is_err());
    assert!(out.is_empty());
}

fn directions() -> impl Strategy<Value = FrameDirection> {
    prop_oneof![Just(FrameDirection::Rx), Just(FrameDirection::Tx)]
}

prop_compose! {
    fn records()(
        micros in 0..4_000_000_000_000_000u64,
        direction in directions(),
        channel in 1u32..100,
        frame in frames(),
    ) -> LogRecord {
        LogRecord { direction: Some(direction), ..record(micros, &channel.to_string(), frame) }
    }
}

fn forms() -> impl Strategy<Value = AscForm> {
    let base = prop_oneof![Just(AscBase::Hex), Just(AscBase::Dec)];
    let stamps = prop_oneof![Just(Stamps::Absolute), Just(Stamps::Relative)];
    (base, stamps).prop_map(|(base, stamps)| AscForm { base, stamps })
}

proptest! {
    #[test]
    fn a_record_survives_candump(records in prop::collection::vec(records(), 0..10)) {
        let mut bytes = Vec::new();
        records.iter().for_each(|record| candump::append_record(record, &mut bytes));
        let expected: Vec<Read> = records.into_iter().map(Ok).collect();
        prop_assert_eq!(read_candump(&bytes).0, expected);
    }

    /// All but what an error frame says, and its direction.
    #[test]
    fn a_record_survives_asc(form in forms(), mut records in prop::collection::vec(records(), 0..10)) {
        records.sort_by_key(|record| record.at);
        let mut bytes = Vec::new();
        let mut writer = asc::AscWriter::new(form);
        writer.header(&mut bytes);
        for record in &mut records {
            writer.record(record, &mut bytes).unwrap();
            if let CanFrame::Error(_) = record.frame {
                record.frame = ErrorFrame::UNSPECIFIED.into();
                record.direction = None;
            }
        }
        writer.footer(&mut bytes);
        let expected: Vec<Read> = records.into_iter().map(Ok).collect();
        prop_assert_eq!(read_asc(&bytes).0, expected);
    }

    #[test]
    fn any_bytes_are_a_log_with_closed_books(bytes in prop::collection::vec(
        prop_oneof![any::<u8>(), prop::sample::select(b"\n .#()0123456789abcdefRrxd".to_vec())], 0..600,
    )) {
        for read in [read_candump, read_asc] {
            let (found, counters) = read(&bytes);
            let lines = bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
            prop_assert_eq!(counters.lines, lines);
            prop_assert_eq!(counters.records + counters.rejected, found.len() as u64);
            prop_assert_eq!(counters.records + counters.rejected + counters.passed_over, lines);
        }
    }
}
