//! One build of a campaign: every scenario with what one rig has plugged in, or with nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use blackstart_bench::{Bounds, Job, Progress, Run};
use blackstart_link::{BUS_FILE, LINES_FILE};
use blackstart_page::{RunAbout, USUAL_SAMPLES};
use blackstart_report::{Figure, error_output, story};
use blackstart_scenario::{Resolved, Rig};
use blackstart_verdict::{Outcome, Standing, Tolerance, Verdict, compare_within};

use super::recap::{cast, recap};
use super::{INDEX_FILE, Purpose, played_by};
use crate::accepted::{Comparison, accept};
use crate::arguments::{Campaign, Format, reproduce};
use crate::console::Console;
use crate::defect::caught;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::jobs::{all_cores, in_order};
use crate::output::{folder_of, remove_stale, write_whole};
use crate::pages::{
    ABOUT_FILE, CAMPAIGN_PAGE, RUN_PAGE, about, row_of_run, write_page_of_campaign,
    write_page_of_run,
};
use crate::progress::{PieceProgress, WorkProgress};
use crate::project::{Project, Sound};
use crate::result::{
    Ended, Finished, Index, Missing, Repeated, ScenarioResult, Skipped, json_line, plain_line,
};
use crate::width::columns;

/// Everything that stays the same from one scenario to the next.
pub struct OneBuild<'a> {
    campaign: &'a Campaign,
    purpose: &'a Purpose,
    project: &'a Project,
    rig: Option<&'a Rig>,
    /// The rig's file.
    path: Option<&'a Path>,
    out: PathBuf,
    /// Held by whoever accepts a verdict.
    accepting: Mutex<()>,
    /// Something failed, and that is enough.
    has_failed: AtomicBool,
}

impl<'a> OneBuild<'a> {
    /// A build that writes to `out`.
    pub fn new(
        campaign: &'a Campaign,
        purpose: &'a Purpose,
        project: &'a Project,
        (rig, path): (Option<&'a Rig>, Option<&'a Path>),
        out: PathBuf,
    ) -> Self {
        let (accepting, has_failed) = (Mutex::new(()), AtomicBool::new(false));
        Self { campaign, purpose, project, rig, path, out, accepting, has_failed }
    }

