//! The sending end of a serial line: bytes leave one after the other at the line's rate, no faster.
//!
//! A pseudo-terminal or a TCP connection carries any number of bytes at once; a device behind a UART does
//! not. What leaves through [`OutgoingBytes`] is due when a UART would have sent its last bit.

use std::collections::VecDeque;

use blackstart_units::SimTime;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Rate and length of a character on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    bits_per_second: u32,
    bits_per_character: u8,
}

impl Rate {
    /// 8 data bits, no parity, one stop bit.
    pub const fn eight_n_one(bits_per_second: u32) -> Self {
        Self { bits_per_second, bits_per_character: 10 }
    }

    /// How long so many characters take, rounded up to whole nanoseconds. A rate of zero counts as one.
    pub fn time_of(self, characters: u64) -> SimTime {
        let bits = u128::from(characters) * u128::from(self.bits_per_character);
        let nanos = bits * u128::from(NANOS_PER_SECOND);
        let nanos = nanos.div_ceil(u128::from(self.bits_per_second.max(1)));
        SimTime::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many whole characters fit into a time.
    fn characters_in(self, time: SimTime) -> u64 {
        let bits = u128::from(time.as_nanos()) * u128::from(self.bits_per_second.max(1));
        let per_character = u128::from(self.bits_per_character) * u128::from(NANOS_PER_SECOND);
        u64::try_from(bits / per_character).unwrap_or(u64::MAX)
    }
}

/// Bytes on their way out. Holds at most what it was made for.
#[derive(Clone, Debug)]
pub struct OutgoingBytes {
    rate: Rate,
    capacity: usize,
    bytes: VecDeque<u8>,
    /// When the first byte of the present run of bytes began to leave.
    began: SimTime,
    /// Bytes of this run that have left.
    left: u64,
}

impl OutgoingBytes {
    /// An idle line that keeps up to `capacity` bytes waiting.
    pub fn new(rate: Rate, capacity: usize) -> Self {
        Self { rate, capacity, bytes: VecDeque::new(), began: SimTime::ZERO, left: 0 }
    }

    /// Puts bytes in line: they follow what is waiting, or begin to leave now. `false`, and nothing is
    /// taken, when they do not fit.
    pub fn push(&mut self, at: SimTime, bytes: &[u8]) -> bool {
        if self.bytes.len() + bytes.len() > self.capacity {
            return false;
        }
        if self.bytes.is_empty() {
            self.began = at.max(self.free_at());
            self.left = 0;
        }
        self.bytes.extend(bytes);
        true
    }

    /// Appends every byte that has left by now.
    pub fn take(&mut self, now: SimTime, out: &mut Vec<u8>) {
        if now < self.began {
            return;
        }
        let gone = self.rate.characters_in(now.since(self.began));
        let count = gone.saturating_sub(self.left).min(self.bytes.len() as u64);
        out.extend(self.bytes.drain(..count as usize));
        self.left += count;
    }

    /// When the last byte in line will have left; in the past when nothing waits.
    pub fn free_at(&self) -> SimTime {
        self.began + self.rate.time_of(self.left + self.bytes.len() as u64)
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets what waits: the device was switched off.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_leave_at_the_lines_rate_however_often_it_is_asked() {
        let mut line = OutgoingBytes::new(Rate::eight_n_one(19_200), 200);
        assert!(line.push(SimTime::from_millis(10), &[7; 130]));
        let mut out = Vec::new();
        line.take(SimTime::from_micros(10_520), &mut out);
        assert_eq!(out.len(), 0, "a character takes 521 µs");
        line.take(SimTime::from_micros(10_521), &mut out);
        assert_eq!(out.len(), 1);
        for step in 0..6_800 {
            line.take(SimTime::from_micros(10_521 + 10 * step), &mut out);
        }
        assert_eq!(line.free_at(), SimTime::from_nanos(77_708_334));
        assert_eq!(out.len(), 130);
    }

    #[test]
    fn what_is_pushed_while_bytes_leave_follows_without_a_gap() {
        let mut line = OutgoingBytes::new(Rate::eight_n_one(10_000), 4);
        assert!(line.push(SimTime::ZERO, b"ab"));
        assert!(line.push(SimTime::from_micros(500), b"cd"));
        assert!(!line.push(SimTime::from_micros(500), b"e"), "there is room for four");
        let mut out = Vec::new();
        line.take(SimTime::from_millis(3), &mut out);
        assert_eq!(out, b"abc");
        line.take(SimTime::from_millis(4), &mut out);
        assert_eq!(out, b"abcd");
        assert!(line.push(SimTime::from_millis(9), b"e"));
        assert_eq!(line.free_at(), SimTime::from_millis(10));
    }
}
