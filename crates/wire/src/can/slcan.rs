//! SLCAN: CAN adapters that are spoken to in lines of ASCII text, ended by a carriage return.
//!
//! The protocol is Lawicel's (CAN232 and CANUSB manuals). [`SlcanCommand`] is what a host says, [`SlcanReply`]
//! what an adapter says; [`SlcanHost`] and [`Adapter`] are the two ends.
//!
//! | command | meaning | answer |
//! |---|---|---|
//! | `Sn` | bit rate 10, 20, 50, 100, 125, 250, 500, 800 kbit/s, 1 Mbit/s | CR, while closed |
//! | `sxxyy` | bit timing registers BTR0, BTR1 | CR, while closed |
//! | `O`, `L`, `C` | open, open listen-only, close | CR |
//! | `tiiildd…`, `Tiiiiiiiildd…` | send a classic frame, 11 or 29 bits | `z` or `Z` CR |
//! | `riiil`, `Riiiiiiiil` | send a remote frame | `z` or `Z` CR |
//! | `d`, `D`, `b`, `B` | send an FD frame, without or with bit rate switch | `z` or `Z` CR |
//! | `Z0`, `Z1` | time stamps off, on | CR, while closed |
//! | `F`, `V`, `N` | status flags, version, serial number | themselves, CR |
//!
//! What is wrong, or not possible in the present state, is answered BEL. FD is not Lawicel's: `d` and
//! `b` take the data length code as one hexadecimal digit 0 … F, as the CANable 2.0 firmware does.
//! Left out: acceptance filters (`M`, `m`) and polling (`P`, `A`, `X`), which are answered BEL; the data
//! rate of FD, for which adapters do not agree on a command; error frames, for which there is no line.

mod adapter;
mod command;
mod frame_text;
mod host;
mod pacing;
mod reply;

pub use adapter::{Adapter, AdapterAction, AdapterCounters, AdapterIdentity};
pub use command::{BitRate, SlcanCommand};
pub use host::{HostCounters, SlcanHost};
pub use pacing::{NoPacedLine, PacedLine, PacedLines};
pub use reply::{SlcanReply, SlcanStatus};

/// Ends a line, and alone says "done".
pub const CARRIAGE_RETURN: u8 = b'\r';
/// Says "no".
pub const BELL: u8 = 0x07;

/// Longest line: `B`, 29-bit identifier, length code, 64 bytes, time stamp.
const MAX_LINE: usize = 1 + 8 + 1 + 2 * 64 + 4;
/// Time stamps count milliseconds from 0 to 59,999 and start over.
const STAMP_MODULO_MS: u64 = 60_000;
