//! One finished scenario, as a line for people and as a record for machines.

use std::path::Path;
use std::time::Duration;

use blackstart_page::{CampaignRow, RunAnswer};
use blackstart_verdict::{CheckOutcome, Judged, Outcome, OutsideSeen, Reason, Standing, Verdict};
use serde::Serialize;

use crate::accepted::Comparison;
use crate::error_output::reasons;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::project::Sound;

/// A scenario that was asked for, and what came of it.
pub struct Ended<'s> {
    /// The scenario.
    pub scenario: &'s Sound,
    /// What came of it.
    pub finished: Finished,
    /// How long that took on the wall clock.
    pub wall: Duration,
}

impl Ended<'_> {
    /// Name of the scenario.
    pub fn name(&self) -> &str {
        &self.scenario.name
    }

    /// How the command would end for it.
    pub fn exit(&self) -> Exit {
        match &self.finished {
            Finished::NoVerdict(failure) => failure.exit(),
            Finished::Skipped(_) => Exit::Passed,
            Finished::Judged(result) => result.exit,
        }
    }

    /// Why it did not come out as it should, a sentence each; of one that did, nothing.
    pub fn reasons(&self) -> Vec<String> {
        match &self.finished {
            Finished::NoVerdict(failure) => vec![failure.sentence()],
            Finished::Judged(result) if result.exit != Exit::Passed => result.sentences(),
            Finished::Judged(_) | Finished::Skipped(_) => Vec::new(),
        }
    }
}

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
    /// What it answers to what its checks ask, the most telling first.
    pub answer: Vec<String>,
    /// Where the run left what the models were checked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<String>,
    /// What has not come back with the grid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How it relates to the accepted verdict, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Runs of `--repeat`, and which of them were not like the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeated: Option<Repeated>,
    /// Where its files are.
    pub folder: String,
    /// Digest of its trace.
    pub trace_digest: String,
    /// How long it took on the wall clock: to run, judge and write.
    pub wall_s: f64,
    /// Whether that is how it should be: nothing that ends the command with another code than 0.
    pub as_expected: bool,
    /// How the command would end for this scenario alone.
    #[serde(skip)]
    pub exit: Exit,
    /// What there is to say of it beyond its line.
    #[serde(skip)]
    pub details: Vec<String>,
    /// Its row of the campaign's page, where there is to be one.
    #[serde(skip)]
    pub row: Option<CampaignRow>,
}

