//! A quantity inside a window, and the limits it is held against.
//!
//! Between two samples a continuous signal is the straight line, and a published number is the earlier of
//! the two; two samples at one instant are a jump, across which nothing is in between. A window begins after a jump at its first instant and ends after a
//! jump at its last: a signal that an event changes at 5 s is judged "from 5 s" with its new value.

use blackstart_trace::Series;
use blackstart_units::SimTime;

/// Limits in the unit of the signal. A value that meets a limit exactly is within it; not-a-number
/// never is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub at_least: Option<f64>,
    pub at_most: Option<f64>,
}

impl Band {
    pub fn holds(self, value: f64) -> bool {
        !value.is_nan()
            && self.at_least.is_none_or(|limit| value >= limit)
            && self.at_most.is_none_or(|limit| value <= limit)
    }

    /// The limit that is nearer to being violated, or further beyond it; `None` without limits.
    pub fn deciding(self, value: f64) -> Option<f64> {
        match (self.at_least, self.at_most) {
            (Some(low), Some(high)) if value - low <= high - value => Some(low),
            (Some(_), Some(high)) => Some(high),
            (low, high) => low.or(high),
        }
    }

    /// Distance to the deciding limit, positive inside.
    pub fn margin(self, value: f64) -> f64 {
        let below = self.at_least.map_or(f64::INFINITY, |limit| value - limit);
        let above = self.at_most.map_or(f64::INFINITY, |limit| limit - value);
        if value.is_nan() { f64::NEG_INFINITY } else { below.min(above) }
    }

    /// The limit that `value` is beyond.
    fn violated(self, value: f64) -> Option<f64> {
        let low = self.at_least.filter(|&limit| value < limit);
        low.or(self.at_most.filter(|&limit| value > limit))
    }
}

/// The corners of a signal's lines inside a window, first and last where the window cuts them. Never
/// empty.
pub(crate) struct Stretch {
    corners: Vec<(SimTime, f64)>,
}

impl Stretch {
    /// The part of `series` from `from` to `to`; `None` if it was not yet recorded at `from`, or if
    /// the window is empty.
    pub fn cut(series: &Series, from: SimTime, to: SimTime) -> Option<Self> {
        let first = value_at(series, from)?;
        if to < from {
            return None;
        }
        let times = series.times();
        let inside =
            times.partition_point(|&time| time <= from)..times.partition_point(|&time| time <= to);
        let mut corners = vec![(from, first)];
        for i in inside {
            if series.holds() {
                corners.push((times[i], series.values()[i - 1]));
            }
            corners.push((times[i], series.values()[i]));
        }
        if corners.last().is_some_and(|&(time, _)| time < to) {
            corners.push((to, value_at(series, to)?));
        }
        Some(Self { corners })
    }

    /// The corner with the smallest margin, the earliest of equals. A margin is concave along a
    /// straight line, so no point between two corners has a smaller one.
    pub fn worst(&self, band: Band) -> (SimTime, f64) {
        self.corners[1..].iter().fold(self.corners[0], |worst, &corner| {
            if band.margin(corner.1) < band.margin(worst.1) { corner } else { worst }
        })
    }

    /// The corner with the largest margin, the earliest of equals.
    pub fn best(&self, band: Band) -> (SimTime, f64) {
        self.corners[1..].iter().fold(self.corners[0], |best, &corner| {
            if band.margin(corner.1) > band.margin(best.1) { corner } else { best }
        })
    }

    /// The first nanosecond at which the signal is beyond a limit.
    pub fn first_beyond(&self, band: Band) -> Option<SimTime> {
        let index = self.corners.iter().position(|&(_, value)| !band.holds(value))?;
        let corner = self.corners[index];
        let Some(before) = index.checked_sub(1).map(|i| self.corners[i]) else {
            return Some(corner.0);
        };
        Some(band.violated(corner.1).map_or(corner.0, |limit| crossing(before, corner, limit)))
    }

