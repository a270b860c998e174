//! A parameter as a device file writes it: a value that says where it comes from.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::resolved::Source;

/// A value and its source. The value is in the unit that the key ends in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "source", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ParameterEntry {
    /// One of the manuals says it.
    Seed {
        /// The value.
        value: f64,
        /// Number of the fact (`SESSY-20`).
        fact: String,
        /// How far specimens differ, ±.
        #[serde(default)]
        tolerance_pct: Option<f64>,
    },
    /// A maker's data sheet or public documentation says it.
    Datasheet {
        /// The value.
        value: f64,
        /// Which document, and where in it.
        document: String,
        /// How far specimens differ, ±.
        #[serde(default)]
        tolerance_pct: Option<f64>,
    },
    /// It was measured.
    Measured {
        /// The value.
        value: f64,
        /// Where the measurement is recorded.
        record: String,
        /// How far specimens differ, ±.
        #[serde(default)]
        tolerance_pct: Option<f64>,
    },
    /// It follows from other values.
    Derived {
        /// The value.
        value: f64,
        /// From what, and how.
        from: String,
        /// How far specimens differ, ±.
        #[serde(default)]
        tolerance_pct: Option<f64>,
    },
    /// Nobody knows.
    Guess {
        /// The value.
        value: f64,
        /// Lowest and highest plausible value.
        range: [f64; 2],
        /// Why this value and this range.
        why: String,
        /// How far specimens differ, ±.
        #[serde(default)]
        tolerance_pct: Option<f64>,
    },
}

impl ParameterEntry {
    /// The value, in the unit of the key.
    pub fn value(&self) -> f64 {
        match self {
            Self::Seed { value, .. }
            | Self::Datasheet { value, .. }
            | Self::Measured { value, .. }
            | Self::Derived { value, .. }
            | Self::Guess { value, .. } => *value,
        }
    }

    /// How far specimens differ, in percent of the value.
    pub fn tolerance_pct(&self) -> Option<f64> {
        match self {
            Self::Seed { tolerance_pct, .. }
            | Self::Datasheet { tolerance_pct, .. }
            | Self::Measured { tolerance_pct, .. }
            | Self::Derived { tolerance_pct, .. }
            | Self::Guess { tolerance_pct, .. } => *tolerance_pct,
        }
    }

    /// Where the value comes from.
    pub fn source(&self) -> Source {
        match self {
            Self::Seed { fact, .. } => Source::Seed(fact.clone()),
            Self::Datasheet { document, .. } => Source::Datasheet(document.clone()),
            Self::Measured { record, .. } => Source::Measured(record.clone()),
            Self::Derived { from, .. } => Source::Derived(from.clone()),
            Self::Guess { range: [low, high], why, .. } => {
                Source::Guess { range: (*low, *high), why: why.clone() }
            }
        }
    }
}

/// A curve, with one source for all of its points.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "source", rename_all = "kebab-case", deny_unknown_fields)]
pub enum TableEntry<P> {
    /// One of the manuals says it.
    Seed {
        /// Number of the fact.
        fact: String,
        /// The points, in order.
        points: Vec<P>,
    },
    /// A maker's data sheet or public documentation says it.
    Datasheet {
        /// Which document, and where in it.
        document: String,
        /// The points, in order.
        points: Vec<P>,
    },
    /// It was measured.
    Measured {
        /// Where the measurement is recorded.
        record: String,
        /// The points, in order.
        points: Vec<P>,
    },
    /// It follows from other values.
    Derived {
        /// From what, and how.
        from: String,
        /// The points, in order.
        points: Vec<P>,
    },
    /// Nobody knows.
    Guess {
        /// By which factors the curve may be off.
        range_factor: [f64; 2],
        /// Why this curve.
        why: String,
        /// The points, in order.
        points: Vec<P>,
    },
}

impl<P> TableEntry<P> {
    /// The points, in order.
    pub fn points(&self) -> &[P] {
        match self {
            Self::Seed { points, .. }
            | Self::Datasheet { points, .. }
            | Self::Measured { points, .. }
            | Self::Derived { points, .. }
            | Self::Guess { points, .. } => points,
        }
    }

    /// Where the curve comes from.
    pub fn source(&self) -> Source {
        match self {
            Self::Seed { fact, .. } => Source::Seed(fact.clone()),
            Self::Datasheet { document, .. } => Source::Datasheet(document.clone()),
            Self::Measured { record, .. } => Source::Measured(record.clone()),
            Self::Derived { from, .. } => Source::Derived(from.clone()),
            Self::Guess { range_factor: [low, high], why, .. } => {
                Source::Guess { range: (*low, *high), why: why.clone() }
            }
        }
    }
}
