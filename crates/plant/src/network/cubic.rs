//! A quantity over one step as a cubic in θ = 0 … 1, its extrema and its crossings of a level.

use super::quantity::CrossingEdge;

/// c₀ + c₁θ + c₂θ² + c₃θ³, exact at both ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cubic {
    coefficients: [f64; 4],
    end: f64,
}

impl Cubic {
    /// From values and slopes (per unit of θ) at both ends.
    pub(super) fn from_hermite(y0: f64, d0: f64, y1: f64, d1: f64) -> Self {
        let rise = y1 - y0;
        Self { coefficients: [y0, d0, 3.0 * rise - 2.0 * d0 - d1, d0 + d1 - 2.0 * rise], end: y1 }
    }

    /// Through the values at 0, 1/3, 2/3 and 1.
    pub(super) fn from_thirds([y0, y1, y2, y3]: [f64; 4]) -> Self {
        // Differences to the first value keep the coefficients of a constant exactly zero.
        let (a, b, c) = (y1 - y0, y2 - y0, y3 - y0);
        let linear = 9.0 * a - 4.5 * b + c;
        let square = -22.5 * a + 18.0 * b - 4.5 * c;
        let cube = 13.5 * a - 13.5 * b + 4.5 * c;
        Self { coefficients: [y0, linear, square, cube], end: y3 }
    }

    pub(super) fn at(&self, theta: f64) -> f64 {
        if theta >= 1.0 {
            return self.end;
        }
        let [c0, c1, c2, c3] = self.coefficients;
        c0 + theta * (c1 + theta * (c2 + theta * c3))
    }

    /// Slope at the end, per unit of θ.
    pub(super) fn end_slope(&self) -> f64 {
        let [_, c1, c2, c3] = self.coefficients;
        c1 + 2.0 * c2 + 3.0 * c3
    }

    /// Where the slope changes sign inside the step, ascending.
    fn turning_points(&self) -> [Option<f64>; 2] {
        let [_, c, b, a] = self.coefficients;
        let (a, b) = (3.0 * a, 2.0 * b);
        let inside = |theta: f64| (theta > 0.0 && theta < 1.0).then_some(theta);
        let discriminant = b * b - 4.0 * a * c;
        if discriminant <= 0.0 || discriminant.is_nan() {
            return [None, None];
        }
        // The sum of like signs avoids cancellation; the other root follows from the product.
        let root = discriminant.sqrt();
        let q = -0.5 * (b + if b < 0.0 { -root } else { root });
        let roots = [inside(q / a), inside(c / q)];
        match roots {
            [Some(x), Some(y)] if x > y => [Some(y), Some(x)],
            [None, Some(y)] => [Some(y), None],
            other => other,
        }
    }

    /// The ends of the monotone pieces: 0, the turning points, 1.
    fn corners(&self) -> impl Iterator<Item = f64> {
        let [first, second] = self.turning_points();
        [Some(0.0), first, second, Some(1.0)].into_iter().flatten()
    }

    /// (θ, value) of the minimum and of the maximum, the earlier one if there are several.
    pub(super) fn extremes(&self) -> ((f64, f64), (f64, f64)) {
        let start = (0.0, self.at(0.0));
        self.corners().skip(1).fold((start, start), |(least, most), theta| {
            let here = (theta, self.at(theta));
            (if here.1 < least.1 { here } else { least }, if here.1 > most.1 { here } else { most })
        })
    }

    /// Where it passes a level, each with whether it is at or beyond it from there on.
    pub(super) fn turns(&self, level: f64) -> impl Iterator<Item = (f64, bool)> {
        let is_over = move |theta: f64| self.at(theta) >= level;
        let ends = self.corners().zip(self.corners().skip(1));
        ends.filter_map(move |(from, to)| {
            let after = is_over(to);
            let theta = |()| bisect(from, to, |theta| is_over(theta) == after);
            (is_over(from) != after).then_some(()).map(theta).map(|theta| (theta, after))
        })
    }

    /// θ of the first crossing: from before the level to at or beyond it.
    pub(super) fn first_crossing(&self, level: f64, edge: CrossingEdge) -> Option<f64> {
        let beyond = |theta: f64| edge.excess(self.at(theta), level) >= 0.0;
        let mut from = 0.0;
        let mut armed = edge.excess(self.at(0.0), level) < 0.0;
        for to in self.corners().skip(1) {
            if armed && beyond(to) {
                return Some(bisect(from, to, beyond));
            }
            armed = edge.excess(self.at(to), level) < 0.0;
            from = to;
        }
        None
    }
}

/// The least θ in (from, to] at which a condition holds that holds at `to`, to the last bits.
fn bisect(mut from: f64, mut to: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..48 {
        let middle = 0.5 * (from + to);
        if holds(middle) {
            to = middle;
        } else {
            from = middle;
        }
    }
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn excursion_inside_the_step_is_seen() {
        // θ(1−θ) peaks at a quarter and is back at zero at the end.
        let bump = Cubic::from_hermite(0.0, 1.0, 0.0, -1.0);
        let crossing = bump.first_crossing(0.24, CrossingEdge::Rising).unwrap();
        assert!((crossing - 0.4).abs() < 1e-12);
        assert_eq!(bump.first_crossing(0.26, CrossingEdge::Rising), None);
        let falling = bump.first_crossing(0.24, CrossingEdge::Falling).unwrap();
        assert!((falling - 0.6).abs() < 1e-12, "{falling}");
    }

    #[test]
    fn level_that_is_met_at_the_start_does_not_fire() {
        let ramp = Cubic::from_hermite(1.0, 1.0, 2.0, 1.0);
        assert_eq!(ramp.first_crossing(1.0, CrossingEdge::Rising), None);
        assert_eq!(ramp.first_crossing(2.0, CrossingEdge::Rising), Some(1.0));
    }

    proptest! {
        #[test]
        fn both_constructions_agree_and_extremes_bound_the_curve(
            c in prop::array::uniform4(-2.0f64..2.0), theta in 0.0f64..1.0,
        ) {
            let y = |t: f64| c[0] + t * (c[1] + t * (c[2] + t * c[3]));
            let slope = |t: f64| c[1] + t * (2.0 * c[2] + t * 3.0 * c[3]);
            let hermite = Cubic::from_hermite(y(0.0), slope(0.0), y(1.0), slope(1.0));
            let thirds = Cubic::from_thirds([y(0.0), y(1.0 / 3.0), y(2.0 / 3.0), y(1.0)]);
            for cubic in [hermite, thirds] {
                prop_assert!((cubic.at(theta) - y(theta)).abs() < 1e-12);
                let (least, most) = cubic.extremes();
                prop_assert!(least.1 <= y(theta) + 1e-12 && most.1 >= y(theta) - 1e-12);
            }
        }
    }
}
