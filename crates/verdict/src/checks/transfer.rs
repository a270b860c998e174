//! `gap` and `never-parallel`: what changing over did to the loads and to the sources.

use blackstart_units::SimTime;

use super::finding::CheckFinding;
use super::{CheckFacts, CheckOutcome, not_reached};
use crate::Moment;
use crate::transfer::Gap;
use crate::words::window;

/// Which gaps a check is about, and how long they may be.
pub(super) struct Allowed<'a> {
    pub load: &'a str,
    pub at_most_s: Option<f64>,
    pub from_s: Option<f64>,
    pub to_s: Option<f64>,
}

/// Every gap of the load that lasts into the window is short enough, or was ridden through.
pub(super) fn gap(facts: &CheckFacts, allowed: &Allowed) -> CheckFinding {
    let from = allowed.from_s.map_or(SimTime::ZERO, SimTime::from_seconds);
    let to = allowed.to_s.map_or(facts.material.planned, SimTime::from_seconds);
    let limit = match allowed.at_most_s {
        Some(seconds) => format!("gaps of at most {seconds} s {}", window(from, to)),
        None => format!("gaps that it rides through {}", window(from, to)),
    };
    let finding = CheckFinding::of(allowed.load, limit);
    let of_load = facts.gaps.iter().filter(|gap| gap.load == allowed.load);
    let inside: Vec<&Gap> = of_load.filter(|gap| gap.is_in(from, to)).collect();
    let kept = match inside.iter().max_by_key(|gap| gap.to - gap.from) {
        None => finding.saw(true, "no gap"),
        Some(longest) => {
            let finding = held_against(finding, longest, &inside, allowed.at_most_s);
            if finding.outcome == CheckOutcome::Fail {
                return finding;
            }
            if inside.iter().any(|gap| !gap.ended) {
                return finding
                    .inconclusive("the run ended in a gap that may have become too long");
            }
            finding
        }
    };
    match not_reached(facts, to) {
        Some(reason) => kept.skipped(reason),
        None => kept,
    }
}

/// The longest gap against its limit; without one, all of them against what the load rides through.
fn held_against(
    finding: CheckFinding,
    longest: &Gap,
    inside: &[&Gap],
    at_most_s: Option<f64>,
) -> CheckFinding {
    let Gap { from, to, ended, rode_through, .. } = *longest;
    let end = if ended { "" } else { " and had not ended" };
    let survived = if rode_through { "ridden through" } else { "not ridden through" };
    let (began, lasted) = (Moment::from(from), Moment::from(to - from));
    let actual = format!("{lasted} from {began}{end}, {survived}");
    let finding = match at_most_s {
        Some(most) => {
            let lasted = lasted.as_seconds();
            finding.saw(lasted <= most, actual).measured(most, lasted, most - lasted, "s")
        }
        None => finding.saw(inside.iter().all(|gap| gap.rode_through), actual),
    };
    finding.deciding_at(from)
}

/// The sources of a transfer switch are never connected to each other. One that stays where it is shows
/// nothing of how it changes over.
pub(super) fn never_parallel(facts: &CheckFacts, target: &str) -> CheckFinding {
    let finding = CheckFinding::of(target, "sources never connected to each other");
    match facts.parallel.iter().find(|seen| seen.switch == target) {
        Some(seen) => finding
            .saw(false, format!("connected at {}", seen.at_s))
            .deciding_at(SimTime::from_micros(seen.at_s.as_micros())),
        None => {
            let finding = finding.saw(true, "never");
            match not_reached(facts, facts.material.planned) {
                Some(reason) => finding.skipped(reason),
                None if moved(facts, target) => finding,
                None => finding
                    .saw(true, "never, but it never changed over")
                    .inconclusive("it never changed over, nor tried to"),
            }
        }
    }
}

