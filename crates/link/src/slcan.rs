//! A CAN adapter on a line of bytes, or a device that speaks as one: the host's end of SLCAN.
//!
//! The adapter is closed, asked for version and serial number, ordered to stamp frames if it can, given the
//! bit rate, and opened. Each frame that it is given it must acknowledge; one that it refuses (BEL) is
//! counted as not sent, one that it acknowledges as sent. An adapter that never acknowledges a frame is not
//! waited for. One that answers nothing at all is opened where its user says that it is such a one
//! ([`Slcan::open_mute`]); else it is taken for a line with nobody at the other end.
//!
//! Left out: the data bit rate of FD, for which adapters do not agree on a command, and the error
//! frames of the bus, for which the protocol has no line: status flags are asked for instead
//! ([`Slcan::ask_status`]).

mod stamp_clock;

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_wire::can::CanFrame;
use blackstart_wire::can::slcan::{
    BitRate, CARRIAGE_RETURN, SlcanCommand, SlcanHost, SlcanReply, SlcanStatus,
};

use crate::can_port::{CanPort, CanPortCounters, ReceivedFrame, Sent};
use crate::error::{LinkError, LinkErrorKind};
use crate::stream::ByteStream;
use stamp_clock::StampClock;

/// An adapter that boots may not have listened yet: how often it is spoken to until it answers.
const KNOCK_PERIOD: Duration = Duration::from_millis(500);
/// The line counts as quiet after so long without a byte.
const QUIET: Duration = Duration::from_millis(20);
/// Commands that may wait for their answer before the adapter counts as full.
const MAX_UNANSWERED: usize = 64;

/// An opened adapter.
pub struct Slcan {
    stream: Box<dyn ByteStream>,
    host: SlcanHost,
    /// Received from the line and not yet looked at.
    bytes: Vec<u8>,
    /// Said, and not yet on the line.
    outbox: Vec<u8>,
    unanswered: VecDeque<Asked>,
    /// Whether it has answered a frame yet.
    acknowledges: bool,
    /// Nothing that it is sent is ever answered.
    is_mute: bool,
    about: About,
    status: Option<SlcanStatus>,
    stamps: StampClock,
    counters: CanPortCounters,
}

/// What an answer will be the answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Frame,
    Status,
}

/// What an adapter says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Hardware and software version, two digits each.
    pub version: Option<[u8; 4]>,
    /// Serial number.
    pub serial: Option<[u8; 4]>,
    /// Whether it stamps frames.
    pub stamps: bool,
}

impl Slcan {
    /// Opens the adapter behind a line, at a bit rate of its bus. `timeout` holds for its first answer,
    /// and for each one after.
    ///
    /// # Errors
    /// [`LinkErrorKind::NeverAnswered`]; [`LinkErrorKind::AdapterRefused`] of bit rate or opening; if
    /// the line fails.
    pub fn open(
        stream: Box<dyn ByteStream>,
        bit_rate: BitRate,
        timeout: Duration,
    ) -> Result<Self, LinkError> {
        let mut slcan = Self::on(stream, false);
        let outcome = slcan.set_up(bit_rate, timeout);
        slcan.or_lost(outcome)
    }

    /// Opens an adapter that answers nothing. What its line takes counts as sent; whether the adapter is
    /// there at all, frames from the bus must show.
    ///
    /// # Errors
    /// If the line fails, or does not take the commands in time.
    pub fn open_mute(
        stream: Box<dyn ByteStream>,
        bit_rate: BitRate,
        timeout: Duration,
    ) -> Result<Self, LinkError> {
        let mut slcan = Self::on(stream, true);
        // The first carriage return ends what the line has picked up before.
        let mut lines = vec![CARRIAGE_RETURN];
        for command in [SlcanCommand::Close, SlcanCommand::BitRate(bit_rate), SlcanCommand::Open] {
            command.append(&mut lines);
        }
        let outcome = slcan.stream.send(&lines, Instant::now() + timeout);
        slcan.or_lost(outcome)
    }

