//! How near each battery is to the charge from which it must not be charged again.
//!
//! The rate is what the drains that reach the cells take at the pack's rest voltage, plus self-discharge.
//! What is a guess there, in the charge below empty, the damage voltage or the maker's reserve, is taken at
//! each of its ends, alone and together: the level is the worst that comes out, and says what decides it.
//! With another curve a battery was cut off at the same rest voltage, and has lost the same charge since.
//! Left out: that a low cell's voltage, and with it the drain's current, changes on the way down.

use blackstart_roles::Protection;
use blackstart_scenario::RiskName;
use blackstart_units::SimTime;

use crate::recovery::port_up;
use crate::trips::belongs_to;
use crate::words::quantity;
use crate::{
    BatteryEnd, Decides, DeepDischarge, Drain, DrainSeen, Guessed, Interval, Material, ReserveSeen,
    RestCurve, Rounded, Side, TripSeen,
};

/// The reserve that separates `low` from `high`: the week of the Sessy manual (SESSY-08).
const RESERVE_DAYS: f64 = 7.0;

/// One entry per battery.
pub(crate) fn deep_discharge(material: &Material, trips: &[TripSeen]) -> Vec<DeepDischarge> {
    let judged = material.batteries.iter().map(|battery| {
        let port_up = port_up(material, &battery.id);
        let last_cut_off = trips.iter().rev().find(|trip| {
            belongs_to(&trip.subject, &battery.id)
                && trip.protection == Protection::CellUnderVoltage.name()
        });
        let cut_off = last_cut_off.filter(|_| !port_up);
        let taken = cut_off.and_then(|trip| taken_since(material, battery, trip));
        let (cut_off, taken_ah) = (cut_off.is_some(), taken.unwrap_or(0.0));
        Forecaster { battery, port_up, cut_off, taken_ah }.judge()
    });
    judged.collect()
}

/// Charge in Ah that has left the cells since a trip, whichever way.
fn taken_since(material: &Material, battery: &BatteryEnd, trip: &TripSeen) -> Option<f64> {
    let soc = material.trace.series_named(&format!("{}.soc_pct", battery.id))?;
    let at_trip = soc.value_at(SimTime::from_seconds(trip.at_s.as_seconds()))?;
    let at_end = soc.value_at(material.reached)?;
    Some((at_trip - at_end).max(0.0) / 100.0 * battery.capacity_ah)
}

/// A battery at the end of a run.
struct Forecaster<'a> {
    battery: &'a BatteryEnd,
    port_up: bool,
    cut_off: bool,
    taken_ah: f64,
}

/// What a forecast takes for true.
#[derive(Clone)]
struct Assumption<'a> {
    rest: &'a RestCurve,
    /// Of each drain that reaches the cells, W.
    drains_w: Vec<f64>,
    self_discharge_30d: f64,
    /// The maker's reserve after a cut-off.
    share: Option<f64>,
}

/// What comes of it.
struct Forecast {
    level: RiskName,
    because: String,
    days: f64,
    /// Until the maker's reserve is taken.
    days_by_rule: Option<f64>,
}

