//! The value of each parameter: the scenario's, else the system's, else the device's own.

use std::collections::{BTreeMap, BTreeSet};

use blackstart_limits::PARAMETER;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::kinds::AmountKey;
use crate::levels::Levels;
use crate::parameter_entry::ParameterEntry;
use crate::range::ParameterRange;
use crate::resolved::{Parameter, Provenance, Source};
use crate::shape::wrong_unit;
use crate::syntax::Document;
use crate::unit::Amount;

/// Parameters that describe the start of a run rather than the device.
const INITIAL: &[&str] = &["soc_pct", "paired", "cell_temperature_c"];

/// Which map a setting stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Map {
    /// `overrides`, of a scenario or of a system's instance.
    Overrides,
    /// `initial`.
    Initial,
}

impl Map {
    fn of_key(key: &str) -> Self {
        if INITIAL.contains(&key) { Self::Initial } else { Self::Overrides }
    }

    /// The key of the map.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Overrides => "overrides",
            Self::Initial => "initial",
        }
    }
}

/// One value that a scenario or system sets.
#[derive(Clone, Debug)]
pub struct Setting {
    pub value: f64,
    pub map: Map,
    /// The system file sets it, which may preset a state as well.
    pub by_system: bool,
    pub key_place: Place,
    pub value_place: Place,
}

/// Everything that is set, by `<instance>.<key>`.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    by_path: BTreeMap<String, Setting>,
    used: BTreeSet<String>,
    /// Keys that each resolved instance has.
    known: BTreeMap<String, BTreeSet<String>>,
    /// What is read again for a variation has been judged before: nobody asks what was left over.
    is_again: bool,
}

impl Settings {
    /// Sets a value, unless one that counts more has been set before: the scenario's comes first.
    pub fn set_unless_set(&mut self, path: String, setting: Setting) {
        self.by_path.entry(path).or_insert(setting);
    }

    /// Sets a value over whatever has been set.
    pub fn set(&mut self, path: String, setting: Setting) {
        self.by_path.insert(path, setting);
    }

    /// What is set, as if nobody had asked for it yet.
    pub fn unread(self) -> Self {
        Self { by_path: self.by_path, is_again: true, ..Self::default() }
    }

    /// Whether anything is set for single cells of an instance.
    fn names_cells(&self, instance: &str) -> bool {
        let is_cell = |path: &String| {
            path.strip_prefix(instance).is_some_and(|rest| rest.starts_with(".cell-"))
        };
        self.by_path.keys().any(is_cell)
    }

    /// What is set under the name that something has outside is meant for it inside; `*` is the same number
    /// on both sides.
    pub fn follow(&mut self, shows: &BTreeMap<String, String>) {
        for (inner, outer) in shows {
            if let (Some(inner), Some(outer)) = (inner.split_once('*'), outer.split_once('*')) {
                let number = |path: &String| {
                    let number = path.strip_prefix(outer.0)?.strip_suffix(outer.1)?;
                    number.bytes().all(|digit| digit.is_ascii_digit()).then(|| number.to_owned())
                };
                let numbers: Vec<String> = self.by_path.keys().filter_map(number).collect();
                for number in numbers {
                    let Some(setting) =
                        self.by_path.remove(&format!("{}{number}{}", outer.0, outer.1))
                    else {
                        continue;
                    };
                    let path = format!("{}{number}{}", inner.0, inner.1);
                    self.by_path.entry(path).or_insert(setting);
                }
                continue;
            }
            if let Some(setting) = self.by_path.remove(outer) {
                self.by_path.entry(inner.clone()).or_insert(setting);
            }
        }
    }

    /// Where a parameter is set, if it is.
    pub fn place_of(&self, path: &str) -> Option<&Place> {
        self.by_path.get(path).map(|set| &set.value_place)
    }

    /// The setting of a parameter that exists.
    fn take(&mut self, instance: &str, key: &str) -> Option<Setting> {
        let path = format!("{instance}.{key}");
        if self.is_again {
            return self.by_path.get(&path).cloned();
        }
        self.known.entry(instance.to_owned()).or_default().insert(key.to_owned());
        let setting = self.by_path.get(&path)?.clone();
        self.used.insert(path);
        Some(setting)
    }

    /// What was set but is not there to be set. `instances` are all names in the system file, also
    /// those whose device could not be resolved; of `assemblies` everything could, and `shows` is what they
    /// call otherwise outside.
    pub fn leftovers(
        &self,
        instances: &[&str],
        (assemblies, shows): (&[String], &BTreeMap<String, String>),
    ) -> Diagnostics {
        let mut problems = Diagnostics::new();
        let mut known = self.known.clone();
        for id in assemblies {
            let of_id =
                |path: &str| path.strip_prefix(id.as_str())?.strip_prefix('.').map(str::to_owned);
            let inner = self
                .known
                .iter()
                .flat_map(|(part, keys)| keys.iter().map(move |key| format!("{part}.{key}")));
            let inner: BTreeSet<String> = inner.collect();
            let shown = shows.iter().filter(|(within, _)| inner.contains(*within)).map(|one| one.1);
            let own = inner.iter().chain(shown).filter_map(|path| of_id(path));
            known.insert(id.clone(), own.collect());
        }
        for (path, setting) in &self.by_path {
            if !self.used.contains(path)
                && let Some(problem) = leftover((path, setting), &known, instances)
            {
                problems.push(problem);
            }
        }
        problems
    }
}

