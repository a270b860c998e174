//! The network between steps: reading it, and commanding it.

use std::sync::OnceLock;

use blackstart_limits::Halt;
use blackstart_units::{
    AmpereSquaredSeconds, Amperes, Fraction, Joules, Ohms, Siemens, SimTime, Volts, Watts,
};

use super::books::Books;
use super::circuit::{Bench, CheckedNetwork, OperatingPoint};
use super::element::{BranchId, LoadId};
use super::error::{NetworkError, finite, not_negative, positive};
use super::gate::Mode;
use super::ledger::{BranchEntry, StringEntry};
use super::pace::StepPace;
use super::quantity::{Quantity, Watch};
use super::settle::Chatter;
use super::step::Probes;
use super::trial::Trial;

/// A circuit and its state at an instant.
///
/// Identifiers belong to the network (or a clone of it) whose builder gave them out; one from
/// elsewhere may name another element, or panic as an index out of bounds.
///
/// Commands (`set_…`) take effect at [`now`](Self::now), together, when the network is next read
/// or advanced. One that is not finite, or out of range, is reported by the next
/// [`advance`](Self::advance).
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) circuit: CheckedNetwork,
    pub(super) now: SimTime,
    pub(super) point: OperatingPoint,
    /// Quadratures since the start.
    pub(super) totals: Vec<f64>,
    pub(super) trial: Trial,
    pub(super) bench: Bench,
    pub(super) probes: Probes,
    pub(super) pace: StepPace,
    pub(super) chatter: Chatter,
    /// Values of the watched quantities before a discontinuity.
    pub(super) watched: Vec<f64>,
    /// Watches that have fired at this instant and not been reported yet.
    pub(super) fired: Vec<Watch>,
    pub(super) may_melt: bool,
    /// Whether a command has been given that the point does not know of yet.
    pub(super) unsettled: bool,
    pub(super) fault: Option<NetworkError>,
    /// This network with the commands carried out, once somebody has read it.
    pub(super) settled: OnceLock<Box<Network>>,
    pub(super) accepted: u64,
    stored_at_start: f64,
    /// Steps in a row that were as short as a step can be.
    pub(super) shortest: u32,
    pub(super) halt: Halt,
}

/// State and terminal voltage of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellState {
    /// State of charge.
    pub soc: Fraction,
    /// Terminal voltage.
    pub voltage: Volts,
    /// Voltages of the RC pairs, positive after discharge.
    pub relaxation: [Volts; 2],
}

impl Network {
    pub(super) fn at_rest(circuit: CheckedNetwork, states: Vec<f64>) -> Self {
        let mut point = circuit.point();
        point.state = states;
        Self {
            now: SimTime::ZERO,
            totals: vec![0.0; circuit.ledger.len()],
            trial: Trial::new(&circuit),
            bench: circuit.bench(),
            probes: Probes::new(&circuit),
            pace: StepPace::new(),
            chatter: Chatter::default(),
            watched: Vec::new(),
            fired: Vec::new(),
            may_melt: true,
            unsettled: true,
            fault: None,
            settled: OnceLock::new(),
            accepted: 0,
            stored_at_start: circuit.stored(&point.state),
            shortest: 0,
            halt: Halt::new(),
            point,
            circuit,
        }
    }

    /// From now on this network, and what is cloned from it or adopts its state, stops when somebody asks.
    pub fn heed(&mut self, halt: Halt) {
        self.halt = halt;
    }

    /// Whether somebody has asked it to stop.
    pub fn is_halted(&self) -> bool {
        self.halt.is_asked()
    }

    /// The instant of the state.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// Steps accepted since the start.
    pub fn steps(&self) -> u64 {
        self.accepted
    }

    /// The value of a quantity now, commands given meanwhile included.
    ///
    /// Where these leave no solution it is the value before them; the next `advance` says why.
    pub fn value(&self, quantity: Quantity) -> f64 {
        let settled = self.read();
        quantity.read(&settled.circuit, &settled.point, &settled.totals)
    }

    /// The network with its commands carried out.
    pub(super) fn read(&self) -> &Self {
        if !self.unsettled {
            return self;
        }
        let copy = || {
            let mut copy = self.clone();
            match copy.settle() {
                Ok(()) => Box::new(copy),
                Err(_) => Box::new(self.clone()),
            }
        };
        self.settled.get_or_init(copy)
    }

