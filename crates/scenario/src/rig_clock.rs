//! Who paces a run on a rig, what may be missed, and what it can afford.

use blackstart_units::SimTime;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem};
use crate::resolve::MAX_DURATION_S;
use crate::rig::MAX_TIMEOUT_S;
use crate::rig_file::{BudgetEntry, ClockEntry};
use crate::syntax::Document;

/// Longest scenario on the realtime clock when its rig does not say.
const LONGEST_IN_REALTIME: SimTime = SimTime::from_whole_seconds(600);
/// What one tick may be late when the rig does not say.
const ON_TIME: SimTime = SimTime::from_millis(1);
/// How far a device's clock may depart when its rig does not say.
const USUAL_DRIFT: SimTime = SimTime::from_millis(100);

/// Who paces a run on a rig.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RigClock {
    /// A barrier: the devices' time is the simulation's.
    Lockstep,
    /// The wall clock, with what it may miss.
    Realtime(TimingBudget),
}

/// What the realtime clock may miss before the verdict is inconclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimingBudget {
    /// Ticks that may be more than 1 ms late.
    pub late_ticks: u64,
    /// The most that one tick may be late.
    pub late: SimTime,
    /// How far the clock of a device may depart from the bench's.
    pub drift: SimTime,
    /// Frames that may be lost or damaged, on all lines together.
    pub lost_frames: u64,
}

/// The clock with its budget.
pub(crate) fn clock(
    document: &Document,
    clock: Option<ClockEntry>,
    budget: Option<BudgetEntry>,
    problems: &mut Diagnostics,
) -> RigClock {
    if let None | Some(ClockEntry::Lockstep) = clock {
        if budget.is_some() {
            let place = document.place_of(&["budget"]);
            let problem = Problem::at(place, Code::WrongPlace, "nothing is late in lockstep");
            problems.push(problem.label("a budget needs `\"clock\": \"realtime\"`"));
        }
        return RigClock::Lockstep;
    }
    let budget = budget.unwrap_or_default();
    let mut span = |key: &str, given: Option<f64>, usual: SimTime| {
        let Some(millis) = given else { return usual };
        if !(0.0..=MAX_TIMEOUT_S * 1e3).contains(&millis) {
            let place = document.place_of(&["budget", key]);
            let problem =
                Problem::at(place, Code::OutOfRange, format!("`{key}` cannot be {millis}"));
            problems.push(problem.label(format!("expected 0 to {}", MAX_TIMEOUT_S * 1e3)));
        }
        SimTime::from_seconds(millis * 1e-3)
    };
    RigClock::Realtime(TimingBudget {
        late_ticks: budget.late_ticks.unwrap_or(0),
        late: span("late_ms", budget.late_ms, ON_TIME),
        drift: span("drift_ms", budget.drift_ms, USUAL_DRIFT),
        lost_frames: budget.lost_frames.unwrap_or(0),
    })
}

/// The longest scenario that can be afforded.
pub(crate) fn longest(
    document: &Document,
    clock: RigClock,
    seconds: Option<f64>,
    problems: &mut Diagnostics,
) -> SimTime {
    let Some(seconds) = seconds else {
        return match clock {
            RigClock::Lockstep => SimTime::NEVER,
            RigClock::Realtime(_) => LONGEST_IN_REALTIME,
        };
    };
    if !(seconds > 0.0 && seconds <= MAX_DURATION_S) {
        let place = document.place_of(&["longest_s"]);
        let message = format!("`longest_s` cannot be {seconds}");
        let problem = Problem::at(place, Code::OutOfRange, message);
        problems.push(problem.label(format!("expected more than 0, up to {MAX_DURATION_S}")));
    }
    SimTime::from_seconds(seconds)
}
