//! Frames into a measurement file.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::block::FIRST;
use crate::can::frame::{CanFrame, MAX_FD_BYTES};
use crate::can::id::CanId;
use crate::can::log::{FrameDirection, LogRecord};
use crate::digits::decimal;

/// Length of everything that stands in front of the records.
pub const HEADER_BYTES: usize = 8192;
/// Bytes that are packed together.
const PIECE_BYTES: usize = 1 << 20;
/// Number of the group in front of each record.
const ID_BYTES: u8 = 1;
/// Nanoseconds, before everything else in a record.
const STAMP_BYTES: u32 = 8;

/// A group of channels: what its records are called, and what they have behind the stamp, with the bytes of each.
struct Group {
    name: &'static str,
    members: &'static [(&'static str, u32)],
}

const GROUPS: [Group; 3] = [
    Group {
        name: "CAN_DataFrame",
        members: &[
            ("BusChannel", 1),
            ("ID", 4),
            ("IDE", 1),
            ("DLC", 1),
            ("DataLength", 1),
            ("DataBytes", MAX_FD_BYTES as u32),
            ("Dir", 1),
            ("EDL", 1),
            ("BRS", 1),
            ("ESI", 1),
        ],
    },
    Group {
        name: "CAN_RemoteFrame",
        members: &[
            ("BusChannel", 1),
            ("ID", 4),
            ("IDE", 1),
            ("DLC", 1),
            ("DataLength", 1),
            ("Dir", 1),
        ],
    },
    Group { name: "CAN_ErrorFrame", members: &[("BusChannel", 1), ("ErrorType", 1)] },
];

/// Writes a log: room for the header, then what [`Mf4Writer::record`] and [`Mf4Writer::finish`] append, then in
/// that room the header that `finish` gives.
#[derive(Clone, Debug, Default)]
pub struct Mf4Writer {
    waiting: Vec<u8>,
    /// Records of each group.
    counts: [u64; 3],
    /// When the first frame came: the start of measurement.
    start: Option<u64>,
    /// Where each packed piece stands, and how much came before it, unpacked.
    pieces: Vec<(u64, u64)>,
    unpacked: u64,
    /// Bytes that were appended.
    appended: u64,
}

impl Mf4Writer {
    /// Takes a record; a piece that is full is appended. A record without direction counts as received. A channel
    /// that is no number up to 255 becomes 1.
    pub fn record(&mut self, record: &LogRecord, out: &mut Vec<u8>) {
        let channel =
            decimal(record.channel.as_bytes()).and_then(|at| u8::try_from(at).ok()).unwrap_or(1);
        let sent = u8::from(record.direction == Some(FrameDirection::Tx));
        let nanos = record.at.as_nanos();
        let since = nanos.wrapping_sub(*self.start.get_or_insert(nanos)).cast_signed();
        let (group, body) = match &record.frame {
            CanFrame::Data(frame) => {
                let mut data = [0; MAX_FD_BYTES];
                data[..frame.data().len()].copy_from_slice(frame.data());
                let mut body = identifier(frame.id());
                body.extend([frame.dlc(), frame.data().len() as u8]);
                body.extend(data);
                let flags = frame.fd_flags();
                let marks =
                    flags.map_or([false; 2], |flags| [flags.bit_rate_switch, flags.error_state]);
                body.extend([sent, u8::from(flags.is_some())]);
                body.extend(marks.map(u8::from));
                (0, body)
            }
            CanFrame::Remote(frame) => {
                let mut body = identifier(frame.id());
                body.extend([frame.dlc(), 0, sent]);
                (1, body)
            }
            CanFrame::Error(_) => (2, vec![0]),
        };
        self.counts[group] += 1;
        self.waiting.push(group as u8 + 1);
        self.waiting.extend(since.to_le_bytes());
        self.waiting.push(channel);
        self.waiting.extend(body);
        if self.waiting.len() >= PIECE_BYTES {
            self.pack(out);
        }
    }