/// Runs of one scenario after each other.
#[derive(Clone, Debug, Serialize)]
pub struct Repeated {
    /// How many.
    pub runs: u32,
    /// Numbers of those that were not like the first, from 2.
    pub unlike_the_first: Vec<u32>,
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
        let exit = exit(judged.standing(), comparison.as_ref());
        Self {
            scenario: judged.scenario.clone(),
            outcome: judged.outcome,
            standing: judged.standing(),
            subject: judged.subject_folder(),
            seed: verdict.basis.seed,
            trips: judged.trips.iter().map(trip).collect(),
            reasons: reasons(verdict),
            answer: RunAnswer::of(judged).parts,
            outside: judged.outside.iter().map(outside).collect(),
            missing: still_missing(judged),
            exit,
            as_expected: exit == Exit::Passed,
            comparison,
            repeated: None,
            folder: folder.display().to_string(),
            trace_digest: verdict.trace_digest.clone(),
            wall_s: 0.0,
            details: details(judged),
            row: None,
        }
    }

    /// The same after it was run again: one that was not like the first fails.
    pub fn repeated(mut self, repeated: Repeated) -> Self {
        if !repeated.unlike_the_first.is_empty() {
            self.exit = self.exit.or_worse(Exit::Failed);
            self.as_expected = false;
        }
        self.repeated = Some(repeated);
        self
    }

    /// The same, accepted: what is accepted is right from now on.
    pub fn accepted(mut self) -> Self {
        self.exit = Exit::Passed;
        self.as_expected = true;
        self
    }

    /// `FAIL  sessy/…  port-stays-up 7.2 V (at least 40 V); trip scd (inrush)`, of so many columns: what
    /// does not fit is cut, the name in its middle. While accepting, what differs has just been accepted,
    /// and who accepts something sees all of it, however long the line becomes.
    pub fn line(&self, columns: usize, accepting: bool) -> String {
        let compared = match (&self.comparison, accepting) {
            (Some(Comparison::Changed { differences }), accepting) => {
                let texts = differences.iter().map(|one| one.text.as_str()).collect::<Vec<_>>();
                if accepting {
                    let all = format!("accepted: {}", texts.join("; "));
                    return line(standing(self.standing), &self.scenario, &all, usize::MAX);
                }
                texts.first().map(|first| format!("differs: {first}"))
            }
            (Some(Comparison::New), true) => Some("accepted".to_owned()),
            (Some(Comparison::New), false) => Some("not accepted yet".to_owned()),
            (Some(Comparison::Same), _) => Some("as accepted".to_owned()),
            (None, _) => None,
        };
        let repeated = self.repeated.as_ref().map(Repeated::sentence);
        // What a run differs in that cannot be believed says less than why it cannot.
        let is_open = matches!(self.outcome, Outcome::Inconclusive | Outcome::Error);
        let (first, rest) = self.answer.split_at(usize::from(is_open).min(self.answer.len()));
        let compared = compared.into_iter().chain(repeated);
        let parts = first.iter().cloned().chain(compared).chain(rest.iter().cloned());
        let answer = RunAnswer { parts: parts.collect() };
        let word = standing(self.standing);
        let (name, room) = room_beside(word, &self.scenario, columns);
        lay_out(word, &name, &answer.line(room), columns)
    }

    /// Everything that speaks against it, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let changed = match &self.comparison {
            Some(Comparison::Changed { differences }) => {
                differences.iter().map(|one| one.text.clone()).collect()
            }
            Some(Comparison::New) => vec!["nobody has accepted this verdict yet".to_owned()],
            Some(Comparison::Same) | None => Vec::new(),
        };
        let repeated =
            self.repeated.as_ref().filter(|repeated| !repeated.unlike_the_first.is_empty());
        let reasons = self.reasons.iter().map(|reason| reason.text.clone());
        let all = changed.into_iter().chain(repeated.map(Repeated::sentence)).chain(reasons);
        let all: Vec<String> = all.collect();
        // A known miss that did not happen gives no reason of its own.
        let surprise = || format!("{}: its `built_in` is out of date", standing(self.standing));
        if all.is_empty() { vec![surprise()] } else { all }
    }

    /// What `--verbose` adds below its line.
    pub fn more(&self) -> impl Iterator<Item = String> + '_ {
        let differences = match &self.comparison {
            Some(Comparison::Changed { differences }) => differences.as_slice(),
            _ => &[],
        };
        let differs = differences.iter().map(|one| format!("differs: {}", one.text));
        let outside = self.outside.iter().map(|one| format!("beyond what was checked: {one}"));
        let missing =
            self.missing.iter().map(|one| format!("missing after the return of the grid: {one}"));
        let trips = self.trips.iter().map(|trip| format!("trip {trip}"));
        let folder = std::iter::once(format!("in {}, {} s", self.folder, self.wall_s));
        let details = self.details.iter().cloned();
        differs.chain(trips).chain(details).chain(outside).chain(missing).chain(folder)
    }
}

impl Repeated {
    fn sentence(&self) -> String {
        let Self { runs, unlike_the_first } = self;
        if unlike_the_first.is_empty() {
            return format!("{runs} runs alike");
        }
        let unlike = unlike_the_first.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        format!("of {runs} runs not like the first: {unlike}")
    }
}