impl<'a> Forecaster<'a> {
    fn judge(&self) -> DeepDischarge {
        let battery = self.battery;
        let given = self.as_given();
        let nominal = self.forecast(&given);
        let singles = self.singles(&given);
        let together = self.together();
        let ends: Vec<Forecast> = together.iter().map(|one| self.forecast(one)).collect();
        let mut decided_by: Vec<Decides> = Vec::new();
        for (parameter, value, assumption) in singles {
            let level = self.forecast(&assumption).level;
            if level != nominal.level {
                decided_by.push(Decides { parameter, value: value.into(), level });
            }
        }
        let worst_alone = decided_by.iter().map(|one| one.level).max().unwrap_or(nominal.level);
        let worst = ends.iter().map(|one| one.level).fold(worst_alone.max(nominal.level), Ord::max);
        let days = |of: fn(&Forecast) -> f64| {
            let all = || ends.iter().chain([&nominal]).map(of);
            Interval {
                at_least: all().fold(f64::INFINITY, f64::min).into(),
                at_most: all().fold(0.0, f64::max).into(),
            }
        };
        let days_until_damage = days(|one| one.days);
        let reserve = battery.reserve.as_ref().filter(|_| self.cut_off).map(|rule| ReserveSeen {
            allowed_ah: (rule.share.value * battery.capacity_ah).into(),
            taken_ah: self.taken_ah.into(),
            days_left: days(|one| one.days_by_rule.unwrap_or(f64::INFINITY)),
            source: rule.source.clone(),
        });
        let mut because = nominal.because;
        if matches!(nominal.level, RiskName::Low | RiskName::High) {
            let Interval { at_least, at_most } = &days_until_damage;
            because += &format!(", {at_least} to {at_most} with every guess at its ends");
        }
        for one in &decided_by {
            because += &format!("; {} of {} gives `{}`", one.parameter, one.value, one.level);
        }
        if worst > worst_alone.max(nominal.level) {
            because += &format!("; all guesses at their ends together give `{worst}`");
        }
        DeepDischarge {
            battery: battery.id.clone(),
            level: worst,
            as_given: (worst != nominal.level).then_some(nominal.level),
            decided_by,
            because,
            chargeable: worst != RiskName::Damaged,
            soc_pct: (battery.soc * 100.0).into(),
            charge_left_ah: battery.charge_left_ah.into(),
            charge_to_damage_ah: self.charge_to_damage_ah(&battery.rest).into(),
            lowest_rest_v: battery.lowest_rest_v.into(),
            days_until_damage,
            drains: battery.drains.iter().map(|drain| self.drain_seen(drain)).collect(),
            reserve,
        }
    }

    fn drain_seen(&self, drain: &Drain) -> DrainSeen {
        DrainSeen {
            name: drain.name.clone(),
            side: drain.side,
            reaches_cells: self.reaches_cells(drain),
            power_w: Interval {
                at_least: drain.power_w.range.0.into(),
                at_most: drain.power_w.range.1.into(),
            },
        }
    }

    fn reaches_cells(&self, drain: &Drain) -> bool {
        drain.side == Side::Pack || self.port_up
    }

    fn drains(&self) -> impl Iterator<Item = &'a Guessed> + '_ {
        let reaching = self.battery.drains.iter().filter(|drain| self.reaches_cells(drain));
        reaching.map(|drain| &drain.power_w)
    }

