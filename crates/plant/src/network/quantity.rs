//! What can be read from a network, and watched for crossings.

use super::circuit::{CheckedNetwork, OperatingPoint};
use super::element::{BranchId, Followed, FollowerId, LoadId, NodeId};
use super::ledger::BranchEntry;

/// A number that the network has at every instant.
///
/// Reads as not-a-number where the branch lacks the element that is asked for, and then never
/// crosses anything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// Current of a branch, A, positive from its `from` to its `to`.
    Current(BranchId),
    /// Potential of a node over ground, V.
    NodeVoltage(NodeId),
    /// Potential of the first node over the second, V.
    Difference(NodeId, NodeId),
    /// Voltage of a branch's capacitor, behind its series resistance, V.
    CapacitorVoltage(BranchId),
    /// Current of a branch, A, at a given share of the amplitude that ripples on it: 1 for the crest, −1 for
    /// the trough. Loads ripple as they are declared; what of it a branch carries is its own part of
    /// their currents.
    RippledCurrent(BranchId, RippleShare),
    /// As before, but what the branch's [`Sense`](super::Sense) makes of it, A.
    SensedCurrent(BranchId, RippleShare),
    /// Current of a load, A.
    LoadCurrent(LoadId),
    /// Power of a load, W.
    LoadPower(LoadId),
    /// Terminal voltage of one cell of a branch's string, V.
    CellVoltage(BranchId, usize),
    /// The lowest terminal voltage in a branch's string, V.
    LowestCell(BranchId),
    /// The highest terminal voltage in a branch's string, V.
    HighestCell(BranchId),
    /// State of charge of one cell of a branch's string.
    CellSoc(BranchId, usize),
    /// Mean state of charge of a branch's string.
    MeanSoc(BranchId),
    /// Temperature of a branch's string, of its first group where there are several, °C.
    CellTemperature(BranchId),
    /// Temperature of one group of a branch's string, °C.
    GroupTemperature(BranchId, usize),
    /// Of the hottest group, °C.
    HottestGroup(BranchId),
    /// Of the coldest group, °C.
    ColdestGroup(BranchId),
    /// Temperature of a branch's gate, °C.
    GateTemperature(BranchId),
    /// What follows a temperature, °C.
    Followed(FollowerId),
    /// Charge through a branch since the start, C.
    Charge(BranchId),
}

/// Where on a ripple: a share of its amplitude.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RippleShare(f64);

impl RippleShare {
    /// A share, held within −1 … 1.
    pub fn new(share: f64) -> Self {
        Self(share.clamp(-1.0, 1.0))
    }
}

/// The direction of a crossing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrossingEdge {
    /// From below the level to the level or above.
    Rising,
    /// From above the level to the level or below.
    Falling,
}

/// A level that [`advance`](super::Network::advance) stops at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watch {
    /// What is watched.
    pub quantity: Quantity,
    /// The level, in the quantity's unit.
    pub level: f64,
    /// The direction in which it fires.
    pub edge: CrossingEdge,
}

impl CrossingEdge {
    /// The other direction.
    pub const fn back(self) -> Self {
        match self {
            Self::Rising => Self::Falling,
            Self::Falling => Self::Rising,
        }
    }

    /// How far beyond the level a value is; zero or more once the crossing has happened.
    pub(super) fn excess(self, value: f64, level: f64) -> f64 {
        match self {
            Self::Rising => value - level,
            Self::Falling => level - value,
        }
    }
}

impl Watch {
    pub(super) fn excess(&self, value: f64) -> f64 {
        self.edge.excess(value, self.level)
    }
}

impl Quantity {
    /// What a thermistor can touch, if it is the temperature of that.
    pub fn followed(self) -> Option<Followed> {
        match self {
            Self::GroupTemperature(branch, group) => Some(Followed::Group(branch, group)),
            Self::GateTemperature(branch) => Some(Followed::Gate(branch)),
            _ => None,
        }
    }

