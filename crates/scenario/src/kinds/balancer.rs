//! Passive balancers: a resistor across each cell, switched by a controller.

use super::digital_output::LEVELS;
use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, amounts};

amounts! {
    /// Passive balancers.
    Balancer {
        /// Resistor across a cell, with its switch.
        bleed_ohm: Positive,
        /// Share of its heat that goes into the cells of its group.
        heat_into_cells_pct: Share,
        /// From a command to the switch.
        command_latency_us: NotNegative,
    }
}

/// Passive balancers.
pub const BALANCER: PartKind = PartKind {
    name: "balancer",
    doc: "A resistor across each cell: while it is on it discharges the cell, and part of its heat warms it.",
    amounts: Balancer::KEYS,
    links: &[LinkKey { key: "across", doc: "The cells (`cells.cell-*`).", to: LinkTo::Cells }],
    pins: &[PinKey {
        name: "switch",
        direction: PinDirection::Command,
        states: LEVELS,
        each: true,
    }],
    ..PartKind::NONE
};
