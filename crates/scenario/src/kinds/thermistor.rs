//! What measures temperatures for a controller.

use super::{
    Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, StimulusKey, TableForm, TableKey,
    amounts,
};

amounts! {
    /// Thermistors.
    Thermistor {
        /// Time between two conversions.
        period_ms: Positive,
        /// From a conversion to whoever reads it.
        latency_ms: NotNegative,
        /// Resistor of its divider, to the reference voltage.
        pull_up_kohm: Positive,
        /// Codes of the converter across the reference voltage.
        converter_codes: Positive,
        /// How long it takes to 63 % of a change of what it touches.
        thermal_time_s: Positive,
    }
}

/// Thermistors.
pub const THERMISTOR: PartKind = PartKind {
    name: "thermistor",
    doc: "Thermistors with divider, converter and table; each follows what it touches with a time constant.",
    amounts: Thermistor::KEYS,
    tables: &[TableKey {
        key: "curve",
        doc: "Resistance over temperature: what the thermistor is, and what its reader takes it to be.",
        rule: "temperatures must rise and resistances fall from point to point, all resistances above 0",
        in_order: |a, b| a.0 < b.0 && a.1 > b.1 && b.1 > 0.0,
        form: TableForm { over: "temperature_c", gives: "resistance_kohm" },
        scales_with: None,
    }],
    links: &[LinkKey { key: "of", doc: "The temperatures.", to: LinkTo::Quantity("c") }],
    pins: &[PinKey { name: "value", direction: PinDirection::Reading, states: &[], each: true }],
    stimuli: &[
        StimulusKey {
            name: "open_wire",
            words: &[],
            doc: "Opens the wire of this one: it reads the coldest of its table; 0 mends all.",
        },
        StimulusKey {
            name: "shorted_wire",
            words: &[],
            doc: "Shorts the wires of this one: it reads the hottest of its table; 0 mends all.",
        },
    ],
    ..PartKind::NONE
};
