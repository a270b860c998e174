//! The analog front end's current comparators: hardware that acts without asking the firmware.

use std::sync::Arc;

use bevy_ecs::prelude::Component;
use blackstart_scenario::Comparator;
use blackstart_trace::{Approach, Evidence, Protection};
use blackstart_units::SimTime;

use crate::network::Network;

/// One comparator: a threshold, a delay that runs while it is exceeded, and its record.
#[derive(Clone, Debug)]
pub(crate) struct CurrentComparator {
    pub protection: Protection,
    pub setting: Comparator,
    pub over_since: Option<SimTime>,
    pub extreme: (SimTime, f64),
    pub extreme_over: f64,
    pub longest_dwell: SimTime,
    pub has_tripped: bool,
    /// The network at the last change before the extreme, or before the threshold was passed.
    pub moment: Option<Arc<Network>>,
}

impl CurrentComparator {
    fn new(protection: Protection, setting: Comparator) -> Self {
        Self {
            protection,
            setting,
            over_since: None,
            extreme: (SimTime::ZERO, 0.0),
            extreme_over: 0.0,
            longest_dwell: SimTime::ZERO,
            has_tripped: false,
            moment: None,
        }
    }

    /// When the delay ends, if it runs.
    pub fn expires(&self) -> SimTime {
        self.over_since.map_or(SimTime::NEVER, |since| since + self.setting.delay)
    }

    /// The current went beyond the threshold, or came back.
    pub fn turn(&mut self, now: SimTime, over: bool, change: &Arc<Network>) {
        match (over, self.over_since) {
            (true, None) => {
                self.moment = Some(Arc::clone(change));
                self.over_since = Some(now);
                self.extreme_over = 0.0;
            }
            (false, Some(since)) => {
                self.longest_dwell = self.longest_dwell.max(now - since);
                self.over_since = None;
            }
            _ => {}
        }
    }

    /// Takes note of a current that was reached.
    pub fn see(&mut self, at: SimTime, current: f64, change: &Arc<Network>) {
        if current > self.extreme.1 {
            self.extreme = (at, current);
            // While the threshold is passed the beginning counts: a trip is run again from there.
            if self.over_since.is_none() || self.moment.is_none() {
                self.moment = Some(Arc::clone(change));
            }
        }
        self.extreme_over = self.extreme_over.max(current);
    }

    /// How close it came, for a comparator that never acted.
    pub fn approach(&self, evidence: Evidence) -> Approach {
        Approach {
            protection: self.protection,
            extreme: self.extreme.1,
            extreme_at: self.extreme.0,
            threshold: self.setting.threshold.0,
            longest_dwell: self.longest_dwell,
            delay: self.setting.delay,
            evidence,
        }
    }
}

/// Both comparators and the latch.
#[derive(Component)]
pub struct FrontEnd {
    pub(crate) comparators: [CurrentComparator; 2],
    /// Bit 0: short circuit, bit 1: over-current.
    pub(crate) latched: u32,
    /// What its trips and margins rest on.
    pub(crate) evidence: Evidence,
}

/// The states of the front end's signal.
pub(crate) const STATES: [&str; 3] = ["ok", "scd", "ocd"];

impl FrontEnd {
    pub(crate) fn new(scd: Comparator, ocd: Comparator) -> Self {
        Self {
            comparators: [
                CurrentComparator::new(Protection::ShortCircuit, scd),
                CurrentComparator::new(Protection::OverCurrent, ocd),
            ],
            latched: 0,
            evidence: Evidence::ModelOnly,
        }
    }

    /// Index of its state: the short circuit goes before the over-current.
    pub(crate) fn shown(&self) -> u8 {
        match self.latched {
            0 => 0,
            latched if latched & 1 != 0 => 1,
            _ => 2,
        }
    }
}
