//! What a fuse remembers: heat, which it loses again, and fatigue, which it does not.
//!
//! **Heat** is a chain of first-order lags, one for each decade of the time-current curve: xₖ' = (g − xₖ)/τₖ
//! and h = Σ aₖ·xₖ. From cold at constant current h(t) = g·Z(t) with Z(t) = Σ aₖ(1 − e^(−t/τₖ)), so that with
//! g = 1/Z(t(i)) it is at 1, and melts, exactly when the curve says. The weights are the steps of (i₁/i(t))²,
//! i₁ the curve's first current: then g goes about with the square of the current, as heat does, and
//! what comes in short bursts counts by its RMS.
//!
//! **Fatigue.** Each pulse takes 1/N of a fuse's life, by Miner's sum; N is the number of pulses of its share
//! of the melting I²t that a fuse stands, by its table. A pulse is what is gathered within the fuse's pulse
//! time, so that heat that comes slowly does not count.
//!
//! Left out: preload below nine tenths of the curve's first current, ambient temperature, and that a worn fuse
//! melts sooner.

use blackstart_units::Fraction;

use super::element::FuseGate;
use super::error::{NetworkError, NetworkErrorKind, positive};
use super::melting::MeltingCurve;

/// The slowest lag is the longest time of the curve over this: what has not melted a fuse by then has warmed
/// it through.
const WARMED_THROUGH: f64 = 10.0;

/// From one lag to the next. The widest curves have a dozen.
const STEP: f64 = 10.0;
const MOST_LAGS: usize = 12;

/// Share of the curve's first current above which a current counts as heat.
const PRELOAD: f64 = 0.9;

/// Heat that a current just below the curve's first one ends at.
const LASTING_HEAT: f64 = 0.999;

/// One lag of the heat.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Lag {
    /// Its time constant, s.
    time: f64,
    /// What part of the heat it gives; all together give 1.
    weight: f64,
}

/// A checked fuse.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FuseModel {
    /// Where its states begin in the state vector.
    pub(super) at: usize,
    curve: MeltingCurve,
    lags: Vec<Lag>,
    /// Time constant of what counts as one pulse, s.
    pulse_time: f64,
    /// Pulses that it stands, over their share of the melting I²t.
    endurance: Vec<Endurance>,
}

/// A point of the table of pulses, and the exponent of the law from there to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Endurance {
    share: f64,
    pulses: f64,
    exponent: f64,
}

impl FuseModel {
    pub(super) fn new(name: &str, fuse: &FuseGate, at: usize) -> Result<Self, NetworkError> {
        let curve = MeltingCurve::from_points(name, &fuse.curve)?;
        let slowest = curve.longest() / WARMED_THROUGH;
        let times = std::iter::successors(Some(slowest), |time| Some(time / STEP));
        let times = times.take_while(|&time| time == slowest || time > curve.shortest());
        let times: Vec<f64> = times.take(MOST_LAGS).collect();
        let reached = |time: f64| curve.warmth(time * libm::sqrt(STEP));
        let lags = times.iter().enumerate().map(|(k, &time)| {
            let upto = if k == 0 { 1.0 } else { reached(time) };
            let from = times.get(k + 1).map_or(0.0, |&faster| reached(faster));
            Lag { time, weight: upto - from }
        });
        let pulse_time = positive(name, "pulse time of a fuse", fuse.pulse_time.0)?;
        let endurance = checked_endurance(name, &fuse.endurance)?;
        Ok(Self { at, lags: lags.collect(), curve, pulse_time, endurance })
    }

    /// Its states: a heat for each lag, then the pulse.
    pub(super) fn states(&self) -> std::ops::Range<usize> {
        self.at..self.pulse_at() + 1
    }

    fn pulse_at(&self) -> usize {
        self.at + self.lags.len()
    }

    /// Brings states and derivatives to the end of an implicit stage, at a current of either sign.
    pub(super) fn follow(
        &self,
        predicted: &[f64],
        reach: f64,
        current: f64,
        (states, slopes): (&mut [f64], &mut [f64]),
    ) {
        let melting_time = self.curve.melting_time(current);
        let heat =
            melting_time.map_or_else(|| self.preload(current), |time| 1.0 / self.warmth(time));
        let gathers = melting_time.map_or(0.0, |time| self.pulse_time / time);
        let heats = self.lags.iter().map(|lag| (heat, lag.time));
        for (k, (end, lag)) in self.states().zip(heats.chain([(gathers, self.pulse_time)])) {
            states[k] = (predicted[k] * lag + reach * end) / (lag + reach);
            slopes[k] = (end - states[k]) / lag;
        }
    }

