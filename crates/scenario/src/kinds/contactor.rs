//! A contactor: coil, contacts, and a contact that tells where they are.

use super::fet_switch::POSITIONS;
use super::{
    Amounts, PartKind, PinDirection, PinKey, QuantityKey, StimulusKey, Through, amounts, gate_heat,
};

amounts! {
    /// A contactor.
    ContactorAmounts {
        /// Closed resistance of its contacts.
        contact_resistance_mohm: Positive,
        /// From the command to the first touch of the contacts.
        pull_in_ms: NotNegative,
        /// From the command, or a trip, to the parting of the contacts.
        drop_out_ms: NotNegative,
        /// How often closing contacts part again.
        bounce_count: Count,
        /// From the first touch to the last.
        bounce_ms: NotNegative,
        /// Current at which contacts weld that have not come to rest.
        making_current_a: Positive,
        /// Current that opening contacts can still interrupt; beyond it they weld.
        breaking_current_a: Positive,
        /// Voltage at which opening contacts hold an arc.
        arc_voltage_v: Positive,
        /// Voltage of the coil's supply.
        coil_supply_v: NotNegative,
        /// Voltage at which the coil pulls in, at 20 °C.
        coil_pick_up_v: Positive,
        /// Voltage at which it lets go, at 20 °C.
        coil_drop_out_v: Positive,
        /// Temperature of the coil: the resistance of its copper grows by 0.393 % a kelvin, and both voltages with it.
        coil_temperature_c: Ambient,
        /// Power of the coil while it pulls in …
        pull_in_power_w: NotNegative,
        /// … and while it holds.
        hold_power_w: NotNegative,
        /// How long it pulls in before it holds.
        pull_in_phase_ms: NotNegative,
        /// From the contacts to the contact that tells.
        feedback_delay_ms: NotNegative,
    }
}

/// A contactor.
pub const CONTACTOR: PartKind = PartKind {
    name: "contactor",
    doc: "A contactor: a coil with pick-up and drop-out, contacts that travel, bounce and weld, and a contact that tells where they are.",
    ends: &["from", "to"],
    through: Through::Switch,
    resistance: Some("contact_resistance_mohm"),
    amounts: ContactorAmounts::KEYS,
    groups: &[gate_heat::MAY_HAVE],
    quantities: &[QuantityKey::one("current_a"), gate_heat::TEMPERATURE],
    pins: &[
        PinKey { name: "coil", direction: PinDirection::Command, states: POSITIONS, each: false },
        PinKey {
            name: "feedback",
            direction: PinDirection::Reading,
            states: POSITIONS,
            each: false,
        },
    ],
    stimuli: &[
        StimulusKey {
            name: "contacts",
            words: &["sound", "welded", "stuck-open"],
            doc: "Welded contacts stay closed; stuck ones never close.",
        },
        StimulusKey {
            name: "feedback",
            words: &["sound", "says-open", "says-closed"],
            doc: "What the contact that tells says, whatever is so.",
        },
        StimulusKey {
            name: "coil_supply_v",
            words: &[],
            doc: "Voltage of the coil's supply from now on.",
        },
    ],
    ..PartKind::NONE
};
