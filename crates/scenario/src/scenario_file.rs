//! A scenario: what happens to one system, and what must then be true.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::check_entry::CheckEntry;
use crate::event_entry::EventEntry;

/// One scenario file, `scenarios/**/<situation>-<expectation>.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Path of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub json_schema: Option<String>,
    /// Version of this format: 1.
    pub schema: u32,
    /// `scenario`.
    pub kind: ScenarioKind,
    /// One line for lists and plots.
    pub title: String,
    /// The numbered facts of the manuals that this scenario checks (`SESSY-22`).
    pub covers: Vec<String>,
    /// Name of the system file, without folder and ending.
    pub system: String,
    /// How long the scenario lasts. 0 to ten years.
    #[schemars(range(min = 0, max = 315_576_000))]
    pub duration_s: f64,
    /// Seed of every random stream, unless the command line gives one.
    #[serde(default)]
    pub seed: u64,
    /// Parameters of the system that differ here: `"inverter-1.input_capacitance_mf": 5.0`.
    #[serde(default)]
    pub overrides: BTreeMap<String, f64>,
    /// State at the start that differs from the devices' own: `"sessy-1.soc_pct": 100`.
    #[serde(default)]
    pub initial: BTreeMap<String, f64>,
    /// What happens; need not be in order of time.
    #[serde(default)]
    pub events: Vec<EventEntry>,
    /// What must be true of any subject.
    pub checks: Vec<CheckEntry>,
    /// Checks that no event, number or controller can change, by their ids, and stimuli that no check can
    /// notice (`event 2`, `overrides box-1.l1_priority`): why that is so. Mutation testing says when it is not.
    #[serde(default)]
    pub unchangeable: BTreeMap<String, String>,
    /// What is known to be missed, and by whom.
    #[serde(default)]
    pub built_in: Option<BaselineMisses>,
    /// The defect of the built-in controllers without which this scenario cannot pass. A rig with a device
    /// under test skips it.
    #[serde(default)]
    pub shows_defect: Option<String>,
}

/// The `kind` of a scenario file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScenarioKind {
    /// The only one.
    Scenario,
}

/// What the built-in baseline is known to miss. It counts for a device under test as well where the system
/// misses it, or a role that the device does not play.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineMisses {
    /// `fail`: the only known miss that is worth writing down.
    pub outcome: KnownOutcome,
    /// Ids of the checks that fail.
    pub checks: Vec<String>,
    /// `system` where no controller could help, else the role whose controller does it (`bms`).
    pub missed_by: String,
    /// What must come true for it: a miss for another reason, or for none, is not the known one.
    #[schemars(length(min = 1))]
    pub reason: Vec<CheckEntry>,
}

/// Who misses what is known to be missed, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissedBy {
    /// The system as it is built: no controller could help.
    System,
    /// The controller of this role, by its full path.
    Role(String),
}

/// What is known to be missed, resolved.
#[derive(Clone, Debug)]
pub struct KnownMiss {
    /// Ids of the checks that fail.
    pub checks: Vec<String>,
    /// By whom.
    pub missed_by: MissedBy,
    /// What must come true for it.
    pub reason: Vec<CheckEntry>,
}

/// The known outcome of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnownOutcome {
    /// Some checks fail.
    Fail,
}
