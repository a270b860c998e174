//! The text of a scenario file, of which each mutant is another one.

use serde_json::{Map, Value};

use crate::mutant::{Mutant, Table};

/// A scenario file as it is written.
#[derive(Clone, Debug)]
pub struct ScenarioDraft(Value);

impl ScenarioDraft {
    /// Reads the text of a file that has been resolved before; `None` if it is no object after all.
    pub fn of(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        value.is_object().then_some(Self(value))
    }

    /// Its events, in the order of the file.
    pub fn events(&self) -> &[Value] {
        self.0["events"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Without its events.
    pub fn without_events(&self) -> Mutant {
        let targets = self.events().iter().filter_map(|event| event["target"].as_str());
        Mutant::WithoutEvents { targets: targets.map(str::to_owned).collect() }
    }

    /// The paths that it sets in one of its tables, with their values.
    pub fn set_in(&self, table: Table) -> Vec<(String, f64)> {
        let set = self.0[table.key()].as_object().into_iter().flatten();
        set.filter_map(|(path, value)| Some((path.clone(), value.as_f64()?))).collect()
    }

    /// The text of a mutant. One of a controller has the same text.
    pub fn with(&self, mutant: &Mutant) -> String {
        let mut text = self.clone();
        // It speaks of what may be gone.
        if let Some(file) = text.0.as_object_mut() {
            file.remove("unchangeable");
        }
        text.apply(mutant);
        text.0.to_string()
    }

    fn apply(&mut self, mutant: &Mutant) {
        match mutant {
            Mutant::WithoutEvents { .. } => self.0["events"] = Value::Array(Vec::new()),
            Mutant::WithoutEvent { index, .. } => {
                if let Some(events) = self.0["events"].as_array_mut() {
                    events.remove(*index);
                }
            }
            Mutant::EventAt { index, key, to, .. } => {
                let event = &mut self.0["events"][*index];
                *key.split('.').fold(event, |at, key| &mut at[key]) = to.clone();
            }
            Mutant::Unset { table, path } => {
                if let Some(set) = self.0[table.key()].as_object_mut() {
                    set.remove(path);
                }
            }
            Mutant::Set { table, path, to } => {
                if let Some(file) = self.0.as_object_mut() {
                    let set = file.entry(table.key()).or_insert_with(|| Value::Object(Map::new()));
                    set[path] = Value::from(*to);
                }
            }
            Mutant::StandIn { .. } => {}
            Mutant::OtherSystem { system, checks } => self.move_to(system, checks),
        }
    }

    /// Some of its checks, of rules, asked of another system; nothing happens there.
    fn move_to(&mut self, system: &str, ids: &[String]) {
        let Some(file) = self.0.as_object_mut() else { return };
        for key in ["events", "overrides", "initial", "built_in", "shows_defect"] {
            file.remove(key);
        }
        file.insert("system".to_owned(), system.into());
        file.insert("duration_s".to_owned(), 0.into());
        if let Some(checks) = file.get_mut("checks").and_then(Value::as_array_mut) {
            let is_asked = |check: &Value| {
                check["id"].as_str().is_some_and(|id| ids.iter().any(|one| one == id))
            };
            checks.retain(is_asked);
        }
    }
}
