//! Packets on a serial line: COBS framing with a zero byte as delimiter, and a CRC-16.
//!
//! Consistent overhead byte stuffing (Cheshire and Baker, 1999) removes every zero from the frame, so
//! that a receiver that lost its place is in step again after the next zero. With at most eleven bytes
//! inside, the stuffing always costs exactly one byte.
//!
//! ```text
//! frame = cobs( type, payload 0…8, crc low, crc high ), 0x00
//! ```

use super::crc::crc16;
use super::packet::{MAX_PAYLOAD_BYTES, Packet};

/// The byte that ends a frame and occurs nowhere inside one.
pub const FRAME_DELIMITER: u8 = 0;

/// Type byte and checksum.
const MIN_CONTENT: usize = 1 + 2;
/// The same with a full payload.
const MAX_CONTENT: usize = MIN_CONTENT + MAX_PAYLOAD_BYTES;
/// Content and the one byte of stuffing.
const MAX_STUFFED: usize = MAX_CONTENT + 1;

/// Most bytes that one packet takes on the line, delimiter included.
pub const MAX_FRAME_BYTES: usize = MAX_STUFFED + 1;

/// Appends the packet's frame, delimiter included.
pub fn append_frame(packet: &Packet, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(packet.kind());
    out.extend_from_slice(packet.payload());
    let crc = crc16(&out[start..]);
    out.extend_from_slice(&crc.to_le_bytes());
    stuff(out, start);
    out.push(FRAME_DELIMITER);
}

/// Replaces each zero from `start` on by the distance to the next one, and puts the distance to the
/// first in front.
fn stuff(out: &mut Vec<u8>, start: usize) {
    out.insert(start, 0);
    let mut next_zero = out.len();
    for index in (start..out.len()).rev() {
        if out[index] == 0 {
            out[index] = (next_zero - index) as u8;
            next_zero = index;
        }
    }
}

/// The inverse of [`stuff`], in place: the content starts behind the first byte. `None` when the
/// distances do not end where the frame ends.
fn unstuff(frame: &mut [u8]) -> Option<&[u8]> {
    let mut index = 0;
    while index < frame.len() {
        let distance = usize::from(frame[index]);
        frame[index] = 0;
        index += distance;
    }
    (index == frame.len()).then(|| &frame[1..])
}

/// What came over a line since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkLineCounters {
    /// Every byte, delimiters and rejected ones included.
    pub bytes: u64,
    /// Frames that were accepted.
    pub frames: u64,
    /// Frames of a possible form whose checksum was wrong.
    pub crc_errors: u64,
    /// Sequences between two delimiters that cannot be a frame: too short, too long, broken stuffing.
    pub malformed: u64,
    /// Bytes that belonged to no accepted frame, delimiters not counted.
    pub dropped_bytes: u64,
}

impl LinkLineCounters {
    /// Sequences that were thrown away for whatever reason.
    pub fn rejected(&self) -> u64 {
        self.crc_errors + self.malformed
    }
}

/// Finds packets in a stream of bytes that may be cut anywhere and contain anything. Holds at most one
/// frame.
#[derive(Clone, Debug, Default)]
pub struct PacketDecoder {
    buffer: [u8; MAX_STUFFED],
    /// Bytes since the last delimiter, also those that no longer fit the buffer.
    length: usize,
    counters: LinkLineCounters,
}

impl PacketDecoder {
    /// Takes the next byte; a delimiter that completes a good frame yields its packet.
    pub fn push(&mut self, byte: u8) -> Option<Packet> {
        self.counters.bytes += 1;
        if byte == FRAME_DELIMITER {
            return self.finish();
        }
        if let Some(slot) = self.buffer.get_mut(self.length) {
            *slot = byte;
        } else {
            // Too long for any frame: it is lost already, so it is counted as it comes.
            self.counters.dropped_bytes += 1;
        }
        self.length = (self.length + 1).min(MAX_STUFFED + 1);
        None
    }

    /// What was seen so far. An unfinished frame counts as bytes only.
    pub fn counters(&self) -> LinkLineCounters {
        self.counters
    }

    /// Bytes of a frame that has begun and not ended: neither in a packet nor counted as dropped yet.
    pub fn unfinished(&self) -> usize {
        self.length.min(MAX_STUFFED)
    }

    fn finish(&mut self) -> Option<Packet> {
        let buffered = self.unfinished();
        let length = std::mem::take(&mut self.length);
        if length == 0 {
            // Delimiters may be repeated: senders start with one to shake off line noise.
            return None;
        }
        let fits = (MIN_CONTENT + 1..=MAX_STUFFED).contains(&length);
        let content = if fits { unstuff(&mut self.buffer[..buffered]) } else { None };
        let Some((message, crc)) = content.and_then(|content| content.split_last_chunk::<2>())
        else {
            self.counters.malformed += 1;
            self.counters.dropped_bytes += buffered as u64;
            return None;
        };
        if crc16(message) != u16::from_le_bytes(*crc) {
            self.counters.crc_errors += 1;
            self.counters.dropped_bytes += buffered as u64;
            return None;
        }
        self.counters.frames += 1;
        let (kind, payload) = message.split_first()?;
        Packet::new(*kind, payload)
    }
}
