//! `diff`: what changed between two builds, from what two runs wrote.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use blackstart_limits::{FILE_BYTES, FOLDERS, read_text};
use blackstart_report::{Figure, overlay};
use blackstart_trace::file::{Recording, read};
use blackstart_verdict::{Difference, Judged, Tolerance, Verdict, compare, compare_within};
use serde::Serialize;

use crate::arguments::{Comparing, Format};
use crate::campaign::played_by;
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{folder_of, write_whole};
use crate::result::json_line;

/// Differences of one scenario that are told to people, the most important first.
const MOST_LINES: usize = 12;

/// What a run wrote for one scenario.
struct Written {
    folder: PathBuf,
    judged: Judged,
    /// Of a run on the wall clock, how far it may be apart from another.
    tolerance: Option<Tolerance>,
}

/// One scenario in `diff --format json`.
#[derive(Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    /// `same`, `changed`, `only-first`, `only-second`.
    found: &'static str,
    first: Option<&'static str>,
    second: Option<&'static str>,
    differences: Vec<Difference>,
}

/// Compares every scenario that either run judged.
///
/// # Errors
/// If a folder holds no verdict, or a file in it cannot be read or written.
pub fn diff(comparing: &Comparing, console: &mut Console) -> Result<Exit, Failure> {
    let (first, second) = (verdicts(&comparing.first)?, verdicts(&comparing.second)?);
    let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
    names.sort();
    names.dedup();
    let mut exit = Exit::Passed;
    for name in names {
        let pair = (first.get(name), second.get(name));
        let entry = entry(name, pair);
        if entry.found != "same" {
            exit = Exit::Failed;
        }
        match comparing.format {
            Format::Human => say(&entry, pair, console)?,
            Format::Json => console.result(&json_line(&entry))?,
        }
        if let ((Some(a), Some(b)), Some(out), "changed") = (pair, &comparing.out, entry.found) {
            draw(name, (a, b), &folder_of(out, name))?;
        }
    }
    Ok(exit)
}

fn entry<'a>(name: &'a str, pair: (Option<&Written>, Option<&Written>)) -> Entry<'a> {
    let differences = match pair {
        (Some(a), Some(b)) => {
            match a.tolerance.into_iter().chain(b.tolerance).reduce(Tolerance::or_wider) {
                None => compare(&a.judged, &b.judged),
                Some(tolerance) => compare_within(&a.judged, &b.judged, tolerance),
            }
        }
        _ => Vec::new(),
    };
    let found = match pair {
        (Some(_), None) => "only-first",
        (None, _) => "only-second",
        _ if differences.is_empty() => "same",
        _ => "changed",
    };
    let outcome = |one: Option<&Written>| one.map(|one| one.judged.outcome.name());
    Entry { scenario: name, found, first: outcome(pair.0), second: outcome(pair.1), differences }
}

/// The outcome first, then what moved, one line each.
fn say(
    entry: &Entry<'_>,
    pair: (Option<&Written>, Option<&Written>),
    console: &mut Console,
) -> Result<(), Failure> {
    let who = |one: Option<&Written>| {
        one.map_or_else(|| "absent".to_owned(), |one| played_by(&one.judged))
    };
    let outcome = |word: Option<&'static str>| word.unwrap_or("absent");
    let (a, b) = (outcome(entry.first), outcome(entry.second));
    let headline = if a == b { a.to_owned() } else { format!("{a} -> {b}") };
    console.result(&format!(
        "{headline:<16} {}  ({} -> {})",
        entry.scenario,
        who(pair.0),
        who(pair.1)
    ))?;
    for difference in entry.differences.iter().take(MOST_LINES) {
        console.result(&format!("    {}", difference.text))?;
    }
    match entry.differences.len().saturating_sub(MOST_LINES) {
        0 => Ok(()),
        more => console.result(&format!("    and {more} more: see --format json")),
    }
}

fn draw(name: &str, (a, b): (&Written, &Written), out: &Path) -> Result<(), Failure> {
    let trace = |one: &Written| -> Result<Recording, Failure> {
        read(&one.folder.join("trace.arrows")).map_err(Failure::Trace)
    };
    let (first, second) = (trace(a)?, trace(b)?);
    let both = overlay(("A", &first.trace), ("B", &second.trace));
    let figure = Figure {
        title: name,
        outcome: b.judged.outcome.name(),
        subject: &format!("A {}, B {}", played_by(&a.judged), played_by(&b.judged)),
        trace: &both,
    };
    write_whole(&out.join("diff.svg"), figure.svg().map_err(Failure::Plot)?.as_bytes())?;
    write_whole(&out.join("diff.png"), &figure.png().map_err(Failure::Plot)?)
}

/// Every verdict at or below a path, by its scenario.
fn verdicts(path: &Path) -> Result<BTreeMap<String, Written>, Failure> {
    let mut found = BTreeMap::new();
    collect(path, FOLDERS, &mut found)?;
    if found.is_empty() {
        return Err(Failure::NoVerdict { path: path.to_owned() });
    }
    Ok(found)
}

fn collect(
    folder: &Path,
    depth: usize,
    found: &mut BTreeMap<String, Written>,
) -> Result<(), Failure> {
    let unreadable = |source| Failure::Read { path: folder.to_owned(), source };
    let file = if folder.is_dir() { folder.join("verdict.json") } else { folder.to_owned() };
    if file.is_file() {
        let text = read_text(&file, FILE_BYTES).map_err(unreadable)?;
        let verdict = Verdict::from_json(&text)
            .map_err(|source| Failure::Accepted { path: file.clone(), source })?;
        let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
        let judged = verdict.judged;
        let tolerance = verdict.basis.timing.as_ref().map(Tolerance::of);
        found.insert(judged.scenario.clone(), Written { folder, judged, tolerance });
    }
    if depth == 0 || !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        // Links are not followed: an output folder has none of its own.
        if path.is_dir() && !path.is_symlink() {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}
