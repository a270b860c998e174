//! Where a current goes, or comes from: its shares, by proportional sharing.
//!
//! At a node the currents that leave are mixed from those that enter in the proportion of these: of 60 A
//! from one battery and 40 A from another, each load behind them gets 60 % from the first. So every branch
//! carries a known share of the current that is asked about, and what takes it in the end adds up to it.
//! The bleed of a capacitor bank is a load; what reaches ground through wires alone is none of a load, a
//! capacitor, a battery or a source, and is called elsewhere.

use std::ops::{Add, Mul};

use super::circuit::{CheckedNetwork, OperatingPoint};
use super::element::{BranchId, NodeId};
use super::gate::Mode;
use super::network::Network;
use super::step::Step;

/// A current, or a charge, by what takes it; or by what gives it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// Capacitors.
    pub capacitors: f64,
    /// Loads, bleed resistors among them.
    pub loads: f64,
    /// Cells of another battery.
    pub batteries: f64,
    /// Chargers and other sources.
    pub sources: f64,
    /// Neither: a path to ground that is no load.
    pub elsewhere: f64,
}

impl Shares {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.capacitors + self.loads + self.batteries + self.sources + self.elsewhere
    }
}

impl Add for Shares {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            capacitors: self.capacitors + other.capacitors,
            loads: self.loads + other.loads,
            batteries: self.batteries + other.batteries,
            sources: self.sources + other.sources,
            elsewhere: self.elsewhere + other.elsewhere,
        }
    }
}

impl Mul<f64> for Shares {
    type Output = Self;

    fn mul(self, by: f64) -> Self {
        Self {
            capacitors: self.capacitors * by,
            loads: self.loads * by,
            batteries: self.batteries * by,
            sources: self.sources * by,
            elsewhere: self.elsewhere * by,
        }
    }
}

/// What stands at the end of an edge.
#[derive(Clone, Copy, PartialEq)]
enum Taker {
    /// Nothing: it leads on.
    Wire,
    Capacitor,
    Load,
    Battery,
    Source,
}

/// A current between two nodes, in the direction in which it is followed.
struct Edge {
    from: usize,
    to: usize,
    amps: f64,
    taker: Taker,
    /// The branch that is asked about.
    is_origin: bool,
}

/// Sweeps over the nodes until shares stand still: each carries them one node further.
const SWEEPS: usize = 200;
/// Change of a share below which it stands still.
const STILL: f64 = 1e-12;

impl Network {
    /// What takes the current of a branch; of a negative one, what gives it. In amperes, zero or more.
    pub fn shares(&self, branch: BranchId) -> Shares {
        let settled = self.read();
        shares(&settled.circuit, &settled.point, branch)
    }

    /// Whether a battery or a source could feed a node through closed switches and intact fuses, with a
    /// branch taken out. A diode leads forwards, whether it conducts now or not.
    pub fn is_fed_without(&self, node: NodeId, without: &[BranchId]) -> bool {
        let circuit = &self.read().circuit;
        let mut reached = vec![false; circuit.nodes.len()];
        reached[node.index()] = true;
        let mut open = vec![node.index()];
        while let Some(at) = open.pop() {
            let gives = |load: &&super::load::LoadModel| {
                load.from == at && (load.power < 0.0 || load.current < 0.0)
            };
            if circuit.loads.iter().any(|load| gives(&load)) {
                return true;
            }
            for (index, branch) in circuit.branches.iter().enumerate() {
                let is_out = without.iter().any(|one| one.index() == index);
                let backwards = branch.to == at;
                let other = if backwards { branch.from } else { branch.to };
                if is_out || !(backwards || branch.from == at) || !branch.leads(backwards) {
                    continue;
                }
                if branch.string.is_some() || branch.emf > 0.0 && backwards {
                    return true;
                }
                // Ground feeds nobody, and a capacitor does not for long.
                if other != 0 && branch.voltage_at.is_none() && !reached[other] {
                    reached[other] = true;
                    open.push(other);
                }
            }
        }
        false
    }
}

impl super::circuit::BranchModel {
    /// Whether it can feed the node at its end, `to` when `backwards`.
    fn leads(&self, backwards: bool) -> bool {
        match self.gate.mode {
            Mode::Conducting => true,
            _ if self.gate.is_regulator() && self.gate.stays => false,
            Mode::Blocking | Mode::Above if self.gate.is_one_way() => backwards,
            Mode::Blocking => false,
            Mode::Above => backwards,
            Mode::Below => !backwards,
        }
    }
}

