//! A whole scenario again, controllers included, with each guess and tolerance at an end of its range.
//!
//! One parameter at a time: what several do together is not asked. Where a check comes out otherwise at an
//! end, the place between the value as written and the end is halved until it is known to a hundredth of the
//! range. A check that turns twice in between is found at one of its turns.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use blackstart_bench::{BenchError, Bounds, Job, rehearse};
use blackstart_scenario::{Resolved, Source};
use blackstart_verdict::Outcome;

use crate::at_ends::{AtEnds, CheckTurn, EndRefused, EndedOtherwise};
use crate::attempt::attempt;
use crate::seen::Seen;

mod conclude;

/// Part of a range to which a turn is found.
const RESOLUTION: f64 = 0.01;

/// What stays the same from one scenario to the next.
#[derive(Clone, Copy, Debug)]
pub struct CornerBench<'a> {
    /// The project's folder.
    pub root: &'a Path,
    /// Who may stop a run, and how long each may take.
    pub bounds: &'a Bounds,
    /// Seed of every random stream, instead of the scenario's own.
    pub seed: Option<u64>,
}

/// One scenario: as it is written, and the ends that are to be tried.
pub struct CornerRuns<'a> {
    bench: CornerBench<'a>,
    scenario: &'a Resolved,
    written: Seen,
    ends: Vec<End>,
    refused: Vec<EndRefused>,
    parameters: usize,
    without_effect: usize,
}

/// A parameter at an end of its range, or as near to it as a file may have it.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    parameter: String,
    /// As written.
    is: f64,
    value: f64,
    /// The whole range.
    width: f64,
    /// Whether only whole numbers can be.
    is_count: bool,
}

/// What a run at an end showed.
pub struct Tried {
    end: End,
    seen: Result<Seen, String>,
    turns: Vec<Option<CheckTurn>>,
    runs: usize,
}

impl CornerBench<'_> {
    fn job<'j>(&'j self, scenario: &'j Resolved) -> Job<'j> {
        Job {
            scenario,
            rig: None,
            root: self.root,
            seed: self.seed,
            trace_file: None,
            session_file: None,
            bounds: Some(self.bounds),
        }
    }
}

impl<'a> CornerRuns<'a> {
    /// Runs a scenario as it is written and finds the ends to be tried; nothing if an interrupt cut that
    /// short.
    ///
    /// # Errors
    /// If the scenario as it is written comes to no verdict.
    pub fn new(bench: CornerBench<'a>, scenario: &'a Resolved) -> Result<Option<Self>, BenchError> {
        let run = rehearse(&bench.job(scenario), None, &mut |_| ControlFlow::Continue(()));
        if bench.bounds.halt.is_command_asked() {
            return Ok(None);
        }
        let written = Seen::of(run?.verdict.judged);
        let (parameters, without_effect) = (0, 0);
        let (ends, refused) = (Vec::new(), Vec::new());
        let mut corners =
            Self { bench, scenario, written, ends, refused, parameters, without_effect };
        for (path, parameter) in &scenario.provenance.parameters {
            let Some((low, high)) = parameter.ends() else { continue };
            corners.parameters += 1;
            let (before, is) = (corners.ends.len() + corners.refused.len(), parameter.value);
            for wanted in [low, high].into_iter().filter(|&end| end != is) {
                let width = (high - low).max((wanted - is).abs());
                // Of a count there is no half.
                let beside = is + 0.5_f64.copysign(wanted - is);
                let is_count = is.fract() == 0.0
                    && wanted.fract() == 0.0
                    && scenario.with_amounts(&[(path, is)]).is_ok()
                    && scenario.with_amounts(&[(path, beside)]).is_err();
                let end = End { parameter: path.clone(), is, value: wanted, width, is_count };
                corners.add(end);
            }
            let is_idle = corners.ends.len() + corners.refused.len() == before;
            corners.without_effect += usize::from(is_idle);
        }
        Ok(Some(corners))
    }

