//! Checks: their targets exist, their windows lie in the scenario, they limit something.

use std::collections::BTreeSet;

use blackstart_roles::{Protection, RoleTable};

use super::Resolver;
use super::events::{Timeline, switch_or_box};
use crate::check_entry::{CheckEntry, StateEntry};
use crate::code::Code;
use crate::diagnostic::Problem;
use crate::part::Part;
use crate::resolved::Device;
use crate::rule_name::RuleName;
use crate::signal_ref::{SignalRef, WantedSignal};
use crate::syntax::SpannedValue;

/// What can act on a battery that is no pack: what its monitor has an alarm for, and its BMS.
fn protections(device: &Part) -> Vec<Protection> {
    let (kind, others) = match device.kind.guarded_by {
        // A module without a monitor is watched by nobody.
        Some(guarded) if (device.kind.control)(device).is_some() => guarded,
        _ => return Vec::new(),
    };
    let alarms = RoleTable::standard().role(kind).alarms.iter().filter_map(|one| one.stands_for);
    let mut known: Vec<Protection> = alarms.chain(others.iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    known
}

/// `scd, ocd`, or `none`.
fn names(protections: impl IntoIterator<Item = Protection>) -> String {
    let names: Vec<&str> = protections.into_iter().map(|one| one.name()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Resolver<'_> {
    /// Holds every check against the system; signals are judged when the world is spawned.
    pub fn checks(
        &mut self,
        line: &Timeline<'_>,
        entries: &[CheckEntry],
        values: &[&SpannedValue],
    ) -> Vec<SignalRef> {
        let mut ids = BTreeSet::new();
        let mut signals = Vec::new();
        for (entry, value) in entries.iter().zip(values) {
            if !ids.insert(entry.id()) {
                let message = format!("the check `{}` is there twice", entry.id());
                let place = line.place(value, "id");
                let problem = Problem::at(place, Code::DuplicateId, message);
                self.complain(problem.label("second time"));
            }
            self.check_target(line, entry, value);
            self.check_window(line, entry, value);
            signals.extend(signal_ref(line, entry, value));
            signals.extend(other_signal(line, entry, value));
        }
        signals
    }

    fn check_target(&mut self, line: &Timeline<'_>, entry: &CheckEntry, value: &SpannedValue) {
        match entry {
            CheckEntry::NoTrip { target: None, protection, .. } => {
                self.check_any_protection(line, value, protection.map(|one| one.0));
            }
            CheckEntry::Finding { rule, target, fact, broken, .. } => {
                self.check_rule(line, value, (*rule, target.as_deref()));
                if fact.is_some() && !broken {
                    let place = line.place(value, "fact");
                    let message = "a rule that is kept is reported with no source";
                    let problem = Problem::at(place, Code::WrongPlace, message);
                    self.complain(problem.label("no `fact` beside `\"broken\": false`"));
                }
            }
            _ => {}
        }
        let (key, id, expected) = match entry {
            CheckEntry::NoTrip { target: Some(id), .. }
            | CheckEntry::Trips { target: id, .. }
            | CheckEntry::DeepDischarge { target: id, .. } => ("target", id, "a battery"),
            CheckEntry::Runtime { load, .. } | CheckEntry::Gap { load, .. } => {
                ("load", load, "a load")
            }
            CheckEntry::NeverParallel { target, .. } => {
                ("target", target, switch_or_box(line.system, target))
            }
            _ => return,
        };
        let system = line.system;
        let wanted = match entry {
            CheckEntry::Trips { protection, .. } => Some(protection.0),
            CheckEntry::NoTrip { protection, .. } => protection.map(|one| one.0),
            _ => None,
        };
        if expected == "a battery"
            && let Some(pack) = system.pack(id)
        {
            self.check_protection(line, value, (id, &pack.protections()), wanted);
            return;
        }
        let is_trip = matches!(entry, CheckEntry::NoTrip { .. } | CheckEntry::Trips { .. });
        if is_trip && system.assemblies.contains(id) {
            return;
        }
        let found = system.device(id).map(|index| &system.devices[index].model);
        let guarded = match found {
            Some(part) if expected == "a battery" => part.kind.guarded_by,
            _ => None,
        };
        if expected == "a battery" && found.is_none() {
            let is_guarded = |one: &&Device| one.model.kind.guarded_by.is_some();
            let others = system.devices.iter().filter(is_guarded).map(|one| one.id.as_str());
            let known = system.packs().map(|pack| pack.id).chain(others);
            self.unknown_instance(id, line.place(value, key), known);
            return;
        }
        let own = found.filter(|_| guarded.is_some()).map(Part::type_name);
        self.device(system, id, line.place(value, key), own.as_deref().unwrap_or(expected));
        if let Some(found) = found.filter(|_| is_trip && guarded.is_some()) {
            self.check_protection(line, value, (id, &protections(found)), wanted);
        }
    }

    /// A device must have the protection of which a check speaks, or any: what can never act never trips, and
    /// never fails to.
    fn check_protection(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        (id, known): (&str, &[Protection]),
        wanted: Option<Protection>,
    ) {
        let message = match wanted {
            Some(wanted) if !known.contains(&wanted) => {
                format!("`{id}` has no protection `{}`", wanted.name())
            }
            None if known.is_empty() => format!("`{id}` has no protection"),
            _ => return,
        };
        let key = if wanted.is_some() { "protection" } else { "target" };
        let problem = Problem::at(line.place(value, key), Code::WrongDevice, message);
        self.complain(problem.label(format!("it has {}", names(known.iter().copied()))));
    }

    /// A rule must have something to look at, and be asked of what it can be reported of: it is kept by anything
    /// else.
    fn check_rule(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        (rule, target): (RuleName, Option<&str>),
    ) {
        let (system, subject) = (line.system, rule.subject());
        let devices = || system.devices.iter().map(|device| device.id.as_str());
        let packs = || system.packs().map(|pack| pack.id);
        let (key, message) = match target {
            Some(id) if !devices().chain(packs()).any(|one| one == id) => {
                let known = devices().chain(packs());
                self.unknown_instance(id, line.place(value, "target"), known);
                return;
            }
            Some(id) if !subject.may_be(system, id) => {
                ("target", format!("the rule `{rule}` is never about `{id}`"))
            }
            _ if !subject.is_in(system) => {
                ("rule", format!("nothing in this system is what the rule `{rule}` looks at"))
            }
            _ => return,
        };
        let problem = Problem::at(line.place(value, key), Code::WrongDevice, message);
        self.complain(problem.label(format!("it looks at: {}", subject.names())));
    }

    /// Where nothing has it, nothing that does not trip has been looked at. An assembly that is no pack
    /// declares its own.
    fn check_any_protection(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        wanted: Option<Protection>,
    ) {
        let system = line.system;
        if system.assemblies.iter().any(|id| system.pack(id).is_none()) {
            return;
        }
        let devices = system.devices.iter().flat_map(|device| protections(&device.model));
        let packs = system.packs().flat_map(|pack| pack.protections());
        let mut known: BTreeSet<Protection> = devices.chain(packs).collect();
        // A BMS outside of its batteries watches them.
        known.extend((!known.is_empty()).then_some(Protection::Watchdog));
        let message = match wanted {
            Some(wanted) if !known.contains(&wanted) => {
                format!("nothing in this system has a protection `{}`", wanted.name())
            }
            None if known.is_empty() => "nothing in this system has a protection".to_owned(),
            _ => return,
        };
        let key = if wanted.is_some() { "protection" } else { "kind" };
        let problem = Problem::at(line.place(value, key), Code::WrongDevice, message);
        self.complain(problem.label(format!("there is {}", names(known))));
    }

    fn check_window(&mut self, line: &Timeline<'_>, entry: &CheckEntry, value: &SpannedValue) {
        match entry {
            CheckEntry::Trips { from_s, by_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("by_s", *by_s));
            }
            CheckEntry::Stays { at_least, at_most, from_s, to_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("to_s", *to_s));
                self.limits(line, value, ("at_least", *at_least), ("at_most", *at_most));
            }
            CheckEntry::Reaches { at_least, at_most, from_s, by_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("by_s", *by_s));
                self.limits(line, value, ("at_least", *at_least), ("at_most", *at_most));
            }
            CheckEntry::Gap { from_s, to_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("to_s", *to_s));
            }
            CheckEntry::Becomes { from_s, by_s, after, within_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("by_s", *by_s));
                if let Some(span) = *within_s {
                    self.instant(line, value, "within_s", span);
                }
                if let Some(span) = within_s.filter(|_| after.is_none()) {
                    let message = format!("within {span} s after what?");
                    let place = line.place(value, "within_s");
                    let problem = Problem::at(place, Code::MissingKey, message);
                    self.complain(problem.label("expected `after`, or `by_s` instead"));
                }
            }
            CheckEntry::Changes { at_least, at_most, from_s, to_s, .. } => {
                self.window(line, value, ("from_s", *from_s), ("to_s", *to_s));
                // At least none is no limit.
                let least = at_least.filter(|&least| least > 0 || at_most.is_some());
                let (least, most) = (least.map(f64::from), at_most.map(f64::from));
                self.limits(line, value, ("at_least", least), ("at_most", most));
            }
            CheckEntry::NeverWhile { signal, is, other, .. }
                if *signal == other.signal && *is != other.is =>
            {
                let message = format!("`{signal}` is in one state at a time");
                let problem = Problem::at(line.place(value, "while"), Code::NoLimit, message);
                self.complain(problem.label("always true"));
            }
            CheckEntry::StateIs { at_s: Some(at_s), .. } => {
                self.instant(line, value, "at_s", *at_s);
            }
            CheckEntry::Runtime { at_least_s, at_most_s, .. } => {
                self.limits(line, value, ("at_least_s", *at_least_s), ("at_most_s", *at_most_s));
            }
            _ => {}
        }
    }

    fn window(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        (from_key, from): (&str, Option<f64>),
        (to_key, to): (&str, Option<f64>),
    ) {
        for (key, seconds) in [(from_key, from), (to_key, to)] {
            if let Some(seconds) = seconds {
                self.instant(line, value, key, seconds);
            }
        }
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            let message = format!("the window ends at {to} s, before it begins at {from} s");
            let problem = Problem::at(line.place(value, to_key), Code::OutOfRange, message);
            self.complain(problem.label(format!("expected {from} or later")));
        }
    }

    fn limits(
        &mut self,
        line: &Timeline<'_>,
        value: &SpannedValue,
        (least_key, least): (&str, Option<f64>),
        (most_key, most): (&str, Option<f64>),
    ) {
        match (least, most) {
            (None, None) => {
                let place = line.place(value, "id");
                let problem = Problem::at(place, Code::NoLimit, "this check limits nothing");
                let help = format!("give `{least_key}`, `{most_key}` or both");
                self.complain(problem.label("always true").help(help));
            }
            (Some(least), Some(most)) if least > most => {
                let message = format!("nothing is at least {least} and at most {most}");
                let place = line.place(value, most_key);
                let problem = Problem::at(place, Code::OutOfRange, message);
                self.complain(problem.label(format!("expected {least} or more")));
            }
            _ => {}
        }
    }
}

