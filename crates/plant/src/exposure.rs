//! What comparators leave behind for corners: where to start from to see again how they acted, or nearly did.

use bevy_ecs::prelude::{Resource, World};
use blackstart_roles::Protection;
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use crate::battery::InstalledBattery;
use crate::circuit::Roster;
use crate::detector::{ComparatorSetting, ThresholdDetector, Watched};
use crate::front_end::InstalledFrontEnd;
use crate::moments::ReplayStart;
use crate::parts::Parts;

/// A comparator that acted, or came closest to it, and where to start from to see it again.
#[derive(Clone)]
pub(crate) struct Exposure {
    /// What its trips are reported of.
    pub subject: String,
    /// Which comparator, by its path.
    pub comparator: String,
    pub protection: Protection,
    pub at: SimTime,
    pub tripped: bool,
    pub from: ReplayStart,
    pub watched: Watched,
    pub setting: ComparatorSetting,
    pub evidence: Evidence,
}

impl Exposure {
    /// What a comparator leaves, which acted or at the end of a run did not.
    pub fn of(
        (subject, comparator): (&str, String),
        detector: &ThresholdDetector,
        evidence: Evidence,
        tripped: Option<SimTime>,
    ) -> Option<Self> {
        // Cells creep towards a limit for hours: what a corner shows of that in milliseconds is nothing.
        detector.watched().current_of()?;
        Some(Self {
            subject: subject.to_owned(),
            comparator,
            protection: detector.protection,
            at: tripped.unwrap_or(detector.extreme.0),
            tripped: tripped.is_some(),
            from: detector.moment.clone()?,
            watched: detector.watched(),
            setting: detector.setting,
            evidence,
        })
    }
}

/// All of a run.
#[derive(Resource, Default)]
pub(crate) struct Exposures(pub Vec<Exposure>);

/// What a comparator of a front end leaves.
pub(crate) fn of_front_end(
    battery: &InstalledBattery,
    front_end: &InstalledFrontEnd,
    which: usize,
    tripped: Option<SimTime>,
) -> Option<Exposure> {
    let detector = &front_end.comparators[which];
    let path = format!("{}.{}", battery.id, detector.protection.name());
    Exposure::of((&battery.id, path), detector, front_end.evidence, tripped)
}

/// Exposes every comparator that never acted. Once, at the end of a run.
pub(crate) fn expose_approaches(world: &mut World) {
    let mut found = Vec::new();
    for &entity in &world.resource::<Roster>().batteries {
        let parts = (world.get::<InstalledBattery>(entity), world.get::<InstalledFrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        for (which, comparator) in front_end.comparators.iter().enumerate() {
            if comparator.tripped_at.is_none() {
                found.extend(of_front_end(battery, front_end, which, None));
            }
        }
    }
    let quiet = world.resource::<Parts>().detectors();
    let quiet = quiet.filter(|placed| placed.detector.tripped_at.is_none());
    found.extend(quiet.filter_map(|placed| placed.exposure(None)));
    world.resource_mut::<Exposures>().0.extend(found);
}
