//! Time-current curve of a fuse.

use blackstart_units::{Amperes, Seconds};

use super::error::{NetworkError, NetworkErrorKind, positive};

/// Melting time over current, in logarithms.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MeltingCurve {
    /// (ln A, ln s), currents ascending, times descending.
    points: Vec<(f64, f64)>,
    first_current: f64,
    last_current: f64,
    /// I²t at the last point, A²s.
    melting_integral: f64,
}

impl MeltingCurve {
    pub(super) fn from_points(
        name: &str,
        points: &[(Amperes, Seconds)],
    ) -> Result<Self, NetworkError> {
        if points.len() < 2 {
            let kind = NetworkErrorKind::TooFewPoints { needed: 2, given: points.len() };
            return Err(NetworkError::new(name, kind));
        }
        for &(current, time) in points {
            positive(name, "current of the time-current curve", current.0)?;
            positive(name, "time of the time-current curve", time.0)?;
        }
        let order = "currents must ascend and times must descend";
        for (index, pair) in points.windows(2).enumerate() {
            if pair[1].0 <= pair[0].0 || pair[1].1 >= pair[0].1 {
                let kind = NetworkErrorKind::OutOfOrder { index: index + 1, order };
                return Err(NetworkError::new(name, kind));
            }
        }
        let (last_current, last_time) = points[points.len() - 1];
        Ok(Self {
            points: points.iter().map(|&(i, t)| (libm::log(i.0), libm::log(t.0))).collect(),
            first_current: points[0].0.0,
            last_current: last_current.0,
            melting_integral: last_current.0 * last_current.0 * last_time.0,
        })
    }

    /// The current up to which it never melts.
    pub(super) fn first_current(&self) -> f64 {
        self.first_current
    }

    /// Melting time at the first current, s.
    pub(super) fn longest(&self) -> f64 {
        libm::exp(self.points[0].1)
    }

    /// Melting time at the last current, s: below, I²t is constant.
    pub(super) fn shortest(&self) -> f64 {
        self.melting_integral / (self.last_current * self.last_current)
    }

    /// Square of the first current over that of the current which melts it in a time: how warm a constant
    /// current makes it by then, of the warmth at which it ends.
    pub(super) fn warmth(&self, time: f64) -> f64 {
        let y = libm::log(time);
        let lower = self.points.partition_point(|point| point.1 >= y);
        let x = match lower {
            0 => return 1.0,
            _ if lower == self.points.len() => {
                return time * self.first_current * self.first_current / self.melting_integral;
            }
            _ => {
                let ((x0, y0), (x1, y1)) = (self.points[lower - 1], self.points[lower]);
                x0 + (x1 - x0) * (y - y0) / (y1 - y0)
            }
        };
        libm::exp(2.0 * (self.points[0].0 - x))
    }

    /// Melting time from cold at a constant current of either sign, s; `None` where it never melts.
    pub(super) fn melting_time(&self, current: f64) -> Option<f64> {
        let current = current.abs();
        if current <= self.first_current {
            return None;
        }
        if current >= self.last_current {
            return Some(self.melting_integral / (current * current));
        }
        let x = libm::log(current);
        let upper = self.points.partition_point(|point| point.0 <= x);
        let upper = upper.clamp(1, self.points.len() - 1);
        let ((x0, y0), (x1, y1)) = (self.points[upper - 1], self.points[upper]);
        Some(libm::exp(y0 + (y1 - y0) * (x - x0) / (x1 - x0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> MeltingCurve {
        let points = [(30.0, 1e4), (60.0, 10.0), (300.0, 0.02)];
        MeltingCurve::from_points("fuse", &points.map(|(i, t)| (Amperes(i), Seconds(t)))).unwrap()
    }

    #[test]
    fn melting_time_meets_the_points_and_is_symmetric() {
        assert_eq!(curve().melting_time(30.0), None);
        assert!((curve().melting_time(60.0).unwrap() - 10.0).abs() < 1e-11);
        assert!((curve().melting_time(-60.0).unwrap() - 10.0).abs() < 1e-11);
        assert!((curve().melting_time(300.0).unwrap() - 0.02).abs() < 1e-13);
        assert!((curve().longest() - 1e4).abs() < 1e-8);
    }

    #[test]
    fn warmth_is_the_square_of_the_current_that_melts_it_by_then() {
        for (time, share) in [(2e4, 1.0), (1e4, 1.0), (10.0, 0.25), (0.02, 0.01), (0.002, 0.001)] {
            assert!((curve().warmth(time) / share - 1.0).abs() < 1e-9, "{time}");
        }
    }

    #[test]
    fn beyond_the_last_point_the_joule_integral_is_constant() {
        let [near, far] = [300.0, 3000.0].map(|current| curve().melting_time(current).unwrap());
        assert!((near / far - 100.0).abs() < 1e-10);
    }

    #[test]
    fn curve_that_rises_is_refused() {
        let points = [(Amperes(30.0), Seconds(1.0)), (Amperes(60.0), Seconds(2.0))];
        let error = MeltingCurve::from_points("F1", &points).unwrap_err();
        assert!(matches!(error.kind, NetworkErrorKind::OutOfOrder { index: 1, .. }));
        assert_eq!(error.subject, "F1");
    }
}