    /// The ends to be tried, in order of their parameters.
    pub fn ends(&self) -> &[End] {
        &self.ends
    }

    /// Adds an end, unless the system is the same there.
    fn add(&mut self, mut end: End) {
        let scenario = self.scenario;
        let with = |value: f64| scenario.with_amounts(&[(&end.parameter, value)]);
        match with(end.value) {
            Ok(varied) if varied.system == scenario.system && varied.events == scenario.events => {}
            Ok(_) => self.ends.push(end),
            Err(problems) => {
                let why = problems.iter().next().map_or_else(String::new, ToString::to_string);
                let (furthest, _) =
                    end.halved(|value| Some(with(value).is_ok())).unwrap_or((end.is, 0.0));
                let refused = EndRefused {
                    parameter: end.parameter.clone(),
                    end: end.value.into(),
                    why,
                    tried: (furthest != end.is).then(|| furthest.into()),
                };
                self.refused.push(refused);
                if furthest != end.is {
                    end.value = furthest;
                    self.ends.push(end);
                }
            }
        }
    }

    /// Runs the scenario at an end, and where a check turns there, in between; nothing if an interrupt cut
    /// that short.
    pub fn attempt(&self, end: &End) -> Option<Tried> {
        let runs = Cell::new(0);
        let mut known: BTreeMap<u64, Result<Seen, String>> = BTreeMap::new();
        let mut at = |value: f64| {
            if let Some(seen) = known.get(&value.to_bits()) {
                return Some(seen.clone());
            }
            let seen = self.run(&end.parameter, value)?;
            runs.set(runs.get() + 1);
            known.insert(value.to_bits(), seen.clone());
            Some(seen)
        };
        let seen = at(end.value)?;
        let mut turns = Vec::new();
        for (k, written) in self.written.checks.iter().enumerate() {
            let outcome = |seen: &Result<Seen, String>| {
                seen.as_ref().ok().and_then(|seen| seen.checks.get(k)).map(|check| check.outcome)
            };
            let Some(becomes) = outcome(&seen).filter(|&outcome| outcome != written.outcome) else {
                turns.push(None);
                continue;
            };
            let same = |value| Some(outcome(&at(value)?) == Some(written.outcome));
            let (still_at, turned_at) = end.halved(same)?;
            turns.push(Some(CheckTurn {
                parameter: end.parameter.clone(),
                is: end.is.into(),
                end: end.value.into(),
                becomes,
                still_at: still_at.into(),
                turned_at: turned_at.into(),
            }));
        }
        Some(Tried { end: end.clone(), seen, turns, runs: runs.get() })
    }

    /// The scenario with one amount; nothing after an interrupt.
    fn run(&self, parameter: &str, value: f64) -> Option<Result<Seen, String>> {
        let halt = &self.bench.bounds.halt;
        if halt.is_command_asked() {
            return None;
        }
        let seen = match self.scenario.with_amounts(&[(parameter, value)]) {
            Ok(varied) => attempt(&self.bench.job(&varied), None).map(Seen::of),
            Err(problems) => {
                Err(problems.iter().next().map_or_else(String::new, ToString::to_string))
            }
        };
        (!halt.is_command_asked()).then_some(seen)
    }

    /// What became of the scenario, from what was seen at all its ends.
    pub fn conclude(self, tried: &[Tried]) -> AtEnds {
        let curves = self.scenario.provenance.tables.iter();
        let curves = curves.filter(|(_, source)| matches!(source, Source::Guess { .. }));
        AtEnds {
            scenario: self.scenario.name.clone(),
            outcome: self.written.outcome,
            parameters: self.parameters,
            without_effect: self.without_effect,
            runs: 1 + tried.iter().map(|one| one.runs).sum::<usize>(),
            checks: conclude::checks(&self.written, tried),
            stated: conclude::stated(&self.written, tried),
            ended_otherwise: tried.iter().filter_map(|one| otherwise(&self.written, one)).collect(),
            curves: curves.map(|(path, _)| path.clone()).collect(),
            refused: self.refused,
        }
    }
}

