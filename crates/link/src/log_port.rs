//! A log in the place of a bus: its frames come when they came then.
//!
//! The log begins with the first look at the port. What is sent to it is counted and goes nowhere: a
//! log answers nobody.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::can::CanFrame;

use crate::can_log::CanLog;
use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;

/// A log that is played back.
#[derive(Debug)]
pub struct LogPort {
    log: CanLog,
    next: usize,
    started: Option<Instant>,
    counters: CanPortCounters,
}

impl LogPort {
    /// This log, from its first frame.
    pub fn new(log: CanLog) -> Self {
        Self { log, next: 0, started: None, counters: CanPortCounters::default() }
    }

    fn due(&self, started: Instant) -> Option<Instant> {
        let due = Duration::from_nanos(self.log.due(self.next).as_nanos());
        (!self.is_over()).then(|| started + due)
    }
}

impl CanPort for LogPort {
    fn send(&mut self, _: &CanFrame) -> Result<Sent, LinkErrorKind> {
        self.counters.sent += 1;
        Ok(Sent::Queued)
    }

    /// Frames carry the time at which they were due.
    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let now = Instant::now();
        let started = *self.started.get_or_insert(now);
        while let Some(at) = self.due(started).filter(|&due| due <= now) {
            let frame = self.log.records[self.next].frame;
            self.counters.count(&frame);
            into.push(ReceivedFrame { at, frame });
            self.next += 1;
        }
        Ok(())
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn next_due(&self) -> Option<Instant> {
        self.due(self.started?)
    }

    fn is_over(&self) -> bool {
        self.next == self.log.records.len()
    }

    fn counters(&self) -> CanPortCounters {
        self.counters
    }

    fn describe(&self) -> String {
        format!("the log {}", self.log.path.display())
    }
}
