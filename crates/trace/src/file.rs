//! The trace file: one Arrow IPC stream that any Arrow library reads, written while the run goes.
//!
//! **Form.** Long form, one row per sample or event, four columns:
//!
//! | column | type | sample | event |
//! |---|---|---|---|
//! | `time_ns` | u64 | since the scenario's start | the same |
//! | `signal` | dictionary of names | `sessy-1.port_voltage_v` | null |
//! | `value` | f64 | in the unit that ends the name; of a state, its index | null |
//! | `event` | text | null | a JSON object: `event` says what, `subject` to whom |
//!
//! The schema's metadata holds `blackstart.format` (`1`) and `blackstart.signals`, a JSON list of
//! `{"name": …, "states": […], "held": …}` in order of declaration; `states` is absent from a quantity,
//! and `held` is true of a number that holds until the next row, absent from a curve.
//! The last row is the event `end-of-run` with the digest: a file without it was cut off.
//! In Python, `pyarrow.ipc.open_stream(path).read_pandas()` (a frame of pandas) or `polars.read_ipc_stream(path)` gives
//! the whole table, and `frame[frame.signal == "sessy-1.port_voltage_v"]` one curve.
//! A single stream rather than one per kind, so that samples and events survive a kill together.
//!
//! **Chunks.** Each [`TraceWriter::append`] writes what the trace gained since the last one and
//! flushes it. The file is `<name>.part` until [`TraceWriter::finish`] renames it, so a file with its
//! final name is whole. A `.part` file can be read: its last chunk is dropped when it is torn.
//! Rows of a chunk are in time order, samples before events; a constant that goes on may repeat
//! between two chunks. Its buffers are packed with Zstandard, as the format has it; pyarrow, pandas and polars
//! unpack them without being asked.
//!
//! **Thinning.** A sample of a curve is left out where the straight line between those beside it passes
//! it within 1e-4 of its value, or within 1e-6 of the signal's unit next to zero. Where a curve turns by more
//! than that, both sides of a jump, and the first and last of each chunk are kept. Verdict and digest
//! are made of all samples, before anything is left out.
//!
//! **Limits.** Files up to 1 GiB, chunks up to 65,536 rows and 64 MiB of text (a longer append is several
//! chunks).
//! JSON has no infinities: a number of an event that is not finite reads back as not-a-number.
//! A [`Trace`] that was read holds what was stored, so its own digest is not the run's;
//! [`RecordedTrace::digest`] is.

mod event_row;
mod framing;
mod reader;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields};
use blackstart_limits::TRACE_BYTES;
use serde::{Deserialize, Serialize};

use crate::{Catalogue, Digest, Signal, SignalKind, Trace};

pub use reader::read;
pub use writer::TraceWriter;

/// Most rows in one chunk.
pub const MAX_CHUNK_ROWS: usize = 1 << 16;

/// Most bytes of text in one chunk; one event alone may not be longer.
const MAX_CHUNK_TEXT: usize = 1 << 26;

const FORMAT: &str = "1";
const FORMAT_KEY: &str = "blackstart.format";
const SIGNALS_KEY: &str = "blackstart.signals";

/// What a trace file holds.
#[derive(Clone, Debug)]
pub struct RecordedTrace {
    /// Signals, samples and events as stored.
    pub trace: Trace,
    /// The digest over every record of the run; absent when the file was cut off.
    pub digest: Option<Digest>,
}

impl RecordedTrace {
    /// Whether the run was recorded to its end.
    pub fn is_complete(&self) -> bool {
        self.digest.is_some()
    }
}

/// A trace file that could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("trace file {}: {kind}", path.display())]
pub struct TraceFileError {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub kind: TraceFileErrorKind,
}

impl TraceFileError {
    fn new(path: &Path, kind: impl Into<TraceFileErrorKind>) -> Self {
        Self { path: path.to_owned(), kind: kind.into() }
    }
}

/// The ways in which a trace file fails.
#[derive(Debug, thiserror::Error)]
pub enum TraceFileErrorKind {
    /// The file system refused.
    #[error("cannot be opened, read or written")]
    Io(#[from] std::io::Error),
    /// Longer than [`TRACE_BYTES`].
    #[error("has {bytes} bytes, more than {TRACE_BYTES}")]
    TooLong {
        /// Its length.
        bytes: u64,
    },
    /// Not an Arrow IPC stream with the columns of a trace.
    #[error("is no trace: {why}")]
    NotATrace {
        /// What gave it away.
        why: &'static str,
    },
    /// Written by a later version of this program.
    #[error("has format {found}, this program reads {FORMAT}")]
    UnknownFormat {
        /// The format that it says it has.
        found: String,
    },
    /// A whole chunk whose content contradicts itself.
    #[error("is damaged in chunk {chunk}: {why}")]
    Damaged {
        /// Counted from 1.
        chunk: usize,
        /// What contradicts what.
        why: String,
    },
    /// The Arrow library could not encode or decode it.
    #[error("cannot be encoded or decoded")]
    Arrow(#[from] arrow_schema::ArrowError),
}

/// The four columns.
fn columns() -> Fields {
    let name = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
    Fields::from(vec![
        Field::new("time_ns", DataType::UInt64, false),
        Field::new("signal", name, true),
        Field::new("value", DataType::Float64, true),
        Field::new("event", DataType::Utf8, true),
    ])
}

/// One entry of `blackstart.signals`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignalEntry {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    states: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    held: bool,
}

impl From<&Signal> for SignalEntry {
    fn from(signal: &Signal) -> Self {
        let states = match &signal.kind {
            SignalKind::Analog | SignalKind::Held => None,
            SignalKind::State(names) => Some(names.clone()),
        };
        Self { name: signal.name.clone(), states, held: signal.kind == SignalKind::Held }
    }
}

/// The schema of a file with these signals.
fn schema(catalogue: &Catalogue) -> Arc<arrow_schema::Schema> {
    let signals: Vec<SignalEntry> = catalogue.iter().map(|(_, signal)| signal.into()).collect();
    let signals = serde_json::to_string(&signals).expect("names are text, which JSON always holds");
    let metadata = [(FORMAT_KEY.to_owned(), FORMAT.to_owned()), (SIGNALS_KEY.to_owned(), signals)];
    Arc::new(arrow_schema::Schema::new_with_metadata(columns(), metadata))
}
