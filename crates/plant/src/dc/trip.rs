//! What a BMS outside of the batteries cuts off is a trip of the battery that made it do so.

use blackstart_roles::Protection;
use blackstart_trace::{Cause, EventKind, Evidence, Trip};
use blackstart_units::SimTime;

use super::bms::Manager;
use super::module::{COLD, HIGH_CELL, HOT, LOW_CELL, Place};
use crate::network::{Network, Quantity};
use crate::record::Recorder;

/// Below this state of charge of the weakest cell a low voltage means empty.
const EMPTY_BELOW: f64 = 0.1;
/// Above this state of charge of the strongest cell a high voltage means full.
const FULL_ABOVE: f64 = 0.9;

/// Loads were cut off: by a low cell, else by the discharge floor.
pub(crate) fn discharge_stopped(
    manager: &Manager,
    modules: &[Place],
    network: &Network,
    evidence: Evidence,
    recorder: &mut Recorder,
) {
    let lowest = |place: &Place| network.value(Quantity::LowestCell(place.cells));
    if let Some(place) = extreme(manager, modules, LOW_CELL, |place| -lowest(place)) {
        let Some(monitor) = place.model.monitor else { return };
        let soc = cells(place).map(|k| network.value(Quantity::CellSoc(place.cells, k)));
        let soc = soc.fold(f64::MAX, f64::min);
        let cause = if soc < EMPTY_BELOW { Cause::Empty } else { Cause::Overload };
        let because = format!("the weakest cell has {:.2} % left", soc * 100.0);
        let threshold = monitor.low_cell.0.0;
        let since = since(place, "lowest_cell_v", recorder, |volts| volts <= threshold)
            .unwrap_or(network.now());
        let seen = Seen { value: lowest(place), threshold, since, cause, because };
        record(place, Protection::CellUnderVoltage, manager, seen, evidence, network, recorder);
        return;
    }
    let Some(rules) = manager.model.rules.charge else { return };
    let mut heard = manager.hears.iter().map(|&k| &modules[k]);
    let Some(first) = heard.next() else { return };
    let place = heard.fold(first, |low, one| if one.told.soc < low.told.soc { one } else { low });
    let (value, threshold) = (place.told.soc, rules.floor.0 * 100.0);
    if value > threshold + 1.0 {
        return;
    }
    let because = format!("the charge is at the discharge floor of {threshold} %");
    let since = network.now();
    let seen = Seen { value, threshold, since, cause: Cause::Empty, because };
    record(place, Protection::LowSoc, manager, seen, evidence, network, recorder);
}

/// Chargers were cut off: by a high cell, by heat, by cold.
pub(crate) fn charge_stopped(
    manager: &Manager,
    modules: &[Place],
    network: &Network,
    evidence: Evidence,
    recorder: &mut Recorder,
) {
    let highest = |place: &Place| network.value(Quantity::HighestCell(place.cells));
    let warmth = |place: &Place| network.value(Quantity::CellTemperature(place.cells));
    if let Some(place) = extreme(manager, modules, HIGH_CELL, highest) {
        let Some(monitor) = place.model.monitor else { return };
        let soc = cells(place).map(|k| network.value(Quantity::CellSoc(place.cells, k)));
        let soc = soc.fold(f64::MIN, f64::max);
        let cause = if soc > FULL_ABOVE { Cause::Full } else { Cause::Overload };
        let because = format!("the fullest cell holds {:.2} %", soc * 100.0);
        let threshold = monitor.high_cell.0.0;
        let since = since(place, "highest_cell_v", recorder, |volts| volts >= threshold)
            .unwrap_or(network.now());
        let seen = Seen { value: highest(place), threshold, since, cause, because };
        record(place, Protection::CellOverVoltage, manager, seen, evidence, network, recorder);
    } else if let Some(place) = extreme(manager, modules, HOT, warmth) {
        let Some(monitor) = place.model.monitor else { return };
        let threshold = monitor.charge_window.1.0;
        let seen = Seen::temperature(warmth(place), threshold, network.now());
        let which = Protection::ChargeOverTemperature;
        record(place, which, manager, seen, evidence, network, recorder);
    } else if let Some(place) = extreme(manager, modules, COLD, |place| -warmth(place)) {
        let Some(monitor) = place.model.monitor else { return };
        let threshold = monitor.charge_window.0.0;
        let seen = Seen::temperature(warmth(place), threshold, network.now());
        let which = Protection::ChargeUnderTemperature;
        record(place, which, manager, seen, evidence, network, recorder);
    }
}

/// What is seen at a trip.
struct Seen {
    value: f64,
    threshold: f64,
    since: SimTime,
    cause: Cause,
    because: String,
}

impl Seen {
    fn temperature(value: f64, threshold: f64, now: SimTime) -> Self {
        let because = format!("the cells are at {value:.2} °C");
        Self { value, threshold, since: now, cause: Cause::Temperature, because }
    }
}

fn cells(place: &Place) -> std::ops::Range<usize> {
    0..place.model.cells.len()
}

/// Of the modules that hold a line of a BMS, the one with the greatest value.
fn extreme<'a>(
    manager: &Manager,
    modules: &'a [Place],
    line: usize,
    value: impl Fn(&Place) -> f64,
) -> Option<&'a Place> {
    let holding = manager.hears.iter().map(|&k| &modules[k]).filter(|one| one.told.lines[line]);
    holding.max_by(|a, b| value(a).total_cmp(&value(b)))
}

/// Since when a signal of a module has been beyond its threshold.
fn since(
    place: &Place,
    signal: &str,
    recorder: &Recorder,
    beyond: impl Fn(f64) -> bool,
) -> Option<SimTime> {
    let series = recorder.trace.series_named(&format!("{}.{signal}", place.id))?;
    series.holds_since(recorder.trace.end(), beyond)
}

fn record(
    place: &Place,
    protection: Protection,
    manager: &Manager,
    seen: Seen,
    evidence: Evidence,
    network: &Network,
    recorder: &mut Recorder,
) {
    let delay = match protection {
        Protection::CellUnderVoltage => manager.model.rules.pre_alarm_lead,
        _ => SimTime::ZERO,
    };
    let trip = Trip {
        protection,
        value: seen.value,
        extreme: seen.value,
        threshold: seen.threshold,
        delay,
        since: seen.since,
        cause: seen.cause,
        because: seen.because,
        evidence,
    };
    recorder.event(network.now(), &place.id, EventKind::Trip(trip));
}
