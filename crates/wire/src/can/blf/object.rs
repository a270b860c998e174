//! One object of a log.

use blackstart_units::SimTime;

use crate::can::error_frame::ErrorFrame;
use crate::can::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame};
use crate::can::id::CanId;
use crate::can::log::{FrameDirection, LogErrorKind, LogRecord, ParsedLine};

/// How every object begins.
pub(super) const OBJECT: &[u8] = b"LOBJ";
/// Signature, length of the header, its version, length of the object, kind.
pub(super) const BASE_BYTES: usize = 16;

/// Kinds of objects.
pub(super) mod kind {
    pub const CAN_MESSAGE: u32 = 1;
    pub const CAN_ERROR: u32 = 2;
    pub const CAN_ERROR_EXT: u32 = 73;
    pub const CAN_MESSAGE_2: u32 = 86;
    pub const CAN_FD_MESSAGE: u32 = 100;
    pub const CAN_FD_MESSAGE_64: u32 = 101;
}

/// Of an identifier: it has 29 bits.
pub(super) const EXTENDED: u32 = 1 << 31;
/// Of a frame's flags: it was sent; it is a remote frame.
pub(super) const FLAG_SENT: u8 = 1;
pub(super) const FLAG_REMOTE: u8 = 1 << 7;
/// Of the FD flags of kind 100.
pub(super) const FD_EDL: u8 = 1;
pub(super) const FD_BRS: u8 = 1 << 1;
pub(super) const FD_ESI: u8 = 1 << 2;
/// Of the flags of kind 101.
const FD64_REMOTE: u32 = 1 << 4;
const FD64_EDL: u32 = 1 << 12;
const FD64_BRS: u32 = 1 << 13;
const FD64_ESI: u32 = 1 << 14;
/// Stamps are in units of 10 µs.
const TEN_MICROS: u32 = 1;

/// What an object says of itself.
pub(super) struct BlfBase {
    pub header: usize,
    pub version: u16,
    pub size: usize,
    pub kind: u32,
}

impl BlfBase {
    /// `None` of what is too short, or says what no object can.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let header = usize::from(u16_at(bytes, 4)?);
        let (version, size, kind) =
            (u16_at(bytes, 6)?, u32_at(bytes, 8)? as usize, u32_at(bytes, 12)?);
        let is_sound = header >= BASE_BYTES && (header..=super::MAX_OBJECT_BYTES).contains(&size);
        is_sound.then_some(Self { header, version, size, kind })
    }
}

/// The record of an object; nothing of one that is no frame.
pub(super) fn record(base: &BlfBase, object: &[u8]) -> ParsedLine {
    let is_known = matches!(
        base.kind,
        kind::CAN_MESSAGE
            | kind::CAN_MESSAGE_2
            | kind::CAN_ERROR
            | kind::CAN_ERROR_EXT
            | kind::CAN_FD_MESSAGE
            | kind::CAN_FD_MESSAGE_64
    );
    if !is_known || !matches!(base.version, 1 | 2) {
        return Ok(None);
    }
    let at = stamp(object).ok_or(LogErrorKind::Stamp)?;
    let body = object.get(base.header..).ok_or(LogErrorKind::Parts)?;
    let (channel, direction, frame) = match base.kind {
        kind::CAN_FD_MESSAGE => fd(body)?,
        kind::CAN_FD_MESSAGE_64 => fd_64(body, base.header)?,
        kind::CAN_ERROR | kind::CAN_ERROR_EXT => {
            let channel = u16_at(body, 0).ok_or(LogErrorKind::Parts)?;
            (channel, None, ErrorFrame::UNSPECIFIED.into())
        }
        _ => classic(body)?,
    };
    Ok(Some(LogRecord { at, channel: channel.to_string(), direction, frame }))
}

/// Flags and stamp stand at the same places in both versions of the header.
fn stamp(object: &[u8]) -> Option<SimTime> {
    let flags = u32_at(object, BASE_BYTES)?;
    let count = u64::from_le_bytes(*object.get(BASE_BYTES + 8..)?.first_chunk()?);
    let nanos = if flags == TEN_MICROS { count.checked_mul(10_000)? } else { count };
    Some(SimTime::from_nanos(nanos))
}

type Framed = Result<(u16, Option<FrameDirection>, CanFrame), LogErrorKind>;

