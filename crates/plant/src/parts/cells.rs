//! A string of cells in the network, with a temperature for each group.

use std::sync::Arc;

use blackstart_scenario::kinds::cells::CellsAmounts;
use blackstart_scenario::{Amount, Part};
use blackstart_trace::SignalId;
use blackstart_units::Amperes;

use super::{Acting, Build};
use crate::network::{
    Branch, BranchId, CellModel, CellString, Network, OcvCurve, Quantity, StringLaws, Thermal,
};
use crate::record::Recorder;

/// Cells beyond this number are recorded as lowest and highest only.
pub(super) const RECORDED_CELLS: usize = 64;
const SECONDS_IN_30_DAYS: f64 = 30.0 * 86_400.0;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: CellsAmounts = part.amounts()?;
    let (minus, plus) = (into.end(0)?, into.end(1)?);
    let mut branch = Branch::new(into.id, minus, plus);
    branch.resistance = amounts.link_resistance_mohm.ohms();
    let cells = (0..part.elements()).map(|k| cell(part, &amounts, k)).collect();
    let ocv = OcvCurve::from_table(&part.open_circuit_curve()?).ok()?;
    let count = part.elements();
    let groups = amounts.thermal_groups.count().clamp(1, count);
    branch.cells = Some(CellString {
        groups,
        group_resistance: amounts.group_resistance_k_per_w.plain(),
        ..CellString::new(Arc::new(ocv), cells, laws(&amounts))
    });
    let cells = into.installer.builder.branch(branch);
    into.offer_cells(cells);
    for (name, quantity, scale) in [
        ("soc_pct", Quantity::MeanSoc(cells), 100.0),
        ("lowest_voltage_v", Quantity::LowestCell(cells), 1.0),
        ("highest_voltage_v", Quantity::HighestCell(cells), 1.0),
    ] {
        into.offer(name, None, quantity);
        into.probe(name, quantity, scale);
    }
    for (name, quantity) in [
        ("current_a", Quantity::Current(cells)),
        ("voltage_v", Quantity::Difference(plus, minus)),
        ("hottest_temperature_c", Quantity::HottestGroup(cells)),
        ("coldest_temperature_c", Quantity::ColdestGroup(cells)),
    ] {
        into.offer(name, None, quantity);
        into.detail(name, quantity);
    }
    let charge = |k: usize| into.analog(&format!("cell-{:02}.soc_pct", k + 1));
    let charges = (0..count.min(RECORDED_CELLS)).map(charge).collect();
    for k in 0..count {
        let quantity = Quantity::CellVoltage(cells, k);
        into.offer("cell-*.voltage_v", Some(k), quantity);
        if k < RECORDED_CELLS {
            into.probe(&format!("cell-{:02}.voltage_v", k + 1), quantity, 1.0);
        }
    }
    for group in 0..groups {
        let quantity = Quantity::GroupTemperature(cells, group);
        into.offer("group-*.temperature_c", Some(group), quantity);
        into.probe(&format!("group-{:02}.temperature_c", group + 1), quantity, 1.0);
    }
    into.acts(Charges { cells, signals: charges });
    Some(())
}

/// Charge of each cell, written down where the network stops: it takes time to change.
#[derive(Debug)]
struct Charges {
    cells: BranchId,
    signals: Vec<SignalId>,
}

impl Acting for Charges {
    fn record(&self, network: &Network, recorder: &mut Recorder) {
        for (k, &signal) in self.signals.iter().enumerate() {
            let soc = network.value(Quantity::CellSoc(self.cells, k));
            recorder.trace.sample(signal, network.now(), 100.0 * soc);
        }
    }
}

fn cell(part: &Part, amounts: &CellsAmounts, k: usize) -> CellModel {
    let own = |key: &str, usual: Amount| part.set_of(k, key).unwrap_or(usual);
    let capacity = own("capacity_ah", amounts.capacity_ah).ampere_hours();
    let lost = amounts.self_discharge_pct_per_30d.fraction().0;
    CellModel {
        capacity,
        resistance: own("resistance_mohm", amounts.resistance_mohm).ohms(),
        relaxation: [
            (
                amounts.fast_relaxation_resistance_mohm.ohms(),
                amounts.fast_relaxation_time_s.seconds(),
            ),
            (
                amounts.slow_relaxation_resistance_mohm.ohms(),
                amounts.slow_relaxation_time_s.seconds(),
            ),
        ],
        soc: own("soc_pct", amounts.soc_pct).fraction(),
        leakage: Amperes(capacity.0 * 3600.0 * lost / SECONDS_IN_30_DAYS),
    }
}

fn laws(amounts: &CellsAmounts) -> StringLaws {
    StringLaws {
        activation: amounts.resistance_activation_k.plain(),
        empty_factor: amounts.empty_resistance_factor.plain(),
        hysteresis: amounts.hysteresis_mv.volts(),
        hysteresis_span: amounts.hysteresis_span_pct.fraction(),
        thermal: Some(Thermal {
            heat_capacity: amounts.heat_capacity_kj_per_k.plain(),
            resistance: amounts.thermal_resistance_k_per_w.plain(),
            ambient: blackstart_units::Celsius(amounts.ambient_temperature_c.plain()),
            start: blackstart_units::Celsius(amounts.cell_temperature_c.plain()),
        }),
    }
}
