//! A battery module: cells in the network, what it may carry, and its monitor if it has one.

use std::sync::Arc;

use blackstart_engine::NoiseStream;
use blackstart_scenario::{self as model, BatteryModule, OfPart, Part};
use blackstart_units::{AmpereHours, Amperes, Fraction, Siemens, SimTime};

use super::Build;
use super::cells::RECORDED_CELLS;
use crate::dc::{
    InstalledBatteryModule, MonitorReport, OVER_RATING_STATES, PlacedModule, module_ratings,
    monitor_terminal,
};
use crate::network::{Branch, CellModel, CellString, OcvCurve, Quantity, StringLaws, Thermal};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};

const SECONDS_IN_30_DAYS: f64 = 30.0 * 86_400.0;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = BatteryModule::of(part)?;
    let (minus, plus) = (into.end(0)?, into.end(1)?);
    let mut branch = Branch::new(into.id, minus, plus);
    branch.resistance = model.resistance;
    branch.cells = Some(CellString::new(
        Arc::new(OcvCurve::from_table(&model.ocv).ok()?),
        model.cells.iter().map(|cell| cell_model(cell, model.self_discharge_30d)).collect(),
        cell_laws(&model.laws),
    ));
    let cells = into.installer.builder.branch(branch);
    let taken = Siemens(model.electronics.0 / model.nominal_voltage.0);
    let name = format!("{}.electronics", into.id);
    let electronics = into.installer.draw(name, plus, minus, taken);
    for (name, quantity, scale) in [
        ("pack_current_a", Quantity::Current(cells), 1.0),
        ("pack_voltage_v", Quantity::Difference(plus, minus), 1.0),
        ("soc_pct", Quantity::MeanSoc(cells), 100.0),
        ("lowest_cell_v", Quantity::LowestCell(cells), 1.0),
        ("highest_cell_v", Quantity::HighestCell(cells), 1.0),
        ("temperature_c", Quantity::CellTemperature(cells), 1.0),
    ] {
        into.probe(name, quantity, scale);
    }
    for k in 0..model.cells.len().min(RECORDED_CELLS) {
        let name = format!("cell-{:02}.voltage_v", k + 1);
        into.probe(&name, Quantity::CellVoltage(cells, k), 1.0);
    }
    let signals = ["discharge_over_rating", "charge_over_rating"]
        .map(|name| into.state(name, &OVER_RATING_STATES));
    let ratings = module_ratings(into.id, (signals[0], signals[1]), cells, &model);
    let (id, installer) = (into.id, &mut *into.installer);
    installer.dc.over_ratings.0.extend(ratings);
    let monitor = model.monitor.map(|monitor| {
        let terminal = monitor_terminal(id, model.stored_soc);
        role::declare_claims(&terminal, &mut installer.catalogue);
        let voltage = |quantity| Channel { noise: monitor.noise.0, ..Channel::exact(quantity) };
        let channels = vec![
            voltage(Quantity::LowestCell(cells)),
            voltage(Quantity::HighestCell(cells)),
            Channel::exact(Quantity::CellTemperature(cells)),
            Channel::exact(Quantity::Current(cells)),
            Channel::exact(Quantity::Charge(cells)),
        ];
        let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
        let sampling = Sampling::new(monitor.period, SimTime::ZERO, channels, noise);
        let part = InstalledBatteryModule { model: model.clone() };
        installer.simulation.world.spawn((part, Meters::from(sampling), terminal)).id()
    });
    installer.roster.dc.extend(monitor);
    let reported = MonitorReport { soc: model.stored_soc.0 * 100.0, ..MonitorReport::default() };
    installer.dc.modules.push(PlacedModule {
        id: id.to_owned(),
        model,
        cells,
        electronics,
        monitor,
        reported,
        monitor_is_built_in: false,
        alarmed: None,
    });
    Some(())
}

fn cell_laws(laws: &model::CellLaws) -> StringLaws {
    StringLaws {
        activation: laws.activation,
        empty_factor: laws.empty_factor,
        hysteresis: laws.hysteresis,
        hysteresis_span: laws.hysteresis_span,
        thermal: Some(Thermal {
            heat_capacity: laws.heat_capacity,
            resistance: laws.thermal_resistance,
            ambient: laws.ambient,
            start: laws.temperature,
        }),
    }
}

/// A cell with what it loses by itself in 30 days, as a share of its capacity.
fn cell_model(cell: &model::Cell, self_discharge_30d: Fraction) -> CellModel {
    let AmpereHours(capacity) = cell.capacity;
    let leakage = Amperes(capacity * 3600.0 * self_discharge_30d.0 / SECONDS_IN_30_DAYS);
    CellModel {
        capacity: cell.capacity,
        resistance: cell.resistance,
        relaxation: cell.relaxation,
        soc: cell.soc,
        leakage,
    }
}
