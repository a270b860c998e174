//! A resistor that warms up, and burns when it has taken too much.

use super::{Amounts, PartKind, QuantityKey, Through, amounts};

amounts! {
    /// A resistor.
    Resistor {
        /// Its resistance.
        resistance_ohm: Positive,
        /// From its element to its ambient.
        thermal_resistance_k_per_w: Positive,
        /// How long its element takes to 63 % of a change of temperature.
        thermal_time_s: Positive,
        /// Temperature of the element at which it burns through.
        highest_temperature_c: Positive,
        /// Around it, and of the element at the start of a run.
        ambient_temperature_c: Ambient,
    }
}

/// A resistor.
pub const RESISTOR: PartKind = PartKind {
    name: "resistor",
    doc: "A resistor whose element warms up and burns through at a temperature.",
    ends: &["from", "to"],
    through: Through::Conductor,
    resistance: Some("resistance_ohm"),
    amounts: Resistor::KEYS,
    quantities: &[QuantityKey::one("current_a")],
    ..PartKind::NONE
};
