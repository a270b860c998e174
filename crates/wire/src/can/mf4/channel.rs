//! Where in a record a channel stands.

use super::Damage;
use super::block::{Mf4Block, Mf4Blocks, u32_at, u64_at};
use super::stream::PieceStream;

/// Kinds of channels.
const FIXED: u8 = 0;
const VARIABLE: u8 = 1;
const MASTER: u8 = 2;
const WITHIN_MOST: u8 = 5;
/// Deepest structure of channels.
const MAX_DEPTH: usize = 4;
/// Most channels of one group.
const MOST_CHANNELS: usize = 4096;

/// A channel of a group.
#[derive(Clone, Debug)]
pub(super) struct Mf4Channel {
    pub name: String,
    pub is_master: bool,
    form: Form,
    byte: usize,
    bit: u32,
    bits: usize,
    /// Raw values become offset + factor × raw.
    offset: f64,
    factor: f64,
    /// Where the values stand whose length varies.
    values: Option<Mf4Values>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Unsigned { is_big_endian: bool },
    Signed { is_big_endian: bool },
    Float { is_big_endian: bool },
    Bytes,
}

/// Values whose length varies, a length of four bytes before each.
#[derive(Clone, Debug)]
pub(super) enum Mf4Values {
    Held(Vec<u8>),
    /// Among the records: the place of their group.
    Group(u64),
}

/// All channels of a group, those within others among them.
pub(super) fn channels(
    blocks: &Mf4Blocks<'_>,
    group: &Mf4Block<'_>,
) -> Result<Vec<Mf4Channel>, Damage> {
    let mut channels = Vec::new();
    below(blocks, group, 1, MAX_DEPTH, &mut channels)?;
    Ok(channels)
}

fn below(
    blocks: &Mf4Blocks<'_>,
    block: &Mf4Block<'_>,
    link: usize,
    depth: usize,
    into: &mut Vec<Mf4Channel>,
) -> Result<(), Damage> {
    for one in blocks.list(block, link, *b"CN")? {
        if into.len() == MOST_CHANNELS {
            return Err(one.odd());
        }
        into.extend(Mf4Channel::of(blocks, &one)?);
        // What is composed otherwise is an array, and no frame has one.
        let within = one.link(1).map(|at| blocks.at(at)).transpose()?;
        if within.is_some_and(|within| &within.kind == b"CN") {
            let depth = depth.checked_sub(1).ok_or(one.odd())?;
            below(blocks, &one, 1, depth, into)?;
        }
    }
    Ok(())
}

impl Mf4Channel {
    /// Nothing of a channel that stands in no record.
    fn of(blocks: &Mf4Blocks<'_>, block: &Mf4Block<'_>) -> Result<Option<Self>, Damage> {
        let (kind, form) = (block.u8(0)?, block.u8(2)?);
        if !matches!(kind, FIXED | VARIABLE | MASTER | WITHIN_MOST) {
            return Ok(None);
        }
        let is_big_endian = form % 2 == 1;
        let form = match form {
            0 | 1 => Form::Unsigned { is_big_endian },
            2 | 3 => Form::Signed { is_big_endian },
            4 | 5 => Form::Float { is_big_endian },
            _ => Form::Bytes,
        };
        let name = blocks.text(block, 2)?.to_owned();
        // Of what no frame is made of nobody needs the values.
        let values = if kind == VARIABLE && name.ends_with("DataBytes") {
            Some(Self::values(blocks, block)?)
        } else {
            None
        };
        let (offset, factor) = match blocks.linked(block, 4, *b"CC")? {
            Some(rule) if rule.u8(0)? == 1 => (rule.f64(24)?, rule.f64(32)?),
            _ => (0.0, 1.0),
        };
        Ok(Some(Self {
            name,
            is_master: kind == MASTER,
            form,
            byte: block.u32(4)? as usize,
            bit: u32::from(block.u8(3)?),
            bits: block.u32(8)? as usize,
            offset,
            factor,
            values,
        }))
    }

