//! A device that speaks CAN frames of its own and whose time is the simulation's: barriers beside frames.
//!
//! Left out: the pace of a bus and its arbitration. Frames take no time.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;
use blackstart_wire::can::slcan::PacedLine;

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::origin::SimOrigin;
use crate::pacer::{Pacer, misplaced};
use crate::stream::ByteStream;

/// The bus of one device that is paced.
pub struct PacedBus {
    pacer: Pacer,
    origin: SimOrigin,
    inbox: Vec<ReceivedFrame>,
    counters: CanPortCounters,
}

impl PacedBus {
    /// The device at the other end of a line. `timeout` holds for each barrier, on the wall clock.
    pub fn new(line: Box<dyn ByteStream>, origin: SimOrigin, timeout: Duration) -> Self {
        let (inbox, counters) = (Vec::new(), CanPortCounters::default());
        Self { pacer: Pacer::new(line, timeout), origin, inbox, counters }
    }
}

impl CanPort for PacedBus {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        if self.pacer.is_full() {
            self.counters.full += 1;
            return Ok(Sent::Full);
        }
        if !self.pacer.say(&PacedLine::Frame(*frame)) {
            self.counters.refused += 1;
            return Ok(Sent::Unsupported);
        }
        self.counters.sent += 1;
        Ok(Sent::Queued)
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        into.append(&mut self.inbox);
        Ok(())
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn reach(&mut self, now: SimTime) {
        self.pacer.reach(now);
    }

    fn is_due(&self) -> bool {
        self.pacer.is_due()
    }

    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        let Self { pacer, origin, inbox, counters } = self;
        pacer.run(|at, line| match line {
            PacedLine::Frame(frame) => {
                counters.count(&frame);
                inbox.push(ReceivedFrame { at: origin.instant_of(at), frame });
                Ok(())
            }
            other => Err(misplaced(&other)),
        })
    }

    fn counters(&self) -> CanPortCounters {
        let Pacer { barriers, longest_wait, .. } = self.pacer;
        CanPortCounters { barriers, longest_wait, ..self.counters }
    }

    fn describe(&self) -> String {
        self.pacer.describe()
    }

    fn last_words(&mut self) -> String {
        self.pacer.last_words()
    }

    fn close(&mut self, grace: Duration) {
        self.pacer.close(grace);
    }
}
