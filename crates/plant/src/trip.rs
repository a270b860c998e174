//! Protections that act: the front end's comparators on their own.

use bevy_ecs::prelude::World;
use blackstart_engine::Clock;
use blackstart_trace::{EventKind, Trip};
use blackstart_units::SimTime;

use crate::battery::InstalledBattery;
use crate::cause;
use crate::circuit::{PlantCircuit, Roster};
use crate::exposure::{Exposures, expose};
use crate::front_end::{InstalledFrontEnd, Watched};
use crate::record::Recorder;

/// Lets the comparators of a battery act that are due; whether one did.
///
/// At most one acts at a time: the current still flows while the switch opens, and that is one trip,
/// not two.
pub(crate) fn by_front_end(
    battery: &InstalledBattery,
    front_end: &mut InstalledFrontEnd,
    circuit: &mut PlantCircuit,
    exposures: &mut Exposures,
    recorder: &mut Recorder,
) -> bool {
    let network = &circuit.network;
    let now = network.now();
    let evidence = front_end.evidence;
    for which in 0..front_end.comparators.len() {
        let comparator = &mut front_end.comparators[which];
        let watched = comparator.watched();
        let over = comparator.is_over(network.value(comparator.decisive()));
        comparator.turn(now, over, network, &circuit.moments);
        comparator.see(now, network.value(watched.peak()), &circuit.moments);
        if front_end.latched & (1 << which) != 0 {
            // It has said so, and holds until it is cleared.
            comparator.over_since = None;
            continue;
        }
        let Some(since) = comparator.over_since.filter(|_| now >= comparator.expires()) else {
            continue;
        };
        let InstalledFrontEnd { comparators, latched, .. } = &*front_end;
        let (cause, because) =
            cause::of_comparator(network, battery, comparators, which, *latched, &circuit.starting);
        let comparator = &mut front_end.comparators[which];
        let trip = Trip {
            protection: comparator.protection,
            value: Some(network.value(watched.mean())),
            extreme: Some(comparator.extreme_over),
            threshold: Some(comparator.setting.threshold),
            delay: Some(comparator.setting.delay),
            since: Some(since),
            cause,
            because,
            evidence,
        };
        comparator.tripped_at = Some(now);
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

/// Records how close each protection came that never acted.
pub(crate) fn record_approaches(world: &mut World) {
    let batteries = world.resource::<Roster>().batteries.clone();
    let at: SimTime = world.resource::<Clock>().now;
    for entity in batteries {
        let parts = (world.get::<InstalledBattery>(entity), world.get::<InstalledFrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        let id = battery.id.clone();
        let quiet = front_end.comparators.iter().filter(|one| one.tripped_at.is_none());
        let approaches: Vec<_> = quiet.map(|one| one.approach(front_end.evidence)).collect();
        for approach in approaches {
            world.resource_mut::<Recorder>().event(at, &id, EventKind::Approach(approach));
        }
    }
}
