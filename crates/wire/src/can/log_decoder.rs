//! A log of whichever format, packed with gzip or not.

use std::io::Write as _;

use flate2::write::MultiGzDecoder;
use thiserror::Error;

use super::log::{LogCounters, LogError, LogErrorKind, LogItem, LogPlace, LogReader};
use super::log_format::{LogFormat, NotALog};

const GZIP: &[u8] = b"\x1f\x8b";
/// Packed bytes that are unpacked at once: they become a thousand times as many at most.
const PIECE_BYTES: usize = 1024;

/// Why a log is not read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LogRefused {
    /// It is none.
    #[error("{0}")]
    NotALog(NotALog),
    /// It is larger, unpacked, than whoever reads it allows.
    #[error("is larger than {0} bytes")]
    TooLarge(u64),
}

/// Reads a log as it comes, in pieces of any size, in bounded memory. The format is known by its first
/// bytes.
pub struct LogDecoder {
    gzip: Option<MultiGzDecoder<Vec<u8>>>,
    /// Whether a packed log was damaged: what is behind is lost.
    is_lost: bool,
    state: State,
    /// Unpacked bytes so far, and how many there may be.
    bytes: u64,
    most_bytes: u64,
    counters: LogCounters,
}

enum State {
    /// The first bytes as they came: are they packed?
    Start(Vec<u8>),
    /// The first bytes, unpacked: which format is it?
    Head(Vec<u8>),
    Reading(LogFormat, Box<dyn LogReader>),
}

impl LogDecoder {
    /// Of a log with at most so many bytes, unpacked.
    pub fn new(most_bytes: u64) -> Self {
        let state = State::Start(Vec::new());
        let counters = LogCounters::default();
        Self { gzip: None, is_lost: false, state, bytes: 0, most_bytes, counters }
    }

    /// Takes the next bytes; what they complete is appended.
    ///
    /// # Errors
    /// If it is no log, or too large; nothing that is pushed later changes that.
    pub fn push(&mut self, bytes: &[u8], into: &mut Vec<LogItem>) -> Result<(), LogRefused> {
        if let State::Start(start) = &mut self.state {
            start.extend_from_slice(bytes);
            if start.len() < GZIP.len() {
                return Ok(());
            }
            return self.start(into);
        }
        if self.gzip.is_some() { self.unpack(bytes, into) } else { self.plain(bytes, into) }
    }

    /// The log is over. Whether there is more than was appended: then it is to be called again.
    ///
    /// # Errors
    /// If it is none.
    pub fn finish(&mut self, into: &mut Vec<LogItem>) -> Result<bool, LogRefused> {
        if let State::Start(_) = self.state {
            self.start(into)?;
        }
        if let Some(mut gzip) = self.gzip.take() {
            let is_whole = gzip.try_finish().is_ok();
            let rest = std::mem::take(gzip.get_mut());
            self.plain(&rest, into)?;
            self.is_lost |= !is_whole;
        }
        if let State::Head(_) = self.state {
            self.begin(into)?;
        }
        if let State::Reading(_, reader) = &mut self.state {
            let has_more = reader.finish(into);
            self.counters = reader.counters();
            if has_more {
                return Ok(true);
            }
        }
        if self.is_lost {
            self.counters.rejected += 1;
            into.push(Err(LogError {
                place: LogPlace::Byte(self.bytes),
                kind: LogErrorKind::Packed,
            }));
        }
        Ok(false)
    }

    /// The format, once it is known.
    pub fn format(&self) -> Option<LogFormat> {
        match self.state {
            State::Start(_) | State::Head(_) => None,
            State::Reading(format, _) => Some(format),
        }
    }

    /// What was seen, once it is over.
    pub fn counters(&self) -> LogCounters {
        self.counters
    }

    /// The first bytes are there: packed or not?
    fn start(&mut self, into: &mut Vec<LogItem>) -> Result<(), LogRefused> {
        let State::Start(start) = std::mem::replace(&mut self.state, State::Head(Vec::new()))
        else {
            return Ok(());
        };
        if start.starts_with(GZIP) {
            self.gzip = Some(MultiGzDecoder::new(Vec::new()));
            return self.unpack(&start, into);
        }
        self.plain(&start, into)
    }

    fn unpack(&mut self, bytes: &[u8], into: &mut Vec<LogItem>) -> Result<(), LogRefused> {
        for piece in bytes.chunks(PIECE_BYTES) {
            let Some(gzip) = self.gzip.as_mut().filter(|_| !self.is_lost) else { return Ok(()) };
            self.is_lost = gzip.write_all(piece).is_err();
            let unpacked = std::mem::take(gzip.get_mut());
            self.plain(&unpacked, into)?;
        }
        Ok(())
    }

    fn plain(&mut self, bytes: &[u8], into: &mut Vec<LogItem>) -> Result<(), LogRefused> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most_bytes {
            return Err(LogRefused::TooLarge(self.most_bytes));
        }
        match &mut self.state {
            State::Reading(_, reader) => reader.push(bytes, into),
            State::Start(head) | State::Head(head) => {
                head.extend_from_slice(bytes);
                if head.len() >= LogFormat::HEAD_BYTES {
                    self.begin(into)?;
                }
            }
        }
        Ok(())
    }

    /// Tells the format from the head, and reads that.
    fn begin(&mut self, into: &mut Vec<LogItem>) -> Result<(), LogRefused> {
        let State::Head(head) = &mut self.state else { return Ok(()) };
        let head = std::mem::take(head);
        let format = LogFormat::of(&head).map_err(LogRefused::NotALog)?;
        let mut reader = format.reader();
        reader.push(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head), into);
        self.state = State::Reading(format, reader);
        Ok(())
    }
}
