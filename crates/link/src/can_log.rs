//! A log of CAN frames on file, of whichever format, packed or not.
//!
//! It is read twice, never held: once to know that all of it can be used, and again while it is played.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use blackstart_limits::CAN_LOG_BYTES;
use blackstart_units::SimTime;
use blackstart_wire::can::{
    LogDecoder, LogEncoder, LogError, LogFormat, LogItem, LogRecord, LogRefused,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use thiserror::Error;

/// Mistakes that are named; the others are counted.
const MAX_MISTAKES: usize = 20;
/// Bytes that are read at once.
const PIECE_BYTES: usize = 1 << 16;
/// Channels that are named.
const MAX_CHANNELS: usize = 16;

/// A log that was read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CanLog {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its format.
    pub format: LogFormat,
    /// Its frames, of the chosen channel.
    pub frames: u64,
    /// Places that should have been frames, and were skipped.
    pub damaged: u64,
    /// The first of them.
    pub mistakes: Vec<LogError>,
    /// Frames without a time stamp.
    pub unstamped: u64,
    /// The channels that it names, as many as anybody looks at.
    pub channels: Vec<String>,
    channel: Option<String>,
    first: SimTime,
    last: SimTime,
}

/// What becomes of places of a log that should be frames and are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damage {
    /// The log is refused.
    #[default]
    Refuse,
    /// They are left out, and counted.
    Skip,
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
    /// It is no log, or larger than half a gigabyte.
    #[error(transparent)]
    Refused(#[from] LogRefused),
    /// There are places that should be frames and are none.
    #[error("has {count} places that are no frames, the first: {}", first.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes {
        /// The first of them.
        first: Vec<LogError>,
        /// All of them.
        count: u64,
    },
    /// There is no frame in it.
    #[error("holds no frames")]
    Empty,
    /// Nobody knows when its frames came.
    #[error("has no time stamps: nobody knows when its frames came")]
    NoTimes,
}

impl CanLog {
    /// Reads a log; with a name, the frames of that channel alone.
    ///
    /// # Errors
    /// If it cannot be read, or not all of it is understood and damage is refused.
    pub fn read(path: &Path, channel: Option<&str>, damage: Damage) -> Result<Self, CanLogError> {
        let failed = |kind| CanLogError { path: path.to_owned(), kind };
        let mut items = Items::open(path).map_err(failed)?;
        let (mut first, mut count) = (Vec::new(), 0);
        let (mut frames, mut begin, mut end) = (0, None, SimTime::ZERO);
        let mut channels = BTreeSet::new();
        while let Some(item) = items.next_item().map_err(failed)? {
            match item {
                Ok(record) if channel.is_none_or(|name| record.channel == name) => {
                    frames += 1;
                    begin.get_or_insert(record.at);
                    end = record.at;
                    if channels.len() < MAX_CHANNELS && !channels.contains(&record.channel) {
                        channels.insert(record.channel);
                    }
                }
                Ok(_) => {}
                Err(mistake) => {
                    count += 1;
                    if first.len() < MAX_MISTAKES {
                        first.push(mistake);
                    }
                }
            }
        }
        if count > 0 && damage == Damage::Refuse {
            return Err(failed(CanLogErrorKind::Mistakes { first, count }));
        }
        let Some((format, begin)) = items.decoder.format().zip(begin) else {
            // Why there is none is said where anybody knows.
            return Err(failed(match count {
                0 => CanLogErrorKind::Empty,
                _ => CanLogErrorKind::Mistakes { first, count },
            }));
        };
        Ok(Self {
            path: path.to_owned(),
            format,
            frames,
            damaged: count,
            mistakes: first,
            unstamped: items.decoder.counters().unstamped,
            channels: channels.into_iter().collect(),
            channel: channel.map(str::to_owned),
            first: begin,
            last: end,
        })
    }

