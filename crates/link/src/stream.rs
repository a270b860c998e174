//! What a session needs of a line.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;

use crate::error::LinkErrorKind;

/// Bytes to a device and back, every wait bounded.
pub trait ByteStream: Send + Sync {
    /// Sends all of the bytes.
    ///
    /// # Errors
    /// If the device is gone, or has not taken them by the deadline.
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind>;

    /// Sends as many of the bytes as are taken without waiting; how many. A line that takes everything at
    /// once need not say more.
    ///
    /// # Errors
    /// If the device is gone.
    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        self.send(bytes, Instant::now()).map(|()| bytes.len())
    }

    /// Becomes readable when there is something to receive; `None` of a line that has no such thing.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Waits for bytes and appends what has come, one byte or more; 0 when the deadline passed without
    /// any.
    ///
    /// # Errors
    /// If the device is gone, after everything that it sent before was delivered.
    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind>;

    /// Appends what has come, without waiting; 0 when there is nothing.
    ///
    /// # Errors
    /// As [`ByteStream::receive`].
    fn try_receive(&mut self, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        self.receive(into, Instant::now())
    }

    /// Whether what was sent last still waits for room: more of it would wait behind. Only of a line that
    /// sends by itself.
    fn is_congested(&self) -> bool {
        false
    }

    /// Frames that are known to be lost, either way, on a line that goes on without them.
    fn lost_frames(&self) -> u64 {
        0
    }

    /// Whether the time to wait is over. Only a line without a wall clock, a recording, says otherwise:
    /// what came too late stands in it.
    fn is_late(&self, deadline: Instant) -> bool {
        Instant::now() >= deadline
    }

    /// Simulated time has come to this: of a line whose other end is paced, as of a
    /// [`CanPort`](crate::CanPort).
    fn reach(&mut self, _now: SimTime) {}

    /// Whether the other end is to be run at the time that was reached.
    fn is_due(&self) -> bool {
        false
    }

    /// Runs the other end until the time that was reached; when it wants to be run again.
    ///
    /// # Errors
    /// If it is lost, or answers something else.
    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        Ok(SimTime::NEVER)
    }

    /// What is at the other end, for people.
    fn describe(&self) -> String;

    /// The end of what the device wrote to its error channel, if it has one; printable.
    fn last_words(&mut self) -> String;

    /// Gives the device so long to leave by itself, then ends it.
    fn close(&mut self, grace: Duration);
}

impl ByteStream for Box<dyn ByteStream> {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        (**self).send(bytes, deadline)
    }

    fn try_send(&mut self, bytes: &[u8]) -> Result<usize, LinkErrorKind> {
        (**self).try_send(bytes)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        (**self).poll_fd()
    }

    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind> {
        (**self).receive(into, deadline)
    }

    fn try_receive(&mut self, into: &mut Vec<u8>) -> Result<usize, LinkErrorKind> {
        (**self).try_receive(into)
    }

    fn is_congested(&self) -> bool {
        (**self).is_congested()
    }

    fn reach(&mut self, now: SimTime) {
        (**self).reach(now);
    }

    fn is_due(&self) -> bool {
        (**self).is_due()
    }

    fn run_device(&mut self) -> Result<SimTime, LinkErrorKind> {
        (**self).run_device()
    }

    fn lost_frames(&self) -> u64 {
        (**self).lost_frames()
    }

    fn is_late(&self, deadline: Instant) -> bool {
        (**self).is_late(deadline)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }

    fn last_words(&mut self) -> String {
        (**self).last_words()
    }

    fn close(&mut self, grace: Duration) {
        (**self).close(grace);
    }
}
