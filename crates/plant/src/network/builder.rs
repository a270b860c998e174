//! Building a network, and everything that is refused on the way.

use std::sync::Arc;

use super::cell_string::{CELL_STATES, StringModel};
use super::circuit::{BranchModel, CheckedNetwork};
use super::element::{
    Branch, BranchId, CellString, Follower, FollowerId, Gate, LoadId, NetworkLoad, NodeId,
};
use super::elimination::{ElementEnds, Elimination};
use super::error::{NetworkError, NetworkErrorKind, finite, not_negative, positive};
use super::follower::FollowerModel;
use super::fuse::FuseModel;
use super::gate::GateModel;
use super::ledger::Ledger;
use super::load::LoadModel;
use super::network::Network;
use super::sense::SenseModel;
use super::warmth::WarmthModel;

/// Absolute tolerance of inductor currents, A: a tenth of the finest step of a pack's current
/// sensor. What decays below it is of no interest to any protection.
const CURRENT_TOLERANCE: f64 = 1e-4;

/// Absolute tolerance of what a filter makes of a current, A: far below any threshold.
const SENSE_TOLERANCE: f64 = 1e-2;

/// Absolute tolerance of capacitor voltages, V: what is left to the source at the end of a
/// pre-charge decides the closing peak, and at low voltages that is a tenth of a volt.
const VOLTAGE_TOLERANCE: f64 = 2e-6;

/// Absolute tolerance of states of charge: 0.4 mAs of a 100 Ah cell.
const SOC_TOLERANCE: f64 = 1e-9;

/// Absolute tolerance of the cells' relaxation voltages, V; hundreds of them add up in a string.
const RELAXATION_TOLERANCE: f64 = 1e-7;

/// Absolute tolerance of the cells' hysteresis, of which 1 is some ten millivolts.
const HYSTERESIS_TOLERANCE: f64 = 1e-5;

/// Absolute tolerance of the cells' temperature, K: a resistance changes by some percent per kelvin.
const TEMPERATURE_TOLERANCE: f64 = 1e-4;

/// Absolute tolerance of a fuse's heat and of its pulse, of which 1 melts it.
const HEAT_TOLERANCE: f64 = 1e-6;

/// Collects nodes, branches and loads; [`build`](Self::build) checks them.
#[derive(Debug, Clone)]
pub struct NetworkBuilder {
    nodes: Vec<String>,
    branches: Vec<Branch>,
    loads: Vec<NetworkLoad>,
    followers: Vec<Follower>,
}

impl Default for NetworkBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl NetworkBuilder {
    /// A network of the ground node alone.
    pub fn new() -> Self {
        let (branches, loads, followers) = (Vec::new(), Vec::new(), Vec::new());
        Self { nodes: vec!["ground".to_owned()], branches, loads, followers }
    }