    /// Its frames, read again, to be played.
    ///
    /// # Errors
    /// If the file cannot be opened any more, or nobody knows when its frames came.
    pub fn records(&self) -> Result<LogRecords, CanLogError> {
        let failed = |kind| CanLogError { path: self.path.clone(), kind };
        if self.unstamped > 0 {
            return Err(failed(CanLogErrorKind::NoTimes));
        }
        let items = Items::open(&self.path).map_err(failed)?;
        Ok(LogRecords { items, channel: self.channel.clone() })
    }

    /// When a frame is due, from the first one on. A log that goes back in time is not followed there.
    pub fn due(&self, record: &LogRecord) -> SimTime {
        record.at.since(self.first)
    }

    /// Writes its frames to an empty file in another format, packed with gzip or not.
    ///
    /// # Errors
    /// If the log cannot be opened any more, or the file not be written.
    pub fn write(&self, to: &mut File, format: LogFormat, gzip: bool) -> io::Result<()> {
        let items = Items::open(&self.path).map_err(io::Error::other)?;
        let records = LogRecords { items, channel: self.channel.clone() };
        if !gzip {
            return encode(records, format, to);
        }
        // Nobody goes back in what is packed: its first bytes must be known when it is.
        let mut whole = io::Cursor::new(Vec::new());
        encode(records, format, &mut whole)?;
        let mut encoder = GzEncoder::new(to, Compression::default());
        encoder.write_all(whole.get_ref())?;
        encoder.finish().map(drop)
    }

    /// From its first frame to its last.
    pub fn span(&self) -> SimTime {
        self.last.since(self.first)
    }
}

fn encode(records: LogRecords, format: LogFormat, to: &mut (impl Write + Seek)) -> io::Result<()> {
    let (mut encoder, mut bytes) = (LogEncoder::new(format), Vec::new());
    encoder.begin(&mut bytes);
    for record in records {
        encoder.record(&record, &mut bytes);
        if bytes.len() >= PIECE_BYTES {
            to.write_all(&bytes)?;
            bytes.clear();
        }
    }
    let first = encoder.finish(&mut bytes);
    to.write_all(&bytes)?;
    to.seek(SeekFrom::Start(0))?;
    to.write_all(&first)
}

/// The frames of a log, one after another. Ends where the file cannot be read any more.
pub struct LogRecords {
    items: Items,
    channel: Option<String>,
}

impl Iterator for LogRecords {
    type Item = LogRecord;

    fn next(&mut self) -> Option<LogRecord> {
        loop {
            let item = self.items.next_item().ok()??;
            if let Ok(record) = item
                && self.channel.as_ref().is_none_or(|name| record.channel == *name)
            {
                return Some(record);
            }
        }
    }
}

/// What a decoder makes of a file, piece by piece.
struct Items {
    file: File,
    decoder: LogDecoder,
    /// What came of the last piece, and how much of it was given away.
    ready: Vec<LogItem>,
    given: usize,
    is_over: bool,
}

impl Items {
    fn open(path: &Path) -> Result<Self, CanLogErrorKind> {
        let file = blackstart_limits::open(path)?;
        let decoder = LogDecoder::new(CAN_LOG_BYTES);
        Ok(Self { file, decoder, ready: Vec::new(), given: 0, is_over: false })
    }

    fn next_item(&mut self) -> Result<Option<LogItem>, CanLogErrorKind> {
        let mut piece = Vec::new();
        while self.given == self.ready.len() {
            if self.is_over {
                return Ok(None);
            }
            self.ready.clear();
            self.given = 0;
            piece.resize(PIECE_BYTES, 0);
            match self.file.read(&mut piece)? {
                0 => self.is_over = !self.decoder.finish(&mut self.ready)?,
                count => self.decoder.push(&piece[..count], &mut self.ready)?,
            }
        }
        self.given += 1;
        Ok(self.ready.get(self.given - 1).cloned())
    }
}
