//! The public grid.

use blackstart_units::Volts;

use super::{AcPlace, Amounts, OfPart, PartKind, WordKey, amounts, same};
use crate::part::Part;

amounts! {
    /// The public grid.
    GridAmounts {
        /// Between phase and neutral.
        nominal_voltage_v: Positive,
        /// Of the grid.
        frequency_hz: Positive,
    }
}

/// The public grid.
pub const GRID: PartKind = PartKind {
    name: "grid",
    doc: "The public grid.",
    ac: AcPlace::Source,
    three_phase: |part| part.word("phases") == "three",
    amounts: GridAmounts::KEYS,
    words: &[WordKey {
        key: "phases",
        doc: "How many phases it has.",
        words: &["one", "three"],
        otherwise: Some("one"),
    }],
    same: same::<Grid>,
    ..PartKind::NONE
};

/// The public grid by its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// RMS, between phase and neutral.
    pub voltage: Volts,
    /// In Hz.
    pub frequency: f64,
    /// Whether it has three phases rather than one.
    pub three_phase: bool,
}

impl OfPart for Grid {
    const KIND: &'static PartKind = &GRID;

    fn of(part: &Part) -> Option<Self> {
        let supply: GridAmounts = part.amounts()?;
        let (voltage, frequency) = (supply.nominal_voltage_v.volts(), supply.frequency_hz.plain());
        Some(Self { voltage, frequency, three_phase: (GRID.three_phase)(part) })
    }
}
