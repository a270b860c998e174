//! HEX frames: `:`, a command of one digit, bytes of two digits, a check, and a line feed.
//!
//! Command, bytes and check add up to 0x55. Numbers are little-endian. A device answers a frame that it
//! cannot read with [`HexResponse::Error`] and 0xAAAA.

use crate::digits::{append_hex, append_hex_bytes, hex, hex_bytes};

/// Command, bytes and check add up to this.
const CHECK_SUM: u8 = 0x55;
/// What a device sends with an error when it could not read a frame.
pub const FRAMING_ERROR: u16 = 0xAAAA;
/// Repeated five times behind the command that enters the boot loader.
const BOOT_KEY: [u8; 2] = [0x51, 0xFA];

/// Flag of an answer: there is no such register.
pub const FLAG_UNKNOWN: u8 = 0x01;
/// Flag of an answer: the register cannot do that (from memory of Victron's description).
pub const FLAG_UNSUPPORTED: u8 = 0x02;
/// Flag of an answer: the value is out of range (from memory of Victron's description).
pub const FLAG_PARAMETER: u8 = 0x04;

/// A frame whose check is right, its meaning not yet looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexFrame {
    command: u8,
    length: u8,
    data: [u8; Self::MAX_DATA],
}

impl HexFrame {
    /// Most bytes behind the command.
    pub const MAX_DATA: usize = 34;
    /// Most digits between colon and line feed: command, bytes, check.
    pub(super) const MAX_DIGITS: usize = 1 + 2 * Self::MAX_DATA + 2;

    /// A frame; `None` when the command has more than four bits or the data is too long.
    pub fn new(command: u8, data: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX_DATA];
        bytes.get_mut(..data.len())?.copy_from_slice(data);
        (command < 16).then_some(Self { command, length: data.len() as u8, data: bytes })
    }

    /// The command, 0 … 15.
    pub fn command(&self) -> u8 {
        self.command
    }

    /// The bytes behind it.
    pub fn data(&self) -> &[u8] {
        &self.data[..usize::from(self.length)]
    }

    /// A frame from the digits between colon and line feed; `None` when they are none or the check is
    /// wrong. A carriage return at the end is tolerated.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        let digits = digits.strip_suffix(b"\r").unwrap_or(digits);
        let (command, rest) = digits.split_first()?;
        let command = hex(&[*command])? as u8;
        let mut bytes = [0; Self::MAX_DATA + 1];
        let length = hex_bytes(rest, &mut bytes)?;
        let (_, data) = bytes[..length].split_last()?;
        let sum = bytes[..length].iter().fold(command, |sum, &byte| sum.wrapping_add(byte));
        (sum == CHECK_SUM).then(|| Self::new(command, data)).flatten()
    }

    /// Appends the frame, colon and line feed included.
    pub fn append(&self, out: &mut Vec<u8>) {
        let sum = self.data().iter().fold(self.command, |sum, &byte| sum.wrapping_add(byte));
        out.push(b':');
        append_hex(self.command.into(), 1, out);
        append_hex_bytes(self.data(), out);
        append_hex(CHECK_SUM.wrapping_sub(sum).into(), 2, out);
        out.push(b'\n');
    }
}

/// The bytes of a register, at most what fits a frame behind identifier and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterValue {
    length: u8,
    bytes: [u8; Self::MAX_BYTES],
}

impl RegisterValue {
    /// Most bytes.
    pub const MAX_BYTES: usize = HexFrame::MAX_DATA - 3;

    /// These bytes; `None` when they are too many.
    pub fn new(value: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::MAX_BYTES];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { length: value.len() as u8, bytes })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

mod command {
    pub const ENTER_BOOT: u8 = 0x0;
    pub const PING: u8 = 0x1;
    pub const APP_VERSION: u8 = 0x3;
    pub const PRODUCT_ID: u8 = 0x4;
    pub const RESTART: u8 = 0x6;
    pub const GET: u8 = 0x7;
    pub const SET: u8 = 0x8;
    pub const ASYNC: u8 = 0xA;

    pub const DONE: u8 = 0x1;
    pub const UNKNOWN: u8 = 0x3;
    pub const ERROR: u8 = 0x4;
    pub const PONG: u8 = 0x5;
}

/// What is asked of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexRequest {
    /// Enter the boot loader.
    EnterBoot,
    /// Are you there; answered [`HexResponse::Ping`].
    Ping,
    /// Version of the firmware; answered [`HexResponse::Done`].
    AppVersion,
    /// Product; answered [`HexResponse::Done`].
    ProductId,
    /// Restart, without an answer.
    Restart,
    /// Read a register.
    Get {
        /// Which.
        register: u16,
    },
    /// Write a register. Some are kept in memory that wears out.
    Set {
        /// Which.
        register: u16,
        /// What.
        value: RegisterValue,
    },
}

