//! Which protections acted, which came close, and what the controllers said about it.

use blackstart_trace::{EventKind, SignalKind, Trace};
use blackstart_units::SimTime;

use crate::{ApproachSeen, Claimed, CornerValue, Holds, Material, TripSeen};

/// Every trip of the trace, in order of time.
pub(crate) fn trips(material: &Material) -> Vec<TripSeen> {
    let trace = material.trace;
    let mut found = Vec::new();
    for (index, event) in trace.events().iter().enumerate() {
        let EventKind::Trip(trip) = &event.kind else { continue };
        let later = &trace.events()[index + 1..];
        let next = later.iter().find(|later| {
            later.subject == event.subject && matches!(later.kind, EventKind::Trip(_))
        });
        let until = next.map_or(SimTime::NEVER, |next| next.at);
        found.push(TripSeen {
            subject: event.subject.clone(),
            protection: trip.protection.name().to_owned(),
            at_s: event.at.into(),
            since_s: trip.since.map(Into::into),
            delay_s: trip.delay.map(Into::into),
            value: trip.value.map(Into::into),
            extreme: trip.extreme.map(Into::into),
            threshold: trip.threshold.map(Into::into),
            cause: trip.cause.name().to_owned(),
            because: trip.because.clone(),
            evidence: trip.evidence.name().to_owned(),
            holds: holds(material, &event.subject, trip.protection.name(), event.at),
            claimed: claimed(trace, &event.subject, event.at, until),
        });
    }
    found
}

/// Whether an outcome of a front end holds with other specimens.
fn holds(material: &Material, subject: &str, protection: &str, at: SimTime) -> Option<Holds> {
    let corner = material.corners.iter().find(|corner| {
        (corner.subject.as_str(), corner.protection.as_str(), corner.at)
            == (subject, protection, at)
    })?;
    let corners = corner.fails_at.iter().map(|(parameter, value)| CornerValue {
        parameter: parameter.clone(),
        value: (*value).into(),
    });
    Some(match (corner.fails_at.is_empty(), corner.fails_combined) {
        (true, false) if corner.whole_run == 0 => Holds::AllCorners,
        (true, false) => {
            Holds::AllTried { whole_run: corner.whole_run, shapes: corner.shapes.clone() }
        }
        (true, true) => Holds::NominalOnly,
        (false, _) => Holds::FailsAt { corners: corners.collect() },
    })
}

/// The first alarm that the instance's controller shows from the trip until the next one.
fn claimed(trace: &Trace, subject: &str, from: SimTime, until: SimTime) -> Option<Claimed> {
    let (names, series) = alarm_claim(trace, subject)?;
    let held = series.held_at(from).map(|value| (from, value));
    let later = series.iter().filter(|&(time, _)| time > from && time < until);
    held.into_iter().chain(later).find_map(|(time, value)| {
        let alarm = names.get(value as usize).filter(|&name| name != "none")?;
        Some(Claimed { alarm: alarm.clone(), at_s: time.into() })
    })
}

/// The alarm that a controller of the instance claims: its state names and its samples.
pub(crate) fn alarm_claim<'a>(
    trace: &'a Trace,
    instance: &str,
) -> Option<(&'a [String], &'a blackstart_trace::Series)> {
    trace.catalogue().iter().find_map(|(id, signal)| {
        let SignalKind::State(names) = &signal.kind else { return None };
        let of_instance =
            belongs_to(&signal.name, instance) && signal.name.ends_with(".claim.alarm");
        of_instance.then(|| (names.as_slice(), trace.series(id)))
    })
}

/// How close each protection came that did not act.
pub(crate) fn approaches(material: &Material) -> Vec<ApproachSeen> {
    let seen = material.trace.events().iter().filter_map(|event| match &event.kind {
        EventKind::Approach(approach) => Some(ApproachSeen {
            subject: event.subject.clone(),
            protection: approach.protection.name().to_owned(),
            extreme: approach.extreme.into(),
            extreme_at_s: approach.extreme_at.into(),
            threshold: approach.threshold.into(),
            longest_dwell_s: approach.longest_dwell.into(),
            delay_s: approach.delay.into(),
            evidence: approach.evidence.name().to_owned(),
            holds: holds(material, &event.subject, approach.protection.name(), approach.extreme_at),
        }),
        _ => None,
    });
    let mut seen = seen.collect::<Vec<_>>();
    seen.sort_by(|a, b| (&a.subject, &a.protection).cmp(&(&b.subject, &b.protection)));
    seen
}

/// Whether a path is the instance's own (`sessy-1`) or below it (`sessy-1.bms`).
pub(crate) fn belongs_to(path: &str, instance: &str) -> bool {
    path.strip_prefix(instance).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_trip_keeps_what_the_controller_said_about_it_apart() {
        let run = SampleRun::hard_connect();
        let judged = run.judged();
        let trip = &judged.trips[0];
        assert_eq!((trip.protection.as_str(), trip.cause.as_str()), ("scd", "inrush"));
        assert_eq!(trip.claimed.as_ref().unwrap().alarm, "scd");
    }

    #[test]
    fn a_longer_name_with_the_same_beginning_is_another_instance() {
        assert!(belongs_to("sessy-1.bms", "sessy-1"));
        assert!(!belongs_to("sessy-10", "sessy-1"));
    }
}
