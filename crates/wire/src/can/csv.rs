//! Tables with a frame in each line: what python-can, SavvyCAN, Kvaser's tools and converters of CANedge
//! recordings write.
//!
//! ```text
//! timestamp,arbitration_id,extended,remote,error,dlc,data
//! 1700000000.01,0x351,0,0,0,8,KAL0ASAD4AE=
//! Time Stamp,ID,Extended,Dir,Bus,LEN,D1,D2,D3,D4,D5,D6,D7,D8
//! 166064000,0000021A,false,Rx,0,8,FE,36,12,FE,69,05,07,AD
//! Time,Channel,ID,Flags,DLC,Data0,Data1,Data2,Data3,Data4,Data5,Data6,Data7,Counter,AbsTime
//! TimestampEpoch;BusChannel;ID;IDE;DLC;DataLength;Dir;EDL;BRS;ESI;RTR;DataBytes
//! ```
//!
//! The first line that names an identifier's column says what the others are; before it may stand lines
//! that begin with `#`. Between columns stand commas, semicolons or tabs. Identifiers are hexadecimal.
//! python-can marks no FD frames: what is longer than eight bytes is one. SavvyCAN counts microseconds.

use blackstart_units::SimTime;

use super::error_frame::ErrorFrame;
use super::frame::{CanFrame, DataFrame, FdFlags, MAX_CLASSIC_BYTES, MAX_FD_BYTES, RemoteFrame};
use super::id::CanId;
use super::log::{
    FrameDirection, LineFormat, LineReader, LogErrorKind, LogRecord, ParsedLine, channel_name,
};
use crate::digits::{decimal, hex, hex_bytes, micros, seconds, seconds_text};

/// Reads a log of this format.
pub type CsvReader = LineReader<CsvLines>;

/// What a reader keeps from line to line: what the first one said.
#[derive(Clone, Debug, Default)]
pub struct CsvLines {
    table: Option<Table>,
}

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Seconds,
    Micros,
    Id,
    Extended,
    Remote,
    Error,
    Fd,
    BitRateSwitch,
    ErrorState,
    Direction,
    Channel,
    /// Length code or length: of a data frame the bytes say it.
    Length,
    /// Kvaser's letters or number for what is special about a frame.
    Flags,
    /// All bytes, in base 64.
    Base64,
    /// All bytes, in hexadecimal digits.
    Hex,
    /// One byte.
    Byte,
    Other,
}

#[derive(Clone, Debug)]
struct Table {
    separator: u8,
    columns: Vec<Column>,
}

impl Table {
    /// What a line names, if it names the columns of frames.
    fn of(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.trim().trim_start_matches('\u{feff}');
        let text = text.to_lowercase();
        let separator =
            [b',', b';', b'\t'].into_iter().find(|&one| text.as_bytes().contains(&one))?;
        let names: Vec<&str> =
            text.split(char::from(separator)).map(|name| name.trim_matches(['"', ' '])).collect();
        let counts_micros = names.contains(&"time stamp");
        let is_python_can = names.contains(&"arbitration_id");
        let columns: Vec<Column> = names
            .iter()
            .map(|name| match *name {
                "time stamp" if counts_micros => Column::Micros,
                "timestamp" | "time" | "timestampepoch" | "timestamps" => Column::Seconds,
                "arbitration_id" | "id" | "can_id" => Column::Id,
                "extended" | "ide" => Column::Extended,
                "remote" | "rtr" => Column::Remote,
                "error" => Column::Error,
                "edl" | "fdf" => Column::Fd,
                "brs" => Column::BitRateSwitch,
                "esi" => Column::ErrorState,
                "dir" | "direction" => Column::Direction,
                "bus" | "channel" | "buschannel" => Column::Channel,
                "dlc" | "len" => Column::Length,
                "flags" => Column::Flags,
                "data" if is_python_can => Column::Base64,
                "data" | "databytes" => Column::Hex,
                name if is_byte(name) => Column::Byte,
                _ => Column::Other,
            })
            .collect();
        let has = |wanted: &[Column]| columns.iter().any(|column| wanted.contains(column));
        let is_table = has(&[Column::Id])
            && has(&[Column::Seconds, Column::Micros])
            && has(&[Column::Base64, Column::Hex, Column::Byte]);
        is_table.then_some(Self { separator, columns })
    }
}

/// `d1`, `data0` and the like.
fn is_byte(name: &str) -> bool {
    let digits = name.strip_prefix("data").or_else(|| name.strip_prefix('d'));
    digits.is_some_and(|digits| decimal(digits.as_bytes()).is_some())
}

