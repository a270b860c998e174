//! The adapter's end: the state that decides which command is possible now.

use blackstart_units::SimTime;

use super::{
    BELL, BitRate, CARRIAGE_RETURN, MAX_LINE, STAMP_MODULO_MS, SlcanCommand, SlcanReply,
    SlcanStatus,
};
use crate::can::frame::CanFrame;
use crate::line::{CompletedLine, LineBuffer};

/// What an adapter says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdapterIdentity {
    /// Hardware and software version, two digits each.
    pub version: [u8; 4],
    /// Serial number.
    pub serial: [u8; 4],
}

impl Default for AdapterIdentity {
    fn default() -> Self {
        Self { version: *b"1010", serial: *b"BLKS" }
    }
}

/// What a command asks the owner of the adapter to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdapterAction {
    /// Join the bus.
    Open {
        /// Without sending or acknowledging.
        listen_only: bool,
    },
    /// Leave the bus.
    Close,
    /// Send a frame.
    Send(CanFrame),
}

/// Lines from the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AdapterCounters {
    /// Commands that were carried out.
    pub accepted: u64,
    /// Lines that were answered BEL.
    pub refused: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Channel {
    #[default]
    Closed,
    Open,
    Listening,
}

/// An emulated adapter. Holds at most one line; the replies go to a buffer of the caller.
#[derive(Clone, Debug, Default)]
pub struct Adapter {
    identity: AdapterIdentity,
    line: LineBuffer<MAX_LINE>,
    channel: Channel,
    /// Lawicel's adapters refuse to open before a bit rate was set.
    configured: bool,
    bit_rate: Option<BitRate>,
    stamps: bool,
    status: SlcanStatus,
    counters: AdapterCounters,
}

impl Adapter {
    /// A closed adapter that calls itself so.
    pub fn new(identity: AdapterIdentity) -> Self {
        Self { identity, ..Self::default() }
    }

    /// Takes the next byte from the host. A carriage return that completes a command appends its answer
    /// to `replies`, and yields what is to be done.
    pub fn push(&mut self, byte: u8, replies: &mut Vec<u8>) -> Option<AdapterAction> {
        if byte != CARRIAGE_RETURN {
            self.line.push(byte);
            return None;
        }
        let command = match self.line.finish() {
            // Hosts send empty lines to shake off what is on the line; they are not answered.
            CompletedLine::Whole(b"") => return None,
            CompletedLine::Whole(line) => SlcanCommand::parse(line),
            CompletedLine::TooLong(_) => None,
        };
        match command.and_then(|command| self.obey(command)) {
            Some((reply, action)) => {
                self.counters.accepted += 1;
                reply.append(replies);
                action
            }
            None => {
                self.counters.refused += 1;
                replies.push(BELL);
                None
            }
        }
    }

    /// A frame came from the bus: appends its line if the channel is open. Error frames have no line.
    /// Whether it was reported.
    pub fn receive(&self, frame: &CanFrame, at: SimTime, replies: &mut Vec<u8>) -> bool {
        if self.channel == Channel::Closed {
            return false;
        }
        let millis = at.as_nanos() / SimTime::from_millis(1).as_nanos() % STAMP_MODULO_MS;
        let stamp_ms = self.stamps.then_some(millis as u16);
        SlcanReply::Frame { frame: *frame, stamp_ms }.append(replies)
    }

    /// Raises status flags, which stay until the host reads them.
    pub fn raise(&mut self, flags: SlcanStatus) {
        self.status = self.status.union(flags);
    }

    /// The bit rate that the host chose by number; `None` before, and when it set registers.
    pub fn bit_rate(&self) -> Option<BitRate> {
        self.bit_rate
    }

    /// Whether the host has opened the channel, also to listen.
    pub fn is_open(&self) -> bool {
        self.channel != Channel::Closed
    }

    /// What was seen so far.
    pub fn counters(&self) -> AdapterCounters {
        self.counters
    }

    /// Carries a command out; `None` when it is not possible now.
    fn obey(&mut self, command: SlcanCommand) -> Option<(SlcanReply, Option<AdapterAction>)> {
        let closed = self.channel == Channel::Closed;
        match command {
            SlcanCommand::BitRate(rate) if closed => {
                self.bit_rate = Some(rate);
                self.configured = true;
                Some((SlcanReply::Done, None))
            }
            SlcanCommand::BitTiming { .. } if closed => {
                self.bit_rate = None;
                self.configured = true;
                Some((SlcanReply::Done, None))
            }
            SlcanCommand::Open if closed && self.configured => Some(self.open(Channel::Open)),
            SlcanCommand::Listen if closed && self.configured => {
                Some(self.open(Channel::Listening))
            }
            SlcanCommand::Close if !closed => {
                self.channel = Channel::Closed;
                Some((SlcanReply::Done, Some(AdapterAction::Close)))
            }
            SlcanCommand::Stamps(on) if closed => {
                self.stamps = on;
                Some((SlcanReply::Done, None))
            }
            SlcanCommand::Send(frame) if self.channel == Channel::Open => {
                let extended = match frame {
                    CanFrame::Data(frame) => frame.id().is_extended(),
                    CanFrame::Remote(frame) => frame.id().is_extended(),
                    CanFrame::Error(_) => return None,
                };
                Some((SlcanReply::Sent { extended }, Some(AdapterAction::Send(frame))))
            }
            SlcanCommand::Status if !closed => {
                Some((SlcanReply::Status(std::mem::take(&mut self.status)), None))
            }
            SlcanCommand::Version => Some((SlcanReply::Version(self.identity.version), None)),
            SlcanCommand::Serial => Some((SlcanReply::Serial(self.identity.serial), None)),
            _ => None,
        }
    }

    fn open(&mut self, channel: Channel) -> (SlcanReply, Option<AdapterAction>) {
        self.channel = channel;
        self.status = SlcanStatus::default();
        (SlcanReply::Done, Some(AdapterAction::Open { listen_only: channel == Channel::Listening }))
    }
}
