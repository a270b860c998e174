//! The fold: from the material of one run to its verdict.

use std::collections::BTreeSet;

use blackstart_scenario::{CheckEntry, KnownMiss, MissedBy};
use blackstart_trace::EventKind;

use crate::checks::{self, CheckFacts};
use crate::energy::{allowed_residual_j, energy, gains};
use crate::words::quantity;
use crate::{
    Check, CheckOutcome, Energy, Finding, GapSeen, Judged, Material, Moment, Outcome, Reason,
    ReasonCode, Subject, Timing,
};
use crate::{deep_discharge, outside, recovery, runtime, soc, transfer, trips};

/// Judges a run. Equal material gives an equal verdict.
pub fn judge(material: &Material) -> Judged {
    let trips = trips::trips(material);
    let approaches = trips::approaches(material);
    let gaps = transfer::gaps(material);
    let runtimes = runtime::runtimes(material, &gaps);
    let deep_discharge = deep_discharge::deep_discharge(material, &trips);
    let parallel = transfer::parallel(material);
    let facts = CheckFacts {
        material,
        trips: &trips,
        approaches: &approaches,
        runtimes: &runtimes,
        deep_discharge: &deep_discharge,
        gaps: &gaps,
        parallel: &parallel,
    };
    let checks =
        material.checks.iter().map(|entry| checks::judge(entry, &facts)).collect::<Vec<_>>();
    let energy = energy(material.books);
    let known = known_miss(material);
    // A device may well keep from happening what the baseline fails for.
    let of_baseline = known.filter(|_| is_all_built_in(material));
    let known_reason: Vec<Check> = of_baseline
        .map(|known| known.reason.iter().map(|entry| checks::judge(entry, &facts)).collect())
        .unwrap_or_default();
    let mut reasons = reasons(material, &checks, &energy);
    reasons.extend(other_reason(&checks, &known_reason));
    Judged {
        scenario: material.scenario.to_owned(),
        outcome: outcome(&reasons),
        reasons,
        known_misses: known.map(known_ids).unwrap_or_default(),
        known_reason,
        subject: material.subjects.clone(),
        planned_s: material.planned.into(),
        reached_s: material.reached.into(),
        recovery: recovery::recovery(material, &trips),
        restarts: recovery::restarts(material),
        soc: soc::soc(material),
        outside: outside::outside(material),
        trips,
        approaches,
        runtimes,
        findings: material.findings.to_vec(),
        gaps: gaps.iter().map(GapSeen::from).collect(),
        parallel,
        on_inverter: transfer::on_inverter(material),
        deep_discharge,
        energy,
        checks,
    }
}

/// The worst that any reason stands for.
fn outcome(reasons: &[Reason]) -> Outcome {
    let has = |outcome| reasons.iter().any(|reason| reason.code.outcome() == outcome);
    // A device that was served too late may have failed for that, and one that a fault never reached may
    // fail otherwise once it does: nobody can tell.
    let is_void = |code| {
        use ReasonCode::{FaultNotReached, NotModelled, TimingMissed};
        matches!(code, TimingMissed | FaultNotReached | NotModelled)
    };
    if reasons.iter().any(|reason| is_void(reason.code)) && !has(Outcome::Error) {
        return Outcome::Inconclusive;
    }
    let worst_first = [Outcome::Error, Outcome::Fail, Outcome::Inconclusive];
    worst_first.into_iter().find(|&outcome| has(outcome)).unwrap_or(Outcome::Pass)
}

