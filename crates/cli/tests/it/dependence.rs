//! A covered number must matter: with another value in one device alone, a check of a scenario that covers
//! its fact sees something else.
//!
//! `deciding.json` beside this file names for each number of a device file that rests on a fact the scenario,
//! the device, the value and the check that show it; the test runs each of them. A number that nothing shows
//! stands there as undecided. With `BLACKSTART_WRITE_GUIDE` set, what no longer shows it is looked for anew,
//! among all scenarios that cover the fact, and the file is written; with `BLACKSTART_SEARCH_UNDECIDED`, the
//! undecided as well.
//!
//! Tables that rest on a fact are few and are tried here, each in one device file.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use blackstart_bench::Job;
use blackstart_mutate::Deciding;
use blackstart_scenario::{Library, Parameter, Resolved, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;

/// So many numbers are decided at least.
const FEWEST: usize = 220;
/// Of so many equal devices a number is tried, each alone.
const EQUAL_DEVICES: usize = 3;

/// A number of a device file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
struct Place {
    file: String,
    key: String,
}

/// What shows that a number decides something.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Shown {
    #[serde(flatten)]
    place: Place,
    fact: String,
    scenario: String,
    /// Of which device, by its path.
    amount: String,
    to: f64,
    check: String,
}

#[derive(Debug, PartialEq, Default, Deserialize, Serialize)]
struct List {
    decided: Vec<Shown>,
    undecided: Vec<Place>,
}

