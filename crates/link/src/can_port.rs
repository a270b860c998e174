//! What a bench needs of a CAN bus.
//!
//! A [`CanPort`] never waits: it takes a frame or says that it is full, and hands over what has come.
//! Whoever wants to wait does so on [`CanPort::poll_fd`] and until [`CanPort::next_due`]. Nothing is lost
//! in silence: every frame that did not get through stands in [`CanPortCounters`].

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::can::{BusFault, CanFrame};

use crate::error::LinkErrorKind;

/// Frames to a bus and back.
pub trait CanPort: Send + Sync {
    /// Hands a frame over for sending, without waiting.
    ///
    /// # Errors
    /// If the port is gone. A frame that is not taken is no error, see [`Sent`].
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind>;

    /// Appends what has come, without waiting; nothing is no error.
    ///
    /// # Errors
    /// If the port is gone, after everything that came before was handed over.
    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind>;

    /// Becomes readable when there is something to receive. `None` of a port whose frames come by time
    /// alone.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>>;

    /// When the port itself has something to do, without anything becoming readable: call `receive`
    /// then. `None` of a port that only waits for others.
    fn next_due(&self) -> Option<Instant> {
        None
    }

    /// Simulated time has come to this: of a bus that no wall clock paces. Called before anything is sent or
    /// received at that time.
    fn reach(&mut self, _now: SimTime) {}

    /// Whether the device behind is to be run at the time that was reached: it has been sent something, or
    /// wants to be woken. Of a device that goes by its own clock, never.
    fn is_due(&self) -> bool {
        false
    }

    /// Runs the device until the time that was reached. What it sent can be received then. Returns when it
    /// wants to be run again.
    ///
    /// # Errors
    /// If the device is lost, or answers something else.
    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        Ok(SimTime::NEVER)
    }

    /// Whether nothing more can come: of a log that has been played.
    fn is_over(&self) -> bool {
        false
    }

    /// What happened so far.
    fn counters(&self) -> CanPortCounters;

    /// What it is, for people.
    fn describe(&self) -> String;

    /// The end of what the process behind the port wrote to its error channel, if there is one;
    /// printable.
    fn last_words(&mut self) -> String {
        String::new()
    }

    /// Leaves the bus; gives a process behind the port so long to end by itself.
    fn close(&mut self, _grace: Duration) {}
}

/// What became of a frame that was to be sent.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It waits for the bus, or is on it.
    Queued,
    /// There is no room for it now: the bus is busy, off, or nobody acknowledges.
    Full,
    /// This port cannot carry such a frame at all: FD on a classic bus, an error frame.
    Unsupported,
}

/// A frame, and when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// On the monotonic wall clock: as early as can be known, the kernel's stamp where it gives one. Of a
    /// device that is paced, by the bus's [`SimOrigin`](crate::SimOrigin).
    pub at: Instant,
    /// Data, remote or error frame.
    pub frame: CanFrame,
}

/// What happened on a port since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CanPortCounters {
    /// Data and remote frames that came and were handed over, or wait to be.
    pub received: u64,
    /// Frames that were taken for sending.
    pub sent: u64,
    /// Frames that were not taken because there was no room.
    pub full: u64,
    /// Frames that the port cannot carry, or that the other side refused.
    pub refused: u64,
    /// Frames that came and were lost for want of room, in the kernel or behind it.
    pub lost: u64,
    /// What came and was no frame.
    pub rejected: u64,
    /// Error frames.
    pub errors: ErrorCounters,
    /// How often a device that is paced was run.
    pub barriers: u64,
    /// Longest wait for it, on the wall clock.
    pub longest_wait: Duration,
}

/// Error frames by what matters to a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorCounters {
    /// All of them.
    pub frames: u64,
    /// The controller disconnected itself.
    pub bus_off: u64,
    /// It was restarted.
    pub restarted: u64,
    /// An error counter passed 127.
    pub passive: u64,
    /// An error counter passed 96.
    pub warning: u64,
    /// The controller overflowed, receiving or sending: frames are lost, and nobody knows how many.
    pub overflows: u64,
    /// Arbitration lost, protocol violations, nobody to acknowledge, the transceiver, unknown ones.
    pub others: u64,
}

impl CanPortCounters {
    /// Counts a frame that came.
    pub fn count(&mut self, frame: &CanFrame) {
        match frame {
            CanFrame::Data(_) | CanFrame::Remote(_) => self.received += 1,
            CanFrame::Error(error) => {
                self.errors.frames += 1;
                error.faults().iter().for_each(|fault| self.errors.count(fault));
            }
        }
    }
}

impl ErrorCounters {
    fn count(&mut self, fault: &BusFault) {
        let counter = match fault {
            BusFault::BusOff => &mut self.bus_off,
            BusFault::Restarted => &mut self.restarted,
            BusFault::Passive => &mut self.passive,
            BusFault::Warning => &mut self.warning,
            BusFault::RxOverflow | BusFault::TxOverflow => &mut self.overflows,
            // Neither is a mishap.
            BusFault::Active | BusFault::Counters { .. } => return,
            BusFault::TxTimeout
            | BusFault::LostArbitration { .. }
            | BusFault::Controller
            | BusFault::Protocol { .. }
            | BusFault::Transceiver { .. }
            | BusFault::NoAcknowledge
            | BusFault::BusError
            | BusFault::Unknown { .. } => &mut self.others,
        };
        *counter += 1;
    }
}
