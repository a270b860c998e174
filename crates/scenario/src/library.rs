//! The files of a project: found by their `kind`, named by their file name.
//!
//! Systems and devices are known by name and sought below `fixtures/`; scenarios and rigs are given
//! by path. Nothing outside the project's root is read unless a path says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem, SourceFile};
use crate::facts::{FACTS_FILE, Facts};
use crate::nearest::nearest;
use crate::resolve::{Resolved, Resolver, Settings, WantedSystem};
use crate::resolved::{Provenance, System};
use crate::rig::Rig;
use crate::search::{Glance, Search, glance, unreadable};
use crate::syntax::{self, Document, SpannedValue, SyntaxKind};

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
    pub(crate) const ALL: [Self; 5] =
        [Self::Scenario, Self::System, Self::Device, Self::Rig, Self::Facts];

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

/// The files of one project.
///
/// Which files there are is known from the start; what they hold is read when it is asked for.
#[derive(Clone, Debug)]
pub struct Library {
    root: PathBuf,
    /// Files below `fixtures/` by name, each name in the order of the paths.
    files: BTreeMap<String, Vec<PathBuf>>,
    facts: OnceLock<Option<Facts>>,
}

impl Library {
    /// Looks at the files below `<root>/fixtures`, and reads the facts if there are any.
    ///
    /// # Errors
    /// When a folder cannot be read, or two files of one kind have the same name; and everything that is
    /// wrong with the facts.
    pub fn open(root: &Path) -> Result<Self, Diagnostics> {
        let library = Self::of_names(root)?;
        let mut problems = Diagnostics::new();
        for name in library.files.keys() {
            library.check_name(name, &mut problems);
        }
        match library.load_facts() {
            Ok(facts) => drop(library.facts.set(facts)),
            Err(found) => problems.append(found),
        }
        problems.into_result()?;
        Ok(library)
    }

