//! The serial port of Mean Well's NTU inverters: RS-232, 9600 8N1, lines of ASCII ended by a carriage
//! return.
//!
//! ```text
//! Q                                                            what are you doing?
//! (120 025 28.8 100 19.7 000 59.9 000 011 1000000000000000000
//! I                                                            who are you?
//! #00.0 00.0 22.0 20.0 00.0 MEANWELL NTU-1200-124
//! C100000000000000                                             output off
//! C010000000000000                                             output on
//! ```
//!
//! Source: the driver `meanwell_ntu` of Network UPS Tools at commit 6c63f7745 (facts only). Left out:
//! other orders, which that driver does not use. Nobody says what a device answers to an order, or to
//! what it does not understand: here it answers nothing.

use thiserror::Error;

use crate::line::{CompletedLine, LineBuffer};

/// Bit/s on the line.
pub const BAUD: u32 = 9_600;
/// Ends a line.
const CARRIAGE_RETURN: u8 = b'\r';
/// Longest line that is read; the longest that is known has about 70.
const MAX_LINE: usize = 120;
const SWITCH_OFF: &[u8] = b"C100000000000000";
const SWITCH_ON: &[u8] = b"C010000000000000";
const FLAGS: usize = 19;

/// What a host asks or orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NtuRequest {
    /// `Q`.
    Status,
    /// `I`.
    Identity,
    /// `C…`: the output.
    Output {
        /// On or off.
        on: bool,
    },
}

impl NtuRequest {
    /// Appends the request's line.
    pub fn append(self, out: &mut Vec<u8>) {
        out.extend_from_slice(match self {
            Self::Status => b"Q",
            Self::Identity => b"I",
            Self::Output { on: true } => SWITCH_ON,
            Self::Output { on: false } => SWITCH_OFF,
        });
        out.push(CARRIAGE_RETURN);
    }

    fn parse(line: &[u8]) -> Option<Self> {
        match line {
            b"Q" => Some(Self::Status),
            b"I" => Some(Self::Identity),
            SWITCH_ON => Some(Self::Output { on: true }),
            SWITCH_OFF => Some(Self::Output { on: false }),
            _ => None,
        }
    }
}

/// Bits of the status, by their place from the left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u32);

/// One bit of the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Flag {
    InverterMode = 0,
    BypassMode = 1,
    UtilityPresent = 2,
    ChargeFromUtility = 3,
    ChargeFromSolar = 4,
    SavingMode = 5,
    BatteryLow = 6,
    Shutdown = 7,
    BatteryOverVoltage = 8,
    RemoteShutdown = 9,
    /// Load 100 … 115 %.
    Overload100 = 10,
    /// Load 115 … 150 %.
    Overload115 = 11,
    /// Load over 150 %.
    Overload150 = 12,
    OverTemperature = 13,
    InverterUnderVoltage = 14,
    InverterOverVoltage = 15,
    Fault = 16,
    Eeprom = 17,
    SystemShutdown = 18,
}

impl Flags {
    /// These flags and this one.
    pub fn with(self, flag: Flag) -> Self {
        Self(self.0 | 1 << flag as u8)
    }

    /// Whether the flag is set.
    pub fn has(self, flag: Flag) -> bool {
        self.0 >> flag as u8 & 1 == 1
    }
}

/// What an inverter is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NtuStatus {
    /// At the output, V; only on battery, whole volts.
    pub output_v: f64,
    /// Load in coarse steps, %.
    pub load_step_pct: f64,
    /// Of the battery, V, to 0.1 V.
    pub battery_v: f64,
    /// Charge of the battery, %.
    pub battery_pct: f64,
    /// Inside, °C, to 0.1 °C.
    pub temperature_c: f64,
    /// Of the mains, V; only in bypass, whole volts.
    pub utility_v: f64,
    /// Of the output, Hz, to 0.1 Hz.
    pub frequency_hz: f64,
    /// Load, %.
    pub load_pct: f64,
    /// The bits.
    pub flags: Flags,
}

/// Who an inverter is.
#[derive(Clone, Debug, PartialEq)]
pub struct NtuIdentity {
    /// Battery voltage of the alarm, V, to 0.1 V.
    pub alarm_v: f64,
    /// Battery voltage at which it switches off, V, to 0.1 V.
    pub shutdown_v: f64,
    /// Its maker, one word.
    pub maker: String,
    /// Its model, one word.
    pub model: String,
}

/// What an inverter answers.
#[derive(Clone, Debug, PartialEq)]
pub enum NtuReply {
    /// To `Q`.
    Status(NtuStatus),
    /// To `I`.
    Identity(NtuIdentity),
}

/// A value that its columns cannot show.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{value} does not fit {columns}")]
pub struct ColumnError {
    /// The value.
    pub value: f64,
    /// What it should fit.
    pub columns: &'static str,
}

impl NtuReply {
    /// Appends the answer's line. Numbers are rounded to what their columns show.
    ///
    /// # Errors
    /// If a number is negative or too large for its columns, or a name is no single short word; then
    /// nothing is appended.
    pub fn append(&self, out: &mut Vec<u8>) -> Result<(), ColumnError> {
        let line = match self {
            Self::Status(status) => status.line()?,
            Self::Identity(identity) => identity.line()?,
        };
        out.extend_from_slice(line.as_bytes());
        out.push(CARRIAGE_RETURN);
        Ok(())
    }

    fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let mut words = text.get(1..)?.split_ascii_whitespace();
        match line.first()? {
            b'(' => {
                NtuStatus::parse(&mut words).filter(|_| words.next().is_none()).map(Self::Status)
            }
            b'#' => NtuIdentity::parse(words).map(Self::Identity),
            _ => None,
        }
    }
}

impl NtuStatus {
    fn line(&self) -> Result<String, ColumnError> {
        let flags: String =
            (0..FLAGS).map(|at| if self.flags.0 >> at & 1 == 1 { '1' } else { '0' }).collect();
        Ok(format!(
            "({} {} {} {} {} {} {} 000 {} {flags}",
            three_digits(self.output_v)?,
            three_digits(self.load_step_pct)?,
            tenths(self.battery_v)?,
            three_digits(self.battery_pct)?,
            tenths(self.temperature_c)?,
            three_digits(self.utility_v)?,
            tenths(self.frequency_hz)?,
            three_digits(self.load_pct)?,
        ))
    }

    fn parse<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut number = || column(words.next()?);
        let status = Self {
            output_v: number()?,
            load_step_pct: number()?,
            battery_v: number()?,
            battery_pct: number()?,
            temperature_c: number()?,
            utility_v: number()?,
            frequency_hz: number()?,
            load_pct: {
                number()?;
                number()?
            },
            flags: Flags::default(),
        };
        let bits = words.next().filter(|bits| bits.len() == FLAGS)?;
        let flags = bits.bytes().enumerate().try_fold(0, |flags, (at, bit)| match bit {
            b'0' => Some(flags),
            b'1' => Some(flags | 1 << at),
            _ => None,
        });
        Some(Self { flags: Flags(flags?), ..status })
    }
}

impl NtuIdentity {
    fn line(&self) -> Result<String, ColumnError> {
        let is_word = |name: &str| {
            (1..=20).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if !is_word(&self.maker) || !is_word(&self.model) {
            return Err(ColumnError { value: f64::NAN, columns: "one word of 20 characters" });
        }
        let (alarm, shutdown) = (tenths(self.alarm_v)?, tenths(self.shutdown_v)?);
        Ok(format!("#00.0 00.0 {alarm} {shutdown} 00.0 {} {}", self.maker, self.model))
    }

    /// Between maker and model there may be more words.
    fn parse<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut number = || column(words.next()?);
        let [_, _, alarm_v, shutdown_v, _] =
            [number()?, number()?, number()?, number()?, number()?];
        let maker = words.next()?.to_owned();
        let model = words.last()?.to_owned();
        Some(Self { alarm_v, shutdown_v, maker, model })
    }
}

fn three_digits(value: f64) -> Result<String, ColumnError> {
    let fits = (0.0..=999.0).contains(&value.round());
    let error = ColumnError { value, columns: "three digits" };
    fits.then(|| format!("{:03}", value.round())).ok_or(error)
}

fn tenths(value: f64) -> Result<String, ColumnError> {
    let tenths = (value * 10.0).round();
    let error = ColumnError { value, columns: "two digits and a decimal" };
    (0.0..=999.0).contains(&tenths).then(|| format!("{:04.1}", tenths / 10.0)).ok_or(error)
}

/// Digits with at most one point among them; no sign, no exponent.
fn column(word: &str) -> Option<f64> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    (digits && word.len() <= 6).then(|| word.parse().ok()).flatten()
}

/// What came over a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NtuLineCounters {
    /// Every byte.
    pub bytes: u64,
    /// Lines that were understood.
    pub accepted: u64,
    /// Lines that were not.
    pub rejected: u64,
}

/// Lines out of a stream of bytes: the device's end with [`NtuDecoder::request`], the host's with
/// [`NtuDecoder::reply`]. Holds at most one line.
#[derive(Clone, Debug, Default)]
pub struct NtuDecoder {
    line: LineBuffer<MAX_LINE>,
    counters: NtuLineCounters,
}

impl NtuDecoder {
    /// Takes the next byte of what a host sends.
    pub fn request(&mut self, byte: u8) -> Option<NtuRequest> {
        self.push(byte, NtuRequest::parse)
    }

    /// Takes the next byte of what a device sends.
    pub fn reply(&mut self, byte: u8) -> Option<NtuReply> {
        self.push(byte, NtuReply::parse)
    }

    /// What was seen so far.
    pub fn counters(&self) -> NtuLineCounters {
        self.counters
    }

    fn push<T>(&mut self, byte: u8, parse: fn(&[u8]) -> Option<T>) -> Option<T> {
        self.counters.bytes += 1;
        if byte != CARRIAGE_RETURN {
            self.line.push(byte);
            return None;
        }
        let found = match self.line.finish() {
            CompletedLine::Whole(line) => parse(line),
            CompletedLine::TooLong(_) => None,
        };
        match found {
            Some(_) => self.counters.accepted += 1,
            None => self.counters.rejected += 1,
        }
        found
    }
}
