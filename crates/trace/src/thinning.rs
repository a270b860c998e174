//! Leaving out samples that a straight line says already: the swinging door (Bristol, 1990).
//!
//! A run on the wall clock takes a step for every slice, though nothing bends in it. A sample is left out
//! where the line from the last one that was kept to the newest passes it within the tolerance. The newest is
//! always there, so whoever reads a series at its end reads what was last recorded. A trace file is
//! thinned likewise as it is written, of every run and with lines of any length; where a curve turns is kept.

use blackstart_units::SimTime;

/// A line may pass a sample that is left out by this part of its value.
const TOLERANCE: f64 = 1e-4;
/// The same of values next to zero, in the signal's unit.
const FLOOR: f64 = 1e-6;
/// The slopes of lines from one sample, the hinge, that pass every one after it closely enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Door {
    least: f64,
    most: f64,
}

impl Door {
    /// As far as one sample after the hinge leaves it open; nothing where the two are a jump.
    pub fn hung(hinge: (SimTime, f64), sample: (SimTime, f64)) -> Option<Self> {
        let span = sample.0.since(hinge.0).as_seconds();
        let rise = sample.1 - hinge.1;
        let tolerance = (TOLERANCE * sample.1.abs()).max(FLOOR);
        let door = Self { least: (rise - tolerance) / span, most: (rise + tolerance) / span };
        (span > 0.0 && rise.is_finite()).then_some(door)
    }

    /// Whether the line from the hinge to this sample passes all between and is not too long; then what it
    /// leaves open.
    pub fn swung(
        self,
        hinge: (SimTime, f64),
        sample: (SimTime, f64),
        longest: SimTime,
    ) -> Option<Self> {
        let span = sample.0.since(hinge.0);
        let slope = (sample.1 - hinge.1) / span.as_seconds();
        let next = Self::hung(hinge, sample)?;
        let passes = span <= longest && self.least <= slope && slope <= self.most;
        passes.then(|| Self { least: self.least.max(next.least), most: self.most.min(next.most) })
    }
}

/// Leaves samples of a curve out of a sequence that is complete.
#[derive(Default)]
pub(crate) struct Thinner {
    hinge: Option<(SimTime, f64)>,
    newest: Option<((SimTime, f64), Option<Door>)>,
}

impl Thinner {
    /// Takes a sample, and gives the one that is now known to be needed.
    pub fn pass(&mut self, sample: (SimTime, f64)) -> Option<(SimTime, f64)> {
        let Some(hinge) = self.hinge else {
            self.hinge = Some(sample);
            return Some(sample);
        };
        let Some((newest, door)) = self.newest else {
            self.newest = Some((sample, Door::hung(hinge, sample)));
            return None;
        };
        let (before, after) = (newest.1 - hinge.1, sample.1 - newest.1);
        let turns = before.abs() > FLOOR && after.abs() > FLOOR && (before > 0.0) != (after > 0.0);
        let swung = door.filter(|_| !turns);
        let swung = swung.and_then(|door| door.swung(hinge, sample, SimTime::NEVER));
        if swung.is_some() {
            self.newest = Some((sample, swung));
            return None;
        }
        self.hinge = Some(newest);
        self.newest = Some((sample, Door::hung(newest, sample)));
        Some(newest)
    }

    /// The last sample, unless it has been given already.
    pub fn finish(self) -> Option<(SimTime, f64)> {
        self.newest.map(|(newest, _)| newest)
    }
}
