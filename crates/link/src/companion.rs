//! A device that is a process of this machine and sits on a bus: the bus, and whether the process lives.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::can::CanFrame;

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::process::Process;
use crate::stream::ByteStream;

/// How often to look whether the process lives: nothing on a bus tells that a node is gone.
const LIFE_SIGN_PERIOD: Duration = Duration::from_millis(50);

/// A port with a process beside it, which ends with it. What the process writes to its standard output
/// is thrown away; its end is reported as the port's, after the frames that came before.
pub struct Companion {
    port: Box<dyn CanPort>,
    process: Process,
    next_look: Instant,
}

impl Companion {
    /// This process, on this port.
    pub fn new(port: Box<dyn CanPort>, process: Process) -> Self {
        Self { port, process, next_look: Instant::now() + LIFE_SIGN_PERIOD }
    }
}

impl CanPort for Companion {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        self.port.send(frame)
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        let due = Instant::now() >= self.next_look;
        // Looked at before the bus is, so that what the process sent last is not missed.
        let life = if due { self.process.receive(&mut Vec::new(), Instant::now()) } else { Ok(0) };
        let before = into.len();
        self.port.receive(into)?;
        if into.len() == before {
            life?;
        }
        if due {
            self.next_look = Instant::now() + LIFE_SIGN_PERIOD;
        }
        Ok(())
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.port.poll_fd()
    }

    fn next_due(&self) -> Option<Instant> {
        Some(self.port.next_due().map_or(self.next_look, |due| due.min(self.next_look)))
    }

    fn counters(&self) -> CanPortCounters {
        self.port.counters()
    }

    fn is_over(&self) -> bool {
        self.port.is_over()
    }

    fn describe(&self) -> String {
        format!("{} on {}", self.process.describe(), self.port.describe())
    }

    fn last_words(&mut self) -> String {
        self.process.last_words()
    }

    fn close(&mut self, grace: Duration) {
        self.process.close(grace);
        self.port.close(grace);
    }
}