impl End {
    /// The last value from the one as written towards the end for which something holds that does not hold at
    /// the end, and the first for which it does not: a hundredth of the range apart at most, or neighbours.
    fn halved(&self, mut holds: impl FnMut(f64) -> Option<bool>) -> Option<(f64, f64)> {
        let (mut yes, mut no) = (self.is, self.value);
        let least = if self.is_count { 1.0 } else { 0.0 };
        while (no - yes).abs() > (RESOLUTION * self.width).max(least) {
            let middle = yes + (no - yes) / 2.0;
            let middle = if self.is_count { middle.round() } else { middle };
            match holds(middle)? {
                true => yes = middle,
                false => no = middle,
            }
        }
        Some((yes, no))
    }
}

/// Where a run came to no verdict, or to another one though no check turned.
fn otherwise(written: &Seen, tried: &Tried) -> Option<EndedOtherwise> {
    let how = match &tried.seen {
        Err(error) => error.clone(),
        Ok(seen) => {
            let is_explained = tried.turns.iter().any(Option::is_some);
            if seen.outcome == written.outcome || (is_explained && seen.outcome != Outcome::Error) {
                return None;
            }
            let reason = seen.reason.as_deref().unwrap_or("every check holds");
            format!("{} instead of {}: {reason}", seen.outcome.name(), written.outcome.name())
        }
    };
    let (parameter, end) = (tried.end.parameter.clone(), tried.end.value.into());
    Some(EndedOtherwise { parameter, end, how })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(is: f64, value: f64, width: f64) -> End {
        let parameter = "part-1.amount_v".to_owned();
        End { parameter, is, value, width, is_count: false }
    }

    #[test]
    fn a_turn_is_between_two_values_a_hundredth_of_the_range_apart() {
        for (is, value, turns_at) in [(4.0, 10.0, 7.3), (4.0, 0.0, 0.01), (4.0, 10.0, 4.001)] {
            let mut runs = 0;
            let holds = |at: f64| {
                runs += 1;
                Some((at < turns_at) == (is < turns_at))
            };
            let (yes, no) = end(is, value, 10.0).halved(holds).unwrap();
            assert!((yes < turns_at) == (is < turns_at) && (no < turns_at) == (value < turns_at));
            assert!((no - yes).abs() <= 0.1, "{yes} {no}");
            assert!(runs <= 7, "{runs}");
        }
        assert_eq!(end(4.0, 10.0, 10.0).halved(|_| None), None, "an interrupt");
    }

    #[test]
    fn of_a_count_only_whole_numbers_are_tried() {
        let count = End { is_count: true, ..end(16.0, 5.0, 11.0) };
        let holds = |at: f64| {
            assert_eq!(at.fract(), 0.0);
            Some(at > 7.5)
        };
        assert_eq!(count.halved(holds), Some((8.0, 7.0)));
    }

    #[test]
    fn a_run_that_breaks_off_and_a_verdict_without_a_check_that_turns_are_named() {
        let seen = |outcome| Seen {
            outcome,
            reason: Some("the books do not close".to_owned()),
            checks: Vec::new(),
            stated: BTreeMap::new(),
        };
        let otherwise = |there| {
            let tried = Tried { end: end(1.0, 2.0, 1.0), seen: there, turns: Vec::new(), runs: 1 };
            otherwise(&seen(Outcome::Pass), &tried).map(|one| one.how)
        };
        assert_eq!(otherwise(Ok(seen(Outcome::Pass))), None);
        let error = otherwise(Ok(seen(Outcome::Error)));
        assert_eq!(error.as_deref(), Some("error instead of pass: the books do not close"));
        assert_eq!(otherwise(Err("too long".to_owned())).as_deref(), Some("too long"));
    }
}