impl List {
    fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/deciding.json")
    }

    fn read() -> Self {
        serde_json::from_str(&fs::read_to_string(Self::path()).unwrap()).unwrap()
    }

    /// One number a line, so that differences can be read.
    fn write(&self) {
        let lines = |one: Vec<String>| one.join(",\n    ");
        let decided = self.decided.iter().map(|one| serde_json::to_string(one).unwrap());
        let undecided = self.undecided.iter().map(|one| serde_json::to_string(one).unwrap());
        let text = format!(
            "{{\n  \"decided\": [\n    {}\n  ],\n  \"undecided\": [\n    {}\n  ]\n}}\n",
            lines(decided.collect()),
            lines(undecided.collect())
        );
        fs::write(Self::path(), text).unwrap();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn job<'a>(scenario: &'a Resolved, root: &'a Path) -> Job<'a> {
    let (rig, seed, trace_file, session_file, bounds) = (None, None, None, None, None);
    Job { scenario, rig, root, seed, trace_file, session_file, bounds }
}

fn fact_of(parameter: &Parameter) -> Option<&str> {
    match &parameter.source {
        Source::Seed(fact) => Some(fact),
        _ => None,
    }
}

/// Every number that rests on a fact, with the fact, of the systems of all scenarios.
fn numbers(scenarios: &[Resolved]) -> BTreeMap<Place, String> {
    let mut numbers = BTreeMap::new();
    for (path, parameter) in scenarios.iter().flat_map(|one| &one.provenance.parameters) {
        let Some(fact) = fact_of(parameter) else { continue };
        numbers.insert(place_of(path, parameter), fact.to_owned());
    }
    numbers
}

fn place_of(path: &str, parameter: &Parameter) -> Place {
    let key = path.rsplit('.').next().unwrap_or(path).to_owned();
    Place { file: parameter.file.clone(), key }
}

/// Whether what is written down still shows it.
fn is_shown(shown: &Shown, scenario: &Resolved, deciding: &Deciding<'_>) -> bool {
    scenario.covers.contains(&shown.fact)
        && scenario.provenance.parameters.get(&shown.amount).is_some_and(|parameter| {
            fact_of(parameter) == Some(&shown.fact)
                && place_of(&shown.amount, parameter) == shown.place
        })
        && deciding.check(&shown.amount, shown.to).as_ref() == Some(&shown.check)
}

/// Looks for what shows it among the scenarios that cover a fact, the shortest first.
fn search(place: &Place, fact: &str, scenarios: &[Resolved], root: &Path) -> Option<Shown> {
    for scenario in scenarios.iter().filter(|one| one.covers.iter().any(|id| id == fact)) {
        let parameters = scenario.provenance.parameters.iter();
        let of_place = parameters.filter(|(path, parameter)| {
            place_of(path, parameter) == *place && fact_of(parameter) == Some(fact)
        });
        let of_place: Vec<_> = of_place.take(EQUAL_DEVICES).collect();
        if of_place.is_empty() {
            continue;
        }
        let deciding = Deciding::new(job(scenario, root)).unwrap();
        for (path, parameter) in of_place {
            if let Some((to, check)) = deciding.decides(path, parameter) {
                let (place, fact) = (place.clone(), fact.to_owned());
                let (scenario, amount) = (scenario.name.clone(), path.clone());
                return Some(Shown { place, fact, scenario, amount, to, check });
            }
        }
    }
    None
}

/// Every shipped scenario, the shortest first.
fn shipped(library: &Library) -> Vec<Resolved> {
    let paths = library.scenarios(&[root().join("scenarios")]).unwrap();
    let mut scenarios: Vec<Resolved> =
        paths.iter().map(|path| library.scenario(path).unwrap()).collect();
    scenarios.sort_by_key(|scenario| scenario.duration);
    scenarios
}

#[test]
fn a_number_that_a_document_gives_decides_a_check_in_one_device_alone() {
    let root = root();
    let scenarios = shipped(&Library::open(&root).unwrap());
    let numbers = numbers(&scenarios);
    let list = List::read();
    let mut lost: BTreeSet<Place> = BTreeSet::new();
    let mut kept: Vec<Shown> = Vec::new();
    for scenario in &scenarios {
        let of_it = || list.decided.iter().filter(|shown| shown.scenario == scenario.name);
        if of_it().next().is_none() {
            continue;
        }
        let deciding = Deciding::new(job(scenario, &root)).unwrap();
        for shown in of_it() {
            match is_shown(shown, scenario, &deciding) {
                true => kept.push(shown.clone()),
                false => _ = lost.insert(shown.place.clone()),
            }
        }
    }
    let is_kept = |place: &Place| kept.iter().any(|shown| shown.place == *place);
    let is_undecided = |place: &&Place| list.undecided.contains(place);
    lost.extend(list.decided.iter().map(|one| one.place.clone()).filter(|one| !is_kept(one)));
    lost.extend(numbers.keys().filter(|one| !is_kept(one) && !is_undecided(one)).cloned());
    let gone = list.undecided.iter().filter(|one| !numbers.contains_key(one)).cloned();
    lost.extend(gone);
    let is_written = env::var_os("BLACKSTART_WRITE_GUIDE").is_some();
    let is_searched = env::var_os("BLACKSTART_SEARCH_UNDECIDED").is_some();
    if is_written || is_searched {
        let is_wanted =
            |place: &Place| !is_kept(place) && (is_searched || !list.undecided.contains(place));
        let wanted = numbers.iter().filter(|(place, _)| is_wanted(place));
        let found: Vec<Shown> =
            wanted.filter_map(|(place, fact)| search(place, fact, &scenarios, &root)).collect();
        kept.extend(found);
        kept.sort_by(|a, b| a.place.cmp(&b.place));
        let is_found = |place: &&Place| kept.iter().any(|shown| shown.place == **place);
        let undecided = numbers.keys().filter(|place| !is_found(place)).cloned().collect();
        List { decided: kept.clone(), undecided }.write();
    } else {
        assert!(lost.is_empty(), "nothing shows any more, or the list does not know: {lost:?}");
    }
    assert!(kept.len() >= FEWEST, "{} of {} numbers decide", kept.len(), numbers.len());
}

#[test]
fn what_shows_nothing_is_not_taken_for_it() {
    let root = root();
    let library = Library::open(&root).unwrap();
    let list = List::read();
    let shown = &list.decided[0];
    let path = root.join(format!("scenarios/{}.json", shown.scenario));
    let scenario = library.scenario(&path).unwrap();
    let deciding = Deciding::new(job(&scenario, &root)).unwrap();
    assert!(is_shown(shown, &scenario, &deciding));
    let is = scenario.provenance.parameters[&shown.amount].value;
    assert_eq!(deciding.check(&shown.amount, is), None, "the value that it has");
    let same = Shown { to: is, ..shown.clone() };
    assert!(!is_shown(&same, &scenario, &deciding));
    let other = Shown { check: "another-check".to_owned(), ..shown.clone() };
    assert!(!is_shown(&other, &scenario, &deciding));
    let mut uncovered = scenario.clone();
    uncovered.covers.clear();
    assert!(!is_shown(shown, &uncovered, &deciding), "its fact is not covered");
}

/// A table that rests on a fact: which, in which file, and where.
type Table = (String, PathBuf, String);

/// A copy of the project in which tables can be changed.
struct Copy {
    folder: TempDir,
    /// Every device file with its text.
    devices: BTreeMap<PathBuf, Value>,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["fixtures/systems", "fixtures/profiles", "fixtures/devices", "scenarios"] {
            copy(&root().join(name), &folder.path().join(name));
        }
        let facts = "fixtures/facts.json";
        fs::copy(root().join(facts), folder.path().join(facts)).unwrap();
        let mut devices = BTreeMap::new();
        for entry in fs::read_dir(root().join("fixtures/devices")).unwrap() {
            let path = entry.unwrap().path();
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            devices.insert(Path::new("fixtures/devices").join(path.file_name().unwrap()), value);
        }
        Self { folder, devices }
    }

    fn tables(&self) -> Vec<Table> {
        let mut tables = Vec::new();
        for (path, device) in &self.devices {
            rests_on_facts(device, "", &mut |fact, place| {
                tables.push((fact.to_owned(), path.clone(), place.to_owned()));
            });
        }
        tables
    }

    fn table(&self, (_, file, place): &Table) -> &Value {
        self.devices[file].pointer(place).unwrap()
    }

    /// Whether a check of a scenario sees something else with another table in one file.
    fn decides(&self, table: &Table, covering: &[&Resolved]) -> bool {
        let others = others(self.table(table));
        others.into_iter().any(|other| self.is_noticed(table, other, covering))
    }

    /// Whether a check of a scenario sees something else with this table in one file.
    fn is_noticed(&self, (_, file, place): &Table, other: Value, covering: &[&Resolved]) -> bool {
        let (root, written) = (self.folder.path(), &self.devices[file]);
        let path = root.join(file);
        let mut changed = written.clone();
        *changed.pointer_mut(place).unwrap() = other;
        fs::write(&path, changed.to_string()).unwrap();
        let library = Library::open(root).unwrap();
        let is_noticed = covering.iter().any(|scenario| {
            let file = root.join(format!("scenarios/{}.json", scenario.name));
            // That the format refuses it shows nothing.
            library.scenario(&file).is_ok_and(|varied| {
                let deciding = Deciding::new(job(scenario, root)).unwrap();
                deciding.check_with(&varied).is_some()
            })
        });
        fs::write(&path, written.to_string()).unwrap();
        is_noticed
    }
}

