//! A run in memory alone: nothing is plugged in, nothing is written, no corner is tried.
//!
//! It is for whoever runs a scenario a thousand times with something changed.

use std::ops::ControlFlow;

use blackstart_engine::Terminal;
use blackstart_plant::Roster;
use blackstart_scenario::Resolved;

use crate::bind::{Plugged, bind};
use crate::error::BenchError;
use crate::files::Files;
use crate::run::{BoundSimulation, Job, Progress, Run, carry_out, prepare, seed};
use crate::stand_in::StandIn;

/// Runs a job's scenario in memory alone, with another controller in one role if one is named; its
/// rig and its files are of no account.
///
/// # Errors
/// As [`run`].
pub fn rehearse(
    job: &Job<'_>,
    stand_in: Option<(&str, StandIn)>,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Run, BenchError> {
    let job = Job { rig: None, trace_file: None, session_file: None, ..*job };
    let mut simulation = prepare(job.scenario, seed(&job), None)?;
    let devices = bind(&mut simulation, &job, &Plugged::StandIn(stand_in))?;
    let session = BoundSimulation { simulation, devices, corners: false };
    carry_out(&job, session, &mut Files::default(), on_progress)
}

/// Who may stand in for the built-in controllers of a scenario: each role with all that can be done wrong
/// in it.
///
/// # Errors
/// If the scenario cannot be built.
pub fn stand_ins(scenario: &Resolved) -> Result<Vec<(String, StandIn)>, BenchError> {
    let simulation = prepare(scenario, scenario.seed, None)?;
    let roster = simulation.world.resource::<Roster>();
    let terminals =
        roster.controlled().filter_map(|entity| simulation.world.get::<Terminal>(entity));
    let in_role = |terminal: &Terminal| {
        let fitting = StandIn::ALL.into_iter().filter(|fault| fault.fits(terminal));
        fitting.map(|fault| (terminal.role.clone(), fault)).collect::<Vec<_>>()
    };
    Ok(terminals.flat_map(in_role).collect())
}
