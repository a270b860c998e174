//! `gap` and `never-parallel`: what changing over did to the loads and to the sources.

use blackstart_units::SimTime;

use super::finding::Finding;
use super::{Facts, not_reached};
use crate::words::window;
use crate::{GapSeen, Moment};

/// Which gaps a check is about, and how long they may be.
pub(super) struct Allowed<'a> {
    pub load: &'a str,
    pub at_most_s: Option<f64>,
    pub from_s: Option<f64>,
    pub to_s: Option<f64>,
}

/// Every gap of the load in the window is short enough, or was ridden through.
pub(super) fn gap(facts: &Facts, allowed: &Allowed) -> Finding {
    let from = allowed.from_s.map_or(SimTime::ZERO, SimTime::from_seconds);
    let to = allowed.to_s.map_or(facts.material.planned, SimTime::from_seconds);
    let limit = match allowed.at_most_s {
        Some(seconds) => format!("gaps of at most {seconds} s {}", window(from, to)),
        None => format!("gaps that it rides through {}", window(from, to)),
    };
    let finding = Finding::of(allowed.load, limit);
    let inside = |gap: &&GapSeen| {
        gap.load == allowed.load && gap.from_s >= from.into() && gap.from_s <= Moment::from(to)
    };
    let Some(longest) = facts.gaps.iter().filter(inside).max_by_key(|gap| gap.lasted_s) else {
        let finding = finding.saw(true, "no gap");
        return match not_reached(facts, to) {
            Some(reason) => finding.skipped(reason),
            None => finding,
        };
    };
    let lasted = longest.lasted_s.as_seconds();
    let end = if longest.ended { "" } else { " and had not ended" };
    let survived = if longest.rode_through { "ridden through" } else { "not ridden through" };
    let actual = format!("{} from {}{end}, {survived}", longest.lasted_s, longest.from_s);
    let began = SimTime::from_micros(longest.from_s.as_micros());
    match allowed.at_most_s {
        Some(most) => finding.saw(longest.ended && lasted <= most, actual).measured(
            most,
            lasted,
            most - lasted,
            "s",
        ),
        None => {
            let all = facts.gaps.iter().filter(inside).all(|gap| gap.rode_through);
            finding.saw(all, actual)
        }
    }
    .deciding_at(began)
}

/// The sources of a transfer switch are never connected to each other.
pub(super) fn never_parallel(facts: &Facts, target: &str) -> Finding {
    let finding = Finding::of(target, "sources never connected to each other");
    match facts.parallel.iter().find(|seen| seen.switch == target) {
        Some(seen) => finding
            .saw(false, format!("connected at {}", seen.at_s))
            .deciding_at(SimTime::from_micros(seen.at_s.as_micros())),
        None => {
            let finding = finding.saw(true, "never");
            match not_reached(facts, facts.material.planned) {
                Some(reason) => finding.skipped(reason),
                None => finding,
            }
        }
    }
}
