//! What can be wrong with a reading between the sensor and the controller.
//!
//! A fault is handed what is measured, conversion by conversion, and says what the controller is shown.
//! Several faults of one reading are passed in the order in which they began. What a fault does depends on
//! instants and measured values alone, never on how often it is asked.

use std::collections::VecDeque;

use blackstart_units::SimTime;

use crate::noise::NoiseStream;

/// How often a reading that no converter samples is looked at while a fault changes it by itself.
pub const FOLLOW_PERIOD: SimTime = SimTime::from_millis(10);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distortion {
    /// It stays what it was when the fault began.
    Stuck,
    /// It is this, whatever is measured.
    Constant(f64),
    /// It is the measured value times `gain`, plus `offset`.
    Affine {
        /// Factor; negative where the sign is turned.
        gain: f64,
        /// In the reading's unit.
        offset: f64,
    },
    /// Normally distributed noise on top, of this σ in the reading's unit.
    Noise {
        /// One σ.
        sigma: f64,
    },
    /// It follows as a low-pass filter of first order does.
    Slow {
        /// Until 63 % of a step are shown.
        time_constant: SimTime,
    },
    /// It is what was measured so long ago; until then what it was when the fault began.
    Delayed {
        /// How long ago.
        by: SimTime,
    },
    /// It goes and comes back: for a share of each period, from its beginning, nothing is delivered.
    Intermittent {
        /// Of a going and a coming back.
        period: SimTime,
        /// Share of it for which nothing is delivered, above 0, below 1.
        duty: f64,
    },
    /// The right value, marked as invalid where the controller is sent such a mark.
    Invalid,
    /// Nothing is delivered: 0 or the first state, marked as invalid where there is such a mark.
    Off,
}

/// A reading on its way to the controller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// In the reading's unit, or a state.
    pub value: f64,
    /// Whether the sensor vouches for it.
    pub is_valid: bool,
}

impl Shown {
    /// What a sensor reads when all is well.
    pub const fn sound(value: f64) -> Self {
        Self { value, is_valid: true }
    }

    const NOTHING: Self = Self { value: 0.0, is_valid: false };
}

/// What faults leave of a reading, as far as it does not depend on time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Passing {
    /// The measured value times `gain`, plus `offset`.
    Affine {
        /// Never 0.
        gain: f64,
        /// In the reading's unit.
        offset: f64,
    },
    /// This, whatever is measured.
    Constant(f64),
    /// Something that changes from conversion to conversion.
    Varying,
}

/// A fault at work on one reading.
#[derive(Clone, Debug)]
pub(crate) struct DistortedReading {
    /// Of the scenario: several readings may have parts of one fault.
    pub id: usize,
    /// Index of the reading.
    pub item: usize,
    what: Distortion,
    since: SimTime,
    noise: NoiseStream,
    /// Instants between two draws of noise; zero for one at each conversion.
    every: SimTime,
    /// What was measured: of a delay all that is not shown yet, else the last two.
    past: VecDeque<(SimTime, f64)>,
    /// Of a slow one: what it showed at the first of the past.
    settled: f64,
    /// What it made of the latest conversion: the difference, and whether it took its validity.
    pub difference: f64,
    pub took_validity: bool,
    /// How often a controller was shown what it changed.
    pub deliveries: u64,
}

impl DistortedReading {
    pub fn new(
        (id, item): (usize, usize),
        what: Distortion,
        since: SimTime,
        noise: NoiseStream,
    ) -> Self {
        Self {
            id,
            item,
            what,
            since,
            noise,
            every: SimTime::ZERO,
            past: VecDeque::new(),
            settled: 0.0,
            difference: 0.0,
            took_validity: false,
            deliveries: 0,
        }
    }

    /// The same of a reading that no converter samples: its noise is drawn every [`FOLLOW_PERIOD`].
    pub fn unsampled(self) -> Self {
        Self { every: FOLLOW_PERIOD, ..self }
    }

    /// What it shows of a conversion at an instant, which is not before the one of the last call. A
    /// conversion that is made again replaces itself.
    pub fn pass(&mut self, at: SimTime, input: Shown) -> Shown {
        self.note(at, input.value);
        let output = self.output(at, input);
        self.difference = (output.value - input.value).abs();
        self.took_validity = input.is_valid && !output.is_valid;
        output
    }

