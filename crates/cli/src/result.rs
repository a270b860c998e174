//! One finished scenario, as a line for people and as a record for machines.

use std::path::Path;

use blackstart_verdict::{Judged, Outcome, OutsideSeen, Reason, ReasonCode, Standing, Verdict};
use serde::Serialize;

use crate::accepted::Comparison;
use crate::error_output::reasons;
use crate::exit::Exit;
use crate::failure::Failure;

/// What came of a scenario that was asked for.
pub enum Finished {
    /// It has a verdict.
    Judged(Box<ScenarioResult>),
    /// It has none.
    NoVerdict(Failure),
    /// The rig cannot run it, for this reason.
    Skipped(String),
}

impl Finished {
    /// The result of a scenario that has a verdict.
    pub fn result(&self) -> Option<&ScenarioResult> {
        match self {
            Self::Judged(result) => Some(result),
            Self::NoVerdict(_) | Self::Skipped(_) => None,
        }
    }

    /// One word of it, for a table.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Judged(result) if matches!(result.standing, Standing::MissedAnyway) => {
                "missed anyway"
            }
            Self::Judged(result) => result.outcome.name(),
            Self::NoVerdict(_) => "none",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// The verdict of one scenario. A line of `run --format json` and an entry of `index.json`.
#[derive(Debug, Serialize)]
pub struct ScenarioResult {
    /// Name of the scenario.
    pub scenario: String,
    /// The verdict's outcome.
    pub outcome: Outcome,
    /// What the outcome means.
    pub standing: Standing,
    /// Who played the roles: the folder of the accepted verdicts.
    pub subject: String,
    /// Seed that it ran with.
    pub seed: u64,
    /// The trips, shortly.
    pub trips: Vec<String>,
    /// Why it is not a pass.
    pub reasons: Vec<Reason>,
    /// Where the run left what the models were checked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<String>,
    /// What has not come back with the grid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How it relates to the accepted verdict, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Where its files are.
    pub folder: String,
    /// Digest of its trace.
    pub trace_digest: String,
    /// How the command would end for this scenario alone.
    #[serde(skip)]
    pub exit: Exit,
}

impl ScenarioResult {
    /// The result of one run.
    pub fn new(verdict: &Verdict, folder: &Path, comparison: Option<Comparison>) -> Self {
        let judged = &verdict.judged;
        let trip = |trip: &blackstart_verdict::TripSeen| {
            let holds = match &trip.holds {
                None | Some(blackstart_verdict::Holds::AllCorners) => String::new(),
                Some(holds) => format!(", {}", holds.in_words()),
            };
            format!("{} of {}, cause {}{holds}", trip.protection, trip.subject, trip.cause)
        };
        Self {
            scenario: judged.scenario.clone(),
            outcome: judged.outcome,
            standing: judged.standing(),
            subject: judged.subject_folder(),
            seed: verdict.basis.seed,
            trips: judged.trips.iter().map(trip).collect(),
            reasons: reasons(verdict),
            outside: judged.outside.iter().map(outside).collect(),
            missing: still_missing(judged),
            exit: exit(judged.standing(), comparison.as_ref()),
            comparison,
            folder: folder.display().to_string(),
            trace_digest: verdict.trace_digest.clone(),
        }
    }

    /// `FAIL  sessy/…  trip scd of sessy-1, cause inrush; …  reports/sessy/…`; while accepting, what
    /// differs has just been accepted.
    pub fn line(&self, accepting: bool) -> String {
        let trips = few(self.trips.iter().cloned()).map(|trips| format!("trip {trips}"));
        // Why something failed that has failed as known is for the verdict file to say.
        let known = matches!(self.standing, Standing::FailedAsKnown | Standing::MissedAnyway);
        let reasons = few(self.reasons.iter().map(|reason| match reason.code {
            ReasonCode::CheckFailed if known => {
                reason.text.split(':').next().unwrap_or_default().to_owned()
            }
            _ => reason.text.clone(),
        }));
        let outside = few(self.outside.iter().cloned())
            .map(|outside| format!("beyond what was checked: {outside}"));
        let missing = few(self.missing.iter().cloned())
            .map(|missing| format!("missing after the return of the grid: {missing}"));
        let comparison = self.comparison.as_ref().map(|comparison| match (comparison, accepting) {
            (Comparison::Same, _) => "as accepted".to_owned(),
            (Comparison::New, false) => "not accepted yet".to_owned(),
            (Comparison::New, true) => "accepted".to_owned(),
            (Comparison::Changed { differences }, true) => {
                // Who accepts something sees all of it.
                let texts = differences.iter().map(|difference| difference.text.as_str());
                format!("accepted: {}", texts.collect::<Vec<_>>().join("; "))
            }
            (Comparison::Changed { differences }, false) => {
                let texts = differences.iter().map(|difference| difference.text.clone());
                format!("differs: {}", few(texts).unwrap_or_default())
            }
        });
        let words = [trips, reasons, outside, missing, comparison]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; ");
        let words = if words.is_empty() { String::new() } else { format!("{words}  ") };
        format!("{:<15} {}  {words}{}", standing(self.standing), self.scenario, self.folder)
    }
}

