//! The piece of a file that a mistake is shown in: a few lines, each cut around what is wrong, with
//! nothing in it that a terminal would obey.
//!
//! Made only when a mistake is shown: a file of a megabyte may have a hundred thousand of them.

use std::ops::Range;

use blackstart_limits::{QUOTED_LINE, QUOTED_LINES, visible};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::diagnostic::Place;

/// Stands where a part of a line is left out.
const LEFT_OUT: char = '…';

/// A few lines of a file.
#[derive(Clone, Debug)]
pub(crate) struct Excerpt {
    path: String,
    text: String,
    /// What is wrong, in `text`.
    pub span: Range<usize>,
    /// Lines of the file before it.
    lines_before: usize,
    /// Bytes of the first quoted line of the mistake that are left out before it.
    left_out: usize,
}

impl Excerpt {
    /// Around a place, with one line before and one behind.
    pub fn of(place: &Place) -> Self {
        let text = place.file.text.as_str();
        let Range { start, end } = within(text, &place.span);
        let first = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let lines = text[start..end].matches('\n').take(QUOTED_LINES).count() + 1;
        let last = if lines > QUOTED_LINES { start } else { end };
        let behind = text[last..].find('\n').map_or(text.len(), |at| last + at);
        let before = text[..first.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
        let after = text.get(behind + 1..).unwrap_or_default();
        let after = after.find('\n').map_or(text.len(), |at| behind + 1 + at);
        let mut excerpt = Self {
            path: visible(&place.file.path).into_owned(),
            text: String::new(),
            span: 0..0,
            lines_before: text[..before].matches('\n').count(),
            left_out: 0,
        };
        let wanted = start..end.min(behind);
        let mut at = before;
        for line in text[before..after].split_inclusive('\n') {
            excerpt.line(line, at, &wanted);
            at += line.len();
        }
        excerpt.span.end = excerpt.span.end.clamp(excerpt.span.start, excerpt.text.len());
        excerpt
    }

    /// Appends a line that begins at `at` in its file, cut if it is long.
    fn line(&mut self, line: &str, at: usize, wanted: &Range<usize>) {
        // The end of the text belongs to its last line.
        let end = at + line.len() + usize::from(!line.ends_with('\n'));
        let begins_here = (at..end).contains(&wanted.start);
        let content = line.trim_end_matches(['\n', '\r']);
        let focus = if begins_here { wanted.start - at } else { 0 };
        let (from, to) = window(content, focus.min(content.len()));
        if from > 0 {
            self.text.push(LEFT_OUT);
        }
        let mut copied = from;
        // Piece by piece, so that both ends of the mistake are known in the excerpt.
        for (end, is_start) in [(wanted.start, true), (wanted.end, false)] {
            let Some(end) = end.checked_sub(at).filter(|&end| end <= line.len()) else { continue };
            let cut = end.clamp(copied, to);
            self.text.push_str(&visible(&content[copied..cut]));
            copied = cut;
            if is_start && begins_here {
                self.span = self.text.len()..self.text.len();
                self.left_out = from.saturating_sub(LEFT_OUT.len_utf8());
            } else if !is_start {
                self.span.end = self.text.len();
            }
        }
        self.text.push_str(&visible(&content[copied..to]));
        if to < content.len() {
            self.text.push(LEFT_OUT);
        }
        if line.ends_with('\n') {
            self.text.push('\n');
        }
    }
}

/// A span that lies within a text and ends between characters.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// The part of a line that is quoted: all of it, or so much around a position.
fn window(line: &str, focus: usize) -> (usize, usize) {
    if line.len() <= QUOTED_LINE {
        return (0, line.len());
    }
    let before = line[..focus].char_indices().rev().take(QUOTED_LINE / 4).last();
    let from = before.map_or(focus, |(at, _)| at);
    let to = line[from..].char_indices().nth(QUOTED_LINE).map_or(line.len(), |(at, _)| from + at);
    (from, to)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, lines_before, lines_after)?;
        // Only when asked for the mistake alone does the answer begin in the middle of a line.
        let left_out = if lines_before == 0 { self.left_out } else { 0 };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            inner.data(),
            *inner.span(),
            self.lines_before + inner.line(),
            left_out + inner.column(),
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::SourceFile;

    fn excerpt(text: &str, wrong: &str) -> Excerpt {
        let start = text.find(wrong).unwrap();
        let file = SourceFile { path: "x\u{1b}.json".to_owned(), text: text.to_owned() };
        Excerpt::of(&Place { file: Arc::new(file), span: start..start + wrong.len() })
    }

    #[test]
    fn a_short_file_is_quoted_with_a_line_before_and_behind() {
        let found = excerpt("one\ntwo\nthree\nfour wrong\nfive\nsix\n", "wrong");
        assert_eq!(found.text, "three\nfour wrong\nfive");
        assert_eq!(&found.text[found.span.clone()], "wrong");
        assert_eq!((found.lines_before, found.left_out), (2, 0));
        let first = excerpt("wrong\r\ntwo\r\n", "wrong");
        assert_eq!((first.text.as_str(), first.span), ("wrong\ntwo", 0..5));
        let several = excerpt("a\nb\nc\nd\ne\n", "b\nc\nd");
        assert_eq!((several.text.as_str(), several.span), ("a\nb\nc\nd\ne", 2..7));
    }

    #[test]
    fn a_line_of_a_megabyte_is_quoted_around_the_mistake() {
        let text = format!("{}wrong{}", "ä".repeat(500_000), "ö".repeat(500_000));
        let found = excerpt(&text, "wrong");
        assert!(found.text.chars().count() <= QUOTED_LINE + 2, "{}", found.text);
        assert_eq!(&found.text[found.span.clone()], "wrong");
        let seen = found.read_span(&(found.span.start, 5).into(), 0, 0).unwrap();
        assert_eq!(seen.line(), 0);
        // miette counts the columns of what it is given in bytes.
        assert!(seen.column() >= 500_000, "{}", seen.column());
    }

    #[test]
    fn a_mistake_longer_than_the_page_is_quoted_at_its_head() {
        let wrong = "[\n".repeat(QUOTED_LINES + 5);
        let found = excerpt(&format!("before\n{wrong}behind"), &wrong);
        assert_eq!(found.text, "before\n[\n[");
        assert_eq!(&found.text[found.span.clone()], "[");
        let long = "w".repeat(1_000);
        let found = excerpt(&format!("\"{long}\""), &long);
        assert!(found.text.chars().count() <= QUOTED_LINE + 2);
        assert!(found.span.len() <= QUOTED_LINE);
    }

    #[test]
    fn escape_characters_are_shown_and_the_place_stays_right() {
        let found = excerpt("\u{1b}[2J \u{7}wrong\u{1b}", "wrong");
        assert_eq!(found.text, r"\u{1b}[2J \u{7}wrong\u{1b}");
        assert_eq!(&found.text[found.span.clone()], "wrong");
        assert_eq!(found.path, r"x\u{1b}.json");
    }
}
