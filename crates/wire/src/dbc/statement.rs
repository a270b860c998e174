//! What a file says, statement by statement, before anything is looked up.

/// Where a statement begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The file, a node, an environment variable: nothing that is kept.
    Other,
    Message(u32),
    Signal(u32, String),
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AttributeValue {
    Number(f64),
    Text(String),
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
}
