//! What a host says to an adapter.

use super::{CARRIAGE_RETURN, frame_text};
use crate::can::frame::CanFrame;
use crate::digits::{append_hex, hex};

/// The bit rates that have a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitRate(u8);

/// Bit/s behind `S0` … `S8`.
const RATES: [u32; 9] =
    [10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000];

impl BitRate {
    /// The rate of exactly so many bit/s; `None` when it has no number.
    pub fn new(bits_per_second: u32) -> Option<Self> {
        let code = RATES.iter().position(|&rate| rate == bits_per_second)?;
        Some(Self(code as u8))
    }

    /// In bit/s.
    pub fn bits_per_second(self) -> u32 {
        RATES[usize::from(self.0)]
    }
}

/// One line from host to adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlcanCommand {
    /// `S`: the bit rate.
    BitRate(BitRate),
    /// `s`: the bit timing registers of an SJA1000 at 8 MHz.
    BitTiming {
        /// BTR0.
        btr0: u8,
        /// BTR1.
        btr1: u8,
    },
    /// `O`: take part in the bus.
    Open,
    /// `L`: listen only.
    Listen,
    /// `C`: leave the bus.
    Close,
    /// `Z`: whether received frames carry a time stamp.
    Stamps(bool),
    /// `t`, `T`, `r`, `R`, `d`, `D`, `b`, `B`: send this frame. An error frame has no form.
    Send(CanFrame),
    /// `F`: read and clear the status flags.
    Status,
    /// `V`: version.
    Version,
    /// `N`: serial number.
    Serial,
}

impl SlcanCommand {
    /// What a line says, without its carriage return. `None` when it is no command.
    pub fn parse(line: &[u8]) -> Option<Self> {
        Some(match line {
            b"O" => Self::Open,
            b"L" => Self::Listen,
            b"C" => Self::Close,
            b"F" => Self::Status,
            b"V" => Self::Version,
            b"N" => Self::Serial,
            b"Z0" => Self::Stamps(false),
            b"Z1" => Self::Stamps(true),
            &[b'S', code @ b'0'..=b'8'] => Self::BitRate(BitRate(code - b'0')),
            [b's', registers @ ..] if registers.len() == 4 => {
                let [.., btr0, btr1] = hex(registers)?.to_be_bytes();
                Self::BitTiming { btr0, btr1 }
            }
            _ => match frame_text::parse(line)? {
                (frame, []) => Self::Send(frame),
                _ => return None,
            },
        })
    }

    /// Appends the command's line, carriage return included; `false`, and nothing, for an error frame.
    pub fn append(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::BitRate(rate) => out.extend([b'S', b'0' + rate.0]),
            Self::BitTiming { btr0, btr1 } => {
                out.push(b's');
                append_hex(u16::from_be_bytes([*btr0, *btr1]).into(), 4, out);
            }
            Self::Open => out.push(b'O'),
            Self::Listen => out.push(b'L'),
            Self::Close => out.push(b'C'),
            Self::Stamps(on) => out.extend([b'Z', b'0' + u8::from(*on)]),
            Self::Send(frame) => {
                if !frame_text::append(frame, out) {
                    return false;
                }
            }
            Self::Status => out.push(b'F'),
            Self::Version => out.push(b'V'),
            Self::Serial => out.push(b'N'),
        }
        out.push(CARRIAGE_RETURN);
        true
    }
}
