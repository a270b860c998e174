//! A log in the place of a bus: its frames come when they came then.
//!
//! The log begins with the first look at the port. What is sent to it is counted and goes nowhere: a
//! log answers nobody.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::can::{CanFrame, LogRecord};

use crate::can_log::{CanLog, CanLogError, LogRecords};
use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;

/// A log that is played back.
pub struct LogPort {
    log: CanLog,
    records: LogRecords,
    next: Option<LogRecord>,
    started: Option<Instant>,
    counters: CanPortCounters,
}

impl LogPort {
    /// This log, from its first frame.
    ///
    /// # Errors
    /// If its file cannot be opened any more, or it has no times.
    pub fn new(log: CanLog) -> Result<Self, CanLogError> {
        let mut records = log.records()?;
        let next = records.next();
        Ok(Self { log, records, next, started: None, counters: CanPortCounters::default() })
    }

    fn due(&self, started: Instant) -> Option<Instant> {
        let due = self.log.due(self.next.as_ref()?);
        Some(started + Duration::from_nanos(due.as_nanos()))
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
            let next = self.records.next();
            if let Some(LogRecord { frame, .. }) = std::mem::replace(&mut self.next, next) {
                self.counters.count(&frame);
                into.push(ReceivedFrame { at, frame });
            }
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
        self.next.is_none()
    }

    fn counters(&self) -> CanPortCounters {
        self.counters
    }

    fn describe(&self) -> String {
        format!("the log {}", self.log.path.display())
    }
}
