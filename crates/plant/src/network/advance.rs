//! Advancing a network: steps, and the events that end them.
//!
//! A step that the error estimate accepts is searched for events: watched crossings and melting
//! fuses on the dense output, devices that leave the piece of their curve at the stages. If there
//! is one the step is repeated with shorter, whole numbers of nanoseconds until its end is the
//! first nanosecond at which the event has happened, so that the state behind an event is as
//! exact as any other, not interpolated.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::mem;
use std::ops::ControlFlow;

use blackstart_limits::SHORTEST_STEPS;
use blackstart_units::SimTime;

use super::circuit::{NetworkPlace, NoOperatingPoint, OperatingPoint};
use super::element::BranchId;
use super::error::{NetworkError, NetworkErrorKind};
use super::fuse::FuseModel;
use super::gate::Mode;
use super::ledger::BranchEntry;
use super::network::Network;
use super::quantity::{CrossingEdge, Watch};
use super::step::{Probes, Step};
use super::tableau::{C, IN_TIME_ORDER};

/// Why [`Network::advance`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The instant that was asked for is reached, or who looks on has seen enough.
    Reached,
    /// The watch of this index fired; of several in the same nanosecond the first. The others
    /// are reported by the next calls that watch them, before time goes on.
    Crossed(usize),
    /// A fuse melted; the network goes on with the fuse open.
    Melted(BranchId),
}

/// What happens inside a step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Happening {
    /// A gate leaves its piece for another.
    Turns(usize, Mode),
    /// A load's power part fades or returns.
    Fades(usize),
    /// A fuse has had enough.
    Melts(usize),
    /// A watch fires.
    Crosses(usize),
}

/// An event and about where in the step it lies.
#[derive(Debug, Clone, Copy)]
struct Event {
    theta: f64,
    happening: Happening,
}

/// What came of trying a step.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    /// A good step, and what a device does at its end.
    Step(Option<Happening>),
    /// No step: the loads asked for more than there is, and have gone over to their fading law.
    BrownOut,
}

/// Anything below this decays into denormals, which cost a factor of two, and means nothing.
const NOTHING: f64 = 1e-30;

/// Rounds of the event search that trust extrapolation before it halves the bracket instead.
const TRUSTING_ROUNDS: u32 = 8;

