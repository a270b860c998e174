//! Coefficients of ESDIRK4(3)6L\[2\]SA, the integrator of the network.
//!
//! Kennedy and Carpenter, *Additive Runge–Kutta schemes for convection–diffusion–reaction equations*,
//! Applied Numerical Mathematics 44 (2003), the implicit half of ARK4(3)6L\[2\]SA. Six stages, the first
//! explicit, one diagonal γ = 1/4, fourth order with an embedded third-order solution, L-stable and
//! stiffly accurate: the last stage *is* the new state, so algebraic quantities are consistent there,
//! and its derivative is the first stage of the next step.
//! Of the methods with these properties this one also keeps every stage inside the step, so that no
//! stage looks beyond an event that ends the step.
//!
//! The coefficients are not trusted: the tests check every order condition.

/// Number of stages, the explicit first one included.
pub(super) const STAGES: usize = 6;

/// The diagonal coefficient, the same for each implicit stage.
pub(super) const GAMMA: f64 = 0.25;

/// Where each stage lies within the step.
pub(super) const C: [f64; STAGES] = [0.0, 1.0 / 2.0, 83.0 / 250.0, 31.0 / 50.0, 17.0 / 20.0, 1.0];

/// The implicit stages in the order of their instants.
pub(super) const IN_TIME_ORDER: [usize; STAGES - 1] = [2, 1, 3, 4, 5];

/// Weights of earlier stages, row by row; the diagonal is [`GAMMA`] and left out.
pub(super) const A: [[f64; STAGES - 1]; STAGES] = [
    [0.0, 0.0, 0.0, 0.0, 0.0],
    [1.0 / 4.0, 0.0, 0.0, 0.0, 0.0],
    [8_611.0 / 62_500.0, -1_743.0 / 31_250.0, 0.0, 0.0, 0.0],
    [5_012_029.0 / 34_652_500.0, -654_441.0 / 2_922_500.0, 174_375.0 / 388_108.0, 0.0, 0.0],
    [
        15_267_082_809.0 / 155_376_265_600.0,
        -71_443_401.0 / 120_774_400.0,
        730_878_875.0 / 902_184_768.0,
        2_285_395.0 / 8_070_912.0,
        0.0,
    ],
    [B[0], B[1], B[2], B[3], B[4]],
];

/// Weights of the fourth-order solution.
pub(super) const B: [f64; STAGES] = [
    82_889.0 / 524_892.0,
    0.0,
    15_625.0 / 83_664.0,
    69_875.0 / 102_672.0,
    -2_260.0 / 8_211.0,
    GAMMA,
];

/// Weights of the embedded third-order solution.
const B_EMBEDDED: [f64; STAGES] = [
    4_586_570_599.0 / 29_645_900_160.0,
    0.0,
    178_811_875.0 / 945_068_544.0,
    814_220_225.0 / 1_159_782_912.0,
    -3_700_637.0 / 11_593_932.0,
    61_727.0 / 225_920.0,
];

/// Weights of the error estimate: the two solutions' difference.
pub(super) const ERROR: [f64; STAGES] = [
    B[0] - B_EMBEDDED[0],
    B[1] - B_EMBEDDED[1],
    B[2] - B_EMBEDDED[2],
    B[3] - B_EMBEDDED[3],
    B[4] - B_EMBEDDED[4],
    B[5] - B_EMBEDDED[5],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The full matrix, diagonal included.
    fn a(row: usize, column: usize) -> f64 {
        match column {
            _ if row == 0 || column > row => 0.0,
            _ if column == row => GAMMA,
            _ => A[row][column],
        }
    }

    fn times_a(v: [f64; STAGES]) -> [f64; STAGES] {
        std::array::from_fn(|row| (0..STAGES).map(|column| a(row, column) * v[column]).sum())
    }

    fn dot(weights: [f64; STAGES], v: [f64; STAGES]) -> f64 {
        weights.iter().zip(v).map(|(w, v)| w * v).sum()
    }

    fn product(v: [f64; STAGES], w: [f64; STAGES]) -> [f64; STAGES] {
        std::array::from_fn(|i| v[i] * w[i])
    }

    #[track_caller]
    fn same(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-14, "found {found}, expected {expected}");
    }

    fn conditions_to_third_order(weights: [f64; STAGES]) {
        same(weights.iter().sum(), 1.0);
        same(dot(weights, C), 1.0 / 2.0);
        same(dot(weights, product(C, C)), 1.0 / 3.0);
        same(dot(weights, times_a(C)), 1.0 / 6.0);
    }

    #[test]
    fn rows_sum_to_the_abscissae() {
        for (row, abscissa) in C.into_iter().enumerate() {
            same((0..STAGES).map(|column| a(row, column)).sum(), abscissa);
        }
    }

    #[test]
    fn stages_are_of_second_order() {
        for (found, abscissa) in times_a(C).into_iter().zip(C) {
            same(found, abscissa * abscissa / 2.0);
        }
    }

    #[test]
    fn solution_meets_every_condition_to_fourth_order() {
        conditions_to_third_order(B);
        let c2 = product(C, C);
        same(dot(B, product(c2, C)), 1.0 / 4.0);
        same(dot(B, product(C, times_a(C))), 1.0 / 8.0);
        same(dot(B, times_a(c2)), 1.0 / 12.0);
        same(dot(B, times_a(times_a(C))), 1.0 / 24.0);
    }

    #[test]
    fn embedded_solution_is_of_third_order_and_no_higher() {
        conditions_to_third_order(B_EMBEDDED);
        let fourth = dot(B_EMBEDDED, product(product(C, C), C));
        assert!((fourth - 0.25).abs() > 1e-5, "an estimate of fourth order would see no error");
    }

    /// Amplification over one step of y' = λy, with z = λh.
    fn amplification(z: f64) -> f64 {
        let mut y = [1.0; STAGES];
        for row in 1..STAGES {
            let explicit: f64 = (0..row).map(|column| a(row, column) * z * y[column]).sum();
            y[row] = (1.0 + explicit) / (1.0 - GAMMA * z);
        }
        y[STAGES - 1]
    }

    #[test]
    fn infinitely_stiff_components_vanish_in_one_step() {
        assert!(amplification(-1e6).abs() < 1e-4);
        assert!(amplification(-1e12).abs() < 1e-10);
        same(amplification(-1e-3), libm::exp(-1e-3));
    }
}
