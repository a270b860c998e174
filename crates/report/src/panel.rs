//! One panel: curves of one unit over a time axis, with grid, value axis and legend.
//!
//! **Ranges.** A panel shows all of its values, with one exception: peaks so narrow that they are
//! only a vertical stroke, when showing them would flatten the rest. They are cut off at the panel's
//! edge, and an arrow with the value says so. Narrow and rest are distinguished by a grey-scale opening
//! of the curves' envelope: what is fewer than [`NARROW`] points wide does not survive it.

use blackstart_trace::{SignalId, Trace};

use crate::axis::unit_label;
use crate::canvas::{Canvas, Point, TextLine};
use crate::colour::{CURVES, Colour, FRAME, GRID, INK, MUTED};
use crate::curve::{Curve, Envelope, ValueSpan};
use crate::font;
use crate::format::{self, significant};
use crate::plot_area::{TimeAxis, ValueAxis};
use crate::select::Group;

/// An excursion of fewer points is only a stroke.
const NARROW: usize = 4;
/// A panel is cut when its full range is so many times that of what is not narrow.
const CUT_FACTOR: f64 = 5.0;
/// More curves would not be distinguished.
const MOST_CURVES: usize = 8;
/// Two curves that are never further apart, in points of height, are drawn as one.
const SAME: f64 = 0.6;

/// A curve with all the signals that it stands for.
struct Line {
    labels: Vec<String>,
    colour: Colour,
    curve: Curve,
}

/// Curves with a range, ready to be drawn.
pub(crate) struct Panel {
    title: String,
    unit: String,
    lines: Vec<Line>,
    left_out: usize,
    pub axis: ValueAxis,
}

/// How the vertical range is chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AxisRange {
    /// As the module says.
    CutNarrow,
    /// Everything, and these values too.
    Whole(Option<f64>),
    /// At least 0 to 100 %.
    Percent,
}

/// Where the legend goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Legend {
    /// In the gutter left of the panel, from this corner, one entry a line.
    Gutter(Point),
    /// In a row above the panel.
    Above,
}

impl Panel {
    /// The panel of a group between `top` and `bottom`, seen over `time`.
    pub(crate) fn new(
        trace: &Trace,
        group: &Group,
        time: &TimeAxis,
        (top, bottom): (f64, f64),
        range: AxisRange,
    ) -> Self {
        let curves: Vec<_> =
            group.signals.iter().map(|&id| (id, Curve::new(trace.series(id), time))).collect();
        let (low, high) = match range {
            AxisRange::Percent => {
                let (low, high) = extent(&curves).unwrap_or((0.0, 100.0));
                (low.min(0.0) - 4.0, high.max(100.0) + 4.0)
            }
            AxisRange::CutNarrow => padded(cut_range(&curves, time, &group.unit), &group.unit),
            AxisRange::Whole(also) => {
                // Room for the label of the peak.
                let (low, high) = padded(widened(extent(&curves), also), &group.unit);
                (low - 0.08 * (high - low), high + 0.08 * (high - low))
            }
        };
        let axis = ValueAxis { top, bottom, low, high };
        let label = |id: SignalId| format::signal(&trace.catalogue().signal(id).name, &group.unit);
        let mut lines = merged(curves, time, &axis, label);
        let left_out = lines.len().saturating_sub(MOST_CURVES);
        lines.truncate(MOST_CURVES);
        Self { title: group.title.clone(), unit: group.unit.clone(), lines, left_out, axis }
    }

    /// In another palette than the panel that it shares its place with.
    pub(crate) fn in_colours(mut self, palette: &[Colour]) -> Self {
        self.lines
            .iter_mut()
            .zip(palette.iter().cycle())
            .for_each(|(line, &colour)| line.colour = colour);
        self
    }

    /// Ground, grid and frame: below everything else.
    pub(crate) fn ground(&self, canvas: &mut Canvas, time: &TimeAxis) {
        time.grid(canvas, self.axis.top, self.axis.bottom);
        for (value, label) in self.axis.ticks() {
            let y = self.axis.y(value);
            canvas.line((time.left, y), (time.right, y), 0.5, GRID);
            canvas.text(TextLine::new((time.left - 6.0, y), label, 12.0, INK).right());
        }
        let corners = [
            (time.left, self.axis.top),
            (time.right, self.axis.top),
            (time.right, self.axis.bottom),
            (time.left, self.axis.bottom),
            (time.left, self.axis.top),
        ];
        canvas.path(corners.to_vec(), 0.5, FRAME);
    }

