//! Frames into a log of packed objects.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::object::{
    BASE_BYTES, EXTENDED, FD_BRS, FD_EDL, FD_ESI, FLAG_REMOTE, FLAG_SENT, OBJECT, kind,
};
use super::{CONTAINER, CONTAINER_HEAD_BYTES, SIGNATURE, ZLIB};
use crate::can::frame::CanFrame;
use crate::can::id::CanId;
use crate::can::log::{FrameDirection, LogRecord};
use crate::digits::decimal;

/// Length of the header.
pub const HEADER_BYTES: usize = 144;
/// Bytes that are packed together, as other tools do it.
const CONTAINER_BYTES: usize = 128 * 1024;
/// Base, flags, client, version, stamp.
const OBJECT_HEAD_BYTES: usize = BASE_BYTES + 16;
/// Stamps are in nanoseconds.
const ONE_NANO: u32 = 2;

/// Writes a log: room for the header, then what [`BlfWriter::record`] and [`BlfWriter::finish`] append, then in
/// that room the header that `finish` gives.
#[derive(Clone, Debug, Default)]
pub struct BlfWriter {
    waiting: Vec<u8>,
    objects: u32,
    /// Lengths of what was appended, and the same unpacked.
    packed: u64,
    unpacked: u64,
}

impl BlfWriter {
    /// Takes a record; a container that is full is appended. A record without direction counts as received.
    /// A channel that is no number becomes 1.
    pub fn record(&mut self, record: &LogRecord, out: &mut Vec<u8>) {
        let channel = decimal(record.channel.as_bytes()).and_then(|at| u16::try_from(at).ok());
        let channel = channel.unwrap_or(1).to_le_bytes();
        let sent = if record.direction == Some(FrameDirection::Tx) { FLAG_SENT } else { 0 };
        let mut body = channel.to_vec();
        let kind = match &record.frame {
            CanFrame::Data(frame) => {
                body.extend([sent, frame.dlc()]);
                body.extend(identifier(frame.id()));
                match frame.fd_flags() {
                    None => {
                        let mut data = [0; 8];
                        data[..frame.data().len()].copy_from_slice(frame.data());
                        body.extend(data);
                        kind::CAN_MESSAGE
                    }
                    Some(flags) => {
                        let brs = if flags.bit_rate_switch { FD_BRS } else { 0 };
                        let esi = if flags.error_state { FD_ESI } else { 0 };
                        body.extend([0; 5]);
                        body.extend([FD_EDL | brs | esi, frame.data().len() as u8]);
                        body.extend([0; 5]);
                        let mut data = [0; 64];
                        data[..frame.data().len()].copy_from_slice(frame.data());
                        body.extend(data);
                        kind::CAN_FD_MESSAGE
                    }
                }
            }
            CanFrame::Remote(frame) => {
                body.extend([sent | FLAG_REMOTE, frame.dlc()]);
                body.extend(identifier(frame.id()));
                body.extend([0; 8]);
                kind::CAN_MESSAGE
            }
            CanFrame::Error(_) => {
                body.extend([0; 30]);
                kind::CAN_ERROR_EXT
            }
        };
        self.object(kind, record.at.as_nanos(), &body);
        if self.waiting.len() >= CONTAINER_BYTES {
            self.pack(out);
        }
    }

    /// Appends what is left; the header, which belongs in front of everything.
    pub fn finish(mut self, out: &mut Vec<u8>) -> [u8; HEADER_BYTES] {
        self.pack(out);
        let mut header = [0; HEADER_BYTES];
        header[..4].copy_from_slice(SIGNATURE);
        header[4..8].copy_from_slice(&(HEADER_BYTES as u32).to_le_bytes());
        // Version of the format that others write; the dates of start and end stay zero.
        header[12..16].copy_from_slice(&[2, 6, 8, 1]);
        let sizes = [self.packed, self.unpacked].map(|size| size + HEADER_BYTES as u64);
        header[16..24].copy_from_slice(&sizes[0].to_le_bytes());
        header[24..32].copy_from_slice(&sizes[1].to_le_bytes());
        header[32..36].copy_from_slice(&self.objects.to_le_bytes());
        header
    }

    fn object(&mut self, kind: u32, nanos: u64, body: &[u8]) {
        let out = &mut self.waiting;
        base(OBJECT_HEAD_BYTES, OBJECT_HEAD_BYTES + body.len(), kind, out);
        out.extend(ONE_NANO.to_le_bytes());
        out.extend([0; 4]);
        out.extend(nanos.to_le_bytes());
        out.extend(body);
        out.extend(vec![0; body.len() % 4]);
        self.objects += 1;
    }

    fn pack(&mut self, out: &mut Vec<u8>) {
        if self.waiting.is_empty() {
            return;
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(&self.waiting).and_then(|()| encoder.finish());
        let packed = packed.expect("memory takes what is written to it");
        let (before, head) = (out.len(), BASE_BYTES + CONTAINER_HEAD_BYTES);
        base(BASE_BYTES, head + packed.len(), CONTAINER, out);
        out.extend(ZLIB.to_le_bytes());
        out.extend([0; 6]);
        out.extend((self.waiting.len() as u32).to_le_bytes());
        out.extend([0; 4]);
        out.extend(&packed);
        out.extend(vec![0; packed.len() % 4]);
        self.packed += (out.len() - before) as u64;
        self.unpacked += (head + self.waiting.len()) as u64;
        self.waiting.clear();
    }
}

fn base(header: usize, size: usize, kind: u32, out: &mut Vec<u8>) {
    out.extend(OBJECT);
    out.extend((header as u16).to_le_bytes());
    out.extend(1u16.to_le_bytes());
    out.extend((size as u32).to_le_bytes());
    out.extend(kind.to_le_bytes());
}

fn identifier(id: CanId) -> [u8; 4] {
    let mark = if id.is_extended() { EXTENDED } else { 0 };
    (id.number() | mark).to_le_bytes()
}
