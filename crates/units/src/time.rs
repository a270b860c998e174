//! Exact simulation time.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An instant, or the span between two, in whole nanoseconds since the scenario's start.
///
/// Reaches 584 years. Arithmetic saturates: a wake-up "never" plus a latency stays never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The scenario's start.
    pub const ZERO: Self = Self(0);
    /// Later than any event.
    pub const NEVER: Self = Self(u64::MAX);
    /// The resolution of the clock.
    pub const NANOSECOND: Self = Self(1);

    /// Exactly `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Exactly `micros` microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// Exactly `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Exactly `seconds` seconds.
    pub const fn from_whole_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// The nearest nanosecond to `seconds`; negative or not-a-number gives zero, too large gives `NEVER`.
    pub fn from_seconds(seconds: f64) -> Self {
        Self((seconds * 1e9).round() as u64)
    }

    /// The first nanosecond not before `seconds`: physical events round *up*, so that the
    /// crossing has happened by the time that is reported.
    pub fn from_seconds_ceil(seconds: f64) -> Self {
        Self((seconds * 1e9).ceil() as u64)
    }

    /// Whole nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds, rounded to the nearest `f64` (exact to the nanosecond up to 104 days).
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 * 1e-9
    }

    /// The span since `earlier`, zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// The first multiple of `period` (shifted by `phase`) that is not before `self`.
    /// A zero period means that every instant is one.
    pub const fn round_up_to(self, period: Self, phase: Self) -> Self {
        if period.0 == 0 || self.0 == u64::MAX {
            return self;
        }
        if self.0 <= phase.0 {
            return phase;
        }
        let periods = (self.0 - phase.0).div_ceil(period.0);
        Self(phase.0.saturating_add(periods.saturating_mul(period.0)))
    }
}

impl Add for SimTime {
    type Output = Self;
    fn add(self, span: Self) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign for SimTime {
    fn add_assign(&mut self, span: Self) {
        *self = *self + span;
    }
}

impl Sub for SimTime {
    type Output = Self;
    fn sub(self, span: Self) -> Self {
        self.since(span)
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Seconds with as many decimals as the instant needs, never fewer than one: `1.0 s`, `0.000130107 s`.
impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.pad("never");
        }
        let digits = format!("{:09}", self.0 % 1_000_000_000);
        let decimals = digits.trim_end_matches('0');
        let decimals = if decimals.is_empty() { "0" } else { decimals };
        f.pad(&format!("{}.{decimals} s", self.0 / 1_000_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn displays_no_more_digits_than_the_instant_has() {
        assert_eq!(SimTime::from_nanos(130_107).to_string(), "0.000130107 s");
        assert_eq!(SimTime::from_whole_seconds(3).to_string(), "3.0 s");
        assert_eq!(SimTime::NEVER.to_string(), "never");
    }

    #[test]
    fn hostile_seconds_saturate() {
        assert_eq!(SimTime::from_seconds(-1.0), SimTime::ZERO);
        assert_eq!(SimTime::from_seconds(f64::NAN), SimTime::ZERO);
        assert_eq!(SimTime::from_seconds(1e300), SimTime::NEVER);
        assert_eq!(SimTime::NEVER + SimTime::NANOSECOND, SimTime::NEVER);
    }

    proptest! {
        #[test]
        fn rounding_up_to_a_period_is_the_first_sample_not_before(
            t in 0u64..1 << 60, period in 1u64..1 << 40, phase in 0u64..1 << 40,
        ) {
            let (t, period, phase) = (SimTime(t), SimTime(period), SimTime(phase));
            let sample = t.round_up_to(period, phase);
            prop_assert!(sample >= t);
            prop_assert!(sample == phase || sample - t < period);
            prop_assert_eq!((sample.0 - phase.0) % period.0, 0);
        }
    }
}
