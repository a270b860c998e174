//! The page of one run.

use blackstart_trace::Trace;
use blackstart_verdict::{ApproachSeen, Check, Difference, Standing, TripSeen, Verdict};
use serde::Serialize;

use crate::about::{DrawnLimit, RunAbout};
use crate::answer::{LimitSide, nearness, relation, side_of};
use crate::chain::{ChainLink, chains, link};
use crate::html::{PagePart, document};
use crate::lanes::{PageLane, lanes};
use crate::sentences::{guesses, sentences};
use crate::waves::{Wave, Waves};

/// Samples that a page has room for: some two megabytes.
pub const USUAL_SAMPLES: usize = 250_000;
/// Most events, and lines of traffic, that are listed; of more the beginning and the end.
const LISTED: usize = 1500;

/// Everything that a page is made of.
pub struct RunMaterial<'a> {
    /// What the scenario says of itself.
    pub about: &'a RunAbout,
    /// What was judged.
    pub verdict: &'a Verdict,
    /// What was recorded; nothing of a run without a trace.
    pub trace: Option<&'a Trace>,
    /// Lines of `bus.log` and `lines.txt`.
    pub traffic: &'a str,
    /// Where the page of its campaign is, from here.
    pub campaign: Option<&'a str>,
    /// Most samples of each run on it.
    pub samples: usize,
}

/// Another run of the same scenario, laid over the first.
pub struct OtherRun<'a> {
    /// What it is called.
    pub name: &'a str,
    /// What was recorded.
    pub trace: Option<&'a Trace>,
    /// What differs in it, most important first.
    pub differences: &'a [Difference],
}

#[derive(Serialize)]
struct RunDocument<'a> {
    kind: &'static str,
    scenario: &'a str,
    title: &'a str,
    system: &'a str,
    covers: &'a [String],
    roles: Vec<(&'a str, &'a str)>,
    outcome: &'static str,
    standing: &'static str,
    is_expected: bool,
    seed: u64,
    digest: &'a str,
    tool: &'a str,
    campaign: Option<&'a str>,
    sentences: Vec<String>,
    guesses: Vec<String>,
    checks: Vec<CheckBar<'a>>,
    trips: Vec<TripChain<'a>>,
    approaches: Vec<Near<'a>>,
    limits: &'a [DrawnLimit],
    events: Vec<ChainLink>,
    events_left_out: usize,
    traffic: Vec<&'a str>,
    traffic_left_out: usize,
    logs: Vec<(&'a str, &'a str)>,
    end_s: f64,
    lanes: Vec<PageLane>,
    signals: Vec<Wave>,
    other: Option<OtherDocument<'a>>,
}

#[derive(Serialize)]
struct OtherDocument<'a> {
    name: &'a str,
    differences: Vec<&'a str>,
    signals: Vec<Wave>,
    end_s: f64,
}

/// A check with what a bar of its margin is drawn from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CheckBar<'a> {
    id: &'a str,
    outcome: &'static str,
    about: &'a str,
    limit: &'a str,
    actual: &'a str,
    reason: Option<&'a str>,
    at_s: Option<f64>,
    /// `49 V ≥ 48 V`, with the three numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<BarNumbers<'a>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct BarNumbers<'a> {
    relation: String,
    limit: f64,
    actual: f64,
    margin: f64,
    unit: &'a str,
    side: &'static str,
}

impl<'a> CheckBar<'a> {
    pub(crate) fn of(check: &'a Check) -> Self {
        use blackstart_verdict::CheckOutcome::{Fail, Inconclusive, Pass, Skipped};
        let outcome = match check.outcome {
            Pass => "pass",
            Fail => "fail",
            Skipped => "skipped",
            Inconclusive => "inconclusive",
        };
        let finite = |numbers: &&blackstart_verdict::Numbers| {
            [numbers.limit, numbers.actual, numbers.margin].iter().all(|n| n.get().is_finite())
        };
        let numbers = check.numbers.as_ref().filter(finite).map(|numbers| BarNumbers {
            relation: relation(numbers),
            limit: numbers.limit.get(),
            actual: numbers.actual.get(),
            margin: numbers.margin.get(),
            unit: &numbers.unit,
            side: match side_of(numbers) {
                LimitSide::AtLeast => "at-least",
                LimitSide::AtMost => "at-most",
                LimitSide::Either => "either",
            },
        });
        Self {
            id: &check.id,
            outcome,
            about: &check.about,
            limit: &check.limit,
            actual: &check.actual,
            reason: check.reason.as_deref(),
            at_s: check.at_s.map(blackstart_verdict::Moment::as_seconds),
            numbers,
        }
    }
}

#[derive(Serialize)]
struct TripChain<'a> {
    at_s: f64,
    subject: &'a str,
    protection: &'a str,
    cause: &'a str,
    because: &'a str,
    evidence: &'a str,
    holds: Option<String>,
    claimed: Option<String>,
    chain: Vec<ChainLink>,
}