impl Network {
    /// Advances to `until`, or to the first crossing of a watched level, or to a melting fuse.
    ///
    /// `observer` sees every accepted step. Times of events are rounded up: at the returned `now`
    /// the crossing has happened, a nanosecond before it had not. A watch whose quantity is at or
    /// beyond its level to begin with fires only after it came back; that includes a jump that a
    /// command makes, since the network is only asked after it.
    ///
    /// # Errors
    /// A command that was out of range; a load that no operating point can carry; devices that
    /// chatter. The network then stays at the last good instant.
    pub fn advance(
        &mut self,
        until: SimTime,
        watches: &[Watch],
        observer: &mut dyn FnMut(&Step<'_>),
    ) -> Result<Stop, NetworkError> {
        self.advance_while(until, watches, &mut |step| {
            observer(step);
            ControlFlow::Continue(())
        })
    }

    /// As [`advance`](Self::advance), watching nothing, until `observer` has seen enough.
    ///
    /// # Errors
    /// Those of [`advance`](Self::advance).
    pub fn follow(
        &mut self,
        until: SimTime,
        observer: &mut dyn FnMut(&Step<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, NetworkError> {
        self.advance_while(until, &[], observer)
    }

    fn advance_while(
        &mut self,
        until: SimTime,
        watches: &[Watch],
        observer: &mut dyn FnMut(&Step<'_>) -> ControlFlow<()>,
    ) -> Result<Stop, NetworkError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        if self.unsettled {
            match self.settled.take() {
                Some(settled) if !settled.unsettled => *self = *settled,
                _ => self.settle()?,
            }
        }
        if let Some(branch) = self.overdue_fuse() {
            self.remember(watches);
            let melted = self.carry_out(Happening::Melts(branch), watches)?;
            return Ok(melted.unwrap_or(Stop::Reached));
        }
        if let Some(crossed) = self.report(watches) {
            return Ok(crossed);
        }
        // The steps of this call read from the probes while the network itself is borrowed.
        let probes = RefCell::new(mem::take(&mut self.probes));
        let stop = self.advance_with(until, watches, observer, &probes);
        self.probes = probes.into_inner();
        stop
    }

    fn advance_with(
        &mut self,
        until: SimTime,
        watches: &[Watch],
        observer: &mut dyn FnMut(&Step<'_>) -> ControlFlow<()>,
        probes: &RefCell<Probes>,
    ) -> Result<Stop, NetworkError> {
        let mut browned_out_at = None;
        while self.now < until {
            if self.halt.is_asked() {
                return Err(NetworkError::new(
                    "the run",
                    NetworkErrorKind::Halted { at: self.now },
                ));
            }
            let remaining = (until - self.now).as_nanos();
            let again = browned_out_at == Some(self.now);
            match self.try_step(remaining, again, watches, probes)? {
                Outcome::BrownOut => {
                    browned_out_at = Some(self.now);
                    self.remember(watches);
                    self.settle_anew(watches)?;
                }
                Outcome::Step(device) => {
                    let wish = observer(&self.step(probes));
                    self.count_shortest()?;
                    self.accept(watches);
                    if let Some(device) = device
                        && let Some(melted) = self.carry_out(device, watches)?
                    {
                        return Ok(melted);
                    }
                    if wish.is_break() {
                        return Ok(Stop::Reached);
                    }
                }
            }
            if let Some(crossed) = self.report(watches) {
                return Ok(crossed);
            }
        }
        Ok(Stop::Reached)
    }

    /// Stops where the solution has no room between two nanoseconds any more.
    fn count_shortest(&mut self) -> Result<(), NetworkError> {
        self.shortest = if self.trial.span == 1 { self.shortest + 1 } else { 0 };
        if self.shortest <= SHORTEST_STEPS {
            return Ok(());
        }
        let ends = self.point.currents.iter().zip(&self.trial.end().currents);
        let moves = ends.map(|(before, after)| (after - before).abs());
        let fastest = moves.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
        let name = fastest.map(|(b, _)| self.circuit.name(NetworkPlace::Branch(b)).to_owned());
        let kind = NetworkErrorKind::NoProgress { at: self.now };
        Err(NetworkError::new(name.unwrap_or_else(|| "the network".to_owned()), kind))
    }

    /// Leaves in the trial a step that is good, and in `fired` the watches that fire at its end.
    ///
    /// Where a supply breaks down just as a load's law changes, the load may settle on the law that it
    /// had, and break down anew: the second time (`again`) it goes over within the nanosecond.
    fn try_step(
        &mut self,
        remaining: u64,
        again: bool,
        watches: &[Watch],
        probes: &RefCell<Probes>,
    ) -> Result<Outcome, NetworkError> {
        loop {
            let span = self.pace.propose(remaining);
            match self.run_trial(span, watches, probes) {
                Err(_) if span == 1 && self.brown_out() => {
                    if !again {
                        return Ok(Outcome::BrownOut);
                    }
                    let through = self.run_trial(span, watches, probes);
                    let stepped = through.map_err(|stuck| self.no_operating_point(stuck))?;
                    return Ok(Outcome::Step(stepped.flatten()));
                }
                Err(stuck) if span == 1 => return Err(self.no_operating_point(stuck)),
                Err(_) => self.pace.give_up(span),
                Ok(None) => self.pace.reject(span, self.trial.error),
                Ok(Some(device)) => return Ok(Outcome::Step(device)),
            }
        }
    }

    /// `None` if the step's error is too large, otherwise what a device does at its end, if anything.
    fn run_trial(
        &mut self,
        span: u64,
        watches: &[Watch],
        probes: &RefCell<Probes>,
    ) -> Result<Option<Option<Happening>>, NoOperatingPoint> {
        self.repeat(span, probes)?;
        // Below a nanosecond the clock has no room for a better step.
        let error = self.trial.error;
        if error > 1.0 && span > 1 {
            return Ok(None);
        }
        self.fired.clear();
        let device = match self.first_event(watches, probes) {
            None => None,
            Some(event) => self.locate(event, watches, probes)?,
        };
        self.pace.accept(span, error);
        Ok(Some(device))
    }

    fn repeat(&mut self, span: u64, probes: &RefCell<Probes>) -> Result<(), NoOperatingPoint> {
        probes.borrow_mut().forget();
        self.trial.run(&self.circuit, &self.point, span, &mut self.bench)
    }

    fn step<'a>(&'a self, probes: &'a RefCell<Probes>) -> Step<'a> {
        Step {
            circuit: &self.circuit,
            from: self.now,
            span: self.trial.span,
            start: &self.point,
            end: self.trial.end(),
            totals: &self.totals,
            gained: &self.trial.gained,
            probes,
        }
    }

    /// Shortens the trial to the first nanosecond at which any event has happened; returns what a
    /// device does there.
    fn locate(
        &mut self,
        mut event: Event,
        watches: &[Watch],
        probes: &RefCell<Probes>,
    ) -> Result<Option<Happening>, NoOperatingPoint> {
        // Nothing has happened after `before` nanoseconds, something has after `after`.
        let (mut before, mut after) = (0, self.trial.span);
        let mut guess = nanos(event.theta, after);
        let mut round = 0;
        while after - before > 1 {
            if round >= TRUSTING_ROUNDS {
                guess = before + (after - before) / 2;
            }
            round += 1;
            let span = guess.clamp(before + 1, after - 1);
            self.repeat(span, probes)?;
            if let Some(earlier) = self.first_event(watches, probes) {
                event = earlier;
                after = span;
                guess = nanos(event.theta, after);
            } else {
                before = span;
                let rest = self.extrapolate(event.happening, watches, probes);
                guess = before.saturating_add(rest.unwrap_or((after - before) / 2));
            }
        }
        if self.trial.span != after {
            self.repeat(after, probes)?;
        }
        self.note_fired(watches, probes);
        Ok(self.first_device(probes))
    }

    /// Watches that have fired by the end of the trial.
    fn note_fired(&mut self, watches: &[Watch], probes: &RefCell<Probes>) {
        let mut fired = mem::take(&mut self.fired);
        let step = self.step(probes);
        let fires = |watch: &&Watch| {
            step.cubic(watch.quantity).first_crossing(watch.level, watch.edge).is_some()
        };
        fired.extend(watches.iter().filter(fires));
        self.fired = fired;
    }

    /// The device that acts at the end of the trial.
    fn first_device(&self, probes: &RefCell<Probes>) -> Option<Happening> {
        let step = self.step(probes);
        let devices = self.turns().chain(self.fades()).chain(self.melts(&step));
        let first = devices.filter(|event| self.has_happened(event.happening)).min_by(earlier);
        first.map(|event| event.happening)
    }

    /// The earliest event in the trial.
    fn first_event(&self, watches: &[Watch], probes: &RefCell<Probes>) -> Option<Event> {
        let step = self.step(probes);
        let devices = self.turns().chain(self.fades()).chain(self.melts(&step));
        let crossings = watches.iter().enumerate().filter_map(|(k, watch)| {
            let theta = step.cubic(watch.quantity).first_crossing(watch.level, watch.edge)?;
            Some(Event { theta, happening: Happening::Crosses(k) })
        });
        devices.chain(crossings).min_by(earlier)
    }

    /// Gates that leave the piece they are on.
    fn turns(&self) -> impl Iterator<Item = Event> {
        self.circuit.branches.iter().enumerate().filter_map(|(b, branch)| {
            let overstep =
                |point: &OperatingPoint| branch.overstep(&point.nodes, point.currents[b]);
            let next = |point| overstep(point).map(|(_, next)| next);
            let (theta, point) = self.first_overstep(|point| overstep(point).map(|(e, _)| e))?;
            Some(Event { theta, happening: Happening::Turns(b, next(point)?) })
        })
    }

    /// Loads whose power part changes its law.
    fn fades(&self) -> impl Iterator<Item = Event> {
        self.circuit.loads.iter().enumerate().filter_map(|(l, load)| {
            let overstep = |point: &OperatingPoint| {
                load.overstep(point.nodes[load.from] - point.nodes[load.to])
            };
            let (theta, _) = self.first_overstep(overstep)?;
            Some(Event { theta, happening: Happening::Fades(l) })
        })
    }

    /// Fuses that have had enough.
    fn melts(&self, step: &Step<'_>) -> impl Iterator<Item = Event> {
        self.fuses().filter_map(|(b, fuse)| {
            let ends = step.cubics_of_fuse(b, fuse).into_iter();
            let ends = ends.filter_map(|cubic| cubic.first_crossing(1.0, CrossingEdge::Rising));
            let theta = ends.min_by(f64::total_cmp)?;
            Some(Event { theta, happening: Happening::Melts(b) })
        })
    }

    /// Intact fuses that may melt, and their branches.
    fn fuses(&self) -> impl Iterator<Item = (usize, &FuseModel)> {
        let branches = self.circuit.branches.iter().enumerate().filter(|_| self.may_melt);
        branches
            .filter(|(_, branch)| branch.gate.mode == Mode::Conducting)
            .filter_map(|(b, branch)| Some((b, branch.fuse.as_ref()?)))
    }

    /// The first stage at which something lies beyond its end, and about where it got there.
    fn first_overstep(
        &self,
        excess: impl Fn(&OperatingPoint) -> Option<f64>,
    ) -> Option<(f64, &OperatingPoint)> {
        let mut before = (0.0, excess(&self.point)?);
        for stage in IN_TIME_ORDER {
            let point = &self.trial.stages[stage - 1];
            let here = (C[stage], excess(point)?);
            if here.1 > 0.0 {
                let share = if before.1 < 0.0 { before.1 / (before.1 - here.1) } else { 0.0 };
                return Some((before.0 + share * (here.0 - before.0), point));
            }
            before = here;
        }
        None
    }

    /// Whether a device's event is still true at the end of the trial, not only within.
    fn has_happened(&self, happening: Happening) -> bool {
        match happening {
            Happening::Turns(..) | Happening::Fades(_) => {
                self.device_excess(happening, self.trial.end()).is_some_and(|excess| excess > 0.0)
            }
            Happening::Melts(_) | Happening::Crosses(_) => true,
        }
    }

    fn device_excess(&self, happening: Happening, point: &OperatingPoint) -> Option<f64> {
        match happening {
            Happening::Turns(b, _) => {
                let excess = self.circuit.branches[b].overstep(&point.nodes, point.currents[b]);
                excess.map(|(excess, _)| excess)
            }
            Happening::Fades(l) => {
                let load = &self.circuit.loads[l];
                load.overstep(point.nodes[load.from] - point.nodes[load.to])
            }
            Happening::Melts(_) | Happening::Crosses(_) => None,
        }
    }

    /// Nanoseconds from the end of a trial that falls just short of an event to the event.
    fn extrapolate(
        &self,
        happening: Happening,
        watches: &[Watch],
        probes: &RefCell<Probes>,
    ) -> Option<u64> {
        let step = self.step(probes);
        let (excess, slope) = match happening {
            Happening::Turns(..) | Happening::Fades(_) => {
                let [.., before, end] = &self.trial.stages;
                let end = self.device_excess(happening, end)?;
                let rise = end - self.device_excess(happening, before)?;
                (end, rise / (1.0 - C[C.len() - 2]))
            }
            Happening::Melts(b) => {
                let cubics = step.cubics_of_fuse(b, self.circuit.branches[b].fuse.as_ref()?);
                let nearer = cubics.iter().max_by(|a, b| a.at(1.0).total_cmp(&b.at(1.0)))?;
                (nearer.at(1.0) - 1.0, nearer.end_slope())
            }
            Happening::Crosses(k) => {
                let watch = &watches[k];
                let cubic = step.cubic(watch.quantity);
                let slope = watch.edge.excess(cubic.end_slope(), 0.0);
                (watch.excess(cubic.at(1.0)), slope)
            }
        };
        let rest = -excess / slope * self.trial.span as f64;
        (rest.is_finite() && rest >= 0.0).then(|| rest.ceil() as u64)
    }

    /// The trial becomes the present.
    fn accept(&mut self, watches: &[Watch]) {
        mem::swap(&mut self.point, self.trial.end_mut());
        for (total, gained) in self.totals.iter_mut().zip(&self.trial.gained) {
            *total += gained;
        }
        self.now += SimTime::from_nanos(self.trial.span);
        self.accepted += 1;
        for value in self.point.state.iter_mut().chain(&mut self.point.slope) {
            if value.abs() < NOTHING {
                *value = 0.0;
            }
        }
        self.remember(watches);
    }

    /// Notes what the watched quantities are before a discontinuity.
    fn remember(&mut self, watches: &[Watch]) {
        self.watched.clear();
        let Self { watched, circuit, point, totals, .. } = self;
        watched.extend(watches.iter().map(|watch| watch.quantity.read(circuit, point, totals)));
    }

    /// Carries out what a device does at the end of the step; returns a fuse that melted.
    fn carry_out(
        &mut self,
        device: Happening,
        watches: &[Watch],
    ) -> Result<Option<Stop>, NetworkError> {
        let mut melted = None;
        match device {
            Happening::Crosses(_) => return Ok(None),
            Happening::Melts(b) => {
                self.circuit.branches[b].gate.mode = Mode::Blocking;
                melted = Some(Stop::Melted(BranchId(b as u32)));
            }
            Happening::Turns(b, mode) => {
                self.circuit.branches[b].gate.mode = mode;
                self.count_change(NetworkPlace::Branch(b))?;
                if mode == Mode::Blocking {
                    self.block_what_ended_with_it();
                    // What the current overshot within the last nanosecond is the clock's
                    // rounding, not physics, and must not reach the opposite clamp.
                    self.collapse();
                }
            }
            Happening::Fades(l) => {
                let load = &mut self.circuit.loads[l];
                load.faded = !load.faded;
                self.count_change(NetworkPlace::Load(l))?;
            }
        }
        self.settle_anew(watches)?;
        Ok(melted)
    }

    /// Equal branches come to the end of their current together. Were one of them left on its piece, what it
    /// overshot would be taken for current of the other, and back, without end.
    fn block_what_ended_with_it(&mut self) {
        let OperatingPoint { nodes, currents, .. } = &self.point;
        for (branch, &current) in self.circuit.branches.iter_mut().zip(currents) {
            if let Some((excess, Mode::Blocking)) = branch.overstep(nodes, current)
                && excess > 0.0
            {
                branch.gate.mode = Mode::Blocking;
            }
        }
    }

    /// A fuse that had enough in the same nanosecond as another.
    fn overdue_fuse(&self) -> Option<usize> {
        let fatigue = |b| self.totals[self.circuit.ledger.branch(b, BranchEntry::Fatigue)];
        let state = &self.point.state;
        self.fuses().find(|&(b, fuse)| fuse.heat(state) >= 1.0 || fatigue(b) >= 1.0).map(|(b, _)| b)
    }

    /// Settles with new modes, and notes the watches that the discontinuity carried over their
    /// levels. Until it succeeds the point does not know of the new modes.
    fn settle_anew(&mut self, watches: &[Watch]) -> Result<(), NetworkError> {
        self.unsettled = true;
        self.settle()?;
        let Self { fired, watched, circuit, point, totals, .. } = self;
        for (watch, &before) in watches.iter().zip(watched.iter()) {
            let after = watch.quantity.read(circuit, point, totals);
            if watch.excess(before) < 0.0 && watch.excess(after) >= 0.0 && !fired.contains(watch) {
                fired.push(*watch);
            }
        }
        Ok(())
    }

    /// Takes the first of these watches out of those that have fired at this instant.
    fn report(&mut self, watches: &[Watch]) -> Option<Stop> {
        let index = watches.iter().position(|watch| self.fired.contains(watch))?;
        self.fired.retain(|fired| *fired != watches[index]);
        Some(Stop::Crossed(index))
    }
}

fn earlier(a: &Event, b: &Event) -> Ordering {
    a.theta.total_cmp(&b.theta)
}

fn nanos(theta: f64, span: u64) -> u64 {
    (theta * span as f64).ceil() as u64
}
