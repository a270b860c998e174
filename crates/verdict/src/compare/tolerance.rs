//! What may differ between two runs of the same thing on the wall clock.
//!
//! No two of them are alike to the bit: a device answers a little earlier or later, and what follows moves
//! with it. What was decided must be the same; instants may move by what the rig's budget lets a run be
//! late, and other numbers by a little. What restates numbers in words is not compared.

use serde_json::{Map, Value};

use crate::Timing;

/// Part of a number by which it may differ.
const SHARE: f64 = 0.05;
/// What any number may differ by, in its unit.
const FLOOR: f64 = 0.01;
/// Sections that follow every sample, or say in numbers how near something was that did not happen.
const PASSED_OVER: [&str; 5] = ["approaches", "reasons", "energy", "outside", "reached_s"];
/// Keys of words with numbers in them.
const IN_WORDS: [&str; 4] = ["actual", "because", "before", "text"];

/// How far two runs on the wall clock may be apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    seconds: f64,
}

impl Tolerance {
    /// As far as the budget of a run lets it be late, its devices' clocks depart, and as one slice lasts.
    pub fn of(timing: &Timing) -> Self {
        let budget = &timing.budget;
        let millis = budget.late_ms.get() + budget.drift_ms.get() + timing.slice_ms.get();
        Self { seconds: millis * 1e-3 }
    }

    /// The wider of two.
    pub fn or_wider(self, other: Self) -> Self {
        Self { seconds: self.seconds.max(other.seconds) }
    }

    /// Takes out of a verdict what is not compared.
    pub(super) fn prepare(sections: &mut Map<String, Value>) {
        sections.retain(|name, _| !PASSED_OVER.contains(&name.as_str()));
        let checks = sections.get_mut("checks").and_then(Value::as_object_mut);
        for check in checks.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            // Whether a time is kept is the outcome of its check.
            if check.get("numbers").is_some_and(|numbers| numbers["unit"] == "s") {
                check.remove("numbers");
            }
        }
    }

    /// Whether two values of a key are the same within it.
    pub(super) fn covers(self, key: &str, accepted: Option<&Value>, new: Option<&Value>) -> bool {
        if IN_WORDS.contains(&key) {
            return true;
        }
        match (accepted, new) {
            (Some(Value::Number(accepted)), Some(Value::Number(new))) => {
                let (Some(accepted), Some(new)) = (accepted.as_f64(), new.as_f64()) else {
                    return false;
                };
                let usual = (SHARE * accepted.abs().max(new.abs())).max(FLOOR);
                let allowed = if key.ends_with("_s") { self.seconds } else { usual };
                (accepted - new).abs() <= allowed
            }
            (Some(Value::Array(accepted)), Some(Value::Array(new))) => {
                let pairs = || accepted.iter().zip(new);
                accepted.len() == new.len()
                    && pairs().all(|(one, two)| self.covers(key, Some(one), Some(two)))
            }
            (Some(Value::Object(accepted)), Some(Value::Object(new))) => {
                let keys = || accepted.keys().chain(new.keys());
                keys().all(|key| self.covers(key, accepted.get(key), new.get(key)))
            }
            (accepted, new) => accepted == new,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{compare, compare_within};
    use super::*;
    use crate::sample_run::SampleRun;
    use crate::{Judged, Outcome};

    /// 5 ms late, 100 ms of drift and a slice of 2.5 ms.
    fn texts(accepted: &Judged, new: &Judged) -> Vec<String> {
        let tolerance = Tolerance::of(&SampleRun::punctual());
        let differences = compare_within(accepted, new, tolerance);
        differences.into_iter().map(|difference| difference.text).collect()
    }

    #[test]
    fn what_moved_within_the_budget_is_no_difference() {
        let accepted = SampleRun::hard_connect().judged();
        let mut new = accepted.clone();
        new.trips[0].at_s = blackstart_units::SimTime::from_micros(1_100_000).into();
        new.trips[0].extreme = new.trips[0].extreme.map(|one| (one.get() * 1.04).into());
        new.checks[0].actual = "something else".to_owned();
        assert!(!compare(&accepted, &new).is_empty());
        assert_eq!(texts(&accepted, &new), [""; 0]);
    }

    #[test]
    fn what_moved_beyond_it_or_was_decided_otherwise_is_reported() {
        let accepted = SampleRun::hard_connect().judged();
        let mut late = accepted.clone();
        late.trips[0].at_s = blackstart_units::SimTime::from_micros(1_110_000).into();
        assert!(
            texts(&accepted, &late)[0].starts_with("trip scd of sessy-1 moved from 1.000204 s")
        );
        let mut other = accepted.clone();
        other.trips[0].extreme = other.trips[0].extreme.map(|one| (one.get() * 1.1).into());
        other.trips[0].cause = "short".to_owned();
        assert_eq!(texts(&accepted, &other).len(), 2);
        let mut fewer = accepted.clone();
        fewer.trips.clear();
        fewer.outcome = Outcome::Pass;
        let expected =
            ["outcome was `fail`, is `pass`", "trip scd of sessy-1 at 1.000204 s is gone"];
        assert_eq!(texts(&accepted, &fewer), expected);
    }
}
