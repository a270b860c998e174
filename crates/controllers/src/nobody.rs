//! Nobody: where only firmware can play a role, its built-in controller orders nothing and says nothing.

use blackstart_engine::{Controller, Desk};
use blackstart_units::SimTime;

/// A controller that never does anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Controller for Nobody {
    fn wake(&mut self, _: &mut Desk<'_>) -> SimTime {
        SimTime::NEVER
    }
}
