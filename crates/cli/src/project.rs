//! Where the project is, and the scenarios that a command line selects in it.
//!
//! The root is the nearest folder at or above the first path that holds both `scenarios` and
//! `fixtures`; without a path, at or above the current folder.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::path::{Path, PathBuf};

use blackstart_limits::SCENARIOS_HELD;
use blackstart_scenario::{
    Diagnostics, FACTS_FILE, Facts, FileKind, Library, Resolved, Rig, System,
};

use crate::arguments::ScenarioSelection;
use crate::failure::Failure;

/// A project with everything that its files say.
pub struct Project {
    /// The folder that holds `scenarios`, `fixtures`, `bench-rigs` and `reports`.
    pub root: PathBuf,
    /// Its files.
    library: Library,
    /// Where runs write unless set otherwise.
    pub reports: PathBuf,
    /// Files and folders that were asked for.
    paths: Vec<PathBuf>,
}

/// A scenario, and the file as the user would name it.
pub struct Scenario {
    /// Path of its file.
    pub path: PathBuf,
    /// What it says.
    pub resolved: Resolved,
}

/// A scenario that was sound when the command began.
///
/// What it says is kept of the first few only: the others are read again when their turn comes, so that a
/// library of thousands needs no more memory than one of ten.
pub struct Sound {
    /// Path of its file.
    pub path: PathBuf,
    /// Its name.
    pub name: String,
    /// Its seed.
    pub seed: u64,
    /// Name of its system.
    pub system: String,
    /// The files that it rests on, below the project's root.
    pub files: Vec<String>,
    held: Option<Resolved>,
}

/// What a selection names besides scenarios.
#[derive(Default)]
pub struct ProjectParts {
    /// Systems.
    pub systems: Vec<System>,
    /// Names of devices.
    pub devices: Vec<String>,
    /// Rigs.
    pub rigs: Vec<Rig>,
    /// Whether anything is left.
    pub has_scenarios: bool,
}

impl Project {
    /// Finds the project that a selection lies in and reads its library.
    ///
    /// # Errors
    /// If there is no project, or its library cannot be read.
    pub fn open(selection: &ScenarioSelection) -> Result<Self, Failure> {
        let here = env::current_dir()
            .map_err(|source| Failure::Read { path: PathBuf::from("."), source })?;
        let root = match &selection.root {
            Some(root) if is_root(root) => root.clone(),
            Some(root) => return Err(Failure::NoProject { from: root.clone() }),
            None => root_above(
                &here.join(selection.paths.first().map_or(Path::new(""), PathBuf::as_path)),
            )?,
        };
        let mut paths = selection.paths.clone();
        if paths.is_empty() {
            paths.push(from_here(&here, root.join("scenarios")));
        }
        let library = Library::of_names(&root)?;
        let is_scenario = |path: &PathBuf| library.kind_of(path) == Some(FileKind::Scenario);
        // Whoever names scenarios one by one asks about these; anything else about the whole project.
        let library = if paths.iter().all(is_scenario) { library } else { Library::open(&root)? };
        let reports = from_here(&here, root.join("reports"));
        Ok(Self { root, library, reports, paths })
    }

