//! A device that speaks CAN frames of its own: a DBC file and a mapping stand between it and its role.
//!
//! Nobody introduces himself here: such a device has no name but what its rig calls it. It lives as long as
//! its messages come; one that stays away beyond its time-out is recorded, and when nothing at all has come
//! for as long as the rig waits for an answer, or its bus has taken nothing for so long, the device is lost.
//! One of which no message ever came was never there.
//!
//! On its own clock its frames take effect at the instant at which they arrived. One that is paced runs when
//! something is sent to it or when it wants to ([`paced`]); all else is the same.

mod complete;
mod fit;
mod inbox;
mod incoming;
mod outgoing;
mod paced;
mod stuck;

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{Causes, Terminal};
use blackstart_link::{
    CanPort, FaultControl, LinkError, LinkErrorKind, Pace, Sent, SimOrigin, Tape,
};
use blackstart_plant::Recorder;
use blackstart_scenario::{Diagnostics, Mapping};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::{LinkStatistics, Rounded};
use blackstart_wire::can::CanFrame;

use super::OutsideDevice;
use fit::Fitted;
use inbox::{Inbox, Waiting};
use incoming::Incoming;
use outgoing::OutgoingMessage;
use paced::Paced;
use stuck::StuckBus;

pub(crate) use fit::fit;

/// For so long after a fault of the scenario has acted, what is amiss is its doing: the next message of a
/// counter tells of the one before.
const AFTERMATH: SimTime = SimTime::from_whole_seconds(1);
/// At the end of a run, between two looks for a sign of life.
const LIFE_SIGN_PERIOD: Duration = Duration::from_millis(5);
/// What the device gets to leave by itself after the run.
const FAREWELL_GRACE: Duration = Duration::from_millis(500);

/// The bus of a device.
pub(super) struct Bus {
    pub port: Box<dyn CanPort>,
    /// What the scenario makes go wrong on it.
    pub faults: Option<FaultControl>,
    /// Where what goes over it is recorded.
    pub tape: Option<Tape>,
    /// Where the simulation paces the device: its time as that of frames.
    pub paced: Option<SimOrigin>,
}

/// A device behind a mapping.
pub(super) struct Mapped {
    entity: Entity,
    port: Box<dyn CanPort>,
    faults: Option<FaultControl>,
    tape: Option<Tape>,
    paced: Option<Paced>,
    /// Until when its last act tells.
    disturbed_until: Option<SimTime>,
    sent: Vec<OutgoingMessage>,
    received: Vec<Incoming>,
    /// Readings that no message carries, and commands that none gives, as the rig says.
    unfed: Vec<String>,
    ungiven: Vec<String>,
    /// How long it may be silent altogether.
    patience: SimTime,
    /// When any of its messages came last, and whether one was whole.
    heard_at: Option<SimTime>,
    has_answered: bool,
    /// What its bus does not take, since when.
    stuck: Option<StuckBus>,
    /// What has come and has not taken effect, with its time of arrival.
    inbox: Inbox,
    /// Why the port is no more, and when that was seen.
    gone: Option<(SimTime, LinkErrorKind)>,
    /// When the port itself wants to be looked at.
    port_due: SimTime,
    /// Messages of the device that are to be answered.
    to_answer: Vec<usize>,
    books: Books,
}

/// What happened to frames.
#[derive(Default)]
struct Books {
    bytes_sent: u64,
    bytes_received: u64,
    /// Damaged, or of values that mean nothing.
    bad: u64,
    /// Missing by the gaps in alive counters.
    gaps: u64,
    /// To the device, and not taken by its bus.
    refused: u64,
    /// Bad, missing or refused where a fault of the scenario had just acted; in none of the others.
    disturbed: u64,
}