fn outside(seen: &OutsideSeen) -> String {
    format!("{} is {} (checked for {})", seen.signal, seen.value, seen.checked)
}

/// What has not come back with the grid: a load, the port of a battery.
fn still_missing(judged: &Judged) -> Vec<String> {
    let mut missing = Vec::new();
    for recovery in &judged.recovery {
        for part in recovery.grid_return.iter().flat_map(|grid| &grid.missing) {
            let part =
                if part == "port" { format!("port of {}", recovery.battery) } else { part.clone() };
            if !missing.contains(&part) {
                missing.push(part);
            }
        }
    }
    missing
}

/// More than these are counted in a line; `index.json` has them all.
const FEW: usize = 3;

/// The first few of some texts, and how many more there are; `None` of none.
pub fn few(mut texts: impl Iterator<Item = String>) -> Option<String> {
    let mut shown = texts.by_ref().take(FEW).collect::<Vec<_>>();
    let more = texts.count();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    (!shown.is_empty()).then(|| shown.join("; "))
}

/// A scenario without a verdict.
#[derive(Debug, Serialize)]
pub struct Missing<'a> {
    scenario: &'a str,
    outcome: Outcome,
    error: String,
}

impl<'a> Missing<'a> {
    /// The scenario, and why.
    pub fn new(scenario: &'a str, failure: &Failure) -> Self {
        Self { scenario, outcome: Outcome::Error, error: failure.sentence() }
    }
}

/// A scenario that the rig cannot run.
#[derive(Debug, Serialize)]
pub struct Skipped<'a> {
    /// Name of the scenario.
    pub scenario: &'a str,
    /// Why.
    pub skipped: &'a str,
}

/// `index.json`: what one command ran.
#[derive(Debug, Serialize)]
pub struct Index<'a> {
    /// Version of the format.
    pub schema: u32,
    /// `index`.
    pub kind: &'static str,
    /// What has a verdict.
    pub runs: Vec<&'a ScenarioResult>,
    /// What has none.
    pub missing: Vec<Missing<'a>>,
    /// What the rig cannot run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<Skipped<'a>>,
}

impl Index<'_> {
    /// The file's text.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect(ALWAYS_JSON);
        text.push('\n');
        text
    }
}

/// One line of `--format json`.
pub fn json_line(result: &impl Serialize) -> String {
    serde_json::to_string(result).expect(ALWAYS_JSON)
}

const ALWAYS_JSON: &str = "every key is a string and every value has a JSON form";

/// The word that a line begins with.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "pass",
        Standing::FailedAsKnown => "known fail",
        Standing::MissedAnyway => "missed anyway",
        Standing::PassedUnexpectedly => "unexpected pass",
        Standing::Failed => "FAIL",
        Standing::Inconclusive => "inconclusive",
        Standing::Error => "ERROR",
    }
}

/// Against an accepted verdict only equality counts; what cannot be believed equals nothing.
const fn exit(standing: Standing, comparison: Option<&Comparison>) -> Exit {
    match (standing, comparison) {
        (Standing::Error, _) => Exit::Defect,
        (Standing::Inconclusive, _) => Exit::Inconclusive,
        (_, Some(Comparison::Same)) => Exit::Passed,
        (_, Some(_)) => Exit::Failed,
        (standing, None) if standing.is_expected() => Exit::Passed,
        (_, None) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_fail_is_no_failure_and_a_new_pass_is() {
        assert_eq!(exit(Standing::Failed, Some(&Comparison::Same)), Exit::Passed);
        assert_eq!(exit(Standing::Passed, Some(&Comparison::New)), Exit::Failed);
        assert_eq!(exit(Standing::Passed, None), Exit::Passed);
        assert_eq!(exit(Standing::PassedUnexpectedly, None), Exit::Failed);
        assert_eq!(exit(Standing::FailedAsKnown, None), Exit::Passed);
    }

    #[test]
    fn a_line_shows_a_few_and_counts_the_rest() {
        let texts = |n: u32| few((1..=n).map(|number| number.to_string()));
        assert_eq!(texts(0), None);
        assert_eq!(texts(3).unwrap(), "1; 2; 3");
        assert_eq!(texts(10_000).unwrap(), "1; 2; 3; and 9997 more");
    }

    #[test]
    fn what_cannot_be_believed_is_never_as_accepted() {
        assert_eq!(exit(Standing::Error, Some(&Comparison::Same)), Exit::Defect);
        assert_eq!(exit(Standing::Inconclusive, Some(&Comparison::Same)), Exit::Inconclusive);
    }
}
