//! What an adapter says to its host.

use super::{BELL, CARRIAGE_RETURN, STAMP_MODULO_MS, frame_text};
use crate::can::frame::CanFrame;
use crate::digits::{append_hex, hex};

/// The status flags of `F`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlcanStatus(u8);

impl SlcanStatus {
    /// Frames from the bus were lost for want of room.
    pub const RX_FULL: Self = Self(1 << 0);
    /// A frame to the bus was lost for want of room.
    pub const TX_FULL: Self = Self(1 << 1);
    /// An error counter passed the warning level.
    pub const WARNING: Self = Self(1 << 2);
    /// The controller overran.
    pub const OVERRUN: Self = Self(1 << 3);
    /// The controller is error passive.
    pub const PASSIVE: Self = Self(1 << 5);
    /// Arbitration was lost.
    pub const ARBITRATION_LOST: Self = Self(1 << 6);
    /// Some error on the bus.
    pub const BUS_ERROR: Self = Self(1 << 7);

    /// From the byte that travels; bit 4 has no name.
    pub fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// The byte that travels.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// These flags and those.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// One answer or report from adapter to host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlcanReply {
    /// CR alone: done.
    Done,
    /// BEL: not a command, or not now.
    Refused,
    /// `z` or `Z`: the frame was accepted for sending.
    Sent {
        /// With 29 bits.
        extended: bool,
    },
    /// A frame from the bus.
    Frame {
        /// The frame.
        frame: CanFrame,
        /// When, in milliseconds modulo 60,000, if stamps are on.
        stamp_ms: Option<u16>,
    },
    /// `F`: the flags.
    Status(SlcanStatus),
    /// `V`: four digits, hardware and software version.
    Version([u8; 4]),
    /// `N`: four characters.
    Serial([u8; 4]),
}

impl SlcanReply {
    /// What a line says, without its carriage return. `None` when it is no reply.
    pub fn parse(line: &[u8]) -> Option<Self> {
        Some(match line {
            b"" => Self::Done,
            b"z" => Self::Sent { extended: false },
            b"Z" => Self::Sent { extended: true },
            &[b'F', high, low] => {
                Self::Status(SlcanStatus::from_bits(u8::try_from(hex(&[high, low])?).ok()?))
            }
            &[b'V', a, b, c, d] => Self::Version([a, b, c, d]),
            &[b'N', a, b, c, d] => Self::Serial([a, b, c, d]),
            _ => {
                let (frame, stamp) = frame_text::parse(line)?;
                let stamp_ms = match stamp {
                    [] => None,
                    [_, _, _, _] => Some(
                        u16::try_from(hex(stamp)?)
                            .ok()
                            .filter(|&ms| u64::from(ms) < STAMP_MODULO_MS)?,
                    ),
                    _ => return None,
                };
                Self::Frame { frame, stamp_ms }
            }
        })
    }

    /// Appends the reply, terminator included; `false`, and nothing, for an error frame. A stamp beyond
    /// 59,999 starts over.
    pub fn append(&self, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Done => {}
            Self::Refused => {
                out.push(BELL);
                return true;
            }
            Self::Sent { extended } => out.push(if *extended { b'Z' } else { b'z' }),
            Self::Frame { frame, stamp_ms } => {
                if !frame_text::append(frame, out) {
                    return false;
                }
                if let Some(stamp) = stamp_ms {
                    append_hex((u64::from(*stamp) % STAMP_MODULO_MS) as u32, 4, out);
                }
            }
            Self::Status(status) => {
                out.push(b'F');
                append_hex(status.bits().into(), 2, out);
            }
            Self::Version(text) => out.extend(std::iter::once(b'V').chain(*text)),
            Self::Serial(text) => out.extend(std::iter::once(b'N').chain(*text)),
        }
        out.push(CARRIAGE_RETURN);
        true
    }
}
