//! From tokens to statements. A mistake costs its statement; reading goes on with the next keyword that
//! stands first on a line.

use super::mistake::{MAX_MISTAKES, Mistake, MistakeKind};
use super::statement::{
    AttributeValue, Mark, MessageStatement, Remark, SignalStatement, StatementOwner,
    StatementPlace, StatementSubject, Statements,
};
use super::token::{Token, TokenKind};

/// Statements that are not kept.
const SKIPPED: &[&str] = &[
    "BA_DEF_DEF_REL_",
    "BA_DEF_REL_",
    "BA_DEF_SGTYPE_",
    "BA_REL_",
    "BA_SGTYPE_",
    "BO_TX_BU_",
    "BS_",
    "BU_BO_REL_",
    "BU_EV_REL_",
    "BU_SG_REL_",
    "CAT_",
    "CAT_DEF_",
    "ENVVAR_DATA_",
    "EV_",
    "EV_DATA_",
    "FILTER",
    "SGTYPE_",
    "SGTYPE_VAL_",
    "SIGTYPE_VALTYPE_",
    "SIG_GROUP_",
    "SIG_TYPE_REF_",
    "VAL_TABLE_",
];
/// Statements that are.
const KEPT: &[&str] = &[
    "BA_",
    "BA_DEF_",
    "BA_DEF_DEF_",
    "BO_",
    "BU_",
    "CM_",
    "NS_",
    "SG_",
    "SG_MUL_VAL_",
    "SIG_VALTYPE_",
    "VAL_",
    "VERSION",
];

type Result<T> = std::result::Result<T, Mistake>;

/// Every statement that can be understood.
pub(super) fn statements(tokens: &[Token<'_>], mistakes: &mut Vec<Mistake>) -> Statements {
    let mut parser = Parser {
        tokens,
        at: 0,
        statements: Statements::default(),
        message: Home::None,
        block: StatementOwner::Nobody,
    };
    while parser.peek().is_some() {
        let from = parser.at;
        if let Err(mistake) = parser.statement() {
            mistakes.push(mistake);
            parser.recover();
            parser.look_for_swallowed(from);
            if mistakes.len() > 2 * MAX_MISTAKES {
                mistakes.push(Mistake::too_many(parser.place()));
                break;
            }
        }
    }
    parser.statements
}

/// Where signals belong now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    None,
    /// The statement of their message was wrong: they are read for their mistakes only.
    Broken,
    Last,
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    statements: Statements,
    message: Home,
    /// The message whose lines these are, also where one of them is no statement.
    block: StatementOwner,
}

impl<'a> Parser<'a> {
    fn statement(&mut self) -> Result<()> {
        let place = self.place();
        self.statements.owners.push((place, self.block));
        let keyword = self.word("a statement")?;
        let is_known = KEPT.binary_search(&keyword).or(SKIPPED.binary_search(&keyword)).is_ok();
        match keyword {
            "SG_" => return self.signal(place),
            "BO_" => {
                self.message = Home::Broken;
                self.owned_by(StatementOwner::Nobody);
                let message = self.message(place)?;
                self.statements.messages.push(message);
                self.message = Home::Last;
                return Ok(());
            }
            // What is no statement at all stands among the signals of a message, for all that is known.
            _ => self.message = Home::None,
        }
        if is_known {
            self.owned_by(StatementOwner::Nobody);
        }
        match keyword {
            "VERSION" => self.statements.version = unescaped(self.text("the version")?),
            "NS_" => self.names(),
            "BU_" => self.nodes()?,
            "CM_" => self.comment(place)?,
            "BA_DEF_" => self.definition(place)?,
            "BA_DEF_DEF_" => {
                let attribute = unescaped(self.text("an attribute's name")?);
                let value = self.attribute_value()?;
                self.end(place, Remark::Default { attribute, value })?;
            }
            "BA_" => {
                let attribute = unescaped(self.text("an attribute's name")?);
                let subject = self.subject()?;
                let value = self.attribute_value()?;
                self.end(place, Remark::Attribute { attribute, subject, value })?;
            }
            "VAL_" => self.values(place)?,
            "SIG_VALTYPE_" => {
                let id = self.decisive_id()?;
                let signal = self.word("a signal's name")?.to_owned();
                // Some tools leave the colon out.
                self.accept(':');
                let code = self.integer("0, 1 or 2")?;
                self.end(place, Remark::ValueType { id, signal, code })?;
            }
            "SG_MUL_VAL_" => self.multiplex_ranges(place)?,
            _ if SKIPPED.binary_search(&keyword).is_ok() => self.skip(),
            _ => {
                self.at -= 1;
                return Err(self.expected("a statement"));
            }
        }
        Ok(())
    }

