//! What a log of frames holds, whichever format it has.

use blackstart_units::SimTime;
use thiserror::Error;

use super::frame::CanFrame;

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
    /// Since the log's own origin: 1970 in candump, the start of measurement in ASC.
    pub at: SimTime,
    /// Interface or channel, 1 … [`MAX_CHANNEL_BYTES`] bytes without spaces.
    pub channel: String,
    /// Which way, where the log says so.
    pub direction: Option<FrameDirection>,
    /// The frame.
    pub frame: CanFrame,
}

/// A line that should hold a frame and does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {kind}")]
pub struct LogError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong.
    pub kind: LogErrorKind,
}

/// What is wrong with a line of a log.
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
}

/// What a reader has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogCounters {
    /// Lines, empty ones included.
    pub lines: u64,
    /// Frames.
    pub records: u64,
    /// Lines that are no frame and need not be: headers, comments, other events.
    pub passed_over: u64,
    /// Lines that should have been a frame.
    pub rejected: u64,
}

/// What a reader makes of one line.
pub(super) type ParsedLine = Result<Option<LogRecord>, LogErrorKind>;

impl LogCounters {
    /// Counts a line, and puts its number on its mistake.
    pub(super) fn take(&mut self, parsed: ParsedLine) -> Option<Result<LogRecord, LogError>> {
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
                Some(Err(LogError { line: self.lines, kind }))
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
