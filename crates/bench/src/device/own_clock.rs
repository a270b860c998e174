//! A device over the bench link that goes by its own clock.
//!
//! It is sent ten milliseconds' worth of changes at a time, and at once what an alert or an input
//! changed. What it says takes effect at the instant at which it arrived. A bus that takes nothing is sent
//! what has changed once it does; after a loss all readings are sent again, because any may have been in it.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{Causes, Terminal};
use blackstart_link::{Answer, LinkError, Pace, Session};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::LinkStatistics;

use super::bench_link::{apply, changed_readings, ended_transfers, pin_use, uses_claim};
use super::{Drift, OutsideDevice};

/// How often the readings go out: as often as the reference firmware looks at them.
const CYCLE: SimTime = SimTime::from_millis(10);

/// A device on its own clock.
pub(super) struct OwnClock {
    entity: Entity,
    session: Session,
    /// What has come and has not taken effect, with its time of arrival.
    heard: VecDeque<(SimTime, Result<Answer, LinkError>)>,
    /// Frames that were known to be lost when all readings were sent last.
    lost: u64,
}

impl OwnClock {
    pub fn new(entity: Entity, session: Session) -> Self {
        Self { entity, session, heard: VecDeque::new(), lost: 0 }
    }
}

impl OutsideDevice for OwnClock {
    fn cycle(&self) -> Option<SimTime> {
        Some(CYCLE)
    }

    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        self.session.poll_fd()
    }

    fn listen(&mut self, pace: &Pace) {
        let at = pace.reached();
        match self.session.overhear(at) {
            Ok(answer) if answer == Answer::default() => {}
            heard => self.heard.push_back((at, heard)),
        }
    }

    fn due(&self) -> SimTime {
        self.heard.front().map_or(SimTime::NEVER, |(at, _)| *at)
    }

    fn attend(&mut self, now: SimTime, world: &mut World) -> Result<Vec<EventKind>, LinkError> {
        let mut events = Vec::new();
        let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) else { return Ok(events) };
        while let Some((_, heard)) = self.heard.pop_front_if(|(at, _)| *at <= now) {
            let logs = apply(heard?, &mut terminal, self.session.agreement());
            events.extend(logs.into_iter().map(|text| EventKind::DutLog { text }));
        }
        if !terminal.causes.is_empty() {
            terminal.causes = Causes::default();
            terminal.wake_at = (now + SimTime::NANOSECOND).round_up_to(CYCLE, SimTime::ZERO);
            let lost = self.session.counters().frames_lost;
            if std::mem::replace(&mut self.lost, lost) != lost {
                terminal.readings.retell();
            }
            if !self.session.is_congested() {
                let agreement = self.session.agreement();
                let readings = changed_readings(&mut terminal, agreement);
                let ended = ended_transfers(&mut terminal, agreement);
                self.session.hear_of(ended);
                self.session.tell(now, &readings)?;
            }
        }
        Ok(events)
    }

    fn claims(&self, place: usize) -> bool {
        uses_claim(self.session.agreement(), place)
    }

    fn show_life(&mut self, now: SimTime, _: &mut World) -> Result<(), LinkError> {
        self.session.await_life(now)
    }

    fn say_farewell(&mut self) -> Result<(), LinkError> {
        self.session.say_farewell()
    }

    fn drift(&self) -> Drift {
        self.session.drift()
    }

    fn statistics(&self, role: String) -> LinkStatistics {
        let counters = self.session.counters();
        let bad_frames = counters.received.rejected();
        LinkStatistics {
            role,
            bytes_sent: counters.bytes_sent,
            bytes_received: counters.received.bytes,
            bad_frames,
            lost_frames: bad_frames + counters.frames_lost,
            pins: Some(pin_use(self.session.agreement())),
            ..LinkStatistics::default()
        }
    }

    fn finish(self: Box<Self>) -> String {
        self.session.finish()
    }
}
