//! `stays` and `reaches`: a continuous signal against limits, over a window.

use blackstart_trace::SignalKind;
use blackstart_units::SimTime;

use super::finding::Finding;
use super::{Facts, not_reached};
use crate::Moment;
use crate::stretch::{Band, Stretch};
use crate::words::{limits, quantity, symbol, window};

/// What is asked of which signal, when. A window that is not given is the scenario's own.
pub(super) struct Demand<'a> {
    signal: &'a str,
    unit: String,
    band: Band,
    from: SimTime,
    to: SimTime,
}

/// Why there is no signal to judge.
enum Unseen {
    /// There never will be: the check fails, and says why.
    Fails(String),
    /// The run ended before the window began.
    NotReached(String),
}

impl<'a> Demand<'a> {
    pub fn new(
        facts: &Facts,
        signal: &'a str,
        (at_least, at_most): (Option<f64>, Option<f64>),
        (from_s, to_s): (Option<f64>, Option<f64>),
    ) -> Self {
        let suffix = signal.rsplit_once('_').map_or("", |(_, suffix)| suffix);
        Self {
            signal,
            unit: symbol(suffix).to_owned(),
            band: Band { at_least, at_most },
            from: from_s.map_or(SimTime::ZERO, SimTime::from_seconds),
            to: to_s
                .map_or(facts.material.planned, SimTime::from_seconds)
                .min(facts.material.planned),
        }
    }

    fn finding(&self) -> Finding {
        let limit = format!("{} {}", limits(self.band, &self.unit), window(self.from, self.to));
        Finding::of(self.signal, limit)
    }

    /// The part of the signal that the run got to.
    fn stretch(&self, facts: &Facts) -> Result<Stretch, Unseen> {
        let fails = |why: &str| Err(Unseen::Fails(why.to_owned()));
        let trace = facts.material.trace;
        if self.band.at_least.is_none() && self.band.at_most.is_none() {
            return fails("the check states no limit");
        }
        let Some(id) = trace.catalogue().find(self.signal) else {
            return fails("the run has no such signal");
        };
        if trace.catalogue().signal(id).kind != SignalKind::Analog {
            return fails("the signal is a state, not a quantity");
        }
        if self.to < self.from {
            return fails("the window is empty");
        }
        if let Some(reason) = not_reached(facts, self.from) {
            return Err(Unseen::NotReached(reason));
        }
        let series = trace.series(id);
        Stretch::cut(series, self.from, self.to.min(facts.material.reached)).ok_or_else(|| {
            Unseen::Fails(match series.times().first() {
                Some(&first) => format!("recorded only from {}", Moment::from(first)),
                None => "nothing was recorded".to_owned(),
            })
        })
    }

    fn unseen(&self, unseen: Unseen) -> Finding {
        match unseen {
            Unseen::Fails(why) => self.finding().saw(false, why),
            Unseen::NotReached(reason) => self.finding().skipped(reason),
        }
    }

    /// A finding with the value that decides, and when the signal had it.
    fn measured(&self, holds: bool, decides: (SimTime, f64), what: &str) -> Finding {
        let (when, value) = decides;
        let actual = format!("{} {what} at {}", quantity(value, &self.unit), Moment::from(when));
        let limit = self.band.deciding(value).unwrap_or(f64::NAN);
        self.finding().saw(holds, actual).measured(
            limit,
            value,
            self.band.margin(value),
            &self.unit,
        )
    }
}

/// Holds at every instant of the window.
pub(super) fn stays(facts: &Facts, demand: &Demand) -> Finding {
    let stretch = match demand.stretch(facts) {
        Ok(stretch) => stretch,
        Err(unseen) => return demand.unseen(unseen),
    };
    let worst = stretch.worst(demand.band);
    if let Some(beyond) = stretch.first_beyond(demand.band) {
        return demand.measured(false, worst, "at worst").deciding_at(beyond);
    }
    let held = demand.measured(true, worst, "at worst").deciding_at(worst.0);
    match not_reached(facts, demand.to) {
        Some(reason) => held.skipped(reason),
        None => held,
    }
}

