//! From files to a system and a scenario: follow names, apply what the scenario sets, convert units,
//! check ranges. Everything that is wrong is collected.

mod backup_box;
mod banks;
mod can_faults;
mod checks;
mod dc_models;
mod devices;
mod events;
mod feeds;
mod models;
mod parameters;
mod profile;
mod scenario;
mod system;
mod wires;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Problem, SourceFile};
use crate::library::Library;
use crate::syntax::Document;

pub use parameters::Settings;
pub use scenario::{MAX_DURATION_S, Resolved};
pub use system::Wanted;

/// One resolution under way: where files come from, what has been read, what is wrong.
pub struct Resolver<'a> {
    pub library: &'a Library,
    pub problems: Diagnostics,
    pub files: Vec<Arc<SourceFile>>,
    /// Files whose problems have been noted: a device that two instances share is read twice.
    reported: BTreeSet<String>,
}

impl<'a> Resolver<'a> {
    pub fn new(library: &'a Library) -> Self {
        Self { library, problems: Diagnostics::new(), files: Vec::new(), reported: BTreeSet::new() }
    }

    pub fn complain(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Notes what is wrong inside a file, once for each file.
    pub fn complain_of_file(&mut self, file: &str, found: Diagnostics) {
        if !found.is_empty() && self.reported.insert(file.to_owned()) {
            self.problems.append(found);
        }
    }

    /// A document that was read, and is part of what the run rests on.
    pub fn keep(&mut self, document: &Document) {
        if !self.files.iter().any(|file| file.path == document.file.path) {
            self.files.push(Arc::clone(&document.file));
        }
    }
}