    fn on(stream: Box<dyn ByteStream>, is_mute: bool) -> Self {
        Self {
            stream,
            host: SlcanHost::default(),
            bytes: Vec::new(),
            outbox: Vec::new(),
            unanswered: VecDeque::new(),
            acknowledges: false,
            is_mute,
            about: About::default(),
            status: None,
            stamps: StampClock::default(),
            counters: CanPortCounters::default(),
        }
    }

    fn or_lost(mut self, outcome: Result<(), LinkErrorKind>) -> Result<Self, LinkError> {
        match outcome {
            Ok(()) => Ok(self),
            Err(kind) => {
                let last_words = self.stream.last_words();
                Err(LinkError { device: self.describe(), kind, last_words })
            }
        }
    }

    /// What the adapter said of itself.
    pub fn about(&self) -> About {
        self.about
    }

    /// Asks for the status flags, which [`Slcan::status`] gives once they have come.
    ///
    /// # Errors
    /// If the line fails.
    pub fn ask_status(&mut self) -> Result<(), LinkErrorKind> {
        self.unanswered.push_back(Asked::Status);
        SlcanCommand::Status.append(&mut self.outbox);
        self.flush()
    }

    /// The status flags that came last; each answer is given once.
    pub fn status(&mut self) -> Option<SlcanStatus> {
        self.status.take()
    }

    fn set_up(&mut self, bit_rate: BitRate, timeout: Duration) -> Result<(), LinkErrorKind> {
        self.wake(timeout)?;
        if let Some(SlcanReply::Version(version)) = self.ask(SlcanCommand::Version, timeout)? {
            self.about.version = Some(version);
        }
        if let Some(SlcanReply::Serial(serial)) = self.ask(SlcanCommand::Serial, timeout)? {
            self.about.serial = Some(serial);
        }
        self.about.stamps =
            self.ask(SlcanCommand::Stamps(true), timeout)? == Some(SlcanReply::Done);
        for command in [SlcanCommand::BitRate(bit_rate), SlcanCommand::Open] {
            match self.ask(command, timeout)? {
                Some(SlcanReply::Done) => {}
                Some(_) => return Err(LinkErrorKind::AdapterRefused { command: shown(&command) }),
                None => return Err(self.never_answered(timeout)),
            }
        }
        self.counters = CanPortCounters::default();
        Ok(())
    }

    /// Closes the channel that an earlier host may have left open, until the adapter answers at all.
    fn wake(&mut self, timeout: Duration) -> Result<(), LinkErrorKind> {
        let deadline = Instant::now() + timeout;
        loop {
            // The first carriage return ends what the line has picked up before.
            let mut knock = vec![CARRIAGE_RETURN];
            SlcanCommand::Close.append(&mut knock);
            self.stream.send(&knock, deadline)?;
            let end = deadline.min(Instant::now() + KNOCK_PERIOD);
            if self.await_reply(end)?.is_some() {
                break;
            }
            if Instant::now() >= deadline {
                return Err(self.never_answered(timeout));
            }
        }
        // Answers to the knocks before, and frames that were on their way.
        while self.await_reply(Instant::now() + QUIET)?.is_some() {
            if Instant::now() >= deadline {
                return Err(self.never_answered(timeout));
            }
        }
        Ok(())
    }

    /// Says a command to the closed adapter and waits for its answer.
    fn ask(
        &mut self,
        command: SlcanCommand,
        timeout: Duration,
    ) -> Result<Option<SlcanReply>, LinkErrorKind> {
        let deadline = Instant::now() + timeout;
        let mut line = Vec::new();
        command.append(&mut line);
        self.stream.send(&line, deadline)?;
        while let Some(reply) = self.await_reply(deadline)? {
            if !matches!(reply, SlcanReply::Frame { .. }) {
                return Ok(Some(reply));
            }
        }
        Ok(None)
    }

