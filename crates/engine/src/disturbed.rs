//! The faults of a bank's readings: which are at work, and whether a controller was shown what they changed.
//!
//! A fault is *reached* when what it changed, by at least one step of the reading, was shown: a built-in
//! controller looked at the reading while it was awake, a device that uses the pin was sent it. What a later
//! fault of the same reading hides was not shown.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use blackstart_units::SimTime;

use crate::disturbance::{DistortedReading, Distortion, Passing, Shown, together};
use crate::noise::NoiseStream;
use crate::terminal::PinBank;

/// A fault that begins.
#[derive(Clone, Debug)]
pub struct FaultStart {
    /// Of the scenario; the same for all readings that it has.
    pub id: usize,
    /// What is wrong.
    pub what: Distortion,
    /// When it begins.
    pub at: SimTime,
    /// Where noise is drawn from.
    pub noise: NoiseStream,
    /// Whether a converter samples the reading: it is shown anew by each conversion.
    pub is_sampled: bool,
}

/// Readings with faults.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbed {
    readings: Vec<DisturbedReading>,
}

#[derive(Debug)]
struct DisturbedReading {
    item: usize,
    is_sampled: bool,
    /// Least difference that counts.
    step: f64,
    /// In the order in which they began.
    faults: Vec<DistortedReading>,
    measured: f64,
    /// What was shown of the last two conversions, the later first.
    shown: [Option<(SimTime, Shown)>; 2],
    /// Whether somebody looked at it since the last note.
    was_seen: AtomicBool,
}

impl Clone for DisturbedReading {
    fn clone(&self) -> Self {
        Self {
            item: self.item,
            is_sampled: self.is_sampled,
            step: self.step,
            faults: self.faults.clone(),
            measured: self.measured,
            shown: self.shown,
            was_seen: AtomicBool::new(self.was_seen.load(Ordering::Relaxed)),
        }
    }
}

impl Disturbed {
    fn find(&self, item: usize) -> Option<&DisturbedReading> {
        self.readings.iter().find(|one| one.item == item)
    }

    fn find_mut(&mut self, item: usize) -> Option<&mut DisturbedReading> {
        self.readings.iter_mut().find(|one| one.item == item)
    }

    pub fn note_look(&self, item: usize) {
        if let Some(one) = self.find(item) {
            one.was_seen.store(true, Ordering::Relaxed);
        }
    }

    pub fn measured(&self, item: usize) -> Option<f64> {
        self.find(item).map(|one| one.measured)
    }

    /// Takes what is measured of a reading with a fault; `false` of one without.
    pub fn measure(&mut self, item: usize, value: f64) -> bool {
        let found = self.find_mut(item);
        let is_ours = found.is_some();
        if let Some(one) = found {
            one.measured = value;
        }
        is_ours
    }

    pub fn sample(&mut self, item: usize, value: f64, at: SimTime) -> Shown {
        match self.find_mut(item) {
            Some(one) => one.show(value, at),
            None => Shown::sound(value),
        }
    }

    pub fn unsampled(&mut self, now: SimTime) -> Vec<(usize, Shown)> {
        let unsampled = self.readings.iter_mut().filter(|one| !one.is_sampled);
        unsampled.map(|one| (one.item, one.show(one.measured, now))).collect()
    }
}

impl DisturbedReading {
    /// What the controller is shown of a conversion. Of one that is older than the last it is what was shown
    /// then.
    fn show(&mut self, value: f64, at: SimTime) -> Shown {
        match self.shown {
            [Some((last, _)), Some((before, shown))] if at < last && before <= at => return shown,
            [Some((last, shown)), None] if at < last => return shown,
            _ => {}
        }
        self.measured = value;
        let shown =
            self.faults.iter_mut().fold(Shown::sound(value), |input, fault| fault.pass(at, input));
        match &mut self.shown {
            [Some(last), _] if last.0 == at => last.1 = shown,
            [last, before] => *before = last.replace((at, shown)),
        }
        shown
    }

    /// The controller was shown it, on a line that resolves so much and may mark what is invalid.
    fn note(&mut self, least: f64, marks_validity: bool) {
        let at = self.shown[0].map_or(SimTime::ZERO, |one| one.0);
        // Half a step is what rounding may swallow; a step that has come through arithmetic counts.
        let least = least * (1.0 - 1e-9);
        let mut is_hidden = false;
        for fault in self.faults.iter_mut().rev() {
            let is_different = fault.difference >= least || marks_validity && fault.took_validity;
            if !is_hidden && is_different {
                fault.deliveries += 1;
            }
            is_hidden |= fault.hides(at);
        }
    }
}

