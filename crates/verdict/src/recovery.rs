//! What it took to get back: batteries after a trip and after the return of the grid, inverters that had
//! stopped by themselves.

use blackstart_units::SimTime;

use crate::trips::{alarm_claim, belongs_to};
use crate::{GridReturn, Material, Moment, Recovery, Restarts, TripSeen};

/// One entry per battery. What a person did is reported by the bench; that it was *needed* is for the
/// checks to say.
pub(crate) fn recovery(material: &Material, trips: &[TripSeen]) -> Vec<Recovery> {
    let returned = grid_returned(material);
    let entry = |battery: &crate::BatteryEnd| {
        let first_trip =
            trips.iter().find(|trip| belongs_to(&trip.subject, &battery.id)).map(|trip| trip.at_s);
        let again = material.pairings.iter().filter(|pairing| {
            pairing.battery == battery.id
                && first_trip.is_some_and(|trip| Moment::from(pairing.at) >= trip)
        });
        Recovery {
            battery: battery.id.clone(),
            pairings_after_first_trip: u32::try_from(again.count()).unwrap_or(u32::MAX),
            port_up_at_end: port_up(material, &battery.id),
            alarm_at_end: alarm_at_end(material, &battery.id),
            charge_path: battery.charge_path,
            grid_return: returned.map(|at| grid_return(material, &battery.id, at)),
        }
    };
    material.batteries.iter().map(entry).collect()
}

/// Whether the battery's main switch was closed when the run ended, or what stands for it.
pub(crate) fn port_up(material: &Material, battery: &str) -> bool {
    let end = material.batteries.iter().find(|end| end.id == battery);
    if let Some(connected) = end.and_then(|end| end.connected) {
        return connected;
    }
    material.state_at(&format!("{battery}.main_switch"), material.reached) == Some("closed")
}

fn alarm_at_end(material: &Material, battery: &str) -> Option<String> {
    let (names, series) = alarm_claim(material.trace, battery)?;
    let value = series.held_at(material.reached)?;
    names.get(value as usize).filter(|&name| name != "none").cloned()
}

/// When the grid came back for good.
fn grid_returned(material: &Material) -> Option<SimTime> {
    let state = format!("{}.state", material.grid?);
    material.first_in_state(&state, "failed", SimTime::ZERO)?;
    material.in_state_since(&state, "up")
}

/// Every load counts for every battery: which one feeds which is a matter of what has failed.
fn grid_return(material: &Material, battery: &str, at: SimTime) -> GridReturn {
    let supplied = |load: &String| {
        let series = material.trace.series_named(&format!("{load}.supplied"));
        (load.clone(), series.and_then(|on| on.holds_since(material.reached, |on| on >= 0.5)))
    };
    // Of a battery that has no switch of its own it is only known whether it is up at the end.
    let up = material.in_state_since(&format!("{battery}.main_switch"), "closed");
    let port = up.or_else(|| port_up(material, battery).then_some(at));
    let parts = material.loads.iter().map(supplied).chain([("port".to_owned(), port)]);
    let (mut last, mut missing) = (at, Vec::new());
    for (part, since) in parts {
        match since {
            Some(since) => last = last.max(since),
            None => missing.push(part),
        }
    }
    let full_service_after_s = missing.is_empty().then(|| (last - at).into());
    GridReturn { at_s: at.into(), full_service_after_s, missing }
}

/// States of an inverter that it goes to by itself and gives nothing in.
pub(crate) const STOPPED: [&str; 4] = ["low-voltage", "overload", "high-voltage", "locked-out"];

/// One entry per inverter that stopped by itself.
pub(crate) fn restarts(material: &Material) -> Vec<Restarts> {
    let of = |(inverter, states): (&str, Vec<(SimTime, &str)>)| {
        let is_stop = |state: &str| STOPPED.contains(&state);
        let first = states.iter().position(|&(_, state)| is_stop(state))?;
        // A search for loads is a start too; from there to running is none.
        let gives = |state: &str| ["running", "searching"].contains(&state);
        let (mut stops, mut starts) = (1, 0);
        for pair in states[first..].windows(2) {
            let (before, after) = (pair[0].1, pair[1].1);
            stops += u32::from(is_stop(after) && !is_stop(before));
            starts += u32::from(gives(after) && !gives(before));
        }
        let locked_out_at_end = states.last().is_some_and(|&(_, state)| state == "locked-out");
        Some(Restarts { inverter: inverter.to_owned(), stops, starts, locked_out_at_end })
    };
    material.inverter_states().into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use crate::Moment;
    use crate::sample_run::SampleRun;

    #[test]
    fn without_a_return_of_the_grid_nothing_is_said_of_it() {
        let judged = SampleRun::hard_connect().judged();
        assert!(judged.recovery.iter().all(|one| one.grid_return.is_none()));
        assert!(judged.restarts.is_empty());
    }

    #[test]
    fn full_service_is_there_when_the_last_part_of_it_is() {
        let judged = SampleRun::outage_and_return(Some(5300.0)).judged();
        let back = judged.recovery[0].grid_return.as_ref().unwrap();
        assert_eq!(back.at_s.as_seconds(), 5000.0);
        assert_eq!(back.full_service_after_s.map(Moment::as_seconds), Some(300.0));
        assert!(back.missing.is_empty());
    }

    #[test]
    fn what_has_not_come_back_is_named() {
        let judged = SampleRun::outage_and_return(None).judged();
        let back = judged.recovery[0].grid_return.as_ref().unwrap();
        assert_eq!(back.full_service_after_s, None);
        assert_eq!(back.missing, ["port"]);
    }

    #[test]
    fn starts_after_a_stop_are_counted_until_the_inverter_is_locked_out() {
        let judged = SampleRun::outage_and_return(None).judged();
        let restarts = &judged.restarts[0];
        assert_eq!((restarts.stops, restarts.starts), (3, 2));
        assert!(restarts.locked_out_at_end);
    }
}
