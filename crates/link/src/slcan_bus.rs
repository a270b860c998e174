//! The bus behind an emulated CAN adapter: the adapter's end of SLCAN.
//!
//! Whoever opens the other end of the line, python-can or `slcand` for example, finds an adapter; what it
//! sends is received here, and what is sent here it receives. An emulated device is a node on this bus
//! as on any other. Frames that come while the host has not opened the channel pass it unheard, as on a
//! real bus.
//!
//! Left out: the pace of a bus. Frames are as fast as the line is.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;
use blackstart_wire::can::slcan::{
    Adapter, AdapterAction, AdapterCounters, AdapterIdentity, BitRate, SlcanStatus,
};

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::LinkErrorKind;
use crate::stream::ByteStream;

/// Most bytes that wait for a host that does not read: a second of a full 500 kbit/s bus.
const MAX_OUTBOX: usize = 1 << 17;

/// An emulated adapter, seen from its bus.
pub struct SlcanBus {
    stream: Box<dyn ByteStream>,
    adapter: Adapter,
    started: Instant,
    /// Received from the line and not yet looked at.
    bytes: Vec<u8>,
    /// Said, and not yet on the line.
    outbox: Vec<u8>,
    counters: CanPortCounters,
}

impl SlcanBus {
    /// A closed adapter on a line to its host.
    pub fn new(stream: Box<dyn ByteStream>, identity: AdapterIdentity) -> Self {
        Self {
            stream,
            adapter: Adapter::new(identity),
            started: Instant::now(),
            bytes: Vec::new(),
            outbox: Vec::new(),
            counters: CanPortCounters::default(),
        }
    }

    /// Whether the host has opened the channel.
    pub fn is_open(&self) -> bool {
        self.adapter.is_open()
    }

    /// The bit rate that the host chose, if it did by number.
    pub fn bit_rate(&self) -> Option<BitRate> {
        self.adapter.bit_rate()
    }

    /// The commands of the host.
    pub fn commands(&self) -> AdapterCounters {
        self.adapter.counters()
    }

    fn flush(&mut self) -> Result<(), LinkErrorKind> {
        while !self.outbox.is_empty() {
            let count = self.stream.try_send(&self.outbox)?;
            if count == 0 {
                break;
            }
            self.outbox.drain(..count);
        }
        Ok(())
    }
}

impl CanPort for SlcanBus {
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        if matches!(frame, CanFrame::Error(_)) {
            // There is no line for it, but a flag.
            self.adapter.raise(SlcanStatus::BUS_ERROR);
            self.counters.refused += 1;
            return Ok(Sent::Unsupported);
        }
        self.flush()?;
        if self.outbox.len() >= MAX_OUTBOX {
            self.adapter.raise(SlcanStatus::RX_FULL);
            self.counters.full += 1;
            return Ok(Sent::Full);
        }
        let at = SimTime::from_nanos(self.started.elapsed().as_nanos() as u64);
        // Unheard while the channel is closed.
        self.adapter.receive(frame, at, &mut self.outbox);
        self.counters.sent += 1;
        self.flush()?;
        Ok(Sent::Queued)
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        self.flush()?;
        // A host that asks and does not read the answers has to wait.
        if self.outbox.len() < MAX_OUTBOX {
            self.stream.receive(&mut self.bytes, Instant::now())?;
        }
        let at = Instant::now();
        for byte in std::mem::take(&mut self.bytes) {
            if let Some(AdapterAction::Send(frame)) = self.adapter.push(byte, &mut self.outbox) {
                self.counters.count(&frame);
                into.push(ReceivedFrame { at, frame });
            }
        }
        self.counters.rejected = self.adapter.counters().refused;
        self.flush()
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.stream.poll_fd()
    }

    fn counters(&self) -> CanPortCounters {
        self.counters
    }

    fn describe(&self) -> String {
        format!("the bus behind an adapter on {}", self.stream.describe())
    }

    fn close(&mut self, grace: Duration) {
        self.stream.close(grace);
    }
}
