//! A remote control wire, by what its far end shows.

use super::{Amounts, OfPart, PartKind, amounts, same};
use crate::dc_model::WireLevel;
use crate::part::Part;

amounts! {
    /// A remote control wire.
    RemoteCableAmounts {
        /// 1 when a high output arrives as high.
        passes_high: Flag,
        /// 1 when a high output pulls the far end to minus.
        low_when_high: Flag,
        /// 1 when a floating output lets the far end be pulled to minus.
        low_when_floating: Flag,
    }
}

/// A remote control wire.
pub const REMOTE_CABLE: PartKind = PartKind {
    name: "remote-cable",
    doc: "A remote control wire.",
    amounts: RemoteCableAmounts::KEYS,
    same: same::<RemoteCable>,
    ..PartKind::NONE
};

/// A remote control wire by the levels that it carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteCable {
    /// What its far end shows while the output floats.
    pub when_floating: WireLevel,
    /// What its far end shows while the output is high.
    pub when_high: WireLevel,
}

impl OfPart for RemoteCable {
    const KIND: &'static PartKind = &REMOTE_CABLE;

    fn of(part: &Part) -> Option<Self> {
        let cores: RemoteCableAmounts = part.amounts()?;
        let when_high = match (cores.low_when_high.is_yes(), cores.passes_high.is_yes()) {
            (true, _) => WireLevel::Low,
            (false, true) => WireLevel::High,
            (false, false) => WireLevel::Floating,
        };
        let low = cores.low_when_floating.is_yes();
        let when_floating = if low { WireLevel::Low } else { WireLevel::Floating };
        Some(Self { when_floating, when_high })
    }
}

impl RemoteCable {
    /// What its far end shows.
    pub fn carry(self, output_is_high: bool) -> WireLevel {
        if output_is_high { self.when_high } else { self.when_floating }
    }
}
