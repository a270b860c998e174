//! A string of cells, condensed to one Thevenin branch.
//!
//! Cell: v = ocv(s) − R₀·i − v₁ − v₂, with Q·ds/dt = −(i + leakage) and τₖ·dvₖ/dt = Rₖ·i − vₖ. An
//! implicit stage ties each state to its derivative by x = predicted + γh·dx/dt, so every state is
//! an explicit function of the current, and one pass over the cells gives V(i) and dV/di. The
//! nodal equations see one branch, whatever the number of cells.

use std::sync::Arc;

use super::element::{CellModel, CellString};
use super::error::{NetworkError, NetworkErrorKind, finite, not_negative, positive};
use super::ocv::OcvCurve;

/// State variables of one cell, in this order: state of charge, voltages of the two RC pairs.
pub(super) const CELL_STATES: usize = 3;

#[derive(Debug, Clone, Copy)]
struct Relaxation {
    resistance: f64,
    rate: f64,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// 1 / C.
    per_coulomb: f64,
    resistance: f64,
    relaxation: [Relaxation; 2],
    leakage: f64,
}

/// A checked string; its states begin at `offset` of the network's state vector.
#[derive(Debug, Clone)]
pub(super) struct StringModel {
    pub(super) branch: usize,
    pub(super) offset: usize,
    ocv: Arc<OcvCurve>,
    cells: Vec<Cell>,
    /// Sum of the series resistances.
    resistance: f64,
}

/// What the string does at one current.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StringPoint {
    pub(super) current: f64,
    pub(super) voltage: f64,
    /// dV/di within the stage, negative.
    pub(super) slope: f64,
    /// Sum of the open-circuit voltages.
    pub(super) open_circuit: f64,
    /// Power of the self-discharge.
    pub(super) leak_power: f64,
    /// Power lost in the RC pairs' resistances.
    pub(super) relaxation_loss: f64,
}

impl StringPoint {
    /// Voltage that the tangent at this point predicts for another current.
    pub(super) fn tangent(&self, current: f64) -> f64 {
        self.voltage + self.slope * (current - self.current)
    }
}

impl StringModel {
    pub(super) fn new(
        name: &str,
        branch: usize,
        offset: usize,
        string: &CellString,
    ) -> Result<Self, NetworkError> {
        if string.cells.is_empty() {
            return Err(NetworkError::new(name, NetworkErrorKind::NoCells));
        }
        let cells = string.cells.iter().map(|cell| checked(name, cell));
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        let resistance = cells.iter().map(|cell| cell.resistance).sum();
        Ok(Self { branch, offset, ocv: Arc::clone(&string.ocv), cells, resistance })
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    pub(super) fn series_resistance(&self) -> f64 {
        self.resistance
    }

    fn states(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + CELL_STATES * self.cells.len()
    }

    /// Writes the states and derivatives that `current` implies, given the predicted states and
    /// `reach` = γh in s, and returns the string's voltage and its slope.
    pub(super) fn solve(
        &self,
        predicted: &[f64],
        reach: f64,
        current: f64,
        state: &mut [f64],
        slope: &mut [f64],
    ) -> StringPoint {
        let mut point = StringPoint { current, ..StringPoint::default() };
        let predicted = predicted[self.states()].chunks_exact(CELL_STATES);
        let state = state[self.states()].chunks_exact_mut(CELL_STATES);
        let slope = slope[self.states()].chunks_exact_mut(CELL_STATES);
        for (((cell, predicted), state), slope) in
            self.cells.iter().zip(predicted).zip(state).zip(slope)
        {
            slope[0] = -(current + cell.leakage) * cell.per_coulomb;
            state[0] = predicted[0] + reach * slope[0];
            let (ocv, steepness) = self.ocv.evaluate(state[0]);
            point.open_circuit += ocv;
            point.leak_power += ocv * cell.leakage;
            point.slope -= cell.resistance + steepness * reach * cell.per_coulomb;
            point.voltage += ocv - cell.resistance * current;
            for (k, pair) in cell.relaxation.iter().enumerate() {
                let damping = 1.0 + reach * pair.rate;
                let target = pair.resistance * current;
                state[k + 1] = (predicted[k + 1] + reach * pair.rate * target) / damping;
                slope[k + 1] = (target - state[k + 1]) * pair.rate;
                point.voltage -= state[k + 1];
                point.slope -= reach * pair.rate * pair.resistance / damping;
                if pair.resistance > 0.0 {
                    point.relaxation_loss += state[k + 1] * state[k + 1] / pair.resistance;
                }
            }
        }
        point
    }

    /// Terminal voltage of cell `k` at a current and a state of the whole network.
    pub(super) fn cell_voltage(&self, k: usize, current: f64, state: &[f64]) -> f64 {
        let own = &state[self.offset + CELL_STATES * k..][..CELL_STATES];
        self.ocv.voltage(own[0]) - self.cells[k].resistance * current - own[1] - own[2]
    }

    /// The states of cell `k`.
    pub(super) fn states_of(&self, k: usize, state: &[f64]) -> [f64; CELL_STATES] {
        std::array::from_fn(|n| state[self.offset + CELL_STATES * k + n])
    }

    /// State of charge of cell `k`.
    pub(super) fn soc(&self, k: usize, state: &[f64]) -> f64 {
        state[self.offset + CELL_STATES * k]
    }

    /// Mean state of charge.
    pub(super) fn mean_soc(&self, state: &[f64]) -> f64 {
        let sum: f64 = (0..self.cells.len()).map(|k| self.soc(k, state)).sum();
        sum / self.cells.len() as f64
    }

    /// Energy in the capacitances of the RC pairs, J.
    pub(super) fn stored(&self, state: &[f64]) -> f64 {
        let mut sum = 0.0;
        for (cell, own) in self.cells.iter().zip(state[self.states()].chunks_exact(CELL_STATES)) {
            for (pair, voltage) in cell.relaxation.iter().zip(&own[1..]) {
                if pair.resistance > 0.0 {
                    sum += 0.5 * voltage * voltage / (pair.rate * pair.resistance);
                }
            }
        }
        sum
    }
}

fn checked(name: &str, cell: &CellModel) -> Result<Cell, NetworkError> {
    let capacity = positive(name, "capacity of a cell", cell.capacity.0)?;
    finite(name, "state of charge of a cell", cell.soc.0)?;
    let pair = |k: usize| -> Result<Relaxation, NetworkError> {
        let (resistance, time) = cell.relaxation[k];
        Ok(Relaxation {
            resistance: not_negative(name, "resistance of an RC pair", resistance.0)?,
            rate: 1.0 / positive(name, "time constant of an RC pair", time.0)?,
        })
    };
    Ok(Cell {
        per_coulomb: 1.0 / (3600.0 * capacity),
        resistance: not_negative(name, "series resistance of a cell", cell.resistance.0)?,
        relaxation: [pair(0)?, pair(1)?],
        leakage: not_negative(name, "self-discharge of a cell", cell.leakage.0)?,
    })
}
