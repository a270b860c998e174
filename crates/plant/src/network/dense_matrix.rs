//! A small dense system of linear equations, solved in place without allocation.

/// Square matrix and right-hand side; after [`solve`](Self::solve) the right-hand side is the solution.
#[derive(Debug, Clone, Default)]
pub(super) struct LinearSystem {
    size: usize,
    matrix: Vec<f64>,
    right: Vec<f64>,
}

/// The matrix has no inverse that the arithmetic could find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Singular {
    /// The unknown at which elimination stopped.
    pub(super) unknown: usize,
}

impl LinearSystem {
    pub(super) fn new(size: usize) -> Self {
        Self { size, matrix: vec![0.0; size * size], right: vec![0.0; size] }
    }

    pub(super) fn clear(&mut self) {
        self.matrix.fill(0.0);
        self.right.fill(0.0);
    }

    pub(super) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.matrix[row * self.size + column] += value;
    }

    pub(super) fn add_right(&mut self, row: usize, value: f64) {
        self.right[row] += value;
    }

    /// Gaussian elimination with partial pivoting.
    pub(super) fn solve(&mut self) -> Result<&[f64], Singular> {
        let n = self.size;
        for k in 0..n {
            self.pivot(k)?;
            let reciprocal = 1.0 / self.matrix[k * n + k];
            let (upper, lower) = self.matrix.split_at_mut((k + 1) * n);
            let pivot_row = &upper[k * n..];
            let pivot_right = self.right[k];
            for (row, right) in lower.chunks_exact_mut(n).zip(&mut self.right[k + 1..]) {
                let factor = row[k] * reciprocal;
                if factor != 0.0 {
                    for (value, pivot) in row[k + 1..].iter_mut().zip(&pivot_row[k + 1..]) {
                        *value -= factor * pivot;
                    }
                    *right -= factor * pivot_right;
                }
            }
        }
        for k in (0..n).rev() {
            let row = &self.matrix[k * n..(k + 1) * n];
            let known: f64 =
                row[k + 1..].iter().zip(&self.right[k + 1..]).map(|(a, x)| a * x).sum();
            self.right[k] = (self.right[k] - known) / row[k];
        }
        Ok(&self.right)
    }

    fn pivot(&mut self, k: usize) -> Result<(), Singular> {
        let n = self.size;
        let mut best = k;
        for row in k + 1..n {
            if self.matrix[row * n + k].abs() > self.matrix[best * n + k].abs() {
                best = row;
            }
        }
        let size = self.matrix[best * n + k].abs();
        // Also true for a value that is not a number.
        if !(size > 0.0 && size.is_finite()) {
            return Err(Singular { unknown: k });
        }
        if best != k {
            let (upper, lower) = self.matrix.split_at_mut(best * n);
            upper[k * n..(k + 1) * n].swap_with_slice(&mut lower[..n]);
            self.right.swap(k, best);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_exchanged_where_the_diagonal_is_zero() {
        let mut system = LinearSystem::new(3);
        for (row, values) in [[0.0, 2.0, 1.0], [1.0, 1.0, 0.0], [4.0, 0.0, 1.0]].iter().enumerate()
        {
            for (column, &value) in values.iter().enumerate() {
                system.add(row, column, value);
            }
        }
        for (row, value) in [7.0, 3.0, 7.0].into_iter().enumerate() {
            system.add_right(row, value);
        }
        let x = system.solve().unwrap();
        for (x, expected) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((x - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn singular_system_names_the_unknown() {
        let mut system = LinearSystem::new(2);
        system.add(0, 0, 1.0);
        assert_eq!(system.solve(), Err(Singular { unknown: 1 }));
    }
}
