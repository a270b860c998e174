//! Frames that the bus of a device does not take.

use blackstart_units::SimTime;
use blackstart_wire::can::CanFrame;

/// A bus that takes nothing. If it takes something again, what was refused is lost and counts against the
/// rig's budget; if it never does, the device does not read, and nobody else is to blame.
#[derive(Debug)]
pub(super) struct StuckBus {
    /// When the first frame was refused.
    pub since: SimTime,
    /// How many were.
    pub frames: u64,
    /// The newest of them.
    pub frame: CanFrame,
}

impl StuckBus {
    /// One frame more that is refused.
    pub fn count(stuck: &mut Option<Self>, now: SimTime, frame: CanFrame) {
        let (since, frames) = stuck.as_ref().map_or((now, 0), |one| (one.since, one.frames));
        *stuck = Some(Self { since, frames: frames + 1, frame });
    }

    /// For how long it has taken nothing.
    pub fn lasts(&self, now: SimTime) -> SimTime {
        now.since(self.since)
    }
}
