//! Outcomes of scenarios (rows) on builds (columns).

use std::collections::BTreeMap;

use crate::result::Ended;

/// The table of a campaign with several builds.
#[derive(Default)]
pub struct OutcomeTable {
    builds: Vec<String>,
    rows: BTreeMap<String, Vec<String>>,
}

impl OutcomeTable {
    /// Adds a build.
    pub fn add(&mut self, build: String, ended: &[Ended<'_>]) {
        let before = self.builds.len();
        self.builds.push(build);
        for one in ended {
            let row = self.rows.entry(one.name().to_owned()).or_default();
            row.resize(before, "-".to_owned());
            row.push(one.finished.word().to_owned());
        }
        for row in self.rows.values_mut() {
            row.resize(before + 1, "-".to_owned());
        }
    }

    /// Its lines, with a heading.
    pub fn lines(&self) -> Vec<String> {
        let first = self.rows.keys().map(String::len).max().unwrap_or(0);
        let width = |k: usize| {
            let cells = self.rows.values().map(|row| row[k].len());
            cells.chain([self.builds[k].len()]).max().unwrap_or(0)
        };
        let line = |name: &str, cells: &[String]| {
            let cells = cells.iter().enumerate().map(|(k, cell)| format!("  {cell:<0$}", width(k)));
            format!("{name:<first$}{}", cells.collect::<String>()).trim_end().to_owned()
        };
        let heading = line("", &self.builds);
        let rows = self.rows.iter().map(|(name, cells)| line(name, cells));
        std::iter::once(heading).chain(rows).collect()
    }
}
