//! The figure of a run: everything on one time axis, and each transient enlarged below.

use blackstart_trace::{SignalId, Trace};
use blackstart_units::SimTime;

use crate::canvas::{Canvas, TextLine};
use crate::colour::{self, FRAME, INK, MUTED, PERCENTAGES, WHITE};
use crate::event_label::{self, PlacedMarkers};
use crate::format::printable;
use crate::panel::{AxisRange, Legend, Panel};
use crate::plot_area::{TIME_LABELS, TimeAxis};
use crate::select::{self, Group};
use crate::transient::{self, Transient};
use crate::zoom::{self, Zoom};
use crate::{ReportError, font, lane, paint};

const WIDTH: f64 = 1600.0;
const MARGIN: f64 = 20.0;
/// Legends, lane labels and tick labels of the overview.
const GUTTER: f64 = 240.0;
const RIGHT_AXIS: f64 = 50.0;
const TITLE: f64 = 58.0;
const FOOTER: f64 = 30.0;
const GAP: f64 = 12.0;
const MOST_LABEL_ROWS: usize = 6;

/// What is drawn of a run.
///
/// The same figure gives the same bytes, and the same drawing as SVG and as PNG. It is 1600 points
/// wide and as high as its content. Times are in the unit that suits the run; nothing is cut off
/// without an arrow or a number that says so.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// The scenario's title.
    pub title: &'a str,
    /// The verdict's outcome: `pass`, `fail`, `inconclusive` or `error`.
    pub outcome: &'a str,
    /// Who was tested: `built-in`, or the device under test with its version.
    pub subject: &'a str,
    /// What the run recorded.
    pub trace: &'a Trace,
}

impl Figure<'_> {
    /// The figure as an SVG document. Texts stay texts.
    ///
    /// # Errors
    /// If the drawing library fails; never because of what the trace holds.
    pub fn svg(&self) -> Result<String, ReportError> {
        let (canvas, size) = self.drawing()?;
        paint::svg(&canvas, size)
    }

    /// The figure as a PNG file.
    ///
    /// # Errors
    /// As [`Figure::svg`].
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        let (canvas, size) = self.drawing()?;
        paint::png(&canvas, size)
    }

    fn drawing(&self) -> Result<(Canvas, (u32, u32)), ReportError> {
        font::register()?;
        let mut canvas = Canvas::default();
        let mut notes = Vec::new();
        self.heading(&mut canvas);
        let mut y = Overview::new(self.trace, TITLE, &mut notes).draw(&mut canvas, self.trace);
        y = self.zooms(&mut canvas, y, &mut notes);
        self.footer(&mut canvas, y, &notes);
        Ok((canvas, (WIDTH as u32, (y + FOOTER).ceil() as u32)))
    }

    fn heading(&self, canvas: &mut Canvas) {
        let subject = font::fit(&printable(self.subject), 15.0, false, 420.0);
        let subject = TextLine::new((WIDTH - MARGIN, 24.0), subject, 15.0, MUTED).right();
        let outcome = printable(self.outcome);
        let badge = font::width(&outcome, 16.0, true) + 24.0;
        let badge_left = subject.extent().0 - 16.0 - badge;
        let title = font::fit(&printable(self.title), 24.0, true, badge_left - 16.0 - MARGIN);
        canvas.text(TextLine::new((MARGIN, 24.0), title, 24.0, INK).bold());
        let ground = colour::of_outcome(self.outcome);
        canvas.block((badge_left, 10.0), (badge_left + badge, 38.0), ground);
        canvas.text(
            TextLine::new((badge_left + badge / 2.0, 24.0), outcome, 16.0, WHITE).bold().middle(),
        );
        canvas.text(subject);
    }

    /// The zooms below the overview; returns where the next thing may begin.
    fn zooms(&self, canvas: &mut Canvas, top: f64, notes: &mut Vec<String>) -> f64 {
        let (found, left_out) = transient::find(self.trace);
        let zooms: Vec<Transient> =
            found.into_iter().filter(|transient| zoom::can_show(self.trace, transient)).collect();
        if left_out > 0 {
            notes.push(format!("{left_out} more transients are not enlarged"));
        }
        let columns = match zooms.len() {
            0 => return top,
            4 => 2,
            few => few,
        };
        let width = (WIDTH - 2.0 * MARGIN - (columns - 1) as f64 * MARGIN) / columns as f64;
        let mut y = top + GAP;
        for transients in zooms.chunks(columns) {
            let place = |(column, transient)| {
                let left = MARGIN + column as f64 * (width + MARGIN);
                Zoom::new(self.trace, transient, left, width)
            };
            let row: Vec<Zoom<'_>> = transients.iter().enumerate().map(place).collect();
            let label_rows = row.iter().map(Zoom::rows).max().unwrap_or(0);
            canvas.line((MARGIN, y), (WIDTH - MARGIN, y), 0.5, FRAME);
            y += GAP;
            for zoom in &row {
                zoom.draw(canvas, y, label_rows);
            }
            y += zoom::height(label_rows) + GAP;
        }
        y
    }

    fn footer(&self, canvas: &mut Canvas, y: f64, notes: &[String]) {
        let digest = self.trace.digest().to_string();
        let origin = format!("blackstart {} · trace {}", env!("CARGO_PKG_VERSION"), &digest[..16]);
        let origin = TextLine::new((WIDTH - MARGIN, y + 14.0), origin, 12.0, MUTED).right();
        let room = origin.extent().0 - 2.0 * MARGIN;
        let notes = font::fit(&notes.join(" · "), 12.0, false, room);
        canvas.text(TextLine::new((MARGIN, y + 14.0), notes, 12.0, MUTED));
        canvas.text(origin);
    }
}