impl Mapped {
    /// Behind a port, in the role of a terminal.
    ///
    /// # Errors
    /// Where the mapping does not fit the role.
    pub fn new(
        entity: Entity,
        Bus { port, faults, tape, paced }: Bus,
        mapping: &Mapping,
        world: &World,
        patience: SimTime,
    ) -> Result<Self, Diagnostics> {
        let Fitted { sent, received, unfed, ungiven } = fit(mapping, entity, world)?;
        Ok(Self {
            entity,
            port,
            faults,
            tape,
            paced: paced.map(Paced::new),
            disturbed_until: None,
            sent,
            received,
            unfed,
            ungiven,
            patience,
            heard_at: None,
            has_answered: false,
            stuck: None,
            inbox: Inbox::default(),
            gone: None,
            port_due: SimTime::NEVER,
            to_answer: Vec::new(),
            books: Books::default(),
        })
    }

    fn lost(&mut self, kind: LinkErrorKind) -> LinkError {
        let last_words = self.port.last_words();
        LinkError { device: self.port.describe(), kind, last_words }
    }

    /// When the silence of the device becomes too long.
    fn lost_at(&self) -> SimTime {
        self.heard_at.unwrap_or(SimTime::ZERO) + self.patience
    }

    /// Takes in what has come by now.
    fn hear(&mut self, origin: SimOrigin, now: SimTime) {
        let mut came = Vec::new();
        let outcome = self.port.receive(&mut came);
        for received in came {
            // A frame that was stamped before the last look is known only now.
            let at = origin.time_of(received.at);
            if let Some(tape) = &self.tape {
                tape.frame_received(at, &received.frame);
            }
            let CanFrame::Data(frame) = received.frame else { continue };
            self.books.bytes_received += frame.data().len() as u64;
            let known = self.received.iter_mut().position(|one| one.is(frame.id()));
            let Some(message) = known else { continue };
            let is_asking = self.sent.iter().any(|one| one.answers(message));
            let has_news = self.received[message].is_news(frame.data()) || is_asking;
            self.inbox.push(Waiting { at, message, frame }, has_news);
        }
        let acted_at = self.faults.as_ref().and_then(FaultControl::acted_at);
        self.disturbed_until = acted_at.map(|acted_at| origin.time_of(acted_at) + AFTERMATH);
        if let Err(kind) = outcome {
            self.gone = Some((now, kind));
        }
        self.port_due = self.port.next_due().map_or(SimTime::NEVER, |due| origin.time_of(due));
    }

    /// What has come takes effect.
    fn take_in(&mut self, now: SimTime, terminal: &mut Terminal, events: &mut Vec<EventKind>) {
        while let Some(Waiting { at, message: index, frame }) = self.inbox.pop(now) {
            self.heard_at = Some(at);
            let taken = self.received[index].take(at, frame.data(), terminal);
            let bad = u64::from(taken.is_bad);
            self.has_answered |= !taken.is_bad;
            if self.disturbed_until.is_some_and(|until| at <= until) {
                self.books.disturbed += bad + taken.missed;
            } else {
                self.books.bad += bad;
                self.books.gaps += taken.missed;
            }
            events.extend(taken.event);
            if !taken.is_bad && self.sent.iter().any(|one| one.answers(index)) {
                self.to_answer.push(index);
            }
        }
        events.extend(self.received.iter_mut().filter_map(|one| one.overdue(now)));
    }