impl Step<'_> {
    /// What takes the current of a branch at the start and at the end; see [`Network::shares`].
    pub fn shares(&self, branch: BranchId) -> [Shares; 2] {
        [self.start, self.end].map(|point| shares(self.circuit, point, branch))
    }
}

/// The charge that a branch's current brings to each taker, added up from step to step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    branch: BranchId,
    /// So far, C.
    pub charge: Shares,
}

impl Tally {
    /// Nothing yet.
    pub fn new(branch: BranchId) -> Self {
        Self { branch, charge: Shares::default() }
    }

    /// Adds what an accepted step brought, as a trapezium.
    pub fn pass(&mut self, step: &Step<'_>) {
        let [start, end] = step.shares(self.branch);
        let span = step.end().since(step.start()).as_seconds();
        self.charge = self.charge + (start + end) * (0.5 * span);
    }
}

fn shares(circuit: &CheckedNetwork, point: &OperatingPoint, branch: BranchId) -> Shares {
    let forwards = point.currents[branch.index()] >= 0.0;
    let edges = edges(circuit, point, branch, forwards);
    let mut mixed = vec![0.0; circuit.nodes.len()];
    let carried = |edge: &Edge, mixed: &[f64]| match edge.taker {
        _ if edge.is_origin => 1.0,
        Taker::Wire => mixed[edge.from],
        // What is taken does not come out again.
        _ => 0.0,
    };
    for _ in 0..SWEEPS {
        let mut moved = 0.0_f64;
        // Ground keeps what it got.
        for node in 1..mixed.len() {
            let into = || edges.iter().filter(|edge| edge.to == node);
            let all: f64 = into().map(|edge| edge.amps).sum();
            let own: f64 = into().map(|edge| edge.amps * carried(edge, &mixed)).sum();
            let share = if all > 0.0 { own / all } else { 0.0 };
            moved = moved.max((share - mixed[node]).abs());
            mixed[node] = share;
        }
        if moved <= STILL {
            break;
        }
    }
    let mut taken = Shares::default();
    for edge in &edges {
        let amps = edge.amps * mixed[edge.from];
        let place = match edge.taker {
            // It has come round to where it began.
            _ if edge.is_origin => &mut taken.elsewhere,
            Taker::Capacitor => &mut taken.capacitors,
            Taker::Load => &mut taken.loads,
            Taker::Battery => &mut taken.batteries,
            Taker::Source => &mut taken.sources,
            Taker::Wire if edge.to == 0 => &mut taken.elsewhere,
            Taker::Wire => continue,
        };
        *place += amps;
    }
    taken
}

/// Every current, against its direction when it is followed upstream.
fn edges(
    circuit: &CheckedNetwork,
    point: &OperatingPoint,
    origin: BranchId,
    forwards: bool,
) -> Vec<Edge> {
    let edge = |(from, to): (usize, usize), amps: f64, taker, is_origin| {
        let (from, to) = if (amps >= 0.0) == forwards { (from, to) } else { (to, from) };
        Edge { from, to, amps: amps.abs(), taker, is_origin }
    };
    let branches = circuit.branches.iter().zip(&point.currents).enumerate();
    let branches = branches.map(|(index, (branch, &amps))| {
        let gives = branch.string.is_some() && amps > 0.0 || branch.emf * amps > 0.0;
        let charges = branch.voltage_at.is_some_and(|at| point.state[at] * amps >= 0.0);
        // Upstream it is what gives that ends the search.
        let taker = if branch.string.is_some() && gives != forwards {
            Taker::Battery
        } else if branch.emf != 0.0 && gives != forwards {
            Taker::Source
        } else if branch.voltage_at.is_some() && charges == forwards {
            Taker::Capacitor
        } else {
            Taker::Wire
        };
        edge((branch.from, branch.to), amps, taker, index == origin.index())
    });
    let loads = circuit.loads.iter().map(|load| {
        let voltage = point.nodes[load.from] - point.nodes[load.to];
        let (amps, _) = load.draw(voltage);
        let takes = voltage * amps >= 0.0;
        let taker = match (takes, forwards) {
            (true, true) => Taker::Load,
            (false, false) => Taker::Source,
            _ => Taker::Wire,
        };
        edge((load.from, load.to), amps, taker, false)
    });
    branches.chain(loads).collect()
}
