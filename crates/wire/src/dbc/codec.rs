//! Whole messages: from physical values to bytes and back.

use thiserror::Error;

use super::database::Message;
use super::signal::{DbcSignal, OutOfRange, Raw, SignalRangeError, ValueKind};
use crate::can::{CanFrame, DataFrame, FdFlags, Payload};

/// One signal of a received message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalReading<'a> {
    /// Its index in the message.
    pub index: usize,
    /// The signal.
    pub signal: &'a DbcSignal,
    /// The number that travelled.
    pub raw: Raw,
    /// In the signal's unit.
    pub physical: f64,
}

/// A frame that cannot be the message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("message `{message}` has {wanted} bytes, {found} came")]
pub struct DecodeError {
    /// Its name.
    pub message: String,
    /// Its length.
    pub wanted: usize,
    /// What came.
    pub found: usize,
}

/// Values that cannot be a message.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("message `{message}`: {kind}")]
pub struct EncodeError {
    /// Its name.
    pub message: String,
    /// What is wrong.
    pub kind: EncodeErrorKind,
}

/// What is wrong with values.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum EncodeErrorKind {
    /// A signal cannot carry its value.
    #[error(transparent)]
    Range(#[from] SignalRangeError),
    /// A value for a signal that the switches leave out.
    #[error("signal `{signal}` is not present with these values of its switches")]
    NotSelected {
        /// Its name.
        signal: String,
    },
    /// An index that no signal has.
    #[error("it has no signal number {index}")]
    NoSuchSignal {
        /// The index.
        index: usize,
    },
}

/// A message ready to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Its bytes.
    pub payload: Payload,
    /// Signals whose value had to be saturated, by index.
    pub saturated: Vec<usize>,
}

impl Message {
    /// Every signal that is present in these bytes, in the order of the file. Bytes beyond the
    /// message's length are ignored, as receivers do.
    ///
    /// # Errors
    /// If there are fewer bytes than the message has.
    pub fn decode<'a>(&'a self, data: &[u8]) -> Result<Vec<SignalReading<'a>>, DecodeError> {
        if data.len() < self.length {
            let (message, wanted, found) = (self.name.clone(), self.length, data.len());
            return Err(DecodeError { message, wanted, found });
        }
        let present = (0..).zip(&self.signals).filter(|(_, signal)| self.is_present(signal, data));
        let reading = |(index, signal): (usize, &'a DbcSignal)| {
            let raw = signal.read_raw(data);
            SignalReading { index, signal, raw, physical: signal.physical(raw) }
        };
        Ok(present.map(reading).collect())
    }

    /// Bytes that carry these values, by index of the signal; the later of two for one signal holds.
    /// Signals without a value get their start value, or zero.
    ///
    /// # Errors
    /// If a signal does not exist, is not selected by the switches, or cannot carry its value.
    pub fn encode(
        &self,
        values: &[(usize, f64)],
        policy: OutOfRange,
    ) -> Result<Encoded, EncodeError> {
        self.encode_all(values, policy)
            .map_err(|kind| EncodeError { message: self.name.clone(), kind })
    }

    /// The frame that carries these bytes: classic or FD as the file says, FD without bit rate switch.
    /// `None` when the payload has a length that such a frame cannot have.
    pub fn frame(&self, payload: &Payload) -> Option<CanFrame> {
        let frame = if self.is_fd {
            DataFrame::fd(self.id, payload.bytes(), FdFlags::default())
        } else {
            DataFrame::classic(self.id, payload.bytes())
        };
        frame.map(CanFrame::from)
    }

    /// Whether the switches in these bytes select the signal. Switches of switches count too.
    pub fn is_present(&self, signal: &DbcSignal, data: &[u8]) -> bool {
        let mut signal = signal;
        // The file's rings of switches were refused: this ends.
        while let Some(selection) = &signal.selection {
            let Some(switch) = self.signals.get(selection.switch) else { return false };
            let counts = switch.span.extract(data);
            if !selection.ranges.iter().any(|&(first, last)| (first..=last).contains(&counts)) {
                return false;
            }
            signal = switch;
        }
        true
    }

    fn encode_all(
        &self,
        values: &[(usize, f64)],
        policy: OutOfRange,
    ) -> Result<Encoded, EncodeErrorKind> {
        if let Some(&(index, _)) = values.iter().find(|(index, _)| *index >= self.signals.len()) {
            return Err(EncodeErrorKind::NoSuchSignal { index });
        }
        let mut payload =
            Payload::zeroed(self.length).expect("a message is no longer than the longest frame");
        let mut saturated = Vec::new();
        for &index in &self.order {
            let signal = &self.signals[index];
            let given = values.iter().rfind(|(wanted, _)| *wanted == index).map(|&(_, v)| v);
            if !self.is_present(signal, payload.bytes()) {
                match given {
                    Some(_) => {
                        return Err(EncodeErrorKind::NotSelected { signal: signal.name.clone() });
                    }
                    None => continue,
                }
            }
            let raw = match given {
                Some(value) => {
                    let (raw, clamped) = signal.counts(value, policy)?;
                    if clamped {
                        saturated.push(index);
                    }
                    raw
                }
                None => match signal.start_raw() {
                    Some(raw) => raw,
                    None => continue,
                },
            };
            signal.write_raw(raw, payload.bytes_mut());
        }
        saturated.sort_unstable();
        Ok(Encoded { payload, saturated })
    }
}

impl DbcSignal {
    /// The start value as it travels. Conversions saturate.
    fn start_raw(&self) -> Option<Raw> {
        let counts = self.start_counts?;
        Some(match self.kind {
            ValueKind::Unsigned => Raw::Unsigned(counts as u64),
            ValueKind::Signed => Raw::Signed(counts as i64),
            ValueKind::Float16 | ValueKind::Float32 | ValueKind::Float64 => Raw::Float(counts),
        })
    }
}