    fn values(blocks: &Mf4Blocks<'_>, block: &Mf4Block<'_>) -> Result<Mf4Values, Damage> {
        match block.link(5).map(|at| blocks.at(at)).transpose()? {
            Some(group) if &group.kind == b"CG" => Ok(Mf4Values::Group(group.at)),
            _ => Ok(Mf4Values::Held(PieceStream::of(blocks, block, 5)?.whole(blocks)?)),
        }
    }

    /// Gives the channel the values that stand among the records.
    pub fn fill(&mut self, values: impl FnOnce(u64) -> Option<Vec<u8>>) {
        if let Some(Mf4Values::Group(group)) = self.values {
            self.values = values(group).map(Mf4Values::Held);
        }
    }

    /// The group among the records that has its values.
    pub fn group(&self) -> Option<u64> {
        match self.values {
            Some(Mf4Values::Group(group)) => Some(group),
            _ => None,
        }
    }

    /// The count that it has in a record, before any conversion.
    pub fn count(&self, record: &[u8]) -> Option<u64> {
        let bytes = (self.bit as usize + self.bits).div_ceil(8);
        if self.bits == 0 || self.bits > 64 || bytes > 8 {
            return None;
        }
        let here = record.get(self.byte..self.byte.checked_add(bytes)?)?;
        let mut raw = [0; 8];
        raw[..bytes].copy_from_slice(here);
        if self.is_big_endian() {
            raw[..bytes].reverse();
        }
        let count = u64::from_le_bytes(raw) >> self.bit;
        Some(if self.bits == 64 { count } else { count & ((1 << self.bits) - 1) })
    }

    fn is_big_endian(&self) -> bool {
        match self.form {
            Form::Unsigned { is_big_endian }
            | Form::Signed { is_big_endian }
            | Form::Float { is_big_endian } => is_big_endian,
            Form::Bytes => false,
        }
    }

    /// Its value as nanoseconds, where it counts seconds.
    pub fn nanos(&self, record: &[u8]) -> Option<i64> {
        let count = self.count(record)?;
        let float = match (self.form, self.bits) {
            (Form::Float { .. }, 64) => f64::from_bits(count),
            (Form::Float { .. }, 32) => f64::from(f32::from_bits(count as u32)),
            (Form::Float { .. } | Form::Bytes, _) => return None,
            (Form::Unsigned { .. } | Form::Signed { .. }, _) => {
                let unused = 64 - self.bits as u32;
                let whole = match self.form {
                    Form::Signed { .. } => (count << unused).cast_signed() >> unused,
                    _ => i64::try_from(count).ok()?,
                };
                // Whole nanoseconds stay what they are; a float could not hold all of them.
                let unit = (self.factor * 1e9).round();
                if self.offset == 0.0 && unit >= 1.0 && (self.factor * 1e9 - unit).abs() < 1e-6 {
                    return whole.checked_mul(unit as i64);
                }
                whole as f64
            }
        };
        let nanos = ((self.offset + self.factor * float) * 1e9).round();
        (nanos.abs() < i64::MAX as f64).then_some(nanos as i64)
    }

    /// The bytes that it has in a record, of one whose length varies all of them.
    pub fn bytes<'a>(&'a self, record: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(values) = &self.values {
            let Mf4Values::Held(values) = values else { return None };
            let at = usize::try_from(self.count(record)?).ok()?;
            let length = u32_at(values, at)? as usize;
            return values.get(at + 4..)?.get(..length);
        }
        record.get(self.byte..self.byte.checked_add(self.bits / 8)?)
    }

    /// Whether it says `Tx` or 1.
    pub fn says_sent(&self, record: &[u8]) -> Option<bool> {
        match self.form {
            Form::Bytes => Some(self.bytes(record)?.starts_with(b"Tx")),
            _ => Some(self.count(record)? != 0),
        }
    }
}

/// The start of measurement, in nanoseconds since 1970, of a file's first block.
pub(super) fn start_of_measurement(header: &Mf4Block<'_>) -> u64 {
    u64_at(header.data, 0).unwrap_or(0)
}
