//! `becomes`, `changes` and `never-while`: when a state is entered, how often it changes, and what it never is
//! while another is so.

use blackstart_scenario::StateEntry;
use blackstart_trace::SignalKind;
use blackstart_units::SimTime;

use super::finding::CheckFinding;
use super::{CheckFacts, not_reached};
use crate::Moment;
use crate::words::window;

/// When a state must be entered.
pub(super) struct Entering<'a> {
    pub signal: &'a str,
    pub is: &'a str,
    pub from_s: Option<f64>,
    pub by_s: Option<f64>,
    pub after: Option<&'a StateEntry>,
    pub within_s: Option<f64>,
}

/// A state signal as it went: from when it was in which state, only where that is another than before.
struct States<'a>(Vec<(SimTime, &'a str)>);

impl<'a> States<'a> {
    /// Of a signal; else why there is none.
    fn of(facts: &CheckFacts<'a>, signal: &str) -> Result<Self, &'static str> {
        let trace = facts.material.trace;
        let id = trace.catalogue().find(signal).ok_or("the run has no such signal")?;
        let SignalKind::State(names) = &trace.catalogue().signal(id).kind else {
            return Err("the signal is a quantity, not a state");
        };
        let mut states: Vec<(SimTime, &str)> = Vec::new();
        for (at, value) in trace.series(id).iter() {
            let name = names.get(value as usize).map_or("", String::as_str);
            // Of two at one instant the later counts.
            if states.last().is_some_and(|last| last.0 == at) {
                states.pop();
            }
            if states.last().is_none_or(|last| last.1 != name) {
                states.push((at, name));
            }
        }
        Ok(Self(states))
    }

    /// The changes within a window, both ends included: what it is at first is none.
    fn changes(&self, from: SimTime, to: SimTime) -> impl Iterator<Item = (SimTime, &'a str)> + '_ {
        let changes = self.0.iter().skip(1).copied();
        changes.filter(move |(at, _)| (from..=to).contains(at))
    }

    fn entered(&self, is: &str, from: SimTime, to: SimTime) -> Option<SimTime> {
        self.changes(from, to).find(|(_, name)| *name == is).map(|(at, _)| at)
    }

    /// When it was first said what it is.
    fn first(&self) -> Option<SimTime> {
        self.0.first().map(|one| one.0)
    }

    fn at(&self, at: SimTime) -> Option<(SimTime, &'a str)> {
        self.0.iter().rev().find(|one| one.0 <= at).copied()
    }

    /// When it was in a state, up to an instant.
    fn stretches(&self, is: &str, end: SimTime) -> Vec<(SimTime, SimTime)> {
        let ends = self.0.iter().skip(1).map(|one| one.0).chain([end]);
        let stretches = self.0.iter().zip(ends).filter(|((_, name), _)| *name == is);
        stretches.map(|((from, _), to)| (*from, to)).collect()
    }
}

/// The signal enters the state within the window, or within a time after another has entered its own.
pub(super) fn becomes(facts: &CheckFacts, wanted: &Entering) -> CheckFinding {
    let material = facts.material;
    let from = wanted.from_s.map_or(SimTime::ZERO, SimTime::from_seconds);
    let by = wanted.by_s.map_or(material.planned, SimTime::from_seconds);
    let (signal, is) = (wanted.signal, wanted.is);
    let mut limit = format!("becomes `{is}` {}", window(from, by));
    if let Some(StateEntry { signal, is }) = wanted.after {
        let within = wanted.within_s.map(|span| format!("within {span} s "));
        limit = format!(
            "becomes `{is_own}` {}after {signal} has become `{is}` {}",
            within.unwrap_or_default(),
            window(from, by),
            is_own = wanted.is
        );
    }
    let finding = CheckFinding::of(signal, limit);
    let states = match States::of(facts, signal) {
        Ok(states) => states,
        Err(why) => return finding.saw(false, why),
    };
    let (mut from, mut by) = (from, by);
    let mut beyond_the_end = None;
    if let Some(after) = wanted.after {
        let others = match States::of(facts, &after.signal) {
            Ok(others) => others,
            Err(why) => return finding.saw(false, format!("{}: {why}", after.signal)),
        };
        let Some(entered) = others.entered(&after.is, from, by) else {
            let missing = format!("{} never became `{}`", after.signal, after.is);
            return match not_reached(facts, by) {
                Some(reason) => finding.skipped(reason),
                None => finding.inconclusive(missing),
            };
        };
        from = entered;
        if let Some(span) = wanted.within_s {
            let until = entered + SimTime::from_seconds(span);
            beyond_the_end = Some(until).filter(|&until| until > by && wanted.by_s.is_none());
            by = by.min(until);
        }
    }
    // What it was before it was first said nobody knows, nor whether it has become that.
    let first = states.first().filter(|&first| first <= by);
    let Some(first) = first else {
        return match not_reached(facts, by) {
            Some(reason) => finding.skipped(reason),
            None => finding.inconclusive(not_said(signal, by)),
        };
    };
    let deadline = by.as_seconds();
    let measured = |finding: CheckFinding, at: SimTime| {
        let at_s = at.as_seconds();
        finding.measured(deadline, at_s, deadline - at_s, "s").deciding_at(at)
    };
    if let Some(at) = states.entered(is, from, by) {
        return measured(finding.saw(true, format!("`{is}` at {}", Moment::from(at))), at);
    }
    if let Some(reason) = not_reached(facts, by) {
        return finding.skipped(reason);
    }
    if first > from && states.at(first).is_some_and(|(_, name)| name == is) {
        let what =
            format!("it was `{is}` when {signal} was first published, at {}", Moment::from(first));
        return finding.inconclusive(what);
    }
    if let Some(until) = beyond_the_end {
        let (end, until) = (Moment::from(by), Moment::from(until));
        return finding.inconclusive(format!("the run ended at {end}, it had until {until}"));
    }
    // Late is another mistake than never.
    if let Some(at) = states.entered(is, by, material.reached) {
        return measured(finding.saw(false, format!("`{is}` at {} only", Moment::from(at))), at);
    }
    let (since, name) = states.at(by).unwrap_or((SimTime::ZERO, ""));
    finding.saw(false, format!("`{name}` since {}", Moment::from(since))).deciding_at(by)
}

/// How often a state changes.
pub(super) struct Counting<'a> {
    pub signal: &'a str,
    pub at_least: Option<u32>,
    pub at_most: Option<u32>,
    pub from_s: Option<f64>,
    pub to_s: Option<f64>,
}

/// The signal changes so often within the window.
pub(super) fn changes(facts: &CheckFacts, wanted: &Counting) -> CheckFinding {
    let from = wanted.from_s.map_or(SimTime::ZERO, SimTime::from_seconds);
    let to = wanted.to_s.map_or(facts.material.planned, SimTime::from_seconds);
    let times = |count: u32| if count == 1 { "once".to_owned() } else { format!("{count} times") };
    let limits = match (wanted.at_least, wanted.at_most) {
        (Some(least), Some(most)) if least == most => format!("changes {}", times(least)),
        (Some(least), Some(most)) => format!("changes {least} to {most} times"),
        (Some(least), None) => format!("changes at least {}", times(least)),
        (None, Some(most)) => format!("changes at most {}", times(most)),
        (None, None) => "changes".to_owned(),
    };
    let finding = CheckFinding::of(wanted.signal, format!("{limits} {}", window(from, to)));
    let states = match States::of(facts, wanted.signal) {
        Ok(states) => states,
        Err(why) => return finding.saw(false, why),
    };
    let seen: Vec<(SimTime, &str)> = states.changes(from, to).collect();
    let count = seen.len() as u32;
    let is_over = wanted.at_most.is_some_and(|most| count > most);
    if let Some(reason) = not_reached(facts, to).filter(|_| !is_over) {
        return finding.skipped(reason);
    }
    if states.first().is_none_or(|first| first > to) {
        return finding.inconclusive(not_said(wanted.signal, to));
    }
    let is_under = wanted.at_least.is_some_and(|least| count < least);
    let limit = match (is_over, wanted.at_most, wanted.at_least) {
        (true, Some(most), _) | (false, Some(most), None) => most,
        (_, _, least) => least.unwrap_or(0),
    };
    let short = f64::from(count) - f64::from(limit);
    let margin = if Some(limit) == wanted.at_most && !is_under { -short } else { short };
    let decides = match wanted.at_most.filter(|_| is_over) {
        Some(most) => seen.get(most as usize).map_or(to, |one| one.0),
        None => seen.last().map_or(to, |one| one.0),
    };
    finding
        .saw(!is_over && !is_under, format!("changed {}", times(count)))
        .measured(f64::from(limit), f64::from(count), margin, "")
        .deciding_at(decides)
}

/// Why of a signal nothing is known before an instant.
fn not_said(signal: &str, before: SimTime) -> String {
    format!("{signal} was not published before {}", Moment::from(before))
}

/// The signal is never in a state while another is in one of its own.
pub(super) fn never_while(
    facts: &CheckFacts,
    (signal, is): (&str, &str),
    other: &StateEntry,
) -> CheckFinding {
    let limit = format!("never `{is}` while {} is `{}`", other.signal, other.is);
    let finding = CheckFinding::of(signal, limit);
    let end = facts.material.planned.min(facts.material.reached);
    let of = |name: &str| States::of(facts, name);
    let (own, others) = match (of(signal), of(&other.signal)) {
        (Ok(own), Ok(others)) => (own, others),
        (Err(why), _) => return finding.saw(false, why),
        (_, Err(why)) => return finding.saw(false, format!("{}: {why}", other.signal)),
    };
    let forbidden = others.stretches(&other.is, end);
    for (from, to) in own.stretches(is, end) {
        let overlaps = |(start, stop): &&(SimTime, SimTime)| from.max(*start) < to.min(*stop);
        if let Some((start, stop)) = forbidden.iter().find(overlaps) {
            let (began, ended) = (from.max(*start), to.min(*stop));
            let lasted = ended.since(began).as_seconds();
            let actual = format!("both from {} on, for {lasted} s", Moment::from(began));
            return finding.saw(false, actual).deciding_at(began);
        }
    }
    if let Some(reason) = not_reached(facts, facts.material.planned) {
        return finding.skipped(reason);
    }
    let Some(&(_, last)) = forbidden.last() else {
        return finding.inconclusive(format!("{} never was `{}`", other.signal, other.is));
    };
    // Of what was not said while the other was so nothing is known.
    match own.first().is_none_or(|first| first >= last) {
        true => finding.inconclusive(not_said(signal, last)),
        false => finding.saw(true, "never both".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::{CheckEntry, StateEntry};

    use crate::sample_run::SampleRun;
    use crate::{Check, CheckOutcome};

    const SWITCH: &str = "sessy-1.main_switch";
    const INSTANT: f64 = 1.000_204;

    fn state(signal: &str, is: &str) -> StateEntry {
        StateEntry { signal: signal.into(), is: is.into() }
    }

    fn becomes(is: &str, from_s: Option<f64>, by_s: Option<f64>) -> CheckEntry {
        let (id, signal, is) = ("c".into(), SWITCH.into(), is.into());
        CheckEntry::Becomes { id, signal, is, from_s, by_s, after: None, within_s: None }
    }

    fn judged(entry: CheckEntry) -> Check {
        SampleRun::hard_connect().judge_one(entry)
    }

    #[test]
    fn a_state_is_entered_within_its_window_or_not() {
        let outcome = |is, from, by| judged(becomes(is, from, by)).outcome;
        assert_eq!(outcome("open", None, None), CheckOutcome::Pass);
        assert_eq!(outcome("open", Some(INSTANT), Some(INSTANT)), CheckOutcome::Pass);
        assert_eq!(outcome("open", None, Some(1.000_203)), CheckOutcome::Fail);
        assert_eq!(outcome("open", Some(1.000_205), None), CheckOutcome::Fail);
        // It is so from the start, and does not become so.
        assert_eq!(outcome("open", None, Some(0.5)), CheckOutcome::Fail);
        assert_eq!(outcome("closed", None, Some(1.0)), CheckOutcome::Pass);
    }

    #[test]
    fn the_instant_and_the_margin_are_reported() {
        let check = judged(becomes("open", None, Some(2.0)));
        assert_eq!(check.actual, "`open` at 1.000204 s");
        let numbers = check.numbers.unwrap();
        assert_eq!((numbers.limit.get(), numbers.actual.get()), (2.0, 1.0002));
        assert!((numbers.margin.get() - 0.999_796).abs() < 1e-9);
        let late = judged(becomes("open", None, Some(0.5)));
        assert_eq!(late.actual, "`open` at 1.000204 s only");
        assert!(late.numbers.unwrap().margin.get() < 0.0);
        let never = judged(becomes("closed", Some(1.5), Some(2.0)));
        assert_eq!(never.actual, "`open` since 1.000204 s");
    }

    #[test]
    fn within_a_time_after_another() {
        let after = |signal: &str, other: &str, within_s| {
            let mut run = SampleRun::hard_connect();
            crate::sample_run::sample(&mut run.trace, "grid-1.state", &[(0.0, 0.0), (0.5, 1.0)]);
            let entry = CheckEntry::Becomes {
                id: "c".into(),
                signal: SWITCH.into(),
                is: "open".into(),
                from_s: None,
                by_s: None,
                after: Some(state(signal, other)),
                within_s,
            };
            run.judge_one(entry).outcome
        };
        let trace = SampleRun::hard_connect().trace;
        let names = |signal: &str| {
            let catalogue = trace.catalogue();
            match &catalogue.signal(catalogue.find(signal).unwrap()).kind {
                blackstart_trace::SignalKind::State(names) => names.clone(),
                _ => panic!("{signal}"),
            }
        };
        let grid = names("grid-1.state");
        assert_eq!(after("grid-1.state", &grid[1], Some(0.501)), CheckOutcome::Pass);
        assert_eq!(after("grid-1.state", &grid[1], Some(0.5)), CheckOutcome::Fail);
        assert_eq!(after("grid-1.state", &grid[1], None), CheckOutcome::Pass);
        // It is so from the start: it never became so.
        assert_eq!(after("grid-1.state", &grid[0], None), CheckOutcome::Inconclusive);
        assert_eq!(after("nobody.state", "on", None), CheckOutcome::Fail);
    }

    #[test]
    fn a_check_beyond_the_end_of_the_run_is_not_judged() {
        let mut run = SampleRun::hard_connect().cut_at(4);
        assert_eq!(
            run.judge_one(becomes("closed", Some(2.0), None)).outcome,
            CheckOutcome::Skipped
        );
        assert_eq!(run.judge_one(becomes("open", None, None)).outcome, CheckOutcome::Pass);
        run.trace = blackstart_trace::Trace::new(run.trace.catalogue().clone());
        let silent = run.judge_one(becomes("open", None, Some(2.0)));
        assert_eq!(silent.outcome, CheckOutcome::Inconclusive);
    }

    #[test]
    fn what_has_until_after_the_end_is_not_judged_and_what_has_until_the_end_is() {
        let mut run = SampleRun::hard_connect();
        crate::sample_run::sample(&mut run.trace, "grid-1.state", &[(0.0, 0.0), (9.0, 1.0)]);
        let outcome = |within_s, by_s| {
            let entry = CheckEntry::Becomes {
                id: "c".into(),
                signal: SWITCH.into(),
                is: "closed".into(),
                from_s: None,
                by_s,
                after: Some(state("grid-1.state", "failed")),
                within_s,
            };
            run.judge_one(entry).outcome
        };
        assert_eq!(outcome(Some(1.0), None), CheckOutcome::Fail);
        assert_eq!(outcome(Some(1.001), None), CheckOutcome::Inconclusive);
        // Who says by when has said it.
        assert_eq!(outcome(Some(1.001), Some(10.0)), CheckOutcome::Fail);
        assert_eq!(outcome(None, None), CheckOutcome::Fail);
    }

    #[test]
    fn what_nobody_had_said_yet_is_not_judged() {
        let silent_until = |said: f64, entry: CheckEntry| {
            let run = SampleRun::hard_connect();
            let mut trace = blackstart_trace::Trace::new(run.trace.catalogue().clone());
            crate::sample_run::sample(&mut trace, SWITCH, &[(said, 1.0), (8.0, 0.0), (9.0, 1.0)]);
            let grid = [(0.0, 0.0), (1.0, 1.0), (3.0, 0.0)];
            crate::sample_run::sample(&mut trace, "grid-1.state", &grid);
            SampleRun { trace, ..run }.judge_one(entry).outcome
        };
        let count = |at_most, to_s| CheckEntry::Changes {
            id: "c".into(),
            signal: SWITCH.into(),
            at_least: None,
            at_most: Some(at_most),
            from_s: None,
            to_s: Some(to_s),
        };
        assert_eq!(silent_until(4.0, count(0, 3.999)), CheckOutcome::Inconclusive);
        assert_eq!(silent_until(4.0, count(0, 4.0)), CheckOutcome::Pass);
        assert_eq!(silent_until(4.0, count(0, 8.0)), CheckOutcome::Fail);
        let closed = |from_s, by_s| becomes("closed", Some(from_s), Some(by_s));
        assert_eq!(silent_until(4.0, closed(3.0, 3.999)), CheckOutcome::Inconclusive);
        // It may have been closed before.
        assert_eq!(silent_until(4.0, closed(3.0, 5.0)), CheckOutcome::Inconclusive);
        assert_eq!(silent_until(4.0, closed(4.0, 5.0)), CheckOutcome::Fail);
        assert_eq!(silent_until(4.0, closed(3.0, 9.0)), CheckOutcome::Pass);
        let never = || CheckEntry::NeverWhile {
            id: "c".into(),
            signal: SWITCH.into(),
            is: "open".into(),
            other: state("grid-1.state", "failed"),
        };
        assert_eq!(silent_until(3.0, never()), CheckOutcome::Inconclusive);
        assert_eq!(silent_until(2.999, never()), CheckOutcome::Pass);
    }

    #[test]
    fn changes_are_counted_within_their_window() {
        let count = |at_least, at_most, from_s, to_s| {
            let (id, signal) = ("c".into(), SWITCH.into());
            judged(CheckEntry::Changes { id, signal, at_least, at_most, from_s, to_s })
        };
        assert_eq!(count(Some(2), Some(2), None, None).outcome, CheckOutcome::Pass);
        assert_eq!(count(Some(3), None, None, None).outcome, CheckOutcome::Fail);
        let none = count(None, Some(0), None, None);
        assert_eq!((none.outcome, none.actual.as_str()), (CheckOutcome::Fail, "changed 2 times"));
        assert_eq!(none.at_s.unwrap().as_seconds(), 1.0);
        let one = count(None, Some(1), None, None);
        assert_eq!((one.outcome, one.at_s.unwrap().as_seconds()), (CheckOutcome::Fail, INSTANT));
        assert_eq!(count(None, Some(0), Some(1.1), None).outcome, CheckOutcome::Pass);
        assert_eq!(count(None, Some(0), None, Some(0.9)).outcome, CheckOutcome::Pass);
        assert_eq!(count(Some(2), None, None, None).numbers.unwrap().margin.get(), 0.0);
    }

    #[test]
    fn two_states_are_never_at_once() {
        let both = |is: &str, other: StateEntry| {
            let (id, signal, is) = ("c".into(), SWITCH.into(), is.into());
            judged(CheckEntry::NeverWhile { id, signal, is, other })
        };
        let alarm = |is| state("sessy-1.bms.claim.alarm", is);
        assert_eq!(both("closed", alarm("scd")).outcome, CheckOutcome::Pass);
        let open = both("open", alarm("scd"));
        assert_eq!(open.outcome, CheckOutcome::Fail);
        assert_eq!(open.at_s.unwrap().as_seconds(), INSTANT);
        // Nothing is learnt from what never was.
        assert_eq!(both("closed", alarm("ocd")).outcome, CheckOutcome::Inconclusive);
    }
}
