//! Numbers as a verdict file holds them: instants to the microsecond, values to six significant
//! digits. Rounding once, here, is what lets two verdicts be compared by equality.

use std::fmt;

use blackstart_units::SimTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant or a span, rounded to the nearest microsecond; in JSON a number of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Moment(u64);

impl Moment {
    /// Whole microseconds.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds: the `f64` nearest to the decimal number, so that JSON shows no more than six decimals
    /// (up to 285 years).
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl From<SimTime> for Moment {
    fn from(time: SimTime) -> Self {
        Self(time.as_nanos().saturating_add(500) / 1000)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&SimTime::from_micros(self.0), f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_seconds())
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        // 2^53 µs: beyond that the number no longer has a microsecond.
        if !(0.0..=9.007e9).contains(&seconds) {
            return Err(D::Error::custom("an instant must be 0 to 9.007e9 s"));
        }
        Ok(Self((seconds * 1e6).round() as u64))
    }
}

/// A value rounded to six significant digits. A value that is not finite is `null` in JSON.
#[derive(Clone, Copy, Default)]
pub struct Rounded(f64);

impl Rounded {
    /// Rounds half to even on the decimal digits; `-0` becomes `0`, infinities become not-a-number.
    pub fn new(value: f64) -> Self {
        if !value.is_finite() {
            return Self(f64::NAN);
        }
        // The decimal text is the one rounding that does not depend on the magnitude.
        let rounded: f64 = format!("{value:.5e}").parse().unwrap_or(f64::NAN);
        Self(rounded + 0.0)
    }

    /// The rounded value; not-a-number when there was none.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl From<f64> for Rounded {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

/// Two values that are both not finite are equal: they read the same in the file.
impl PartialEq for Rounded {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 || (self.0.is_nan() && other.0.is_nan())
    }
}

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() { f.pad("not finite") } else { fmt::Display::fmt(&self.0, f) }
    }
}

impl fmt::Debug for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Rounded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_nan() { serializer.serialize_none() } else { serializer.serialize_f64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Rounded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn six_digits_stay_whatever_the_magnitude() {
        assert_eq!(Rounded::new(757.123456).get(), 757.123);
        assert_eq!(Rounded::new(-0.000_123_456_789).get(), -0.000_123_457);
        assert_eq!(Rounded::new(1_234_567.0).get(), 1_234_570.0);
        assert_eq!(Rounded::new(-0.0).get().to_bits(), 0);
    }

    #[test]
    fn a_value_that_is_not_finite_reads_null_and_comes_back() {
        let text = serde_json::to_string(&Rounded::new(f64::INFINITY)).unwrap();
        assert_eq!(text, "null");
        assert_eq!(serde_json::from_str::<Rounded>(&text).unwrap(), Rounded::new(f64::NAN));
    }

    #[test]
    fn an_instant_has_at_most_six_decimals() {
        let instant = Moment::from(SimTime::from_nanos(1_000_204_499));
        assert_eq!(serde_json::to_string(&instant).unwrap(), "1.000204");
        assert_eq!(instant.to_string(), "1.000204 s");
        assert!(serde_json::from_str::<Moment>("-1.0").is_err());
        assert!(serde_json::from_str::<Moment>("1e300").is_err());
    }

    proptest! {
        #[test]
        fn rounding_twice_is_rounding_once(value in proptest::num::f64::ANY) {
            let once = Rounded::new(value);
            let twice = Rounded::new(once.get());
            prop_assert_eq!(once, twice);
            if once.get() != 0.0 && once.get().abs() > 1e-300 {
                prop_assert!(((once.get() - value) / value).abs() <= 5.000_001e-6);
            }
        }

        #[test]
        fn the_file_gives_back_what_was_written(nanos in 0u64..3_200_000_000_000_000_000, value in -1e12f64..1e12) {
            let pair = (Moment::from(SimTime::from_nanos(nanos)), Rounded::new(value));
            let text = serde_json::to_string(&pair).unwrap();
            prop_assert_eq!(serde_json::from_str::<(Moment, Rounded)>(&text).unwrap(), pair);
        }
    }
}