/// Whether a transfer switch was in more than one position, or its control believes that it changed over:
/// with a welded contact it may have tried in vain.
fn moved(facts: &CheckFacts, target: &str) -> bool {
    let positions = facts.material.trace.series_named(&format!("{target}.position"));
    let values = positions.map_or(&[][..], |series| series.values());
    let state = format!("{target}.state");
    let believes = |wanted| facts.material.first_in_state(&state, wanted, SimTime::ZERO).is_some();
    values.windows(2).any(|pair| pair[0] != pair[1])
        || CHANGED_OVER.iter().any(|wanted| believes(wanted))
}

/// What controls of transfer switches and backup boxes claim once they have changed over.
const CHANGED_OVER: [&str; 2] = ["on-inverter", "in-backup"];

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;
    use blackstart_trace::{Event, EventKind, SignalKind};

    use super::*;
    use crate::Check;
    use crate::sample_run::SampleRun;

    const NANO: SimTime = SimTime::NANOSECOND;

    fn at(seconds: f64) -> SimTime {
        SimTime::from_seconds(seconds)
    }

    /// Two hours in which load-1 has these gaps: from, to, ridden through. One that lasts to the end goes on.
    fn with_gaps(gaps: &[(SimTime, SimTime, bool)]) -> SampleRun {
        let mut run = SampleRun::outage();
        for &(from, to, rode_through) in gaps {
            let lasted = to - from;
            let kind = match to == run.reached {
                true => EventKind::GapOpen { lasted, rode_through },
                false => EventKind::GapEnded { lasted, rode_through },
            };
            run.trace.event(Event { at: to, subject: "load-1".into(), kind });
        }
        run
    }

    fn gap(run: &SampleRun, at_most_s: Option<f64>, window: (SimTime, SimTime)) -> Check {
        let seconds = |at: SimTime| Some(at.as_seconds());
        let (from_s, to_s) = (seconds(window.0), seconds(window.1));
        let (id, load) = ("c".into(), "load-1".into());
        run.judge_one(CheckEntry::Gap { id, load, at_most_s, from_s, to_s })
    }

    #[test]
    fn a_gap_counts_whole_in_every_window_that_it_lasts_into() {
        let run = with_gaps(&[(at(100.0), at(102.0), false)]);
        let outcome = |from, to| gap(&run, Some(1.0), (from, to)).outcome;
        assert_eq!(outcome(at(0.0), at(7200.0)), CheckOutcome::Fail);
        assert_eq!(
            outcome(at(101.5), at(7200.0)),
            CheckOutcome::Fail,
            "two seconds, not half of one"
        );
        assert_eq!(outcome(at(102.0) - NANO, at(7200.0)), CheckOutcome::Fail);
        assert_eq!(outcome(at(102.0), at(7200.0)), CheckOutcome::Pass);
        assert_eq!(outcome(at(0.0), at(100.0)), CheckOutcome::Fail);
        assert_eq!(outcome(at(0.0), at(100.0) - NANO), CheckOutcome::Pass);
    }

    #[test]
    fn a_gap_is_as_long_as_allowed_at_most() {
        let longest = |lasted| {
            let run = with_gaps(&[(at(100.0), at(100.0) + lasted, true)]);
            gap(&run, Some(0.02), (at(0.0), at(7200.0))).outcome
        };
        assert_eq!(longest(SimTime::from_millis(20)), CheckOutcome::Pass);
        assert_eq!(longest(SimTime::from_micros(20_001)), CheckOutcome::Fail);
    }

    #[test]
    fn without_a_limit_each_gap_must_be_ridden_through_not_the_longest_alone() {
        let outcome = |short, long| {
            let run = with_gaps(&[(at(100.0), at(100.01), short), (at(200.0), at(200.02), long)]);
            gap(&run, None, (at(0.0), at(7200.0))).outcome
        };
        assert_eq!(outcome(true, true), CheckOutcome::Pass);
        assert_eq!(outcome(false, true), CheckOutcome::Fail);
        assert_eq!(outcome(true, false), CheckOutcome::Fail);
    }

    #[test]
    fn a_load_that_never_had_supply_has_a_gap_of_every_window() {
        let run = with_gaps(&[(at(0.0), at(7200.0), false)]);
        for at_most_s in [Some(1.0), Some(7199.0), None] {
            for window in [(at(0.0), at(7200.0)), (at(100.0), at(200.0)), (at(7200.0), at(7200.0))]
            {
                assert_eq!(gap(&run, at_most_s, window).outcome, CheckOutcome::Fail, "{window:?}");
            }
        }
        let check = gap(&run, Some(1.0), (at(100.0), at(200.0)));
        assert_eq!(check.actual, "7200.0 s from 0.0 s and had not ended, not ridden through");
    }

    #[test]
    fn a_gap_that_goes_on_at_the_end_may_still_become_too_long() {
        let run = with_gaps(&[(at(7199.99), at(7200.0), true)]);
        let whole = (at(0.0), at(7200.0));
        assert_eq!(gap(&run, Some(0.02), whole).outcome, CheckOutcome::Inconclusive);
        assert_eq!(gap(&run, None, whole).outcome, CheckOutcome::Inconclusive);
        assert_eq!(gap(&run, Some(0.005), whole).outcome, CheckOutcome::Fail);
        let before = (at(0.0), at(7199.99) - NANO);
        assert_eq!(gap(&run, None, before).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_run_that_ended_inside_the_window_promises_no_gap_and_hides_none() {
        let outcome =
            |run: SampleRun| gap(&run.cut_at(150), Some(1.0), (at(50.0), at(200.0))).outcome;
        assert_eq!(outcome(with_gaps(&[])), CheckOutcome::Skipped);
        assert_eq!(outcome(with_gaps(&[(at(100.0), at(102.0), false)])), CheckOutcome::Fail);
    }

    #[test]
    fn sources_that_meet_once_were_not_never_parallel() {
        let judged = |run: &SampleRun| {
            let (id, target) = ("c".into(), "ats-1".into());
            run.judge_one(CheckEntry::NeverParallel { id, target }).outcome
        };
        let moves = |position: f64| {
            let mut run = SampleRun::outage();
            let states = ["none", "grid", "inverter", "both"].map(str::to_owned).to_vec();
            let id = run.trace.declare("ats-1.position", SignalKind::State(states));
            run.trace.sample(id, at(0.0), 1.0);
            run.trace.sample(id, at(3600.0), position);
            run
        };
        let meets = |switch: &str| {
            let mut run = moves(2.0);
            let kind = EventKind::SourcesParallel;
            run.trace.event(Event { at: at(7200.0), subject: switch.into(), kind });
            run
        };
        assert_eq!(judged(&meets("ats-1")), CheckOutcome::Fail);
        assert_eq!(judged(&meets("ats-2")), CheckOutcome::Pass);
        assert_eq!(judged(&moves(2.0)), CheckOutcome::Pass);
        assert_eq!(judged(&moves(1.0)), CheckOutcome::Inconclusive, "it stayed where it was");
        assert_eq!(judged(&SampleRun::outage()), CheckOutcome::Inconclusive, "nobody saw it");
        let mut welded = moves(1.0);
        let states = ["on-grid", "on-inverter"].map(str::to_owned).to_vec();
        let id = welded.trace.declare("ats-1.state", SignalKind::State(states));
        welded.trace.sample(id, at(0.0), 0.0);
        welded.trace.sample(id, at(3600.0), 1.0);
        assert_eq!(judged(&welded), CheckOutcome::Pass, "it tried to");
        assert_eq!(judged(&moves(2.0).cut_at(1000)), CheckOutcome::Skipped);
        assert_eq!(judged(&meets("ats-1").cut_at(7200)), CheckOutcome::Fail);
    }
}
