//! From a resolved system to a world: one network, and an entity for whoever has a terminal.

use bevy_ecs::prelude::IntoScheduleConfigs;
use blackstart_engine::{Simulation, TickSystems};
use blackstart_scenario::{self as model, Device, Inverter, Phase, ScenarioEvent, System};
use blackstart_trace::{Catalogue, Trace};
use blackstart_units::{SimTime, Volts};

use crate::ac::{AcSide, Tap};
use crate::actuate::actuate;
use crate::circuit::{PlantCircuit, Roster, Short};
use crate::dc::{DcSide, wire};
use crate::exposure::Exposures;
use crate::installer::{ARC, Installer, OPEN, PlantError};
use crate::network::{Branch, Gate, NetworkBuilder, NodeId, SwitchGate};
use crate::parts::{self, PartsBuilder};
use crate::reading_faults::{self, ReadingFaults};
use crate::record::Recorder;
use crate::solve::{self, SolverFault};
use crate::stimulus::{self, Stimuli};
use crate::supply::{AcSignals, supply};

/// Where no inverter says otherwise.
const MAINS_FREQUENCY_HZ: f64 = 50.0;

/// Half a period of the mains. Inverters side by side are taken to be in step.
fn ripple_period(system: &System) -> SimTime {
    let inverter: Option<Inverter> = system.devices.iter().find_map(Device::of_kind);
    let frequency = inverter.map_or(MAINS_FREQUENCY_HZ, |inverter| inverter.output_frequency);
    SimTime::from_seconds(0.5 / frequency)
}

/// Spawns a system and what will happen to it.
///
/// # Errors
/// A parameter that no network can have.
pub fn install(
    simulation: &mut Simulation,
    system: &System,
    events: &[ScenarioEvent],
    seed: u64,
) -> Result<(), PlantError> {
    let (mut installer, shorts) = draw(simulation, system, events, seed)?;
    installer.roles(system)?;
    installer.finish(shorts, events)
}

/// Draws the network of a system and spawns its devices, but for roles that are made of pins; the rest of the
/// world is left as it is.
pub(crate) fn draw<'a>(
    simulation: &'a mut Simulation,
    system: &System,
    events: &[ScenarioEvent],
    seed: u64,
) -> Result<(Installer<'a>, Vec<Short>), PlantError> {
    let mut builder = NetworkBuilder::new();
    let nodes = system.nodes.iter().enumerate();
    let nodes = nodes
        .map(|(i, name)| if i == 0 { NodeId::GROUND } else { builder.node(name.clone()) })
        .collect();
    let mut installer = Installer {
        builder,
        nodes,
        catalogue: Catalogue::shown_as(system.shows.clone()),
        probes: Vec::new(),
        simulation,
        roster: Roster::default(),
        ac: AcSide::default(),
        ac_signals: AcSignals::default(),
        feeders: Vec::new(),
        ripple_period: ripple_period(system),
        seed,
        dc: DcSide::default(),
        parts: PartsBuilder::default(),
    };
    installer.parts(system)?;
    installer.wires(system);
    let shorts = installer.shorts(events, &system.nodes);
    installer.connect(system);
    Ok((installer, shorts))
}

impl Installer<'_> {
    /// Feeds every AC sink from its source; what is fed by a grid has always been up.
    fn connect(&mut self, system: &System) {
        let feeder =
            |id: &str| self.feeders.iter().find(|entry| entry.0 == id).map(|entry| entry.1);
        for feed in system.feed_paths() {
            let source = feeder(feed.source).map(|from| Tap { from, phase: feed.phase });
            match (feed.input, source) {
                (Some(input), Some(source)) => {
                    let switches = &mut self.ac.switches;
                    if let Some(switch) = switches.iter_mut().find(|one| one.id == feed.sink) {
                        switch.connect(input, source);
                    }
                }
                (None, source) => {
                    let shares = shares(&self.ac, source);
                    let loads = &mut self.ac.consumers;
                    if let Some(load) = loads.iter_mut().find(|one| one.id == feed.sink) {
                        (load.fed_by, load.shares) = (source, shares);
                    }
                    self.parts.feed(feed.sink, source);
                }
                (Some(_), None) => {}
            }
        }
        let voltages: Vec<Volts> =
            self.ac.consumers.iter().map(|load| self.ac.voltage(load.fed_by)).collect();
        for (load, voltage) in self.ac.consumers.iter_mut().zip(voltages) {
            load.settle(voltage);
        }
    }

    fn shorts(&mut self, events: &[ScenarioEvent], names: &[String]) -> Vec<Short> {
        let mut shorts = Vec::new();
        for event in events {
            let model::Action::Short { node, resistance, id } = &event.action else { continue };
            let place = names.iter().position(|name| name == node);
            let Some(&at) = place.and_then(|place| self.nodes.get(place)) else { continue };
            let mut short = Branch::new(format!("short-{id}"), at, NodeId::GROUND);
            short.gate = Gate::Switch(SwitchGate {
                closed: false,
                on: *resistance,
                off: OPEN,
                clamp: Some(ARC),
                body_diode: None,
            });
            let branch = self.builder.branch(short);
            shorts.push((*id, Short { branch, node: node.clone() }));
        }
        shorts.sort_by_key(|short| short.0);
        shorts.into_iter().map(|short| short.1).collect()
    }

    fn finish(self, shorts: Vec<Short>, events: &[ScenarioEvent]) -> Result<(), PlantError> {
        let network = self.builder.build()?;
        let world = &mut self.simulation.world;
        let mut recorder = Recorder { trace: Trace::new(self.catalogue), probes: self.probes };
        recorder.jump(&network);
        world.insert_resource(PlantCircuit::new(network, self.nodes, shorts));
        world.insert_resource(Exposures::default());
        world.insert_resource(recorder);
        world.insert_resource(self.roster);
        world.insert_resource(self.ac);
        world.insert_resource(self.ac_signals);
        world.insert_resource(self.dc);
        world.insert_resource(self.parts.finish());
        world.insert_resource(SolverFault::default());
        world.insert_resource(Stimuli::new(events.to_vec()));
        world.insert_resource(ReadingFaults::new(events, self.seed));
        self.simulation.schedule.add_systems((
            (stimulus::inject, reading_faults::disturb).chain().in_set(TickSystems::Inject),
            (actuate, parts::obey, wire, supply).chain().in_set(TickSystems::Actuate),
            solve::solve.in_set(TickSystems::Solve),
            solve::measure.in_set(TickSystems::Measure),
        ));
        Ok(())
    }
}

/// Which share of its power a load takes from each phase.
fn shares(ac: &AcSide, tap: Option<Tap>) -> [f64; 3] {
    match tap {
        Some(tap) if ac.is_three_phase(tap) => [1.0 / 3.0; 3],
        Some(Tap { phase: Some(only), .. }) => {
            Phase::ALL.map(|phase| f64::from(u8::from(phase == only)))
        }
        _ => [1.0, 0.0, 0.0],
    }
}
