//! Open-circuit voltage of a cell over its state of charge.
//!
//! A monotone piecewise cubic through a table: Fritsch and Carlson, *Monotone piecewise cubic
//! interpolation*, SIAM Journal on Numerical Analysis 17 (1980), with slopes by the weighted harmonic
//! mean of Fritsch and Butland (1984) and three-point end slopes. The curve has a continuous slope, which keeps the
//! integrator's error estimate smooth, and never overshoots the table, which keeps the network's
//! equations monotone. Beyond its ends it goes on straight with the end slope: a cell below 0 % still
//! has a voltage. Hysteresis and temperature are not modelled here.

use blackstart_units::{Fraction, Volts};

use super::error::{NetworkError, NetworkErrorKind, finite};

/// A monotone open-circuit voltage curve.
#[derive(Clone, Debug, PartialEq)]
pub struct OcvCurve {
    knots: Vec<f64>,
    /// One more than `knots` has intervals: the last is the straight line above the table.
    pieces: Vec<Piece>,
    below: Piece,
}

/// `c[0] + c[1]·x + c[2]·x² + c[3]·x³` with `x` counted from the piece's first knot.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece([f64; 4]);

impl OcvCurve {
    /// A curve through `table`: at least two rows, state of charge ascending, voltage never falling.
    ///
    /// # Errors
    /// The first point that breaks one of these rules, by its index.
    pub fn from_table(table: &[(Fraction, Volts)]) -> Result<Self, NetworkError> {
        check(table)?;
        let knots: Vec<f64> = table.iter().map(|row| row.0.0).collect();
        let volts: Vec<f64> = table.iter().map(|row| row.1.0).collect();
        let slopes = slopes(&knots, &volts);
        let last = knots.len() - 1;
        let mut pieces: Vec<Piece> = (0..last)
            .map(|i| {
                let width = knots[i + 1] - knots[i];
                let secant = (volts[i + 1] - volts[i]) / width;
                Piece([
                    volts[i],
                    slopes[i],
                    (3.0 * secant - 2.0 * slopes[i] - slopes[i + 1]) / width,
                    (slopes[i] + slopes[i + 1] - 2.0 * secant) / (width * width),
                ])
            })
            .collect();
        pieces.push(Piece([volts[last], slopes[last], 0.0, 0.0]));
        Ok(Self { below: Piece([volts[0], slopes[0], 0.0, 0.0]), knots, pieces })
    }

    /// Open-circuit voltage in V at a state of charge (1 is full; may lie outside 0 … 1).
    pub fn voltage(&self, soc: f64) -> f64 {
        self.evaluate(soc).0
    }

    /// Slope of the voltage over the state of charge, in V; never negative.
    pub fn slope(&self, soc: f64) -> f64 {
        self.evaluate(soc).1
    }

    /// Voltage and slope together: the solver needs both.
    pub(super) fn evaluate(&self, soc: f64) -> (f64, f64) {
        self.evaluate_near(soc, &mut 0)
    }

    /// The same, looked for first in the interval of `hint`, which is then where it was found: the
    /// cells of a string are about as full as each other.
    #[inline]
    pub(super) fn evaluate_near(&self, soc: f64, hint: &mut usize) -> (f64, f64) {
        let holds = |pair: &[f64]| pair[0] <= soc && soc < pair[1];
        if !self.knots.get(*hint..*hint + 2).is_some_and(holds) {
            let above = self.knots.partition_point(|&knot| knot <= soc);
            *hint = above.saturating_sub(1);
        }
        let x = soc - self.knots[*hint];
        let piece = if x < 0.0 { &self.below } else { &self.pieces[*hint] };
        let [c0, c1, c2, c3] = piece.0;
        (c0 + x * (c1 + x * (c2 + x * c3)), c1 + x * (2.0 * c2 + x * 3.0 * c3))
    }
}

fn check(table: &[(Fraction, Volts)]) -> Result<(), NetworkError> {
    let refuse = |kind| Err(NetworkError::new("open-circuit voltage", kind));
    if table.len() < 2 {
        return refuse(NetworkErrorKind::TooFewPoints { needed: 2, given: table.len() });
    }
    let out_of_order = |index, order| refuse(NetworkErrorKind::OutOfOrder { index, order });
    for (index, (soc, voltage)) in table.iter().enumerate() {
        finite("open-circuit voltage", "state of charge", soc.0)?;
        finite("open-circuit voltage", "voltage", voltage.0)?;
        let Some(previous) = index.checked_sub(1).map(|previous| table[previous]) else {
            continue;
        };
        if soc.0 <= previous.0.0 {
            return out_of_order(index, "states of charge must ascend");
        }
        if voltage.0 < previous.1.0 {
            return out_of_order(index, "voltages must not descend");
        }
    }
    Ok(())
}