/// Holds at some instant of the window.
pub(super) fn reaches(facts: &Facts, demand: &Demand) -> Finding {
    let stretch = match demand.stretch(facts) {
        Ok(stretch) => stretch,
        Err(unseen) => return demand.unseen(unseen),
    };
    let best = stretch.best(demand.band);
    let Some(within) = stretch.first_within(demand.band) else {
        let missed = demand
            .measured(false, best, "at best")
            .deciding_at(demand.to.min(facts.material.reached));
        return match not_reached(facts, demand.to) {
            Some(reason) => missed.skipped(reason),
            None => missed,
        };
    };
    // A line that passes through a narrow band between two samples is inside only there.
    let inside = if demand.band.holds(best.1) { best } else { within };
    demand.measured(true, inside, "at best").deciding_at(within.0)
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;

    use crate::sample_run::SampleRun;
    use crate::{Check, CheckOutcome};

    const PORT: &str = "sessy-1.port_voltage_v";

    fn stays(
        at_least: Option<f64>,
        at_most: Option<f64>,
        from_s: f64,
        to_s: Option<f64>,
    ) -> CheckEntry {
        let (id, signal, from_s) = ("c".into(), PORT.into(), Some(from_s));
        CheckEntry::Stays { id, signal, at_least, at_most, from_s, to_s }
    }

    fn reaches(at_least: Option<f64>, at_most: Option<f64>, by_s: Option<f64>) -> CheckEntry {
        let (id, signal, from_s) = ("c".into(), PORT.into(), None);
        CheckEntry::Reaches { id, signal, at_least, at_most, from_s, by_s }
    }

    fn judged(entry: CheckEntry) -> Check {
        SampleRun::hard_connect().judge_one(entry)
    }

    #[test]
    fn a_signal_that_leaves_its_limits_fails_with_the_worst_value_and_the_first_instant() {
        let check = judged(stays(Some(40.0), None, 1.5, None));
        assert_eq!(check.outcome, CheckOutcome::Fail);
        assert_eq!(check.limit, "at least 40 V from 1.5 s to 10.0 s");
        assert_eq!(check.actual, "0 V at worst at 3.0 s");
        let numbers = check.numbers.unwrap();
        assert_eq!((numbers.limit.get(), numbers.margin.get()), (40.0, -40.0));
        // The port falls from 50 V at 2 s to 0 V at 3 s.
        assert_eq!(check.at_s.unwrap().as_seconds(), 2.2);
        assert_eq!(check.before.last().unwrap(), "1.000204 s sessy-1.bms alarm: none -> scd");
    }

    #[test]
    fn a_limit_met_exactly_is_kept() {
        let check = judged(stays(Some(25.0), Some(50.0), 1.5, Some(2.5)));
        assert_eq!(check.outcome, CheckOutcome::Pass);
        assert_eq!(check.numbers.unwrap().margin.get(), 0.0);
        assert_eq!(judged(stays(Some(25.001), None, 1.5, Some(2.5))).outcome, CheckOutcome::Fail);
        assert_eq!(judged(stays(None, Some(49.999), 1.5, Some(2.5))).outcome, CheckOutcome::Fail);
    }

    #[test]
    fn a_signal_reaches_a_value_between_two_samples() {
        let check = judged(reaches(Some(20.0), Some(21.0), None));
        assert_eq!(check.outcome, CheckOutcome::Pass);
        assert_eq!(check.actual, "21 V at best at 2.58 s");
        assert_eq!(check.numbers.unwrap().margin.get(), 0.0);
    }

    #[test]
    fn a_signal_that_reaches_its_value_too_late_fails() {
        assert_eq!(judged(reaches(None, Some(0.0), Some(3.0))).outcome, CheckOutcome::Pass);
        let late = judged(CheckEntry::Reaches {
            id: "c".into(),
            signal: PORT.into(),
            at_least: None,
            at_most: Some(10.0),
            from_s: Some(1.5),
            by_s: Some(2.75),
        });
        assert_eq!(
            (late.outcome, late.actual.as_str()),
            (CheckOutcome::Fail, "12.5 V at best at 2.75 s")
        );
    }

    #[test]
    fn a_window_that_the_run_did_not_reach_is_skipped_unless_it_failed_before() {
        let cut = |entry| SampleRun::hard_connect().cut_at(4).judge_one(entry);
        assert_eq!(cut(stays(Some(0.0), None, 0.0, None)).outcome, CheckOutcome::Skipped);
        assert_eq!(cut(stays(Some(0.0), None, 0.0, Some(4.0))).outcome, CheckOutcome::Pass);
        assert_eq!(cut(stays(Some(40.0), None, 1.5, None)).outcome, CheckOutcome::Fail);
        assert_eq!(cut(stays(Some(0.0), None, 5.0, None)).outcome, CheckOutcome::Skipped);
        assert_eq!(cut(reaches(Some(60.0), None, None)).outcome, CheckOutcome::Skipped);
        assert_eq!(cut(reaches(Some(50.0), None, None)).outcome, CheckOutcome::Pass);
    }

    #[test]
    fn a_signal_without_data_fails_in_words() {
        let of = |signal: &str| {
            let entry = CheckEntry::Stays {
                id: "c".into(),
                signal: signal.into(),
                at_least: Some(1.0),
                at_most: None,
                from_s: None,
                to_s: None,
            };
            let check = judged(entry);
            assert_eq!(check.outcome, CheckOutcome::Fail);
            check.actual
        };
        assert_eq!(of("sessy-1.bms.claim.soc_pct"), "nothing was recorded");
        assert_eq!(of("nobody.voltage_v"), "the run has no such signal");
        assert_eq!(of("sessy-1.main_switch"), "the signal is a state, not a quantity");
    }
}
