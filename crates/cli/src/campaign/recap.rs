//! What a campaign ends with, for people: what failed and why, what is known to be missed, what was left
//! out, what took longest, and where to read on.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use blackstart_page::span;
use blackstart_verdict::Standing;

use crate::exit::Exit;
use crate::result::{Ended, Finished};

/// Most scenarios that are listed, and most sentences about each.
const LISTED: usize = 12;
const SENTENCES: usize = 3;
/// What is quicker than this is not worth to be called slow.
const SLOW: Duration = Duration::from_secs(1);

/// The lines of a campaign that wrote to `out`; `page` is the page that it made.
pub fn recap(ended: &[Ended<'_>], unfinished: &[&str], page: Option<&Path>) -> Vec<String> {
    let mut lines = Vec::new();
    let failed: Vec<&Ended<'_>> = ended.iter().filter(|one| one.exit() != Exit::Passed).collect();
    // Of a single scenario its line has said it.
    if ended.len() > 1 && !failed.is_empty() {
        lines.push(format!("not as expected: {}", failed.len()));
        for one in failed.iter().take(LISTED) {
            lines.push(format!("  {}", one.name()));
            let reasons = one.reasons();
            lines.extend(reasons.iter().take(SENTENCES).map(|reason| format!("    {reason}")));
            if reasons.len() > SENTENCES {
                lines.push(format!("    and {} more", reasons.len() - SENTENCES));
            }
        }
        if failed.len() > LISTED {
            lines.push(format!("  and {} more", failed.len() - LISTED));
        }
    }
    let known = ended.iter().filter(|one| {
        let standing = one.finished.result().map(|result| result.standing);
        matches!(standing, Some(Standing::FailedAsKnown | Standing::MissedAnyway))
    });
    match known.count() {
        0 => {}
        known => {
            lines.push(format!("known misses: {known} (`--filter 'last(known-miss)'` runs them)"))
        }
    }
    lines.extend(skipped(ended));
    if !unfinished.is_empty() {
        lines.push(format!("not finished: {} (`--failed` takes them up)", unfinished.len()));
    }
    lines.extend(slowest(ended));
    lines.extend(page.map(|page| format!("page: {}", page.display())));
    lines
}

/// `skipped: 3: it takes 60.0 s, the rig affords 1.0 s`, by what kept them out.
fn skipped(ended: &[Ended<'_>]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    for one in ended {
        if let Finished::Skipped(reason) = &one.finished {
            *by_reason.entry(reason).or_default() += 1;
        }
    }
    let more = by_reason.len().saturating_sub(SENTENCES);
    let lines = by_reason.iter().take(SENTENCES);
    let lines = lines.map(|(reason, count)| format!("skipped: {count}: {reason}"));
    lines.chain((more > 0).then(|| format!("skipped: and for {more} more reasons"))).collect()
}

/// `slowest: sessy/a 2.1 s, sessy/b 1.4 s`.
fn slowest(ended: &[Ended<'_>]) -> Option<String> {
    let mut slow: Vec<(Duration, &str)> =
        ended.iter().map(|one| (one.wall, one.name())).filter(|(wall, _)| *wall >= SLOW).collect();
    slow.sort_by(|a, b| b.cmp(a));
    let named = slow.iter().take(3).map(|(wall, name)| {
        let tenths = (wall.as_secs_f64() * 10.0).round() / 10.0;
        format!("{name} {}", span(tenths))
    });
    let named = named.collect::<Vec<_>>().join(", ");
    (ended.len() > 1 && !slow.is_empty()).then(|| format!("slowest: {named}"))
}

/// Who plays the roles of all scenarios together: each that is not built in, and how many are.
pub fn cast(bindings: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let built_in = bindings.get("built-in").map_or(0, Vec::len);
    let others = bindings.iter().filter(|(by, _)| *by != "built-in");
    let mut lines: Vec<String> =
        others.map(|(by, roles)| format!("{} is {by}", roles.join(", "))).collect();
    match (lines.is_empty(), built_in) {
        (_, 0) => {}
        (true, all) => lines.push(format!("every role is built-in ({all}; -v lists them)")),
        (false, rest) => {
            lines.push(format!("every other role is built-in ({rest}; -v lists them)"))
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_plays_a_role_is_said_once_and_the_built_in_are_counted() {
        let of = |roles: &[&str]| roles.iter().map(|&role| role.to_owned()).collect::<Vec<_>>();
        let mut bindings = BTreeMap::from([("built-in".to_owned(), of(&["a.bms", "b.bms"]))]);
        assert_eq!(cast(&bindings), ["every role is built-in (2; -v lists them)"]);
        bindings.insert("process x".to_owned(), of(&["c.bms"]));
        let said = ["c.bms is process x", "every other role is built-in (2; -v lists them)"];
        assert_eq!(cast(&bindings), said);
        assert!(cast(&BTreeMap::new()).is_empty());
    }
}
