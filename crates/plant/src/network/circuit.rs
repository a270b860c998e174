//! The checked network as one implicit stage sees it.
//!
//! A stage at γh ties every state to its derivative by x = predicted + γh·dx/dt. With that a
//! capacitor is a voltage source behind γh/C, an inductor a resistance L/γh with a source, a cell
//! string a Thevenin branch: every branch reads v_from − v_to + e = r·i, and the only unknowns are
//! the node potentials (companion models, as in circuit simulators since SPICE). Newton's method
//! is needed for constant power and for the cells' open-circuit voltage only.

use std::sync::Arc;

use super::cell_string::{StringModel, StringPoint};
use super::element::Followed;
use super::elimination::{ElementEnds, Elimination, NodalBench};
use super::follower::FollowerModel;
use super::fuse::FuseModel;
use super::gate::{GateModel, LossSink, Mode};
use super::ledger::{BranchEntry, Ledger, StringEntry};
use super::load::LoadModel;
use super::sense::SenseModel;
use super::warmth::WarmthModel;

/// A checked branch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BranchModel {
    pub(super) name: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) emf: f64,
    pub(super) resistance: f64,
    pub(super) inductance: f64,
    pub(super) capacitance: f64,
    /// Where its inductor's current stands in the state vector.
    pub(super) current_at: Option<usize>,
    /// Where its capacitor's voltage stands in the state vector.
    pub(super) voltage_at: Option<usize>,
    /// Its cells, an index into the network's strings.
    pub(super) string: Option<usize>,
    pub(super) gate: GateModel,
    /// Time constant of its current behind what its regulator asks for, zero for none.
    pub(super) lag: f64,
    /// What it remembers if it is a fuse.
    pub(super) fuse: Option<FuseModel>,
    pub(super) sense: Option<SenseModel>,
    pub(super) warmth: Option<WarmthModel>,
}

/// Everything that is known about one instant.
#[derive(Debug, Clone, Default)]
pub(super) struct OperatingPoint {
    /// Inductor currents, capacitor voltages, cell states.
    pub(super) state: Vec<f64>,
    /// Their time derivatives.
    pub(super) slope: Vec<f64>,
    /// Node potentials, ground first.
    pub(super) nodes: Vec<f64>,
    /// Branch currents.
    pub(super) currents: Vec<f64>,
    /// Integrands of the quadratures, see [`Ledger`].
    pub(super) rates: Vec<f64>,
}

/// The checked network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CheckedNetwork {
    pub(super) nodes: Vec<String>,
    pub(super) branches: Vec<BranchModel>,
    pub(super) strings: Vec<StringModel>,
    pub(super) loads: Vec<LoadModel>,
    pub(super) followers: Vec<FollowerModel>,
    pub(super) ledger: Ledger,
    /// Absolute error tolerance of every state.
    pub(super) tolerance: Vec<f64>,
    /// In which order the potentials of its nodes are found.
    pub(super) elimination: Arc<Elimination>,
}

/// Buffers of the stage solver.
#[derive(Debug, Clone, Default)]
pub(super) struct Bench {
    nodal: NodalBench,
    /// Source voltage and resistance of every branch but for its cells.
    pub(super) lines: Vec<(f64, f64)>,
    pub(super) strings: Vec<StringPoint>,
}

/// Newton's method did not converge, or the nodal matrix is singular.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoOperatingPoint {
    pub(super) at: NetworkPlace,
}

/// Where in the network something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NetworkPlace {
    Node(usize),
    Branch(usize),
    Load(usize),
}

/// Quadratic convergence needs three or four rounds; a stage that wants more wants a shorter step.
const NEWTON_ROUNDS: usize = 12;

/// Mismatch of a string's voltage that ends Newton's method, relative to 1 V plus its voltage.
/// 1e-11 of 50 V across 20 mΩ is 25 nA, far below the current tolerance.
const VOLTAGE_MISMATCH: f64 = 1e-11;

/// Mismatch of a load's current that ends Newton's method, relative to 1 A plus its current.
const CURRENT_MISMATCH: f64 = 1e-11;

