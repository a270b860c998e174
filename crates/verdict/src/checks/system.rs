//! `finding`: the system as drawn breaks a rule.

use blackstart_scenario::RuleName;

use super::Facts;
use super::finding::Finding;

/// What must be reported.
pub(super) struct Wanted<'a> {
    /// Which rule.
    pub rule: RuleName,
    /// Instance that it is about.
    pub target: Option<&'a str>,
    /// A fact among its sources.
    pub fact: Option<&'a str>,
}

/// The bench reports the rule, for the instance and with the source if they are named.
pub(super) fn finding(facts: &Facts, wanted: &Wanted) -> Finding {
    let source = wanted.fact.map_or_else(String::new, |fact| format!(" with {fact}"));
    let limit = format!("reported as `{}`{source}", wanted.rule);
    let finding = Finding::of(wanted.target.unwrap_or("the system"), limit);
    let fits = |found: &&crate::Finding| {
        found.rule == wanted.rule
            && wanted.target.is_none_or(|target| found.about == target)
            && wanted.fact.is_none_or(|fact| found.source.split(", ").any(|one| one == fact))
    };
    match facts.material.findings.iter().find(fits) {
        Some(found) => finding.saw(true, format!("{}: {}", found.about, found.text)),
        None => finding.saw(false, "not reported"),
    }
}
