//! Everything that acts, brought to now together.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Entity, Resource};
use blackstart_engine::Terminal;
use blackstart_trace::{ChargePath, EventKind, Evidence};
use blackstart_units::{SimTime, Volts, Watts};

use super::acting::{Acting, CLEAR, Command, Stage, Tripped, owner};
use super::placed_detector::PlacedDetector;
use super::wiring::Wiring;
use crate::ac::Tap;
use crate::cause::CauseContext;
use crate::circuit::PlantCircuit;
use crate::claimed_trip::ComparatorGuard;
use crate::detector::SeenQuantity;
use crate::exposure::Exposures;
use crate::moments::Moments;
use crate::network::{BranchId, LoadId, Network, Quantity, Step, Watch};
use crate::record::Recorder;
use crate::sampling::Meters;

/// Everything that acts, in the order of the parts' paths, and the roles that are made of pins.
#[derive(Debug, Resource, Default)]
pub struct Parts {
    pub(super) acting: Vec<(String, Box<dyn Acting>)>,
    pub(super) roles: Vec<Wiring>,
    /// Which parts release which.
    pub(super) releases: Vec<(usize, Vec<usize>)>,
    /// By how much the sensor of a branch's current may be wrong: a share of it, and amperes.
    pub(super) tolerances: Vec<(BranchId, (f64, f64))>,
    /// Strings of cells, by their paths.
    pub(super) strings: BTreeMap<String, BranchId>,
    /// What is fed from an AC source, and from which.
    pub(super) fed: Vec<(usize, Option<Tap>)>,
    /// Loads that are reported in the books.
    pub(super) deliveries: Vec<(String, LoadId, bool)>,
    /// Roles to be alerted that a comparator has acted: which, and by which of their samplings.
    pub(super) alerts: Vec<(Entity, usize)>,
}

/// Rounds in which parts move each other at one instant.
const ROUNDS: usize = 64;

impl Parts {
    fn position(&self, id: &str) -> Option<usize> {
        self.acting.binary_search_by(|(other, _)| other.as_str().cmp(id)).ok()
    }

    /// Brings all parts to now, until none moves another.
    pub(crate) fn act(
        &mut self,
        circuit: &mut PlantCircuit,
        exposures: &mut Exposures,
        recorder: &mut Recorder,
    ) {
        if self.acting.is_empty() {
            return;
        }
        let mut moved = false;
        for role in &mut self.roles {
            role.deliver(circuit.network.now(), &mut self.acting);
        }
        for _ in 0..ROUNDS {
            for (release, released) in &self.releases {
                let is_needed = released.iter().any(|&one| self.acting[one].1.is_latched());
                self.acting[*release].1.need(is_needed);
            }
            let now = circuit.network.now();
            let network = &mut circuit.network;
            let (holds, let_go, trips) = (Vec::new(), Vec::new(), Vec::new());
            let orders = Vec::new();
            let (moments, moved_yet, actor) = (&circuit.moments, false, 0);
            let mut stage = Stage {
                network,
                moments,
                recorder,
                now,
                moved: moved_yet,
                holds,
                orders,
                let_go,
                trips,
                actor,
            };
            for (actor, (_, part)) in self.acting.iter_mut().enumerate() {
                stage.actor = actor;
                part.act(&mut stage);
            }
            let Stage { holds, orders, let_go, moved: now_moved, trips, .. } = stage;
            moved |= now_moved;
            for tripped in &trips {
                let found = self.roles.iter().flat_map(|role| role.alerted_of(tripped.actor));
                self.alerts.extend(found);
                self.report(tripped, &circuit.starting, exposures, recorder);
            }
            if holds.is_empty() && let_go.is_empty() && orders.is_empty() {
                break;
            }
            for (_, released) in self.releases.iter().filter(|(by, _)| let_go.contains(by)) {
                for &one in released {
                    let command = Command { pin: CLEAR, element: None, value: 1.0, now };
                    self.acting[one].1.command(command);
                }
            }
            for (id, pin, value) in orders {
                if let Some(part) = self.position(&id) {
                    let command = Command { pin, element: None, value, now };
                    self.acting[part].1.command(command);
                }
            }
            for (id, by, open) in holds {
                if let Some(part) = self.position(&id) {
                    self.acting[part].1.hold(by, open);
                }
            }
        }
        if moved {
            recorder.jump(&circuit.network);
            circuit.note_change();
        }
    }

