//! The text log of Vector's tools (ASC), which python-can and most analysers read.
//!
//! ```text
//! date Thu Jan 1 00:00:00.000 1970
//! base hex  timestamps absolute
//! internal events logged
//! Begin Triggerblock Thu Jan 1 00:00:00.000 1970
//!    0.000000 Start of measurement
//!    0.010000 1  123             Rx   d 2 DE AD
//!    0.020000 1  18FEF100x       Tx   r 4
//!    0.030000 1  ErrorFrame
//!    0.040000 CANFD   1 Rx        123        1 0 9 12 00 01 … 0B  0 0 3000 0 0 0 0 0
//! End TriggerBlock
//! ```
//!
//! Identifiers, length codes and bytes are written in the base of the header; an `x` marks 29 bits.
//! Stamps count from the start of measurement, or in a relative log from the event before. In a
//! `CANFD` line follow bit rate switch, error state, length code, length and data, then six columns of
//! which only the flags are read here: bit 12 tells FD from classic, bit 4 is a remote frame.
//!
//! Left out: the date (stamps stay relative to the start), symbolic names, what an error frame says,
//! statistics, requests to send (`TxRq`: the frame itself follows as `Tx`), other buses; such lines are
//! passed over and counted. The format has no public
//! description: this one follows what python-can writes and reads.

mod reader;
mod writer;

pub(super) use reader::is_line;
pub use reader::{AscLines, AscReader};
pub use writer::{AscWriter, ChannelError};

/// In which base a log writes identifiers, length codes and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AscBase {
    /// Sixteen, what most tools write.
    #[default]
    Hex,
    /// Ten.
    Dec,
}

/// What the stamps count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamps {
    /// The start of measurement.
    #[default]
    Absolute,
    /// The event before, whatever it was.
    Relative,
}

/// What a log's header chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AscForm {
    /// Of numbers.
    pub base: AscBase,
    /// Of stamps.
    pub stamps: Stamps,
}

/// Flags column of a `CANFD` line.
mod flag {
    pub const REMOTE: u32 = 1 << 4;
    pub const FD: u32 = 1 << 12;
    pub const BRS: u32 = 1 << 13;
    pub const ESI: u32 = 1 << 14;
}
