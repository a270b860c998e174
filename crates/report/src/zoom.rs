//! One transient enlarged: its own quantity with thresholds, delays and peak, and below it the
//! other quantity.

use blackstart_trace::{EventKind, Protection, Trace};
use blackstart_units::SimTime;

use crate::axis::unit_label;
use crate::canvas::{Canvas, Text};
use crate::colour::{DELAY_SHADE, INK, MUTED, TRIP};
use crate::curve::Curve;
use crate::event_label;
use crate::font;
use crate::format::{self, significant};
use crate::panel::{Legend, Panel, Range};
use crate::plot_area::{TIME_LABELS, TimeAxis};
use crate::select::{self, Group};
use crate::transient::{Quantity, Transient};

const UPPER: f64 = 190.0;
const LOWER: f64 = 130.0;
const LEGEND: f64 = 20.0;
const HEADING: f64 = 44.0;
const GUTTER: f64 = 58.0;
const MOST_ROWS: usize = 4;

/// A level that a protection compares with.
struct Threshold {
    level: f64,
    text: String,
    /// From crossing to trip, when it tripped.
    delay: Option<(SimTime, SimTime)>,
}

/// Height of a zoom, whatever is in it.
pub(crate) const HEIGHT: f64 = HEADING
    + MOST_ROWS as f64 * event_label::ROW
    + UPPER
    + LOWER
    + 2.0 * LEGEND
    + TIME_LABELS
    + 10.0;

/// Draws a zoom whose left upper corner and width are given.
pub(crate) fn draw(
    canvas: &mut Canvas,
    trace: &Trace,
    transient: &Transient,
    (left, top): (f64, f64),
    width: f64,
) {
    let (upper, lower) = groups(trace, transient.quantity);
    let time = TimeAxis {
        left: left + GUTTER,
        right: left + width - 20.0,
        from: transient.from,
        to: transient.to,
        zero: transient.zero,
    };
    heading(canvas, transient, (left, top), width);
    let marks = event_label::place(&event_label::close_up(trace), &time, MOST_ROWS);
    let band = top + HEADING + MOST_ROWS as f64 * event_label::ROW - marks.height();
    let upper_top = top + HEADING + MOST_ROWS as f64 * event_label::ROW + LEGEND;
    let lower_top = upper_top + UPPER + LEGEND;

    let thresholds = thresholds(trace, transient);
    let highest = thresholds.iter().map(|threshold| threshold.level);
    let peak = peak(trace, transient, &time);
    let reach = peak.map_or(f64::INFINITY, |(_, value)| 2.5 * value.abs());
    let also = highest
        .filter(|level| level.abs() <= reach)
        .reduce(|a, b| if b.abs() > a.abs() { b } else { a });
    let upper =
        Panel::new(trace, &upper, &time, (upper_top, upper_top + UPPER), Range::Whole(also));
    let lower =
        Panel::new(trace, &lower, &time, (lower_top, lower_top + LOWER), Range::Whole(None));
    shade_delays(canvas, &thresholds, &time, &upper);
    upper.ground(canvas, &time);
    lower.ground(canvas, &time);
    let stretches = [(upper_top - LEGEND, upper_top + UPPER), (lower_top, lower_top + LOWER)];
    marks.lines(canvas, band, &stretches);
    upper.legend(canvas, &time, Legend::Above);
    lower.legend(canvas, &time, Legend::Above);
    upper.curves(canvas);
    lower.curves(canvas);
    draw_thresholds(canvas, &thresholds, &time, &upper);
    if let Some(peak) = peak {
        draw_peak(canvas, peak, &time, &upper, transient);
    }
    marks.labels(canvas, band);
    time.labels(canvas, lower_top + LOWER, "time after t₀");
}

/// The upper and the lower panel's signals.
fn groups(trace: &Trace, quantity: Quantity) -> (Group, Group) {
    let (voltages, currents) = (select::voltages(trace), select::currents(trace));
    match quantity {
        Quantity::Current => (currents, voltages),
        Quantity::CellVoltage => (select::cell_voltages(trace), currents),
        Quantity::Voltage => (voltages, currents),
    }
}

fn heading(canvas: &mut Canvas, transient: &Transient, (left, top): (f64, f64), width: f64) {
    let title = font::fit(&transient.title, 14.5, true, width - 20.0);
    canvas.text(Text::new((left + 4.0, top + 12.0), title, 14.5, INK).bold());
    let zero = format!("t₀ = {}", transient.zero);
    let long = transient.zero >= SimTime::from_whole_seconds(600);
    let zero = if long { format!("{zero} ({})", format::span(transient.zero)) } else { zero };
    canvas.text(Text::new((left + 4.0, top + 30.0), zero, 12.5, MUTED));
}

