//! A source on a DC bus: a constant voltage up to a current, and that current beyond.

use blackstart_units::{Amperes, Ohms, Seconds, SimTime, Volts};

use super::remote_input::{self, RemoteInput};
use super::{Amounts, GroupKey, OfPart, PartKind, Through, amounts, same};
use crate::part::Part;
use crate::resolved::Node;

amounts! {
    /// A source on a DC bus.
    DcSourceAmounts {
        /// Its voltage.
        source_voltage_v: Positive,
        /// Where its current ends.
        source_current_a: Positive,
        /// Inside it, below that current.
        source_resistance_mohm: Positive,
        /// 1 when no current flows into it: it is a charger, and has a role.
        one_way: Flag,
        /// How long it gives its full current before it is damaged; 0 when it may continuously.
        full_output_time_s: NotNegative,
        /// 1 when it runs at the start of a run.
        running: Flag initial,
    }
}

amounts! {
    /// How a source that takes nothing back regulates. One without it regulates at once.
    RegulationAmounts {
        /// Time constant with which its current follows what its regulation asks for.
        regulation_lag_ms: Positive,
        /// How far above the voltage that is set its output can go, whatever it still gives.
        overshoot_v: Positive,
    }
}

const REGULATION: GroupKey = GroupKey {
    key: "regulation",
    doc: "How one that takes nothing back regulates; without it, at once.",
    amounts: RegulationAmounts::KEYS,
    is_optional: true,
};

/// A source on a DC bus.
pub const DC_SOURCE: PartKind = PartKind {
    name: "dc-source",
    doc: "A source on a DC bus: alternator, solar charger, mains charger, bench supply.",
    ends: &["from", "to"],
    at_ground: Some((0, "a source goes from `ground` to its node")),
    through: Through::Gives,
    amounts: DcSourceAmounts::KEYS,
    groups: &[REGULATION, remote_input::MAY_HAVE],
    control: |part| DcSource::of(part)?.one_way.then_some("control"),
    same: same::<DcSource>,
    ..PartKind::NONE
};

/// A source of constant voltage up to a current. From `from` (minus) to `to` (plus).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DcSource {
    /// Minus.
    pub from: Node,
    /// Plus.
    pub to: Node,
    /// Its voltage.
    pub voltage: Volts,
    /// Where its current ends.
    pub current: Amperes,
    /// Inside it.
    pub resistance: Ohms,
    /// How it regulates where it takes nothing back; `None` where it does so at once.
    pub regulation: Option<Regulation>,
    /// Whether no current flows into it.
    pub one_way: bool,
    /// How long it gives its full current before it is damaged; `None` where it may continuously.
    pub full_output_time: Option<SimTime>,
    /// Whether it runs at the start.
    pub running: bool,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
}

/// How a source regulates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regulation {
    /// Time constant of its current behind what its regulation asks for.
    pub lag: Seconds,
    /// How far above the voltage that is set its output can go.
    pub overshoot: Volts,
}

impl Regulation {
    fn of(part: &Part) -> Option<Self> {
        let amounts: RegulationAmounts = part.group(REGULATION.key)?;
        Some(Self {
            lag: amounts.regulation_lag_ms.seconds(),
            overshoot: amounts.overshoot_v.volts(),
        })
    }
}

impl OfPart for DcSource {
    const KIND: &'static PartKind = &DC_SOURCE;

    fn of(part: &Part) -> Option<Self> {
        let amounts: DcSourceAmounts = part.amounts()?;
        let &[from, to] = &part.ends[..] else { return None };
        let full_output_time = amounts.full_output_time_s.time();
        Some(Self {
            from,
            to,
            voltage: amounts.source_voltage_v.volts(),
            current: amounts.source_current_a.amperes(),
            resistance: amounts.source_resistance_mohm.ohms(),
            regulation: Regulation::of(part),
            one_way: amounts.one_way.is_yes(),
            full_output_time: (full_output_time > SimTime::ZERO).then_some(full_output_time),
            running: amounts.running.is_yes(),
            remote: RemoteInput::of(part),
        })
    }
}
