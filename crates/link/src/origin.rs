//! Simulated time as instants: *t* is an origin plus *t*.

use std::time::{Duration, Instant};

use blackstart_units::SimTime;

/// The tie between simulated time and instants. On the wall clock the origin is when the run began;
/// elsewhere it is any, and no instant is ever waited for.
#[derive(Clone, Copy, Debug)]
pub struct SimOrigin(Instant);

impl SimOrigin {
    /// It is `now`, in simulated time, at this moment.
    pub fn start(now: SimTime) -> Self {
        let started = Instant::now();
        // A run starts at zero; a clock that has not run for so long cannot be set back so far.
        Self(started.checked_sub(Duration::from_nanos(now.as_nanos())).unwrap_or(started))
    }

    /// The simulated time of an instant; zero before the start.
    pub fn time_of(self, instant: Instant) -> SimTime {
        let since = instant.saturating_duration_since(self.0).as_nanos();
        SimTime::from_nanos(u64::try_from(since).unwrap_or(u64::MAX))
    }

    /// The instant of a simulated time.
    pub fn instant_of(self, time: SimTime) -> Instant {
        self.0 + Duration::from_nanos(time.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_has_the_time_that_has_passed_since_the_start() {
        let origin = SimOrigin::start(SimTime::ZERO);
        let later = origin.instant_of(SimTime::from_millis(7));
        assert_eq!(origin.time_of(later), SimTime::from_millis(7));
        assert_eq!(origin.time_of(origin.0 - Duration::from_millis(7)), SimTime::ZERO);
        assert_eq!(origin.time_of(origin.instant_of(SimTime::NEVER)), SimTime::NEVER);
    }
}
