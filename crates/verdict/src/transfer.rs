//! What changing over between sources did: gaps in the loads' supply, sources connected to each other,
//! and the measurements of the manual's functional test (SESSY-38).

use blackstart_trace::{EventKind, SignalKind};
use blackstart_units::SimTime;

use crate::stretch::{Band, Stretch};
use crate::{Extent, GapSeen, Material, OnInverter, ParallelSeen};

/// Every gap that began during the run, in the order of their beginnings.
pub(crate) fn gaps(material: &Material) -> Vec<GapSeen> {
    let ended = material.trace.events().iter().filter_map(|event| match &event.kind {
        EventKind::GapEnded { lasted, rode_through } => Some(GapSeen {
            load: event.subject.clone(),
            from_s: (event.at - *lasted).into(),
            lasted_s: (*lasted).into(),
            ended: true,
            rode_through: *rode_through,
        }),
        _ => None,
    });
    let open = material.loads.iter().filter_map(|load| open_gap(material, load));
    let mut gaps: Vec<GapSeen> = ended.chain(open).collect();
    gaps.sort_by(|a, b| (a.from_s, &a.load).cmp(&(b.from_s, &b.load)));
    gaps
}

/// A gap that had not ended when the run did: the load was up, lost its supply, and never got it back.
fn open_gap(material: &Material, load: &str) -> Option<GapSeen> {
    let of_load = |event: &&blackstart_trace::Event| event.subject == load;
    let last = material
        .trace
        .events()
        .iter()
        .rev()
        .filter(of_load)
        .find(|event| matches!(event.kind, EventKind::LoadLost | EventKind::GapEnded { .. }))?;
    if !matches!(last.kind, EventKind::LoadLost) {
        return None;
    }
    let power = material.trace.series_named(&format!("{load}.ac_voltage_v"))?;
    let from = power.holds_since(material.reached, |volts| volts <= 0.0).unwrap_or(last.at);
    Some(GapSeen {
        load: load.to_owned(),
        from_s: from.into(),
        lasted_s: (material.reached - from).into(),
        ended: false,
        rode_through: false,
    })
}

/// Every time that a transfer switch connected its sources to each other.
pub(crate) fn parallel(material: &Material) -> Vec<ParallelSeen> {
    let seen = material.trace.events().iter().filter_map(|event| match event.kind {
        EventKind::SourcesParallel => {
            Some(ParallelSeen { switch: event.subject.clone(), at_s: event.at.into() })
        }
        _ => None,
    });
    seen.collect()
}

/// What each inverter showed while it carried loads after the grid had failed; none if it did not.
pub(crate) fn on_inverter(material: &Material) -> Vec<OnInverter> {
    let Some(grid) = material.grid else { return Vec::new() };
    let Some(failed) = material.first_in_state(&format!("{grid}.state"), "failed", SimTime::ZERO)
    else {
        return Vec::new();
    };
    let catalogue = material.trace.catalogue();
    let inverters = catalogue.iter().filter_map(|(_, signal)| {
        let SignalKind::Analog = signal.kind else { return None };
        signal.name.strip_suffix(".ac_frequency_hz")
    });
    inverters.filter_map(|inverter| carried(material, inverter, failed)).collect()
}

/// Over the longest time without a break, after the failure, in which it gave power.
fn carried(material: &Material, inverter: &str, failed: SimTime) -> Option<OnInverter> {
    let series = |signal: &str| material.trace.series_named(&format!("{inverter}.{signal}"));
    let power = series("ac_power_w")?;
    let (mut longest, mut since) = ((SimTime::ZERO, SimTime::ZERO), None);
    let samples = power.iter().filter(|sample| sample.0 >= failed);
    let end = (material.reached, 0.0);
    let start = (failed, power.held_at(failed).unwrap_or(0.0));
    for (at, watts) in std::iter::once(start).chain(samples).chain([end]) {
        if watts > 0.0 {
            since.get_or_insert(at);
        } else if let Some(from) = since.take()
            && at - from > longest.1 - longest.0
        {
            longest = (from, at);
        }
    }
    let (from, to) = longest;
    if to <= from {
        return None;
    }
    // Without the jumps at both ends.
    let inside = (from + SimTime::NANOSECOND, to - SimTime::NANOSECOND);
    let extent = |signal: &str| {
        let stretch = Stretch::cut(series(signal)?, inside.0, inside.1)?;
        let least = stretch.worst(Band { at_least: Some(0.0), at_most: None }).1;
        let most = stretch.worst(Band { at_least: None, at_most: Some(0.0) }).1;
        let mean = stretch.integral() / (to - from).as_seconds();
        Some(Extent { least: least.into(), mean: mean.into(), most: most.into() })
    };
    Some(OnInverter {
        inverter: inverter.to_owned(),
        from_s: from.into(),
        to_s: to.into(),
        ac_power_w: extent("ac_power_w")?,
        dc_current_a: extent("dc_current_a")?,
        ac_voltage_v: extent("ac_voltage_v")?,
        ac_frequency_hz: extent("ac_frequency_hz")?,
    })
}
