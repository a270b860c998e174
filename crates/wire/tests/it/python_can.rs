//! Logs in agreement with the Python package python-can: those that it writes are read, those that are
//! written here it reads.

use std::fmt::Write as _;

use blackstart_units::SimTime;
use blackstart_wire::can::{
    CanFrame, CanId, DataFrame, ErrorFrame, FdFlags, FrameDirection, LogReader, LogRecord,
    RemoteFrame, asc, candump,
};

use crate::witness::Witness;

/// Written by python-can 4.6.1; the date of the second one was set by hand.
const CANDUMP: &[u8] = include_bytes!("../../../../fixtures/captures/python-can.log");
const ASC: &[u8] = include_bytes!("../../../../fixtures/captures/python-can.asc");
const WITNESS: &str = include_str!("python_can_witness.py");

/// What both captures hold, a quarter of a second apart.
fn frames() -> [(FrameDirection, CanFrame); 7] {
    let standard = |number| CanId::standard(number).unwrap();
    let extended = |number| CanId::extended(number).unwrap();
    let bytes: [u8; 64] = std::array::from_fn(|at| at as u8);
    let limits = [0x28, 0x02, 0xF4, 0x01, 0x20, 0x03, 0xE0, 0x01];
    let brs = FdFlags { bit_rate_switch: true, error_state: false };
    let esi = FdFlags { bit_rate_switch: false, error_state: true };
    let data = |frame: Option<DataFrame>| CanFrame::from(frame.unwrap());
    [
        (FrameDirection::Rx, data(DataFrame::classic(standard(0x351), &limits))),
        (FrameDirection::Tx, data(DataFrame::classic(standard(0x305), &[0; 8]))),
        (FrameDirection::Rx, data(DataFrame::classic(extended(0x18FE_F100), &[]))),
        (FrameDirection::Rx, RemoteFrame::new(standard(0x35C), 2).unwrap().into()),
        (FrameDirection::Rx, data(DataFrame::fd(standard(0x123), &bytes[..12], brs))),
        (FrameDirection::Rx, data(DataFrame::fd(extended(0x01AB_CDEF), &bytes, esi))),
        (FrameDirection::Rx, ErrorFrame::UNSPECIFIED.into()),
    ]
}

fn records(channel: &str) -> Vec<LogRecord> {
    let record = |(index, (direction, frame)): (u64, _)| LogRecord {
        at: SimTime::from_millis(250 * index),
        channel: channel.to_owned(),
        direction: Some(direction),
        frame,
    };
    (0..).zip(frames()).map(record).collect()
}

#[test]
fn a_candump_log_of_python_can_is_read() {
    let mut reader = candump::CandumpReader::default();
    let found: Vec<LogRecord> =
        CANDUMP.iter().filter_map(|&byte| reader.push_byte(byte)).map(Result::unwrap).collect();
    let mut expected = records("can0");
    for record in &mut expected {
        record.at += SimTime::from_whole_seconds(1_436_509_052);
        match record.frame {
            // It leaves out how much a remote frame asks for, and which way an error went.
            CanFrame::Remote(frame) => {
                record.frame = RemoteFrame::new(frame.id(), 0).unwrap().into();
            }
            CanFrame::Error(_) => record.direction = None,
            CanFrame::Data(_) => {}
        }
    }
    assert_eq!(found, expected);
}

#[test]
fn an_asc_log_of_python_can_is_read() {
    let mut reader = asc::AscReader::default();
    let found: Vec<LogRecord> =
        ASC.iter().filter_map(|&byte| reader.push_byte(byte)).map(Result::unwrap).collect();
    let mut expected = records("1");
    expected[6].direction = None;
    assert_eq!(found, expected);
    assert_eq!(reader.counters().rejected, 0);
}

/// A frame as the witness prints it: identifier, data, and a letter for each of extended, FD, bit rate
/// switch, error state, remote.
pub fn printed(frame: &CanFrame) -> String {
    let letters = |extended: bool, fd: Option<FdFlags>, remote: bool| {
        let flags = fd.unwrap_or_default();
        [
            (extended, 'x'),
            (fd.is_some(), 'f'),
            (flags.bit_rate_switch, 'b'),
            (flags.error_state, 'e'),
            (remote, 'r'),
        ]
        .iter()
        .filter_map(|&(set, letter)| set.then_some(letter))
        .collect::<String>()
    };
    match frame {
        CanFrame::Data(frame) => {
            let mut line = format!("{:X} ", frame.id().number());
            frame.data().iter().for_each(|byte| write!(line, "{byte:02x}").unwrap());
            format!("{line} {}", letters(frame.id().is_extended(), frame.fd_flags(), false))
        }
        CanFrame::Remote(frame) => {
            format!("{:X}  {}", frame.id().number(), letters(frame.id().is_extended(), None, true))
        }
        CanFrame::Error(_) => "error".to_owned(),
    }
}

#[test]
fn python_can_reads_the_logs_that_are_written_here() {
    let Some(witness) = Witness::with("can") else { return };
    let mut log = Vec::new();
    records("can0").iter().for_each(|record| candump::append_record(record, &mut log));
    let mut writer = asc::AscWriter::default();
    let mut table = Vec::new();
    writer.header(&mut table);
    records("1").iter().for_each(|record| writer.record(record, &mut table).unwrap());
    writer.footer(&mut table);
    let expected: Vec<String> = (0..)
        .zip(frames())
        .map(|(index, (_, frame))| format!("{:.2} {}", 0.25 * f64::from(index), printed(&frame)))
        .collect();
    for (format, bytes) in [("candump", log), ("asc", table)] {
        let input = format!("{format}\n{}", String::from_utf8(bytes).unwrap());
        assert_eq!(witness.ask(WITNESS, input), expected, "{format}");
    }
}
