//! Protections that a battery's controller says have acted: an alarm that stands for one is a trip, at the
//! instant of the claim, whoever plays the role.
//!
//! Value and cause are the plant's. Threshold and delay are known of the built-in controller alone: what a
//! device under test compares with, only the device knows. What the front end's comparators did at once they
//! have recorded themselves; a claim that repeats it is no second trip ([`repeats`]).

use blackstart_roles::{Guarded, Protection};
use blackstart_trace::{Cause, Evidence, Trace, Trip};
use blackstart_units::SimTime;

use crate::battery::InstalledBattery;
use crate::cause::{self, CellNodes};
use crate::circuit::PlantCircuit;
use crate::front_end::InstalledFrontEnd;
use crate::network::{Network, Quantity};

/// For so long after its comparator has acted a claim tells of that, also when the latch is cleared already:
/// more than an alert and a controller's cycle take.
const ECHO: SimTime = SimTime::from_whole_seconds(1);

/// The trip that an alarm stands for; `None` where the front end has recorded it itself.
pub(crate) fn of_battery(
    protection: Protection,
    is_built_in: bool,
    (battery, front_end): (&InstalledBattery, &InstalledFrontEnd),
    circuit: &PlantCircuit,
    trace: &Trace,
) -> Option<Trip> {
    let network = &circuit.network;
    if repeats(protection, front_end, network.now()) {
        return None;
    }
    let value = guarded(protection.guards(), network, battery);
    let (cause, because) = cause_of(protection, is_built_in, (battery, front_end), circuit);
    let known = is_built_in.then(|| limits(protection, battery)).flatten();
    Some(Trip {
        protection,
        value,
        extreme: value,
        threshold: known.map(|(threshold, _)| threshold),
        delay: known.map(|(_, delay)| delay),
        since: since(protection, known, battery, trace, network.now()),
        cause,
        because,
        evidence: if is_built_in { Evidence::ModelOnly } else { Evidence::Dut },
    })
}

/// Whether a comparator that guards the same has latched, or acted within the last second: the claim is its
/// echo.
fn repeats(claimed: Protection, front_end: &InstalledFrontEnd, now: SimTime) -> bool {
    front_end.comparators.iter().enumerate().any(|(which, comparator)| {
        let is_latched = front_end.latched & (1 << which) != 0;
        let is_fresh = comparator.tripped_at.is_some_and(|at| now.since(at) <= ECHO);
        (is_latched || is_fresh) && is_family(claimed, comparator.protection)
    })
}

/// Whether two protections guard the same quantity, or the first leaves open which.
fn is_family(claimed: Protection, acted: Protection) -> bool {
    let guards = claimed.guards();
    claimed.may_mean(acted) || guards != Guarded::Nothing && guards == acted.guards()
}

/// Threshold and delay of the built-in controller's own protections.
fn limits(protection: Protection, battery: &InstalledBattery) -> Option<(f64, SimTime)> {
    let bms = &battery.model.bms;
    match protection {
        Protection::PrechargeTimeout => Some((bms.precharge_delta.0, bms.precharge_timeout)),
        Protection::CellUnderVoltage => Some((bms.cell_cutoff.0, bms.cell_cutoff_delay)),
        Protection::ChargeUnderTemperature => {
            bms.charge_limits.map(|limits| (limits.lowest.0, limits.delay))
        }
        Protection::ChargeOverTemperature => {
            bms.charge_limits.map(|limits| (limits.highest.0, limits.delay))
        }
        _ => None,
    }
}

/// Since when the quantity has been beyond a known threshold; of a pre-charge, since when it lasts.
fn since(
    protection: Protection,
    known: Option<(f64, SimTime)>,
    battery: &InstalledBattery,
    trace: &Trace,
    now: SimTime,
) -> Option<SimTime> {
    if protection == Protection::PrechargeTimeout {
        let closed = trace.series(battery.signals.precharge_switch);
        return closed.holds_since(now, |closed| closed > 0.5).or(known.map(|_| now));
    }
    let (cutoff, delay) = known?;
    if protection.guards() == Guarded::Temperature {
        return Some(now.since(delay));
    }
    let lowest = trace.series_named(&format!("{}.lowest_cell_v", battery.id));
    lowest.and_then(|lowest| lowest.holds_since(now, |volts| volts <= cutoff)).or(Some(now))
}

/// The quantity that is guarded, in the unit of the protection.
fn guarded(guards: Guarded, network: &Network, battery: &InstalledBattery) -> Option<f64> {
    Some(match guards {
        Guarded::Current => network.value(Quantity::Current(battery.shunt)),
        Guarded::PortVoltage => network.value(Quantity::Difference(battery.pack, battery.port)),
        Guarded::LowestCell => network.value(Quantity::LowestCell(battery.cells)),
        Guarded::HighestCell => network.value(Quantity::HighestCell(battery.cells)),
        Guarded::Temperature => network.value(Quantity::CellTemperature(battery.cells)),
        Guarded::Charge => {
            let cells = 0..battery.model.cells.len();
            let soc = cells.map(|k| network.value(Quantity::CellSoc(battery.cells, k)));
            100.0 * soc.fold(f64::MAX, f64::min)
        }
        Guarded::Nothing => return None,
    })
}

fn cause_of(
    protection: Protection,
    is_built_in: bool,
    (battery, front_end): (&InstalledBattery, &InstalledFrontEnd),
    circuit: &PlantCircuit,
) -> (Cause, String) {
    let network = &circuit.network;
    match protection.guards() {
        Guarded::Current if !network.is_closed(battery.main) => {
            (Cause::Undetermined, "the main switch was open already".to_owned())
        }
        Guarded::Current => {
            cause::of_claimed_current(network, battery, front_end, &circuit.starting)
        }
        Guarded::PortVoltage => cause::PrechargePath::of(battery).cause(network),
        Guarded::LowestCell => {
            // What another controller goes by, nobody knows.
            let cutoff = is_built_in.then_some(battery.model.bms.cell_cutoff.0);
            cause::of_reported_low_cell(network, battery, cutoff)
        }
        Guarded::Charge => CellNodes::of(battery).low(network),
        Guarded::HighestCell => CellNodes::of(battery).high(network),
        Guarded::Temperature => {
            let warmth = network.value(Quantity::CellTemperature(battery.cells));
            let is_cold = protection == Protection::UnderTemperature
                || protection == Protection::ChargeUnderTemperature;
            cause::of_temperature(warmth, !is_cold)
        }
        Guarded::Nothing => (Cause::Undetermined, "no quantity of the network shows it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_echoes_what_guards_the_same_and_nothing_else() {
        use Protection::{
            CellOverVoltage, CellUnderVoltage, FrontEndOverVoltage, FrontEndUnderVoltage,
            FrontEndVoltage, Measurement, OverCurrent, ShortCircuit, Watchdog,
        };
        for (claimed, acted, expected) in [
            (ShortCircuit, ShortCircuit, true),
            (OverCurrent, ShortCircuit, true),
            (FrontEndVoltage, FrontEndUnderVoltage, true),
            (FrontEndVoltage, FrontEndOverVoltage, true),
            (CellUnderVoltage, FrontEndUnderVoltage, true),
            (CellUnderVoltage, FrontEndOverVoltage, false),
            (CellOverVoltage, FrontEndOverVoltage, true),
            (FrontEndVoltage, ShortCircuit, false),
            (Measurement, Watchdog, false),
        ] {
            assert_eq!(is_family(claimed, acted), expected, "{claimed:?} {acted:?}");
        }
    }
}