/// The panels and lanes of the whole run.
struct Overview {
    time: TimeAxis,
    panels: Vec<Panel>,
    /// Percentages on the right-hand axis of the power's panel, and where their legend stands.
    charge: Option<(Panel, f64)>,
    lanes: Vec<SignalId>,
    markers: PlacedMarkers,
    top: f64,
    lanes_top: f64,
}

impl Overview {
    fn new(trace: &Trace, top: f64, notes: &mut Vec<String>) -> Self {
        let to = if trace.end() == SimTime::ZERO { SimTime::from_millis(1) } else { trace.end() };
        let (left, right) = (GUTTER, WIDTH - MARGIN - RIGHT_AXIS);
        let time = TimeAxis { left, right, from: SimTime::ZERO, to, zero: SimTime::ZERO };
        let markers = event_label::place(&event_label::overview(trace), &time, MOST_LABEL_ROWS);
        if markers.left_out > 0 {
            notes.push(format!("{} events are marked without a label", markers.left_out));
        }
        let (mut groups, zero) = select::overview(trace);
        if !zero.is_empty() {
            notes.push(format!("zero throughout: {}", zero.join(", ")));
        }
        let percentages = select::percentages(trace);
        let beside = groups.iter().position(|group| group.unit == "w");
        if beside.is_none() && !percentages.signals.is_empty() {
            groups.push(percentages.clone());
        }

        let panel = |group: &Group, top: f64, height: f64| {
            let range = if group.unit == "pct" { AxisRange::Percent } else { AxisRange::CutNarrow };
            Panel::new(trace, group, &time, (top, top + height), range)
        };
        let mut y = top + markers.height() + 4.0;
        let mut panels = Vec::new();
        let mut charge = None;
        for (index, group) in groups.iter().enumerate() {
            // The legend may need more height than the curves.
            let legend = panel(group, 0.0, 100.0).legend_height();
            let second =
                (beside == Some(index)).then(|| panel(&percentages, 0.0, 100.0).legend_height());
            let height = height_of(group).max(legend + second.unwrap_or(0.0));
            panels.push(panel(group, y, height));
            if second.is_some() && !percentages.signals.is_empty() {
                charge =
                    Some((panel(&percentages, y, height).in_colours(&PERCENTAGES), y + legend));
            }
            y += height + GAP;
        }
        let lanes = select::lanes(trace);
        Self { time, panels, charge, lanes, markers, top, lanes_top: y }
    }

    /// Draws it, and returns where the next thing may begin.
    fn draw(&self, canvas: &mut Canvas, trace: &Trace) -> f64 {
        let time = &self.time;
        let lanes_bottom = self.lanes_top + self.lanes.len() as f64 * lane::PITCH;
        for panel in &self.panels {
            panel.ground(canvas, time);
            panel.legend(canvas, time, Legend::Gutter((MARGIN, panel.axis.top)));
        }
        // Below the bars, where lines would cross the states' names.
        self.markers.lines(canvas, self.top, &[(self.top + self.markers.height(), lanes_bottom)]);
        for (row, &id) in self.lanes.iter().enumerate() {
            let top = self.lanes_top + row as f64 * lane::PITCH;
            lane::draw(canvas, trace, id, time, top, MARGIN);
        }
        if let Some((charge, legend_top)) = &self.charge {
            charge.right_axis(canvas, time);
            charge.curves(canvas);
            charge.legend(canvas, time, Legend::Gutter((MARGIN, *legend_top)));
        }
        for panel in &self.panels {
            panel.curves(canvas);
        }
        self.markers.labels(canvas, self.top);
        time.labels(canvas, lanes_bottom, "time");
        lanes_bottom + TIME_LABELS
    }
}

fn height_of(group: &Group) -> f64 {
    match (group.unit.as_str(), group.title.as_str()) {
        (_, "Cells") => 110.0,
        ("v" | "a", _) => 185.0,
        ("w", _) => 130.0,
        _ => 90.0,
    }
}

#[cfg(test)]
#[path = "../tests/it/runs.rs"]
mod runs;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canvas::DrawnShape;

    /// The texts of a figure with the boxes that they fill: left, right, top, bottom.
    fn boxes(canvas: &Canvas) -> Vec<(&TextLine, [f64; 4])> {
        let texts = canvas.shapes.iter().filter_map(|shape| match shape {
            DrawnShape::Text(text) if !text.text.is_empty() => Some(text),
            _ => None,
        });
        let place = |text: &TextLine| {
            let ((left, right), half) = (text.extent(), 0.35 * text.size);
            [left, right, text.at.1 - half, text.at.1 + half]
        };
        texts.map(|text| (text, place(text))).collect()
    }

    #[test]
    fn no_text_overlaps_another_or_leaves_the_figure() {
        for (name, trace) in runs::all() {
            let figure =
                Figure { title: name, outcome: "pass", subject: "built-in", trace: &trace };
            let (canvas, (width, height)) = figure.drawing().unwrap();
            let boxes = boxes(&canvas);
            for (i, (text, [left, right, top, bottom])) in boxes.iter().enumerate() {
                let inside =
                    *left >= 0.0 && *right <= f64::from(width) && *bottom <= f64::from(height);
                assert!(inside, "{name}: `{}` leaves the figure", text.text);
                for (other, [l, r, t, b]) in &boxes[..i] {
                    let apart = right <= l || r <= left || bottom <= t || b <= top;
                    assert!(apart, "{name}: `{}` overlaps `{}`", text.text, other.text);
                }
            }
        }
    }
}
