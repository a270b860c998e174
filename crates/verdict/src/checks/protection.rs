//! `trips` and `no-trip`: what the protections did.
//!
//! With a device under test in the role, a trip that only the model's own settings produced says
//! nothing about the device: such a check is inconclusive.

use std::cmp::Ordering;

use blackstart_roles::{Guarded, Protection};
use blackstart_scenario::{CauseName, ProtectionName};
use blackstart_trace::{Cause, Evidence};
use blackstart_units::SimTime;

use super::finding::CheckFinding;
use super::{CheckFacts, not_reached};
use crate::trips::belongs_to;
use crate::words::{self, window};
use crate::{ApproachSeen, Moment, TripSeen};

/// The trip that a scenario requires.
pub(super) struct WantedTrip<'a> {
    target: &'a str,
    protection: &'static str,
    cause: Option<&'static str>,
    from: SimTime,
    by: Option<SimTime>,
}

impl<'a> WantedTrip<'a> {
    pub fn new(
        target: &'a str,
        protection: ProtectionName,
        cause: Option<CauseName>,
        from_s: Option<f64>,
        by_s: Option<f64>,
    ) -> Self {
        Self {
            target,
            protection: protection.0.name(),
            cause: cause.map(cause_name),
            from: from_s.map_or(SimTime::ZERO, SimTime::from_seconds),
            by: by_s.map(SimTime::from_seconds),
        }
    }

    fn is_in_time(&self, trip: &TripSeen) -> bool {
        trip.at_s >= Moment::from(self.from)
            && self.by.is_none_or(|by| trip.at_s <= Moment::from(by))
    }

    fn is_met_by(&self, trip: &TripSeen) -> bool {
        self.is_in_time(trip) && self.cause.is_none_or(|cause| trip.cause == cause)
    }

    fn limit(&self, planned: SimTime) -> String {
        let cause = self.cause.map(|cause| format!(", cause {cause},")).unwrap_or_default();
        format!(
            "{} of {}{cause} {}",
            self.protection,
            self.target,
            window(self.from, self.by.unwrap_or(planned))
        )
    }
}

/// The wanted protection acts, for the wanted cause, in time. Of several the first that fits counts.
pub(super) fn trips(facts: &CheckFacts, wanted: &WantedTrip) -> CheckFinding {
    let planned = facts.material.planned;
    let finding = CheckFinding::of(wanted.target, wanted.limit(planned));
    let candidates = || {
        facts
            .trips
            .iter()
            .filter(|trip| concerns(trip, Some(wanted.target), Some(wanted.protection)))
    };
    let seen = candidates().find(|trip| wanted.is_met_by(trip));
    let seen = seen
        .or_else(|| candidates().find(|trip| wanted.is_in_time(trip)))
        .or_else(|| candidates().next());
    let Some(trip) = seen else {
        let missed = finding.saw(
            false,
            format!(
                "did not act; {}",
                closest(facts, Some(wanted.target), Some(wanted.protection))
            ),
        );
        if let Some(reason) = not_reached(facts, wanted.by.unwrap_or(planned)) {
            return missed.skipped(reason);
        }
        return match unheard(facts, Some(wanted.target)) {
            Some(reason) => missed.inconclusive(reason),
            None => missed,
        };
    };
    let mut finding =
        finding.saw(wanted.is_met_by(trip), describe(trip)).deciding_at(instant(trip));
    if let Some(by) = wanted.by {
        let (by, at) = (Moment::from(by).as_seconds(), trip.at_s.as_seconds());
        finding = finding.measured(by, at, by - at, "s");
    }
    only_modelled(facts, trip, finding)
}

