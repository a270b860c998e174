//! A capacitor or supercapacitor with what leaks from it.

use super::{Amounts, PartKind, QuantityKey, amounts};

amounts! {
    /// A capacitor.
    CapacitorAmounts {
        /// Its capacitance.
        capacitance_f: Positive,
        /// Its series resistance.
        esr_mohm: Positive,
        /// What discharges it at rest, beside it.
        leakage_kohm: Positive,
        /// Voltage on it at the start of a run.
        capacitor_voltage_v: Any initial,
    }
}

/// A capacitor.
pub const CAPACITOR: PartKind = PartKind {
    name: "capacitor",
    doc: "A capacitor or supercapacitor with series resistance and leakage.",
    ends: &["from", "to"],
    amounts: CapacitorAmounts::KEYS,
    quantities: &[QuantityKey::one("current_a"), QuantityKey::one("voltage_v")],
    ..PartKind::NONE
};
