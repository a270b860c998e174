//! One run, from resolved scenario to verdict.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use bevy_ecs::prelude::{IntoScheduleConfigs, Query, Res, World};
use blackstart_engine::{BuiltIn, Clock, Simulation, Terminal, TickSystems};
use blackstart_limits::{CAN_LOG_BYTES, PROGRAM_BYTES};
use blackstart_link::{LinkError, WallLimit};
use blackstart_plant::network::NetworkErrorKind;
use blackstart_plant::{Corners, PlantCircuit, Reach, Recorder, Roster, SolverFault, Stimuli};
use blackstart_scenario::{Device, Feed, Grid, Load, Resolved, Rig, RigClock, System, Transport};
use blackstart_trace::{EventKind, Trace};
use blackstart_units::SimTime;
use blackstart_verdict::{
    AcFeed, Basis, CornerLists, CornerSeen, FileDigest, Finding, FirmwareDigest, Guess,
    HostMachine, LinkStatistics, Material, Pairing, Subject, Timing, Verdict, carried, findings,
    judge,
};

use crate::bind::{Plugged, bind};
use crate::bounds::{Bounds, Standstill, check_trace};
use crate::bus_faults::BusFaults;
use crate::device::{Attached, parted, plug};
use crate::end;
use crate::error::BenchError;
use crate::files::{Files, digests};
use crate::pacing::Pacing;

/// What to run.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The scenario.
    pub scenario: &'a Resolved,
    /// What is plugged in; nothing when absent.
    pub rig: Option<&'a Rig>,
    /// The project's folder: commands of the rig are relative to it.
    pub root: &'a Path,
    /// Seed instead of the scenario's own.
    pub seed: Option<u64>,
    /// Where the trace is written while the run goes.
    pub trace_file: Option<&'a Path>,
    /// Where the session with the devices is recorded while the run goes; without a device nothing is.
    pub session_file: Option<&'a Path>,
    /// Who may stop it, and how long it may take; nobody and as long as a run may when absent.
    pub bounds: Option<&'a Bounds>,
}

/// What came of it.
pub struct Run {
    /// Everything that was recorded.
    pub trace: Trace,
    /// The verdict.
    pub verdict: Verdict,
}

/// How far a run is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Simulated so far.
    pub at: SimTime,
    /// The scenario's end.
    pub end: SimTime,
}

/// Ticks between two looks at the outside: progress and the trace file.
const TICKS_BETWEEN_REPORTS: u64 = 256;

/// Runs a job. `on_progress` may break it off; what was recorded until then is judged.
///
/// # Errors
/// The bench's own failures; a device that is lost after its handshake is a verdict.
pub fn run(
    job: &Job<'_>,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Run, BenchError> {
    run_shuffled(job, None, on_progress)
}