    fn as_given(&self) -> Assumption<'a> {
        let battery = self.battery;
        Assumption {
            rest: &battery.rest,
            drains_w: self.drains().map(|drain| drain.value).collect(),
            self_discharge_30d: battery.self_discharge_30d.value,
            share: battery.reserve.as_ref().map(|rule| rule.share.value),
        }
    }

    /// Each guess at each of its ends, with everything else as given.
    fn singles(&self, given: &Assumption<'a>) -> Vec<(String, f64, Assumption<'a>)> {
        let mut singles = Vec::new();
        for rest in &self.battery.rest_guessed {
            if let [(parameter, value)] = rest.assumes.as_slice() {
                singles.push((parameter.clone(), *value, Assumption { rest, ..given.clone() }));
            }
        }
        let mut both_ends = |guess: &Guessed, set: &dyn Fn(&mut Assumption, f64)| {
            for (end, written) in guess.ends() {
                let mut assumption = given.clone();
                set(&mut assumption, end);
                singles.push((guess.parameter.clone(), written, assumption));
            }
        };
        for (k, drain) in self.drains().enumerate() {
            both_ends(drain, &|assumption, end| assumption.drains_w[k] = end);
        }
        both_ends(&self.battery.self_discharge_30d, &|assumption, end| {
            assumption.self_discharge_30d = end;
        });
        if let Some(rule) = &self.battery.reserve {
            both_ends(&rule.share, &|assumption, end| assumption.share = Some(end));
        }
        singles
    }

    /// All guesses together: the drains at their most and the reserve at its least, and the other way
    /// round, on every curve.
    fn together(&self) -> Vec<Assumption<'a>> {
        let curves = std::iter::once(&self.battery.rest).chain(&self.battery.rest_guessed);
        let with = |rest, drains: fn(&Guessed) -> f64, reserve: fn(&Guessed) -> f64| Assumption {
            rest,
            drains_w: self.drains().map(drains).collect(),
            self_discharge_30d: drains(&self.battery.self_discharge_30d),
            share: self.battery.reserve.as_ref().map(|rule| reserve(&rule.share)),
        };
        let (low, high) = (|guess: &Guessed| guess.range.0, |guess: &Guessed| guess.range.1);
        curves.flat_map(|rest| [with(rest, high, low), with(rest, low, high)]).collect()
    }

    /// Charge of the weakest cell now if its curve is this one: it was cut off at the same rest voltage.
    fn weakest_soc(&self, rest: &RestCurve) -> f64 {
        if rest.assumes.is_empty() {
            return self.battery.weakest_soc;
        }
        let taken = self.taken_ah / self.battery.capacity_ah;
        if self.battery.weakest_soc + taken > RestCurve::TO {
            // Far above empty all curves are one.
            return self.battery.weakest_soc;
        }
        let cut_off_at = self.battery.rest.voltage(self.battery.weakest_soc + taken);
        rest.soc_at(cut_off_at) - taken
    }

    fn charge_to_damage_ah(&self, rest: &RestCurve) -> f64 {
        if rest.assumes.is_empty() {
            return self.battery.charge_to_damage_ah;
        }
        (self.weakest_soc(rest) - rest.soc_at(rest.damage_v)) * self.battery.capacity_ah
    }

    /// Days until a charge has left; never when nothing drains the cells.
    fn days(&self, assumption: &Assumption, charge_ah: f64) -> f64 {
        let battery = self.battery;
        let power: f64 = assumption.drains_w.iter().sum();
        let ah_per_day = power / battery.pack_rest_v * 24.0
            + assumption.self_discharge_30d * battery.capacity_ah / 30.0;
        if charge_ah <= 0.0 { 0.0 } else { charge_ah / ah_per_day.max(0.0) }
    }

    fn forecast(&self, assumption: &Assumption) -> Forecast {
        let (battery, rest) = (self.battery, assumption.rest);
        let charge_ah = self.charge_to_damage_ah(rest);
        let allowed_ah = assumption.share.map(|share| share * battery.capacity_ah);
        let allowed_ah = allowed_ah.filter(|_| self.cut_off);
        let days = self.days(assumption, charge_ah);
        let by_rule = allowed_ah.map(|allowed| self.days(assumption, allowed - self.taken_ah));
        let lowest = match rest.assumes.is_empty() {
            true => battery.lowest_rest_v,
            false => rest.voltage(self.weakest_soc(rest)),
        };
        let (level, because) = match allowed_ah {
            _ if lowest < rest.damage_v || charge_ah <= 0.0 => {
                let damage = quantity(rest.damage_v, "V");
                let lowest = quantity(lowest, "V");
                let words =
                    format!("the weakest cell rests at {lowest}, damage begins below {damage}");
                (RiskName::Damaged, words)
            }
            _ if !self.cut_off && lowest > battery.cutoff_v => {
                let (lowest, cutoff) = (quantity(lowest, "V"), quantity(battery.cutoff_v, "V"));
                let words =
                    format!("not cut off, and the weakest cell rests at {lowest}, above {cutoff}");
                (RiskName::None, words)
            }
            Some(allowed) if self.taken_ah >= allowed => {
                let (taken, allowed) = (quantity(self.taken_ah, "Ah"), quantity(allowed, "Ah"));
                let source = battery.reserve.as_ref().map_or("", |rule| &rule.source);
                let words =
                    format!("{taken} taken after the cut-off, of {allowed} that may be ({source})");
                (RiskName::Damaged, words)
            }
            _ => {
                // The rule is the narrower of the two: damage by it comes first.
                let days = by_rule.map_or(days, |by_rule| days.min(by_rule));
                let (level, than) = if days >= RESERVE_DAYS {
                    (RiskName::Low, "a week or more")
                } else {
                    (RiskName::High, "less than a week")
                };
                let days = Rounded::new(days);
                (level, format!("cut off with {days} days until damage, {than}"))
            }
        };
        Forecast { level, because, days, days_by_rule: by_rule }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ReserveRule;
    use crate::sample_run::{battery, guessed};

    /// 105 Ah that rest at 2.9 V with this much above the damage voltage.
    fn resting(charge_to_damage_ah: f64) -> BatteryEnd {
        let mut end = battery();
        end.weakest_soc = 0.0;
        end.charge_to_damage_ah = charge_to_damage_ah;
        end.lowest_rest_v = 2.9;
        end.rest = curve(charge_to_damage_ah / end.capacity_ah, None);
        end
    }

    /// From the damage voltage, this share of the capacity below empty, to 2.9 V at empty.
    fn curve(reserve: f64, assumed_pct: Option<f64>) -> RestCurve {
        let points = vec![(-reserve, 2.0), (0.0, 2.9), (0.4, 3.3)];
        let assumes = assumed_pct.map(|percent| ("sessy-1.reserve_pct".to_owned(), percent));
        RestCurve { assumes: assumes.into_iter().collect(), damage_v: 2.0, points }
    }

    fn judged(battery: &BatteryEnd, cut_off: bool, taken_ah: f64) -> DeepDischarge {
        Forecaster { battery, port_up: !cut_off, cut_off, taken_ah }.judge()
    }

    fn after_cutoff(charge_to_damage_ah: f64) -> DeepDischarge {
        judged(&resting(charge_to_damage_ah), true, 0.0)
    }

    #[test]
    fn a_makers_rule_counts_what_was_taken_after_the_cut_off() {
        let mut end = resting(50.0);
        end.capacity_ah = 200.0;
        let share = guessed("sessy-1.reserve_after_cut_off_pct", 0.01, (0.01, 0.01));
        end.reserve = Some(ReserveRule { share, source: "CL-51".to_owned() });
        let in_time = judged(&end, true, 1.9);
        assert_ne!(in_time.level, RiskName::Damaged);
        assert_eq!(in_time.reserve.unwrap().allowed_ah.get(), 2.0);
        let too_late = judged(&end, true, 2.0);
        assert_eq!(too_late.level, RiskName::Damaged);
        assert!(!too_late.chargeable);
        assert!(too_late.because.contains("CL-51"), "{}", too_late.because);
        assert_eq!(judged(&end, false, 0.0).reserve, None);
    }

    #[test]
    fn a_makers_rule_that_is_a_guess_is_taken_at_its_ends() {
        let mut end = resting(50.0);
        end.capacity_ah = 200.0;
        let share = guessed("sessy-1.reserve_after_cut_off_pct", 0.02, (0.01, 0.03));
        end.reserve = Some(ReserveRule { share, source: "a guess".to_owned() });
        let decides = |taken| {
            let judged = judged(&end, true, taken);
            judged.decided_by.iter().any(|one| {
                one.parameter == "sessy-1.reserve_after_cut_off_pct"
                    && one.level == RiskName::Damaged
            })
        };
        assert!(decides(2.0));
        assert!(!decides(1.99));
    }

    #[test]
    fn the_reserve_after_cut_off_decides_between_low_and_high() {
        // 0.8 W, 0.6 to 1.0 W, at 50 V are 0.384, 0.288 to 0.48 Ah a day.
        let low = after_cutoff(3.37);
        assert_eq!((low.level, low.as_given), (RiskName::Low, None));
        assert!(low.because.ends_with("with every guess at its ends"), "{}", low.because);
        let undecided = after_cutoff(3.35);
        assert_eq!((undecided.level, undecided.as_given), (RiskName::High, Some(RiskName::Low)));
        let decides = &undecided.decided_by[0];
        assert_eq!(
            (decides.parameter.as_str(), decides.value.get()),
            ("sessy-1.quiescent_draw_w", 1.0)
        );
        // As given it is less than a week; only the best of guesses says otherwise.
        let pessimistic = after_cutoff(2.6);
        assert_eq!((pessimistic.level, pessimistic.as_given), (RiskName::High, None));
        assert_eq!(pessimistic.decided_by[0].level, RiskName::Low);
        assert!(after_cutoff(1.0).decided_by.is_empty());
    }

    #[test]
    fn a_reserve_that_is_a_guess_is_taken_at_its_ends() {
        let with = |reserve: f64, taken_ah: f64| {
            let mut end = resting(5.25);
            end.weakest_soc = -taken_ah / end.capacity_ah;
            end.charge_to_damage_ah -= taken_ah;
            end.drains.clear();
            end.rest_guessed = vec![curve(reserve, Some(reserve * 100.0))];
            judged(&end, true, taken_ah)
        };
        // Cut off at 2.9 V, 1.05 Ah above a reserve of 1 %.
        let damaged = with(0.01, 1.06);
        assert_eq!((damaged.level, damaged.as_given), (RiskName::Damaged, Some(RiskName::Low)));
        assert!(!damaged.chargeable);
        assert!(
            damaged.because.contains("sessy-1.reserve_pct of 1 gives `damaged`"),
            "{}",
            damaged.because
        );
        let low = with(0.01, 1.04);
        assert_eq!((low.level, low.decided_by.len()), (RiskName::Low, 0));
    }

    #[test]
    fn guesses_that_decide_only_together_are_said_to() {
        // A week at 0.8 W are 2.69 Ah, at 1.0 W 3.36 Ah.
        let mut end = resting(3.8);
        end.rest_guessed = vec![curve(3.4 / 105.0, Some(3.2))];
        assert_eq!(judged(&end, true, 0.0).level, RiskName::Low);
        end.rest_guessed = vec![curve(3.0 / 105.0, Some(2.9))];
        let together = judged(&end, true, 0.0);
        assert_eq!((together.level, together.decided_by.len()), (RiskName::High, 0));
        assert!(together.because.contains("together give `high`"), "{}", together.because);
    }

    #[test]
    fn a_cell_below_its_damage_voltage_must_not_be_charged() {
        let mut end = resting(5.25);
        (end.weakest_soc, end.charge_to_damage_ah, end.lowest_rest_v) = (-0.051, -0.1, 1.98);
        let judged = judged(&end, true, 0.0);
        assert_eq!(judged.level, RiskName::Damaged);
        assert!(!judged.chargeable);
        assert_eq!(judged.days_until_damage.at_most.get(), 0.0);
    }

    #[test]
    fn what_hangs_behind_the_open_switch_does_not_drain_the_cells() {
        let open = judged(&battery(), true, 0.0);
        let closed = judged(&battery(), false, 0.0);
        assert!(open.drains.iter().any(|drain| drain.side == Side::Port && !drain.reaches_cells));
        assert!(closed.days_until_damage.at_least.get() < open.days_until_damage.at_least.get());
        assert_eq!(closed.level, RiskName::None);
    }

    #[test]
    fn a_battery_that_nothing_drains_lasts_without_end() {
        let mut end = battery();
        end.drains.clear();
        assert!(judged(&end, true, 0.0).days_until_damage.at_most.get().is_nan());
    }
}
