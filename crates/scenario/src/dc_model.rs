//! Wires between outputs and remote inputs.

use crate::external_bms::BmsOutput;

/// What stands on a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireLevel {
    /// Nothing.
    Floating,
    /// Battery plus.
    High,
    /// Minus.
    Low,
}

/// A wire from an output of a BMS to a remote input. Indices are those of `System::devices`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    /// A remote cable.
    pub cable: usize,
    /// A BMS …
    pub source: usize,
    /// … and which of its outputs.
    pub output: BmsOutput,
    /// What has the remote input.
    pub sink: usize,
}
