//! `runtime` and `deep-discharge`: what an outage did to the load and to the battery.

use blackstart_scenario::RiskName;
use blackstart_units::SimTime;

use super::CheckFacts;
use super::finding::CheckFinding;
use crate::Moment;
use crate::stretch::Band;
use crate::transfer::Gap;
use crate::words::limits;

/// The load kept its supply for a time within the limits after the grid failed.
pub(super) fn runtime(
    facts: &CheckFacts,
    load: &str,
    at_least: Option<f64>,
    at_most: Option<f64>,
) -> CheckFinding {
    let band = Band { at_least, at_most };
    let finding = CheckFinding::of(load, limits(band, "s"));
    let Some(runtime) = facts.runtimes.iter().find(|runtime| runtime.load == load) else {
        let reached = facts.material.reached;
        let is_whole = |gap: &Gap| gap.from == SimTime::ZERO && gap.to == reached && !gap.ended;
        if facts.gaps.iter().any(|gap| gap.load == load && gap.to > gap.from && is_whole(gap)) {
            return finding.saw(false, "it never had supply, and the grid did not fail");
        }
        return finding.inconclusive("the grid did not fail, so there is no runtime");
    };
    if runtime.never_supplied {
        return finding.saw(false, format!("it never had supply: {}", runtime.ended_by));
    }
    let lasted = runtime.lasted_s.as_seconds();
    let until = runtime.grid_lost_s.as_micros().saturating_add(runtime.lasted_s.as_micros());
    let verb = if runtime.supply_lost { "ended by" } else { "still up at the" };
    let actual = format!("{}, {verb} {}", runtime.lasted_s, runtime.ended_by);
    let holds = band.holds(lasted);
    let finding = finding
        .saw(holds, actual)
        .measured(band.deciding(lasted).unwrap_or(f64::NAN), lasted, band.margin(lasted), "s")
        .deciding_at(SimTime::from_micros(until));
    if runtime.supply_lost {
        return finding;
    }
    // Without a loss the runtime is a lower bound: it can keep `at_least` and break `at_most`, no more.
    let long_enough = at_least.is_none_or(|limit| lasted >= limit);
    let too_long = at_most.is_some_and(|limit| lasted > limit);
    match (long_enough, too_long, at_most) {
        (_, true, _) | (true, false, None) => finding,
        _ => finding.inconclusive("the supply was not lost, so the true runtime is longer"),
    }
}

