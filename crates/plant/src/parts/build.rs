//! From parts to branches, loads, sensors and what acts.

use std::collections::{BTreeMap, BTreeSet};

use blackstart_engine::NoiseStream;
use blackstart_scenario::kinds::AcPlace;
use blackstart_scenario::{Device, Link, Part, PinTarget, System};
use blackstart_trace::SignalId;
use blackstart_units::SimTime;

use super::{Acting, BUILDERS, Builder, Parts, role};
use crate::ac::Tap;
use crate::install::{Installer, PlantError};
use crate::network::{BranchId, LoadId, NodeId, Quantity};
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
    acting: Vec<(String, Box<dyn Acting>)>,
    offered: BTreeMap<(String, String, Option<usize>), Quantity>,
    strings: BTreeMap<String, BranchId>,
    sensors: BTreeMap<String, Sensor>,
    roles: Vec<role::Wiring>,
    /// Which parts release which.
    releases: Vec<(String, Vec<String>)>,
    /// What is fed from an AC source, and from which.
    fed: Vec<(String, Option<Tap>)>,
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

/// One part under construction.
pub(crate) struct Build<'b, 'w> {
    pub installer: &'b mut Installer<'w>,
    pub id: &'b str,
    pub system: &'b System,
    ends: Vec<NodeId>,
}

impl Installer<'_> {
    /// Builds every part: first what others refer to, then what refers to it; and their roles.
    pub(crate) fn parts(&mut self, system: &System) -> Result<(), PlantError> {
        // What changes over may hear a battery, which must be there.
        let all = || system.devices.iter().map(of_part);
        let changes_over = |part: &Part| part.kind.ac == AcPlace::Switch;
        let mut built = BTreeSet::new();
        self.build(system, all().filter(|(_, part)| !changes_over(part)), &mut built)?;
        self.build(system, all().filter(|(_, part)| changes_over(part)), &mut built)?;
        self.parts.acting.sort_by(|a, b| a.0.cmp(&b.0));
        for made in &system.part_roles {
            let wiring = role::install(self, system, made)
                .ok_or_else(|| PlantError::Part(made.path.clone()))?;
            self.parts.roles.push(wiring);
        }
        Ok(())
    }

    /// Builds these parts, each when what it looks at stands.
    fn build<'s>(
        &mut self,
        system: &'s System,
        parts: impl Iterator<Item = (&'s str, &'s Part)>,
        built: &mut BTreeSet<&'s str>,
    ) -> Result<(), PlantError> {
        let mut waiting: Vec<_> = parts.collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut later = Vec::new();
            for (id, part) in waiting {
                let mut links = part.kind.links.iter().filter(|key| key.looks());
                let is_there = |one: &Link| built.contains(one.part.as_str());
                if !links.all(|key| part.links(key.key).iter().all(is_there)) {
                    later.push((id, part));
                    continue;
                }
                let missing = || PlantError::Part(id.to_owned());
                let found = BUILDERS.iter().find(|(name, _)| *name == part.kind.name);
                let (_, builder): &(&str, Builder) = found.ok_or_else(missing)?;
                let ends = part.ends.iter().map(|node| self.nodes[node.0]).collect();
                let mut build = Build { installer: self, system, id, ends };
                builder(part, &mut build).ok_or_else(missing)?;
                built.insert(id);
            }
            // Parts that look at each other in a circle.
            if let Some((id, _)) = later.first().filter(|_| later.len() == before) {
                return Err(PlantError::Part((*id).to_owned()));
            }
            waiting = later;
        }
        Ok(())
    }
}

impl Build<'_, '_> {
    /// Another part of a declared kind.
    pub fn part(&self, id: &str) -> Option<&Part> {
        self.system.part(id)
    }

    /// What a load takes is reported in the books; of one that is `used` at times, only then.
    pub fn delivers(&mut self, load: LoadId, used: bool) {
        let name = self.id.replace('.', " ");
        self.installer.parts.deliveries.push((name, load, used));
    }

    /// The part may be fed from an AC source.
    pub fn is_fed(&mut self) {
        self.installer.parts.fed.push((self.id.to_owned(), None));
    }

    /// The node of an end, by its place.
    pub fn end(&self, place: usize) -> Option<NodeId> {
        self.ends.get(place).copied()
    }

    /// Lets others look at a quantity.
    pub fn offer(&mut self, name: &str, element: Option<usize>, quantity: Quantity) {
        let key = (self.id.to_owned(), name.to_owned(), element);
        self.installer.parts.offered.insert(key, quantity);
    }

    /// Lets others find cells.
    pub fn offer_cells(&mut self, branch: BranchId) {
        self.installer.parts.strings.insert(self.id.to_owned(), branch);
    }

    /// The quantity that a link leads to.
    pub fn look(&self, link: &Link) -> Option<Quantity> {
        let key = (link.part.clone(), link.quantity.to_owned(), link.element);
        self.installer.parts.offered.get(&key).copied()
    }

    /// The cell that a link leads to.
    pub fn cell(&self, link: &Link) -> Option<(BranchId, usize)> {
        self.installer.parts.strings.get(&link.part).copied().zip(link.element)
    }

    /// Signal of a quantity, named after the part.
    pub fn probe(&mut self, name: &str, quantity: Quantity, scale: f64) {
        self.installer.probe(format!("{}.{name}", self.id), vec![quantity], scale);
    }

    /// The same of what parts beside it show in full.
    pub fn detail(&mut self, name: &str, quantity: Quantity) {
        self.installer.detail(format!("{}.{name}", self.id), quantity);
    }

    /// A signal with states, named after the part.
    pub fn state(&mut self, name: &str, states: &[&str]) -> SignalId {
        self.installer.catalogue.state(format!("{}.{name}", self.id), states)
    }

    /// A continuous signal, named after the part.
    pub fn analog(&mut self, name: &str) -> SignalId {
        self.installer.catalogue.analog(format!("{}.{name}", self.id))
    }

    /// The part acts between the steps of the network.
    pub fn acts(&mut self, part: impl Acting + 'static) {
        self.installer.parts.acting.push((self.id.to_owned(), Box::new(part)));
    }

    /// The part lets others go.
    pub fn releases(&mut self, others: Vec<String>) {
        self.installer.parts.releases.push((self.id.to_owned(), others));
    }

    /// The part measures.
    pub fn measures(&mut self, sensor: Sensor) {
        self.installer.parts.sensors.insert(self.id.to_owned(), sensor);
    }
}

/// A device with its path.
fn of_part(device: &Device) -> (&str, &Part) {
    (device.id.as_str(), &device.model)
}

/// The assembly that a part belongs to, which what happens to it is reported of; the part itself, where it
/// stands in the system.
pub(super) fn owner(id: &str) -> String {
    id.rsplit_once('.').map_or(id, |(owner, _)| owner).to_owned()
}
