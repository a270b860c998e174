//! Event markers: vertical lines through the panels with labels above them that do not overlap.

use blackstart_roles::{Guarded, Protection};
use blackstart_trace::{Event, EventKind, Trace, Trip};
use blackstart_units::SimTime;

use crate::canvas::{Canvas, TextLine};
use crate::colour::{Colour, INK, STIMULUS, TRIP};
use crate::font;
use crate::format::{self, printable, significant};
use crate::plot_area::TimeAxis;

/// Height of a row of labels.
pub(crate) const ROW: f64 = 16.0;
const SIZE: f64 = 12.0;
/// Longest label, in points.
const WIDEST: f64 = 330.0;
/// Events of one text that are closer than this are one marker.
const TOGETHER: f64 = 3.0;

/// How much a marker matters; the more, the earlier it gets its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    Trip,
    Loss,
    Stimulus,
    Switching,
}

/// Something to be marked.
#[derive(Clone, Debug)]
pub(crate) struct Marker {
    pub at: SimTime,
    pub text: String,
    pub weight: Weight,
}

impl Marker {
    fn colour(&self) -> Colour {
        match self.weight {
            Weight::Trip => TRIP,
            Weight::Loss => INK,
            Weight::Stimulus | Weight::Switching => STIMULUS,
        }
    }
}

/// What the overview marks: stimuli, trips and what was lost.
pub(crate) fn overview(trace: &Trace) -> Vec<Marker> {
    trace.events().iter().filter_map(|event| marker(event, false)).collect()
}

/// What a zoom marks: also the switching.
pub(crate) fn close_up(trace: &Trace) -> Vec<Marker> {
    trace.events().iter().filter_map(|event| marker(event, true)).collect()
}

fn marker(event: &Event, close_up: bool) -> Option<Marker> {
    let subject = &event.subject;
    let (weight, text) = match &event.kind {
        EventKind::Stimulus { what } => (Weight::Stimulus, what.clone()),
        // A zoom's heading has the rest.
        EventKind::Trip(trip) if close_up => {
            (Weight::Trip, format!("{} trips", name(trip.protection)))
        }
        EventKind::Trip(trip) => (Weight::Trip, trip_text(trip)),
        EventKind::FuseMelted { current } => {
            (Weight::Loss, format!("{subject} melts at {} A", significant(current.0)))
        }
        EventKind::ContactWelded { .. } => (Weight::Trip, format!("{subject}: contact welded")),
        EventKind::SourcesParallel => (Weight::Trip, format!("{subject}: sources parallel")),
        EventKind::LoadLost => (Weight::Loss, format!("{subject} lost")),
        EventKind::DutLost { .. } => (Weight::Loss, format!("{subject} gone")),
        EventKind::LoadSupplied if close_up => (Weight::Switching, format!("{subject} supplied")),
        EventKind::State { signal, to, .. } if close_up && signal == "state" => {
            let whose = subject.rsplit('.').next().unwrap_or(subject);
            (Weight::Switching, format!("{whose} {to}"))
        }
        EventKind::State { signal, to, .. } if close_up => {
            (Weight::Switching, format!("{} {to}", signal.replace('_', " ")))
        }
        _ => return None,
    };
    Some(Marker { at: event.at, text: printable(&text), weight })
}

/// `SCD trips: inrush, 512 A > 400 A for 200 µs`.
pub(crate) fn trip_text(trip: &Trip) -> String {
    format!("{} trips: {}, {}", name(trip.protection), trip.cause.name(), excess(trip))
}

/// `512 A > 400 A for 200 µs`; `at 61 °C, limit not known`.
pub(crate) fn excess(trip: &Trip) -> String {
    let quantity = |value: f64| quantity(trip.protection, value);
    let (Some(seen), Some(limit)) = (trip.extreme, trip.threshold) else {
        let seen = trip.extreme.map(|seen| format!("at {}, ", quantity(seen)));
        return format!("{}limit not known", seen.unwrap_or_default());
    };
    let beyond = if seen < limit { '<' } else { '>' };
    let (extreme, threshold) = (quantity(seen), quantity(limit));
    let held = trip.delay.map(|delay| format!(" for {}", format::span(delay)));
    let held = held.unwrap_or_default();
    if extreme == threshold {
        return format!("at {threshold}{held}");
    }
    format!("{extreme} {beyond} {threshold}{held}")
}

/// A protection as the field writes it: abbreviations in capitals.
pub(crate) fn name(protection: Protection) -> String {
    match protection {
        Protection::PrechargeTimeout => "pre-charge time-out".to_owned(),
        Protection::Measurement
        | Protection::Watchdog
        | Protection::OverTemperature
        | Protection::UnderTemperature
        | Protection::SwitchOverTemperature
        | Protection::DeepDischarge => protection.name().to_owned(),
        Protection::FrontEndVoltage => "front-end voltage".to_owned(),
        abbreviated => abbreviated.name().to_uppercase(),
    }
}

