//! One signal: between physical values and counts.
//!
//! physical = counts × factor + offset. Towards counts the nearest one is taken, the even one of two
//! (as Python's `round` does, and so cantools). A declared range limits what may be sent; it does not
//! limit what is read.

use thiserror::Error;

pub use super::bits::ByteOrder;
use super::bits::Span;
use super::half;

/// How the bits of a signal are a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// From 0 up.
    Unsigned,
    /// Two's complement.
    Signed,
    /// IEEE 754, 16 bits.
    Float16,
    /// IEEE 754, 32 bits.
    Float32,
    /// IEEE 754, 64 bits.
    Float64,
}

impl ValueKind {
    /// Whether it has numbers between the whole ones.
    pub const fn is_floating(self) -> bool {
        matches!(self, Self::Float16 | Self::Float32 | Self::Float64)
    }
}

/// A number as it travels, exact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw {
    /// Of an unsigned signal.
    Unsigned(u64),
    /// Of a signed signal.
    Signed(i64),
    /// Of a floating one.
    Float(f64),
}

impl Raw {
    /// The nearest `f64`.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Unsigned(counts) => counts as f64,
            Self::Signed(counts) => counts as f64,
            Self::Float(value) => value,
        }
    }

    /// The whole number that it is, if it is one.
    pub fn as_integer(self) -> Option<i128> {
        match self {
            Self::Unsigned(counts) => Some(counts.into()),
            Self::Signed(counts) => Some(counts.into()),
            Self::Float(value) if value.trunc() == value && value.abs() < TWO_POW_64 => {
                Some(value as i128)
            }
            Self::Float(_) => None,
        }
    }
}

const TWO_POW_64: f64 = 18_446_744_073_709_551_616.0;

/// What to do with a value that the signal cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfRange {
    /// It is an error.
    Refuse,
    /// The nearest value that it can carry goes instead. Not-a-number is still an error where the
    /// signal has none.
    Saturate,
}

/// A value that a signal cannot carry.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("signal `{signal}` cannot be {value}: {}", limits(.minimum, .maximum))]
pub struct SignalRangeError {
    /// Its name.
    pub signal: String,
    /// The physical value.
    pub value: f64,
    /// Least physical value that it can carry.
    pub minimum: f64,
    /// Greatest.
    pub maximum: f64,
}

fn limits(minimum: &f64, maximum: &f64) -> String {
    format!("it takes numbers from {minimum} to {maximum}")
}

/// A name for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueName {
    /// In counts.
    pub value: i128,
    /// What it means.
    pub name: String,
}

/// When a multiplexed signal is present.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiplexSelection {
    /// Index of the switch among the message's signals.
    pub switch: usize,
    /// The switch's counts, first and last of each range.
    pub ranges: Vec<(u64, u64)>,
}

/// A signal of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct DbcSignal {
    /// Its name, unique in its message.
    pub name: String,
    pub(super) span: Span,
    /// How its bits are a number.
    pub kind: ValueKind,
    /// Physical value of one count, not 0.
    pub factor: f64,
    /// Physical value of zero counts.
    pub offset: f64,
    /// Least and greatest physical value, where the file declares a range.
    pub range: Option<(f64, f64)>,
    /// Its unit, as written.
    pub unit: String,
    /// Nodes that receive it.
    pub receivers: Vec<String>,
    /// It is a multiplexor switch.
    pub is_switch: bool,
    /// When it is present; `None` is always.
    pub selection: Option<MultiplexSelection>,
    /// Names of values, in the order of the file.
    pub values: Vec<ValueName>,
    /// What it holds before anything is known, in counts (attribute `GenSigStartValue`).
    pub start_counts: Option<f64>,
    /// Its comment.
    pub comment: Option<String>,
    /// Where it stands in the file.
    pub line: u32,
}

impl DbcSignal {
    /// Start bit, as the file says it: of the least significant bit of a little-endian signal, of the
    /// most significant bit of a big-endian one.
    pub fn start_bit(&self) -> u32 {
        self.span.start
    }

    /// Length in bits, 1 … 64.
    pub fn length_bits(&self) -> u32 {
        self.span.length
    }

    /// Order of its bytes.
    pub fn byte_order(&self) -> ByteOrder {
        self.span.order
    }

    /// The number that stands in `data`; bytes beyond its end count as zero.
    pub fn read_raw(&self, data: &[u8]) -> Raw {
        let bits = self.span.extract(data);
        match self.kind {
            ValueKind::Unsigned => Raw::Unsigned(bits),
            ValueKind::Signed => {
                let unused = 64 - self.span.length;
                Raw::Signed((bits << unused) as i64 >> unused)
            }
            ValueKind::Float16 => Raw::Float(half::decode(bits as u16)),
            ValueKind::Float32 => Raw::Float(f32::from_bits(bits as u32).into()),
            ValueKind::Float64 => Raw::Float(f64::from_bits(bits)),
        }
    }

