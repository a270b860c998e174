//! Parts of declared kinds: each kind is built in one file here, as it is declared in one of `scenario`.
//!
//! A part puts branches and loads into the network and offers quantities by name; sensors, comparators
//! and balancers find these. What acts between the steps of the network does so through [`Acting`]:
//! all are brought to now together, until nothing moves any more, whenever the network stops.

mod backup_box;
mod balancer;
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
mod fet_switch;
mod fuse;
mod grid;
mod inverter;
mod load;
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

use std::fmt::Debug;

use bevy_ecs::prelude::{Entity, Resource};
use blackstart_engine::Terminal;
use blackstart_scenario::Part;
use blackstart_units::SimTime;

use crate::circuit::PlantCircuit;
use crate::moments::Moments;
use crate::network::{BranchId, Network, Step, Watch};
use crate::record::Recorder;
use crate::sampling::{Channel, Meters};

pub(crate) use build::{Build, PartsBuilder};
pub use role::PartRole;
pub(crate) use role::obey;
pub(crate) use thermistor::ThermistorScale;

/// Builds a part; `None` where it refers to what is not there.
type Builder = fn(&Part, &mut Build<'_, '_>) -> Option<()>;

/// How each kind is built.
const BUILDERS: &[(&str, Builder)] = &[
    ("backup-box", backup_box::build),
    ("balancer", balancer::build),
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
    ("fet-switch", fet_switch::build),
    ("fuse", fuse::build),
    ("grid", grid::build),
    ("inverter", inverter::build),
    ("load", load::build),
    // What a controller is set to is nothing in the world.
    ("pack-rules", |_, _| Some(())),
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
    pub recorder: &'a mut Recorder,
    pub now: SimTime,
    /// Something was moved in the network.
    moved: bool,
    /// Parts to be held open, or no longer: which, by whom, whether.
    holds: Vec<(String, usize, bool)>,
    /// Parts that let go what they release.
    let_go: Vec<usize>,
    /// The part that acts.
    actor: usize,
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
    fn command(&mut self, _pin: &str, _element: Option<usize>, _value: f64, _now: SimTime) {}
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
    /// Whether one of those that it releases is latched.
    fn need(&mut self, _is_needed: bool) {}
    /// Counts up whenever [`channel`](Self::channel) would say something else.
    fn version(&self) -> u32 {
        0
    }
    /// Brings a channel that measures through it to what is so now.
    fn channel(&self, _element: usize, _channel: &mut Channel) {}
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
}

/// The pin by which what has latched lets go.
const CLEAR: &str = "clear";

/// Rounds in which parts move each other at one instant.
const ROUNDS: usize = 64;

impl Parts {
    fn position(&self, id: &str) -> Option<usize> {
        self.acting.binary_search_by(|(other, _)| other.as_str().cmp(id)).ok()
    }

    /// Brings all parts to now, until none moves another.
    pub(crate) fn act(&mut self, circuit: &mut PlantCircuit, recorder: &mut Recorder) {
        if self.acting.is_empty() {
            return;
        }
        let mut moved = false;
        for _ in 0..ROUNDS {
            for (release, released) in &self.releases {
                let is_needed = released.iter().any(|&one| self.acting[one].1.is_latched());
                self.acting[*release].1.need(is_needed);
            }
            let now = circuit.network.now();
            let network = &mut circuit.network;
            let (holds, let_go) = (Vec::new(), Vec::new());
            let mut stage = Stage { network, recorder, now, moved: false, holds, let_go, actor: 0 };
            for (actor, (_, part)) in self.acting.iter_mut().enumerate() {
                stage.actor = actor;
                part.act(&mut stage);
            }
            let Stage { holds, let_go, moved: now_moved, .. } = stage;
            moved |= now_moved;
            if holds.is_empty() && let_go.is_empty() {
                break;
            }
            for (_, released) in self.releases.iter().filter(|(by, _)| let_go.contains(by)) {
                for &one in released {
                    self.acting[one].1.command(CLEAR, None, 1.0, now);
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

    /// The next instant at which one moves by itself.
    pub(crate) fn next(&self) -> SimTime {
        self.acting.iter().map(|(_, part)| part.next()).min().unwrap_or(SimTime::NEVER)
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
