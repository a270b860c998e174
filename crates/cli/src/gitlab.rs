//! `--gitlab FILE`: what is not as expected as a code quality report, which GitLab shows beside the scenario
//! in a merge request. The test cases themselves it reads from JUnit.

use serde_json::{Value, json};

use crate::exit::Exit;
use crate::result::Ended;

/// The entries of all builds.
#[derive(Default)]
pub struct Gitlab(Vec<Value>);

impl Gitlab {
    /// Adds a build.
    pub fn add(&mut self, build: &str, ended: &[Ended<'_>]) {
        for one in ended {
            let exit = one.exit();
            let severity = match exit {
                Exit::Passed => continue,
                Exit::Inconclusive => "minor",
                Exit::Failed => "major",
                _ => "critical",
            };
            let first = one.reasons().into_iter().next().unwrap_or_default();
            self.0.push(json!({
                "description": format!("{} ({build}): {first}", one.name()),
                "check_name": "blackstart",
                // One that fails for another reason tomorrow is the same finding.
                "fingerprint": format!("blackstart:{build}:{}", one.name()),
                "severity": severity,
                "location": {
                    "path": one.scenario.path.display().to_string(),
                    "lines": {"begin": 1},
                },
            }));
        }
    }

    /// The document.
    pub fn text(&self) -> String {
        format!("{:#}\n", json!(self.0))
    }
}