    fn message(&mut self, place: StatementPlace) -> Result<MessageStatement> {
        let id = self.integer("an identifier")?;
        self.owned_by(StatementOwner::Message(id));
        let name = self.word("the message's name")?.to_owned();
        self.statements.names.entry(id).or_insert_with(|| name.clone());
        self.sign(':', "`:`")?;
        let length = self.integer("a length in bytes")?;
        let transmitter = self.word("the sending node")?.to_owned();
        Ok(MessageStatement { place, id, name, length, transmitter, signals: Vec::new() })
    }

    fn signal(&mut self, place: StatementPlace) -> Result<()> {
        let name = self.word("the signal's name")?.to_owned();
        let mark = self.mark()?;
        self.sign(':', "`:`")?;
        let start = self.integer("a start bit")?;
        self.sign('|', "`|`")?;
        let length = self.integer("a length in bits")?;
        self.sign('@', "`@`")?;
        let little_endian = match self.integer("0 (big-endian) or 1 (little-endian)")? {
            0 => false,
            1 => true,
            _ => return Err(self.before("0 (big-endian) or 1 (little-endian)")),
        };
        let signed = self.accept('-');
        if !signed {
            self.sign('+', "`+` (unsigned) or `-` (signed)")?;
        }
        self.sign('(', "`(`")?;
        let factor = self.number("a factor")?;
        self.sign(',', "`,`")?;
        let offset = self.number("an offset")?;
        self.sign(')', "`)`")?;
        self.sign('[', "`[`")?;
        let minimum = self.number("a lower limit")?;
        self.sign('|', "`|`")?;
        let maximum = self.number("an upper limit")?;
        self.sign(']', "`]`")?;
        let unit = unescaped(self.text("a unit")?);
        let receivers = self.list();
        match (self.message, self.statements.messages.last_mut()) {
            (Home::Last, Some(message)) => message.signals.push(SignalStatement {
                place,
                name,
                mark,
                start,
                length,
                little_endian,
                signed,
                factor,
                offset,
                minimum,
                maximum,
                unit,
                receivers,
            }),
            (Home::Broken, _) => {}
            _ => return Err(Mistake::at(place, MistakeKind::Orphan { signal: name })),
        }
        Ok(())
    }

    /// Between a signal's name and the colon.
    fn mark(&mut self) -> Result<Mark> {
        let Some(TokenKind::Word(word)) = self.peek() else { return Ok(Mark::default()) };
        let wanted = "`M`, `m` with a number, or `:`";
        if word == "M" {
            self.at += 1;
            return Ok(Mark { switch: true, selected_by: None });
        }
        let rest = word.strip_prefix('m').ok_or_else(|| self.expected(wanted))?;
        let (digits, switch) = rest.strip_suffix('M').map_or((rest, false), |rest| (rest, true));
        let value = digits.parse().map_err(|_| self.expected(wanted))?;
        self.at += 1;
        Ok(Mark { switch, selected_by: Some(value) })
    }

    /// The list behind `NS_` consists of keywords, each alone on its line.
    fn names(&mut self) {
        self.accept(':');
        while let (Some(TokenKind::Word(_)), next) = (self.peek(), self.tokens.get(self.at + 1))
            && next.is_none_or(|next| next.first)
        {
            self.at += 1;
        }
    }

    fn nodes(&mut self) -> Result<()> {
        self.sign(':', "`:`")?;
        let nodes = self.list();
        self.statements.nodes.extend(nodes);
        Ok(())
    }

