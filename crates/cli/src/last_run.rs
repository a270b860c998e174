//! What came of scenarios in the last run of an output folder, as its `index.json` says.

use std::collections::BTreeMap;
use std::path::Path;

use blackstart_limits::{FILE_BYTES, read_text};
use serde_json::Value;

use crate::campaign::INDEX_FILE;

/// A word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LastWord {
    /// As it should be: a pass, or what is known to be missed.
    Passed,
    /// Not as it should be: a fail, nothing decided, no verdict, another verdict than the accepted one.
    Failed,
    /// Missed as its file says.
    KnownMiss,
    /// The rig could not run it.
    Skipped,
    /// It was asked for, and the command ended before it.
    Unfinished,
    /// The last run did not ask for it.
    New,
}

impl LastWord {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::Failed, Self::KnownMiss, Self::Skipped, Self::Unfinished, Self::New];

    /// As in a filter.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::KnownMiss => "known-miss",
            Self::Skipped => "skipped",
            Self::Unfinished => "unfinished",
            Self::New => "new",
        }
    }
}

/// The last run of one or several output folders.
#[derive(Clone, Debug, Default)]
pub struct LastRun(BTreeMap<String, Vec<LastWord>>);

impl LastRun {
    /// Adds what an output folder says; nothing of one that has no index, or one that cannot be read.
    pub fn add(&mut self, folder: &Path) {
        let text = read_text(&folder.join(INDEX_FILE), FILE_BYTES).unwrap_or_default();
        let index: Value = serde_json::from_str(&text).unwrap_or_default();
        let list = |key: &str| index[key].as_array().cloned().unwrap_or_default();
        for run in list("runs") {
            let is_known =
                ["failed-as-known", "missed-anyway"].iter().any(|w| run["standing"] == **w);
            let words = match run["as_expected"].as_bool() {
                Some(true) if is_known => vec![LastWord::Passed, LastWord::KnownMiss],
                Some(true) => vec![LastWord::Passed],
                _ => vec![LastWord::Failed],
            };
            self.put(run["scenario"].as_str(), &words);
        }
        for (key, word) in [("missing", LastWord::Failed), ("skipped", LastWord::Skipped)] {
            for one in list(key) {
                self.put(one["scenario"].as_str(), &[word]);
            }
        }
        for name in list("unfinished") {
            self.put(name.as_str(), &[LastWord::Unfinished]);
        }
    }

    fn put(&mut self, scenario: Option<&str>, words: &[LastWord]) {
        if let Some(scenario) = scenario {
            self.0.entry(scenario.to_owned()).or_default().extend(words);
        }
    }

    /// The words for a scenario, one from each folder at least.
    pub fn words(&self, scenario: &str) -> &[LastWord] {
        self.0.get(scenario).map_or(&[LastWord::New], Vec::as_slice)
    }
}
