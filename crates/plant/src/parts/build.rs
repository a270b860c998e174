//! From parts to branches, loads, sensors and what acts.

use std::collections::BTreeMap;

use blackstart_engine::NoiseStream;
use blackstart_scenario::kinds::AcPlace;
use blackstart_scenario::{Link, Model, System};
use blackstart_trace::SignalId;
use blackstart_units::SimTime;

use super::{Acting, BUILDERS, Builder, Parts, role};
use crate::install::{Installer, PlantError};
use crate::network::{BranchId, NodeId, Quantity};
use crate::sampling::{Channel, Sampling};

/// What measures: all of its channels are converted together.
pub(crate) struct Sensor {
    pub period: SimTime,
    pub latency: SimTime,
    pub channels: Vec<Channel>,
    /// The lowest and the highest of what the channels read, where the network knows them.
    pub extremes: Option<(Quantity, Quantity)>,
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
}

impl PartsBuilder {
    /// Everything that acts, found by its path from now on.
    pub fn finish(self) -> Parts {
        let place = |id: &String| self.position(id);
        let releases = self.releases.iter().filter_map(|(id, released)| {
            Some((place(id)?, released.iter().filter_map(place).collect()))
        });
        let releases = releases.collect();
        Parts { releases, acting: self.acting, roles: self.roles }
    }

    /// Where a part acts.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.acting.iter().position(|(other, _)| other == id)
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
    /// Index in [`System::devices`].
    pub device: usize,
    pub system: &'b System,
    ends: Vec<NodeId>,
}

impl Installer<'_> {
    /// Builds every part: first what others refer to, then what refers to it; and their roles.
    pub(crate) fn parts(&mut self, system: &System) -> Result<(), PlantError> {
        for turn in 0..3 {
            for (index, device) in system.devices.iter().enumerate() {
                let Model::Part(part) = &device.model else { continue };
                let own_turn = match part.kind.ac {
                    // What changes over may hear a battery, which must be there.
                    AcPlace::Switch => 2,
                    _ => usize::from(!part.kind.links.is_empty()),
                };
                if turn != own_turn {
                    continue;
                }
                let missing = || PlantError::Part(device.id.clone());
                let found = BUILDERS.iter().find(|(name, _)| *name == part.kind.name);
                let (_, builder): &(&str, Builder) = found.ok_or_else(missing)?;
                let ends = part.ends.iter().map(|node| self.nodes[node.0]).collect();
                let mut build =
                    Build { installer: self, id: &device.id, device: index, system, ends };
                builder(part, &mut build).ok_or_else(missing)?;
            }
        }
        self.parts.acting.sort_by(|a, b| a.0.cmp(&b.0));
        for made in &system.part_roles {
            let wiring = role::install(self, system, made)
                .ok_or_else(|| PlantError::Part(made.path.clone()))?;
            self.parts.roles.push(wiring);
        }
        Ok(())
    }
}

impl Build<'_, '_> {
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

/// The assembly that a part belongs to, which what happens to it is reported of; the part itself, where it
/// stands in the system.
pub(super) fn owner(id: &str) -> String {
    id.rsplit_once('.').map_or(id, |(owner, _)| owner).to_owned()
}
