//! What may be drawn from the port of a pack.

use super::{Amounts, PartKind, amounts};
use crate::levels::Levels;

amounts! {
    /// What may be drawn from a port.
    PortRatingsAmounts {
        /// Continuous current.
        continuous_current_a: Positive,
        /// Current for a short time.
        peak_current_a: Positive,
    }
}

/// What may be drawn from a port.
pub const PORT_RATINGS: PartKind = PartKind {
    name: "port-ratings",
    doc: "What may be drawn from the port of a pack.",
    amounts: PortRatingsAmounts::KEYS,
    levels: &[Levels {
        lower: "continuous_current_a",
        upper: "peak_current_a",
        may_be_equal: true,
    }],
    ..PartKind::NONE
};
