//! What a run leaves: energy books and batteries, read from the plant for the verdict.

use bevy_ecs::prelude::World;
use blackstart_plant::network::{OcvCurve, Quantity};
use blackstart_plant::{DcSide, InstalledInverter, Parts, PlantCircuit, Recorder, Roster};
use blackstart_scenario::{BatteryModule, Graph, Pack, Provenance, Source, System};
use blackstart_units::{Fraction, Volts};
use blackstart_verdict::{BatteryEnd, EnergyBooks, Guessed, ReserveRule, RestCurve};

use crate::drains::Drains;

/// Energy books of the whole run.
pub(crate) fn books(world: &World) -> EnergyBooks {
    let network = &world.resource::<PlantCircuit>().network;
    let trace = &world.resource::<Recorder>().trace;
    let books = network.books();
    let roster = world.resource::<Roster>();
    let mut delivered = Vec::new();
    let mut losses: Vec<(String, f64)> =
        books.losses().into_iter().map(|(name, loss)| (name.to_owned(), loss.0)).collect();
    for &entity in &roster.inverters {
        let Some(inverter) = world.get::<InstalledInverter>(entity) else { continue };
        let power = trace.series_named(&format!("{}.ac_power_w", inverter.id));
        let given = power.map_or(0.0, |power| power.integral());
        let id = &inverter.id;
        delivered.push((format!("{id} output"), given));
        losses.push((format!("{id} conversion"), network.delivered(inverter.draw()).0 - given));
        losses.push((format!("{id} bleed"), network.delivered(inverter.bleed()).0));
    }
    delivered.extend(world.resource::<Parts>().delivered(network));
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

/// Every battery, judged by its weakest cell: packs, then modules.
pub(crate) fn batteries(
    world: &World,
    system: &System,
    provenance: &Provenance,
) -> Vec<BatteryEnd> {
    let dc = world.resource::<DcSide>();
    let drains = Drains { system, graph: Graph::of(system), provenance, dc };
    let packs = system.packs().filter_map(|pack| of_pack(world, &pack, &drains));
    packs.chain(modules(world, &drains)).collect()
}

fn of_pack(world: &World, pack: &Pack<'_>, drains: &Drains<'_>) -> Option<BatteryEnd> {
    let network = &world.resource::<PlantCircuit>().network;
    let parts = world.resource::<Parts>();
    let (path, string) = (pack.cells_path(), pack.string());
    let (branch, ocv) = (parts.cells(path)?, pack.curve());
    let curve = OcvCurve::from_table(&ocv).ok()?;
    let soc = |k| network.value(Quantity::CellSoc(branch, k));
    let cells: Vec<f64> = (0..pack.count()).map(soc).collect();
    let rest = |soc: &f64| curve.voltage(*soc);
    let weakest = (0..cells.len()).min_by(|&a, &b| rest(&cells[a]).total_cmp(&rest(&cells[b])))?;
    let weakest_soc = cells[weakest];
    let capacity_ah = string.amount_of(weakest, "capacity_ah")?.ampere_hours().0;
    let damaged_soc = soc_at(&curve, string.amount("damage_voltage_v")?.volts().0);
    let (rest_curve, rest_guessed) = rest_curves(path, &ocv, drains.provenance);
    let lost = string.amount("self_discharge_pct_per_30d")?.fraction().0;
    let key = format!("{path}.self_discharge_pct_per_30d");
    Some(BatteryEnd {
        id: pack.id.to_owned(),
        soc: cells.iter().sum::<f64>() / cells.len().max(1) as f64,
        capacity_ah,
        charge_left_ah: weakest_soc * capacity_ah,
        charge_to_damage_ah: (weakest_soc - damaged_soc) * capacity_ah,
        lowest_rest_v: rest(&weakest_soc),
        cutoff_v: pack.cell_cutoff()?.0,
        weakest_soc,
        rest: rest_curve,
        rest_guessed,
        pack_rest_v: cells.iter().map(rest).sum(),
        drains: drains.of(path),
        self_discharge_30d: guessed(drains.provenance, key, lost, 0.01),
        connected: None,
        charge_path: parts.charge_path(pack.id),
        reserve: None,
    })
}

/// Every battery module that has a monitor: nothing cuts off the others.
fn modules(world: &World, drains: &Drains<'_>) -> Vec<BatteryEnd> {
    let Drains { system, provenance, dc, .. } = *drains;
    let circuit = world.resource::<PlantCircuit>();
    let mut ends = Vec::new();
    for device in &system.devices {
        let Some(model) = device.of_kind::<BatteryModule>() else { continue };
        let (Some(monitor), Some(cells)) = (model.monitor, dc.cells(&device.id)) else { continue };
        let Ok(curve) = OcvCurve::from_table(&model.ocv) else { continue };
        let socs: Vec<f64> = (0..model.cells.len())
            .map(|k| circuit.network.value(Quantity::CellSoc(cells, k)))
            .collect();
        let weakest = (0..socs.len()).min_by(|&a, &b| socs[a].total_cmp(&socs[b])).unwrap_or(0);
        let capacity_ah = model.cells[weakest].capacity.0;
        let id = &device.id;
        let key = format!("{id}.self_discharge_pct_per_30d");
        let self_discharge_30d = guessed(provenance, key, model.self_discharge_30d.0, 0.01);
        let (rest, rest_guessed) = rest_curves(id, &model.ocv, provenance);
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
            weakest_soc: socs[weakest],
            rest,
            rest_guessed,
            pack_rest_v: socs.iter().map(|&soc| curve.voltage(soc)).sum(),
            drains: drains.of(id),
            self_discharge_30d,
            connected: Some(dc.loads_connected(id)),
            charge_path: dc.charge_path(circuit, id),
            reserve: Some(ReserveRule {
                share: guessed(provenance, rule, model.reserve_after_cut_off.0, 0.01),
                source,
            }),
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

/// A parameter with its range where it is a guess. `scale` turns the unit of its key into that of the value.
pub(crate) fn guessed(
    provenance: &Provenance,
    parameter: String,
    value: f64,
    scale: f64,
) -> Guessed {
    let source = provenance.parameters.get(&parameter).map(|parameter| &parameter.source);
    match source {
        Some(&Source::Guess { range: written, .. }) => {
            let range = (written.0 * scale, written.1 * scale);
            Guessed { parameter, value, range, written }
        }
        _ => Guessed {
            parameter,
            value,
            range: (value, value),
            written: (value / scale, value / scale),
        },
    }
}

/// Points of a curve near empty, the same for all, so that curves that agree do so exactly.
const REST_POINTS: usize = 600;

/// The open-circuit voltage near empty: as given, then with reserve and damage voltage at the ends of their
/// ranges, alone and together.
fn rest_curves(
    id: &str,
    ocv: &[(Fraction, Volts)],
    provenance: &Provenance,
) -> (RestCurve, Vec<RestCurve>) {
    let sampled = |table: &[(Fraction, Volts)], assumes| {
        let curve = OcvCurve::from_table(table).ok()?;
        let span = RestCurve::TO - RestCurve::FROM;
        let soc = |k: usize| RestCurve::FROM + span * k as f64 / REST_POINTS as f64;
        let points = (0..=REST_POINTS).map(soc).map(|soc| (soc, curve.voltage(soc))).collect();
        Some(RestCurve { assumes, damage_v: table[0].1.0, points })
    };
    let (bottom, empty) = (ocv[0], ocv[1].0);
    let given = sampled(ocv, Vec::new()).expect("the run was simulated with this curve");
    let reserve = empty.0 - bottom.0.0;
    let reserve = guessed(provenance, format!("{id}.reserve_pct"), reserve, 0.01);
    let damage = guessed(provenance, format!("{id}.damage_voltage_v"), bottom.1.0, 1.0);
    let choices = |guess: &Guessed| {
        let ends = [(guess.range.0, guess.written.0), (guess.range.1, guess.written.1)];
        let ends = ends.into_iter().filter(|end| end.0 != guess.value);
        let named = |(end, written)| (end, Some((guess.parameter.clone(), written)));
        std::iter::once((guess.value, None)).chain(ends.map(named)).collect::<Vec<_>>()
    };
    let mut guesses = Vec::new();
    for (reserve, by_reserve) in choices(&reserve) {
        for (damage, by_damage) in choices(&damage) {
            let assumes: Vec<_> = [by_reserve.clone(), by_damage].into_iter().flatten().collect();
            if assumes.is_empty() {
                continue;
            }
            let mut table = ocv.to_vec();
            table[0] = (Fraction(empty.0 - reserve), Volts(damage));
            // A damage voltage on the curve itself is none that a cell could have.
            guesses.extend(sampled(&table, assumes));
        }
    }
    (given, guesses)
}