impl CheckedNetwork {
    pub(super) fn point(&self) -> OperatingPoint {
        OperatingPoint {
            state: vec![0.0; self.tolerance.len()],
            slope: vec![0.0; self.tolerance.len()],
            nodes: vec![0.0; self.nodes.len()],
            currents: vec![0.0; self.branches.len()],
            rates: vec![0.0; self.ledger.len()],
        }
    }

    pub(super) fn bench(&self) -> Bench {
        Bench {
            nodal: self.elimination.bench(),
            lines: vec![(0.0, 0.0); self.branches.len()],
            strings: vec![StringPoint::default(); self.strings.len()],
        }
    }

    /// Copies states, or their derivatives, from a circuit with the same elements and other parameters.
    pub(super) fn transfer(&self, other: &Self, from: &[f64], to: &mut [f64]) {
        for (own, theirs) in self.branches.iter().zip(&other.branches) {
            let places = [
                (own.current_at, theirs.current_at),
                (own.voltage_at, theirs.voltage_at),
                (own.sense.map(|sense| sense.at), theirs.sense.map(|sense| sense.at)),
                (own.warmth.map(|warmth| warmth.at), theirs.warmth.map(|warmth| warmth.at)),
            ];
            for place in places {
                if let (Some(own), Some(theirs)) = place {
                    to[own] = from[theirs];
                }
            }
            if let (Some(own), Some(theirs)) = (&own.fuse, &theirs.fuse) {
                to[own.states()].copy_from_slice(&from[theirs.states()]);
            }
        }
        for (own, theirs) in self.strings.iter().zip(&other.strings) {
            own.transfer(theirs, from, to);
        }
        for (own, theirs) in self.followers.iter().zip(&other.followers) {
            to[own.at] = from[theirs.at];
        }
    }

    pub(super) fn name(&self, place: NetworkPlace) -> &str {
        match place {
            NetworkPlace::Node(node) => &self.nodes[node],
            NetworkPlace::Branch(branch) => &self.branches[branch].name,
            NetworkPlace::Load(load) => &self.loads[load].name,
        }
    }

    /// Leaves in `state` about the temperatures that a stage will end with.
    pub(super) fn guess_temperatures(
        &self,
        predicted: &[f64],
        reach: f64,
        slope: &[f64],
        state: &mut [f64],
    ) {
        for string in &self.strings {
            for k in string.temperatures_at() {
                state[k] = predicted[k] + reach * slope[k];
            }
        }
    }

    /// Solves one implicit stage: `point` holds a guess of potentials, currents and temperatures, and
    /// receives the solution with its states, derivatives and quadrature rates.
    pub(super) fn solve(
        &self,
        predicted: &[f64],
        reach: f64,
        point: &mut OperatingPoint,
        bench: &mut Bench,
    ) -> Result<(), NoOperatingPoint> {
        for (line, branch) in bench.lines.iter_mut().zip(&self.branches) {
            *line = branch.companion(predicted, reach);
        }
        for (s, string) in self.strings.iter().enumerate() {
            let current = point.currents[string.branch];
            let states = (&mut *point.state, &mut *point.slope);
            string.solve(predicted, reach, current, states, &mut bench.strings[s]);
        }
        self.elimination.begin(&mut bench.nodal, self.lasting(&bench.lines));
        let mut place = NetworkPlace::Node(0);
        for _ in 0..NEWTON_ROUNDS {
            self.settle_loads(point, bench)?;
            match self.follow_strings(predicted, reach, point, bench) {
                Some(branch) => place = NetworkPlace::Branch(branch),
                None => {
                    self.conclude_states(predicted, reach, point);
                    self.conclude_fuses(predicted, reach, point);
                    self.conclude_rates(point, bench);
                    return Ok(());
                }
            }
        }
        Err(NoOperatingPoint { at: place })
    }

    /// Potentials with the strings on their tangents: these cost little, cells much.
    fn settle_loads(
        &self,
        point: &mut OperatingPoint,
        bench: &mut Bench,
    ) -> Result<(), NoOperatingPoint> {
        let mut load = 0;
        for _ in 0..NEWTON_ROUNDS {
            self.assemble(point, bench);
            let solution = match self.elimination.solve(&mut bench.nodal) {
                Some(solution) => solution,
                None => self.solve_with_pivots(point, bench)?,
            };
            let mismatch = self.load_mismatch(&point.nodes, solution);
            point.nodes.copy_from_slice(solution);
            match mismatch {
                Some(mismatch) => load = mismatch,
                None => return Ok(()),
            }
        }
        Err(NoOperatingPoint { at: NetworkPlace::Load(load) })
    }

