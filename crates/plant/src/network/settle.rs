//! What a discontinuity does within no time: which devices conduct, which derivatives follow.
//!
//! After a command or a change of mode the first, explicit stage of the next step lacks its
//! derivative. One implicit Euler evaluation over ten picoseconds gives it, together with node
//! potentials and currents; the states stay where they are. It is so much shorter than the clock's
//! nanosecond because algebraic currents belong to its end: at 50 A/µs they would otherwise lie
//! 50 mA beside the inductor that they feed. The exception is inductive current that has nowhere
//! to go, such as an open contact without a clamp leaves behind: where it would decay within
//! the clock's resolution, it is gone at once, and its energy is booked to the resistance that took most
//! of it.

use std::mem;

use blackstart_units::SimTime;

use super::circuit::{NetworkPlace, NoOperatingPoint};
use super::error::{NetworkError, NetworkErrorKind};
use super::ledger::BranchEntry;
use super::network::Network;

/// The Euler evaluation's step, s. Shorter, and rounding would show: an inductor then looks like
/// L/INSTANT in the nodal equations.
const INSTANT: f64 = 1e-11;

/// The clock's resolution, s: what decays faster has no waveform.
const NANOSECOND: f64 = 1e-9;

/// Change of an inductive current that is not worth another round of collapse, A.
const NO_CURRENT: f64 = 1e-7;

/// Collapses at one discontinuity: one for the devices that it found, one for those that follow.
/// At the very peak of a current, where it hardly changes, its curvature looks like a transient;
/// to carry that to its end is harmless, to go on with it without end is not.
const COLLAPSES: usize = 2;

/// Rounds of a collapse: each leaves at most two thirds of a transient of 1 ns, a tenth of 0.1 ns.
const COLLAPSE_ROUNDS: usize = 4;

/// Mode changes within a simulated millisecond that count as chatter.
const CHATTER: u32 = 10_000;

/// Rounds in which every device that is on the wrong piece changes. After that only the first
/// one does, which for passive circuits ends at the one consistent choice (Murty's rule).
const JOINT_ROUNDS: usize = 8;

/// Counts mode changes per millisecond.
#[derive(Debug, Clone, Default)]
pub(super) struct Chatter {
    since: SimTime,
    changes: u32,
    last: Option<NetworkPlace>,
}

impl Network {
    /// Finds consistent modes, then derivatives and algebraic quantities at the present states.
    pub(super) fn settle(&mut self) -> Result<(), NetworkError> {
        let mut joint = JOINT_ROUNDS;
        let single = 32 * (1 + self.circuit.branches.len() + self.circuit.loads.len());
        let mut may_brown_out = true;
        let mut collapses = COLLAPSES;
        self.point_guess();
        self.guess_from_above();
        for _ in 0..JOINT_ROUNDS + single {
            if let Err(stuck) = self.evaluate_instant() {
                if mem::take(&mut may_brown_out) && self.brown_out() {
                    continue;
                }
                return Err(self.no_operating_point(stuck));
            }
            if self.correct_modes(joint > 0) {
                self.guess_from_above();
                joint = joint.saturating_sub(1);
            } else if collapses > 0 && self.collapse() {
                collapses -= 1;
            } else {
                self.check_held()?;
                self.refine_instant().map_err(|stuck| self.no_operating_point(stuck))?;
                self.take_instant();
                self.unsettled = false;
                self.pace.restart();
                return Ok(());
            }
        }
        let place = self.wrong_place().unwrap_or(NetworkPlace::Node(0));
        let kind = NetworkErrorKind::NoConsistentModes { at: self.now };
        Err(NetworkError::new(self.circuit.name(place), kind))
    }

    /// Newton's method begins at the present point.
    fn point_guess(&mut self) {
        let scratch = &mut self.trial.stages[0];
        scratch.nodes.copy_from_slice(&self.point.nodes);
        scratch.currents.copy_from_slice(&self.point.currents);
    }