impl HexRequest {
    /// The frame that asks this.
    pub fn encode(&self) -> HexFrame {
        match self {
            Self::EnterBoot => frame(command::ENTER_BOOT, &[&BOOT_KEY.repeat(5)]),
            Self::Ping => frame(command::PING, &[]),
            Self::AppVersion => frame(command::APP_VERSION, &[]),
            Self::ProductId => frame(command::PRODUCT_ID, &[]),
            Self::Restart => frame(command::RESTART, &[]),
            Self::Get { register } => frame(command::GET, &[&register.to_le_bytes(), &[0]]),
            Self::Set { register, value } => {
                frame(command::SET, &[&register.to_le_bytes(), &[0], value.bytes()])
            }
        }
    }

    /// What a frame asks; `None` when it is no request.
    pub fn decode(frame: &HexFrame) -> Option<Self> {
        Some(match (frame.command(), frame.data()) {
            (command::ENTER_BOOT, key) if key == BOOT_KEY.repeat(5) => Self::EnterBoot,
            (command::PING, []) => Self::Ping,
            (command::APP_VERSION, []) => Self::AppVersion,
            (command::PRODUCT_ID, []) => Self::ProductId,
            (command::RESTART, []) => Self::Restart,
            (command::GET, &[low, high, 0]) => {
                Self::Get { register: u16::from_le_bytes([low, high]) }
            }
            (command::SET, &[low, high, 0, ref value @ ..]) => Self::Set {
                register: u16::from_le_bytes([low, high]),
                value: RegisterValue::new(value)?,
            },
            _ => return None,
        })
    }
}

/// What a device says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexResponse {
    /// Done; what was asked for, if anything.
    Done(RegisterValue),
    /// The command is unknown; what the device says of it.
    Unknown(RegisterValue),
    /// Something is wrong: [`FRAMING_ERROR`] or another code.
    Error(u16),
    /// Here; version of the firmware.
    Ping(u16),
    /// The value of a register.
    Get(RegisterReport),
    /// What a register holds after it was written.
    Set(RegisterReport),
    /// A register changed, or is reported unasked.
    Async(RegisterReport),
}

/// A register in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegisterReport {
    /// Which.
    pub register: u16,
    /// Zero, or [`FLAG_UNKNOWN`], [`FLAG_UNSUPPORTED`], [`FLAG_PARAMETER`].
    pub flags: u8,
    /// Its bytes; empty where a flag is set.
    pub value: RegisterValue,
}

impl RegisterReport {
    fn decode(data: &[u8]) -> Option<Self> {
        let (&[low, high, flags], value) = data.split_first_chunk()?;
        let register = u16::from_le_bytes([low, high]);
        Some(Self { register, flags, value: RegisterValue::new(value)? })
    }

    fn frame(&self, command: u8) -> HexFrame {
        frame(command, &[&self.register.to_le_bytes(), &[self.flags], self.value.bytes()])
    }
}

impl HexResponse {
    /// The frame that says this.
    pub fn encode(&self) -> HexFrame {
        match self {
            Self::Done(value) => frame(command::DONE, &[value.bytes()]),
            Self::Unknown(value) => frame(command::UNKNOWN, &[value.bytes()]),
            Self::Error(code) => frame(command::ERROR, &[&code.to_le_bytes()]),
            Self::Ping(version) => frame(command::PONG, &[&version.to_le_bytes()]),
            Self::Get(report) => report.frame(command::GET),
            Self::Set(report) => report.frame(command::SET),
            Self::Async(report) => report.frame(command::ASYNC),
        }
    }

    /// What a frame says; `None` when it is no answer.
    pub fn decode(frame: &HexFrame) -> Option<Self> {
        Some(match (frame.command(), frame.data()) {
            (command::DONE, value) => Self::Done(RegisterValue::new(value)?),
            (command::UNKNOWN, value) => Self::Unknown(RegisterValue::new(value)?),
            (command::ERROR, &[low, high]) => Self::Error(u16::from_le_bytes([low, high])),
            (command::PONG, &[low, high]) => Self::Ping(u16::from_le_bytes([low, high])),
            (command::GET, data) => Self::Get(RegisterReport::decode(data)?),
            (command::SET, data) => Self::Set(RegisterReport::decode(data)?),
            (command::ASYNC, data) => Self::Async(RegisterReport::decode(data)?),
            _ => return None,
        })
    }
}

fn frame(command: u8, parts: &[&[u8]]) -> HexFrame {
    HexFrame::new(command, &parts.concat()).expect("a value leaves room for register and flags")
}
