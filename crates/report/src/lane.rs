//! State lanes: one row for each state signal, a coloured bar for each state with its name.

use blackstart_trace::{SignalId, Trace};

use crate::canvas::{Canvas, TextLine};
use crate::colour::{self, Colour, INK};
use crate::font;
use crate::format::{self, printable};
use crate::plot_area::TimeAxis;
use crate::select::state_name;

/// Height of a bar.
pub(crate) const BAR: f64 = 17.0;
/// From one lane to the next.
pub(crate) const PITCH: f64 = 22.0;
/// A bar narrower than this is not drawn alone.
const NARROWEST: f64 = 1.0;
/// Ground of a stretch in which the state changes faster than can be seen.
const BUSY: Colour = Colour(0x9a, 0x9a, 0x9a);

/// A stretch of one lane.
#[derive(Debug, PartialEq)]
struct Bar {
    left: f64,
    right: f64,
    /// Index of the state; none where it changes faster than can be seen.
    state: Option<f64>,
}

/// Draws one lane with its label in the gutter.
pub(crate) fn draw(
    canvas: &mut Canvas,
    trace: &Trace,
    id: SignalId,
    time: &TimeAxis,
    top: f64,
    gutter: f64,
) {
    const SIZE: f64 = 12.0;
    let signal = trace.catalogue().signal(id);
    let middle = top + BAR / 2.0;
    let room = time.left - 8.0 - gutter;
    let label = font::fit(&format::signal(&signal.name, ""), SIZE, false, room);
    canvas.text(TextLine::new((gutter, middle), label, SIZE, INK));
    for bar in bars(trace, id, time) {
        let name = bar.state.map_or("changes too fast to show", |state| state_name(signal, state));
        let ground = if bar.state.is_some() { colour::of_state(name) } else { BUSY };
        // Half a point of air shows where one state ends and the next, alike in colour, begins.
        let gap = if bar.right - bar.left > 3.0 { 0.5 } else { 0.0 };
        canvas.block((bar.left, top), (bar.right - gap, top + BAR), ground);
        let name = printable(name);
        if font::width(&name, SIZE, false) + 10.0 <= bar.right - bar.left {
            canvas.text(TextLine::new((bar.left + 5.0, middle), name, SIZE, INK));
        }
    }
}

/// The lane's bars from left to right, too narrow ones joined into busy stretches.
fn bars(trace: &Trace, id: SignalId, time: &TimeAxis) -> Vec<Bar> {
    let series = trace.series(id);
    let window = series.window(time.from, time.to);
    let mut bars: Vec<Bar> = Vec::new();
    for index in window {
        let end = series.times().get(index + 1).copied().unwrap_or(time.to);
        let (left, right) = (time.x(series.times()[index]), time.x(end));
        if left >= time.right && index > 0 {
            break;
        }
        if right - left >= NARROWEST {
            bars.push(Bar { left, right, state: Some(series.values()[index]) });
            continue;
        }
        match bars.last_mut() {
            Some(busy) if busy.state.is_none() => busy.right = right.max(busy.right),
            _ => bars.push(Bar { left, right, state: None }),
        }
    }
    // A single short state is shown a point wide in its own colour rather than as a busy stretch.
    for bar in bars.iter_mut().filter(|bar| bar.state.is_none() && bar.right - bar.left < NARROWEST)
    {
        bar.right = (bar.left + NARROWEST).min(time.right);
    }
    bars
}
