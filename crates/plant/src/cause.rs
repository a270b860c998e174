//! Why a protection acted, decided from the network: it is cloned, the switch is held closed, and
//! the clone runs on. The scenario's events are never looked at.

use blackstart_trace::Cause;
use blackstart_units::SimTime;

use crate::battery::Battery;
use crate::network::{BranchId, Network, Quantity};

/// How long a current may take to fall by itself and still be called an inrush.
const INRUSH_WINDOW: SimTime = SimTime::from_millis(100);
/// Share of a current that must go into loads for it to be called an overload.
const LOAD_SHARE: f64 = 0.5;
/// Below this state of charge of the weakest cell a low voltage means empty.
const EMPTY_BELOW: f64 = 0.1;

/// The cause of an over-current or short-circuit trip of a battery that feeds `loads`.
pub(crate) fn of_current(
    network: &Network,
    battery: &Battery,
    loads: &[crate::network::LoadId],
) -> (Cause, String) {
    let limit = battery.model.ocd.threshold.0;
    of_a_current(network, Quantity::Current(battery.shunt), limit, loads)
}

/// The cause of a trip of a current beyond a limit, towards `loads`.
pub(crate) fn of_a_current(
    network: &Network,
    current: Quantity,
    limit: f64,
    loads: &[crate::network::LoadId],
) -> (Cause, String) {
    let mut held = network.clone();
    held.forbid_melting();
    let until = network.now() + INRUSH_WINDOW;
    if held.advance(until, &[], &mut |_| {}).is_err() {
        return (Cause::Undetermined, "the network could not be run on".to_owned());
    }
    let current = held.value(current);
    let words = format!("held closed for 100 ms the current is {current:.3} A");
    if current < limit {
        return (Cause::Inrush, format!("{words}, below {limit} A by itself"));
    }
    let into_loads: f64 = loads.iter().map(|&load| held.value(Quantity::LoadCurrent(load))).sum();
    let cause = if into_loads > LOAD_SHARE * current { Cause::Overload } else { Cause::Short };
    (cause, format!("{words}, {into_loads:.3} A of it into loads"))
}

/// The cause of a pre-charge that did not finish.
pub(crate) fn of_precharge(
    network: &Network,
    battery: &Battery,
    path: BranchId,
    loads: &[crate::network::LoadId],
) -> (Cause, String) {
    let mut held = network.clone();
    held.forbid_melting();
    held.set_switch(path, true);
    let until = network.now() + SimTime::from_whole_seconds(10);
    if held.advance(until, &[], &mut |_| {}).is_err() {
        return (Cause::Undetermined, "the network could not be run on".to_owned());
    }
    let current = held.value(Quantity::Current(path));
    let into_loads: f64 = loads.iter().map(|&load| held.value(Quantity::LoadCurrent(load))).sum();
    let missing = held.value(Quantity::Difference(battery.pack, battery.port));
    let words = format!(
        "pre-charged for 10 s more the port stays {missing:.3} V below the pack, {current:.3} A flow, {into_loads:.3} A of it into loads"
    );
    if missing <= battery.model.bms.precharge_delta.0 {
        (Cause::Inrush, words)
    } else if into_loads > LOAD_SHARE * current {
        (Cause::LiveLoad, words)
    } else {
        (Cause::Short, words)
    }
}

/// The cause of a cell over-voltage in hardware.
pub(crate) fn of_high_cell(network: &Network, battery: &Battery) -> (Cause, String) {
    let current = network.value(Quantity::Current(battery.cells));
    let words = format!("the cells are charged with {:.3} A", -current);
    (if current < 0.0 { Cause::Full } else { Cause::Undetermined }, words)
}

/// The cause of a cell under-voltage.
pub(crate) fn of_low_cell(network: &Network, battery: &Battery) -> (Cause, String) {
    let count = battery.model.cells.len();
    let soc = (0..count)
        .map(|k| network.value(Quantity::CellSoc(battery.cells, k)))
        .fold(f64::MAX, f64::min);
    let words = format!("the weakest cell has {:.2} % left", soc * 100.0);
    (if soc < EMPTY_BELOW { Cause::Empty } else { Cause::Overload }, words)
}