    /// Appends what is left; the header, which belongs in front of everything.
    pub fn finish(mut self, out: &mut Vec<u8>) -> [u8; HEADER_BYTES] {
        self.pack(out);
        let list = HEADER_BYTES as u64 + self.appended;
        let links: Vec<u64> =
            std::iter::once(0).chain(self.pieces.iter().map(|piece| piece.0)).collect();
        let mut data = vec![0; 4];
        data.extend((self.pieces.len() as u32).to_le_bytes());
        data.extend(self.pieces.iter().flat_map(|piece| piece.1.to_le_bytes()));
        out.extend(block(*b"DL", &links, &data));
        let mut header = [0; HEADER_BYTES];
        let written = Header::of(self.start.unwrap_or(0), self.counts, list);
        header[..written.len()].copy_from_slice(&written);
        header
    }

    fn pack(&mut self, out: &mut Vec<u8>) {
        if self.waiting.is_empty() {
            return;
        }
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(&self.waiting).and_then(|()| encoder.finish());
        let packed = packed.expect("memory takes what is written to it");
        let mut data = b"DT\0\0".to_vec();
        data.extend([0; 4]);
        data.extend((self.waiting.len() as u64).to_le_bytes());
        data.extend((packed.len() as u64).to_le_bytes());
        data.extend(packed);
        let piece = block(*b"DZ", &[], &data);
        self.pieces.push((HEADER_BYTES as u64 + self.appended, self.unpacked));
        self.unpacked += self.waiting.len() as u64;
        self.appended += piece.len() as u64;
        out.extend(piece);
        self.waiting.clear();
    }
}

fn identifier(id: CanId) -> Vec<u8> {
    let mut bytes = id.number().to_le_bytes().to_vec();
    bytes.push(u8::from(id.is_extended()));
    bytes
}

