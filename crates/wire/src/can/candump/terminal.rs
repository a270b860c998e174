//! What candump prints for people.
//!
//! ```text
//!   can0  351   [8]  28 02 F4 01 20 03 E0 01
//!   can0  RX - -  18FEF100   [4]  remote request
//!   can0  123  [12]  00 01 02 03 04 05 06 07 08 09 0A 0B     FD: two digits
//!   can0  20000040   [8]  00 00 00 00 00 00 00 00   ERRORFRAME
//! ```
//!
//! An FD frame shows no flags but with `-x`: `B` the bit rate switch, `E` the error state.

use super::{ERROR_FLAG, parse_error};
use crate::can::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame};
use crate::can::id::CanId;
use crate::can::log::{FrameDirection, LogErrorKind, channel_name, words};
use crate::digits::{append_hex_bytes, decimal, hex};

/// Whether a length in brackets stands where candump prints it.
pub(super) fn is_line(line: &[u8]) -> bool {
    let mut words = words(line).skip(2).take(4);
    words.any(|word| length(word).is_some())
}

/// Channel, direction and frame of a line without its stamp.
pub(super) fn parse(
    line: &[u8],
) -> Result<(String, Option<FrameDirection>, CanFrame), LogErrorKind> {
    let words: Vec<&[u8]> = words(line).collect();
    let at = words.iter().position(|word| length(word).is_some()).ok_or(LogErrorKind::Parts)?;
    let (head, bytes) = (&words[..at], &words[at + 1..]);
    let (channel, marks, id) = match head {
        [channel, id] => (channel, None, id),
        [channel, way, brs, esi, id] => (channel, Some((*way, *brs, *esi)), id),
        _ => return Err(LogErrorKind::Parts),
    };
    let direction = match marks.map(|(way, ..)| way) {
        Some(b"RX") => Some(FrameDirection::Rx),
        Some(b"TX") => Some(FrameDirection::Tx),
        None => None,
        Some(_) => return Err(LogErrorKind::Direction),
    };
    let flags = marks.map_or_else(FdFlags::default, |(_, brs, esi)| FdFlags {
        bit_rate_switch: brs == b"B",
        error_state: esi == b"E",
    });
    let (count, is_fd) = length(words[at]).ok_or(LogErrorKind::Parts)?;
    Ok((channel_name(channel)?, direction, frame(id, (count, is_fd, flags), bytes)?))
}

fn frame(
    id: &[u8],
    (count, is_fd, flags): (usize, bool, FdFlags),
    words: &[&[u8]],
) -> Result<CanFrame, LogErrorKind> {
    let number = hex(id).ok_or(LogErrorKind::Id)?;
    let is_error = id.len() == 8 && number & ERROR_FLAG != 0;
    let parse = || std::str::from_utf8(id).ok().and_then(CanId::parse).ok_or(LogErrorKind::Id);
    if let [b"remote", b"request", ..] = words {
        let dlc = u8::try_from(count).map_err(|_| LogErrorKind::Data)?;
        return RemoteFrame::new(parse()?, dlc).map(CanFrame::from).ok_or(LogErrorKind::Data);
    }
    // Behind the bytes may stand what they are as letters.
    let mut bytes = [0; MAX_FD_BYTES];
    let slots = bytes.get_mut(..count).ok_or(LogErrorKind::Data)?;
    for (at, slot) in slots.iter_mut().enumerate() {
        let word = words.get(at).filter(|word| word.len() == 2);
        *slot = word.and_then(|word| hex(word)).ok_or(LogErrorKind::Data)? as u8;
    }
    if is_error {
        let mut text = Vec::new();
        append_hex_bytes(slots, &mut text);
        return parse_error(number & !ERROR_FLAG, &text);
    }
    let built = if is_fd {
        DataFrame::fd(parse()?, slots, flags)
    } else {
        DataFrame::classic(parse()?, slots)
    };
    built.map(CanFrame::from).ok_or(LogErrorKind::Data)
}

/// A number of bytes in brackets, and whether it is that of an FD frame.
fn length(word: &[u8]) -> Option<(usize, bool)> {
    let digits = word.strip_prefix(b"[")?.strip_suffix(b"]")?;
    let count = decimal(digits).filter(|_| digits.len() <= 2)?;
    Some((count as usize, digits.len() == 2))
}
