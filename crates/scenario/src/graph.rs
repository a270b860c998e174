//! The DC side of a system as a graph: what is connected with what, through which devices, and which way
//! current can flow.
//!
//! Rules about a system as drawn, the drains of a battery and the voltage of a bank ask this graph and walk
//! nothing themselves. Ground is where every walk ends: two systems that share nothing else are two islands.
//! What a device connects is said in one place, `Part::edge`: by the declaration of its kind.

use std::collections::BTreeSet;

use blackstart_units::{Ohms, Volts};

use crate::kinds::{AcPlace, Through};
use crate::part::Part;
use crate::resolved::{Device, Node, System};

/// What a device lets through between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Via {
    /// A conductor: both ways, always.
    Conductor,
    /// A fuse: both ways until it melts.
    Fuse,
    /// A switch: both ways while something closes it.
    Switch,
    /// A diode: from `from` to `to` alone.
    OneWay,
    /// A charging path from `from` to `to` that a BMS limits and switches: what lies beyond is its business,
    /// and no walk goes through it.
    Regulated,
    /// Cells: they raise the voltage by so much from `from` to `to`.
    Cells(Volts),
    /// Takes from `from` and returns to `to`; connects nothing.
    Draws,
    /// Gives to `to` and returns to `from`; connects nothing.
    Gives,
}

/// One device, or one path through it, between two nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    /// Index in [`System::devices`].
    pub device: usize,
    /// One end; of [`Via`]s with a direction the one that current comes from.
    pub from: Node,
    /// The other.
    pub to: Node,
    /// What it lets through.
    pub via: Via,
}

impl Part {
    /// What the part connects, as its kind declares.
    fn edge(&self) -> Option<(Node, Node, Via)> {
        let &[from, to] = &self.ends[..] else { return None };
        let via = match self.kind.through {
            Through::Nothing => return None,
            Through::Conductor => Via::Conductor,
            Through::Fuse => Via::Fuse,
            Through::OneWay => Via::OneWay,
            Through::Switch => Via::Switch,
            Through::Draws => Via::Draws,
            Through::Port(group) if self.has_group(group) => Via::Regulated,
            Through::Port(_) => Via::Draws,
            Through::Gives => Via::Gives,
            Through::Cells => Via::Cells(self.nominal_voltage()),
        };
        Some((from, to, via))
    }
}

impl Via {
    /// Whether charge can pass from the edge's beginning to its end, or `backwards`, while what is switched
    /// is closed.
    fn lets_through(self, backwards: bool) -> bool {
        match self {
            Self::Conductor | Self::Fuse | Self::Switch => true,
            // Through cells from plus to minus nothing is fed: they are charged.
            Self::Cells(_) | Self::OneWay => !backwards,
            Self::Regulated | Self::Draws | Self::Gives => false,
        }
    }

    /// Whether something has to be closed before anything passes.
    fn is_switched(self) -> bool {
        self == Self::Switch
    }

    /// Whether it stores energy.
    pub fn is_store(self) -> bool {
        matches!(self, Self::Cells(_))
    }

    /// By how much the voltage rises along it without current; `None` where something can part it.
    fn rise(self) -> Option<Volts> {
        match self {
            Self::Conductor | Self::Fuse | Self::OneWay => Some(Volts(0.0)),
            Self::Cells(volts) => Some(volts),
            Self::Switch | Self::Regulated | Self::Draws | Self::Gives => None,
        }
    }
}

/// As [`Via::rise`], of a closed switch nothing.
fn rise_when_closed(via: Via) -> Option<Volts> {
    if via == Via::Switch { Some(Volts(0.0)) } else { via.rise() }
}

/// A set of nodes of one system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes(Vec<bool>);

impl Nodes {
    /// Whether the node is one of them.
    pub fn contains(&self, node: Node) -> bool {
        self.0[node.0]
    }
}

/// The DC side of one system.
#[derive(Clone, Debug)]
pub struct Graph<'a> {
    system: &'a System,
    edges: Vec<Connection>,
}

