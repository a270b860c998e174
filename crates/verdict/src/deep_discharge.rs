//! How near each battery is to the charge from which it must not be charged again.
//!
//! The rate is what the drains that reach the cells take at the pack's rest voltage, plus
//! self-discharge; both are ranges where they are guesses, so the days until damage are an interval.
//! Left out: that a low cell's voltage, and with it the drain's current, changes on the way down.

use blackstart_roles::Protection;
use blackstart_scenario::RiskName;
use blackstart_units::SimTime;

use crate::recovery::port_up;
use crate::trips::belongs_to;
use crate::words::quantity;
use crate::{
    BatteryEnd, DeepDischarge, Drain, DrainSeen, Interval, Material, ReserveSeen, Rounded, Side,
    TripSeen,
};

/// The reserve that separates `low` from `high`: the week of the Sessy manual (SESSY-08).
const RESERVE_DAYS: f64 = 7.0;

/// One entry per battery.
pub(crate) fn deep_discharge(material: &Material, trips: &[TripSeen]) -> Vec<DeepDischarge> {
    material
        .batteries
        .iter()
        .map(|battery| {
            let port_up = port_up(material, &battery.id);
            let last_cut_off = trips.iter().rev().find(|trip| {
                belongs_to(&trip.subject, &battery.id)
                    && trip.protection == Protection::CellUnderVoltage.name()
            });
            let cut_off = last_cut_off.filter(|_| !port_up);
            let taken = cut_off.and_then(|trip| taken_since(material, battery, trip));
            judge_battery(battery, port_up, cut_off.is_some(), taken.unwrap_or(0.0))
        })
        .collect()
}

/// Charge in Ah that has left the cells since a trip, whichever way.
fn taken_since(material: &Material, battery: &BatteryEnd, trip: &TripSeen) -> Option<f64> {
    let soc = material.trace.series_named(&format!("{}.soc_pct", battery.id))?;
    let at_trip = soc.linear_at(SimTime::from_seconds(trip.at_s.as_seconds()))?;
    let at_end = soc.linear_at(material.reached)?;
    Some((at_trip - at_end).max(0.0) / 100.0 * battery.capacity_ah)
}

fn judge_battery(
    battery: &BatteryEnd,
    port_up: bool,
    cut_off: bool,
    taken_ah: f64,
) -> DeepDischarge {
    let reaches_cells = |drain: &Drain| drain.side == Side::Pack || port_up;
    let days = days_until(battery, battery.charge_to_damage_ah, reaches_cells);
    let rule = battery.reserve.as_ref().filter(|_| cut_off);
    let reserve = rule.map(|rule| {
        let allowed = rule.share * battery.capacity_ah;
        let (fewest, most) = days_until(battery, allowed - taken_ah, reaches_cells);
        ReserveSeen {
            allowed_ah: allowed.into(),
            taken_ah: taken_ah.into(),
            days_left: Interval { at_least: fewest.into(), at_most: most.into() },
            source: rule.source.clone(),
        }
    });
    let (level, because) = level(battery, cut_off, days, reserve.as_ref());
    DeepDischarge {
        battery: battery.id.clone(),
        level,
        because,
        chargeable: level != RiskName::Damaged,
        soc_pct: (battery.soc * 100.0).into(),
        charge_left_ah: battery.charge_left_ah.into(),
        charge_to_damage_ah: battery.charge_to_damage_ah.into(),
        lowest_rest_v: battery.lowest_rest_v.into(),
        days_until_damage: Interval { at_least: days.0.into(), at_most: days.1.into() },
        drains: battery
            .drains
            .iter()
            .map(|drain| DrainSeen {
                name: drain.name.clone(),
                side: drain.side,
                reaches_cells: reaches_cells(drain),
                power_w: Interval {
                    at_least: drain.power_w.0.into(),
                    at_most: drain.power_w.1.into(),
                },
            })
            .collect(),
        reserve,
    }
}

/// Fewest and most days; infinite when nothing drains the cells.
fn days_until(
    battery: &BatteryEnd,
    charge_ah: f64,
    reaches_cells: impl Fn(&Drain) -> bool,
) -> (f64, f64) {
    let reserve = charge_ah.max(0.0);
    let power = |end: fn(&Drain) -> f64| {
        battery.drains.iter().filter(|drain| reaches_cells(drain)).map(end).sum::<f64>()
    };
    let days = |power: f64, self_discharge: f64| {
        let ah_per_day =
            power / battery.pack_rest_v * 24.0 + self_discharge * battery.capacity_ah / 30.0;
        match reserve {
            0.0 => 0.0,
            reserve => reserve / ah_per_day.max(0.0),
        }
    };
    let fewest = days(power(|drain| drain.power_w.1), battery.self_discharge_30d.1);
    let most = days(power(|drain| drain.power_w.0), battery.self_discharge_30d.0);
    (fewest, most)
}