/// Whether a line names the columns of such a table.
pub(super) fn is_line(line: &[u8]) -> bool {
    Table::of(line).is_some()
}

impl LineFormat for CsvLines {
    fn line(&mut self, line: &[u8]) -> ParsedLine {
        let line = line.trim_ascii();
        if line.is_empty() {
            return Ok(None);
        }
        let Some(table) = &self.table else {
            self.table = Table::of(line);
            return Ok(None);
        };
        let mut row = Row::default();
        let cells = line.split(|&byte| byte == table.separator);
        for (column, cell) in table.columns.iter().zip(cells) {
            row.cell(*column, cell.trim_ascii())?;
        }
        row.record()
    }
}

/// What the cells of a line say, put together.
struct Row {
    at: Option<SimTime>,
    id: Option<(u32, usize)>,
    is_extended: Option<bool>,
    is_remote: bool,
    is_error: bool,
    is_fd: bool,
    flags: FdFlags,
    direction: Option<FrameDirection>,
    channel: Option<String>,
    length: Option<usize>,
    bytes: [u8; MAX_FD_BYTES],
    filled: usize,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            at: None,
            id: None,
            is_extended: None,
            is_remote: false,
            is_error: false,
            is_fd: false,
            flags: FdFlags::default(),
            direction: None,
            channel: None,
            length: None,
            bytes: [0; MAX_FD_BYTES],
            filled: 0,
        }
    }
}

impl Row {
    fn cell(&mut self, column: Column, cell: &[u8]) -> Result<(), LogErrorKind> {
        let data = LogErrorKind::Data;
        match column {
            Column::Seconds => self.at = Some(stamp(cell, seconds).ok_or(LogErrorKind::Stamp)?),
            Column::Micros => self.at = Some(stamp(cell, micros).ok_or(LogErrorKind::Stamp)?),
            Column::Id => {
                let digits = cell.strip_prefix(b"0x").unwrap_or(cell);
                let (digits, marked) = match digits.strip_suffix(b"x") {
                    Some(digits) => (digits, true),
                    None => (digits, false),
                };
                self.id = Some((hex(digits).ok_or(LogErrorKind::Id)?, digits.len()));
                self.is_extended = self.is_extended.or(marked.then_some(true));
            }
            Column::Extended => self.is_extended = Some(truth(cell).ok_or(LogErrorKind::Parts)?),
            Column::Remote => self.is_remote |= truth(cell).ok_or(LogErrorKind::Parts)?,
            Column::Error => self.is_error |= truth(cell).ok_or(LogErrorKind::Parts)?,
            Column::Fd => self.is_fd |= truth(cell).ok_or(LogErrorKind::Parts)?,
            Column::BitRateSwitch => self.flags.bit_rate_switch = truth(cell).unwrap_or(false),
            Column::ErrorState => self.flags.error_state = truth(cell).unwrap_or(false),
            Column::Direction => {
                self.direction = match &*cell.to_ascii_lowercase() {
                    b"rx" | b"0" => Some(FrameDirection::Rx),
                    b"tx" | b"1" => Some(FrameDirection::Tx),
                    _ => None,
                };
            }
            Column::Channel => {
                self.channel = Some(channel_name(cell)?).filter(|name| !name.is_empty())
            }
            Column::Length => self.length = decimal(cell).map(|length| length as usize),
            Column::Flags => self.kvaser_flags(cell),
            Column::Base64 => {
                self.filled = base64(cell, &mut self.bytes).ok_or(data)?;
            }
            Column::Hex => {
                let digits: Vec<u8> =
                    cell.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
                self.filled = hex_bytes(&digits, &mut self.bytes).ok_or(data)?;
            }
            Column::Byte if cell.is_empty() => {}
            Column::Byte => {
                let slot = self.bytes.get_mut(self.filled).ok_or(data)?;
                *slot = hex(cell).and_then(|byte| u8::try_from(byte).ok()).ok_or(data)?;
                self.filled += 1;
            }
            Column::Other => {}
        }
        Ok(())
    }

    /// Letters, or the bits of Kvaser's CANlib: 1 remote, 4 extended, 32 error, 0x10000 FD.
    fn kvaser_flags(&mut self, cell: &[u8]) {
        let bits = decimal(cell).unwrap_or(0);
        let has = |letter: u8| cell.to_ascii_lowercase().contains(&letter);
        self.is_remote |= bits & 1 != 0 || has(b'r');
        self.is_error |= bits & 32 != 0 || has(b'e') && decimal(cell).is_none();
        self.is_fd |= bits & 0x1_0000 != 0 || has(b'f');
        if bits & 4 != 0 || has(b'x') {
            self.is_extended = Some(true);
        }
    }