impl<'a> Graph<'a> {
    /// The graph of a system.
    pub fn of(system: &'a System) -> Self {
        let of_device = |(device, one): (usize, &Device)| {
            let edges = one.model.edge().into_iter();
            edges.map(move |(from, to, via)| Connection { device, from, to, via })
        };
        Self { system, edges: system.devices.iter().enumerate().flat_map(of_device).collect() }
    }

    /// The ends of a part, in the order of its kind; none of what is no part.
    pub fn ends(&self, device: usize) -> &[Node] {
        &self.system.devices[device].model.ends
    }

    /// Every edge, in the order of the devices.
    pub fn edges(&self) -> &[Connection] {
        &self.edges
    }

    /// Where current from a node can get to while every switch is closed, the node itself included: along
    /// diodes, never against them, and never through ground.
    pub fn downstream(&self, node: Node) -> Nodes {
        self.walk(node, |edge, backwards| edge.via.lets_through(backwards))
    }

    /// Where current from a node can get to whatever the switches do.
    pub fn unswitched(&self, node: Node) -> Nodes {
        self.walk(node, |edge, backwards| {
            edge.via.lets_through(backwards) && !edge.via.is_switched()
        })
    }

    /// What hangs together with a node through conductors, fuses, switches and diodes whichever way round,
    /// but for what `is_apart` says of a device.
    pub fn beside(&self, node: Node, is_apart: impl Fn(usize) -> bool) -> Nodes {
        self.walk(node, |edge, _| {
            !edge.via.is_store()
                && (edge.via.lets_through(false) || edge.via.lets_through(true))
                && !is_apart(edge.device)
        })
    }