/// No protection acts, or not the named one.
pub(super) fn no_trip(
    facts: &CheckFacts,
    target: Option<&str>,
    protection: Option<ProtectionName>,
) -> CheckFinding {
    let protection = protection.map(|one| one.0.name());
    let limit =
        format!("no trip{}", protection.map(|name| format!(" of {name}")).unwrap_or_default());
    let finding = CheckFinding::of(target.unwrap_or("every device"), limit);
    if let Some(trip) = facts.trips.iter().find(|trip| concerns(trip, target, protection)) {
        return only_modelled(
            facts,
            trip,
            finding.saw(false, describe(trip)).deciding_at(instant(trip)),
        );
    }
    let kept = finding.saw(true, closest(facts, target, protection));
    if let Some(reason) = not_reached(facts, facts.material.planned) {
        return kept.skipped(reason);
    }
    match unheard(facts, target) {
        Some(reason) => kept.inconclusive(reason),
        None => kept,
    }
}

/// Why nobody knows whether a device has tripped, if it has an alarm that nobody hears.
fn unheard(facts: &CheckFacts, target: Option<&str>) -> Option<String> {
    let concerned = |role: &&String| target.is_none_or(|target| belongs_to(role, target));
    let role = facts.material.mute_alarms.iter().find(concerned)?;
    Some(format!(
        "nobody heard an alarm of `{role}`: its device claims none that is mapped or used"
    ))
}

/// Takes the decision back if it says nothing about the device that it is about.
fn only_modelled(facts: &CheckFacts, trip: &TripSeen, finding: CheckFinding) -> CheckFinding {
    let bound = facts
        .material
        .subjects
        .iter()
        .any(|(role, subject)| subject.is_dut() && belongs_to(role, instance(&trip.subject)));
    if bound && trip.evidence == Evidence::ModelOnly.name() {
        finding.inconclusive("a device under test is bound, but the trip rests on the model alone")
    } else {
        finding
    }
}

fn instance(path: &str) -> &str {
    path.split_once('.').map_or(path, |(instance, _)| instance)
}

fn concerns(trip: &TripSeen, target: Option<&str>, protection: Option<&str>) -> bool {
    target.is_none_or(|target| belongs_to(&trip.subject, target))
        && protection.is_none_or(|protection| trip.protection == protection)
}

fn instant(trip: &TripSeen) -> SimTime {
    SimTime::from_micros(trip.at_s.as_micros())
}

fn describe(trip: &TripSeen) -> String {
    let what = words::trip(&trip.subject, trip.at_s, &trip.protection, &trip.cause);
    match (trip.extreme, trip.threshold) {
        (Some(extreme), Some(threshold)) => format!("{what}, {extreme} against {threshold}"),
        (Some(extreme), None) => format!("{what}, at {extreme}, limit not known"),
        (None, _) => format!("{what}, limit not known"),
    }
}

/// The closest that any protection in question came, in words.
fn closest(facts: &CheckFacts, target: Option<&str>, protection: Option<&str>) -> String {
    let in_question = facts.approaches.iter().filter(|approach| {
        target.is_none_or(|target| belongs_to(&approach.subject, target))
            && protection.is_none_or(|protection| approach.protection == protection)
    });
    let closest =
        in_question.max_by(|a, b| nearness(a).partial_cmp(&nearness(b)).unwrap_or(Ordering::Equal));
    closest.map_or_else(
        || "nothing came near".to_owned(),
        |approach| {
            format!(
                "closest was {} of {}: {} against {}, beyond it for {} of {}",
                approach.protection,
                approach.subject,
                approach.extreme,
                approach.threshold,
                approach.longest_dwell_s,
                approach.delay_s,
            )
        },
    )
}

/// How near a protection came to acting: below 1 the share of the threshold, above it the share of
/// the delay as well.
fn nearness(approach: &ApproachSeen) -> f64 {
    if approach.longest_dwell_s > Moment::default() {
        let delay = approach.delay_s.as_seconds().max(1e-9);
        return 1.0 + approach.longest_dwell_s.as_seconds() / delay;
    }
    let (extreme, threshold) = (approach.extreme.get(), approach.threshold.get());
    let named = |one: &Protection| one.name() == approach.protection;
    let watches = Protection::ALL.into_iter().find(named).map(Protection::guards);
    if watches == Some(Guarded::LowestCell) { threshold / extreme } else { extreme / threshold }
}

