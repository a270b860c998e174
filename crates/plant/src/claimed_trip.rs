//! Protections that a pack's controller says have acted: an alarm that stands for one is a trip, at the
//! instant of the claim, whoever plays the role.
//!
//! Value and cause are the plant's. Threshold and delay are known of the built-in controller alone: what a
//! device under test compares with, only the device knows. What comparators did at once they
//! have recorded themselves; a claim that repeats it is no second trip ([`repeats`]).

use blackstart_roles::{Guarded, Protection};
use blackstart_trace::{Cause, Evidence, SignalId, Trace, Trip};
use blackstart_units::SimTime;

use crate::cause::{self, CellNodes, PrechargePath};
use crate::circuit::PlantCircuit;
use crate::detector::ThresholdDetector;
use crate::network::{BranchId, Network, Quantity};

/// For so long after its comparator has acted a claim tells of that, also when the latch is cleared already:
/// more than an alert and a controller's cycle take.
const ECHO: SimTime = SimTime::from_whole_seconds(1);

/// What a controller of a pack watches over: where in the network what it claims can be seen. Nothing where
/// its pins show nothing of the kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct GuardedPack {
    pub shunt: Option<BranchId>,
    pub cells: Option<CellNodes>,
    /// By how much a cell's reading may be wrong, V.
    pub cell_tolerance: f64,
    pub precharge: Option<PrechargePath>,
    /// Every switch of the controller's but that of the pre-charge.
    pub main: Vec<BranchId>,
    /// Threshold and delay of the built-in controller's own protections.
    pub limits: Vec<(Protection, f64, SimTime)>,
    pub signals: GuardedSignals,
}

/// What of a pack is on record.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GuardedSignals {
    pub lowest_cell: Option<SignalId>,
    pub precharge_switch: Option<SignalId>,
}

/// A comparator of the pack, and whether it has latched.
pub(crate) type ComparatorGuard<'a> = (&'a ThresholdDetector, bool);

