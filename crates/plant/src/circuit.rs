//! The network as the world holds it, and who is in the world.

use bevy_ecs::prelude::{Entity, Resource};

use crate::network::{BranchId, LoadId, Network, NodeId};

/// The one network of a world, and the names that scenario events use for its parts.
#[derive(Resource)]
pub struct Circuit {
    /// The network.
    pub network: Network,
    /// Nodes in the order of the system file; the first is ground.
    pub nodes: Vec<NodeId>,
    /// The shorts of the scenario, by their number.
    pub shorts: Vec<Short>,
    /// What the inverters draw.
    pub draws: Vec<LoadId>,
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
    /// Batteries, each with a terminal.
    pub batteries: Vec<Entity>,
    /// Inverters, each with a terminal.
    pub inverters: Vec<Entity>,
    /// Transfer switches, each with a terminal.
    pub transfer_switches: Vec<Entity>,
}

impl Roster {
    /// Everybody who has a terminal.
    pub fn controlled(&self) -> impl Iterator<Item = Entity> + '_ {
        self.batteries.iter().chain(&self.inverters).chain(&self.transfer_switches).copied()
    }
}
