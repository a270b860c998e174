//! When the chip looks at what: never before it could see something.

use blackstart_units::SimTime;

use crate::analog::{Analog, ChipLevel};
use crate::protection::GRID;

/// A rhythm in which it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChipLook {
    /// The comparators.
    Grid,
    /// The end of a loop of conversions.
    Loop,
    /// The end of a window of the slow current.
    Slow,
    /// The comparator that wakes it.
    Wake,
}

/// Something that would have it look in a rhythm: when all of these levels are reached.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interest {
    pub look: ChipLook,
    pub all: Vec<ChipLevel>,
}

impl Interest {
    pub fn one(look: ChipLook, level: ChipLevel) -> Self {
        Self { look, all: vec![level] }
    }

    fn is_reached(&self, now: SimTime, analog: &dyn Analog) -> bool {
        self.all.iter().all(|level| level.is_reached(analog.value(level.channel, now)))
    }
}

/// One rhythm, while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rhythm {
    period: SimTime,
    phase: SimTime,
    next: Option<SimTime>,
}

/// All rhythms, and the levels that would start one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Looks {
    rhythms: [Rhythm; 4],
    pub levels: Vec<ChipLevel>,
}

const SLOW: SimTime = SimTime::from_millis(250);

impl Looks {
    pub fn new(now: SimTime) -> Self {
        let rhythm = |period| Rhythm { period, phase: now, next: None };
        let rhythms = [GRID, SLOW, SLOW, SLOW].map(rhythm);
        Self { rhythms, levels: Vec::new() }
    }

    /// All begin anew here.
    pub fn restart(&mut self, now: SimTime, loop_period: SimTime) {
        *self = Self::new(now);
        self.rhythms[ChipLook::Loop as usize].period = loop_period;
    }

    pub fn set_wake_period(&mut self, period: SimTime) {
        self.rhythms[ChipLook::Wake as usize].period = period;
    }

    /// The rhythms that run from now on: those that are busy, and those that an interest asks for.
    pub fn arm(
        &mut self,
        now: SimTime,
        interests: &[Interest],
        busy: impl Fn(ChipLook) -> bool,
        analog: &dyn Analog,
    ) {
        self.levels.clear();
        for look in [ChipLook::Grid, ChipLook::Loop, ChipLook::Slow, ChipLook::Wake] {
            let own = || interests.iter().filter(|one| one.look == look);
            let runs = busy(look) || own().any(|one| one.is_reached(now, analog));
            let rhythm = &mut self.rhythms[look as usize];
            if runs {
                let first = || now.round_up_to(rhythm.period, rhythm.phase + rhythm.period);
                rhythm.next = Some(rhythm.next.unwrap_or_else(first));
            } else {
                rhythm.next = None;
                self.levels.extend(own().flat_map(|one| {
                    one.all
                        .iter()
                        .filter(|level| !level.is_reached(analog.value(level.channel, now)))
                }));
            }
        }
    }

    /// Whether a look is due; the next one is a period later.
    pub fn take(&mut self, look: ChipLook, now: SimTime) -> bool {
        let rhythm = &mut self.rhythms[look as usize];
        let is_due = rhythm.next.is_some_and(|next| next <= now);
        if is_due {
            rhythm.next =
                Some((now + SimTime::NANOSECOND).round_up_to(rhythm.period, rhythm.phase));
        }
        is_due
    }

    pub fn next(&self) -> SimTime {
        self.rhythms.iter().filter_map(|one| one.next).min().unwrap_or(SimTime::NEVER)
    }
}
