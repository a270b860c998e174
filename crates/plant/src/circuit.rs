//! The network as the world holds it, and who is in the world.

use bevy_ecs::prelude::{Entity, Resource};

use crate::network::{BranchId, Network, NodeId};

/// The one network of a world, and the names that scenario events use for its parts.
#[derive(Resource)]
pub struct Circuit {
    /// The network.
    pub network: Network,
    /// Nodes in the order of the system file; the first is ground.
    pub nodes: Vec<NodeId>,
    /// Branches that short a node when a scenario says so, by the short's number.
    pub shorts: Vec<BranchId>,
}

/// Entities in the order of their instances' names: queries promise no order.
#[derive(Resource, Default)]
pub struct Roster {
    /// Batteries, each with a terminal.
    pub batteries: Vec<Entity>,
    /// Inverters, each with a terminal.
    pub inverters: Vec<Entity>,
}
