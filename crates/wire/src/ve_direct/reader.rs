//! Blocks and HEX frames out of what a device sends.
//!
//! The bytes of HEX frames do not count in a block's sum, wherever the frame stands. The byte behind
//! `Checksum` may be any, also a colon or a line feed.

use super::block::{CHECKSUM, Field};
use super::hex::HexFrame;
use super::{MAX_FIELDS, MAX_LABEL, MAX_VALUE};
use crate::line::{CompletedLine, LineBuffer};

/// What a reader found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VeDirectEvent {
    /// A block whose sum is right.
    Block(Vec<Field>),
    /// A HEX frame whose check is right.
    Hex(HexFrame),
}

/// What came over a line since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReaderCounters {
    /// Every byte.
    pub bytes: u64,
    /// Blocks that were accepted.
    pub blocks: u64,
    /// Blocks whose sum was wrong. The first one often is, since a reader starts in the middle.
    pub checksum_errors: u64,
    /// Blocks whose sum was right, but with a field that is too long, or too many.
    pub malformed: u64,
    /// HEX frames that were accepted.
    pub hex_frames: u64,
    /// Between a colon and a line feed, but no HEX frame.
    pub hex_errors: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the line feed of a field.
    #[default]
    Between,
    Label,
    Value,
    Checksum,
}

/// Takes a device's bytes apart. Holds at most one block and one HEX frame.
#[derive(Clone, Debug, Default)]
pub struct VeDirectReader {
    state: State,
    sum: u8,
    label: LineBuffer<{ CHECKSUM.len() }>,
    value: LineBuffer<MAX_VALUE>,
    /// Text of the label whose value is being read.
    name: String,
    fields: Vec<Field>,
    /// Something of this block cannot be kept.
    spoilt: bool,
    /// The digits of a HEX frame, while one is being read.
    hex: Option<LineBuffer<{ HexFrame::MAX_DIGITS }>>,
    counters: ReaderCounters,
}

// The longest label is the one that ends a block.
const _: () = assert!(CHECKSUM.len() == MAX_LABEL);

impl VeDirectReader {
    /// Takes the next byte.
    pub fn push(&mut self, byte: u8) -> Option<VeDirectEvent> {
        self.counters.bytes += 1;
        if let Some(frame) = &mut self.hex {
            if byte != b'\n' {
                frame.push(byte);
                return None;
            }
            let mut frame = self.hex.take()?;
            return self.finish_hex(frame.finish());
        }
        if byte == b':' && self.state != State::Checksum {
            self.hex = Some(LineBuffer::default());
            return None;
        }
        self.sum = self.sum.wrapping_add(byte);
        match (self.state, byte) {
            (State::Checksum, _) => return self.finish_block(),
            (State::Value, b'\n') => {
                self.finish_value();
                self.state = State::Label;
            }
            (State::Between, b'\n') => self.state = State::Label,
            (State::Label, b'\n') => {
                self.label.finish();
                self.spoilt = true;
            }
            (State::Label, b'\t') => self.finish_label(),
            (State::Value, b'\r') | (State::Between, _) => {}
            (State::Label, byte) => self.label.push(byte),
            (State::Value, byte) => self.value.push(byte),
        }
        None
    }

    /// Starts over inside a block: after a gap of [`super::BYTE_GAP`].
    pub fn reset(&mut self) {
        *self = Self { counters: self.counters, ..Self::default() };
    }

    /// What was seen so far.
    pub fn counters(&self) -> ReaderCounters {
        self.counters
    }

    fn finish_label(&mut self) {
        self.state = State::Value;
        match self.label.finish() {
            CompletedLine::Whole(CHECKSUM) => self.state = State::Checksum,
            CompletedLine::Whole(label) => self.name = printable(label).unwrap_or_default(),
            CompletedLine::TooLong(_) => self.name.clear(),
        }
        self.spoilt |= self.state == State::Value && self.name.is_empty();
    }

    fn finish_value(&mut self) {
        let value = match self.value.finish() {
            CompletedLine::Whole(value) => printable(value),
            CompletedLine::TooLong(_) => None,
        };
        match value {
            Some(value) if self.fields.len() < MAX_FIELDS => {
                self.fields.push(Field { label: std::mem::take(&mut self.name), value });
            }
            _ => self.spoilt = true,
        }
    }

    fn finish_block(&mut self) -> Option<VeDirectEvent> {
        self.state = State::Between;
        let sum = std::mem::take(&mut self.sum);
        let fields = std::mem::take(&mut self.fields);
        let spoilt = std::mem::take(&mut self.spoilt);
        if sum != 0 {
            self.counters.checksum_errors += 1;
            return None;
        }
        if spoilt {
            self.counters.malformed += 1;
            return None;
        }
        self.counters.blocks += 1;
        Some(VeDirectEvent::Block(fields))
    }

    fn finish_hex(&mut self, line: CompletedLine<'_>) -> Option<VeDirectEvent> {
        let frame = match line {
            CompletedLine::Whole(digits) => HexFrame::parse(digits),
            CompletedLine::TooLong(_) => None,
        };
        match frame {
            Some(_) => self.counters.hex_frames += 1,
            None => self.counters.hex_errors += 1,
        }
        frame.map(VeDirectEvent::Hex)
    }
}

/// Text of printable ASCII characters.
fn printable(bytes: &[u8]) -> Option<String> {
    let text = bytes.iter().all(|byte| matches!(byte, b' '..=b'~')).then_some(bytes)?;
    Some(text.iter().map(|&byte| char::from(byte)).collect())
}
