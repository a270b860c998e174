//! `stays` and `reaches`: a continuous signal against limits, over a window.

use blackstart_units::SimTime;

use super::finding::CheckFinding;
use super::{CheckFacts, not_reached};
use crate::Moment;
use crate::stretch::{Band, Stretch};
use crate::words::{limits, quantity, symbol, window};

/// What is asked of which signal, when. A window that is not given is the scenario's own.
pub(super) struct AnalogDemand<'a> {
    signal: &'a str,
    unit: String,
    band: Band,
    from: SimTime,
    to: SimTime,
}

/// Why there is no signal to judge.
enum Unseen {
    /// The check asks for what cannot be: it fails, and says why.
    Fails(&'static str),
    /// Nobody published it in the window.
    NeverSaid,
    /// The run ended before the window began.
    NotReached(String),
}

/// What there is to judge: the signal from its first record in the window on.
struct Seen {
    stretch: Stretch,
    /// That first record, where the window had begun before it.
    late: Option<SimTime>,
}

impl<'a> AnalogDemand<'a> {
    pub fn new(
        facts: &CheckFacts,
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

    fn finding(&self) -> CheckFinding {
        let limit = format!("{} {}", limits(self.band, &self.unit), window(self.from, self.to));
        CheckFinding::of(self.signal, limit)
    }

    /// The part of the signal that the run got to.
    fn seen(&self, facts: &CheckFacts) -> Result<Seen, Unseen> {
        let trace = facts.material.trace;
        if self.band.at_least.is_none() && self.band.at_most.is_none() {
            return Err(Unseen::Fails("the check states no limit"));
        }
        let Some(id) = trace.catalogue().find(self.signal) else {
            return Err(Unseen::Fails("the run has no such signal"));
        };
        if !trace.catalogue().signal(id).is_quantity() {
            return Err(Unseen::Fails("the signal is a state, not a quantity"));
        }
        if self.to < self.from {
            return Err(Unseen::Fails("the window is empty"));
        }
        if let Some(reason) = not_reached(facts, self.from) {
            return Err(Unseen::NotReached(reason));
        }
        let series = trace.series(id);
        let first = *series.times().first().ok_or(Unseen::NeverSaid)?;
        let to = self.to.min(facts.material.reached);
        let stretch = Stretch::cut(series, self.from.max(first), to).ok_or(Unseen::NeverSaid)?;
        Ok(Seen { stretch, late: (first > self.from).then_some(first) })
    }

    fn unseen(&self, unseen: Unseen) -> CheckFinding {
        match unseen {
            Unseen::Fails(why) => self.finding().saw(false, why),
            Unseen::NeverSaid => self.finding().inconclusive(format!(
                "{} was not published {}",
                self.signal,
                window(self.from, self.to)
            )),
            Unseen::NotReached(reason) => self.finding().skipped(reason),
        }
    }

    /// A finding with the value that decides, and when the signal had it.
    fn measured(&self, holds: bool, decides: (SimTime, f64), what: &str) -> CheckFinding {
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
pub(super) fn stays(facts: &CheckFacts, demand: &AnalogDemand) -> CheckFinding {
    let Seen { stretch, late } = match demand.seen(facts) {
        Ok(seen) => seen,
        Err(unseen) => return demand.unseen(unseen),
    };
    let worst = stretch.worst(demand.band);
    if let Some(beyond) = stretch.first_beyond(demand.band) {
        return demand.measured(false, worst, "at worst").deciding_at(beyond);
    }
    let held = demand.measured(true, worst, "at worst").deciding_at(worst.0);
    if let Some(first) = late {
        let what = format!("{} was not published before {}", demand.signal, Moment::from(first));
        return held.inconclusive(what);
    }
    match not_reached(facts, demand.to) {
        Some(reason) => held.skipped(reason),
        None => held,
    }
}

/// Holds at some instant of the window.
pub(super) fn reaches(facts: &CheckFacts, demand: &AnalogDemand) -> CheckFinding {
    let stretch = match demand.seen(facts) {
        Ok(seen) => seen.stretch,
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

    use crate::sample_run::{SampleRun, sample};
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
    fn a_signal_that_cannot_be_judged_fails_in_words() {
        let of = |signal: &str| {
            let check = judged(on(signal, stays(Some(1.0), None, 0.0, None)));
            assert_eq!(check.outcome, CheckOutcome::Fail);
            check.actual
        };
        assert_eq!(of("nobody.voltage_v"), "the run has no such signal");
        assert_eq!(of("sessy-1.main_switch"), "the signal is a state, not a quantity");
    }

    const CLAIM: &str = "sessy-1.bms.claim.soc_pct";

    /// The same check of another signal.
    fn on(other: &str, mut entry: CheckEntry) -> CheckEntry {
        if let CheckEntry::Stays { signal, .. } | CheckEntry::Reaches { signal, .. } = &mut entry {
            *signal = other.to_owned();
        }
        entry
    }

    /// The check of a charge that the BMS claims at these instants.
    fn claimed(points: &[(f64, f64)], entry: CheckEntry) -> Check {
        let mut run = SampleRun::hard_connect();
        sample(&mut run.trace, CLAIM, points);
        run.judge_one(on(CLAIM, entry))
    }

    #[test]
    fn a_claim_that_was_never_made_is_not_judged() {
        for entry in [stays(None, Some(66.0), 0.0, None), reaches(None, Some(66.0), None)] {
            let check = claimed(&[], entry);
            assert_eq!(check.outcome, CheckOutcome::Inconclusive);
            let reason = "sessy-1.bms.claim.soc_pct was not published from 0.0 s to 10.0 s";
            assert_eq!(check.reason.as_deref(), Some(reason));
        }
    }

    #[test]
    fn a_claim_holds_until_the_next_one() {
        let seen = |from_s, to_s| {
            claimed(&[(0.0, 60.0), (5.0, 70.0)], stays(None, Some(66.0), from_s, Some(to_s)))
        };
        assert_eq!(seen(0.0, 4.999_999_999).outcome, CheckOutcome::Pass);
        assert_eq!(seen(0.0, 4.999_999_999).actual, "60 % at worst at 0.0 s");
        assert_eq!(seen(0.0, 5.0).outcome, CheckOutcome::Fail);
        assert_eq!(seen(6.0, 7.0).outcome, CheckOutcome::Fail, "it still says so");
    }

    #[test]
    fn what_was_claimed_too_late_is_judged_from_then_on() {
        let stays =
            |at_most| claimed(&[(2.0, 60.0)], stays(None, Some(at_most), 1.5, None)).outcome;
        assert_eq!(stays(66.0), CheckOutcome::Inconclusive);
        assert_eq!(stays(50.0), CheckOutcome::Fail);
        let reaches = |by_s| claimed(&[(2.0, 60.0)], reaches(None, Some(66.0), Some(by_s))).outcome;
        assert_eq!(reaches(1.999_999_999), CheckOutcome::Inconclusive);
        assert_eq!(reaches(2.0), CheckOutcome::Pass);
        let in_time = claimed(
            &[(2.0, 60.0)],
            CheckEntry::Stays {
                id: "c".into(),
                signal: CLAIM.into(),
                at_least: None,
                at_most: Some(66.0),
                from_s: Some(2.0),
                to_s: None,
            },
        );
        assert_eq!(in_time.outcome, CheckOutcome::Pass);
    }
}