/// The battery's risk is no worse than allowed.
pub(super) fn deep_discharge(facts: &CheckFacts, target: &str, at_most: RiskName) -> CheckFinding {
    let finding = CheckFinding::of(target, format!("at most `{at_most}`"));
    let Some(battery) = facts.deep_discharge.iter().find(|battery| battery.battery == target)
    else {
        return finding.saw(false, "the run has no such battery");
    };
    let actual = format!("`{}`: {}", battery.level, battery.because);
    let material = facts.material;
    let finding = finding.saw(battery.level <= at_most, actual).deciding_at(material.reached);
    if battery.as_given.is_some_and(|as_given| as_given <= at_most) && battery.level > at_most {
        return finding.inconclusive("a guess decides that");
    }
    if material.reached < material.planned && battery.level <= at_most {
        return finding.skipped(format!("the run ended at {}", Moment::from(material.reached)));
    }
    finding
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;
    use blackstart_trace::{Event, EventKind};

    use super::*;
    use crate::CheckOutcome;
    use crate::sample_run::{SampleRun, sample};

    fn runtime(run: &SampleRun, at_least_s: Option<f64>, at_most_s: Option<f64>) -> CheckOutcome {
        run.judge_one(CheckEntry::Runtime {
            id: "c".into(),
            load: "load-1".into(),
            at_least_s,
            at_most_s,
        })
        .outcome
    }

    #[test]
    fn a_runtime_is_kept_within_both_limits() {
        let run = SampleRun::outage();
        assert_eq!(runtime(&run, Some(3600.0), Some(3601.0)), CheckOutcome::Pass);
        assert_eq!(runtime(&run, Some(3600.5), Some(3600.5)), CheckOutcome::Pass);
        assert_eq!(runtime(&run, Some(3601.0), None), CheckOutcome::Fail);
        assert_eq!(runtime(&run, None, Some(3600.0)), CheckOutcome::Fail);
    }

    #[test]
    fn a_load_that_is_still_up_has_run_at_least_so_long() {
        let run = SampleRun::outage().cut_at(1060);
        assert_eq!(runtime(&run, Some(1000.0), None), CheckOutcome::Pass);
        assert_eq!(runtime(&run, Some(1001.0), None), CheckOutcome::Inconclusive);
        assert_eq!(runtime(&run, None, Some(2000.0)), CheckOutcome::Inconclusive);
        assert_eq!(runtime(&run, None, Some(999.0)), CheckOutcome::Fail);
    }

    #[test]
    fn a_runtime_without_an_outage_is_not_judged_and_says_what_was_missing() {
        let (id, load) = ("c".into(), "load-1".into());
        let entry = CheckEntry::Runtime { id, load, at_least_s: Some(1.0), at_most_s: None };
        let check = SampleRun::hard_connect().judge_one(entry);
        assert_eq!(check.outcome, CheckOutcome::Inconclusive);
        let reason = "the grid did not fail, so there is no runtime";
        assert_eq!(check.reason.as_deref(), Some(reason));
    }

    #[test]
    fn a_load_that_never_had_supply_misses_its_runtime_also_without_an_outage() {
        let judged = |from: SimTime, to: SimTime| {
            let mut run = SampleRun::hard_connect();
            let lasted = to - from;
            let kind = match to == run.reached {
                true => EventKind::GapOpen { lasted, rode_through: false },
                false => EventKind::GapEnded { lasted, rode_through: false },
            };
            run.trace.event(Event { at: to, subject: "load-1".into(), kind });
            runtime(&run, Some(0.0), None)
        };
        let end = SampleRun::hard_connect().reached;
        assert_eq!(judged(SimTime::ZERO, end), CheckOutcome::Fail);
        // It had some.
        assert_eq!(judged(SimTime::NANOSECOND, end), CheckOutcome::Inconclusive);
        assert_eq!(judged(SimTime::ZERO, end - SimTime::NANOSECOND), CheckOutcome::Inconclusive);
    }

    #[test]
    fn a_load_that_was_not_supplied_at_all_misses_every_runtime() {
        let up = |points: &[(f64, f64)]| {
            let mut run = SampleRun::outage();
            let mut trace = blackstart_trace::Trace::new(run.trace.catalogue().clone());
            sample(&mut trace, "grid-1.state", &[(0.0, 0.0), (60.0, 1.0), (5000.0, 0.0)]);
            sample(&mut trace, "load-1.supplied", points);
            run.trace = trace;
            run
        };
        let never = up(&[(0.0, 0.0)]);
        assert_eq!(runtime(&never, None, Some(3600.0)), CheckOutcome::Fail);
        assert_eq!(runtime(&never, Some(0.0), None), CheckOutcome::Fail);
        let by_the_grid_alone = up(&[(0.0, 0.0), (5000.0, 1.0)]);
        assert_eq!(runtime(&by_the_grid_alone, None, Some(3600.0)), CheckOutcome::Fail);
        // Gone with the grid is no time at all, of a supply that there was.
        let gone = up(&[(0.0, 1.0), (60.0, 0.0)]);
        assert_eq!(runtime(&gone, None, Some(0.0)), CheckOutcome::Pass);
        let too_early = up(&[(0.0, 1.0), (59.999_999_999, 0.0)]);
        assert_eq!(runtime(&too_early, None, Some(0.0)), CheckOutcome::Fail);
        let late = up(&[(0.0, 0.0), (4000.0, 1.0), (4999.0, 0.0), (5000.0, 1.0)]);
        assert_eq!(runtime(&late, Some(4939.0), Some(4939.0)), CheckOutcome::Pass);
    }

    #[test]
    fn what_a_load_rides_through_at_the_start_is_no_supply() {
        let with_gap_until = |ended: f64| {
            let mut run = SampleRun::outage();
            let mut trace = blackstart_trace::Trace::new(run.trace.catalogue().clone());
            sample(&mut trace, "grid-1.state", &[(0.0, 1.0)]);
            sample(&mut trace, "load-1.supplied", &[(0.0, 1.0), (0.02, 0.0)]);
            let at = SimTime::from_seconds(ended);
            let kind = match at == run.reached {
                true => EventKind::GapOpen { lasted: at, rode_through: false },
                false => EventKind::GapEnded { lasted: at, rode_through: false },
            };
            trace.event(Event { at, subject: "load-1".into(), kind });
            run.trace = trace;
            run
        };
        let never = with_gap_until(7200.0);
        assert_eq!(runtime(&never, None, Some(10.0)), CheckOutcome::Fail);
        assert_eq!(runtime(&never, Some(0.0), None), CheckOutcome::Fail);
        // It came up once.
        assert_eq!(runtime(&with_gap_until(5.0), None, Some(10.0)), CheckOutcome::Pass);
    }

    #[test]
    fn a_risk_that_a_guess_alone_makes_too_high_is_not_judged_and_names_it() {
        let mut run = SampleRun::outage();
        // A week at 0.8 W are 2.69 Ah, at 1.0 W 3.36 Ah.
        run.batteries[0].charge_to_damage_ah = 3.0;
        let judge = |at_most| {
            let (id, target) = ("c".into(), "sessy-1".into());
            run.judge_one(CheckEntry::DeepDischarge { id, target, at_most })
        };
        let undecided = judge(RiskName::Low);
        assert_eq!(undecided.outcome, CheckOutcome::Inconclusive);
        assert!(undecided.actual.contains("sessy-1.quiescent_draw_w of 1"), "{}", undecided.actual);
        assert_eq!(judge(RiskName::High).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_risk_no_worse_than_allowed_passes() {
        let run = SampleRun::outage();
        let outcome = |at_most| {
            run.judge_one(CheckEntry::DeepDischarge {
                id: "c".into(),
                target: "sessy-1".into(),
                at_most,
            })
            .outcome
        };
        assert_eq!(outcome(RiskName::High), CheckOutcome::Pass);
        assert_eq!(outcome(RiskName::Low), CheckOutcome::Fail);
        let absent = CheckEntry::DeepDischarge {
            id: "c".into(),
            target: "sessy-2".into(),
            at_most: RiskName::High,
        };
        assert_eq!(run.judge_one(absent).outcome, CheckOutcome::Fail);
    }
}
