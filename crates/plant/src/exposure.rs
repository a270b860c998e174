//! What comparators leave behind for corners: where to start from to see again how they acted, or nearly did.

use bevy_ecs::prelude::Resource;
use blackstart_roles::Protection;
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use crate::detector::{ComparatorSetting, ThresholdDetector, Watched};
use crate::moments::ReplayStart;

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
