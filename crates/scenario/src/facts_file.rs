//! The facts file: what the documents say, numbered, so that scenarios can name what they check.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The facts of a project, `fixtures/facts.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    /// Path of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub json_schema: Option<String>,
    /// Version of this format: 1.
    pub schema: u32,
    /// `facts`.
    pub kind: FactsKind,
    /// One line for people.
    pub title: String,
    /// Titles of the documents, by the names that the facts use.
    pub documents: BTreeMap<String, String>,
    /// Every fact, in the order in which people should read them.
    pub facts: Vec<Fact>,
}

/// The `kind` of a facts file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FactsKind {
    /// The only one.
    Facts,
}

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Its number (`SESSY-22`), unique in the file.
    pub id: String,
    /// What kind of fact.
    pub kind: FactKind,
    /// Name of the document that says it.
    pub document: String,
    /// Where in that document.
    pub section: String,
    /// Other places that say it, or that contradict it.
    #[serde(default)]
    pub also: Vec<Passage>,
    /// What it says, in one line.
    pub says: String,
    /// Why no simulation can check it.
    #[serde(default)]
    pub cannot: Option<String>,
}

/// A place in a document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// Name of the document.
    pub document: String,
    /// Where in it.
    pub section: String,
}

/// Kinds of fact.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// What a device does.
    Behaviour,
    /// What must not be exceeded.
    Limit,
    /// What fits what.
    Compatibility,
    /// What people do, and in which order.
    Procedure,
    /// Two places of the documents exclude each other, or one cannot be meant as it is written.
    Contradiction,
    /// What follows from the facts and is easily overlooked.
    Trap,
    /// Menus, radio, housing: written down, and of no consequence for a circuit.
    DocumentedOnly,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Behaviour,
        Self::Limit,
        Self::Compatibility,
        Self::Procedure,
        Self::Contradiction,
        Self::Trap,
        Self::DocumentedOnly,
    ];

    /// The word in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Behaviour => "behaviour",
            Self::Limit => "limit",
            Self::Compatibility => "compatibility",
            Self::Procedure => "procedure",
            Self::Contradiction => "contradiction",
            Self::Trap => "trap",
            Self::DocumentedOnly => "documented-only",
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