fn reasons(material: &Material, checks: &[Check], energy: &Energy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut because = |code, text| reasons.push(Reason { code, text });
    let books = material.books;
    let allowed = quantity(allowed_residual_j(books), "J");
    for (place, loss) in gains(books) {
        let text = format!(
            "the energy books give {} out of nothing: `{place}` is a loss, allowed is {allowed}",
            quantity(-loss, "J")
        );
        because(ReasonCode::BooksOpen, text);
    }
    if !energy.closed && gains(books).next().is_none() {
        let text = format!(
            "the energy books are open by {}, allowed is {allowed}",
            quantity(books.residual_j, "J")
        );
        because(ReasonCode::BooksOpen, text);
    }
    // A fatal finding stands in for the run, unless the scenario is there to show it.
    let shown = |finding: &&Finding| {
        let is_shown = |entry: &CheckEntry| {
            matches!(entry, CheckEntry::Finding { rule, target, broken: true, .. }
                if *rule == finding.rule && target.as_ref().is_none_or(|id| *id == finding.about))
        };
        material.checks.iter().any(is_shown)
    };
    let fatal = material.findings.iter().filter(|finding| finding.fatal);
    for finding in fatal.clone().filter(|finding| !shown(finding)) {
        because(ReasonCode::FatalFinding, format!("{}: {}", finding.about, finding.text));
    }
    let not_simulated = fatal.count() > 0;
    for missed in material.timing.map(Timing::missed).unwrap_or_default() {
        because(ReasonCode::TimingMissed, missed);
    }
    let mut lost = false;
    for event in material.trace.events() {
        if let EventKind::DutLost { reason } = &event.kind {
            lost = true;
            because(
                ReasonCode::DutLost,
                format!("{} was lost at {}: {reason}", event.subject, Moment::from(event.at)),
            );
        }
    }
    for check in checks {
        let code = match check.outcome {
            CheckOutcome::Fail => ReasonCode::CheckFailed,
            CheckOutcome::Inconclusive => ReasonCode::CheckInconclusive,
            // Of a run that got to its end, a check that looks beyond it was never judged.
            CheckOutcome::Skipped if material.reached >= material.planned && !not_simulated => {
                ReasonCode::CheckInconclusive
            }
            CheckOutcome::Pass | CheckOutcome::Skipped => continue,
        };
        because(code, format!("{}: {} ({})", check.id, check.actual, check.limit));
    }
    for event in material.trace.events() {
        if let EventKind::FaultEnded { fault, reading, count: 0 } = &event.kind {
            let subject = &event.subject;
            let text = match reading {
                None => format!("the fault `{fault}` on the bus of {subject} met no frame"),
                Some(reading) => format!(
                    "the fault `{fault}` of {subject}'s reading `{reading}` changed nothing that it was shown"
                ),
            };
            because(ReasonCode::FaultNotReached, text);
        }
    }
    // The first of each chip: what comes after it may be its consequence.
    let mut unknown: Vec<&str> = Vec::new();
    for event in material.trace.events() {
        if let EventKind::NotModelled { what } = &event.kind
            && !unknown.contains(&event.subject.as_str())
        {
            unknown.push(&event.subject);
            let text = format!("{} at {}: {what}", event.subject, Moment::from(event.at));
            because(ReasonCode::NotModelled, text);
        }
    }
    // A lost device has ended the run itself; nothing else may and still leave a pass.
    if material.reached < material.planned && !lost && !not_simulated {
        let (reached, planned) = (Moment::from(material.reached), Moment::from(material.planned));
        because(
            ReasonCode::CutShort,
            format!("the run ended at {reached}, the scenario at {planned}"),
        );
    }
    reasons
}

fn is_all_built_in(material: &Material) -> bool {
    material.subjects.values().all(|subject| *subject == Subject::BuiltIn)
}

/// What is known to be missed by whoever plays here: by the system, or by a built-in controller.
fn known_miss<'a>(material: &Material<'a>) -> Option<&'a KnownMiss> {
    let is_built_in =
        |role: &str| material.subjects.get(role).is_none_or(|subject| *subject == Subject::BuiltIn);
    material.known_miss.filter(|known| match &known.missed_by {
        MissedBy::System => true,
        MissedBy::Role(role) => is_built_in(role),
    })
}

fn known_ids(known: &KnownMiss) -> Vec<String> {
    known.checks.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// A known miss for which its reason has not come true is another one.
fn other_reason<'a>(
    checks: &'a [Check],
    known_reason: &'a [Check],
) -> impl Iterator<Item = Reason> + 'a {
    let fails = checks.iter().any(|check| check.outcome == CheckOutcome::Fail);
    let untrue = known_reason.iter().filter(|check| check.outcome != CheckOutcome::Pass);
    untrue.filter(move |_| fails).map(|check| {
        let Check { id, actual, limit, .. } = check;
        let text = format!("known to miss for {id}, and that is not so: {actual} ({limit})");
        Reason { code: ReasonCode::OtherReason, text }
    })
}

