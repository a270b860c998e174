//! How warm the gate of a branch gets: τ·T' = R·P − (T − Tₐ), with P what the gate itself turns to heat.
//!
//! Left out: that its resistance grows with it, and what it gives to its neighbours.

use super::element::Warmth;
use super::error::{NetworkError, finite, not_negative, positive};

/// A checked [`Warmth`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct WarmthModel {
    /// Where its state stands in the state vector: the temperature, °C.
    pub(super) at: usize,
    resistance: f64,
    lag: f64,
    ambient: f64,
}

impl WarmthModel {
    pub(super) fn new(name: &str, warmth: &Warmth, at: usize) -> Result<Self, NetworkError> {
        let lag = positive(name, "thermal time constant", warmth.lag.0)?;
        let resistance = not_negative(name, "thermal resistance", warmth.resistance)?;
        let ambient = finite(name, "ambient temperature", warmth.ambient.0)?;
        Ok(Self { at, resistance, lag, ambient })
    }

    /// Temperature and its derivative at the end of an implicit stage, with the power of its end.
    pub(super) fn follow(&self, predicted: f64, reach: f64, power: f64) -> (f64, f64) {
        let target = self.ambient + self.resistance * power;
        let own = (predicted * self.lag + reach * target) / (self.lag + reach);
        (own, (target - own) / self.lag)
    }
}
