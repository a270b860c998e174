//! What measures a current for a controller.

use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, StimulusKey, amounts};

amounts! {
    /// A current sensor.
    CurrentSensor {
        /// Time between two conversions.
        period_ms: Positive,
        /// From a conversion to whoever reads it.
        latency_ms: NotNegative,
        /// Noise, one σ.
        noise_ma: NotNegative,
        /// Resolution.
        step_ma: NotNegative,
        /// By how much it reads too high, as a share.
        gain_error_pct: Error,
        /// What it reads when none flows.
        offset_ma: Any,
        /// Below this it reads 0.
        dead_band_ma: NotNegative,
        /// Largest current that it can read, either way: beyond it reads this.
        full_scale_a: Positive,
        /// Window over which it averages.
        averaging_ms: NotNegative,
    }
}

/// A current sensor.
pub const CURRENT_SENSOR: PartKind = PartKind {
    name: "current-sensor",
    doc: "What measures a current for a controller, up to its full scale.",
    amounts: CurrentSensor::KEYS,
    links: &[LinkKey { key: "of", doc: "The current.", to: LinkTo::Quantity("a") }],
    pins: &[PinKey { name: "value", direction: PinDirection::Reading, states: &[], each: false }],
    stimuli: &[StimulusKey {
        name: "reads_a",
        words: &[],
        doc: "What it reads from now on, whatever flows.",
    }],
    ..PartKind::NONE
};
