//! What can be wrong with a DBC file.

use thiserror::Error;

use super::statement::StatementPlace;

/// Most mistakes that are reported for one file: errors before warnings, and the first ones.
pub const MAX_MISTAKES: usize = 1_000;

/// A mistake and its place.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("line {line}, column {column}: {kind}")]
pub struct Mistake {
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// Whose frames it is about.
    pub concern: Concern,
    /// What is wrong.
    pub kind: MistakeKind,
}

/// Whose frames a mistake is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Concern {
    /// Nobody's: a comment, a node, an attribute of the network.
    #[default]
    Nobody,
    /// Those of the message with this name.
    Message(String),
    /// Nobody can say, so those of any message.
    Anybody,
}

impl Mistake {
    /// Its concern is not known yet.
    pub(super) fn at(place: StatementPlace, kind: MistakeKind) -> Self {
        let StatementPlace { line, column } = place;
        Self { line, column, concern: Concern::default(), kind }
    }

    /// There is more amiss than anybody reads: what follows is lost.
    pub(super) fn too_many(place: StatementPlace) -> Self {
        let kind = MistakeKind::TooMany { what: "mistakes", most: MAX_MISTAKES };
        Self { concern: Concern::Anybody, ..Self::at(place, kind) }
    }

    /// Whether the message with this name may be another one than its author meant.
    pub fn spoils(&self, message: &str) -> bool {
        if self.kind.severity() == Severity::Warning {
            return false;
        }
        match (&self.concern, &self.kind) {
            (Concern::Anybody, _) => true,
            (_, MistakeKind::DuplicateId { message: one, other, .. }) => {
                one == message || other == message
            }
            (Concern::Message(name), _) => name == message,
            (Concern::Nobody, _) => false,
        }
    }
}

/// How bad a mistake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Odd, but what the file says of the frames is clear.
    Warning,
    /// Frames of the message that it is about cannot be decoded or encoded as the file's author meant
    /// it.
    Error,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum MistakeKind {
    /// The file is too large to be read.
    #[error("the file has more than {} MiB", super::MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// A text has no closing quote.
    #[error("the text that begins here has no closing quote")]
    UnclosedText,
    /// A character that no statement contains.
    #[error("unexpected character {found:?}")]
    Character {
        /// The character.
        found: char,
    },
    /// The grammar wants something else.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What the statement needs here.
        wanted: &'static str,
        /// What stands here.
        found: String,
    },
    /// A signal without a message in front of it.
    #[error("signal `{signal}` belongs to no message")]
    Orphan {
        /// Its name.
        signal: String,
    },
    /// An identifier that is neither standard nor extended.
    #[error("{id} is no identifier of 11 bits, nor of 29 bits with bit 31 set")]
    Id {
        /// As written.
        id: u32,
    },
    /// A message that no frame can carry; it is left out.
    #[error("no frame carries {length} bytes: message `{message}` is left out")]
    MessageLength {
        /// Its name.
        message: String,
        /// Its length.
        length: u32,
    },
    /// Two messages have one identifier.
    #[error("the identifier of `{message}` is that of `{other}` on line {line}")]
    DuplicateId {
        /// The later one, which is left out.
        message: String,
        /// The earlier one.
        other: String,
        /// Where that stands.
        line: u32,
    },
    /// Two messages have one name.
    #[error("another message is called `{message}`, on line {line}")]
    DuplicateMessage {
        /// The name.
        message: String,
        /// Where the other stands.
        line: u32,
    },
    /// Two signals of a message have one name.
    #[error("another signal of the message is called `{signal}`")]
    DuplicateSignal {
        /// The name; the later one is left out.
        signal: String,
    },
    /// A signal is empty or too long.
    #[error("signal `{signal}` has {length} bits; possible are 1 to 64")]
    SignalLength {
        /// Its name.
        signal: String,
        /// Its length.
        length: u32,
    },
    /// A signal does not fit its message.
    #[error("signal `{signal}` reaches beyond the {bytes} bytes of its message")]
    Outside {
        /// Its name.
        signal: String,
        /// Length of the message.
        bytes: usize,
    },
    /// A scale of zero.
    #[error("signal `{signal}` has the factor 0: every value would be the same")]
    ZeroFactor {
        /// Its name.
        signal: String,
    },
    /// Two signals that are present together share bits.
    #[error("signal `{signal}` shares bits with `{other}`")]
    Overlap {
        /// The later one.
        signal: String,
        /// The earlier one.
        other: String,
    },
    /// A lower limit above the upper.
    #[error("the range of `{signal}` is empty and is ignored")]
    EmptyRange {
        /// Its name.
        signal: String,
    },
    /// A floating-point signal of another length than its type.
    #[error("signal `{signal}` is declared floating with {wanted} bits, and has {length}")]
    FloatLength {
        /// Its name.
        signal: String,
        /// Its length.
        length: u32,
        /// What its type has.
        wanted: u32,
    },
    /// Two switches, and nothing says which signal follows which.
    #[error(
        "`{signal}` is a second switch, and not every multiplexed signal says which one it follows"
    )]
    SecondSwitch {
        /// Its name.
        signal: String,
    },
    /// A multiplexed signal whose message has no switch, or not the one that is named.
    #[error("`{signal}` is multiplexed, but its message has no switch for it")]
    NoSwitch {
        /// Its name.
        signal: String,
    },
    /// Switches that select each other, or too many levels.
    #[error(
        "the switches of `{signal}` form a ring or more than {} levels",
        super::draft::MAX_LEVELS
    )]
    Levels {
        /// Its name.
        signal: String,
    },
    /// A statement about a message that does not exist.
    #[error("{statement} names message {id}, which the file does not define")]
    UnknownMessage {
        /// Its keyword.
        statement: &'static str,
        /// As written.
        id: u32,
    },
    /// A statement about a signal that does not exist.
    #[error("{statement} names signal `{signal}`, which its message does not have")]
    UnknownSignal {
        /// Its keyword.
        statement: &'static str,
        /// The name.
        signal: String,
    },
    /// A sender or receiver that is not in the list of nodes.
    #[error("`{node}` is not in the list of nodes")]
    UnknownNode {
        /// The name.
        node: String,
    },
    /// More than is kept of one thing.
    #[error("more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// So many are.
        most: usize,
    },
    /// An attribute whose value cannot be what it is for.
    #[error("attribute `{attribute}` cannot have this value")]
    Attribute {
        /// Its name.
        attribute: String,
    },
}

impl MistakeKind {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Overlap { .. } | Self::EmptyRange { .. } | Self::UnknownNode { .. } => {
                Severity::Warning
            }
            // Only these two statements say how bits are read.
            Self::UnknownMessage { statement, .. } | Self::UnknownSignal { statement, .. }
                if !matches!(*statement, "SIG_VALTYPE_" | "SG_MUL_VAL_") =>
            {
                Severity::Warning
            }
            _ => Severity::Error,
        }
    }
}