    fn output(&mut self, at: SimTime, input: Shown) -> Shown {
        match self.what {
            Distortion::Stuck => Shown { value: self.held().unwrap_or(input.value), ..input },
            Distortion::Constant(value) => Shown { value, ..input },
            Distortion::Affine { gain, offset } => {
                Shown { value: gain * input.value + offset, ..input }
            }
            Distortion::Noise { sigma } => {
                let index = at.as_nanos() / self.every.as_nanos().max(1);
                let drawn = self.noise.standard_normal(self.item as u64, index);
                Shown { value: input.value + sigma * drawn, ..input }
            }
            Distortion::Slow { time_constant } => {
                Shown { value: self.followed(time_constant), ..input }
            }
            Distortion::Delayed { by } => Shown { value: self.value_before(at, by), ..input },
            Distortion::Intermittent { .. } if !self.is_away(at) => input,
            Distortion::Invalid => Shown { is_valid: false, ..input },
            Distortion::Intermittent { .. } | Distortion::Off => Shown::NOTHING,
        }
    }

    /// Takes down what was measured, as far as it matters later.
    fn note(&mut self, at: SimTime, value: f64) {
        match self.what {
            Distortion::Stuck if self.past.is_empty() => self.past.push_back((at, value)),
            Distortion::Slow { time_constant } => {
                match self.past.len() {
                    0 => self.settled = value,
                    // The older of two intervals is over once a third conversion comes.
                    2 if self.past[1].0 < at => {
                        self.settled = self.followed(time_constant);
                        self.past.pop_front();
                    }
                    _ => {}
                }
                self.replace_or_add(at, value);
            }
            Distortion::Delayed { by } => {
                self.replace_or_add(at, value);
                let shown = at.since(by);
                while self.past.get(1).is_some_and(|next| at >= by && next.0 <= shown) {
                    self.past.pop_front();
                }
            }
            _ => {}
        }
    }

    fn replace_or_add(&mut self, at: SimTime, value: f64) {
        match self.past.back_mut() {
            Some(last) if last.0 == at => last.1 = value,
            _ => self.past.push_back((at, value)),
        }
    }

    fn held(&self) -> Option<f64> {
        self.past.front().map(|one| one.1)
    }

    /// A filter's answer to what was measured last, taken to have been straight between conversions.
    fn followed(&self, time_constant: SimTime) -> f64 {
        let (Some(&(from, first)), Some(&(to, last))) = (self.past.front(), self.past.back())
        else {
            return self.settled;
        };
        let span = to.since(from).as_seconds();
        if span <= 0.0 {
            return self.settled;
        }
        let tau = time_constant.as_seconds();
        // y' = (x − y)/τ with x = first + slope·t: the ramp lagging by slope·τ, and what decays towards it.
        let lag = (last - first) / span * tau;
        last - lag + (self.settled - first + lag) * libm::exp(-span / tau)
    }

    fn value_before(&self, at: SimTime, by: SimTime) -> f64 {
        let first = self.past.front().map_or(0.0, |one| one.1);
        if at < by {
            return first;
        }
        let shown = at.since(by);
        let known = self.past.iter().take_while(|one| one.0 <= shown).last();
        known.map_or(first, |one| one.1)
    }

    fn is_away(&self, at: SimTime) -> bool {
        let Distortion::Intermittent { period, duty } = self.what else { return false };
        let phase = at.since(self.since).as_nanos() % period.as_nanos().max(1);
        (phase as f64) < duty * period.as_nanos() as f64
    }

    /// What it leaves of a reading, as far as it does not depend on time.
    pub fn passing(&self) -> Passing {
        match self.what {
            Distortion::Stuck => self.held().map_or(Passing::Varying, Passing::Constant),
            Distortion::Constant(value) => Passing::Constant(value),
            Distortion::Affine { gain: 0.0, offset } => Passing::Constant(offset),
            Distortion::Affine { gain, offset } => Passing::Affine { gain, offset },
            Distortion::Off => Passing::Constant(0.0),
            Distortion::Invalid => Passing::Affine { gain: 1.0, offset: 0.0 },
            Distortion::Noise { .. }
            | Distortion::Slow { .. }
            | Distortion::Delayed { .. }
            | Distortion::Intermittent { .. } => Passing::Varying,
        }
    }