    /// Devices with cells whose plus feeds a node, each with nothing but conductors, fuses, switches and
    /// diodes in between: of cells in series the last. In the order of the devices.
    pub fn feeders(&self, node: Node) -> impl Iterator<Item = usize> + '_ {
        let reaches = move |edge: &Connection| {
            let outside = self.walk(edge.to, |other, backwards| {
                !other.via.is_store() && other.via.lets_through(backwards)
            });
            outside.contains(node)
        };
        self.edges
            .iter()
            .filter(move |edge| edge.via.is_store() && reaches(edge))
            .map(|edge| edge.device)
    }

    /// The first device with cells whose plus hangs together with a node through conductors, fuses and
    /// switches of packs alone.
    pub fn wired_store(&self, node: Node) -> Option<usize> {
        let of_packs: Vec<usize> = self.system.packs().flat_map(|pack| pack.switches()).collect();
        let wired = self.walk(node, |edge, _| {
            matches!(edge.via, Via::Conductor | Via::Fuse) || of_packs.contains(&edge.device)
        });
        let mut stores = self.edges.iter().filter(|edge| edge.via.is_store());
        stores.find(|edge| wired.contains(edge.to)).map(|edge| edge.device)
    }

    /// How many devices with cells feed a node, those further down their strings included: whatever the
    /// switches do, and with every switch closed.
    pub fn stores_upstream(&self, node: Node) -> (usize, usize) {
        let stores = || self.edges.iter().filter(|edge| edge.via.is_store());
        let unswitched = self.walk_back(node, |edge, backwards| {
            edge.via.lets_through(backwards) && !edge.via.is_switched()
        });
        let upstream = self.walk_back(node, |edge, backwards| edge.via.lets_through(backwards));
        let sure = stores().filter(|edge| unswitched.contains(edge.to));
        (sure.count(), stores().filter(|edge| upstream.contains(edge.to)).count())
    }

    /// Where a walk from a node gets to along edges that may be passed, either way.
    pub(crate) fn reached(&self, node: Node, may_pass: impl Fn(&Connection) -> bool) -> Nodes {
        self.walk(node, |edge, _| may_pass(edge))
    }

    /// Resistance of the way from one node to another that has the least, along conductors, fuses and closed
    /// switches, each as `of` says of its device.
    pub(crate) fn resistance(
        &self,
        (from, to): (Node, Node),
        of: impl Fn(usize) -> Option<Ohms>,
    ) -> Option<Ohms> {
        let mut least: Vec<Option<f64>> = vec![None; self.system.nodes.len()];
        least[from.0] = Some(0.0);
        let both_ways =
            |edge: &&Connection| matches!(edge.via, Via::Conductor | Via::Fuse | Via::Switch);
        let edges: Vec<&Connection> = self.edges.iter().filter(both_ways).collect();
        // A way passes each node once.
        for _ in 0..self.system.nodes.len() {
            for edge in &edges {
                let Ohms(own) = of(edge.device).unwrap_or(Ohms(0.0));
                for (near, far) in [(edge.from, edge.to), (edge.to, edge.from)] {
                    let Some(before) = least[near.0].filter(|_| near != Node::GROUND) else {
                        continue;
                    };
                    let along = before + own;
                    if least[far.0].is_none_or(|known| along < known) {
                        least[far.0] = Some(along);
                    }
                }
            }
        }
        least[to.0].map(Ohms)
    }

    /// Whether everything that current from a node gives to another goes through one device.
    pub fn passes(&self, device: usize, (from, to): (Node, Node)) -> bool {
        let without = self.walk(from, |edge, backwards| {
            edge.device != device && edge.via.lets_through(backwards)
        });
        self.downstream(from).contains(to) && !without.contains(to)
    }

    /// Nominal voltage of a node over ground, through cells, conductors, fuses and diodes; `None` for one
    /// that no cells reach without a switch.
    pub fn nominal_voltage(&self, node: Node) -> Option<Volts> {
        self.potentials(Via::rise)[node.0]
    }

    /// Nominal voltage of a node over ground with every switch closed.
    pub fn closed_voltage(&self, node: Node) -> Option<Volts> {
        self.potentials(rise_when_closed)[node.0]
    }

    /// Nominal voltage of the whole string of cells that a device is in series with, every switch closed:
    /// what lies across it when it opens alone and a load holds the end of the string down.
    pub fn string_voltage(&self, device: usize) -> Option<Volts> {
        let known = self.potentials(rise_when_closed);
        let of_device = self.edges.iter().filter(|edge| edge.device == device);
        let reached = of_device.flat_map(|edge| {
            let beyond = self.downstream(edge.to);
            (0..known.len()).map(Node).filter(move |&node| beyond.contains(node))
        });
        let volts = reached.filter_map(|node| known[node.0]);
        volts.reduce(|a, b| if b.0 > a.0 { b } else { a }).filter(|most| most.0 > 0.0)
    }

    /// Voltages over ground of the nodes that what rises leads to from there.
    fn potentials(&self, rise: impl Fn(Via) -> Option<Volts>) -> Vec<Option<Volts>> {
        let mut known: Vec<Option<Volts>> = vec![None; self.system.nodes.len()];
        known[Node::GROUND.0] = Some(Volts(0.0));
        loop {
            let mut found = false;
            for edge in &self.edges {
                let Some(rise) = rise(edge.via) else { continue };
                match (known[edge.from.0], known[edge.to.0]) {
                    (Some(volts), None) => known[edge.to.0] = Some(volts + rise),
                    (None, Some(volts)) => known[edge.from.0] = Some(volts - rise),
                    _ => continue,
                }
                found = true;
            }
            if !found {
                return known;
            }
        }
    }

    /// Nominal voltage of what a node feeds, or of itself, through closed switches and along diodes.
    pub fn bus_voltage(&self, node: Node) -> Option<Volts> {
        let nodes = self.downstream(node);
        let reached = (0..self.system.nodes.len()).map(Node).filter(|&one| nodes.contains(one));
        let own = std::iter::once(node).chain(reached);
        own.filter_map(|one| self.nominal_voltage(one)).find(|volts| volts.0 > 0.0)
    }

    /// Paths of the devices that can have anything to do with one, its own included: through nodes, AC
    /// sources, wires, cables of a BMS, what parts look at, roles that they are pins of. One that is not
    /// there lies on another island, and nothing couples the two. None of what is not in the system.
    pub fn coupled(&self, id: &str) -> BTreeSet<&'a str> {
        let devices = &self.system.devices;
        let Some(device) = self.system.device(id) else { return BTreeSet::new() };
        let bonds = self.bonds();
        let mut reached = vec![false; devices.len()];
        let mut next = vec![device];
        while let Some(one) = next.pop() {
            if std::mem::replace(&mut reached[one], true) {
                continue;
            }
            let with_it = bonds.iter().filter(|bond| bond.contains(&one));
            next.extend(with_it.flatten().copied().filter(|&other| !reached[other]));
        }
        let all = devices.iter().zip(reached);
        all.filter(|(_, reached)| *reached).map(|(device, _)| device.id.as_str()).collect()
    }

    /// Devices that have to do with each other directly.
    fn bonds(&self) -> Vec<Vec<usize>> {
        let system = self.system;
        let mut at_nodes = vec![Vec::new(); system.nodes.len()];
        for edge in &self.edges {
            at_nodes[edge.from.0].push(edge.device);
            at_nodes[edge.to.0].push(edge.device);
        }
        let mut bonds = Vec::new();
        for (index, device) in system.devices.iter().enumerate() {
            let part = &device.model;
            part.ends.iter().for_each(|end| at_nodes[end.0].push(index));
            let linked = part.links.iter().flatten();
            let linked = linked.filter_map(|link| system.device(&link.part));
            // What changes over to a storage may hear its battery.
            let heard = match part.kind.ac {
                AcPlace::Switch => system.storage_battery(index),
                _ => None,
            };
            bonds.push(linked.chain([index]).chain(heard).collect());
        }
        at_nodes.swap_remove(Node::GROUND.0);
        bonds.extend(at_nodes);
        bonds.extend(system.feeds.iter().map(|feed| vec![feed.source, feed.sink]));
        let of_wire = |wire: &crate::dc_model::Wire| vec![wire.cable, wire.source, wire.sink];
        bonds.extend(system.wires.iter().map(of_wire));
        bonds.extend(
            system
                .bms_cables
                .iter()
                .map(|cable| cable.modules.iter().copied().chain([cable.bms]).collect()),
        );
        bonds.extend(system.part_roles.iter().map(|role| {
            let pins = role.pins.iter().flat_map(|pin| &pin.to).map(|to| to.part.as_str());
            pins.chain([role.rules.as_str()]).filter_map(|part| system.device(part)).collect()
        }));
        bonds
    }

    /// Nodes from which a walk gets to an end.
    fn walk_back(&self, end: Node, may_pass: impl Fn(&Connection, bool) -> bool) -> Nodes {
        let mut nodes = vec![false; self.system.nodes.len()];
        nodes[end.0] = true;
        let mut next = vec![end];
        let mut visit = |near: Node, next: &mut Vec<Node>| {
            // Every walk ends at ground, so none comes from there.
            if near != Node::GROUND && !nodes[near.0] {
                nodes[near.0] = true;
                next.push(near);
            }
        };
        while let Some(node) = next.pop() {
            for edge in &self.edges {
                if edge.to == node && may_pass(edge, false) {
                    visit(edge.from, &mut next);
                }
                if edge.from == node && may_pass(edge, true) {
                    visit(edge.to, &mut next);
                }
            }
        }
        Nodes(nodes)
    }

    fn walk(&self, start: Node, may_pass: impl Fn(&Connection, bool) -> bool) -> Nodes {
        let mut nodes = vec![false; self.system.nodes.len()];
        nodes[start.0] = true;
        let mut next = vec![start];
        while let Some(node) = next.pop() {
            if node == Node::GROUND {
                continue;
            }
            for edge in &self.edges {
                for (near, far, backwards) in
                    [(edge.from, edge.to, false), (edge.to, edge.from, true)]
                {
                    if near == node && !nodes[far.0] && may_pass(edge, backwards) {
                        nodes[far.0] = true;
                        next.push(far);
                    }
                }
            }
        }
        Nodes(nodes)
    }
}
