//! Reading a trace file back, whole or torn.

use std::io::{Cursor, Read};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use arrow_schema::Schema;
use blackstart_limits::TRACE_BYTES;
use blackstart_units::SimTime;

use super::event_row::{Decoded, EventRow};
use super::{
    FORMAT, FORMAT_KEY, RecordedTrace, SIGNALS_KEY, SignalEntry, TraceFileError,
    TraceFileErrorKind, framing,
};
use crate::{Catalogue, Digest, SignalId, SignalKind, Trace};

/// Reads a trace file, or the `.part` file that a killed run left: a torn last chunk is dropped.
///
/// # Errors
/// If the file cannot be read, is no trace, is longer than [`TRACE_BYTES`], or contradicts itself.
pub fn read(path: &Path) -> Result<RecordedTrace, TraceFileError> {
    read_bytes(path)
        .and_then(|bytes| decode(&bytes))
        .map_err(|kind| TraceFileError::new(path, kind))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, TraceFileErrorKind> {
    let file = blackstart_limits::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > TRACE_BYTES {
        return Err(TraceFileErrorKind::TooLong { bytes });
    }
    let mut content = Vec::new();
    // It may grow while it is read.
    file.take(TRACE_BYTES).read_to_end(&mut content)?;
    Ok(content)
}

/// The recording in these bytes.
pub(super) fn decode(bytes: &[u8]) -> Result<RecordedTrace, TraceFileErrorKind> {
    let whole = framing::whole_prefix(bytes)?;
    let mut reader = StreamReader::try_new(Cursor::new(&bytes[..whole]), None)?;
    let mut replay = Replay::new(catalogue(&reader.schema())?);
    for batch in &mut reader {
        replay.chunk(&batch?)?;
    }
    Ok(RecordedTrace { trace: replay.trace, digest: replay.digest })
}

/// The signals that the schema's metadata declares.
fn catalogue(schema: &Schema) -> Result<Catalogue, TraceFileErrorKind> {
    let not_a_trace = |why| TraceFileErrorKind::NotATrace { why };
    let format = schema.metadata().get(FORMAT_KEY).ok_or(not_a_trace("it names no format"))?;
    if format != FORMAT {
        return Err(TraceFileErrorKind::UnknownFormat { found: format.clone() });
    }
    let signals = schema.metadata().get(SIGNALS_KEY).map_or("", String::as_str);
    let signals: Vec<SignalEntry> = serde_json::from_str(signals)
        .map_err(|_| not_a_trace("its list of signals cannot be understood"))?;
    let mut catalogue = Catalogue::default();
    for SignalEntry { name, states, held } in signals {
        if catalogue.find(&name).is_some() {
            return Err(not_a_trace("it declares a signal twice"));
        }
        match states {
            None if held => catalogue.held(name),
            None => catalogue.analog(name),
            Some(states) => {
                catalogue.state(name, &states.iter().map(String::as_str).collect::<Vec<_>>())
            }
        };
    }
    Ok(catalogue)
}

/// Rebuilds the trace chunk by chunk.
struct Replay {
    trace: Trace,
    digest: Option<Digest>,
    chunk: usize,
}

impl Replay {
    fn new(catalogue: Catalogue) -> Self {
        Self { trace: Trace::new(catalogue), digest: None, chunk: 0 }
    }

    fn chunk(&mut self, batch: &RecordBatch) -> Result<(), TraceFileErrorKind> {
        self.chunk += 1;
        let chunk = self.chunk;
        self.rows(batch).map_err(|why| TraceFileErrorKind::Damaged { chunk, why })
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let (time, name, value, event) =
            (batch.column(0), batch.column(1), batch.column(2), batch.column(3));
        let times = time.as_primitive::<UInt64Type>();
        let signals = name.as_dictionary::<UInt32Type>();
        let ids = self.ids(signals.values().as_string::<i32>())?;
        let values = value.as_primitive::<Float64Type>();
        let events = event.as_string::<i32>();
        for row in 0..batch.num_rows() {
            let at = SimTime::from_nanos(times.value(row));
            match (signals.is_null(row), values.is_null(row), events.is_null(row)) {
                (false, false, true) => {
                    let key = signals.keys().value(row) as usize;
                    let id = ids.get(key).ok_or("a signal without a name")?;
                    self.sample(*id, at, values.value(row))?;
                }
                (true, true, false) => self.event(at, events.value(row))?,
                _ => return Err(format!("row {row} is neither sample nor event")),
            }
        }
        Ok(())
    }

    /// The handles of the dictionary's names.
    fn ids(&self, names: &StringArray) -> Result<Vec<SignalId>, String> {
        let find = |name: Option<&str>| {
            let name = name.unwrap_or_default();
            self.trace
                .catalogue()
                .find(name)
                .ok_or_else(|| format!("signal `{name}` is not declared"))
        };
        names.iter().map(find).collect()
    }

    fn sample(&mut self, id: SignalId, at: SimTime, value: f64) -> Result<(), String> {
        let signal = self.trace.catalogue().signal(id);
        if self.trace.series(id).times().last().is_some_and(|&last| last > at) {
            return Err(format!("`{}` goes back in time at {at}", signal.name));
        }
        if let SignalKind::State(names) = &signal.kind {
            let is_state = (0..names.len()).any(|index| index as f64 == value);
            if !is_state {
                return Err(format!("`{}` has no state {value}", signal.name));
            }
        }
        self.trace.sample(id, at, value);
        Ok(())
    }

    fn event(&mut self, at: SimTime, text: &str) -> Result<(), String> {
        let row: EventRow = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match row.decode(at)? {
            Decoded::Event(event) => self.trace.event(event),
            Decoded::End(digest) => self.digest = Some(digest),
        }
        Ok(())
    }
}
