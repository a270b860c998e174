//! A device's sending end: text blocks and HEX frames on one line, at its rate.
//!
//! A HEX frame may stand between two fields of a block, never inside one: it waits for the end of the
//! field that is leaving, and the rest of the block waits for it.

use std::collections::VecDeque;

use blackstart_units::SimTime;

use super::BAUD;
use super::block::Block;
use super::hex::HexFrame;
use crate::serial::{OutgoingBytes, Rate};

/// Most HEX frames that wait; a host that asks faster than the line answers loses the rest.
const MAX_FRAMES: usize = 16;
/// Longest field or frame: carriage return, line feed, label, tab, value; or colon, digits, line feed.
const MAX_PIECE: usize = HexFrame::MAX_DIGITS + 2;

/// Bytes that may begin to leave at an instant.
type Piece = (SimTime, Vec<u8>);

/// Blocks and frames on their way out. Holds one block and a few frames.
#[derive(Clone, Debug)]
pub struct Sender {
    line: OutgoingBytes,
    fields: VecDeque<Piece>,
    frames: VecDeque<Piece>,
    lost_frames: u64,
}

impl Default for Sender {
    fn default() -> Self {
        Self {
            line: OutgoingBytes::new(Rate::eight_n_one(BAUD), MAX_PIECE),
            fields: VecDeque::new(),
            frames: VecDeque::new(),
            lost_frames: 0,
        }
    }
}

impl Sender {
    /// Begins to send a block. `false`, and nothing happens, while the one before is still leaving.
    pub fn block(&mut self, at: SimTime, block: &Block) -> bool {
        let is_free = self.fields.is_empty();
        if is_free {
            self.fields.extend(block.lines().map(|line| (at, line.to_vec())));
        }
        is_free
    }

    /// Sends a HEX frame as soon as a field ends. `false` when too many are waiting: it is lost.
    pub fn frame(&mut self, at: SimTime, frame: &HexFrame) -> bool {
        let fits = self.frames.len() < MAX_FRAMES;
        if fits {
            let mut bytes = Vec::new();
            frame.append(&mut bytes);
            self.frames.push_back((at, bytes));
        } else {
            self.lost_frames += 1;
        }
        fits
    }

    /// Appends every byte that has left by now.
    pub fn take(&mut self, now: SimTime, out: &mut Vec<u8>) {
        loop {
            self.line.take(now, out);
            if !self.line.is_empty() {
                return;
            }
            match self.next_start() {
                Some((start, is_frame)) if start <= now => self.begin(start, is_frame),
                _ => return,
            }
        }
    }

    /// When the next field or frame will have left whole; [`SimTime::NEVER`] when nothing waits.
    pub fn due(&self) -> SimTime {
        if !self.line.is_empty() {
            return self.line.free_at();
        }
        self.next_start().map_or(SimTime::NEVER, |(start, _)| start)
    }

    /// HEX frames that found no room.
    pub fn lost_frames(&self) -> u64 {
        self.lost_frames
    }

    /// Forgets everything that waits: the device restarts.
    pub fn clear(&mut self) {
        self.line.clear();
        self.fields.clear();
        self.frames.clear();
    }

    /// What leaves next on a line that is free: when, and whether it is a frame. Of two that could begin
    /// at once it is the frame.
    fn next_start(&self) -> Option<(SimTime, bool)> {
        let free_at = self.line.free_at();
        let start = |pieces: &VecDeque<Piece>| pieces.front().map(|(at, _)| (*at).max(free_at));
        match (start(&self.frames), start(&self.fields)) {
            (Some(frame), Some(field)) if field < frame => Some((field, false)),
            (Some(frame), _) => Some((frame, true)),
            (None, field) => field.map(|field| (field, false)),
        }
    }

    fn begin(&mut self, start: SimTime, is_frame: bool) {
        let pieces = if is_frame { &mut self.frames } else { &mut self.fields };
        if let Some((_, bytes)) = pieces.pop_front() {
            let fits = self.line.push(start, &bytes);
            debug_assert!(fits, "a free line has room for the longest piece");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::block::Field;
    use super::super::hex::HexRequest;
    use super::super::reader::{VeDirectEvent, VeDirectReader};
    use super::*;

    fn block() -> Block {
        let field = |label: &str, value: &str| Field { label: label.into(), value: value.into() };
        Block::new(&[field("V", "51200"), field("AR", "0"), field("OR", "0x00000000")]).unwrap()
    }

    #[test]
    fn a_frame_waits_for_the_end_of_its_field_and_the_block_stays_whole() {
        let mut sender = Sender::default();
        assert!(sender.block(SimTime::ZERO, &block()));
        // The first field has nine bytes, 4.7 ms.
        assert!(sender.frame(SimTime::from_millis(2), &HexRequest::Ping.encode()));
        assert!(!sender.block(SimTime::from_millis(2), &block()), "the first is not out yet");
        let mut out = Vec::new();
        for step in 0..500 {
            sender.take(SimTime::from_micros(100 * step), &mut out);
        }
        assert_eq!(sender.due(), SimTime::NEVER);
        assert!(out.starts_with(b"\r\nV\t51200:154\n\r\nAR\t0"), "{}", out.escape_ascii());
        let mut reader = VeDirectReader::default();
        let events: Vec<VeDirectEvent> = out.iter().filter_map(|&byte| reader.push(byte)).collect();
        assert!(
            matches!(events[..], [VeDirectEvent::Hex(_), VeDirectEvent::Block(_)]),
            "{events:?}"
        );
    }

    #[test]
    fn more_frames_than_the_line_carries_are_lost_and_counted() {
        let mut sender = Sender::default();
        let sent =
            (0..40).filter(|_| sender.frame(SimTime::ZERO, &HexRequest::Ping.encode())).count();
        assert_eq!((sent, sender.lost_frames()), (MAX_FRAMES, 24));
    }
}
