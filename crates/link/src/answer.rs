//! What a device said between two barriers.

use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    BusBytes, LinkEdge, TextChunk, ToDevice, TransferForm, TransferStatus, printable,
};

/// Longest line of log that is kept; what a device writes beyond it is cut.
const MAX_LOG_LINE: usize = 256;

/// Everything that a device said in answer to one barrier, in the order in which it said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Orders: number and counts of the pin.
    pub commands: Vec<(u16, i32)>,
    /// What it says of itself: number and counts of the pin.
    pub claims: Vec<(u16, i32)>,
    /// What it wants to be woken for.
    pub subscriptions: Vec<SubscriptionChange>,
    /// Transfers on buses to chips that it has begun.
    pub transfers: Vec<AskedTransfer>,
    /// Complete lines, printable, at most 256 bytes of each.
    pub logs: Vec<String>,
    /// Until when it sleeps; later than the barrier.
    pub wake: SimTime,
}

/// A transfer on a bus that a device has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedTransfer {
    /// Number of the command that stands for the bus.
    pub id: u16,
    /// What kind.
    pub form: TransferForm,
    /// Of I2C, seven bits.
    pub address: u8,
    /// What is written.
    pub write: Vec<u8>,
    /// How many bytes are read.
    pub read: usize,
}

/// A transfer that has ended, as a device is to hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndedTransfer {
    /// Number of the command that stands for the bus.
    pub id: u16,
    /// How.
    pub status: TransferStatus,
    /// What was read.
    pub read: Vec<u8>,
}

impl EndedTransfer {
    /// As messages.
    pub(crate) fn messages(&self) -> impl Iterator<Item = ToDevice> + '_ {
        let Self { id, status, ref read } = *self;
        let end = ToDevice::Transferred { id, status, count: read.len() as u16 };
        BusBytes::pieces(read).map(|bytes| ToDevice::BusRead { bytes }).chain([end])
    }
}

/// One slot of a device's subscriptions changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionChange {
    /// The slot is filled.
    Set {
        /// Place of the subscription.
        slot: u8,
        /// A reading.
        id: u16,
        /// Which way.
        edge: LinkEdge,
        /// Whichever element crosses first of the array that begins with it.
        whichever: bool,
        /// In counts of the reading.
        level: i32,
    },
    /// The slot is emptied.
    Cleared {
        /// Place of the subscription.
        slot: u8,
    },
}

/// A line of log that is still being received; it may span barriers.
#[derive(Debug, Default)]
pub(crate) struct LogLine(Vec<u8>);

impl LogLine {
    /// Takes a piece; the last one yields the line.
    pub(crate) fn append(&mut self, text: TextChunk, end: bool) -> Option<String> {
        let room = MAX_LOG_LINE - self.0.len();
        self.0.extend(text.bytes().iter().take(room));
        end.then(|| printable(&std::mem::take(&mut self.0)))
    }
}
