//! One signal as a line: thinned to what can be seen, without losing a minimum or a maximum.

use blackstart_trace::Series;
use blackstart_units::SimTime;

use crate::plot_area::TimeAxis;

/// Columns per point: those of the picture.
const COLUMNS_PER_POINT: f64 = 1.0;

/// No physical quantity is larger; differences of such values still have their squares.
const LARGEST: f64 = 1e30;

/// Lowest and highest value.
pub(crate) type ValueSpan = (f64, f64);
/// The extent in each point of width; none where nothing is recorded.
pub(crate) type Envelope = Vec<Option<ValueSpan>>;

/// A thinned line: x on the canvas, value in the signal's unit. Each run is unbroken.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Curve {
    runs: Vec<Vec<(f64, f64)>>,
}

impl Curve {
    /// The part of a series that the axis shows. Of the samples in one column the first, the lowest,
    /// the highest and the last stay. Values that are no
    /// numbers, or larger than any quantity can be, break the line.
    pub(crate) fn new(series: &Series, axis: &TimeAxis) -> Self {
        let mut curve = Self::default();
        let mut run = Vec::new();
        let mut column = Column::default();
        for (at, value) in shown(series, axis) {
            if value.is_nan() || value.abs() > LARGEST {
                column.empty_into(&mut run);
                curve.end_run(&mut run);
                continue;
            }
            let x = axis.x(at);
            let index = (x * COLUMNS_PER_POINT) as i64;
            if column.index != index {
                column.empty_into(&mut run);
                column.index = index;
            }
            column.samples.push((x, value));
        }
        column.empty_into(&mut run);
        curve.end_run(&mut run);
        curve
    }

    fn end_run(&mut self, run: &mut Vec<(f64, f64)>) {
        if !run.is_empty() {
            self.runs.push(std::mem::take(run));
        }
    }

    pub(crate) fn runs(&self) -> &[Vec<(f64, f64)>] {
        &self.runs
    }

    /// Lowest and highest value; none when nothing is shown.
    pub(crate) fn extent(&self) -> Option<ValueSpan> {
        let values = self.runs.iter().flatten().map(|&(_, value)| value);
        values.fold(None, |extent, value| match extent {
            None => Some((value, value)),
            Some((low, high)) => Some((value.min(low), value.max(high))),
        })
    }

    /// Lowest and highest value in each point of width, the lines between samples included.
    pub(crate) fn envelope(&self, axis: &TimeAxis) -> Envelope {
        let width = (axis.right - axis.left).ceil() as usize + 1;
        let mut columns: Envelope = vec![None; width];
        let mut widen = |index: usize, value: f64| {
            let column = columns[index.min(width - 1)].get_or_insert((value, value));
            *column = (column.0.min(value), column.1.max(value));
        };
        let index = |x: f64| (x - axis.left).max(0.0) as usize;
        for run in &self.runs {
            for &(x, value) in run {
                widen(index(x), value);
            }
            for pair in run.windows(2) {
                let [(x0, v0), (x1, v1)] = [pair[0], pair[1]];
                for column in index(x0) + 1..=index(x1) {
                    let share = (axis.left + column as f64 - x0) / (x1 - x0);
                    widen(column, v0 + (v1 - v0) * share.clamp(0.0, 1.0));
                }
            }
        }
        columns
    }
}

/// The samples of one column.
#[derive(Default)]
struct Column {
    index: i64,
    samples: Vec<(f64, f64)>,
}

impl Column {
    fn empty_into(&mut self, run: &mut Vec<(f64, f64)>) {
        if self.samples.len() <= 4 {
            run.append(&mut self.samples);
            return;
        }
        let by_value = |a: &usize, b: &usize| self.samples[*a].1.total_cmp(&self.samples[*b].1);
        let all = 0..self.samples.len();
        let lowest = all.clone().min_by(by_value).unwrap_or(0);
        let highest = all.clone().max_by(by_value).unwrap_or(0);
        let mut kept = [0, lowest.min(highest), lowest.max(highest), all.end - 1].to_vec();
        kept.dedup();
        run.extend(kept.into_iter().map(|index| self.samples[index]));
        self.samples.clear();
    }
}

