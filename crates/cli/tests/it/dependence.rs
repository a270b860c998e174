//! A covered fact must matter: change its number in the device files, and the verdict of a scenario
//! that covers it changes.
//!
//! For each behaviour and limit that backs a parameter of a device, the parameter is doubled, then
//! halved (a flag is turned, a code stands at another condition), in every device that takes it from
//! this fact, and the scenarios that cover the fact are run, the shortest first, until an outcome, a
//! check, a trip or a finding differs from the accepted verdict. That energies or a trace differ does
//! not count: any number does that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use blackstart_bench::Job;
use blackstart_scenario::{FactKind, Library, Resolved};
use blackstart_verdict::{Accepted, Judged};
use serde_json::{Value, json};
use tempfile::TempDir;

/// Numbers that tip nothing over, with the reason why that is right. The list only shrinks: an entry
/// that is no longer needed fails the test.
const REVIEWED: &[(&str, &str, &str)] = &[(
    "SESSY-10",
    "/demand/power_w",
    "what the load takes before an event says otherwise; the scenarios set the 500 W themselves",
)];

/// A parameter or table that rests on a fact: the fact, and where it stands in a device file.
type Claim = (String, String);

/// A copy of the project in which numbers can be changed.
struct Copy {
    folder: TempDir,
    /// Every device file with its text.
    devices: BTreeMap<PathBuf, Value>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixtures = folder.path().join("fixtures");
        copy(&root().join("fixtures/systems"), &fixtures.join("systems"));
        copy(&root().join("fixtures/profiles"), &fixtures.join("profiles"));
        copy(&root().join("scenarios"), &folder.path().join("scenarios"));
        fs::copy(root().join("fixtures/facts.json"), fixtures.join("facts.json")).unwrap();
        fs::create_dir(fixtures.join("devices")).unwrap();
        let mut devices = BTreeMap::new();
        for entry in fs::read_dir(root().join("fixtures/devices")).unwrap() {
            let name = entry.unwrap().file_name();
            let text = fs::read(root().join("fixtures/devices").join(&name)).unwrap();
            let value = serde_json::from_slice(&text).unwrap();
            fs::write(fixtures.join("devices").join(&name), text).unwrap();
            devices.insert(Path::new("fixtures/devices").join(name), value);
        }
        Self { folder, devices }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Every parameter that rests on a fact, with the devices that have it.
    fn claims(&self) -> BTreeMap<Claim, BTreeSet<PathBuf>> {
        let mut claims: BTreeMap<Claim, BTreeSet<PathBuf>> = BTreeMap::new();
        for (path, device) in &self.devices {
            let mut found = Vec::new();
            rests_on_facts(device, "", &mut found);
            for claim in found {
                claims.entry(claim).or_default().insert(path.clone());
            }
        }
        claims
    }

    /// Whether some scenario's verdict depends on a claim.
    fn depends(&self, place: &str, devices: &BTreeSet<PathBuf>, covering: &[&Resolved]) -> bool {
        let others = |device| others(self.devices[device].pointer(place).unwrap());
        let fewest = devices.iter().map(|device| others(device).len()).min().unwrap_or(0);
        (0..fewest).any(|variant| {
            for device in devices {
                let mut changed = self.devices[device].clone();
                *changed.pointer_mut(place).unwrap() = others(device).swap_remove(variant);
                fs::write(self.path().join(device), changed.to_string()).unwrap();
            }
            let library = Library::open(self.path()).unwrap();
            let differs = covering.iter().any(|one| self.differs(&library, one, place));
            for device in devices {
                fs::write(self.path().join(device), self.devices[device].to_string()).unwrap();
            }
            differs
        })
    }

    /// Whether a scenario's verdict is another than the accepted one. That the file format refuses a
    /// number shows nothing; that it refuses what the scenario sets because of it does.
    fn differs(&self, library: &Library, scenario: &Resolved, place: &str) -> bool {
        let path = self.path().join("scenarios").join(format!("{}.json", scenario.name));
        let changed = match library.scenario(&path) {
            Ok(changed) => changed,
            Err(problems) => {
                let key = place.rsplit('/').next().unwrap_or(place);
                return problems.iter().all(|problem| !problem.to_string().contains(key));
            }
        };
        let (rig, seed, trace_file) = (None, None, None);
        let (session_file, bounds, root) = (None, None, self.path());
        let job = Job { scenario: &changed, rig, root, seed, trace_file, session_file, bounds };
        let run = blackstart_bench::run(&job, &mut |_| ControlFlow::Continue(()));
        run.is_ok_and(|run| essence(&run.verdict.judged) != essence(&accepted(&scenario.name)))
    }
}

