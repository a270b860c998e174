//! What a session needs of a line.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use crate::error::LinkErrorKind;

/// Bytes to a device and back, every wait bounded.
pub trait ByteStream: Send + Sync {
    /// Sends all of the bytes.
    ///
    /// # Errors
    /// If the device is gone, or has not taken them by the deadline.
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind>;

    /// Waits for bytes and appends what has come, one byte or more; 0 when the deadline passed without
    /// any.
    ///
    /// # Errors
    /// If the device is gone, after everything that it sent before was delivered.
    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind>;

    /// Whether the time to wait is over. Only a line without a wall clock, a recording, says otherwise:
    /// what came too late stands in it.
    fn is_late(&self, deadline: Instant) -> bool {
        Instant::now() >= deadline
    }

    /// What becomes readable when something has come; `None` of a line without one, a recording.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>>;

    /// What is at the other end, for people.
    fn describe(&self) -> String;

    /// The end of what the device wrote to its error channel, if it has one; printable.
    fn last_words(&mut self) -> String;

    /// Gives the device so long to leave by itself, then ends it.
    fn close(&mut self, grace: Duration);
}
