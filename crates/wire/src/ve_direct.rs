//! VE.Direct: the serial port of Victron's devices, 19200 baud, 8N1, no handshake.
//!
//! A device repeats a text [`Block`] about every second; the sum of all its bytes is zero. Between the
//! bytes of a block may stand HEX frames, which answer requests or report changes. [`VeDirectReader`] takes both
//! apart; [`Sender`] and [`Listener`] are a device's own ends of the line. [`hex`] says what a HEX frame
//! means, [`phoenix`] what a Phoenix inverter has to say.
//!
//! Sources: Victron's "VE.Direct Protocol" and "VE.Direct Protocol – Phoenix Inverters", and the readers
//! of OpenDTU-OnBattery and NUT. Left out: firmware updates beyond the frame that asks for one.

mod block;
/// HEX frames: requests, answers, and values that come unasked.
pub mod hex;
mod listener;
/// Fields and registers of a Phoenix inverter.
pub mod phoenix;
mod reader;
mod sender;

pub use block::{Block, Field, FieldError};
pub use listener::{Heard, Listener, ListenerCounters};
pub use reader::{ReaderCounters, VeDirectEvent, VeDirectReader};
pub use sender::Sender;

use blackstart_units::SimTime;

/// Bit/s on the line.
pub const BAUD: u32 = 19_200;
/// Most characters of a label.
pub const MAX_LABEL: usize = 8;
/// Most characters of a value (33 with the terminator of Victron's own reader).
pub const MAX_VALUE: usize = 32;
/// Most fields of a block that is kept; Victron's devices send fewer than 30.
pub const MAX_FIELDS: usize = 64;
/// A reader that waits this long inside a block starts over (OpenDTU-OnBattery).
pub const BYTE_GAP: SimTime = SimTime::from_millis(500);
/// What a reader shows is old after this time without a block (OpenDTU-OnBattery).
pub const STALE_AFTER: SimTime = SimTime::from_whole_seconds(10);
/// How often a device sends a block: about a second, from memory of Victron's description.
pub const BLOCK_PERIOD: SimTime = SimTime::from_whole_seconds(1);
