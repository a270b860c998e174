//! One transient enlarged: its own quantity with thresholds, delays and peak, and below it the
//! other quantity.

use blackstart_roles::{Guarded, Protection};
use blackstart_trace::{EventKind, Trace};
use blackstart_units::SimTime;

use crate::canvas::{Canvas, TextLine};
use crate::colour::{DELAY_SHADE, INK, MUTED, TRIP};
use crate::curve::Curve;
use crate::event_label::{self, PlacedMarkers};
use crate::font;
use crate::format::{self, significant};
use crate::panel::{AxisRange, Legend, Panel};
use crate::plot_area::{TIME_LABELS, TimeAxis};
use crate::select::{self, Group};
use crate::transient::{Transient, ZoomQuantity};

const UPPER: f64 = 170.0;
const LOWER: f64 = 115.0;
const LEGEND: f64 = 20.0;
const HEADING: f64 = 44.0;
const GUTTER: f64 = 58.0;
const MOST_ROWS: usize = 4;

/// A level that a protection compares with.
struct Threshold {
    /// Absent where the panel does not show the quantity itself: pre-charge compares a difference.
    level: Option<f64>,
    text: String,
    /// From crossing to trip, when it tripped.
    delay: Option<(SimTime, SimTime)>,
}

/// A zoom with its place across the figure; its height depends on its neighbours.
pub(crate) struct Zoom<'a> {
    trace: &'a Trace,
    transient: &'a Transient,
    time: TimeAxis,
    marks: PlacedMarkers,
    left: f64,
    width: f64,
}

/// Height of zooms side by side, of which the fullest has so many rows of labels.
pub(crate) fn height(rows: usize) -> f64 {
    HEADING + rows as f64 * event_label::ROW + UPPER + LOWER + 2.0 * LEGEND + TIME_LABELS
}

impl<'a> Zoom<'a> {
    pub(crate) fn new(trace: &'a Trace, transient: &'a Transient, left: f64, width: f64) -> Self {
        let time = TimeAxis {
            left: left + GUTTER,
            right: left + width - 20.0,
            from: transient.from,
            to: transient.to,
            zero: transient.zero,
        };
        let marks = event_label::place(&event_label::close_up(trace), &time, MOST_ROWS);
        Self { trace, transient, time, marks, left, width }
    }

    /// Rows of labels that it needs.
    pub(crate) fn rows(&self) -> usize {
        self.marks.rows()
    }

    /// Draws it below `top`, with room for so many rows of labels.
    pub(crate) fn draw(&self, canvas: &mut Canvas, top: f64, rows: usize) {
        let (trace, time) = (self.trace, &self.time);
        self.heading(canvas, top);
        let band_bottom = top + HEADING + rows as f64 * event_label::ROW;
        let band = band_bottom - self.marks.height();
        let upper = (band_bottom + LEGEND, band_bottom + LEGEND + UPPER);
        let lower = (upper.1 + LEGEND, upper.1 + LEGEND + LOWER);
        let thresholds = thresholds(trace, self.transient);
        let peak = self.peak();
        let (above, below) = groups(trace, self.transient.quantity);
        let above =
            Panel::new(trace, &above, time, upper, AxisRange::Whole(reached(&thresholds, peak)));
        let below = Panel::new(trace, &below, time, lower, AxisRange::CutNarrow);

        shade_delays(canvas, &thresholds, time, &above);
        self.marks.lines(canvas, band, &[(band_bottom, upper.1), lower]);
        for panel in [&above, &below] {
            panel.ground(canvas, time);
            panel.legend(canvas, time, Legend::Above);
            panel.curves(canvas);
        }
        draw_thresholds(canvas, &thresholds, time, &above);
        if let Some(peak) = peak {
            self.draw_peak(canvas, peak, &above);
        }
        self.marks.labels(canvas, band);
        time.labels(canvas, lower.1, "time after t₀");
    }