/// Finds the objects of a device file that say `"source": "seed"`.
fn rests_on_facts(value: &Value, place: &str, found: &mut Vec<Claim>) {
    let Some(object) = value.as_object() else { return };
    match (object.get("source"), object.get("fact")) {
        (Some(source), Some(fact)) if source == "seed" => {
            found.push((fact.as_str().unwrap().to_owned(), place.to_owned()));
        }
        _ => object
            .iter()
            .for_each(|(key, inner)| rests_on_facts(inner, &format!("{place}/{key}"), found)),
    }
}

/// What is tried instead of a parameter: twice and half its value, a little more and less for one whose
/// range ends before that, the other state of a flag; of a curve, twice and half of each coordinate; of
/// a table of codes, each condition with the code of the next.
fn others(entry: &Value) -> Vec<Value> {
    if let Some(points) = entry["points"].as_array() {
        if points.iter().all(|point| point["code"].is_string()) {
            return vec![codes_moved_on(entry)];
        }
        let keys = points.first().and_then(Value::as_object).into_iter().flatten();
        let numbers = keys.filter(|(_, coordinate)| coordinate.is_number());
        let scaled = numbers.flat_map(|(key, _)| [2.0, 0.5].map(|factor| (key, factor)));
        return scaled
            .map(|(key, factor)| {
                let mut other = entry.clone();
                for point in other["points"].as_array_mut().unwrap() {
                    point[key] = json!(factor * point[key].as_f64().unwrap());
                }
                other
            })
            .collect();
    }
    let value = entry["value"].as_f64().unwrap();
    let values = match value {
        0.0 => vec![1.0],
        // It may be a flag: then the others are refused.
        1.0 => vec![0.0, 2.0, 0.5],
        _ => [2.0, 0.5, 1.05, 0.95].map(|factor| factor * value).to_vec(),
    };
    let other = |value| {
        let mut other = entry.clone();
        other["value"] = json!(value);
        other
    };
    values.into_iter().map(other).collect()
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

/// Every shipped scenario, the shortest first.
fn shipped(library: &Library) -> Vec<Resolved> {
    let paths = library.scenarios(&[root().join("scenarios")]).unwrap();
    let mut scenarios: Vec<Resolved> =
        paths.iter().map(|path| library.scenario(path).unwrap()).collect();
    scenarios.sort_by_key(|scenario| scenario.duration);
    scenarios
}

fn accepted(scenario: &str) -> Judged {
    let path = root().join(format!("reports/accepted/built-in/{scenario}.json"));
    Accepted::from_json(&fs::read_to_string(path).unwrap()).unwrap().judged
}

/// What a person would act on: the outcome, which checks hold, what tripped, what was found.
fn essence(judged: &Judged) -> Value {
    let checks = judged.checks.iter().map(|check| json!([check.id, check.outcome]));
    let trips = judged.trips.iter().map(|trip| json!([trip.subject, trip.protection]));
    let findings = judged.findings.iter().map(|one| json!([one.rule, one.about]));
    json!([
        judged.outcome,
        checks.collect::<Vec<_>>(),
        trips.collect::<Vec<_>>(),
        findings.collect::<Vec<_>>(),
    ])
}

#[test]
fn every_covered_number_of_a_fact_decides_some_verdict_that_claims_to_check_it() {
    let project = Copy::new();
    let library = Library::open(&root()).unwrap();
    let facts = library.facts().unwrap();
    let scenarios = shipped(&library);
    let (mut idle, mut tried) = (BTreeSet::new(), 0);
    for ((fact, place), devices) in project.claims() {
        let covers = |scenario: &&Resolved| {
            scenario.covers.contains(&fact)
                && scenario.files.iter().any(|file| devices.contains(Path::new(&file.path)))
        };
        let covering: Vec<&Resolved> = scenarios.iter().filter(covers).collect();
        let kind = facts.get(&fact).map(|fact| fact.kind);
        let counts = matches!(kind, Some(FactKind::Behaviour | FactKind::Limit));
        if !counts || covering.is_empty() {
            continue;
        }
        tried += 1;
        if !project.depends(&place, &devices, &covering) {
            idle.insert((fact, place));
        }
    }
    assert!(tried >= 5, "only {tried} numbers were tried");
    let reviewed: BTreeSet<Claim> =
        REVIEWED.iter().map(|(fact, place, _)| ((*fact).to_owned(), (*place).to_owned())).collect();
    let new: Vec<_> = idle.difference(&reviewed).collect();
    assert!(new.is_empty(), "no covering verdict depends on {new:?}");
    let done: Vec<_> = reviewed.difference(&idle).collect();
    assert!(done.is_empty(), "take these out of the list: {done:?}");
}

#[test]
fn an_unchanged_number_changes_no_verdict() {
    let project = Copy::new();
    let library = Library::open(project.path()).unwrap();
    let mut differing = shipped(&Library::open(&root()).unwrap()).into_iter().take(5);
    assert_eq!(differing.find(|one| project.differs(&library, one, "")).map(|one| one.name), None);
}
