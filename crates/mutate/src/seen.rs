//! What a verdict says that an end of a range may move: its checks, and what it states without one.

use std::collections::BTreeMap;

use blackstart_verdict::{CheckOutcome, Judged, Numbers, Outcome};

/// The part of a verdict that is compared from end to end.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What it comes to.
    pub outcome: Outcome,
    /// The first reason, where it is no pass.
    pub reason: Option<String>,
    /// Its checks and those of a known miss's reason, in the order of the file: the same in every run.
    pub checks: Vec<CheckSeenAt>,
    /// What it states besides, by what it is and its unit; a key is absent where there is nothing to state.
    pub stated: BTreeMap<(String, &'static str), f64>,
}

/// One check in one run.
#[derive(Clone, Debug)]
pub struct CheckSeenAt {
    pub id: String,
    pub outcome: CheckOutcome,
    pub numbers: Option<Numbers>,
}

impl Seen {
    /// What of a verdict is compared.
    pub fn of(judged: Judged) -> Self {
        let stated = stated(&judged);
        let checks = judged.checks.into_iter().chain(judged.known_reason).map(|check| {
            CheckSeenAt { id: check.id, outcome: check.outcome, numbers: check.numbers }
        });
        Self {
            outcome: judged.outcome,
            reason: judged.reasons.into_iter().next().map(|reason| reason.text),
            checks: checks.collect(),
            stated,
        }
    }
}

fn stated(judged: &Judged) -> BTreeMap<(String, &'static str), f64> {
    let mut stated = BTreeMap::new();
    for runtime in judged.runtimes.iter().filter(|one| one.supply_lost || one.never_supplied) {
        let lasted = if runtime.never_supplied { 0.0 } else { runtime.lasted_s.as_seconds() };
        stated.entry((format!("runtime of {}", runtime.load), "s")).or_insert(lasted);
    }
    for gap in &judged.gaps {
        let longest = stated.entry((format!("longest gap of {}", gap.load), "s")).or_insert(0.0);
        *longest = gap.lasted_s.as_seconds().max(*longest);
    }
    for trip in &judged.trips {
        let what = format!("first {} of {}", trip.protection, trip.subject);
        stated.entry((what, "s")).or_insert(trip.at_s.as_seconds());
    }
    for approach in &judged.approaches {
        let what = format!("closest to {} of {}", approach.protection, approach.subject);
        stated.insert((what, ""), approach.extreme.get());
    }
    for belief in &judged.soc {
        let what = format!("worst error of the claimed charge of {}", belief.battery);
        let worst = stated.entry((what, "%")).or_insert(0.0);
        if belief.error_pct.get().abs() > worst.abs() {
            *worst = belief.error_pct.get();
        }
    }
    for battery in &judged.deep_discharge {
        let mut state = |what: &str, unit, value: f64| {
            stated.insert((format!("{what} of {}", battery.battery), unit), value);
        };
        state("charge at the end", "%", battery.soc_pct.get());
        state("charge left", "Ah", battery.charge_left_ah.get());
        state("lowest resting cell", "V", battery.lowest_rest_v.get());
    }
    stated
}
