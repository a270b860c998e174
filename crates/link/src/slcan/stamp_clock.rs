//! From an adapter's time stamps to the bench's clock.
//!
//! A stamp is as good as the adapter's crystal, an arrival as bad as the line between: USB holds frames
//! back for milliseconds. The offset between the two clocks is that of the frame that was held back
//! least, allowed to creep by what two crystals may differ.

use std::time::{Duration, Instant};

/// Stamps start over after a minute.
const MODULO_MS: u64 = 60_000;
/// By how much the two clocks may differ: 200 ppm.
const MAX_DRIFT_PPM: u32 = 200;

/// The clock of one adapter.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StampClock {
    last: Option<Last>,
}

#[derive(Clone, Copy, Debug)]
struct Last {
    stamp_ms: u64,
    at: Instant,
    arrival: Instant,
}

impl StampClock {
    /// When a frame was on the bus that arrived now: never later than it arrived.
    pub fn instant(&mut self, stamp_ms: u16, arrival: Instant) -> Instant {
        let stamp_ms = u64::from(stamp_ms);
        let at = match self.last {
            None => arrival,
            Some(last) => {
                let quiet = arrival.saturating_duration_since(last.arrival);
                // Whole minutes of silence do not show in the stamp.
                let step = (stamp_ms + MODULO_MS - last.stamp_ms) % MODULO_MS;
                let minutes = (quiet.as_millis() as u64).saturating_sub(step) / MODULO_MS;
                let step = Duration::from_millis(step + minutes * MODULO_MS);
                let creep = quiet * MAX_DRIFT_PPM / 1_000_000;
                (last.at + step + creep).min(arrival)
            }
        };
        self.last = Some(Last { stamp_ms, at, arrival });
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_frame_that_was_held_back_is_dated_by_its_stamp() {
        let (mut clock, start) = (StampClock::default(), Instant::now());
        assert_eq!(clock.instant(100, start), start);
        let late = clock.instant(110, start + 25 * MS);
        assert!(late >= start + 10 * MS && late < start + 11 * MS);
    }

    #[test]
    fn an_offset_that_proves_too_large_is_corrected() {
        let (mut clock, start) = (StampClock::default(), Instant::now());
        clock.instant(0, start + 30 * MS);
        assert_eq!(clock.instant(10, start + 10 * MS), start + 10 * MS);
    }

    #[test]
    fn stamps_start_over_every_minute_also_while_the_bus_is_silent() {
        let (mut clock, start) = (StampClock::default(), Instant::now());
        clock.instant(59_990, start);
        let soon = clock.instant(10, start + 20 * MS);
        assert_eq!(soon, start + 20 * MS);
        let later = start + 20 * MS + 120_005 * MS;
        let seen = clock.instant(10, later);
        assert!(seen > later - 6 * MS && seen <= later);
    }
}
