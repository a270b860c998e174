//! Modbus RTU: registers of 16 bits over a serial line, one master, many units.
//!
//! An [`Adu`] is a unit's address, a function with its data, and a CRC; [`ModbusRequest`] and [`ModbusResponse`] say
//! what function and data mean; [`Server`] and [`Client`] are the two ends. Where one ADU ends is said
//! by silence ([`LineTiming`], [`Framer`]), or where bytes have no times, by the lengths that functions have
//! ([`request_length`], [`response_length`]).
//!
//! Sources: MODBUS Application Protocol V1.1b3, MODBUS over Serial Line V1.02. Functions are 3, 4, 6 and
//! 16. Left out: coils, files, diagnosis, ASCII mode, TCP.

mod adu;
mod client;
mod framer;
mod request;
mod response;
mod server;
mod timing;

pub use adu::{Adu, AduError, BROADCAST, Length, request_length, response_length};
pub use client::{Client, RequestOutcome};
pub use framer::{Framer, FramerCounters};
pub use request::{ModbusRequest, Values};
pub use response::{Exception, ModbusResponse, ResponseError, ResponseErrorKind};
pub use server::{Query, Server, ServerCounters};
pub use timing::LineTiming;

/// Most bytes of function and data.
pub const MAX_PDU_BYTES: usize = 253;
/// Most bytes of an ADU: address, function and data, CRC.
pub const MAX_ADU_BYTES: usize = 256;
/// Most registers of one read.
pub const MAX_READ: u16 = 125;
/// Most registers of one write.
pub const MAX_WRITE: u16 = 123;

mod function {
    pub const READ_HOLDING: u8 = 3;
    pub const READ_INPUT: u8 = 4;
    pub const WRITE_SINGLE: u8 = 6;
    pub const WRITE_MULTIPLE: u8 = 16;
    /// Set in the answer when the request was refused.
    pub const EXCEPTION: u8 = 0x80;
}
