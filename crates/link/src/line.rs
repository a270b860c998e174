//! A line with what is put on tape of it.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;

use crate::error::{LinkError, LinkErrorKind};
use crate::recording::Tape;
use crate::stream::ByteStream;

/// A line, and the tape that everything on it is recorded on.
pub(crate) struct TapedLine {
    stream: Box<dyn ByteStream>,
    tape: Option<Tape>,
    /// Time of the newest barrier; without barriers, of what is said.
    pub now: SimTime,
}

impl TapedLine {
    pub fn new(stream: Box<dyn ByteStream>, tape: Option<Tape>) -> Self {
        Self { stream, tape, now: SimTime::ZERO }
    }

    pub fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        if let Some(tape) = &self.tape {
            tape.sent(self.now, bytes);
        }
        let outcome = self.stream.send(bytes, deadline);
        if let (Some(tape), Err(kind)) = (&self.tape, &outcome) {
            tape.sending_failed(self.now, kind);
        }
        outcome
    }

    /// What the line gives; 0 when it gave nothing in time, or the time is over.
    pub fn receive(
        &mut self,
        into: &mut Vec<u8>,
        deadline: Instant,
    ) -> Result<usize, LinkErrorKind> {
        let before = into.len();
        // Also a device that trickles on without end has only this long.
        let outcome =
            if self.is_late(deadline) { Ok(0) } else { self.stream.receive(into, deadline) };
        if let Some(tape) = &self.tape {
            match &outcome {
                Ok(0) => tape.nothing_came(self.now),
                Ok(_) => tape.received(self.now, &into[before..]),
                Err(kind) => tape.receiving_failed(self.now, kind),
            }
        }
        outcome
    }

    /// What has come already, at a time of the wall clock's; 0 when there is nothing.
    pub fn drain(&mut self, now: SimTime, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        self.now = now;
        let before = into.len();
        let outcome = self.stream.receive(into, Instant::now());
        if let Some(tape) = &self.tape {
            match &outcome {
                Ok(0) => {}
                Ok(_) => tape.received(now, &into[before..]),
                Err(kind) => tape.receiving_failed(now, kind),
            }
        }
        outcome
    }

    pub fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.stream.poll_fd()
    }

    pub fn is_congested(&self) -> bool {
        self.stream.is_congested()
    }

    pub fn lost_frames(&self) -> u64 {
        self.stream.lost_frames()
    }

    pub fn is_late(&self, deadline: Instant) -> bool {
        self.stream.is_late(deadline)
    }

    /// What to say of a device that is lost for this reason.
    pub fn lost(&mut self, kind: LinkErrorKind) -> LinkError {
        let last_words = self.last_words();
        LinkError { device: self.stream.describe(), kind, last_words }
    }

    /// The end of what the device wrote to its error channel.
    pub fn last_words(&mut self) -> String {
        self.stream.last_words()
    }

    pub fn close(&mut self, grace: Duration) {
        self.stream.close(grace);
    }
}
