//! Where a run left the ranges within which the models were held against something
//! (`docs/fidelity.md`): the verdict stands, but says so.

use blackstart_trace::Series;
use blackstart_units::SimTime;

use crate::{Material, OutsideSeen};

/// Cell temperatures, °C.
const TEMPERATURE_C: (f64, f64) = (-10.0, 45.0);
/// State of charge beyond which the open-circuit curve is a guess, %.
const SOC_PCT: (f64, f64) = (-1.0, 101.0);
/// A current beyond one capacity an hour is a matter of resistance and inductance while it is short.
const LASTING: SimTime = SimTime::from_whole_seconds(1);

/// At most one entry for each battery and range.
pub(crate) fn outside(material: &Material) -> Vec<OutsideSeen> {
    let mut seen = Vec::new();
    for battery in material.batteries {
        let series = |name: &str| material.trace.series_named(&format!("{}.{name}", battery.id));
        let mut note = |signal: &str, range: &str, (at, value): (SimTime, f64)| {
            seen.push(OutsideSeen {
                signal: format!("{}.{signal}", battery.id),
                checked: range.to_owned(),
                at_s: at.into(),
                value: value.into(),
            });
        };
        if let Some(series) = series("temperature_c") {
            let (low, high) = TEMPERATURE_C;
            if let Some(worst) = furthest_beyond(series, TEMPERATURE_C) {
                note("temperature_c", &format!("{low} to {high} °C"), worst);
            }
        }
        if let Some(series) = series("soc_pct") {
            let (low, high) = SOC_PCT;
            if let Some(worst) = furthest_beyond(series, SOC_PCT) {
                note("soc_pct", &format!("{low} to {high} %"), worst);
            }
        }
        if let Some(series) = series("pack_current_a")
            && let Some(worst) = lasting_beyond(series, battery.capacity_ah)
        {
            note(
                "pack_current_a",
                &format!("lasting currents up to {} A", battery.capacity_ah),
                worst,
            );
        }
    }
    seen
}

/// Where a quantity was furthest outside of a range.
fn furthest_beyond(series: &Series, (low, high): (f64, f64)) -> Option<(SimTime, f64)> {
    let beyond = |(_, value): &(SimTime, f64)| (low - value).max(value - high);
    let worst = series.iter().max_by(|a, b| beyond(a).total_cmp(&beyond(b)));
    worst.filter(|worst| beyond(worst) > 0.0)
}

/// The largest current of all stretches beyond a limit that last.
pub(crate) fn lasting_beyond(series: &Series, limit: f64) -> Option<(SimTime, f64)> {
    let mut worst: Option<(SimTime, f64)> = None;
    let mut stretch: Option<(SimTime, (SimTime, f64))> = None;
    for (at, value) in series.iter() {
        if value.abs() <= limit {
            stretch = None;
            continue;
        }
        let (since, peak) = stretch.get_or_insert((at, (at, value)));
        if value.abs() > peak.1.abs() {
            *peak = (at, value);
        }
        let lasts = at.since(*since) >= LASTING;
        if lasts && worst.is_none_or(|worst| peak.1.abs() > worst.1.abs()) {
            worst = Some(*peak);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_trace::{Catalogue, Trace};

    fn of(samples: &[(f64, f64)]) -> Option<(SimTime, f64)> {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("current_a".to_owned());
        let mut trace = Trace::new(catalogue);
        for &(at, value) in samples {
            trace.sample(id, SimTime::from_seconds(at), value);
        }
        lasting_beyond(trace.series(id), 100.0)
    }

    #[test]
    fn an_inrush_is_short_and_an_overload_lasts() {
        assert_eq!(of(&[(0.0, 0.0), (1.0, 900.0), (1.001, 0.0)]), None);
        assert_eq!(of(&[(0.0, 99.0), (5.0, 100.0)]), None);
        let lasting = of(&[(0.0, 0.0), (1.0, -120.0), (2.0, -150.0), (3.0, -110.0), (4.0, 0.0)]);
        assert_eq!(lasting, Some((SimTime::from_whole_seconds(2), -150.0)));
    }
}
