//! A network run again from a moment of a finished run, with other parameters and comparators that look on.
//!
//! Nothing stops for them: when a threshold is passed is read from the course of the accepted steps, which
//! knows it far better than any delay is known.

use std::ops::ControlFlow;

use blackstart_units::SimTime;

use crate::detector::{ComparatorSetting, Watched};
use crate::exposure::Exposure;
use crate::network::{CrossingEdge, Network, Quantity, Step};

/// Beyond its delay, how long a comparator is given to come near its threshold again.
pub(crate) const GRACE: SimTime = SimTime::from_millis(20);

/// What a comparator did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplayOutcome {
    pub trips: bool,
    /// Orders corners from better to worse: peak and dwell, each as a share of its limit.
    pub severity: f64,
}

/// How a comparator looks on in a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub watched: Watched,
    pub setting: ComparatorSetting,
    /// From when on it looks.
    pub from: SimTime,
    /// When it acted in the run, or came closest.
    pub at: SimTime,
    /// Until when it looks.
    pub until: SimTime,
}

impl Look {
    /// As it did in the run.
    pub fn of(exposure: &Exposure, until: SimTime) -> Self {
        let &Exposure { watched, setting, at, .. } = exposure;
        Self { watched, setting, from: exposure.from.settled, at, until }
    }
}

/// A comparator during a replay.
struct View {
    quantity: Quantity,
    look: Look,
    peak: f64,
    longest: SimTime,
    over_since: Option<SimTime>,
    trips: bool,
    is_decided: bool,
}

impl View {
    fn new(look: Look) -> Self {
        Self {
            quantity: look.watched.decisive(look.setting.delay),
            peak: look.watched.outwards(f64::MIN),
            look,
            longest: SimTime::ZERO,
            over_since: None,
            trips: false,
            is_decided: false,
        }
    }

    /// What it makes of an accepted step.
    fn pass(&mut self, step: &Step<'_>) {
        let Look { watched, setting, from, at, until } = self.look;
        if self.is_decided || step.end() <= from {
            return;
        }
        let mut turns = [None; 4];
        let (mut is_above, most) = step.turns(self.quantity, setting.threshold, &mut turns);
        let mut worst = match watched.edge {
            CrossingEdge::Rising => most,
            CrossingEdge::Falling => step.extremes(self.quantity).0.1,
        };
        let begin = step.start().max(from);
        if begin > step.start() {
            let [first, last] = [begin, step.end()].map(|at| step.value(self.quantity, at));
            is_above = first >= setting.threshold;
            worst = if watched.further(last, first) { last } else { first };
        }
        if watched.further(worst, self.peak) {
            self.peak = worst;
        }
        let is_over = |is_above: bool| is_above == (watched.edge == CrossingEdge::Rising);
        self.turn(begin, is_over(is_above));
        for (instant, is_above) in turns.into_iter().flatten().filter(|turn| turn.0 > begin) {
            self.turn(instant, is_over(is_above));
        }
        let end = step.end().min(until);
        self.trips |= self.over_since.is_some_and(|since| end >= since + setting.delay);
        let is_past = self.over_since.is_none() && end > at + setting.delay + GRACE;
        self.is_decided = self.trips || is_past || end >= until;
        if let Some(since) = self.over_since {
            self.longest = self.longest.max(end - since);
        }
    }

    fn turn(&mut self, now: SimTime, is_over: bool) {
        match (is_over, self.over_since) {
            (true, None) => self.over_since = Some(now),
            (false, Some(since)) => {
                let until = now.min(self.look.until);
                self.trips |= until >= since + self.look.setting.delay;
                self.longest = self.longest.max(until - since);
                self.over_since = None;
            }
            _ => {}
        }
    }

    fn outcome(&self) -> ReplayOutcome {
        let ComparatorSetting { threshold, delay } = self.look.setting;
        let peak = self.peak / threshold;
        if self.trips {
            return ReplayOutcome { trips: true, severity: 2.0 + peak };
        }
        let dwell = self.longest.as_seconds() / delay.as_seconds().max(1e-9);
        ReplayOutcome { trips: false, severity: peak.min(1.0) + dwell.min(1.0) }
    }
}

/// Runs a network on, and says what comparators that look on would have done.
pub(crate) fn replay(looks: &[Look], mut network: Network) -> Vec<ReplayOutcome> {
    let mut views: Vec<View> = looks.iter().map(|look| View::new(*look)).collect();
    let until = looks.iter().map(|look| look.until).max().unwrap_or(SimTime::ZERO);
    while network.now() < until && views.iter().any(|view| !view.is_decided) {
        let outcome = network.follow(until, &mut |step| {
            views.iter_mut().for_each(|view| view.pass(step));
            match views.iter().all(|view| view.is_decided) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        if outcome.is_err() {
            break;
        }
    }
    views.iter().map(View::outcome).collect()
}
