//! Readings as a controller gets them: sampled at fixed instants, noisy, quantised, late.
//!
//! Samples are lazy: of all instants that a solver step passes, only the latest is evaluated. A level
//! that a controller waits for is watched on the noiseless value, shifted by six standard
//! deviations to the near side; only inside that band is every single sample looked at.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Component;
use blackstart_engine::{Causes, Edge, NoiseStream, Reading, Terminal};
use blackstart_units::SimTime;

use crate::network::{self, Quantity};

/// Standard deviations within which single samples are looked at.
const BAND: f64 = 6.0;

/// One measured quantity.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub quantity: Quantity,
    /// Added to it: a current that a second meter sees.
    pub also: Option<Quantity>,
    /// One σ.
    pub noise: f64,
    /// Resolution; 0 for none.
    pub step: f64,
    pub error: SensorError,
}

impl Channel {
    /// A channel that reads the truth.
    pub fn exact(quantity: Quantity) -> Self {
        Self { quantity, also: None, noise: 0.0, step: 0.0, error: SensorError::default() }
    }

    fn truth(&self, value: &mut dyn FnMut(Quantity) -> f64) -> f64 {
        value(self.quantity) + self.also.map_or(0.0, value)
    }
}

/// What a sensor reads instead of the truth, noise apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SensorError {
    /// By how much it reads too high, as a share.
    pub gain: f64,
    /// What it reads at zero.
    pub offset: f64,
    /// What it does not tell from zero.
    pub dead_band: f64,
}

impl SensorError {
    /// What it reads.
    fn read(self, truth: f64) -> f64 {
        let read = truth * (1.0 + self.gain) + self.offset;
        if read.abs() < self.dead_band { 0.0 } else { read }
    }
}

/// A counter that adds up what a current sensor reads. Between two looks the current is taken to have
/// been constant, which matters for the dead band alone.
#[derive(Clone, Copy, Debug, Default)]
struct ChargeCounter {
    at: SimTime,
    truth: f64,
    counted: f64,
}

impl ChargeCounter {
    fn count(&mut self, at: SimTime, truth: f64, error: SensorError) {
        let span = at.since(self.at).as_seconds();
        if span > 0.0 {
            self.counted += error.read((truth - self.truth) / span) * span;
            (self.at, self.truth) = (at, truth);
        }
    }
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Armed {
    /// The noiseless value is far from the level.
    Watching,
    /// It is in the band: the next sample decides.
    Sampled(SimTime),
    /// It has fired and waits for the value to come back.
    Fired,
}

/// One conversion of all channels.
#[derive(Clone, Debug, Default)]
struct Latch {
    at: SimTime,
    values: Vec<f64>,
}

/// The measuring side of a role; channel n feeds reading n.
#[derive(Component)]
pub struct Sampling {
    /// Time between conversions; zero for a continuous measurement.
    pub(crate) period: SimTime,
    pub(crate) latency: SimTime,
    pub(crate) channels: Vec<Channel>,
    pub(crate) lowest: Option<Quantity>,
    pub(crate) highest: Option<Quantity>,
    pub(crate) armed: BTreeMap<u8, Armed>,
    pub(crate) wakes: Vec<(SimTime, Causes)>,
    noise: NoiseStream,
    counter: ChargeCounter,
    latest: Latch,
    previous: Latch,
}

impl Sampling {
    pub(crate) fn new(
        period: SimTime,
        latency: SimTime,
        channels: Vec<Channel>,
        noise: NoiseStream,
    ) -> Self {
        Self {
            period,
            latency,
            channels,
            lowest: None,
            highest: None,
            armed: BTreeMap::new(),
            wakes: Vec::new(),
            noise,
            counter: ChargeCounter::default(),
            latest: Latch::default(),
            previous: Latch::default(),
        }
    }

    /// Takes the latest conversion inside a span, whose values `value` tells.
    pub(crate) fn pass(&mut self, end: SimTime, value: &mut dyn FnMut(Quantity, SimTime) -> f64) {
        let at = match self.period.as_nanos() {
            0 => end,
            period => SimTime::from_nanos(end.as_nanos() / period * period),
        };
        if at <= self.latest.at && !self.latest.values.is_empty() {
            return;
        }
        let counter = &mut self.counter;
        let mut read = |channel: &Channel| {
            let truth = channel.truth(&mut |quantity| value(quantity, at));
            match channel.quantity {
                Quantity::Charge(_) => {
                    counter.count(at, truth, channel.error);
                    counter.counted
                }
                _ => truth,
            }
        };
        let values = self.channels.iter().map(&mut read).collect();
        self.previous = std::mem::replace(&mut self.latest, Latch { at, values });
    }

    /// Writes what the controller can see at `now`.
    pub(crate) fn publish(&mut self, now: SimTime, terminal: &mut Terminal) {
        let late = self.latest.at + self.latency > now && !self.previous.values.is_empty();
        let latch = if late { self.previous.clone() } else { self.latest.clone() };
        for (index, truth) in latch.values.into_iter().enumerate() {
            let value = self.measured(index, truth, latch.at);
            terminal.readings.set(index, value);
        }
    }

