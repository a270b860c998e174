//! `run` and `accept`: scenarios side by side or one after the other, each judged and written.

mod one_build;
mod outcome_table;
mod recap;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use blackstart_bench::Bounds;
use blackstart_page::span;
use blackstart_scenario::Rig;
use blackstart_verdict::{Judged, Subject};

use crate::arguments::{Campaign, Format};
use crate::ci_reports::CiReports;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::filter::Filter;
use crate::interrupt::Interrupt;
use crate::last_run::LastRun;
use crate::output_lock::OutputLock;
use crate::project::{Project, Sound};
use crate::result::Finished;
use one_build::OneBuild;
use outcome_table::OutcomeTable;

pub use one_build::{SESSION_FILE, TRACE_FILE};

/// What one command ran.
pub const INDEX_FILE: &str = "index.json";

/// What is done with a verdict besides writing it down.
pub enum Purpose {
    /// Nothing.
    Judge,
    /// It is compared with the one accepted in this folder.
    Compare(PathBuf),
    /// It becomes the accepted one, in a folder or in that of the project; one that did not come out as
    /// expected only where that is wanted.
    Accept { to: Option<PathBuf>, surprises: bool },
}

impl Purpose {
    const fn command(&self) -> &'static str {
        match self {
            Self::Judge | Self::Compare(_) => "run",
            Self::Accept { .. } => "accept",
        }
    }
}

/// Runs every scenario of the campaign, on every rig, and says how the command ends.
///
/// # Errors
/// If nothing can be run. What goes wrong with one scenario is reported, counted in the end, and does
/// not keep the others from running.
pub fn run(campaign: &Campaign, purpose: &Purpose, console: &mut Console) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen()?;
    run_round(campaign, purpose, &interrupt, None, console).map(|round| round.exit)
}

/// What a round came to.
pub struct Round {
    /// How the command would end.
    pub exit: Exit,
    /// Scenarios with the files that each rests on, and whether it came out as it should.
    pub rests_on: BTreeMap<String, (BTreeSet<PathBuf>, bool)>,
}

/// One round of a campaign: of the scenarios that are `wanted` by name, or of all of them.
///
/// # Errors
/// As [`run`].
pub fn run_round(
    campaign: &Campaign,
    purpose: &Purpose,
    interrupt: &Interrupt,
    wanted: Option<&BTreeSet<String>>,
    console: &mut Console,
) -> Result<Round, Failure> {
    let began = Instant::now();
    let filter = campaign.filter()?;
    let project = Project::open(&campaign.selection)?;
    let mut scenarios = project.sound(&campaign.settings)?;
    let out = campaign.out.clone().unwrap_or_else(|| project.reports.clone());
    let rests_on = scenarios.iter().map(|scenario| {
        let files = scenario.files.iter().map(|file| project.root.join(file));
        (scenario.name.clone(), (files.collect(), true))
    });
    let mut rests_on: BTreeMap<String, (BTreeSet<PathBuf>, bool)> = rests_on.collect();
    let bounds = Bounds {
        halt: interrupt.halt().clone(),
        longest_wall: Duration::from_secs(campaign.longest_wall),
    };
    let mut builds: Vec<(Option<&Path>, Option<Rig>)> = Vec::new();
    for path in &campaign.rigs {
        let rig = project.rig(path, &scenarios)?;
        rig.warnings.iter().for_each(|warning| console.say(&format!("warning: {warning}")));
        builds.push((Some(path), Some(rig)));
    }
    if builds.is_empty() {
        builds.push((None, None));
    }
    let several = builds.len() > 1;
    let of = |path: Option<&Path>| BuildPlace::new(&out, path, several);
    if let Some(filter) = &filter {
        let mut last = LastRun::default();
        builds.iter().for_each(|(path, _)| last.add(&of(*path).folder));
        scenarios = taken(scenarios, filter, &last, &project)?;
    }
    scenarios.retain(|one| wanted.is_none_or(|wanted| wanted.contains(&one.name)));
    if scenarios.is_empty() {
        // What the last run wrote stays: the next filter may ask for it.
        console.say(&format!("nothing to run: none of {} scenarios is taken", rests_on.len()));
        return Ok(Round { exit: Exit::NothingLeft, rests_on });
    }
    let _lock = OutputLock::take(&out)?;
    let mut reports = CiReports::new(campaign);
    // A killed command must not leave the words of an earlier one.
    reports.remove_stale()?;
    let mut worst = Exit::Passed;
    let mut is_anything_left = false;
    let mut table = OutcomeTable::default();
    for (path, rig) in &builds {
        let BuildPlace { name, folder } = of(*path);
        let build = OneBuild::new(campaign, purpose, &project, (rig.as_ref(), *path), folder);
        let ended = build.run_all(&scenarios, interrupt, &bounds, console)?;
        is_anything_left |= ended.iter().any(|one| !matches!(one.finished, Finished::Skipped(_)));
        worst = worst.or_worse(build.close(&ended, &scenarios, interrupt, console)?);
        for one in &ended {
            if let Some((_, is_well)) = rests_on.get_mut(one.name()) {
                *is_well &= one.exit() == Exit::Passed;
            }
        }
        reports.add(&name, &ended, &scenarios);
        table.add(name, &ended);
    }
    reports.write(began.elapsed(), console)?;
    if several && campaign.format == Format::Human {
        table.lines().iter().try_for_each(|line| console.result(line))?;
    }
    // What is over before one has looked up is not worth a line.
    if campaign.format == Format::Human && began.elapsed() >= Duration::from_secs(2) {
        let tenths = (began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        console.say(&format!("took {}", span(tenths)));
    }
    let is_stopped = worst == Exit::Interrupted;
    let exit = match is_anything_left || is_stopped {
        true => worst,
        false => worst.or_worse(Exit::NothingLeft),
    };
    Ok(Round { exit, rests_on })
}

/// Where a build writes, and what it is called.
struct BuildPlace {
    name: String,
    folder: PathBuf,
}

impl BuildPlace {
    /// Of several builds each has a folder of its rig's name.
    fn new(out: &Path, rig: Option<&Path>, several: bool) -> Self {
        let name = rig.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        let folder = match &name {
            Some(name) if several => out.join(name),
            _ => out.to_owned(),
        };
        Self { name: name.unwrap_or_else(|| "built-in".to_owned()), folder }
    }
}

/// The scenarios that a filter takes.
fn taken(
    scenarios: Vec<Sound>,
    filter: &Filter,
    last: &LastRun,
    project: &Project,
) -> Result<Vec<Sound>, Failure> {
    let mut taken = Vec::new();
    for scenario in scenarios {
        // Amounts change nothing that a filter asks for.
        if filter.takes(&*project.open_sound(&scenario, &[])?, last) {
            taken.push(scenario);
        }
    }
    Ok(taken)
}

/// Who played the roles, for the plot's title line.
pub fn played_by(judged: &Judged) -> String {
    let duts = judged.subject.iter().filter_map(|(role, subject)| match subject {
        Subject::BuiltIn => None,
        Subject::Dut { name, version } => Some(format!("{name} {version} as {role}")),
        Subject::UnnamedDut { called } => Some(format!("what the rig calls {called} as {role}")),
    });
    let duts = duts.collect::<Vec<_>>().join(", ");
    if duts.is_empty() { "built-in".to_owned() } else { duts }
}
