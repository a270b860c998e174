//! Words, numbers, texts and signs, each with its place.

use super::mistake::{MAX_MISTAKES, Mistake, MistakeKind};
use super::statement::StatementPlace;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum TokenKind<'a> {
    /// A keyword or name.
    Word(&'a str),
    /// A number as written, sign included.
    Number(&'a str),
    /// What stands between quotes.
    Text(&'a str),
    /// One of `:;,|@()[]+-`.
    Sign(char),
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: TokenKind<'a>,
    pub(super) line: u32,
    pub(super) column: u32,
    /// Nothing stands before it on its line.
    pub(super) first: bool,
}

/// Splits a text; what belongs to no token is a mistake.
pub(super) fn tokens(text: &str) -> (Vec<Token<'_>>, Vec<Mistake>) {
    let mut lexer = Lexer { rest: text, line: 1, column: 1, first: true, after_digit: false };
    let (mut tokens, mut mistakes) = (Vec::new(), Vec::new());
    while let Some(next) = lexer.next() {
        match next {
            Ok(token) => tokens.push(token),
            Err(mistake) if mistakes.len() < MAX_MISTAKES => mistakes.push(mistake),
            Err(Mistake { line, column, .. }) => {
                mistakes.push(Mistake::too_many(StatementPlace { line, column }));
                break;
            }
        }
    }
    (tokens, mistakes)
}

struct Lexer<'a> {
    rest: &'a str,
    line: u32,
    column: u32,
    first: bool,
    /// The character before was part of a number: a sign is no part of the next then, as in `@1-` and
    /// in the range `1-3`.
    after_digit: bool,
}

impl<'a> Lexer<'a> {
    fn next(&mut self) -> Option<Result<Token<'a>, Mistake>> {
        self.skip_space();
        let c = self.rest.chars().next()?;
        let (line, column, first) = (self.line, self.column, self.first);
        let kind = if c == '"' {
            self.text()
        } else if c.is_ascii_alphabetic() || c == '_' {
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            Ok(TokenKind::Word(self.take_while(word)))
        } else if let Some(length) = number_length(self.rest, !self.after_digit) {
            let number = self.take(length);
            self.after_digit = true;
            self.first = false;
            return Some(Ok(Token { kind: TokenKind::Number(number), line, column, first }));
        } else {
            self.take(c.len_utf8());
            if ":;,|@()[]+-".contains(c) {
                Ok(TokenKind::Sign(c))
            } else {
                Err(MistakeKind::Character { found: c })
            }
        };
        self.after_digit = false;
        self.first = false;
        let token = kind.map(|kind| Token { kind, line, column, first });
        Some(token.map_err(|kind| Mistake::at(StatementPlace { line, column }, kind)))
    }

    /// Space, and comments from `//` to the end of the line, which files have although no document
    /// knows them.
    fn skip_space(&mut self) {
        loop {
            let space = self.take_while(char::is_whitespace);
            self.first |= space.contains('\n');
            self.after_digit &= space.is_empty();
            if !self.rest.starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    /// A text may contain line feeds, and a quote behind a backslash.
    fn text(&mut self) -> Result<TokenKind<'a>, MistakeKind> {
        let mut escaped = false;
        let end = self.rest[1..].find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        match end {
            Some(length) => {
                let quoted = self.take(length + 2);
                Ok(TokenKind::Text(&quoted[1..=length]))
            }
            None => {
                // The rest of the line is lost, the rest of the file is not.
                self.take_while(|c| c != '\n');
                Err(MistakeKind::UnclosedText)
            }
        }
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        for c in taken.chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.rest = rest;
        taken
    }
}

/// Bytes of the number at the start, if there is one.
fn number_length(text: &str, signed: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = usize::from(signed && matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    let mut fraction = 0;
    if bytes.get(at) == Some(&b'.') {
        fraction = digits(at + 1);
        at += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        if exponent > 0 {
            at += 1 + sign + exponent;
        }
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind<'_>> {
        tokens(text).0.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn a_sign_belongs_to_a_number_unless_a_digit_stands_before_it() {
        use TokenKind::{Number, Sign};
        assert_eq!(kinds("@1-"), [Sign('@'), Number("1"), Sign('-')]);
        assert_eq!(kinds("1-3"), [Number("1"), Sign('-'), Number("3")]);
        assert_eq!(kinds("(-.5e-3,+4)")[1], Number("-.5e-3"));
        assert_eq!(kinds("1 -3"), [Number("1"), Number("-3")]);
    }

    #[test]
    fn places_survive_texts_of_several_lines() {
        let (found, mistakes) = tokens("CM_ \"a \\\"b\\\"\né\" ;\n x");
        assert_eq!(mistakes, []);
        assert_eq!(found[1].kind, TokenKind::Text("a \\\"b\\\"\né"));
        assert_eq!((found[2].line, found[2].column, found[2].first), (2, 4, false));
        assert_eq!((found[3].line, found[3].column, found[3].first), (3, 2, true));
    }

    #[test]
    fn a_comment_reaches_to_the_end_of_its_line() {
        let (found, mistakes) = tokens("// a \"b\n1// c\n// d\n2 \"//\" / //");
        assert_eq!(found.len(), 3);
        assert_eq!((found[1].line, found[1].first), (4, true));
        assert_eq!(mistakes[0].kind, MistakeKind::Character { found: '/' });
    }

    #[test]
    fn an_unclosed_text_costs_its_line_only() {
        let (found, mistakes) = tokens("a \"b\nc ? d");
        assert_eq!(found.len(), 3);
        assert_eq!(mistakes[0].kind, MistakeKind::UnclosedText);
        assert_eq!((mistakes[1].line, mistakes[1].column), (2, 3));
    }
}