    /// Adds a node; the name is what errors call it.
    pub fn node(&mut self, name: impl Into<String>) -> NodeId {
        self.nodes.push(name.into());
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// Adds a branch.
    pub fn branch(&mut self, branch: Branch) -> BranchId {
        self.branches.push(branch);
        BranchId(self.branches.len() as u32 - 1)
    }

    /// Adds a load.
    pub fn load(&mut self, load: NetworkLoad) -> LoadId {
        self.loads.push(load);
        LoadId(self.loads.len() as u32 - 1)
    }

    /// Adds something that follows a temperature.
    pub fn follower(&mut self, follower: Follower) -> FollowerId {
        self.followers.push(follower);
        FollowerId(self.followers.len() as u32 - 1)
    }

    /// What stands between a branch's shunt and comparators.
    pub fn sense(&self, branch: BranchId) -> Option<super::element::Sense> {
        self.branches.get(branch.index())?.sense
    }

    /// The cells of a branch, as long as the network is not built.
    pub fn cells_mut(&mut self, branch: BranchId) -> Option<&mut CellString> {
        self.branches.get_mut(branch.index())?.cells.as_mut()
    }

    /// The network at rest at time zero: no inductor carries current, no RC pair holds voltage.
    ///
    /// # Errors
    /// The first parameter that is not finite or out of its range, a branch without resistance
    /// and inductance, ends that are unknown or the same, and a node without a path of branches
    /// to ground.
    pub fn build(self) -> Result<Network, NetworkError> {
        let mut states = States::default();
        let mut strings = Vec::new();
        let mut branches = Vec::with_capacity(self.branches.len());
        for (index, branch) in self.branches.iter().enumerate() {
            self.check_ends(&branch.name, branch.from, branch.to)?;
            branches.push(checked(index, branch, &mut states, &mut strings)?);
        }
        let mut loads = Vec::with_capacity(self.loads.len());
        for load in &self.loads {
            self.check_ends(&load.name, load.from, load.to)?;
            loads.push(LoadModel::new(load)?);
        }
        self.check_grounded()?;
        let mut followers = Vec::with_capacity(self.followers.len());
        for follower in &self.followers {
            let branch = branches.get(follower.of.branch().index());
            let followed = branch.and_then(|branch| branch.temperature(follower.of, &strings));
            let start = followed.map_or(25.0, |place| states.initial[place]);
            let at = states.add(start, TEMPERATURE_TOLERANCE);
            followers.push(FollowerModel::new(follower, followed, at)?);
        }
        let ledger = Ledger::new(branches.len(), strings.len(), loads.len());
        let tolerance = states.tolerance;
        let nodes = self.nodes;
        let ends = branches.iter().map(BranchModel::span).chain(loads.iter().map(LoadModel::span));
        let ends: Vec<ElementEnds> = ends.collect();
        let elimination = Arc::new(Elimination::new(nodes.len(), &ends));
        let circuit = CheckedNetwork {
            nodes,
            branches,
            strings,
            loads,
            followers,
            ledger,
            tolerance,
            elimination,
        };
        Ok(Network::at_rest(circuit, states.initial))
    }

    fn check_ends(&self, name: &str, from: NodeId, to: NodeId) -> Result<(), NetworkError> {
        if from.index() >= self.nodes.len() || to.index() >= self.nodes.len() {
            return Err(NetworkError::new(name, NetworkErrorKind::UnknownNode));
        }
        if from == to {
            return Err(NetworkError::new(name, NetworkErrorKind::SameNode));
        }
        Ok(())
    }

    /// Spreads from ground along branches until nothing new is reached.
    fn check_grounded(&self) -> Result<(), NetworkError> {
        let mut reached = vec![false; self.nodes.len()];
        reached[0] = true;
        let mut spreading = true;
        while spreading {
            spreading = false;
            for branch in &self.branches {
                let (from, to) = (branch.from.index(), branch.to.index());
                if reached[from] != reached[to] {
                    (reached[from], reached[to]) = (true, true);
                    spreading = true;
                }
            }
        }
        match reached.iter().position(|&reached| !reached) {
            Some(node) => {
                Err(NetworkError::new(self.nodes[node].as_str(), NetworkErrorKind::Floating))
            }
            None => Ok(()),
        }
    }
}

/// The state vector as it grows: initial values and tolerances.
#[derive(Default)]
struct States {
    initial: Vec<f64>,
    tolerance: Vec<f64>,
}

impl States {
    fn add(&mut self, initial: f64, tolerance: f64) -> usize {
        self.initial.push(initial);
        self.tolerance.push(tolerance);
        self.initial.len() - 1
    }
}

fn checked(
    index: usize,
    branch: &Branch,
    states: &mut States,
    strings: &mut Vec<StringModel>,
) -> Result<BranchModel, NetworkError> {
    let name = &branch.name;
    let mut model = BranchModel {
        name: name.clone(),
        from: branch.from.index(),
        to: branch.to.index(),
        emf: finite(name, "source voltage", branch.emf.0)?,
        resistance: not_negative(name, "resistance", branch.resistance.0)?,
        inductance: not_negative(name, "inductance", branch.inductance.0)?,
        capacitance: 0.0,
        current_at: None,
        voltage_at: None,
        string: None,
        gate: GateModel::new(name, &branch.gate)?,
        lag: 0.0,
        fuse: None,
        sense: None,
        warmth: None,
    };
    if model.inductance > 0.0 {
        model.current_at = Some(states.add(0.0, CURRENT_TOLERANCE));
    }
    if let Gate::Regulator(regulator) = &branch.gate {
        model.lag = not_negative(name, "lag of its regulation", regulator.lag.0)?;
        if model.inductance > 0.0 {
            let field = "inductance beside a regulator";
            let (value, allowed) = (model.inductance, "zero");
            return Err(NetworkError::new(
                name.as_str(),
                NetworkErrorKind::OutOfRange { field, value, allowed },
            ));
        }
        if model.lag > 0.0 {
            model.current_at = Some(states.add(0.0, CURRENT_TOLERANCE));
        }
    }
    if let Some(capacitor) = &branch.capacitor {
        model.capacitance = positive(name, "capacitance", capacitor.capacitance.0)?;
        let voltage = finite(name, "voltage of the capacitor", capacitor.voltage.0)?;
        model.voltage_at = Some(states.add(voltage, VOLTAGE_TOLERANCE));
    }
    if let Gate::Fuse(fuse) = &branch.gate {
        let fuse = FuseModel::new(name, fuse, states.initial.len())?;
        for _ in fuse.states() {
            states.add(0.0, HEAT_TOLERANCE);
        }
        model.fuse = Some(fuse);
    }
    if let Some(sense) = &branch.sense {
        let at = states.add(0.0, SENSE_TOLERANCE);
        model.sense = Some(SenseModel::new(name, sense, at)?);
    }
    if let Some(warmth) = &branch.warmth {
        let at = states.add(warmth.ambient.0, TEMPERATURE_TOLERANCE);
        model.warmth = Some(WarmthModel::new(name, warmth, at)?);
    }
    let mut resists = model.resistance > 0.0 || model.gate.always_resists();
    if let Some(string) = &branch.cells {
        let offset = states.initial.len();
        let string_model = StringModel::new(name, index, offset, string)?;
        resists |= string_model.series_resistance() > 0.0;
        for cell in string_model.examples().map(|k| &string.cells[k]) {
            for k in 0..CELL_STATES {
                let (start, tolerance) = match k {
                    0 => (cell.soc.0, SOC_TOLERANCE),
                    1 | 2 => (0.0, RELAXATION_TOLERANCE),
                    _ => (0.0, HYSTERESIS_TOLERANCE),
                };
                states.add(start, tolerance);
            }
        }
        let start = string.laws.thermal.map_or(25.0, |thermal| thermal.start.0);
        for _ in 0..string_model.groups() {
            states.add(start, TEMPERATURE_TOLERANCE);
        }
        model.string = Some(strings.len());
        strings.push(string_model);
    }
    if !resists && model.inductance == 0.0 {
        return Err(NetworkError::new(name.as_str(), NetworkErrorKind::Shorted));
    }
    Ok(model)
}
