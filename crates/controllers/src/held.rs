//! Since when something has been true without a break.

use blackstart_units::SimTime;

/// After a level was crossed the readings are looked at once more this much later: a sample at the very
/// instant of a jump may still be the one from before it.
pub(crate) const RELOOK: SimTime = SimTime::from_millis(500);

/// The beginning of the present stretch, if it is true now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held(Option<SimTime>);

impl Held {
    /// Takes note of whether it is true now.
    pub fn note(&mut self, holds: bool, now: SimTime) {
        self.0 = holds.then(|| self.0.unwrap_or(now));
    }

    /// Whether it is true.
    pub fn is_on(self) -> bool {
        self.0.is_some()
    }

    /// When it will have lasted for `span`; never while it is not true.
    pub fn due(self, span: SimTime) -> SimTime {
        self.0.map_or(SimTime::NEVER, |since| since + span)
    }
}
