//! The scenario's checks, one module per kind of evidence.

mod analog;
mod changes;
mod finding;
mod outage;
mod protection;
mod state;
mod system;
mod transfer;

pub use finding::{Check, CheckKind, CheckOutcome, Numbers};

use blackstart_scenario::CheckEntry;
use blackstart_units::SimTime;

use crate::transfer::Gap;
use crate::words::events_up_to;
use crate::{ApproachSeen, DeepDischarge, Material, Moment, ParallelSeen, Runtime, TripSeen};

/// What a check may look at: the run, and what was already read from it.
pub(crate) struct CheckFacts<'a> {
    pub material: &'a Material<'a>,
    pub trips: &'a [TripSeen],
    pub approaches: &'a [ApproachSeen],
    pub runtimes: &'a [Runtime],
    pub deep_discharge: &'a [DeepDischarge],
    pub gaps: &'a [Gap],
    pub parallel: &'a [ParallelSeen],
}

/// Judges one check.
pub(crate) fn judge(entry: &CheckEntry, facts: &CheckFacts) -> Check {
    let (id, kind, finding) = match entry {
        CheckEntry::NoTrip { id, target, protection } => {
            (id, CheckKind::NoTrip, protection::no_trip(facts, target.as_deref(), *protection))
        }
        CheckEntry::Trips { id, target, protection, cause, from_s, by_s } => {
            let wanted = protection::WantedTrip::new(target, *protection, *cause, *from_s, *by_s);
            (id, CheckKind::Trips, protection::trips(facts, &wanted))
        }
        CheckEntry::Stays { id, signal, at_least, at_most, from_s, to_s } => {
            let demand =
                analog::AnalogDemand::new(facts, signal, (*at_least, *at_most), (*from_s, *to_s));
            (id, CheckKind::Stays, analog::stays(facts, &demand))
        }
        CheckEntry::Reaches { id, signal, at_least, at_most, from_s, by_s } => {
            let demand =
                analog::AnalogDemand::new(facts, signal, (*at_least, *at_most), (*from_s, *by_s));
            (id, CheckKind::Reaches, analog::reaches(facts, &demand))
        }
        CheckEntry::StateIs { id, signal, is, at_s } => {
            (id, CheckKind::StateIs, state::state_is(facts, signal, is, *at_s))
        }
        CheckEntry::Becomes { id, signal, is, from_s, by_s, after, within_s } => {
            let (from_s, by_s, within_s) = (*from_s, *by_s, *within_s);
            let after = after.as_ref();
            let wanted = changes::Entering { signal, is, from_s, by_s, after, within_s };
            (id, CheckKind::Becomes, changes::becomes(facts, &wanted))
        }
        CheckEntry::Changes { id, signal, at_least, at_most, from_s, to_s } => {
            let (at_least, at_most, from_s, to_s) = (*at_least, *at_most, *from_s, *to_s);
            let wanted = changes::Counting { signal, at_least, at_most, from_s, to_s };
            (id, CheckKind::Changes, changes::changes(facts, &wanted))
        }
        CheckEntry::NeverWhile { id, signal, is, other } => {
            (id, CheckKind::NeverWhile, changes::never_while(facts, (signal, is), other))
        }
        CheckEntry::Runtime { id, load, at_least_s, at_most_s } => {
            (id, CheckKind::Runtime, outage::runtime(facts, load, *at_least_s, *at_most_s))
        }
        CheckEntry::Gap { id, load, at_most_s, from_s, to_s } => {
            let allowed =
                transfer::Allowed { load, at_most_s: *at_most_s, from_s: *from_s, to_s: *to_s };
            (id, CheckKind::Gap, transfer::gap(facts, &allowed))
        }
        CheckEntry::NeverParallel { id, target } => {
            (id, CheckKind::NeverParallel, transfer::never_parallel(facts, target))
        }
        CheckEntry::Finding { id, rule, target, fact, broken } => {
            let (rule, broken) = (*rule, *broken);
            let (target, fact) = (target.as_deref(), fact.as_deref());
            let wanted = system::WantedFinding { rule, target, fact, broken };
            (id, CheckKind::Finding, system::finding(facts, &wanted))
        }
        CheckEntry::DeepDischarge { id, target, at_most } => {
            (id, CheckKind::DeepDischarge, outage::deep_discharge(facts, target, *at_most))
        }
    };
    let trace = facts.material.trace;
    Check {
        id: id.clone(),
        kind,
        outcome: finding.outcome,
        about: finding.about,
        limit: finding.limit,
        actual: finding.actual,
        numbers: finding.numbers,
        at_s: finding.at.map(Moment::from),
        reason: finding.reason,
        before: finding.at.map(|at| events_up_to(trace, at)).unwrap_or_default(),
    }
}

/// Why a check cannot be judged to its end, if the run did not get there.
fn not_reached(facts: &CheckFacts, needed: SimTime) -> Option<String> {
    let reached = facts.material.reached;
    (reached < needed).then(|| format!("the run ended at {}", Moment::from(reached)))
}
