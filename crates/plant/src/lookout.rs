//! What to look out for so that no crossing of a subscribed level is missed.
//!
//! A level is watched on the noiseless truth, shifted to the near side by all that may lie between the truth
//! and what is shown. What a fault makes of a reading moves, turns or fixes its level; what changes from
//! conversion to conversion is looked at conversion by conversion.

use blackstart_engine::{AlertEdge, Passing, PinBank, Subscription, WatchedReading};

use crate::network::Quantity;
use crate::sampling::{Channel, Sampling, Scale};

/// Standard deviations within which single samples are looked at.
const BAND: f64 = 6.0;

/// What to look out for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lookout {
    /// One level, of a reading or of the lowest or highest of many without a fault.
    Level(LevelAhead),
    /// What each of several readings has.
    Each(Vec<Sight>),
}

/// What to look out for on one reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Sight {
    /// A level.
    Level(LevelAhead),
    /// It is always so.
    Always,
    /// It is never so.
    Never,
}

/// A level of the truth from which on single samples are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LevelAhead {
    pub quantity: Quantity,
    pub edge: AlertEdge,
    pub near: f64,
}

impl LevelAhead {
    fn is_near(&self, value: &mut dyn FnMut(Quantity) -> f64) -> bool {
        self.edge.is_beyond(value(self.quantity), self.near)
    }
}

impl Lookout {
    /// Whether the next sample may be beyond the level.
    pub fn is_near(&self, value: &mut dyn FnMut(Quantity) -> f64) -> bool {
        match self {
            Self::Level(level) => level.is_near(value),
            Self::Each(sights) => sights.iter().any(|sight| match sight {
                Sight::Level(level) => level.is_near(value),
                Sight::Always => true,
                Sight::Never => false,
            }),
        }
    }

    /// Whether it is looked at conversion by conversion.
    pub fn is_by_sample(&self) -> bool {
        matches!(self, Self::Each(sights) if sights.contains(&Sight::Always))
    }

    /// The levels that the solver must stop at.
    pub fn levels(&self) -> impl Iterator<Item = LevelAhead> + '_ {
        let (one, each) = match self {
            Self::Level(level) => (Some(*level), &[][..]),
            Self::Each(sights) => (None, &sights[..]),
        };
        let level = |sight: &Sight| match sight {
            Sight::Level(level) => Some(*level),
            Sight::Always | Sight::Never => None,
        };
        one.into_iter().chain(each.iter().filter_map(level))
    }
}

impl Channel {
    /// How far on the near side of a level its noise, its steps and its error may lie.
    fn band(&self, level: f64) -> f64 {
        let error = self.error;
        let systematic = error.gain.abs() * level.abs() + error.offset.abs();
        BAND * self.noise + self.step + systematic + error.dead_band
    }

    fn level(&self, edge: AlertEdge, level: f64) -> LevelAhead {
        let (crest, near) = match edge {
            AlertEdge::Rising => (1.0, level - self.band(level)),
            AlertEdge::Falling => (-1.0, level + self.band(level)),
        };
        LevelAhead { quantity: self.rippled(crest), edge, near }
    }

    /// What to look out for when a fault leaves this of it.
    fn sight(&self, edge: AlertEdge, level: f64, passing: Passing) -> Sight {
        let fixed = |value| if edge.is_beyond(value, level) { Sight::Always } else { Sight::Never };
        match (passing, self.says) {
            (Passing::Constant(value), _) => fixed(value),
            (Passing::Varying, _) => Sight::Always,
            (Passing::Affine { gain, offset }, Some(said)) => fixed(gain * said + offset),
            // The mean of two, and what a divider makes of a temperature, have no level of their own.
            (Passing::Affine { .. }, None)
                if self.beside.is_some() || self.also.is_some() || !self.is_whole() =>
            {
                Sight::Always
            }
            (Passing::Affine { gain, offset }, None) => {
                let turned = match edge {
                    AlertEdge::Rising => AlertEdge::Falling,
                    AlertEdge::Falling => AlertEdge::Rising,
                };
                let edge = if gain < 0.0 { turned } else { edge };
                Sight::Level(self.level(edge, (level - offset) / gain))
            }
        }
    }

    fn is_whole(&self) -> bool {
        matches!(self.scale, Scale::Whole)
    }
}

impl Sampling {
    /// What to look out for so that a subscription fires when it must; `None` where it watches nothing that
    /// is converted here.
    pub fn lookout(&self, subscription: &Subscription, readings: &PinBank) -> Option<Lookout> {
        let Subscription { reading, edge, level } = subscription;
        let range = match reading {
            WatchedReading::One(index) => *index..index + 1,
            WatchedReading::AnyOf(range) => range.clone(),
        };
        let first = self.channels.get(range.start.checked_sub(self.first)?)?;
        let has_fault = readings.disturbed_among(range.clone()).next().is_some();
        if has_fault {
            let sight = |index: usize| {
                let channel = self.channels.get(index - self.first)?;
                Some(channel.sight(*edge, *level, readings.passing(index)))
            };
            return Some(Lookout::Each(range.filter_map(sight).collect()));
        }
        let own = first.level(*edge, *level);
        let quantity = match (reading, edge) {
            (WatchedReading::One(_), _) => own.quantity,
            (WatchedReading::AnyOf(_), AlertEdge::Falling) => self.lowest?,
            (WatchedReading::AnyOf(_), AlertEdge::Rising) => self.highest?,
        };
        Some(Lookout::Level(LevelAhead { quantity, ..own }))
    }
}