fn cause_name(cause: CauseName) -> &'static str {
    match cause {
        CauseName::Inrush => Cause::Inrush,
        CauseName::Starting => Cause::Starting,
        CauseName::Overload => Cause::Overload,
        CauseName::Equalising => Cause::Equalising,
        CauseName::Charger => Cause::Charger,
        CauseName::Short => Cause::Short,
        CauseName::FalseReading => Cause::FalseReading,
        CauseName::HeldByAnotherSource => Cause::HeldByAnotherSource,
        CauseName::LiveLoad => Cause::LiveLoad,
        CauseName::Empty => Cause::Empty,
        CauseName::CellLow => Cause::CellLow,
        CauseName::Full => Cause::Full,
        CauseName::CellHigh => Cause::CellHigh,
        CauseName::Hot => Cause::Hot,
        CauseName::Cold => Cause::Cold,
        CauseName::HostSilent => Cause::HostSilent,
    }
    .name()
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;

    use super::*;
    use crate::sample_run::SampleRun;
    use crate::{Check, CheckOutcome};

    fn trips(
        protection: ProtectionName,
        cause: Option<CauseName>,
        from_s: Option<f64>,
        by_s: Option<f64>,
    ) -> Check {
        let (id, target) = ("c".into(), "sessy-1".into());
        SampleRun::hard_connect().judge_one(CheckEntry::Trips {
            id,
            target,
            protection,
            cause,
            from_s,
            by_s,
        })
    }

    fn no_trip(run: &SampleRun, target: Option<&str>, protection: Option<ProtectionName>) -> Check {
        run.judge_one(CheckEntry::NoTrip {
            id: "c".into(),
            target: target.map(Into::into),
            protection,
        })
    }

    #[test]
    fn a_trip_counts_with_the_right_cause_and_in_time_only() {
        let inrush = Some(CauseName::Inrush);
        assert_eq!(
            trips(ProtectionName(Protection::ShortCircuit), inrush, Some(1.0), Some(1.5)).outcome,
            CheckOutcome::Pass
        );
        assert_eq!(
            trips(ProtectionName(Protection::ShortCircuit), Some(CauseName::Short), None, None)
                .outcome,
            CheckOutcome::Fail
        );
        assert_eq!(
            trips(ProtectionName(Protection::ShortCircuit), inrush, Some(1.5), None).outcome,
            CheckOutcome::Fail
        );
        assert_eq!(
            trips(ProtectionName(Protection::ShortCircuit), inrush, None, Some(1.0)).outcome,
            CheckOutcome::Fail
        );
        let exactly = trips(ProtectionName(Protection::ShortCircuit), inrush, None, Some(1.000204));
        assert_eq!(exactly.outcome, CheckOutcome::Pass);
        assert_eq!(exactly.numbers.unwrap().margin.get(), 0.0);
    }

    #[test]
    fn a_trip_at_the_edge_of_its_window_is_in_it_and_a_microsecond_outside_is_not() {
        let outcome = |from_s, by_s| {
            trips(ProtectionName(Protection::ShortCircuit), None, from_s, by_s).outcome
        };
        assert_eq!(outcome(Some(1.000_204), None), CheckOutcome::Pass);
        assert_eq!(outcome(Some(1.000_205), None), CheckOutcome::Fail);
        assert_eq!(outcome(None, Some(1.000_204)), CheckOutcome::Pass);
        assert_eq!(outcome(None, Some(1.000_203)), CheckOutcome::Fail);
    }

    #[test]
    fn a_protection_that_did_not_act_says_how_close_it_came() {
        let check = trips(ProtectionName(Protection::OverCurrent), None, None, None);
        assert_eq!(check.outcome, CheckOutcome::Fail);
        let closest = "did not act; closest was ocd of sessy-1: 757.123 against 30, beyond it for 0.000204 s of 0.32 s";
        assert_eq!(check.actual, closest);
    }

    #[test]
    fn any_trip_breaks_no_trip_and_another_device_or_protection_does_not() {
        let run = SampleRun::hard_connect();
        let outcome = |target, protection| no_trip(&run, target, protection).outcome;
        assert_eq!(outcome(None, None), CheckOutcome::Fail);
        assert_eq!(
            outcome(Some("sessy-1"), Some(ProtectionName(Protection::ShortCircuit))),
            CheckOutcome::Fail
        );
        assert_eq!(
            outcome(Some("sessy-1"), Some(ProtectionName(Protection::OverCurrent))),
            CheckOutcome::Pass
        );
        assert_eq!(outcome(Some("sessy-2"), None), CheckOutcome::Pass);
    }

    #[test]
    fn a_trip_of_the_model_alone_says_nothing_about_a_bound_device() {
        let run = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
        assert_eq!(no_trip(&run, None, None).outcome, CheckOutcome::Fail);
        let run = run.with_evidence(Evidence::ModelOnly);
        assert_eq!(no_trip(&run, None, None).outcome, CheckOutcome::Inconclusive);
        let baseline = SampleRun::hard_connect().with_evidence(Evidence::ModelOnly);
        assert_eq!(no_trip(&baseline, None, None).outcome, CheckOutcome::Fail);
    }

    #[test]
    fn no_trip_of_a_device_whose_alarm_nobody_hears_is_inconclusive() {
        let mut run = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
        let ocd = Some(ProtectionName(Protection::OverCurrent));
        assert_eq!(no_trip(&run, None, ocd).outcome, CheckOutcome::Pass);
        run.mute_alarms = vec!["sessy-1.bms".to_owned()];
        for target in [None, Some("sessy-1")] {
            let check = no_trip(&run, target, ocd);
            assert_eq!(check.outcome, CheckOutcome::Inconclusive);
            let reason = check.reason.unwrap_or_default();
            assert!(reason.contains("`sessy-1.bms`"), "{reason}");
        }
        assert_eq!(no_trip(&run, Some("sessy-2"), ocd).outcome, CheckOutcome::Pass);
        // What was seen to trip has tripped.
        assert_eq!(no_trip(&run, None, None).outcome, CheckOutcome::Fail);
    }

    #[test]
    fn a_trip_of_a_device_whose_alarm_nobody_hears_is_not_known_to_be_missing() {
        let of = |run: &SampleRun, protection, by_s| {
            let (id, target, protection) =
                ("c".into(), "sessy-1".into(), ProtectionName(protection));
            let entry =
                CheckEntry::Trips { id, target, protection, cause: None, from_s: None, by_s };
            run.judge_one(entry).outcome
        };
        let mut run = SampleRun::hard_connect().with_dut("reference-bms", "1.0");
        assert_eq!(of(&run, Protection::OverCurrent, None), CheckOutcome::Fail);
        run.mute_alarms = vec!["sessy-1.bms".to_owned()];
        assert_eq!(of(&run, Protection::OverCurrent, None), CheckOutcome::Inconclusive);
        // One that was seen has acted, in time or not.
        assert_eq!(of(&run, Protection::ShortCircuit, None), CheckOutcome::Pass);
        assert_eq!(of(&run, Protection::ShortCircuit, Some(1.0)), CheckOutcome::Fail);
        run.mute_alarms = vec!["sessy-2.bms".to_owned()];
        assert_eq!(of(&run, Protection::OverCurrent, None), CheckOutcome::Fail);
    }

    #[test]
    fn a_run_that_ended_early_cannot_promise_that_nothing_would_have_tripped() {
        let run = SampleRun::outage().cut_at(1000);
        assert_eq!(
            no_trip(&run, None, Some(ProtectionName(Protection::ShortCircuit))).outcome,
            CheckOutcome::Skipped
        );
    }
}
