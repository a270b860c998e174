//! The network as the world holds it, and who is in the world.

use bevy_ecs::prelude::{Entity, Resource};
use blackstart_units::{SimTime, Watts};

use crate::moments::Moments;
use crate::network::{BranchId, LoadId, Network, NodeId};

/// The one network of a world, and the names that scenario events use for its parts.
#[derive(Resource)]
pub struct PlantCircuit {
    /// The network.
    pub network: Network,
    /// Nodes in the order of the system file; the first is ground.
    pub nodes: Vec<NodeId>,
    /// The shorts of the scenario, by their number.
    pub shorts: Vec<Short>,
    /// Inverters that draw for the start of a load behind them, and what each will once that is over.
    pub starting: Vec<(LoadId, Watts)>,
    /// Since its last change from outside: a switch, a short, a load.
    pub(crate) moments: Moments,
    changes: Vec<SimTime>,
    /// How often something was changed.
    count: u64,
}

impl PlantCircuit {
    /// A circuit to which nothing has happened.
    pub(crate) fn new(network: Network, nodes: Vec<NodeId>, shorts: Vec<Short>) -> Self {
        let (starting, changes) = (Vec::new(), Vec::new());
        let moments = Moments::after(network.clone());
        Self { network, nodes, shorts, starting, moments, changes, count: 0 }
    }

    /// What the first tick has commanded belongs to how it all began.
    pub(crate) fn begin(&mut self) {
        if self.count == 0 && self.network.now() == SimTime::ZERO {
            self.moments = Moments::after(self.network.clone());
        }
    }

    /// Remembers the network as it is: something has just been changed.
    pub(crate) fn note_change(&mut self) {
        self.moments = Moments::after(self.network.clone());
        self.count += 1;
        if self.changes.last() != Some(&self.network.now()) {
            self.changes.push(self.network.now());
        }
    }

    /// How often something was changed: another number means that levels may have been jumped over.
    pub(crate) fn change_count(&self) -> u64 {
        self.count
    }

    /// When something was changed.
    pub(crate) fn changes(&self) -> &[SimTime] {
        &self.changes
    }
}

/// A branch that shorts a node to ground when the scenario says so.
pub struct Short {
    /// The branch.
    pub branch: BranchId,
    /// Name of the node.
    pub node: String,
}

/// Entities in the order of their instances' names: queries promise no order.
#[derive(Resource, Default)]
pub struct Roster {
    /// Inverters, each with a terminal.
    pub inverters: Vec<Entity>,
    /// Transfer switches, each with a terminal.
    pub transfer_switches: Vec<Entity>,
    /// What decides on the DC side: monitors of modules, external BMS, remote-controlled switches,
    /// chargers.
    pub dc: Vec<Entity>,
    /// Roles that are made of pins of parts.
    pub parts: Vec<Entity>,
}

impl Roster {
    /// Everybody who has a terminal.
    pub fn controlled(&self) -> impl Iterator<Item = Entity> + '_ {
        let sides = self.inverters.iter().chain(&self.transfer_switches);
        sides.chain(&self.dc).chain(&self.parts).copied()
    }
}