    /// Whether nothing of what it is handed gets past it at an instant: it hides the faults before it.
    pub fn hides(&self, at: SimTime) -> bool {
        match self.what {
            Distortion::Intermittent { .. } => self.is_away(at),
            _ => matches!(self.passing(), Passing::Constant(_)),
        }
    }

    /// When it shows something else by itself, of a reading that no converter samples.
    pub fn next(&self, now: SimTime) -> SimTime {
        match self.what {
            Distortion::Intermittent { period, duty } => {
                let period_ns = period.as_nanos().max(1);
                let phase = now.since(self.since).as_nanos() % period_ns;
                let back = libm::ceil(duty * period_ns as f64) as u64;
                let edge = if phase < back { back } else { period_ns };
                now + SimTime::from_nanos(edge - phase)
            }
            Distortion::Delayed { by } => {
                let waiting = self.past.iter().map(|one| one.0 + by).find(|&at| at > now);
                waiting.unwrap_or(SimTime::NEVER)
            }
            Distortion::Slow { .. } => match self.past.back() {
                Some(&(_, target)) if self.difference > SETTLED * target.abs().max(1.0) => {
                    now + FOLLOW_PERIOD
                }
                _ => SimTime::NEVER,
            },
            Distortion::Noise { .. } => now + FOLLOW_PERIOD,
            _ => SimTime::NEVER,
        }
    }
}

/// Share of a value up to which a filter counts as having got there.
const SETTLED: f64 = 1e-6;

