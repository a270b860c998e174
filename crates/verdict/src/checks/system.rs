//! `finding`: the system as drawn breaks a rule, or does not.

use blackstart_scenario::RuleName;

use super::CheckFacts;
use super::finding::CheckFinding;

/// What must be reported, or must not.
pub(super) struct WantedFinding<'a> {
    /// Which rule.
    pub rule: RuleName,
    /// Instance that it is about.
    pub target: Option<&'a str>,
    /// A fact among its sources.
    pub fact: Option<&'a str>,
    /// Whether it must be.
    pub broken: bool,
}

/// The bench reports the rule, for the instance and with the source if they are named; or does not.
pub(super) fn finding(facts: &CheckFacts, wanted: &WantedFinding) -> CheckFinding {
    let source = wanted.fact.map_or_else(String::new, |fact| format!(" with {fact}"));
    let verb = if wanted.broken { "reported" } else { "not reported" };
    let limit = format!("{verb} as `{}`{source}", wanted.rule);
    let finding = CheckFinding::of(wanted.target.unwrap_or("the system"), limit);
    let fits = |found: &&crate::Finding| {
        found.rule == wanted.rule
            && wanted.target.is_none_or(|target| found.about == target)
            && wanted.fact.is_none_or(|fact| found.source.split(", ").any(|one| one == fact))
    };
    match facts.material.findings.iter().find(fits) {
        Some(found) => finding.saw(wanted.broken, format!("{}: {}", found.about, found.text)),
        None => finding.saw(!wanted.broken, "not reported"),
    }
}

#[cfg(test)]
mod tests {
    use blackstart_scenario::CheckEntry;

    use super::*;
    use crate::CheckOutcome;
    use crate::sample_run::SampleRun;

    #[test]
    fn a_rule_is_broken_or_kept_as_asked_by_the_one_that_is_asked_about() {
        let outcome = |reported: &[(RuleName, &str)], broken, target: Option<&str>| {
            let mut run = SampleRun::outage();
            let finding = |&(rule, about): &(RuleName, &str)| crate::Finding {
                rule,
                about: about.to_owned(),
                text: "drawn so".to_owned(),
                source: "SESSY-01, SESSY-02".to_owned(),
                fatal: false,
            };
            run.findings = reported.iter().map(finding).collect();
            let (id, fact) = ("c".to_owned(), Some("SESSY-02".to_owned()));
            let (rule, target) = (RuleName::FuseRating, target.map(str::to_owned));
            run.judge_one(CheckEntry::Finding { id, rule, target, fact, broken }).outcome
        };
        let of_fuse = [(RuleName::FuseRating, "fuse-1")];
        let of_other = [(RuleName::FuseVoltage, "fuse-1")];
        assert_eq!(outcome(&of_fuse, true, Some("fuse-1")), CheckOutcome::Pass);
        assert_eq!(outcome(&of_fuse, false, Some("fuse-1")), CheckOutcome::Fail);
        assert_eq!(outcome(&of_fuse, false, None), CheckOutcome::Fail);
        for elsewhere in [outcome(&of_fuse, true, Some("fuse-2")), outcome(&of_other, true, None)] {
            assert_eq!(elsewhere, CheckOutcome::Fail);
        }
        assert_eq!(outcome(&of_fuse, false, Some("fuse-2")), CheckOutcome::Pass);
        assert_eq!(outcome(&of_other, false, None), CheckOutcome::Pass);
        assert_eq!(outcome(&[], false, None), CheckOutcome::Pass);
    }
}
