//! The open-circuit curve of a cell, from what its file says of it.

use blackstart_units::{Fraction, Volts};

/// Where a curve has the step between its plateaus.
const STEP: f64 = 0.7;
/// Below, the curve is as the file has it wherever the step lies.
const STRETCHED_FROM: f64 = 0.4;
/// Above, too.
const STRETCHED_TO: f64 = 0.95;

/// The points of a file with the step of their plateaus moved to `step`, and before them the damage
/// voltage, which the straight line below the lowest one reaches where the reserve is used up.
pub fn open_circuit(
    points: &[(Fraction, Volts)],
    step: Option<Fraction>,
    (reserve, damage): (Fraction, Volts),
) -> Vec<(Fraction, Volts)> {
    let Some(&(lowest, _)) = points.first() else { return Vec::new() };
    let moved = |soc: Fraction| step.map_or(soc, |step| stretched(soc, step));
    let moved = points.iter().map(|&(soc, voltage)| (moved(soc), voltage));
    std::iter::once((lowest - reserve, damage)).chain(moved).collect()
}

fn stretched(soc: Fraction, step: Fraction) -> Fraction {
    let (from, at, to) = match soc.0 {
        soc if soc <= STRETCHED_FROM || soc >= STRETCHED_TO => return Fraction(soc),
        soc if soc < STEP => {
            (STRETCHED_FROM, (soc - STRETCHED_FROM) / (STEP - STRETCHED_FROM), step.0)
        }
        soc => (step.0, (soc - STEP) / (STRETCHED_TO - STEP), STRETCHED_TO),
    };
    Fraction(from + (to - from) * at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [(f64, f64); 6] =
        [(0.0, 2.9), (0.4, 3.29), (0.55, 3.3), (0.7, 3.32), (0.825, 3.33), (0.95, 3.34)];

    fn with(step: Option<f64>) -> Vec<(f64, f64)> {
        let points = POINTS.map(|(soc, voltage)| (Fraction(soc), Volts(voltage)));
        let below = (Fraction(0.03), Volts(2.0));
        let all = open_circuit(&points, step.map(Fraction), below);
        all.iter().map(|point| (point.0.0, point.1.0)).collect()
    }

    #[test]
    fn the_step_moves_and_what_is_around_it_is_stretched() {
        let moved = with(Some(0.8));
        let wanted = [
            (-0.03, 2.0),
            (0.0, 2.9),
            (0.4, 3.29),
            (0.6, 3.3),
            (0.8, 3.32),
            (0.875, 3.33),
            (0.95, 3.34),
        ];
        for (point, wanted) in moved.iter().zip(wanted) {
            assert!((point.0 - wanted.0).abs() < 1e-12 && point.1 == wanted.1, "{moved:?}");
        }
    }

    #[test]
    fn a_curve_without_a_step_is_as_its_file_has_it() {
        assert_eq!(with(None)[1..], POINTS);
    }

    #[test]
    fn the_order_of_the_points_stays_wherever_the_step_may_lie() {
        for step in 45..=90 {
            let moved = with(Some(f64::from(step) / 100.0));
            assert!(moved.windows(2).all(|pair| pair[0].0 < pair[1].0), "{step}: {moved:?}");
        }
    }
}
