//! `run --watch`: runs once, then again what rests on a file that has changed, until an interrupt.
//!
//! Files are looked at a few times a second: what a scenario was read from, the rigs, and the programs that
//! they start. It asks for no service of the system, so that it works on any disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use blackstart_scenario::Transport;

use crate::arguments::{Campaign, Format};
use crate::campaign::{Purpose, Round, run_round};
use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::project::Project;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(300);

/// Runs, and stays.
///
/// # Errors
/// If nothing can be run in the first round; in a later one that is reported, and the watching goes on.
pub fn watch(
    campaign: &Campaign,
    purpose: &Purpose,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let interrupt = Interrupt::listen()?;
    // What changes while a round goes on is seen after it.
    let mut watched = Watched::of(campaign)?;
    let mut round = run_round(campaign, purpose, &interrupt, None, console)?;
    let mut worst = round.exit;
    while !interrupt.is_asked() {
        if campaign.format == Format::Human {
            console.say("watching; Ctrl-C ends");
        }
        let Some(changed) = watched.wait(&interrupt) else { break };
        let wanted = watched.concerned(&round, &changed);
        watched = Watched::of(campaign)?;
        match run_round(campaign, purpose, &interrupt, wanted.as_ref(), console) {
            Ok(next) => {
                worst = next.exit;
                for (name, (files, is_well)) in next.rests_on {
                    let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&name));
                    let before = round.rests_on.get(&name).is_none_or(|(_, is_well)| *is_well);
                    round.rests_on.insert(name, (files, if is_wanted { is_well } else { before }));
                }
            }
            // A file that is half written, or wrong: whoever writes it will see, and go on.
            Err(failure) => {
                console.explain(&failure);
                worst = failure.exit();
            }
        }
    }
    Ok(worst.or_worse(Exit::Interrupted))
}

/// Files with the instants of their last change.
struct Watched {
    /// What everything rests on.
    rigs: BTreeSet<PathBuf>,
    seen: BTreeMap<PathBuf, Option<SystemTime>>,
    /// The folders of the project whose files may become more.
    folders: Vec<PathBuf>,
}

impl Watched {
    fn of(campaign: &Campaign) -> Result<Self, Failure> {
        let project = Project::open(&campaign.selection)?;
        let mut rigs: BTreeSet<PathBuf> = campaign.rigs.iter().cloned().collect();
        for path in &campaign.rigs {
            // What is wrong with a rig the next round says.
            let Ok(rig) = project.library().rig(path) else { continue };
            let commands = rig.bindings.values().filter_map(|binding| match &binding.transport {
                Transport::Process { command } => Some(command),
                _ => None,
            });
            rigs.extend(commands.flatten().map(|word| project.root.join(word)));
        }
        let folders = ["scenarios", "fixtures"].map(|part| project.root.join(part)).to_vec();
        let mut seen: BTreeMap<_, _> =
            rigs.iter().map(|path| (path.clone(), changed_at(path))).collect();
        for folder in &folders {
            collect(folder, &mut seen);
        }
        Ok(Self { rigs, seen, folders })
    }

    /// The files that have changed, once some have; nothing after an interrupt.
    fn wait(&self, interrupt: &Interrupt) -> Option<BTreeSet<PathBuf>> {
        while !interrupt.is_asked() {
            thread::sleep(LOOK);
            let mut now: BTreeMap<PathBuf, Option<SystemTime>> =
                self.seen.keys().map(|path| (path.clone(), changed_at(path))).collect();
            for folder in &self.folders {
                collect(folder, &mut now);
            }
            let changed = now.iter().filter(|(path, at)| self.seen.get(*path) != Some(*at));
            let changed: BTreeSet<PathBuf> = changed.map(|(path, _)| path.clone()).collect();
            if !changed.is_empty() {
                // Whoever saves one file saves another.
                thread::sleep(LOOK);
                return Some(changed);
            }
        }
        None
    }

    /// The scenarios that rest on what has changed, with those that did not come out as they should; all of
    /// them, if a rig has changed or a file that none was read from yet.
    fn concerned(&self, round: &Round, changed: &BTreeSet<PathBuf>) -> Option<BTreeSet<String>> {
        let is_read =
            |path: &PathBuf| round.rests_on.values().any(|(files, _)| files.contains(path));
        if changed.iter().any(|path| self.rigs.contains(path) || !is_read(path)) {
            return None;
        }
        let is_concerned = |(files, is_well): &(BTreeSet<PathBuf>, bool)| {
            !is_well || files.iter().any(|path| changed.contains(path))
        };
        let concerned = round.rests_on.iter().filter(|(_, one)| is_concerned(one));
        Some(concerned.map(|(name, _)| name.clone()).collect())
    }
}

fn changed_at(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// Every JSON file below a folder.
fn collect(folder: &Path, into: &mut BTreeMap<PathBuf, Option<SystemTime>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            into.insert(path.clone(), changed_at(&path));
        }
    }
}
