//! What switches a part from outside: the numbers of a remote input, which several kinds have.

use blackstart_units::Amperes;

use super::{Amounts, GroupKey, amounts};
use crate::dc_model::WireLevel;
use crate::part::Part;

amounts! {
    /// An input that switches a part on and off, by what it sees there.
    RemoteInputAmounts {
        /// 1 when it is on with battery plus on its terminal.
        on_when_high: Flag,
        /// 1 when it is on with nothing on its terminal.
        on_when_floating: Flag,
        /// 1 when it is on with its terminal pulled to minus.
        on_when_low: Flag,
        /// What it takes from a high terminal.
        input_ma: NotNegative,
        /// 1 when it is a coil.
        inductive: Flag,
    }
}

/// Of a kind that may have one.
pub const MAY_HAVE: GroupKey = GroupKey {
    key: "remote_input",
    doc: "Its remote input, if it has one.",
    amounts: RemoteInputAmounts::KEYS,
    is_optional: true,
};
/// Of a kind that has one.
pub const HAS: GroupKey = GroupKey { doc: "Its remote input.", is_optional: false, ..MAY_HAVE };

/// What switches a device from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteInput {
    /// Whether it is on with a level on its terminal, by [`WireLevel`].
    pub on_when: [bool; 3],
    /// What it takes from a high terminal.
    pub current: Amperes,
    /// Whether it is a coil.
    pub inductive: bool,
}

impl RemoteInput {
    /// That of a part; `None` where it has none.
    pub fn of(part: &Part) -> Option<Self> {
        let amounts: RemoteInputAmounts = part.group(MAY_HAVE.key)?;
        Some(Self {
            on_when: [amounts.on_when_floating, amounts.on_when_high, amounts.on_when_low]
                .map(|one| one.is_yes()),
            current: amounts.input_ma.amperes(),
            inductive: amounts.inductive.is_yes(),
        })
    }

    /// Whether it is on with a level on its terminal.
    pub fn is_on(self, level: WireLevel) -> bool {
        self.on_when[level as usize]
    }
}
