//! The simulation clock.

use bevy_ecs::prelude::Resource;
use blackstart_units::SimTime;

/// Where the simulation is, and how far the next tick may reach.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Clock {
    /// The instant that the world stands at.
    pub now: SimTime,
    /// End of the run.
    pub end: SimTime,
    /// The next instant at which something outside the physics wants to act: the next scenario
    /// event. `SimTime::NEVER` when there is none.
    pub next_event: SimTime,
    /// How far the next tick may reach at most: the wall clock, where one paces the run.
    /// `SimTime::NEVER` when none does.
    pub horizon: SimTime,
}

impl Clock {
    /// A clock at zero that runs to `end` and that nobody paces.
    pub fn until(end: SimTime) -> Self {
        Self { now: SimTime::ZERO, end, next_event: SimTime::NEVER, horizon: SimTime::NEVER }
    }
}
