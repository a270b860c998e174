//! Roles that an assembly declares: a controller, and the pins of parts that it has.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::protection_name::ProtectionName;

/// One role of an assembly.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleEntry {
    /// Which kind of controller (`battery-management`).
    pub kind: String,
    /// Which built-in controller plays it when no device does.
    pub built_in: String,
    /// What it reads and commands: under the name of each pin the sensors, inputs, drives and settings
    /// that it is. A `*` on both sides is one pin for each element; of several arrays the count goes on.
    /// Of several readings that are no array each is a bit, the first the lowest; a command goes to all.
    pub pins: BTreeMap<String, Vec<String>>,
    /// The part that its built-in controller is set by: `pack-rules` of `pack`, `pairing-rules` of `pairing`.
    pub rules: String,
    /// What it says of itself; where nothing is said here, what the table of roles says of its kind.
    #[serde(default)]
    pub claims: BTreeMap<String, ClaimEntry>,
}

/// One claim.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimEntry {
    /// Names of its states, in the order of their numbers; none for a quantity, whose name ends in its unit.
    #[serde(default)]
    pub states: Vec<String>,
    /// Which protection a state stands for.
    #[serde(default)]
    pub stands_for: BTreeMap<String, ProtectionName>,
}
