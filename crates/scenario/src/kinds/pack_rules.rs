//! What a built-in controller of a pack is set to, and the limits that any controller of it is judged by.

use super::{Amounts, PartKind, amounts};

amounts! {
    /// What a built-in controller of a pack is set to.
    PackRulesAmounts {
        /// Time between two looks.
        period_ms: Positive,
        /// A cell at or above this voltage stops charging …
        cell_high_v: Positive,
        /// … until all are at or below this one.
        cell_high_clear_v: Positive,
        /// A cell at or below this voltage stops discharging …
        cell_low_v: Positive,
        /// … until all are at or above this one.
        cell_low_clear_v: Positive,
        /// Discharge current above which it opens.
        discharge_limit_a: Positive,
        /// Charge current above which it opens.
        charge_limit_a: Positive,
        /// Above this temperature it stops both ways.
        hottest_c: Ambient,
        /// Below this temperature it stops charging.
        coldest_charge_c: Ambient,
        /// By how much a temperature must come back.
        temperature_hysteresis_k: Positive,
        /// How long a limit must be passed.
        limit_time_ms: NotNegative,
        /// Pre-charge is done when pack and port differ by no more than this.
        precharge_within_v: Positive,
        /// Longest time of a pre-charge.
        precharge_timeout_ms: Positive,
        /// How long a contact may differ from its command.
        feedback_time_ms: Positive,
        /// How long an input must be open.
        interlock_time_ms: NotNegative,
        /// A cell above this voltage, and above the lowest by the difference below, is bled.
        balance_above_v: Positive,
        /// See above.
        balance_difference_mv: Positive,
        /// Discharge current from which a charge switch that is open is closed again, so that its body diode need not carry it.
        body_diode_current_a: Positive,
    }
}

/// What a built-in controller of a pack is set to.
pub const PACK_RULES: PartKind = PartKind {
    name: "pack-rules",
    doc: "What a built-in controller of a pack is set to.",
    amounts: PackRulesAmounts::KEYS,
    ..PartKind::NONE
};