/// What faults that are passed one after another leave of a reading.
pub(crate) fn together(faults: impl Iterator<Item = Passing>) -> Passing {
    let whole = Passing::Affine { gain: 1.0, offset: 0.0 };
    faults.fold(whole, |before, fault| match (before, fault) {
        (_, Passing::Constant(value)) => Passing::Constant(value),
        (_, Passing::Varying) | (Passing::Varying, _) => Passing::Varying,
        (Passing::Constant(value), Passing::Affine { gain, offset }) => {
            Passing::Constant(gain * value + offset)
        }
        (Passing::Affine { gain: a, offset: b }, Passing::Affine { gain, offset }) => {
            Passing::Affine { gain: gain * a, offset: gain * b + offset }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: SimTime = SimTime::from_whole_seconds(1);

    fn fault(what: Distortion) -> DistortedReading {
        DistortedReading::new((0, 0), what, SECOND, NoiseStream::new(1, "fault"))
    }

    fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    fn shows(fault: &mut DistortedReading, millis: u64, value: f64) -> f64 {
        fault.pass(at(millis), Shown::sound(value)).value
    }

    #[test]
    fn what_does_not_depend_on_time_is_what_passing_says() {
        for what in [
            Distortion::Constant(4.2),
            Distortion::Affine { gain: 2.0, offset: -1.0 },
            Distortion::Affine { gain: -1.0, offset: 0.0 },
            Distortion::Affine { gain: 0.0, offset: 3.0 },
            Distortion::Off,
            Distortion::Invalid,
            Distortion::Stuck,
        ] {
            let mut one = fault(what);
            shows(&mut one, 1000, 3.0);
            for (millis, value) in [(1100, 3.3), (1200, 2.9)] {
                let shown = shows(&mut one, millis, value);
                let said = match one.passing() {
                    Passing::Constant(value) => value,
                    Passing::Affine { gain, offset } => gain * value + offset,
                    Passing::Varying => panic!("{what:?}"),
                };
                assert_eq!(shown, said, "{what:?}");
            }
        }
    }

    #[test]
    fn stuck_is_what_it_was_first() {
        let mut one = fault(Distortion::Stuck);
        assert_eq!(one.passing(), Passing::Varying);
        assert_eq!(shows(&mut one, 1000, 3.0), 3.0);
        assert_eq!(one.difference, 0.0);
        assert_eq!(shows(&mut one, 1010, 3.5), 3.0);
        assert_eq!(one.difference, 0.5);
    }

    /// A step of 1 through a filter of 1 s, in the closed form; asked twice, and in uneven steps.
    #[test]
    fn slow_answers_a_step_as_a_filter_does() {
        let mut one = fault(Distortion::Slow { time_constant: SECOND });
        shows(&mut one, 1000, 0.0);
        // The step itself, at the same instant.
        assert_eq!(shows(&mut one, 1000, 1.0), 0.0);
        for millis in [1100, 1100, 1350, 1351, 2000, 4000] {
            let since = (millis as f64 - 1000.0) / 1e3;
            let shown = shows(&mut one, millis, 1.0);
            assert!((shown - (1.0 - libm::exp(-since))).abs() < 1e-12, "{millis}: {shown}");
        }
    }

    /// A ramp of 1 /s through 0.5 s: t − τ + τ·exp(−t/τ), whatever the steps are.
    #[test]
    fn slow_lags_behind_a_ramp_by_its_time_constant() {
        for step in [10, 100, 1000] {
            let mut one = fault(Distortion::Slow { time_constant: at(500) });
            for millis in (0..=3000).step_by(step) {
                let time = millis as f64 / 1e3;
                let shown = shows(&mut one, 1000 + millis, time);
                let wanted = time - 0.5 + 0.5 * libm::exp(-time / 0.5);
                assert!((shown - wanted).abs() < 1e-9, "{step} {millis}: {shown} {wanted}");
            }
        }
    }

    #[test]
    fn delayed_is_what_was_measured_then() {
        let mut one = fault(Distortion::Delayed { by: at(250) });
        let shown: Vec<f64> = (0..8).map(|k| shows(&mut one, 1000 + 100 * k, k as f64)).collect();
        assert_eq!(shown, [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
        assert!(one.past.len() <= 4, "what has been shown is forgotten");
        assert_eq!(one.next(at(1700)), at(1750));
    }

    #[test]
    fn intermittent_is_away_at_first_and_for_its_share() {
        let mut one = fault(Distortion::Intermittent { period: at(100), duty: 0.3 });
        let away = |one: &mut DistortedReading, millis| {
            let shown = one.pass(at(millis), Shown::sound(5.0));
            assert_eq!(shown.is_valid, shown.value == 5.0);
            shown.value == 0.0
        };
        let states = [(1000, true), (1029, true), (1030, false), (1099, false), (1100, true)];
        for (millis, wanted) in states {
            assert_eq!(away(&mut one, millis), wanted, "{millis}");
        }
        assert_eq!(one.next(at(1000)), at(1030));
        assert_eq!(one.next(at(1030)), at(1100));
        assert!(one.hides(at(1010)) && !one.hides(at(1050)));
    }

    #[test]
    fn noise_is_the_same_for_the_same_conversion_and_of_its_sigma() {
        let mut one = fault(Distortion::Noise { sigma: 0.1 });
        let first = shows(&mut one, 1000, 3.0);
        assert_eq!(shows(&mut one, 1000, 3.0), first);
        let n = 4000u64;
        let square = |k| {
            let off = shows(&mut one, 1000 + k, 3.0) - 3.0;
            off * off
        };
        let variance = (1..=n).map(square).sum::<f64>() / n as f64;
        // Five standard errors.
        assert!((variance / 0.01 - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "{variance}");
    }

    #[test]
    fn faults_compose_in_order() {
        let double = Passing::Affine { gain: 2.0, offset: 0.0 };
        let more = Passing::Affine { gain: 1.0, offset: 1.0 };
        let affine = |gain, offset| Passing::Affine { gain, offset };
        assert_eq!(together([double, more].into_iter()), affine(2.0, 1.0));
        assert_eq!(together([more, double].into_iter()), affine(2.0, 2.0));
        let stuck = Passing::Constant(3.0);
        assert_eq!(together([stuck, double].into_iter()), Passing::Constant(6.0));
        assert_eq!(together([Passing::Varying, stuck].into_iter()), stuck);
        assert_eq!(together([stuck, Passing::Varying].into_iter()), Passing::Varying);
    }
}
