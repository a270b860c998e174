//! From what was seen at each end to what is said of each check and of each stated value.

use std::collections::{BTreeMap, BTreeSet};

use blackstart_verdict::Rounded;

use super::Tried;
use crate::at_ends::{CheckAtEnds, MarginAt, StatedAt, StatedRange};
use crate::seen::{CheckSeenAt, Seen};

/// So many parameters that move a margin are named.
const NAMED: usize = 5;
/// Part of a margin by which it must move to be said to …
const SHARE: f64 = 1e-4;
/// … and at least this, in its unit.
const FLOOR: f64 = 1e-6;

/// Each check of the scenario over all ends.
pub(super) fn checks(written: &Seen, tried: &[Tried]) -> Vec<CheckAtEnds> {
    written.checks.iter().enumerate().map(|(k, check)| over_ends(k, check, tried)).collect()
}

fn over_ends(k: usize, check: &CheckSeenAt, tried: &[Tried]) -> CheckAtEnds {
    let margin = check.numbers.as_ref().map(|numbers| numbers.margin);
    let mut margins: Vec<MarginAt> = Vec::new();
    for one in tried.iter().filter(|one| one.turns[k].is_none()) {
        let seen = one.seen.as_ref().ok().and_then(|seen| seen.checks.get(k));
        let there = seen.and_then(|seen| seen.numbers.as_ref()).map(|numbers| numbers.margin.get());
        let both = there.zip(margin.map(Rounded::get));
        let Some((there, here)) = both.filter(|(a, b)| a.is_finite() && b.is_finite()) else {
            continue;
        };
        margins.push(MarginAt {
            parameter: one.end.parameter.clone(),
            end: one.end.value.into(),
            margin: there.into(),
            moved: (there - here).into(),
        });
    }
    let least_margin =
        margins.iter().min_by(|a, b| a.margin.get().total_cmp(&b.margin.get())).cloned();
    let turns: Vec<_> = tried.iter().filter_map(|one| one.turns[k].clone()).collect();
    let turning: BTreeSet<&str> = turns.iter().map(|turn| turn.parameter.as_str()).collect();
    let mut furthest: BTreeMap<&str, &MarginAt> = BTreeMap::new();
    for one in margins.iter().filter(|one| is_move(one) && !turning.contains(&*one.parameter)) {
        let best = furthest.entry(&one.parameter).or_insert(one);
        if one.moved.get().abs() > best.moved.get().abs() {
            *best = one;
        }
    }
    let mut moved: Vec<MarginAt> = furthest.into_values().cloned().collect();
    // A stable sort: of equals the first by name.
    moved.sort_by(|a, b| b.moved.get().abs().total_cmp(&a.moved.get().abs()));
    moved.truncate(NAMED);
    CheckAtEnds {
        id: check.id.clone(),
        outcome: check.outcome,
        margin,
        unit: check.numbers.as_ref().map(|numbers| numbers.unit.clone()),
        turns,
        least_margin,
        moved,
    }
}

fn is_move(one: &MarginAt) -> bool {
    one.moved.get().abs() > (SHARE * one.margin.get().abs()).max(FLOOR)
}

/// Each value that some run states, over all runs.
pub(super) fn stated(written: &Seen, tried: &[Tried]) -> Vec<StatedRange> {
    let runs: Vec<(&Tried, &Seen)> =
        tried.iter().filter_map(|one| Some((one, one.seen.as_ref().ok()?))).collect();
    let all = runs.iter().map(|(_, seen)| *seen).chain([written]);
    let keys: BTreeSet<&(String, &'static str)> = all.flat_map(|seen| seen.stated.keys()).collect();
    let range = |key: &(String, &'static str)| {
        let is = written.stated.get(key).copied().filter(|value| value.is_finite());
        let mut values: Vec<StatedAt> = is
            .map(|value| StatedAt { value: value.into(), parameter: None, end: None })
            .into_iter()
            .collect();
        let (mut gone_at, mut appears_at) = (Vec::new(), Vec::new());
        for (one, seen) in &runs {
            let (parameter, end) = (&one.end.parameter, Rounded::from(one.end.value));
            let there = seen.stated.get(key).filter(|value| value.is_finite());
            match (is, there) {
                (Some(_), None) => gone_at.push(format!("{parameter} {end}")),
                (None, Some(_)) => appears_at.push(format!("{parameter} {end}")),
                _ => {}
            }
            values.extend(there.map(|&value| StatedAt {
                value: value.into(),
                parameter: Some(parameter.clone()),
                end: Some(end),
            }));
        }
        let by_value = |a: &&StatedAt, b: &&StatedAt| a.value.get().total_cmp(&b.value.get());
        let least = values.iter().min_by(by_value)?.clone();
        // Of equals the last is taken: the one as written comes first.
        let most = values.iter().rev().max_by(by_value)?.clone();
        let (what, unit) = (key.0.clone(), key.1);
        let is = is.map(Rounded::from);
        Some(StatedRange { what, unit, is, least, most, gone_at, appears_at })
    };
    keys.into_iter().filter_map(range).collect()
}
