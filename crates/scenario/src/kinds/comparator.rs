//! Comparators: hardware that opens switches without asking a controller.

use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, WordKey, amounts};

/// States of a comparator, in the order of their numbers.
pub const STATES: &[&str] = &["ok", "tripped"];

/// The protections that a comparator can stand for.
pub const PROTECTIONS: &[&str] = &[
    "scd",
    "ocd",
    "occ",
    "uvp",
    "front-end-uvp",
    "front-end-ovp",
    "ovp",
    "utc",
    "otc",
    "utd",
    "otd",
    "switch-over-temperature",
    "deep-discharge",
];

/// Which side of a threshold counts.
pub const BEYOND: WordKey = WordKey {
    key: "beyond",
    doc: "Where danger lies.",
    words: &["above", "below"],
    otherwise: None,
};
const RELEASE: WordKey = WordKey {
    key: "release",
    doc: "What lets the switches close again: a controller through its pin `clear`, or the quantity's return by the hysteresis. A part that releases it does so besides.",
    words: &["host", "level"],
    otherwise: Some("host"),
};
const STANDS_FOR: WordKey = WordKey {
    key: "stands_for",
    doc: "Which protection it is.",
    words: PROTECTIONS,
    otherwise: None,
};
const WORDS: &[WordKey] = &[BEYOND, RELEASE, STANDS_FOR];
/// What it watches, in this unit, and what it opens.
const fn links(unit: &'static str) -> [LinkKey; 2] {
    [
        LinkKey { key: "of", doc: "What it watches.", to: LinkTo::Quantity(unit) },
        LinkKey { key: "opens", doc: "Which switches it holds open.", to: LinkTo::Switches },
    ]
}
const STATE: PinKey =
    PinKey { name: "state", direction: PinDirection::Reading, states: STATES, each: false };
const TRIPS: PinKey =
    PinKey { name: "trips", direction: PinDirection::Reading, states: &[], each: false };
const CLEAR: PinKey =
    PinKey { name: "clear", direction: PinDirection::Command, states: &[], each: false };

amounts! {
    /// A comparator of a voltage.
    VoltageComparator {
        /// Beyond it the delay runs.
        threshold_v: Any,
        /// How long it must be passed.
        delay_ms: NotNegative,
        /// By how much the voltage must come back where that releases it.
        hysteresis_mv: NotNegative,
    }
}

/// A comparator of a voltage.
pub const VOLTAGE_COMPARATOR: PartKind = PartKind {
    name: "voltage-comparator",
    doc: "Hardware that opens switches when a voltage is beyond a threshold for longer than a delay.",
    amounts: VoltageComparator::KEYS,
    words: WORDS,
    links: &const { links("v") },
    pins: &[
        STATE,
        TRIPS,
        CLEAR,
        PinKey { name: "threshold_v", direction: PinDirection::Command, states: &[], each: false },
        PinKey { name: "delay_ms", direction: PinDirection::Command, states: &[], each: false },
    ],
    ..PartKind::NONE
};

amounts! {
    /// A comparator of a current.
    CurrentComparator {
        /// Beyond it the delay runs.
        threshold_a: Any,
        /// How long it must be passed.
        delay_us: NotNegative,
        /// By how much the current must come back where that releases it.
        hysteresis_ma: NotNegative,
    }
}

/// A comparator of a current.
pub const CURRENT_COMPARATOR: PartKind = PartKind {
    name: "current-comparator",
    doc: "Hardware that opens switches when a current is beyond a threshold for longer than a delay.",
    amounts: CurrentComparator::KEYS,
    words: WORDS,
    links: &const { links("a") },
    pins: &[
        STATE,
        TRIPS,
        CLEAR,
        PinKey { name: "threshold_a", direction: PinDirection::Command, states: &[], each: false },
        PinKey { name: "delay_us", direction: PinDirection::Command, states: &[], each: false },
        PinKey { name: "delay_ms", direction: PinDirection::Command, states: &[], each: false },
    ],
    ..PartKind::NONE
};

amounts! {
    /// A comparator of a temperature.
    TemperatureComparator {
        /// Beyond it the delay runs.
        threshold_c: Any,
        /// How long it must be passed.
        delay_ms: NotNegative,
        /// By how much the temperature must come back where that releases it.
        hysteresis_k: NotNegative,
    }
}

/// A comparator of a temperature.
pub const TEMPERATURE_COMPARATOR: PartKind = PartKind {
    name: "temperature-comparator",
    doc: "Hardware that opens switches when a temperature is beyond a threshold for longer than a delay.",
    amounts: TemperatureComparator::KEYS,
    words: WORDS,
    links: &const { links("c") },
    pins: &[
        STATE,
        TRIPS,
        CLEAR,
        PinKey { name: "threshold_c", direction: PinDirection::Command, states: &[], each: false },
        PinKey { name: "delay_ms", direction: PinDirection::Command, states: &[], each: false },
    ],
    ..PartKind::NONE
};