/// What is said of a setting that nothing has taken.
fn leftover(
    (path, setting): (&str, &Setting),
    known: &BTreeMap<String, BTreeSet<String>>,
    instances: &[&str],
) -> Option<Problem> {
    let place = setting.key_place.clone();
    let owner = |id: &&str| path.strip_prefix(*id).is_some_and(|rest| rest.starts_with('.'));
    let ids = known.keys().map(String::as_str).chain(instances.iter().copied());
    let longest = ids.filter(owner).max_by_key(|id| id.len());
    let parts = longest.and_then(|id| Some((id, path.get(id.len() + 1..)?)));
    let Some((instance, key)) = parts.or_else(|| path.split_once('.')) else {
        let message = format!("`{path}` names no parameter");
        let problem = Problem::at(place, Code::UnknownKey, message);
        return Some(problem.label("expected `<instance>.<key with unit>`"));
    };
    let Some(known) = known.get(instance) else {
        if instances.contains(&instance) {
            return None;
        }
        let message = format!("no instance `{instance}` in this system");
        let problem = Problem::at(place, Code::UnknownInstance, message);
        let problem = problem.label("unknown instance");
        return Some(problem.suggest(instance, instances.iter().copied()));
    };
    let known: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|key| !key.starts_with("cell-") && !key.contains(".cell-"))
        .collect();
    let misspelt = wrong_unit(&place, key, Some(setting.value), &known);
    Some(misspelt.map(|(_, problem)| problem).unwrap_or_else(|| {
        Problem::at(place, Code::UnknownKey, format!("`{instance}` has no parameter `{key}`"))
            .label("unknown key")
            .suggest(key, known)
    }))
}

/// Reads the parameters of one instance.
pub struct ParameterReader<'r> {
    pub instance: &'r str,
    pub document: &'r Document,
    pub settings: &'r mut Settings,
    pub provenance: &'r mut Provenance,
    /// What is wrong in the device file itself.
    pub in_file: &'r mut Diagnostics,
    /// What is wrong with what is set for this instance.
    pub in_settings: &'r mut Diagnostics,
}

