//! How a rig file maps the frames of a CAN bus to what a role sees, orders and says.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What a device speaks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ProtocolEntry {
    /// Frames of its own on a CAN bus, which DBC files describe.
    Dbc {
        /// The DBC files, sought below the project's root.
        #[schemars(length(min = 1))]
        files: Vec<String>,
        /// The messages that are used; others of the files are of no account.
        messages: Vec<MessageEntry>,
        /// Readings of the role that this device has no use for, by name or as `cell-*`: any other that no
        /// message carries is a mistake.
        #[serde(default)]
        unfed: Vec<String>,
        /// Commands of the role that this device never gives: any other that no message carries is a
        /// mistake.
        #[serde(default)]
        ungiven: Vec<String>,
    },
}

/// Who sends a message.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SenderEntry {
    /// The bench.
    Bench,
    /// The device under test.
    Device,
}

/// When the bench sends a message.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SendEntry {
    /// Every cycle.
    Cyclic,
    /// When it says something else than before; looked at every cycle.
    OnChange,
}

/// One message of the DBC files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageEntry {
    /// Its name in the DBC file: the long one, where it has one.
    pub message: String,
    /// Who sends it.
    pub from: SenderEntry,
    /// Of a message of the bench: its cycle; the DBC file's `GenMsgCycleTime` when absent.
    #[serde(default)]
    pub cycle_ms: Option<f64>,
    /// Of a message of the bench: when it is first sent; 0 when absent.
    #[serde(default)]
    pub phase_ms: Option<f64>,
    /// Of a message of the bench: `cyclic` when absent.
    #[serde(default)]
    pub send: Option<SendEntry>,
    /// Of a message of the bench: it is sent in answer to this message of the device, and only then.
    #[serde(default)]
    pub answer_to: Option<String>,
    /// Of a message of the device: how long it may stay away; three times the DBC file's cycle when
    /// absent, and without end where that has none.
    #[serde(default)]
    pub timeout_ms: Option<f64>,
    /// The signal that counts the messages.
    #[serde(default)]
    pub counter: Option<CounterEntry>,
    /// The signal that is a checksum.
    #[serde(default)]
    pub checksum: Option<ChecksumEntry>,
    /// What its signals mean. Of a message of the bench, a signal that is not listed keeps the DBC
    /// file's start value, or zero.
    pub signals: BTreeMap<String, SignalEntry>,
}

/// An alive counter: it goes up by one with each message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterEntry {
    /// The signal.
    pub signal: String,
    /// It counts from 0 to one below this; when absent, 15 where the checksum is one of AUTOSAR's
    /// profile 1, and otherwise as far as its bits reach.
    #[serde(default)]
    pub modulo: Option<u32>,
}

/// A checksum of one byte.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecksumEntry {
    /// The signal: eight bits that are one byte.
    pub signal: String,
    /// `none`, `sum8`, `xor8`, `crc8-sae-j1850`, `e2e-p01`, `e2e-p01-alt`, `e2e-p01-low`,
    /// `e2e-p01-nibble`.
    pub kind: String,
    /// Data id of AUTOSAR's profile 1; 0 when absent.
    #[serde(default)]
    pub data_id: Option<u16>,
}

/// What a signal means: one of `reading`, `plant` and `value` in a message of the bench, one of `command`
/// and `claim` in a message of the device.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignalEntry {
    /// A reading of the role (`cell-01_voltage_v`).
    #[serde(default)]
    #[schemars(schema_with = "crate::pin_names::reading")]
    pub reading: Option<String>,
    /// The truth (`sessy-1.main_switch`): feedback from contacts, an interlock.
    #[serde(default)]
    pub plant: Option<String>,
    /// Always this, in the DBC file's unit.
    #[serde(default)]
    pub value: Option<f64>,
    /// A command of the role (`main_switch`).
    #[serde(default)]
    #[schemars(schema_with = "crate::pin_names::command")]
    pub command: Option<String>,
    /// What the device says of itself (`soc_pct`).
    #[serde(default)]
    #[schemars(schema_with = "crate::pin_names::claim")]
    pub claim: Option<String>,
    /// Of a current or a charge, and needed there: whether the device counts the other way round than
    /// Blackstart, which counts discharge positive.
    #[serde(default)]
    pub negate: Option<bool>,
    /// The signal's unit, in the place of the DBC file's.
    #[serde(default)]
    pub unit: Option<String>,
    /// A signal that is 1 while this one is valid, and 0 while it is not.
    #[serde(default)]
    pub valid: Option<String>,
    /// The state that each name of the DBC file's value table means (`"CLOSE_CMD": "closed"`); names
    /// that only differ in case and separators need not be listed.
    #[serde(default)]
    pub states: BTreeMap<String, String>,
}
