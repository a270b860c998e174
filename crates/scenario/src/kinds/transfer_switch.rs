//! A transfer switch: two AC sources, one output.

use blackstart_units::{SimTime, Volts};

use super::ac_contacts::AcContacts;
use super::{AcPlace, Amounts, GroupKey, OfPart, PartKind, amounts, same};
use crate::levels::Levels;
use crate::part::Part;

amounts! {
    /// A transfer switch.
    TransferSwitchAmounts {
        /// RMS voltage of the grid below which it counts as failed.
        grid_low_voltage_v: Positive,
        /// RMS voltage of the grid above which it counts as failed.
        grid_high_voltage_v: Positive,
        /// How long the grid must be outside that window.
        detection_time_ms: NotNegative,
        /// How long it must be inside again.
        return_time_s: NotNegative,
        /// RMS voltage of the inverter below which it is no source.
        inverter_low_voltage_v: Positive,
        /// How long the inverter must be above it.
        inverter_settle_ms: NotNegative,
        /// From a command to the open contact.
        contact_open_time_ms: NotNegative,
        /// From the open contact to the closed other one.
        contact_close_time_ms: NotNegative,
        /// How long a closing contact bounces before it supplies anything.
        contact_bounce_ms: NotNegative,
        /// Current that an opening contact can still interrupt; beyond it it welds.
        contact_breaking_current_a: Positive,
        /// 1 when one contact cannot close before the other is open.
        interlocked: Flag,
        /// 1 when it changes over by itself, 0 when somebody turns it.
        automatic: Flag,
    }
}

amounts! {
    /// Which conductors a transfer switch changes over.
    PoleAmounts {
        /// 1 when the neutral as well.
        neutral_switched: Flag,
    }
}

/// A transfer switch.
pub const TRANSFER_SWITCH: PartKind = PartKind {
    name: "transfer-switch",
    doc: "A transfer switch.",
    ac: AcPlace::Switch,
    amounts: TransferSwitchAmounts::KEYS,
    groups: &[GroupKey {
        key: "poles",
        doc: "Which conductors it changes over; absent when nothing is known of it.",
        amounts: PoleAmounts::KEYS,
        is_optional: true,
    }],
    levels: &[Levels::below("grid_low_voltage_v", "grid_high_voltage_v")],
    control: |_| Some("control"),
    same: same::<TransferSwitch>,
    ..PartKind::NONE
};

/// Two AC sources, one output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferSwitch {
    /// When it changes over.
    pub rules: TransferRules,
    /// What it switches with.
    pub contacts: AcContacts,
    /// Whether it switches the neutral as well; `None` when nothing is known of it.
    pub switches_neutral: Option<bool>,
}

/// When a transfer switch changes over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferRules {
    /// RMS voltages of the grid between which it counts as present.
    pub grid_window: (Volts, Volts),
    /// How long the grid must be outside of them.
    pub detection_time: SimTime,
    /// How long it must be inside again.
    pub return_time: SimTime,
    /// RMS voltage of the inverter below which it is no source.
    pub inverter_low: Volts,
    /// How long the inverter must be above it.
    pub inverter_settle: SimTime,
    /// Whether it changes over by itself.
    pub automatic: bool,
}

impl OfPart for TransferSwitch {
    const KIND: &'static PartKind = &TRANSFER_SWITCH;

    fn of(part: &Part) -> Option<Self> {
        let amounts: TransferSwitchAmounts = part.amounts()?;
        Some(Self {
            rules: TransferRules {
                grid_window: (
                    amounts.grid_low_voltage_v.volts(),
                    amounts.grid_high_voltage_v.volts(),
                ),
                detection_time: amounts.detection_time_ms.time(),
                return_time: amounts.return_time_s.time(),
                inverter_low: amounts.inverter_low_voltage_v.volts(),
                inverter_settle: amounts.inverter_settle_ms.time(),
                automatic: amounts.automatic.is_yes(),
            },
            contacts: AcContacts::of(part)?,
            switches_neutral: part
                .group("poles")
                .map(|poles: PoleAmounts| poles.neutral_switched.is_yes()),
        })
    }
}
