//! Frames into an ASC log.

use blackstart_units::SimTime;
use thiserror::Error;

use super::{AscBase, AscForm, Stamps, flag};
use crate::can::frame::{CanFrame, DataFrame};
use crate::can::id::CanId;
use crate::can::log::{FrameDirection, LogRecord};
use crate::digits::{decimal, seconds_text};

/// A wall clock would make two logs of the same run differ.
const DATE: &str = "Thu Jan 1 00:00:00.000 1970";

/// A channel that the format cannot name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("channel `{channel}` is no number: an ASC log numbers its channels")]
pub struct ChannelError {
    /// The channel of the record.
    pub channel: String,
}

/// Writes a log: [`AscWriter::header`], then each record in order of time, then [`AscWriter::footer`].
#[derive(Clone, Copy, Debug, Default)]
pub struct AscWriter {
    form: AscForm,
    /// Whole microseconds of the last record, for relative logs.
    last: SimTime,
}

impl AscWriter {
    /// A writer of this form.
    pub fn new(form: AscForm) -> Self {
        Self { form, last: SimTime::ZERO }
    }

    /// Appends the lines in front of the records. The date is always 1970.
    pub fn header(&self, out: &mut Vec<u8>) {
        let base = match self.form.base {
            AscBase::Hex => "hex",
            AscBase::Dec => "dec",
        };
        let stamps = match self.form.stamps {
            Stamps::Absolute => "absolute",
            Stamps::Relative => "relative",
        };
        let header = format!(
            "date {DATE}\nbase {base}  timestamps {stamps}\ninternal events logged\n\
             Begin Triggerblock {DATE}\n   0.000000 Start of measurement\n"
        );
        out.extend_from_slice(header.as_bytes());
    }

    /// Appends the record's line. Stamps are cut to whole microseconds; an earlier one in a relative
    /// log becomes that of the record before. A record without direction counts as received.
    ///
    /// # Errors
    /// If the channel is no number.
    pub fn record(&mut self, record: &LogRecord, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        let channel = decimal(record.channel.as_bytes())
            .ok_or_else(|| ChannelError { channel: record.channel.clone() })?;
        let micros = SimTime::from_micros(record.at.as_nanos() / 1_000);
        let stamp = match self.form.stamps {
            Stamps::Absolute => micros,
            Stamps::Relative => micros.since(self.last),
        };
        self.last = self.last.max(micros);
        let direction = match record.direction {
            Some(FrameDirection::Tx) => "Tx",
            Some(FrameDirection::Rx) | None => "Rx",
        };
        let rest = match &record.frame {
            CanFrame::Data(frame) if frame.fd_flags().is_some() => {
                self.fd(frame, channel, direction)
            }
            CanFrame::Data(frame) => {
                let (id, dlc) = (self.identifier(frame.id()), self.number(frame.dlc()));
                format!("{channel}  {id:<15} {direction:<4} d {dlc}{}", self.data(frame.data()))
            }
            CanFrame::Remote(frame) => {
                let (id, dlc) = (self.identifier(frame.id()), self.number(frame.dlc()));
                format!("{channel}  {id:<15} {direction:<4} r {dlc}")
            }
            CanFrame::Error(_) => format!("{channel}  ErrorFrame"),
        };
        out.extend_from_slice(format!("{:>11} {rest}\n", seconds_text(stamp)).as_bytes());
        Ok(())
    }

    /// Appends the line behind the records.
    pub fn footer(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"End TriggerBlock\n");
    }

    fn fd(&self, frame: &DataFrame, channel: u32, direction: &str) -> String {
        let flags = frame.fd_flags().unwrap_or_default();
        let columns = flag::FD
            | if flags.bit_rate_switch { flag::BRS } else { 0 }
            | if flags.error_state { flag::ESI } else { 0 };
        format!(
            "CANFD {channel:>3} {direction:<4} {:>9}  {} {} {:x} {:>2}{} 0 0 {columns:X} 0 0 0 0 0",
            self.identifier(frame.id()),
            u8::from(flags.bit_rate_switch),
            u8::from(flags.error_state),
            frame.dlc(),
            frame.data().len(),
            self.data(frame.data()),
        )
    }

    fn identifier(&self, id: CanId) -> String {
        let mark = if id.is_extended() { "x" } else { "" };
        match self.form.base {
            AscBase::Hex => format!("{:X}{mark}", id.number()),
            AscBase::Dec => format!("{}{mark}", id.number()),
        }
    }

    fn number(&self, value: u8) -> String {
        match self.form.base {
            AscBase::Hex => format!("{value:x}"),
            AscBase::Dec => value.to_string(),
        }
    }

    fn data(&self, bytes: &[u8]) -> String {
        let byte = |byte: &u8| match self.form.base {
            AscBase::Hex => format!(" {byte:02X}"),
            AscBase::Dec => format!(" {byte}"),
        };
        bytes.iter().map(byte).collect()
    }
}