    /// How much of the heat of a constant current is there after a time.
    fn warmth(&self, time: f64) -> f64 {
        self.lags.iter().map(|lag| -lag.weight * libm::expm1(-time / lag.time)).sum()
    }

    /// The heat that a current ends at which never melts it.
    fn preload(&self, current: f64) -> f64 {
        let share = current.abs() / self.curve.first_current();
        let beyond = ((share - PRELOAD) / (1.0 - PRELOAD)).max(0.0);
        LASTING_HEAT * beyond * beyond
    }

    /// Heat, 1 where it melts; linear in the states.
    pub(super) fn heat(&self, state: &[f64]) -> f64 {
        self.lags.iter().zip(&state[self.at..]).map(|(lag, heat)| lag.weight * heat).sum()
    }

    /// Share of its life that a pulse has taken that is at its peak.
    pub(super) fn wear(&self, state: &[f64]) -> f64 {
        let (wear, _) = wear(&self.endurance, state[self.pulse_at()]);
        wear
    }

    /// The same per second, while the pulse rises.
    pub(super) fn wear_rate(&self, state: &[f64], slope: &[f64]) -> f64 {
        let rise = slope[self.pulse_at()];
        // Also of what is no number.
        if rise.is_nan() || rise <= 0.0 {
            return 0.0;
        }
        let (_, per_share) = wear(&self.endurance, state[self.pulse_at()]);
        per_share * rise
    }
}

/// The table of a fuse's pulses as plain numbers, in order.
fn checked_endurance(
    name: &str,
    points: &[(Fraction, f64)],
) -> Result<Vec<Endurance>, NetworkError> {
    if points.len() < 2 {
        let kind = NetworkErrorKind::TooFewPoints { needed: 2, given: points.len() };
        return Err(NetworkError::new(name, kind));
    }
    for &(share, pulses) in points {
        positive(name, "share of a pulse", share.0)?;
        positive(name, "number of pulses", pulses)?;
    }
    let order = "shares must ascend and numbers of pulses must not";
    for (index, pair) in points.windows(2).enumerate() {
        if pair[1].0 <= pair[0].0 || pair[1].1 > pair[0].1 {
            let kind = NetworkErrorKind::OutOfOrder { index: index + 1, order };
            return Err(NetworkError::new(name, kind));
        }
    }
    let point = |k: usize| (points[k].0.0, points[k].1);
    let endurance = |k: usize| {
        let ((x0, n0), (x1, n1)) = (point(k), point(k + 1));
        let exponent = libm::log(n0 / n1) / libm::log(x1 / x0);
        Endurance { share: x0, pulses: n0, exponent }
    };
    Ok((0..points.len() - 1).map(endurance).collect())
}

/// 1/N of pulses of a share of the melting I²t, and its slope: log-log between the points of the table.
fn wear(endurance: &[Endurance], share: f64) -> (f64, f64) {
    if share <= 0.0 {
        return (0.0, 0.0);
    }
    let upper = endurance.partition_point(|point| point.share <= share);
    let Endurance { share: from, pulses, exponent } =
        endurance[upper.clamp(1, endurance.len()) - 1];
    let wear = libm::pow(share / from, exponent) / pulses;
    (wear, exponent * wear / share)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of Littelfuse's guide for electronic fuses.
    const ENDURANCE: [(f64, f64); 5] =
        [(0.22, 100_000.0), (0.29, 10_000.0), (0.38, 1_000.0), (0.48, 100.0), (1.0, 1.0)];

    #[test]
    fn wear_meets_the_table_and_its_slope_is_its_derivative() {
        let points = ENDURANCE.map(|(share, pulses)| (Fraction(share), pulses));
        let table = checked_endurance("fuse", &points).unwrap();
        for (share, count) in ENDURANCE {
            assert!((wear(&table, share).0 * count - 1.0).abs() < 1e-12);
        }
        for share in [0.01, 0.2, 0.25, 0.4, 0.7, 1.2] {
            let difference = (wear(&table, share + 1e-7).0 - wear(&table, share - 1e-7).0) / 2e-7;
            assert!((difference / wear(&table, share).1 - 1.0).abs() < 1e-5);
        }
        assert_eq!(wear(&table, 0.0), (0.0, 0.0));
    }
}