impl ParameterReader<'_> {
    fn read_as(
        &mut self,
        section: &str,
        key: &'static str,
        range: ParameterRange,
        map: Map,
        entry: &ParameterEntry,
    ) -> Amount {
        self.check_entry(section, key, range, entry);
        let setting = self.settings.take(self.instance, key);
        let parameter = match &setting {
            Some(set) => {
                self.check_setting(key, range, map, set);
                overridden(set)
            }
            None => Parameter {
                value: entry.value(),
                source: entry.source(),
                tolerance: entry.tolerance_pct().map(|percent| percent / 100.0),
                file: self.place_in_file(section, key, "value").file.path.clone(),
            },
        };
        let amount = Amount::new(key, parameter.value);
        self.provenance.parameters.insert(format!("{}.{key}", self.instance), parameter);
        amount
    }

    /// A number of a part, checked, with its provenance noted: of its own numbers, or of those of a group.
    pub fn read_own(&mut self, group: &str, own: &AmountKey, entry: &ParameterEntry) -> Amount {
        let map = if own.initial { Map::Initial } else { Map::Overrides };
        self.read_as(group, own.key, own.range, map, entry)
    }

    /// Where the value of a parameter that was read stands: where it is set, or in the device file.
    pub fn place_of_value(&self, section: &str, key: &str) -> Place {
        let setting = self.settings.by_path.get(&format!("{}.{key}", self.instance));
        match setting {
            Some(set) => set.value_place.clone(),
            None => self.place_in_file(section, key, "value"),
        }
    }

    /// Complains of levels of a section that was read which stand the wrong way round, at the one that is
    /// set for this run if any is.
    pub fn check_levels<'k>(&mut self, section: impl Fn(&str) -> &'k str, pairs: &[Levels]) {
        for pair in pairs {
            let number = |key: &'static str| {
                let path = format!("{}.{key}", self.instance);
                PlacedNumber {
                    name: key.to_owned(),
                    value: self.provenance.parameters.get(&path).map_or(f64::NAN, |one| one.value),
                    place: self.place_of_value(section(key), key),
                    is_set: self.settings.by_path.contains_key(&path),
                }
            };
            let (lower, upper) = (number(pair.lower), number(pair.upper));
            if pair.are_in_order(lower.value, upper.value) {
                continue;
            }
            let (problem, is_of_settings) = reversed(&lower, &upper, pair.may_be_equal);
            let found = if is_of_settings { &mut *self.in_settings } else { &mut *self.in_file };
            found.push(problem);
        }
    }

    /// Whether anything may be set of single cells. Of what has been judged before only what is set is asked
    /// for.
    pub fn may_name_cells(&self) -> bool {
        !self.settings.is_again || self.settings.names_cells(self.instance)
    }

    /// What the scenario sets for one cell (`cell-03.capacity_ah`), if anything.
    pub fn cell(
        &mut self,
        cell: usize,
        key: &'static str,
        range: ParameterRange,
    ) -> Option<Amount> {
        let path = format!("cell-{:02}.{key}", cell + 1);
        let set = self.settings.take(self.instance, &path)?;
        self.check_setting(key, range, Map::of_key(key), &set);
        let path = format!("{}.{path}", self.instance);
        self.provenance.parameters.insert(path, overridden(&set));
        Some(Amount::new(key, set.value))
    }

    /// Complains of a number in a row of a table that is out of its range: which table, row and column.
    pub fn check_row(
        &mut self,
        (table, row, column): (&str, usize, &str),
        value: f64,
        range: ParameterRange,
    ) {
        if range.contains(value) {
            return;
        }
        let rows = self.document.root.get(table).and_then(|table| table.get("points"));
        let found = rows.and_then(|rows| rows.elements().get(row)?.get(column));
        let place = self.document.place(found.map_or(0..0, |value| value.span.clone()));
        self.in_file.push(out_of_range(place, column, value, range));
    }

    fn place_in_file(&self, section: &str, key: &str, what: &str) -> Place {
        match section {
            "" => self.document.place_of(&[key, what]),
            section => self.document.place_of(&[section, key, what]),
        }
    }

    fn check_entry(
        &mut self,
        section: &str,
        key: &str,
        range: ParameterRange,
        entry: &ParameterEntry,
    ) {
        let value = entry.value();
        if !range.contains(value) {
            let place = self.place_in_file(section, key, "value");
            self.in_file.push(out_of_range(place, key, value, range));
        } else if let ParameterEntry::Guess { range: [low, high], .. } = entry
            && !(low < high && (*low..=*high).contains(&value))
        {
            let place = self.place_in_file(section, key, "range");
            let message = format!("the guess {value} of `{key}` is not within [{low}, {high}]");
            let problem = Problem::at(place, Code::OutOfRange, message);
            self.in_file.push(problem.label("expected [low, high] around the value"));
        }
        if let Some(percent) = entry.tolerance_pct().filter(|p| !(0.0..100.0).contains(p)) {
            let place = self.place_in_file(section, key, "tolerance_pct");
            let message = format!("a tolerance of {percent} % is not possible");
            let problem = Problem::at(place, Code::OutOfRange, message);
            self.in_file.push(problem.label("expected 0 up to less than 100"));
        }
    }

    fn check_setting(&mut self, key: &str, range: ParameterRange, right: Map, setting: &Setting) {
        if !range.contains(setting.value) {
            let place = setting.value_place.clone();
            self.in_settings.push(out_of_range(place, key, setting.value, range));
        }
        if right != setting.map && !setting.by_system {
            let message = format!("`{key}` belongs into `{}`", right.name());
            let problem = Problem::at(setting.key_place.clone(), Code::WrongPlace, message)
                .label(format!("stands in `{}`", setting.map.name()))
                .help("`initial` is the state at the start of the run, `overrides` the devices");
            self.in_settings.push(problem);
        }
    }
}

/// A number with the place where it stands.
pub struct PlacedNumber {
    pub name: String,
    pub value: f64,
    pub place: Place,
    /// Whether it is set for this run.
    pub is_set: bool,
}

/// What is said of two levels that stand the wrong way round, at the one that is set for this run if any is;
/// whether it is.
pub fn reversed(lower: &PlacedNumber, upper: &PlacedNumber, may_be_equal: bool) -> (Problem, bool) {
    let than = if may_be_equal { "no more than" } else { "less than" };
    let message = format!(
        "`{}` must be {than} `{}`: here they are {} and {}",
        lower.name, upper.name, lower.value, upper.value
    );
    let (here, there) = if upper.is_set && !lower.is_set { (upper, lower) } else { (lower, upper) };
    let help = format!(
        "`{}` is {} in {}, line {}",
        there.name,
        there.value,
        there.place.file.path,
        there.place.line()
    );
    let problem = Problem::at(here.place.clone(), Code::ReversedLevels, message);
    (problem.label(format!("`{}` is {}", here.name, here.value)).help(help), here.is_set)
}

fn overridden(set: &Setting) -> Parameter {
    let file = set.value_place.file.path.clone();
    Parameter { value: set.value, source: Source::Override, tolerance: None, file }
}

fn out_of_range(place: Place, key: &str, value: f64, range: ParameterRange) -> Problem {
    let message = format!("`{key}` cannot be {value}");
    let expected = match value.abs() > PARAMETER as f64 {
        true => format!("no parameter is beyond {PARAMETER}"),
        false => format!("expected {}", range.expected()),
    };
    Problem::at(place, Code::OutOfRange, message).label(expected)
}
