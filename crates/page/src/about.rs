//! What a scenario's file says that its verdict does not, and a page shows: written beside the verdict, so
//! that a page can be made again from the files of a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Title, system, facts and limits of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunAbout {
    /// Version of the format.
    pub schema: u32,
    /// `about`.
    pub kind: String,
    /// One line for people.
    pub title: String,
    /// Name of the system.
    pub system: String,
    /// Numbers of the facts that it checks.
    pub covers: Vec<String>,
    /// Who plays each role, in words.
    pub roles: BTreeMap<String, String>,
    /// Limits of continuous signals, drawn where they act.
    pub limits: Vec<DrawnLimit>,
}

/// What a check requires of a continuous signal, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DrawnLimit {
    /// Name of the check.
    pub check: String,
    /// Full name of the signal, whose unit the limits have.
    pub signal: String,
    /// Lower limit.
    pub at_least: Option<f64>,
    /// Upper limit.
    pub at_most: Option<f64>,
    /// Start of the window in seconds; the run's when absent.
    pub from_s: Option<f64>,
    /// End of the window; the run's when absent.
    pub to_s: Option<f64>,
}

impl RunAbout {
    /// The text of `about.json`.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}
