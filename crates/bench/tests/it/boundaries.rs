//! The smallest and the largest that a scenario may be.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// A project with the shipped fixtures and one scenario.
struct Project {
    folder: TempDir,
    scenario: PathBuf,
}

impl Project {
    fn new(body: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["fixtures/devices", "fixtures/systems", "fixtures/profiles"] {
            copy(&root().join(part), &folder.path().join(part));
        }
        let scenario = folder.path().join("scenarios/edge.json");
        fs::create_dir(folder.path().join("scenarios")).unwrap();
        let text = format!(
            r#"{{"schema":1,"kind":"scenario","title":"edge","covers":[],"system":"sessy-phoenix-48-1200",{body}}}"#
        );
        fs::write(&scenario, text).unwrap();
        Self { folder, scenario }
    }

    fn run(&self) -> Run {
        let root = self.folder.path();
        let library = Library::open(root).unwrap();
        let resolved = library.scenario(&self.scenario).map_err(|error| format!("{error:?}"));
        let resolved = resolved.unwrap();
        run(&job(&resolved, None, root), &mut |_| ControlFlow::Continue(())).unwrap()
    }
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

fn outcome(run: &Run) -> &'static str {
    run.verdict.judged.outcome.name()
}

const ALWAYS: &str = r#""checks":[{"kind":"no-trip","id":"none","protection":"scd"}]"#;

#[test]
fn a_scenario_of_zero_length_is_judged_at_its_first_instant() {
    let run = Project::new(&format!(r#""duration_s":0,{ALWAYS}"#)).run();
    assert_eq!(outcome(&run), "pass");
    assert_eq!(run.trace.end(), blackstart_units::SimTime::ZERO);
    assert!(
        run.trace.series_named("sessy-1.pack_voltage_v").unwrap().held_at(run.trace.end())
            > Some(50.0)
    );
}

#[test]
fn a_year_of_standing_empties_the_pack_and_says_so() {
    let run = Project::new(&format!(r#""duration_s":31536000,{ALWAYS}"#)).run();
    assert_eq!(outcome(&run), "pass");
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    assert_eq!(judged["deep_discharge"][0]["level"], "damaged");
    assert_eq!(judged["energy"]["closed"], true);
}

#[test]
fn ten_thousand_events_each_leave_their_mark() {
    let events: Vec<String> = (0..10_000)
        .map(|k| {
            let (at, power) = (20.0 + 0.01 * f64::from(k), 100 + k % 7 * 50);
            format!(r#"{{"do":"set-load","at_s":{at},"target":"load-1","power_w":{power}}}"#)
        })
        .collect();
    let events = events.join(",");
    let body = format!(
        r#""duration_s":125,"events":[{{"do":"start-pairing","at_s":1,"target":"bms"}},{{"do":"switch-on","at_s":10,"target":"inverter-1"}},{events}],{ALWAYS}"#
    );
    let run = Project::new(&body).run();
    assert_eq!(outcome(&run), "pass");
    let is_stimulus = |event: &&blackstart_trace::Event| {
        matches!(event.kind, blackstart_trace::EventKind::Stimulus { .. })
    };
    assert_eq!(run.trace.events().iter().filter(is_stimulus).count(), 10_002);
}

#[test]
fn a_pack_of_one_cell_and_of_500_runs_from_its_open_circuit_voltage() {
    for count in [1, 500] {
        // 500 cells are 1.65 kV: the shipped switch would avalanche, and no inverter fits either pack.
        let body = format!(
            r#""duration_s":30,"overrides":{{"sessy-1.cells.cell_count":{count},"sessy-1.main.clamp_voltage_v":3000,"inverter-1.high_voltage_v":3000,"inverter-1.start_voltage_v":2,"inverter-1.shutdown_voltage_v":1}},{ALWAYS}"#
        );
        let run = Project::new(&body).run();
        assert_eq!(outcome(&run), "pass", "{count} cells");
        let voltage =
            run.trace.series_named("sessy-1.pack_voltage_v").unwrap().held_at(run.trace.end());
        let per_cell = voltage.unwrap() / f64::from(count);
        assert!((3.2..3.45).contains(&per_cell), "{count} cells: {per_cell} V each");
    }
}
