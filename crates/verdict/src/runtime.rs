//! How long each load stays up from the failure of the grid, and what ended it.
//!
//! Only the first failure of the grid counts. The runtime ends with the loss of supply from which the
//! load does not come back, with the return of the grid, or with the run; in the last two cases it is
//! a lower bound. Shorter losses before are gaps, which are judged on their own.
//!
//! A load that was not up when the grid failed, and did not come up before its return, never had supply.
//!
//! What ended it is a trip, a melted fuse or a lost device, else the battery or inverter that stopped last,
//! else what was in the load's way on the AC side.

use blackstart_trace::{EventKind, Trip};
use blackstart_units::SimTime;

use crate::recovery::STOPPED;
use crate::stretch::Stretch;
use crate::supply::missing;
use crate::transfer::Gap;
use crate::{Material, Runtime};

/// One entry per load; none if the grid did not fail.
pub(crate) fn runtimes(material: &Material, gaps: &[Gap]) -> Vec<Runtime> {
    let Some(grid) = material.grid else { return Vec::new() };
    let grid_state = format!("{grid}.state");
    let Some(failed) = material.first_in_state(&grid_state, "failed", SimTime::ZERO) else {
        return Vec::new();
    };
    let returned = material.first_in_state(&grid_state, "up", failed);
    material.loads.iter().map(|load| runtime((material, gaps), load, failed, returned)).collect()
}

fn runtime(
    (material, gaps): (&Material, &[Gap]),
    load: &str,
    failed: SimTime,
    returned: Option<SimTime>,
) -> Runtime {
    let horizon = returned.unwrap_or(material.reached);
    let supplied = material.trace.series_named(&format!("{load}.supplied"));
    let is_up = |value: f64| value >= 0.5;
    // What the load has from the instant of the return on, it has from the grid.
    let last = returned.map_or(horizon, |at| before(at).max(failed));
    let lost = supplied
        .and_then(|supplied| supplied.holds_since(last, |value| !is_up(value)))
        .map(|lost| lost.max(failed));
    // What a load rides through in the first instants is no supply where none ever came.
    let since_the_start =
        |gap: &Gap| gap.load == load && gap.from == SimTime::ZERO && gap.to >= last;
    let never_supplied = gaps.iter().any(since_the_start)
        || !supplied.is_some_and(|supplied| {
            supplied.held_at(before(failed)).is_some_and(is_up)
                || supplied.iter().any(|(at, value)| at >= failed && at <= last && is_up(value))
        });
    let until = lost.unwrap_or(horizon);
    let ended_by = match lost {
        Some(lost) => what_ended(material, failed, lost)
            .or_else(|| what_kept_off(material, load, lost, returned))
            .unwrap_or_else(|| "nothing that was recorded".to_owned()),
        None if returned.is_some() => "return of the grid".to_owned(),
        None => "end of the run".to_owned(),
    };
    let power = material.trace.series_named(&format!("{load}.power_w"));
    let delivered =
        power.and_then(|power| Stretch::cut(power, failed, until)).map(|power| power.integral());
    Runtime {
        load: load.to_owned(),
        grid_lost_s: failed.into(),
        lasted_s: (until - failed).into(),
        supply_lost: lost.is_some(),
        never_supplied,
        ended_by,
        delivered_j: delivered.unwrap_or(f64::NAN).into(),
    }
}

/// The last instant before another; of the start, the start.
fn before(at: SimTime) -> SimTime {
    if at > SimTime::ZERO { at - SimTime::NANOSECOND } else { at }
}

/// The last thing between the failure of the grid and the loss of the load that interrupts the DC
/// side for good; without one, the last inverter that stopped by itself.
fn what_ended(material: &Material, failed: SimTime, lost: SimTime) -> Option<String> {
    let events = material.trace.events();
    let between = || events.iter().rev().filter(|event| event.at >= failed && event.at <= lost);
    let interruption = between().find_map(|event| match &event.kind {
        EventKind::Trip(Trip { protection, cause, .. }) => {
            let switch = material.state_at(&format!("{}.main_switch", event.subject), lost);
            (switch != Some("closed")).then(|| {
                format!("trip {} of {}, cause {}", protection.name(), event.subject, cause.name())
            })
        }
        EventKind::FuseMelted { .. } => Some(format!("{} melted", event.subject)),
        EventKind::DutLost { .. } => {
            Some(format!("loss of the device under test {}", event.subject))
        }
        _ => None,
    });
    let opened = || {
        between().find_map(|event| match &event.kind {
            EventKind::State { signal, to, .. } if signal == "main_switch" && to == "open" => {
                Some((event.at, format!("{} opened its port", event.subject)))
            }
            _ => None,
        })
    };
    let went = |(inverter, states): (&str, Vec<(SimTime, &str)>)| {
        let (at, state) = states.into_iter().rev().find(|&(at, _)| at <= lost)?;
        let verb = if at >= failed { "went to" } else { "was" };
        let gives_nothing = STOPPED.contains(&state) || state == "off";
        gives_nothing.then(|| (at, format!("{inverter} {verb} {state}")))
    };
    let stopped = || {
        let inverters = material.inverter_states().into_iter().filter_map(went);
        let last = inverters.chain(opened()).max_by_key(|(at, _)| *at)?;
        Some(last.1)
    };
    interruption.or_else(stopped)
}

/// What was in the load's way until the grid was back or the run over; where nothing was any more, and the
/// load had only not come back yet, what was in its way when it lost its supply.
fn what_kept_off(
    material: &Material,
    load: &str,
    lost: SimTime,
    returned: Option<SimTime>,
) -> Option<String> {
    let last = returned.map_or(material.reached, before);
    missing(material, load, last.max(lost)).or_else(|| missing(material, load, lost))
}

#[cfg(test)]
mod tests {
    use crate::sample_run::SampleRun;

    #[test]
    fn the_trip_that_opened_the_port_ended_it_not_the_inverter_that_followed() {
        let judged = SampleRun::outage().judged();
        let runtime = &judged.runtimes[0];
        assert_eq!(runtime.ended_by, "trip uvp of sessy-1, cause empty");
        assert_eq!(runtime.lasted_s.as_seconds(), 3600.5);
        assert!(runtime.supply_lost);
    }

    #[test]
    fn energy_is_counted_from_the_failure_of_the_grid_only() {
        let judged = SampleRun::outage().judged();
        assert_eq!(judged.runtimes[0].delivered_j.get(), 1_800_250.0);
    }

    #[test]
    fn without_a_failure_of_the_grid_there_is_no_runtime() {
        assert!(SampleRun::hard_connect().judged().runtimes.is_empty());
    }
}
