//! A device over the bench link whose time is the simulation's: it is asked when its terminal has a
//! cause, and the simulation waits for its answer.

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{Causes, Terminal};
use blackstart_link::{LinkError, Session};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::{LinkStatistics, Rounded};
use blackstart_wire::bench_link::WakeCause;

use super::OutsideDevice;
use super::bench_link::{apply, changed_readings, ended_transfers, pin_use, uses_claim};

/// A device in lockstep.
pub(super) struct Lockstep {
    entity: Entity,
    session: Session,
    /// When it last answered.
    answered_at: Option<SimTime>,
}

impl Lockstep {
    pub fn new(entity: Entity, session: Session) -> Self {
        Self { entity, session, answered_at: None }
    }

    /// Tells the device what its terminal shows, and writes its answer to the terminal.
    fn exchange(
        &mut self,
        now: SimTime,
        terminal: &mut Terminal,
    ) -> Result<Vec<String>, LinkError> {
        let Causes { timer, alert, level, input } = std::mem::take(&mut terminal.causes);
        let readings = changed_readings(terminal, self.session.agreement());
        let ended = ended_transfers(terminal, self.session.agreement());
        self.session.hear_of(ended);
        let cause = WakeCause { timer, alert, level, input };
        let answer = self.session.exchange(now, cause, &readings)?;
        terminal.wake_at = answer.wake;
        self.answered_at = Some(now);
        Ok(apply(answer, terminal, self.session.agreement()))
    }
}

impl OutsideDevice for Lockstep {
    fn attend(&mut self, now: SimTime, world: &mut World) -> Result<Vec<EventKind>, LinkError> {
        let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) else {
            return Ok(Vec::new());
        };
        if terminal.causes.is_empty() {
            return Ok(Vec::new());
        }
        let logs = self.exchange(now, &mut terminal)?;
        Ok(logs.into_iter().map(|text| EventKind::DutLog { text }).collect())
    }

    /// One barrier more: a device that slept until the end has not been asked since.
    fn claims(&self, place: usize) -> bool {
        uses_claim(self.session.agreement(), place)
    }

    fn show_life(&mut self, now: SimTime, world: &mut World) -> Result<(), LinkError> {
        let terminal = world.get_mut::<Terminal>(self.entity);
        let Some(mut terminal) = terminal.filter(|_| self.answered_at != Some(now)) else {
            return Ok(());
        };
        terminal.causes.timer = true;
        self.exchange(now, &mut terminal).map(|_| ())
    }

    fn say_farewell(&mut self) -> Result<(), LinkError> {
        self.session.say_farewell()
    }

    fn statistics(&self, role: String) -> LinkStatistics {
        let counters = self.session.counters();
        LinkStatistics {
            role,
            round_trips: counters.barriers,
            bytes_sent: counters.bytes_sent,
            bytes_received: counters.received.bytes,
            bad_frames: counters.received.rejected(),
            longest_wait_ms: Rounded::new(counters.longest_wait.as_secs_f64() * 1e3),
            pins: Some(pin_use(self.session.agreement())),
            ..LinkStatistics::default()
        }
    }

    fn finish(self: Box<Self>) -> String {
        self.session.finish()
    }
}
