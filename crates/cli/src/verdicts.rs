//! Verdicts in a folder: those that runs wrote, and accepted ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use blackstart_limits::{FILE_BYTES, FOLDERS, read_text};
use blackstart_trace::file::{RecordedTrace, read};
use blackstart_verdict::{Accepted, Difference, Judged, Tolerance, Verdict};
use blackstart_verdict::{compare, compare_traces, compare_within};
use serde::Deserialize;

use crate::digests::Digests;
use crate::failure::Failure;

/// The verdict of a run, in the folder of its scenario.
const VERDICT_FILE: &str = "verdict.json";

/// One verdict.
pub struct Written {
    /// What was judged.
    pub judged: Judged,
    /// Digest of the trace; an accepted verdict may have none.
    trace_digest: Option<String>,
    /// The trace, of a run.
    trace: Option<PathBuf>,
    /// Of a run on the wall clock, how far it may be apart from another.
    tolerance: Option<Tolerance>,
}

impl Written {
    /// What differs in another verdict of the same scenario, most important first; of a run on the wall
    /// clock, within what its budget lets it be late.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let tolerances = self.tolerance.into_iter().chain(other.tolerance);
        if let Some(tolerance) = tolerances.reduce(Tolerance::or_wider) {
            return compare_within(&self.judged, &other.judged, tolerance);
        }
        let mut differences = compare(&self.judged, &other.judged);
        if let (Some(one), Some(two)) = (&self.trace_digest, &other.trace_digest) {
            differences.extend(compare_traces(one, two, &differences));
        }
        differences
    }

    /// The recorded trace; nothing of an accepted verdict.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn trace(&self) -> Result<Option<RecordedTrace>, Failure> {
        let recording = self.trace.as_deref().map(read).transpose();
        recording.map_err(Failure::Trace)
    }
}

/// Verdicts by scenario and subject.
pub type Verdicts = BTreeMap<(String, String), Written>;

/// Every verdict at or below a path.
///
/// # Errors
/// If there is none, or one cannot be read.
pub fn verdicts(path: &Path) -> Result<Verdicts, Failure> {
    let mut found = Verdicts::new();
    collect(path, FOLDERS, &mut found)?;
    if found.is_empty() {
        return Err(Failure::NoVerdict { path: path.to_owned() });
    }
    Ok(found)
}

/// The verdicts of two builds side by side, by scenario. Where each has one verdict of a scenario, they
/// belong together whoever the subject is; where one has several, those of one subject do.
pub fn pairs<'a>(
    first: &'a Verdicts,
    second: &'a Verdicts,
) -> Vec<(&'a str, Option<&'a Written>, Option<&'a Written>)> {
    let of = |all: &'a Verdicts, scenario: &str| -> Vec<(&'a str, &'a Written)> {
        let of = all.iter().filter(|((name, _), _)| name == scenario);
        of.map(|((_, subject), one)| (subject.as_str(), one)).collect()
    };
    let mut names: Vec<&str> =
        first.keys().chain(second.keys()).map(|(scenario, _)| scenario.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut pairs = Vec::new();
    for scenario in names {
        let (ones, twos) = (of(first, scenario), of(second, scenario));
        if let ([(_, one)], [(_, two)]) = (ones.as_slice(), twos.as_slice()) {
            pairs.push((scenario, Some(*one), Some(*two)));
            continue;
        }
        let mut subjects: Vec<&str> =
            ones.iter().chain(&twos).map(|(subject, _)| *subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let by = |all: &[(&str, &'a Written)], subject: &str| {
            all.iter().find(|(name, _)| *name == subject).map(|(_, one)| *one)
        };
        pairs.extend(
            subjects.into_iter().map(|subject| (scenario, by(&ones, subject), by(&twos, subject))),
        );
    }
    pairs
}

fn collect(path: &Path, depth: usize, found: &mut Verdicts) -> Result<(), Failure> {
    if path.is_file() {
        if let Some(written) = verdict(path)? {
            let of = (written.judged.scenario.clone(), written.judged.subject_folder());
            found.insert(of, written);
        }
        return Ok(());
    }
    if depth == 0 {
        return Ok(());
    }
    let unreadable = |source| Failure::Read { path: path.to_owned(), source };
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        // Links are not followed: an output folder has none of its own.
        if !path.is_symlink() && (path.is_dir() || path.extension().is_some_and(|it| it == "json"))
        {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// The verdict in a file; nothing if it is JSON of another kind.
fn verdict(path: &Path) -> Result<Option<Written>, Failure> {
    let text = read_text(path, FILE_BYTES)
        .map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    let broken = |source| Failure::Accepted { path: path.to_owned(), source };
    if path.file_name().is_some_and(|name| name == VERDICT_FILE) {
        let Verdict { judged, trace_digest, basis } = Verdict::from_json(&text).map_err(broken)?;
        let tolerance = basis.timing.as_ref().map(Tolerance::of);
        let trace = Some(path.with_file_name("trace.arrows"));
        return Ok(Some(Written { judged, trace_digest: Some(trace_digest), trace, tolerance }));
    }
    if !is_accepted(&text) {
        return Ok(None);
    }
    let judged = Accepted::from_json(&text).map_err(broken)?.judged;
    let trace_digest = digest(path, &judged.scenario)?;
    Ok(Some(Written { judged, trace_digest, trace: None, tolerance: None }))
}

fn is_accepted(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Head {
        kind: String,
    }
    serde_json::from_str::<Head>(text).is_ok_and(|head| head.kind == "accepted-verdict")
}

/// The digest that was accepted with a verdict: the folder of its subject lies above the scenario's name.
fn digest(path: &Path, scenario: &str) -> Result<Option<String>, Failure> {
    let names = Path::new(scenario).components().count();
    let Some(subject) = path.ancestors().nth(names) else { return Ok(None) };
    let digests = Digests::read(subject)?;
    Ok(digests.of(scenario)?.map(str::to_owned))
}