impl<'a> TripChain<'a> {
    fn of(trip: &'a TripSeen, chain: Vec<ChainLink>) -> Self {
        Self {
            at_s: trip.at_s.as_seconds(),
            subject: &trip.subject,
            protection: &trip.protection,
            cause: &trip.cause,
            because: &trip.because,
            evidence: &trip.evidence,
            holds: trip.holds.as_ref().map(blackstart_verdict::Holds::in_words),
            claimed: trip.claimed.as_ref().map(|said| format!("{} at {}", said.alarm, said.at_s)),
            chain,
        }
    }
}

#[derive(Serialize)]
struct Near<'a> {
    subject: &'a str,
    protection: &'a str,
    extreme: f64,
    threshold: f64,
    dwell_s: f64,
    delay_s: f64,
    nearness: f64,
}

impl<'a> Near<'a> {
    fn of(approach: &'a ApproachSeen) -> Self {
        Self {
            subject: &approach.subject,
            protection: &approach.protection,
            extreme: approach.extreme.get(),
            threshold: approach.threshold.get(),
            dwell_s: approach.longest_dwell_s.as_seconds(),
            delay_s: approach.delay_s.as_seconds(),
            nearness: nearness(approach),
        }
    }
}

/// The word for what an outcome means.
pub(crate) const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "pass",
        Standing::FailedAsKnown => "known fail",
        Standing::MissedAnyway => "missed anyway",
        Standing::PassedUnexpectedly => "unexpected pass",
        Standing::Failed => "fail",
        Standing::Inconclusive => "inconclusive",
        Standing::Error => "error",
    }
}

/// The page of a run, with another laid over it where there is one. Equal material gives equal bytes.
pub fn run_page(run: &RunMaterial<'_>, other: Option<&OtherRun<'_>>) -> String {
    let judged = &run.verdict.judged;
    let waves = run.trace.map(|trace| Waves::of(trace, run.samples)).unwrap_or_default();
    let others = other.and_then(|other| other.trace).map(|trace| Waves::of(trace, run.samples));
    let mut asked: Vec<String> = judged.checks.iter().map(|check| check.about.clone()).collect();
    asked.dedup();
    let mut chains = run.trace.map(chains).unwrap_or_default().into_iter();
    let trips =
        judged.trips.iter().map(|trip| TripChain::of(trip, chains.next().unwrap_or_default()));
    let trips: Vec<TripChain<'_>> = trips.collect();
    let events =
        run.trace.map(|trace| trace.events().iter().filter_map(link)).into_iter().flatten();
    let (events, events_left_out) = listed(events.collect());
    let (traffic, traffic_left_out) = listed(run.traffic.lines().collect());
    let mut approaches: Vec<Near<'_>> = judged.approaches.iter().map(Near::of).collect();
    approaches.sort_by(|a, b| b.nearness.total_cmp(&a.nearness));
    let links = run.verdict.basis.links.iter();
    let logs = links.map(|link| (link.role.as_str(), link.error_output.as_str()));
    let data = RunDocument {
        kind: "run",
        scenario: &judged.scenario,
        title: &run.about.title,
        system: &run.about.system,
        covers: &run.about.covers,
        roles: run.about.roles.iter().map(|(role, by)| (role.as_str(), by.as_str())).collect(),
        outcome: judged.outcome.name(),
        standing: standing_word(judged.standing()),
        is_expected: judged.standing().is_expected(),
        seed: run.verdict.basis.seed,
        digest: &run.verdict.trace_digest,
        tool: &run.verdict.basis.tool_version,
        campaign: run.campaign,
        sentences: sentences(judged),
        guesses: guesses(judged),
        checks: judged.checks.iter().map(CheckBar::of).collect(),
        trips,
        approaches,
        limits: &run.about.limits,
        events,
        events_left_out,
        traffic,
        traffic_left_out,
        logs: logs.filter(|(_, said)| !said.trim().is_empty()).collect(),
        end_s: waves.end_s.max(judged.reached_s.as_seconds()),
        lanes: lanes(&waves.signals, &asked),
        signals: waves.signals,
        other: other.map(|other| OtherDocument {
            name: other.name,
            differences: other.differences.iter().map(|one| one.text.as_str()).collect(),
            signals: others.as_ref().map(|waves| waves.signals.clone()).unwrap_or_default(),
            end_s: others.as_ref().map_or(0.0, |waves| waves.end_s),
        }),
    };
    let packed = others.map(|waves| waves.packed).unwrap_or_default();
    let parts = [
        PagePart::Text("waves", &waves.packed),
        PagePart::Text("other-waves", &packed),
        PagePart::Curves,
        PagePart::Script(include_str!("../assets/common.js")),
        PagePart::Script(include_str!("../assets/envelope.js")),
        PagePart::Script(include_str!("../assets/run.js")),
    ];
    let title = format!("{}: {}", standing_word(judged.standing()), judged.scenario);
    document(&title, include_str!("../assets/run.html"), &data, &parts)
}

/// The beginning and the end of a long list, and how many are left out between.
fn listed<T>(mut all: Vec<T>) -> (Vec<T>, usize) {
    let left_out = all.len().saturating_sub(LISTED);
    if left_out > 0 {
        let begin = LISTED / 2;
        all.drain(begin..begin + left_out);
    }
    (all, left_out)
}
