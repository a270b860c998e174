//! Trips of batteries without a switch of their own, and of the BMS that hears them.
//!
//! What a monitor alarms of is a trip of its battery at the instant of the claim. What a BMS cuts off is a trip
//! of every battery that makes it do so. Where both come at one instant they are one trip, the BMS's: more
//! is known of it. A code that a BMS shows is a trip of the BMS itself where no battery has one for it.

use blackstart_roles::Protection;
use blackstart_scenario::ChargeRules;
use blackstart_trace::{Cause, EventKind, Evidence, Trip};
use blackstart_units::SimTime;

use super::bms::Manager;
use super::module::{COLD, HIGH_CELL, HOT, LOW_CELL, PlacedModule};
use crate::cause::{self, CellNodes};
use crate::network::{Network, Quantity};
use crate::record::Recorder;

/// How far above the discharge floor the charge may be, in percent, when it is what stops the discharge.
const NEAR_FLOOR: f64 = 1.0;

/// Lines of the cable that stop chargers, in order of their urgency.
pub(crate) const CHARGE_LINES: [usize; 3] = [HIGH_CELL, HOT, COLD];

/// The charge, in percent, down to which a stop is the discharge floor's.
pub(crate) fn floor_pct(rules: &ChargeRules) -> f64 {
    100.0 * rules.floor.0 + NEAR_FLOOR
}

/// Loads or chargers were cut off because the batteries have not been heard since an instant; how long the
/// BMS waits. What it heard last was well. What acted.
pub(crate) fn unheard(
    manager: &Manager,
    (since, patience): (SimTime, SimTime),
    evidence: Evidence,
    network: &Network,
    recorder: &mut Recorder,
) -> Vec<Protection> {
    let trip = Trip {
        protection: Protection::Watchdog,
        value: None,
        extreme: None,
        threshold: None,
        delay: (evidence == Evidence::ModelOnly).then_some(patience),
        since: Some(since),
        cause: Cause::HostSilent,
        because: format!(
            "the cable to its batteries has said nothing for {} s, and what it said last stops nothing",
            network.now().since(since).as_seconds()
        ),
        evidence,
    };
    recorder.event(network.now(), &manager.id, EventKind::Trip(trip));
    vec![Protection::Watchdog]
}

/// Loads were cut off: by low cells, else by the discharge floor. What acted.
pub(crate) fn discharge_stopped(
    manager: &Manager,
    modules: &mut [PlacedModule],
    network: &Network,
    evidence: Evidence,
    recorder: &mut Recorder,
) -> Vec<Protection> {
    let is_built_in = evidence == Evidence::ModelOnly;
    let lead = is_built_in.then_some(manager.model.rules.pre_alarm_lead);
    let low = holding(manager, modules, LOW_CELL);
    if !low.is_empty() {
        for k in low {
            record(&mut modules[k], LOW_CELL, lead, evidence, network, recorder);
        }
        return vec![Protection::CellUnderVoltage];
    }
    let Some(rules) = manager.model.rules.charge else { return Vec::new() };
    let charge = |k: usize| modules[k].reported.soc;
    let lowest = manager.hears.iter().copied().min_by(|&a, &b| charge(a).total_cmp(&charge(b)));
    let Some(place) = lowest.map(|k| &modules[k]) else { return Vec::new() };
    let (value, threshold) = (place.reported.soc, rules.floor.0 * 100.0);
    if value > floor_pct(&rules) {
        return Vec::new();
    }
    let trip = Trip {
        protection: Protection::LowSoc,
        value: Some(value),
        extreme: Some(value),
        threshold: is_built_in.then_some(threshold),
        delay: is_built_in.then_some(SimTime::ZERO),
        since: is_built_in.then_some(network.now()),
        cause: Cause::Empty,
        because: format!("the charge is at the discharge floor of {threshold} %"),
        evidence,
    };
    recorder.event(network.now(), &place.id, EventKind::Trip(trip));
    vec![Protection::LowSoc]
}

/// Chargers were cut off: by high cells, by heat, by cold. What acted.
pub(crate) fn charge_stopped(
    manager: &Manager,
    modules: &mut [PlacedModule],
    network: &Network,
    evidence: Evidence,
    recorder: &mut Recorder,
) -> Vec<Protection> {
    let delay = (evidence == Evidence::ModelOnly).then_some(SimTime::ZERO);
    let mut acted = Vec::new();
    for line in CHARGE_LINES {
        let holding = holding(manager, modules, line);
        acted.extend((!holding.is_empty()).then(|| protection(line)).flatten());
        for k in holding {
            record(&mut modules[k], line, delay, evidence, network, recorder);
        }
    }
    acted
}

/// What a monitor has claimed and no BMS has answered with a cut-off at the same instant.
pub(crate) fn claimed(place: &mut PlacedModule, network: &Network, recorder: &mut Recorder) {
    let Some((which, evidence)) = place.alarmed.take() else { return };
    let (trip, at) =
        (trip(place, which, Some(SimTime::ZERO), evidence, network, recorder), network.now());
    recorder.event(at, &place.id, EventKind::Trip(trip));
}

