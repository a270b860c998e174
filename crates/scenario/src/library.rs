//! The files of a project: found by their `kind`, named by their file name.
//!
//! Systems and devices are known by name and sought below `fixtures/`; scenarios and rigs are given
//! by path. Nothing outside the project's root is read unless a path says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem};
use crate::facts::{FACTS_FILE, Facts};
use crate::resolve::{Resolved, Resolver, Settings, Wanted};
use crate::resolved::{Provenance, System};
use crate::rig::Rig;
use crate::syntax::{self, Document, Kind, MAX_BYTES};

/// What a Blackstart file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// What happens.
    Scenario,
    /// Which devices there are, and how they are connected.
    System,
    /// One part.
    Device,
    /// Which controllers are real.
    Rig,
    /// What the documents say.
    Facts,
}

impl FileKind {
    /// Those whose format changes with what can be simulated.
    pub(crate) const CONVERTED: [Self; 4] = [Self::Scenario, Self::System, Self::Device, Self::Rig];
    const ALL: [Self; 5] = [Self::Scenario, Self::System, Self::Device, Self::Rig, Self::Facts];

    /// The word that stands under `kind`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::System => "system",
            Self::Device => "device",
            Self::Rig => "rig",
            Self::Facts => "facts",
        }
    }

    /// The mistake of naming one that does not exist.
    pub(crate) const fn unknown(self) -> Code {
        match self {
            Self::System => Code::UnknownSystem,
            Self::Device => Code::UnknownDevice,
            Self::Scenario | Self::Rig | Self::Facts => Code::Unreadable,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a glance at a file shows.
enum Glance {
    /// A Blackstart file.
    Kind(FileKind),
    /// Some other JSON.
    Other,
    /// No JSON, or none that could be read.
    Broken,
}

/// The files of one project.
#[derive(Clone, Debug)]
pub struct Library {
    root: PathBuf,
    named: BTreeMap<(FileKind, String), PathBuf>,
    /// Files that may be systems or devices, but are broken: naming one reports what is wrong.
    broken: BTreeMap<String, PathBuf>,
    facts: Option<Facts>,
}

/// Deepest folder that is looked into; a link that leads upwards ends here.
const MAX_FOLDERS: usize = 32;

impl Library {
    /// Looks at the files below `<root>/fixtures`, and reads the facts if there are any.
    ///
    /// # Errors
    /// When a folder cannot be read, or two files of one kind have the same name; and everything that is
    /// wrong with the facts.
    pub fn open(root: &Path) -> Result<Self, Diagnostics> {
        let root = std::path::absolute(root).map_err(|error| unreadable(root, &error))?;
        let (named, broken) = (BTreeMap::new(), BTreeMap::new());
        let mut library = Self { root, named, broken, facts: None };
        let fixtures = library.root.join("fixtures");
        let mut problems = Diagnostics::new();
        for path in json_files(&fixtures, MAX_FOLDERS)? {
            let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
            let name = name.to_owned();
            match glance(&path) {
                Glance::Other => {}
                Glance::Broken => drop(library.broken.insert(name, path)),
                Glance::Kind(kind) => {
                    let shown = library.shown(&path);
                    if let Some(other) = library.named.insert((kind, name), path) {
                        let other = library.shown(&other);
                        let message = format!("two {kind} files of one name: {other} and {shown}");
                        problems.push(Problem::of_path(Code::DuplicateName, message));
                    }
                }
            }
        }
        let facts = library.root.join(FACTS_FILE);
        if facts.exists() {
            match Facts::load(&library, &facts) {
                Ok(facts) => library.facts = Some(facts),
                Err(found) => problems.append(found),
            }
        }
        problems.into_result()?;
        Ok(library)
    }

    /// The project's root, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The facts that scenarios may cover, if the project numbers any.
    pub const fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// Reads a scenario and everything that it names.
    ///
    /// # Errors
    /// Everything that is wrong in any of the files.
    pub fn scenario(&self, path: &Path) -> Result<Resolved, Diagnostics> {
        Resolved::load(self, path)
    }

    /// Reads a rig.
    ///
    /// # Errors
    /// Everything that is wrong in the file. Roles are judged by [`Rig::bind`].
    pub fn rig(&self, path: &Path) -> Result<Rig, Diagnostics> {
        Rig::load(self, path)
    }

    /// Reads a system as its files describe it.
    ///
    /// # Errors
    /// Everything that is wrong in the system file and its devices.
    pub fn system(&self, name: &str) -> Result<(System, Provenance), Diagnostics> {
        let mut resolver = Resolver::new(self);
        let outcome = resolver.system(&Wanted { name, place: None }, Settings::default());
        resolver.problems.into_result()?;
        let missing = || Problem::of_path(Code::UnknownSystem, format!("no system file `{name}`"));
        outcome.map(|found| (found.system, found.provenance)).ok_or_else(|| missing().into())
    }

    /// Name of the system whose file a path is; `None` for anything else.
    pub fn system_name(&self, path: &Path) -> Option<String> {
        let is_system = path.is_file() && matches!(glance(path), Glance::Kind(FileKind::System));
        let name = path.file_stem().filter(|_| is_system)?;
        Some(name.to_string_lossy().into_owned())
    }

    /// Scenario files: each path itself, or all below it when it is a folder; sorted, each once.
    ///
    /// # Errors
    /// When a path cannot be read or is no scenario file, or a folder holds none.
    pub fn scenarios(&self, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Diagnostics> {
        let mut problems = Diagnostics::new();
        let mut found = Vec::new();
        for path in paths {
            match self.expand(path) {
                Ok(mut files) => found.append(&mut files),
                Err(more) => problems.append(more),
            }
        }
        problems.into_result()?;
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn expand(&self, path: &Path) -> Result<Vec<PathBuf>, Diagnostics> {
        let shown = self.shown(path);
        if path.is_dir() {
            let mut files = json_files(path, MAX_FOLDERS)?;
            // A broken file stays in: leaving it out would pass over it in silence.
            files.retain(|file| {
                matches!(glance(file), Glance::Kind(FileKind::Scenario) | Glance::Broken)
            });
            if files.is_empty() {
                let message = format!("no scenario below {shown}");
                let problem = Problem::of_path(Code::EmptyFolder, message);
                return Err(problem.help("scenarios are `*.json` with `kind`: `scenario`").into());
            }
            return Ok(files);
        }
        std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        match glance(path) {
            Glance::Kind(FileKind::Scenario) => Ok(vec![path.to_owned()]),
            Glance::Broken if is_json => Ok(vec![path.to_owned()]),
            Glance::Kind(kind) => Err(not_a_scenario(&shown, &format!("it is a {kind} file"))),
            _ => Err(not_a_scenario(&shown, "it is no Blackstart file")),
        }
    }

    /// Reads a file that must be of a kind and of the version that this program reads.
    pub(crate) fn document(&self, path: &Path, kind: FileKind) -> Result<Document, Diagnostics> {
        let document = syntax::read(path, &self.shown(path))?;
        let mut problems = Diagnostics::new();
        let at = |key| document.place_of(&[key]);
        match document.root.get("kind").and_then(|found| found.as_str()) {
            Some(found) if found != kind.name() && is_kind(found) => {
                let message = format!("this is a {found} file, not a {kind} file");
                let problem = Problem::at(at("kind"), Code::NotBlackstart, message);
                return Err(problem.label(format!("expected \"{kind}\"")).into());
            }
            _ => {}
        }
        if let Some(Kind::Number(version, text)) =
            document.root.get("schema").map(|found| &found.kind)
            && *version != 1.0
        {
            let message = format!("version {text} of the {kind} format is not known");
            let problem = Problem::at(at("schema"), Code::WrongVersion, message);
            problems.push(problem.label("this program reads version 1"));
        }
        problems.into_result()?;
        Ok(document)
    }

    /// Path of the file of a kind and name.
    pub(crate) fn find(&self, kind: FileKind, name: &str) -> Option<&Path> {
        let found = self.named.get(&(kind, name.to_owned())).or_else(|| self.broken.get(name));
        found.map(PathBuf::as_path)
    }

    /// Every name of a kind.
    pub(crate) fn names(&self, kind: FileKind) -> Vec<&str> {
        let of_kind = self.named.keys().filter(|(found, _)| *found == kind);
        of_kind.map(|(_, name)| name.as_str()).collect()
    }

    /// Path below `scenarios/` without ending.
    pub(crate) fn scenario_name(&self, path: &Path) -> String {
        let shown = self.shown(path);
        let name = shown.strip_suffix(".json").unwrap_or(&shown);
        name.strip_prefix("scenarios/").unwrap_or(name).to_owned()
    }

    /// A path as it is written in messages and verdicts: below the root, with `/`.
    pub(crate) fn shown(&self, path: &Path) -> String {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let below = absolute.strip_prefix(&self.root).unwrap_or(path);
        below.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
    }
}

fn is_kind(word: &str) -> bool {
    FileKind::ALL.iter().any(|kind| kind.name() == word)
}

fn not_a_scenario(shown: &str, what: &str) -> Diagnostics {
    let message = format!("{shown} is no scenario: {what}");
    Problem::of_path(Code::NotBlackstart, message).into()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostics {
    let message = format!("cannot read {}: {error}", path.display());
    Problem::of_path(Code::Unreadable, message).into()
}

/// All `*.json` below a folder, sorted; none when there is no such folder.
fn json_files(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Diagnostics> {
    let mut files = Vec::new();
    collect(folder, depth, &mut Vec::new(), &mut files)?;
    files.sort();
    Ok(files)
}

/// Links are followed, but not back into a folder that is being looked at.
fn collect(
    folder: &Path,
    depth: usize,
    within: &mut Vec<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> Result<(), Diagnostics> {
    if depth == 0 || !folder.is_dir() {
        return Ok(());
    }
    let itself = folder.canonicalize().map_err(|error| unreadable(folder, &error))?;
    if within.contains(&itself) {
        return Ok(());
    }
    within.push(itself);
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_dir() {
            collect(&path, depth - 1, within, files)?;
        } else if path.extension().is_some_and(|ending| ending == "json") {
            files.push(path);
        }
    }
    within.pop();
    Ok(())
}

/// Reads no more than the `kind`.
fn glance(path: &Path) -> Glance {
    #[derive(Deserialize)]
    struct Head {
        kind: Option<serde_json::Value>,
    }
    if !std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() <= MAX_BYTES) {
        return Glance::Broken;
    }
    let Ok(bytes) = std::fs::read(path) else { return Glance::Broken };
    match serde_json::from_slice::<Head>(&bytes) {
        Ok(head) => {
            let word = head.kind.as_ref().and_then(serde_json::Value::as_str);
            let kind = FileKind::ALL.into_iter().find(|kind| word == Some(kind.name()));
            kind.map_or(Glance::Other, Glance::Kind)
        }
        Err(error) if error.is_data() && !error.to_string().contains("duplicate") => Glance::Other,
        Err(_) => Glance::Broken,
    }
}