/// As [`run`], with the order of systems permuted wherever the schedule leaves it open. The result
/// is the same; tests turn the seed to prove it.
///
/// # Errors
/// As [`run`].
pub fn run_shuffled(
    job: &Job<'_>,
    shuffle: Option<u64>,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Run, BenchError> {
    let bindings = match job.rig {
        Some(rig) => rig.bind(&job.scenario.system).map_err(BenchError::Rig)?,
        None => BTreeMap::new(),
    };
    let mut simulation = prepare(job.scenario, seed(job), shuffle)?;
    let mut files = Files::open(job, &bindings)?;
    let clock = job.rig.map_or(RigClock::Lockstep, |rig| rig.clock);
    let plugged = Plugged::Rig { bindings: &bindings, clock, recorder: files.session.as_ref() };
    let mut devices = bind(&mut simulation, job, &plugged)?;
    devices.extend(plug(&mut simulation, job, &files)?);
    let session = BoundSimulation { simulation, devices, corners: true };
    let run = carry_out(job, session, &mut files, on_progress)?;
    files.finish_session()?;
    Ok(run)
}

/// A simulation with everybody in their roles.
pub(crate) struct BoundSimulation {
    pub simulation: Simulation,
    pub devices: Vec<Attached>,
    /// Whether trips and approaches are tried again with every guess at its ends.
    pub corners: bool,
}

/// The run itself.
pub(crate) fn carry_out(
    job: &Job<'_>,
    session: BoundSimulation,
    files: &mut Files,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Run, BenchError> {
    let BoundSimulation { mut simulation, mut devices, corners } = session;
    let bounds = job.bounds.cloned().unwrap_or_default();
    let halt = bounds.halt.for_run();
    let wall = WallLimit::start(bounds.wall(job), &halt);
    simulation.world.resource_mut::<PlantCircuit>().network.heed(halt);
    files.open_trace(job, &simulation.world.resource::<Recorder>().trace)?;
    let findings = findings(&job.scenario.system);
    let mut pacing = Pacing::new(job.rig.map(|rig| rig.clock), &devices);
    let mut faults = BusFaults::new(&job.scenario.events, &devices);
    // What a fatal finding would destroy is not simulated.
    if !findings.iter().any(|finding| finding.fatal) {
        let mut outside = Outside { devices: &mut devices, faults: &mut faults };
        let ended = tick_through(&mut simulation, &mut outside, &mut pacing, files, on_progress)?;
        let now = simulation.world.resource::<Clock>().now;
        faults.conclude(now, &mut simulation.world.resource_mut::<Recorder>());
        if ended == Ended::Through {
            show_life(&mut simulation, &mut devices, now)?;
        }
    }
    blackstart_plant::conclude(&mut simulation.world);
    files.finish_trace(&simulation.world.resource::<Recorder>().trace)?;
    devices.iter_mut().try_for_each(Attached::say_farewell)?;
    let links = links(&devices);
    let timing = pacing.timing(&devices, &links);
    let (corners, corner_lists) = match corners {
        true => self::corners(&simulation.world, job.scenario),
        false => (Vec::new(), Vec::new()),
    };
    let witnessed = Witnessed { devices, links, timing, corners, corner_lists };
    let run = conclude(job, simulation, witnessed, &findings);
    if wall.has_expired() {
        return Err(BenchError::TooLong { limit: bounds.wall(job), at: run.trace.end() });
    }
    Ok(run)
}

/// Seed of every random stream of a job.
pub(crate) fn seed(job: &Job<'_>) -> u64 {
    job.seed.unwrap_or(job.scenario.seed)
}

/// The world of a scenario with everything that a tick does, and nobody in the roles yet.
pub(crate) fn prepare(
    scenario: &Resolved,
    seed: u64,
    shuffle: Option<u64>,
) -> Result<Simulation, BenchError> {
    let mut simulation = Simulation::new(scenario.duration, shuffle);
    blackstart_plant::install(&mut simulation, &scenario.system, &scenario.events, seed)?;
    simulation.schedule.add_systems(decide.in_set(TickSystems::Decide));
    Ok(simulation)
}

/// Wakes built-in controllers that are due.
fn decide(clock: Res<Clock>, mut controllers: Query<(&mut BuiltIn, &mut Terminal)>) {
    for (mut controller, mut terminal) in &mut controllers {
        controller.decide(clock.now, &mut terminal);
    }
}

/// What a run meets outside its simulation.
struct Outside<'a> {
    devices: &'a mut [Attached],
    faults: &'a mut BusFaults,
}

/// How the ticks of a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The scenario is over.
    Through,
    /// A device was lost.
    DeviceLost,
    /// Whoever watches had enough.
    BrokenOff,
}

