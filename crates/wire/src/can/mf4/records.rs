//! Records of a group of data, one after another.

use std::collections::BTreeMap;

use super::Damage;
use super::block::{FIRST, Mf4Block, Mf4Blocks};
use super::channel::{self, start_of_measurement};
use super::frames::Mf4FrameGroup;
use super::stream::PieceStream;
use crate::can::log::{LogErrorKind, LogRecord};
use blackstart_units::SimTime;

/// Of a group: its records are values whose length varies.
const HAS_VALUES: u16 = 1;
/// Most bytes of one record.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// A group of data with frames in it.
#[derive(Clone, Debug)]
pub(super) struct Mf4DataGroup {
    at: u64,
    stream: PieceStream,
    /// Bytes in front of each record that say which group it is of.
    id_bytes: usize,
    kinds: BTreeMap<u64, Mf4RecordKind>,
    next: Option<Result<LogRecord, Damage>>,
    is_over: bool,
}

#[derive(Clone, Debug)]
struct Mf4RecordKind {
    /// Where its group stands.
    at: u64,
    bytes: usize,
    has_values: bool,
    /// Records that are still to come, where anybody knows.
    left: Option<u64>,
    frames: Option<Mf4FrameGroup>,
}

/// The groups of data that have frames; what is wrong with the file.
pub(super) fn data_groups(blocks: &Mf4Blocks<'_>) -> (Vec<Mf4DataGroup>, Vec<Damage>) {
    let found = blocks.at(FIRST).and_then(|header| {
        let is_header = &header.kind == b"HD";
        let groups = if is_header { blocks.list(&header, 0, *b"DG") } else { Err(header.odd()) };
        groups.map(|groups| (start_of_measurement(&header), groups))
    });
    let (start, found) = match found {
        Ok(found) => found,
        Err(damage) => return (Vec::new(), vec![damage]),
    };
    let (mut groups, mut wrong) = (Vec::new(), Vec::new());
    for block in found {
        match Mf4DataGroup::of(blocks, &block, start) {
            Ok(group) => groups.extend(group),
            Err(damage) => wrong.push(damage),
        }
    }
    (groups, wrong)
}

impl Mf4DataGroup {
    fn of(
        blocks: &Mf4Blocks<'_>,
        block: &Mf4Block<'_>,
        start: u64,
    ) -> Result<Option<Self>, Damage> {
        let id_bytes = usize::from(block.u8(0)?);
        if !matches!(id_bytes, 0 | 1 | 2 | 4 | 8) {
            return Err(block.odd());
        }
        let mut kinds = BTreeMap::new();
        for group in blocks.list(block, 1, *b"CG")? {
            let has_values = group.u16(16)? & HAS_VALUES != 0;
            let bytes = group.u32(24)? as usize + group.u32(28)? as usize;
            let frames = match has_values {
                true => None,
                false => Mf4FrameGroup::of(channel::channels(blocks, &group)?, start),
            };
            let left = if blocks.has_counts() { Some(group.u64(8)?) } else { None };
            let is_odd = !has_values && (bytes > MAX_RECORD_BYTES || bytes + id_bytes == 0);
            let kind = Mf4RecordKind { at: group.at, bytes, has_values, left, frames };
            if is_odd || kinds.insert(group.u64(0)?, kind).is_some() {
                return Err(group.odd());
            }
        }
        if kinds.values().all(|kind| kind.frames.is_none()) {
            return Ok(None);
        }
        if id_bytes == 0 && kinds.len() > 1 {
            return Err(block.odd());
        }
        let stream = PieceStream::of(blocks, block, 2)?;
        let mut group = Self { at: block.at, stream, id_bytes, kinds, next: None, is_over: false };
        group.gather_values(blocks);
        Ok(Some(group))
    }

