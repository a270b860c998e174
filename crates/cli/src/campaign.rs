//! `run` and `accept`: scenarios one after the other, each judged and written.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use blackstart_bench::{Bounds, Job, Progress, Run};
use blackstart_link::{BUS_FILE, LINES_FILE};
use blackstart_report::{Figure, error_output, story};
use blackstart_scenario::{Resolved, Rig};
use blackstart_verdict::{Judged, Outcome, Standing, Subject, Verdict};
use indicatif::ProgressBar;

use crate::accepted::{Comparison, accept};
use crate::arguments::{Campaign, Format, reproduce};
use crate::console::{BAR_STEPS, Console};
use crate::defect::caught;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::jobs::in_order;
use crate::junit::Junit;
use crate::output::{folder_of, remove_stale, write_whole};
use crate::output_lock::OutputLock;
use crate::project::{Project, Sound};
use crate::result::{Finished, Index, Missing, ScenarioResult, Skipped, json_line};

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
    let project = Project::open(&campaign.selection)?;
    let scenarios = project.sound(&campaign.settings)?;
    let interrupt = Interrupt::listen()?;
    let out = campaign.out.clone().unwrap_or_else(|| project.reports.clone());
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
    let _lock = OutputLock::take(&out)?;
    // A killed command must not leave the words of an earlier one.
    campaign.junit.iter().try_for_each(|file| remove_stale(file))?;
    let mut worst = Exit::Passed;
    let mut is_anything_left = scenarios.is_empty();
    let mut table = Table::default();
    let mut junit = Junit::new();
    for (path, rig) in &builds {
        let name = path.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        let out = match &name {
            Some(name) if several => out.join(name),
            _ => out.clone(),
        };
        let (rig, path) = (rig.as_ref(), *path);
        let bench = Bench {
            campaign,
            purpose,
            project: &project,
            rig,
            path,
            out,
            interrupt: &interrupt,
            bounds: &bounds,
            accepting: Mutex::new(()),
        };
        let finished = bench.run_all(&scenarios, console)?;
        is_anything_left |=
            finished.iter().any(|(_, finished)| !matches!(finished, Finished::Skipped(_)));
        worst = worst.or_worse(bench.close(&finished, scenarios.len(), console)?);
        let name = name.unwrap_or_else(|| "built-in".to_owned());
        junit.add(&name, &finished);
        table.add(name, &finished);
    }
    if let Some(file) = &campaign.junit {
        write_whole(file, junit.text().as_bytes())?;
    }
    if several && campaign.format == Format::Human {
        table.lines().iter().try_for_each(|line| console.result(line))?;
    }
    Ok(if is_anything_left { worst } else { worst.or_worse(Exit::NothingLeft) })
}

/// Outcomes of scenarios (rows) on builds (columns).
#[derive(Default)]
struct Table {
    builds: Vec<String>,
    rows: BTreeMap<String, Vec<String>>,
}

impl Table {
    fn add(&mut self, build: String, finished: &[(&str, Finished)]) {
        let before = self.builds.len();
        self.builds.push(build);
        for (scenario, finished) in finished {
            let row = self.rows.entry((*scenario).to_owned()).or_default();
            row.resize(before, "-".to_owned());
            row.push(finished.word().to_owned());
        }
        for row in self.rows.values_mut() {
            row.resize(before + 1, "-".to_owned());
        }
    }

    fn lines(&self) -> Vec<String> {
        let first = self.rows.keys().map(String::len).max().unwrap_or(0);
        let width = |k: usize| {
            let cells = self.rows.values().map(|row| row[k].len());
            cells.chain([self.builds[k].len()]).max().unwrap_or(0)
        };
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().enumerate().map(|(k, cell)| format!("  {cell:<0$}", width(k)));
            format!("{name:<first$}{}", cells.collect::<String>()).trim_end().to_owned()
        };
        let heading = line("", &self.builds);
        let rows = self.rows.iter().map(|(name, cells)| line(name, cells));
        std::iter::once(heading).chain(rows).collect()
    }
}

