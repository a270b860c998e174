//! Parts of declared kinds: each kind is built in one file here, as it is declared in one of `scenario`.
//!
//! A part puts branches and loads into the network and offers quantities by name; sensors, comparators
//! and balancers find these. What acts between the steps of the network does so through [`Acting`]:
//! all are brought to now together, until nothing moves any more, whenever the network stops.

mod backup_box;
mod balancer;
mod battery_module;
mod build;
mod cable;
mod capacitor;
mod cell_monitor;
mod cells;
mod comparator;
mod contactor;
mod current_sensor;
mod dc_load;
mod dc_source;
mod digital_input;
mod digital_output;
mod diode;
mod external_bms;
mod fet_switch;
mod front_end_chip;
mod fuse;
mod grid;
mod host_watchdog;
mod inverter;
mod load;
mod pack_charger;
mod pack_monitor;
mod pairing_inputs;
mod ptc_limiter;
mod quiescent_draw;
mod release;
mod remote_switch;
mod resistor;
mod role;
mod shunt;
mod thermistor;
mod transfer_switch;
mod voltage_sensor;

use std::collections::BTreeMap;
use std::fmt::Debug;

use bevy_ecs::prelude::{Entity, Resource};
use blackstart_engine::{BusAnswer, BusTransfer, Terminal};
use blackstart_scenario::Part;
use blackstart_trace::{ChargePath, EventKind, Evidence};
use blackstart_units::{SimTime, Volts, Watts};

use crate::ac::Tap;
use crate::cause::CauseContext;
use crate::circuit::PlantCircuit;
use crate::claimed_trip::ComparatorGuard;
use crate::detector::{SeenQuantity, ThresholdDetector};
use crate::exposure::{Exposure, Exposures};
use crate::moments::Moments;
use crate::network::{BranchId, LoadId, Network, Quantity, Step, Watch};
use crate::record::Recorder;
use crate::sampling::{Channel, Meters};
use build::owner;

pub(crate) use build::{Build, PartsBuilder};
pub use role::PartRole;
pub(crate) use role::obey;

/// Builds a part; `None` where it refers to what is not there.
type Builder = fn(&Part, &mut Build<'_, '_>) -> Option<()>;

/// How each kind is built.
const BUILDERS: &[(&str, Builder)] = &[
    ("backup-box", backup_box::build),
    ("balancer", balancer::build),
    ("battery-module", battery_module::build),
    ("cable", cable::build),
    ("capacitor", capacitor::build),
    ("cell-monitor", cell_monitor::build),
    ("cells", cells::build),
    ("contactor", contactor::build),
    ("current-comparator", comparator::build),
    ("current-sensor", current_sensor::build),
    ("dc-load", dc_load::build),
    ("dc-source", dc_source::build),
    ("digital-input", digital_input::build),
    ("digital-output", digital_output::build),
    ("diode", diode::build),
    ("external-bms", external_bms::build),
    ("fet-switch", fet_switch::build),
    ("front-end-chip", front_end_chip::build),
    ("fuse", fuse::build),
    ("grid", grid::build),
    ("host-watchdog", host_watchdog::build),
    ("inverter", inverter::build),
    ("load", load::build),
    ("pack-charger", pack_charger::build),
    ("pack-monitor", pack_monitor::build),
    // What a controller is set to is nothing in the world.
    ("pack-rules", |_, _| Some(())),
    ("pairing-inputs", pairing_inputs::build),
    ("pairing-rules", |_, _| Some(())),
    // What may be drawn is a rule's business.
    ("port-rating", |_, _| Some(())),
    ("ptc-limiter", ptc_limiter::build),
    ("quiescent-draw", quiescent_draw::build),
    // It carries levels, which the wires of a system do.
    ("remote-cable", |_, _| Some(())),
    ("remote-switch", remote_switch::build),
    ("resistor", resistor::build),
    ("shunt", shunt::build),
    ("temperature-comparator", comparator::build),
    ("thermistor", thermistor::build),
    ("timed-release", release::timed),
    ("transfer-switch", transfer_switch::build),
    ("voltage-comparator", comparator::build),
    ("voltage-release", release::by_voltage),
    ("voltage-sensor", voltage_sensor::build),
];