    /// Newton's method begins at the potentials without constant power: v + r·P/v has two roots,
    /// and from above it finds the upper, stable one.
    fn guess_from_above(&mut self) {
        let mut suspended = false;
        for load in &mut self.circuit.loads {
            load.suspended = load.power > 0.0 && !load.faded;
            suspended |= load.suspended;
        }
        if suspended && self.evaluate_instant().is_err() {
            // No better guess; the evaluation that counts tells whether there is a solution.
            self.point_guess();
        }
        for load in &mut self.circuit.loads {
            load.suspended = false;
        }
    }

    /// The Euler evaluation, into the first stage of the trial, whose potentials and currents are
    /// the guess.
    fn evaluate_instant(&mut self) -> Result<(), NoOperatingPoint> {
        let scratch = &mut self.trial.stages[0];
        self.circuit.solve(&self.point.state, INSTANT, scratch, &mut self.bench)
    }

    /// Loads that ask for more power than any voltage can carry fall through to their fading law,
    /// without passing the voltages between. True if there was one that had not faded.
    pub(super) fn brown_out(&mut self) -> bool {
        let mut changed = false;
        for load in self.circuit.loads.iter_mut().filter(|load| load.power > 0.0 && !load.faded) {
            load.faded = true;
            changed = true;
        }
        changed
    }

    pub(super) fn no_operating_point(&self, stuck: NoOperatingPoint) -> NetworkError {
        let kind = NetworkErrorKind::NoOperatingPoint { at: self.now };
        NetworkError::new(self.circuit.name(stuck.at), kind)
    }

    /// Constant power whose voltage nothing holds ends the run, before it takes it anywhere.
    fn check_held(&self) -> Result<(), NetworkError> {
        let unheld = self.circuit.unheld_load(&self.trial.stages[0], &self.bench);
        unheld.map_or(Ok(()), |load| {
            let kind = NetworkErrorKind::NothingHolds { at: self.now };
            Err(NetworkError::new(self.circuit.name(NetworkPlace::Load(load)), kind))
        })
    }

    /// Moves devices on the wrong piece of their curve on to the next; all of them, or the first.
    fn correct_modes(&mut self, all: bool) -> bool {
        let scratch = &self.trial.stages[0];
        let mut changed = false;
        for (branch, &current) in self.circuit.branches.iter_mut().zip(&scratch.currents) {
            if let Some((excess, next)) = branch.overstep(&scratch.nodes, current)
                && excess > 0.0
            {
                branch.gate.mode = next;
                changed = true;
                if !all {
                    return true;
                }
            }
        }
        for load in &mut self.circuit.loads {
            let voltage = scratch.nodes[load.from] - scratch.nodes[load.to];
            if load.overstep(voltage).is_some_and(|excess| excess > 0.0) {
                load.faded = !load.faded;
                changed = true;
                if !all {
                    return true;
                }
            }
        }
        changed
    }

    /// The first device that is still on the wrong piece.
    fn wrong_place(&self) -> Option<NetworkPlace> {
        let scratch = &self.trial.stages[0];
        let wrong = self.circuit.branches.iter().zip(&scratch.currents).position(|(branch, &i)| {
            branch.overstep(&scratch.nodes, i).is_some_and(|(excess, _)| excess > 0.0)
        });
        wrong.map(NetworkPlace::Branch)
    }

    /// Carries what decays faster than the clock in the inductive currents to its end. True if
    /// there was anything.
    pub(super) fn collapse(&mut self) -> bool {
        if !self.has_instant_decay() {
            return false;
        }
        for _ in 0..COLLAPSE_ROUNDS {
            self.skip_decay();
            if !self.look_ahead() {
                break;
            }
        }
        true
    }