    /// Runs every scenario until an interrupt. From the first one on there is no index until all have
    /// ended, so that none tells of runs that were cleared away.
    ///
    /// # Errors
    /// If results cannot be printed, or the index of an earlier run stays.
    pub fn run_all<'s>(
        &self,
        scenarios: &'s [Sound],
        interrupt: &Interrupt,
        bounds: &Bounds,
        console: &mut Console,
    ) -> Result<Vec<Ended<'s>>, Failure> {
        remove_stale(&self.out.join(INDEX_FILE))?;
        remove_stale(&self.out.join(CAMPAIGN_PAGE))?;
        self.introduce(scenarios, console)?;
        let jobs = self.jobs(console);
        let progress = WorkProgress::new(console.bar_of(scenarios.len()), scenarios.len());
        console.stand_aside_for(progress.bar());
        let watched = Watched { interrupt, bounds };
        let attempt = |scenario: &Sound| {
            let began = Instant::now();
            let piece = progress.piece(&scenario.name);
            let mut finished = self.attempt(scenario, &watched, piece)?;
            let wall = began.elapsed();
            if let Finished::Judged(result) = &mut finished {
                result.wall_s = wall.as_millis() as f64 / 1000.0;
            }
            Some((finished, wall))
        };
        let mut ended = Vec::new();
        let taken = in_order(scenarios, jobs, attempt, |index, (finished, wall)| {
            let one = Ended { scenario: &scenarios[index], finished, wall };
            self.tell(&one, console)?;
            if let Some(line) = progress.finished() {
                console.say(&line);
            }
            ended.push(one);
            Ok(())
        });
        progress.close();
        taken.map(|()| ended)
    }

    /// How many scenarios are run at a time: one where something is plugged in that is there once.
    fn jobs(&self, console: &Console) -> NonZeroUsize {
        match self.rig {
            Some(rig) if !rig.starts_anew() => {
                if self.campaign.jobs.is_some_and(|jobs| jobs > NonZeroUsize::MIN) {
                    let name = &rig.name;
                    console.say(&format!("one at a time: what {name} plugs in is there once"));
                }
                NonZeroUsize::MIN
            }
            _ => self.campaign.jobs.unwrap_or_else(all_cores),
        }
    }

    /// Says who plays the roles of the scenarios that can be run: of each system, as one of them has it.
    fn introduce(&self, scenarios: &[Sound], console: &Console) -> Result<(), Failure> {
        let mut systems = BTreeSet::new();
        let mut bindings: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in scenarios {
            if systems.contains(&one.system) {
                continue;
            }
            let resolved = self.project.open_sound(one, &self.campaign.settings)?;
            if self.rig.is_some_and(|rig| rig.unfit_for(&resolved).is_some()) {
                continue;
            }
            systems.insert(&one.system);
            for (role, by) in blackstart_bench::bindings(&self.job(&resolved)) {
                let roles = bindings.entry(by).or_default();
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
        }
        if self.campaign.verbose {
            for (by, roles) in &bindings {
                roles.iter().for_each(|role| console.say(&format!("{role} is {by}")));
            }
            return Ok(());
        }
        cast(&bindings).iter().for_each(|line| console.say(line));
        Ok(())
    }

    /// What comes of one scenario; nothing if an interrupt cut it short, or kept it from beginning.
    fn attempt(
        &self,
        scenario: &Sound,
        watched: &Watched<'_>,
        mut piece: PieceProgress<'_>,
    ) -> Option<Finished> {
        if watched.interrupt.is_asked() || self.has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let resolved = match self.project.open_sound(scenario, &self.campaign.settings) {
            Ok(resolved) => resolved,
            Err(failure) => return Some(Finished::NoVerdict(failure)),
        };
        if let Some(reason) = self.rig.and_then(|rig| rig.unfit_for(&resolved)) {
            return Some(Finished::Skipped(reason));
        }
        let finished = match caught(|| self.run(&resolved, watched, &mut piece)) {
            Ok(result) => Finished::Judged(Box::new(result?)),
            Err(failure) => Finished::NoVerdict(failure),
        };
        let is_well = finished.result().is_some_and(|result| result.exit == Exit::Passed);
        if self.campaign.fail_fast && !is_well {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        Some(finished)
    }

    /// Runs, judges and writes one scenario; nothing if an interrupt cut it short.
    fn run(
        &self,
        scenario: &Resolved,
        watched: &Watched<'_>,
        piece: &mut PieceProgress<'_>,
    ) -> Result<Option<ScenarioResult>, Failure> {
        let folder = folder_of(&self.out, &scenario.name);
        let (trace_file, session_file) = (folder.join(TRACE_FILE), folder.join(SESSION_FILE));
        let traced = !self.campaign.no_trace;
        let files = (traced.then_some(trace_file.as_path()), Some(session_file.as_path()));
        clear(&folder)?;
        let Some(run) = self.simulate(scenario, files, watched, piece)? else {
            return Ok(None);
        };
        let about = about(scenario, &run.verdict.judged);
        self.write(&folder, scenario, &run, &about)?;
        if !self.campaign.no_page {
            write_page_of_run(&folder, (&run.verdict, &about), USUAL_SAMPLES)?;
        }
        let mut unlike_the_first = Vec::new();
        for number in 2..=self.campaign.repeat.get() {
            let Some(again) = self.simulate(scenario, (None, None), watched, piece)? else {
                return Ok(None);
            };
            if !is_alike(&run.verdict, &again.verdict) {
                unlike_the_first.push(number);
            }
        }
        let comparison = self.compare(&run.verdict)?;
        let is_accepted = matches!(self.purpose, Purpose::Accept { .. }) && comparison.is_some();
        let mut result = ScenarioResult::new(&run.verdict, &folder, comparison);
        result.row = (!self.campaign.no_page).then(|| row_of_run(&run.verdict, &about));
        if is_accepted {
            result = result.accepted();
        }
        let runs = self.campaign.repeat.get();
        if runs > 1 {
            result = result.repeated(Repeated { runs, unlike_the_first });
        }
        Ok(Some(result))
    }

    /// One run, with its trace and its session in files or in none.
    fn simulate(
        &self,
        scenario: &Resolved,
        (trace_file, session_file): (Option<&Path>, Option<&Path>),
        watched: &Watched<'_>,
        piece: &mut PieceProgress<'_>,
    ) -> Result<Option<Run>, Failure> {
        let bounds = Some(watched.bounds);
        let job = Job { trace_file, session_file, bounds, ..self.job(scenario) };
        let run = blackstart_bench::run(&job, &mut |Progress { at, end }| {
            piece.at(at.as_seconds() / end.as_seconds().max(f64::MIN_POSITIVE));
            match watched.interrupt.is_asked() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        // Whatever came back may be the interrupt's doing: half a run, or firmware that it hit as well.
        if watched.interrupt.is_asked() {
            return Ok(None);
        }
        run.map(Some).map_err(Failure::Bench)
    }

    fn job<'j>(&'j self, scenario: &'j Resolved) -> Job<'j> {
        Job {
            scenario,
            rig: self.rig,
            root: &self.project.root,
            seed: self.campaign.seed,
            trace_file: None,
            session_file: None,
            bounds: None,
        }
    }

    fn write(
        &self,
        folder: &Path,
        scenario: &Resolved,
        run: &Run,
        about: &RunAbout,
    ) -> Result<(), Failure> {
        write_whole(&folder.join("verdict.json"), run.verdict.to_json().as_bytes())?;
        write_whole(&folder.join(ABOUT_FILE), about.to_json().as_bytes())?;
        let outputs = run.verdict.basis.links.iter();
        let outputs = outputs.map(|link| error_output(&link.role, &link.error_output));
        let story = outputs.fold(story(&run.trace), |story, output| story + &output);
        write_whole(&folder.join("story.txt"), story.as_bytes())?;
        if self.campaign.no_plots {
            return Ok(());
        }
        let judged = &run.verdict.judged;
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

    fn tell(&self, one: &Ended<'_>, console: &mut Console) -> Result<(), Failure> {
        let name = one.name();
        if let Finished::NoVerdict(failure) = &one.finished {
            console.explain(failure);
        }
        let accepting = matches!(self.purpose, Purpose::Accept { .. });
        let columns = columns();
        console.result(&match (&one.finished, self.campaign.format) {
            (Finished::Judged(result), Format::Human) => result.line(columns, accepting),
            (Finished::Judged(result), Format::Json) => json_line(result),
            (Finished::NoVerdict(failure), Format::Human) => {
                plain_line("ERROR", name, &failure.sentence(), columns)
            }
            (Finished::NoVerdict(failure), Format::Json) => json_line(&Missing::new(name, failure)),
            (Finished::Skipped(reason), Format::Human) => {
                plain_line("skipped", name, reason, columns)
            }
            (Finished::Skipped(reason), Format::Json) => {
                json_line(&Skipped { scenario: name, skipped: reason })
            }
        })?;
        if let (Finished::Judged(result), Format::Human, true) =
            (&one.finished, self.campaign.format, self.campaign.verbose)
        {
            result.more().try_for_each(|line| console.result(&format!("    {line}")))?;
        }
        if one.exit() != Exit::Passed {
            // A line has no room for how a device was lost, or for why nothing can be said.
            if let Finished::Judged(result) = &one.finished {
                let others = result.reasons.iter().filter(|one| !one.code.is_of_check());
                others.for_each(|reason| console.say(&format!("{name}: {}", reason.text)));
            }
            let accepted = match self.purpose {
                Purpose::Compare(folder) => Some(folder.as_path()),
                Purpose::Judge | Purpose::Accept { .. } => None,
            };
            console.reproduce(&reproduce(
                self.purpose.command(),
                &one.scenario.path,
                self.campaign,
                (self.path, accepted),
                self.campaign.seed.unwrap_or(one.scenario.seed),
            ));
        }
        Ok(())
    }

    /// With devices under test: what they fail, apart from what is missed whatever they do.
    fn whose(&self, ended: &[Ended<'_>]) -> String {
        if self.rig.is_none_or(|rig| rig.bindings.is_empty()) {
            return String::new();
        }
        let count = |standing| {
            let results = ended.iter().filter_map(|one| one.finished.result());
            results.filter(|result| result.standing == standing).count()
        };
        let (failed, anyway) = (count(Standing::Failed), count(Standing::MissedAnyway));
        format!(": {failed} FAIL, {anyway} missed whatever the devices under test do")
    }

    /// Writes the index and says how it ended.
    ///
    /// # Errors
    /// If the index cannot be written.
    pub fn close(
        &self,
        ended: &[Ended<'_>],
        asked: &[Sound],
        interrupt: &Interrupt,
        console: &Console,
    ) -> Result<Exit, Failure> {
        let index = index(ended, asked);
        write_whole(&self.out.join(INDEX_FILE), index.to_json().as_bytes())?;
        let page = match self.campaign.no_page {
            true => None,
            false => {
                let results = ended.iter().filter_map(|one| one.finished.result());
                let rows = results.filter_map(|result| result.row.clone()).collect();
                Some(write_page_of_campaign(&self.out, rows)?)
            }
        };

        let exits = || ended.iter().map(Ended::exit);
        let (skipped, left) = (index.skipped.len(), index.unfinished.len());
        let well = exits().filter(|&exit| exit == Exit::Passed).count() - skipped;
        let interrupted = interrupt.is_asked();
        let stopped = match (interrupted, left) {
            (true, _) => format!(", interrupted with {left} to go"),
            (false, 0) => String::new(),
            (false, _) => format!(", stopped with {left} to go"),
        };
        let passed_over = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        let judged = ended.len() - skipped;
        let said = match self.purpose {
            Purpose::Accept { .. } => accepted(ended, judged),
            Purpose::Judge | Purpose::Compare(_) => {
                format!("{well} of {judged} as expected{}", self.whose(ended))
            }
        };
        if self.campaign.format == Format::Human {
            recap(ended, &index.unfinished, page.as_deref())
                .iter()
                .for_each(|line| console.say(line));
        }
        console.say(&format!("{said}{passed_over}{stopped}"));
        let worst = exits().fold(Exit::Passed, Exit::or_worse);
        Ok(if interrupted { worst.or_worse(Exit::Interrupted) } else { worst })
    }
}

/// Who watches over a run.
struct Watched<'a> {
    interrupt: &'a Interrupt,
    bounds: &'a Bounds,
}

/// Whether two runs of one scenario came to the same, bit for bit; on the wall clock within what its budget
/// lets them be late.
fn is_alike(first: &Verdict, other: &Verdict) -> bool {
    match &first.basis.timing {
        None => first.trace_digest == other.trace_digest && first.judged == other.judged,
        Some(timing) => {
            compare_within(&first.judged, &other.judged, Tolerance::of(timing)).is_empty()
        }
    }
}

fn index<'e>(ended: &'e [Ended<'_>], asked: &'e [Sound]) -> Index<'e> {
    let missing = ended.iter().filter_map(|one| match &one.finished {
        Finished::NoVerdict(failure) => Some(Missing::new(one.name(), failure)),
        _ => None,
    });
    let skipped = ended.iter().filter_map(|one| match &one.finished {
        Finished::Skipped(reason) => Some(Skipped { scenario: one.name(), skipped: reason }),
        _ => None,
    });
    let names = asked.iter().map(|scenario| scenario.name.as_str());
    let has_ended: BTreeSet<&str> = ended.iter().map(Ended::name).collect();
    Index {
        schema: 1,
        kind: "index",
        runs: ended.iter().filter_map(|one| one.finished.result()).collect(),
        missing: missing.collect(),
        skipped: skipped.collect(),
        unfinished: names.filter(|name| !has_ended.contains(name)).collect(),
    }
}

/// `3 of 4 accepted, although 1 did not come out as expected`, or `…, 1 surprise left alone`.
fn accepted(ended: &[Ended<'_>], judged: usize) -> String {
    let results = || ended.iter().filter_map(|one| one.finished.result());
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
const FILES: [&str; 10] = [
    "verdict.json",
    ABOUT_FILE,
    RUN_PAGE,
    "story.txt",
    "plot.svg",
    "plot.png",
    TRACE_FILE,
    SESSION_FILE,
    BUS_FILE,
    LINES_FILE,
];

/// The trace, which the bench writes itself while the run goes.
pub const TRACE_FILE: &str = "trace.arrows";
/// What went over the lines of the devices, written likewise.
pub const SESSION_FILE: &str = "session.rec";