/// Levels of the protections that watch this zoom's quantity on its device: of those that tripped
/// here, and of those that came closest here.
fn thresholds(trace: &Trace, transient: &Transient) -> Vec<Threshold> {
    let shows = |at: SimTime| (transient.from..=transient.to).contains(&at);
    let watches = |protection: Protection| match protection {
        Protection::ShortCircuit | Protection::OverCurrent => {
            transient.quantity == Quantity::Current
        }
        Protection::CellUnderVoltage => transient.quantity == Quantity::CellVoltage,
        Protection::PrechargeTimeout => transient.quantity == Quantity::Voltage,
    };
    let unit = if transient.quantity == Quantity::Current { "A" } else { "V" };
    let text = |protection: Protection, level: f64, delay: SimTime| {
        let name = protection.name().to_uppercase();
        format!("{name} {} {unit}, {}", significant(level), format::span(delay))
    };
    let device = select::instance(&transient.series);
    let events = trace.events().iter().filter(|event| select::instance(&event.subject) == device);
    let mut found: Vec<Threshold> = Vec::new();
    for event in events {
        let threshold = match &event.kind {
            EventKind::Trip(trip) if shows(event.at) && watches(trip.protection) => Threshold {
                level: trip.threshold,
                text: text(trip.protection, trip.threshold, trip.delay),
                delay: Some((trip.since, event.at)),
            },
            EventKind::Approach(approach)
                if shows(approach.extreme_at) && watches(approach.protection) =>
            {
                Threshold {
                    level: approach.threshold,
                    text: text(approach.protection, approach.threshold, approach.delay),
                    delay: None,
                }
            }
            _ => continue,
        };
        let repeated =
            found.iter().any(|other| other.text == threshold.text && threshold.delay.is_none());
        if threshold.level.is_finite() && !repeated {
            found.push(threshold);
        }
    }
    found
}

fn shade_delays(canvas: &mut Canvas, thresholds: &[Threshold], time: &TimeAxis, panel: &Panel) {
    for (since, at) in thresholds.iter().filter_map(|threshold| threshold.delay) {
        let corner = (time.x(since), panel.axis.top);
        canvas.block(corner, (time.x(at), panel.axis.bottom), DELAY_SHADE);
    }
}

fn draw_thresholds(canvas: &mut Canvas, thresholds: &[Threshold], time: &TimeAxis, panel: &Panel) {
    let mut taken: Vec<f64> = Vec::new();
    for threshold in thresholds.iter().filter(|threshold| panel.axis.contains(threshold.level)) {
        let y = panel.axis.y(threshold.level);
        let colour = if threshold.delay.is_some() { TRIP } else { MUTED };
        canvas.dashes((time.left, time.right), y, 1.0, colour);
        // The right end is where a decayed excursion leaves room.
        let above = y - 9.0;
        if taken.iter().any(|&other| (other - above).abs() < 14.0) {
            continue;
        }
        taken.push(above);
        let label =
            Text::new((time.right - 5.0, above), threshold.text.clone(), 12.0, colour).right();
        canvas.text_on_ground(label);
    }
}

/// The extreme of the transient's own series: when, and what.
fn peak(trace: &Trace, transient: &Transient, time: &TimeAxis) -> Option<(SimTime, f64)> {
    let series = trace.series_named(&transient.series)?;
    let lowest = transient.quantity == Quantity::CellVoltage;
    let rank = |value: f64| if lowest { -value } else { value.abs() };
    let samples = series.iter().filter(|&(at, value)| time.shows(at) && value.is_finite());
    samples.reduce(|best, sample| if rank(sample.1) > rank(best.1) { sample } else { best })
}

fn draw_peak(
    canvas: &mut Canvas,
    (at, value): (SimTime, f64),
    time: &TimeAxis,
    panel: &Panel,
    transient: &Transient,
) {
    const ARM: f64 = 4.0;
    let (x, y) = (time.x(at), panel.axis.y(value));
    let diamond = vec![(x, y - ARM), (x + ARM, y), (x, y + ARM), (x - ARM, y)];
    canvas.polygon(diamond, INK);
    let unit = unit_label(if transient.quantity == Quantity::Current { "a" } else { "v" });
    let when = if at >= transient.zero {
        format!("after {}", format::span(at.since(transient.zero)))
    } else {
        format!("{} before", format::span(transient.zero.since(at)))
    };
    let text = format!("{} {unit} {when}", significant(value));
    let label = Text::new((x + 9.0, y), text, 12.5, INK).bold();
    let label = if label.extent().1 > time.right {
        Text { at: (x - 9.0, y), ..label }.right()
    } else {
        label
    };
    canvas.text_on_ground(label);
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