impl PinBank {
    /// Something goes wrong with a reading from now on.
    pub fn disturb(&mut self, item: usize, start: FaultStart) {
        let FaultStart { id, what, at, noise, is_sampled } = start;
        let mut fault = DistortedReading::new((id, item), what, at, noise);
        if !is_sampled {
            fault = fault.unsampled();
        }
        if self.disturbed.find(item).is_none() {
            let measured = self.get(item);
            let row = self.pins().iter().find(|one| one.items.contains(&item));
            let step = row.map_or(1.0, |one| one.pin.resolution());
            self.disturbed.readings.push(DisturbedReading {
                item,
                is_sampled,
                step,
                faults: Vec::new(),
                measured,
                shown: [None, None],
                was_seen: AtomicBool::new(false),
            });
        }
        if let Some(one) = self.disturbed.find_mut(item) {
            one.faults.push(fault);
        }
    }

    /// A fault is over: how often a controller was shown what it changed. What was measured last is shown
    /// again.
    pub fn lift(&mut self, id: usize) -> u64 {
        let mut deliveries = 0;
        let mut sound = Vec::new();
        for one in &mut self.disturbed.readings {
            let lifted = one.faults.extract_if(.., |fault| fault.id == id);
            deliveries += lifted.map(|fault| fault.deliveries).sum::<u64>();
            // What it showed of a conversion is shown no more.
            one.shown = [None, None];
            if one.faults.is_empty() {
                sound.push((one.item, one.measured));
            }
        }
        self.disturbed.readings.retain(|one| !one.faults.is_empty());
        for (item, measured) in sound {
            self.write(item, Shown::sound(measured));
        }
        deliveries
    }

    /// Whether any reading has a fault.
    pub fn has_faults(&self) -> bool {
        !self.disturbed.readings.is_empty()
    }

    /// Whether a reading has a fault.
    pub fn is_disturbed(&self, item: usize) -> bool {
        self.disturbed.find(item).is_some()
    }

