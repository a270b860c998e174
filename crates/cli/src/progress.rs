//! How far a command is, for people: a bar with the time left where somebody watches, and a line every few
//! seconds where what they read is a log.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use blackstart_page::span;
use indicatif::ProgressBar;

use crate::console::BAR_STEPS;

/// Time between two lines of a log.
const EVERY: Duration = Duration::from_secs(15);

/// The progress of so many pieces of work.
pub struct WorkProgress {
    bar: ProgressBar,
    began: Instant,
    pieces: usize,
    log: Mutex<Log>,
}

/// What stands in a log.
struct Log {
    finished: usize,
    said: Instant,
}

impl WorkProgress {
    /// None is done yet; `bar` has [`BAR_STEPS`] for each piece.
    pub fn new(bar: ProgressBar, pieces: usize) -> Self {
        let began = Instant::now();
        Self { bar, began, pieces, log: Mutex::new(Log { finished: 0, said: began }) }
    }

    /// One piece begins.
    pub fn piece(&self, name: &str) -> PieceProgress<'_> {
        self.bar.set_message(name.to_owned());
        PieceProgress { whole: self, done: 0 }
    }

    /// Counts a piece, and gives the line that a log should have now.
    pub fn finished(&self) -> Option<String> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.finished += 1;
        let now = Instant::now();
        if !self.bar.is_hidden() || now - log.said < EVERY || log.finished == self.pieces {
            return None;
        }
        log.said = now;
        Some(line(log.finished, self.pieces, now - self.began))
    }

    /// Takes the bar away.
    pub fn close(&self) {
        self.bar.finish_and_clear();
    }

    /// The bar, which has to stand aside while something is printed.
    pub const fn bar(&self) -> &ProgressBar {
        &self.bar
    }
}

/// `120 of 416, about 35 s left`.
fn line(finished: usize, pieces: usize, taken: Duration) -> String {
    let rest = pieces.saturating_sub(finished) as f64 / finished.max(1) as f64;
    let left = (taken.as_secs_f64() * rest).round();
    format!("{finished} of {pieces}, about {} left", span(left))
}

/// How far one piece is.
pub struct PieceProgress<'a> {
    whole: &'a WorkProgress,
    done: u64,
}

impl PieceProgress<'_> {
    /// So much of it is done, from 0 to 1.
    pub fn at(&mut self, share: f64) {
        let done = ((share * BAR_STEPS as f64) as u64).clamp(self.done, BAR_STEPS);
        self.whole.bar.inc(done - self.done);
        self.done = done;
    }
}

impl Drop for PieceProgress<'_> {
    fn drop(&mut self) {
        self.at(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_goes_by_what_has_been_taken() {
        assert_eq!(line(100, 400, Duration::from_secs(20)), "100 of 400, about 60 s left");
        assert_eq!(line(399, 400, Duration::from_secs(600)), "399 of 400, about 2 s left");
    }

    #[test]
    fn a_bar_is_full_once_every_piece_is_done_however_far_it_said_it_was() {
        let whole = WorkProgress::new(ProgressBar::hidden(), 2);
        let mut first = whole.piece("first");
        first.at(0.5);
        first.at(0.2);
        assert_eq!(whole.bar.position(), BAR_STEPS / 2);
        drop(first);
        whole.piece("second").at(7.0);
        assert_eq!(whole.bar.position(), 2 * BAR_STEPS);
        assert_eq!(whole.finished(), None, "a log has no line before its time");
    }
}
