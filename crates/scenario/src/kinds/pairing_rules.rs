//! What a built-in controller is set to that pre-charges its port when it is paired, and the limits that any
//! controller of such a pack is judged by.

use super::{Amounts, PartKind, amounts};
use crate::levels::Levels;

amounts! {
    /// What a controller with a pairing procedure is set to.
    PairingRulesAmounts {
        /// Pre-charge is done when pack and port differ by no more than this, and …
        precharge_delta_v: Positive,
        /// … when no more than this still flows.
        precharge_current_ma: Positive,
        /// Longest time of one try.
        precharge_timeout_s: Positive,
        /// Tries of one pairing.
        precharge_tries: Count,
        /// Pause between two tries.
        precharge_pause_s: NotNegative,
        /// A cell below this voltage …
        cell_cutoff_v: Positive,
        /// … for this long opens the port.
        cell_cutoff_delay_s: NotNegative,
        /// Below this temperature of the cells nothing may charge them …
        charge_lowest_temperature_c: Ambient,
        /// … and above this one.
        charge_highest_temperature_c: Ambient,
        /// What counts as charging.
        charge_detect_current_a: Positive,
        /// For so long both must be so until the port opens.
        charge_temperature_delay_s: NotNegative,
    }
}

/// What a controller with a pairing procedure is set to.
pub const PAIRING_RULES: PartKind = PartKind {
    name: "pairing-rules",
    doc: "What a built-in controller is set to that pre-charges its port when it is paired.",
    amounts: PairingRulesAmounts::KEYS,
    levels: &[Levels {
        lower: "charge_lowest_temperature_c",
        upper: "charge_highest_temperature_c",
        may_be_equal: false,
    }],
    ..PartKind::NONE
};