/// What a part can do while it is brought to now.
pub(crate) struct Stage<'a> {
    pub network: &'a mut Network,
    /// From where the run could be taken up again.
    pub moments: &'a Moments,
    pub recorder: &'a mut Recorder,
    pub now: SimTime,
    /// Something was moved in the network.
    moved: bool,
    /// Parts to be held open, or no longer: which, by whom, whether.
    holds: Vec<(String, usize, bool)>,
    /// Pins of parts that others drive: whose, which, to what.
    orders: Vec<(String, &'static str, f64)>,
    /// Parts that let go what they release.
    let_go: Vec<usize>,
    /// Comparators that have just acted.
    trips: Vec<Tripped>,
    /// The part that acts.
    actor: usize,
}

/// A comparator that has just acted: which, as it was, since when, in what network.
struct Tripped {
    actor: usize,
    detector: ThresholdDetector,
    since: SimTime,
    /// What it rests on, where the part does not say so itself.
    evidence: Option<Evidence>,
    network: Network,
}

impl Stage<'_> {
    /// Opens or closes a branch.
    pub fn set_switch(&mut self, branch: BranchId, closed: bool) {
        self.network.set_switch(branch, closed);
        self.moved = true;
    }

    /// Notes that something was changed in the network.
    pub fn moved(&mut self) {
        self.moved = true;
    }

    /// Holds a part open, or no longer.
    pub fn hold(&mut self, part: &str, open: bool) {
        self.holds.push((part.to_owned(), self.actor, open));
    }

    /// Notes that a comparator has acted, as it was right before.
    pub fn trip(&mut self, detector: ThresholdDetector, since: SimTime) {
        let (actor, network) = (self.actor, self.network.clone());
        self.trips.push(Tripped { actor, detector, since, evidence: None, network });
    }

    /// The same of one of several comparators of a part, with what it rests on.
    pub fn trip_on(&mut self, detector: ThresholdDetector, since: SimTime, evidence: Evidence) {
        let (actor, network, evidence) = (self.actor, self.network.clone(), Some(evidence));
        self.trips.push(Tripped { actor, detector, since, evidence, network });
    }

    /// Drives a pin of another part.
    pub fn order(&mut self, part: &str, pin: &'static str, value: f64) {
        self.orders.push((part.to_owned(), pin, value));
    }

    /// Lets go what the acting part releases.
    pub fn release(&mut self) {
        self.let_go.push(self.actor);
    }
}

