//! A session over the bench link: greeting, agreement on pins, barriers, farewell.
//!
//! A barrier is one question and one answer. The bench sends the readings that changed and the time;
//! the device says what it has to say and ends with DONE. Everything between two DONEs belongs to the
//! later one, whenever the bytes happened to arrive: an answer does not depend on how fast either end
//! is. The device says only what it has agreed to. A frame that is lost or damaged ends the session, because nobody could vouch for its outcome.
//!
//! On the device's own clock there are no barriers: `session/own_clock.rs`.

mod greeting;
mod own_clock;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use blackstart_limits::{BARRIER_BYTES, BARRIER_MESSAGES};
use blackstart_roles::Direction;
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{
    Agreement, FromDevice, LAST_INSTANT, LinkLineCounters, MAX_TRANSFER_BYTES, Offer,
    PacketDecoder, TURNS, ToDevice, TransferForm, WakeCause, append_frame,
};

use crate::allowance::Allowance;
use crate::answer::{Answer, AskedTransfer, EndedTransfer, LogLine, SubscriptionChange};
use crate::error::{LinkError, LinkErrorKind};
use crate::line::TapedLine;
use crate::recording::Tape;
use crate::stream::ByteStream;
pub use own_clock::Drift;
use own_clock::Watchdog;

/// Longest name or version of a firmware that is kept.
const MAX_IDENTITY_TEXT: usize = 64;
/// A device that boots may not have listened yet: how often it is greeted until it says something.
const GREETING_PERIOD: Duration = Duration::from_millis(500);
/// What a device gets to leave by itself after the farewell.
const FAREWELL_GRACE: Duration = Duration::from_millis(500);

/// What a device says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    /// Name of the firmware, printable.
    pub name: String,
    /// Its version, printable.
    pub version: String,
    /// Version of the bench link that it speaks.
    pub protocol: u8,
}

/// Whose time a device goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timebase {
    /// The bench's barriers.
    Lockstep,
    /// Its own clock.
    OwnClock,
}

/// What went over the line of a session so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// From the device.
    pub received: LinkLineCounters,
    /// To the device.
    pub bytes_sent: u64,
    /// To the device.
    pub frames_sent: u64,
    /// Barriers that were answered.
    pub barriers: u64,
    /// Longest wait for an answer, on the wall clock.
    pub longest_wait: Duration,
    /// Frames to the device that it received damaged, and those that its bus is known to have lost in either
    /// direction; known of a session on its own clock.
    pub frames_lost: u64,
}

/// A device that has introduced itself, has said which pins it uses, and answers barriers.
pub struct Session {
    line: TapedLine,
    agreement: Agreement,
    timebase: Timebase,
    timeout: Duration,
    decoder: PacketDecoder,
    /// Received, and not yet looked at, in the order of the line.
    pending: VecDeque<Heard>,
    log: LogLine,
    /// What its next transfer on a bus writes.
    writing: Vec<u8>,
    /// Transfers of which it is still to hear that they have ended.
    ended: Vec<EndedTransfer>,
    /// What it logged before the first barrier.
    first_logs: Vec<String>,
    turn: u8,
    /// Greetings that are still to be answered: their answers come before what it says of its pins.
    greetings: u32,
    has_said_farewell: bool,
    counters: Counters,
    watchdog: Watchdog,
    allowance: Allowance,
}

/// One piece of what a device sent.
enum Heard {
    Message(FromDevice),
    /// A message should be here and none is.
    Noise(LinkErrorKind),
}

/// How much a device may still say before the bench stops listening.
struct Hearing {
    deadline: Instant,
    bytes_before: u64,
    messages: u64,
}

impl Session {
    /// Greets the device in lockstep, waits for its identity, offers it the pins of its role and waits until
    /// it has said which it uses. `timeout` holds for each of these and for each barrier.
    ///
    /// # Errors
    /// If the device ends, sends something else, or does not answer in time.
    pub fn connect(
        stream: impl ByteStream + 'static,
        timeout: Duration,
        offer: Offer,
    ) -> Result<(Self, DeviceIdentity), LinkError> {
        Self::connect_taped(Box::new(stream), Timebase::Lockstep, timeout, offer, None)
    }