    fn measured(&mut self, index: usize, truth: f64, at: SimTime) -> f64 {
        let channel = &self.channels[index];
        let mut value = match channel.quantity {
            // The counter has been counting what its sensor reads.
            Quantity::Charge(_) => truth,
            _ => channel.error.read(truth),
        };
        if channel.noise > 0.0 {
            let sample = at.as_nanos() / self.period.as_nanos().max(1);
            value += channel.noise * self.noise.standard_normal(index as u64, sample);
        }
        if channel.step > 0.0 { (value / channel.step).round() * channel.step } else { value }
    }

    fn quantity(&self, reading: &Reading, edge: Edge) -> Option<Quantity> {
        match (reading, edge) {
            (Reading::One(index), _) => self.channels.get(*index).map(|one| one.quantity),
            (Reading::AnyOf(_), Edge::Falling) => self.lowest,
            (Reading::AnyOf(_), Edge::Rising) => self.highest,
        }
    }

    /// Looks at all subscriptions at `now`; fires those whose sample is due and beyond.
    pub(crate) fn look(
        &mut self,
        now: SimTime,
        terminal: &mut Terminal,
        value: &mut dyn FnMut(Quantity) -> f64,
    ) {
        if std::mem::take(&mut terminal.subscriptions_changed) {
            self.armed.clear();
        }
        for (&slot, subscription) in &terminal.subscriptions {
            let Some(quantity) = self.quantity(&subscription.reading, subscription.edge) else {
                continue;
            };
            let near = subscription.edge.is_beyond(value(quantity), self.near(subscription));
            let armed = match self.armed.get(&slot).copied() {
                None | Some(Armed::Watching | Armed::Fired) if !near => Armed::Watching,
                None | Some(Armed::Watching) => Armed::Sampled(self.next_sample(now)),
                Some(Armed::Sampled(at)) if now < at => Armed::Sampled(at),
                Some(Armed::Sampled(_)) if self.sample_is_beyond(now, subscription, value) => {
                    let causes = Causes { level: true, ..Causes::default() };
                    self.wakes.push((now + self.latency, causes));
                    Armed::Fired
                }
                Some(Armed::Sampled(_)) if near => {
                    Armed::Sampled(self.next_sample(now + SimTime::NANOSECOND))
                }
                Some(Armed::Sampled(_)) => Armed::Watching,
                Some(Armed::Fired) => Armed::Fired,
            };
            self.armed.insert(slot, armed);
        }
    }

    fn next_sample(&self, now: SimTime) -> SimTime {
        now.round_up_to(self.period, SimTime::ZERO)
    }

    fn near(&self, subscription: &blackstart_engine::Subscription) -> f64 {
        let index = match &subscription.reading {
            Reading::One(index) => *index,
            Reading::AnyOf(range) => range.start,
        };
        let band = self.channels.get(index).map_or(0.0, |one| {
            let error = one.error;
            let systematic = error.gain.abs() * subscription.level.abs() + error.offset.abs();
            BAND * one.noise + one.step + systematic + error.dead_band
        });
        match subscription.edge {
            Edge::Rising => subscription.level - band,
            Edge::Falling => subscription.level + band,
        }
    }

    fn sample_is_beyond(
        &mut self,
        now: SimTime,
        subscription: &blackstart_engine::Subscription,
        value: &mut dyn FnMut(Quantity) -> f64,
    ) -> bool {
        let indices = match &subscription.reading {
            Reading::One(index) => *index..index + 1,
            Reading::AnyOf(range) => range.clone(),
        };
        for index in indices {
            let truth = self.channels[index].truth(value);
            let measured = self.measured(index, truth, now);
            if subscription.edge.is_beyond(measured, subscription.level) {
                return true;
            }
        }
        false
    }

    /// The levels that the solver must stop at, and the slots that they belong to.
    pub(crate) fn watches(&self, terminal: &Terminal) -> Vec<network::Watch> {
        let watching = |(slot, subscription): (&u8, &blackstart_engine::Subscription)| {
            let quantity = self.quantity(&subscription.reading, subscription.edge)?;
            (self.armed.get(slot) == Some(&Armed::Watching)).then(|| network::Watch {
                quantity,
                level: self.near(subscription),
                edge: match subscription.edge {
                    Edge::Rising => network::Edge::Rising,
                    Edge::Falling => network::Edge::Falling,
                },
            })
        };
        terminal.subscriptions.iter().filter_map(watching).collect()
    }

    /// The next instant at which a sample or a wake-up is due.
    pub(crate) fn next(&self) -> SimTime {
        let samples = self.armed.values().filter_map(|armed| match armed {
            Armed::Sampled(at) => Some(*at),
            _ => None,
        });
        samples.chain(self.wakes.iter().map(|wake| wake.0)).min().unwrap_or(SimTime::NEVER)
    }

    /// Hands due wake-ups to the terminal.
    pub(crate) fn wake(&mut self, now: SimTime, terminal: &mut Terminal) {
        self.wakes.retain(|(at, causes)| {
            let due = *at <= now;
            if due {
                terminal.causes.alert |= causes.alert;
                terminal.causes.level |= causes.level;
            }
            !due
        });
        if terminal.wake_at <= now {
            terminal.causes.timer = true;
            terminal.wake_at = SimTime::NEVER;
        }
    }
}
