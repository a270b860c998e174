//! What the parts of a system leave behind while they are built.

use std::collections::BTreeMap;

use blackstart_engine::NoiseStream;
use blackstart_scenario::PinTarget;
use blackstart_units::SimTime;

use super::acting::Acting;
use super::parts::Parts;
use super::wiring::Wiring;
use crate::ac::Tap;
use crate::network::{BranchId, LoadId, Quantity};
use crate::sampling::{Channel, Sampling};

/// What measures: all of its channels are converted together.
pub(crate) struct Sensor {
    pub period: SimTime,
    pub latency: SimTime,
    pub channels: Vec<Channel>,
    /// The lowest and the highest of what the channels read, where the network knows them.
    pub extremes: Option<(Quantity, Quantity)>,
    /// Channels of pins that are none of an array, by the pins' names.
    pub places: Vec<(&'static str, usize)>,
    /// Comparators of which it tells its controller at once.
    pub alerts: Vec<String>,
    /// From a command of its controller to what it is for.
    pub command_latency: SimTime,
}

impl Sensor {
    /// One that measures for itself alone.
    pub fn plain(
        (period, latency): (SimTime, SimTime),
        channels: Vec<Channel>,
        extremes: Option<(Quantity, Quantity)>,
    ) -> Self {
        let (places, alerts, command_latency) = (Vec::new(), Vec::new(), SimTime::ZERO);
        Self { period, latency, channels, extremes, places, alerts, command_latency }
    }
}

/// What the parts of a system leave behind.
#[derive(Default)]
pub(crate) struct PartsBuilder {
    pub(super) acting: Vec<(String, Box<dyn Acting>)>,
    pub(super) offered: BTreeMap<(String, String, Option<usize>), Quantity>,
    pub(super) strings: BTreeMap<String, BranchId>,
    pub(super) sensors: BTreeMap<String, Sensor>,
    pub(super) roles: Vec<Wiring>,
    /// Which parts release which.
    pub(super) releases: Vec<(String, Vec<String>)>,
    /// What is fed from an AC source, and from which.
    pub(super) fed: Vec<(String, Option<Tap>)>,
    /// Loads that are reported in the books, and whether only where they had any.
    pub(super) deliveries: Vec<(String, LoadId, bool)>,
}

impl PartsBuilder {
    /// Everything that acts, found by its path from now on.
    pub fn finish(self) -> Parts {
        let place = |id: &String| self.position(id);
        let releases = self.releases.iter().filter_map(|(id, released)| {
            Some((place(id)?, released.iter().filter_map(place).collect()))
        });
        let releases = releases.collect();
        let of_current = |channel: &Channel| match channel.quantity {
            Quantity::Current(branch) => Some((branch, (channel.error.gain, channel.error.offset))),
            _ => None,
        };
        let channels = self.sensors.values().flat_map(|sensor| &sensor.channels);
        let tolerances = channels.filter_map(of_current).collect();
        let fed = self.fed.iter().filter_map(|(id, tap)| Some((place(id)?, *tap))).collect();
        let Self { acting, roles, deliveries, strings, .. } = self;
        Parts { releases, strings, acting, roles, tolerances, fed, deliveries, alerts: Vec::new() }
    }

    /// Where a part acts.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.acting.iter().position(|(other, _)| other == id)
    }

    /// The channel of a sensor that a pin is.
    pub fn place(&self, target: &PinTarget) -> usize {
        let sensor = self.sensors.get(&target.part);
        let named = sensor.and_then(|one| one.places.iter().find(|(pin, _)| *pin == target.pin));
        named.map_or(target.element.unwrap_or(0), |(_, place)| *place)
    }

    /// What a pin of a sensor measures.
    pub fn channel(&self, target: &PinTarget) -> Option<&Channel> {
        self.sensors.get(&target.part)?.channels.get(self.place(target))
    }

    /// What a sensor does beside measuring.
    pub fn sensor(&self, id: &str) -> Option<&Sensor> {
        self.sensors.get(id)
    }

    /// A device is fed from an AC source.
    pub fn feed(&mut self, device: &str, source: Option<Tap>) {
        self.fed.iter_mut().filter(|one| one.0 == device).for_each(|one| one.1 = source);
    }

    /// The branch of a part, by the current that it offers.
    pub fn branch(&self, id: &str) -> Option<BranchId> {
        match self.offered.get(&(id.to_owned(), "current_a".to_owned(), None)) {
            Some(Quantity::Current(branch)) => Some(*branch),
            _ => None,
        }
    }

    /// A string of cells.
    pub fn cells(&self, id: &str) -> Option<BranchId> {
        self.strings.get(id).copied()
    }

    /// What a pin of what acts shows.
    pub fn reading(&self, part: usize, pin: &str) -> f64 {
        self.acting[part].1.reading(pin)
    }

    pub fn is_sensor(&self, id: &str) -> bool {
        self.sensors.contains_key(id)
    }

    /// What a role samples through a sensor, from one of its readings on.
    pub fn sampling(
        &self,
        id: &str,
        elements: &[usize],
        first: usize,
        seed: u64,
    ) -> Option<Sampling> {
        let sensor = self.sensors.get(id)?;
        let channels: Vec<Channel> =
            elements.iter().map(|&k| sensor.channels.get(k).cloned()).collect::<Option<_>>()?;
        let is_whole = channels.len() == sensor.channels.len();
        let noise = NoiseStream::new(seed, id);
        let mut sampling = Sampling::new(sensor.period, sensor.latency, channels, noise);
        sampling.first = first;
        if let Some((lowest, highest)) = sensor.extremes.filter(|_| is_whole) {
            (sampling.lowest, sampling.highest) = (Some(lowest), Some(highest));
        }
        Some(sampling)
    }
}
