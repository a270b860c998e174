//! The binary log of Vector's tools (BLF), which python-can and most analysers read.
//!
//! A header of 144 bytes, then objects, each with a signature, a length and a kind. Most are containers: a
//! piece of another stream of objects, as it is or packed with zlib, cut wherever it was full. Read are
//! frames (kinds 1 and 86), FD frames (100 and 101) and error frames (2 and 73); everything else is passed
//! over and counted. Where an object is damaged, reading goes on with the next signature.
//!
//! Stamps count from the start of measurement, in units of 1 ns or 10 µs. Left out: the start's date, what
//! an error frame says, other buses. The format has no public description: this one follows what python-can
//! writes and reads, which learnt it from logs.

mod object;
mod writer;

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::log::{LogCounters, LogErrorKind, LogItem, LogPlace, LogReader};
use object::{BASE_BYTES, BlfBase, OBJECT};

pub use writer::{BlfWriter, HEADER_BYTES};

/// How a file begins.
pub(super) const SIGNATURE: &[u8] = b"LOGG";
const CONTAINER: u32 = 10;
/// Method, unused bytes, size when unpacked.
const CONTAINER_HEAD_BYTES: usize = 16;
const PLAIN: u16 = 0;
const ZLIB: u16 = 2;
/// Longest object, packed or not: tools pack 128 KiB at a time.
const MAX_OBJECT_BYTES: usize = 1 << 24;

/// Reads a log as it comes. Holds at most one container and what is in it.
#[derive(Clone, Debug, Default)]
pub struct BlfReader {
    outer: Stream,
    inner: Stream,
    has_header: bool,
    counters: LogCounters,
}

/// Bytes of which no whole object is known yet.
#[derive(Clone, Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    /// What has been taken from the front.
    at: usize,
    /// Bytes that came before these.
    before: u64,
    /// What stands here is no object, and that has been said.
    is_astray: bool,
}

/// What stands at the front of a stream.
enum Front {
    /// A whole object: its bytes.
    Object(BlfBase, Vec<u8>),
    /// Bytes that are none; said once, until an object comes again.
    Astray,
    /// More is needed.
    Short,
}

impl Stream {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn place(&self) -> u64 {
        self.before + self.at as u64
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.at);
        self.before += self.at as u64;
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    fn next(&mut self) -> Front {
        loop {
            let rest = self.rest();
            let Some(found) = find(rest, OBJECT) else {
                // The last bytes may be the first of a signature.
                let skipped = rest.len().saturating_sub(OBJECT.len() - 1);
                return self.skip(skipped).unwrap_or(Front::Short);
            };
            if let Some(front) = self.skip(found) {
                return front;
            }
            let Some(base) = BlfBase::of(self.rest()) else {
                if self.rest().len() < BASE_BYTES {
                    return Front::Short;
                }
                // No object says that of itself.
                self.at += OBJECT.len();
                if !std::mem::replace(&mut self.is_astray, true) {
                    return Front::Astray;
                }
                continue;
            };
            if self.rest().len() < base.size {
                return Front::Short;
            }
            let bytes = self.rest()[..base.size].to_vec();
            self.at += base.size;
            self.is_astray = false;
            return Front::Object(base, bytes);
        }
    }

    /// Passes over bytes between objects: zeros that fill up to the next, and what is damaged.
    fn skip(&mut self, count: usize) -> Option<Front> {
        let is_filling = self.rest()[..count].iter().all(|&byte| byte == 0);
        self.at += count;
        (!is_filling && !std::mem::replace(&mut self.is_astray, true)).then_some(Front::Astray)
    }

    /// Whether there is more at the end than bytes that fill.
    fn is_cut(&self) -> bool {
        self.rest().iter().any(|&byte| byte != 0)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

impl BlfReader {
    fn outer(&mut self, into: &mut Vec<LogItem>) {
        if !self.has_header {
            let Some(length) = header_length(&self.outer.bytes) else { return };
            if self.outer.bytes.len() < length {
                return;
            }
            self.outer.at = length;
            self.has_header = true;
        }
        loop {
            let place = LogPlace::Byte(self.outer.place());
            match self.outer.next() {
                Front::Short => return,
                Front::Astray => self.damage(place, LogErrorKind::Object, into),
                Front::Object(base, object) if base.kind == CONTAINER => {
                    match unpacked(&object) {
                        Some(bytes) => self.inner.push(&bytes),
                        None => self.damage(place, LogErrorKind::Packed, into),
                    }
                    self.inner(place, into);
                }
                // Tools that pack nothing write objects side by side.
                Front::Object(base, object) => self.object(place, &base, &object, into),
            }
        }
    }

    fn inner(&mut self, place: LogPlace, into: &mut Vec<LogItem>) {
        loop {
            match self.inner.next() {
                Front::Short => return,
                Front::Astray => self.damage(place, LogErrorKind::Object, into),
                Front::Object(base, object) => self.object(place, &base, &object, into),
            }
        }
    }

    fn object(&mut self, place: LogPlace, base: &BlfBase, object: &[u8], into: &mut Vec<LogItem>) {
        into.extend(self.counters.take(place, object::record(base, object)));
    }

    fn damage(&mut self, place: LogPlace, kind: LogErrorKind, into: &mut Vec<LogItem>) {
        into.extend(self.counters.take(place, Err(kind)));
    }
}

impl LogReader for BlfReader {
    fn push(&mut self, bytes: &[u8], into: &mut Vec<LogItem>) {
        self.outer.push(bytes);
        self.outer(into);
    }

    fn finish(&mut self, into: &mut Vec<LogItem>) -> bool {
        if !self.has_header || self.outer.is_cut() || self.inner.is_cut() {
            self.damage(LogPlace::Byte(self.outer.place()), LogErrorKind::Cut, into);
        }
        false
    }

    fn counters(&self) -> LogCounters {
        self.counters
    }
}

/// Length of the header, which it says itself.
fn header_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(*bytes.get(4..8)?.first_chunk()?) as usize;
    Some(length.clamp(8, MAX_OBJECT_BYTES))
}

/// What is in a container.
fn unpacked(object: &[u8]) -> Option<Vec<u8>> {
    let head = object.get(BASE_BYTES..BASE_BYTES + CONTAINER_HEAD_BYTES)?;
    let content = &object[BASE_BYTES + CONTAINER_HEAD_BYTES..];
    match u16::from_le_bytes([head[0], head[1]]) {
        PLAIN => Some(content.to_vec()),
        ZLIB => {
            let mut bytes = Vec::new();
            let most = MAX_OBJECT_BYTES as u64;
            ZlibDecoder::new(content).take(most).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        }
        _ => None,
    }
}
