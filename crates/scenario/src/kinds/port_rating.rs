//! What may be drawn from a port, as its maker states it.

use super::{Amounts, LinkKey, LinkTo, OfPart, PartKind, amounts, same};
use crate::levels::Levels;
use crate::part::Part;
use blackstart_units::Amperes;

amounts! {
    /// What may be drawn from a port.
    PortRatingAmounts {
        /// Continuous current.
        continuous_current_a: Positive,
        /// Current for a short time.
        peak_current_a: Positive,
    }
}

/// What may be drawn from a port.
pub const PORT_RATING: PartKind = PartKind {
    name: "port-rating",
    doc: "What may be drawn from a port, as its maker states it. Rules about what lies at the port go by it; nothing flows through it.",
    amounts: PortRatingAmounts::KEYS,
    levels: &[Levels::up_to("continuous_current_a", "peak_current_a")],
    links: &[LinkKey { key: "of", doc: "The current that it limits.", to: LinkTo::Quantity("a") }],
    same: same::<PortRating>,
    ..PartKind::NONE
};

/// What may be drawn from a port.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PortRating {
    /// Without end.
    pub continuous: Amperes,
    /// For a short time.
    pub peak: Amperes,
}

impl OfPart for PortRating {
    const KIND: &'static PartKind = &PORT_RATING;

    fn of(part: &Part) -> Option<Self> {
        let amounts: PortRatingAmounts = part.amounts()?;
        Some(Self {
            continuous: amounts.continuous_current_a.amperes(),
            peak: amounts.peak_current_a.amperes(),
        })
    }
}