/// The samples inside the axis, and the line's values at its two ends.
fn shown<'a>(series: &'a Series, axis: &TimeAxis) -> impl Iterator<Item = (SimTime, f64)> + 'a {
    let (from, to) = (axis.from, axis.to);
    let inside = move |(at, _): &(SimTime, f64)| (from..=to).contains(at);
    let window = series.window(from, to);
    let begins_before = series.times().get(window.start).is_some_and(|&at| at < from);
    let goes_on = series.times().last().is_some_and(|&last| last > to);
    let end = |at: SimTime, wanted: bool| {
        wanted.then(|| series.value_at(at)).flatten().map(|value| (at, value))
    };
    // Where values hold, each is drawn up to the next one.
    let held =
        move |index: usize| (index > 0 && series.holds()).then(|| series.values()[index - 1]);
    let sample = move |index: usize| {
        let at = series.times()[index];
        held(index).map(|before| (at, before)).into_iter().chain([(at, series.values()[index])])
    };
    let samples = window.flat_map(sample).filter(inside);
    end(from, begins_before).into_iter().chain(samples).chain(end(to, goes_on))
}

#[cfg(test)]
mod tests {
    use blackstart_trace::{Catalogue, Trace};

    use super::*;

    const AXIS: TimeAxis = TimeAxis {
        left: 0.0,
        right: 100.0,
        from: SimTime::ZERO,
        to: SimTime::from_whole_seconds(100),
        zero: SimTime::ZERO,
    };

    fn curve(samples: &[(f64, f64)], axis: &TimeAxis) -> Curve {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("pack.current_a");
        let mut trace = Trace::new(catalogue);
        for &(seconds, value) in samples {
            trace.sample(id, SimTime::from_seconds(seconds), value);
        }
        Curve::new(trace.series(id), axis)
    }

    #[test]
    fn thinning_keeps_a_spike_of_one_sample_in_a_hundred_thousand() {
        let mut samples: Vec<_> =
            (0..100_000).map(|i| (f64::from(i) * 1e-3, f64::from(i % 7))).collect();
        samples[54_321].1 = 757.0;
        samples[54_400].1 = -31.0;
        let curve = curve(&samples, &AXIS);
        assert_eq!(curve.extent(), Some((-31.0, 757.0)));
        assert!(curve.runs()[0].len() <= 4 * 101);
    }

    #[test]
    fn a_window_between_two_samples_shows_the_line_between_them() {
        let axis = TimeAxis {
            from: SimTime::from_whole_seconds(25),
            to: SimTime::from_whole_seconds(75),
            ..AXIS
        };
        let curve = curve(&[(0.0, 0.0), (100.0, 100.0)], &axis);
        assert_eq!(curve.runs(), [vec![(0.0, 25.0), (100.0, 75.0)]]);
        assert_eq!(curve.envelope(&axis)[50], Some((50.0, 50.0)));
    }

    #[test]
    fn what_is_no_number_breaks_the_line() {
        let curve =
            curve(&[(0.0, 1.0), (10.0, 2.0), (20.0, f64::NAN), (30.0, 4.0), (40.0, 5.0)], &AXIS);
        assert_eq!(curve.runs().len(), 2);
        assert_eq!(curve.extent(), Some((1.0, 5.0)));
    }

    #[test]
    fn a_jump_is_drawn_from_and_to_its_values() {
        let curve = curve(&[(0.0, 0.0), (50.0, 0.0), (50.0, 52.0), (100.0, 52.0)], &AXIS);
        assert_eq!(curve.envelope(&AXIS)[50], Some((0.0, 52.0)));
    }
}
