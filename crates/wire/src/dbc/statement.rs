//! What a file says, statement by statement, before anything is looked up.

use std::collections::BTreeMap;

/// Where a statement begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StatementPlace {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A message and its signals.
#[derive(Clone, Debug)]
pub(super) struct MessageStatement {
    pub(super) place: StatementPlace,
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) length: u32,
    pub(super) transmitter: String,
    pub(super) signals: Vec<SignalStatement>,
}

/// `M`, `m3` or `m3M` behind a signal's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) switch: bool,
    pub(super) selected_by: Option<u64>,
}

/// A signal as written.
#[derive(Clone, Debug)]
pub(super) struct SignalStatement {
    pub(super) place: StatementPlace,
    pub(super) name: String,
    pub(super) mark: Mark,
    pub(super) start: u32,
    pub(super) length: u32,
    pub(super) little_endian: bool,
    pub(super) signed: bool,
    pub(super) factor: f64,
    pub(super) offset: f64,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    pub(super) unit: String,
    pub(super) receivers: Vec<String>,
}

/// What a comment or an attribute is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StatementSubject {
    /// The file, an environment variable: nothing that is kept.
    Other,
    Node(String),
    Message(u32),
    Signal(u32, String),
}

/// What a statement speaks of, as far as it could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementOwner {
    /// No message.
    Nobody,
    /// The message with this identifier, as written.
    Message(u32),
    /// Any message: it says how bits are read, and whose could not be read.
    Anybody,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AttributeValue {
    Number(f64),
    Text(String),
}

impl AttributeValue {
    /// The number that it is: some tools write numbers as texts.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        }
    }

    /// A text that says nothing.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }
}

/// A statement that adds to a message or signal, or defines something.
#[derive(Clone, Debug)]
pub(super) enum Remark {
    Comment { subject: StatementSubject, text: String },
    Choices { attribute: String, names: Vec<String> },
    Default { attribute: String, value: AttributeValue },
    Attribute { attribute: String, subject: StatementSubject, value: AttributeValue },
    Values { id: u32, signal: String, values: Vec<(i128, String)> },
    ValueType { id: u32, signal: String, code: u32 },
    MultiplexRanges { id: u32, signal: String, switch: String, ranges: Vec<(u64, u64)> },
}

/// A whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    pub(super) version: String,
    pub(super) nodes: Vec<String>,
    pub(super) messages: Vec<MessageStatement>,
    pub(super) remarks: Vec<(StatementPlace, Remark)>,
    /// Where each statement begins, and what it speaks of, in order.
    pub(super) owners: Vec<(StatementPlace, StatementOwner)>,
    /// Names of messages by identifier, also of those whose statement is wrong.
    pub(super) names: BTreeMap<u32, String>,
}
