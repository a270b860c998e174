//! From files to a system and a scenario: follow names, apply what the scenario sets, convert units,
//! check ranges. Everything that is wrong is collected.

mod banks;
mod can_faults;
mod checks;
mod device_documents;
mod drawing;
mod events;
mod feeds;
mod joints;
mod levels;
mod links;
mod parameters;
mod part_stimuli;
mod parts;
mod pins;
mod profile;
mod reading_faults;
mod recount;
mod scenario;
mod system;
mod variants;
mod wires;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Problem, SourceFile};
use crate::library::Library;
use crate::syntax::Document;

pub use parameters::Settings;
pub use scenario::{MAX_DURATION_S, Resolved};
pub use system::WantedSystem;

/// A log that a scenario plays, as it was read.
#[derive(Clone, Debug)]
pub struct LogFile {
    /// Below the project's root.
    pub path: String,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}

/// One resolution under way: where files come from, what has been read, what is wrong.
pub struct Resolver<'a> {
    pub library: &'a Library,
    pub problems: Diagnostics,
    pub files: Vec<Arc<SourceFile>>,
    pub logs: Vec<LogFile>,
    /// Problems that have been noted.
    reported: BTreeSet<(Option<(String, usize)>, String)>,
}

impl<'a> Resolver<'a> {
    pub fn new(library: &'a Library) -> Self {
        Self {
            library,
            problems: Diagnostics::new(),
            files: Vec::new(),
            logs: Vec::new(),
            reported: BTreeSet::new(),
        }
    }

    /// Notes a problem, once: what is drawn twice is read twice.
    pub fn complain(&mut self, problem: Problem) {
        let at = problem.place.as_ref().map(|place| (place.file.path.clone(), place.span.start));
        if self.reported.insert((at, problem.message.clone())) {
            self.problems.push(problem);
        }
    }

    /// Notes what is wrong inside a file.
    pub fn complain_of_file(&mut self, found: Diagnostics) {
        found.into_problems().for_each(|problem| self.complain(problem));
    }

    /// A document that was read, and is part of what the run rests on.
    pub fn keep(&mut self, document: &Document) {
        if !self.files.iter().any(|file| file.path == document.file.path) {
            self.files.push(Arc::clone(&document.file));
        }
    }
}
