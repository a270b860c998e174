//! The answer in whole sentences, for who reads a page and no file.

use blackstart_verdict::{CheckOutcome, Holds, Judged, Standing};

use crate::quantity::{figures, span};

/// What a run showed, a sentence each.
pub(crate) fn sentences(judged: &Judged) -> Vec<String> {
    let mut said = vec![verdict(judged)];
    for check in judged.failing() {
        said.push(format!("{} asks for {}; seen was {}.", check.id, check.limit, check.actual));
    }
    for trip in &judged.trips {
        let holds = match &trip.holds {
            Some(Holds::AllCorners) => " It holds with every guess at its ends.".to_owned(),
            Some(holds @ Holds::FailsAt { .. }) => format!(" It is {}.", holds.in_words()),
            Some(Holds::NominalOnly) => {
                " It is not so with all guesses at their ends together.".to_owned()
            }
            Some(Holds::AllTried { .. }) | None => String::new(),
        };
        said.push(format!(
            "At {} {} of {} trips, cause {}: {}.{holds}",
            trip.at_s, trip.protection, trip.subject, trip.cause, trip.because
        ));
    }
    for runtime in &judged.runtimes {
        let lasted = span(runtime.lasted_s.as_seconds());
        said.push(match (runtime.never_supplied, runtime.supply_lost) {
            (true, _) => format!("{} never had supply: {}.", runtime.load, runtime.ended_by),
            (_, true) => format!(
                "{} stays up for {lasted} after the grid has failed, ended by {}.",
                runtime.load, runtime.ended_by
            ),
            _ => format!("{} is still up {lasted} after the grid has failed.", runtime.load),
        });
    }
    for battery in &judged.deep_discharge {
        said.push(format!(
            "At the end {} holds {} % of its charge; risk of deep discharge: {}.",
            battery.battery,
            figures(battery.soc_pct.get()),
            battery.level
        ));
    }
    for outside in &judged.outside {
        said.push(format!(
            "Beyond what the models were checked for: {} is {} at {} (checked for {}).",
            outside.signal, outside.value, outside.at_s, outside.checked
        ));
    }
    said
}

fn verdict(judged: &Judged) -> String {
    let (all, failing) = (judged.checks.len(), judged.failing().count());
    let undecided = judged
        .checks
        .iter()
        .filter(|check| matches!(check.outcome, CheckOutcome::Inconclusive | CheckOutcome::Skipped))
        .count();
    let reasons = || {
        let reasons = judged.reasons.iter().map(|reason| reason.text.as_str());
        reasons.collect::<Vec<_>>().join("; ")
    };
    match judged.standing() {
        Standing::Passed => format!("Passed: all {all} checks hold."),
        Standing::FailedAsKnown => {
            format!("{failing} of {all} checks do not hold, as is known of the built-in baseline.")
        }
        Standing::MissedAnyway => {
            format!("{failing} of {all} checks do not hold, whatever the devices under test do.")
        }
        Standing::PassedUnexpectedly => {
            "Checks hold that are known to fail: what the scenario says is out of date.".to_owned()
        }
        Standing::Failed => format!("Failed: {failing} of {all} checks do not hold."),
        Standing::Inconclusive => {
            format!("Nobody can tell: {undecided} of {all} checks are not decided. {}.", reasons())
        }
        Standing::Error => format!("The simulation cannot be believed: {}.", reasons()),
    }
}

/// The guesses that would turn something, with what they turn.
pub(crate) fn guesses(judged: &Judged) -> Vec<String> {
    let corners = |holds: &Option<Holds>| match holds {
        Some(Holds::FailsAt { corners }) => corners.clone(),
        _ => Vec::new(),
    };
    let mut said = Vec::new();
    for trip in &judged.trips {
        said.extend(corners(&trip.holds).iter().map(|corner| {
            let (parameter, value) = (&corner.parameter, corner.value);
            format!(
                "with {parameter} = {value}, {} of {} would not trip",
                trip.protection, trip.subject
            )
        }));
    }
    for approach in &judged.approaches {
        said.extend(corners(&approach.holds).iter().map(|corner| {
            let (parameter, value) = (&corner.parameter, corner.value);
            format!(
                "with {parameter} = {value}, {} of {} would trip",
                approach.protection, approach.subject
            )
        }));
    }
    for battery in &judged.deep_discharge {
        said.extend(battery.decided_by.iter().map(|one| {
            format!(
                "with {} = {}, the risk of {} is {}",
                one.parameter, one.value, battery.battery, one.level
            )
        }));
    }
    said
}
