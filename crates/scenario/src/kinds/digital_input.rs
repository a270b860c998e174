//! A line that somebody or something outside opens and closes: interlock, button, key.

use super::fet_switch::POSITIONS;
use super::{PartKind, PinDirection, PinKey, StimulusKey, WordKey};

/// A digital input.
pub const DIGITAL_INPUT: PartKind = PartKind {
    name: "digital-input",
    doc: "A line that is opened and closed from outside: an interlock, a button.",
    words: &[WordKey {
        key: "initial",
        doc: "What it is at the start of a run.",
        words: POSITIONS,
        otherwise: None,
    }],
    pins: &[PinKey {
        name: "value",
        direction: PinDirection::Reading,
        states: POSITIONS,
        each: false,
    }],
    stimuli: &[StimulusKey { name: "position", words: POSITIONS, doc: "Opens or closes it." }],
    ..PartKind::NONE
};