    /// Branches without cells: what they are holds for a whole step.
    fn lasting<'a>(
        &'a self,
        lines: &'a [(f64, f64)],
    ) -> impl Iterator<Item = (usize, ElementEnds, (f64, f64))> + Clone + 'a {
        let branches = self.branches.iter().zip(lines).enumerate();
        let branches = branches.filter(|(_, (branch, _))| branch.string.is_none());
        branches.map(|(b, (branch, line))| (b, branch.span(), *line))
    }

    /// Adds the tangents of cells and loads.
    fn assemble(&self, point: &OperatingPoint, bench: &mut Bench) {
        let Bench { nodal, lines, strings } = bench;
        let plan = &*self.elimination;
        plan.begin_round(nodal);
        for (string, at) in self.strings.iter().zip(strings.iter()) {
            let (branch, line) = (&self.branches[string.branch], lines[string.branch]);
            let (emf, resistance) = with_cells(line, Some(at));
            let tangent = (1.0 / resistance, emf / resistance);
            plan.stamp(nodal, string.branch, branch.span(), tangent);
        }
        for (l, load) in self.loads.iter().enumerate() {
            plan.stamp(nodal, self.branches.len() + l, load.span(), load.tangent(&point.nodes));
        }
    }

    fn solve_with_pivots<'a>(
        &self,
        point: &OperatingPoint,
        bench: &'a mut Bench,
    ) -> Result<&'a [f64], NoOperatingPoint> {
        let Bench { nodal, lines, strings } = bench;
        let branches = self.branches.iter().zip(lines.iter()).map(|(branch, line)| {
            let (emf, resistance) = with_cells(*line, branch.string.map(|s| &strings[s]));
            (branch.span(), (1.0 / resistance, emf / resistance))
        });
        let loads = self.loads.iter().map(|load| (load.span(), load.tangent(&point.nodes)));
        let solution = nodal.pivoted(branches.chain(loads));
        solution.map_err(|e| NoOperatingPoint { at: NetworkPlace::Node(e.unknown + 1) })
    }

    /// Currents from the potentials, and the strings at theirs; a branch whose string disagrees with
    /// its tangent, if any does.
    fn follow_strings(
        &self,
        predicted: &[f64],
        reach: f64,
        point: &mut OperatingPoint,
        bench: &mut Bench,
    ) -> Option<usize> {
        for (b, branch) in self.branches.iter().enumerate() {
            let string = branch.string.map(|s| &bench.strings[s]);
            let (emf, resistance) = with_cells(bench.lines[b], string);
            point.currents[b] =
                (point.nodes[branch.from] - point.nodes[branch.to] + emf) / resistance;
        }
        let mut mismatch = None;
        for (s, string) in self.strings.iter().enumerate() {
            let current = point.currents[string.branch];
            let tangent = bench.strings[s].tangent(current);
            let states = (&mut *point.state, &mut *point.slope);
            string.solve(predicted, reach, current, states, &mut bench.strings[s]);
            let error = bench.strings[s].voltage - tangent;
            if exceeds(error, VOLTAGE_MISMATCH * (1.0 + tangent.abs())) {
                mismatch = Some(string.branch);
            }
        }
        mismatch
    }

    /// A load whose law departs from its tangent at the old potentials.
    fn load_mismatch(&self, old: &[f64], solution: &[f64]) -> Option<usize> {
        self.loads.iter().position(|load| {
            let old = old[load.from] - old[load.to];
            let new = solution[load.from] - solution[load.to];
            let (current, slope) = load.draw(old);
            let tangent = current + slope * (new - old);
            exceeds(load.draw(new).0 - tangent, CURRENT_MISMATCH * (1.0 + tangent.abs()))
        })
    }

    /// States and derivatives of inductors and capacitors from the final currents.
    fn conclude_states(&self, predicted: &[f64], reach: f64, point: &mut OperatingPoint) {
        for (branch, &current) in self.branches.iter().zip(&point.currents) {
            if let Some(k) = branch.current_at {
                point.state[k] = current;
                point.slope[k] = (current - predicted[k]) / reach;
            }
            if let Some(k) = branch.voltage_at {
                point.slope[k] = current / branch.capacitance;
                point.state[k] = predicted[k] + reach * point.slope[k];
            }
            if let Some(sense) = &branch.sense {
                let k = sense.at;
                (point.state[k], point.slope[k]) = sense.follow(predicted[k], reach, current);
            }
            if let Some(warmth) = &branch.warmth {
                let (k, power) = (warmth.at, branch.gate_power(current));
                (point.state[k], point.slope[k]) = warmth.follow(predicted[k], reach, power);
            }
        }
        for follower in &self.followers {
            let own = follower.follow(predicted, reach, &point.state);
            (point.state[follower.at], point.slope[follower.at]) = own;
        }
    }

    /// Quadrature rates from the final currents and potentials.
    fn conclude_rates(&self, point: &mut OperatingPoint, bench: &Bench) {
        let ledger = self.ledger;
        let rates = &mut point.rates;
        for (b, (branch, &current)) in self.branches.iter().zip(&point.currents).enumerate() {
            branch.rates(&point.nodes, current, |entry, value| {
                rates[ledger.branch(b, entry)] = value;
            });
        }
        for (s, (string, at)) in self.strings.iter().zip(&bench.strings).enumerate() {
            let current = point.currents[string.branch];
            let mut put = |entry, value| rates[ledger.string(s, entry)] = value;
            put(StringEntry::Chemical, at.open_circuit * current + at.leak_power);
            put(StringEntry::Series, at.series_loss);
            put(StringEntry::Relaxation, at.relaxation_loss);
            put(StringEntry::Hysteresis, at.hysteresis_loss);
            put(StringEntry::Leakage, at.leak_power);
        }
        for (l, load) in self.loads.iter().enumerate() {
            let voltage = point.nodes[load.from] - point.nodes[load.to];
            rates[ledger.load(l)] = voltage * load.draw(voltage).0;
        }
    }

    /// A fuse is heated by the RMS of its current, ripple included.
    fn conclude_fuses(&self, predicted: &[f64], reach: f64, point: &mut OperatingPoint) {
        for (b, branch) in self.branches.iter().enumerate() {
            let Some(fuse) = &branch.fuse else { continue };
            let current = point.currents[b];
            let ripple = self.ripple(point, current);
            let rms = libm::sqrt(current * current + 0.5 * ripple * ripple);
            fuse.follow(predicted, reach, rms, (&mut point.state, &mut point.slope));
            let rate = fuse.wear_rate(&point.state, &point.slope);
            point.rates[self.ledger.branch(b, BranchEntry::Fatigue)] = rate;
        }
    }

    /// Whether this share of what ripples is nothing, whatever the potentials.
    pub(super) fn is_smooth(&self, share: f64) -> bool {
        let is_idle =
            |load: &LoadModel| load.power == 0.0 && load.current == 0.0 && load.conductance == 0.0;
        share == 0.0 || self.loads.iter().all(|load| load.ripple == 0.0 || is_idle(load))
    }

    /// Amplitude of what ripples on a branch's current: of what the loads ripple, the part that
    /// its current is of theirs.
    pub(super) fn ripple(&self, point: &OperatingPoint, current: f64) -> f64 {
        let (mut drawn, mut amplitude) = (0.0, 0.0);
        for load in self.loads.iter().filter(|load| load.ripple > 0.0) {
            let load_current = load.draw(point.nodes[load.from] - point.nodes[load.to]).0.abs();
            drawn += load_current;
            amplitude += load.ripple * load_current;
        }
        if drawn > 0.0 { amplitude * (current.abs() / drawn).min(1.0) } else { 0.0 }
    }

    /// Energy in inductors, capacitors and the cells' RC pairs, J.
    pub(super) fn stored(&self, state: &[f64]) -> f64 {
        let electric = |branch: &BranchModel| {
            branch.voltage_at.map_or(0.0, |k| 0.5 * branch.capacitance * state[k] * state[k])
        };
        let electric: f64 = self.branches.iter().map(electric).sum();
        let cells: f64 = self.strings.iter().map(|string| string.stored(state)).sum();
        self.magnetic(state) + electric + cells
    }

    /// Energy in the inductors alone, J.
    pub(super) fn magnetic(&self, state: &[f64]) -> f64 {
        let energy = |branch: &BranchModel| {
            branch.current_at.map_or(0.0, |k| 0.5 * branch.inductance * state[k] * state[k])
        };
        self.branches.iter().map(energy).sum()
    }
}

