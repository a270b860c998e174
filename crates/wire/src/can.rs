//! CAN, classic and FD: frames, logs of frames, and adapters on a serial line.
//!
//! A [`CanFrame`] is what every transport and log speaks. [`candump`] and [`asc`] are the two log
//! formats of the field, [`slcan`] is the protocol of serial adapters. Left out: CAN XL, bit timing
//! beyond the rates that adapters name, and everything that happens on the wire below a frame.

mod error_frame;
mod frame;
mod id;
mod log;
mod protection;

/// The logs of Vector's tools.
pub mod asc;
/// The logs of the Linux can-utils.
pub mod candump;
/// What Linux hands over and takes.
pub mod kernel_frame;
/// Adapters that are spoken to in lines of text.
pub mod slcan;

pub use error_frame::{BusFault, ErrorFrame};
pub use frame::{
    CanFrame, DataFrame, FdFlags, MAX_CLASSIC_BYTES, MAX_FD_BYTES, Payload, RemoteFrame, fd_dlc,
    fd_length,
};
pub use id::{CanId, MAX_EXTENDED_ID, MAX_STANDARD_ID};
pub use log::{
    FrameDirection, LogCounters, LogError, LogErrorKind, LogRecord, MAX_CHANNEL_BYTES,
    MAX_LINE_BYTES,
};
pub use protection::{Alive, AliveCounter, Checksum, DataIdMode};
