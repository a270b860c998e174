//! Accepted verdicts: `<folder>/<subject>/<scenario>.json`, and the digests of their traces beside them.

use std::io;
use std::path::{Path, PathBuf};

use blackstart_limits::{FILE_BYTES, read_text};
use blackstart_scenario::Resolved;
use blackstart_verdict::{
    Accepted, Difference, Judged, Tolerance, Verdict, compare, compare_traces, compare_within,
};
use serde::Serialize;

use crate::digests::Digests;
use crate::failure::Failure;
use crate::output::{folder_of, write_whole};
use crate::result::standing;

/// How a verdict relates to the accepted one.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "accepted", rename_all = "kebab-case")]
pub enum Comparison {
    /// It is the accepted one.
    Same,
    /// It differs.
    Changed {
        /// How.
        differences: Vec<Difference>,
    },
    /// Nobody has accepted one.
    New,
}

impl Comparison {
    /// How a verdict relates to the one accepted in `folder`; that of a run on the wall clock within what
    /// its budget lets it be late.
    ///
    /// # Errors
    /// If the accepted one cannot be read.
    pub fn with(folder: &Path, verdict: &Verdict) -> Result<Self, Failure> {
        let Verdict { judged, trace_digest, basis } = verdict;
        let folder = folder.join(judged.subject_folder());
        let Some(accepted) = read(file_of(&folder, &judged.scenario))? else {
            return Ok(Self::New);
        };
        let differences = match &basis.timing {
            None => {
                let mut differences = compare(&accepted, judged);
                // Another build never does the same bit for bit.
                if accepted.subject == judged.subject {
                    let digests = Digests::read(&folder)?;
                    // A digest that nobody has accepted is another one.
                    let accepted = digests.of(&judged.scenario)?.unwrap_or_default();
                    differences.extend(compare_traces(accepted, trace_digest, &differences));
                }
                differences
            }
            Some(timing) => compare_within(&accepted, judged, Tolerance::of(timing)),
        };
        Ok(if differences.is_empty() { Self::Same } else { Self::Changed { differences } })
    }
}

/// Makes a verdict the accepted one and says what that changed. Where the trace alone did, its digest alone
/// is written. An accepted file that can no longer be read is replaced like one that was not there.
///
/// # Errors
/// If it cannot be written.
pub fn accept(folder: &Path, verdict: &Verdict) -> Result<Comparison, Failure> {
    let before = match Comparison::with(folder, verdict) {
        Err(Failure::Accepted { .. } | Failure::Digests { .. }) => Comparison::New,
        before => before?,
    };
    if matches!(before, Comparison::Same) {
        return Ok(before);
    }
    let Verdict { judged, trace_digest, .. } = verdict;
    let folder = folder.join(judged.subject_folder());
    let file = file_of(&folder, &judged.scenario);
    let is_trace_alone = match &before {
        Comparison::Changed { differences } => differences.iter().all(Difference::is_of_trace),
        Comparison::Same | Comparison::New => false,
    };
    if !is_trace_alone {
        let text = Accepted { judged: judged.clone() }.to_json();
        write_whole(&file, text.as_bytes())?;
    }
    let is_accepted = |scenario: &str| file_of(&folder, scenario).is_file();
    Digests::read(&folder)?.accept(&judged.scenario, trace_digest, is_accepted)?;
    Ok(before)
}

/// What the accepted verdict of the built-in controllers means, in a word or two.
///
/// # Errors
/// If it cannot be read.
pub fn accepted_standing(folder: &Path, scenario: &Resolved) -> Result<&'static str, Failure> {
    let accepted = read(file_of(&folder.join(BUILT_IN), &scenario.name))?;
    Ok(accepted.map_or("not accepted", |judged| standing(judged.standing())))
}

/// The verdict in an accepted file, if there is one.
fn read(path: PathBuf) -> Result<Option<Judged>, Failure> {
    let text = match read_text(&path, FILE_BYTES) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(Failure::Read { path, source }),
    };
    let accepted = Accepted::from_json(&text);
    accepted
        .map(|accepted| Some(accepted.judged))
        .map_err(|source| Failure::Accepted { path, source })
}

/// The subject without a device under test, as [`Judged::subject_folder`] names it.
const BUILT_IN: &str = "built-in";

/// The accepted verdict of a scenario in the folder of a subject.
fn file_of(folder: &Path, scenario: &str) -> PathBuf {
    let mut path = folder_of(folder, scenario).into_os_string();
    path.push(".json");
    PathBuf::from(path)
}
