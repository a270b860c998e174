//! The rectangle that curves are drawn in: time across, a quantity upwards.

use blackstart_units::SimTime;

use crate::axis::{Ticks, TimeUnit};
use crate::canvas::{Canvas, TextLine};
use crate::colour::{FRAME, GRID, INK, MUTED};

/// The part of the run that is shown, and where it lies on the canvas.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeAxis {
    pub left: f64,
    pub right: f64,
    pub from: SimTime,
    /// After `from`.
    pub to: SimTime,
    /// The instant that the labels count from.
    pub zero: SimTime,
}

impl TimeAxis {
    pub(crate) fn x(&self, at: SimTime) -> f64 {
        let span = self.to.since(self.from).as_nanos() as f64;
        let at = at.clamp(self.from, self.to).since(self.from).as_nanos() as f64;
        self.left + (self.right - self.left) * at / span
    }

    /// Whether an instant is shown.
    pub(crate) fn shows(&self, at: SimTime) -> bool {
        (self.from..=self.to).contains(&at)
    }

    pub(crate) fn unit(&self) -> TimeUnit {
        TimeUnit::for_span(self.to.since(self.from))
    }

    /// Round instants with their labels and places.
    fn ticks(&self) -> Vec<(f64, String)> {
        let unit = self.unit();
        let offset = |at: SimTime| {
            let ahead =
                at.since(self.zero).as_nanos() as f64 - self.zero.since(at).as_nanos() as f64;
            ahead * 1e-9 / unit.seconds
        };
        let (low, high) = (offset(self.from), offset(self.to));
        let wanted = ((self.right - self.left) / 90.0).clamp(3.0, 12.0);
        let place =
            |value: f64| self.left + (self.right - self.left) * (value - low) / (high - low);
        Ticks::new(low, high, wanted).iter().map(|(value, label)| (place(value), label)).collect()
    }

    /// Vertical grid lines between two heights.
    pub(crate) fn grid(&self, canvas: &mut Canvas, top: f64, bottom: f64) {
        for (x, _) in self.ticks() {
            canvas.line((x, top), (x, bottom), 0.5, GRID);
        }
    }

    /// Tick labels and the axis' title below `y`.
    pub(crate) fn labels(&self, canvas: &mut Canvas, y: f64, title: &str) {
        for (x, label) in self.ticks() {
            canvas.line((x, y), (x, y + 4.0), 1.0, FRAME);
            canvas.text(TextLine::new((x, y + 12.0), label, 12.5, INK).middle());
        }
        let middle = (self.left + self.right) / 2.0;
        let title = format!("{title} / {}", self.unit().name);
        canvas.text(TextLine::new((middle, y + 29.0), title, 12.5, MUTED).middle());
    }
}

/// Height that [`TimeAxis::labels`] takes.
pub(crate) const TIME_LABELS: f64 = 40.0;

/// A vertical axis with its range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueAxis {
    pub top: f64,
    pub bottom: f64,
    pub low: f64,
    /// Above `low`.
    pub high: f64,
}

impl ValueAxis {
    /// Where a value is drawn: at the edge when it is beyond the range.
    pub(crate) fn y(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.bottom - (self.bottom - self.top) * share
    }

    pub(crate) fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values with their labels.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let wanted = ((self.bottom - self.top) / 26.0).clamp(2.0, 8.0);
        Ticks::new(self.low, self.high, wanted).iter().collect()
    }
}
