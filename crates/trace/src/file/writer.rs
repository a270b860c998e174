//! Writing a trace file while the run goes.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, RecordBatch, StringArray, UInt32Array, UInt64Array,
};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, SchemaRef};
use blackstart_units::SimTime;

use super::event_row::EventRow;
use super::{MAX_CHUNK_ROWS, MAX_CHUNK_TEXT, TraceFileError, schema};
use crate::thinning::Thinner;
use crate::{Catalogue, Trace};

/// A trace file being written. Dropped without [`TraceWriter::finish`] it leaves the `.part` file.
pub struct TraceWriter {
    path: PathBuf,
    part: PathBuf,
    stream: StreamWriter<BufWriter<File>>,
    schema: SchemaRef,
    /// The names, one array for all chunks: written once.
    names: ArrayRef,
    /// Per signal, how many samples are written and the instant of the last.
    written: Vec<(usize, SimTime)>,
    events_written: usize,
}

/// One row, before it is split into columns.
struct Row {
    at: SimTime,
    signal: Option<u32>,
    value: Option<f64>,
    event: Option<String>,
}

impl TraceWriter {
    /// Creates `<path>.part`, replacing one that an earlier run left.
    ///
    /// # Errors
    /// If the file cannot be created or written.
    pub fn create(path: &Path, catalogue: &Catalogue) -> Result<Self, TraceFileError> {
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let error = |kind: super::TraceFileErrorKind| TraceFileError::new(&part, kind);
        let file = File::create(&part).map_err(|io| error(io.into()))?;
        let schema = schema(catalogue);
        let stream = packed()
            .and_then(|options| {
                StreamWriter::try_new_with_options(BufWriter::new(file), &schema, options)
            })
            .map_err(|arrow| error(arrow.into()))?;
        let names = StringArray::from_iter_values(catalogue.iter().map(|(_, signal)| &signal.name));
        Ok(Self {
            path: path.to_owned(),
            stream,
            schema,
            names: Arc::new(names),
            written: vec![(0, SimTime::ZERO); catalogue.len()],
            events_written: 0,
            part,
        })
    }

    /// Writes what `trace` gained since the last call, and flushes it to the operating system.
    ///
    /// # Panics
    /// If `trace` has other signals than the catalogue that the file was created with.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn append(&mut self, trace: &Trace) -> Result<(), TraceFileError> {
        assert_eq!(trace.catalogue().len(), self.written.len(), "the trace of another catalogue");
        let mut rows = self.new_samples(trace);
        rows.extend(self.new_events(trace));
        self.write(&rows)
    }

    /// Writes the rest and the end, and gives the file its name.
    ///
    /// # Errors
    /// If the file cannot be written or renamed.
    pub fn finish(mut self, trace: &Trace) -> Result<(), TraceFileError> {
        self.append(trace)?;
        let end = EventRow::EndOfRun { digest: trace.digest().to_string() };
        self.write(&[Row { at: trace.end(), signal: None, value: None, event: Some(json(&end)) }])?;
        self.stream.finish().map_err(|arrow| TraceFileError::new(&self.part, arrow))?;
        self.stream.get_mut().flush().map_err(|io| TraceFileError::new(&self.part, io))?;
        std::fs::rename(&self.part, &self.path).map_err(|io| TraceFileError::new(&self.path, io))
    }

    /// Samples since the last call in time order, of curves those that straight lines between the others do
    /// not tell. The last sample of a constant moves on after it
    /// was written: it is written again, and merges with the first when it is read.
    fn new_samples(&mut self, trace: &Trace) -> Vec<Row> {
        let mut samples: Vec<(SimTime, u32, f64)> = Vec::new();
        for ((id, _), (count, last)) in trace.catalogue().iter().zip(&mut self.written) {
            let series = trace.series(id);
            let moved = *count > 0 && series.times()[*count - 1] != *last;
            let from = *count - usize::from(moved);
            let new = || series.iter().skip(from);
            if let Some((at, _)) = new().last() {
                *last = at;
            }
            if series.holds() {
                samples.extend(new().map(|(at, value)| (at, id.0, value)));
            } else {
                let mut thinner = Thinner::default();
                let mut kept: Vec<_> = new().filter_map(|sample| thinner.pass(sample)).collect();
                kept.extend(thinner.finish());
                samples.extend(kept.into_iter().map(|(at, value)| (at, id.0, value)));
            }
            *count = series.times().len();
        }
        samples.sort_by_key(|sample| sample.0);
        let row =
            |(at, signal, value)| Row { at, signal: Some(signal), value: Some(value), event: None };
        samples.into_iter().map(row).collect()
    }

    fn new_events(&mut self, trace: &Trace) -> Vec<Row> {
        let events = &trace.events()[self.events_written..];
        self.events_written = trace.events().len();
        let row = |event: &crate::Event| Row {
            at: event.at,
            signal: None,
            value: None,
            event: Some(json(&event.into())),
        };
        events.iter().map(row).collect()
    }

    fn write(&mut self, rows: &[Row]) -> Result<(), TraceFileError> {
        let mut text = 0;
        let mut rest = rows;
        while !rest.is_empty() {
            // No chunk is longer than its reader affords.
            let fits = |row: &&Row| {
                text += row.event.as_ref().map_or(0, String::len);
                text <= MAX_CHUNK_TEXT
            };
            let len = rest.iter().take(MAX_CHUNK_ROWS).take_while(fits).count().max(1);
            let (chunk, later) = rest.split_at(len);
            (rest, text) = (later, 0);
            let batch =
                self.batch(chunk).map_err(|arrow| TraceFileError::new(&self.part, arrow))?;
            self.stream.write(&batch).map_err(|arrow| TraceFileError::new(&self.part, arrow))?;
        }
        self.stream.get_mut().flush().map_err(|io| TraceFileError::new(&self.part, io))
    }

    fn batch(&self, rows: &[Row]) -> Result<RecordBatch, ArrowError> {
        let times: UInt64Array = rows.iter().map(|row| Some(row.at.as_nanos())).collect();
        let keys: UInt32Array = rows.iter().map(|row| row.signal).collect();
        let values: Float64Array = rows.iter().map(|row| row.value).collect();
        let events: StringArray = rows.iter().map(|row| row.event.as_deref()).collect();
        let signals = DictionaryArray::try_new(keys, Arc::clone(&self.names))?;
        let columns: Vec<ArrayRef> =
            vec![Arc::new(times), Arc::new(signals), Arc::new(values), Arc::new(events)];
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

/// How buffers are packed.
fn packed() -> Result<IpcWriteOptions, ArrowError> {
    IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))
}

fn json(row: &EventRow) -> String {
    serde_json::to_string(row).expect("text and finite numbers always fit JSON")
}