/// A block, and the zeros up to where the next may stand.
fn block(kind: [u8; 2], links: &[u64], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![b'#', b'#', kind[0], kind[1], 0, 0, 0, 0];
    bytes.extend(((24 + 8 * links.len() + data.len()) as u64).to_le_bytes());
    bytes.extend((links.len() as u64).to_le_bytes());
    bytes.extend(links.iter().flat_map(|link| link.to_le_bytes()));
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// Blocks in front of the records, each behind those that it names.
struct Header {
    bytes: Vec<u8>,
}

impl Header {
    const SECONDS_OF_A_NANO: f64 = 1e-9;

    fn of(start: u64, counts: [u64; 3], list: u64) -> Vec<u8> {
        let mut identification = b"MDF     4.10    blkstart\0\0\0\0".to_vec();
        identification.extend(410u16.to_le_bytes());
        identification.resize(FIRST as usize, 0);
        let mut head = start.to_le_bytes().to_vec();
        head.resize(32, 0);
        let mut header = Self { bytes: identification };
        // Room for the first block, which names those that come after it.
        let first = block(*b"HD", &[0; 6], &head);
        header.bytes.extend(&first);
        let about = "<FHcomment><TX>written</TX><tool_id>blackstart</tool_id><tool_vendor>blackstart</tool_vendor><tool_version>1</tool_version></FHcomment>\0";
        let about = header.add(*b"MD", &[], about.as_bytes());
        let mut written = start.to_le_bytes().to_vec();
        written.resize(16, 0);
        let history = header.add(*b"FH", &[0, about], &written);
        let groups = header.groups(counts);
        // Packed, and in pieces.
        let packed = header.add(*b"HL", &[list], &[0; 8]);
        let data = header.add(*b"DG", &[0, groups, packed, 0], &[ID_BYTES, 0, 0, 0, 0, 0, 0, 0]);
        let first = block(*b"HD", &[data, history, 0, 0, 0, 0], &head);
        header.bytes[FIRST as usize..][..first.len()].copy_from_slice(&first);
        header.bytes
    }

    /// The place of the first of the groups.
    fn groups(&mut self, counts: [u64; 3]) -> u64 {
        const SOURCE_OF_A_BUS: u8 = 2;
        const BUS_IS_CAN: u8 = 2;
        /// Bus events, of the simplest form.
        const FLAGS: u16 = 1 << 1 | 1 << 2;
        let source = self.add(*b"SI", &[0; 3], &[SOURCE_OF_A_BUS, BUS_IS_CAN, 0, 0, 0, 0, 0, 0]);
        let bus = self.text("CAN");
        let mut next = 0;
        for (at, (group, count)) in GROUPS.iter().zip(counts).enumerate().rev() {
            let channels = self.channels(group, source);
            let mut data = (at as u64 + 1).to_le_bytes().to_vec();
            data.extend(count.to_le_bytes());
            data.extend(FLAGS.to_le_bytes());
            data.extend(u16::from(b'.').to_le_bytes());
            data.extend([0; 4]);
            data.extend((STAMP_BYTES + group.bytes()).to_le_bytes());
            data.extend([0; 4]);
            next = self.add(*b"CG", &[next, channels, bus, source, 0, 0], &data);
        }
        next
    }

    /// The place of the first channel of a group: its stamp, then all else as one.
    fn channels(&mut self, group: &Group, source: u64) -> u64 {
        let (mut next, mut byte) = (0, STAMP_BYTES + group.bytes());
        for (member, bytes) in group.members.iter().rev() {
            byte -= bytes;
            let form = if *bytes > 4 { channel::BYTES } else { channel::UNSIGNED };
            let name = self.text(&format!("{}.{member}", group.name));
            let data = channel::data([channel::FIXED, 0, form], byte, 8 * bytes);
            next = self.add(*b"CN", &[next, 0, name, 0, 0, 0, 0, 0], &data);
        }
        let name = self.text(group.name);
        let data =
            channel::data([channel::FIXED, 0, channel::BYTES], STAMP_BYTES, 8 * group.bytes());
        let all = self.add(*b"CN", &[0, next, name, source, 0, 0, 0, 0], &data);
        let (name, unit) = (self.text("time"), self.text("s"));
        let mut rule = vec![1, 0, 0, 0, 0, 0, 2, 0];
        rule.extend(
            [0.0, 0.0, 0.0, Self::SECONDS_OF_A_NANO].into_iter().flat_map(f64::to_le_bytes),
        );
        let rule = self.add(*b"CC", &[0; 4], &rule);
        let stamp =
            channel::data([channel::MASTER, channel::TIME, channel::SIGNED], 0, 8 * STAMP_BYTES);
        self.add(*b"CN", &[all, 0, name, 0, rule, 0, unit, 0], &stamp)
    }

    fn text(&mut self, text: &str) -> u64 {
        let bytes = [text.as_bytes(), &[0]].concat();
        self.add(*b"TX", &[], &bytes)
    }

    fn add(&mut self, kind: [u8; 2], links: &[u64], data: &[u8]) -> u64 {
        let at = self.bytes.len() as u64;
        self.bytes.extend(block(kind, links, data));
        at
    }
}

impl Group {
    /// Bytes behind the stamp.
    fn bytes(&self) -> u32 {
        self.members.iter().map(|(_, bytes)| bytes).sum()
    }
}

/// What a channel says of itself.
mod channel {
    pub(super) const FIXED: u8 = 0;
    pub(super) const MASTER: u8 = 2;
    pub(super) const TIME: u8 = 1;
    pub(super) const UNSIGNED: u8 = 0;
    pub(super) const SIGNED: u8 = 2;
    pub(super) const BYTES: u8 = 10;

    /// Kind, what it synchronises by, and form; the first byte; the number of bits.
    pub(super) fn data([kind, by, form]: [u8; 3], byte: u32, bits: u32) -> Vec<u8> {
        let mut data = vec![kind, by, form, 0];
        data.extend(byte.to_le_bytes());
        data.extend(bits.to_le_bytes());
        data.resize(72, 0);
        data
    }
}
