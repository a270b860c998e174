//! Looking for files: which JSON files lie below a folder, and what a glance at one shows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use blackstart_limits::{FILE_BYTES, FILES_FOUND, FOLDERS, LINKS_FOLLOWED};
use serde::Deserialize;
use serde_json::Value;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem};
use crate::library::FileKind;

/// What a glance at a file shows.
pub(crate) enum Glance {
    /// A Blackstart file.
    Kind(FileKind, Head),
    /// Some other JSON.
    Other(Head),
    /// No JSON, or none that could be read.
    Broken,
}

/// What a file says of itself.
#[derive(Default)]
pub(crate) struct Head {
    /// Under `kind`.
    pub kind: Option<String>,
    /// Under `$schema`.
    pub schema: Option<String>,
}

/// Reads no more than the head.
pub(crate) fn glance(path: &Path) -> Glance {
    #[derive(Deserialize)]
    struct Raw {
        kind: Option<Value>,
        #[serde(rename = "$schema")]
        schema: Option<Value>,
    }
    let Ok(bytes) = blackstart_limits::read(path, FILE_BYTES) else { return Glance::Broken };
    let text = |value: Option<Value>| value?.as_str().map(str::to_owned);
    match serde_json::from_slice::<Raw>(&bytes) {
        Ok(raw) => {
            let head = Head { kind: text(raw.kind), schema: text(raw.schema) };
            let kind =
                FileKind::ALL.into_iter().find(|kind| head.kind.as_deref() == Some(kind.name()));
            match kind {
                Some(kind) => Glance::Kind(kind, head),
                None => Glance::Other(head),
            }
        }
        Err(error) if error.is_data() && !error.to_string().contains("duplicate") => {
            Glance::Other(Head::default())
        }
        Err(_) => Glance::Broken,
    }
}

/// One search. Links are followed, but not back into a folder that is being looked at, not too many of
/// them, and not out of the folders that it keeps within.
pub(crate) struct Search {
    within: BTreeSet<PathBuf>,
    open: Vec<PathBuf>,
    links: usize,
    files: Vec<PathBuf>,
}

impl Search {
    /// A search that keeps within these folders.
    pub fn within(folders: &[&Path]) -> Self {
        let within = folders.iter().filter_map(|folder| folder.canonicalize().ok()).collect();
        Self { within, open: Vec::new(), links: 0, files: Vec::new() }
    }

    /// All `*.json` below a folder, sorted; none when there is no such folder.
    pub fn json_files(mut self, folder: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
        self.look_into(folder, FOLDERS)?;
        self.files.sort();
        Ok(self.files)
    }

    fn look_into(&mut self, folder: &Path, depth: usize) -> Result<(), Diagnostics> {
        if depth == 0 || !folder.is_dir() {
            return Ok(());
        }
        let itself = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
        if self.open.contains(&itself) {
            return Ok(());
        }
        self.open.push(itself);
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let path = entry.map_err(|error| unreadable(folder, &error))?.path();
            let is_folder = path.is_dir();
            if !is_folder && path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            if path.is_symlink() {
                self.follow(&path)?;
            }
            if is_folder {
                self.look_into(&path, depth - 1)?;
            } else if self.files.len() == FILES_FOUND {
                return Err(too_many(folder, &format!("more than {FILES_FOUND} files")));
            } else {
                self.files.push(path);
            }
        }
        self.open.pop();
        Ok(())
    }

    fn follow(&mut self, link: &Path) -> Result<(), Diagnostics> {
        self.links += 1;
        if self.links > LINKS_FOLLOWED {
            return Err(too_many(link, &format!("more than {LINKS_FOLLOWED} symbolic links")));
        }
        // One that leads nowhere is reported when it is read.
        let Ok(target) = link.canonicalize() else { return Ok(()) };
        if self.within.iter().any(|folder| target.starts_with(folder)) {
            return Ok(());
        }
        let message =
            format!("{} leads out of the project, to {}", link.display(), target.display());
        let problem = Problem::of_path(Code::OutsideProject, message);
        Err(problem.help("copy what it leads to into the project").into())
    }
}

fn too_many(path: &Path, what: &str) -> Diagnostics {
    let message = format!("{what} on the way to {}", path.display());
    Problem::of_path(Code::TooMany, message).into()
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostics {
    let message = format!("cannot read {}: {error}", path.display());
    Problem::of_path(Code::Unreadable, message).into()
}