    /// Values may stand behind the records that name them: all of them are read first.
    fn gather_values(&mut self, blocks: &Mf4Blocks<'_>) {
        let wanted = |kind: &mut Mf4RecordKind| {
            let frames = kind.frames.as_mut()?;
            frames.channels_mut().iter().find_map(channel::Mf4Channel::group)
        };
        let mut values: BTreeMap<u64, Vec<u8>> =
            self.kinds.values_mut().filter_map(wanted).map(|group| (group, Vec::new())).collect();
        if values.is_empty() {
            return;
        }
        let mut first = self.clone();
        // What is damaged is said when the frames are read.
        while let Ok(Some((id, record))) = first.record(blocks) {
            let values = first
                .kinds
                .get(&id)
                .filter(|kind| kind.has_values)
                .and_then(|kind| values.get_mut(&kind.at));
            if let Some(values) = values {
                values.extend((record.len() as u32).to_le_bytes());
                values.extend(record);
            }
        }
        for frames in self.kinds.values_mut().filter_map(|kind| kind.frames.as_mut()) {
            for channel in frames.channels_mut() {
                channel.fill(|group| values.get(&group).cloned());
            }
        }
    }

    /// When its next frame came; damage counts as earlier than any.
    pub fn next_at(&mut self, blocks: &Mf4Blocks<'_>) -> Option<SimTime> {
        if self.next.is_none() && !self.is_over {
            self.next = self.read(blocks);
            self.is_over |= self.next.is_none();
        }
        match self.next.as_ref()? {
            Ok(record) => Some(record.at),
            Err(_) => Some(SimTime::ZERO),
        }
    }

    /// What [`Self::next_at`] has seen.
    pub fn take(&mut self, blocks: &Mf4Blocks<'_>) -> Result<LogRecord, Damage> {
        self.next_at(blocks);
        self.next.take().unwrap_or(Err((self.at, LogErrorKind::Cut)))
    }

    fn read(&mut self, blocks: &Mf4Blocks<'_>) -> Option<Result<LogRecord, Damage>> {
        loop {
            let (id, record) = match self.record(blocks) {
                Ok(record) => record?,
                Err(damage) => {
                    // Nobody knows where the next record begins.
                    self.is_over = true;
                    return Some(Err(damage));
                }
            };
            if let Some(frames) = self.kinds.get(&id).and_then(|kind| kind.frames.as_ref()) {
                return Some(frames.frame(&record).map_err(|kind| (self.at, kind)));
            }
        }
    }

    /// The next record of any group: which, and its bytes. `None` where all have been read.
    fn record(&mut self, blocks: &Mf4Blocks<'_>) -> Result<Option<(u64, Vec<u8>)>, Damage> {
        if self.kinds.values().all(|kind| kind.left == Some(0) && !kind.has_values) {
            return Ok(None);
        }
        let is_counted = self.kinds.values().any(|kind| kind.left.is_some_and(|left| left > 0));
        let cut = (self.at, LogErrorKind::Cut);
        let id = match self.id_bytes {
            0 => self.kinds.keys().next().copied().unwrap_or(0),
            bytes => match self.stream.take(bytes, blocks)? {
                Some(written) => {
                    let mut id = [0; 8];
                    id[..bytes].copy_from_slice(&written);
                    u64::from_le_bytes(id)
                }
                None if is_counted || self.stream.has_rest() => return Err(cut),
                None => return Ok(None),
            },
        };
        let kind = self.kinds.get_mut(&id).ok_or((self.at, LogErrorKind::Object))?;
        kind.left = kind.left.map(|left| left.saturating_sub(1));
        let bytes = match kind.has_values {
            false => kind.bytes,
            true => match self.stream.take(4, blocks)? {
                Some(length) => {
                    length.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte))
                }
                None => return Err(cut),
            },
        };
        match self.stream.take(bytes, blocks)? {
            Some(record) => Ok(Some((id, record))),
            None if self.id_bytes == 0 && !is_counted && !self.stream.has_rest() => Ok(None),
            None => Err(cut),
        }
    }
}
