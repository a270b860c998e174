//! The bench link over a CAN bus: bytes of the serial line on one side, frames on the other.
//!
//! Session and recording know one form of a packet, that of the serial line; here each one is put into
//! the frame that carries it, and back. A session over CAN is recorded as one over a serial line, and
//! replayed without a bus.
//!
//! CAN protects a frame that it delivers, and tells nobody of one that found no room. So the port's
//! counters are looked at with every answer. In lockstep a frame that was lost or refused ends the session,
//! because nobody could vouch for its outcome, and a frame that finds no room is waited for. On the device's
//! own clock nothing is waited for: losses are counted, for the rig's budget to judge, and what finds no
//! room is tried again with every look at the bus, until it has waited for too long.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_limits::BARRIER_BYTES;
use blackstart_wire::bench_link::{CanChannel, CanEnd, CanReceiver, PacketDecoder, append_frame};
use blackstart_wire::can::CanFrame;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::can_port::{CanPort, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::process::{failed, left_until};
use crate::stream::ByteStream;

/// Between two tries of a frame that the bus has no room for: nothing tells when it has.
const RETRY_PERIOD: Duration = Duration::from_millis(1);

/// A bus that carries the bench link.
pub struct CanStream {
    port: Box<dyn CanPort>,
    channel: CanChannel,
    receiver: CanReceiver,
    /// Packets out of the bytes that are to be sent.
    packer: PacketDecoder,
    /// Frames that the bus has not taken yet.
    outbox: VecDeque<CanFrame>,
    /// Since when the first of them waits.
    stuck_since: Option<Instant>,
    /// How long a frame may wait on a device's own clock; nothing in lockstep.
    patience: Option<Duration>,
    frames: Vec<ReceivedFrame>,
    /// What came while the bench was sending.
    inbox: Vec<u8>,
}

impl CanStream {
    /// The bench's end of a channel on this port, for a session in lockstep.
    pub fn new(port: Box<dyn CanPort>, channel: CanChannel) -> Self {
        Self {
            port,
            channel,
            receiver: CanReceiver::new(channel, CanEnd::Bench),
            packer: PacketDecoder::default(),
            outbox: VecDeque::new(),
            stuck_since: None,
            patience: None,
            frames: Vec::new(),
            inbox: Vec::new(),
        }
    }

    /// The same for a session on the device's own clock, in which a frame may wait so long for room.
    pub fn on_own_clock(port: Box<dyn CanPort>, channel: CanChannel, patience: Duration) -> Self {
        Self { patience: Some(patience), ..Self::new(port, channel) }
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
        if self.patience.is_none() && frames > 0 {
            return Err(LinkErrorKind::FramesLost { frames });
        }
        if self.inbox.len() > BARRIER_BYTES {
            return Err(LinkErrorKind::Flooded { bytes: self.inbox.len() as u64, messages: 0 });
        }
        // What came before the port ended is handed over first.
        if self.inbox.is_empty() { outcome } else { Ok(()) }
    }

    /// Gives the bus what it takes now.
    fn flush(&mut self) -> Result<(), LinkErrorKind> {
        while let Some(frame) = self.outbox.front() {
            match self.port.send(frame)? {
                Sent::Queued => {}
                Sent::Unsupported if self.patience.is_none() => {
                    return Err(LinkErrorKind::FramesLost { frames: 1 });
                }
                // The port has counted it.
                Sent::Unsupported => {}
                Sent::Full => {
                    let since = *self.stuck_since.get_or_insert_with(Instant::now);
                    let is_over = self.patience.is_some_and(|patience| since.elapsed() > patience);
                    return if is_over { Err(LinkErrorKind::NotReading) } else { Ok(()) };
                }
            }
            self.outbox.pop_front();
            self.stuck_since = None;
        }
        Ok(())
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
            if let Some(packet) = self.packer.push(byte) {
                self.outbox.push_back(self.channel.frame(&packet));
            }
        }
        loop {
            self.flush()?;
            if self.outbox.is_empty() || self.patience.is_some() {
                return Ok(());
            }
            let left = left_until(deadline).ok_or(LinkErrorKind::NotReading)?;
            // A device that is itself sending must be listened to, or both wait for each other.
            self.listen()?;
            self.wait(left.min(RETRY_PERIOD))?;
        }
    }

    fn receive(&mut self, into: &mut Vec<u8>, deadline: Instant) -> Result<usize, LinkErrorKind> {
        loop {
            self.listen()?;
            let flushed = self.flush();
            if !self.inbox.is_empty() {
                let count = self.inbox.len();
                into.append(&mut self.inbox);
                return Ok(count);
            }
            flushed?;
            let Some(left) = left_until(deadline) else { return Ok(0) };
            let is_stuck = !self.outbox.is_empty();
            self.wait(if is_stuck { left.min(RETRY_PERIOD) } else { left })?;
        }
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.port.poll_fd()
    }

    fn is_congested(&self) -> bool {
        !self.outbox.is_empty()
    }

    fn lost_frames(&self) -> u64 {
        if self.patience.is_none() {
            return 0;
        }
        let counters = self.port.counters();
        counters.lost + counters.refused + counters.rejected + counters.errors.overflows
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
