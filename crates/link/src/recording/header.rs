//! What a recording says of the run that it was made in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is needed to run the scenario again, and to say what has changed since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Version of the tool that recorded.
    pub tool_version: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its file, relative to the project's root.
    pub scenario_file: String,
    /// Seed of every random stream.
    pub seed: u64,
    /// Name of the rig.
    pub rig: String,
    /// Recorded on the realtime clock: what the devices said depended on when they were sent what, so nobody
    /// can run it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub realtime: bool,
    /// The lines; entries name them by their place in this list.
    pub lines: Vec<RecordedLine>,
    /// Scenario, system and device files as they were.
    pub files: Vec<RecordedFile>,
}

/// A line that was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedLine {
    /// The role that the device played.
    pub role: String,
    /// What the device was, for people.
    pub device: String,
    /// How long it was waited for, on the wall clock.
    pub answer_timeout_ns: u64,
}

impl RecordedLine {
    /// How long the device was waited for, on the wall clock.
    pub fn answer_timeout(&self) -> Duration {
        Duration::from_nanos(self.answer_timeout_ns)
    }
}

/// A file and the BLAKE3 digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedFile {
    /// Path relative to the project's root.
    pub path: String,
    /// 64 hexadecimal digits.
    pub blake3: String,
}