    /// Sends what is due, with the readings as they were published for this instant.
    fn send_due(&mut self, now: SimTime, world: &mut World) -> Result<(), LinkErrorKind> {
        let mut sent = Vec::new();
        let outcome = self.send_messages(now, world, &mut sent);
        if let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) {
            terminal.readings.note_sent(|item, _| {
                let of_item = sent.iter().filter(|one| one.0 == item);
                let finest = of_item.min_by(|a, b| f64::total_cmp(&a.1, &b.1))?;
                Some((finest.1, finest.2))
            });
        }
        outcome
    }

    /// Sends what is due. Adds the readings of which the device knows then.
    fn send_messages(
        &mut self,
        now: SimTime,
        world: &World,
        sent: &mut Vec<(usize, f64, bool)>,
    ) -> Result<(), LinkErrorKind> {
        let Some(terminal) = world.get::<Terminal>(self.entity) else { return Ok(()) };
        let has_faults = terminal.readings.has_faults();
        let trace = &world.resource::<Recorder>().trace;
        let to_answer = std::mem::take(&mut self.to_answer);
        for one in &mut self.sent {
            let is_asked = to_answer.iter().any(|&index| one.answers(index));
            let mut tells: Vec<(usize, f64, bool)> = Vec::new();
            if has_faults && one.tells(now, is_asked) {
                tells.extend(one.readings());
            }
            let Some(frame) = one.frame(now, is_asked, &terminal.readings, trace) else {
                sent.append(&mut tells);
                continue;
            };
            let CanFrame::Data(data) = frame else { continue };
            let acts = || self.faults.as_ref().map(FaultControl::acts);
            let before = acts();
            if let Some(tape) = &self.tape {
                tape.frame_sent(now, &frame);
            }
            match self.port.send(&frame)? {
                Sent::Queued => {
                    sent.append(&mut tells);
                    self.books.bytes_sent += data.data().len() as u64;
                    self.books.refused += self.stuck.take().map_or(0, |stuck| stuck.frames);
                }
                Sent::Full | Sent::Unsupported if acts() != before => self.books.disturbed += 1,
                Sent::Full => StuckBus::count(&mut self.stuck, now, frame),
                Sent::Unsupported => self.books.refused += 1,
            }
        }
        match &self.stuck {
            Some(stuck) if stuck.lasts(now) > self.patience => Err(LinkErrorKind::NotReading),
            _ => Ok(()),
        }
    }

    /// What has come takes effect, and what is due is sent.
    fn answer(
        &mut self,
        now: SimTime,
        world: &mut World,
        events: &mut Vec<EventKind>,
    ) -> Result<(), LinkErrorKind> {
        let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) else { return Ok(()) };
        self.take_in(now, &mut terminal, events);
        self.check_silence(now)?;
        if self.inbox.is_empty()
            && let Some((_, kind)) = self.gone.take_if(|(at, _)| *at <= now)
        {
            return Err(kind);
        }
        if terminal.causes.is_empty() {
            // Whoever asks gets what is measured now: the next tick, which takes no time, publishes it.
            terminal.causes.timer = !self.to_answer.is_empty();
            return Ok(());
        }
        terminal.causes = Causes::default();
        self.send_due(now, world)?;
        let next = self.sent.iter().map(OutgoingMessage::next).min().unwrap_or(SimTime::NEVER);
        if let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) {
            terminal.wake_at = next;
        }
        Ok(())
    }

    fn check_silence(&self, now: SimTime) -> Result<(), LinkErrorKind> {
        if self.received.is_empty() || now <= self.lost_at() {
            return Ok(());
        }
        Err(match self.heard_at {
            Some(_) => LinkErrorKind::Silent { waited: wall(self.patience) },
            None => self.never_answered(self.patience),
        })
    }

    fn never_answered(&self, waited: SimTime) -> LinkErrorKind {
        let received = self.books.bytes_received;
        LinkErrorKind::NeverAnswered { waited: wall(waited), received }
    }

    /// Waits until the device is heard once more and its bus takes what it did not take before: at most for as
    /// long as it may be silent. What comes is dropped: it comes too late.
    fn await_life(&mut self, now: SimTime) -> Result<(), LinkErrorKind> {
        let since = self.stuck.as_ref().map_or(SimTime::NEVER, |stuck| stuck.since);
        let since = since.min(self.heard_at.unwrap_or(now));
        let deadline = Instant::now() + wall(self.patience).saturating_sub(wall(now.since(since)));
        let mut is_heard = self.received.is_empty();
        loop {
            let mut came = Vec::new();
            let outcome = self.port.receive(&mut came);
            is_heard |= came.iter().any(|one| self.knows(&one.frame)) || self.port.is_over();
            if let Some(StuckBus { frame, .. }) = &self.stuck
                && self.port.send(frame)? == Sent::Queued
            {
                self.books.refused += self.stuck.take().map_or(0, |stuck| stuck.frames);
            }
            if is_heard && self.stuck.is_none() {
                return Ok(());
            }
            outcome?;
            if Instant::now() >= deadline {
                return Err(if is_heard {
                    LinkErrorKind::NotReading
                } else {
                    LinkErrorKind::Silent { waited: wall(self.patience) }
                });
            }
            std::thread::sleep(LIFE_SIGN_PERIOD);
        }
    }

    /// Whether a frame is one of the device's mapped messages.
    fn knows(&self, frame: &CanFrame) -> bool {
        matches!(frame, CanFrame::Data(data) if self.received.iter().any(|one| one.is(data.id())))
    }
}