    fn heading(&self, canvas: &mut Canvas, top: f64) {
        let Transient { title, more, zero, zero_is, .. } = self.transient;
        let title = match more {
            0 => title.clone(),
            1 => format!("{title}, and another trip"),
            more => format!("{title}, and {more} more trips"),
        };
        let title = font::fit(&title, 14.5, true, self.width - 20.0);
        canvas.text(TextLine::new((self.left + 4.0, top + 12.0), title, 14.5, INK).bold());
        let mut note = format!("t₀ = {zero}");
        if *zero >= SimTime::from_whole_seconds(600) {
            note += &format!(" ({})", format::span(*zero));
        }
        if !zero_is.is_empty() {
            note += &format!(": {zero_is}");
        }
        let note = font::fit(&note, 12.5, false, self.width - 20.0);
        canvas.text(TextLine::new((self.left + 4.0, top + 30.0), note, 12.5, MUTED));
    }

    /// The extreme of the transient's own series: when, and what. Of a voltage it says nothing.
    fn peak(&self) -> Option<(SimTime, f64)> {
        if self.transient.quantity == ZoomQuantity::Voltage {
            return None;
        }
        let series = self.trace.series_named(&self.transient.series)?;
        let lowest = self.transient.quantity == ZoomQuantity::CellVoltage;
        let rank = |value: f64| if lowest { -value } else { value.abs() };
        let samples = series.iter().filter(|&(at, value)| self.time.shows(at) && value.is_finite());
        samples.reduce(|best, sample| if rank(sample.1) > rank(best.1) { sample } else { best })
    }

    /// A diamond on the peak, and its value on the outer side of the curve.
    fn draw_peak(&self, canvas: &mut Canvas, (at, value): (SimTime, f64), panel: &Panel) {
        const ARM: f64 = 4.0;
        let (x, y) = (self.time.x(at), panel.axis.y(value));
        let diamond = vec![(x, y - ARM), (x + ARM, y), (x, y + ARM), (x - ARM, y)];
        canvas.polygon(diamond, INK);
        let unit = if self.transient.quantity == ZoomQuantity::Current { "A" } else { "V" };
        let zero = self.transient.zero;
        let when = if at == zero {
            "at t₀".to_owned()
        } else if at > zero {
            format!("after {}", format::span(at.since(zero)))
        } else {
            format!("{} before", format::span(zero.since(at)))
        };
        let outwards = if self.transient.quantity == ZoomQuantity::CellVoltage || value < 0.0 {
            13.0
        } else {
            -13.0
        };
        let value = if unit == "A" { significant(value) } else { format::millivolts(value) };
        let text = format!("{value} {unit} {when}");
        let label = TextLine::new((x, y + outwards), text, 12.5, INK).bold();
        let half = label.width() / 2.0 + 4.0;
        let x = x.clamp(self.time.left + half, (self.time.right - half).max(self.time.left + half));
        canvas.text_on_ground(TextLine { at: (x, y + outwards), ..label }.middle());
    }
}

/// The threshold furthest from zero that the panel should show: one far above the peak is left out
/// rather than flattening the curve.
fn reached(thresholds: &[Threshold], peak: Option<(SimTime, f64)>) -> Option<f64> {
    let most = peak.map_or(f64::INFINITY, |(_, value)| 2.5 * value.abs());
    let levels = thresholds.iter().filter_map(|threshold| threshold.level);
    let levels = levels.filter(|level| level.abs() <= most);
    levels.reduce(|a, b| if b.abs() > a.abs() { b } else { a })
}

/// The upper and the lower panel's signals.
fn groups(trace: &Trace, quantity: ZoomQuantity) -> (Group, Group) {
    let (voltages, currents) = (select::voltages(trace), select::currents(trace));
    match quantity {
        ZoomQuantity::Current => (currents, voltages),
        ZoomQuantity::CellVoltage => (select::cell_voltages(trace), currents),
        ZoomQuantity::Voltage => (voltages, currents),
    }
}

