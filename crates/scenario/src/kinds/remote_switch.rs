//! A switch with a remote input: battery protector, relay, combiner.

use blackstart_units::{Amperes, Ohms, SimTime, Volts};

use super::remote_input::{self, RemoteInput};
use super::{Amounts, OfPart, PartKind, Quiescent, Through, amounts, same};
use crate::levels::Levels;
use crate::part::Part;
use crate::resolved::Node;

amounts! {
    /// A switch with a remote input.
    RemoteSwitchAmounts {
        /// Closed resistance of its contact or transistor.
        contact_resistance_mohm: Positive,
        /// Current that it carries continuously.
        contact_current_a: Positive,
        /// What its own electronics take on the input side.
        quiescent_ma: NotNegative,
        /// 1 when it is closed at the start of a run.
        starts_closed: Flag initial,
        /// 1 when the voltages below are those of its output, 0 of its input.
        senses_output: Flag,
        /// It closes at or above this voltage, its remote input being on …
        close_voltage_v: NotNegative,
        /// … after this long.
        close_delay_s: NotNegative,
        /// It opens below this voltage …
        open_voltage_v: NotNegative,
        /// … after this long.
        open_delay_s: NotNegative,
        /// It opens at once above this voltage.
        highest_voltage_v: Positive,
    }
}

/// A switch with a remote input.
pub const REMOTE_SWITCH: PartKind = PartKind {
    name: "remote-switch",
    doc: "A switch with a remote input: battery protector, relay, combiner.",
    ends: &["from", "to"],
    through: Through::Switch,
    draws: |_, _| Some(Quiescent { key: "quiescent_ma", called: "quiescent" }),
    amounts: RemoteSwitchAmounts::KEYS,
    groups: &[remote_input::HAS],
    levels: &[
        Levels::up_to("open_voltage_v", "close_voltage_v"),
        Levels::below("close_voltage_v", "highest_voltage_v"),
    ],
    control: |_| Some("control"),
    same: same::<RemoteSwitch>,
    ..PartKind::NONE
};

/// A switch with a remote input, from its input `from` to its output `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteSwitch {
    /// Input.
    pub from: Node,
    /// Output.
    pub to: Node,
    /// Closed resistance.
    pub resistance: Ohms,
    /// Current that it carries continuously.
    pub rating: Amperes,
    /// What its electronics take on the input side.
    pub quiescent: Amperes,
    /// Whether it is closed at the start.
    pub starts_closed: bool,
    /// When it closes.
    pub rules: ClosingRules,
    /// Its remote input.
    pub remote: RemoteInput,
}

/// When a remote-controlled switch closes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosingRules {
    /// Whether it senses its output rather than its input.
    pub senses_output: bool,
    /// Closes at or above this voltage …
    pub close_voltage: Volts,
    /// … after this long.
    pub close_delay: SimTime,
    /// Opens below this voltage …
    pub open_voltage: Volts,
    /// … after this long.
    pub open_delay: SimTime,
    /// Opens at once above this voltage.
    pub highest_voltage: Volts,
}

impl OfPart for RemoteSwitch {
    const KIND: &'static PartKind = &REMOTE_SWITCH;

    fn of(part: &Part) -> Option<Self> {
        let amounts: RemoteSwitchAmounts = part.amounts()?;
        let &[from, to] = &part.ends[..] else { return None };
        Some(Self {
            from,
            to,
            resistance: amounts.contact_resistance_mohm.ohms(),
            rating: amounts.contact_current_a.amperes(),
            quiescent: amounts.quiescent_ma.amperes(),
            starts_closed: amounts.starts_closed.is_yes(),
            rules: ClosingRules {
                senses_output: amounts.senses_output.is_yes(),
                close_voltage: amounts.close_voltage_v.volts(),
                close_delay: amounts.close_delay_s.time(),
                open_voltage: amounts.open_voltage_v.volts(),
                open_delay: amounts.open_delay_s.time(),
                highest_voltage: amounts.highest_voltage_v.volts(),
            },
            remote: RemoteInput::of(part)?,
        })
    }
}