fn wall(time: SimTime) -> Duration {
    Duration::from_nanos(time.as_nanos())
}

impl OutsideDevice for Mapped {
    fn cycle(&self) -> Option<SimTime> {
        self.sent.iter().filter_map(OutgoingMessage::cycle).min()
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        // A port that is gone is readable without end.
        if self.gone.is_some() { None } else { self.port.poll_fd() }
    }

    fn listen(&mut self, pace: &Pace) {
        if self.gone.is_none() {
            self.hear(pace.origin(), pace.reached());
        }
    }

    fn due(&self) -> SimTime {
        let arrival = self.inbox.due();
        let gone = self.gone.as_ref().map(|(at, _)| *at);
        let overdue = self.received.iter().map(Incoming::overdue_at);
        let silence = (!self.received.is_empty()).then(|| self.lost_at() + SimTime::NANOSECOND);
        let dues = arrival.into_iter().chain(gone).chain(overdue).chain(silence);
        dues.chain([self.port_due]).min().unwrap_or(SimTime::NEVER)
    }

    fn attend(&mut self, now: SimTime, world: &mut World) -> Result<Vec<EventKind>, LinkError> {
        let mut events = Vec::new();
        let outcome = match self.paced {
            Some(_) => self.run_until(now, world, &mut events),
            None => self.answer(now, world, &mut events),
        };
        outcome.map(|()| events).map_err(|kind| self.lost(kind))
    }

    /// A device of which no message is mapped is heard by any frame.
    /// One that is paced has answered a barrier.
    fn has_answered(&self) -> bool {
        self.has_answered
            || self.port.counters().barriers > 0
            || self.received.is_empty() && self.books.bytes_received > 0
    }

    fn claims(&self, place: usize) -> bool {
        let mut heard = self.received.iter().filter(|one| one.came_at > SimTime::ZERO);
        heard.any(|one| {
            one.read.iter().any(|r| r.bank == incoming::TargetBank::Claims && r.item == place)
        })
    }

    fn show_life(&mut self, now: SimTime, _: &mut World) -> Result<(), LinkError> {
        let outcome = if self.paced.is_some() {
            self.run_once_more(now)
        } else if self.has_answered() {
            self.await_life(now)
        } else {
            Err(self.never_answered(now))
        };
        outcome.map_err(|kind| self.lost(kind))
    }

    fn say_farewell(&mut self) -> Result<(), LinkError> {
        Ok(())
    }

    fn statistics(&self, role: String) -> LinkStatistics {
        let counters = self.port.counters();
        let Books { bytes_sent, bytes_received, bad, gaps, refused, disturbed } = self.books;
        let overrun = self.inbox.overrun();
        let underway = counters.lost + counters.rejected + counters.errors.overflows + overrun;
        // A frame that was lost underway is missing in its counter too, and is one frame.
        let lost = bad + refused + underway.max(gaps);
        LinkStatistics {
            role,
            round_trips: counters.barriers,
            longest_wait_ms: Rounded::new(counters.longest_wait.as_secs_f64() * 1e3),
            bytes_sent,
            bytes_received,
            frames_sent: counters.sent,
            frames_received: counters.received.saturating_sub(overrun),
            bad_frames: bad + counters.rejected,
            lost_frames: lost,
            disturbed_frames: disturbed,
            unfed: self.unfed.clone(),
            ungiven: self.ungiven.clone(),
            ..LinkStatistics::default()
        }
    }

    fn finish(mut self: Box<Self>) -> String {
        self.port.close(FAREWELL_GRACE);
        self.port.last_words()
    }
}
