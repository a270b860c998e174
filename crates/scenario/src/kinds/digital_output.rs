//! A line that a controller drives and somebody outside looks at: a lamp, an enable.

use super::{PartKind, PinDirection, PinKey};

/// States of an output.
pub const LEVELS: &[&str] = &["off", "on"];

/// A digital output.
pub const DIGITAL_OUTPUT: PartKind = PartKind {
    name: "digital-output",
    doc: "A line that a controller drives: a lamp, an enable.",
    pins: &[PinKey {
        name: "value",
        direction: PinDirection::Command,
        states: LEVELS,
        each: false,
    }],
    ..PartKind::NONE
};