    /// The first nanosecond at which the signal is within the limits, and the value that it enters with.
    pub fn first_within(&self, band: Band) -> Option<(SimTime, f64)> {
        if band.holds(self.corners[0].1) {
            return Some(self.corners[0]);
        }
        self.corners.windows(2).find_map(|pair| {
            let (before, after) = (pair[0], pair[1]);
            if before.0 == after.0 {
                return band.holds(after.1).then_some(after);
            }
            let entered = band.violated(before.1)?;
            // On a straight line the limit that was violated is where the band is entered; beyond
            // the other limit at the far end the line has still passed through.
            let reaches_it = (before.1 < entered) == (after.1 >= entered);
            (reaches_it && band.holds(entered)).then(|| (crossing(before, after, entered), entered))
        })
    }

    /// The integral over the window: power becomes energy.
    pub fn integral(&self) -> f64 {
        let area = |pair: &[(SimTime, f64)]| {
            0.5 * (pair[0].1 + pair[1].1) * (pair[1].0 - pair[0].0).as_seconds()
        };
        self.corners.windows(2).map(area).sum()
    }
}

/// The value at an instant, after a jump there.
fn value_at(series: &Series, at: SimTime) -> Option<f64> {
    let next = series.times().partition_point(|&time| time <= at);
    let before = series.values()[next.checked_sub(1)?];
    if series.times()[next - 1] == at {
        return Some(before);
    }
    let after = series.values().get(next).copied().filter(|_| !series.holds()).unwrap_or(before);
    let value = series.value_at(at)?;
    // Rounding must not carry the straight line past its own ends: a limit met exactly there passes.
    if value.is_nan() {
        Some(value)
    } else {
        Some(value.max(before.min(after)).min(before.max(after)))
    }
}

/// When the straight line between two corners is at `level`, rounded up to a whole nanosecond.
fn crossing(before: (SimTime, f64), after: (SimTime, f64), level: f64) -> SimTime {
    let span = after.0 - before.0;
    let share = (level - before.1) / (after.1 - before.1);
    let nanos = (share * span.as_nanos() as f64).ceil().max(0.0) as u64;
    (before.0 + SimTime::from_nanos(nanos)).min(after.0)
}

#[cfg(test)]
mod tests {
    use blackstart_trace::{Catalogue, Trace};

    use super::*;

    fn at(seconds: f64) -> SimTime {
        SimTime::from_seconds(seconds)
    }

    fn stretch(points: &[(f64, f64)], from: f64, to: f64) -> Option<Stretch> {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("x.y_v");
        let mut trace = Trace::new(catalogue);
        for &(time, value) in points {
            trace.sample(id, at(time), value);
        }
        Stretch::cut(trace.series(id), at(from), at(to))
    }

    fn at_least(limit: f64) -> Band {
        Band { at_least: Some(limit), at_most: None }
    }

    fn between(low: f64, high: f64) -> Band {
        Band { at_least: Some(low), at_most: Some(high) }
    }

    /// Of a published number.
    fn held(points: &[(f64, f64)], from: SimTime, to: SimTime) -> Option<Stretch> {
        let mut catalogue = Catalogue::default();
        let id = catalogue.held("x.bms.claim.soc_pct");
        let mut trace = Trace::new(catalogue);
        points.iter().for_each(|&(time, value)| trace.sample(id, at(time), value));
        Stretch::cut(trace.series(id), from, to)
    }

    #[test]
    fn a_published_number_has_no_value_between_two() {
        let steps = [(0.0, 60.0), (10.0, 70.0), (20.0, 50.0)];
        let seen = |from, to| held(&steps, from, to).unwrap();
        let just_before = at(10.0) - SimTime::NANOSECOND;
        let at_most = |limit| Band { at_least: None, at_most: Some(limit) };
        assert_eq!(seen(at(2.0), just_before).worst(at_most(65.0)), (at(2.0), 60.0));
        assert_eq!(seen(at(2.0), just_before).first_beyond(at_most(60.0)), None);
        assert_eq!(seen(at(2.0), at(10.0)).first_beyond(at_most(60.0)), Some(at(10.0)));
        assert_eq!(seen(at(10.0), at(15.0)).best(at_most(65.0)), (at(10.0), 70.0));
        assert_eq!(seen(at(0.0), at(30.0)).first_within(between(61.0, 69.0)), None);
        assert_eq!(
            seen(at(0.0), at(30.0)).first_within(between(65.0, 75.0)),
            Some((at(10.0), 70.0))
        );
        assert_eq!(seen(at(5.0), at(25.0)).integral(), 5.0 * 60.0 + 10.0 * 70.0 + 5.0 * 50.0);
    }