impl BranchModel {
    /// Its ends; cells move along their curve within a stage.
    pub(super) fn span(&self) -> ElementEnds {
        ElementEnds { from: self.from, to: self.to, lasts: self.string.is_none() }
    }

    /// Source voltage and resistance of everything in the branch but its cells.
    fn companion(&self, predicted: &[f64], reach: f64) -> (f64, f64) {
        let (drop, slope) = self.gate.line();
        let mut emf = self.emf - drop;
        let mut resistance = self.resistance + slope;
        if let Some(k) = self.current_at {
            let companion = self.inductance / reach;
            emf += companion * predicted[k];
            resistance += companion;
        }
        if let Some(k) = self.voltage_at {
            emf -= predicted[k];
            resistance += reach / self.capacitance;
        }
        if let Some(k) = self.current_at.filter(|_| self.lag > 0.0) {
            // τ·i' = asked − i gives i = share·asked + kept.
            let share = reach / (self.lag + reach);
            let kept = predicted[k] * (1.0 - share);
            resistance /= share;
            emf += kept * resistance;
        }
        (emf, resistance)
    }

    /// How far it lies beyond the piece that its gate is on, and the mode that follows; see
    /// [`GateModel::overstep`].
    pub(super) fn overstep(&self, nodes: &[f64], current: f64) -> Option<(f64, Mode)> {
        if self.lag == 0.0 {
            return self.gate.overstep(current);
        }
        let (drop, slope) = self.gate.line();
        let across = nodes[self.from] - nodes[self.to];
        self.gate.overstep((across + self.emf - drop) / (self.resistance + slope))
    }