    /// Only lists the files below `<root>/fixtures`: what nobody names is not read, and so not judged. Two
    /// files of one name are refused where one of them is named.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn of_names(root: &Path) -> Result<Self, Diagnostics> {
        let root = std::path::absolute(root).map_err(|error| unreadable(root, &error))?;
        let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in Search::within(&[&root]).json_files(&root.join("fixtures"))? {
            if let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) {
                files.entry(name.to_owned()).or_default().push(path);
            }
        }
        Ok(Self { root, files, facts: OnceLock::new() })
    }

    /// Complains of files of one kind that have this name.
    pub(crate) fn check_name(&self, name: &str, problems: &mut Diagnostics) {
        let mut seen: BTreeMap<FileKind, &Path> = BTreeMap::new();
        let files = self.files.get(name).filter(|files| files.len() > 1);
        for path in files.into_iter().flatten() {
            let Glance::Kind(kind, _) = glance(path) else { continue };
            if let Some(other) = seen.insert(kind, path) {
                let (other, shown) = (self.shown(other), self.shown(path));
                let message = format!("two {kind} files of one name: {other} and {shown}");
                problems.push(Problem::of_path(Code::DuplicateName, message));
            }
        }
    }

    fn load_facts(&self) -> Result<Option<Facts>, Diagnostics> {
        let path = self.root.join(FACTS_FILE);
        path.exists().then(|| Facts::load(self, &path)).transpose()
    }

    /// Complains of each number in `covers` that no fact has. Where all are there, nothing else of the facts
    /// is looked at.
    pub(crate) fn check_covers(
        &self,
        document: &Document,
        covers: &[(&str, &SpannedValue)],
        problems: &mut Diagnostics,
    ) {
        let ids = match self.facts.get() {
            Some(_) => None,
            None => Facts::ids(&self.root.join(FACTS_FILE)),
        };
        if ids.is_some_and(|ids| covers.iter().all(|(id, _)| ids.contains(*id))) {
            return;
        }
        match self.facts.get() {
            Some(facts) => {
                facts.iter().for_each(|facts| facts.check_covers(document, covers, problems));
            }
            None => match self.load_facts() {
                Ok(facts) => {
                    facts.iter().for_each(|facts| facts.check_covers(document, covers, problems));
                }
                Err(found) => problems.append(found),
            },
        }
    }

    /// The project's root, absolute.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The facts that scenarios may cover, if the project numbers any and they are sound.
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.get_or_init(|| self.load_facts().ok().flatten()).as_ref()
    }

    /// Reads a scenario and everything that it names.
    ///
    /// # Errors
    /// Everything that is wrong in any of the files.
    pub fn scenario(&self, path: &Path) -> Result<Resolved, Diagnostics> {
        Resolved::load(self, self.document(path, FileKind::Scenario)?, path)
    }

    /// The same as if the file at a path held this text.
    ///
    /// # Errors
    /// Everything that is wrong in the text or in any of the files that it names.
    pub fn scenario_from(&self, path: &Path, text: String) -> Result<Resolved, Diagnostics> {
        let file = Arc::new(SourceFile { path: self.shown(path), text });
        let document = self.of_kind(syntax::parse(file)?, FileKind::Scenario)?;
        Resolved::load(self, document, path)
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
        let outcome = resolver.system(&WantedSystem { name, place: None }, Settings::default());
        resolver.problems.into_result()?;
        let missing = || Problem::of_path(Code::UnknownSystem, format!("no system file `{name}`"));
        outcome.map(|found| (found.system, found.provenance)).ok_or_else(|| missing().into())
    }

    /// Reads a device with what it builds on, and the parts of an assembly, each against its schema.
    ///
    /// # Errors
    /// Everything that is wrong in these files.
    pub fn check_device(&self, name: &str) -> Result<(), Diagnostics> {
        let mut resolver = Resolver::new(self);
        resolver.device_alone(name);
        resolver.problems.into_result()
    }

    /// The kind of Blackstart file that a path is; `None` for anything else.
    pub fn kind_of(&self, path: &Path) -> Option<FileKind> {
        match glance(path) {
            Glance::Kind(kind, _) if path.is_file() => Some(kind),
            _ => None,
        }
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
            let mut files = Search::within(&[&self.root, path]).json_files(path)?;
            files.retain(|file| self.is_meant_as_scenario(file));
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
            _ if is_json && self.is_meant_as_scenario(path) => Ok(vec![path.to_owned()]),
            Glance::Kind(FileKind::Scenario, _) => Ok(vec![path.to_owned()]),
            Glance::Kind(kind, _) => Err(not_a_scenario(&shown, &format!("it is a {kind} file"))),
            _ => Err(not_a_scenario(&shown, "it is no Blackstart file")),
        }
    }

    /// Whether a JSON file is a scenario or should be one: leaving it out would pass over it in silence,
    /// and reading it tells what is wrong. Everything below `scenarios/` should be one, but for schemas;
    /// elsewhere what names their schema or nearly their kind, and what cannot be read.
    fn is_meant_as_scenario(&self, path: &Path) -> bool {
        let head = match glance(path) {
            Glance::Kind(FileKind::Scenario, _) | Glance::Broken => return true,
            Glance::Kind(_, head) | Glance::Other(head) => head,
        };
        let is_schema = path.to_string_lossy().ends_with(".schema.json");
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let is_among_scenarios = absolute.starts_with(self.root.join("scenarios"));
        let names_schema =
            head.schema.is_some_and(|schema| schema.ends_with("scenario.schema.json"));
        let is_misspelt = head.kind.is_some_and(|kind| {
            !is_kind(&kind) && nearest(&kind, [FileKind::Scenario.name()]).is_some()
        });
        !is_schema && (is_among_scenarios || names_schema || is_misspelt)
    }

    /// The path of a file that a scenario, a system or a device names.
    ///
    /// # Errors
    /// If it leads out of the project, in words that follow its name.
    pub(crate) fn inside(&self, named: &str) -> Result<PathBuf, &'static str> {
        let path = self.root.join(named);
        // What is not there leads nowhere; reading it says so.
        let (Ok(real), Ok(root)) = (path.canonicalize(), self.root.canonicalize()) else {
            let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
            let stays = Path::new(named).components().all(plain);
            return if stays { Ok(path) } else { Err("leads out of the project") };
        };
        if real.starts_with(root) { Ok(path) } else { Err("leads out of the project") }
    }

    /// Reads a file that must be of a kind and of the version that this program reads.
    pub(crate) fn document(&self, path: &Path, kind: FileKind) -> Result<Document, Diagnostics> {
        self.of_kind(syntax::read(path, &self.shown(path))?, kind)
    }

    fn of_kind(&self, document: Document, kind: FileKind) -> Result<Document, Diagnostics> {
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
        if let Some(SyntaxKind::Number(version, text)) =
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

    /// The names of all systems, sorted.
    pub fn systems(&self) -> Vec<&str> {
        self.names(FileKind::System)
    }

    /// Path of the file of a kind and name: where there is none, one of the name that may be it and is
    /// broken, so that reading it reports what is wrong.
    pub(crate) fn find(&self, kind: FileKind, name: &str) -> Option<&Path> {
        let files = self.files.get(name)?;
        let is = |path: &&PathBuf| matches!(glance(path), Glance::Kind(found, _) if found == kind);
        let broken = |path: &&PathBuf| matches!(glance(path), Glance::Broken);
        // Of several the last counts, as it does where all are read.
        let found = files.iter().rev().find(is).or_else(|| files.iter().rev().find(broken));
        found.map(PathBuf::as_path)
    }

    /// Every name of a kind.
    pub(crate) fn names(&self, kind: FileKind) -> Vec<&str> {
        let is = |path: &PathBuf| matches!(glance(path), Glance::Kind(found, _) if found == kind);
        let of_kind = self.files.iter().filter(|(_, files)| files.iter().any(is));
        of_kind.map(|(name, _)| name.as_str()).collect()
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