    #[test]
    fn edges_of_the_window_lie_on_the_straight_line() {
        let ramp = stretch(&[(0.0, 0.0), (10.0, 10.0)], 2.0, 5.0).unwrap();
        assert_eq!(ramp.worst(at_least(0.0)), (at(2.0), 2.0));
        assert_eq!(ramp.best(at_least(0.0)), (at(5.0), 5.0));
        assert_eq!(ramp.integral(), 10.5);
    }

    #[test]
    fn a_jump_at_the_first_instant_is_over_and_at_the_last_has_happened() {
        let step = [(0.0, 0.0), (5.0, 0.0), (5.0, 52.0), (9.0, 52.0), (9.0, 0.0)];
        assert_eq!(stretch(&step, 5.0, 8.0).unwrap().first_beyond(at_least(40.0)), None);
        assert_eq!(stretch(&step, 5.0, 9.0).unwrap().first_beyond(at_least(40.0)), Some(at(9.0)));
        assert_eq!(stretch(&step, 4.0, 8.0).unwrap().first_beyond(at_least(40.0)), Some(at(4.0)));
    }

    #[test]
    fn the_first_instant_beyond_a_limit_is_interpolated() {
        let ramp = stretch(&[(0.0, 50.0), (10.0, 40.0)], 0.0, 10.0).unwrap();
        assert_eq!(ramp.first_beyond(at_least(45.0)), Some(at(5.0)));
        assert_eq!(ramp.first_beyond(at_least(40.0)), None, "a limit met exactly holds");
        let last_bit_below = 40.0_f64.next_up();
        assert_eq!(ramp.first_beyond(at_least(last_bit_below)), Some(at(10.0)));
    }

    #[test]
    fn a_line_through_a_narrow_band_reaches_it_and_a_jump_over_it_does_not() {
        let ramp = stretch(&[(0.0, 0.0), (10.0, 10.0)], 0.0, 10.0).unwrap();
        assert_eq!(ramp.first_within(between(3.0, 4.0)), Some((at(3.0), 3.0)));
        let fall = stretch(&[(0.0, 10.0), (10.0, 0.0)], 0.0, 10.0).unwrap();
        assert_eq!(fall.first_within(between(3.0, 4.0)), Some((at(6.0), 4.0)));
        let jump = stretch(&[(0.0, 0.0), (5.0, 0.0), (5.0, 10.0)], 0.0, 10.0).unwrap();
        assert_eq!(jump.first_within(between(3.0, 4.0)), None);
        assert_eq!(jump.first_within(at_least(10.0)), Some((at(5.0), 10.0)));
    }

    #[test]
    fn moving_away_from_a_band_never_reaches_it() {
        let away = stretch(&[(0.0, 2.0), (10.0, -5.0)], 0.0, 10.0).unwrap();
        assert_eq!(away.first_within(at_least(3.0)), None);
        let falling = stretch(&[(0.0, 20.0), (10.0, 30.0)], 0.0, 10.0).unwrap();
        assert_eq!(falling.first_within(between(3.0, 4.0)), None);
    }

    #[test]
    fn a_value_that_is_no_number_is_beyond_every_limit() {
        let broken = stretch(&[(0.0, 50.0), (1.0, f64::NAN), (2.0, 50.0)], 0.0, 2.0).unwrap();
        assert_eq!(broken.first_beyond(at_least(40.0)), Some(at(1.0)));
    }

    #[test]
    fn nothing_is_known_before_the_first_sample() {
        assert!(stretch(&[(3.0, 1.0)], 2.0, 5.0).is_none());
        assert!(stretch(&[(3.0, 1.0)], 3.0, 5.0).is_some());
    }
}
