//! Device files that are no part of a declared kind: what is drawn of parts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::assembly_file::PartEntry;
use crate::resolved::Conflict;
use crate::role_entry::RoleEntry;

/// One device file, `fixtures/devices/*.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeviceFile {
    /// Parts on paths between nodes.
    Assembly {
        /// Path of the JSON Schema, for editors.
        #[serde(rename = "$schema", default)]
        json_schema: Option<String>,
        /// Version of this format: 1.
        schema: u32,
        /// `device`.
        kind: DeviceKind,
        /// One line for people.
        title: String,
        /// What can be connected from outside: the name of each terminal, and the node inside. Of two
        /// terminals a path from outside enters at the one that comes first in the alphabet.
        terminals: BTreeMap<String, String>,
        /// What is in series: parts and the nodes between them, from one end to the other. What is no
        /// part is a node; a node between two parts needs no name. `fuse.to` is the node at that end.
        paths: Vec<Vec<String>>,
        /// What it is made of: each a device file by name (`device`), laid under what else is said here,
        /// or a device of its own (`type`).
        parts: BTreeMap<String, PartEntry>,
        /// The controllers that belong to it, and which pins of its parts each has. `null` takes away a
        /// role of a part (`pack-1.bms`).
        #[serde(default)]
        roles: BTreeMap<String, Option<RoleEntry>>,
        /// What is called otherwise outside: a signal or a parameter under its name there, and the path
        /// to it inside.
        #[serde(default)]
        shows: BTreeMap<String, String>,
        /// Numbers of its parts, in one unit, that must stand in order: `ocd.threshold_a <= scd.threshold_a`,
        /// with `<` where they may not be equal.
        #[serde(default)]
        levels: Vec<String>,
        /// Where its documents contradict themselves.
        #[serde(default)]
        conflicts: Vec<Conflict>,
    },
}

/// The `kind` of a device file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// The only one.
    Device,
}

impl DeviceFile {
    /// Where the device's documents contradict themselves.
    pub fn conflicts(&self) -> &[Conflict] {
        let Self::Assembly { conflicts, .. } = self;
        conflicts
    }

    /// Its ends in the DC network, in the order in which a path passes them; those of what has no part in
    /// it are none.
    pub fn ends(&self) -> Vec<&str> {
        let Self::Assembly { terminals, .. } = self;
        terminals.keys().map(String::as_str).collect()
    }
}
