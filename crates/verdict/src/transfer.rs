//! What changing over between sources did: gaps in the loads' supply, sources connected to each other,
//! and the measurements of the manual's functional test (SESSY-38).

use blackstart_trace::{Event, EventKind, SignalKind};
use blackstart_units::SimTime;

use crate::stretch::{Band, Stretch};
use crate::{Extent, GapSeen, Material, OnInverter, ParallelSeen};

/// A gap in a load's supply, to the nanosecond.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub load: String,
    pub from: SimTime,
    pub to: SimTime,
    pub ended: bool,
    pub rode_through: bool,
}

impl Gap {
    /// Whether it lasts into a window. One that ends as the window begins does not.
    pub fn is_in(&self, from: SimTime, to: SimTime) -> bool {
        self.from <= to && (self.to > from || !self.ended)
    }
}

impl From<&Gap> for GapSeen {
    fn from(gap: &Gap) -> Self {
        Self {
            load: gap.load.clone(),
            from_s: gap.from.into(),
            lasted_s: (gap.to - gap.from).into(),
            ended: gap.ended,
            rode_through: gap.rode_through,
        }
    }
}

/// Every gap, also those since the start and those that had not ended, in the order of their
/// beginnings.
pub(crate) fn gaps(material: &Material) -> Vec<Gap> {
    let gap = |event: &Event| {
        let (lasted, rode_through, ended) = match event.kind {
            EventKind::GapEnded { lasted, rode_through } => (lasted, rode_through, true),
            EventKind::GapOpen { lasted, rode_through } => (lasted, rode_through, false),
            _ => return None,
        };
        let (load, from) = (event.subject.clone(), event.at - lasted);
        Some(Gap { load, from, to: event.at, ended, rode_through })
    };
    let mut gaps: Vec<Gap> = material.trace.events().iter().filter_map(gap).collect();
    gaps.sort_by(|a, b| (a.from, &a.load).cmp(&(b.from, &b.load)));
    gaps
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
