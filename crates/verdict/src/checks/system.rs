//! `finding`: the system as drawn breaks a rule.

use blackstart_scenario::RuleName;

use super::Facts;
use super::finding::Finding;

/// The bench reports the rule, for the instance if one is named.
pub(super) fn finding(facts: &Facts, rule: RuleName, target: Option<&str>) -> Finding {
    let limit = format!("reported as {rule:?}");
    let finding = Finding::of(target.unwrap_or("the system"), limit);
    let found = facts
        .material
        .findings
        .iter()
        .find(|found| found.rule == rule && target.is_none_or(|target| found.about == target));
    match found {
        Some(found) => finding.saw(true, format!("{}: {}", found.about, found.text)),
        None => finding.saw(false, "not reported"),
    }
}
