//! Frames as a Linux CAN socket reads and writes them: the structures of `linux/can.h` as bytes.
//!
//! ```text
//! 0   identifier, 4 bytes in the machine's order; bit 31: 29 bits, bit 30: remote, bit 29: error
//! 4   length in bytes
//! 5   FD: bit 0 bit rate switch, bit 1 error state, bit 2 FD. Classic: nothing
//! 6   nothing; in a classic frame byte 7 may hold the raw length code 9 … 15 of eight bytes
//! 8   data, 8 bytes or 64
//! ```
//!
//! Whether a frame is FD is said by the size of the structure, 16 bytes or 72. Left out: CAN XL, and the
//! raw length code, which is read over and written as 0.

use super::error_frame::ErrorFrame;
use super::frame::{CanFrame, DataFrame, FdFlags, MAX_CLASSIC_BYTES, MAX_FD_BYTES, RemoteFrame};
use super::id::{CanId, MAX_EXTENDED_ID};

/// Bytes of a classic frame's structure.
pub const CLASSIC_FRAME_BYTES: usize = HEAD + MAX_CLASSIC_BYTES;
/// Bytes of an FD frame's structure.
pub const FD_FRAME_BYTES: usize = HEAD + MAX_FD_BYTES;

const HEAD: usize = 8;
const REMOTE: u32 = 1 << 30;
const ERROR: u32 = 1 << 29;
const FLAG_BRS: u8 = 1 << 0;
const FLAG_ESI: u8 = 1 << 1;
const FLAG_FDF: u8 = 1 << 2;

/// The structure's bytes of a frame.
pub fn encode(frame: &CanFrame) -> Vec<u8> {
    let (id, length, flags, data, size) = match frame {
        CanFrame::Data(frame) => {
            let (flags, size) = match frame.fd_flags() {
                None => (0, CLASSIC_FRAME_BYTES),
                Some(flags) => (fd_flags(flags), FD_FRAME_BYTES),
            };
            let length = frame.data().len() as u8;
            (frame.id().flagged(), length, flags, frame.data(), size)
        }
        CanFrame::Remote(frame) => {
            (frame.id().flagged() | REMOTE, frame.dlc(), 0, [].as_slice(), CLASSIC_FRAME_BYTES)
        }
        CanFrame::Error(frame) => {
            let detail = &frame.detail();
            return structure(frame.classes() | ERROR, 8, 0, detail, CLASSIC_FRAME_BYTES);
        }
    };
    structure(id, length, flags, data, size)
}

fn fd_flags(flags: FdFlags) -> u8 {
    let switch = if flags.bit_rate_switch { FLAG_BRS } else { 0 };
    let state = if flags.error_state { FLAG_ESI } else { 0 };
    FLAG_FDF | switch | state
}

fn structure(id: u32, length: u8, flags: u8, data: &[u8], size: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(&id.to_ne_bytes());
    bytes.extend_from_slice(&[length, flags, 0, 0]);
    bytes.extend_from_slice(data);
    bytes.resize(size, 0);
    bytes
}

/// The frame in a structure. `None` when its size is neither's, or it holds what no frame can be.
pub fn decode(bytes: &[u8]) -> Option<CanFrame> {
    let (id, rest) = bytes.split_first_chunk::<4>()?;
    let (&[length, flags, _, _], data) = rest.split_first_chunk::<4>()?;
    let id = u32::from_ne_bytes(*id);
    match bytes.len() {
        CLASSIC_FRAME_BYTES if id & ERROR != 0 => {
            let detail = data.try_into().ok()?;
            Some(ErrorFrame::new(id & MAX_EXTENDED_ID, detail)?.into())
        }
        CLASSIC_FRAME_BYTES if id & REMOTE != 0 => {
            Some(RemoteFrame::new(CanId::from_flagged(id & !REMOTE)?, length)?.into())
        }
        CLASSIC_FRAME_BYTES => {
            let data = data.get(..usize::from(length))?;
            Some(DataFrame::classic(CanId::from_flagged(id)?, data)?.into())
        }
        FD_FRAME_BYTES => {
            let flags = FdFlags {
                bit_rate_switch: flags & FLAG_BRS != 0,
                error_state: flags & FLAG_ESI != 0,
            };
            let data = data.get(..usize::from(length))?;
            Some(DataFrame::fd(CanId::from_flagged(id)?, data, flags)?.into())
        }
        _ => None,
    }
}
