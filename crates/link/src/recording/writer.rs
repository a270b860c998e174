//! Writing a recording while the run goes.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use blackstart_units::SimTime;
use blackstart_wire::can::slcan::SlcanCommand;
use blackstart_wire::can::{CanFrame, FrameDirection};

use super::entry::{Entry, EntryKind, failure_text};
use super::traffic::{TrafficLog, TrafficTap};
use super::{CHECKSUM_BYTES, CHUNK_BYTES, Checksum, Header, MAGIC, RecordingError, checksum};
use crate::error::LinkErrorKind;
use blackstart_limits::RECORDING_BYTES;

/// What one chunk adds to its content.
const CHUNK_OVERHEAD: usize = 4 + CHECKSUM_BYTES;
/// Kept free for the last chunk.
const RESERVE: u64 = 1024;

/// A recording being written. Dropped without [`RecordingWriter::finish`] it leaves the `.part` file,
/// with everything up to there.
pub struct RecordingWriter {
    path: PathBuf,
    part: PathBuf,
    file: File,
    checksum: Checksum,
    roles: Vec<String>,
    traffic: TrafficLog,
    buffer: Arc<Mutex<Buffer>>,
}

/// Where one line is recorded.
#[derive(Clone, Debug)]
pub struct Tape {
    line: u16,
    /// The same for other tools.
    traffic: TrafficTap,
    buffer: Arc<Mutex<Buffer>>,
}

/// What is not in the file yet.
#[derive(Debug)]
struct Buffer {
    started: Instant,
    /// Closed chunks.
    chunks: Vec<Vec<u8>>,
    /// The chunk that is being filled.
    open: Vec<u8>,
    /// How long the file becomes.
    bytes: u64,
    is_full: bool,
}

impl RecordingWriter {
    /// Creates `<path>.part`, replacing one that an earlier run left, with the header in it.
    ///
    /// # Errors
    /// If the file cannot be created or written.
    pub fn create(path: &Path, header: &Header) -> Result<Self, RecordingError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let content = serde_json::to_vec(header).expect("text and numbers always fit JSON");
        let create = || {
            let mut file = File::create(&part)?;
            file.write_all(MAGIC)?;
            Ok(file)
        };
        let file = create().map_err(|io: std::io::Error| RecordingError::new(&part, io))?;
        let buffer = Buffer {
            started: Instant::now(),
            bytes: (MAGIC.len() + content.len() + CHUNK_OVERHEAD) as u64,
            chunks: vec![content],
            open: Vec::new(),
            is_full: false,
        };
        let roles = header.lines.iter().map(|line| line.role.clone()).collect();
        let mut writer = Self {
            path: path.to_owned(),
            part,
            file,
            checksum: Checksum::default(),
            roles,
            traffic: TrafficLog::beside(path),
            buffer: Arc::new(Mutex::new(buffer)),
        };
        writer.flush()?;
        Ok(writer)
    }

    /// The tape of a role's line; `None` of a role that the header does not list.
    pub fn tape(&self, role: &str) -> Option<Tape> {
        let place = self.roles.iter().position(|known| known == role)?;
        let (line, traffic) = (u16::try_from(place).ok()?, self.traffic.tap(role));
        Some(Tape { line, traffic, buffer: Arc::clone(&self.buffer) })
    }

    /// Where the traffic of a device that the bench plays is written down, for other tools alone.
    pub fn tap(&self, instance: &str) -> TrafficTap {
        self.traffic.tap(instance)
    }

    /// Hands everything so far to the operating system.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        let mut buffer = lock(&self.buffer);
        buffer.close_chunk();
        let chunks = std::mem::take(&mut buffer.chunks);
        drop(buffer);
        self.traffic.flush()?;
        for content in chunks {
            self.checksum = checksum(&self.checksum, &content);
            let mut chunk = (content.len() as u32).to_le_bytes().to_vec();
            chunk.extend(content);
            chunk.extend(self.checksum);
            self.file.write_all(&chunk).map_err(|io| RecordingError::new(&self.part, io))?;
        }
        Ok(())
    }

    /// Writes the rest and the end, and gives the file its name.
    ///
    /// # Errors
    /// If the file cannot be written or renamed.
    pub fn finish(mut self) -> Result<(), RecordingError> {
        let traffic = self.traffic.tap("");
        let tape = Tape { line: 0, traffic, buffer: Arc::clone(&self.buffer) };
        tape.note(EntryKind::End, SimTime::ZERO, &[]);
        self.flush()?;
        std::fs::rename(&self.part, &self.path).map_err(|io| RecordingError::new(&self.path, io))
    }
}