/// Finds the tables of a device file that say `"source": "seed"`.
fn rests_on_facts(value: &Value, place: &str, found: &mut dyn FnMut(&str, &str)) {
    let Some(object) = value.as_object() else { return };
    match (&object.get("source"), &object.get("fact")) {
        (Some(source), Some(fact)) if *source == "seed" => {
            if object.contains_key("points") {
                found(fact.as_str().unwrap(), place);
            }
        }
        _ => object
            .iter()
            .for_each(|(key, inner)| rests_on_facts(inner, &format!("{place}/{key}"), found)),
    }
}

/// What is tried instead of a table: of a curve, twice and half of each coordinate; of codes, each condition
/// with the code of the next; of lamps, every mistake.
fn others(table: &Value) -> Vec<Value> {
    let points = table["points"].as_array().unwrap();
    if points.iter().all(|point| point["code"].is_string()) {
        return vec![codes_moved_on(table)];
    }
    if has_lamps(table) {
        return lamps_mistaken(table);
    }
    let keys = points.first().and_then(Value::as_object).into_iter().flatten();
    let numbers = keys.filter(|(_, coordinate)| coordinate.is_number());
    let scaled = numbers.flat_map(|(key, _)| [2.0, 0.5].map(|factor| (key, factor)));
    let other = |(key, factor): (&String, f64)| {
        let mut other = table.clone();
        for point in other["points"].as_array_mut().unwrap() {
            point[key] = json!(factor * point[key].as_f64().unwrap());
        }
        other
    };
    scaled.map(other).collect()
}