    pub(super) fn disturb(&mut self) {
        self.unsettled = true;
        self.settled = OnceLock::new();
    }

    /// Opens or closes a switch, turns a regulator off or on. On another branch it does nothing.
    pub fn set_switch(&mut self, branch: BranchId, closed: bool) {
        if self.circuit.branches[branch.index()].gate.turn(closed) {
            self.disturb();
        }
    }

    /// Opens a switch whose current is too little to hold an arc: until it closes again it blocks whatever
    /// the voltage.
    pub fn open_without_arc(&mut self, branch: BranchId) {
        self.set_switch(branch, false);
        self.circuit.branches[branch.index()].gate.stays = true;
    }

    /// Whether a switch is commanded closed, or a fuse intact; true for a branch without a gate.
    pub fn is_closed(&self, branch: BranchId) -> bool {
        self.circuit.branches[branch.index()].gate.mode == Mode::Conducting
    }

    /// Sets the constant power of a load; whether that is a change.
    pub fn set_load_power(&mut self, load: LoadId, power: Watts) -> bool {
        let name = &self.circuit.loads[load.index()].name;
        let checked = finite(name, "power", power.0);
        self.command(checked, |circuit| &mut circuit.loads[load.index()].power)
    }

    /// Sets the conductance of a load.
    pub fn set_load_conductance(&mut self, load: LoadId, conductance: Siemens) {
        let name = &self.circuit.loads[load.index()].name;
        let checked = not_negative(name, "conductance", conductance.0);
        self.command(checked, |circuit| &mut circuit.loads[load.index()].conductance);
    }

    /// Sets the constant current of a load.
    pub fn set_load_current(&mut self, load: LoadId, current: Amperes) {
        let name = &self.circuit.loads[load.index()].name;
        let checked = finite(name, "current", current.0);
        self.command(checked, |circuit| &mut circuit.loads[load.index()].current);
    }

    /// Switches a conductance across cell `k` of a branch's string, whose cells are separate; whether that
    /// is a change.
    pub fn set_bleed(&mut self, branch: BranchId, k: usize, conductance: Siemens) -> bool {
        let name = &self.circuit.branches[branch.index()].name;
        match not_negative(name, "conductance across a cell", conductance.0) {
            Ok(conductance) => {
                let string = self.circuit.branches[branch.index()].string;
                let changes =
                    string.is_some_and(|s| self.circuit.strings[s].set_bleed(k, conductance));
                if changes {
                    self.disturb();
                }
                changes
            }
            Err(error) => {
                self.fault.get_or_insert(error);
                false
            }
        }
    }

    /// The conductance that is switched across cell `k` of a branch's string, S.
    pub fn bleed(&self, branch: BranchId, k: usize) -> f64 {
        let string = self.circuit.branches[branch.index()].string;
        string.map_or(0.0, |s| self.circuit.strings[s].bleed(k))
    }

    /// Sets where the clamp of a branch begins to conduct, above zero; whether that is a change. On a branch
    /// without one it does nothing.
    pub fn set_clamp(&mut self, branch: BranchId, voltage: Volts) -> bool {
        let branch = &mut self.circuit.branches[branch.index()];
        match positive(&branch.name, "clamp voltage", voltage.0) {
            Ok(voltage) => {
                let changes = branch.gate.clamp_voltage().is_some_and(|now| now != voltage);
                if changes {
                    branch.gate.set_clamp_voltage(voltage);
                    self.disturb();
                }
                changes
            }
            Err(error) => {
                self.fault.get_or_insert(error);
                false
            }
        }
    }

    /// Sets the source voltage of a branch; whether that is a change.
    pub fn set_emf(&mut self, branch: BranchId, emf: Volts) -> bool {
        let name = &self.circuit.branches[branch.index()].name;
        let checked = finite(name, "source voltage", emf.0);
        self.command(checked, |circuit| &mut circuit.branches[branch.index()].emf)
    }

    /// Sets the resistance of a branch; zero only where its inductance is not zero.
    pub fn set_resistance(&mut self, branch: BranchId, resistance: Ohms) {
        let model = &self.circuit.branches[branch.index()];
        let checked = if model.inductance > 0.0 {
            not_negative(&model.name, "resistance", resistance.0)
        } else {
            positive(&model.name, "resistance", resistance.0)
        };
        self.command(checked, |circuit| &mut circuit.branches[branch.index()].resistance);
    }