    fn comment(&mut self, place: StatementPlace) -> Result<()> {
        let subject = self.subject()?;
        let text = unescaped(self.text("a comment")?);
        self.end(place, Remark::Comment { subject, text })
    }

    fn definition(&mut self, place: StatementPlace) -> Result<()> {
        if let Some(TokenKind::Word("BU_" | "BO_" | "SG_" | "EV_")) = self.peek() {
            self.at += 1;
        }
        let attribute = unescaped(self.text("an attribute's name")?);
        if self.word("an attribute's type")? != "ENUM" {
            self.skip();
            return Ok(());
        }
        let mut names = Vec::new();
        while let Some(TokenKind::Text(name)) = self.peek() {
            names.push(unescaped(name));
            self.at += 1;
            self.accept(',');
        }
        self.end(place, Remark::Choices { attribute, names })
    }

    fn subject(&mut self) -> Result<StatementSubject> {
        let Some(TokenKind::Word(keyword)) = self.peek() else {
            return Ok(StatementSubject::Other);
        };
        let wanted = "`BU_`, `BO_`, `SG_`, `EV_` or a text";
        match keyword {
            "BO_" => {
                self.at += 1;
                Ok(StatementSubject::Message(self.id()?))
            }
            "SG_" => {
                self.at += 1;
                let id = self.id()?;
                Ok(StatementSubject::Signal(id, self.word("a signal's name")?.to_owned()))
            }
            "BU_" => {
                self.at += 1;
                self.word("a node's name").map(|name| StatementSubject::Node(name.to_owned()))
            }
            "EV_" => {
                self.at += 1;
                self.word("a name").map(|_| StatementSubject::Other)
            }
            _ => Err(self.expected(wanted)),
        }
    }

    fn attribute_value(&mut self) -> Result<AttributeValue> {
        match self.peek() {
            Some(TokenKind::Text(text)) => {
                self.at += 1;
                Ok(AttributeValue::Text(unescaped(text)))
            }
            _ => self.number("a number or a text").map(AttributeValue::Number),
        }
    }

    fn values(&mut self, place: StatementPlace) -> Result<()> {
        if let Some(TokenKind::Word(_)) = self.peek() {
            // Names for an environment variable.
            self.skip();
            return Ok(());
        }
        let id = self.id()?;
        let signal = self.word("a signal's name")?.to_owned();
        let mut values = Vec::new();
        while let Some(TokenKind::Number(number)) = self.peek() {
            let value = number.parse().map_err(|_| self.expected("a whole number"))?;
            self.at += 1;
            values.push((value, unescaped(self.text("the value's name")?)));
        }
        self.end(place, Remark::Values { id, signal, values })
    }

    fn multiplex_ranges(&mut self, place: StatementPlace) -> Result<()> {
        let id = self.decisive_id()?;
        let signal = self.word("a signal's name")?.to_owned();
        let switch = self.word("the switch's name")?.to_owned();
        let mut ranges = Vec::new();
        while let Some(TokenKind::Number(_)) = self.peek() {
            let first = self.integer("a whole number")?;
            self.sign('-', "`-`")?;
            let last = self.integer("a whole number")?;
            ranges.push((first, last));
            self.accept(',');
        }
        self.end(place, Remark::MultiplexRanges { id, signal, switch, ranges })
    }

    /// The identifier of the message that a statement speaks of.
    fn id(&mut self) -> Result<u32> {
        let id = self.integer("a message's identifier")?;
        self.owned_by(StatementOwner::Message(id));
        Ok(id)
    }

    /// The same of a statement that says how bits are read.
    fn decisive_id(&mut self) -> Result<u32> {
        self.owned_by(StatementOwner::Anybody);
        self.id()
    }

    /// Says what the statement that is being read speaks of; signals after it speak of the same.
    fn owned_by(&mut self, owner: StatementOwner) {
        self.block = owner;
        if let Some((_, last)) = self.statements.owners.last_mut() {
            *last = owner;
        }
    }

