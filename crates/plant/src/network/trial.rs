//! One step of the integrator, tried from a point, not yet accepted.

use super::circuit::{Bench, CheckedNetwork, NoOperatingPoint, OperatingPoint};
use super::ledger::BranchEntry;
use super::tableau::{A, B, C, ERROR, GAMMA, STAGES};

/// Relative error that a step may make in any state. A few hundred steps of 1e-6 stay well inside
/// 0.01 %, the tightest demand on amplitudes, and inside 1e-5 of a crossing time.
const RELATIVE_TOLERANCE: f64 = 1e-6;

/// Buffers and result of a step.
#[derive(Debug, Clone)]
pub(super) struct Trial {
    /// The implicit stages; the last is the end of the step.
    pub(super) stages: [OperatingPoint; STAGES - 1],
    /// What the step adds to the quadratures.
    pub(super) gained: Vec<f64>,
    /// Length in ns.
    pub(super) span: u64,
    /// Estimated error over tolerance of the worst state.
    pub(super) error: f64,
    /// Buffer for the predicted states of a stage.
    pub(super) predicted: Vec<f64>,
}

impl Trial {
    pub(super) fn new(circuit: &CheckedNetwork) -> Self {
        Self {
            stages: std::array::from_fn(|_| circuit.point()),
            gained: vec![0.0; circuit.ledger.len()],
            span: 0,
            error: 0.0,
            predicted: vec![0.0; circuit.tolerance.len()],
        }
    }

    /// The end of the step.
    pub(super) fn end(&self) -> &OperatingPoint {
        &self.stages[STAGES - 2]
    }

    /// The end of the step, to be exchanged with its start on acceptance.
    pub(super) fn end_mut(&mut self) -> &mut OperatingPoint {
        &mut self.stages[STAGES - 2]
    }

    /// Steps `span` nanoseconds on from `start`.
    pub(super) fn run(
        &mut self,
        circuit: &CheckedNetwork,
        start: &OperatingPoint,
        span: u64,
        bench: &mut Bench,
    ) -> Result<(), NoOperatingPoint> {
        self.span = span;
        let h = span as f64 * 1e-9;
        for (stage, weights) in A[1..].iter().enumerate() {
            let (done, rest) = self.stages.split_at_mut(stage);
            let point = &mut rest[0];
            predict(&mut self.predicted, h, weights, start, done);
            guess(start, done, stage, point);
            let slope = &done.last().unwrap_or(start).slope;
            circuit.guess_temperatures(&self.predicted, GAMMA * h, slope, &mut point.state);
            circuit.solve(&self.predicted, GAMMA * h, point, bench)?;
        }
        self.gather(h, start);
        self.gather_fatigue(circuit, start);
        self.estimate(h, circuit, start);
        Ok(())
    }

    fn gather(&mut self, h: f64, start: &OperatingPoint) {
        for (k, gained) in self.gained.iter_mut().enumerate() {
            let mut sum = B[0] * start.rates[k];
            for (weight, stage) in B[1..].iter().zip(&self.stages) {
                sum += weight * stage.rates[k];
            }
            *gained = h * sum;
        }
    }

    /// A pulse takes its whole share of a fuse's life by its peak: no weights, since a high power of the pulse
    /// would have to be integrated.
    fn gather_fatigue(&mut self, circuit: &CheckedNetwork, start: &OperatingPoint) {
        for (b, branch) in circuit.branches.iter().enumerate() {
            let Some(fuse) = &branch.fuse else { continue };
            let before = fuse.wear(&start.state);
            let most =
                self.stages.iter().map(|stage| fuse.wear(&stage.state)).fold(before, f64::max);
            self.gained[circuit.ledger.branch(b, BranchEntry::Fatigue)] = most - before;
        }
    }

    fn estimate(&mut self, h: f64, circuit: &CheckedNetwork, start: &OperatingPoint) {
        self.error = 0.0;
        for (k, absolute) in circuit.tolerance.iter().enumerate() {
            let mut sum = ERROR[0] * start.slope[k];
            for (weight, stage) in ERROR[1..].iter().zip(&self.stages) {
                sum += weight * stage.slope[k];
            }
            let size = start.state[k].abs().max(self.end().state[k].abs());
            let error = (h * sum).abs() / (absolute + RELATIVE_TOLERANCE * size);
            if error.is_nan() {
                self.error = f64::INFINITY;
                return;
            }
            self.error = self.error.max(error);
        }
    }
}

/// Where potentials and currents go if they go on as they did up to the stage before.
fn guess(
    start: &OperatingPoint,
    done: &[OperatingPoint],
    stage: usize,
    point: &mut OperatingPoint,
) {
    let last = done.last().unwrap_or(start);
    let reach = if stage == 0 { 0.0 } else { (C[stage + 1] - C[stage]) / C[stage] };
    let on = |(to, (from, last)): (&mut f64, (&f64, &f64))| *to = last + reach * (last - from);
    point.nodes.iter_mut().zip(start.nodes.iter().zip(&last.nodes)).for_each(on);
    point.currents.iter_mut().zip(start.currents.iter().zip(&last.currents)).for_each(on);
}

/// Start plus the weighted derivatives of the stages before.
fn predict(
    predicted: &mut [f64],
    h: f64,
    weights: &[f64],
    start: &OperatingPoint,
    done: &[OperatingPoint],
) {
    for (k, predicted) in predicted.iter_mut().enumerate() {
        let mut sum = weights[0] * start.slope[k];
        for (weight, stage) in weights[1..].iter().zip(done) {
            sum += weight * stage.slope[k];
        }
        *predicted = start.state[k] + h * sum;
    }
}
