//! The records of one run, and the digest over them.

use std::fmt;

use blackstart_units::SimTime;

use crate::thinning::Door;
use crate::{Catalogue, Event, Signal, SignalId, SignalKind};

/// The samples of one signal, in time order. A state and a published number hold until their next
/// sample; between two samples of a continuous signal a straight line is right to plotting accuracy.
/// Two samples at one instant are a jump.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    holds: bool,
    times: Vec<SimTime>,
    values: Vec<f64>,
}

impl Series {
    fn of(signal: &Signal) -> Self {
        Self { holds: signal.kind != SignalKind::Analog, ..Self::default() }
    }

    /// The instants.
    pub fn times(&self) -> &[SimTime] {
        &self.times
    }

    /// The values, one for each instant.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Instants with their values.
    pub fn iter(&self) -> impl Iterator<Item = (SimTime, f64)> + '_ {
        self.times.iter().copied().zip(self.values.iter().copied())
    }

    /// The last value recorded at or before `at` (after a jump at `at`, the later one).
    pub fn held_at(&self, at: SimTime) -> Option<f64> {
        let after = self.times.partition_point(|&time| time <= at);
        after.checked_sub(1).map(|i| self.values[i])
    }

    /// Whether each value holds until the next one, instead of a line leading there.
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// The value at `at`: on the straight line between its neighbours, or the last one where values
    /// hold; `None` before the first sample.
    pub fn value_at(&self, at: SimTime) -> Option<f64> {
        let after = self.times.partition_point(|&time| time <= at);
        let before = after.checked_sub(1)?;
        let (t0, v0) = (self.times[before], self.values[before]);
        let next = self.times.get(after).filter(|_| !self.holds);
        let Some(&t1) = next else { return Some(v0) };
        let share = at.since(t0).as_seconds() / t1.since(t0).as_seconds();
        Some(v0 + (self.values[after] - v0) * share)
    }

    /// The integral over time, in the signal's unit times seconds, from the first to the last sample.
    pub fn integral(&self) -> f64 {
        let mean = |v: &[f64]| if self.holds { v[0] } else { 0.5 * (v[0] + v[1]) };
        let spans = self.times.windows(2).zip(self.values.windows(2));
        spans.map(|(t, v)| t[1].since(t[0]).as_seconds() * mean(v)).sum()
    }

    /// Since when every sample up to `at` satisfies `holds`; `None` if the last one does not. Between
    /// a sample that does not and the next that does, the later counts.
    pub fn holds_since(&self, at: SimTime, holds: impl Fn(f64) -> bool) -> Option<SimTime> {
        let after = self.times.partition_point(|&time| time <= at);
        let run = self.values[..after].iter().rev().take_while(|&&value| holds(value)).count();
        (run > 0).then(|| self.times[after - run])
    }

    /// The range of samples that matter for the window: those inside, and one neighbour each side.
    pub fn window(&self, from: SimTime, to: SimTime) -> std::ops::Range<usize> {
        let first = self.times.partition_point(|&time| time < from).saturating_sub(1);
        let last = self.times.partition_point(|&time| time <= to);
        first..(last + 1).min(self.times.len())
    }
}

/// BLAKE3 over every record of a run, in the order in which the simulation made them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Longest line of a trace that is thinned as it grows. What asks since when a signal is beyond a level goes
/// by the samples that there are.
const LONGEST_LINE: SimTime = SimTime::from_millis(100);

/// The hasher is fed when this much has come together, bytes.
const BLOCK: usize = 16 * 1024;

/// Everything that one run recorded.
#[derive(Clone, Debug)]
pub struct Trace {
    catalogue: Catalogue,
    series: Vec<Series>,
    events: Vec<Event>,
    hasher: blake3::Hasher,
    /// What the hasher has not been given yet: it takes a block at a time far faster than a record.
    unhashed: Vec<u8>,
    end: SimTime,
    /// Of a trace that is thinned: for each signal, where its last sample may still move to.
    doors: Option<Vec<Option<Door>>>,
}

impl Trace {
    /// An empty trace of these signals.
    pub fn new(catalogue: Catalogue) -> Self {
        let mut hasher = blake3::Hasher::new();
        for (_, signal) in catalogue.iter() {
            hasher.update(signal.name.as_bytes());
            hasher.update(&[0]);
        }
        let series = catalogue.iter().map(|(_, signal)| Series::of(signal)).collect();
        Self {
            catalogue,
            series,
            events: Vec::new(),
            hasher,
            unhashed: Vec::new(),
            end: SimTime::ZERO,
            doors: None,
        }
    }