    /// Whether a current changes by a transient of less than about two nanoseconds: then most of
    /// the change within the first one is not repeated in the second.
    fn has_instant_decay(&mut self) -> bool {
        if !self.look_ahead() {
            return false;
        }
        let [_, once, twice, ..] = &self.trial.stages;
        self.circuit.branches.iter().filter_map(|branch| branch.current_at).any(|k| {
            let change = once.state[k] - self.point.state[k];
            let skipped = change - (twice.state[k] - once.state[k]);
            skipped.abs() > NO_CURRENT && skipped.abs() > 0.5 * change.abs()
        })
    }

    /// Euler evaluations one and two nanoseconds ahead, into the second and third stage.
    fn look_ahead(&mut self) -> bool {
        let Self { circuit, point, trial, bench, .. } = self;
        let [_, once, twice, ..] = &mut trial.stages;
        [(once, NANOSECOND), (twice, 2.0 * NANOSECOND)].into_iter().all(|(later, span)| {
            later.nodes.copy_from_slice(&point.nodes);
            later.currents.copy_from_slice(&point.currents);
            circuit.solve(&point.state, span, later, bench).is_ok()
        })
    }

    /// Takes the straight line through one and two nanoseconds ahead back to now: slow currents
    /// stay to second order, fast ones are at their end, and since the combination is linear the
    /// currents still balance where only inductors meet.
    fn skip_decay(&mut self) {
        let before = self.circuit.magnetic(&self.point.state);
        let [_, once, twice, ..] = &self.trial.stages;
        for k in self.circuit.branches.iter().filter_map(|branch| branch.current_at) {
            self.point.state[k] = 2.0 * once.state[k] - twice.state[k];
        }
        let freed = before - self.circuit.magnetic(&self.point.state);
        let entry = |b: usize| self.circuit.ledger.branch(b, BranchEntry::Resistive);
        let taker = (0..self.circuit.branches.len())
            .max_by(|&a, &b| once.rates[entry(a)].total_cmp(&once.rates[entry(b)]));
        if let Some(taker) = taker {
            self.totals[entry(taker)] += freed;
        }
    }

    /// Repeats the evaluation so that it *ends* at the present states rather than begins there:
    /// then currents of branches with and without inductance agree at every node.
    fn refine_instant(&mut self) -> Result<(), NoOperatingPoint> {
        let Self { trial, point, circuit, bench, .. } = self;
        let instant = &mut trial.stages[0];
        for ((before, state), slope) in
            trial.predicted.iter_mut().zip(&point.state).zip(&instant.slope)
        {
            *before = state - INSTANT * slope;
        }
        circuit.solve(&trial.predicted, INSTANT, instant, bench)
    }

    /// Makes the evaluation the present point; states stay.
    fn take_instant(&mut self) {
        let scratch = &self.trial.stages[0];
        self.point.slope.copy_from_slice(&scratch.slope);
        self.point.nodes.copy_from_slice(&scratch.nodes);
        self.point.currents.copy_from_slice(&scratch.currents);
        self.point.rates.copy_from_slice(&scratch.rates);
        for (branch, current) in self.circuit.branches.iter().zip(&mut self.point.currents) {
            if let Some(k) = branch.current_at {
                *current = self.point.state[k];
            }
        }
    }

    /// Counts a change of mode that the circuit made by itself.
    pub(super) fn count_change(&mut self, place: NetworkPlace) -> Result<(), NetworkError> {
        let chatter = &mut self.chatter;
        if self.now - chatter.since > SimTime::from_millis(1) {
            *chatter = Chatter { since: self.now, ..Chatter::default() };
        }
        chatter.changes += 1;
        let before = chatter.last.replace(place);
        if chatter.changes <= CHATTER {
            return Ok(());
        }
        let other = self.circuit.name(before.unwrap_or(place)).to_owned();
        let kind = NetworkErrorKind::Chatter { other, changes: chatter.changes, at: self.now };
        Err(NetworkError::new(self.circuit.name(place), kind))
    }
}
