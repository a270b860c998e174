//! What electronics draw, by their state.

use super::{
    Amounts, PartKind, PinDirection, PinKey, QuantityKey, Quiescent, Through, WordKey, amounts,
};

/// States, in the order of their numbers.
pub const STATES: &[&str] = &["off", "asleep", "awake"];

amounts! {
    /// What electronics draw.
    QuiescentDraw {
        /// While awake.
        awake_w: NotNegative,
        /// While asleep.
        asleep_w: NotNegative,
        /// While off.
        off_w: NotNegative,
        /// Voltage below which they draw less.
        minimum_voltage_v: Positive,
    }
}

/// What electronics draw.
pub const QUIESCENT_DRAW: PartKind = PartKind {
    name: "quiescent-draw",
    doc: "What electronics draw from the nodes that they lie between, by their state.",
    ends: &["from", "to"],
    through: Through::Draws,
    draws: |_, _| Some(Quiescent { key: "asleep_w", called: "" }),
    amounts: QuiescentDraw::KEYS,
    words: &[WordKey {
        key: "initial",
        doc: "State at the start of a run; without a pin it stays so.",
        words: STATES,
        otherwise: None,
    }],
    quantities: &[QuantityKey::one("current_a")],
    pins: &[PinKey {
        name: "state",
        direction: PinDirection::Command,
        states: STATES,
        each: false,
    }],
    ..PartKind::NONE
};
