//! How long the next step is: a proportional-integral controller of the estimated error.

/// First step after a discontinuity, ns. The error estimate rejects it where the circuit is
/// faster; where it is slower the opening's generous growth costs one step per two decades.
const FIRST: f64 = 1_000.0;

/// Growth limit while a discontinuity is fresh and no step has been rejected.
const OPENING_GROWTH: f64 = 100.0;

/// Growth limit otherwise.
const GROWTH: f64 = 5.0;

const SAFETY: f64 = 0.9;

/// The step is this many ns at most: 30 years, so that casts stay exact enough and sums cannot overflow.
const LONGEST: f64 = 1e18;

/// The step-size controller.
#[derive(Debug, Clone)]
pub(super) struct StepPace {
    /// Length to try next, ns.
    span: f64,
    previous_error: f64,
    opening: bool,
    rejected: bool,
}

impl StepPace {
    pub(super) fn new() -> Self {
        Self { span: FIRST, previous_error: 1.0, opening: true, rejected: false }
    }

    /// After a discontinuity nothing is known about the circuit's speed.
    pub(super) fn restart(&mut self) {
        *self = Self::new();
    }

    /// Length to try, ns, at least 1, given what remains until the horizon.
    pub(super) fn propose(&self, remaining: u64) -> u64 {
        let span = (self.span as u64).max(1);
        if span >= remaining {
            remaining
        } else if span >= remaining - span {
            // Two equal steps instead of a full one and a sliver.
            remaining.div_ceil(2)
        } else {
            span
        }
    }

    /// The step of `tried` ns had `error` (1 is the tolerance) and stands.
    pub(super) fn accept(&mut self, tried: u64, error: f64) {
        let error = error.max(1e-10);
        let (factor, limit) = if self.opening {
            (libm::pow(error, -0.25), OPENING_GROWTH)
        } else {
            let factor = libm::pow(error, -0.7 / 4.0) * libm::pow(self.previous_error, 0.4 / 4.0);
            (factor, if self.rejected { 1.0 } else { GROWTH })
        };
        let next = tried as f64 * (SAFETY * factor).clamp(0.2, limit);
        // A step that a horizon or an event cut short says nothing against the length it was cut from.
        let was_cut = (tried as f64) < 0.99 * self.span;
        self.span = if was_cut { next.max(self.span) } else { next }.clamp(1.0, LONGEST);
        self.previous_error = error.max(1e-4);
        self.rejected = false;
        if factor < OPENING_GROWTH {
            self.opening = false;
        }
    }

    /// The step of `tried` ns had an error above 1.
    pub(super) fn reject(&mut self, tried: u64, error: f64) {
        let factor = (SAFETY * libm::pow(error, -0.25)).clamp(0.1, 0.7);
        self.shorten(tried, factor);
    }

    /// The equations of the step of `tried` ns could not be solved.
    pub(super) fn give_up(&mut self, tried: u64) {
        self.shorten(tried, 0.25);
    }

    fn shorten(&mut self, tried: u64, factor: f64) {
        self.span = (tried as f64 * factor).max(1.0);
        self.opening = false;
        self.rejected = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn horizon_is_met_exactly_and_without_a_sliver() {
        let pace = StepPace::new();
        assert_eq!(pace.propose(1), 1);
        assert_eq!(pace.propose(1_000), 1_000);
        assert_eq!(pace.propose(1_001), 501);
        assert_eq!(pace.propose(1_000_000), 1_000);
    }

    #[test]
    fn cut_step_keeps_the_length_it_was_cut_from() {
        let mut pace = StepPace::new();
        pace.accept(10, 1e-9);
        assert!(pace.propose(u64::MAX) >= 1_000);
    }

    #[test]
    fn hopeless_error_still_leaves_a_nanosecond() {
        let mut pace = StepPace::new();
        for _ in 0..9 {
            let tried = pace.propose(u64::MAX);
            pace.reject(tried, f64::INFINITY);
        }
        assert_eq!(pace.propose(u64::MAX), 1);
    }
}