/// The trip that an alarm stands for; `None` where a comparator has recorded it itself.
pub(crate) fn of_pack(
    protection: Protection,
    is_built_in: bool,
    (pack, guards): (&GuardedPack, &[ComparatorGuard<'_>]),
    circuit: &PlantCircuit,
    trace: &Trace,
) -> Option<Trip> {
    let network = &circuit.network;
    if repeats(protection, guards, network.now()) {
        return None;
    }
    let value = guarded(protection, network, pack);
    let known = is_built_in.then(|| pack.limit(protection)).flatten();
    let (cause, because) = cause_of(protection, known, (pack, guards), circuit);
    Some(Trip {
        protection,
        value,
        extreme: value,
        threshold: known.map(|(threshold, _)| threshold),
        delay: known.map(|(_, delay)| delay),
        since: since(protection, known, pack, trace, network.now()),
        cause,
        because,
        evidence: if is_built_in { Evidence::ModelOnly } else { Evidence::Dut },
    })
}

/// Whether a comparator that guards the same has latched, or acted within the last second: the claim is its
/// echo.
fn repeats(claimed: Protection, guards: &[ComparatorGuard<'_>], now: SimTime) -> bool {
    guards.iter().any(|(detector, is_latched)| {
        let is_fresh = detector.tripped_at.is_some_and(|at| now.since(at) <= ECHO);
        (*is_latched || is_fresh) && is_family(claimed, detector.protection)
    })
}

/// Whether two protections guard the same quantity, or the first leaves open which.
fn is_family(claimed: Protection, acted: Protection) -> bool {
    let guards = claimed.guards();
    claimed.may_mean(acted) || guards != Guarded::Nothing && guards == acted.guards()
}

impl GuardedPack {
    fn limit(&self, protection: Protection) -> Option<(f64, SimTime)> {
        let found = self.limits.iter().find(|limit| limit.0 == protection);
        found.map(|&(_, threshold, delay)| (threshold, delay))
    }
}

/// Since when the quantity has been beyond a known threshold; of a pre-charge, since when it lasts.
fn since(
    protection: Protection,
    known: Option<(f64, SimTime)>,
    pack: &GuardedPack,
    trace: &Trace,
    now: SimTime,
) -> Option<SimTime> {
    if protection == Protection::PrechargeTimeout {
        let closed = pack.signals.precharge_switch.map(|signal| trace.series(signal));
        let since = closed.and_then(|closed| closed.holds_since(now, |closed| closed > 0.5));
        return since.or(known.map(|_| now));
    }
    let (threshold, delay) = known?;
    if protection.guards() != Guarded::LowestCell {
        return Some(now.since(delay));
    }
    let lowest = pack.signals.lowest_cell.map(|signal| trace.series(signal));
    lowest.and_then(|lowest| lowest.holds_since(now, |volts| volts <= threshold)).or(Some(now))
}

/// Whether danger lies below.
fn is_of_cold(protection: Protection) -> bool {
    matches!(
        protection,
        Protection::UnderTemperature
            | Protection::ChargeUnderTemperature
            | Protection::DischargeUnderTemperature
    )
}

/// The quantity that is guarded, in the unit of the protection.
fn guarded(protection: Protection, network: &Network, pack: &GuardedPack) -> Option<f64> {
    let string = pack.cells.map(|cells| cells.string);
    Some(match protection.guards() {
        Guarded::Current => network.value(Quantity::Current(pack.shunt?)),
        Guarded::PortVoltage => pack.precharge.as_ref()?.missing(network),
        Guarded::LowestCell => network.value(Quantity::LowestCell(string?)),
        Guarded::HighestCell => network.value(Quantity::HighestCell(string?)),
        Guarded::Temperature => temperature(protection, network, string?),
        Guarded::Charge => 100.0 * pack.cells?.weakest(network),
        Guarded::SwitchTemperature | Guarded::Nothing => return None,
    })
}

/// Of the group of cells that is nearest to danger, °C.
fn temperature(protection: Protection, network: &Network, string: BranchId) -> f64 {
    let of = if is_of_cold(protection) { Quantity::ColdestGroup } else { Quantity::HottestGroup };
    network.value(of(string))
}

fn cause_of(
    protection: Protection,
    known: Option<(f64, SimTime)>,
    (pack, guards): (&GuardedPack, &[ComparatorGuard<'_>]),
    circuit: &PlantCircuit,
) -> (Cause, String) {
    let network = &circuit.network;
    let unseen = || (Cause::Undetermined, "no pin of its controller shows it".to_owned());
    match protection.guards() {
        Guarded::Current if !pack.main.iter().all(|&main| network.is_closed(main)) => {
            (Cause::Undetermined, "the main switch was open already".to_owned())
        }
        Guarded::Current => pack.shunt.map_or_else(unseen, |shunt| {
            let of_current = guards.iter().map(|(detector, _)| *detector).filter(|detector| {
                let is_of_charge = protection == Protection::ChargeOverCurrent;
                detector.watched().current_of() == Some(shunt)
                    && (detector.protection == Protection::ChargeOverCurrent) == is_of_charge
            });
            cause::of_claimed_current(network, shunt, of_current.collect(), &circuit.starting)
        }),
        Guarded::PortVoltage => {
            pack.precharge.as_ref().map_or_else(unseen, |path| path.cause(network))
        }
        Guarded::LowestCell => pack.cells.map_or_else(unseen, |cells| {
            // What another controller goes by, nobody knows.
            cells.reported_low(network, known.map(|(limit, _)| limit), pack.cell_tolerance)
        }),
        Guarded::Charge => pack.cells.map_or_else(unseen, |cells| cells.low(network)),
        Guarded::HighestCell => pack.cells.map_or_else(unseen, |cells| {
            cells.reported_high(network, known.map(|(limit, _)| limit), pack.cell_tolerance)
        }),
        Guarded::Temperature => pack.cells.map_or_else(unseen, |cells| {
            let warmth = temperature(protection, network, cells.string);
            cause::of_temperature(warmth, !is_of_cold(protection))
        }),
        // Which switch, and what of it is measured, no pin shows.
        Guarded::SwitchTemperature => unseen(),
        Guarded::Nothing => cause::of_nothing_guarded(protection),
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
