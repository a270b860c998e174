//! exp(−x) for the many cells of a string: from a table and a short series.
//!
//! The nearest entry exp(−k/32) times the series of exp(−r), |r| ≤ 1/64, to the fifth power: the term that is
//! left out is below 2e-14 of the value. A call of `libm::exp` for each cell at each stage took a quarter
//! of a long run.

use std::sync::LazyLock;

/// Entries per unit of x.
const DENSITY: f64 = 32.0;
/// The table begins at this x; what lies below is taken to lie here.
const LEAST: f64 = -4.0;
/// Beyond this x the value is zero: 1e-20 of anything is nothing.
const MOST: f64 = 46.0;

/// The table, one for all.
#[derive(Debug, PartialEq)]
pub(super) struct Fade(Vec<f64>);

impl Fade {
    pub(super) fn table() -> &'static Self {
        static TABLE: LazyLock<Fade> = LazyLock::new(|| {
            let entries = ((MOST - LEAST) * DENSITY) as u32;
            Fade((0..=entries).map(|k| libm::exp(-(LEAST + f64::from(k) / DENSITY))).collect())
        });
        &TABLE
    }

    /// exp(−x), for x ≥ −4.
    #[inline]
    pub(super) fn at(&self, x: f64) -> f64 {
        if x >= MOST {
            return 0.0;
        }
        let place = (x.max(LEAST) - LEAST) * DENSITY;
        // Half up; never negative.
        let k = (place + 0.5) as usize;
        let r = (place - k as f64) / DENSITY;
        let series =
            1.0 - r * (1.0 - r / 2.0 * (1.0 - r / 3.0 * (1.0 - r / 4.0 * (1.0 - r / 5.0))));
        self.0[k] * series
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_agrees_with_libm_and_has_no_jumps() {
        let fade = Fade::table();
        let mut last = f64::INFINITY;
        for k in 0..400_000 {
            let x = LEAST + f64::from(k) * 1.23e-4;
            let (value, exact) = (fade.at(x), libm::exp(-x));
            if x < MOST {
                assert!((value - exact).abs() < 5e-14 * exact, "{x}: {value} for {exact}");
            }
            assert!(value <= last);
            last = value;
        }
    }

    #[test]
    fn outside_of_the_table_it_keeps_its_ends() {
        let fade = Fade::table();
        assert_eq!(fade.at(-9.0), fade.at(LEAST));
        assert_eq!(fade.at(1e9), 0.0);
    }
}