fn signal_ref(line: &Timeline<'_>, entry: &CheckEntry, value: &SpannedValue) -> Option<SignalRef> {
    let (signal, wanted) = match entry {
        CheckEntry::Stays { signal, .. } | CheckEntry::Reaches { signal, .. } => {
            (signal, WantedSignal::Number)
        }
        CheckEntry::Changes { signal, .. } => (signal, WantedSignal::AnyState),
        CheckEntry::StateIs { signal, is, .. }
        | CheckEntry::Becomes { signal, is, .. }
        | CheckEntry::NeverWhile { signal, is, .. } => {
            (signal, WantedSignal::State { state: is.clone(), place: line.place(value, "is") })
        }
        _ => return None,
    };
    let place = line.place(value, "signal");
    Some(SignalRef { name: signal.clone(), check: entry.id().to_owned(), place, wanted })
}

/// The second signal that a check names, if it names one.
fn other_signal(
    line: &Timeline<'_>,
    entry: &CheckEntry,
    value: &SpannedValue,
) -> Option<SignalRef> {
    let (key, StateEntry { signal, is }) = match entry {
        CheckEntry::Becomes { after, .. } => ("after", after.as_ref()?),
        CheckEntry::NeverWhile { other, .. } => ("while", other),
        _ => return None,
    };
    let own = value.get(key).unwrap_or(value);
    let wanted = WantedSignal::State { state: is.clone(), place: line.place(own, "is") };
    let (check, place) = (entry.id().to_owned(), line.place(own, "signal"));
    Some(SignalRef { name: signal.clone(), check, place, wanted })
}

impl CheckEntry {
    /// Whether it asks for more than that something does not happen.
    pub(super) fn asks_for_something(&self) -> bool {
        match self {
            Self::NoTrip { .. }
            | Self::NeverParallel { .. }
            | Self::NeverWhile { .. }
            | Self::Finding { .. } => false,
            Self::Changes { at_least, .. } => at_least.is_some_and(|least| least > 0),
            _ => true,
        }
    }

    /// Name of the check, unique in its scenario.
    pub fn id(&self) -> &str {
        match self {
            Self::NoTrip { id, .. }
            | Self::Trips { id, .. }
            | Self::Stays { id, .. }
            | Self::Reaches { id, .. }
            | Self::StateIs { id, .. }
            | Self::Becomes { id, .. }
            | Self::Changes { id, .. }
            | Self::NeverWhile { id, .. }
            | Self::Runtime { id, .. }
            | Self::Gap { id, .. }
            | Self::NeverParallel { id, .. }
            | Self::Finding { id, .. }
            | Self::DeepDischarge { id, .. } => id,
        }
    }
}