impl Drop for RecordingWriter {
    fn drop(&mut self) {
        // Whoever could hear of a failure has heard of a worse one.
        let _ = self.flush();
    }
}

impl Tape {
    /// A device with frames of its own was sent this one. On the tape it is what an adapter would be sent.
    pub fn frame_sent(&self, at: SimTime, frame: &CanFrame) {
        if self.note(EntryKind::Sent, at, &as_line(frame)) {
            self.traffic.frame(FrameDirection::Tx, at, frame);
        }
    }

    /// A device with frames of its own sent this one.
    pub fn frame_received(&self, at: SimTime, frame: &CanFrame) {
        if self.note(EntryKind::Received, at, &as_line(frame)) {
            self.traffic.frame(FrameDirection::Rx, at, frame);
        }
    }

    /// The bench sends this.
    pub(crate) fn sent(&self, at: SimTime, bytes: &[u8]) {
        if self.note(EntryKind::Sent, at, bytes) {
            self.traffic.bytes(FrameDirection::Tx, at, bytes);
        }
    }

    /// The device sent this.
    pub(crate) fn received(&self, at: SimTime, bytes: &[u8]) {
        if self.note(EntryKind::Received, at, bytes) {
            self.traffic.bytes(FrameDirection::Rx, at, bytes);
        }
    }

    /// The bench listened until its time was over.
    pub(crate) fn nothing_came(&self, at: SimTime) {
        self.note(EntryKind::NothingCame, at, &[]);
    }

    /// What the bench sent last did not get through.
    pub(crate) fn sending_failed(&self, at: SimTime, kind: &LinkErrorKind) {
        self.note(EntryKind::SendingFailed, at, failure_text(kind).as_bytes());
    }

    /// The bench could not listen.
    pub(crate) fn receiving_failed(&self, at: SimTime, kind: &LinkErrorKind) {
        self.note(EntryKind::ReceivingFailed, at, failure_text(kind).as_bytes());
    }

    /// Whether there was room for it.
    fn note(&self, kind: EntryKind, at: SimTime, bytes: &[u8]) -> bool {
        let mut buffer = lock(&self.buffer);
        let wall_ns = u64::try_from(buffer.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        buffer.push(&Entry { kind, line: self.line, at, wall_ns, bytes: bytes.to_owned() });
        !buffer.is_full
    }
}

impl Buffer {
    /// Takes an entry, unless the recording has come to its limit.
    fn push(&mut self, entry: &Entry) {
        if self.is_full {
            return;
        }
        // As if each entry closed a chunk: an upper bound.
        let more = (entry.encoded_len() + CHUNK_OVERHEAD) as u64;
        if self.bytes + more > RECORDING_BYTES - RESERVE {
            self.is_full = true;
            let full = Entry { kind: EntryKind::Full, bytes: Vec::new(), ..entry.clone() };
            full.append_to(&mut self.open);
            return;
        }
        entry.append_to(&mut self.open);
        self.bytes += entry.encoded_len() as u64;
        if self.open.len() >= CHUNK_BYTES {
            self.close_chunk();
        }
    }

    fn close_chunk(&mut self) {
        if !self.open.is_empty() {
            self.chunks.push(std::mem::take(&mut self.open));
            self.bytes += CHUNK_OVERHEAD as u64;
        }
    }
}

/// A frame as SLCAN writes it; nothing of an error frame.
fn as_line(frame: &CanFrame) -> Vec<u8> {
    let mut line = Vec::new();
    if !matches!(frame, CanFrame::Error(_)) {
        SlcanCommand::Send(*frame).append(&mut line);
    }
    line
}

/// A thread that panicked while it held the lock has left nothing half done that a reader would not
/// notice.
fn lock(buffer: &Mutex<Buffer>) -> MutexGuard<'_, Buffer> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_that_becomes_too_long_ends_with_a_note_of_it() {
        let mut buffer = Buffer {
            started: Instant::now(),
            chunks: Vec::new(),
            open: Vec::new(),
            bytes: RECORDING_BYTES - RESERVE - 100,
            is_full: false,
        };
        let entry = |bytes: usize| Entry {
            kind: EntryKind::Sent,
            line: 0,
            at: SimTime::ZERO,
            wall_ns: 0,
            bytes: vec![1; bytes],
        };
        for bytes in [10, 90, 1] {
            buffer.push(&entry(bytes));
        }
        let (first, rest) = Entry::split_from(&buffer.open).unwrap();
        let (second, rest) = Entry::split_from(rest).unwrap();
        assert_eq!((first.kind, second.kind), (EntryKind::Sent, EntryKind::Full));
        assert!(rest.is_empty());
    }
}