/// Everything that stays the same from one scenario to the next.
struct Bench<'a> {
    campaign: &'a Campaign,
    purpose: &'a Purpose,
    project: &'a Project,
    rig: Option<&'a Rig>,
    /// The rig's file.
    path: Option<&'a Path>,
    out: PathBuf,
    interrupt: &'a Interrupt,
    bounds: &'a Bounds,
    /// Held by whoever accepts a verdict.
    accepting: Mutex<()>,
}

impl Bench<'_> {
    /// Runs every scenario until an interrupt. From the first one on there is no index until all have
    /// ended, so that none tells of runs that were cleared away.
    fn run_all<'s>(
        &self,
        scenarios: &'s [Sound],
        console: &mut Console,
    ) -> Result<Vec<(&'s str, Finished)>, Failure> {
        let mut finished = Vec::new();
        remove_stale(&self.out.join(INDEX_FILE))?;
        let mut take = |console: &mut Console, index: usize, one| {
            let scenario: &'s Sound = &scenarios[index];
            self.tell(scenario, &one, (index + 1, scenarios.len()), console)?;
            finished.push((scenario.name.as_str(), one));
            Ok(())
        };
        if self.campaign.jobs.get() > 1 {
            let attempt = |scenario: &Sound| {
                let mut roles = Vec::new();
                let mut introduce = |line| roles.push(line);
                let one = self.attempt(scenario, &ProgressBar::hidden(), &mut introduce)?;
                Some((roles, one))
            };
            in_order(scenarios, self.campaign.jobs, attempt, |index, (roles, one)| {
                roles.iter().for_each(|line| console.say(line));
                take(console, index, one)
            })?;
            return Ok(finished);
        }
        for (index, scenario) in scenarios.iter().enumerate() {
            let bar = console.bar(&scenario.name);
            let Some(one) = self.attempt(scenario, &bar, &mut |line| console.say(&line)) else {
                break;
            };
            take(console, index, one)?;
        }
        Ok(finished)
    }

    /// What comes of one scenario, after it has been said who plays its roles; nothing if an interrupt cut it
    /// short, or kept it from beginning. What is left of it is what it says in lists.
    fn attempt(
        &self,
        scenario: &Sound,
        bar: &ProgressBar,
        introduce: &mut dyn FnMut(String),
    ) -> Option<Finished> {
        if self.interrupt.is_asked() {
            return None;
        }
        let resolved = match self.project.open_sound(scenario, &self.campaign.settings) {
            Ok(resolved) => resolved,
            Err(failure) => return Some(Finished::NoVerdict(failure)),
        };
        if let Some(reason) = self.rig.and_then(|rig| rig.unfit_for(&resolved)) {
            return Some(Finished::Skipped(reason));
        }
        for (role, by) in blackstart_bench::bindings(&self.job(&resolved)) {
            introduce(format!("{}: {role} is {by}", resolved.name));
        }
        match caught(|| self.run(&resolved, bar)) {
            Ok(result) => result.map(|result| Finished::Judged(Box::new(result))),
            Err(failure) => Some(Finished::NoVerdict(failure)),
        }
    }

    /// Runs, judges and writes one scenario; nothing if an interrupt cut it short.
    fn run(
        &self,
        scenario: &Resolved,
        bar: &ProgressBar,
    ) -> Result<Option<ScenarioResult>, Failure> {
        let folder = folder_of(&self.out, &scenario.name);
        let (trace_file, session_file) = (folder.join(TRACE_FILE), folder.join(SESSION_FILE));
        let traced = !self.campaign.no_trace;
        let files = (traced.then_some(trace_file.as_path()), Some(session_file.as_path()));
        let job = Job { trace_file: files.0, session_file: files.1, ..self.job(scenario) };
        clear(&folder)?;
        let run = blackstart_bench::run(&job, &mut |Progress { at, end }| {
            let share = at.as_seconds() / end.as_seconds().max(f64::MIN_POSITIVE);
            bar.set_position((share * BAR_STEPS as f64) as u64);
            if self.interrupt.is_asked() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        bar.finish_and_clear();
        // Whatever came back may be the interrupt's doing: half a run, or firmware that it hit as well.
        if self.interrupt.is_asked() {
            return Ok(None);
        }
        let run = run.map_err(Failure::Bench)?;
        self.write(&folder, scenario, &run)?;
        let comparison = self.compare(&run.verdict)?;
        Ok(Some(ScenarioResult::new(&run.verdict, &folder, comparison)))
    }

    fn job<'j>(&'j self, scenario: &'j Resolved) -> Job<'j> {
        Job {
            scenario,
            rig: self.rig,
            root: &self.project.root,
            seed: self.campaign.seed,
            trace_file: None,
            session_file: None,
            bounds: Some(self.bounds),
        }
    }

    fn write(&self, folder: &Path, scenario: &Resolved, run: &Run) -> Result<(), Failure> {
        let judged = &run.verdict.judged;
        write_whole(&folder.join("verdict.json"), run.verdict.to_json().as_bytes())?;
        let outputs = run.verdict.basis.links.iter();
        let outputs = outputs.map(|link| error_output(&link.role, &link.error_output));
        let story = outputs.fold(story(&run.trace), |story, output| story + &output);
        write_whole(&folder.join("story.txt"), story.as_bytes())?;
        if self.campaign.no_plots {
            return Ok(());
        }
        let figure = Figure {
            title: &scenario.title,
            outcome: judged.outcome.name(),
            subject: &played_by(judged),
            trace: &run.trace,
        };
        write_whole(&folder.join("plot.svg"), figure.svg().map_err(Failure::Plot)?.as_bytes())?;
        write_whole(&folder.join("plot.png"), &figure.png().map_err(Failure::Plot)?)
    }

    fn compare(&self, verdict: &Verdict) -> Result<Option<Comparison>, Failure> {
        match self.purpose {
            Purpose::Judge => Ok(None),
            Purpose::Compare(folder) => Comparison::with(folder, verdict).map(Some),
            // Nobody should have to live up to a verdict that could not be given.
            Purpose::Accept { .. }
                if matches!(verdict.judged.outcome, Outcome::Error | Outcome::Inconclusive) =>
            {
                Ok(None)
            }
            Purpose::Accept { surprises: false, .. }
                if !verdict.judged.standing().is_expected() =>
            {
                Ok(None)
            }
            Purpose::Accept { to, .. } => {
                let folder = to.clone().unwrap_or_else(|| self.project.accepted());
                // The digests of many scenarios share a file.
                let _alone = self.accepting.lock().unwrap_or_else(PoisonError::into_inner);
                accept(&folder, verdict).map(Some)
            }
        }
    }

    fn tell(
        &self,
        scenario: &Sound,
        finished: &Finished,
        (number, of): (usize, usize),
        console: &mut Console,
    ) -> Result<(), Failure> {
        let name = &scenario.name;
        let accepting = matches!(self.purpose, Purpose::Accept { .. });
        console.say(&format!("{number}/{of} {name}"));
        if let Finished::NoVerdict(failure) = finished {
            console.explain(failure);
        }
        console.result(&match (finished, self.campaign.format) {
            (Finished::Judged(result), Format::Human) => result.line(accepting),
            (Finished::Judged(result), Format::Json) => json_line(result),
            (Finished::NoVerdict(failure), Format::Human) => {
                format!("{:<15} {name}  {failure}", "ERROR")
            }
            (Finished::NoVerdict(failure), Format::Json) => json_line(&Missing::new(name, failure)),
            (Finished::Skipped(reason), Format::Human) => {
                format!("{:<15} {name}  {reason}", "skipped")
            }
            (Finished::Skipped(reason), Format::Json) => {
                json_line(&Skipped { scenario: name, skipped: reason })
            }
        })?;
        if self.exit(finished) != Exit::Passed {
            let seed = self.campaign.seed.unwrap_or(scenario.seed);
            let accepted = match self.purpose {
                Purpose::Compare(folder) => Some(folder.as_path()),
                Purpose::Judge | Purpose::Accept { .. } => None,
            };
            let command = self.purpose.command();
            console.reproduce(&reproduce(
                command,
                &scenario.path,
                self.campaign,
                (self.path, accepted),
                seed,
            ));
        }
        Ok(())
    }

    fn exit(&self, finished: &Finished) -> Exit {
        match (finished, self.purpose) {
            (Finished::NoVerdict(failure), _) => failure.exit(),
            (Finished::Skipped(_), _) => Exit::Passed,
            // What is accepted is right from now on.
            (Finished::Judged(result), Purpose::Accept { .. }) if result.comparison.is_some() => {
                Exit::Passed
            }
            (Finished::Judged(result), _) => result.exit,
        }
    }

    /// With devices under test: what they fail, apart from what is missed whatever they do.
    fn whose(&self, finished: &[(&str, Finished)]) -> String {
        if self.rig.is_none_or(|rig| rig.bindings.is_empty()) {
            return String::new();
        }
        let count = |standing| {
            let results = finished.iter().filter_map(|(_, finished)| finished.result());
            results.filter(|result| result.standing == standing).count()
        };
        let (failed, anyway) = (count(Standing::Failed), count(Standing::MissedAnyway));
        format!(": {failed} FAIL, {anyway} missed whatever the devices under test do")
    }

    /// Writes the index and says how it ended.
    fn close(
        &self,
        finished: &[(&str, Finished)],
        asked: usize,
        console: &Console,
    ) -> Result<Exit, Failure> {
        let index = Index {
            schema: 1,
            kind: "index",
            runs: finished.iter().filter_map(|(_, finished)| finished.result()).collect(),
            missing: finished
                .iter()
                .filter_map(|(name, finished)| match finished {
                    Finished::NoVerdict(failure) => Some(Missing::new(name, failure)),
                    _ => None,
                })
                .collect(),
            skipped: finished
                .iter()
                .filter_map(|(name, finished)| match finished {
                    Finished::Skipped(reason) => Some(Skipped { scenario: name, skipped: reason }),
                    _ => None,
                })
                .collect(),
        };
        write_whole(&self.out.join(INDEX_FILE), index.to_json().as_bytes())?;

        let exits = || finished.iter().map(|(_, finished)| self.exit(finished));
        let (skipped, left) = (index.skipped.len(), asked - finished.len());
        let well = exits().filter(|&exit| exit == Exit::Passed).count() - skipped;
        let interrupted = self.interrupt.is_asked();
        let stopped =
            if interrupted { format!(", interrupted with {left} to go") } else { String::new() };
        let passed_over = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        let judged = finished.len() - skipped;
        let ended = match self.purpose {
            Purpose::Accept { .. } => accepted(finished, judged),
            Purpose::Judge | Purpose::Compare(_) => {
                format!("{well} of {judged} as expected{}", self.whose(finished))
            }
        };
        console.say(&format!("{ended}{passed_over}{stopped}"));
        let worst = exits().fold(Exit::Passed, Exit::or_worse);
        Ok(if interrupted { worst.or_worse(Exit::Interrupted) } else { worst })
    }
}

/// `3 of 4 accepted, although 1 did not come out as expected`, or `…, 1 surprise left alone`.
fn accepted(finished: &[(&str, Finished)], judged: usize) -> String {
    let results = || finished.iter().filter_map(|(_, finished)| finished.result());
    let is_surprise = |result: &&ScenarioResult| {
        matches!(result.standing, Standing::Failed | Standing::PassedUnexpectedly)
    };
    let (accepted, left): (Vec<_>, Vec<_>) =
        results().partition(|result| result.comparison.is_some());
    let although = match accepted.iter().copied().filter(is_surprise).count() {
        0 => String::new(),
        some => format!(", although {some} did not come out as expected"),
    };
    let left = match left.iter().copied().filter(is_surprise).count() {
        0 => String::new(),
        some => format!(", {some} left alone that did not come out as expected (--surprises)"),
    };
    format!("{} of {judged} accepted{although}{left}", accepted.len())
}

/// What an earlier run left would be taken for this one's, should it not come to a verdict.
fn clear(folder: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    FILES.iter().try_for_each(|file| remove_stale(&folder.join(file)))
}

/// Everything that a run writes for one scenario.
const FILES: [&str; 8] = [
    "verdict.json",
    "story.txt",
    "plot.svg",
    "plot.png",
    TRACE_FILE,
    SESSION_FILE,
    BUS_FILE,
    LINES_FILE,
];

/// What one command ran.
const INDEX_FILE: &str = "index.json";
/// The trace, which the bench writes itself while the run goes.
const TRACE_FILE: &str = "trace.arrows";
/// What went over the lines of the devices, written likewise.
pub const SESSION_FILE: &str = "session.rec";

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
