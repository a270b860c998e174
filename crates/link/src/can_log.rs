//! A log of CAN frames on file.
//!
//! Vector's ASC where the file's name ends in `.asc`, else candump. All of it is held in memory: a log
//! of an hour on a full bus is half a gigabyte of text, which is the limit.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blackstart_limits::CAN_LOG_BYTES;
use blackstart_units::SimTime;
use blackstart_wire::can::{LogError, LogRecord, asc, candump};
use thiserror::Error;

/// Mistakes that are named; the others are counted.
const MAX_MISTAKES: usize = 20;

/// A log, in the order of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanLog {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its frames.
    pub records: Vec<LogRecord>,
}

/// A log that cannot be used.
#[derive(Debug, Error)]
#[error("the log {} {kind}", path.display())]
pub struct CanLogError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub kind: CanLogErrorKind,
}

/// Why a log cannot be used.
#[derive(Debug, Error)]
pub enum CanLogErrorKind {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file is larger than half a gigabyte.
    #[error("is larger than {CAN_LOG_BYTES} bytes")]
    TooLarge,
    /// There are lines that should be frames and are none.
    #[error("has {count} lines that are no frames, the first: {}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes {
        /// The first of them.
        first: Vec<LogError>,
        /// All of them.
        count: u64,
    },
    /// There is no frame in it.
    #[error("holds no frames")]
    Empty,
}

impl CanLog {
    /// Reads a log; with a name, the frames of that channel alone.
    ///
    /// # Errors
    /// If it cannot be read, or not all of it is understood.
    pub fn read(path: &Path, channel: Option<&str>) -> Result<Self, CanLogError> {
        let failed = |kind| CanLogError { path: path.to_owned(), kind };
        let mut bytes = Vec::new();
        let file = blackstart_limits::open(path).map_err(|error| failed(error.into()))?;
        file.take(CAN_LOG_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(error.into()))?;
        if bytes.len() as u64 > CAN_LOG_BYTES {
            return Err(failed(CanLogErrorKind::TooLarge));
        }
        let is_asc = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("asc"));
        let mut records = parse(&bytes, is_asc).map_err(failed)?;
        records.retain(|record| channel.is_none_or(|name| record.channel == name));
        if records.is_empty() {
            return Err(failed(CanLogErrorKind::Empty));
        }
        Ok(Self { path: path.to_owned(), records })
    }

    /// When a frame is due, from the first one on. A log that goes back in time is not followed there.
    pub fn due(&self, index: usize) -> SimTime {
        let at = |index: usize| self.records.get(index).map_or(SimTime::ZERO, |record| record.at);
        SimTime::from_nanos(at(index).as_nanos().saturating_sub(at(0).as_nanos()))
    }
}

fn parse(bytes: &[u8], is_asc: bool) -> Result<Vec<LogRecord>, CanLogErrorKind> {
    let (mut candump, mut asc) = (candump::CandumpReader::default(), asc::AscReader::default());
    let (mut records, mut first, mut count) = (Vec::new(), Vec::new(), 0);
    // The last line may lack its end.
    for &byte in bytes.iter().chain(b"\n") {
        match if is_asc { asc.push(byte) } else { candump.push(byte) } {
            None => {}
            Some(Ok(record)) => records.push(record),
            Some(Err(mistake)) => {
                count += 1;
                if first.len() < MAX_MISTAKES {
                    first.push(mistake);
                }
            }
        }
    }
    if count > 0 { Err(CanLogErrorKind::Mistakes { first, count }) } else { Ok(records) }
}
