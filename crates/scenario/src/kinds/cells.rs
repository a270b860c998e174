//! A string of cells, from its minus to its plus.

use blackstart_units::{Fraction, Volts};

use super::{Amounts, PartKind, PartMistake, QuantityKey, TableForm, TableKey, Through, amounts};
use crate::code::Code;
use crate::open_circuit::open_circuit;
use crate::part::Part;

amounts! {
    /// A string of cells.
    CellsAmounts {
        /// Cells in series, 1 to 1024.
        cell_count: Count,
        /// Capacity.
        capacity_ah: Positive each,
        /// Ohmic resistance of one cell.
        resistance_mohm: Positive each,
        /// Links between the cells, and leads to both ends, together.
        link_resistance_mohm: NotNegative,
        /// Resistance of the faster relaxation.
        fast_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the faster relaxation.
        fast_relaxation_time_s: Positive,
        /// Resistance of the slower relaxation.
        slow_relaxation_resistance_mohm: NotNegative,
        /// Time constant of the slower relaxation.
        slow_relaxation_time_s: Positive,
        /// State of charge at the start of a run.
        soc_pct: Charge initial each,
        /// Below this voltage a cell must not be charged again.
        damage_voltage_v: Positive,
        /// Charge between the lowest point of the open-circuit curve and the damage voltage, as a share of the capacity.
        reserve_pct: Reserve,
        /// Charge at which the step between the plateaus of the open-circuit curve lies, which the curve has at 70 %; from 40 to 95 % it is stretched.
        plateau_step_pct: Plateau,
        /// Share of the capacity that is lost in 30 days of rest.
        self_discharge_pct_per_30d: Share,
        /// Resistances grow as exp(activation·(1/T − 1/298.15 K)).
        resistance_activation_k: NotNegative,
        /// Factor of the resistances at 0 % of charge.
        empty_resistance_factor: Multiple,
        /// Half the gap between the open-circuit curves after charge and after discharge.
        hysteresis_mv: NotNegative,
        /// Share of the capacity after which 63 % of a turn between them is done.
        hysteresis_span_pct: Efficiency,
        /// Groups of neighbouring cells that share a temperature, 1 to as many as there are cells.
        thermal_groups: Count,
        /// Of all cells together.
        heat_capacity_kj_per_k: Positive,
        /// From all cells together to their ambient.
        thermal_resistance_k_per_w: Positive,
        /// From one group to the next.
        group_resistance_k_per_w: Positive,
        /// Around the cells.
        ambient_temperature_c: Ambient,
        /// Of the cells at the start of a run.
        cell_temperature_c: Ambient initial,
    }
}

/// A string of cells.
pub const CELLS: PartKind = PartKind {
    name: "cells",
    doc: "Cells in series, from minus to plus.",
    ends: &["from", "to"],
    elements: Some(("cell", "cell_count")),
    through: Through::Cells,
    amounts: CellsAmounts::KEYS,
    tables: &[TableKey {
        key: "open_circuit_voltage",
        doc: "Open-circuit voltage of one cell over its state of charge. Below the lowest point it goes on in a straight line to the damage voltage, which it reaches where the reserve is used up.",
        rule: "charge and voltage must both rise from point to point",
        in_order: |a, b| a.0 < b.0 && a.1 < b.1,
        form: TableForm { over: "soc_pct", gives: "voltage_v" },
        scales_with: None,
    }],
    mistakes: damage_on_the_curve,
    quantities: &[
        QuantityKey::counted("cell-*", "cell_count"),
        QuantityKey::counted("cell-*.voltage_v", "cell_count"),
        QuantityKey::counted("group-*.temperature_c", "thermal_groups"),
        QuantityKey::one("highest_voltage_v"),
        QuantityKey::one("lowest_voltage_v"),
        QuantityKey::one("hottest_temperature_c"),
        QuantityKey::one("coldest_temperature_c"),
        QuantityKey::one("current_a"),
        QuantityKey::one("voltage_v"),
    ],
    ..PartKind::NONE
};

/// The damage voltage lies below the open-circuit curve.
pub(super) fn damage_on_the_curve(part: &Part) -> Vec<PartMistake> {
    let lowest = part.table("open_circuit_voltage").first().map(|point| point.1);
    let damage = part.amount("damage_voltage_v");
    let Some((lowest, damage)) = lowest.zip(damage.map(|volts| volts.volts())) else {
        return Vec::new();
    };
    if damage.0 < lowest {
        return Vec::new();
    }
    vec![PartMistake {
        key: "damage_voltage_v".to_owned(),
        code: Code::OutOfRange,
        message: format!("the damage voltage {damage} is on the open-circuit curve"),
        label: "not below the curve",
        help: "it lies below the lowest point of `open_circuit_voltage`",
    }]
}

impl Part {
    /// Of cells: the open-circuit curve of one, its step where it lies, extended to the damage voltage.
    pub fn open_circuit_curve(&self) -> Option<Vec<(Fraction, Volts)>> {
        let amounts: CellsAmounts = self.amounts()?;
        let points = self.table("open_circuit_voltage").iter();
        let points: Vec<_> = points.map(|&(soc, volts)| (Fraction(soc), Volts(volts))).collect();
        let below = (amounts.reserve_pct.fraction(), amounts.damage_voltage_v.volts());
        Some(open_circuit(&points, Some(amounts.plateau_step_pct.fraction()), below))
    }
}
