//! How warm a switch gets by what it carries: numbers that a switch may lack.

use super::{Amounts, GroupKey, QuantityKey, amounts};

/// Key of the group.
pub const GROUP: &str = "heat";

amounts! {
    /// How a switch gets warm.
    GateHeat {
        /// From its hottest place to its ambient.
        thermal_resistance_k_per_w: NotNegative,
        /// How long it takes to 63 % of a change.
        thermal_time_s: Positive,
        /// Around it, and of the switch at the start of a run.
        ambient_temperature_c: Ambient,
    }
}

/// The group, in a kind that may have it.
pub const MAY_HAVE: GroupKey = GroupKey {
    key: GROUP,
    doc: "How warm it gets by what it carries, its body diode and its avalanche or arc included; without it nobody knows its temperature.",
    amounts: GateHeat::KEYS,
    is_optional: true,
};

/// What others can look at where it has the group.
pub const TEMPERATURE: QuantityKey = QuantityKey::of_group("temperature_c", GROUP);