    /// Brings what is fed from AC sources to now; when it must be looked at again.
    pub(crate) fn feed(
        &mut self,
        circuit: &mut PlantCircuit,
        recorder: &mut Recorder,
        voltage: impl Fn(Option<Tap>) -> Volts,
    ) -> SimTime {
        let mut next = SimTime::NEVER;
        for &(actor, tap) in &self.fed {
            let now = circuit.network.now();
            let mut stage = Stage {
                network: &mut circuit.network,
                moments: &circuit.moments,
                recorder,
                now,
                moved: false,
                holds: Vec::new(),
                orders: Vec::new(),
                let_go: Vec::new(),
                trips: Vec::new(),
                actor,
            };
            next = next.min(self.acting[actor].1.feed(voltage(tap), &mut stage));
            if stage.moved {
                circuit.note_change();
            }
        }
        next
    }

    /// Roles to be alerted that a comparator has acted, each once.
    pub(crate) fn take_alerts(&mut self) -> Vec<(Entity, usize)> {
        std::mem::take(&mut self.alerts)
    }

    /// Somebody does something that a role reads by a pin: what it shows there, changed.
    pub(crate) fn press(&mut self, role: &str, pin: &str, change: impl Fn(f64) -> f64) {
        let way = self.roles.iter().find_map(|wiring| wiring.way(role, pin));
        if let Some((part, pin)) = way {
            let part = &mut self.acting[part].1;
            let shown = part.reading(pin);
            part.stimulate(pin, change(shown));
        }
    }

    /// What loads of parts have taken since the start, by name, J; of those that are used at times where
    /// they were.
    pub fn delivered(&self, network: &Network) -> Vec<(String, f64)> {
        let all = self
            .deliveries
            .iter()
            .map(|(name, load, used)| (name.clone(), network.delivered(*load).0, *used));
        let found = all.filter(|(_, energy, used)| !used || *energy != 0.0);
        found.map(|(name, energy, _)| (name, energy)).collect()
    }

    /// The string of cells of a part.
    pub fn cells(&self, id: &str) -> Option<BranchId> {
        self.strings.get(id).copied()
    }

    /// Whether anything can charge an assembly.
    pub fn charge_path(&self, assembly: &str) -> ChargePath {
        let own = self.fed.iter().filter(|(part, _)| owner(&self.acting[*part].0) == assembly);
        let mut paths =
            own.filter_map(|(part, tap)| self.acting[*part].1.charge_path(tap.is_some()));
        paths.next().unwrap_or(ChargePath::Absent)
    }

    /// Writes down that a comparator has acted, and leaves it for corners.
    fn report(
        &self,
        tripped: &Tripped,
        starting: &[(LoadId, Watts)],
        exposures: &mut Exposures,
        recorder: &mut Recorder,
    ) {
        let Tripped { actor, ref detector, since, evidence, ref network } = *tripped;
        let (path, part) = &self.acting[actor];
        let subject = owner(path);
        let beside = self.acting.iter().enumerate().filter(|(k, (other, part))| {
            *k != actor && owner(other) == subject && !part.is_latched()
        });
        let beside = beside.filter_map(|(_, (_, part))| part.detector().map(|one| one.0));
        let tolerance = detector
            .watched()
            .current_of()
            .and_then(|branch| self.tolerances.iter().find(|one| one.0 == branch).map(|one| one.1));
        let context = CauseContext {
            network,
            tolerance: tolerance.unwrap_or_default(),
            armed: beside.chain([detector]).collect(),
            starting,
        };
        let own = part.detector().map(|(_, evidence)| evidence);
        let rests_on = evidence.or(own).unwrap_or(Evidence::ModelOnly);
        let trip = context.trip(detector, since, rests_on);
        // Cells that sink at rest make it latch as well, but it has nothing left to open.
        let is_closed = |id: &String| {
            self.position(id).is_some_and(|part| self.acting[part].1.is_closed(network))
        };
        let sinks = matches!(detector.watched().seen, SeenQuantity::Plain(Quantity::LowestCell(_)));
        // What a chip has decided stands in its registers, whatever is left to open.
        if evidence.is_some() || !sinks || part.opens().iter().any(is_closed) {
            recorder.event(network.now(), &subject, EventKind::Trip(trip));
        }
        // One of several has no path of its own by which another system's could be found.
        if let Some(evidence) = own {
            let placed = PlacedDetector { path, detector, evidence };
            exposures.0.extend(placed.exposure(Some(network.now())));
        }
    }