/// Levels of the protections that watch this zoom's quantity on its device: of those that tripped
/// here, and of those that came closest here.
fn thresholds(trace: &Trace, transient: &Transient) -> Vec<Threshold> {
    let shows = |at: SimTime| (transient.from..=transient.to).contains(&at);
    let watches = |protection: Protection| match protection.guards() {
        Guarded::Current => transient.quantity == ZoomQuantity::Current,
        Guarded::LowestCell | Guarded::HighestCell => {
            transient.quantity == ZoomQuantity::CellVoltage
        }
        Guarded::PortVoltage => transient.quantity == ZoomQuantity::Voltage,
        Guarded::Temperature | Guarded::SwitchTemperature | Guarded::Charge | Guarded::Nothing => {
            false
        }
    };
    let text = |protection: Protection, level: f64, delay: SimTime| {
        let (name, level) =
            (event_label::name(protection), event_label::quantity(protection, level));
        format!("{name} {level}, {}", format::span(delay))
    };
    let level = |protection: Protection, level: f64| {
        (protection != Protection::PrechargeTimeout && level.is_finite()).then_some(level)
    };
    let device = select::instance(&transient.series);
    let events = trace.events().iter().filter(|event| select::instance(&event.subject) == device);
    let mut found: Vec<Threshold> = Vec::new();
    for event in events {
        let threshold = match &event.kind {
            EventKind::Trip(trip) if shows(event.at) && watches(trip.protection) => {
                // What only the device knows is not drawn.
                let (Some(threshold), Some(delay)) = (trip.threshold, trip.delay) else { continue };
                Threshold {
                    level: level(trip.protection, threshold),
                    text: text(trip.protection, threshold, delay),
                    delay: trip.since.map(|since| (since, event.at)),
                }
            }
            EventKind::Approach(approach)
                if shows(approach.extreme_at) && watches(approach.protection) =>
            {
                Threshold {
                    level: level(approach.protection, approach.threshold),
                    text: text(approach.protection, approach.threshold, approach.delay),
                    delay: None,
                }
            }
            _ => continue,
        };
        let repeated =
            found.iter().any(|other| other.text == threshold.text && threshold.delay.is_none());
        if !repeated {
            found.push(threshold);
        }
    }
    found
}

fn shade_delays(canvas: &mut Canvas, thresholds: &[Threshold], time: &TimeAxis, panel: &Panel) {
    for (since, at) in thresholds.iter().filter_map(|threshold| threshold.delay) {
        let corner = (time.x(since), panel.axis.top);
        canvas.block(corner, (time.x(at), panel.axis.bottom), DELAY_SHADE);
        let text = format!("{} beyond", format::span(at.since(since)));
        let middle = (time.x(since) + time.x(at)) / 2.0;
        let label = TextLine::new((middle, panel.axis.bottom - 9.0), text, 12.0, TRIP).middle();
        if label.width() + 8.0 < time.x(at) - time.x(since) {
            canvas.text(label);
        }
    }
}

fn draw_thresholds(canvas: &mut Canvas, thresholds: &[Threshold], time: &TimeAxis, panel: &Panel) {
    let mut taken: Vec<f64> = Vec::new();
    for threshold in thresholds {
        let Some(level) = threshold.level.filter(|&level| panel.axis.contains(level)) else {
            continue;
        };
        let y = panel.axis.y(level);
        let colour = if threshold.delay.is_some() { TRIP } else { MUTED };
        canvas.dashes((time.left, time.right), y, 1.0, colour);
        // Above the line or, where two are close, below it.
        let free = |place: &f64| taken.iter().all(|other| (other - place).abs() >= 14.0);
        let Some(place) = [y - 9.0, y + 9.0].into_iter().find(free) else { continue };
        taken.push(place);
        // The right end is where a decayed excursion leaves room.
        let label = TextLine::new((time.right - 5.0, place), threshold.text.clone(), 12.0, colour);
        canvas.text_on_ground(label.right());
    }
}

/// Whether a curve of the transient's series exists to be shown.
pub(crate) fn can_show(trace: &Trace, transient: &Transient) -> bool {
    let time = TimeAxis {
        left: 0.0,
        right: 1.0,
        from: transient.from,
        to: transient.to,
        zero: transient.zero,
    };
    let series = trace.series_named(&transient.series);
    series.is_some_and(|series| Curve::new(series, &time).extent().is_some())
}
