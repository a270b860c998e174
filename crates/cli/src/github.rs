//! `--github`: annotations of scenario files in the log of a job, and a table in its summary.

use std::env;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use crate::console::Console;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::result::Ended;

/// The file that a job's summary is appended to.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";
/// GitHub shows ten annotations of a step; the rest would be lost without a word.
const ANNOTATIONS: usize = 10;
/// Rows of the table: a summary may have a mebibyte.
const ROWS: usize = 200;

/// The annotations and the summary of all builds.
#[derive(Default)]
pub struct Github {
    annotations: Vec<String>,
    summary: String,
}

impl Github {
    /// Adds a build of which so many scenarios were asked for.
    pub fn add(&mut self, build: &str, ended: &[Ended<'_>], asked: usize) {
        let failed: Vec<&Ended<'_>> =
            ended.iter().filter(|one| one.exit() != Exit::Passed).collect();
        for one in &failed {
            let level = if one.exit() == Exit::Inconclusive { "warning" } else { "error" };
            let file = property(&one.scenario.path.display().to_string());
            let title = property(&format!("{} ({build})", one.name()));
            let message = data(&one.reasons().join("\n"));
            self.annotations.push(format!("::{level} file={file},title={title}::{message}"));
        }
        let (well, left) = (ended.len() - failed.len(), asked - ended.len());
        let rest = if left > 0 { format!(", {left} not finished") } else { String::new() };
        let _ = writeln!(
            self.summary,
            "### Blackstart, {build}: {well} of {asked} as expected{rest}\n"
        );
        if failed.is_empty() {
            return;
        }
        self.summary.push_str("| scenario | what came of it | why |\n|---|---|---|\n");
        for one in failed.iter().take(ROWS) {
            let why =
                one.reasons().iter().map(|reason| cell(reason)).collect::<Vec<_>>().join("<br>");
            let (name, word) = (cell(one.name()), one.finished.word());
            let _ = writeln!(self.summary, "| {name} | {word} | {why} |");
        }
        if failed.len() > ROWS {
            let _ = writeln!(self.summary, "| and {} more | | |", failed.len() - ROWS);
        }
        self.summary.push('\n');
    }

    /// Prints the annotations, and appends to the summary where there is one.
    ///
    /// # Errors
    /// If the summary cannot be written.
    pub fn write(&self, console: &Console) -> Result<(), Failure> {
        self.annotations.iter().take(ANNOTATIONS).for_each(|line| console.say(line));
        if self.annotations.len() > ANNOTATIONS {
            let rest = self.annotations.len() - ANNOTATIONS;
            console.say(&format!("::notice::{rest} more are in the summary of the job"));
        }
        let Some(path) = env::var_os(SUMMARY).map(PathBuf::from) else { return Ok(()) };
        let file = OpenOptions::new().append(true).create(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(self.summary.as_bytes()));
        written.map_err(|source| Failure::Write { path, source })
    }
}

/// A text as the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A text in a cell of a table.
fn cell(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_neither_a_command_nor_a_cell() {
        assert_eq!(property("a: b, 5 %\nc"), "a%3A b%2C 5 %25%0Ac");
        assert_eq!(data("a: b, 5 %\nc"), "a: b, 5 %25%0Ac");
        assert_eq!(cell("a | b\n<c>"), "a \\| b &lt;c>");
    }
}
