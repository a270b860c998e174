//! What follows a temperature: τ·y' = T − y.

use super::element::Follower;
use super::error::{NetworkError, NetworkErrorKind, positive};

/// A checked [`Follower`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FollowerModel {
    /// Where its state stands in the state vector.
    pub(super) at: usize,
    /// Where the temperature does that it follows.
    followed: usize,
    lag: f64,
}

impl FollowerModel {
    pub(super) fn new(
        follower: &Follower,
        followed: Option<usize>,
        at: usize,
    ) -> Result<Self, NetworkError> {
        let name = follower.name.as_str();
        let lag = positive(name, "time constant", follower.lag.0)?;
        let followed =
            followed.ok_or_else(|| NetworkError::new(name, NetworkErrorKind::NoTemperature))?;
        Ok(Self { at, followed, lag })
    }

    /// State and derivative at the end of an implicit stage, whose temperatures are solved.
    pub(super) fn follow(&self, predicted: &[f64], reach: f64, state: &[f64]) -> (f64, f64) {
        let temperature = state[self.followed];
        let own = (predicted[self.at] * self.lag + reach * temperature) / (self.lag + reach);
        (own, (temperature - own) / self.lag)
    }
}
