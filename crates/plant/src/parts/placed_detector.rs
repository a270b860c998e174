//! A comparator with the place at which it stands.

use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use super::acting::owner;
use crate::detector::ThresholdDetector;
use crate::exposure::Exposure;

/// A comparator where it stands.
pub(crate) struct PlacedDetector<'a> {
    pub path: &'a str,
    pub detector: &'a ThresholdDetector,
    pub evidence: Evidence,
}

impl PlacedDetector<'_> {
    /// What its trips are reported of.
    pub fn subject(&self) -> String {
        owner(self.path)
    }

    /// What it leaves for corners.
    pub fn exposure(&self, tripped: Option<SimTime>) -> Option<Exposure> {
        let subject = self.subject();
        Exposure::of((&subject, self.path.to_owned()), self.detector, self.evidence, tripped)
    }
}
