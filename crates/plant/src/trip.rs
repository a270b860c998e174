//! Protections that act: the front end's comparators on their own.

use bevy_ecs::prelude::World;
use blackstart_engine::Clock;
use blackstart_trace::EventKind;
use blackstart_units::SimTime;

use crate::battery::InstalledBattery;
use crate::cause::CauseContext;
use crate::circuit::{PlantCircuit, Roster};
use crate::exposure::{Exposures, of_front_end};
use crate::front_end::InstalledFrontEnd;
use crate::network::CrossingEdge;
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
        comparator.look(network, &circuit.moments);
        if front_end.latched & (1 << which) != 0 {
            // It has said so, and holds until it is cleared.
            comparator.over_since = None;
            continue;
        }
        let Some(since) = comparator.over_since.filter(|_| now >= comparator.expires()) else {
            continue;
        };
        let InstalledFrontEnd { comparators, latched, .. } = &*front_end;
        let all = comparators.iter().enumerate();
        let armed = all.filter(|(place, _)| latched & (1 << place) == 0).map(|(_, one)| one);
        let sensing = &battery.model.sensing;
        let context = CauseContext {
            network,
            tolerance: (sensing.current_gain_error.0, sensing.current_offset.0),
            armed: armed.collect(),
            starting: &circuit.starting,
        };
        let trip = context.trip(&comparators[which], since, evidence);
        front_end.comparators[which].act(now);
        front_end.latched |= 1 << which;
        // Cells that sink at rest latch the front end as well, but it has nothing left to open.
        let has_effect = match (watched.current_of(), watched.edge) {
            (None, CrossingEdge::Falling) => {
                network.is_closed(battery.main) || network.is_closed(battery.precharge)
            }
            _ => true,
        };
        if has_effect {
            recorder.event(now, &battery.id, EventKind::Trip(trip));
        }
        exposures.0.extend(of_front_end(battery, front_end, which, Some(now)));
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
