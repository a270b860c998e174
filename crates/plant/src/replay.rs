//! A network run again from a moment of a finished run, with other parameters and comparators that look on.

use blackstart_units::SimTime;

use crate::exposure::Exposure;
use crate::front_end::{ComparatorSetting, Watched};
use crate::network::{CrossingEdge, Network, Quantity, Watch};

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
}

impl Look {
    /// As it did in the run.
    pub fn of(exposure: &Exposure) -> Self {
        Self { watched: exposure.watched, setting: exposure.setting }
    }
}

/// A comparator during a replay.
struct View {
    quantity: Quantity,
    setting: ComparatorSetting,
    peak: f64,
    longest: SimTime,
    over_since: Option<SimTime>,
    trips: bool,
}

impl View {
    fn new(Look { watched, setting }: Look) -> Self {
        Self {
            quantity: watched.decisive(setting.delay),
            setting,
            peak: f64::MIN,
            longest: SimTime::ZERO,
            over_since: None,
            trips: false,
        }
    }

    fn expires(&self) -> SimTime {
        self.over_since.map_or(SimTime::NEVER, |since| since + self.setting.delay)
    }

    fn look(&mut self, network: &Network) {
        let (now, current) = (network.now(), network.value(self.quantity));
        if let Some(since) = self.over_since {
            self.longest = self.longest.max(now - since);
        }
        self.peak = self.peak.max(current);
        let over = current >= self.setting.threshold;
        self.over_since = over.then(|| self.over_since.unwrap_or(now));
        self.trips = now >= self.expires();
    }

    fn watch(&self) -> Watch {
        let edge =
            if self.over_since.is_some() { CrossingEdge::Falling } else { CrossingEdge::Rising };
        Watch { quantity: self.quantity, level: self.setting.threshold, edge }
    }

    fn outcome(&self) -> ReplayOutcome {
        let peak = self.peak / self.setting.threshold;
        if self.trips {
            return ReplayOutcome { trips: true, severity: 2.0 + peak };
        }
        let dwell = self.longest.as_seconds() / self.setting.delay.as_seconds().max(1e-9);
        ReplayOutcome { trips: false, severity: peak.min(1.0) + dwell.min(1.0) }
    }
}

/// Runs a network on, and says what comparators that look on would have done until then.
pub(crate) fn replay(looks: &[Look], mut network: Network, until: SimTime) -> Vec<ReplayOutcome> {
    let mut views: Vec<View> = looks.iter().map(|look| View::new(*look)).collect();
    loop {
        for view in views.iter_mut().filter(|view| !view.trips) {
            view.look(&network);
        }
        let waiting = || views.iter().filter(|view| !view.trips);
        if network.now() >= until || waiting().next().is_none() {
            break;
        }
        let watches: Vec<Watch> = waiting().map(View::watch).collect();
        let next = waiting().map(View::expires).fold(until, SimTime::min);
        let outcome = network.advance(next, &watches, &mut |step| {
            for view in views.iter_mut().filter(|view| !view.trips) {
                view.peak = view.peak.max(step.extremes(view.quantity).1.1);
            }
        });
        if outcome.is_err() {
            break;
        }
    }
    views.iter().map(View::outcome).collect()
}
