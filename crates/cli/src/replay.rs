//! `replay`: recorded sessions again, without their devices.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blackstart_bench::{BenchError, Bounds, Job, SessionRecording, changed_files};
use blackstart_limits::{FILE_BYTES, FOLDERS, read_text};
use blackstart_verdict::{Difference, Verdict, compare, compare_traces};
use serde::Serialize;

use crate::arguments::{Format, Replaying, ScenarioSelection};
use crate::campaign::{SESSION_FILE, played_by};
use crate::console::{Console, with_causes};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::project::{Project, Scenario};
use crate::result::{few, json_line};

/// What came of one replay.
struct Replayed {
    scenario: String,
    recording: String,
    found: Found,
    /// Files of the scenario that are not what they were.
    changed_files: Vec<String>,
}

/// How the replay relates to the recorded run.
enum Found {
    /// The same verdict.
    Same { subject: String },
    /// Every question was the same, the verdict is not.
    Changed { differences: Vec<Difference> },
    /// The bench asks something else than it asked then.
    Departed { reason: String },
    /// It was recorded on the realtime clock: there is nothing to run again.
    Realtime,
    /// The recording breaks off; until there nothing differs.
    CutOff { reason: String },
}

/// Why a session on the realtime clock is not run again.
const REALTIME: &str =
    "what its devices said depended on when they were sent what: run it again with them";

/// A line of `replay --format json`.
#[derive(Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    recording: &'a str,
    /// `same`, `changed`, `departed`, `realtime`, `cut-off`.
    found: &'static str,
    reason: Option<&'a str>,
    differences: &'a [Difference],
    changed_files: &'a [String],
}

/// Replays every recording at or below a path.
///
/// # Errors
/// If there is none, or the project is not found. What goes wrong with one recording is reported, counted
/// in the end, and does not keep the others from being replayed.
pub fn replay(replaying: &Replaying, console: &mut Console) -> Result<Exit, Failure> {
    let mut recordings = Vec::new();
    collect(&replaying.path, FOLDERS, &mut recordings)?;
    recordings.sort();
    if recordings.is_empty() {
        return Err(Failure::NoRecording { path: replaying.path.clone() });
    }
    let interrupt = Interrupt::listen()?;
    let mut worst = Exit::Passed;
    for path in recordings {
        let exit = match replay_one(&path, replaying, &interrupt) {
            Ok(replayed) => {
                tell(&replayed, replaying.format, console)?;
                replayed.found.exit()
            }
            Err(_) if interrupt.is_asked() => Exit::Interrupted,
            Err(failure) => {
                console.explain(&failure);
                failure.exit()
            }
        };
        if interrupt.is_asked() {
            return Ok(worst.or_worse(Exit::Interrupted));
        }
        worst = worst.or_worse(exit);
    }
    Ok(worst)
}