    fn await_reply(&mut self, deadline: Instant) -> Result<Option<SlcanReply>, LinkErrorKind> {
        loop {
            let mut reply = None;
            let taken = self.bytes.iter().take_while(|&&byte| {
                if reply.is_none() {
                    reply = self.host.push(byte);
                    true
                } else {
                    false
                }
            });
            let taken = taken.count();
            self.bytes.drain(..taken);
            if reply.is_some() {
                return Ok(reply);
            }
            if self.stream.receive(&mut self.bytes, deadline)? == 0 {
                return Ok(None);
            }
        }
    }

    fn never_answered(&self, waited: Duration) -> LinkErrorKind {
        LinkErrorKind::NeverAnswered { waited, received: self.host.counters().bytes }
    }

    /// Puts on the line what it takes now.
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

    fn take(&mut self, reply: SlcanReply, now: Instant, into: &mut Vec<ReceivedFrame>) {
        match reply {
            SlcanReply::Frame { frame, stamp_ms } => {
                let at = stamp_ms.map_or(now, |stamp| self.stamps.instant(stamp, now));
                self.counters.count(&frame);
                into.push(ReceivedFrame { at, frame });
            }
            SlcanReply::Status(status) => {
                self.status = Some(status);
                self.unanswered.pop_front();
            }
            SlcanReply::Done | SlcanReply::Sent { .. } => {
                self.acknowledges = true;
                if self.unanswered.pop_front() == Some(Asked::Frame) {
                    self.counters.sent += 1;
                }
            }
            SlcanReply::Refused => {
                self.acknowledges = true;
                if self.unanswered.pop_front() == Some(Asked::Frame) {
                    self.counters.refused += 1;
                }
            }
            // Nobody asked.
            SlcanReply::Version(_) | SlcanReply::Serial(_) => self.counters.rejected += 1,
        }
    }
}

/// A command as it stands on the line.
fn shown(command: &SlcanCommand) -> String {
    let mut line = Vec::new();
    command.append(&mut line);
    String::from_utf8_lossy(&line).trim_end().to_owned()
}

impl CanPort for Slcan {
    /// A frame that the adapter refuses later is counted then.
    fn send(&mut self, frame: &CanFrame) -> Result<Sent, LinkErrorKind> {
        if matches!(frame, CanFrame::Error(_)) {
            self.counters.refused += 1;
            return Ok(Sent::Unsupported);
        }
        self.flush()?;
        let waits = self.unanswered.len() >= MAX_UNANSWERED;
        if !self.outbox.is_empty() || (waits && self.acknowledges) {
            self.counters.full += 1;
            return Ok(Sent::Full);
        }
        if waits {
            // It does not acknowledge: what was taken from the line counts as sent.
            self.unanswered.pop_front();
            self.counters.sent += 1;
        }
        SlcanCommand::Send(*frame).append(&mut self.outbox);
        if self.is_mute {
            self.counters.sent += 1;
        } else {
            self.unanswered.push_back(Asked::Frame);
        }
        self.flush()?;
        Ok(Sent::Queued)
    }

    fn receive(&mut self, into: &mut Vec<ReceivedFrame>) -> Result<(), LinkErrorKind> {
        self.flush()?;
        self.stream.receive(&mut self.bytes, Instant::now())?;
        let now = Instant::now();
        let rejected_before = self.host.counters().rejected;
        for byte in std::mem::take(&mut self.bytes) {
            if let Some(reply) = self.host.push(byte) {
                self.take(reply, now, into);
            }
        }
        self.counters.rejected += self.host.counters().rejected - rejected_before;
        Ok(())
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.stream.poll_fd()
    }

    fn counters(&self) -> CanPortCounters {
        self.counters
    }

    fn describe(&self) -> String {
        let mute = if self.is_mute { ", unanswered" } else { "" };
        format!("slcan over {}{mute}", self.stream.describe())
    }

    fn last_words(&mut self) -> String {
        self.stream.last_words()
    }

    fn close(&mut self, grace: Duration) {
        let mut line = Vec::new();
        SlcanCommand::Close.append(&mut line);
        // An adapter that is gone need not be closed.
        let _ = self.stream.send(&line, Instant::now() + grace);
        self.stream.close(grace);
    }
}