    /// Writes a number, as what the signal is; bits that it does not have are cut off.
    pub fn write_raw(&self, raw: Raw, data: &mut [u8]) {
        let bits = match (self.kind, raw) {
            (ValueKind::Float16, raw) => half::encode(raw.as_f64()).into(),
            (ValueKind::Float32, raw) => (raw.as_f64() as f32).to_bits().into(),
            (ValueKind::Float64, raw) => raw.as_f64().to_bits(),
            (_, Raw::Unsigned(counts)) => counts,
            (_, Raw::Signed(counts)) => counts as u64,
            (_, Raw::Float(value)) => value as i128 as u64,
        };
        self.span.insert(bits, data);
    }

    /// The physical value of a number that travelled.
    pub fn physical(&self, raw: Raw) -> f64 {
        raw.as_f64() * self.factor + self.offset
    }

    /// The number that carries a physical value, and whether it had to be saturated.
    ///
    /// # Errors
    /// If the value is out of range and `policy` refuses that, or is not a number and the signal has
    /// no such thing.
    pub fn counts(&self, value: f64, policy: OutOfRange) -> Result<(Raw, bool), SignalRangeError> {
        let exact = (value - self.offset) / self.factor;
        let (low, high) = self.raw_limits();
        let (raw, inside) = match self.kind {
            // A floating signal says "no value" so, and without a range it reaches infinity.
            kind if kind.is_floating()
                && (value.is_nan() || value.is_infinite() && self.range.is_none()) =>
            {
                (Raw::Float(exact), true)
            }
            kind if kind.is_floating() => {
                (Raw::Float(exact.clamp(low, high)), (low..=high).contains(&exact))
            }
            _ if value.is_nan() => return Err(self.range_error(value)),
            _ => {
                let rounded = exact.round_ties_even();
                let nearest = rounded.clamp(low, high);
                // Conversions saturate, so 2⁶⁴ becomes the greatest number of 64 bits.
                let raw = if self.kind == ValueKind::Signed {
                    Raw::Signed(nearest as i64)
                } else {
                    Raw::Unsigned(nearest as u64)
                };
                (raw, (low..=high).contains(&rounded) && rounded < self.first_beyond())
            }
        };
        if inside || policy == OutOfRange::Saturate {
            Ok((raw, !inside))
        } else {
            Err(self.range_error(value))
        }
    }

    /// The name of a number, if the file has one.
    pub fn value_name(&self, raw: Raw) -> Option<&str> {
        let value = raw.as_integer()?;
        self.values.iter().find(|named| named.value == value).map(|named| &*named.name)
    }

    /// The number with this name; of several, the first.
    pub fn value_named(&self, name: &str) -> Option<i128> {
        self.values.iter().find(|named| named.name == name).map(|named| named.value)
    }

    /// Least and greatest number that may travel: what the bits can hold, cut to the declared range.
    /// A limit of the range counts as the count that it rounds to.
    fn raw_limits(&self) -> (f64, f64) {
        let beyond = self.first_beyond();
        // Beyond 53 bits the subtraction changes nothing; the conversion to counts saturates there.
        let (low, high) = match self.kind {
            ValueKind::Unsigned => (0.0, beyond - 1.0),
            ValueKind::Signed => (-beyond, beyond - 1.0),
            ValueKind::Float16 => (-half::MAX, half::MAX),
            ValueKind::Float32 => (f32::MIN.into(), f32::MAX.into()),
            ValueKind::Float64 => (f64::MIN, f64::MAX),
        };
        let Some((minimum, maximum)) = self.range else { return (low, high) };
        let counts = |value: f64| {
            let exact = (value - self.offset) / self.factor;
            if self.kind.is_floating() { exact } else { exact.round_ties_even() }
        };
        let (a, b) = (counts(minimum), counts(maximum));
        let (from, to) = (a.min(b).max(low), a.max(b).min(high));
        // A range that the bits cannot reach at all leaves the bits.
        if from <= to { (from, to) } else { (low, high) }
    }

    /// The first whole number above what the bits can hold.
    fn first_beyond(&self) -> f64 {
        let bits = match self.kind {
            ValueKind::Signed => self.span.length - 1,
            _ => self.span.length,
        };
        (1u128 << bits) as f64
    }

    fn range_error(&self, value: f64) -> SignalRangeError {
        let (low, high) = self.raw_limits();
        let (a, b) = (low * self.factor + self.offset, high * self.factor + self.offset);
        let signal = self.name.clone();
        SignalRangeError { signal, value, minimum: a.min(b), maximum: a.max(b) }
    }
}
