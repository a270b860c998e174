//! A switch of transistors.

use super::{
    Amounts, PartKind, PinDirection, PinKey, QuantityKey, StimulusKey, Through, WordKey, amounts,
    gate_heat,
};

/// States of a switch, in the order of their numbers.
pub const POSITIONS: &[&str] = &["open", "closed"];

amounts! {
    /// A switch of transistors.
    FetSwitch {
        /// Closed resistance.
        on_resistance_mohm: Positive,
        /// Resistance when open, below the clamp voltage.
        off_resistance_kohm: Positive,
        /// Voltage at which the open switch avalanches.
        clamp_voltage_v: Positive,
        /// Slope of the avalanche.
        clamp_resistance_mohm: Positive,
        /// Energy that the avalanche may take in one pulse.
        clamp_rating_j: Positive,
        /// Forward voltage of the body diode of a switch that blocks one way.
        body_drop_v: Positive,
        /// Slope of the body diode.
        body_resistance_mohm: Positive,
        /// From a command or a trip to the moved switch.
        switching_time_us: NotNegative,
        /// From a command of a controller to the gate.
        command_latency_us: NotNegative,
    }
}

/// A switch of transistors.
pub const FET_SWITCH: PartKind = PartKind {
    name: "fet-switch",
    doc: "A switch of transistors. Open it blocks the current in the direction of its path, against it, or both; the other way its body diode conducts.",
    ends: &["from", "to"],
    through: Through::Switch,
    resistance: Some("on_resistance_mohm"),
    amounts: FetSwitch::KEYS,
    words: &[WordKey {
        key: "blocks",
        doc: "Which current it blocks when open.",
        words: &["forward", "reverse", "both"],
        otherwise: None,
    }],
    groups: &[gate_heat::MAY_HAVE],
    quantities: &[
        QuantityKey::one("current_a"),
        QuantityKey::one("voltage_v"),
        gate_heat::TEMPERATURE,
    ],
    pins: &[PinKey {
        name: "gate",
        direction: PinDirection::Command,
        states: POSITIONS,
        each: false,
    }],
    stimuli: &[StimulusKey {
        name: "switch",
        words: &["sound", "shorted", "stuck-open"],
        doc: "A shorted switch conducts whatever is commanded; one that is stuck never closes.",
    }],
    ..PartKind::NONE
};
