//! Showing what strangers wrote: a name may hold what moves the cursor of a terminal, or be a megabyte
//! long.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with everything that a terminal would obey shown as such, `\u{1b}`; line breaks and tabs
/// stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_obeyed(char) {
            // Nothing is there that could fail.
            let _ = write!(shown, "{}", char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// The beginning of a text, and how much was left out.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    // Bytes are no fewer than characters: most texts need not be counted.
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let left = text[end..].chars().count();
            Cow::Owned(format!("{}… ({left} characters more)", &text[..end]))
        }
    }
}

/// Whether a terminal takes a character for an order, or lets it turn the text around.
fn is_obeyed(char: char) -> bool {
    let turns =
        matches!(char, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || char.is_control() && !matches!(char, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("\u{1b}[2J\rgone\u{9b}31m\u{7}"), r"\u{1b}[2J\u{d}gone\u{9b}31m\u{7}");
        assert_eq!(visible("a\u{202e}b"), r"a\u{202e}b");
        assert_eq!(visible("Größe µ ✓\n\tx"), "Größe µ ✓\n\tx");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äöü… (1 characters more)");
    }
}
