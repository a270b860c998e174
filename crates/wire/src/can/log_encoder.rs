//! A log of whichever format, written.

use blackstart_units::SimTime;

use super::log::LogRecord;
use super::log_format::LogFormat;
use super::{asc, blf, candump, csv, mf4, trc};
use crate::digits::decimal;

/// A stamp from here on counts from 1970, and not from the start of a measurement.
const A_DATE: SimTime = SimTime::from_whole_seconds(365 * 24 * 3_600);

/// Writes a log piece by piece: what [`LogEncoder::begin`], [`LogEncoder::record`] and [`LogEncoder::finish`]
/// append, and in the place of its first bytes what `finish` gives.
///
/// Formats that number their channels have names in the order in which they come, from 1. In formats that
/// count from the start of a measurement a log that has dates begins at zero.
#[derive(Debug)]
pub struct LogEncoder {
    writer: Writer,
    names: Vec<String>,
    /// What the format counts from.
    origin: Option<SimTime>,
}

#[derive(Debug)]
enum Writer {
    Candump,
    Asc(asc::AscWriter),
    Blf(blf::BlfWriter),
    Trc(trc::TrcWriter),
    Csv,
    Mf4(mf4::Mf4Writer),
}

impl LogEncoder {
    /// Of this format.
    pub fn new(format: LogFormat) -> Self {
        let writer = match format {
            LogFormat::Candump => Writer::Candump,
            LogFormat::Asc => Writer::Asc(asc::AscWriter::default()),
            LogFormat::Blf => Writer::Blf(blf::BlfWriter::default()),
            LogFormat::Trc => Writer::Trc(trc::TrcWriter::default()),
            LogFormat::Csv => Writer::Csv,
            LogFormat::Mf4 => Writer::Mf4(mf4::Mf4Writer::default()),
        };
        Self { writer, names: Vec::new(), origin: None }
    }

    /// What stands in front of the frames, or room for it.
    pub fn begin(&self, out: &mut Vec<u8>) {
        match &self.writer {
            Writer::Candump => {}
            Writer::Asc(writer) => writer.header(out),
            Writer::Blf(_) => out.extend([0; blf::HEADER_BYTES]),
            Writer::Trc(_) => trc::TrcWriter::header(out),
            Writer::Csv => csv::append_header(out),
            Writer::Mf4(_) => out.extend([0; mf4::HEADER_BYTES]),
        }
    }

    /// The next frame.
    pub fn record(&mut self, record: &LogRecord, out: &mut Vec<u8>) {
        let mut record = record.clone();
        if matches!(self.writer, Writer::Asc(_) | Writer::Blf(_) | Writer::Trc(_)) {
            let zero = if record.at >= A_DATE { record.at } else { SimTime::ZERO };
            record.at = record.at.since(*self.origin.get_or_insert(zero));
        }
        if !matches!(self.writer, Writer::Candump | Writer::Csv) {
            record.channel = self.number(&record.channel).to_string();
        }
        match &mut self.writer {
            Writer::Candump => candump::append_record(&record, out),
            Writer::Asc(writer) => {
                writer.record(&record, out).expect("its channel has just been given a number");
            }
            Writer::Blf(writer) => writer.record(&record, out),
            Writer::Trc(writer) => writer.record(&record, out),
            Writer::Csv => csv::append_record(&record, out),
            Writer::Mf4(writer) => writer.record(&record, out),
        }
    }

    /// The last bytes; those that belong in the place of the first.
    pub fn finish(self, out: &mut Vec<u8>) -> Vec<u8> {
        match self.writer {
            Writer::Candump | Writer::Trc(_) | Writer::Csv => Vec::new(),
            Writer::Asc(writer) => {
                writer.footer(out);
                Vec::new()
            }
            Writer::Blf(writer) => writer.finish(out).to_vec(),
            Writer::Mf4(writer) => writer.finish(out).to_vec(),
        }
    }

    fn number(&mut self, channel: &str) -> u32 {
        if let Some(number) = decimal(channel.as_bytes()) {
            return number;
        }
        let place = self.names.iter().position(|name| name == channel).unwrap_or_else(|| {
            self.names.push(channel.to_owned());
            self.names.len() - 1
        });
        place as u32 + 1
    }
}