    /// The curves, and the arrows where they are cut. The first signal is drawn on top.
    pub(crate) fn curves(&self, canvas: &mut Canvas) {
        for line in self.lines.iter().rev() {
            for run in line.curve.runs() {
                let mut points: Vec<_> =
                    run.iter().map(|&(x, value)| (x, self.axis.y(value))).collect();
                if let [(x, y)] = points[..] {
                    points = vec![(x - 1.0, y), (x + 1.0, y)];
                }
                canvas.path(points, 1.5, line.colour);
            }
        }
        self.cuts(canvas);
    }

    /// An arrow with the value at each peak beyond the range; neighbours share the furthest one's.
    fn cuts(&self, canvas: &mut Canvas) {
        let excess = |value: f64| (value - self.axis.high).max(self.axis.low - value);
        let mut peaks: Vec<(f64, f64, Colour)> = Vec::new();
        for line in &self.lines {
            let beyond =
                line.curve.runs().iter().flatten().filter(|(_, v)| !self.axis.contains(*v));
            peaks.extend(beyond.map(|&(x, value)| (x, value, line.colour)));
        }
        peaks.sort_by(|a, b| excess(b.1).total_cmp(&excess(a.1)).then(a.0.total_cmp(&b.0)));
        let mut taken: Vec<(bool, f64, f64)> = Vec::new();
        for (x, value, colour) in peaks {
            let upwards = value > self.axis.high;
            let (edge, inwards, word) = if upwards {
                (self.axis.top, 1.0, "peak")
            } else {
                (self.axis.bottom, -1.0, "dip")
            };
            let text = format!("{word} {} {}", significant(value), unit_label(&self.unit));
            let label = TextLine::new((x + 7.0, edge + 9.0 * inwards), text, 12.0, INK);
            let (left, right) = (x - 7.0, label.extent().1 + 4.0);
            if taken.iter().any(|&(up, l, r)| up == upwards && left < r && l < right) {
                continue;
            }
            taken.push((upwards, left, right));
            let base = edge + 8.0 * inwards;
            canvas.polygon(vec![(x, edge), (x - 5.0, base), (x + 5.0, base)], colour);
            canvas.text_on_ground(label);
        }
    }

    /// Title and what each colour means.
    pub(crate) fn legend(&self, canvas: &mut Canvas, time: &TimeAxis, place: Legend) {
        let title = format!("{} / {}", self.title, unit_label(&self.unit));
        match place {
            Legend::Gutter((x, top)) => {
                let room = time.left - 46.0 - x;
                canvas.text(TextLine::new((x, top + 7.0), title, 13.5, INK).bold());
                let mut y = top + 25.0;
                for (label, colour) in self.entries() {
                    if let Some(colour) = colour {
                        canvas.line((x, y), (x + 14.0, y), 2.5, colour);
                    }
                    let text = font::fit(&label, 12.0, false, room - 19.0);
                    canvas.text(TextLine::new((x + 19.0, y), text, 12.0, INK));
                    y += 15.0;
                }
            }
            Legend::Above => {
                let title =
                    TextLine::new((time.left, self.axis.top - 9.0), title, 12.5, INK).bold();
                let mut x = title.extent().1 + 12.0;
                canvas.text_on_ground(title);
                for line in &self.lines {
                    let label = line.labels.join(" = ");
                    let entry = TextLine::new((x + 19.0, self.axis.top - 9.0), label, 12.0, INK);
                    let end = entry.extent().1 + 12.0;
                    if end > time.right {
                        break;
                    }
                    canvas.line((x, entry.at.1), (x + 14.0, entry.at.1), 2.5, line.colour);
                    canvas.text_on_ground(entry);
                    x = end;
                }
            }
        }
    }

    /// Legend entries: the first signal of a line with its colour, those that coincide below it.
    fn entries(&self) -> Vec<(String, Option<Colour>)> {
        let mut entries = Vec::new();
        for line in &self.lines {
            for (i, label) in line.labels.iter().enumerate() {
                let text = if i == 0 { label.clone() } else { format!("= {label}") };
                entries.push((text, (i == 0).then_some(line.colour)));
            }
        }
        if self.left_out > 0 {
            entries.push((format!("and {} more", self.left_out), None));
        }
        entries
    }

