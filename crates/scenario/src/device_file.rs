//! Device files: one part as one can buy it, every number with its source.
//!
//! A section is declared once, in `sections`, and serves twice: with [`ParameterEntry`] it is the file
//! and its schema, with plain amounts it is what the resolution reads.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::assembly_file::PartEntry;
use crate::parameter_entry::{ParameterEntry, TableEntry};
use crate::resolved::Conflict;
use crate::role_entry::RoleEntry;
use crate::sections::{
    Bms, Cells, ChargeLimitSection, Charging, ContactorSection, FrontEnd, Laws, Plateaus, Port,
    PowerStage, Precharge, SensingSection,
};

/// One device file, `fixtures/devices/*.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DeviceFile {
    /// Cells, power stage, front end and BMS in one box.
    Battery {
        /// Path of the JSON Schema, for editors.
        #[serde(rename = "$schema", default)]
        json_schema: Option<String>,
        /// Version of this format: 1.
        schema: u32,
        /// `device`.
        kind: DeviceKind,
        /// One line for people.
        title: String,
        /// One cell, and how many there are.
        cells: Box<Cells<ParameterEntry>>,
        /// Open-circuit voltage of one cell over its state of charge, both ascending. Below the
        /// lowest point it goes on in a straight line to the damage voltage, which it reaches where
        /// the reserve is used up.
        open_circuit_voltage: TableEntry<OcvPoint>,
        /// Where the step of that curve lies, if it has one.
        #[serde(default)]
        plateaus: Option<Box<Plateaus<ParameterEntry>>>,
        /// How they depend on temperature, charge and the direction of their current.
        laws: Box<Laws<ParameterEntry>>,
        /// From the cells to the port.
        power_stage: Box<PowerStage<ParameterEntry>>,
        /// What the main switch is, if it is not transistors.
        #[serde(default)]
        contactor: Option<Box<ContactorSection<ParameterEntry>>>,
        /// What charges it from the grid.
        charging: Box<Charging<ParameterEntry>>,
        /// Where its BMS lets nothing charge the cells, if it does.
        #[serde(default)]
        charge_limits: Option<Box<ChargeLimitSection<ParameterEntry>>>,
        /// What may be drawn from the port.
        port: Box<Port<ParameterEntry>>,
        /// The resistor beside the main switch.
        precharge: Box<Precharge<ParameterEntry>>,
        /// Hardware protection.
        front_end: Box<FrontEnd<ParameterEntry>>,
        /// What the BMS sees.
        sensing: Box<SensingSection<ParameterEntry>>,
        /// What the BMS is set to.
        bms: Box<Bms<ParameterEntry>>,
        /// Where its documents contradict themselves.
        #[serde(default)]
        conflicts: Vec<Conflict>,
    },
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

/// One point of an open-circuit curve.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OcvPoint {
    /// State of charge; may be below 0 %.
    pub soc_pct: f64,
    /// Voltage of one cell.
    pub voltage_v: f64,
}

impl DeviceFile {
    /// Where the device's documents contradict themselves.
    pub fn conflicts(&self) -> &[Conflict] {
        match self {
            Self::Battery { conflicts, .. } | Self::Assembly { conflicts, .. } => conflicts,
        }
    }

    /// Its ends in the DC network, in the order in which a path passes them; those of what has no part in
    /// it are none.
    pub fn ends(&self) -> Vec<&str> {
        match self {
            Self::Assembly { terminals, .. } => terminals.keys().map(String::as_str).collect(),
            _ => vec!["from", "to"],
        }
    }
}
