//! The basis half of a verdict: what it was judged from, and where. Nothing in it is compared.

use std::env::consts;

use blackstart_scenario::{Provenance, Source};
use serde::{Deserialize, Serialize};

use crate::{Rounded, Timing};

/// What a verdict rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Version of the tool.
    pub tool_version: String,
    /// Where it ran.
    pub host: HostMachine,
    /// Seed of every random stream.
    pub seed: u64,
    /// The files that were read.
    pub files: Vec<FileDigest>,
    /// The firmware that ran; empty when every role was built in.
    pub firmware: Vec<FirmwareDigest>,
    /// Parameters that nobody knows.
    pub guesses: Vec<Guess>,
    /// What became of every guess and tolerance in the corners of trips and approaches, by battery.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corners: Vec<CornerLists>,
    /// How the conversation with each device under test went.
    pub links: Vec<LinkStatistics>,
    /// How the run kept time, on the realtime clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

/// A machine, as far as it could matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostMachine {
    /// Operating system (`linux`).
    pub os: String,
    /// Processor architecture (`x86_64`).
    pub arch: String,
}

impl HostMachine {
    /// The machine that this program was built for.
    pub fn current() -> Self {
        Self { os: consts::OS.to_owned(), arch: consts::ARCH.to_owned() }
    }
}

/// A file and the BLAKE3 digest of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Path relative to the project root.
    pub path: String,
    /// 64 hexadecimal digits.
    pub blake3: String,
}

impl FileDigest {
    /// The digest of `bytes`, which were read from `path`.
    pub fn of(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self { path: path.into(), blake3: blake3::hash(bytes).to_hex().to_string() }
    }
}

/// The firmware that played a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmwareDigest {
    /// The role.
    pub role: String,
    /// Path and digest of the program.
    pub program: FileDigest,
}

/// A parameter that is a guess.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guess {
    /// `<instance>.<key>`, unit last.
    pub path: String,
    /// The value used, in the unit of the key.
    pub value: Rounded,
    /// Lowest and highest plausible value.
    pub range: [Rounded; 2],
    /// Why this value.
    pub why: String,
}

impl Guess {
    /// The guesses among the parameters of a system, in order of their paths.
    pub fn all(provenance: &Provenance) -> Vec<Self> {
        let guess = |(path, parameter): (&String, &blackstart_scenario::Parameter)| match &parameter
            .source
        {
            Source::Guess { range, why } => Some(Self {
                path: path.clone(),
                value: parameter.value.into(),
                range: [range.0.into(), range.1.into()],
                why: why.clone(),
            }),
            _ => None,
        };
        provenance.parameters.iter().filter_map(guess).collect()
    }
}

/// Guesses and tolerances by what became of them, as seen from one battery; each path is in one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CornerLists {
    /// Instance of the battery.
    pub subject: String,
    /// Run again from a moment of the run, at both ends.
    pub tried: Vec<String>,
    /// Need a whole run: controllers, sensors, the AC side, the state at the start, and what would draw
    /// another network.
    pub whole_run: Vec<String>,
    /// On another island, with nothing that couples the two.
    pub no_effect: Vec<String>,
    /// Change nothing of the device as it is.
    pub dead: Vec<String>,
}

/// How the conversation with one device under test went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkStatistics {
    /// The role that it played.
    pub role: String,
    /// Barriers that it answered; none on its own clock.
    pub round_trips: u64,
    /// Bytes to the device.
    pub bytes_sent: u64,
    /// Bytes from the device.
    pub bytes_received: u64,
    /// Frames to the device, of one with CAN frames of its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frames_sent: u64,
    /// Frames on its bus that the bench has received, of any identifier.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frames_received: u64,
    /// Frames that did not decode.
    pub bad_frames: u64,
    /// Frames that were lost on the way, either way, as far as anybody counts them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub lost_frames: u64,
    /// Frames that are damaged, missing or out of turn where a fault of the scenario had just acted. No
    /// budget counts them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub disturbed_frames: u64,
    /// Longest wait for an answer, wall time.
    pub longest_wait_ms: Rounded,
    /// Over the bench link: which pins of its role the device uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pins: Option<PinUse>,
    /// Readings of the role that no message to the device carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfed: Vec<String>,
    /// Commands of the role that no message of the device gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ungiven: Vec<String>,
    /// The end of what its process wrote to standard error, at most 4096 bytes; printable.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error_output: String,
}

/// Which of the pins that it was offered a device uses; arrays count once and stand as their pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinUse {
    /// Pins of the role that this system has.
    pub offered: u64,
    /// Of these, those that the device has a place for.
    pub used: u64,
    /// Readings that it does not look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_readings: Vec<String>,
    /// Commands that it never gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_commands: Vec<String>,
    /// Claims that it never makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused_claims: Vec<String>,
    /// Claims that it has added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_claims: Vec<String>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}