    /// Takes the files of systems, devices and rigs out of the selection.
    ///
    /// # Errors
    /// All mistakes of all these files at once; and a log that a rig plays and that cannot be used.
    pub fn take_parts(&mut self) -> Result<ProjectParts, Failure> {
        let mut parts = ProjectParts::default();
        let mut mistakes = Diagnostics::new();
        let mut rest = Vec::new();
        for path in std::mem::take(&mut self.paths) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            match self.library.kind_of(&path) {
                Some(FileKind::System) => match self.library.system(&stem) {
                    Ok((system, _)) => parts.systems.push(system),
                    Err(found) => mistakes.append(found),
                },
                Some(FileKind::Device) => match self.library.check_device(&stem) {
                    Ok(()) => parts.devices.push(stem),
                    Err(found) => mistakes.append(found),
                },
                Some(FileKind::Rig) => match self.library.rig(&path) {
                    Ok(rig) => parts.rigs.push(rig),
                    Err(found) => mistakes.append(found),
                },
                _ => rest.push(path),
            }
        }
        self.paths = rest;
        mistakes.into_result()?;
        for rig in &mut parts.rigs {
            let skipped = blackstart_bench::check_logs(rig, &self.root).map_err(Failure::Log)?;
            rig.warnings.extend(skipped);
        }
        parts.has_scenarios = !self.paths.is_empty();
        Ok(parts)
    }

    /// Its files.
    pub const fn library(&self) -> &Library {
        &self.library
    }

    /// Paths of the scenarios of the selection, each once, in their order.
    ///
    /// # Errors
    /// If a path is no scenario or a folder holds none.
    pub fn scenario_paths(&self) -> Result<Vec<PathBuf>, Failure> {
        Ok(self.library.scenarios(&self.paths)?)
    }

    /// The scenarios of the selection with amounts of their own set otherwise, and every signal that a check
    /// names looked up in the world it would run in.
    ///
    /// # Errors
    /// As [`Project::scenarios`], all unknown signals of all files, and all amounts that cannot be.
    pub fn sound(&self, settings: &[(String, f64)]) -> Result<Vec<Sound>, Failure> {
        let mut mistakes = [Diagnostics::new(), Diagnostics::new(), Diagnostics::new()];
        let [files, signals, amounts] = &mut mistakes;
        let mut names = BTreeSet::new();
        let mut sound = Vec::new();
        for path in self.library.scenarios(&self.paths)? {
            let resolved = match self.library.scenario(&path) {
                Ok(resolved) => resolved,
                Err(found) => {
                    files.append(found);
                    continue;
                }
            };
            if !names.insert(resolved.name.clone()) {
                continue;
            }
            if let Err(found) = blackstart_bench::check_signals(&resolved) {
                signals.append(found);
            }
            match varied(resolved, settings) {
                Ok(resolved) => sound.push(Sound {
                    path,
                    name: resolved.name.clone(),
                    seed: resolved.seed,
                    system: resolved.system.name.clone(),
                    files: resolved.files.iter().map(|file| file.path.clone()).collect(),
                    held: (sound.len() < SCENARIOS_HELD).then_some(resolved),
                }),
                Err(found) => amounts.append(found),
            }
        }
        mistakes.into_iter().try_for_each(Diagnostics::into_result)?;
        Ok(sound)
    }

    /// What a sound scenario says.
    ///
    /// # Errors
    /// If its files have changed since.
    pub fn open_sound<'s>(
        &self,
        sound: &'s Sound,
        settings: &[(String, f64)],
    ) -> Result<Cow<'s, Resolved>, Failure> {
        Ok(match &sound.held {
            Some(resolved) => Cow::Borrowed(resolved),
            None => Cow::Owned(varied(self.library.scenario(&sound.path)?, settings)?),
        })
    }

    /// The scenarios of the selection, each once, in order of their paths.
    ///
    /// # Errors
    /// If a path is no scenario or a folder holds none; and all mistakes of all files at once.
    pub fn scenarios(&self) -> Result<Vec<Scenario>, Failure> {
        let mut scenarios = Vec::new();
        let mut mistakes = Diagnostics::new();
        let mut names = BTreeSet::new();
        for path in self.library.scenarios(&self.paths)? {
            match self.library.scenario(&path) {
                Ok(resolved) if names.contains(&resolved.name) => {}
                Ok(resolved) => {
                    names.insert(resolved.name.clone());
                    scenarios.push(Scenario { path, resolved });
                }
                Err(found) => mistakes.append(found),
            }
        }
        mistakes.into_result()?;
        Ok(scenarios)
    }

    /// A rig, and that it fits the system of one of these scenarios at least: those that it does not fit
    /// are skipped.
    ///
    /// # Errors
    /// All mistakes in its file and in what it maps to the roles, or the roles that none of the systems has.
    pub fn rig(&self, path: &Path, scenarios: &[Sound]) -> Result<Rig, Failure> {
        let mut rig = self.library.rig(path)?;
        let skipped = blackstart_bench::check_logs(&rig, &self.root).map_err(Failure::Log)?;
        rig.warnings.extend(skipped);
        let one_each = scenarios.iter().map(|scenario| (&scenario.system, scenario));
        let mut fits_one = false;
        let (mut unfit, mut mistakes) = (Diagnostics::new(), Diagnostics::new());
        for scenario in one_each.collect::<BTreeMap<_, _>>().into_values() {
            // Amounts change no role.
            let resolved = self.open_sound(scenario, &[])?;
            match rig.bind(&resolved.system) {
                Ok(_) => fits_one = true,
                Err(found) => {
                    unfit.append(found);
                    continue;
                }
            }
            if let Err(found) = blackstart_bench::check_mappings(&resolved, &rig) {
                mistakes.append(found);
            }
        }
        mistakes.into_result()?;
        if !fits_one {
            unfit.into_result()?;
        }
        Ok(rig)
    }

    /// The facts that scenarios may cover.
    ///
    /// # Errors
    /// If the project numbers none.
    pub fn facts(&self) -> Result<&Facts, Failure> {
        let path = || self.root.join(FACTS_FILE);
        self.library.facts().ok_or_else(|| Failure::NoFacts { path: path() })
    }

    /// Where accepted verdicts are kept.
    pub fn accepted(&self) -> PathBuf {
        self.reports.join("accepted")
    }
}

/// A scenario with amounts set otherwise.
fn varied(resolved: Resolved, settings: &[(String, f64)]) -> Result<Resolved, Diagnostics> {
    if settings.is_empty() {
        return Ok(resolved);
    }
    let amounts: Vec<(&str, f64)> =
        settings.iter().map(|(path, value)| (path.as_str(), *value)).collect();
    resolved.with_amounts(&amounts)
}

/// A path as short as a person in this folder would write it.
fn from_here(here: &Path, path: PathBuf) -> PathBuf {
    path.strip_prefix(here).map(Path::to_owned).unwrap_or(path)
}

fn root_above(path: &Path) -> Result<PathBuf, Failure> {
    let found = path.ancestors().find(|folder| is_root(folder));
    found.map(Path::to_owned).ok_or_else(|| Failure::NoProject { from: path.to_owned() })
}

fn is_root(folder: &Path) -> bool {
    folder.join("scenarios").is_dir() && folder.join("fixtures").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_scenarios_the_first_are_kept_and_the_others_read_again() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let selection = ScenarioSelection {
            paths: vec![root.join("scenarios/small-bms-ng")],
            root: Some(root.clone()),
        };
        let project = Project::open(&selection).unwrap();
        let sound = project.sound(&[]).unwrap();
        assert!(sound.len() > SCENARIOS_HELD + 10, "{}", sound.len());
        let held = sound.iter().filter(|one| one.held.is_some()).count();
        assert_eq!(held, SCENARIOS_HELD);
        // Paths and names: nothing that grows with what a scenario or its system says.
        assert!(size_of::<Sound>() - size_of::<Option<Resolved>>() < 120);
        for one in &sound {
            assert_eq!(project.open_sound(one, &[]).unwrap().name, one.name);
        }
        let last = sound.last().unwrap();
        let settings = [("battery-1.soc_pct".to_owned(), 44.0)];
        let again = project.open_sound(last, &settings).unwrap();
        assert_eq!(again.provenance.parameters["battery-1.soc_pct"].value, 44.0);
    }
}
