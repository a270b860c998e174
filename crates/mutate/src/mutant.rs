//! What is changed in a scenario.

use std::fmt;

use blackstart_bench::StandIn;
use serde_json::Value;

/// A table of a scenario file that sets numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// State at the start.
    Initial,
    /// Parameters of devices.
    Overrides,
}

impl Table {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Initial, Self::Overrides];

    /// Its key in the file.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Overrides => "overrides",
        }
    }
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Mutant {
    /// Nothing happens.
    WithoutEvents {
        /// What the events are about, as far as they say.
        targets: Vec<String>,
    },
    /// One event does not.
    WithoutEvent {
        /// Its place in the file.
        index: usize,
        /// What it is about, as far as it says.
        target: Option<String>,
    },
    /// One event happens otherwise.
    EventAt {
        /// Its place in the file.
        index: usize,
        /// What it is about, as far as it says.
        target: Option<String>,
        /// Which of its keys, `fault.<key>` of a fault's …
        key: String,
        /// … has which value.
        to: Value,
    },
    /// What the scenario sets is as the device has it.
    Unset {
        /// In which table.
        table: Table,
        /// `<instance>.<key>`.
        path: String,
    },
    /// A number of one device is another.
    Set {
        /// In which table it belongs.
        table: Table,
        /// `<instance>.<key>`.
        path: String,
        /// In the unit of the key.
        to: f64,
    },
    /// A controller does something wrong.
    StandIn {
        /// Its role.
        role: String,
        /// What.
        fault: StandIn,
    },
    /// Rules that are asked about are asked of another system of the project.
    OtherSystem {
        /// Its name.
        system: String,
        /// The checks that can be asked of it, by their ids.
        checks: Vec<String>,
    },
}

impl Mutant {
    /// What a change to the world is about: instances, roles, paths of parameters.
    pub fn targets(&self) -> Vec<&str> {
        match self {
            Self::WithoutEvents { targets } => targets.iter().map(String::as_str).collect(),
            Self::WithoutEvent { target, .. } | Self::EventAt { target, .. } => {
                target.as_deref().into_iter().collect()
            }
            Self::Unset { path, .. } | Self::Set { path, .. } => vec![path],
            Self::StandIn { .. } | Self::OtherSystem { .. } => Vec::new(),
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutEvents { .. } => write!(f, "no events"),
            Self::WithoutEvent { index, .. } => write!(f, "no event {}", index + 1),
            Self::EventAt { index, key, to, .. } => write!(f, "event {}: {key} {to}", index + 1),
            Self::Unset { path, .. } => write!(f, "{path} unset"),
            Self::Set { path, to, .. } => write!(f, "{path} {to}"),
            Self::StandIn { role, fault } => write!(f, "{role} {fault}"),
            Self::OtherSystem { system, .. } => write!(f, "system {system}"),
        }
    }
}
