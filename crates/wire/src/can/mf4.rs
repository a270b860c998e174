//! Bus logging in measurement files (ASAM MDF 4, `.mf4`), finished or not, packed or not.
//!
//! A file is blocks that name each other by their places: groups of data, in each one or several groups of
//! channels, and records of them, which may stand in any number of pieces. Read are the groups whose channels
//! are called `CAN_DataFrame…`, `CAN_RemoteFrame…` and `CAN_ErrorFrame…`; what else was measured is passed
//! over. Records of one group come in its order, those of several groups by their stamps.
//!
//! Blocks may stand anywhere, so the file is held as a whole, and one unpacked piece for each group of data.
//! Left out: invalid bits, records in columns, what an error frame says. Made after the public descriptions of
//! the format and held against the Python package asammdf.

mod block;
mod channel;
mod frames;
mod records;
mod stream;
mod writer;

use super::log::{LogCounters, LogErrorKind, LogItem, LogPlace, LogReader};
use block::Mf4Blocks;
use records::Mf4DataGroup;

pub use writer::{HEADER_BYTES, Mf4Writer};

/// How a file of version 4 begins, and how one that nobody finished does.
pub(super) const SIGNATURE: &[u8] = b"MDF     4";
pub(super) const UNFINISHED: &[u8] = b"UnFinMF 4";
/// Records that are given at once.
const BATCH: usize = 4096;

/// Something wrong, and where.
type Damage = (u64, LogErrorKind);

/// Reads a log. Holds all of it until it has been read.
#[derive(Debug, Default)]
pub struct Mf4Reader {
    bytes: Vec<u8>,
    /// Once all has come.
    groups: Option<Vec<Mf4DataGroup>>,
    counters: LogCounters,
}

impl LogReader for Mf4Reader {
    fn push(&mut self, bytes: &[u8], _into: &mut Vec<LogItem>) {
        self.bytes.extend_from_slice(bytes);
    }

    fn finish(&mut self, into: &mut Vec<LogItem>) -> bool {
        let blocks = Mf4Blocks::of(&self.bytes);
        let groups = self.groups.get_or_insert_with(|| {
            let (groups, damage) = records::data_groups(&blocks);
            into.extend(damage.into_iter().filter_map(|damage| taken(&mut self.counters, damage)));
            groups
        });
        for _ in 0..BATCH {
            let Some(group) = earliest(groups, &blocks) else { return false };
            match group.take(&blocks) {
                Ok(record) => into.extend(self.counters.take(LogPlace::Byte(0), Ok(Some(record)))),
                Err(damage) => into.extend(taken(&mut self.counters, damage)),
            }
        }
        true
    }

    fn counters(&self) -> LogCounters {
        self.counters
    }
}

fn taken(counters: &mut LogCounters, (place, kind): Damage) -> Option<LogItem> {
    counters.take(LogPlace::Byte(place), Err(kind))
}

/// The group whose next frame is the earliest; what is damaged comes first.
fn earliest<'a>(
    groups: &'a mut [Mf4DataGroup],
    blocks: &Mf4Blocks<'_>,
) -> Option<&'a mut Mf4DataGroup> {
    let next = |group: &mut Mf4DataGroup| group.next_at(blocks);
    let due: Vec<_> = groups.iter_mut().map(next).collect();
    let first = (0..due.len()).filter(|&at| due[at].is_some()).min_by_key(|&at| due[at])?;
    groups.get_mut(first)
}
