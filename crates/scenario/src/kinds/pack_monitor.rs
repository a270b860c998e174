//! What converts everything that a controller of a pack sees, together: cells one after another, the current
//! averaged, the voltages on both sides of the switch, the charge counted, the temperature.

use super::{Amounts, LinkKey, LinkTo, PartKind, PinDirection, PinKey, amounts};

amounts! {
    /// What converts everything of a pack.
    PackMonitorAmounts {
        /// Time between two conversions of all channels.
        sensing_period_ms: Positive,
        /// From a conversion or an alert to whoever reads it.
        sensing_latency_ms: NotNegative,
        /// From a command of its controller to the switch or comparator that it is for.
        command_latency_us: NotNegative,
        /// Noise of a voltage, one σ.
        voltage_noise_mv: NotNegative,
        /// Noise of the current, one σ.
        current_noise_ma: NotNegative,
        /// Resolution of a voltage.
        voltage_step_mv: NotNegative,
        /// Resolution of the current.
        current_step_ma: NotNegative,
        /// By how much the current reads too high, as a share of it.
        current_gain_error_pct: Error,
        /// What the current reads when none flows.
        current_offset_ma: Any,
        /// Below this the current reads 0, and is not counted as charge.
        current_dead_band_ma: NotNegative,
        /// Window over which a current is averaged before it is converted.
        current_averaging_ms: NotNegative,
        /// From the conversion of one cell to that of the next; the last one counts as the instant.
        cell_skew_us: NotNegative,
    }
}

/// Its ends: the cells' minus, and both sides of the switch.
pub const ENDS: &[&str] = &["minus", "pack", "port"];

/// Its pins that are no cells, in the order in which they are converted after these.
pub const AFTER_CELLS: [&str; 5] =
    ["current", "pack_voltage", "port_voltage", "charge", "temperature"];

const fn reading(name: &'static str, each: bool) -> PinKey {
    PinKey { name, direction: PinDirection::Reading, states: &[], each }
}

/// What converts everything of a pack.
pub const PACK_MONITOR: PartKind = PartKind {
    name: "pack-monitor",
    doc: "A front end that converts cells, current, charge, temperature and the voltages on both sides of the switch together, and tells its controller at once when a comparator beside it acts.",
    ends: ENDS,
    amounts: PackMonitorAmounts::KEYS,
    links: &[
        LinkKey { key: "cells", doc: "The voltages of the cells.", to: LinkTo::Quantity("v") },
        LinkKey {
            key: "currents",
            doc: "The current of the port, and others that are counted with it.",
            to: LinkTo::Quantities("a"),
        },
        LinkKey { key: "alerts", doc: "Comparators that it tells of.", to: LinkTo::Latches },
    ],
    pins: &[
        reading("cell", true),
        reading(AFTER_CELLS[0], false),
        reading(AFTER_CELLS[1], false),
        reading(AFTER_CELLS[2], false),
        reading(AFTER_CELLS[3], false),
        reading(AFTER_CELLS[4], false),
    ],
    ..PartKind::NONE
};
