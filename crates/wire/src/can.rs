//! CAN, classic and FD: frames, logs of frames, and adapters on a serial line.
//!
//! A [`CanFrame`] is what every transport and log speaks. [`LogFormat`] lists the formats of logs and tells
//! one from another, [`LogDecoder`] reads any of them, [`LogEncoder`] writes it; [`slcan`] is the protocol of serial adapters. Left out: CAN XL, bit timing
//! beyond the rates that adapters name, and everything that happens on the wire below a frame.

mod error_frame;
mod frame;
mod id;
mod log;
mod log_decoder;
mod log_encoder;
mod log_format;
mod protection;

/// The logs of Vector's tools, as text.
pub mod asc;
/// The same, as packed objects.
pub mod blf;
/// The logs of the Linux can-utils.
pub mod candump;
/// Tables with a frame in each line.
pub mod csv;
/// What Linux hands over and takes.
pub mod kernel_frame;
/// Bus logging in measurement files.
pub mod mf4;
/// Adapters that are spoken to in lines of text.
pub mod slcan;
/// The logs of PEAK's tools.
pub mod trc;

pub use error_frame::{BusFault, ErrorFrame};
pub use frame::{
    CanFrame, DataFrame, FdFlags, MAX_CLASSIC_BYTES, MAX_FD_BYTES, Payload, RemoteFrame, fd_dlc,
    fd_length,
};
pub use id::{CanId, MAX_EXTENDED_ID, MAX_STANDARD_ID};
pub use log::{
    FrameDirection, LineReader, LogCounters, LogError, LogErrorKind, LogItem, LogPlace, LogReader,
    LogRecord, MAX_CHANNEL_BYTES, MAX_LINE_BYTES,
};
pub use log_decoder::{LogDecoder, LogRefused};
pub use log_encoder::LogEncoder;
pub use log_format::{LogFormat, NotALog};
pub use protection::{Alive, AliveCounter, Checksum, DataIdMode};
