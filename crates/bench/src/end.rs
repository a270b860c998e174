//! What a run leaves: energy books and batteries, read from the plant for the verdict.

use bevy_ecs::prelude::World;
use blackstart_plant::network::{OcvCurve, Quantity};
use blackstart_plant::{Battery, Circuit, DcSide, Inverter, Recorder, Roster, charge_path};
use blackstart_scenario::{Graph, Model, Provenance, Source, System};
use blackstart_verdict::{BatteryEnd, EnergyBooks, ReserveRule};

use crate::drains::Drains;

/// Energy books of the whole run.
pub(crate) fn books(world: &World) -> EnergyBooks {
    let network = &world.resource::<Circuit>().network;
    let trace = &world.resource::<Recorder>().trace;
    let books = network.books();
    let roster = world.resource::<Roster>();
    let mut delivered = Vec::new();
    let mut losses: Vec<(String, f64)> =
        books.losses().into_iter().map(|(name, loss)| (name.to_owned(), loss.0)).collect();
    for &entity in &roster.inverters {
        let Some(inverter) = world.get::<Inverter>(entity) else { continue };
        let power = trace.series_named(&format!("{}.ac_power_w", inverter.id));
        let given = power.map_or(0.0, |power| power.integral());
        let id = &inverter.id;
        delivered.push((format!("{id} output"), given));
        losses.push((format!("{id} conversion"), network.delivered(inverter.draw()).0 - given));
        losses.push((format!("{id} bleed"), network.delivered(inverter.bleed()).0));
    }
    for &entity in &roster.batteries {
        if let Some(battery) = world.get::<Battery>(entity) {
            let name = format!("{} electronics", battery.id);
            delivered.push((name, network.delivered(battery.drain).0));
            let charged = network.delivered(battery.charge).0;
            if charged != 0.0 {
                delivered.push((format!("{} charger", battery.id), charged));
            }
        }
    }
    let regulated = world.resource::<DcSide>().add_to_books(network, &mut delivered, &mut losses);
    EnergyBooks {
        sources_j: books.supplied().0 - regulated,
        stored_change_j: books.stored.0,
        delivered,
        losses,
        residual_j: books.residual().0,
        moved_j: books.moved().0,
    }
}

/// Every battery, judged by its weakest cell: those with a switch of their own, then modules.
pub(crate) fn batteries(
    world: &World,
    system: &System,
    provenance: &Provenance,
) -> Vec<BatteryEnd> {
    let circuit = world.resource::<Circuit>();
    let roster = world.resource::<Roster>();
    let dc = world.resource::<DcSide>();
    let drains = Drains { system, graph: Graph::of(system), provenance, dc };
    let mut ends = Vec::new();
    for &entity in &roster.batteries {
        let Some(battery) = world.get::<Battery>(entity) else { continue };
        let Ok(curve) = OcvCurve::from_table(&battery.model.ocv) else { continue };
        let model = &battery.model;
        let soc = |k| circuit.network.value(Quantity::CellSoc(battery.cells, k));
        let cells: Vec<f64> = (0..model.cells.len()).map(soc).collect();
        let rest = |soc: &f64| curve.voltage(*soc);
        let mut weakest = (f64::MAX, f64::MAX, 0.0);
        for (cell, &soc) in model.cells.iter().zip(&cells) {
            if rest(&soc) < weakest.0 {
                weakest = (rest(&soc), soc, cell.capacity.0);
            }
        }
        let (lowest_rest_v, weakest_soc, capacity_ah) = weakest;
        let damaged_soc = soc_at(&curve, model.damage_voltage.0);
        let key = format!("{}.self_discharge_pct_per_30d", battery.id);
        let (low, high) = interval(provenance, &key, model.self_discharge_30d.0 * 100.0);
        ends.push(BatteryEnd {
            id: battery.id.clone(),
            soc: cells.iter().sum::<f64>() / cells.len().max(1) as f64,
            capacity_ah,
            charge_left_ah: weakest_soc * capacity_ah,
            charge_to_damage_ah: (weakest_soc - damaged_soc) * capacity_ah,
            lowest_rest_v,
            cutoff_v: model.bms.cell_cutoff.0,
            damage_v: model.damage_voltage.0,
            pack_rest_v: cells.iter().map(rest).sum(),
            drains: drains.of(battery.device),
            self_discharge_30d: (low / 100.0, high / 100.0),
            connected: None,
            charge_path: charge_path(world, entity),
            reserve: None,
        });
    }
    ends.extend(modules(world, &drains));
    ends
}

/// Every battery module that has a monitor: nothing cuts off the others.
fn modules(world: &World, drains: &Drains<'_>) -> Vec<BatteryEnd> {
    let Drains { system, provenance, dc, .. } = *drains;
    let circuit = world.resource::<Circuit>();
    let mut ends = Vec::new();
    for (index, device) in system.devices.iter().enumerate() {
        let Model::BatteryModule(model) = &device.model else { continue };
        let (Some(monitor), Some(cells)) = (model.monitor, dc.cells(index)) else { continue };
        let Ok(curve) = OcvCurve::from_table(&model.ocv) else { continue };
        let socs: Vec<f64> = (0..model.cells.len())
            .map(|k| circuit.network.value(Quantity::CellSoc(cells, k)))
            .collect();
        let weakest = (0..socs.len()).min_by(|&a, &b| socs[a].total_cmp(&socs[b])).unwrap_or(0);
        let capacity_ah = model.cells[weakest].capacity.0;
        let id = &device.id;
        let key = format!("{id}.self_discharge_pct_per_30d");
        let (low, high) = interval(provenance, &key, model.self_discharge_30d.0 * 100.0);
        let rule = format!("{id}.reserve_after_cut_off_pct");
        let source = match provenance.parameters.get(&rule).map(|parameter| &parameter.source) {
            Some(Source::Seed(fact)) => fact.clone(),
            Some(Source::Datasheet(document)) => document.clone(),
            _ => "scenario".to_owned(),
        };
        let damaged_soc = soc_at(&curve, model.damage_voltage.0);
        ends.push(BatteryEnd {
            id: id.clone(),
            soc: socs.iter().sum::<f64>() / socs.len().max(1) as f64,
            capacity_ah,
            charge_left_ah: socs[weakest] * capacity_ah,
            charge_to_damage_ah: (socs[weakest] - damaged_soc) * capacity_ah,
            lowest_rest_v: curve.voltage(socs[weakest]),
            cutoff_v: monitor.low_cell.0.0,
            damage_v: model.damage_voltage.0,
            pack_rest_v: socs.iter().map(|&soc| curve.voltage(soc)).sum(),
            drains: drains.of(index),
            self_discharge_30d: (low / 100.0, high / 100.0),
            connected: Some(dc.loads_connected(index)),
            charge_path: dc.charge_path(circuit, index),
            reserve: Some(ReserveRule { share: model.reserve_after_cut_off.0, source }),
        });
    }
    ends
}

/// State of charge at which the rest voltage is `voltage`, between −100 % and 100 %.
fn soc_at(curve: &OcvCurve, voltage: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if curve.voltage(middle) < voltage {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The plausible interval of a parameter: its range where it is a guess, the value otherwise.
pub(crate) fn interval(provenance: &Provenance, key: &str, value: f64) -> (f64, f64) {
    match provenance.parameters.get(key).map(|parameter| &parameter.source) {
        Some(Source::Guess { range, .. }) => *range,
        _ => (value, value),
    }
}