/// A line about a scenario without a verdict, of so many columns.
pub fn plain_line(word: &str, scenario: &str, why: &str, columns: usize) -> String {
    let (name, room) = room_beside(word, scenario, columns);
    let answer = RunAnswer { parts: vec![why.to_owned()] };
    lay_out(word, &name, &answer.line(room), columns)
}

fn line(word: &str, scenario: &str, answer: &str, columns: usize) -> String {
    let (name, _) = room_beside(word, scenario, columns);
    lay_out(word, &name, answer, columns)
}

/// Columns of the first word.
const WORD: usize = 12;
/// Least columns for an answer beside the name; with less it stands below.
const ANSWER: usize = 26;
/// Terminals below this width have the answer below the name.
const NARROW: usize = 72;

/// The name as it fits, and the columns that are left for an answer.
fn room_beside(word: &str, scenario: &str, columns: usize) -> (String, usize) {
    if columns < NARROW {
        let room = columns.saturating_sub(word.chars().count() + 1);
        return (shortened(scenario, room), columns.saturating_sub(2));
    }
    let before = word.chars().count().max(WORD) + 1;
    let name = shortened(scenario, columns.saturating_sub(before + 2 + ANSWER));
    let room = columns.saturating_sub(before + name.chars().count() + 2);
    (name, room)
}

fn lay_out(word: &str, name: &str, answer: &str, columns: usize) -> String {
    let joint = if answer.is_empty() { "" } else { "  " };
    if columns < NARROW {
        let below = if answer.is_empty() { String::new() } else { format!("\n  {answer}") };
        return format!("{word} {name}{below}");
    }
    format!("{word:<WORD$} {name}{joint}{answer}")
}

/// A name of at most `room` columns: of a longer one its beginning and its end.
fn shortened(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room {
        return name.to_owned();
    }
    let kept = room.saturating_sub(1);
    let end = kept / 2;
    let beginning: String = name.chars().take(kept - end).collect();
    let ending: String = name.chars().skip(length - end).collect();
    format!("{beginning}…{ending}")
}

/// What each check required and saw, and what a trip was read from.
fn details(judged: &Judged) -> Vec<String> {
    let trips = judged.trips.iter().map(|trip| format!("because {}", trip.because));
    let checks = judged.checks.iter().map(|check| {
        let word = match check.outcome {
            CheckOutcome::Pass => "holds",
            CheckOutcome::Fail => "fails",
            CheckOutcome::Skipped => "skipped",
            CheckOutcome::Inconclusive => "inconclusive",
        };
        let reason = check.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{word} {}: {} ({}){reason}", check.id, check.actual, check.limit)
    });
    trips.chain(checks).collect()
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
    /// What was asked for, and never came to its end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<&'a str>,
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

    fn width(text: &str) -> usize {
        text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
    }

    #[test]
    fn a_line_is_as_wide_as_asked_whatever_it_says() {
        let (name, why) = ("sessy/".to_owned() + &"abc-".repeat(25), "because ".repeat(40));
        for columns in [20, 40, 71, 72, 100] {
            for (name, why) in [("a", "b"), ("a", &why), (&name, "b"), (&name, &why), (&name, "")] {
                let line = plain_line("unexpected pass", name, why, columns);
                assert!(width(&line) <= columns, "{columns}: {line}");
                assert_eq!(
                    line.lines().count(),
                    if columns < 72 && !why.is_empty() { 2 } else { 1 }
                );
            }
        }
        assert_eq!(plain_line("skipped", "b", "too long", 100), "skipped      b  too long");
        assert_eq!(shortened("sessy/abcdefgh", 9), "sess…efgh");
    }

    #[test]
    fn what_cannot_be_believed_is_never_as_accepted() {
        assert_eq!(exit(Standing::Error, Some(&Comparison::Same)), Exit::Defect);
        assert_eq!(exit(Standing::Inconclusive, Some(&Comparison::Same)), Exit::Inconclusive);
    }
}
