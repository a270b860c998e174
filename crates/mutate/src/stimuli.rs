//! Everything that a scenario does to its system, with the mutants that do it not, or otherwise.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::draft::ScenarioDraft;
use crate::mutant::{Mutant, Table};
use crate::numbers::others;

/// One stimulus and its mutants.
#[derive(Clone, Debug)]
pub struct Stimulus {
    /// What it is, as the scenario may name it.
    pub name: String,
    /// The same for people.
    pub what: String,
    /// Without it first.
    pub mutants: Vec<Mutant>,
}

/// An event that comes so often in the same words is a train, and one stimulus: nobody counts its cars.
const TRAIN: usize = 5;

/// The stimuli of a scenario, in the order of its file.
pub fn stimuli(draft: &ScenarioDraft) -> Vec<Stimulus> {
    let mut trains: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, event) in draft.events().iter().enumerate() {
        trains.entry(words_of(event)).or_default().push(index);
    }
    let events = draft.events().iter().enumerate().filter_map(|(index, event)| {
        let train = &trains[&words_of(event)];
        match train.len() >= TRAIN {
            false => Some(of_event(index, event)),
            true if train[0] == index => Some(of_train(train, event)),
            true => None,
        }
    });
    let set = Table::ALL.into_iter().flat_map(|table| {
        draft.set_in(table).into_iter().map(move |(path, value)| of_setting(table, path, value))
    });
    events.chain(set).collect()
}

/// What an event does, whenever it does it.
fn words_of(event: &Value) -> String {
    let mut event = event.clone();
    if let Some(entry) = event.as_object_mut() {
        entry.remove("at_s");
    }
    event.to_string()
}

fn of_train(train: &[usize], event: &Value) -> Stimulus {
    let what = event["do"].as_str().unwrap_or_default();
    let target = event["target"].as_str().map(str::to_owned);
    let about = target.as_ref().map(|target| format!(" {target}")).unwrap_or_default();
    let without = |&index| Mutant::WithoutEvent { index, target: target.clone() };
    let mutants = train.iter().map(without).collect();
    Stimulus {
        name: format!("event {}", train[0] + 1),
        what: format!("{} events ({what}{about})", train.len()),
        mutants,
    }
}

fn of_event(index: usize, event: &Value) -> Stimulus {
    let word = |key: &str| event[key].as_str().map(str::to_owned);
    let target = word("target");
    let at = event["at_s"].as_f64().map(|at| format!(" at {at} s")).unwrap_or_default();
    let mut mutants = vec![Mutant::WithoutEvent { index, target: target.clone() }];
    for (key, value) in amounts_of(event) {
        let moved = match value {
            Value::Bool(is) => vec![Value::Bool(!is)],
            Value::Number(number) => {
                let values = number.as_f64().map(others).unwrap_or_default();
                values.into_iter().map(Value::from).collect()
            }
            _ => Vec::new(),
        };
        mutants.extend(moved.into_iter().map(|to| {
            let (key, target) = (key.clone(), target.clone());
            Mutant::EventAt { index, target, key, to }
        }));
    }
    let what = word("do").unwrap_or_default();
    let about = target.map(|target| format!(" {target}")).unwrap_or_default();
    let name = format!("event {}", index + 1);
    Stimulus { what: format!("{name} ({what}{about}{at})"), name, mutants }
}

/// What an event says of how much, by its keys; of a fault, which is an object of its own, by `fault.<key>`.
/// When is not how much: a change of hour is noticed by what the event does, or not at all.
fn amounts_of(event: &Value) -> Vec<(String, &Value)> {
    let mut amounts = Vec::new();
    for (key, value) in event.as_object().into_iter().flatten().filter(|(key, _)| *key != "at_s") {
        match value.as_object() {
            Some(own) => {
                amounts.extend(own.iter().map(|(of, value)| (format!("{key}.{of}"), value)))
            }
            None => amounts.push((key.clone(), value)),
        }
    }
    amounts
}

fn of_setting(table: Table, path: String, value: f64) -> Stimulus {
    let what = format!("{} {path}", table.key());
    let moved = others(value).into_iter();
    let moved = moved.map(|to| Mutant::Set { table, path: path.clone(), to });
    let gone = Mutant::Unset { table, path: path.clone() };
    Stimulus { name: what.clone(), what, mutants: std::iter::once(gone).chain(moved).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_a_fault_is_another_and_the_instant_is_not() {
        let text = r#"{"events": [{"do": "fault-reading", "at_s": 10, "target": "bms", "reading": "interlock",
            "fault": {"type": "intermittent", "period_s": 0.5, "duty_pct": 5}, "for_s": 3}]}"#;
        let draft = ScenarioDraft::of(text).unwrap();
        let mutants = stimuli(&draft).remove(0).mutants;
        let words: Vec<String> = mutants.iter().map(Mutant::to_string).collect();
        for expected in ["no event 1", "event 1: fault.duty_pct 10.0", "event 1: for_s 6.0"] {
            assert!(words.iter().any(|one| one == expected), "{expected} in {words:?}");
        }
        assert!(!words.iter().any(|one| one.contains("at_s")));
        let moved = mutants.iter().find(|one| one.to_string().ends_with("duty_pct 10.0")).unwrap();
        let text: Value = serde_json::from_str(&draft.with(moved)).unwrap();
        let fault = &text["events"][0]["fault"];
        assert_eq!(
            (fault["duty_pct"].as_f64(), fault["period_s"].as_f64()),
            (Some(10.0), Some(0.5))
        );
    }
}
