//! Whether the signals that checks and mappings name exist: known only once the system is spawned.

use blackstart_engine::{Simulation, Terminal};
use blackstart_plant::{Recorder, Roster};
use blackstart_scenario::{Diagnostics, Resolved, Rig, WantedSignal};
use blackstart_trace::SignalKind;
use blackstart_units::SimTime;

use crate::device::fit;

/// Spawns the scenario's system without running it and looks up every signal that a check names.
///
/// # Errors
/// All unknown signals, signals of the wrong kind and unknown states, each with its place.
pub fn check_signals(scenario: &Resolved) -> Result<(), Diagnostics> {
    let mut simulation = Simulation::new(SimTime::ZERO, None);
    let mut problems = Diagnostics::new();
    // A system that cannot be built is reported by the run, with the reason.
    if blackstart_plant::install(&mut simulation, &scenario.system, &scenario.events, 0).is_err() {
        return Ok(());
    }
    let recorder = simulation.world.resource::<Recorder>();
    let catalogue = recorder.trace.catalogue();
    for wanted in scenario.signal_refs() {
        let found = catalogue.find(&wanted.name).map(|id| &catalogue.signal(id).kind);
        match (found, &wanted.wanted) {
            (None, _) if is_own_claim(&wanted.name, &simulation) => {}
            (None, _) => problems
                .unknown_signal(&wanted, catalogue.iter().map(|(_, signal)| signal.name.as_str())),
            (Some(SignalKind::State(_)), WantedSignal::Number)
            | (
                Some(SignalKind::Analog | SignalKind::Held),
                WantedSignal::AnyState | WantedSignal::State { .. },
            ) => {
                problems.wrong_signal_kind(&wanted);
            }
            (Some(SignalKind::State(names)), WantedSignal::State { state, .. })
                if !names.contains(state) =>
            {
                problems.unknown_state(&wanted, names.iter().map(String::as_str));
            }
            _ => {}
        }
    }
    problems.into_result()
}

/// Whether a signal is a claim that only a device itself can name.
fn is_own_claim(name: &str, simulation: &Simulation) -> bool {
    let Some((role, _)) = name.split_once(".claim.own.") else { return false };
    let world = &simulation.world;
    let mut controlled = world.resource::<Roster>().controlled();
    controlled.any(|entity| world.get::<Terminal>(entity).is_some_and(|one| one.role == role))
}

/// Spawns the scenario's system without running it and holds the mappings of a rig against its roles.
///
/// # Errors
/// Every reading, command, claim and signal that is not there, and every signal that cannot carry its
/// reading.
pub fn check_mappings(scenario: &Resolved, rig: &Rig) -> Result<(), Diagnostics> {
    let bindings = rig.bind(&scenario.system)?;
    if bindings.values().all(|binding| binding.mapping.is_none()) {
        return Ok(());
    }
    let mut simulation = Simulation::new(SimTime::ZERO, None);
    if blackstart_plant::install(&mut simulation, &scenario.system, &scenario.events, 0).is_err() {
        return Ok(());
    }
    let mut problems = Diagnostics::new();
    let world = &simulation.world;
    for entity in world.resource::<Roster>().controlled() {
        let role = world.get::<Terminal>(entity).map(|terminal| &terminal.role);
        let binding = role.and_then(|role| bindings.get(role.as_str()));
        let Some(mapping) = binding.and_then(|binding| binding.mapping.as_ref()) else { continue };
        if let Err(found) = fit(mapping, entity, world) {
            problems.append(found);
        }
    }
    problems.into_result()
}