    /// The value axis on the right, for a second panel in the same place.
    pub(crate) fn right_axis(&self, canvas: &mut Canvas, time: &TimeAxis) {
        for (value, label) in self.axis.ticks() {
            let y = self.axis.y(value);
            canvas.line((time.right, y), (time.right + 4.0, y), 1.0, MUTED);
            canvas.text(TextLine::new((time.right + 7.0, y), label, 12.0, INK));
        }
    }

    /// Height of the legend in the gutter, title included.
    pub(crate) fn legend_height(&self) -> f64 {
        24.0 + 15.0 * self.entries().len() as f64
    }
}

/// Curves that lie on each other become one line.
fn merged(
    curves: Vec<(SignalId, Curve)>,
    time: &TimeAxis,
    axis: &ValueAxis,
    label: impl Fn(SignalId) -> String,
) -> Vec<Line> {
    let mut lines: Vec<(Line, Envelope)> = Vec::new();
    for (id, curve) in curves {
        let envelope = curve.envelope(time);
        let same = lines.iter_mut().find(|(_, other)| coincide(other, &envelope, axis));
        match same {
            Some((line, _)) => line.labels.push(label(id)),
            None => {
                let colour = CURVES[lines.len() % CURVES.len()];
                lines.push((Line { labels: vec![label(id)], colour, curve }, envelope));
            }
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

fn coincide(a: &[Option<ValueSpan>], b: &[Option<ValueSpan>], axis: &ValueAxis) -> bool {
    a.iter().zip(b).all(|pair| match pair {
        (Some(a), Some(b)) => {
            (axis.y(a.0) - axis.y(b.0)).abs() <= SAME && (axis.y(a.1) - axis.y(b.1)).abs() <= SAME
        }
        (None, None) => true,
        _ => false,
    })
}

fn extent(curves: &[(SignalId, Curve)]) -> Option<ValueSpan> {
    let extents = curves.iter().filter_map(|(_, curve)| curve.extent());
    extents.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The whole range, or that of what is not narrow.
fn cut_range(curves: &[(SignalId, Curve)], time: &TimeAxis, unit: &str) -> Option<ValueSpan> {
    let whole = extent(curves)?;
    let opened = curves.iter().filter_map(|(_, curve)| opened(&curve.envelope(time)));
    let (low, high) = opened.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or(whole);
    // Nothing is gained by enlarging noise.
    let (worth, rest) = (worth_seeing(unit), with_zero((low, high), unit));
    let rest_span = rest.1 - rest.0;
    let cut = rest_span >= worth && whole.1 - whole.0 > CUT_FACTOR * rest_span;
    Some(if cut { (low, high) } else { whole })
}

/// Range of an envelope after every excursion narrower than [`NARROW`] columns is shaved off.
fn opened(envelope: &[Option<ValueSpan>]) -> Option<ValueSpan> {
    let windows = envelope.windows(NARROW).filter_map(|window| {
        let columns = || window.iter().flatten();
        let low = columns().map(|column| column.0).reduce(f64::max)?;
        let high = columns().map(|column| column.1).reduce(f64::min)?;
        // Where the curve only passes through, the two cross: order them.
        Some((low.min(high), high.max(low)))
    });
    windows.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// The smallest range that is worth enlarging, in the unit.
fn worth_seeing(unit: &str) -> f64 {
    match unit {
        "w" => 1.0,
        "v" => 0.02,
        _ => 0.1,
    }
}

fn widened(extent: Option<ValueSpan>, also: Option<f64>) -> Option<ValueSpan> {
    match (extent, also) {
        (Some((low, high)), Some(also)) => Some((low.min(also), high.max(also))),
        (extent, _) => extent,
    }
}

/// Currents and powers are read against zero, voltages against each other.
fn with_zero((low, high): (f64, f64), unit: &str) -> ValueSpan {
    if unit == "v" { (low, high) } else { (low.min(0.0), high.max(0.0)) }
}

/// With zero where it belongs, and air above and below.
fn padded(extent: Option<ValueSpan>, unit: &str) -> ValueSpan {
    let (low, high) = with_zero(extent.unwrap_or((0.0, 1.0)), unit);
    let span = high - low;
    let least = if unit == "v" { 0.1 } else { 1.0 };
    if span < least {
        let low = if unit == "v" { (low + high - least) / 2.0 } else { low };
        return (low - 0.1 * least, low + 1.1 * least);
    }
    (low - 0.06 * span, high + 0.1 * span)
}
