//! One part under construction: what its kind may add to the world, and find of others.

use blackstart_scenario::kinds::gate_heat::{self, GateHeat};
use blackstart_scenario::{Link, Part, System};
use blackstart_trace::SignalId;
use blackstart_units::Celsius;

use super::acting::Acting;
use super::builder::Sensor;
use crate::installer::Installer;
use crate::network::{BranchId, LoadId, NodeId, Quantity, Warmth};

/// One part under construction.
pub(crate) struct Build<'b, 'w> {
    pub installer: &'b mut Installer<'w>,
    pub id: &'b str,
    pub system: &'b System,
    pub(super) ends: Vec<NodeId>,
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

    /// Lets others look at how warm a switch is, where its file says how it gets so.
    pub fn offer_warmth(&mut self, part: &Part, branch: BranchId) {
        if part.has_group(gate_heat::GROUP) {
            self.offer("temperature_c", None, Quantity::GateTemperature(branch));
            self.probe("temperature_c", Quantity::GateTemperature(branch), 1.0);
        }
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

/// How a switch gets warm, where its file says so.
pub(super) fn gate_warmth(part: &Part) -> Option<Warmth> {
    let heat: GateHeat = part.group(gate_heat::GROUP)?;
    Some(Warmth {
        resistance: heat.thermal_resistance_k_per_w.plain(),
        lag: heat.thermal_time_s.seconds(),
        ambient: Celsius(heat.ambient_temperature_c.plain()),
    })
}
