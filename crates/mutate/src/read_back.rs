//! Whether a check that a mutant changes has done no more than read the change back.

use blackstart_bench::StandIn;
use blackstart_scenario::{CheckEntry, Resolved};

use crate::mutant::{Mutant, Table};

/// Whether a check looks at nothing but what a mutant changes: at the voltage of a grid that an event sets,
/// at what a controller claims that claims something else.
pub fn reads_back(check: &CheckEntry, mutant: &Mutant, scenario: &Resolved) -> bool {
    let (CheckEntry::Stays { signal, .. }
    | CheckEntry::Reaches { signal, .. }
    | CheckEntry::StateIs { signal, .. }
    | CheckEntry::Becomes { signal, .. }
    | CheckEntry::Changes { signal, .. }
    | CheckEntry::NeverWhile { signal, .. }) = check
    else {
        return false;
    };
    match mutant {
        Mutant::StandIn { role, fault } => {
            let says_otherwise =
                matches!(fault, StandIn::ClaimsAllIsWell | StandIn::Mute | StandIn::DoesNothing);
            says_otherwise && signal.starts_with(&format!("{role}.claim."))
        }
        // What state a device comes to by a parameter of its own is no number that was written there.
        Mutant::Set { table: Table::Overrides, .. }
        | Mutant::Unset { table: Table::Overrides, .. }
            if !matches!(check, CheckEntry::Stays { .. } | CheckEntry::Reaches { .. }) =>
        {
            false
        }
        _ => {
            let owner = owner(signal, scenario);
            let is_alone = owner.is_some() && is_alone(owner, scenario);
            let is_it = |target: &&str| self::owner(target, scenario) == owner;
            let targets = mutant.targets();
            targets.contains(&signal.as_str()) || is_alone && targets.iter().any(is_it)
        }
    }
}

/// What a check looks at: a signal, a load, a device.
pub fn subject(check: &CheckEntry) -> Option<&str> {
    match check {
        CheckEntry::Stays { signal, .. }
        | CheckEntry::Reaches { signal, .. }
        | CheckEntry::StateIs { signal, .. }
        | CheckEntry::Becomes { signal, .. }
        | CheckEntry::Changes { signal, .. }
        | CheckEntry::NeverWhile { signal, .. } => Some(signal),
        CheckEntry::Runtime { load, .. } | CheckEntry::Gap { load, .. } => Some(load),
        CheckEntry::Trips { target, .. }
        | CheckEntry::NeverParallel { target, .. }
        | CheckEntry::DeepDischarge { target, .. } => Some(target),
        CheckEntry::NoTrip { target, .. } | CheckEntry::Finding { target, .. } => target.as_deref(),
    }
}

/// The protection that it asks about, if it names one.
pub fn protection(check: &CheckEntry) -> Option<&str> {
    match check {
        CheckEntry::Trips { protection, .. } => Some(protection.0.name()),
        CheckEntry::NoTrip { protection, .. } => protection.map(|one| one.0.name()),
        _ => None,
    }
}

/// The device that a path belongs to, or that it names.
pub fn owner<'a>(path: &str, scenario: &'a Resolved) -> Option<&'a str> {
    let ids = scenario.system.devices.iter().map(|device| device.id.as_str());
    ids.filter(|id| is_path_in(path, id)).max_by_key(|id| id.len())
}

/// Whether a path is that of an instance, or leads into it.
pub fn is_path_in(path: &str, id: &str) -> bool {
    path.strip_prefix(id).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a device has no controller that could answer.
fn is_alone(owner: Option<&str>, scenario: &Resolved) -> bool {
    let prefix = format!("{}.", owner.unwrap_or_default());
    !scenario.system.roles().iter().any(|role| role.starts_with(&prefix))
}
