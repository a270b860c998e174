//! Every format of logs: known by its content, read in pieces, there and back, damaged, and in agreement with
//! the Python package python-can.

use std::io::Write as _;

use blackstart_units::SimTime;
use blackstart_wire::can::{
    CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, FrameDirection, LogCounters, LogDecoder,
    LogEncoder, LogErrorKind, LogFormat, LogItem, LogRecord, LogRefused, NotALog, RemoteFrame,
    candump,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use crate::can_frames::frames;
use crate::python_can::printed;
use crate::witness::Witness;

pub const WITNESS: &str = include_str!("log_witness.py");
const PLENTY: u64 = 1 << 30;

pub type Outcome = Result<(Vec<LogItem>, LogCounters), LogRefused>;

/// What a decoder makes of bytes that come in pieces.
pub fn decode(bytes: &[u8], piece: usize) -> Outcome {
    let (mut decoder, mut items) = (LogDecoder::new(PLENTY), Vec::new());
    for piece in bytes.chunks(piece) {
        decoder.push(piece, &mut items)?;
    }
    while decoder.finish(&mut items)? {}
    Ok((items, decoder.counters()))
}

pub fn records_of(bytes: &[u8]) -> Vec<LogRecord> {
    let (items, _) = decode(bytes, 1 << 16).unwrap();
    items.into_iter().map(Result::unwrap).collect()
}

fn format_of(bytes: &[u8]) -> Option<LogFormat> {
    LogFormat::of(&bytes[..bytes.len().min(LogFormat::HEAD_BYTES)]).ok()
}

pub fn written(format: LogFormat, records: &[LogRecord]) -> Vec<u8> {
    let (mut encoder, mut out) = (LogEncoder::new(format), Vec::new());
    encoder.begin(&mut out);
    records.iter().for_each(|record| encoder.record(record, &mut out));
    let first = encoder.finish(&mut out);
    out[..first.len()].copy_from_slice(&first);
    out
}

/// A record as a format keeps it.
pub fn kept(format: LogFormat, record: &LogRecord) -> LogRecord {
    let mut kept = record.clone();
    if format == LogFormat::Candump {
        return kept;
    }
    if let CanFrame::Error(_) = kept.frame {
        kept.frame = ErrorFrame::UNSPECIFIED.into();
        if format != LogFormat::Trc {
            kept.direction = None;
        }
    }
    if format == LogFormat::Csv {
        (kept.channel, kept.direction) = ("1".to_owned(), None);
        if let CanFrame::Data(frame) = kept.frame {
            // Nothing marks what is short and FD.
            let flags = FdFlags::default();
            let frame = if frame.data().len() > 8 {
                DataFrame::fd(frame.id(), frame.data(), flags)
            } else {
                DataFrame::classic(frame.id(), frame.data())
            };
            kept.frame = frame.unwrap().into();
        }
    }
    kept
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every kind of frame, a quarter of a second apart.
pub fn sample() -> Vec<LogRecord> {
    let standard = |number| CanId::standard(number).unwrap();
    let extended = |number| CanId::extended(number).unwrap();
    let bytes: [u8; 64] = std::array::from_fn(|at| at as u8);
    let brs = FdFlags { bit_rate_switch: true, error_state: false };
    let esi = FdFlags { bit_rate_switch: false, error_state: true };
    let frames: [CanFrame; 6] = [
        DataFrame::classic(standard(0x351), &bytes[..8]).unwrap().into(),
        DataFrame::classic(standard(0x305), &[]).unwrap().into(),
        DataFrame::classic(extended(0x18FE_F100), &bytes[..3]).unwrap().into(),
        RemoteFrame::new(standard(0x35C), 2).unwrap().into(),
        DataFrame::fd(standard(0x123), &bytes[..12], brs).unwrap().into(),
        DataFrame::fd(extended(0x01AB_CDEF), &bytes, esi).unwrap().into(),
    ];
    let record = |(index, frame): (u64, CanFrame)| LogRecord {
        at: SimTime::from_millis(250 * index),
        channel: "1".to_owned(),
        direction: Some(if index == 1 { FrameDirection::Tx } else { FrameDirection::Rx }),
        frame,
    };
    (0..).zip(frames).map(record).collect()
}

#[test]
fn a_log_is_known_by_its_content_and_read_in_pieces_of_any_size() {
    for format in LogFormat::ALL {
        let bytes = written(format, &sample());
        assert_eq!(format_of(&bytes), Some(format));
        let expected: Vec<LogRecord> = sample().iter().map(|one| kept(format, one)).collect();
        for bytes in [gzip(&bytes), bytes] {
            for piece in [1, 3, 1000, 1 << 16] {
                let (items, counters) = decode(&bytes, piece).unwrap();
                let found: Vec<LogRecord> = items.into_iter().map(Result::unwrap).collect();
                assert_eq!(found, expected, "{} in pieces of {piece}", format.name());
                assert_eq!((counters.records, counters.rejected), (6, 0));
            }
        }
    }
}

#[test]
fn what_is_no_log_is_named_in_one_line() {
    for (bytes, words) in [
        (&b"MDF     3.30    "[..], "a measurement file of another version than 4 (ASAM MDF)"),
        (b"PK\x03\x04....", "a Zip archive"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b" \n\n", "is empty"),
        (b"", "is empty"),
        (b"{\"schema\": 1}", "no log of CAN frames that is known"),
        (b"BO_ 1 One: 8 A", "no log of CAN frames that is known"),
        (b"a,b,c\n1,2,3\n", "no log of CAN frames that is known"),
    ] {
        let refused = decode(bytes, 4).unwrap_err().to_string();
        assert!(refused.contains(words) && !refused.contains('\n'), "{refused}");
    }
    let LogRefused::NotALog(what) = decode(&gzip(&gzip(b"x")), 9).unwrap_err() else { panic!() };
    assert_eq!(what, NotALog::Known("packed twice with gzip"));
}

/// A log, what its frames are, and how many places are wrong.
const FORMS: &[(&str, &[&str], u64)] = &[
    // Comments and empty lines, whole seconds, dates.
    ("# mine\n(1.5) can0 351#28\n\n(2) can0 355#50\n", &["1.5 351#28", "2 355#50"], 0),
    ("(2023-11-14 22:13:20.5) can0 351#28\n", &["1700000000.5 351#28"], 0),
    // What candump prints on a terminal.
    (
        "  can0  351   [2]  28 02\n  can0  18FEF100   [0]\n can0 123  [4]  remote request\n",
        &["0 351#2802", "0 18FEF100#", "0 123#R4"],
        0,
    ),
    (
        " (1.000001)  can0  RX - -  123  [12]  00 01 02 03 04 05 06 07 08 09 0A 0B\n \
         (1.000002)  can0  TX B E  123  [01]  AA   '.'\n \
         (1.000003)  can0  20000040   [8]  00 00 00 00 00 00 00 00   ERRORFRAME\n",
        &[
            "1.000001 123##0000102030405060708090A0B",
            "1.000002 123##3AA",
            "1.000003 20000040#0000000000000000",
        ],
        0,
    ),
    ("(1.0) can0 351#28\n(2.0) can0 35", &["1 351#28"], 1),
    ("(1.0) can0 351#28\n(2.0) can0 355#50", &["1 351#28", "2 355#50"], 0),
    // ASC with what stands between frames, small stamps, requests to send.
    (
        "date Fri Jul 10 08:17:32.000 2015\nbase hex timestamps absolute\n\
         0.02 1 Statistic: D 1 R 0\n0.03 2 351 Rx d 1 28 Length = 0\n0.04 1 352 TxRq d 1 01\n\
         1e-1 1 353 Rx d 1 AA\n\
         0.5 CANFD 4 Rx 4EE 0 0 9 12 0 1 2 3 4 5 6 7 8 9 a b 1331984 11 303000 46500250 460a0250\n",
        &["0.03 351#28", "0.1 353#AA", "0.5 4EE##0000102030405060708090A0B"],
        0,
    ),
    // TRC: one of each version.
    (
        ";############\n;  C:\\x.trc\n     1)      1841 0351 2 28 02\n     2) 1842 18FEF100 8 RTR\n     3) 1843 FFFFFFFF 4 00 00 00 04\n",
        &["1.841 351#2802", "1.842 18FEF100#R8"],
        0,
    ),
    (
        ";$FILEVERSION=1.1\n;$STARTTIME=37704.5\n     1)      1841.5  Rx         0351  2  28 02 \n     2) 2000.0  Warng  FFFFFFFF  4  00 00 00 08\n     3) 2000.1 Tx 18FEF100 0\n     4) 2000.2 Error 0000 0\n",
        &["1.8415 351#2802", "2.0001 18FEF100#", "2.0002 error"],
        0,
    ),
    (
        ";$FILEVERSION=1.3\n     1)      1059.900 2  Rx        0300 -  3    00 01 02\n",
        &["1.0599 300#000102"],
        0,
    ),
    (
        ";$FILEVERSION=2.0\n;$COLUMNS=N,O,T,I,d,l,D\n 1 1.5 DT 0351 Rx 2 28 02\n 2 2 FB 0352 Tx 12 0 \n 3 2.5 ST Rx 00 00\n",
        &["0.0015 351#2802"],
        1,
    ),
    (
        ";$FILEVERSION=2.1\n;$COLUMNS=N,O,T,B,I,d,R,L,D\n 1 1.5 FB 1 0351 Rx - 9 00 01 02 03 04 05 06 07 08 09 0A 0B\n",
        &["0.0015 351##1000102030405060708090A0B"],
        0,
    ),
    // Tables of several tools.
    (
        "timestamp,arbitration_id,extended,remote,error,dlc,data\n1700000000.01,0x351,0,0,0,2,KAI=\n1700000000.06,0x18fef100,1,1,0,2,\n1700000000.1234567891,0x123,0,0,0,12,AAAAAAAAAAAAAAAA\n",
        &[
            "1700000000.01 351#2802",
            "1700000000.06 18FEF100#R2",
            "1700000000.123456789 123##0000000000000000000000000",
        ],
        0,
    ),
    (
        "Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8\n166064000,0000021A,false,Rx,0,2,FE,36,,,,,,\n166065000,18FEF100,true,Tx,1,0,,,,,,,,\n",
        &["166.064 21A#FE36", "166.065 18FEF100#"],
        0,
    ),
    (
        "TimestampEpoch;BusChannel;ID;IDE;DLC;DataLength;Dir;EDL;BRS;ESI;RTR;DataBytes\n1.5;1;351;0;2;2;0;0;0;0;0;2802\n2.5;1;123;0;9;12;0;1;1;0;0;000102030405060708090A0B\n",
        &["1.5 351#2802", "2.5 123##1000102030405060708090A0B"],
        0,
    ),
    (
        "Time,Channel,ID,Flags,DLC,Data0,Data1,Counter\n0.5,0,351,,2,28,02,1\noops\n",
        &["0.5 351#2802"],
        1,
    ),
];

/// A record in few words: seconds and the frame as candump has it.
fn in_words(record: &LogRecord) -> String {
    let mut line = Vec::new();
    candump::append_record(&LogRecord { direction: None, ..record.clone() }, &mut line);
    let line = String::from_utf8(line).unwrap();
    let frame = line.split_whitespace().last().unwrap().to_owned();
    let nanos = record.at.as_nanos();
    let seconds = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    match record.frame {
        CanFrame::Error(ErrorFrame::UNSPECIFIED) => format!("{seconds} error"),
        _ => format!("{seconds} {frame}"),
    }
}

#[test]
fn the_forms_of_the_field_are_read() {
    for (text, expected, wrong) in FORMS {
        let (items, counters) =
            decode(text.as_bytes(), 7).unwrap_or_else(|why| panic!("{why}: {text}"));
        let found: Vec<String> = items.iter().flatten().map(in_words).collect();
        assert_eq!(found, *expected, "{text}");
        assert_eq!(counters.rejected, *wrong, "{text}");
    }
}

#[test]
fn frames_without_a_stamp_are_counted() {
    let (_, counters) = decode(b" can0  351   [1]  28\n (1.0)  can0  351   [1]  28\n", 9).unwrap();
    assert_eq!((counters.records, counters.unstamped), (2, 1));
}

#[test]
fn a_log_that_is_cut_or_damaged_says_so_and_the_rest_is_read() {
    let records: Vec<LogRecord> = sample().into_iter().cycle().take(20_000).collect();
    let whole = written(LogFormat::Blf, &records);
    // Somewhere in the last container, and in the header.
    for length in [whole.len() - 40, 20, 144 + 10] {
        let (items, counters) = decode(&whole[..length], 1 << 16).unwrap();
        let last = items.last().unwrap().as_ref().unwrap_err();
        assert_eq!(last.kind, LogErrorKind::Cut, "{length}");
        assert!(counters.records < 20_000);
    }
    // One container is lost, and no frame is read as another.
    let mut damaged = whole.clone();
    damaged[144 + 32..144 + 64].fill(0xA5);
    let (items, counters) = decode(&damaged, 1 << 16).unwrap();
    assert!(counters.rejected >= 1 && counters.records > 10_000, "{counters:?}");
    let frames: Vec<CanFrame> = sample().iter().map(|record| record.frame).collect();
    assert!(items.iter().flatten().all(|record| frames.contains(&record.frame)));
    let packed = gzip(&written(LogFormat::Candump, &records));
    let (items, counters) = decode(&packed[..packed.len() / 2], 1 << 16).unwrap();
    assert_eq!(items.last().unwrap().as_ref().unwrap_err().kind, LogErrorKind::Packed);
    assert!(counters.records > 1_000);
}

#[test]
fn a_log_of_any_length_is_held_piece_by_piece() {
    let mut records: Vec<LogRecord> = sample().into_iter().cycle().take(60_000).collect();
    for (index, record) in (0u64..).zip(&mut records) {
        // Nothing that packs well.
        let data = index.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
        record.frame = DataFrame::classic(CanId::standard(1).unwrap(), &data).unwrap().into();
    }
    for format in [LogFormat::Blf, LogFormat::Candump] {
        let bytes = written(format, &records);
        let (mut decoder, mut items) = (LogDecoder::new(PLENTY), Vec::new());
        let (mut count, mut most) = (0, 0);
        for piece in bytes.chunks(4096) {
            decoder.push(piece, &mut items).unwrap();
            count += items.len();
            most = most.max(items.len());
            items.clear();
        }
        decoder.finish(&mut items).unwrap();
        assert_eq!(count + items.len(), 60_000);
        assert!(most < 10_000, "{most} at once");
    }
    // What becomes too long is refused before it is.
    let bomb = gzip(&b"(1.0) can0 123#00\n".repeat(500_000));
    let (mut decoder, mut items) = (LogDecoder::new(1 << 20), Vec::new());
    assert_eq!(decoder.push(&bomb, &mut items), Err(LogRefused::TooLarge(1 << 20)));
}

prop_compose! {
    fn records()(
        // Less than a year: formats that count from a start begin a log that has dates at zero.
        micros in 0..31_000_000_000_000u64,
        is_sent: bool,
        channel in 1u32..100,
        frame in frames(),
    ) -> LogRecord {
        let direction = Some(if is_sent { FrameDirection::Tx } else { FrameDirection::Rx });
        let at = SimTime::from_micros(micros);
        LogRecord { at, channel: channel.to_string(), direction, frame }
    }
}

proptest! {
    #[test]
    fn a_record_survives_every_format(records in prop::collection::vec(records(), 1..10)) {
        for format in LogFormat::ALL {
            let expected: Vec<LogRecord> = records.iter().map(|one| kept(format, one)).collect();
            prop_assert_eq!(records_of(&written(format, &records)), expected, "{}", format.name());
        }
    }

    /// Whatever stands behind a good beginning.
    #[test]
    fn any_bytes_are_a_log_with_closed_books(
        format in prop::sample::select(LogFormat::ALL.to_vec()),
        damage in prop::collection::vec((0usize..2_000, any::<u8>(), 0usize..20), 1..10),
        tail in prop::collection::vec(any::<u8>(), 0..200),
        piece in 1usize..500,
    ) {
        let mut bytes = written(format, &sample());
        for (at, byte, cut) in damage {
            let (at, end) = (at.min(bytes.len()), (at + cut).min(bytes.len()));
            bytes.splice(at..end, [byte]);
        }
        bytes.extend(tail);
        if let Ok((items, counters)) = decode(&bytes, piece) {
            prop_assert_eq!(counters.records + counters.rejected, items.len() as u64);
        }
        let packed = gzip(&bytes);
        let _ = decode(&packed[..packed.len() / 2], piece);
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Formats and the endings by which python-can knows them.
const ENDINGS: [(LogFormat, &str); 5] = [
    (LogFormat::Candump, "log"),
    (LogFormat::Asc, "asc"),
    (LogFormat::Blf, "blf"),
    (LogFormat::Trc, "trc"),
    (LogFormat::Csv, "csv"),
];

#[test]
fn python_can_reads_every_format_that_is_written_here() {
    let Some(witness) = Witness::with("can") else { return };
    for (format, ending) in ENDINGS {
        let bytes = written(format, &sample());
        let found = witness.ask(WITNESS, format!("read {ending} {}\n", hex(&bytes)));
        let shown = |record: &LogRecord| {
            let frame = kept(format, record).frame;
            let mut line = printed(&frame);
            if format == LogFormat::Trc {
                // It takes the mark of the error state for both flags.
                line = line.strip_suffix("fe").map_or(line.clone(), |rest| format!("{rest}fbe"));
            }
            if format == LogFormat::Csv {
                // It takes every line for a classic frame.
                line = line.trim_end_matches('f').to_owned();
            }
            format!("{:.3} {line}", record.at.as_seconds())
        };
        let mut expected: Vec<String> = sample().iter().map(shown).collect();
        expected.push("end".to_owned());
        assert_eq!(found, expected, "{ending}");
    }
}

#[test]
fn every_format_that_python_can_writes_is_read() {
    let Some(witness) = Witness::with("can") else { return };
    for (format, ending) in ENDINGS {
        for ending in [ending.to_owned(), format!("{ending}.gz")] {
            // It packs no log that is packed itself.
            if ending == "blf.gz" {
                continue;
            }
            let lines = witness.ask(WITNESS, format!("write {ending}\n"));
            let digits = lines[0].as_bytes();
            let bytes: Vec<u8> = digits
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            let found = records_of(&bytes);
            let mut expected = sample();
            if format == LogFormat::Trc {
                // It writes neither remote frames nor the flags of FD frames.
                expected.truncate(3);
            } else if let Some(CanFrame::Data(last)) = expected.last().map(|one| one.frame) {
                let plain = DataFrame::fd(last.id(), last.data(), FdFlags::default()).unwrap();
                expected[5].frame = plain.into();
            }
            let first = found[0].at;
            assert_eq!(found.len(), expected.len(), "{ending}");
            for (found, expected) in found.iter().zip(&expected) {
                let mut frame = kept(format, expected).frame;
                if let (CanFrame::Remote(remote), LogFormat::Candump | LogFormat::Asc) =
                    (frame, format)
                {
                    // It leaves out how much a remote frame asks for.
                    let CanFrame::Remote(read) = found.frame else { panic!("{ending}") };
                    frame = RemoteFrame::new(remote.id(), read.dlc()).unwrap().into();
                }
                assert_eq!(found.frame, frame, "{ending}");
                assert_eq!(found.at.since(first), expected.at, "{ending}");
            }
        }
    }
}
