//! Silence that ends a frame, as a function of the bit rate.
//!
//! Frames are apart by at least 3.5 characters; inside a frame no two characters are apart by more than
//! 1.5. Above 19,200 bit/s both are fixed, at 1.75 ms and 750 µs, because the characters become shorter
//! than what a processor can time.

use blackstart_units::SimTime;

/// Above this rate the times are fixed.
const FIXED_ABOVE: u32 = 19_200;
const FIXED_BETWEEN_FRAMES: SimTime = SimTime::from_micros(1_750);
const FIXED_INSIDE_A_FRAME: SimTime = SimTime::from_micros(750);
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// The times of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTiming {
    /// One character: start bit, data, parity, stop bits.
    pub character: SimTime,
    /// Most silence inside a frame: 1.5 characters.
    pub inside_a_frame: SimTime,
    /// Least silence between frames: 3.5 characters.
    pub between_frames: SimTime,
}

impl LineTiming {
    /// The times of a line with this rate and so many bits a character (11 with parity, 10 without);
    /// `None` when either is zero. Rounded up to whole nanoseconds.
    pub fn of_line(bits_per_second: u32, bits_per_character: u8) -> Option<Self> {
        if bits_per_second == 0 || bits_per_character == 0 {
            return None;
        }
        // In half characters, so that 3.5 is a whole number of them.
        let halves = |halves: u64| {
            let bits = halves * u64::from(bits_per_character) * NANOS_PER_SECOND;
            SimTime::from_nanos(bits.div_ceil(2 * u64::from(bits_per_second)))
        };
        let fixed = bits_per_second > FIXED_ABOVE;
        Some(Self {
            character: halves(2),
            inside_a_frame: if fixed { FIXED_INSIDE_A_FRAME } else { halves(3) },
            between_frames: if fixed { FIXED_BETWEEN_FRAMES } else { halves(7) },
        })
    }

    /// The same for bytes that come through an operating system, which hands them on in lumps: no silence
    /// counts that is no longer than `jitter`.
    pub fn seen_through(self, jitter: SimTime) -> Self {
        Self {
            inside_a_frame: self.inside_a_frame + jitter,
            between_frames: self.between_frames + jitter,
            ..self
        }
    }

    /// The silence between two bytes, from the instants at which each was complete.
    pub fn silence(&self, earlier: SimTime, later: SimTime) -> SimTime {
        later.since(earlier).since(self.character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_follow_the_rate_up_to_19200_and_are_fixed_above() {
        let slow = LineTiming::of_line(9_600, 11).unwrap();
        assert_eq!(slow.character, SimTime::from_nanos(1_145_834));
        assert_eq!(slow.between_frames, SimTime::from_nanos(4_010_417));
        assert_eq!(slow.inside_a_frame, SimTime::from_nanos(1_718_750));
        let edge = LineTiming::of_line(19_200, 11).unwrap();
        assert_eq!(edge.between_frames, SimTime::from_nanos(2_005_209));
        let fast = LineTiming::of_line(19_201, 11).unwrap();
        assert_eq!(fast.between_frames, SimTime::from_micros(1_750));
        assert_eq!(fast.inside_a_frame, SimTime::from_micros(750));
        assert_eq!(LineTiming::of_line(0, 11), None);
        assert_eq!(LineTiming::of_line(9_600, 0), None);
    }
}
