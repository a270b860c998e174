//! Barriers beside what a device says: it is given the time, and no simulated time passes until it is done.
//!
//! The bench hands over what reaches the device now, and how late it is; the device runs what it has to run
//! until then, says what it sends and when, and ends with `done` and the time at which it wants to run next.
//! `wire::can::slcan`'s pacing has the lines. What comes out does not depend on how fast either end is.

use std::time::{Duration, Instant};

use blackstart_limits::{BARRIER_BYTES, BARRIER_MESSAGES};
use blackstart_units::SimTime;
use blackstart_wire::can::slcan::{PacedLine, PacedLines};

use crate::allowance::Allowance;
use crate::error::LinkErrorKind;
use crate::stream::ByteStream;

/// The bench's end of the line to a device that is paced.
pub(crate) struct Pacer {
    line: Box<dyn ByteStream>,
    /// How long a barrier may take, on the wall clock.
    timeout: Duration,
    lines: PacedLines,
    /// Lines for the device that wait for the next barrier, and how many.
    outbox: Vec<u8>,
    waiting: u64,
    now: SimTime,
    /// Until when it has run.
    ran_until: SimTime,
    /// When it wants to run next.
    wake: SimTime,
    allowance: Allowance,
    /// Barriers that were answered.
    pub barriers: u64,
    /// Longest wait for one, on the wall clock.
    pub longest_wait: Duration,
}

impl Pacer {
    /// The device at the other end of a line. It is run for the first time when it is first looked at.
    pub fn new(line: Box<dyn ByteStream>, timeout: Duration) -> Self {
        Self {
            line,
            timeout,
            lines: PacedLines::default(),
            outbox: Vec::new(),
            waiting: 0,
            now: SimTime::ZERO,
            ran_until: SimTime::ZERO,
            wake: SimTime::ZERO,
            allowance: Allowance::default(),
            barriers: 0,
            longest_wait: Duration::ZERO,
        }
    }

    /// Simulated time has come to this.
    pub fn reach(&mut self, now: SimTime) {
        self.now = now;
    }

    /// Whether the device is to be run now.
    pub fn is_due(&self) -> bool {
        self.waiting > 0 || self.wake <= self.now
    }

    /// Whether as much waits for the device as it can be sent at one barrier.
    pub fn is_full(&self) -> bool {
        self.waiting >= BARRIER_MESSAGES
    }

    /// Lets a line wait for the next barrier; `false` of what no line can say.
    pub fn say(&mut self, line: &PacedLine) -> bool {
        let is_said = line.append(&mut self.outbox);
        self.waiting += u64::from(is_said);
        is_said
    }

    /// One barrier. Gives everything that the device sends to `take`, with its time, and returns when it
    /// wants to run next.
    ///
    /// # Errors
    /// If the device is lost, or answers something else.
    pub fn run(
        &mut self,
        mut take: impl FnMut(SimTime, PacedLine) -> Result<(), LinkErrorKind>,
    ) -> Result<SimTime, LinkErrorKind> {
        let asked = Instant::now();
        self.ask(asked + self.timeout)?;
        let mut said_at = self.ran_until;
        self.wake = self.hear(asked + self.timeout, |now, line| match line {
            PacedLine::Time(said) if said < said_at || said > now => {
                Err(LinkErrorKind::OutOfTime { said, from: said_at, until: now })
            }
            PacedLine::Time(said) => {
                said_at = said;
                Ok(())
            }
            line => take(said_at, line),
        })?;
        self.ran_until = self.now;
        self.barriers += 1;
        self.longest_wait = self.longest_wait.max(asked.elapsed());
        Ok(self.wake)
    }

    /// What it is, for people.
    pub fn describe(&self) -> String {
        self.line.describe()
    }

    /// The end of what it wrote to its error channel.
    pub fn last_words(&mut self) -> String {
        self.line.last_words()
    }

    /// Gives it so long to leave by itself, then ends it.
    pub fn close(&mut self, grace: Duration) {
        self.line.close(grace);
    }

    fn ask(&mut self, deadline: Instant) -> Result<(), LinkErrorKind> {
        self.allowance.barrier(self.now)?;
        // What it said after it was done belongs to no barrier.
        if self.barriers > 0 && self.line.try_receive(&mut Vec::new())? > 0 {
            return Err(LinkErrorKind::NotDone);
        }
        let mut question = std::mem::take(&mut self.outbox);
        self.waiting = 0;
        PacedLine::Time(self.now).append(&mut question);
        self.line.send(&question, deadline)
    }

    /// Takes in lines until the one that ends the answer.
    fn hear(
        &mut self,
        deadline: Instant,
        mut take: impl FnMut(SimTime, PacedLine) -> Result<(), LinkErrorKind>,
    ) -> Result<SimTime, LinkErrorKind> {
        let (mut heard, mut messages) = (0, 0);
        loop {
            let mut bytes = Vec::new();
            let came = match Instant::now() < deadline {
                true => self.line.receive(&mut bytes, deadline)?,
                false => 0,
            };
            if came == 0 {
                return Err(self.unanswered(heard, messages));
            }
            heard += came as u64;
            let mut rest = bytes.into_iter();
            for byte in rest.by_ref() {
                let line = match self.lines.push(byte) {
                    Ok(None) => continue,
                    Ok(Some(line)) => line,
                    Err(no_line) => return Err(LinkErrorKind::NoPacedLine { line: no_line.0 }),
                };
                messages += 1;
                let PacedLine::Done { until, wake } = line else {
                    take(self.now, line)?;
                    continue;
                };
                if until != self.now {
                    return Err(LinkErrorKind::OtherBarrier { asked: self.now, answered: until });
                }
                if wake <= self.now {
                    return Err(LinkErrorKind::WakeNotLater { at: self.now, wake });
                }
                // Ends of lines may follow.
                let is_empty = |byte| matches!(byte, b'\r' | b'\n');
                return if rest.all(is_empty) { Ok(wake) } else { Err(LinkErrorKind::NotDone) };
            }
            if heard > BARRIER_BYTES as u64 || messages >= BARRIER_MESSAGES {
                return Err(LinkErrorKind::Flooded { bytes: heard, messages });
            }
        }
    }

    fn unanswered(&self, heard: u64, messages: u64) -> LinkErrorKind {
        let waited = self.timeout;
        match (self.barriers, messages) {
            (0, _) => LinkErrorKind::NeverAnswered { waited, received: heard },
            (_, 0) if !self.lines.is_torn() => LinkErrorKind::Silent { waited },
            _ => LinkErrorKind::Unfinished { waited, messages },
        }
    }
}

/// What a device says on a line that carries something else.
pub(crate) fn misplaced(line: &PacedLine) -> LinkErrorKind {
    let mut shown = Vec::new();
    line.append(&mut shown);
    LinkErrorKind::NoPacedLine { line: shown.trim_ascii().escape_ascii().to_string() }
}
