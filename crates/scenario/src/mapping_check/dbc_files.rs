//! The DBC files of a binding, and which of their mistakes matter to it.

use std::path::Path;

use blackstart_wire::dbc::{self, Database, Message, Mistake};

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::mapping::MappingFile;

/// Mistakes of a file that are shown as errors, and as many as warnings.
const SHOWN_MISTAKES: usize = 20;

/// The files of a binding, all that could be read.
pub(super) struct DbcFiles {
    files: Vec<DbcFile>,
}

struct DbcFile {
    file: MappingFile,
    database: Database,
    mistakes: Vec<Mistake>,
}

impl DbcFiles {
    /// Reads every file; `place` is where the rig names the one at an index.
    pub fn read(
        root: &Path,
        paths: &[String],
        place: impl Fn(usize) -> Place,
        problems: &mut Diagnostics,
    ) -> Self {
        let mut files = Vec::new();
        for (index, path) in paths.iter().enumerate() {
            if paths[..index].contains(path) {
                let text = format!("the DBC file {path} is named twice");
                problems.push(Problem::at(place(index), Code::DuplicateId, text));
                continue;
            }
            match blackstart_limits::read(&root.join(path), dbc::MAX_FILE_BYTES as u64) {
                Ok(bytes) => {
                    let parsed = dbc::parse(&bytes);
                    let file = MappingFile { path: path.clone(), bytes: bytes.into() };
                    let (database, mistakes) = (parsed.database, parsed.mistakes);
                    files.push(DbcFile { file, database, mistakes });
                }
                Err(error) => {
                    let text = format!("the DBC file {path} cannot be read: {error}");
                    problems.push(Problem::at(place(index), Code::BadDbc, text));
                }
            }
        }
        Self { files }
    }

    /// The message with this name. What makes it another one than its author meant is a problem.
    pub fn message(
        &self,
        name: &str,
        place: &Place,
        problems: &mut Diagnostics,
    ) -> Option<&Message> {
        let found_before = problems.len();
        for file in &self.files {
            let spoilt = file.mistakes.iter().filter(|mistake| mistake.spoils(name));
            for mistake in spoilt.take(SHOWN_MISTAKES) {
                let text = format!("{}, {mistake}", file.file.path);
                problems.push(Problem::at(place.clone(), Code::BadDbc, text));
            }
        }
        let mut found = self.files.iter().filter_map(|file| {
            file.database.message_named(name).map(|message| (&file.file.path, message))
        });
        let Some((path, message)) = found.next() else {
            if problems.len() == found_before {
                let text = format!("no DBC file has a message `{name}`");
                let problem = Problem::at(place.clone(), Code::UnknownMessage, text);
                let all = self.files.iter().flat_map(|file| file.database.messages());
                problems.push(problem.suggest(name, all.map(|message| message.name.as_str())));
            }
            return None;
        };
        let others = self.files.iter().filter(|file| file.file.path != *path);
        let doubled = others.filter_map(|file| {
            let same_id = file.database.message(message.id);
            let same = same_id.or_else(|| file.database.message_named(name))?;
            Some(format!("{path} and {} both have `{}`", file.file.path, same.name))
        });
        for text in doubled {
            let problem = Problem::at(place.clone(), Code::BadDbc, text);
            problems.push(problem.label("which of them is it?"));
        }
        (problems.len() == found_before).then_some(message)
    }

    /// Everything that is amiss with the files and keeps nobody from using these messages, a line each.
    pub fn warnings(&self, used: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        for file in &self.files {
            let is_left = |mistake: &&Mistake| !used.iter().any(|name| mistake.spoils(name));
            let all: Vec<&Mistake> = file.mistakes.iter().filter(is_left).collect();
            let shown = all.iter().take(SHOWN_MISTAKES);
            lines.extend(shown.map(|mistake| format!("{}, {mistake}", file.file.path)));
            if let Some(more @ 1..) = all.len().checked_sub(SHOWN_MISTAKES) {
                let path = &file.file.path;
                lines.push(format!("{path}: {more} more, which `blackstart check {path}` shows"));
            }
        }
        lines
    }

    /// The files, as they were read.
    pub fn into_files(self) -> Vec<MappingFile> {
        self.files.into_iter().map(|file| file.file).collect()
    }
}