    /// Readings with a fault among some.
    pub fn disturbed_among(&self, items: Range<usize>) -> impl Iterator<Item = usize> + '_ {
        let readings = self.disturbed.readings.iter().map(|one| one.item);
        readings.filter(move |item| items.contains(item))
    }

    /// What the faults of a reading leave of it.
    pub fn passing(&self, item: usize) -> Passing {
        let faults = self.disturbed.find(item).map_or(&[][..], |one| &one.faults);
        together(faults.iter().map(DistortedReading::passing))
    }

    /// What a controller will be shown of a conversion.
    pub fn look_ahead(&mut self, item: usize, value: f64, at: SimTime) -> f64 {
        self.disturbed.sample(item, value, at).value
    }

    /// When a reading that no converter samples changes by its faults.
    pub fn next_disturbed(&self, now: SimTime) -> SimTime {
        let unsampled = self.disturbed.readings.iter().filter(|one| !one.is_sampled);
        let next = unsampled.flat_map(|one| one.faults.iter().map(|fault| fault.next(now)));
        next.min().unwrap_or(SimTime::NEVER)
    }

    /// A controller of the bench's own has been awake: what it looked at was shown.
    pub fn note_looks(&mut self) {
        for one in &mut self.disturbed.readings {
            if std::mem::take(one.was_seen.get_mut()) {
                one.note(one.step, false);
            }
        }
    }

    /// Whoever is behind the terminal has been sent the readings for which `line` says, of a reading and its
    /// value, how finely it resolves them, and whether it marks what is invalid.
    pub fn note_sent(&mut self, line: impl Fn(usize, f64) -> Option<(f64, bool)>) {
        for one in &mut self.disturbed.readings {
            let value = one.shown[0].map_or(one.measured, |(_, shown)| shown.value);
            if let Some((resolution, marks_validity)) = line(one.item, value) {
                one.note(resolution.max(one.step), marks_validity);
            }
        }
    }

    /// Nobody has looked since.
    pub fn forget_looks(&mut self) {
        self.disturbed.readings.iter_mut().for_each(|one| *one.was_seen.get_mut() = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_roles::{Direction, Pin, PinForm, PinRange};

    const LEVEL: usize = 0;

    fn bank() -> PinBank {
        let pin = |name, form| Pin::new(Direction::Reading, name, form, PinRange::Any, "");
        let milli = PinForm::Quantity { exponent: -3 };
        PinBank::of([pin("level_v", milli), pin("lever", PinForm::States(Vec::new()))])
    }

    fn start(id: usize, what: Distortion, is_sampled: bool) -> FaultStart {
        let noise = NoiseStream::new(1, "fault");
        FaultStart { id, what, at: SimTime::ZERO, noise, is_sampled }
    }

    fn offset(by: f64) -> Distortion {
        Distortion::Affine { gain: 1.0, offset: by }
    }

    fn at(millis: u64) -> SimTime {
        SimTime::from_millis(millis)
    }

    #[test]
    fn a_fault_is_reached_when_somebody_looks_and_it_makes_a_step() {
        for (by, looks, deliveries) in [(0.5, true, 1), (0.5, false, 0), (0.0005, true, 0)] {
            let mut bank = bank();
            bank.set_sample(LEVEL, 3.0, at(0));
            bank.disturb(LEVEL, start(0, offset(by), true));
            bank.set_sample(LEVEL, 3.0, at(10));
            if looks {
                assert_eq!(bank.get(LEVEL), 3.0 + by);
            }
            bank.note_looks();
            bank.note_looks();
            assert_eq!(bank.lift(0), deliveries, "{by} {looks}");
            assert_eq!(bank.get(LEVEL), 3.0);
        }
    }

    #[test]
    fn what_a_later_fault_hides_is_not_reached() {
        let mut bank = bank();
        bank.disturb(LEVEL, start(0, offset(0.5), true));
        bank.disturb(LEVEL, start(1, Distortion::Constant(1.0), true));
        bank.set_sample(LEVEL, 3.0, at(10));
        bank.note_sent(|_, _| Some((0.001, false)));
        assert_eq!(bank.get(LEVEL), 1.0);
        assert_eq!((bank.lift(0), bank.lift(1)), (0, 1));
    }

    #[test]
    fn two_faults_compose_in_the_order_of_their_beginning() {
        let mut bank = bank();
        let double = Distortion::Affine { gain: 2.0, offset: 0.0 };
        bank.disturb(LEVEL, start(0, offset(1.0), true));
        bank.disturb(LEVEL, start(1, double, true));
        bank.set_sample(LEVEL, 3.0, at(10));
        assert_eq!(bank.get(LEVEL), 8.0);
        bank.lift(0);
        bank.set_sample(LEVEL, 3.0, at(20));
        assert_eq!(bank.get(LEVEL), 6.0);
    }

    #[test]
    fn a_conversion_that_is_shown_late_is_shown_as_it_was() {
        let mut bank = bank();
        bank.disturb(LEVEL, start(0, Distortion::Delayed { by: at(15) }, true));
        for (millis, value) in [(0, 1.0), (10, 2.0), (20, 3.0), (30, 4.0)] {
            bank.set_sample(LEVEL, value, at(millis));
        }
        assert_eq!(bank.get(LEVEL), 2.0);
        bank.set_sample(LEVEL, 3.0, at(20));
        assert_eq!(bank.get(LEVEL), 1.0);
        bank.set_sample(LEVEL, 4.0, at(30));
        assert_eq!(bank.get(LEVEL), 2.0);
    }

    #[test]
    fn what_no_converter_samples_is_shown_when_it_is_asked_for() {
        let mut bank = bank();
        bank.set(1, 1.0);
        bank.disturb(1, start(0, Distortion::Off, false));
        assert!(bank.show_disturbed(at(0)));
        assert_eq!((bank.get(1), bank.measured(1), bank.is_valid(1)), (0.0, 1.0, false));
        assert!(!bank.show_disturbed(at(1)));
        bank.lift(0);
        assert_eq!((bank.get(1), bank.is_valid(1)), (1.0, true));
    }

    #[test]
    fn a_mark_of_what_is_invalid_is_a_difference_where_there_is_one() {
        for (marks, deliveries) in [(false, 0), (true, 1)] {
            let mut bank = bank();
            bank.disturb(LEVEL, start(0, Distortion::Invalid, true));
            bank.set_sample(LEVEL, 3.0, at(10));
            bank.note_sent(|_, _| Some((0.001, marks)));
            assert_eq!(bank.lift(0), deliveries);
        }
    }
}