fn replay_one(
    path: &Path,
    replaying: &Replaying,
    interrupt: &Interrupt,
) -> Result<Replayed, Failure> {
    let recording = SessionRecording::read(path).map_err(Failure::Recording)?;
    let header = recording.header();
    let (root, scenario) = scenario(path, replaying.root.as_deref(), &header.scenario_file)?;
    let replayed = |found| Replayed {
        scenario: header.scenario.clone(),
        recording: path.display().to_string(),
        found,
        changed_files: changed_files(&scenario.resolved, &recording),
    };
    if header.realtime {
        return Ok(replayed(Found::Realtime));
    }
    let bounds = Bounds { halt: interrupt.halt().clone(), ..Bounds::default() };
    let job = Job {
        scenario: &scenario.resolved,
        rig: None,
        root: &root,
        seed: Some(header.seed),
        trace_file: None,
        session_file: None,
        bounds: Some(&bounds),
    };
    let outcome = blackstart_bench::replay(&job, &recording, &mut |_| {
        if interrupt.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let found = match outcome {
        Ok(run) => Found::between(&recorded_verdict(path)?, &run.verdict),
        Err(error @ (BenchError::Departed { .. } | BenchError::NoSuchRole { .. })) => {
            Found::Departed { reason: with_causes(&error) }
        }
        Err(error @ BenchError::RecordingEnds { .. }) => {
            Found::CutOff { reason: with_causes(&error) }
        }
        Err(error) => return Err(Failure::Bench(error)),
    };
    Ok(replayed(found))
}

impl Found {
    fn between(recorded: &Verdict, replayed: &Verdict) -> Self {
        let mut differences = compare(&recorded.judged, &replayed.judged);
        let trace = compare_traces(&recorded.trace_digest, &replayed.trace_digest, &differences);
        differences.extend(trace);
        if differences.is_empty() {
            Self::Same { subject: played_by(&replayed.judged) }
        } else {
            Self::Changed { differences }
        }
    }

    const fn exit(&self) -> Exit {
        match self {
            Self::Same { .. } => Exit::Passed,
            Self::Changed { .. } | Self::Departed { .. } => Exit::Failed,
            Self::CutOff { .. } | Self::Realtime => Exit::Inconclusive,
        }
    }

    fn entry<'a>(&'a self, replayed: &'a Replayed) -> Entry<'a> {
        let (found, reason, differences) = match self {
            Self::Same { .. } => ("same", None, [].as_slice()),
            Self::Changed { differences } => ("changed", None, differences.as_slice()),
            Self::Departed { reason } => ("departed", Some(reason.as_str()), [].as_slice()),
            Self::Realtime => ("realtime", Some(REALTIME), [].as_slice()),
            Self::CutOff { reason } => ("cut-off", Some(reason.as_str()), [].as_slice()),
        };
        let Replayed { scenario, recording, changed_files, .. } = replayed;
        Entry { scenario, recording, found, reason, differences, changed_files }
    }

    /// The word that a line begins with, and what follows the scenario.
    fn in_words(&self) -> (&'static str, String) {
        match self {
            Self::Same { subject } => ("same", subject.clone()),
            Self::Changed { differences } => {
                let texts = differences.iter().map(|difference| difference.text.clone());
                ("CHANGED", few(texts).unwrap_or_default())
            }
            Self::Departed { reason } => ("DEPARTED", reason.clone()),
            Self::Realtime => ("realtime", REALTIME.to_owned()),
            Self::CutOff { reason } => ("cut off", format!("{reason}; the same until there")),
        }
    }
}

fn tell(replayed: &Replayed, format: Format, console: &mut Console) -> Result<(), Failure> {
    if format == Format::Json {
        return console.result(&json_line(&replayed.found.entry(replayed)));
    }
    let (word, text) = replayed.found.in_words();
    console.result(&format!("{word:<9} {}  {text}  {}", replayed.scenario, replayed.recording))?;
    if let Some(files) = few(replayed.changed_files.iter().cloned()) {
        console.say(&format!("changed since it was recorded: {files}"));
    }
    Ok(())
}

/// The recorded scenario as its file says it now, and the project that it is in: that around the
/// recording, or else that around the current folder.
fn scenario(
    recording: &Path,
    root: Option<&Path>,
    file: &str,
) -> Result<(PathBuf, Scenario), Failure> {
    let opened = |paths: Vec<PathBuf>, root: Option<PathBuf>| {
        Project::open(&ScenarioSelection { paths, root })
    };
    let root = match root {
        Some(root) => root.to_owned(),
        None => {
            let around = opened(vec![recording.to_owned()], None);
            let found = around.or_else(|failure| opened(Vec::new(), None).map_err(|_| failure));
            found?.root
        }
    };
    let project = opened(vec![root.join(file)], Some(root.clone()))?;
    let found = project.scenarios()?.pop();
    Ok((root, found.expect("a path that holds no scenario is a mistake")))
}

/// What was judged when the recording was made.
fn recorded_verdict(recording: &Path) -> Result<Verdict, Failure> {
    let path = recording.with_file_name("verdict.json");
    let text = read_text(&path, FILE_BYTES)
        .map_err(|source| Failure::NoRecordedVerdict { path: path.clone(), source })?;
    Verdict::from_json(&text).map_err(|source| Failure::Accepted { path, source })
}

fn collect(path: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let recording = path.join(SESSION_FILE);
    if recording.is_file() {
        found.push(recording);
    }
    if depth == 0 {
        return Ok(());
    }
    let unreadable = |source| Failure::Read { path: path.to_owned(), source };
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let below = entry.map_err(unreadable)?.path();
        // Links are not followed: an output folder has none of its own.
        if below.is_dir() && !below.is_symlink() {
            collect(&below, depth - 1, found)?;
        }
    }
    Ok(())
}
