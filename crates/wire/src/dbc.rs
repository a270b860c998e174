//! DBC files: which signals the frames of a CAN bus carry.
//!
//! [`parse`] reads a file and reports every mistake in it with its line; a [`Message`] turns physical
//! values into bytes and back. A mistake says which message it concerns: files of the field are full of
//! them, and whoever uses other messages need not care ([`Mistake::spoils`]). Read are messages with standard and extended identifiers and lengths of
//! classic and FD frames, signals of both byte orders, signed, unsigned and floating, scaled, limited,
//! multiplexed simply or in several levels over ranges, value tables, receivers, comments, and the
//! attributes for cycle time, start value, frame format and long names, which are the names then.
//!
//! Left out, and skipped when met: environment variables, signal groups, further senders, relations
//! between nodes and signals, other attributes. The grammar follows Vector's "DBC File Format
//! Documentation" 1.0.5 and what the tools of the field make of it.

mod bits;
mod codec;
mod database;
mod draft;
mod half;
mod link;
mod long_names;
mod mistake;
mod signal;
mod statement;
mod syntax;
mod token;

pub use codec::{DecodeError, EncodeError, EncodeErrorKind, Encoded, SignalReading};
pub use database::{Database, Message};
pub use mistake::{Concern, MAX_MISTAKES, Mistake, MistakeKind, Severity};
pub use signal::{
    ByteOrder, DbcSignal, MultiplexSelection, OutOfRange, Raw, SignalRangeError, ValueKind,
    ValueName,
};

/// Longest file that is read.
pub const MAX_FILE_BYTES: usize = 8 << 20;

/// What a file holds, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedDatabase {
    /// Everything that could be read.
    pub database: Database,
    /// In order of lines.
    pub mistakes: Vec<Mistake>,
}

impl ParsedDatabase {
    /// The database, if no mistake is an error; warnings are left out.
    ///
    /// # Errors
    /// All mistakes, when at least one of them is an error.
    pub fn into_result(self) -> Result<Database, Vec<Mistake>> {
        let is_error = |mistake: &Mistake| mistake.kind.severity() == Severity::Error;
        if self.mistakes.iter().any(is_error) { Err(self.mistakes) } else { Ok(self.database) }
    }
}

/// Reads a file: UTF-8, or Latin-1 when it is none. Never fails as a whole: see the mistakes.
pub fn parse(file: &[u8]) -> ParsedDatabase {
    if file.len() > MAX_FILE_BYTES {
        let at = statement::StatementPlace { line: 1, column: 1 };
        let concern = Concern::Anybody;
        let mistake = Mistake { concern, ..Mistake::at(at, MistakeKind::TooLarge) };
        return ParsedDatabase { mistakes: vec![mistake], ..ParsedDatabase::default() };
    }
    let text = match std::str::from_utf8(file) {
        Ok(text) => text.to_owned(),
        Err(_) => file.iter().map(|&byte| char::from(byte)).collect(),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let (tokens, mut mistakes) = token::tokens(text);
    let statements = syntax::statements(&tokens, &mut mistakes);
    let database = link::link(statements, &mut mistakes);
    if mistakes.len() > MAX_MISTAKES {
        mistakes.sort_by_key(|mistake| std::cmp::Reverse(mistake.kind.severity()));
        // Of errors, none may go unseen.
        let cut = mistakes.drain(MAX_MISTAKES - 1..).next();
        if let Some(Mistake { line, column, kind, .. }) = cut {
            let at = statement::StatementPlace { line, column };
            let concern = match kind.severity() {
                Severity::Error => Concern::Anybody,
                Severity::Warning => Concern::Nobody,
            };
            mistakes.push(Mistake { concern, ..Mistake::too_many(at) });
        }
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    ParsedDatabase { database, mistakes }
}
