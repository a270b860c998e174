//! Protections that act: the front end's comparators on their own, and what a controller reports.

use bevy_ecs::prelude::World;
use blackstart_engine::Clock;
use blackstart_roles::Protection;
use blackstart_trace::{EventKind, Evidence, Trace, Trip};
use blackstart_units::SimTime;

use crate::battery::Battery;
use crate::cause;
use crate::circuit::{Circuit, Roster};
use crate::exposure::{Exposures, expose};
use crate::front_end::{FrontEnd, Watched};
use crate::network::Quantity;
use crate::record::Recorder;

/// Lets the comparators of a battery act that are due; whether one did.
///
/// At most one acts at a time: the current still flows while the switch opens, and that is one trip,
/// not two.
pub(crate) fn by_front_end(
    battery: &Battery,
    front_end: &mut FrontEnd,
    circuit: &mut Circuit,
    exposures: &mut Exposures,
    recorder: &mut Recorder,
) -> bool {
    let change = circuit.last_change();
    let network = &circuit.network;
    let now = network.now();
    let evidence = front_end.evidence;
    for (which, comparator) in front_end.comparators.iter_mut().enumerate() {
        let watched = comparator.watched();
        comparator.turn(now, comparator.is_over(network.value(comparator.decisive())), &change);
        comparator.see(now, network.value(watched.peak()), &change);
        if front_end.latched & (1 << which) != 0 {
            // It has said so, and holds until it is cleared.
            comparator.over_since = None;
            continue;
        }
        let Some(since) = comparator.over_since.filter(|_| now >= comparator.expires()) else {
            continue;
        };
        let (cause, because) = match watched {
            Watched::Current { .. } => cause::of_current(network, battery, &circuit.draws),
            Watched::LowestCell(_) => cause::of_low_cell(network, battery),
            Watched::HighestCell(_) => cause::of_high_cell(network, battery),
        };
        let trip = Trip {
            protection: comparator.protection,
            value: network.value(watched.mean()),
            extreme: comparator.extreme_over,
            threshold: comparator.setting.threshold,
            delay: comparator.setting.delay,
            since,
            cause,
            because,
            evidence,
        };
        comparator.has_tripped = true;
        comparator.over_since = None;
        front_end.latched |= 1 << which;
        // Cells that sink at rest latch the front end as well, but it has nothing left to open.
        let has_effect = match watched {
            Watched::LowestCell(_) => {
                network.is_closed(battery.main) || network.is_closed(battery.precharge)
            }
            Watched::Current { .. } | Watched::HighestCell(_) => true,
        };
        if has_effect {
            recorder.event(now, &battery.id, EventKind::Trip(trip));
        }
        exposures.0.extend(expose(battery, front_end, which, Some(now)));
        return true;
    }
    false
}

/// The trip that a controller reports by raising an alarm; `None` where the front end has reported it
/// itself. Value and beginning are the plant's, not the controller's.
pub(crate) fn by_controller(
    protection: Protection,
    evidence: Evidence,
    battery: &Battery,
    circuit: &Circuit,
    trace: &Trace,
) -> Option<Trip> {
    let network = &circuit.network;
    let (now, bms) = (network.now(), &battery.model.bms);
    let (value, threshold, delay, since, (cause, because)) = match protection {
        Protection::PrechargeTimeout => (
            network.value(Quantity::Difference(battery.pack, battery.port)),
            bms.precharge_delta.0,
            bms.precharge_timeout,
            trace.series(battery.signals.precharge_switch).holds_since(now, |closed| closed > 0.5),
            cause::of_precharge(network, battery, battery.precharge, &circuit.draws),
        ),
        Protection::CellUnderVoltage => (
            network.value(Quantity::LowestCell(battery.cells)),
            bms.cell_cutoff.0,
            bms.cell_cutoff_delay,
            trace
                .series_named(&format!("{}.lowest_cell_v", battery.id))
                .and_then(|lowest| lowest.holds_since(now, |volts| volts <= bms.cell_cutoff.0)),
            cause::of_low_cell(network, battery),
        ),
        _ => return None,
    };
    let since = since.unwrap_or(now);
    Some(Trip {
        protection,
        value,
        extreme: value,
        threshold,
        delay,
        since,
        cause,
        because,
        evidence,
    })
}

/// Records how close each protection came that never acted.
pub(crate) fn record_approaches(world: &mut World) {
    let batteries = world.resource::<Roster>().batteries.clone();
    let at: SimTime = world.resource::<Clock>().now;
    for entity in batteries {
        let parts = (world.get::<Battery>(entity), world.get::<FrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        let id = battery.id.clone();
        let quiet = front_end.comparators.iter().filter(|one| !one.has_tripped);
        let approaches: Vec<_> = quiet.map(|one| one.approach(front_end.evidence)).collect();
        for approach in approaches {
            world.resource_mut::<Recorder>().event(at, &id, EventKind::Approach(approach));
        }
    }
}
