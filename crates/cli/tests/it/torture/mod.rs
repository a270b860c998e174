//! Bad days: broken files, absurd parameters, misbehaving devices, and a bench that is killed.
//!
//! A sample runs with the other tests. `just torture` runs all of it, and writes `docs/torture.md`.

mod devices;
mod kills;
mod mutation;
pub mod ordeal;
mod parameters;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::mutation::{Dice, mutate};
use self::ordeal::{Ended, Ordeal};
use crate::project::{Project, command};

/// Whether all of it is asked for.
fn whole() -> bool {
    std::env::var_os("BLACKSTART_TORTURE").is_some_and(|value| value == "all")
}

/// The first few of many, or all of them.
fn sample<T>(mut many: Vec<T>, few: usize) -> Vec<T> {
    if !whole() && many.len() > few {
        let step = many.len() / few;
        let mut place = 0;
        many.retain(|_| {
            place += 1;
            place % step == 1 % step
        });
        many.truncate(few);
    }
    many
}

/// What came of many ordeals of one kind.
#[derive(Default)]
struct Tally {
    ends: BTreeMap<String, usize>,
    complaints: Vec<String>,
    peak_kib: u64,
    longest: Duration,
}

impl Tally {
    fn add(&mut self, what: &str, ended: &Ended) {
        self.count(ended.code.map_or("none".to_owned(), |code| code.to_string()));
        self.peak_kib = self.peak_kib.max(ended.peak_kib);
        self.longest = self.longest.max(ended.took);
        self.complaints.extend(ended.complaint().map(|why| format!("{what} {why}")));
    }

    fn count(&mut self, end: String) {
        *self.ends.entry(end).or_default() += 1;
    }

    /// Writes the row of this kind into the page, if all of it was asked for; then complains.
    fn conclude(self, kind: &str) {
        let all: usize = self.ends.values().sum();
        let ends: Vec<String> =
            self.ends.iter().map(|(end, count)| format!("{count} × {end}")).collect();
        let row = format!(
            "| {kind} | {all} | {} | {} | {} MiB | {:.1} s |",
            ends.join(", "),
            self.complaints.len(),
            self.peak_kib >> 10,
            self.longest.as_secs_f64()
        );
        println!("{row}");
        if whole() {
            write_row(kind, &row);
        }
        let shown: Vec<&str> = self.complaints.iter().take(20).map(String::as_str).collect();
        assert!(shown.is_empty(), "{} complaints:\n{}", self.complaints.len(), shown.join("\n"));
    }
}

fn write_row(kind: &str, row: &str) {
    let page = shipped("docs/torture.md");
    let text = fs::read_to_string(&page).unwrap();
    let is_its = |line: &&str| line.starts_with(&format!("| {kind} |"));
    let lines = text.lines().map(|line| if is_its(&line) { row } else { line });
    fs::write(page, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
}

fn shipped(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(below)
}

/// Files whose mutants are read, and what reads them.
const VICTIMS: [(&str, &[&str]); 8] = [
    ("scenarios/a.json", &["check", "scenarios"]),
    ("scenarios/a.json", &["run", "--no-plots", "--longest-wall", "20"]),
    ("fixtures/systems/sessy-phoenix-48-1200.json", &["check"]),
    ("fixtures/devices/sessy-5-4-kwh.json", &["run", "--no-plots", "--longest-wall", "20"]),
    ("fixtures/devices/phoenix-48-1200.json", &["check"]),
    ("fixtures/profiles/kitchen-hour.csv", &["check"]),
    (
        "bench-rigs/can-bms.json",
        &["run", "--no-plots", "--rig", "bench-rigs/can-bms.json", "--longest-wall", "20"],
    ),
    (
        "fixtures/dbc/can-bms.dbc",
        &["run", "--no-plots", "--rig", "bench-rigs/can-bms.json", "--longest-wall", "20"],
    ),
];

#[test]
fn mutated_files_are_refused_or_run_and_nothing_else() {
    let project = Project::new();
    project
        .write("fixtures/dbc/can-bms.dbc", fs::read(shipped("fixtures/dbc/can-bms.dbc")).unwrap());
    let profile =
        fs::read(shipped("scenarios/sessy/kitchen-hour-is-carried-within-the-port.json")).unwrap();
    project.write("scenarios/b.json", profile);
    let mut tally = Tally::default();
    for number in sample((0..5_000_u64).collect(), 24) {
        let mut dice = Dice::new(number);
        let (victim, arguments) = dice.one_of(&VICTIMS);
        project.quiet_scenario("a", -0.001);
        let before = fs::read(project.path(victim)).unwrap();
        project.write(victim, mutate(&before, &mut dice));
        let ended = Ordeal::begin(command(project.root(), arguments)).end(Duration::from_secs(120));
        tally.add(&format!("mutant {number} of {victim}"), &ended);
        project.write(victim, before);
    }
    tally.conclude("mutated files");
}

#[test]
fn the_same_number_makes_the_same_mutant() {
    let mutant =
        |number| mutate(b"{\"schema\": 1, \"kind\": \"scenario\"}", &mut Dice::new(number));
    assert_eq!(mutant(7), mutant(7));
    let different = (0..100).map(mutant).collect::<std::collections::BTreeSet<_>>();
    assert!(different.len() > 80, "{}", different.len());
}
