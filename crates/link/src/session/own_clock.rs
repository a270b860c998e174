//! A session on the device's own clock: nobody asks, both say what they have when they have it.
//!
//! One barrier there is: after the first readings, so that the device does not begin before it has been sent
//! how things stand. Then the device shows that it lives by DONE with its own time, ten times a second. From that the bench
//! knows a device that hangs, and how far its clock departs from the wall's: a board whose processor does
//! not keep up, as an emulator on a busy machine, falls behind. Damaged and lost frames are
//! counted here, and do not end the session as they do in lockstep.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_limits::{BARRIER_BYTES, BARRIER_MESSAGES};
use blackstart_units::SimTime;
use blackstart_wire::bench_link::{FromDevice, ToDevice, WakeCause, append_frame};

use super::{Heard, Session};
use crate::answer::Answer;
use crate::error::{LinkError, LinkErrorKind};

/// Span in which a device may send as much as at one barrier.
const FLOOD_WINDOW: SimTime = SimTime::from_whole_seconds(1);

/// At the end of a run, between two looks for a sign of life.
const LIFE_SIGN_PERIOD: Duration = Duration::from_millis(5);

/// How far a device's clock has departed from the bench's since its first sign of life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// The most that it was behind.
    pub behind: SimTime,
    /// The most that it was ahead.
    pub ahead: SimTime,
}

/// What is known of a device that nobody asks.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    /// The device has been ordered to begin.
    has_begun: bool,
    /// When it was last heard; nothing before the first look.
    heard_at: Option<SimTime>,
    /// The bench's time and its own, at its first sign of life.
    first: Option<(SimTime, SimTime)>,
    drift: Drift,
    /// Where the window of the flood guard began, with bytes before it and messages in it.
    window: (SimTime, u64, u64),
}

impl Watchdog {
    fn sign_of_life(&mut self, at: SimTime, own: SimTime) {
        let &mut (bench, device) = self.first.get_or_insert((at, own));
        let (passed, counted) = (at.since(bench), own.since(device));
        self.drift.behind = self.drift.behind.max(passed.since(counted));
        self.drift.ahead = self.drift.ahead.max(counted.since(passed));
    }
}

impl Session {
    /// Tells a device on its own clock that these readings changed (number and counts, of those that it
    /// uses). The first time these are all, and the device then begins.
    ///
    /// # Errors
    /// If the device is gone, or does not take them within the session's time-out.
    pub fn tell(&mut self, at: SimTime, readings: &[(u16, i32)]) -> Result<(), LinkError> {
        let (mut bytes, mut frames) = self.news(readings);
        if !std::mem::replace(&mut self.watchdog.has_begun, true) {
            let cause = WakeCause { timer: true, ..WakeCause::default() };
            append_frame(&ToDevice::Advance { at, cause, turn: 0 }.encode(), &mut bytes);
            frames += 1;
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.line.now = at;
        let deadline = Instant::now() + self.timeout;
        self.send(&bytes, frames, deadline).map_err(|kind| self.line.lost(kind))
    }

    /// Whether the bus does not take what the device was sent last: more would only wait behind it.
    pub fn is_congested(&self) -> bool {
        self.line.is_congested()
    }

    /// What a device on its own clock has said until `at`; never waits.
    ///
    /// # Errors
    /// If it is gone, was silent for longer than the session's time-out, was reset, floods the line, or
    /// says what cannot be.
    pub fn overhear(&mut self, at: SimTime) -> Result<Answer, LinkError> {
        let heard = self.take_all(at);
        let heard = heard.and_then(|answer| self.allowance.spend(&answer).map(|()| answer));
        heard.map_err(|kind| self.line.lost(kind))
    }

    /// Waits until the device is heard once more: at the end of a run, which may be shorter than the time
    /// for which it may be silent. What it says is dropped: it comes too late.
    ///
    /// # Errors
    /// As [`Session::overhear`].
    pub fn await_life(&mut self, at: SimTime) -> Result<(), LinkError> {
        let silent = at.since(self.watchdog.heard_at.unwrap_or(at)).as_nanos();
        let deadline = Instant::now() + self.timeout.saturating_sub(Duration::from_nanos(silent));
        let heard = |session: &Self| session.decoder.counters().frames;
        let before = heard(self);
        while heard(self) == before {
            if Instant::now() >= deadline {
                return Err(self.line.lost(LinkErrorKind::Silent { waited: self.timeout }));
            }
            std::thread::sleep(LIFE_SIGN_PERIOD);
            self.overhear(at)?;
        }
        Ok(())
    }

    /// How far the device's clock has departed from the bench's.
    pub fn drift(&self) -> Drift {
        self.watchdog.drift
    }

    /// What becomes readable when the device has said something.
    pub fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.line.poll_fd()
    }

    fn take_all(&mut self, at: SimTime) -> Result<Answer, LinkErrorKind> {
        let logs = std::mem::take(&mut self.first_logs);
        let mut answer = Answer { logs, ..Answer::default() };
        let mut bytes = Vec::new();
        self.watchdog.heard_at.get_or_insert(at);
        // Even of a device that is gone, what it said before counts.
        let mut end = Ok(());
        loop {
            match self.line.drain(at, &mut bytes) {
                Ok(0) => break,
                Ok(_) => bytes.drain(..).for_each(|byte| self.listen(byte)),
                Err(kind) => {
                    end = Err(kind);
                    break;
                }
            }
            self.check_flood(at)?;
        }
        while let Some(heard) = self.pending.pop_front() {
            self.watchdog.window.2 += 1;
            self.watchdog.heard_at = Some(at);
            self.check_flood(at)?;
            match heard {
                Heard::Message(message) => self.take_unasked(at, message, &mut answer)?,
                // The decoder has counted them.
                Heard::Noise(LinkErrorKind::Garbage { .. }) => {}
                Heard::Noise(kind) => return Err(kind),
            }
        }
        let silence = at.since(self.watchdog.heard_at.unwrap_or(at)).as_nanos();
        match end {
            Ok(()) if u128::from(silence) > self.timeout.as_nanos() => {
                Err(LinkErrorKind::Silent { waited: self.timeout })
            }
            // The next look finds it gone again.
            Err(_) if answer != Answer::default() => Ok(answer),
            end => end.map(|()| answer),
        }
    }

    fn take_unasked(
        &mut self,
        at: SimTime,
        message: FromDevice,
        answer: &mut Answer,
    ) -> Result<(), LinkErrorKind> {
        match message {
            // The answer to the one barrier: its clock has not begun.
            FromDevice::Done { wake: SimTime::NEVER, .. } => {}
            FromDevice::Done { wake, .. } => self.watchdog.sign_of_life(at, wake),
            FromDevice::Lost { frames } => self.counters.frames_lost += u64::from(frames),
            FromDevice::Subscribe { .. } | FromDevice::Unsubscribe { .. } => {
                return Err(LinkErrorKind::NotAsked { message: "a subscription" });
            }
            message => {
                self.take(message, answer)?;
            }
        }
        Ok(())
    }

    fn check_flood(&mut self, at: SimTime) -> Result<(), LinkErrorKind> {
        let bytes = self.decoder.counters().bytes;
        let (since, before, messages) = self.watchdog.window;
        if at.since(since) >= FLOOD_WINDOW {
            self.watchdog.window = (at, bytes, 0);
            return Ok(());
        }
        let bytes = bytes - before;
        if bytes > BARRIER_BYTES as u64 || messages > BARRIER_MESSAGES {
            return Err(LinkErrorKind::Flooded { bytes, messages });
        }
        Ok(())
    }
}