    /// Declares one more signal: what something outside of the simulation says. A number that is said holds
    /// until the next. Before the trace is written to a file, whose columns are fixed then.
    ///
    /// # Panics
    /// If the name is declared already.
    pub fn declare(&mut self, name: &str, kind: SignalKind) -> SignalId {
        self.digest_more(name.as_bytes());
        self.digest_more(&[0]);
        self.doors.iter_mut().for_each(|doors| doors.push(None));
        let kind = match kind {
            SignalKind::Analog | SignalKind::Held => SignalKind::Held,
            SignalKind::State(names) => SignalKind::State(names),
        };
        let id = self.catalogue.declare(name.to_owned(), kind);
        self.series.push(Series::of(self.catalogue.signal(id)));
        id
    }

    /// From now on a sample of a continuous signal that lies on the straight line between its neighbours,
    /// within 1e-4 of its value, is not stored. The digest covers it all the same.
    pub fn thin(&mut self) {
        self.doors = Some(vec![None; self.series.len()]);
    }

    /// Samples that are stored, of all signals together.
    pub fn samples(&self) -> u64 {
        self.series.iter().map(|series| series.times.len() as u64).sum()
    }

    /// Appends a sample. What holds is recorded only when it changes; a continuous value that repeats
    /// the last two is extended instead of stored again. The digest covers the call either way.
    pub fn sample(&mut self, id: SignalId, at: SimTime, value: f64) {
        // -0.0 and 0.0 are one value to a reader: make them one to the digest.
        let value = value + 0.0;
        self.end = self.end.max(at);
        let mut record = [0; 20];
        record[..4].copy_from_slice(&id.0.to_le_bytes());
        record[4..12].copy_from_slice(&at.as_nanos().to_le_bytes());
        record[12..].copy_from_slice(&value.to_bits().to_le_bytes());
        self.digest_more(&record);
        let series = &mut self.series[id.0 as usize];
        let n = series.values.len();
        match self.catalogue.signal(id).kind {
            SignalKind::State(_) | SignalKind::Held if n > 0 && series.values[n - 1] == value => {
                return;
            }
            SignalKind::Analog if self.doors.is_some() => {
                return self.sample_thinned(id, at, value);
            }
            SignalKind::Analog
                if n > 1 && series.values[n - 1] == value && series.values[n - 2] == value =>
            {
                series.times[n - 1] = at;
                return;
            }
            _ => {}
        }
        series.times.push(at);
        series.values.push(value);
    }

    /// Stores a sample in the place of the last one, where that says nothing more.
    fn sample_thinned(&mut self, id: SignalId, at: SimTime, value: f64) {
        let index = id.0 as usize;
        let Some(door) = self.doors.as_mut().map(|doors| &mut doors[index]) else { return };
        let series = &mut self.series[index];
        let n = series.values.len();
        let sample = |place: usize| (series.times[place], series.values[place]);
        let swung = door.and_then(|door| door.swung(sample(n - 2), (at, value), LONGEST_LINE));
        *door = match swung {
            Some(door) => {
                series.times.truncate(n - 1);
                series.values.truncate(n - 1);
                Some(door)
            }
            None if n > 0 => Door::hung(sample(n - 1), (at, value)),
            None => None,
        };
        series.times.push(at);
        series.values.push(value);
    }

    /// Appends an event.
    pub fn event(&mut self, event: Event) {
        self.end = self.end.max(event.at);
        // The Debug form names every field; it changes only when the event does.
        self.digest_more(format!("{event:?}").as_bytes());
        self.events.push(event);
    }

    fn digest_more(&mut self, bytes: &[u8]) {
        self.unhashed.extend_from_slice(bytes);
        if self.unhashed.len() >= BLOCK {
            self.hasher.update(&self.unhashed);
            self.unhashed.clear();
        }
    }

    /// The signals.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The samples of one signal.
    pub fn series(&self, id: SignalId) -> &Series {
        &self.series[id.0 as usize]
    }

    /// The samples of the signal with this name.
    pub fn series_named(&self, name: &str) -> Option<&Series> {
        self.catalogue.find(name).map(|id| self.series(id))
    }

    /// All events, in the order in which they happened.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The last instant that has a record.
    pub fn end(&self) -> SimTime {
        self.end
    }

