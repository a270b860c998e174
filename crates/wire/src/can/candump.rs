//! The log format of can-utils (`candump -l`), which `canplayer` and python-can read.
//!
//! ```text
//! (1436509052.249713) vcan0 123#DEADBEEF        classic, standard
//! (1436509052.249714) vcan0 18FEF100#           extended, no data
//! (1436509052.249715) vcan0 123#R4              remote, four bytes asked for
//! (1436509052.249716) vcan0 123##311223344      FD, flags nibble 3: BRS and ESI
//! (1436509052.249717) vcan0 20000040#0000000000000000   error, bus off
//! ```
//!
//! Standard identifiers have three digits, extended ones eight; bit 29 of eight digits marks an error.
//! A trailing ` R` or ` T` is the direction. Read as well: nine decimals, lower case, FD flag 4 (which
//! newer kernels set on every FD frame), and the raw length code `_9` … `_F` behind a classic frame of
//! eight bytes, which is dropped; stamps of whole seconds and dates; lines that begin with `#`.
//!
//! What candump prints on a terminal is read too, with `-t a`, `-t z` or `-t A`, `-x` and `-a`, or without a
//! stamp: such frames count as [`LogCounters::unstamped`](super::LogCounters::unstamped).
//!
//! Left out: CAN XL; `-t d`, whose lines look like those of `-t z` and whose stamps count from the line
//! before.

mod terminal;

use blackstart_units::SimTime;

use super::error_frame::ErrorFrame;
use super::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame};
use super::id::CanId;
use super::log::{
    FrameDirection, LineFormat, LineReader, LogErrorKind, LogRecord, ParsedLine, channel_name,
    words,
};
use crate::digits::{
    append_hex, append_hex_bytes, date_time, hex, hex_bytes, seconds, seconds_text,
};

/// In the identifier's eight digits: an error frame.
const ERROR_FLAG: u32 = 1 << 29;
const FLAG_BRS: u32 = 1;
const FLAG_ESI: u32 = 2;
const FLAG_FDF: u32 = 4;

/// Reads a log of this format.
pub type CandumpReader = LineReader<CandumpLines>;

/// What a reader keeps from line to line.
#[derive(Clone, Debug, Default)]
pub struct CandumpLines {
    is_unstamped: bool,
}

impl LineFormat for CandumpLines {
    fn line(&mut self, line: &[u8]) -> ParsedLine {
        let parsed = parse(line)?;
        self.is_unstamped = parsed.as_ref().is_some_and(|(_, is_stamped)| !is_stamped);
        Ok(parsed.map(|(record, _)| record))
    }

    fn is_stamped(&self) -> bool {
        !self.is_unstamped
    }
}

/// Whether a line could be one of this format, of a log of which nothing else is known.
pub(super) fn is_line(line: &[u8]) -> bool {
    let shows_time = line.trim_ascii_start().starts_with(b"(") && line.contains(&b')');
    shows_time || terminal::is_line(line)
}

/// A frame alone, as `cansend` takes it (`123#DEADBEEF`); `None` of anything else.
pub fn frame(text: &str) -> Option<CanFrame> {
    parse_frame(text.as_bytes()).ok()
}

/// Appends the record's line, line feed included. The stamp is cut to whole microseconds.
pub fn append_record(record: &LogRecord, out: &mut Vec<u8>) {
    out.extend_from_slice(format!("({}) {} ", seconds_text(record.at), record.channel).as_bytes());
    match &record.frame {
        CanFrame::Data(frame) => {
            out.extend_from_slice(format!("{}#", frame.id()).as_bytes());
            if let Some(flags) = frame.fd_flags() {
                out.push(b'#');
                let brs = if flags.bit_rate_switch { FLAG_BRS } else { 0 };
                let esi = if flags.error_state { FLAG_ESI } else { 0 };
                append_hex(brs | esi, 1, out);
            }
            append_hex_bytes(frame.data(), out);
        }
        CanFrame::Remote(frame) => {
            out.extend_from_slice(format!("{}#R{}", frame.id(), frame.dlc()).as_bytes());
        }
        CanFrame::Error(frame) => {
            append_hex(frame.classes() | ERROR_FLAG, 8, out);
            out.push(b'#');
            append_hex_bytes(&frame.detail(), out);
        }
    }
    out.extend_from_slice(match record.direction {
        Some(FrameDirection::Rx) => b" R\n",
        Some(FrameDirection::Tx) => b" T\n",
        None => b"\n",
    });
}