/// Slopes at the knots that keep the interpolant monotone.
fn slopes(knots: &[f64], volts: &[f64]) -> Vec<f64> {
    let width = |i: usize| knots[i + 1] - knots[i];
    let secant = |i: usize| (volts[i + 1] - volts[i]) / width(i);
    let last = knots.len() - 1;
    if last == 1 {
        return vec![secant(0); 2];
    }
    (0..=last)
        .map(|i| match i {
            0 => end_slope(width(0), width(1), secant(0), secant(1)),
            i if i == last => end_slope(width(i - 1), width(i - 2), secant(i - 1), secant(i - 2)),
            i if secant(i - 1) == 0.0 || secant(i) == 0.0 => 0.0,
            i => {
                let near = 2.0 * width(i) + width(i - 1);
                let far = width(i) + 2.0 * width(i - 1);
                (near + far) / (near / secant(i - 1) + far / secant(i))
            }
        })
        .collect()
}

/// Three-point slope at an end, limited to 0 … three times the end's own secant.
fn end_slope(width: f64, next_width: f64, secant: f64, next_secant: f64) -> f64 {
    let slope = ((2.0 * width + next_width) * secant - width * next_secant) / (width + next_width);
    slope.clamp(0.0, 3.0 * secant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn curve(rows: &[(f64, f64)]) -> Result<OcvCurve, NetworkError> {
        let rows: Vec<_> =
            rows.iter().map(|&(soc, voltage)| (Fraction(soc), Volts(voltage))).collect();
        OcvCurve::from_table(&rows)
    }

    #[test]
    fn table_is_met_exactly_and_left_straight() {
        let curve = curve(&[(0.0, 2.5), (0.1, 3.2), (0.9, 3.3), (1.0, 3.6)]).unwrap();
        for (soc, voltage) in [(0.0, 2.5), (0.1, 3.2), (0.9, 3.3), (1.0, 3.6)] {
            assert!((curve.voltage(soc) - voltage).abs() < 1e-14);
        }
        let below = curve.slope(0.0);
        assert!(below > 0.0);
        assert!((curve.voltage(-0.1) - (2.5 - 0.1 * below)).abs() < 1e-14);
        assert_eq!(curve.slope(1.5), curve.slope(1.0));
    }

    #[test]
    fn bad_tables_are_refused_with_the_point() {
        let kind = |rows: &[(f64, f64)]| curve(rows).unwrap_err().kind;
        assert!(matches!(kind(&[(0.0, 3.0)]), NetworkErrorKind::TooFewPoints { given: 1, .. }));
        let twice = kind(&[(0.0, 3.0), (0.0, 3.1)]);
        assert!(matches!(twice, NetworkErrorKind::OutOfOrder { index: 1, .. }));
        let falling = kind(&[(0.0, 3.0), (0.5, 3.1), (1.0, 3.0)]);
        assert!(matches!(falling, NetworkErrorKind::OutOfOrder { index: 2, .. }));
        let hostile = kind(&[(0.0, 3.0), (1.0, f64::NAN)]);
        assert!(matches!(hostile, NetworkErrorKind::OutOfRange { .. }));
    }

    proptest! {
        #[test]
        fn curve_never_falls_and_its_slope_has_no_jumps(
            steps in prop::collection::vec((0.01f64..0.3, 0.0f64..0.5), 2..20),
        ) {
            let mut row = (0.0, 2.0);
            let mut rows = vec![row];
            for (width, rise) in steps {
                row = (row.0 + width, row.1 + rise);
                rows.push(row);
            }
            let curve = curve(&rows).unwrap();
            let mut last = curve.voltage(-0.2);
            for i in 0..=1000 {
                let soc = -0.2 + (row.0 + 0.4) * f64::from(i) / 1000.0;
                prop_assert!(curve.voltage(soc) >= last - 1e-12);
                prop_assert!(curve.slope(soc) >= -1e-9);
                last = curve.voltage(soc);
            }
            for &(knot, _) in &rows {
                let step = curve.slope(knot - 1e-9) - curve.slope(knot + 1e-9);
                prop_assert!(step.abs() < 1e-4, "slope jumps by {step} at {knot}");
            }
        }
    }
}
