//! What reaches a comparator of a current: the shunt's own inductance, and the filter behind it.
//!
//! The filter's output y follows τ·y' = i + λ·i' − y, with λ the shunt's L/R. Its state is z = y − (λ/τ)·i,
//! which needs no derivative of the current: τ·z' = (1 − λ/τ)·i − z.

use super::element::Sense;
use super::error::{NetworkError, not_negative, positive};

/// A checked [`Sense`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SenseModel {
    /// Where its state stands in the state vector.
    pub(super) at: usize,
    lag: f64,
    /// λ/τ: what of a step in the current passes at once.
    prompt: f64,
}

impl SenseModel {
    pub(super) fn new(name: &str, sense: &Sense, at: usize) -> Result<Self, NetworkError> {
        let lag = positive(name, "time constant of the sense filter", sense.lag.0)?;
        let lead = not_negative(name, "time constant of the shunt", sense.lead.0)?;
        Ok(Self { at, lag, prompt: lead / lag })
    }

    /// State and derivative at the end of an implicit stage.
    pub(super) fn follow(&self, predicted: f64, reach: f64, current: f64) -> (f64, f64) {
        let slow = (1.0 - self.prompt) * current;
        let state = (predicted * self.lag + reach * slow) / (self.lag + reach);
        (state, (slow - state) / self.lag)
    }

    /// What the comparator sees.
    pub(super) fn output(&self, state: f64, current: f64) -> f64 {
        state + self.prompt * current
    }
}
