//! A battery monitor chip with registers: it measures, protects, drives the switches, and a controller speaks
//! to it over a bus.

use blackstart_roles::Protection;

use super::{
    Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, StimulusKey, WordKey, amounts,
};

/// Levels of its lines, in the order of their numbers.
pub const LINES: &[&str] = &["released", "pulled"];
/// What may be wrong with its bus.
pub const BUS_FAULTS: &[&str] = &["sound", "no-acknowledge", "wrong-crc", "stuck-low"];
/// The members of the family.
pub const VARIANTS: &[&str] = &["bq76952", "bq76942", "bq769142", "bq76922", "bq76972"];
/// Its ends: the cells' minus, the top of the cells, and what lies beyond the switches.
pub const ENDS: &[&str] = &["minus", "stack", "pack"];
/// Its pin that is a bus.
pub const BUS: &str = "bus";
/// Its line to the controller.
pub const ALERT: &str = "alert";
/// Its lines from the controller.
pub const INPUTS: [&str; 4] = ["cfetoff", "dfetoff", "rst_shut", "ts2"];

amounts! {
    /// What is soldered around a chip.
    FrontEndChipAmounts {
        /// Resistor between a cell and its input.
        filter_ohm: NotNegative,
        /// Capacitor at an input.
        filter_uf: Positive,
        /// How long a thermistor takes to 63 % of a change of what it touches.
        thermal_time_s: Positive,
    }
}

const fn line(name: &'static str) -> PinKey {
    PinKey { name, direction: PinDirection::Command, states: LINES, each: false }
}

/// A battery monitor chip.
pub const FRONT_END_CHIP: PartKind = PartKind {
    name: "front-end-chip",
    doc: "A battery monitor chip of the bq769x2 family with its registers, data memory, converters, protections and drivers, as docs/chips.md says. Of fewer cells than it has inputs the top one lies on the top input, and the inputs below that are shorted.",
    ends: ENDS,
    amounts: FrontEndChipAmounts::KEYS,
    acts_for: &[
        Protection::ShortCircuit,
        Protection::OverCurrent,
        Protection::ChargeOverCurrent,
        Protection::FrontEndOverVoltage,
        Protection::FrontEndUnderVoltage,
        Protection::ChargeOverTemperature,
        Protection::DischargeOverTemperature,
        Protection::ChargeUnderTemperature,
        Protection::DischargeUnderTemperature,
        Protection::Watchdog,
    ],
    words: &[
        WordKey {
            key: "variant",
            doc: "Which member of the family.",
            words: VARIANTS,
            otherwise: Some("bq76952"),
        },
        WordKey {
            key: "bus",
            doc: "How it is spoken to out of reset.",
            words: &["i2c", "i2c-crc", "spi", "spi-crc"],
            otherwise: Some("i2c"),
        },
        WordKey {
            key: "programmed",
            doc: "What its maker left in it, or that and its switches under its own control from the start.",
            words: &["blank", "fets-enabled"],
            otherwise: Some("blank"),
        },
    ],
    links: &[
        LinkKey { key: "across", doc: "The cells (`cells.cell-*`).", to: LinkTo::Cells },
        LinkKey {
            key: "current",
            doc: "The current of its sense resistor (`shunt.current_a`).",
            to: LinkTo::Quantity("a"),
        },
        LinkKey {
            key: "temperatures",
            doc: "What its thermistors touch, those at TS1, TS2, TS3, HDQ, DCHG, DDSG, ALERT, CFETOFF, DFETOFF in this order.",
            to: LinkTo::Quantities("c"),
        },
        LinkKey { key: "charge", doc: "The switch at CHG.", to: LinkTo::Driven },
        LinkKey { key: "discharge", doc: "The switch at DSG.", to: LinkTo::Driven },
        LinkKey { key: "precharge", doc: "The switch at PCHG.", to: LinkTo::Driven },
        LinkKey { key: "predischarge", doc: "The switch at PDSG.", to: LinkTo::Driven },
    ],
    pins: &[
        PinKey { name: ALERT, direction: PinDirection::Reading, states: LINES, each: false },
        PinKey { name: "trips", direction: PinDirection::Reading, states: &[], each: false },
        PinKey { name: BUS, direction: PinDirection::Command, states: &[], each: false },
        line(INPUTS[0]),
        line(INPUTS[1]),
        line(INPUTS[2]),
        line(INPUTS[3]),
    ],
    stimuli: &[
        StimulusKey { name: "bus", words: BUS_FAULTS, doc: "Breaks its bus, or mends it." },
        StimulusKey {
            name: "open_input",
            words: &[],
            doc: "Opens the sense wire to the top of this cell, counted from the negative end; 0 mends all.",
        },
        StimulusKey {
            name: "open_thermistor",
            words: &[],
            doc: "Opens the wire of this thermistor: it reads colder than its table; 0 mends all.",
        },
        StimulusKey {
            name: "shorted_thermistor",
            words: &[],
            doc: "Shorts the wires of this thermistor: it reads hotter than its table; 0 mends all.",
        },
    ],
    ..PartKind::NONE
};
