//! What measures the voltage between two nodes for a controller.

use super::{
    Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, StimulusKey, Through, amounts,
};

amounts! {
    /// A voltage sensor.
    VoltageSensor {
        /// Time between two conversions.
        period_ms: Positive,
        /// From a conversion to whoever reads it.
        latency_ms: NotNegative,
        /// Noise, one σ.
        noise_mv: NotNegative,
        /// Resolution.
        step_mv: NotNegative,
        /// By how much its divider reads too high, as a share.
        gain_error_pct: Error,
        /// Largest voltage that it can read; below 0 it reads 0.
        full_scale_v: Positive,
        /// Its divider, which loads the nodes.
        divider_kohm: Positive,
    }
}

/// A voltage sensor.
pub const VOLTAGE_SENSOR: PartKind = PartKind {
    name: "voltage-sensor",
    doc: "What measures the voltage between two nodes through a divider.",
    through: Through::Draws,
    amounts: VoltageSensor::KEYS,
    links: &[LinkKey {
        key: "between",
        doc: "The node that it measures, and the one against which.",
        to: LinkTo::Nodes,
    }],
    pins: &[PinKey { name: "value", direction: PinDirection::Reading, states: &[], each: false }],
    stimuli: &[StimulusKey {
        name: "reads_v",
        words: &[],
        doc: "What it reads from now on, whatever the voltage.",
    }],
    ..PartKind::NONE
};