#[cfg(test)]
mod tests {
    use blackstart_trace::Event;
    use blackstart_units::SimTime;

    use super::*;
    use crate::Standing;
    use crate::sample_run::SampleRun;

    #[test]
    fn the_verdict_file_is_stable() {
        insta::assert_snapshot!(SampleRun::hard_connect().verdict().to_json());
    }

    #[test]
    fn a_known_miss_of_a_role_stands_as_known_until_a_device_plays_it() {
        let run = SampleRun::hard_connect();
        assert_eq!(run.judged().standing(), Standing::FailedAsKnown);
        assert_eq!(run.with_dut("reference-bms", "1.0").judged().standing(), Standing::Failed);
        let mut of_another = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
        let role = "inverter-1.control".to_owned();
        of_another.known_miss.as_mut().unwrap().missed_by = MissedBy::Role(role.clone());
        of_another.subjects.insert(role, Subject::BuiltIn);
        assert_eq!(of_another.judged().standing(), Standing::MissedAnyway);
    }

    #[test]
    fn what_the_system_misses_is_missed_whatever_plays_in_it_and_may_be_kept() {
        let of_system = |ids: &[&str]| {
            let mut run = SampleRun::hard_connect().knowing(ids).with_dut("reference-bms", "1.0");
            run.known_miss.as_mut().unwrap().missed_by = MissedBy::System;
            run
        };
        let both = ["port-stays-up", "no-scd"];
        assert_eq!(of_system(&both).judged().standing(), Standing::MissedAnyway);
        assert_eq!(of_system(&["port-stays-up"]).judged().standing(), Standing::Failed);
        let more = of_system(&["port-stays-up", "no-scd", "starts"]);
        assert_eq!(more.judged().standing(), Standing::MissedAnyway);
        let mut kept = of_system(&both);
        kept.checks.retain(|check| check.id() == "starts");
        assert_eq!(kept.judged().standing(), Standing::Passed);
    }

    #[test]
    fn a_known_miss_for_which_its_reason_does_not_come_true_is_another_one() {
        let of = |reason: CheckEntry| {
            let mut run = SampleRun::hard_connect();
            run.known_miss.as_mut().unwrap().reason = vec![reason];
            run.judged()
        };
        let state = |is: &str| CheckEntry::StateIs {
            id: "it-opened".into(),
            signal: "sessy-1.main_switch".into(),
            is: is.into(),
            at_s: None,
        };
        let known = of(state("open"));
        assert_eq!((known.standing(), known.known_reason.len()), (Standing::FailedAsKnown, 1));
        let other = of(state("closed"));
        assert_eq!(other.standing(), Standing::Failed);
        let last = other.reasons.last().unwrap();
        assert_eq!(last.code, ReasonCode::OtherReason);
        assert!(
            last.text.starts_with("known to miss for it-opened, and that is not so"),
            "{}",
            last.text
        );
    }

    #[test]
    fn a_known_miss_that_passes_is_unexpected_and_another_failure_is_a_failure() {
        let known = |ids: &[&str]| SampleRun::hard_connect().knowing(ids).judged().standing();
        assert_eq!(known(&["port-stays-up", "no-scd", "starts"]), Standing::PassedUnexpectedly);
        assert_eq!(known(&["port-stays-up"]), Standing::Failed);
        assert_eq!(known(&["port-stays-up", "no-scd"]), Standing::FailedAsKnown);
    }

    #[test]
    fn a_lost_device_is_a_failure_with_its_reason() {
        let mut run = SampleRun::outage().with_dut("reference-bms", "1.0").cut_at(1000);
        run.checks.clear();
        let reason = "killed by SIGKILL".to_owned();
        let at = SimTime::from_whole_seconds(1000);
        run.trace.event(Event {
            at,
            subject: "sessy-1.bms".into(),
            kind: EventKind::DutLost { reason },
        });
        let judged = run.judged();
        assert_eq!(judged.outcome, Outcome::Fail);
        assert_eq!(judged.reasons[0].code, ReasonCode::DutLost);
        assert_eq!(judged.reasons[0].text, "sessy-1.bms was lost at 1000.0 s: killed by SIGKILL");
        assert_eq!(judged.reasons.len(), 1, "{:?}", judged.reasons);
    }