    /// The same with a choice of clocks, and with everything that goes over the line put on a tape.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub fn connect_taped(
        stream: Box<dyn ByteStream>,
        timebase: Timebase,
        timeout: Duration,
        offer: Offer,
        tape: Option<Tape>,
    ) -> Result<(Self, DeviceIdentity), LinkError> {
        let mut session = Self {
            line: TapedLine::new(stream, tape),
            agreement: Agreement::default(),
            timebase,
            timeout,
            decoder: PacketDecoder::default(),
            pending: VecDeque::new(),
            log: LogLine::default(),
            writing: Vec::new(),
            ended: Vec::new(),
            first_logs: Vec::new(),
            turn: 0,
            greetings: 0,
            has_said_farewell: false,
            counters: Counters::default(),
            watchdog: Watchdog::default(),
            allowance: Allowance::default(),
        };
        let agreed = session.greet().and_then(|identity| {
            session.negotiate(offer)?;
            Ok(identity)
        });
        match agreed {
            Ok(identity) => Ok((session, identity)),
            Err(kind) => Err(session.line.lost(kind)),
        }
    }

    /// What the device was offered, and which of it it uses.
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// One barrier: it is `at`, these readings changed (number and counts, of those that the device uses);
    /// what does the device say? At the first barrier of a session all have changed.
    ///
    /// # Errors
    /// If the device is lost, misbehaves, or never comes to rest. The session must not be used afterwards.
    pub fn exchange(
        &mut self,
        at: SimTime,
        cause: WakeCause,
        readings: &[(u16, i32)],
    ) -> Result<Answer, LinkError> {
        let asked = Instant::now();
        let answer = self
            .allowance
            .barrier(at)
            .and_then(|()| self.barrier(at, cause, readings))
            .and_then(|answer| self.allowance.spend(&answer).map(|()| answer))
            .map_err(|kind| self.line.lost(kind))?;
        self.counters.longest_wait = self.counters.longest_wait.max(asked.elapsed());
        Ok(answer)
    }

    /// Transfers of the device have ended: it is sent that before the next barrier, or with the next readings.
    pub fn hear_of(&mut self, ended: Vec<EndedTransfer>) {
        self.ended.extend(ended);
    }

    /// Readings and ended transfers as frames, and how many these are.
    fn news(&mut self, readings: &[(u16, i32)]) -> (Vec<u8>, u64) {
        let readings = readings.iter().map(|&(id, value)| ToDevice::Reading { id, value });
        let ended = std::mem::take(&mut self.ended);
        let ended = ended.iter().flat_map(EndedTransfer::messages);
        let (mut bytes, mut frames) = (Vec::new(), 0);
        for message in readings.chain(ended) {
            append_frame(&message.encode(), &mut bytes);
            frames += 1;
        }
        (bytes, frames)
    }

    /// From now on a barrier may take this long: a device may need longer to boot than to answer.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// What went over the line so far.
    pub fn counters(&self) -> Counters {
        let frames_lost = self.counters.frames_lost + self.line.lost_frames();
        Counters { received: self.decoder.counters(), frames_lost, ..self.counters }
    }

    /// Tells the device that the session is over.
    ///
    /// # Errors
    /// If the device is gone or deaf; if it is a recording in which the session goes on.
    pub fn say_farewell(&mut self) -> Result<(), LinkError> {
        self.has_said_farewell = true;
        let mut bytes = Vec::new();
        append_frame(&ToDevice::Bye.encode(), &mut bytes);
        self.send(&bytes, 1, Instant::now() + FAREWELL_GRACE).map_err(|kind| self.line.lost(kind))
    }

    /// Ends the device, after a farewell, also when it does not leave by itself. Returns the end of what it
    /// wrote to its error channel.
    pub fn finish(mut self) -> String {
        if !self.has_said_farewell {
            // A device that is gone or deaf is ended all the same.
            let _ = self.say_farewell();
        }
        self.line.close(FAREWELL_GRACE);
        self.line.last_words()
    }

    fn barrier(
        &mut self,
        at: SimTime,
        cause: WakeCause,
        readings: &[(u16, i32)],
    ) -> Result<Answer, LinkErrorKind> {
        if at > LAST_INSTANT {
            return Err(LinkErrorKind::TimeOutOfRange { at });
        }
        self.line.now = at;
        let mut hearing = self.start_hearing();
        self.ask(at, cause, readings, hearing.deadline)?;
        let logs = std::mem::take(&mut self.first_logs);
        let mut answer = Answer { logs, ..Answer::default() };
        loop {
            let message = match self.hear(&mut hearing)? {
                Some(Heard::Message(message)) => message,
                Some(Heard::Noise(kind)) => return Err(kind),
                None => return Err(self.unanswered(&hearing)),
            };
            if let Some(wake) = self.take(message, &mut answer)? {
                if wake <= at {
                    return Err(LinkErrorKind::WakeNotLater { at, wake });
                }
                answer.wake = wake;
                self.turn = (self.turn + 1) % TURNS;
                self.counters.barriers += 1;
                return Ok(answer);
            }
        }
    }

    fn ask(
        &mut self,
        at: SimTime,
        cause: WakeCause,
        readings: &[(u16, i32)],
        deadline: Instant,
    ) -> Result<(), LinkErrorKind> {
        let (mut bytes, mut frames) = self.news(readings);
        append_frame(&ToDevice::Advance { at, cause, turn: self.turn }.encode(), &mut bytes);
        frames += 1;
        self.send(&bytes, frames, deadline)
    }

    fn send(&mut self, bytes: &[u8], frames: u64, deadline: Instant) -> Result<(), LinkErrorKind> {
        self.line.send(bytes, deadline)?;
        self.counters.bytes_sent += bytes.len() as u64;
        self.counters.frames_sent += frames;
        Ok(())
    }

    /// Adds a message to the answer; the one that completes it yields the time to wake the device.
    fn take(
        &mut self,
        message: FromDevice,
        answer: &mut Answer,
    ) -> Result<Option<SimTime>, LinkErrorKind> {
        match message {
            FromDevice::Command { id, value } => {
                self.agreement.check(Direction::Command, id, value)?;
                answer.commands.push((id, value));
            }
            FromDevice::Claim { id, value } => {
                self.agreement.check(Direction::Claim, id, value)?;
                answer.claims.push((id, value));
            }
            FromDevice::Subscribe { slot, id, edge, whichever, level } => {
                self.agreement.check_subscription(id, whichever, level)?;
                let set = SubscriptionChange::Set { slot, id, edge, whichever, level };
                answer.subscriptions.push(set);
            }
            FromDevice::Unsubscribe { slot } => {
                answer.subscriptions.push(SubscriptionChange::Cleared { slot });
            }
            FromDevice::BusWrite { bytes } => {
                self.writing.extend(bytes.bytes());
                if self.writing.len() > MAX_TRANSFER_BYTES {
                    return Err(LinkErrorKind::BadTransfer { what: "of too many bytes" });
                }
            }
            FromDevice::Transfer { id, form, address, written, read } => {
                self.agreement.check_bus(id)?;
                let write = std::mem::take(&mut self.writing);
                let (written, read) = (usize::from(written), usize::from(read));
                let what = match form {
                    _ if write.len() != written => Some("of other bytes than it wrote"),
                    _ if read > MAX_TRANSFER_BYTES => Some("of too many bytes"),
                    TransferForm::I2c if address > 0x7F => Some("with a wrong address"),
                    TransferForm::Spi if read != written => Some("that reads less than it writes"),
                    _ => None,
                };
                if let Some(what) = what {
                    return Err(LinkErrorKind::BadTransfer { what });
                }
                answer.transfers.push(AskedTransfer { id, form, address, write, read });
            }
            FromDevice::Log { text, end } => answer.logs.extend(self.log.append(text, end)),
            FromDevice::Done { wake, turn } if turn == self.turn => return Ok(Some(wake)),
            FromDevice::Done { turn, .. } => {
                return Err(LinkErrorKind::OutOfTurn { asked: self.turn, answered: turn });
            }
            FromDevice::Lost { frames } => return Err(LinkErrorKind::LostFrames { frames }),
            FromDevice::Identity { .. } | FromDevice::Boot => return Err(LinkErrorKind::Restarted),
            FromDevice::Use { .. } | FromDevice::Own { .. } | FromDevice::Ready { .. } => {
                return Err(LinkErrorKind::Untimely { message: message.name() });
            }
        }
        Ok(None)
    }

    fn unanswered(&self, hearing: &Hearing) -> LinkErrorKind {
        let waited = self.timeout;
        let counters = self.decoder.counters();
        // An unfinished frame is garbage when the rest does not come.
        let dropped_bytes = counters.dropped_bytes + self.decoder.unfinished() as u64;
        match hearing.messages {
            0 if self.decoder.unfinished() == 0 => LinkErrorKind::Silent { waited },
            0 => LinkErrorKind::Garbage { dropped_bytes, rejected: counters.rejected() },
            messages => LinkErrorKind::Unfinished { waited, messages },
        }
    }

    fn start_hearing(&self) -> Hearing {
        Hearing {
            deadline: Instant::now() + self.timeout,
            bytes_before: self.decoder.counters().bytes,
            messages: 0,
        }
    }

    /// The next message, `None` when none came in time.
    fn hear(&mut self, hearing: &mut Hearing) -> Result<Option<Heard>, LinkErrorKind> {
        let mut bytes = Vec::new();
        loop {
            let heard = hearing.bytes(self.decoder.counters());
            if heard > BARRIER_BYTES as u64 || hearing.messages >= BARRIER_MESSAGES {
                let messages = hearing.messages;
                return Err(LinkErrorKind::Flooded { bytes: heard, messages });
            }
            if let Some(heard) = self.pending.pop_front() {
                hearing.messages += 1;
                return Ok(Some(heard));
            }
            if self.line.receive(&mut bytes, hearing.deadline)? == 0 {
                return Ok(None);
            }
            bytes.drain(..).for_each(|byte| self.listen(byte));
        }
    }

    fn listen(&mut self, byte: u8) {
        let rejected_before = self.decoder.counters().rejected();
        if let Some(packet) = self.decoder.push(byte) {
            self.pending.push_back(match FromDevice::decode(&packet) {
                Ok(message) => Heard::Message(message),
                Err(error) => Heard::Noise(LinkErrorKind::Unintelligible(error)),
            });
        }
        let counters = self.decoder.counters();
        if counters.rejected() > rejected_before {
            self.pending.push_back(Heard::Noise(garbage(counters)));
        }
    }
}

impl Hearing {
    /// How much was heard up to these counters.
    fn bytes(&self, counters: LinkLineCounters) -> u64 {
        counters.bytes - self.bytes_before
    }
}

fn garbage(counters: LinkLineCounters) -> LinkErrorKind {
    LinkErrorKind::Garbage { dropped_bytes: counters.dropped_bytes, rejected: counters.rejected() }
}