fn level(
    battery: &BatteryEnd,
    cut_off: bool,
    (fewest, most): (f64, f64),
    reserve: Option<&ReserveSeen>,
) -> (RiskName, String) {
    let rest = quantity(battery.lowest_rest_v, "V");
    if battery.lowest_rest_v < battery.damage_v || battery.charge_to_damage_ah <= 0.0 {
        let damage = quantity(battery.damage_v, "V");
        return (
            RiskName::Damaged,
            format!("the weakest cell rests at {rest}, damage begins below {damage}"),
        );
    }
    if !cut_off && battery.lowest_rest_v > battery.cutoff_v {
        let cutoff = quantity(battery.cutoff_v, "V");
        return (
            RiskName::None,
            format!("not cut off, and the weakest cell rests at {rest}, above {cutoff}"),
        );
    }
    let (fewest, most) = match reserve {
        Some(rule) if rule.taken_ah.get() >= rule.allowed_ah.get() => {
            let (taken, allowed) =
                (quantity(rule.taken_ah.get(), "Ah"), quantity(rule.allowed_ah.get(), "Ah"));
            let source = &rule.source;
            return (
                RiskName::Damaged,
                format!("{taken} taken after the cut-off, of {allowed} that may be ({source})"),
            );
        }
        // The rule is the narrower of the two: damage by it comes first.
        Some(rule) => {
            (fewest.min(rule.days_left.at_least.get()), most.min(rule.days_left.at_most.get()))
        }
        None => (fewest, most),
    };
    let range = format!("{} to {} days until damage", Rounded::new(fewest), Rounded::new(most));
    match (fewest >= RESERVE_DAYS, most >= RESERVE_DAYS) {
        (true, _) => (RiskName::Low, format!("cut off with {range}, a week or more")),
        (false, true) => (
            RiskName::High,
            format!("cut off with {range}: a guess decides whether that is a week"),
        ),
        (false, false) => (RiskName::High, format!("cut off with {range}, less than a week")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReserveRule;
    use crate::sample_run::battery;

    fn after_cutoff(charge_to_damage_ah: f64) -> DeepDischarge {
        let mut end = battery();
        end.lowest_rest_v = 2.9;
        end.charge_to_damage_ah = charge_to_damage_ah;
        judge_battery(&end, false, true, 0.0)
    }

    #[test]
    fn a_makers_rule_counts_what_was_taken_after_the_cut_off() {
        let mut end = battery();
        (end.lowest_rest_v, end.charge_to_damage_ah, end.capacity_ah) = (2.9, 50.0, 200.0);
        end.reserve = Some(ReserveRule { share: 0.01, source: "CL-51".to_owned() });
        let in_time = judge_battery(&end, false, true, 1.9);
        assert_ne!(in_time.level, RiskName::Damaged);
        assert_eq!(in_time.reserve.unwrap().allowed_ah.get(), 2.0);
        let too_late = judge_battery(&end, false, true, 2.0);
        assert_eq!(too_late.level, RiskName::Damaged);
        assert!(!too_late.chargeable);
        assert!(too_late.because.contains("CL-51"), "{}", too_late.because);
        assert_eq!(judge_battery(&end, true, false, 0.0).reserve, None);
    }

    #[test]
    fn the_reserve_after_cut_off_decides_between_low_and_high() {
        // 0.6 to 1.0 W at 50 V is 0.288 to 0.48 Ah a day.
        let low = after_cutoff(3.36);
        assert_eq!(low.level, RiskName::Low);
        assert_eq!(low.days_until_damage.at_least.get(), 7.0);
        let undecided = after_cutoff(3.3);
        assert_eq!(undecided.level, RiskName::High);
        assert!(undecided.because.contains("a guess decides"), "{}", undecided.because);
        assert!(after_cutoff(1.0).because.contains("less than a week"));
    }

    #[test]
    fn a_cell_below_its_damage_voltage_must_not_be_charged() {
        let mut end = battery();
        end.lowest_rest_v = 1.9;
        end.charge_to_damage_ah = -0.5;
        let judged = judge_battery(&end, false, true, 0.0);
        assert_eq!(judged.level, RiskName::Damaged);
        assert!(!judged.chargeable);
        assert_eq!(judged.days_until_damage.at_most.get(), 0.0);
    }

    #[test]
    fn what_hangs_behind_the_open_switch_does_not_drain_the_cells() {
        let open = judge_battery(&battery(), false, true, 0.0);
        let closed = judge_battery(&battery(), true, false, 0.0);
        assert!(open.drains.iter().any(|drain| drain.side == Side::Port && !drain.reaches_cells));
        assert!(closed.days_until_damage.at_least.get() < open.days_until_damage.at_least.get());
        assert_eq!(closed.level, RiskName::None);
    }

    #[test]
    fn a_battery_that_nothing_drains_lasts_without_end() {
        let mut end = battery();
        end.drains.clear();
        assert!(judge_battery(&end, false, true, 0.0).days_until_damage.at_most.get().is_nan());
    }
}
