//! What charges cells from an AC source that it is fed from.

use super::{AcPlace, Amounts, LinkKey, LinkTo, PartKind, QuantityKey, Through, amounts};

amounts! {
    /// A charger behind a meter of its own.
    PackChargerAmounts {
        /// DC power into the cells; 0 when they cannot be charged.
        charge_power_w: NotNegative,
        /// Voltage of the highest cell at which charging ends.
        charge_end_voltage_v: Positive,
    }
}

/// A charger behind a meter of its own.
pub const PACK_CHARGER: PartKind = PartKind {
    name: "pack-charger",
    doc: "A charger in a pack: constant power into its cells while the AC source that feeds the pack is there, until they are full. It does not charge what its controller's rules forbid.",
    ends: &["from", "to"],
    through: Through::Draws,
    ac: AcPlace::Load,
    can_be_stopped: true,
    amounts: PackChargerAmounts::KEYS,
    links: &[
        LinkKey { key: "of", doc: "The voltage of the highest cell.", to: LinkTo::Quantity("v") },
        LinkKey {
            key: "rules",
            doc: "What says between which temperatures it may charge.",
            to: LinkTo::Rules,
        },
    ],
    quantities: &[QuantityKey::one("current_a")],
    ..PartKind::NONE
};
