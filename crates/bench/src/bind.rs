//! Who plays which role.

use std::collections::BTreeMap;

use bevy_ecs::prelude::{Entity, World};
use blackstart_controllers::{InverterControl, StartRules, TransferControl};
use blackstart_engine::{BuiltIn, Controller, Simulation, Terminal};
use blackstart_link::{RecordingWriter, SessionRecording};
use blackstart_plant::{InstalledInverter, InstalledTransferSwitch, PartRole, Roster};
use blackstart_scenario::{Binding, RigClock};

use crate::bind_box::box_built_in;
use crate::bind_dc::dc_built_in;
use crate::bind_parts;
use crate::bus_faults::BusFaults;
use crate::device::Attached;
use crate::error::BenchError;
use crate::run::{Job, seed};
use crate::stand_in::{StandIn, StoodIn};

/// Every role of the job's system with who plays it, and what the rig emulates, for people.
pub fn bindings(job: &Job<'_>) -> Vec<(String, String)> {
    let bound = job.rig.and_then(|rig| rig.bind(&job.scenario.system).ok()).unwrap_or_default();
    let player = |role: String| {
        let by = match bound.get(&role).map(|binding| &binding.transport) {
            Some(transport) => transport.to_string(),
            None => "built-in".to_owned(),
        };
        (role, by)
    };
    let roles = job.scenario.system.roles();
    let played = roles.into_iter().map(|role| player(role.to_string()));
    let emulates = job.rig.into_iter().flat_map(|rig| &rig.emulates);
    played.chain(emulates.map(|(instance, what)| (instance.clone(), what.to_string()))).collect()
}

/// Where devices under test come from.
pub(crate) enum Plugged<'a> {
    /// What the job's rig names, by role; recorded if asked.
    Rig {
        bindings: &'a BTreeMap<String, &'a Binding>,
        clock: RigClock,
        recorder: Option<&'a RecordingWriter>,
    },
    /// A recorded session.
    Recording(&'a SessionRecording),
    /// No device, and in one role another controller than the built-in one, if in any.
    StandIn(Option<(&'a str, StandIn)>),
}

impl Plugged<'_> {
    /// The device in a role; nothing where the role is built in.
    fn device(
        &self,
        (entity, world): (Entity, &mut World),
        role: &str,
        job: &Job<'_>,
    ) -> Result<Option<Attached>, BenchError> {
        match self {
            Self::Rig { bindings, clock, recorder } => {
                let Some(binding) = bindings.get(role) else { return Ok(None) };
                let tape = recorder.and_then(|recorder| recorder.tape(role));
                // Over the bench link in lockstep a frame that is late or missing ends the session.
                let bears = matches!(clock, RigClock::Realtime(_)) || binding.mapping.is_some();
                let wanted = bears && BusFaults::concern(&job.scenario.events, role);
                let extras = (tape, wanted.then(|| seed(job)));
                let role = role.to_owned();
                Attached::connect((entity, world), role, binding, *clock, job.root, extras)
                    .map(Some)
            }
            Self::Recording(recording) => {
                let lines = &recording.header().lines;
                let line = lines.iter().find(|line| line.role == role);
                match line.zip(recording.replay(role)) {
                    Some((line, replay)) => {
                        Attached::replay((entity, world), line, replay).map(Some)
                    }
                    None => Ok(None),
                }
            }
            Self::StandIn(_) => Ok(None),
        }
    }

    /// Who plays a role that no device plays.
    fn instead_of(&self, role: &str, built_in: Box<dyn Controller>) -> Box<dyn Controller> {
        match self {
            Self::StandIn(Some((wanted, fault))) if *wanted == role => {
                Box::new(StoodIn::new(built_in, *fault))
            }
            _ => built_in,
        }
    }
}

/// Gives every role to its device under test or to the built-in controller.
pub(crate) fn bind(
    simulation: &mut Simulation,
    job: &Job<'_>,
    plugged: &Plugged<'_>,
) -> Result<Vec<Attached>, BenchError> {
    let roster = simulation.world.resource::<Roster>();
    let entities: Vec<Entity> = roster.controlled().collect();
    let mut devices = Vec::new();
    for entity in entities {
        let Some(terminal) = simulation.world.get::<Terminal>(entity) else { continue };
        let role = terminal.role.clone();
        if let Some(device) = plugged.device((entity, &mut simulation.world), &role, job)? {
            devices.push(device);
            continue;
        }
        let what = "its banks fit no built-in controller";
        let Some(controller) = built_in(simulation, entity) else {
            return Err(BenchError::Controller { role, what });
        };
        let controller = plugged.instead_of(&role, controller);
        simulation.world.entity_mut(entity).insert(BuiltIn(controller));
    }
    Ok(devices)
}

fn built_in(simulation: &Simulation, entity: Entity) -> Option<Box<dyn Controller>> {
    let world = &simulation.world;
    let terminal = world.get::<Terminal>(entity)?;
    let (readings, commands, claims) = (&terminal.readings, &terminal.commands, &terminal.claims);
    if let Some(switch) = world.get::<InstalledTransferSwitch>(entity) {
        let rules = switch.model.rules;
        return Some(Box::new(TransferControl::new(rules, readings, commands, claims)?));
    }
    if let Some(inverter) = world.get::<InstalledInverter>(entity) {
        let rules = start_rules(&inverter.model);
        return Some(Box::new(InverterControl::new(rules, readings, commands, claims)?));
    }
    if let Some(made) = world.get::<PartRole>(entity) {
        return bind_parts::built_in(made, terminal);
    }
    box_built_in(world, entity, terminal).or_else(|| dc_built_in(world, entity, terminal))
}

fn start_rules(model: &blackstart_scenario::Inverter) -> StartRules {
    StartRules {
        start_voltage: model.start_voltage,
        start_delay: model.start_delay,
        shutdown_voltage: model.shutdown_voltage,
        minimum_voltage: model.minimum_voltage,
        shutdown_delay: model.shutdown_delay,
        restart_delay: model.restart_delay,
        restart_tries: model.restart_tries,
        high_voltage: model.high_voltage,
        charge_detect_voltage: model.charge_detect_voltage,
        charge_detect_time: model.charge_detect_time,
        continuous_power: model.continuous_power,
        rated_apparent: model.rated_apparent,
        peak_time: model.peak_time,
        peak_power: model.peak_power,
        limit_time: model.limit_time,
        eco: model.eco,
    }
}
