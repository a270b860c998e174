//! What moved in many verdicts, by field: how often, and by how much.
//!
//! A change of a model moves a little in hundreds of verdicts. Field by field, with the largest and the
//! median, one sees whether it is the little that was meant.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Difference, FIRST, TRACE_DIGEST};
use crate::Rounded;

/// Gathers the differences of many verdicts.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    found: BTreeMap<String, Vec<Moved>>,
    trace_alone: usize,
}

/// One field in one place of one verdict.
#[derive(Clone, Debug)]
struct Moved {
    scenario: String,
    difference: Difference,
}

/// A field that moved (`trips[].at_s`).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FieldMoved {
    /// Its path, with `[]` for the items of a list.
    pub field: String,
    /// In how many verdicts.
    pub verdicts: usize,
    /// In how many places of them.
    pub places: usize,
    /// Of them, things that are new …
    pub new: usize,
    /// … and things that are gone.
    pub gone: usize,
    /// By how much, of the places where it was a number and is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Spans>,
    /// Of what is no number, the first place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Extreme>,
}

/// How far numbers moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spans {
    /// Largest change, without sign, in the unit of the field …
    pub largest: Rounded,
    /// … where that is …
    pub largest_at: Extreme,
    /// … and the median.
    pub median: Rounded,
    /// Largest change as a share of the larger of the two numbers, 0 to 2 (of opposite signs) …
    pub largest_share: Rounded,
    /// … where that is …
    pub largest_share_at: Extreme,
    /// … and the median.
    pub median_share: Rounded,
}

/// One place where a field moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extreme {
    /// Name of the scenario.
    pub scenario: String,
    /// Where in `judged`.
    pub path: String,
    /// What it was.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

impl Fields {
    /// Takes in what differs in the verdict of one scenario.
    pub fn add(&mut self, scenario: &str, differences: Vec<Difference>) {
        if matches!(differences.as_slice(), [only] if only.field == TRACE_DIGEST) {
            self.trace_alone += 1;
        }
        for difference in differences {
            let scenario = scenario.to_owned();
            let moved = Moved { scenario, difference };
            self.found.entry(moved.difference.field.clone()).or_default().push(moved);
        }
    }

    /// Verdicts that are equal although their traces are not.
    pub const fn trace_alone(&self) -> usize {
        self.trace_alone
    }

    /// Every field that moved, what a reader wants to know first at the top.
    pub fn summary(&self) -> Vec<FieldMoved> {
        let rank = |field: &str| {
            let section = field.split(['.', '[']).next().unwrap_or_default();
            let rank = FIRST.iter().position(|first| *first == section).unwrap_or(FIRST.len());
            if field == TRACE_DIGEST { FIRST.len() + 1 } else { rank }
        };
        let mut fields: Vec<_> = self.found.iter().collect();
        fields.sort_by_key(|(field, _)| rank(field));
        fields.into_iter().map(|(field, moved)| summary(field, moved)).collect()
    }
}

fn summary(field: &str, moved: &[Moved]) -> FieldMoved {
    let mut scenarios: Vec<&str> = moved.iter().map(|one| one.scenario.as_str()).collect();
    scenarios.sort_unstable();
    scenarios.dedup();
    let count =
        |is: fn(&Difference) -> bool| moved.iter().filter(|one| is(&one.difference)).count();
    let by = Spans::of(moved);
    let example = if by.is_some() { None } else { moved.first().map(Moved::place) };
    FieldMoved {
        field: field.to_owned(),
        verdicts: scenarios.len(),
        places: moved.len(),
        new: count(|one| one.before.is_none()),
        gone: count(|one| one.after.is_none()),
        by,
        example,
    }
}

impl Moved {
    fn place(&self) -> Extreme {
        let Difference { path, before, after, .. } = &self.difference;
        Extreme {
            scenario: self.scenario.clone(),
            path: path.clone(),
            before: before.clone(),
            after: after.clone(),
        }
    }

    /// Change, and change as a share, of a number.
    fn sizes(&self) -> Option<(f64, f64)> {
        let Difference { before, after, .. } = &self.difference;
        let (before, after) = before.as_ref()?.as_f64().zip(after.as_ref()?.as_f64())?;
        let change = (after - before).abs();
        // Two numbers that are not the same: the larger is not zero.
        Some((change, change / before.abs().max(after.abs())))
    }
}

