//! `state-is`: the state of something at an instant.

use blackstart_units::SimTime;

use super::finding::CheckFinding;
use super::{CheckFacts, not_reached};
use crate::Moment;

/// The signal has the named state at `at_s`, or when the scenario ends. At the instant of a change
/// the new state counts.
pub(super) fn state_is(
    facts: &CheckFacts,
    signal: &str,
    wanted: &str,
    at_s: Option<f64>,
) -> CheckFinding {
    let material = facts.material;
    let at = at_s.map_or(material.planned, SimTime::from_seconds);
    let finding = CheckFinding::of(signal, format!("`{wanted}` at {}", Moment::from(at)));
    let Some(id) = material.trace.catalogue().find(signal) else {
        return finding.saw(false, "the run has no such signal");
    };
    if material.trace.catalogue().signal(id).is_quantity() {
        return finding.saw(false, "the signal is a quantity, not a state");
    }
    if let Some(reason) = not_reached(facts, at) {
        return finding.skipped(reason);
    }
    let Some(state) = material.state_at(signal, at) else {
        return finding
            .inconclusive(format!("{signal} was not published until then"))
            .deciding_at(at);
    };
    let changes = material.trace.series(id).times();
    let since = changes.iter().rev().find(|&&time| time <= at).copied().unwrap_or_default();
    finding.saw(state == wanted, format!("`{state}` since {}", Moment::from(since))).deciding_at(at)
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;

    use crate::CheckOutcome;
    use crate::sample_run::SampleRun;

    fn state_is(signal: &str, is: &str, at_s: Option<f64>) -> CheckEntry {
        CheckEntry::StateIs { id: "c".into(), signal: signal.into(), is: is.into(), at_s }
    }

    #[test]
    fn a_state_is_judged_at_its_instant_and_at_the_end() {
        let run = SampleRun::hard_connect();
        let outcome = |is, at_s| run.judge_one(state_is("sessy-1.main_switch", is, at_s)).outcome;
        assert_eq!(outcome("closed", Some(1.0)), CheckOutcome::Pass);
        assert_eq!(outcome("open", Some(1.0)), CheckOutcome::Fail);
        assert_eq!(outcome("open", None), CheckOutcome::Pass);
        assert_eq!(outcome("closed", None), CheckOutcome::Fail);
    }

    #[test]
    fn at_the_instant_of_a_change_the_new_state_counts() {
        let run = SampleRun::hard_connect();
        let open =
            |at_s| run.judge_one(state_is("sessy-1.main_switch", "open", Some(at_s))).outcome;
        assert_eq!(open(1.000_203_999), CheckOutcome::Fail);
        assert_eq!(open(1.000_204), CheckOutcome::Pass);
    }

    #[test]
    fn a_state_that_nobody_published_is_not_judged() {
        let mut run = SampleRun::hard_connect();
        run.trace = blackstart_trace::Trace::new(run.trace.catalogue().clone());
        let check = run.judge_one(state_is("sessy-1.bms.claim.alarm", "none", Some(1.0)));
        assert_eq!(check.outcome, CheckOutcome::Inconclusive);
        let reason = "sessy-1.bms.claim.alarm was not published until then";
        assert_eq!(check.reason.as_deref(), Some(reason));
    }

    #[test]
    fn the_finding_says_since_when() {
        let check =
            SampleRun::hard_connect().judge_one(state_is("sessy-1.main_switch", "closed", None));
        assert_eq!(check.actual, "`open` since 1.000204 s");
    }

    #[test]
    fn a_state_that_nobody_recorded_fails_and_one_after_the_end_is_skipped() {
        let run = SampleRun::hard_connect().cut_at(4);
        assert_eq!(run.judge_one(state_is("nobody.state", "on", None)).outcome, CheckOutcome::Fail);
        assert_eq!(
            run.judge_one(state_is("sessy-1.port_voltage_v", "on", None)).outcome,
            CheckOutcome::Fail
        );
        assert_eq!(
            run.judge_one(state_is("sessy-1.main_switch", "open", None)).outcome,
            CheckOutcome::Skipped
        );
    }
}
