//! A device that is paced: it runs when something is sent to it, and when it has asked to.

use bevy_ecs::prelude::World;
use blackstart_engine::Terminal;
use blackstart_link::{LinkErrorKind, SimOrigin};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;

use super::{Mapped, OutgoingMessage, OutsideDevice};

/// Where the simulation paces a device.
pub(super) struct Paced {
    /// Its time as that of frames.
    pub origin: SimOrigin,
    /// When it wants to run next.
    wakes_at: SimTime,
    /// When it ran last.
    ran_at: Option<SimTime>,
}

impl Paced {
    pub fn new(origin: SimOrigin) -> Self {
        Self { origin, wakes_at: SimTime::ZERO, ran_at: None }
    }
}

impl Mapped {
    /// The world stands at `now`: what is due is sent, the device runs until now if it has to, and what it
    /// sent takes effect.
    pub(super) fn run_until(
        &mut self,
        now: SimTime,
        world: &mut World,
        events: &mut Vec<EventKind>,
    ) -> Result<(), LinkErrorKind> {
        let Some(&Paced { origin, .. }) = self.paced.as_ref() else { return Ok(()) };
        self.port.reach(now);
        // What faults have held back, and what they send themselves.
        self.hear(origin, now);
        self.answer(now, world, events)?;
        if self.port.is_due() {
            self.run(now)?;
            self.hear(origin, now);
        }
        let wakes_at = self.paced.as_ref().map_or(SimTime::NEVER, |paced| paced.wakes_at);
        let sends_at = self.sent.iter().map(OutgoingMessage::next).min();
        let Some(mut terminal) = world.get_mut::<Terminal>(self.entity) else { return Ok(()) };
        self.take_in(now, &mut terminal, events);
        terminal.causes.timer |= !self.to_answer.is_empty();
        let next = sends_at.unwrap_or(SimTime::NEVER).min(wakes_at).min(self.due());
        terminal.wake_at = next.max(now + SimTime::NANOSECOND);
        Ok(())
    }

    fn run(&mut self, now: SimTime) -> Result<(), LinkErrorKind> {
        let wakes_at = self.port.run_device()?;
        if let Some(paced) = &mut self.paced {
            (paced.wakes_at, paced.ran_at) = (wakes_at, Some(now));
        }
        Ok(())
    }

    /// At the end of a run: a device that slept until then has not been asked since.
    pub(super) fn run_once_more(&mut self, now: SimTime) -> Result<(), LinkErrorKind> {
        if self.paced.as_ref().is_some_and(|paced| paced.ran_at != Some(now)) {
            self.port.reach(now);
            self.run(now)?;
        }
        self.check_silence(now)
    }
}