fn tick_through(
    simulation: &mut Simulation,
    outside: &mut Outside<'_>,
    pacing: &mut Pacing,
    files: &mut Files,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Ended, BenchError> {
    pacing.start(simulation, outside.devices);
    let end = simulation.world.resource::<Clock>().end;
    let mut standstill = Standstill::default();
    for tick in 1u64.. {
        let now = simulation.tick();
        if let Some(error) = simulation.world.resource_mut::<SolverFault>().0.take() {
            return match error.kind {
                NetworkErrorKind::Halted { .. } => Ok(Ended::BrokenOff),
                _ => Err(BenchError::Solver(error)),
            };
        }
        if simulation.world.resource::<PlantCircuit>().network.is_halted() {
            return Ok(Ended::BrokenOff);
        }
        standstill.tick(now, outside.devices)?;
        outside.faults.act(now, &mut simulation.world.resource_mut::<Recorder>());
        if !converse(simulation, outside.devices, now)? {
            return Ok(Ended::DeviceLost);
        }
        let horizon = simulation.world.resource::<Clock>().horizon;
        if now >= end.min(horizon) && !is_anybody_due(simulation) {
            if now >= end {
                return Ok(Ended::Through);
            }
            pacing.wait(simulation, outside.devices);
        }
        if tick.is_multiple_of(TICKS_BETWEEN_REPORTS) {
            let trace = &simulation.world.resource::<Recorder>().trace;
            check_trace(trace)?;
            files.append(trace)?;
            if on_progress(Progress { at: now, end }).is_break() {
                return Ok(Ended::BrokenOff);
            }
        }
    }
    Ok(Ended::Through)
}

fn is_anybody_due(simulation: &mut Simulation) -> bool {
    let mut terminals = simulation.world.query::<&Terminal>();
    terminals.iter(&simulation.world).any(|terminal| !terminal.causes.is_empty())
}

/// Lets every device do what is due; `false` when one was lost.
fn converse(
    simulation: &mut Simulation,
    devices: &mut [Attached],
    now: SimTime,
) -> Result<bool, BenchError> {
    for one in devices {
        match one.device.attend(now, &mut simulation.world) {
            Ok(events) => {
                let mut recorder = simulation.world.resource_mut::<Recorder>();
                events.into_iter().for_each(|kind| recorder.event(now, &one.role, kind));
            }
            Err(error) => {
                lose(simulation, one, error, now)?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The run got to its end: every device must have been there, and live.
fn show_life(
    simulation: &mut Simulation,
    devices: &mut [Attached],
    now: SimTime,
) -> Result<(), BenchError> {
    for one in devices {
        if let Err(error) = one.device.show_life(now, &mut simulation.world) {
            lose(simulation, one, error, now)?;
        }
    }
    Ok(())
}

/// A device is lost, which is recorded.
///
/// # Errors
/// Of a device that never answered, and of a replay that has left its recording: there is no verdict.
fn lose(
    simulation: &mut Simulation,
    one: &Attached,
    error: LinkError,
    now: SimTime,
) -> Result<(), BenchError> {
    let role = one.role.clone();
    if !one.device.has_answered() {
        return Err(BenchError::NeverAnswered { role, source: error });
    }
    let error = match parted(&role, error) {
        Ok(parted) => return Err(parted),
        Err(error) => error,
    };
    let lost = EventKind::DutLost { reason: error.kind.to_string() };
    simulation.world.resource_mut::<Recorder>().event(now, &role, lost);
    Ok(())
}

/// What is known of a run, besides its trace, once it is over.
struct Witnessed {
    devices: Vec<Attached>,
    links: Vec<LinkStatistics>,
    timing: Option<Timing>,
    corners: Vec<CornerSeen>,
    corner_lists: Vec<CornerLists>,
}

fn links(devices: &[Attached]) -> Vec<LinkStatistics> {
    devices.iter().map(|one| one.device.statistics(one.role.clone())).collect()
}

fn conclude(
    job: &Job<'_>,
    mut simulation: Simulation,
    witnessed: Witnessed,
    findings: &[Finding],
) -> Run {
    let scenario = job.scenario;
    let books = end::books(&simulation.world);
    let batteries = end::batteries(&simulation.world, &scenario.system, &scenario.provenance);
    let reached = simulation.world.resource::<PlantCircuit>().network.now();
    let pairings = std::mem::take(&mut simulation.world.resource_mut::<Stimuli>().pairings);
    let pairings: Vec<Pairing> = pairings
        .into_iter()
        .map(|(at, role)| Pairing { at, battery: role.trim_end_matches(".bms").to_owned() })
        .collect();
    let named = |wanted: fn(&Device) -> bool| {
        let devices = scenario.system.devices.iter().filter(move |device| wanted(device));
        devices.map(|device| device.id.clone())
    };
    let loads: Vec<String> = named(|device| device.of_kind::<Load>().is_some()).collect();
    let grid = named(|device| device.of_kind::<Grid>().is_some()).next();
    let feeds = feeds(&scenario.system);
    let Some(recorder) = simulation.world.remove_resource::<Recorder>() else {
        unreachable!("the recorder is inserted when the world is spawned")
    };
    let mut findings = findings.to_vec();
    findings.extend(carried(&scenario.system, &recorder.trace));
    let subjects = subjects(job, &witnessed.devices);
    let mute_alarms = mute_alarms(&simulation.world, &witnessed.devices);
    let judged = judge(&Material {
        scenario: &scenario.name,
        planned: scenario.duration,
        reached,
        trace: &recorder.trace,
        checks: &scenario.checks,
        known_miss: scenario.known_miss.as_ref(),
        subjects: &subjects,
        mute_alarms: &mute_alarms,
        books: &books,
        batteries: &batteries,
        loads: &loads,
        feeds: &feeds,
        grid: grid.as_deref(),
        pairings: &pairings,
        corners: &witnessed.corners,
        findings: &findings,
        timing: witnessed.timing.as_ref(),
    });
    let basis = basis(job, witnessed);
    let trace_digest = recorder.trace.digest().to_string();
    Run { trace: recorder.trace, verdict: Verdict { judged, trace_digest, basis } }
}

fn feeds(system: &System) -> Vec<AcFeed> {
    let id = |device: usize| system.devices[device].id.clone();
    let named = |feed: &Feed| {
        let Feed { source, phase, sink, input } = *feed;
        AcFeed { source: id(source), phase, sink: id(sink), input }
    };
    system.feeds.iter().map(named).collect()
}

/// Trips and approaches in the corners of what is guessed, and what became of each guess. Where the system
/// cannot be built once more nothing is said of them: the run itself was of the same files.
fn corners(world: &World, scenario: &Resolved) -> (Vec<CornerSeen>, Vec<CornerLists>) {
    let Corners { seen, reach } = blackstart_plant::corners(world, scenario).unwrap_or_default();
    let seen = seen.into_iter().map(|corner| {
        let of = reach.iter().find(|one| one.subject == corner.subject);
        let shapes = of.map_or_else(Vec::new, |one| one.shapes.clone());
        let others = of.map_or(0, |one| one.whole_run.len());
        CornerSeen {
            subject: corner.subject,
            protection: corner.protection.name().to_owned(),
            at: corner.at,
            fails_at: corner.fails_at,
            fails_combined: corner.fails_combined,
            whole_run: (others + shapes.len()) as u64,
            shapes,
        }
    });
    let seen = seen.collect();
    let list = |one: Reach| {
        let Reach { subject, tried, mut whole_run, shapes, no_effect, dead } = one;
        whole_run.extend(shapes);
        whole_run.sort_unstable();
        CornerLists { subject, tried, whole_run, no_effect, dead }
    };
    (seen, reach.into_iter().map(list).collect())
}

fn subjects(job: &Job<'_>, devices: &[Attached]) -> BTreeMap<String, Subject> {
    let mut subjects: BTreeMap<String, Subject> = job
        .scenario
        .system
        .roles()
        .into_iter()
        .map(|role| (role.to_string(), Subject::BuiltIn))
        .collect();
    // What plays no role is not judged.
    let players = devices.iter().filter_map(|one| Some((one.role.clone(), one.subject.clone()?)));
    subjects.extend(players);
    subjects
}

/// Roles whose devices have an alarm to claim of which the bench hears nothing.
fn mute_alarms(world: &World, devices: &[Attached]) -> Vec<String> {
    let terminals: Vec<&Terminal> = world
        .resource::<Roster>()
        .controlled()
        .filter_map(|entity| world.get::<Terminal>(entity))
        .collect();
    let is_mute = |one: &&Attached| {
        let terminal = terminals.iter().find(|terminal| terminal.role == one.role);
        let place = terminal.and_then(|terminal| terminal.claims.index("alarm"));
        one.subject.is_some() && place.is_some_and(|place| !one.device.claims(place))
    };
    devices.iter().filter(is_mute).map(|one| one.role.clone()).collect()
}

fn basis(job: &Job<'_>, mut witnessed: Witnessed) -> Basis {
    let mut files: Vec<FileDigest> = digests(job.scenario).collect();
    files.extend(job.rig.map(|rig| FileDigest::of(&*rig.file.path, rig.file.text.as_bytes())));
    let bindings = job.rig.into_iter().flat_map(|rig| rig.bindings.values());
    let mappings = bindings.filter_map(|binding| binding.mapping.as_ref());
    let described = mappings.flat_map(|mapping| &mapping.files);
    files.extend(described.map(|file| FileDigest::of(&*file.path, &file.bytes)));
    let emulations = job.rig.into_iter().flat_map(|rig| rig.emulates.values());
    let bindings = job.rig.into_iter().flat_map(|rig| rig.bindings.values());
    let lines = bindings.map(|one| &one.transport).chain(emulations.map(|one| &one.transport));
    for log in lines.filter_map(Transport::log) {
        if let Ok(bytes) = blackstart_limits::read(&job.root.join(log), CAN_LOG_BYTES) {
            files.push(FileDigest::of(log, &bytes));
        }
    }
    let mut firmware = Vec::new();
    for one in witnessed.devices {
        for file in &one.files {
            if let Ok(bytes) = blackstart_limits::read(&job.root.join(file), PROGRAM_BYTES) {
                let program = FileDigest::of(file.as_str(), &bytes);
                firmware.push(FirmwareDigest { role: one.role.clone(), program });
            }
        }
        let link = witnessed.links.iter_mut().find(|link| link.role == one.role);
        let error_output = one.device.finish();
        if let Some(link) = link {
            link.error_output = error_output;
        }
    }
    Basis {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        host: HostMachine::current(),
        seed: seed(job),
        files,
        firmware,
        guesses: Guess::all(&job.scenario.provenance),
        corners: witnessed.corner_lists,
        links: witnessed.links,
        timing: witnessed.timing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_scenario::Library;

    #[test]
    fn no_system_of_a_tick_defers_commands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let path = root.join("scenarios/sessy/grid-loss-behind-ats-changes-over-and-back.json");
        let scenario = Library::open(&root).unwrap().scenario(&path).unwrap();
        let mut simulation = prepare(&scenario, 0, None).unwrap();
        simulation.tick();
        assert_eq!(simulation.deferred_systems(), Vec::<String>::new());
        assert!(simulation.schedule.systems_len() >= 6);
    }
}
