//! What a log of frames holds, whichever format it has.

use std::fmt;

use blackstart_units::SimTime;
use thiserror::Error;

use super::frame::CanFrame;
use crate::line::{CompletedLine, LineBuffer};

/// Longest line that a reader keeps; a frame of 64 bytes needs about 300.
pub const MAX_LINE_BYTES: usize = 1024;
/// Longest name of a channel; an interface's name in Linux has at most 15.
pub const MAX_CHANNEL_BYTES: usize = 32;

/// Which way a frame went, seen from whoever wrote the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameDirection {
    /// It was received.
    Rx,
    /// The logging node sent it.
    Tx,
}

/// One frame of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Since the log's own origin: 1970 in candump and CSV, the start of measurement in the others. Zero in
    /// a log without stamps.
    pub at: SimTime,
    /// Interface or channel, 1 … [`MAX_CHANNEL_BYTES`] bytes without spaces.
    pub channel: String,
    /// Which way, where the log says so.
    pub direction: Option<FrameDirection>,
    /// The frame.
    pub frame: CanFrame,
}

/// Where in a log something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogPlace {
    /// A line, counted from 1.
    Line(u64),
    /// A byte of a log that has no lines, counted from 0.
    Byte(u64),
}

impl fmt::Display for LogPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Byte(byte) => write!(f, "byte {byte}"),
        }
    }
}

/// What should be a frame and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{place}: {kind}")]
pub struct LogError {
    /// Where.
    pub place: LogPlace,
    /// What is wrong.
    pub kind: LogErrorKind,
}

/// What is wrong with a place of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogErrorKind {
    /// Longer than [`MAX_LINE_BYTES`].
    #[error("more than {MAX_LINE_BYTES} bytes in one line")]
    TooLong,
    /// Parts are missing, or there are too many.
    #[error("not the parts of a frame")]
    Parts,
    /// The time stamp.
    #[error("the time stamp is not seconds with up to nine decimals")]
    Stamp,
    /// The channel's name.
    #[error("the channel's name is longer than {MAX_CHANNEL_BYTES} bytes or no text")]
    Channel,
    /// The direction.
    #[error("the direction is neither received nor sent")]
    Direction,
    /// The identifier.
    #[error("the identifier is no number of 11 or 29 bits")]
    Id,
    /// Length code, flags or bytes.
    #[error("the data is not what the frame's kind allows")]
    Data,
    /// The log ends in the middle of a frame.
    #[error("the log ends in the middle of a frame")]
    Cut,
    /// Bytes between two objects of a log that has no lines.
    #[error("what stands here is no object of the log")]
    Object,
    /// A part that is packed cannot be unpacked.
    #[error("what is packed here is damaged")]
    Packed,
    /// More is packed than a log may hold.
    #[error("more is packed here than 512 MiB")]
    TooMuch,
}

/// What a reader has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounters {
    /// Lines, empty ones included; of a log that has none, its objects.
    pub lines: u64,
    /// Frames.
    pub records: u64,
    /// Lines that are no frame and need not be: headers, comments, other events.
    pub passed_over: u64,
    /// Places that should have been a frame.
    pub rejected: u64,
    /// Frames without a time stamp.
    pub unstamped: u64,
}

/// What a reader makes of one line.
pub(super) type ParsedLine = Result<Option<LogRecord>, LogErrorKind>;

/// What a reader has to say of a log, in its order.
pub type LogItem = Result<LogRecord, LogError>;

/// Takes a log as it comes, in pieces of any size, and holds no more of it than one frame or one packed
/// part; all of a format whose parts may stand anywhere.
pub trait LogReader: Send + Sync {
    /// Takes the next bytes; what they complete is appended.
    fn push(&mut self, bytes: &[u8], into: &mut Vec<LogItem>);

    /// The log is over. Whether there is more than was appended: then it is to be called again.
    fn finish(&mut self, into: &mut Vec<LogItem>) -> bool;

    /// What was seen so far.
    fn counters(&self) -> LogCounters;
}

/// What is to be made of one line of a format that has lines.
pub trait LineFormat: Send + Sync {
    /// The record of a line, or nothing of one that need not have any.
    ///
    /// # Errors
    /// What is wrong with a line that should have one.
    fn line(&mut self, line: &[u8]) -> ParsedLine;

    /// Whether the frame of the line before had a time.
    fn is_stamped(&self) -> bool {
        true
    }
}

/// The reader of a format that has lines. Holds at most one of them.
#[derive(Clone, Debug, Default)]
pub struct LineReader<F> {
    line: LineBuffer<MAX_LINE_BYTES>,
    format: F,
    counters: LogCounters,
}

impl<F> LineReader<F> {
    pub(super) fn format(&self) -> &F {
        &self.format
    }
}

impl<F: LineFormat> LineReader<F> {
    /// Takes the next byte; the end of a line may yield a record or a mistake.
    pub fn push_byte(&mut self, byte: u8) -> Option<LogItem> {
        if byte != b'\n' {
            self.line.push(byte);
            return None;
        }
        let parsed = match self.line.finish() {
            CompletedLine::Whole(line) => self.format.line(line),
            CompletedLine::TooLong(_) => Err(LogErrorKind::TooLong),
        };
        self.take(parsed)
    }

    /// The log is over: a last line without its end may be one, or what is left of one.
    pub fn finish_line(&mut self) -> Option<LogItem> {
        if self.line.is_empty() {
            return None;
        }
        let parsed = match self.line.finish() {
            CompletedLine::Whole(line) => self.format.line(line).map_err(|_| LogErrorKind::Cut),
            CompletedLine::TooLong(_) => Err(LogErrorKind::TooLong),
        };
        self.take(parsed)
    }

    fn take(&mut self, parsed: ParsedLine) -> Option<LogItem> {
        let place = LogPlace::Line(self.counters.lines + 1);
        let item = self.counters.take(place, parsed);
        let is_unstamped = matches!(item, Some(Ok(_))) && !self.format.is_stamped();
        self.counters.unstamped += u64::from(is_unstamped);
        item
    }
}

impl<F: LineFormat> LogReader for LineReader<F> {
    fn push(&mut self, bytes: &[u8], into: &mut Vec<LogItem>) {
        into.extend(bytes.iter().filter_map(|&byte| self.push_byte(byte)));
    }

    fn finish(&mut self, into: &mut Vec<LogItem>) -> bool {
        into.extend(self.finish_line());
        false
    }

    fn counters(&self) -> LogCounters {
        self.counters
    }
}

impl LogCounters {
    /// Counts a line or an object, and puts its place on its mistake.
    pub(super) fn take(&mut self, place: LogPlace, parsed: ParsedLine) -> Option<LogItem> {
        self.lines += 1;
        match parsed {
            Ok(Some(record)) => {
                self.records += 1;
                Some(Ok(record))
            }
            Ok(None) => {
                self.passed_over += 1;
                None
            }
            Err(kind) => {
                self.rejected += 1;
                Some(Err(LogError { place, kind }))
            }
        }
    }
}

/// The channel's name as text, when it is one.
pub(super) fn channel_name(name: &[u8]) -> Result<String, LogErrorKind> {
    let text = std::str::from_utf8(name).ok().filter(|_| name.len() <= MAX_CHANNEL_BYTES);
    text.map(str::to_owned).ok_or(LogErrorKind::Channel)
}

/// The words of a line: what stands between runs of spaces and tabs.
pub(super) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty())
}
