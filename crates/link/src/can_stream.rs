//! The bench link over a CAN bus: bytes of the serial line on one side, frames on the other.
//!
//! Session and recording know one form of a packet, that of the serial line; here each one is put into
//! the frame that carries it, and back. A session over CAN is recorded as one over a serial line, and
//! replayed without a bus.
//!
//! CAN protects a frame that it delivers, and tells nobody of one that found no room. So the port's
//! counters are looked at with every answer: a frame that was lost or refused ends the session, because
//! nobody could vouch for its outcome.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::bench_link::{CanChannel, CanEnd, CanReceiver, Decoder, append_frame};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::can_port::{CanPort, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::process::{failed, left_until};
use crate::session::MAX_BARRIER_BYTES;
use crate::stream::ByteStream;

/// Between two tries of a frame that the bus has no room for: nothing tells when it has.
const RETRY_PERIOD: Duration = Duration::from_millis(1);

/// A bus that carries the bench link.
pub struct CanStream {
    port: Box<dyn CanPort>,
    channel: CanChannel,
    receiver: CanReceiver,
    /// Packets out of the bytes that are to be sent.
    packer: Decoder,
    frames: Vec<ReceivedFrame>,
    /// What came while the bench was sending.
    inbox: Vec<u8>,
}

impl CanStream {
    /// The bench's end of a channel on this port.
    pub fn new(port: Box<dyn CanPort>, channel: CanChannel) -> Self {
        Self {
            port,
            channel,
            receiver: CanReceiver::new(channel, CanEnd::Bench),
            packer: Decoder::default(),
            frames: Vec::new(),
            inbox: Vec::new(),
        }
    }

    /// Takes what the bus has, into the inbox.
    fn listen(&mut self) -> Result<(), LinkErrorKind> {
        let outcome = self.port.receive(&mut self.frames);
        for received in self.frames.drain(..) {
            if let Some(packet) = self.receiver.push(&received.frame) {
                append_frame(&packet, &mut self.inbox);
            }
        }
        let counters = self.port.counters();
        let frames = counters.lost + counters.refused + counters.errors.overflows;
        if frames > 0 {
            return Err(LinkErrorKind::FramesLost { frames });
        }
        if self.inbox.len() > MAX_BARRIER_BYTES {
            return Err(LinkErrorKind::Flooded { bytes: self.inbox.len() as u64, messages: 0 });
        }
        // What came before the port ended is handed over first.
        if self.inbox.is_empty() { outcome } else { Ok(()) }
    }

    /// Waits until the port has something, or for the time.
    fn wait(&self, time: Duration) -> Result<(), LinkErrorKind> {
        let due = self.port.next_due().map(|due| due.saturating_duration_since(Instant::now()));
        let time = due.map_or(time, |due| due.min(time)).min(Duration::from_secs(1));
        let time = PollTimeout::from(time.as_micros().div_ceil(1000) as u16);
        let mut ends: Vec<PollFd<'_>> =
            self.port.poll_fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)).into_iter().collect();
        match poll(&mut ends, time) {
            Ok(_) | Err(Errno::EINTR) => Ok(()),
            Err(errno) => Err(failed("waiting for the device", errno.into())),
        }
    }
}

impl ByteStream for CanStream {
    fn send(&mut self, bytes: &[u8], deadline: Instant) -> Result<(), LinkErrorKind> {
        for &byte in bytes {
            let Some(packet) = self.packer.push(byte) else { continue };
            let frame = self.channel.frame(&packet);
            loop {
                match self.port.send(&frame)? {
                    Sent::Queued => break,
                    Sent::Unsupported => return Err(LinkErrorKind::FramesLost { frames: 1 }),
                    Sent::Full => {}
                }
                let left = left_until(deadline).ok_or(LinkErrorKind::NotReading)?;
                // A device that is itself sending must be listened to, or both wait for each other.
                self.listen()?;
                self.wait(left.min(RETRY_PERIOD))?;
            }
        }
        Ok(())
    }

    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind> {
        loop {
            self.listen()?;
            if !self.inbox.is_empty() {
                let count = self.inbox.len();
                into.append(&mut self.inbox);
                return Ok(count);
            }
            let Some(left) = left_until(deadline) else { return Ok(0) };
            self.wait(left)?;
        }
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.port.poll_fd()
    }

    fn describe(&self) -> String {
        self.port.describe()
    }

    fn last_words(&mut self) -> String {
        self.port.last_words()
    }

    fn close(&mut self, grace: Duration) {
        self.port.close(grace);
    }
}
