//! A diode with a cooler, from its anode to its cathode.

use blackstart_units::{Amperes, Ohms, Volts};

use super::{Amounts, OfPart, PartKind, Through, amounts, same};
use crate::part::Part;

amounts! {
    /// A diode.
    DiodeAmounts {
        /// Voltage at which it begins to conduct.
        forward_voltage_v: NotNegative,
        /// Slope of its curve above.
        junction_resistance_mohm: Positive,
        /// Backwards.
        reverse_resistance_mohm: Positive,
        /// Current that it carries continuously.
        junction_current_a: Positive,
    }
}

/// A diode.
pub const DIODE: PartKind = PartKind {
    name: "diode",
    doc: "A diode between two nodes, from its anode to its cathode.",
    ends: &["from", "to"],
    through: Through::OneWay,
    amounts: DiodeAmounts::KEYS,
    same: same::<Diode>,
    ..PartKind::NONE
};

/// A diode by its electrical values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diode {
    /// Forward voltage at which it begins to conduct.
    pub forward_voltage: Volts,
    /// Slope of its curve above.
    pub on_resistance: Ohms,
    /// Backwards.
    pub reverse_resistance: Ohms,
    /// Current that it carries continuously.
    pub rating: Amperes,
}

impl OfPart for Diode {
    const KIND: &'static PartKind = &DIODE;

    fn of(part: &Part) -> Option<Self> {
        let amounts: DiodeAmounts = part.amounts()?;
        Some(Self {
            forward_voltage: amounts.forward_voltage_v.volts(),
            on_resistance: amounts.junction_resistance_mohm.ohms(),
            reverse_resistance: amounts.reverse_resistance_mohm.ohms(),
            rating: amounts.junction_current_a.amperes(),
        })
    }
}
