//! What measures the voltage of each cell for a controller.

use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, StimulusKey, amounts};

amounts! {
    /// What measures cells.
    CellMonitorAmounts {
        /// Time between two conversions.
        period_ms: Positive,
        /// From a conversion to whoever reads it.
        latency_ms: NotNegative,
        /// Noise, one σ.
        noise_mv: NotNegative,
        /// Resolution.
        step_mv: NotNegative,
        /// Largest voltage that it can read; below 0 it reads 0.
        full_scale_v: Positive,
        /// From the conversion of one cell to that of the next; the last one counts as the instant.
        skew_us: NotNegative,
        /// Of each sense wire with its filter: the current of a balancer on a cell makes that cell read lower by this, and its neighbours higher by half of it.
        wire_resistance_ohm: NotNegative,
    }
}

/// What measures cells.
pub const CELL_MONITOR: PartKind = PartKind {
    name: "cell-monitor",
    doc: "What measures the voltage of each cell through its sense wires.",
    amounts: CellMonitorAmounts::KEYS,
    links: &[LinkKey { key: "of", doc: "The voltages.", to: LinkTo::Quantity("v") }],
    pins: &[PinKey { name: "value", direction: PinDirection::Reading, states: &[], each: true }],
    stimuli: &[StimulusKey {
        name: "open_wire",
        words: &[],
        doc: "Opens the sense wire above this cell: both cells beside it read the mean of the two; 0 mends it.",
    }],
    ..PartKind::NONE
};
