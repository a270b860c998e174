//! Readings as a controller gets them: sampled at fixed instants, noisy, quantised, late.
//!
//! A current that ripples at twice the mains frequency is sampled at a random phase of it, weakened by
//! the averaging of its converter; charge is counted without ripple.
//!
//! Samples are lazy: of all instants that a solver step passes, only the latest is evaluated. A level
//! that a controller waits for is watched on the noiseless value, shifted by six standard
//! deviations to the near side; only inside that band is every single sample looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy_ecs::prelude::Component;
use blackstart_engine::{
    AlertEdge, Causes, FOLLOW_PERIOD, NoiseStream, Passing, PinBank, Subscription, Terminal,
    WatchedReading,
};
use blackstart_units::SimTime;

use crate::network::{self, Quantity, RippleShare};
use crate::thermistor_scale::ThermistorScale;

/// One measured quantity.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub quantity: Quantity,
    /// Added to it: a current that a second meter sees.
    pub also: Option<Quantity>,
    /// The mean of both is what it gets: a wire between them is open.
    pub beside: Option<Quantity>,
    /// One σ.
    pub noise: f64,
    /// Resolution; 0 for none.
    pub step: f64,
    pub error: SensorError,
    /// Share of a current's ripple that its averaging leaves; 0 for none.
    pub ripple: f64,
    /// How long before the instant of a sample it is converted.
    pub lead: SimTime,
    /// What its converter makes of a value.
    pub scale: Scale,
    /// What it reads whatever is so: a fault.
    pub says: Option<f64>,
}

/// What a converter makes of a value.
#[derive(Clone, Debug, Default)]
pub(crate) enum Scale {
    /// As it is.
    #[default]
    Whole,
    /// The nearest value within its ends.
    Within(f64, f64),
    /// What a divider, a converter and a table of resistances make of a temperature.
    Thermistor(Arc<ThermistorScale>),
}

impl Scale {
    fn read(&self, value: f64) -> f64 {
        match self {
            Self::Whole => value,
            Self::Within(least, most) => value.clamp(*least, *most),
            Self::Thermistor(scale) => scale.read(value),
        }
    }
}

impl Channel {
    /// A channel that reads the truth.
    pub fn exact(quantity: Quantity) -> Self {
        Self {
            quantity,
            also: None,
            beside: None,
            noise: 0.0,
            step: 0.0,
            error: SensorError::default(),
            ripple: 0.0,
            lead: SimTime::ZERO,
            scale: Scale::Whole,
            says: None,
        }
    }

    /// What there is to measure, at `crest` (−1 … 1) of what ripples on it.
    fn truth(&self, crest: f64, value: &mut dyn FnMut(Quantity) -> f64) -> f64 {
        let own = value(self.rippled(crest));
        match self.beside {
            Some(other) => 0.5 * (own + value(other)),
            None => own + self.also.map_or(0.0, value),
        }
    }

