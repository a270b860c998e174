//! A line of bytes to a client whose time is the simulation's: barriers beside bytes.
//!
//! Left out: the rate of the line. Who speaks on it knows how long its bytes take.

use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::can::slcan::PacedLine;

use crate::error::LinkErrorKind;
use crate::pacer::{Pacer, misplaced};
use crate::stream::ByteStream;

/// The line of one client that is paced.
pub struct PacedClient {
    pacer: Pacer,
    inbox: Vec<u8>,
}

impl PacedClient {
    /// The client at the other end of a line. `timeout` holds for each barrier, on the wall clock.
    pub fn new(line: Box<dyn ByteStream>, timeout: Duration) -> Self {
        Self { pacer: Pacer::new(line, timeout), inbox: Vec::new() }
    }
}

impl ByteStream for PacedClient {
    /// What does not fit into one barrier is lost, as on a line whose reader is too slow.
    fn send(&mut self, bytes: &[u8], _: Instant) -> Result<(), LinkErrorKind> {
        self.try_send(bytes).map(|_| ())
    }

    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        let mut taken = 0;
        for piece in bytes.chunks(PacedLine::MOST_BYTES) {
            if self.pacer.is_full() {
                break;
            }
            self.pacer.say(&PacedLine::Bytes(piece.to_vec()));
            taken += piece.len();
        }
        Ok(taken)
    }

    /// Waits for nothing: bytes come with barriers.
    fn receive(&mut self, into: &mut Vec<u8>, _: Instant) -> Result<usize, LinkErrorKind> {
        let count = self.inbox.len();
        into.append(&mut self.inbox);
        Ok(count)
    }

    fn reach(&mut self, now: SimTime) {
        self.pacer.reach(now);
    }

    fn is_due(&self) -> bool {
        self.pacer.is_due()
    }

    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        let Self { pacer, inbox } = self;
        pacer.run(|_, line| match line {
            PacedLine::Bytes(bytes) => {
                inbox.extend(bytes);
                Ok(())
            }
            other => Err(misplaced(&other)),
        })
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