    /// The digest so far.
    pub fn digest(&self) -> Digest {
        let mut hasher = self.hasher.clone();
        Digest(*hasher.update(&self.unhashed).finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_whole_seconds(seconds)
    }

    #[test]
    fn a_constant_keeps_its_ends_only_and_the_digest_still_sees_it() {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("pack.current_a");
        let mut long = Trace::new(catalogue.clone());
        let mut short = Trace::new(catalogue);
        for second in 0..10 {
            long.sample(id, at(second), 1.5);
        }
        short.sample(id, at(0), 1.5);
        short.sample(id, at(9), 1.5);
        assert_eq!(long.series(id), short.series(id));
        assert_ne!(long.digest(), short.digest());
    }

    /// An arch of one second above 50 with a jump at its half, sampled every millisecond, with a constant.
    fn waves(trace: &mut Trace, wave: SignalId, constant: SignalId) -> Vec<(SimTime, f64)> {
        let mut given = Vec::new();
        let mut sample = |trace: &mut Trace, at: SimTime, value: f64| {
            trace.sample(wave, at, value);
            trace.sample(constant, at, 0.0);
            given.push((at, value));
        };
        for milli in 0..1000 {
            let at = SimTime::from_millis(milli);
            let value = 50.0 + 4.0 * at.as_seconds() * (1.0 - at.as_seconds());
            sample(trace, at, value);
            if milli == 500 {
                sample(trace, at, -20.0);
            }
        }
        given
    }

    #[test]
    fn a_thinned_trace_keeps_jumps_and_says_the_rest_in_straight_lines() {
        let mut catalogue = Catalogue::default();
        let (wave, constant) = (catalogue.analog("wave"), catalogue.analog("constant"));
        let (mut whole, mut thin) = (Trace::new(catalogue.clone()), Trace::new(catalogue));
        thin.thin();
        let given = waves(&mut whole, wave, constant);
        waves(&mut thin, wave, constant);
        assert_eq!(thin.digest(), whole.digest());
        let kept = thin.series(wave);
        assert!(kept.times().len() < given.len() / 10, "{} samples", kept.times().len());
        assert!(thin.series(constant).times().len() < 15);
        for (index, &(at, value)) in given.iter().enumerate() {
            let jumps = given.get(index + 1).is_some_and(|next| next.0 == at);
            if jumps {
                assert!(kept.iter().any(|sample| sample == (at, value)), "before the jump");
                continue;
            }
            let line = kept.value_at(at).unwrap();
            assert!((line - value).abs() <= value.abs() * 1.0001e-4, "{at}: {line}, was {value}");
        }
    }

    #[test]
    fn the_newest_sample_of_a_thinned_trace_is_always_there() {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("pack.voltage_v");
        let mut trace = Trace::new(catalogue);
        trace.thin();
        for milli in 0..50 {
            let at = SimTime::from_millis(milli);
            trace.sample(id, at, 52.0 - milli as f64 * 1e-6);
            assert_eq!(trace.series(id).held_at(at), Some(52.0 - milli as f64 * 1e-6));
        }
        assert_eq!(trace.series(id).times().len(), 2);
    }

    /// However the records are handed on, they are hashed in the order in which they came.
    #[test]
    fn the_digest_is_that_of_all_bytes_in_their_order() {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("pack.current_a");
        let mut trace = Trace::new(catalogue);
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"pack.current_a\0");
        for second in 0..5000 {
            trace.sample(id, at(second), second as f64 * 0.1);
            hasher.update(&id.0.to_le_bytes());
            hasher.update(&at(second).as_nanos().to_le_bytes());
            hasher.update(&(second as f64 * 0.1).to_le_bytes());
            if second % 1000 == 0 {
                assert_eq!(trace.digest(), Digest(*hasher.finalize().as_bytes()), "{second}");
            }
        }
        assert_eq!(trace.digest(), Digest(*hasher.finalize().as_bytes()));
    }

    #[test]
    fn a_jump_has_both_values_and_holds_the_later() {
        let mut catalogue = Catalogue::default();
        let id = catalogue.analog("port.voltage_v");
        let mut trace = Trace::new(catalogue);
        for (second, value) in [(0, 0.0), (2, 0.0), (2, 52.0), (4, 50.0)] {
            trace.sample(id, at(second), value);
        }
        let series = trace.series(id);
        assert_eq!(series.held_at(at(2)), Some(52.0));
        assert_eq!(series.value_at(at(1)), Some(0.0));
        assert_eq!(series.value_at(at(3)), Some(51.0));
        assert_eq!(series.value_at(at(9)), Some(50.0));
        assert_eq!(series.window(at(1), at(3)), 0..4);
    }
}
