//! Frames out of bytes and the instants at which they came.

use blackstart_units::SimTime;

use super::MAX_ADU_BYTES;
use super::adu::{Adu, AduError};
use super::timing::LineTiming;

/// What came over a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FramerCounters {
    /// Every byte.
    pub bytes: u64,
    /// Frames that were accepted.
    pub frames: u64,
    /// Sequences whose CRC is wrong.
    pub crc_errors: u64,
    /// Sequences that are too short or too long.
    pub length_errors: u64,
    /// Sequences with a pause inside that is too long for a frame and too short between two.
    pub pauses: u64,
}

/// Cuts bytes into frames where the line was silent. Holds at most one frame.
#[derive(Clone, Debug)]
pub struct Framer {
    timing: LineTiming,
    bytes: Vec<u8>,
    /// Bytes since the last silence, also those that no longer fit.
    length: usize,
    last: SimTime,
    paused: bool,
    counters: FramerCounters,
}

impl Framer {
    /// A framer for a line with these times.
    pub fn new(timing: LineTiming) -> Self {
        Self {
            timing,
            bytes: Vec::with_capacity(MAX_ADU_BYTES),
            length: 0,
            last: SimTime::ZERO,
            paused: false,
            counters: FramerCounters::default(),
        }
    }

    /// Takes a byte and the instant at which it was complete. The silence before it may have ended the
    /// frame before.
    pub fn push(&mut self, byte: u8, at: SimTime) -> Option<Adu> {
        let silence = self.timing.silence(self.last, at);
        let frame = if silence >= self.timing.between_frames { self.finish() } else { None };
        self.paused |= self.length > 0 && silence > self.timing.inside_a_frame;
        self.counters.bytes += 1;
        self.length = self.length.saturating_add(1);
        if self.bytes.len() < MAX_ADU_BYTES {
            self.bytes.push(byte);
        }
        self.last = at;
        frame
    }

    /// Nothing came until now: the frame that has ended by that, if one has.
    pub fn idle(&mut self, now: SimTime) -> Option<Adu> {
        if now.since(self.last) >= self.timing.between_frames { self.finish() } else { None }
    }

    /// When a frame that has begun will have ended, if nothing more comes.
    pub fn ends_at(&self) -> Option<SimTime> {
        (self.length > 0).then_some(self.last + self.timing.between_frames)
    }

    /// What was seen so far. A frame that has not ended counts as bytes only.
    pub fn counters(&self) -> FramerCounters {
        self.counters
    }

    fn finish(&mut self) -> Option<Adu> {
        let length = std::mem::take(&mut self.length);
        let paused = std::mem::take(&mut self.paused);
        let parsed = match length {
            0 => return None,
            _ if length > MAX_ADU_BYTES => Err(AduError::Length { bytes: length }),
            _ => Adu::parse(&self.bytes),
        };
        self.bytes.clear();
        if paused {
            self.counters.pauses += 1;
            return None;
        }
        match parsed {
            Ok(adu) => {
                self.counters.frames += 1;
                return Some(adu);
            }
            Err(AduError::Crc { .. }) => self.counters.crc_errors += 1,
            Err(AduError::Length { .. }) => self.counters.length_errors += 1,
        }
        None
    }
}
