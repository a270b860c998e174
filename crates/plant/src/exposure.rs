//! What comparators leave behind for corners: where to start from to see again how they acted, or nearly did.

use bevy_ecs::prelude::{Resource, World};
use blackstart_roles::Protection;
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use crate::battery::InstalledBattery;
use crate::circuit::Roster;
use crate::front_end::{ComparatorSetting, InstalledFrontEnd, Watched};
use crate::moments::ReplayStart;

/// A comparator that acted, or came closest to it, and where to start from to see it again.
#[derive(Clone)]
pub(crate) struct Exposure {
    pub battery: String,
    pub protection: Protection,
    pub at: SimTime,
    pub tripped: bool,
    pub from: ReplayStart,
    pub watched: Watched,
    pub setting: ComparatorSetting,
    pub evidence: Evidence,
}

/// All of a run.
#[derive(Resource, Default)]
pub(crate) struct Exposures(pub Vec<Exposure>);

/// What a comparator leaves.
pub(crate) fn expose(
    battery: &InstalledBattery,
    front_end: &InstalledFrontEnd,
    which: usize,
    tripped: Option<SimTime>,
) -> Option<Exposure> {
    let comparator = &front_end.comparators[which];
    let watched = comparator.watched();
    // Cells creep towards a limit for hours: what a corner shows of that in milliseconds is nothing.
    matches!(watched, Watched::Current { .. }).then_some(())?;
    Some(Exposure {
        battery: battery.id.clone(),
        protection: comparator.protection,
        at: tripped.unwrap_or(comparator.extreme.0),
        tripped: tripped.is_some(),
        from: comparator.moment.clone()?,
        watched,
        setting: comparator.setting,
        evidence: front_end.evidence,
    })
}

/// Exposes every comparator that never acted. Once, at the end of a run.
pub(crate) fn expose_approaches(world: &mut World) {
    let mut found = Vec::new();
    for &entity in &world.resource::<Roster>().batteries {
        let parts = (world.get::<InstalledBattery>(entity), world.get::<InstalledFrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        for (which, comparator) in front_end.comparators.iter().enumerate() {
            if comparator.tripped_at.is_none() {
                found.extend(expose(battery, front_end, which, None));
            }
        }
    }
    world.resource_mut::<Exposures>().0.extend(found);
}
