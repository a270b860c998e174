//! From a text to an expression, or to the place in it that is a mistake.

use std::str::FromStr;

use miette::{Diagnostic, LabeledSpan, SourceCode};
use thiserror::Error;

use super::{Asked, Filter};
use crate::last_run::LastWord;

/// Deepest nesting of an expression.
const DEEPEST: usize = 64;

/// A mistake in an expression, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct FilterMistake {
    message: String,
    help: &'static str,
    text: String,
    at: usize,
    length: usize,
}

impl Diagnostic for FilterMistake {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = LabeledSpan::new(Some("here".to_owned()), self.at, self.length);
        Some(Box::new(std::iter::once(span)))
    }
}

impl FromStr for Filter {
    type Err = FilterMistake;

    fn from_str(text: &str) -> Result<Self, FilterMistake> {
        let mut reader = Reader { text, at: 0, depth: 0 };
        let filter = reader.expression()?;
        reader.blank();
        match reader.rest().is_empty() {
            true => Ok(filter),
            false => Err(reader.mistake("expected `&`, `|` or the end")),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn expression(&mut self) -> Result<Filter, FilterMistake> {
        let mut filter = self.term()?;
        while self.takes("|", "or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.term()?));
        }
        Ok(filter)
    }

    fn term(&mut self) -> Result<Filter, FilterMistake> {
        let mut filter = self.factor()?;
        while self.takes("&", "and") {
            filter = Filter::And(Box::new(filter), Box::new(self.factor()?));
        }
        Ok(filter)
    }

    fn factor(&mut self) -> Result<Filter, FilterMistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.mistake("nested too deep"));
        }
        let filter = if self.takes("!", "not") {
            Filter::Not(Box::new(self.factor()?))
        } else if self.takes("(", "(") {
            let inner = self.expression()?;
            self.expect(')')?;
            inner
        } else {
            self.asked()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn asked(&mut self) -> Result<Filter, FilterMistake> {
        self.blank();
        let begin = self.at;
        let word = self.word();
        let asked = Asked::ALL.into_iter().find(|asked| asked.word() == word);
        let Some(asked) = asked else {
            let known = Asked::ALL.map(Asked::word).join(", ");
            let message = match word {
                "" => format!("expected one of {known}, `!` or `(`"),
                _ => format!("`{word}` is none of {known}"),
            };
            return Err(self.mistake_at(begin, word.len(), message));
        };
        self.at += word.len();
        self.expect('(')?;
        let begin = self.at;
        let length = self.rest().find(')').unwrap_or(self.rest().len());
        let pattern = self.rest()[..length].trim().to_owned();
        if pattern.is_empty() {
            return Err(self.mistake_at(begin, length, "expected a pattern".to_owned()));
        }
        let is_word = LastWord::ALL.iter().any(|word| word.word() == pattern);
        if asked == Asked::Last && !is_word && !pattern.contains(['*', '?']) {
            let known = LastWord::ALL.map(LastWord::word).join(", ");
            let message = format!("a last run has no `{pattern}`: it has {known}");
            return Err(self.mistake_at(begin, length, message));
        }
        self.at += length;
        self.expect(')')?;
        Ok(Filter::Has(asked, pattern))
    }

    /// Takes a sign, or the word that stands for it.
    fn takes(&mut self, sign: &str, word: &str) -> bool {
        self.blank();
        if self.rest().starts_with(sign) {
            self.at += sign.len();
            return true;
        }
        let is_word = self.word() == word;
        self.at += if is_word { word.len() } else { 0 };
        is_word
    }

    fn expect(&mut self, sign: char) -> Result<(), FilterMistake> {
        self.blank();
        if !self.rest().starts_with(sign) {
            return Err(self.mistake(&format!("expected `{sign}`")));
        }
        self.at += sign.len_utf8();
        Ok(())
    }

    fn blank(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The letters that come next.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        &rest[..end]
    }

    fn mistake(&self, message: &str) -> FilterMistake {
        let length = self.rest().chars().next().map_or(0, char::len_utf8);
        self.mistake_at(self.at, length, message.to_owned())
    }

    fn mistake_at(&self, at: usize, length: usize, message: String) -> FilterMistake {
        let help = "docs/filters.md has the grammar, as in `folder(sessy) & !last(passed)`";
        FilterMistake { message, help, text: self.text.to_owned(), at, length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(filter: &Filter) -> String {
        match filter {
            Filter::Has(asked, pattern) => format!("{}:{pattern}", asked.word()),
            Filter::Not(inner) => format!("!{}", shown(inner)),
            Filter::And(one, other) => format!("({}&{})", shown(one), shown(other)),
            Filter::Or(one, other) => format!("({}|{})", shown(one), shown(other)),
        }
    }

    #[test]
    fn and_binds_more_than_or_and_not_more_than_both() {
        for (text, form) in [
            ("name(a) | name(b) & name(c)", "(name:a|(name:b&name:c))"),
            ("(name(a) | name(b)) & name(c)", "((name:a|name:b)&name:c)"),
            ("!name(a) & name(b)", "(!name:a&name:b)"),
            (
                "not (fact(X-1) or last(failed)) and role( bms )",
                "(!(fact:X-1|last:failed)&role:bms)",
            ),
            ("!!system(a b)", "!!system:a b"),
        ] {
            assert_eq!(shown(&text.parse().unwrap()), form);
        }
    }

    #[test]
    fn a_mistake_has_its_place() {
        for (text, at, word) in [
            ("", 0, "expected one of"),
            ("name", 4, "expected `(`"),
            ("name(a", 6, "expected `)`"),
            ("name()", 5, "expected a pattern"),
            ("nam(a)", 0, "`nam` is none of"),
            ("name(a) name(b)", 8, "expected `&`"),
            ("name(a) &", 9, "expected one of"),
            ("(name(a)", 8, "expected `)`"),
            ("ä", 0, "expected one of"),
            ("last(green)", 5, "a last run has no `green`"),
        ] {
            let mistake = text.parse::<Filter>().unwrap_err();
            assert_eq!(mistake.at, at, "{text}");
            assert!(mistake.message.contains(word), "{text}: {mistake}");
        }
        let deep = "(".repeat(100_000);
        assert!(deep.parse::<Filter>().unwrap_err().message.contains("too deep"));
        assert!("!".repeat(100_000).parse::<Filter>().is_err());
    }
}
