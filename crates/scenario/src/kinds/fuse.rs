//! A fuse: its ratings, when it melts, and how many pulses it stands.

use blackstart_units::{Amperes, Fraction, Ohms, Seconds, Volts};

use super::{Amounts, OfPart, PartKind, TableForm, TableKey, Through, amounts, same};
use crate::part::Part;

amounts! {
    /// A fuse.
    FuseAmounts {
        /// Current that it carries continuously.
        rating_a: Positive,
        /// Cold resistance.
        resistance_mohm: Positive,
        /// Current that it can still interrupt.
        breaking_capacity_a: Positive,
        /// DC voltage that it can still interrupt.
        voltage_rating_v: Positive,
        /// What is gathered within this time constant counts as one pulse.
        pulse_time_s: Positive,
        /// How many times the pulses of its table it stands.
        pulse_endurance_factor: Positive,
    }
}

/// A fuse.
pub const FUSE: PartKind = PartKind {
    name: "fuse",
    doc: "A fuse.",
    ends: &["from", "to"],
    through: Through::Fuse,
    resistance: Some("resistance_mohm"),
    amounts: FuseAmounts::KEYS,
    tables: &[
        TableKey {
            key: "time_current",
            doc: "Melting time over current: current ascending, time falling. Beyond the last point melting follows I²t. A fuse of another rating takes the same time at the same multiple of it.",
            rule: "currents must rise and times must fall from point to point, all above 0",
            in_order: |a, b| 0.0 < a.0 && a.0 < b.0 && a.1 > b.1 && b.1 > 0.0,
            form: TableForm { over: "current_a", gives: "time_s" },
            scales_with: Some("rating_a"),
        },
        TableKey {
            key: "pulse_endurance",
            doc: "How many pulses of a share of its melting I²t it stands, log-log between the points; the last is one pulse of all of it.",
            rule: "shares must rise and counts must fall from point to point, the shares above 0 and the counts not below 1",
            in_order: |a, b| 0.0 < a.0 && a.0 < b.0 && a.1 > b.1 && b.1 >= 1.0,
            form: TableForm { over: "melting_share_pct", gives: "pulse_count" },
            scales_with: None,
        },
    ],
    quantities: &[super::QuantityKey::one("current_a")],
    same: same::<Fuse>,
    ..PartKind::NONE
};

/// A fuse by its electrical values.
#[derive(Clone, Debug, PartialEq)]
pub struct Fuse {
    /// Cold resistance.
    pub resistance: Ohms,
    /// Rated current: carried continuously.
    pub rating: Amperes,
    /// Time-current curve, current ascending, time falling; beyond its last point melting follows I²t.
    pub curve: Vec<(Amperes, Seconds)>,
    /// Current that it can still interrupt.
    pub breaking_capacity: Amperes,
    /// DC voltage that it can still interrupt.
    pub voltage_rating: Volts,
    /// Time constant of what counts as one pulse.
    pub pulse_time: Seconds,
    /// Pulses that it stands, over their share of the melting I²t.
    pub endurance: Vec<(Fraction, f64)>,
}

impl OfPart for Fuse {
    const KIND: &'static PartKind = &FUSE;

    fn of(part: &Part) -> Option<Self> {
        let amounts: FuseAmounts = part.amounts()?;
        let curve = part.table("time_current").iter();
        let factor = amounts.pulse_endurance_factor.plain();
        // No fuse stands less than the one pulse that melts it, and that one melts any.
        let stands = |share: f64, pulses: f64| {
            if share < 1.0 { (pulses * factor).max(1.0) } else { pulses }
        };
        let endurance = part.table("pulse_endurance").iter();
        Some(Self {
            resistance: amounts.resistance_mohm.ohms(),
            rating: amounts.rating_a.amperes(),
            curve: curve.map(|&(current, time)| (Amperes(current), Seconds(time))).collect(),
            breaking_capacity: amounts.breaking_capacity_a.amperes(),
            voltage_rating: amounts.voltage_rating_v.volts(),
            pulse_time: amounts.pulse_time_s.seconds(),
            endurance: endurance
                .map(|&(share, pulses)| (Fraction(share), stands(share, pulses)))
                .collect(),
        })
    }
}
