//! What stands in a row of pieces: records, or values whose length varies.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use super::Damage;
use super::block::{Mf4Block, Mf4Blocks};
use crate::can::log::LogErrorKind;

/// Longest piece when unpacked; tools pack 4 MiB at a time.
const MAX_PIECE_BYTES: u64 = 1 << 26;
/// All that is unpacked of one row: as long as a log may be.
const MAX_ROW_BYTES: u64 = 1 << 29;
/// Deepest nesting of lists; each kind stands within the one before.
const MAX_DEPTH: usize = 3;

/// The pieces of a row, and what is unpacked of them.
#[derive(Clone, Debug, Default)]
pub(super) struct PieceStream {
    /// Where the pieces stand that are still to come, the next one last.
    pieces: Vec<u64>,
    bytes: Vec<u8>,
    /// What has been taken from the front.
    taken: usize,
    unpacked: u64,
}

impl PieceStream {
    /// The row that a block names.
    pub fn of(blocks: &Mf4Blocks<'_>, block: &Mf4Block<'_>, link: usize) -> Result<Self, Damage> {
        let mut pieces = Vec::new();
        if let Some(at) = block.link(link) {
            collect(blocks, blocks.at(at)?, MAX_DEPTH, &mut pieces)?;
        }
        pieces.reverse();
        Ok(Self { pieces, ..Self::default() })
    }

    /// The next bytes, `None` where the row is over; what is left is then less than was asked for.
    pub fn take(
        &mut self,
        count: usize,
        blocks: &Mf4Blocks<'_>,
    ) -> Result<Option<Vec<u8>>, Damage> {
        while self.bytes.len() - self.taken < count {
            let Some(at) = self.pieces.pop() else { return Ok(None) };
            let piece = unpacked(&blocks.at(at)?)?;
            self.unpacked += piece.len() as u64;
            if self.unpacked > MAX_ROW_BYTES {
                self.pieces.clear();
                return Err((at, LogErrorKind::TooMuch));
            }
            self.bytes.drain(..self.taken);
            self.taken = 0;
            self.bytes.extend(piece);
        }
        let from = self.taken;
        self.taken += count;
        Ok(Some(self.bytes[from..self.taken].to_vec()))
    }

    /// Whether there is something left that was not taken.
    pub fn has_rest(&self) -> bool {
        self.taken < self.bytes.len()
    }

    /// All of it.
    pub fn whole(mut self, blocks: &Mf4Blocks<'_>) -> Result<Vec<u8>, Damage> {
        while self.take(self.bytes.len() - self.taken + 1, blocks)?.is_some() {
            self.taken = 0;
        }
        Ok(self.bytes)
    }
}

/// The places of pieces below a block, each once.
fn collect(
    blocks: &Mf4Blocks<'_>,
    block: Mf4Block<'_>,
    depth: usize,
    into: &mut Vec<u64>,
) -> Result<(), Damage> {
    match &block.kind {
        b"HL" if depth > 0 => match block.link(0) {
            Some(at) => collect(blocks, blocks.at(at)?, depth - 1, into),
            None => Ok(()),
        },
        b"DL" => {
            let behind = blocks.list(&block, 0, *b"DL")?;
            for list in std::iter::once(block).chain(behind) {
                into.extend((1..list.link_count()).filter_map(|link| list.link(link)));
            }
            // A place that stands twice is no log that anybody wrote, and could go on without end.
            let mut seen: Vec<u64> = into.clone();
            seen.sort_unstable();
            match seen.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(pair) => Err((pair[0], LogErrorKind::Object)),
                None => Ok(()),
            }
        }
        b"DT" | b"SD" | b"DZ" => {
            into.push(block.at);
            Ok(())
        }
        _ => Err(block.odd()),
    }
}

fn unpacked(block: &Mf4Block<'_>) -> Result<Vec<u8>, Damage> {
    const HEAD_BYTES: usize = 24;
    const DEFLATED: u8 = 0;
    const TRANSPOSED: u8 = 1;
    let damaged = (block.at, LogErrorKind::Packed);
    match &block.kind {
        b"DT" | b"SD" => Ok(block.data.to_vec()),
        b"DZ" => {
            let (method, columns) = (block.u8(2)?, block.u32(4)? as usize);
            let length = block.u64(8)?;
            if length > MAX_PIECE_BYTES || !matches!(method, DEFLATED | TRANSPOSED) {
                return Err(damaged);
            }
            let content = block.data.get(HEAD_BYTES..).ok_or(damaged)?;
            let mut bytes = Vec::new();
            let mut decoder = ZlibDecoder::new(content).take(length);
            decoder.read_to_end(&mut bytes).map_err(|_| damaged)?;
            if bytes.len() as u64 != length {
                return Err(damaged);
            }
            Ok(if method == TRANSPOSED { rows(&bytes, columns) } else { bytes })
        }
        _ => Err(block.odd()),
    }
}

/// Rows of so many bytes from what was written column by column; what fills no row stands behind.
fn rows(bytes: &[u8], columns: usize) -> Vec<u8> {
    let count = bytes.len().checked_div(columns).unwrap_or(0);
    let (whole, rest) = bytes.split_at(count * columns);
    let at = |row: usize| (0..columns).map(move |column| whole[column * count + row]);
    (0..count).flat_map(at).chain(rest.iter().copied()).collect()
}
