//! A session on file: every byte of every line of a run, with simulated and wall time.
//!
//! [`RecordingWriter`] writes one while a run goes, [`SessionRecording`] reads one, and [`Replay`] is a line that
//! says what the device said then, for as long as the bench says what it said then.
//!
//! **Form.** A first line of text, then chunks: length (`u32`), content, and the first 16 bytes of the
//! BLAKE3 digest of the previous chunk's digest followed by the content, so that a chunk can be neither
//! altered nor left out. The content of the first chunk is the [`Header`] as JSON, that of the others
//! consists of entries. `docs/session-recording.md` describes it for strangers.
//!
//! Beside it, the same traffic stands as text for other tools: `bus.log` and `lines.txt`.
//!
//! **Limits.** 256 MiB; what would exceed them is not recorded, and the recording says so. A file with its
//! final name is whole; a `.part` file has lost its last chunk at most.

mod departure;
mod entry;
mod header;
mod reader;
mod replay;
mod traffic;
mod writer;

use std::path::{Path, PathBuf};

use blackstart_limits::RECORDING_BYTES;
pub use departure::Departure;
pub use header::{Header, RecordedFile, RecordedLine};
pub use reader::SessionRecording;
pub use replay::Replay;
pub use traffic::{BUS_FILE, LINES_FILE, TrafficLog, TrafficTap};
pub use writer::{RecordingWriter, Tape};

/// First line of every recording; the number is the version of the format.
const MAGIC: &[u8] = b"blackstart session 1\n";
/// The same without the version.
const ANY_MAGIC: &[u8] = b"blackstart session ";
/// Content beyond which a chunk is closed.
const CHUNK_BYTES: usize = 1 << 16;
/// Longest content of a chunk that is read: one entry may be as long as what a device sends at once.
const MAX_CHUNK_BYTES: usize = 1 << 22;
const CHECKSUM_BYTES: usize = 16;

type Checksum = [u8; CHECKSUM_BYTES];

/// The checksum of a chunk that follows another; of the first one, the other is zero.
fn checksum(previous: &Checksum, content: &[u8]) -> Checksum {
    let mut hasher = blake3::Hasher::new();
    hasher.update(previous).update(content);
    let mut checksum = Checksum::default();
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_BYTES]);
    checksum
}

/// A recording that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("session recording {}: {kind}", path.display())]
pub struct RecordingError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub kind: RecordingErrorKind,
}

impl RecordingError {
    fn new(path: &Path, kind: impl Into<RecordingErrorKind>) -> Self {
        Self { path: path.to_owned(), kind: kind.into() }
    }
}

/// The ways in which a recording fails.
#[derive(Debug, thiserror::Error)]
pub enum RecordingErrorKind {
    /// The file system refused.
    #[error("cannot be opened, read or written")]
    Io(#[from] std::io::Error),
    /// Longer than [`RECORDING_BYTES`].
    #[error("has {bytes} bytes, more than {RECORDING_BYTES}")]
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// It does not begin like a recording.
    #[error("is no session recording")]
    NotARecording,
    /// Written by another version of this program.
    #[error("has a format that this program does not read: it reads version 1")]
    UnknownFormat,
    /// It ends before its header does.
    #[error("is cut off before its header ends")]
    NoHeader,
    /// The header is not what a header is.
    #[error("has a header that cannot be read")]
    Header(#[source] serde_json::Error),
    /// A chunk is not what was written.
    #[error("is damaged: chunk {chunk}, from byte {offset} on, {why}")]
    Damaged {
        /// Number of the chunk; the header is 0.
        chunk: usize,
        /// Where it begins.
        offset: usize,
        /// What is wrong with it.
        why: &'static str,
    },
}