    /// Stores a checked parameter; whether that is a change. One that is none disturbs nothing.
    fn command(
        &mut self,
        checked: Result<f64, NetworkError>,
        parameter: impl FnOnce(&mut CheckedNetwork) -> &mut f64,
    ) -> bool {
        match checked {
            Ok(value) => {
                let place = parameter(&mut self.circuit);
                let changes = *place != value;
                if changes {
                    *place = value;
                    self.disturb();
                }
                changes
            }
            Err(error) => {
                self.fault.get_or_insert(error);
                false
            }
        }
    }

    /// Takes over instant, states, switches and fuse damage of another network of the same shape, and
    /// what has been commanded there since it was `built`: its situation, with this one's parameters.
    ///
    /// # Panics
    /// When the two do not have the same elements.
    pub fn adopt(&mut self, other: &Self, built: &Self) {
        assert!(self.is_shaped_as(other), "networks of different shape");
        self.now = other.now;
        self.halt = other.halt.clone();
        let (own, theirs) = (&mut self.point, &other.point);
        self.circuit.transfer(&other.circuit, &theirs.state, &mut own.state);
        self.circuit.transfer(&other.circuit, &theirs.slope, &mut own.slope);
        own.nodes.clone_from(&theirs.nodes);
        own.currents.clone_from(&theirs.currents);
        own.rates.clone_from(&theirs.rates);
        self.totals.clone_from(&other.totals);
        self.chatter = Chatter::default();
        self.pace = StepPace::new();
        let commanded = |own: &mut f64, now: f64, built: f64| {
            if now != built {
                *own = now;
            }
        };
        let (branches, loads) = (&other.circuit.branches, &other.circuit.loads);
        let pairs = branches.iter().zip(&built.circuit.branches);
        for (own, (theirs, built)) in self.circuit.branches.iter_mut().zip(pairs) {
            own.gate.mode = theirs.gate.mode;
            own.gate.stays = theirs.gate.stays;
            if theirs.gate.clamp_voltage() != built.gate.clamp_voltage()
                && let Some(voltage) = theirs.gate.clamp_voltage()
            {
                own.gate.set_clamp_voltage(voltage);
            }
            commanded(&mut own.emf, theirs.emf, built.emf);
            commanded(&mut own.resistance, theirs.resistance, built.resistance);
        }
        for (own, (theirs, built)) in
            self.circuit.loads.iter_mut().zip(loads.iter().zip(&built.circuit.loads))
        {
            commanded(&mut own.power, theirs.power, built.power);
            commanded(&mut own.current, theirs.current, built.current);
            commanded(&mut own.conductance, theirs.conductance, built.conductance);
        }
        for (own, theirs) in self.circuit.strings.iter_mut().zip(&other.circuit.strings) {
            own.adopt_bleeds(theirs);
        }
        self.disturb();
    }

    /// Whether the two have the same elements, whatever their parameters.
    pub fn is_shaped_as(&self, other: &Self) -> bool {
        let (own, theirs) = (&self.circuit, &other.circuit);
        let alike = own.branches.iter().zip(&theirs.branches).all(|(own, theirs)| {
            (own.from, own.to, own.current_at, own.voltage_at, own.string)
                == (theirs.from, theirs.to, theirs.current_at, theirs.voltage_at, theirs.string)
        });
        let cells = |circuit: &CheckedNetwork| -> Vec<usize> {
            circuit.strings.iter().map(|string| string.len()).collect()
        };
        alike
            && cells(own) == cells(theirs)
            && own.branches.len() == theirs.branches.len()
            && own.loads.len() == theirs.loads.len()
            && own.nodes.len() == theirs.nodes.len()
            && self.point.state.len() == other.point.state.len()
            && self.totals.len() == other.totals.len()
    }

    /// What a load asks for now.
    pub fn load_power(&self, load: LoadId) -> Watts {
        Watts(self.circuit.loads[load.index()].power)
    }

    /// Whether the two have the same elements with the same parameters.
    pub fn is_built_as(&self, other: &Self) -> bool {
        self.circuit == other.circuit
    }

    /// From now on fuses carry anything, for clones that ask what would have happened.
    /// Damage still accumulates.
    pub fn forbid_melting(&mut self) {
        self.may_melt = false;
    }