    /// A text that lost its quote reaches to the next one, and what stands between is lost: if that was
    /// about the bits of a message, nobody knows which.
    fn look_for_swallowed(&mut self, from: usize) {
        let decisive = ["BO_", "SG_", "SG_MUL_VAL_", "SIG_VALTYPE_"];
        let begins = |line: &str| {
            line.split_whitespace().next().is_some_and(|word| decisive.contains(&word))
        };
        let swallowed = self.tokens[from..self.at].iter().any(|token| match token.kind {
            TokenKind::Text(text) => text.lines().skip(1).any(begins),
            _ => false,
        });
        if swallowed {
            self.owned_by(StatementOwner::Anybody);
        }
    }

    /// Names, with or without commas, as far as the next statement.
    fn list(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(TokenKind::Word(name)) = self.peek()
            && !self.at_statement()
        {
            names.push(name.to_owned());
            self.at += 1;
            self.accept(',');
        }
        names
    }

    fn end(&mut self, place: StatementPlace, remark: Remark) -> Result<()> {
        self.sign(';', "`;`")?;
        self.statements.remarks.push((place, remark));
        Ok(())
    }

    /// Passes over the rest of a statement.
    fn skip(&mut self) {
        while self.peek().is_some() && !self.at_statement() {
            if self.accept(';') {
                break;
            }
            self.at += 1;
        }
    }

    /// Passes over everything as far as the next statement, at least one token unless it is one.
    fn recover(&mut self) {
        while self.peek().is_some() && !self.at_statement() {
            self.at += 1;
        }
    }

    fn at_statement(&self) -> bool {
        match self.tokens.get(self.at) {
            Some(Token { kind: TokenKind::Word(word), first: true, .. }) => {
                KEPT.binary_search(word).is_ok() || SKIPPED.binary_search(word).is_ok()
            }
            _ => false,
        }
    }

    fn peek(&self) -> Option<TokenKind<'a>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn place(&self) -> StatementPlace {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(StatementPlace { line: 1, column: 1 }, |token| StatementPlace {
            line: token.line,
            column: token.column,
        })
    }

    fn word(&mut self, wanted: &'static str) -> Result<&'a str> {
        let Some(TokenKind::Word(word)) = self.peek() else { return Err(self.expected(wanted)) };
        self.at += 1;
        Ok(word)
    }

    fn text(&mut self, wanted: &'static str) -> Result<&'a str> {
        let Some(TokenKind::Text(text)) = self.peek() else { return Err(self.expected(wanted)) };
        self.at += 1;
        Ok(text)
    }

    fn number(&mut self, wanted: &'static str) -> Result<f64> {
        let value = match self.peek() {
            Some(TokenKind::Number(number)) => number.parse().ok().filter(|v: &f64| v.is_finite()),
            _ => None,
        };
        let value = value.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok(value)
    }

    fn integer<T: std::str::FromStr>(&mut self, wanted: &'static str) -> Result<T> {
        let value = match self.peek() {
            Some(TokenKind::Number(number)) => number.parse().ok(),
            _ => None,
        };
        let value = value.ok_or_else(|| self.expected(wanted))?;
        self.at += 1;
        Ok(value)
    }

    fn sign(&mut self, sign: char, wanted: &'static str) -> Result<()> {
        if self.accept(sign) { Ok(()) } else { Err(self.expected(wanted)) }
    }

    fn accept(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(TokenKind::Sign(sign));
        self.at += usize::from(found);
        found
    }

    /// The token that was just taken is not what was wanted.
    fn before(&mut self, wanted: &'static str) -> Mistake {
        self.at -= 1;
        self.expected(wanted)
    }

    fn expected(&self, wanted: &'static str) -> Mistake {
        let found = match self.peek() {
            None => "the end of the file".to_owned(),
            Some(TokenKind::Sign(sign)) => format!("`{sign}`"),
            Some(TokenKind::Text(_)) => "a text".to_owned(),
            Some(TokenKind::Word(text) | TokenKind::Number(text)) => {
                format!("`{}`", text.chars().take(40).collect::<String>())
            }
        };
        Mistake::at(self.place(), MistakeKind::Expected { wanted, found })
    }
}

fn unescaped(text: &str) -> String {
    text.replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_for_their_search() {
        assert!(KEPT.is_sorted() && SKIPPED.is_sorted());
    }
}
