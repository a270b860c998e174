//! The analog front end of a battery: four comparators, hardware that acts without asking the firmware, and
//! the latch by which they hold the switches open.
//!
//! Two watch the discharge current, two the highest and the lowest cell.

use bevy_ecs::prelude::Component;
use blackstart_roles::Protection;
use blackstart_scenario as model;
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use crate::detector::{ComparatorSetting, SeenQuantity, ThresholdDetector, Watched};
use crate::network::{BranchId, CrossingEdge, Quantity, Sense};

/// All comparators and the latch.
#[derive(Component)]
pub struct InstalledFrontEnd {
    pub(crate) comparators: [ThresholdDetector; 4],
    /// One bit for each comparator, in their order.
    pub(crate) latched: u32,
    /// What its trips and margins rest on.
    pub(crate) evidence: Evidence,
}

/// What stands between the shunt and the comparators of its current.
pub(crate) fn sense(model: &model::Battery) -> Sense {
    Sense { lag: model.sense_filter, lead: model.shunt_time }
}

/// Place of the comparator that forbids charging.
const OVERVOLTAGE: usize = 2;

/// The states of the front end's signal: none latched, then the first that is, by place.
pub(crate) const STATES: [&str; 5] = ["ok", "scd", "ocd", "ovp", "uvp"];

impl InstalledFrontEnd {
    pub(crate) fn new(
        model: &model::Battery,
        shunt: BranchId,
        cells: BranchId,
        ripple_period: SimTime,
    ) -> Self {
        let seen = SeenQuantity::current(shunt, Some(sense(model)), ripple_period);
        let current = Watched { seen, edge: CrossingEdge::Rising };
        let of_current = |one: model::Comparator<_>| {
            let blackstart_units::Amperes(threshold) = one.threshold;
            ComparatorSetting { threshold, delay: one.delay }
        };
        let of_voltage = |one: model::Comparator<_>| {
            let blackstart_units::Volts(threshold) = one.threshold;
            ComparatorSetting { threshold, delay: one.delay }
        };
        let cell = |quantity, edge| Watched { seen: SeenQuantity::Plain(quantity), edge };
        let highest = cell(Quantity::HighestCell(cells), CrossingEdge::Rising);
        let lowest = cell(Quantity::LowestCell(cells), CrossingEdge::Falling);
        Self {
            comparators: [
                ThresholdDetector::new(Protection::ShortCircuit, current, of_current(model.scd)),
                ThresholdDetector::new(Protection::OverCurrent, current, of_current(model.ocd)),
                ThresholdDetector::new(
                    Protection::FrontEndOverVoltage,
                    highest,
                    of_voltage(model.overvoltage),
                ),
                ThresholdDetector::new(
                    Protection::FrontEndUnderVoltage,
                    lowest,
                    of_voltage(model.undervoltage),
                ),
            ],
            latched: 0,
            evidence: Evidence::ModelOnly,
        }
    }

    /// Index of its state.
    pub(crate) fn shown(&self) -> u8 {
        let first = (0..self.comparators.len()).find(|place| self.latched & (1 << place) != 0);
        first.map_or(0, |place| place as u8 + 1)
    }

    /// Whether it forbids charging.
    pub(crate) fn forbids_charge(&self) -> bool {
        self.latched & (1 << OVERVOLTAGE) != 0
    }
}
