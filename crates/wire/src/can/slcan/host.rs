//! The host's end: replies out of what the adapter sends.

use super::{BELL, CARRIAGE_RETURN, MAX_LINE, SlcanReply};
use crate::line::{CompletedLine, LineBuffer};

/// What came from an adapter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostCounters {
    /// Every byte.
    pub bytes: u64,
    /// Replies that were understood.
    pub replies: u64,
    /// Lines that were not.
    pub rejected: u64,
}

/// Finds replies in a stream of bytes that may be cut anywhere. Holds at most one line.
///
/// Which command a [`SlcanReply::Done`] or [`SlcanReply::Refused`] answers is the caller's to know: adapters
/// answer in order, and put frames from the bus in between.
#[derive(Clone, Debug, Default)]
pub struct SlcanHost {
    line: LineBuffer<MAX_LINE>,
    counters: HostCounters,
}

impl SlcanHost {
    /// Takes the next byte; a terminator may complete a reply.
    pub fn push(&mut self, byte: u8) -> Option<SlcanReply> {
        self.counters.bytes += 1;
        let line = match byte {
            CARRIAGE_RETURN | BELL => self.line.finish(),
            _ => {
                self.line.push(byte);
                return None;
            }
        };
        let reply = match line {
            // A bell refuses the command; what stands before it is the torn start of something else.
            CompletedLine::Whole(b"") if byte == BELL => Some(SlcanReply::Refused),
            CompletedLine::Whole(line) if byte == CARRIAGE_RETURN => SlcanReply::parse(line),
            _ => None,
        };
        match reply {
            Some(_) => self.counters.replies += 1,
            None => self.counters.rejected += 1,
        }
        // The torn line is counted, and the bell behind it is still an answer.
        reply.or((byte == BELL).then_some(SlcanReply::Refused))
    }

    /// What was seen so far.
    pub fn counters(&self) -> HostCounters {
        self.counters
    }
}
