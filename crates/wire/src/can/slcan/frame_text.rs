//! A frame as SLCAN writes it: the same in commands and in replies.

use crate::can::frame::{CanFrame, DataFrame, FdFlags, MAX_FD_BYTES, RemoteFrame, fd_length};
use crate::can::id::CanId;
use crate::digits::{append_hex, append_hex_bytes, hex, hex_bytes};

/// Reads a frame at the start of a line, and what follows it. `None` when it is none.
pub(super) fn parse(line: &[u8]) -> Option<(CanFrame, &[u8])> {
    let (&letter, rest) = line.split_first()?;
    let extended = letter.is_ascii_uppercase();
    let (id, rest) = rest.split_at_checked(if extended { 8 } else { 3 })?;
    let number = hex(id)?;
    let id = if extended { CanId::extended(number) } else { CanId::standard(number) }?;
    let (&code, rest) = rest.split_first()?;
    let code = u8::try_from(hex(&[code])?).ok()?;
    let kind = letter.to_ascii_lowercase();
    if kind == b'r' {
        return Some((RemoteFrame::new(id, code)?.into(), rest));
    }
    let (digits, rest) = rest.split_at_checked(2 * fd_length(code)?)?;
    let mut bytes = [0; MAX_FD_BYTES];
    let length = hex_bytes(digits, &mut bytes)?;
    let data = &bytes[..length];
    let frame = match kind {
        b't' => DataFrame::classic(id, data),
        b'd' | b'b' => {
            let flags = FdFlags { bit_rate_switch: kind == b'b', error_state: false };
            DataFrame::fd(id, data, flags)
        }
        _ => None,
    };
    Some((frame?.into(), rest))
}

/// Appends a frame, without the carriage return; `false`, and nothing, for an error frame, which has no
/// form. The error state of an FD frame is lost.
pub(super) fn append(frame: &CanFrame, out: &mut Vec<u8>) -> bool {
    match frame {
        CanFrame::Data(frame) => {
            let letter = match frame.fd_flags() {
                None => b't',
                Some(FdFlags { bit_rate_switch: false, .. }) => b'd',
                Some(FdFlags { bit_rate_switch: true, .. }) => b'b',
            };
            append_head(letter, frame.id(), frame.dlc(), out);
            append_hex_bytes(frame.data(), out);
            true
        }
        CanFrame::Remote(frame) => {
            append_head(b'r', frame.id(), frame.dlc(), out);
            true
        }
        CanFrame::Error(_) => false,
    }
}

fn append_head(letter: u8, id: CanId, dlc: u8, out: &mut Vec<u8>) {
    out.push(if id.is_extended() { letter.to_ascii_uppercase() } else { letter });
    append_hex(id.number(), if id.is_extended() { 8 } else { 3 }, out);
    append_hex(dlc.into(), 1, out);
}