/// A code that a BMS shows, of which no battery has a trip.
pub(crate) fn shown(
    manager: &Manager,
    which: Protection,
    evidence: Evidence,
    network: &Network,
    recorder: &mut Recorder,
) {
    let (cause, because) = match manager.cable_broken {
        Some(_) if which == Protection::Watchdog => {
            (Cause::HostSilent, "the cable to its batteries is broken")
        }
        _ => (Cause::Undetermined, "no battery that it hears has it"),
    };
    let trip = Trip {
        protection: which,
        value: None,
        extreme: None,
        threshold: None,
        delay: None,
        since: None,
        cause,
        because: because.to_owned(),
        evidence,
    };
    recorder.event(network.now(), &manager.id, EventKind::Trip(trip));
}

/// What a line of the cable stands for.
fn protection(line: usize) -> Option<Protection> {
    match line {
        LOW_CELL => Some(Protection::CellUnderVoltage),
        HIGH_CELL => Some(Protection::CellOverVoltage),
        HOT => Some(Protection::ChargeOverTemperature),
        COLD => Some(Protection::ChargeUnderTemperature),
        _ => None,
    }
}

/// The modules that hold a line of a BMS.
fn holding(manager: &Manager, modules: &[PlacedModule], line: usize) -> Vec<usize> {
    manager.hears.iter().copied().filter(|&k| modules[k].reported.lines[line]).collect()
}

/// A module's line has made its BMS cut off. A claim of the same instant is this trip.
fn record(
    place: &mut PlacedModule,
    line: usize,
    delay: Option<SimTime>,
    evidence: Evidence,
    network: &Network,
    recorder: &mut Recorder,
) {
    let Some(which) = protection(line) else { return };
    place.alarmed.take_if(|(claimed, _)| *claimed == which);
    let trip = trip(place, which, delay, evidence, network, recorder);
    recorder.event(network.now(), &place.id, EventKind::Trip(trip));
}

/// Thresholds are the monitor's: of one that is a device under test nobody knows them.
fn trip(
    place: &PlacedModule,
    which: Protection,
    delay: Option<SimTime>,
    evidence: Evidence,
    network: &Network,
    recorder: &Recorder,
) -> Trip {
    let value = value(place, which, network);
    let known = place.model.monitor.filter(|_| place.monitor_is_built_in).and_then(|monitor| {
        Some(match which {
            Protection::CellUnderVoltage => monitor.low_cell.0.0,
            Protection::CellOverVoltage => monitor.high_cell.0.0,
            Protection::ChargeOverTemperature => monitor.charge_window.1.0,
            Protection::ChargeUnderTemperature => monitor.charge_window.0.0,
            _ => return None,
        })
    });
    let since = known.map(|threshold| {
        let beyond = match which {
            Protection::CellUnderVoltage => {
                since(place, "lowest_cell_v", recorder, |volts| volts <= threshold)
            }
            Protection::CellOverVoltage => {
                since(place, "highest_cell_v", recorder, |volts| volts >= threshold)
            }
            _ => None,
        };
        beyond.unwrap_or(network.now())
    });
    let (cause, because) = cause_of(place, which, network);
    Trip {
        protection: which,
        value,
        extreme: value,
        threshold: known,
        delay: known.and(delay),
        since,
        cause,
        because,
        evidence,
    }
}

fn value(place: &PlacedModule, which: Protection, network: &Network) -> Option<f64> {
    Some(network.value(match which {
        Protection::CellUnderVoltage => Quantity::LowestCell(place.cells),
        Protection::CellOverVoltage => Quantity::HighestCell(place.cells),
        Protection::ChargeOverTemperature | Protection::ChargeUnderTemperature => {
            Quantity::CellTemperature(place.cells)
        }
        _ => return None,
    }))
}

fn cause_of(place: &PlacedModule, which: Protection, network: &Network) -> (Cause, String) {
    let cells = CellNodes { string: place.cells, count: place.model.cells.len() };
    let warmth = || network.value(Quantity::CellTemperature(place.cells));
    match which {
        Protection::CellUnderVoltage => cells.low(network),
        Protection::CellOverVoltage => cells.high(network),
        Protection::ChargeUnderTemperature => cause::of_temperature(warmth(), false),
        _ => cause::of_temperature(warmth(), true),
    }
}

/// Since when a signal of a module has been beyond its threshold.
fn since(
    place: &PlacedModule,
    signal: &str,
    recorder: &Recorder,
    beyond: impl Fn(f64) -> bool,
) -> Option<SimTime> {
    let series = recorder.trace.series_named(&format!("{}.{signal}", place.id))?;
    series.holds_since(recorder.trace.end(), beyond)
}