/// The same names at other conditions: a scenario that asks for one still resolves.
fn codes_moved_on(table: &Value) -> Value {
    let mut moved = table.clone();
    let points = moved["points"].as_array_mut().unwrap();
    let codes: Vec<Value> = points.iter().map(|point| point["code"].clone()).collect();
    for (point, code) in points.iter_mut().zip(codes.iter().cycle().skip(1)) {
        point["code"] = code.clone();
    }
    moved
}

fn has_lamps(table: &Value) -> bool {
    table["points"].as_array().unwrap().iter().all(|point| point["lamp"].is_string())
}

/// Any two rows with each other's condition, and each with the other light.
fn lamps_mistaken(table: &Value) -> Vec<Value> {
    let points = table["points"].as_array().unwrap();
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut other = table.clone();
        change(other["points"].as_array_mut().unwrap());
        other
    };
    let places = || 0..points.len();
    let pairs = places().flat_map(|one| (0..one).map(move |two| (one, two)));
    let exchanged = pairs.map(|(one, two)| {
        with(&|rows| {
            rows[one]["when"] = points[two]["when"].clone();
            rows[two]["when"] = points[one]["when"].clone();
        })
    });
    let light = |place: usize| if points[place]["shows"] == "on" { "blinking" } else { "on" };
    let lit = places().map(|place| with(&|rows| rows[place]["shows"] = json!(light(place))));
    exchanged.chain(lit).collect()
}

/// Scenarios that cover a table's fact and have its device.
fn covering<'s>(scenarios: &'s [Resolved], (fact, file, _): &Table) -> Vec<&'s Resolved> {
    let reads = |one: &Resolved| one.files.iter().any(|read| Path::new(&read.path) == file);
    scenarios.iter().filter(|one| one.covers.contains(fact) && reads(one)).collect()
}

#[test]
fn a_lamp_with_the_condition_or_the_light_of_another_is_noticed() {
    let project = Copy::new();
    let scenarios = shipped(&Library::open(&root()).unwrap());
    let mut tables = project.tables();
    tables.retain(|table| has_lamps(project.table(table)));
    assert!(tables.len() >= 4, "{tables:?}");
    let missed = tables.iter().flat_map(|table| {
        let covering = covering(&scenarios, table);
        let mut mistaken = lamps_mistaken(project.table(table));
        mistaken.retain(|other| !project.is_noticed(table, other.clone(), &covering));
        mistaken.into_iter().map(|other| format!("{:?}: {other}", table.1)).collect::<Vec<_>>()
    });
    let missed: Vec<String> = missed.collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_table_of_a_document_decides_a_check_in_one_device_file_alone() {
    let project = Copy::new();
    let scenarios = shipped(&Library::open(&root()).unwrap());
    let tables = project.tables();
    assert!(tables.len() >= 4, "{tables:?}");
    let idle = tables.iter().filter(|table| !project.decides(table, &covering(&scenarios, table)));
    let idle: Vec<&Table> = idle.collect();
    assert!(idle.is_empty(), "no check of a scenario that covers its fact depends on {idle:?}");
}
