//! Packets in CAN frames: the type is part of the identifier, the payload is the data.
//!
//! ```text
//! identifier (11 bits) = channel (3 bits), type (8 bits)
//! ```
//!
//! One packet is one classic data frame; CAN's own checksum protects it, and its length is that of the
//! payload. Each identifier has one sender, as CAN demands: types below 0x80 are the bench's, the others
//! the device's. Readings have a lower number than the barrier behind them, commands and claims than
//! DONE: a controller that sends the lowest identifier first does not change what a barrier means. Only
//! LOST may then fall behind DONE, and is seen one barrier later. Channels let several devices share a
//! bus.
//!
//! Left out: what a sender does when the bus does not take its frames.

use super::packet::Packet;
use crate::can::{CanFrame, CanId, DataFrame};

/// Set in the types that a device sends.
const FROM_DEVICE: u8 = 0x80;

/// One bench and one device on a bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CanChannel(u8);

impl Default for CanChannel {
    /// Identifiers 0x500 to 0x5FF: below the devices' own protocols in most systems.
    fn default() -> Self {
        Self(5)
    }
}

impl CanChannel {
    /// The channel with this number; `None` above 7.
    pub fn new(number: u8) -> Option<Self> {
        (number < 8).then_some(Self(number))
    }

    /// Its number, 0 … 7.
    pub fn number(self) -> u8 {
        self.0
    }

    /// The frame that carries a packet.
    pub fn frame(self, packet: &Packet) -> CanFrame {
        let number = u32::from(self.0) << 8 | u32::from(packet.kind());
        let id = CanId::standard(number).expect("three and eight bits are eleven");
        let frame = DataFrame::classic(id, packet.payload());
        frame.expect("a payload has at most eight bytes").into()
    }

    /// The packet that a frame of this channel carries.
    fn packet(self, frame: &CanFrame) -> Option<Packet> {
        let CanFrame::Data(frame) = frame else { return None };
        let [.., channel, kind] = frame.id().number().to_be_bytes();
        let ours = !frame.id().is_extended() && frame.fd_flags().is_none() && channel == self.0;
        if ours { Packet::new(kind, frame.data()) } else { None }
    }
}

/// Which end of the link reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanEnd {
    /// The bench, which reads what the device sends.
    Bench,
    /// The device, which reads what the bench sends.
    Device,
}

/// What came from a bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkCanCounters {
    /// Packets for this end.
    pub packets: u64,
    /// Frames of other channels and protocols.
    pub foreign: u64,
    /// Frames with an identifier that only this end sends: its own echo, or a second one on the bus.
    pub echoes: u64,
    /// Error frames.
    pub errors: u64,
}

/// Finds packets among the frames of a bus.
#[derive(Clone, Copy, Debug)]
pub struct CanReceiver {
    channel: CanChannel,
    end: CanEnd,
    counters: LinkCanCounters,
}

impl CanReceiver {
    /// A receiver at this end of a channel.
    pub fn new(channel: CanChannel, end: CanEnd) -> Self {
        Self { channel, end, counters: LinkCanCounters::default() }
    }

    /// Takes the next frame; yields the packet that it carries for this end.
    pub fn push(&mut self, frame: &CanFrame) -> Option<Packet> {
        if let CanFrame::Error(_) = frame {
            self.counters.errors += 1;
            return None;
        }
        let Some(packet) = self.channel.packet(frame) else {
            self.counters.foreign += 1;
            return None;
        };
        let from_device = packet.kind() & FROM_DEVICE != 0;
        if from_device != (self.end == CanEnd::Bench) {
            self.counters.echoes += 1;
            return None;
        }
        self.counters.packets += 1;
        Some(packet)
    }

    /// What was seen so far.
    pub fn counters(&self) -> LinkCanCounters {
        self.counters
    }
}
