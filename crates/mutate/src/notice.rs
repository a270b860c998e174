//! Which checks of two verdicts of one scenario differ.

use std::collections::BTreeMap;

use blackstart_verdict::{Judged, compare};

/// How a check changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// What it saw is another thing, or its number moved by more than can be distinguished.
    Moved,
    /// It came out otherwise.
    Turned,
}

/// A verdict reduced to its checks, those of a known miss's reason among them.
pub fn checks_of(judged: &Judged) -> Judged {
    let mut checks = judged.clone();
    checks.checks.append(&mut checks.known_reason);
    checks.reasons.clear();
    checks.trips.clear();
    checks.approaches.clear();
    checks.runtimes.clear();
    checks.findings.clear();
    checks.gaps.clear();
    checks.parallel.clear();
    checks.on_inverter.clear();
    checks.recovery.clear();
    checks.restarts.clear();
    checks.deep_discharge.clear();
    checks.soc.clear();
    checks.outside.clear();
    // What led up to it is not what was asked.
    checks.checks.iter_mut().for_each(|check| check.before.clear());
    checks
}

/// The checks that changed, by their ids.
pub fn changed(written: &Judged, mutant: &Judged) -> BTreeMap<String, Change> {
    let mut changed = BTreeMap::new();
    for difference in compare(written, mutant) {
        let Some(path) = difference.path.strip_prefix("checks/") else { continue };
        let found = FIELDS.iter().find_map(|(end, how)| Some((path.strip_suffix(end)?, *how)));
        // Of a check that is there in one of them only there is nothing to compare.
        let Some((id, how)) = found else { continue };
        let before = changed.entry(id.to_owned()).or_insert(how);
        *before = how.max(*before);
    }
    changed
}

/// What of a check was asked for.
const FIELDS: [(&str, Change); 3] =
    [("/outcome", Change::Turned), ("/numbers/actual", Change::Moved), ("/actual", Change::Moved)];
