//! A shunt: where a current is looked at.

use super::{Amounts, PartKind, QuantityKey, Through, amounts};

amounts! {
    /// A shunt.
    Shunt {
        /// Its resistance, with the conductors on both sides.
        resistance_mohm: Positive,
        /// Inductance of the same path.
        path_inductance_uh: Positive,
        /// Inductance of the shunt over its resistance.
        shunt_time_us: NotNegative,
        /// Time constant of the filter between the shunt and a comparator.
        sense_filter_us: Positive,
    }
}

/// A shunt.
pub const SHUNT: PartKind = PartKind {
    name: "shunt",
    doc: "A shunt and the filter behind it; a comparator sees its current through the filter.",
    ends: &["from", "to"],
    through: Through::Conductor,
    resistance: Some("resistance_mohm"),
    amounts: Shunt::KEYS,
    quantities: &[QuantityKey::one("current_a")],
    ..PartKind::NONE
};
