//! Axes: round ticks and the unit of time that suits a span.

use blackstart_units::SimTime;

use crate::format::fixed;

/// Ticks at 1, 2 or 5 times a power of ten.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ticks {
    step: f64,
    first: i64,
    last: i64,
}

impl Ticks {
    /// Between `low` and `high`, both included, about `wanted` of them.
    pub(crate) fn new(low: f64, high: f64, wanted: f64) -> Self {
        let step = round_step((high - low).max(f64::MIN_POSITIVE) / wanted);
        // A hair wider, so that a limit which is itself round gets its tick.
        let (low, high) = (low / step - 1e-6, high / step + 1e-6);
        let first = low.ceil() as i64;
        // Where the step is below the resolution of the values there would be no end of them.
        Self { step, first, last: (high.floor() as i64).min(first.saturating_add(60)) }
    }

    /// Values with their texts, all with as many decimals as the step needs.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (f64, String)> + '_ {
        let decimals = (-libm::floor(libm::log10(self.step) + 1e-9)).clamp(0.0, 12.0) as usize;
        (self.first..=self.last).map(move |index| {
            let value = index as f64 * self.step;
            (value, fixed(value, decimals))
        })
    }
}

/// The first of 1, 2, 5, 10 … times a power of ten that is at least `rough`.
fn round_step(rough: f64) -> f64 {
    let decade = libm::pow(10.0, libm::floor(libm::log10(rough)));
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * decade >= rough * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * decade
}

/// A unit of time with its length in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TimeUnit {
    pub name: &'static str,
    pub seconds: f64,
}

impl TimeUnit {
    /// The unit in which a span has between two and two hundred or two thousand.
    pub(crate) fn for_span(span: SimTime) -> Self {
        const UNITS: [TimeUnit; 7] = [
            TimeUnit { name: "days", seconds: 86_400.0 },
            TimeUnit { name: "h", seconds: 3600.0 },
            TimeUnit { name: "min", seconds: 60.0 },
            TimeUnit { name: "s", seconds: 1.0 },
            TimeUnit { name: "ms", seconds: 1e-3 },
            TimeUnit { name: "µs", seconds: 1e-6 },
            TimeUnit { name: "ns", seconds: 1e-9 },
        ];
        let seconds = span.as_seconds();
        UNITS.into_iter().find(|unit| seconds >= 2.0 * unit.seconds).unwrap_or(UNITS[6])
    }
}

/// The axis label of a signal's unit.
pub(crate) fn unit_label(unit: &str) -> &str {
    match unit {
        "v" => "V",
        "a" => "A",
        "w" => "W",
        "j" => "J",
        "c" => "°C",
        "pct" => "%",
        "ah" => "Ah",
        "wh" => "Wh",
        "hz" => "Hz",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(low: f64, high: f64) -> Vec<String> {
        Ticks::new(low, high, 5.0).iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_include_round_limits() {
        assert_eq!(texts(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(-3.0, 757.0), ["0", "200", "400", "600"]);
        assert_eq!(texts(51.92, 52.8), ["52.0", "52.2", "52.4", "52.6", "52.8"]);
        assert_eq!(texts(0.0, 3e-4).len(), 4);
    }

    #[test]
    fn an_empty_range_has_finitely_many_ticks() {
        assert!(texts(5.0, 5.0).len() < 70);
        assert!(texts(0.0, f64::MAX).len() < 70);
    }

    #[test]
    fn the_unit_of_time_suits_the_span() {
        let units = [300, 200_000, 3_000_000, 10_000_000_000, 600_000_000_000, 36_000_000_000_000]
            .map(|nanos| TimeUnit::for_span(SimTime::from_nanos(nanos)).name);
        assert_eq!(units, ["ns", "µs", "ms", "s", "min", "h"]);
        assert_eq!(TimeUnit::for_span(SimTime::from_whole_seconds(604_800)).name, "days");
    }
}