/// A value in the protection's own unit.
pub(crate) fn quantity(protection: Protection, value: f64) -> String {
    match protection.guards() {
        Guarded::Current => format!("{} A", significant(value)),
        Guarded::LowestCell | Guarded::HighestCell | Guarded::PortVoltage => {
            format!("{} V", format::millivolts(value))
        }
        Guarded::Temperature | Guarded::SwitchTemperature => format!("{} °C", significant(value)),
        Guarded::Charge => format!("{} %", significant(value)),
        Guarded::Nothing => significant(value),
    }
}

/// Markers with places.
#[derive(Default)]
pub(crate) struct PlacedMarkers {
    /// Row from the top, place, and the label, which may be empty.
    entries: Vec<(usize, f64, Marker, Option<TextLine>)>,
    rows: usize,
    /// Labels that found no room; their lines are drawn.
    pub left_out: usize,
}

/// Finds a row for each label, those that matter more first.
pub(crate) fn place(markers: &[Marker], time: &TimeAxis, most_rows: usize) -> PlacedMarkers {
    let mut groups = together(markers, time);
    groups.sort_by_key(|group| (group.marker.weight, group.marker.at));
    let mut placed = PlacedMarkers::default();
    let mut taken: Vec<Vec<(f64, f64)>> = Vec::new();
    for group in groups {
        let x = time.x(group.marker.at);
        let text = font::fit(&group.text(time), SIZE, false, WIDEST);
        let Together { marker, count, .. } = group;
        let mut label = TextLine::new((x + 4.0, 0.0), text, SIZE, marker.colour());
        if label.extent().1 > time.right + 40.0 {
            label = TextLine { at: (x - 4.0, 0.0), ..label }.right();
        }
        let (left, right) = label.extent();
        let extent = (left.min(x) - 6.0, right.max(x) + 6.0);
        let free = |row: &Vec<(f64, f64)>| row.iter().all(|&(l, r)| r <= extent.0 || extent.1 <= l);
        let row = taken.iter().position(free).or_else(|| {
            (taken.len() < most_rows).then(|| {
                taken.push(Vec::new());
                taken.len() - 1
            })
        });
        match row {
            Some(row) => {
                taken[row].push(extent);
                placed.entries.push((row, x, marker, Some(label)));
            }
            None => {
                placed.left_out += count;
                placed.entries.push((most_rows, x, marker, None));
            }
        }
    }
    placed.rows = taken.len();
    placed
}

/// Equal markers that follow each other closely.
struct Together {
    marker: Marker,
    count: usize,
    last: SimTime,
}

impl Together {
    /// The text with how often, and until when if that can be distinguished.
    fn text(&self, time: &TimeAxis) -> String {
        let (text, count) = (&self.marker.text, self.count);
        if count == 1 {
            text.clone()
        } else if time.x(self.last) - time.x(self.marker.at) < TOGETHER {
            format!("{text} ×{count}")
        } else {
            format!("{text} ×{count} until {}", format::span(self.last.since(time.zero)))
        }
    }
}

fn together(markers: &[Marker], time: &TimeAxis) -> Vec<Together> {
    let mut groups: Vec<Together> = Vec::new();
    for marker in markers.iter().filter(|marker| time.shows(marker.at)) {
        // Only a handful can be that close: look back no further.
        let close = groups.iter_mut().rev().take(16).find(|group| {
            let near = (time.x(marker.at) - time.x(group.last)).abs() < TOGETHER;
            near && group.marker.weight == marker.weight && group.marker.text == marker.text
        });
        match close {
            Some(group) => {
                group.count += 1;
                group.last = marker.at;
            }
            None => groups.push(Together { marker: marker.clone(), count: 1, last: marker.at }),
        }
    }
    groups
}

impl PlacedMarkers {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Height of the band of labels.
    pub(crate) fn height(&self) -> f64 {
        self.rows as f64 * ROW
    }

    /// The lines, from the labels in the band that begins at `top` down through each stretch.
    pub(crate) fn lines(&self, canvas: &mut Canvas, top: f64, stretches: &[(f64, f64)]) {
        for (row, x, marker, label) in &self.entries {
            let width = if marker.weight == Weight::Trip { 1.5 } else { 0.75 };
            if label.is_some() {
                let begin = top + *row as f64 * ROW + 2.0;
                canvas.line((*x, begin), (*x, top + self.height()), width, marker.colour());
            }
            for &(from, to) in stretches {
                canvas.line((*x, from), (*x, to), width, marker.colour());
            }
        }
    }

    /// The labels, on white where they lie on lines.
    pub(crate) fn labels(&self, canvas: &mut Canvas, top: f64) {
        for (row, _, _, label) in &self.entries {
            if let Some(label) = label {
                let y = top + *row as f64 * ROW + ROW / 2.0;
                canvas.text_on_ground(TextLine { at: (label.at.0, y), ..label.clone() });
            }
        }
    }
}
