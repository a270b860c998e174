//! Where AC comes from.

use blackstart_scenario::Phase;

/// A source of AC: indices into the lists of [`AcSide`](super::AcSide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feeder {
    Grid(usize),
    Output(usize),
    Switch(usize),
}

/// Where a conductor comes from: all phases of a source, or one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tap {
    pub from: Feeder,
    pub phase: Option<Phase>,
}