/// A part that does something between the steps of the network.
pub(crate) trait Acting: Debug + Send + Sync {
    /// Brings it to now.
    fn act(&mut self, _stage: &mut Stage<'_>) {}
    /// The next instant at which it moves by itself.
    fn next(&self) -> SimTime {
        SimTime::NEVER
    }
    /// Levels at which it wants to be asked.
    fn watch(&self, _into: &mut Vec<Watch>) {}
    /// Sees an accepted step, and from where the run could be taken up again.
    fn see(&mut self, _step: &Step<'_>, _moments: &Moments) {}
    /// A branch melted, perhaps one of its own.
    fn melt(&mut self, _branch: BranchId, _network: &Network, _recorder: &mut Recorder) {}
    /// A controller commands a pin.
    fn command(&mut self, _command: Command) {}
    /// A controller begins a transfer on its bus.
    fn begin_transfer(&mut self, _transfer: BusTransfer, _now: SimTime) {}
    /// Transfers that have ended since the last call.
    fn ended_transfers(&mut self) -> Vec<BusAnswer> {
        Vec::new()
    }
    /// The state that a pin shows.
    fn reading(&self, _pin: &str) -> f64 {
        0.0
    }
    /// The scenario does something to it: a word of the stimulus by its place, or a number.
    fn stimulate(&mut self, _what: &str, _to: f64) {}
    /// A comparator holds it open, or no longer.
    fn hold(&mut self, _by: usize, _open: bool) {}
    /// Whether it holds others open until something clears it.
    fn is_latched(&self) -> bool {
        false
    }
    /// Of what is fed from an AC source: its voltage now. When it must be looked at again.
    fn feed(&mut self, _voltage: Volts, _stage: &mut Stage<'_>) -> SimTime {
        SimTime::NEVER
    }
    /// Of a charger: whether anything can charge through it.
    fn charge_path(&self, _is_fed: bool) -> Option<ChargePath> {
        None
    }
    /// Whether one of those that it releases is latched.
    fn need(&mut self, _is_needed: bool) {}
    /// Counts up whenever [`channel`](Self::channel) would say something else.
    fn version(&self) -> u32 {
        0
    }
    /// Brings a channel that measures through it to what is so now.
    fn channel(&self, _element: usize, _channel: &mut Channel) {}
    /// Of a comparator: what it has seen, and what its trips and margins rest on.
    fn detector(&self) -> Option<(&ThresholdDetector, Evidence)> {
        None
    }
    /// Of a comparator: what its trips and margins rest on from now on.
    fn rests_on(&mut self, _evidence: Evidence) {}
    /// Of a comparator: what it holds open.
    fn opens(&self) -> &[String] {
        &[]
    }
    /// Whether it lets current through that a comparator could stop.
    fn is_closed(&self, _network: &Network) -> bool {
        false
    }
    /// Writes down what only an instant at which the network stops can tell.
    fn record(&self, _network: &Network, _recorder: &mut Recorder) {}
    /// Writes down what only the end of a run can tell.
    fn conclude(&self, _now: SimTime, _recorder: &mut Recorder) {}
}

/// Everything that acts, in the order of the parts' paths, and the roles that are made of pins.
#[derive(Debug, Resource, Default)]
pub struct Parts {
    acting: Vec<(String, Box<dyn Acting>)>,
    roles: Vec<role::Wiring>,
    /// Which parts release which.
    releases: Vec<(usize, Vec<usize>)>,
    /// By how much the sensor of a branch's current may be wrong: a share of it, and amperes.
    tolerances: Vec<(BranchId, (f64, f64))>,
    /// Strings of cells, by their paths.
    strings: BTreeMap<String, BranchId>,
    /// What is fed from an AC source, and from which.
    fed: Vec<(usize, Option<Tap>)>,
    /// Loads that are reported in the books.
    deliveries: Vec<(String, LoadId, bool)>,
    /// Roles to be alerted that a comparator has acted: which, and by which of their samplings.
    alerts: Vec<(Entity, usize)>,
}

/// What a controller commands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub pin: &'static str,
    pub element: Option<usize>,
    pub value: f64,
    pub now: SimTime,
}

/// A comparator where it stands.
pub(crate) struct PlacedDetector<'a> {
    pub path: &'a str,
    pub detector: &'a ThresholdDetector,
    pub evidence: Evidence,
}

impl PlacedDetector<'_> {
    /// What its trips are reported of.
    pub fn subject(&self) -> String {
        owner(self.path)
    }

    /// What it leaves for corners.
    pub fn exposure(&self, tripped: Option<SimTime>) -> Option<Exposure> {
        let subject = self.subject();
        Exposure::of((&subject, self.path.to_owned()), self.detector, self.evidence, tripped)
    }
}

/// The pin by which what has latched lets go.
const CLEAR: &str = "clear";

/// The pin that counts how often a protection has acted: one that is cleared and acts again at once is seen.
const TRIPS: &str = "trips";

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

    /// The comparators of an assembly, each with whether it has latched.
    fn guards(&self, assembly: &str) -> Vec<ComparatorGuard<'_>> {
        let own = self.acting.iter().filter(|(path, _)| owner(path) == assembly);
        own.filter_map(|(_, part)| Some((part.detector()?.0, part.is_latched()))).collect()
    }

    /// The next instant at which one moves by itself.
    pub(crate) fn next(&self) -> SimTime {
        let arrives = self.roles.iter().map(role::Wiring::next);
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

#[cfg(test)]
mod tests {
    use blackstart_scenario::kinds;

    #[test]
    fn every_declared_kind_is_built_here_and_nothing_else() {
        let declared: Vec<&str> = kinds::ALL.iter().map(|kind| kind.name).collect();
        let built: Vec<&str> = super::BUILDERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(declared, built);
    }
}
