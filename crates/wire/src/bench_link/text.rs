//! Text in pieces of a few bytes, and the way back to something that can be shown.

use super::message::FromDevice;

/// Most text bytes of one log message.
pub const LOG_CHUNK_BYTES: usize = 7;
/// Most text bytes of one piece of an own claim.
pub const OWN_CHUNK_BYTES: usize = 4;
/// Most text bytes of one identity message.
pub const IDENTITY_CHUNK_BYTES: usize = 6;

/// A piece of text, 0 … 7 bytes. May cut a UTF-8 sequence in two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextChunk {
    length: u8,
    bytes: [u8; LOG_CHUNK_BYTES],
}

impl TextChunk {
    /// A chunk of these bytes; `None` when they are more than [`LOG_CHUNK_BYTES`].
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; LOG_CHUNK_BYTES];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { length: text.len() as u8, bytes })
    }

    /// The bytes of this piece.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// One line of log as the messages that carry it.
pub fn log_messages(line: &str) -> Vec<FromDevice> {
    let mut chunks: Vec<_> = line.as_bytes().chunks(LOG_CHUNK_BYTES).map(TextChunk::new).collect();
    if chunks.is_empty() {
        chunks.push(Some(TextChunk::default()));
    }
    let last = chunks.len() - 1;
    let message = |(index, text)| FromDevice::Log { text, end: index == last };
    chunks.into_iter().flatten().enumerate().map(message).collect()
}

/// The text that a device sent, fit for a terminal and a report: broken UTF-8 and control characters
/// become the replacement character.
pub fn printable(bytes: &[u8]) -> String {
    let shown = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    String::from_utf8_lossy(bytes).chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_a_device_do_not_reach_the_terminal() {
        assert_eq!(printable(b"on\x1b[2Jline\xff"), "on\u{fffd}[2Jline\u{fffd}");
    }

    #[test]
    fn an_empty_line_is_still_a_line() {
        let empty = FromDevice::Log { text: TextChunk::default(), end: true };
        assert_eq!(log_messages(""), [empty]);
    }
}
