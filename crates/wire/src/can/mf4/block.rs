//! Blocks of a measurement file: what kind, whom they name, what they hold.

use std::collections::BTreeSet;

use super::Damage;
use crate::can::log::LogErrorKind;

/// Kind, reserved bytes, length, count of links.
const HEAD_BYTES: usize = 24;
/// Where the first block stands, behind the identification.
pub(super) const FIRST: u64 = 64;
/// Where the identification says what was left to be done.
const UNFINISHED_FLAGS: usize = 60;
/// The length of the last piece of records is not right.
const LAST_LENGTH_OPEN: u16 = 1 << 2;
/// The counts of records are not right.
const COUNTS_OPEN: u16 = 1;
/// Most blocks of one list: a ring, or more than anybody logs.
const MOST_IN_LIST: usize = 1 << 20;

/// All bytes of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mf4Blocks<'a> {
    bytes: &'a [u8],
    unfinished: u16,
}

/// One block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mf4Block<'a> {
    pub at: u64,
    pub kind: [u8; 2],
    links: &'a [u8],
    pub data: &'a [u8],
}

impl<'a> Mf4Blocks<'a> {
    pub fn of(bytes: &'a [u8]) -> Self {
        let flags = if bytes.starts_with(super::UNFINISHED) {
            u16_at(bytes, UNFINISHED_FLAGS).unwrap_or(0)
        } else {
            0
        };
        Self { bytes, unfinished: flags }
    }

    /// Whether groups say how many records they have.
    pub fn has_counts(&self) -> bool {
        self.unfinished & COUNTS_OPEN == 0
    }

    /// The block that stands at a place.
    pub fn at(&self, at: u64) -> Result<Mf4Block<'a>, Damage> {
        let cut = (at, LogErrorKind::Cut);
        let here = usize::try_from(at).ok().and_then(|at| self.bytes.get(at..)).ok_or(cut)?;
        let head = here.get(..HEAD_BYTES).ok_or(cut)?;
        if !head.starts_with(b"##") {
            return Err((at, LogErrorKind::Object));
        }
        let kind = [head[2], head[3]];
        let length = u64_at(head, 8).and_then(|length| usize::try_from(length).ok());
        let count = u64_at(head, 16).and_then(|count| usize::try_from(count).ok());
        let links = count
            .and_then(|count| count.checked_mul(8))
            .and_then(|links| links.checked_add(HEAD_BYTES));
        let (Some(length), Some(end_of_links)) = (length, links) else {
            return Err((at, LogErrorKind::Object));
        };
        let is_open =
            &kind == b"DT" && self.unfinished & LAST_LENGTH_OPEN != 0 && self.is_last(at, length);
        let length = if is_open { here.len() } else { length };
        if end_of_links > length {
            return Err((at, LogErrorKind::Object));
        }
        let links = here.get(HEAD_BYTES..end_of_links).ok_or(cut)?;
        let data = here.get(end_of_links..length).ok_or(cut)?;
        Ok(Mf4Block { at, kind, links, data })
    }

    /// Whether no block follows behind the length that one has: then nobody has written it down yet.
    fn is_last(&self, at: u64, length: usize) -> bool {
        let next = usize::try_from(at)
            .ok()
            .and_then(|at| at.checked_add(length.checked_next_multiple_of(8)?));
        let behind = next.and_then(|next| self.bytes.get(next..));
        length <= HEAD_BYTES || behind.is_none_or(|behind| !behind.starts_with(b"##"))
    }

    /// The block of a kind that another names; nothing where it names none.
    pub fn linked(
        &self,
        block: &Mf4Block<'_>,
        link: usize,
        kind: [u8; 2],
    ) -> Result<Option<Mf4Block<'a>>, Damage> {
        let Some(at) = block.link(link) else { return Ok(None) };
        let found = self.at(at)?;
        if found.kind == kind { Ok(Some(found)) } else { Err((at, LogErrorKind::Object)) }
    }

    /// A list of blocks of a kind, each of which names the next first.
    pub fn list(
        &self,
        block: &Mf4Block<'_>,
        link: usize,
        kind: [u8; 2],
    ) -> Result<Vec<Mf4Block<'a>>, Damage> {
        let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
        let mut next = self.linked(block, link, kind)?;
        while let Some(one) = next {
            if !seen.insert(one.at) || list.len() == MOST_IN_LIST {
                return Err((one.at, LogErrorKind::Object));
            }
            next = self.linked(&one, 0, kind)?;
            list.push(one);
        }
        Ok(list)
    }

    /// The text that a block names; empty where there is none.
    pub fn text(&self, block: &Mf4Block<'_>, link: usize) -> Result<&'a str, Damage> {
        let Some(text) = self.linked(block, link, *b"TX")? else { return Ok("") };
        let end = text.data.iter().position(|&byte| byte == 0).unwrap_or(text.data.len());
        std::str::from_utf8(&text.data[..end]).map_err(|_| (text.at, LogErrorKind::Object))
    }
}

impl Mf4Block<'_> {
    /// The place that it names, where it does.
    pub fn link(&self, index: usize) -> Option<u64> {
        u64_at(self.links, index.checked_mul(8)?).filter(|&at| at != 0)
    }

    /// How many it names.
    pub fn link_count(&self) -> usize {
        self.links.len() / 8
    }

    /// What is wrong with it, as damage.
    pub fn odd(&self) -> Damage {
        (self.at, LogErrorKind::Object)
    }

    pub fn u8(&self, at: usize) -> Result<u8, Damage> {
        self.data.get(at).copied().ok_or(self.odd())
    }

    pub fn u16(&self, at: usize) -> Result<u16, Damage> {
        u16_at(self.data, at).ok_or(self.odd())
    }

    pub fn u32(&self, at: usize) -> Result<u32, Damage> {
        u32_at(self.data, at).ok_or(self.odd())
    }

    pub fn u64(&self, at: usize) -> Result<u64, Damage> {
        u64_at(self.data, at).ok_or(self.odd())
    }

    pub fn f64(&self, at: usize) -> Result<f64, Damage> {
        self.u64(at).map(f64::from_bits)
    }
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