    pub(crate) fn rippled(&self, crest: f64) -> Quantity {
        match self.quantity {
            Quantity::Current(branch) if self.ripple > 0.0 => {
                Quantity::RippledCurrent(branch, RippleShare::new(crest * self.ripple))
            }
            quantity => quantity,
        }
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

/// Where on the ripple a sample falls. The converter's clock and the inverter's know nothing of each
/// other, so any phase is as likely as any other.
fn crest(channel: &Channel, noise: &mut NoiseStream, index: usize, sample: u64) -> f64 {
    if channel.ripple > 0.0 { noise.crest(index as u64, sample) } else { 0.0 }
}

/// One conversion of all channels.
#[derive(Clone, Debug, Default)]
struct Latch {
    at: SimTime,
    values: Vec<f64>,
}

/// The measuring side of a role: what is converted together, and so on.
#[derive(Component, Debug)]
pub struct Meters(pub(crate) Vec<Sampling>);

impl From<Sampling> for Meters {
    fn from(sampling: Sampling) -> Self {
        Self(vec![sampling])
    }
}

/// What is converted together; channel n feeds reading n, counted from the first.
#[derive(Debug)]
pub struct Sampling {
    /// The reading of the first channel.
    pub(crate) first: usize,
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
            first: 0,
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

    /// Takes the latest conversion inside a span, whose values `value` tells; and before it the latest
    /// that a controller can see at its end, if that is another: the step before may have been hours ago.
    pub(crate) fn pass(&mut self, end: SimTime, value: &mut dyn FnMut(Quantity, SimTime) -> f64) {
        let seen = self.conversion_before(end.since(self.latency));
        if !self.latest.values.is_empty() && seen > self.latest.at {
            self.convert(seen, value);
        }
        let latest = self.conversion_before(end);
        // What is converted all the time shows a jump at the instant of the jump.
        let is_again = latest == self.latest.at && self.period == SimTime::ZERO;
        if self.latest.values.is_empty() || latest > self.latest.at || is_again {
            self.convert(latest, value);
        }
    }

    /// The last instant at which a conversion is due, up to another.
    fn conversion_before(&self, end: SimTime) -> SimTime {
        match self.period.as_nanos() {
            0 => end,
            period => SimTime::from_nanos(end.as_nanos() / period * period),
        }
    }

    fn convert(&mut self, at: SimTime, value: &mut dyn FnMut(Quantity, SimTime) -> f64) {
        let sample = self.index(at);
        let Self { counter, noise, .. } = self;
        let mut read = |(index, channel): (usize, &Channel)| {
            let converted = at.since(channel.lead);
            let crest = crest(channel, noise, index, sample);
            let truth = channel.truth(crest, &mut |quantity| value(quantity, converted));
            match channel.quantity {
                Quantity::Charge(_) => {
                    counter.count(at, truth, channel.error);
                    counter.counted
                }
                _ => truth,
            }
        };
        let values = self.channels.iter().enumerate().map(&mut read).collect();
        let before = std::mem::replace(&mut self.latest, Latch { at, values });
        // A conversion that is made again replaces itself.
        if before.at < at {
            self.previous = before;
        }
    }

    /// Writes what the controller can see at `now`.
    pub(crate) fn publish(&mut self, now: SimTime, terminal: &mut Terminal) {
        let late = self.latest.at + self.latency > now && !self.previous.values.is_empty();
        let latch = if late { self.previous.clone() } else { self.latest.clone() };
        for (index, truth) in latch.values.into_iter().enumerate() {
            let value = self.measured(index, truth, latch.at);
            terminal.readings.set_sample(self.first + index, value, latch.at);
        }
    }

    /// Whether a reading is one of its channels.
    pub(crate) fn samples(&self, reading: usize) -> bool {
        (self.first..self.first + self.channels.len()).contains(&reading)
    }

    /// Hands the latest conversion to the faults of its readings.
    pub(crate) fn follow(&mut self, terminal: &mut Terminal) {
        if self.latest.values.is_empty() {
            return;
        }
        let channels = self.first..self.first + self.channels.len();
        let disturbed: Vec<usize> = terminal.readings.disturbed_among(channels).collect();
        for reading in disturbed {
            self.ahead(reading, &mut terminal.readings);
        }
    }

    /// What its controller will be shown of the latest conversion of a reading.
    fn ahead(&mut self, reading: usize, readings: &mut PinBank) -> f64 {
        let (index, at) = (reading - self.first, self.latest.at);
        let measured = self.measured(index, self.latest.values[index], at);
        readings.look_ahead(reading, measured, at)
    }

    /// The next conversion that a fault must not miss, because what it makes of a later one depends on it.
    pub(crate) fn next_followed(&mut self, now: SimTime, terminal: &mut Terminal) -> SimTime {
        if !terminal.readings.has_faults() {
            return SimTime::NEVER;
        }
        self.follow(terminal);
        let channels = self.first..self.first + self.channels.len();
        let readings = &terminal.readings;
        let varies = |reading| readings.passing(reading) == Passing::Varying;
        if readings.disturbed_among(channels).any(varies) {
            self.next_look(now + SimTime::NANOSECOND)
        } else {
            SimTime::NEVER
        }
    }

    /// The next conversion; of what is converted without pause the next of so many instants.
    fn next_look(&self, now: SimTime) -> SimTime {
        let period = if self.period == SimTime::ZERO { FOLLOW_PERIOD } else { self.period };
        now.round_up_to(period, SimTime::ZERO)
    }

    fn measured(&mut self, index: usize, truth: f64, at: SimTime) -> f64 {
        let channel = &self.channels[index];
        if let Some(said) = channel.says {
            return said;
        }
        let mut value = match channel.quantity {
            // The counter has been counting what its sensor reads.
            Quantity::Charge(_) => truth,
            _ => channel.error.read(truth),
        };
        if channel.noise > 0.0 {
            let sample = self.index(at);
            value += channel.noise * self.noise.standard_normal(index as u64, sample);
        }
        let value = channel.scale.read(value);
        if channel.step > 0.0 { (value / channel.step).round() * channel.step } else { value }
    }

    /// Looks at all subscriptions at `now`; fires those whose sample is due and beyond.
    pub(crate) fn look(
        &mut self,
        now: SimTime,
        terminal: &mut Terminal,
        value: &mut dyn FnMut(Quantity) -> f64,
    ) {
        if terminal.subscriptions_changed {
            self.armed.clear();
        }
        let Terminal { subscriptions, readings, .. } = terminal;
        for (&slot, subscription) in subscriptions.iter() {
            let Some(lookout) = self.lookout(subscription, readings) else { continue };
            let near = lookout.is_near(value);
            let armed = match self.armed.get(&slot).copied() {
                None | Some(Armed::Watching | Armed::Fired) if !near => Armed::Watching,
                None | Some(Armed::Watching) => Armed::Sampled(self.next_sample(now)),
                Some(Armed::Sampled(at)) if now < at => Armed::Sampled(at),
                Some(Armed::Sampled(_)) if self.sample_is_beyond(subscription, readings) => {
                    let causes = Causes { level: true, ..Causes::default() };
                    self.wakes.push((now + self.latency, causes));
                    Armed::Fired
                }
                Some(Armed::Sampled(_)) if near => {
                    Armed::Sampled(self.next_look(now + SimTime::NANOSECOND))
                }
                Some(Armed::Sampled(_)) => Armed::Watching,
                // What changes from conversion to conversion has no level that it could come back over.
                Some(Armed::Fired)
                    if lookout.is_by_sample() && !self.sample_is_beyond(subscription, readings) =>
                {
                    Armed::Sampled(self.next_look(now + SimTime::NANOSECOND))
                }
                Some(Armed::Fired) => Armed::Fired,
            };
            self.armed.insert(slot, armed);
        }
    }

    /// Number of the sample at an instant.
    fn index(&self, at: SimTime) -> u64 {
        at.as_nanos() / self.period.as_nanos().max(1)
    }

    fn next_sample(&self, now: SimTime) -> SimTime {
        now.round_up_to(self.period, SimTime::ZERO)
    }

    /// Whether the latest conversion, which is what the controller will be shown, is beyond a level.
    fn sample_is_beyond(&mut self, subscription: &Subscription, readings: &mut PinBank) -> bool {
        let indices = match &subscription.reading {
            WatchedReading::One(index) => *index..index + 1,
            WatchedReading::AnyOf(range) => range.clone(),
        };
        indices.into_iter().any(|reading| {
            let shown = self.ahead(reading, readings);
            subscription.edge.is_beyond(shown, subscription.level)
        })
    }

    /// The levels that the solver must stop at, and the slots that they belong to.
    pub(crate) fn watches(&self, terminal: &Terminal) -> Vec<network::Watch> {
        let mut watches = Vec::new();
        for (slot, subscription) in &terminal.subscriptions {
            if self.armed.get(slot) != Some(&Armed::Watching) {
                continue;
            }
            let Some(lookout) = self.lookout(subscription, &terminal.readings) else { continue };
            watches.extend(lookout.levels().map(|level| network::Watch {
                quantity: level.quantity,
                level: level.near,
                edge: match level.edge {
                    AlertEdge::Rising => network::CrossingEdge::Rising,
                    AlertEdge::Falling => network::CrossingEdge::Falling,
                },
            }));
        }
        watches
    }

    /// The next instant at which a sample or a wake-up is due.
    pub(crate) fn next(&self) -> SimTime {
        let samples = self.armed.values().filter_map(|armed| match armed {
            Armed::Sampled(at) => Some(*at),
            _ => None,
        });
        samples.chain(self.wakes.iter().map(|wake| wake.0)).min().unwrap_or(SimTime::NEVER)
    }

    /// A comparator has acted at an instant: the controller hears of it as late as of a conversion.
    pub(crate) fn alert(&mut self, now: SimTime) {
        let alert = Causes { alert: true, ..Causes::default() };
        self.wakes.push((now + self.latency, alert));
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Branch, Network, NetworkBuilder, NetworkLoad, NodeId};
    use blackstart_units::{Fraction, Ohms, Volts, Watts};

    const PERIOD: SimTime = SimTime::from_whole_seconds(1);

    /// 480 W at 48 V behind nothing, all of it rippling.
    fn rippling() -> (Network, Channel) {
        let mut builder = NetworkBuilder::new();
        let node = builder.node("port");
        let source = Branch {
            emf: Volts(48.0),
            resistance: Ohms(1e-6),
            ..Branch::new("source", NodeId::GROUND, node)
        };
        let source = builder.branch(source);
        let mut load = NetworkLoad::new("inverter", node, NodeId::GROUND);
        (load.power, load.ripple) = (Watts(480.0), Fraction(1.0));
        builder.load(load);
        let channel = Channel { ripple: 0.5, ..Channel::exact(Quantity::Current(source)) };
        (builder.build().unwrap(), channel)
    }

    #[test]
    fn samples_of_a_rippling_current_spread_around_its_mean() {
        let (network, channel) = rippling();
        let noise = NoiseStream::new(1, "test");
        let mut sampling = Sampling::new(PERIOD, SimTime::ZERO, vec![channel], noise);
        let mut samples = Vec::new();
        for second in 1..=4000 {
            sampling.pass(SimTime::from_whole_seconds(second), &mut |quantity, _| {
                network.value(quantity)
            });
            samples.push(sampling.latest.values[0]);
        }
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;
        assert!((mean - 10.0).abs() < 0.2, "{mean}");
        let crest = samples.iter().copied().fold(0.0, f64::max);
        let trough = samples.iter().copied().fold(f64::INFINITY, f64::min);
        assert!((crest - 15.0).abs() < 0.01 && (trough - 5.0).abs() < 0.01, "{trough} to {crest}");
    }

    #[test]
    fn what_is_seen_after_a_long_step_is_no_older_than_the_period_and_the_latency() {
        let channel = Channel::exact(Quantity::NodeVoltage(NodeId::GROUND));
        let noise = NoiseStream::new(1, "test");
        let latency = SimTime::from_millis(2500);
        let mut sampling = Sampling::new(PERIOD, latency, vec![channel], noise);
        // Reads the time.
        let mut clock = |_, at: SimTime| at.as_seconds();
        sampling.pass(SimTime::ZERO, &mut clock);
        let now = SimTime::from_whole_seconds(3600);
        sampling.pass(now, &mut clock);
        assert!(sampling.latest.at + latency > now);
        assert_eq!(sampling.previous.values, [3597.0]);
    }

    #[test]
    fn cells_are_converted_one_after_another() {
        let (network, _) = rippling();
        let skewed = Channel {
            lead: SimTime::from_millis(3),
            ..Channel::exact(Quantity::NodeVoltage(NodeId::GROUND))
        };
        let noise = NoiseStream::new(1, "test");
        let mut sampling = Sampling::new(PERIOD, SimTime::ZERO, vec![skewed], noise);
        let mut at = Vec::new();
        sampling.pass(PERIOD, &mut |quantity, instant| {
            at.push(instant);
            network.value(quantity)
        });
        assert_eq!(at, [SimTime::from_millis(997)]);
    }
}
