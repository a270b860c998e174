//! Every parameter of a system at the ends of its range, and far beyond.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use blackstart_bench::{Bounds, Job, Owner};
use blackstart_scenario::{Code, Library, Source};

use super::{Tally, sample};
use crate::project::Project;

const SYSTEMS: [&str; 4] =
    ["sessy-phoenix-48-1200", "sessy-phoenix-48-1200-ats", "small-bms-12-v", "backup-box-smile5"];
/// Longest that one of them may take.
const WALL: Duration = Duration::from_secs(20);

#[test]
fn parameters_at_their_ends_and_far_beyond_are_refused_or_run() {
    let project = Project::new();
    let library = Library::open(project.root()).unwrap();
    let mut cases = Vec::new();
    for system in SYSTEMS {
        let (_, provenance) = library.system(system).unwrap();
        for (path, parameter) in &provenance.parameters {
            let value = parameter.value;
            let ends = match &parameter.source {
                Source::Guess { range, .. } => *range,
                _ => (value * 0.5, value * 2.0),
            };
            let others = [ends.0, ends.1, 0.0, -value, value * 1e6, value * 1e-6, 1e300];
            cases.extend(others.map(|other| (system, path.clone(), other)));
        }
    }
    assert!(cases.len() > 500, "{}", cases.len());
    let mut tally = Tally::default();
    for (system, path, value) in sample(cases, 40) {
        let start = Instant::now();
        let end =
            catch_unwind(AssertUnwindSafe(|| attempt(&project, &library, system, &path, value)));
        tally.longest = tally.longest.max(start.elapsed());
        let case = || format!("{system} {path} = {value}");
        match end {
            Ok(Ok(end)) => tally.count(end),
            Ok(Err(why)) => tally.complaints.push(format!("{} {why}", case())),
            Err(_) => tally.complaints.push(format!("{} panics", case())),
        }
    }
    tally.conclude("parameters");
}

/// What comes of a run with this value.
fn attempt(
    project: &Project,
    library: &Library,
    system: &str,
    path: &str,
    value: f64,
) -> Result<String, String> {
    let text = |map: &str| {
        format!(
            r#"{{"schema": 1, "kind": "scenario", "title": "t", "covers": [], "system": "{system}", "duration_s": 5,
                "{map}": {{"{path}": {value:e}}}, "checks": [{{"kind": "finding", "id": "a", "rule": "phase-current", "broken": false}}]}}"#
        )
    };
    let file = project.path("scenarios/p.json");
    let mut scenario = Err(Default::default());
    for map in ["overrides", "initial"] {
        project.write("scenarios/p.json", text(map));
        scenario = library.scenario(&file);
        let misplaced = |found: &blackstart_scenario::Diagnostics| {
            found.iter().all(|one| one.code == Code::WrongPlace)
        };
        if !scenario.as_ref().is_err_and(misplaced) {
            break;
        }
    }
    let Ok(scenario) = scenario else { return Ok("refused".to_owned()) };
    let bounds = Bounds { longest_wall: WALL, ..Bounds::default() };
    let job = Job {
        scenario: &scenario,
        rig: None,
        root: project.root(),
        seed: None,
        trace_file: None,
        session_file: None,
        bounds: Some(&bounds),
    };
    match blackstart_bench::run(&job, &mut |_| ControlFlow::Continue(())) {
        Ok(run) if run.verdict.judged.outcome.name() == "error" => {
            Err("leaves the books open".to_owned())
        }
        Ok(run) => Ok(run.verdict.judged.outcome.name().to_owned()),
        Err(error) if error.owner() == Owner::Files => Ok("broken off".to_owned()),
        Err(error) => Err(format!("is taken for {:?}: {error}", error.owner())),
    }
}