impl Spans {
    fn of(moved: &[Moved]) -> Option<Self> {
        let sized: Vec<_> = moved.iter().filter_map(|one| Some((one, one.sizes()?))).collect();
        let (largest, largest_at) = extreme(&sized, |sizes| sizes.0)?;
        let (largest_share, largest_share_at) = extreme(&sized, |sizes| sizes.1)?;
        Some(Self {
            largest: largest.into(),
            largest_at,
            median: median(sized.iter().map(|(_, sizes)| sizes.0)).into(),
            largest_share: largest_share.into(),
            largest_share_at,
            median_share: median(sized.iter().map(|(_, sizes)| sizes.1)).into(),
        })
    }
}

/// The largest of the sizes, and the first place that has it.
fn extreme(sized: &[(&Moved, (f64, f64))], size: fn((f64, f64)) -> f64) -> Option<(f64, Extreme)> {
    let largest = sized.iter().map(|(_, sizes)| size(*sizes)).reduce(f64::max)?;
    let at = sized.iter().find(|(_, sizes)| size(*sizes) >= largest)?;
    Some((largest, at.0.place()))
}

/// The middle one; of an even number of them the mean of the two in the middle.
fn median(sizes: impl Iterator<Item = f64>) -> f64 {
    let mut sizes: Vec<f64> = sizes.collect();
    sizes.sort_by(f64::total_cmp);
    let middle = sizes.len() / 2;
    if sizes.len() % 2 == 1 {
        sizes[middle]
    } else {
        f64::midpoint(sizes[middle - 1], sizes[middle])
    }
}

#[cfg(test)]
mod tests {
    use blackstart_units::SimTime;

    use super::super::{compare, compare_traces};
    use super::*;
    use crate::Judged;
    use crate::sample_run::SampleRun;

    /// The sample run with its trip moved by so many microseconds.
    fn moved(micros: u64) -> Judged {
        let mut judged = SampleRun::hard_connect().judged();
        judged.trips[0].at_s = SimTime::from_micros(1_000_204 + micros).into();
        judged
    }

    #[test]
    fn a_field_is_counted_over_verdicts_with_largest_median_and_where() {
        let accepted = moved(0);
        let mut fields = Fields::default();
        for (scenario, by) in [("a", 10), ("b", 3000), ("c", 20), ("same", 0)] {
            fields.add(scenario, compare(&accepted, &moved(by)));
        }
        let summary = fields.summary();
        assert_eq!(summary.len(), 1);
        let field = &summary[0];
        assert_eq!((field.field.as_str(), field.verdicts, field.places), ("trips[].at_s", 3, 3));
        let by = field.by.as_ref().unwrap();
        assert_eq!((by.largest.get(), by.median.get()), (0.003, 0.00002));
        assert_eq!(by.largest_at.scenario, "b");
        assert_eq!(by.largest_at.path, "trips/scd of sessy-1/at_s");
        assert_eq!(by.largest_share, Rounded::new(0.003 / 1.003204));
    }

    #[test]
    fn what_is_gone_is_counted_and_the_outcome_comes_first() {
        let accepted = moved(0);
        let mut new = accepted.clone();
        new.trips.clear();
        new.outcome = crate::Outcome::Pass;
        let mut fields = Fields::default();
        fields.add("a", compare(&accepted, &new));
        let summary = fields.summary();
        let names: Vec<&str> = summary.iter().map(|one| one.field.as_str()).collect();
        assert_eq!(names, ["outcome", "trips[]"]);
        assert_eq!((summary[1].gone, summary[1].new), (1, 0));
        assert_eq!(summary[0].example.as_ref().unwrap().after, Some("pass".into()));
    }

    #[test]
    fn a_trace_that_moved_alone_is_counted_apart() {
        let mut fields = Fields::default();
        let trace = |judged: &[Difference]| compare_traces("0", "1", judged);
        fields.add("a", trace(&[]).into_iter().collect());
        let mut both = compare(&moved(0), &moved(10));
        both.extend(trace(&both));
        fields.add("b", both);
        assert_eq!(fields.trace_alone(), 1);
        assert_eq!(fields.summary().last().unwrap().verdicts, 2);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), 2.5);
    }
}
