//! The trace files of PEAK's tools (TRC), which python-can reads and writes.
//!
//! ```text
//! ;$FILEVERSION=1.1
//!      1)      1841.5  Rx         0351  8  28 02 F4 01 20 03 E0 01
//!      2)      1842.0  Tx     18FEF100  4  RTR
//! ;$FILEVERSION=2.1
//! ;$COLUMNS=N,O,T,B,I,d,R,L,D
//!       1      1841.500 DT  1     0351 Rx -  8    28 02 F4 01 20 03 E0 01
//! ```
//!
//! Stamps are milliseconds since the start. Four digits are a standard identifier, eight an extended one.
//! Versions 1.0 to 1.3 have fixed columns, 2.0 and 2.1 name theirs. Read are data frames, remote frames and
//! error frames; states of the hardware and other events are passed over. Left out: the start time, what an
//! error frame says. The format follows PEAK's "PCAN Trace File Formats"; python-can takes `FE` and `BI` for
//! other flags than that.

use super::error_frame::ErrorFrame;
use super::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame, fd_length};
use super::id::CanId;
use super::log::{
    FrameDirection, LineFormat, LineReader, LogErrorKind, LogRecord, ParsedLine, channel_name,
    words,
};
use crate::digits::{decimal, hex, hex_bytes, millis};

/// Reads a log of this format.
pub type TrcReader = LineReader<TrcLines>;

/// What a reader keeps from line to line: what the header said.
#[derive(Clone, Debug, Default)]
pub struct TrcLines {
    version: Version,
    /// Letters of the columns, in order, as versions 2 name them.
    columns: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Version {
    /// A file that states none.
    #[default]
    V1_0,
    V1_1,
    V1_2,
    V1_3,
    V2,
    Unknown,
}

/// Whether a line could be one of this format, of a log of which nothing else is known.
pub(super) fn is_line(line: &[u8]) -> bool {
    let mut words = words(line);
    let number = words.next().and_then(|word| word.strip_suffix(b")"));
    line.starts_with(b";$") || number.and_then(decimal).is_some() && words.count() >= 3
}

/// The letters that columns of versions 2 have, in their usual order.
const USUAL_COLUMNS: &[u8] = b"NOTIdlD";
/// The identifier of lines that say how the bus is.
const BUS_STATE: &[u8] = b"FFFFFFFF";

impl LineFormat for TrcLines {
    fn line(&mut self, line: &[u8]) -> ParsedLine {
        let line = line.trim_ascii();
        if let Some(header) = line.strip_prefix(b";$") {
            self.header(header);
        }
        if line.is_empty() || line.starts_with(b";") {
            return Ok(None);
        }
        let words: Vec<&[u8]> = words(line).collect();
        let columns: &[u8] = match self.version {
            Version::V1_0 => b"NOILD",
            Version::V1_1 => b"NOdILD",
            Version::V1_2 => b"NOBdILD",
            Version::V1_3 => b"NOBdIRLD",
            Version::V2 if self.columns.is_empty() => USUAL_COLUMNS,
            Version::V2 => &self.columns,
            Version::Unknown => return Err(LogErrorKind::Parts),
        };
        Row { columns, words: &words }.record(self.version)
    }
}

impl TrcLines {
    fn header(&mut self, text: &[u8]) {
        if let Some(version) = text.strip_prefix(b"FILEVERSION=") {
            self.version = match version {
                b"1.0" => Version::V1_0,
                b"1.1" => Version::V1_1,
                b"1.2" => Version::V1_2,
                b"1.3" => Version::V1_3,
                b"2.0" | b"2.1" => Version::V2,
                _ => Version::Unknown,
            };
        } else if let Some(columns) = text.strip_prefix(b"COLUMNS=") {
            let letters = columns.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            self.columns = letters.map(|letter| letter.first().copied().unwrap_or(b'?')).collect();
        }
    }
}

/// A line and what its columns are.
struct Row<'a> {
    columns: &'a [u8],
    words: &'a [&'a [u8]],
}

