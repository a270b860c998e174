//! What is fed from a DC bus beside batteries with a switch of their own: battery modules that a BMS
//! outside hears, its outputs, the wires from there to remote inputs, and what these switch.
//!
//! Modules, switches, loads and sources are parts of the network; the rest is levels that change at
//! instants only. [`wire`] brings them to now, once in every tick. A wire has no delay, an output no
//! rise time; a current that an output cannot give is known from the inputs that it feeds.

mod bms;
mod books;
mod charger;
mod install;
mod lamps;
mod load;
mod module;
mod over_rating;
mod remote_switch;
mod source;
mod stimulus;
mod trip;
mod wiring;

use bevy_ecs::prelude::Resource;
use blackstart_scenario::BmsOutput;
use blackstart_trace::ChargePath;

use crate::circuit::PlantCircuit;
use crate::network::{BranchId, Network, Quantity, Watch};
use crate::record::Recorder;

pub use bms::InstalledExternalBms;
pub(crate) use bms::{
    AlternatorPath, DcOutput, LEVELS as OUTPUT_LEVELS, Level, Manager, command as output_command,
    terminal as bms_terminal,
};
pub use charger::InstalledCharger;
pub(crate) use charger::terminal as charger_terminal;
pub(crate) use install::{ELECTRONICS_AT, switch};
pub(crate) use load::DcConsumer;
pub use module::InstalledBatteryModule;
pub(crate) use module::{MonitorReport, PlacedModule, terminal as monitor_terminal};
pub(crate) use over_rating::{
    OverRating, OverRatings, STATES as OVER_RATING_STATES, of_module as module_ratings,
};
pub use remote_switch::InstalledRemoteSwitch;
pub(crate) use remote_switch::{PlacedSwitch, terminal as switch_terminal};
pub(crate) use source::{PlacedSource, STATES as SOURCE_STATES, SourceOutput, limiter};
pub(crate) use wiring::wire;

/// Everything on the DC side that is not the network, in the order of the devices' names.
#[derive(Debug, Resource, Default)]
pub struct DcSide {
    pub(crate) modules: Vec<PlacedModule>,
    pub(crate) managers: Vec<Manager>,
    pub(crate) switches: Vec<PlacedSwitch>,
    pub(crate) loads: Vec<DcConsumer>,
    pub(crate) sources: Vec<PlacedSource>,
    pub(crate) wires: Vec<wiring::RemoteWire>,
    pub(crate) over_ratings: OverRatings,
}

impl DcSide {
    /// The cells of a module.
    pub fn cells(&self, module: &str) -> Option<BranchId> {
        self.modules.iter().find(|one| one.id == module).map(|one| one.cells)
    }

    /// Whether a load is on.
    pub fn is_load_on(&self, load: &str) -> bool {
        self.loads.iter().any(|one| one.id == load && one.remote_on)
    }

    /// Whether the BMS that hears a module has its loads connected; `true` when none hears it.
    pub fn loads_connected(&self, module: &str) -> bool {
        self.is_allowed(module, BmsOutput::Load)
    }

    /// Whether anything can charge a module. A source counts wherever on the bus it is.
    pub fn charge_path(&self, circuit: &PlantCircuit, module: &str) -> ChargePath {
        let current =
            self.cells(module).map(|cells| circuit.network.value(Quantity::Current(cells)));
        let runs = self.sources.iter().any(|source| source.state() == 1);
        match current {
            _ if self.sources.is_empty() => ChargePath::Absent,
            Some(current) if current < 0.0 && runs => ChargePath::Charging,
            _ if runs && self.is_allowed(module, BmsOutput::Charge) => ChargePath::Ready,
            _ => ChargePath::HeldBack,
        }
    }

    /// Whether the BMS that hears a module has this output high; `true` when none hears it.
    fn is_allowed(&self, module: &str, output: BmsOutput) -> bool {
        let hears = |manager: &&Manager| {
            manager.hears.iter().any(|&heard| self.modules[heard].id == module)
        };
        let manager = self.managers.iter().find(hears);
        manager.is_none_or(|one| one.outputs[output as usize].level == Level::High)
    }

    /// Writes down which loads work.
    pub(crate) fn record_loads(&self, network: &Network, recorder: &mut Recorder) {
        for load in &self.loads {
            let is_on = load.is_on(network);
            recorder.state(&load.id, load.state, network.now(), f64::from(is_on));
        }
    }

    /// The levels at which one begins to work, or no longer does.
    pub(crate) fn watches(&self, network: &Network) -> impl Iterator<Item = Watch> {
        self.loads.iter().filter_map(|load| load.watch(network))
    }

    /// Looks at what may not last; whether something broke.
    pub(crate) fn over_rating(&mut self, circuit: &PlantCircuit, recorder: &mut Recorder) -> bool {
        if !self.over_ratings.look(circuit, recorder) {
            return false;
        }
        let mut broke = false;
        for source in &mut self.sources {
            let failed =
                source.over_rating.is_some_and(|signal| self.over_ratings.is_exceeded(signal));
            broke |= failed && !std::mem::replace(&mut source.failed, failed);
        }
        broke
    }
}