    /// The value at a point; `totals` are the quadratures up to there.
    pub(super) fn read(
        self,
        circuit: &CheckedNetwork,
        point: &OperatingPoint,
        totals: &[f64],
    ) -> f64 {
        match self {
            Self::Current(b) => point.currents[b.index()],
            Self::RippledCurrent(b, share) => {
                let current = point.currents[b.index()];
                current + share.0 * circuit.ripple(point, current)
            }
            Self::SensedCurrent(b, share) => {
                let (branch, current) = (&circuit.branches[b.index()], point.currents[b.index()]);
                let seen = branch.sense.map_or(current, |s| s.output(point.state[s.at], current));
                seen + share.0 * circuit.ripple(point, current)
            }
            Self::NodeVoltage(node) => point.nodes[node.index()],
            Self::Difference(a, b) => point.nodes[a.index()] - point.nodes[b.index()],
            Self::LoadCurrent(l) => {
                let load = &circuit.loads[l.index()];
                load.draw(point.nodes[load.from] - point.nodes[load.to]).0
            }
            Self::LoadPower(l) => {
                let load = &circuit.loads[l.index()];
                let voltage = point.nodes[load.from] - point.nodes[load.to];
                voltage * load.draw(voltage).0
            }
            Self::CellVoltage(b, k) => cell_voltage(circuit, point, b, k),
            Self::LowestCell(b) => cell_voltages(circuit, point, b).fold(f64::NAN, f64::min),
            Self::HighestCell(b) => cell_voltages(circuit, point, b).fold(f64::NAN, f64::max),
            Self::HottestGroup(b) => temperatures(circuit, point, b).fold(f64::NAN, f64::max),
            Self::ColdestGroup(b) => temperatures(circuit, point, b).fold(f64::NAN, f64::min),
            Self::Charge(b) => totals[circuit.ledger.branch(b.index(), BranchEntry::Charge)],
            Self::CapacitorVoltage(_)
            | Self::CellSoc(..)
            | Self::MeanSoc(_)
            | Self::CellTemperature(_)
            | Self::GroupTemperature(..)
            | Self::GateTemperature(_)
            | Self::Followed(_) => self.of_states(circuit, &point.state).unwrap_or(f64::NAN),
        }
    }

    /// The value as a linear function of the states, where it is one: applied to the derivatives
    /// it gives the quantity's derivative.
    pub(super) fn of_states(self, circuit: &CheckedNetwork, state: &[f64]) -> Option<f64> {
        let branch = |b: BranchId| &circuit.branches[b.index()];
        let string = |b: BranchId| branch(b).string.map(|s| &circuit.strings[s]);
        match self {
            Self::Current(b) => branch(b).current_at.map(|k| state[k]),
            Self::RippledCurrent(b, share) if circuit.is_smooth(share.0) => {
                branch(b).current_at.map(|k| state[k])
            }
            Self::SensedCurrent(b, share) if circuit.is_smooth(share.0) => {
                let current = branch(b).current_at.map(|k| state[k])?;
                Some(branch(b).sense.map_or(current, |s| s.output(state[s.at], current)))
            }
            Self::CapacitorVoltage(b) => branch(b).voltage_at.map(|k| state[k]),
            Self::CellSoc(b, k) => {
                string(b).filter(|s| k < s.len()).map(|string| string.soc(k, state))
            }
            Self::MeanSoc(b) => string(b).map(|string| string.mean_soc(state)),
            Self::CellTemperature(b) => string(b).map(|string| string.temperature(0, state)),
            Self::GroupTemperature(b, group) => {
                string(b).map(|string| string.temperature(group, state))
            }
            Self::GateTemperature(b) => branch(b).warmth.map(|warmth| state[warmth.at]),
            Self::Followed(follower) => {
                circuit.followers.get(follower.0 as usize).map(|one| state[one.at])
            }
            _ => None,
        }
    }
}

fn cell_voltage(
    circuit: &CheckedNetwork,
    point: &OperatingPoint,
    branch: BranchId,
    k: usize,
) -> f64 {
    let string = circuit.branches[branch.index()].string.map(|s| &circuit.strings[s]);
    match string {
        Some(string) if k < string.len() => {
            string.cell_voltage(k, point.currents[branch.index()], &point.state)
        }
        _ => f64::NAN,
    }
}

fn temperatures<'a>(
    circuit: &'a CheckedNetwork,
    point: &'a OperatingPoint,
    b: BranchId,
) -> impl Iterator<Item = f64> + 'a {
    let string = circuit.branches[b.index()].string.map(|s| &circuit.strings[s]);
    string.into_iter().flat_map(|string| point.state[string.temperatures_at()].iter().copied())
}

fn cell_voltages<'a>(
    circuit: &'a CheckedNetwork,
    point: &'a OperatingPoint,
    b: BranchId,
) -> impl Iterator<Item = f64> + 'a {
    let string = circuit.branches[b.index()].string.map(|s| &circuit.strings[s]);
    let current = point.currents[b.index()];
    string.into_iter().flat_map(move |string| string.cell_voltages(current, &point.state))
}