    /// Every comparator.
    pub(crate) fn detectors(&self) -> impl Iterator<Item = PlacedDetector<'_>> {
        self.acting.iter().filter_map(|(path, part)| {
            let (detector, evidence) = part.detector()?;
            Some(PlacedDetector { path, detector, evidence })
        })
    }

    /// Exposes every comparator that never acted. Once, at the end of a run.
    pub(crate) fn expose_approaches(&self, exposures: &mut Exposures) {
        let quiet = self.detectors().filter(|placed| placed.detector.tripped_at.is_none());
        exposures.0.extend(quiet.filter_map(|placed| placed.exposure(None)));
    }

    /// The comparators of an assembly, each with whether it has latched.
    pub(super) fn guards(&self, assembly: &str) -> Vec<ComparatorGuard<'_>> {
        let own = self.acting.iter().filter(|(path, _)| owner(path) == assembly);
        own.filter_map(|(_, part)| Some((part.detector()?.0, part.is_latched()))).collect()
    }

    /// The next instant at which one moves by itself.
    pub(crate) fn next(&self) -> SimTime {
        let arrives = self.roles.iter().map(Wiring::next);
        self.acting
            .iter()
            .map(|(_, part)| part.next())
            .chain(arrives)
            .min()
            .unwrap_or(SimTime::NEVER)
    }

    /// The levels at which they want to be asked.
    pub(crate) fn watch(&self, into: &mut Vec<Watch>) {
        self.acting.iter().for_each(|(_, part)| part.watch(into));
    }

    /// All see an accepted step.
    pub(crate) fn see(&mut self, step: &Step<'_>, moments: &Moments) {
        self.acting.iter_mut().for_each(|(_, part)| part.see(step, moments));
    }

    /// A fuse melted: whose it is writes that down.
    pub(crate) fn melt(&mut self, branch: BranchId, network: &Network, recorder: &mut Recorder) {
        self.acting.iter_mut().for_each(|(_, part)| part.melt(branch, network, recorder));
    }

    /// Writes down what only an instant at which the network stops can tell.
    pub(crate) fn record(&self, network: &Network, recorder: &mut Recorder) {
        self.acting.iter().for_each(|(_, part)| part.record(network, recorder));
    }

    /// Writes down what only the end of a run can tell.
    pub(crate) fn conclude(&self, now: SimTime, recorder: &mut Recorder) {
        self.acting.iter().for_each(|(_, part)| part.conclude(now, recorder));
    }

    /// The scenario does something to a part.
    pub(crate) fn stimulate(&mut self, id: &str, what: &str, to: f64) {
        if let Some(part) = self.position(id) {
            self.acting[part].1.stimulate(what, to);
        }
    }

    /// Brings the channels and the states that a role sees to now.
    pub(crate) fn show(&mut self, entity: Entity, meters: &mut Meters, terminal: &mut Terminal) {
        let Self { acting, roles, .. } = self;
        if let Some(role) = roles.iter_mut().find(|role| role.entity == entity) {
            role.show(acting, meters, terminal);
        }
    }
}
