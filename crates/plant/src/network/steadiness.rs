//! Whether constant power finds anything that holds its voltage.
//!
//! A load of constant power is a negative conductance, −P/v². Within an instant an inductance lets nothing
//! through and a capacitor is a short; what is left of the network, with these loads in it, is a symmetric
//! matrix. Where it is not positive definite, any disturbance grows without a time of its own: behind
//! an inductance alone a little too little current raises the voltage, which lowers the current that is
//! asked for, and the voltage has no end. Such a circuit misses a part, and no number of it means anything.

use super::circuit::{Bench, BranchModel, CheckedNetwork, OperatingPoint, with_cells};
use super::load::LoadModel;

impl CheckedNetwork {
    /// A load of constant power whose voltage nothing holds, at a point that `bench` has solved within an
    /// instant: of several the first with which the matrix is no longer positive definite.
    pub(super) fn unheld_load(&self, point: &OperatingPoint, bench: &Bench) -> Option<usize> {
        let powered = self.loads.iter().filter(|load| load.power > 0.0 && !load.faded);
        powered.clone().next()?;
        let most = self.sum_of_sources(point, bench);
        let slope = |load: &LoadModel| {
            let voltage = (point.nodes[load.from] - point.nodes[load.to]).abs();
            load.power_slope(voltage.min(most))
        };
        let mut conductances = self.held_conductances(bench);
        let without_power = conductances.clone();
        for load in powered.clone() {
            conductances.stamp(load.from, load.to, slope(load));
        }
        if conductances.is_positive_definite() {
            return None;
        }
        let mut conductances = without_power;
        self.loads.iter().position(|load| {
            let counts = load.power > 0.0 && !load.faded;
            if counts {
                conductances.stamp(load.from, load.to, slope(load));
            }
            counts && !conductances.clone().is_positive_definite()
        })
    }

    /// Every voltage of a source, cells and capacitors added up: what lies above has been thrown there by an
    /// inductance, against leaks alone, and no load lives on it.
    fn sum_of_sources(&self, point: &OperatingPoint, bench: &Bench) -> f64 {
        let of_branch = |branch: &BranchModel| {
            let cells = branch.string.map_or(0.0, |s| bench.strings[s].voltage.abs());
            branch.emf.abs() + cells + branch.voltage_at.map_or(0.0, |k| point.state[k].abs())
        };
        self.branches.iter().map(of_branch).sum()
    }

    /// Everything but constant power.
    fn held_conductances(&self, bench: &Bench) -> SymmetricMatrix {
        let size = self.nodes.len() - 1;
        let mut matrix = SymmetricMatrix { size, values: vec![0.0; size * size] };
        for (branch, line) in self.branches.iter().zip(&bench.lines) {
            let (_, resistance) = with_cells(*line, branch.string.map(|s| &bench.strings[s]));
            matrix.stamp(branch.from, branch.to, 1.0 / resistance);
        }
        for load in &self.loads {
            matrix.stamp(load.from, load.to, load.conductance);
        }
        matrix
    }
}

/// Conductances between nodes, ground left out.
#[derive(Debug, Clone)]
struct SymmetricMatrix {
    size: usize,
    values: Vec<f64>,
}

impl SymmetricMatrix {
    fn stamp(&mut self, from: usize, to: usize, conductance: f64) {
        for (node, other) in [(from, to), (to, from)] {
            if node > 0 {
                self.values[(node - 1) * self.size + node - 1] += conductance;
                if other > 0 {
                    self.values[(node - 1) * self.size + other - 1] -= conductance;
                }
            }
        }
    }

    /// Eliminates in place; every pivot is above zero.
    fn is_positive_definite(&mut self) -> bool {
        let n = self.size;
        for k in 0..n {
            let (upper, lower) = self.values.split_at_mut((k + 1) * n);
            let pivot_row = &upper[k * n..];
            let pivot = pivot_row[k];
            if pivot.is_nan() || pivot <= 0.0 {
                return false;
            }
            for row in lower.chunks_exact_mut(n) {
                let factor = row[k] / pivot;
                if factor != 0.0 {
                    for (value, above) in row[k + 1..].iter_mut().zip(&pivot_row[k + 1..]) {
                        *value -= factor * above;
                    }
                }
            }
        }
        true
    }
}
