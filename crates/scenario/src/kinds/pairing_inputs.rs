//! What a person and the control of a pack ask of its BMS, and what that remembers.

use super::{Amounts, PartKind, PinDirection, PinKey, StimulusKey, amounts};

/// No and yes, in the order of their numbers.
pub const NO_YES: &[&str] = &["no", "yes"];

amounts! {
    /// A button, a request and a memory.
    PairingInputsAmounts {
        /// 1 when a pairing was completed before the run, otherwise 0.
        paired: Flag initial,
    }
}

const fn reading(name: &'static str, states: &'static [&'static str]) -> PinKey {
    PinKey { name, direction: PinDirection::Reading, states, each: false }
}

/// A button, a request and a memory.
pub const PAIRING_INPUTS: PartKind = PartKind {
    name: "pairing-inputs",
    doc: "A button that starts a pairing, a request to open or close the port, and the memory of a completed pairing.",
    amounts: PairingInputsAmounts::KEYS,
    pins: &[reading("presses", &[]), reading("port_request", NO_YES), reading("paired", NO_YES)],
    stimuli: &[
        StimulusKey {
            name: "presses",
            words: &[],
            doc: "How often the button has been pressed from now on.",
        },
        StimulusKey {
            name: "port_request",
            words: NO_YES,
            doc: "Whether the port is asked to be closed.",
        },
    ],
    ..PartKind::NONE
};
