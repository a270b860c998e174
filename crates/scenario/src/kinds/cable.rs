//! A pair of conductors, there and back.

use blackstart_units::{Amperes, Henries, Ohms};

use super::{Amounts, OfPart, PartKind, Through, amounts, same};
use crate::part::Part;

amounts! {
    /// A pair of conductors.
    CableAmounts {
        /// From end to end, one way.
        length_m: Positive,
        /// Cross-section of one conductor.
        area_mm2: Positive,
        /// Of the metal.
        resistivity_ohm_mm2_per_m: Positive,
        /// All lugs and plugs of both conductors together.
        contact_resistance_mohm: NotNegative,
        /// Of the loop, per metre of cable; 0 leaves it out.
        inductance_uh_per_m: NotNegative,
        /// Current that its insulation stands continuously, laid as it is.
        ampacity_a: Positive,
    }
}

/// A pair of conductors.
pub const CABLE: PartKind = PartKind {
    name: "cable",
    doc: "A pair of conductors.",
    ends: &["from", "to"],
    through: Through::Conductor,
    amounts: CableAmounts::KEYS,
    same: same::<Cable>,
    ..PartKind::NONE
};

/// A cable by its electrical values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cable {
    /// Both conductors and their contacts together.
    pub resistance: Ohms,
    /// Of the loop.
    pub inductance: Henries,
    /// Current that it carries continuously without becoming too hot.
    pub ampacity: Amperes,
}

impl OfPart for Cable {
    const KIND: &'static PartKind = &CABLE;

    fn of(part: &Part) -> Option<Self> {
        let amounts: CableAmounts = part.amounts()?;
        let length = amounts.length_m.plain();
        let copper =
            amounts.resistivity_ohm_mm2_per_m.plain() * 2.0 * length / amounts.area_mm2.plain();
        Some(Self {
            resistance: Ohms(copper) + amounts.contact_resistance_mohm.ohms(),
            inductance: Henries(amounts.inductance_uh_per_m.plain() * length),
            ampacity: amounts.ampacity_a.amperes(),
        })
    }
}
