//! What scenario events do to the DC side. Each gives the instance that it was done to.

use bevy_ecs::prelude::Entity;
use blackstart_scenario::{RemoteWiring, UpdateState};
use blackstart_units::{SimTime, Volts, Watts};

use super::DcSide;
use super::bms::Manager;
use super::source::PlacedSource;

impl DcSide {
    /// Wires the remote terminals of a BMS anew.
    pub(crate) fn set_remote(&mut self, id: &str, remote: RemoteWiring) -> String {
        self.manager(id, |manager| manager.remote = remote)
    }

    /// Breaks the cable between a BMS and its batteries at an instant, or mends it.
    pub(crate) fn set_cable(&mut self, id: &str, broken: Option<SimTime>) -> String {
        self.manager(id, |manager| {
            // Broken twice it is silent since the first time.
            manager.cable_broken = broken.map(|at| manager.cable_broken.unwrap_or(at));
        })
    }

    /// Starts, breaks off or completes an update of a BMS's firmware.
    pub(crate) fn set_update(&mut self, id: &str, update: UpdateState) -> String {
        self.manager(id, |manager| manager.update = update)
    }

    /// Starts or stops what feeds a source; its control, if it has one, is given too.
    pub(crate) fn run_source(&mut self, id: &str, running: bool) -> (String, Option<Entity>) {
        self.source(id, |source| source.running = running)
    }

    /// Sets a source's voltage; its control, if it has one, is given too.
    pub(crate) fn set_source(&mut self, id: &str, voltage: Volts) -> (String, Option<Entity>) {
        self.source(id, |source| source.voltage = voltage)
    }

    /// Sets what a load asks for.
    pub(crate) fn set_load(&mut self, id: &str, power: Watts) -> String {
        let found = self.loads.iter_mut().find(|one| one.id == id);
        found.map_or_else(String::new, |load| {
            load.demand = power;
            load.id.clone()
        })
    }

    fn manager(&mut self, id: &str, change: impl FnOnce(&mut Manager)) -> String {
        let found = self.managers.iter_mut().find(|one| one.id == id);
        found.map_or_else(String::new, |manager| {
            change(manager);
            manager.id.clone()
        })
    }

    fn source(
        &mut self,
        id: &str,
        change: impl FnOnce(&mut PlacedSource),
    ) -> (String, Option<Entity>) {
        let found = self.sources.iter_mut().find(|one| one.id == id);
        found.map_or_else(Default::default, |source| {
            change(source);
            (source.id.clone(), source.control)
        })
    }
}
