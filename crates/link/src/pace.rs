//! Simulated time tied to the wall clock.
//!
//! The two are tied once, at the start: simulated time *t* is due at that instant plus *t*, so that being
//! late once does not make everything after it late. The wall clock is the monotonic one; it is read
//! here, and what leaves this file is simulated time.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use blackstart_units::SimTime;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use crate::origin::SimOrigin;

/// What a tick may be behind its deadline and still count as on time.
pub const ON_TIME: Duration = Duration::from_millis(1);
/// Instants that come from the wall clock are rounded up to this.
const GRAIN: SimTime = SimTime::from_micros(1);

/// The tie between simulated time and the wall clock, and how well it was kept.
#[derive(Debug)]
pub struct Pace {
    origin: SimOrigin,
    reached: SimTime,
    timing: PaceTiming,
}

/// How well deadlines were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaceTiming {
    /// Deadlines that were waited for.
    pub ticks: u64,
    /// Those that were missed by more than [`ON_TIME`].
    pub late: u64,
    /// The most that one was missed by.
    pub worst: Duration,
}

impl PaceTiming {
    /// Counts a deadline that was met so long after it had come.
    fn count(&mut self, behind: Duration) {
        self.ticks += 1;
        self.late += u64::from(behind > ON_TIME);
        self.worst = self.worst.max(behind);
    }
}

impl Pace {
    /// It is `now`, in simulated time, at this moment.
    pub fn start(now: SimTime) -> Self {
        Self { origin: SimOrigin::start(now), reached: now, timing: PaceTiming::default() }
    }

    /// Waits until `deadline`, or until one of these has something to read; the time then. A deadline
    /// that is over already is not waited for, and counts as late by what it is behind.
    pub fn wait(&mut self, deadline: SimTime, lines: &[BorrowedFd<'_>]) -> SimTime {
        let mut ends: Vec<PollFd<'_>> =
            lines.iter().map(|&line| PollFd::new(line, PollFlags::POLLIN)).collect();
        loop {
            let left = deadline.since(self.now());
            let left = TimeSpec::from_duration(Duration::from_nanos(left.as_nanos()));
            match ppoll(&mut ends, Some(left), None) {
                Ok(0) | Err(Errno::EINTR) if self.now() < deadline => {}
                _ => break,
            }
        }
        let now = self.now();
        if now >= deadline {
            self.timing.count(Duration::from_nanos(now.since(deadline).as_nanos()));
        }
        self.reached = now.round_up_to(GRAIN, SimTime::ZERO).max(self.reached);
        self.reached
    }

    /// When the last wait was over.
    pub fn reached(&self) -> SimTime {
        self.reached
    }

    /// The tie itself.
    pub fn origin(&self) -> SimOrigin {
        self.origin
    }

    /// How well deadlines were kept so far.
    pub fn timing(&self) -> PaceTiming {
        self.timing
    }

    fn now(&self) -> SimTime {
        self.origin.time_of(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn a_wait_is_over_at_its_deadline_and_not_before() {
        let mut pace = Pace::start(SimTime::ZERO);
        for deadline in [SimTime::from_micros(300), SimTime::from_millis(2)] {
            assert!(pace.wait(deadline, &[]) >= deadline);
        }
        assert_eq!(pace.timing().ticks, 2);
    }

    #[test]
    fn a_deadline_that_is_over_is_late_by_what_it_is_behind() {
        let mut pace = Pace::start(SimTime::from_whole_seconds(5));
        let reached = pace.wait(SimTime::ZERO, &[]);
        assert!(reached >= SimTime::from_whole_seconds(5));
        let timing = pace.timing();
        assert_eq!((timing.ticks, timing.late), (1, 1));
        assert!(timing.worst >= Duration::from_secs(5));
    }

    #[test]
    fn what_comes_ends_a_wait_and_is_no_late_tick() {
        let (heard, mut said) = pipe().unwrap();
        said.write_all(b"x").unwrap();
        let mut pace = Pace::start(SimTime::ZERO);
        let far = SimTime::from_whole_seconds(3600);
        assert!(pace.wait(far, &[heard.as_fd()]) < far);
        assert_eq!(pace.timing(), PaceTiming::default());
    }
}