    /// What its gate turns to heat, W.
    fn gate_power(&self, current: f64) -> f64 {
        let (drop, slope) = self.gate.line();
        drop * current + slope * current * current
    }

    /// Where a temperature of it stands in the state vector.
    pub(super) fn temperature(&self, of: Followed, strings: &[StringModel]) -> Option<usize> {
        match of {
            Followed::Group(_, group) => strings.get(self.string?)?.temperatures_at().nth(group),
            Followed::Gate(_) => self.warmth.map(|warmth| warmth.at),
        }
    }

    fn rates(&self, nodes: &[f64], current: f64, mut put: impl FnMut(BranchEntry, f64)) {
        if self.gate.is_regulator() {
            put(BranchEntry::Charge, current);
            put(BranchEntry::JouleIntegral, current * current);
            put(BranchEntry::Source, (nodes[self.to] - nodes[self.from]) * current);
            return;
        }
        let square = current * current;
        let in_gate = self.gate_power(current);
        let own = self.resistance * square;
        let (resistive, clamped, diode) = match self.gate.sink() {
            None => (own + in_gate, 0.0, 0.0),
            Some(LossSink::Clamp) => (own, in_gate, 0.0),
            Some(LossSink::Diode) => (own, 0.0, in_gate),
        };
        put(BranchEntry::Charge, current);
        put(BranchEntry::JouleIntegral, square);
        put(BranchEntry::Resistive, resistive);
        put(BranchEntry::Clamped, clamped);
        put(BranchEntry::Diode, diode);
        put(BranchEntry::Source, self.emf * current);
    }
}

pub(super) fn with_cells(
    (emf, resistance): (f64, f64),
    string: Option<&StringPoint>,
) -> (f64, f64) {
    match string {
        Some(at) => (emf + at.voltage - at.slope * at.current, resistance - at.slope),
        None => (emf, resistance),
    }
}

/// Whether an error is larger than its limit; an error that is not a number is.
fn exceeds(error: f64, limit: f64) -> bool {
    error.is_nan() || error.abs() > limit
}
