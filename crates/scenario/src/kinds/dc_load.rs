//! A consumer on a DC bus.

use blackstart_units::{Volts, Watts};

use super::remote_input::{self, RemoteInput};
use super::{Amounts, OfPart, PartKind, Quiescent, Through, amounts, same};
use crate::part::Part;
use crate::resolved::Node;

amounts! {
    /// A consumer on a DC bus.
    DcLoadAmounts {
        /// Power at the start of a run.
        power_w: NotNegative initial,
        /// Below this voltage it takes less.
        minimum_voltage_v: Positive,
        /// What it takes when its remote input is off.
        off_draw_w: NotNegative,
    }
}

/// A consumer on a DC bus.
pub const DC_LOAD: PartKind = PartKind {
    name: "dc-load",
    doc: "A consumer on a DC bus.",
    ends: &["from", "to"],
    at_ground: Some((1, "a load goes from its node to `ground`")),
    through: Through::Draws,
    draws: |_, is_on| {
        let key = if is_on { "power_w" } else { "off_draw_w" };
        Some(Quiescent { key, called: "" })
    },
    amounts: DcLoadAmounts::KEYS,
    groups: &[remote_input::MAY_HAVE],
    same: same::<DcLoad>,
    ..PartKind::NONE
};

/// A consumer on a DC bus by its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DcLoad {
    /// Plus.
    pub from: Node,
    /// Minus.
    pub to: Node,
    /// Power while it is on.
    pub power: Watts,
    /// Below this voltage it takes less.
    pub minimum_voltage: Volts,
    /// Power while its remote input is off.
    pub off_draw: Watts,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
}

impl OfPart for DcLoad {
    const KIND: &'static PartKind = &DC_LOAD;

    fn of(part: &Part) -> Option<Self> {
        let amounts: DcLoadAmounts = part.amounts()?;
        let &[from, to] = &part.ends[..] else { return None };
        Some(Self {
            from,
            to,
            power: amounts.power_w.watts(),
            minimum_voltage: amounts.minimum_voltage_v.volts(),
            off_draw: amounts.off_draw_w.watts(),
            remote: RemoteInput::of(part),
        })
    }
}
