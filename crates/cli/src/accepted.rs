//! Accepted verdicts: `<folder>/<subject>/<scenario>.json`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use blackstart_verdict::{Accepted, Difference, Judged, compare};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{folder_of, write_whole};

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
    /// How a verdict relates to the one accepted in `folder`.
    ///
    /// # Errors
    /// If the accepted one cannot be read.
    pub fn with(folder: &Path, judged: &Judged) -> Result<Self, Failure> {
        let path = file_of(folder, judged);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::New),
            Err(source) => return Err(Failure::Read { path, source }),
        };
        let accepted =
            Accepted::from_json(&text).map_err(|source| Failure::Accepted { path, source })?;
        let differences = compare(&accepted.judged, judged);
        Ok(if differences.is_empty() { Self::Same } else { Self::Changed { differences } })
    }
}

/// Makes a verdict the accepted one and says what that changed. An accepted file that can no longer be
/// read is replaced like one that was not there.
///
/// # Errors
/// If it cannot be written.
pub fn accept(folder: &Path, judged: &Judged) -> Result<Comparison, Failure> {
    let before = match Comparison::with(folder, judged) {
        Err(Failure::Accepted { .. }) => Comparison::New,
        before => before?,
    };
    if !matches!(before, Comparison::Same) {
        let accepted = Accepted { judged: judged.clone() };
        write_whole(&file_of(folder, judged), accepted.to_json().as_bytes())?;
    }
    Ok(before)
}

fn file_of(folder: &Path, judged: &Judged) -> PathBuf {
    let mut path =
        folder_of(&folder.join(judged.subject_folder()), &judged.scenario).into_os_string();
    path.push(".json");
    PathBuf::from(path)
}