    #[test]
    fn a_fault_that_met_no_frame_makes_the_verdict_inconclusive() {
        let ended = |frames| {
            let mut run = SampleRun::outage();
            run.checks.clear();
            run.trace.event(Event {
                at: SimTime::from_whole_seconds(1000),
                subject: "sessy-1.bms".into(),
                kind: EventKind::FaultEnded { fault: "lose".into(), reading: None, count: frames },
            });
            run.judged()
        };
        assert_eq!(ended(1).outcome, Outcome::Pass);
        let missed = ended(0);
        assert_eq!(missed.outcome, Outcome::Inconclusive);
        assert_eq!(missed.reasons[0].code, ReasonCode::FaultNotReached);
        let text = "the fault `lose` on the bus of sessy-1.bms met no frame";
        assert_eq!(missed.reasons[0].text, text);
    }

    #[test]
    fn a_fault_that_met_no_frame_leaves_a_failed_check_undecided_as_well() {
        let ended = |frames| {
            let mut run = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
            run.trace.event(Event {
                at: SimTime::from_whole_seconds(10),
                subject: "sessy-1.bms".into(),
                kind: EventKind::FaultEnded { fault: "lose".into(), reading: None, count: frames },
            });
            run.judged()
        };
        assert_eq!(ended(1).outcome, Outcome::Fail);
        let missed = ended(0);
        assert_eq!(missed.standing(), Standing::Inconclusive);
        let codes: Vec<ReasonCode> = missed.reasons.iter().map(|reason| reason.code).collect();
        assert!(codes.contains(&ReasonCode::CheckFailed), "{codes:?}");
        assert!(codes.contains(&ReasonCode::FaultNotReached), "{codes:?}");
    }

    #[test]
    fn a_run_that_was_stopped_never_passes() {
        let mut run = SampleRun::outage().cut_at(1000);
        run.checks.clear();
        assert_eq!(run.judged().outcome, Outcome::Inconclusive);
        assert_eq!(run.judged().reasons[0].code, ReasonCode::CutShort);
    }

    #[test]
    fn a_check_that_looks_beyond_the_end_is_no_pass() {
        let mut run = SampleRun::outage();
        let (id, signal, is) = ("late".into(), "grid-1.state".into(), "failed".into());
        run.checks = vec![CheckEntry::StateIs { id, signal, is, at_s: Some(7201.0) }];
        assert_eq!(run.judged().outcome, Outcome::Inconclusive);
    }

    #[test]
    fn a_failure_of_a_run_that_was_late_is_inconclusive_and_says_both() {
        let mut run = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
        assert_eq!(run.judged().outcome, Outcome::Fail);
        run.timing = Some(Timing { late_ticks: 3, ..SampleRun::punctual() });
        let judged = run.judged();
        assert_eq!(judged.standing(), Standing::Inconclusive);
        assert_eq!(judged.reasons[0].code, ReasonCode::TimingMissed);
        assert!(judged.reasons.iter().any(|reason| reason.code == ReasonCode::CheckFailed));
        run.timing = Some(SampleRun::punctual());
        assert_eq!(run.judged().outcome, Outcome::Fail);
    }

    #[test]
    fn open_books_are_an_error_whatever_the_checks_say() {
        let mut run = SampleRun::hard_connect();
        run.books.residual_j = 1.0;
        let judged = run.judged();
        assert_eq!((judged.outcome, judged.standing()), (Outcome::Error, Standing::Error));
        assert_eq!(judged.reasons[0].text, "the energy books are open by 1 J, allowed is 0.002 J");
    }

    #[test]
    fn a_run_without_checks_and_misses_passes() {
        let mut run = SampleRun::hard_connect().knowing(&[]);
        run.checks.clear();
        assert_eq!(run.judged().standing(), Standing::Passed);
        assert!(run.judged().reasons.is_empty());
    }

    #[test]
    fn a_device_that_names_itself_like_a_path_stays_in_its_folder() {
        let run = SampleRun::hard_connect();
        assert_eq!(run.judged().subject_folder(), "built-in");
        let run = run.with_dut("../../etc/x y", "1");
        assert_eq!(run.judged().subject_folder(), "sessy-1.bms=.._.._etc_x_y");
    }
}