/// A record, and whether it has a time.
fn parse(line: &[u8]) -> Result<Option<(LogRecord, bool)>, LogErrorKind> {
    let line = line.trim_ascii();
    // No tool writes comments; people do.
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(None);
    }
    let (at, rest) = match line.strip_prefix(b"(") {
        None => (None, line),
        Some(rest) => {
            let end = rest.iter().position(|&byte| byte == b')').ok_or(LogErrorKind::Stamp)?;
            (Some(stamp(&rest[..end]).ok_or(LogErrorKind::Stamp)?), &rest[end + 1..])
        }
    };
    if terminal::is_line(rest) {
        let (channel, direction, frame) = terminal::parse(rest)?;
        let record = LogRecord { at: at.unwrap_or_default(), channel, direction, frame };
        return Ok(Some((record, at.is_some())));
    }
    let at = at.ok_or(LogErrorKind::Stamp)?;
    let mut words = words(rest);
    let channel = channel_name(words.next().ok_or(LogErrorKind::Parts)?)?;
    let frame = parse_frame(words.next().ok_or(LogErrorKind::Parts)?)?;
    let direction = match words.next() {
        None => None,
        Some(b"R") => Some(FrameDirection::Rx),
        Some(b"T") => Some(FrameDirection::Tx),
        Some(_) => return Err(LogErrorKind::Direction),
    };
    match words.next() {
        None => Ok(Some((LogRecord { at, channel, direction, frame }, true))),
        Some(_) => Err(LogErrorKind::Parts),
    }
}

/// Seconds, whole or with decimals; or a date and a time of day (`candump -t A`).
fn stamp(text: &[u8]) -> Option<SimTime> {
    let text = text.trim_ascii();
    if let Some(at) = seconds(text) {
        return Some(at);
    }
    match words(text).collect::<Vec<_>>()[..] {
        [date, time] => date_time(date, time),
        _ => None,
    }
}

fn parse_frame(text: &[u8]) -> Result<CanFrame, LogErrorKind> {
    let hash = text.iter().position(|&byte| byte == b'#').ok_or(LogErrorKind::Parts)?;
    let (id, content) = (&text[..hash], &text[hash + 1..]);
    let number = hex(id).ok_or(LogErrorKind::Id)?;
    if id.len() == 8 && number & ERROR_FLAG != 0 {
        return parse_error(number & !ERROR_FLAG, content);
    }
    let id = std::str::from_utf8(id).ok().and_then(CanId::parse).ok_or(LogErrorKind::Id)?;
    let frame = match content {
        [b'#', flags, data @ ..] => parse_fd(id, *flags, data),
        [b'R' | b'r', dlc @ ..] => parse_remote(id, dlc),
        data => parse_classic(id, data),
    };
    frame.ok_or(LogErrorKind::Data)
}

fn parse_error(classes: u32, content: &[u8]) -> Result<CanFrame, LogErrorKind> {
    let mut detail = [0; 8];
    hex_bytes(content, &mut detail).ok_or(LogErrorKind::Data)?;
    ErrorFrame::new(classes, detail).map(CanFrame::from).ok_or(LogErrorKind::Id)
}

fn parse_fd(id: CanId, flags: u8, data: &[u8]) -> Option<CanFrame> {
    let flags = hex(&[flags]).filter(|flags| flags & !(FLAG_BRS | FLAG_ESI | FLAG_FDF) == 0)?;
    let flags =
        FdFlags { bit_rate_switch: flags & FLAG_BRS != 0, error_state: flags & FLAG_ESI != 0 };
    let mut bytes = [0; MAX_FD_BYTES];
    let length = hex_bytes(data, &mut bytes)?;
    DataFrame::fd(id, &bytes[..length], flags).map(CanFrame::from)
}

fn parse_remote(id: CanId, dlc: &[u8]) -> Option<CanFrame> {
    let dlc = match dlc {
        [] => 0,
        &[digit @ b'0'..=b'8'] => digit - b'0',
        &[b'8', b'_', raw] => raw_length(raw).map(|()| 8)?,
        _ => return None,
    };
    RemoteFrame::new(id, dlc).map(CanFrame::from)
}

fn parse_classic(id: CanId, data: &[u8]) -> Option<CanFrame> {
    let data = match data {
        [data @ .., b'_', raw] if data.len() == 16 => raw_length(*raw).map(|()| data)?,
        data => data,
    };
    let mut bytes = [0; 8];
    let length = hex_bytes(data, &mut bytes)?;
    DataFrame::classic(id, &bytes[..length]).map(CanFrame::from)
}

/// Whether the digit is a length code that classic CAN reads as eight.
fn raw_length(digit: u8) -> Option<()> {
    hex(&[digit]).filter(|&raw| raw > 8).map(|_| ())
}