    fn record(self) -> ParsedLine {
        let at = self.at.ok_or(LogErrorKind::Parts)?;
        let channel = self.channel.unwrap_or_else(|| "1".to_owned());
        let record = |frame| Ok(Some(LogRecord { at, channel, direction: self.direction, frame }));
        if self.is_error {
            return record(ErrorFrame::UNSPECIFIED.into());
        }
        let (number, digits) = self.id.ok_or(LogErrorKind::Parts)?;
        let is_extended = self.is_extended.unwrap_or(digits > 3 && number > 0x7FF);
        let id = if is_extended { CanId::extended(number) } else { CanId::standard(number) };
        let id = id.ok_or(LogErrorKind::Id)?;
        let frame: Option<CanFrame> = if self.is_remote {
            let dlc = self.length.unwrap_or(0).min(8) as u8;
            RemoteFrame::new(id, dlc).map(CanFrame::from)
        } else {
            // Cells behind the last byte may be empty, or zero.
            let wanted = self.length.filter(|&length| length <= MAX_CLASSIC_BYTES && !self.is_fd);
            let bytes = match wanted {
                Some(length) if length > self.filled => return Err(LogErrorKind::Data),
                Some(length) => &self.bytes[..length],
                None => &self.bytes[..self.filled],
            };
            let is_fd = self.is_fd || bytes.len() > MAX_CLASSIC_BYTES;
            let frame = if is_fd {
                DataFrame::fd(id, bytes, self.flags)
            } else {
                DataFrame::classic(id, bytes)
            };
            frame.map(CanFrame::from)
        };
        record(frame.ok_or(LogErrorKind::Data)?)
    }
}

/// A stamp; decimals beyond the nanosecond are cut off.
fn stamp(cell: &[u8], read: fn(&[u8]) -> Option<SimTime>) -> Option<SimTime> {
    let point = cell.iter().position(|&byte| byte == b'.').unwrap_or(cell.len());
    let most = (point + 10).min(cell.len());
    read(cell)
        .or_else(|| read(&cell[..most]).filter(|_| cell[most..].iter().all(u8::is_ascii_digit)))
}

fn truth(cell: &[u8]) -> Option<bool> {
    match &*cell.to_ascii_lowercase() {
        b"1" | b"true" => Some(true),
        b"0" | b"false" | b"" => Some(false),
        _ => None,
    }
}

/// Decodes RFC 4648 into the front of `out`; how many bytes they were.
fn base64(text: &[u8], out: &mut [u8]) -> Option<usize> {
    let digits = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    if !text.len().is_multiple_of(4) || text.len() - digits > 2 || digits % 4 == 1 {
        return None;
    }
    let (mut bits, mut held, mut count) = (0u32, 0, 0);
    for &byte in &text[..digits] {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            *out.get_mut(count)? = (bits >> held) as u8;
            count += 1;
        }
    }
    Some(count)
}

/// Appends the first line of a log as python-can writes it.
pub fn append_header(out: &mut Vec<u8>) {
    out.extend_from_slice(b"timestamp,arbitration_id,extended,remote,error,dlc,data\n");
}

/// Appends the record's line as python-can writes it. Channel, direction, the flags of an FD frame and what
/// an error frame says have no place in it; the stamp is cut to whole microseconds.
pub fn append_record(record: &LogRecord, out: &mut Vec<u8>) {
    let (id, is_remote, is_error, length, data) = match &record.frame {
        CanFrame::Data(frame) => (Some(frame.id()), 0, 0, frame.data().len(), frame.data()),
        CanFrame::Remote(frame) => (Some(frame.id()), 1, 0, usize::from(frame.dlc()), &[][..]),
        CanFrame::Error(_) => (None, 0, 1, 0, &[][..]),
    };
    let number = id.map_or(0, CanId::number);
    let is_extended = u8::from(id.is_some_and(CanId::is_extended));
    let at = seconds_text(record.at);
    let line = format!("{at},{number:#x},{is_extended},{is_remote},{is_error},{length},");
    out.extend_from_slice(line.as_bytes());
    for chunk in data.chunks(3) {
        let padded = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, padded[0], padded[1], padded[2]]);
        for at in 0..4 {
            let digit = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                [(bits >> (18 - 6 * at) & 0x3F) as usize];
            out.push(if at <= chunk.len() { digit } else { b'=' });
        }
    }
    out.push(b'\n');
}
