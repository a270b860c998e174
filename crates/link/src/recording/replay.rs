//! A recorded device: a line that says what was recorded, as long as it is asked what was recorded.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::bench_link::ToDevice;

use super::departure::{Departure, OfferedPins, messages};
use super::entry::{Entry, EntryKind, failure_of};
use crate::error::LinkErrorKind;
use crate::stream::ByteStream;

/// One line of a recording, in the place of its device.
#[derive(Clone, Debug)]
pub struct Replay {
    device: String,
    entries: VecDeque<Entry>,
    /// Whether the session ended where the entries end.
    is_complete: bool,
    /// Barriers so far, and the time of the newest.
    barriers: u64,
    at: SimTime,
    reported: OfferedPins,
}

impl Replay {
    pub(super) fn new(device: String, entries: VecDeque<Entry>, is_complete: bool) -> Self {
        let reported = OfferedPins::default();
        Self { device, entries, is_complete, barriers: 0, at: SimTime::ZERO, reported }
    }

    /// The next entry, if it is of a kind.
    fn next_if(&mut self, kind: EntryKind) -> Option<Entry> {
        self.entries.pop_front_if(|entry| entry.kind == kind)
    }

    fn departs(&self, asked: &[u8]) -> LinkErrorKind {
        let next = self.entries.front();
        if next.is_none() && !self.is_complete {
            return LinkErrorKind::RecordingEnds { at: self.at };
        }
        let recorded = next.filter(|entry| entry.kind == EntryKind::Sent);
        let recorded_bytes = recorded.map_or([].as_slice(), |entry| &entry.bytes);
        let at = next.map_or(self.at, |entry| entry.at);
        let departure =
            Departure::between((self.barriers, at), &self.reported, recorded_bytes, asked);
        LinkErrorKind::Departed(Box::new(departure))
    }
}

impl ByteStream for Replay {
    fn send(&mut self, bytes: &[u8], _: Instant) -> Result<(), LinkErrorKind> {
        let recorded = self.entries.front();
        if !recorded.is_some_and(|e| e.kind == EntryKind::Sent && e.bytes == bytes) {
            return Err(self.departs(bytes));
        }
        self.entries.pop_front();
        for message in messages(bytes) {
            self.reported.note(message);
            if let ToDevice::Advance { at, .. } = message {
                self.barriers += 1;
                self.at = at;
            }
        }
        match self.next_if(EntryKind::SendingFailed) {
            Some(failed) => Err(failure_of(&failed.bytes).unwrap_or(LinkErrorKind::HungUp)),
            None => Ok(()),
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>, _: Instant) -> Result<usize, LinkErrorKind> {
        if self.next_if(EntryKind::NothingCame).is_some() {
            return Ok(0);
        }
        if let Some(failed) = self.next_if(EntryKind::ReceivingFailed) {
            return Err(failure_of(&failed.bytes).unwrap_or(LinkErrorKind::HungUp));
        }
        match self.next_if(EntryKind::Received) {
            Some(entry) => {
                into.extend(&entry.bytes);
                Ok(entry.bytes.len())
            }
            // The bench waits for more than it waited for then.
            None => Err(self.departs(&[])),
        }
    }

    fn is_late(&self, _: Instant) -> bool {
        false
    }

    fn describe(&self) -> String {
        format!("the recording of {}", self.device)
    }

    fn last_words(&mut self) -> String {
        String::new()
    }

    fn close(&mut self, _: Duration) {}
}
