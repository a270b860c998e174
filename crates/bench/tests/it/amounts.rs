//! No amount of any kind is dead: somewhere in what is shipped another value of it builds something else, or is
//! reported by a rule. Another number may have to be moved, or a word chosen, for that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use blackstart_plant::written_out;
use blackstart_scenario::kinds::{self, AmountKey};
use blackstart_scenario::range::ParameterRange;
use blackstart_scenario::{Part, Resolved, ScenarioEvent, System};
use blackstart_verdict::findings;

use super::*;

/// Everything about a system that a number of one of its parts can change.
fn seen(system: &System, events: &[ScenarioEvent], device: usize) -> Option<String> {
    let built = written_out(system, events).ok()?;
    let part = &system.devices[device].model;
    Some(format!("{built}{:?}{:?}", findings(system), (part.kind.mistakes)(part)))
}

/// A system with another part in the place of one.
fn with(system: &System, device: usize, change: impl Fn(&mut Part) -> bool) -> Option<System> {
    let mut system = system.clone();
    let part = &mut system.devices[device].model;
    change(part).then_some(system)
}

/// Other values of an amount.
fn others(range: ParameterRange, value: f64) -> Vec<f64> {
    let tried = match range {
        ParameterRange::Flag => vec![1.0 - value],
        ParameterRange::Count | ParameterRange::Priority => vec![value + 1.0, value - 1.0],
        _ => vec![value * 1.25 + 0.5, value * 0.8, value + 20.0, value - 20.0],
    };
    tried.into_iter().filter(|&other| range.contains(other) && other != value).collect()
}

/// Whether some other value of it, alone or with one other number moved or one word of the part chosen, is
/// another system.
fn is_alive(scenario: &Resolved, device: usize, part: &Part, own: &AmountKey, alone: bool) -> bool {
    let (system, events) = (&scenario.system, &scenario.events);
    let value = |key: &str| {
        let path = format!("{}.{key}", system.devices[device].id);
        scenario.provenance.parameters.get(&path).map(|found| found.value)
    };
    let Some(own_value) = part.amount(own.key).and_then(|_| value(own.key)) else { return false };
    let moved = part.kind.all_amounts().filter(|one| one.key != own.key).flat_map(|one| {
        let values = value(one.key).map_or_else(Vec::new, |value| others(one.range, value));
        let at = move |value| with(system, device, |part| part.set(one.key, value));
        values.into_iter().filter_map(at)
    });
    let choices =
        part.kind.words.iter().flat_map(|word| word.words.iter().map(|one| (word.key, *one)));
    let chosen =
        choices.filter_map(|(key, word)| with(system, device, |part| part.choose(key, word)));
    let mut alone_or_not: Box<dyn Iterator<Item = System>> = match alone {
        true => Box::new(std::iter::once(system.clone())),
        false => Box::new(moved.chain(chosen)),
    };
    alone_or_not.any(|base| {
        let usual = seen(&base, events, device);
        others(own.range, own_value).into_iter().any(|other| {
            let varied = with(&base, device, |part| part.set(own.key, other));
            varied.is_some_and(|varied| seen(&varied, events, device) != usual)
        })
    })
}

/// One scenario for each shipped system.
fn systems() -> Vec<Resolved> {
    let library = Library::open(&root()).unwrap();
    let mut of_system = BTreeMap::new();
    let mut folders = vec![root().join("scenarios")];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let is_scenario = |path: &Path| {
                let name = path.to_string_lossy();
                name.ends_with(".json") && !name.ends_with(".schema.json")
            };
            if path.is_dir() {
                folders.push(path);
            } else if is_scenario(&path)
                && let Ok(scenario) = library.scenario(&path)
            {
                of_system.entry(scenario.system.name.clone()).or_insert(scenario);
            }
        }
    }
    of_system.into_values().collect()
}

#[test]
fn no_amount_of_any_kind_is_dead() {
    let all: BTreeSet<(&str, &str)> = kinds::ALL
        .iter()
        .flat_map(|kind| kind.all_amounts().map(|own| (kind.name, own.key)))
        .collect();
    let mut alive = BTreeSet::new();
    let systems = systems();
    // Most are alive by themselves somewhere.
    for alone in [true, false] {
        for scenario in &systems {
            for (index, device) in scenario.system.devices.iter().enumerate() {
                let part = &device.model;
                for own in part.kind.all_amounts() {
                    let name = (part.kind.name, own.key);
                    if !alive.contains(&name) && is_alive(scenario, index, part, own, alone) {
                        alive.insert(name);
                    }
                }
            }
        }
    }
    let dead: Vec<_> = all.difference(&alive).collect();
    assert!(dead.is_empty(), "these change nothing of any shipped system: {dead:?}");
}