    /// Whether a fuse has melted.
    pub fn melted(&self, branch: BranchId) -> bool {
        let branch = &self.circuit.branches[branch.index()];
        branch.fuse.is_some() && branch.gate.mode != Mode::Conducting
    }

    /// How near a fuse is to melting, by its heat or its fatigue, whichever is more: 0 is new and cold, 1 melts,
    /// and stays.
    pub fn fuse_damage(&self, branch: BranchId) -> f64 {
        let settled = self.read();
        let heat = settled.circuit.branches[branch.index()].fuse.as_ref();
        let heat = heat.map_or(0.0, |fuse| fuse.heat(&settled.point.state));
        let melted = if self.melted(branch) { 1.0 } else { 0.0 };
        self.fuse_fatigue(branch).max(heat).max(melted)
    }

    /// Share of a fuse's life that pulses have taken; it melts at 1.
    pub fn fuse_fatigue(&self, branch: BranchId) -> f64 {
        self.branch_total(branch, BranchEntry::Fatigue)
    }

    /// ∫i² of a branch since the start.
    pub fn joule_integral(&self, branch: BranchId) -> AmpereSquaredSeconds {
        AmpereSquaredSeconds(self.branch_total(branch, BranchEntry::JouleIntegral))
    }

    /// Energy taken by a branch's avalanche clamp or arc since the start.
    pub fn clamp_energy(&self, branch: BranchId) -> Joules {
        Joules(self.branch_total(branch, BranchEntry::Clamped))
    }

    /// Energy lost in a branch's resistances since the start: its own, and its gate's when
    /// conducting or leaking; not its cells'.
    pub fn dissipated(&self, branch: BranchId) -> Joules {
        Joules(self.branch_total(branch, BranchEntry::Resistive))
    }

    /// Energy delivered to a load since the start.
    pub fn delivered(&self, load: LoadId) -> Joules {
        Joules(self.read().totals[self.circuit.ledger.load(load.index())])
    }

    fn branch_total(&self, branch: BranchId, entry: BranchEntry) -> f64 {
        self.read().totals[self.circuit.ledger.branch(branch.index(), entry)]
    }

    /// How many cells a branch's string has.
    pub fn cell_count(&self, branch: BranchId) -> usize {
        let string = self.circuit.branches[branch.index()].string;
        string.map_or(0, |string| self.circuit.strings[string].len())
    }

    /// The state of cell `k` of a branch's string; not-a-number where there is no such cell.
    pub fn cell(&self, branch: BranchId, k: usize) -> CellState {
        let settled = self.read();
        let string = settled.circuit.branches[branch.index()].string;
        let string = string.map(|s| &settled.circuit.strings[s]).filter(|s| k < s.len());
        let [soc, first, second, _] =
            string.map_or([f64::NAN; 4], |string| string.states_of(k, &settled.point.state));
        CellState {
            soc: Fraction(soc),
            voltage: Volts(self.value(Quantity::CellVoltage(branch, k))),
            relaxation: [Volts(first), Volts(second)],
        }
    }

    /// The energy books since the start.
    pub fn books(&self) -> Books {
        let Self { circuit, totals, point, .. } = self.read();
        let ledger = circuit.ledger;
        let branches = |entry| -> Joules {
            (0..circuit.branches.len()).map(|b| Joules(totals[ledger.branch(b, entry)])).sum()
        };
        let strings = |entry| -> Joules {
            (0..circuit.strings.len()).map(|s| Joules(totals[ledger.string(s, entry)])).sum()
        };
        Books {
            source: branches(BranchEntry::Source),
            chemical: strings(StringEntry::Chemical),
            resistive: branches(BranchEntry::Resistive),
            clamped: branches(BranchEntry::Clamped),
            diodes: branches(BranchEntry::Diode),
            cell_series: strings(StringEntry::Series),
            cell_relaxation: strings(StringEntry::Relaxation),
            cell_hysteresis: strings(StringEntry::Hysteresis),
            self_discharge: strings(StringEntry::Leakage),
            delivered: (0..circuit.loads.len()).map(|l| Joules(totals[ledger.load(l)])).sum(),
            stored: Joules(circuit.stored(&point.state) - self.stored_at_start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_may_be_sent_and_shared() {
        fn check<T: Send + Sync + Clone>() {}
        check::<Network>();
    }
}
