//! Reading a recording back. Whatever the bytes are, this ends with a recording or an error.

use std::collections::VecDeque;
use std::io::Read;
use std::path::Path;

use blackstart_limits::RECORDING_BYTES;

use super::entry::{Entry, EntryKind, failure_of};
use super::{
    ANY_MAGIC, CHECKSUM_BYTES, Checksum, Header, MAGIC, MAX_CHUNK_BYTES, RecordingError,
    RecordingErrorKind, Replay, checksum,
};

/// A recorded session, or as much of it as there is.
#[derive(Clone, Debug)]
pub struct SessionRecording {
    header: Header,
    lines: Vec<VecDeque<Entry>>,
    is_complete: bool,
}

impl SessionRecording {
    /// Reads a file. One that was cut off between two chunks or within the last one is read as far as
    /// it goes.
    ///
    /// # Errors
    /// If it cannot be read, is no recording, or is not as it was written.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        let bytes = load(path).map_err(|kind| RecordingError::new(path, kind))?;
        Self::from_bytes(&bytes).map_err(|kind| RecordingError::new(path, kind))
    }

    /// The same from memory.
    ///
    /// # Errors
    /// As [`SessionRecording::read`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordingErrorKind> {
        let mut chunks = Chunks::begin(bytes)?;
        let header = chunks.next()?.ok_or(RecordingErrorKind::NoHeader)?;
        let header: Header = serde_json::from_slice(header).map_err(RecordingErrorKind::Header)?;
        let lines = vec![VecDeque::new(); header.lines.len()];
        let mut recording = Self { header, lines, is_complete: false };
        while let Some(content) = chunks.next()? {
            recording.take(content).map_err(|why| chunks.damaged(why))?;
        }
        Ok(recording)
    }

    fn take(&mut self, mut content: &[u8]) -> Result<(), &'static str> {
        while !content.is_empty() {
            let (entry, rest) = Entry::split_from(content).ok_or("holds no entries")?;
            content = rest;
            if self.is_complete {
                return Err("follows the end");
            }
            match entry.kind {
                EntryKind::End => self.is_complete = true,
                // The lines just stop.
                EntryKind::Full => {}
                EntryKind::SendingFailed | EntryKind::ReceivingFailed
                    if failure_of(&entry.bytes).is_none() =>
                {
                    return Err("names an unknown failure");
                }
                _ => {
                    let line = self.lines.get_mut(usize::from(entry.line));
                    line.ok_or("names a line that the header lacks")?.push_back(entry);
                }
            }
        }
        Ok(())
    }

    /// What the recording says of its run.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Whether the run was recorded to its end.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// A line that says what the device in a role said; `None` if no device played it.
    pub fn replay(&self, role: &str) -> Option<Replay> {
        let place = self.header.lines.iter().position(|line| line.role == role)?;
        let device = self.header.lines[place].device.clone();
        Some(Replay::new(device, self.lines[place].clone(), self.is_complete))
    }
}

fn load(path: &Path) -> Result<Vec<u8>, RecordingErrorKind> {
    let file = blackstart_limits::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > RECORDING_BYTES {
        return Err(RecordingErrorKind::TooLong { bytes });
    }
    let mut content = Vec::new();
    // It may grow while it is read.
    file.take(RECORDING_BYTES).read_to_end(&mut content)?;
    Ok(content)
}

/// The whole chunks of a recording, one after the other.
struct Chunks<'a> {
    bytes: &'a [u8],
    offset: usize,
    /// Where the newest chunk began, and its number.
    newest: (usize, usize),
    checksum: Checksum,
    read: usize,
}

impl<'a> Chunks<'a> {
    fn begin(bytes: &'a [u8]) -> Result<Self, RecordingErrorKind> {
        if !bytes.starts_with(MAGIC) {
            return Err(match bytes.starts_with(ANY_MAGIC) && bytes.len() >= MAGIC.len() {
                true => RecordingErrorKind::UnknownFormat,
                false => RecordingErrorKind::NotARecording,
            });
        }
        let checksum = Checksum::default();
        Ok(Self { bytes, offset: MAGIC.len(), newest: (MAGIC.len(), 0), checksum, read: 0 })
    }

    /// The content of the next chunk; `None` at the end, also when the rest is less than a chunk.
    fn next(&mut self) -> Result<Option<&'a [u8]>, RecordingErrorKind> {
        self.newest = (self.offset, self.read);
        let Some((length, rest)) = self.bytes[self.offset..].split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if length > MAX_CHUNK_BYTES {
            return Err(self.damaged("is longer than a chunk can be"));
        }
        let Some((content, rest)) = rest.split_at_checked(length) else { return Ok(None) };
        let Some((found, _)) = rest.split_first_chunk::<CHECKSUM_BYTES>() else {
            return Ok(None);
        };
        self.checksum = checksum(&self.checksum, content);
        if *found != self.checksum {
            return Err(self.damaged("does not match its checksum"));
        }
        self.offset += 4 + length + CHECKSUM_BYTES;
        self.read += 1;
        Ok(Some(content))
    }

    fn damaged(&self, why: &'static str) -> RecordingErrorKind {
        let (offset, chunk) = self.newest;
        RecordingErrorKind::Damaged { chunk, offset, why }
    }
}
