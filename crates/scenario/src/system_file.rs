//! System files: which devices there are, and how they are connected.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// One system file, `fixtures/systems/*.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemFile {
    /// Path of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub json_schema: Option<String>,
    /// Version of this format: 1.
    pub schema: u32,
    /// `system`.
    pub kind: SystemKind,
    /// One line for people.
    pub title: String,
    /// Names of the DC nodes. `ground`, the common minus, is always there.
    pub nodes: Vec<String>,
    /// Every device, by the name that scenarios use.
    pub instances: BTreeMap<String, InstanceEntry>,
    /// Where each DC device lies: the node of each of its ends, `from` and `to`, or of each terminal of an
    /// assembly. A battery goes from ground to its port, an inverter from its node to ground; positive
    /// current flows from `from` to `to`.
    pub branches: BTreeMap<String, BTreeMap<String, String>>,
    /// What is fed from which AC source: loads, batteries that charge from it, and the inputs of transfer
    /// switches and backup boxes (`ats-1.grid`, `ats-1.inverter`), on a grid, an inverter, or the output
    /// of a transfer switch or backup box. Of a source with three phases one can be named (`box-1.l2`);
    /// what is fed from it without one takes a third from each.
    #[serde(default)]
    pub feeds: BTreeMap<String, Vec<String>>,
    /// Remote control wires: by the instance of the cable, from which output of a BMS (`bms-1.load`,
    /// `bms-1.charge`, `bms-1.pre-alarm`) to which device with a remote input. Where several end at
    /// one device it is on while all of them switch it on.
    #[serde(default)]
    pub wires: BTreeMap<String, WireEntry>,
    /// Which batteries each BMS hears, in the order of their cables.
    #[serde(default)]
    pub bms_cables: BTreeMap<String, Vec<String>>,
    /// What is called otherwise in scenarios and verdicts: the full name of a signal or parameter, and
    /// what it is called.
    #[serde(default)]
    pub shows: BTreeMap<String, String>,
}

/// The `kind` of a system file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SystemKind {
    /// The only one.
    System,
}

/// One device of the system.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InstanceEntry {
    /// Name of the device file, without folder and ending.
    pub device: String,
    /// Parameters that differ here, by key with unit.
    #[serde(default)]
    pub overrides: BTreeMap<String, f64>,
}

/// What a remote control wire connects.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WireEntry {
    /// An output of a BMS (`bms-1.load`).
    pub from: String,
    /// A device with a remote input.
    pub to: String,
}