impl<'a> Row<'a> {
    fn get(&self, letter: u8) -> Option<&'a [u8]> {
        let at = self.columns.iter().position(|&column| column == letter)?;
        self.words.get(at).copied()
    }

    /// What stands in the last column, which has several words.
    fn data(&self) -> &'a [&'a [u8]] {
        let at = self.columns.iter().position(|&column| column == b'D');
        at.and_then(|at| self.words.get(at..)).unwrap_or_default()
    }

    fn record(&self, version: Version) -> ParsedLine {
        let at = self.get(b'O').and_then(millis).ok_or(LogErrorKind::Stamp)?;
        let is_frame = |kind: &[u8]| matches!(kind, b"Rx" | b"Tx");
        let direction = match self.get(b'd') {
            Some(b"Rx") => Some(FrameDirection::Rx),
            Some(b"Tx") => Some(FrameDirection::Tx),
            _ => None,
        };
        let channel = channel_name(self.get(b'B').filter(|name| *name != b"-").unwrap_or(b"1"))?;
        let record = |frame| Ok(Some(LogRecord { at, channel, direction, frame }));
        let kind = match version {
            Version::V2 => self.get(b'T').ok_or(LogErrorKind::Parts)?,
            // Warnings and errors stand in the place of the direction.
            _ if self.get(b'd') == Some(b"Error") => b"ER",
            _ if self.get(b'd').is_some_and(|kind| !is_frame(kind)) => return Ok(None),
            _ if self.get(b'I') == Some(BUS_STATE) => return Ok(None),
            _ if self.data().first() == Some(&&b"RTR"[..]) => b"RR",
            _ => b"DT",
        };
        let flags = match kind {
            b"DT" | b"RR" => None,
            b"FD" => Some((false, false)),
            b"FB" => Some((true, false)),
            b"FE" => Some((false, true)),
            b"BI" => Some((true, true)),
            b"ER" => return record(ErrorFrame::UNSPECIFIED.into()),
            _ => return Ok(None),
        };
        let fd =
            flags.map(|(bit_rate_switch, error_state)| FdFlags { bit_rate_switch, error_state });
        record(self.frame(kind == b"RR", fd)?)
    }

    fn frame(&self, is_remote: bool, fd: Option<FdFlags>) -> Result<CanFrame, LogErrorKind> {
        let id = self.get(b'I').ok_or(LogErrorKind::Parts)?;
        let number = hex(id).ok_or(LogErrorKind::Id)?;
        let id = if id.len() > 4 { CanId::extended(number) } else { CanId::standard(number) };
        let id = id.ok_or(LogErrorKind::Id)?;
        let count =
            |letter: u8| self.get(letter).map(|word| decimal(word).ok_or(LogErrorKind::Data));
        let length = match (count(b'l'), count(b'L')) {
            (Some(length), _) => length? as usize,
            (None, Some(code)) => {
                let code = u8::try_from(code?).map_err(|_| LogErrorKind::Data)?;
                let length = fd_length(code).ok_or(LogErrorKind::Data)?;
                if fd.is_some() { length } else { length.min(8) }
            }
            (None, None) => return Err(LogErrorKind::Parts),
        };
        if is_remote {
            let dlc = u8::try_from(length).map_err(|_| LogErrorKind::Data)?;
            return RemoteFrame::new(id, dlc).map(CanFrame::from).ok_or(LogErrorKind::Data);
        }
        let mut bytes = [0; MAX_FD_BYTES];
        let slots = bytes.get_mut(..length).ok_or(LogErrorKind::Data)?;
        let words = self.data();
        for (at, slot) in slots.iter_mut().enumerate() {
            let word = words.get(at).ok_or(LogErrorKind::Data)?;
            let slot = std::slice::from_mut(slot);
            hex_bytes(word, slot).filter(|&count| count == 1).ok_or(LogErrorKind::Data)?;
        }
        let frame = match fd {
            Some(flags) => DataFrame::fd(id, slots, flags),
            None => DataFrame::classic(id, slots),
        };
        frame.map(CanFrame::from).ok_or(LogErrorKind::Data)
    }
}

/// Writes a log of version 2.1: [`TrcWriter::header`], then each record in order of time.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrcWriter {
    count: u64,
}

impl TrcWriter {
    /// Appends the lines in front of the records. The start time is always that of day 0.
    pub fn header(out: &mut Vec<u8>) {
        out.extend_from_slice(
            b";$FILEVERSION=2.1\n;$STARTTIME=0.0\n;$COLUMNS=N,O,T,B,I,d,R,L,D\n;\n",
        );
    }

    /// Appends the record's line. Stamps are cut to whole microseconds. A record without direction counts as
    /// received. A channel that is no number becomes 1.
    pub fn record(&mut self, record: &LogRecord, out: &mut Vec<u8>) {
        self.count += 1;
        let micros = record.at.as_nanos() / 1_000;
        let channel = decimal(record.channel.as_bytes()).unwrap_or(1);
        let direction = match record.direction {
            Some(FrameDirection::Tx) => "Tx",
            Some(FrameDirection::Rx) | None => "Rx",
        };
        let (kind, id, dlc, data) = match &record.frame {
            CanFrame::Data(frame) => {
                let kind = match frame.fd_flags() {
                    None => "DT",
                    Some(FdFlags { bit_rate_switch: false, error_state: false }) => "FD",
                    Some(FdFlags { bit_rate_switch: true, error_state: false }) => "FB",
                    Some(FdFlags { bit_rate_switch: false, error_state: true }) => "FE",
                    Some(FdFlags { bit_rate_switch: true, error_state: true }) => "BI",
                };
                (kind, identifier(frame.id()), frame.dlc(), frame.data())
            }
            CanFrame::Remote(frame) => ("RR", identifier(frame.id()), frame.dlc(), &[][..]),
            // Type of error, where, and the two counters: nothing of it is known.
            CanFrame::Error(_) => ("ER", "-".to_owned(), 5, &[0, 0, 0, 0, 0][..]),
        };
        let (count, whole, part) = (self.count, micros / 1_000, micros % 1_000);
        let line = format!(
            "{count:>7} {whole:>9}.{part:03} {kind} {channel:>2} {id:>8} {direction} -  {dlc:<4}"
        );
        out.extend_from_slice(line.as_bytes());
        data.iter().for_each(|byte| out.extend_from_slice(format!(" {byte:02X}").as_bytes()));
        out.push(b'\n');
    }
}

fn identifier(id: CanId) -> String {
    if id.is_extended() { format!("{:08X}", id.number()) } else { format!("{:04X}", id.number()) }
}