/// Channel, flags, length code, identifier, eight bytes.
fn classic(body: &[u8]) -> Framed {
    let parts = LogErrorKind::Parts;
    let channel = u16_at(body, 0).ok_or(parts)?;
    let (flags, dlc) = (*body.get(2).ok_or(parts)?, *body.get(3).ok_or(parts)?);
    let id = identifier(u32_at(body, 4).ok_or(parts)?)?;
    let length = usize::from(dlc.min(8));
    let frame = if flags & FLAG_REMOTE != 0 {
        RemoteFrame::new(id, dlc.min(8)).map(CanFrame::from)
    } else {
        let data = body.get(8..8 + length).ok_or(LogErrorKind::Data)?;
        DataFrame::classic(id, data).map(CanFrame::from)
    };
    Ok((channel, direction(flags), frame.ok_or(LogErrorKind::Data)?))
}

/// Channel, flags, length code, identifier, two lengths of time, FD flags, valid bytes, five unused ones, 64
/// bytes.
fn fd(body: &[u8]) -> Framed {
    let parts = LogErrorKind::Parts;
    let channel = u16_at(body, 0).ok_or(parts)?;
    let (flags, dlc) = (*body.get(2).ok_or(parts)?, *body.get(3).ok_or(parts)?);
    let id = identifier(u32_at(body, 4).ok_or(parts)?)?;
    let (fd_flags, valid) = (*body.get(13).ok_or(parts)?, *body.get(14).ok_or(parts)?);
    let data = body.get(20..20 + usize::from(valid)).ok_or(LogErrorKind::Data)?;
    let kind = FrameKind {
        is_remote: flags & FLAG_REMOTE != 0,
        fd: (fd_flags & FD_EDL != 0).then_some(FdFlags {
            bit_rate_switch: fd_flags & FD_BRS != 0,
            error_state: fd_flags & FD_ESI != 0,
        }),
    };
    Ok((channel, direction(flags), kind.frame(id, dlc, data)?))
}

/// Channel, length code, valid bytes, count of tries, identifier, length of time, flags, bit rates and places
/// of bits, direction, where the data ends, checksum; then the data.
fn fd_64(body: &[u8], header: usize) -> Framed {
    const HEAD_BYTES: usize = 40;
    let parts = LogErrorKind::Parts;
    let head = body.get(..HEAD_BYTES).ok_or(parts)?;
    let (channel, dlc, valid) = (u16::from(head[0]), head[1], usize::from(head[2]));
    let id = identifier(u32_at(head, 4).ok_or(parts)?)?;
    let flags = u32_at(head, 12).ok_or(parts)?;
    let (way, extension) = (head[34], usize::from(head[35]));
    // Tools leave out the zeros at the end; behind the data may stand more that is none.
    let end = match extension {
        0 => body.len(),
        end => end.saturating_sub(header).clamp(HEAD_BYTES, body.len()),
    };
    let mut data = [0; MAX_FD_BYTES];
    let slots = data.get_mut(..valid).ok_or(LogErrorKind::Data)?;
    let there = &body[HEAD_BYTES..end];
    let count = there.len().min(valid);
    slots[..count].copy_from_slice(&there[..count]);
    let kind = FrameKind {
        is_remote: flags & FD64_REMOTE != 0,
        fd: (flags & FD64_EDL != 0).then_some(FdFlags {
            bit_rate_switch: flags & FD64_BRS != 0,
            error_state: flags & FD64_ESI != 0,
        }),
    };
    let direction = if way == 0 { FrameDirection::Rx } else { FrameDirection::Tx };
    Ok((channel, Some(direction), kind.frame(id, dlc, slots)?))
}

/// What kind of frame the data belongs to.
struct FrameKind {
    is_remote: bool,
    fd: Option<FdFlags>,
}

impl FrameKind {
    fn frame(&self, id: CanId, dlc: u8, data: &[u8]) -> Result<CanFrame, LogErrorKind> {
        let frame = match (self.is_remote, self.fd) {
            (true, _) => RemoteFrame::new(id, dlc.min(8)).map(CanFrame::from),
            (false, Some(flags)) => DataFrame::fd(id, data, flags).map(CanFrame::from),
            (false, None) => DataFrame::classic(id, data).map(CanFrame::from),
        };
        frame.ok_or(LogErrorKind::Data)
    }
}

fn identifier(written: u32) -> Result<CanId, LogErrorKind> {
    let number = written & !EXTENDED;
    let id =
        if written & EXTENDED != 0 { CanId::extended(number) } else { CanId::standard(number) };
    id.ok_or(LogErrorKind::Id)
}

fn direction(flags: u8) -> Option<FrameDirection> {
    Some(if flags & FLAG_SENT != 0 { FrameDirection::Tx } else { FrameDirection::Rx })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
