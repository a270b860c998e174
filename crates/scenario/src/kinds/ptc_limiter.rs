//! A resettable limiter: a conductor that becomes a resistor when it gets hot.

use super::{Amounts, PartKind, PinDirection, PinKey, QuantityKey, StimulusKey, Through, amounts};

/// States of its element, in the order of their numbers.
pub const STATES: &[&str] = &["cold", "tripped"];

amounts! {
    /// A limiter.
    PtcLimiter {
        /// Resistance below the temperature at which it trips.
        cold_resistance_mohm: Positive,
        /// Resistance from there on.
        tripped_resistance_ohm: Positive,
        /// Temperature at which it trips.
        trip_temperature_c: Positive,
        /// Temperature to which it must cool down to conduct again.
        reset_temperature_c: Positive,
        /// From its element to its ambient.
        thermal_resistance_k_per_w: Positive,
        /// How long its element takes to 63 % of a change of temperature.
        thermal_time_s: Positive,
        /// Around it, and of the element at the start of a run.
        ambient_temperature_c: Ambient,
    }
}

/// A limiter.
pub const PTC_LIMITER: PartKind = PartKind {
    name: "ptc-limiter",
    doc: "A resettable limiter: it trips to a high resistance when its own heat, or its ambient, has made it hot, and conducts again when it has cooled down.",
    ends: &["from", "to"],
    through: Through::Conductor,
    amounts: PtcLimiter::KEYS,
    quantities: &[QuantityKey::one("current_a")],
    pins: &[PinKey {
        name: "state",
        direction: PinDirection::Reading,
        states: STATES,
        each: false,
    }],
    stimuli: &[StimulusKey {
        name: "element",
        words: &["sound", "broken"],
        doc: "A broken element conducts nothing.",
    }],
    ..PartKind::NONE
};
