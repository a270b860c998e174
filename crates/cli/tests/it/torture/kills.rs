//! Signals of every kind, to a bench in every state.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::devices::{RUN, project_with};
use super::ordeal::{Ended, Ordeal};
use super::{Tally, sample};
use crate::project::{Project, command};

const PATIENCE: Duration = Duration::from_secs(60);

/// What the bench is doing when the signal comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Solving, in a run of years with a load that switches each second.
    Solving,
    /// Waiting for a device that was decent and is silent.
    Silent,
    /// The same before the greeting.
    Greeting,
    /// Waiting for one that spins, and heeds no signal.
    Deaf,
    /// With descendants of a device in sessions of their own.
    Descendants,
    /// One scenario after the other, each of them short.
    ManyRuns,
}

const STATES: [State; 6] = [
    State::Solving,
    State::Silent,
    State::Greeting,
    State::Deaf,
    State::Descendants,
    State::ManyRuns,
];
const SIGNALS: [&[&str]; 5] = [&["TERM"], &["HUP"], &["INT", "INT"], &["KILL"], &["INT"]];

impl State {
    fn project(self) -> Project {
        match self {
            Self::Silent => project_with("silent-after-a-while", 3_000),
            Self::Greeting => project_with("silent-from-the-start", 3_000),
            Self::Deaf => project_with("ignores-signals-and-hangs", 3_000),
            Self::Descendants => project_with("leaves-many", 3_000),
            Self::Solving => {
                let project = Project::new();
                let busy = r#", "overrides": {"load-1.duty_period_s": 1, "load-1.duty_share_pct": 50}, "initial": {"inverter-1.switched_on": 1, "sessy-1.paired": 1}"#;
                project.scenario_with("a", -1000.0, busy);
                let text = project.read("scenarios/a.json");
                project.write(
                    "scenarios/a.json",
                    text.replace("\"duration_s\": 0.1", "\"duration_s\": 3e8"),
                );
                project
            }
            Self::ManyRuns => {
                let project = Project::new();
                (0..300).for_each(|k| project.quiet_scenario(&format!("{k:03}"), -0.001));
                project
            }
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        if matches!(self, Self::Solving | Self::ManyRuns) { &["run", "--no-plots"] } else { &RUN }
    }

    /// Whether the bench has got there.
    fn is_there(self, ordeal: &Ordeal, project: &Project) -> bool {
        match self {
            Self::Solving => project.path("reports/a/trace.arrows.part").exists(),
            Self::ManyRuns => project.path("reports/002/verdict.json").exists(),
            Self::Descendants => ordeal.processes("misfit") > 10,
            _ => ordeal.processes("misfit") > 0,
        }
    }
}

/// Sends the signals to a bench in a state.
fn kill(state: State, signals: &[&str]) -> (Project, Ended) {
    let project = state.project();
    let mut ordeal = Ordeal::begin(command(project.root(), state.arguments()));
    let got_there = ordeal.until(PATIENCE, |ordeal| state.is_there(ordeal, &project));
    assert!(got_there, "{state:?}: {}", ordeal.end(Duration::ZERO).said);
    for signal in signals {
        ordeal.signal(signal);
        // Two of one kind at once would be one.
        ordeal.until(Duration::from_millis(100), |_| false);
    }
    (project, ordeal.end(PATIENCE))
}

/// Runs that the index tells of and that have no whole verdict of the same digest.
fn untrue(project: &Project) -> Vec<String> {
    let Ok(text) = fs::read_to_string(project.path("reports/index.json")) else {
        return Vec::new();
    };
    let index: Value = serde_json::from_str(&text).expect("a whole index");
    let runs = index["runs"].as_array().expect("its runs");
    let is_untrue = |run: &&Value| {
        let file = project.root().join(run["folder"].as_str().unwrap()).join("verdict.json");
        let verdict = fs::read_to_string(file).unwrap_or_default();
        let verdict: Value = serde_json::from_str(&verdict).unwrap_or_default();
        verdict["trace_digest"].is_null() || verdict["trace_digest"] != run["trace_digest"]
    };
    runs.iter().filter(is_untrue).map(|run| run["scenario"].to_string()).collect()
}

#[test]
fn whatever_the_signal_and_the_state_nothing_stays_and_nothing_is_claimed() {
    let cases: Vec<(State, &[&str])> =
        STATES.iter().flat_map(|&state| SIGNALS.map(|signals| (state, signals))).collect();
    let mut tally = Tally::default();
    for (state, signals) in sample(cases, 6) {
        // A single SIGINT is heeded between two barriers: a device that never answers is waited for.
        if signals == ["INT"] && !matches!(state, State::Solving | State::ManyRuns) {
            continue;
        }
        let (project, ended) = kill(state, signals);
        let case = format!("{state:?} {signals:?}");
        tally.count(format!(
            "{:?}",
            ended.code.map_or("killed".to_owned(), |code| code.to_string())
        ));
        tally.longest = tally.longest.max(ended.took);
        tally.peak_kib = tally.peak_kib.max(ended.peak_kib);
        let expected = if signals == ["KILL"] { (None, Some(9)) } else { (Some(130), None) };
        if (ended.code, ended.signal) != expected {
            tally
                .complaints
                .push(format!("{case}: {:?} {:?} {}", ended.code, ended.signal, ended.said));
        }
        tally.complaints.extend(ended.left_behind().map(|why| format!("{case} {why}")));
        let untrue = untrue(&project);
        if !untrue.is_empty() {
            tally.complaints.push(format!("{case}: the index claims {untrue:?}"));
        }
    }
    tally.conclude("killed benches");
}

#[test]
fn a_bench_that_is_killed_outright_takes_what_its_device_left_along() {
    let (_, ended) = kill(State::Descendants, &["KILL"]);
    assert_eq!(ended.signal, Some(9));
    assert_eq!(ended.left_behind(), None);
}

#[test]
fn an_index_of_an_earlier_command_does_not_outlive_the_runs_that_it_tells_of() {
    let project = State::ManyRuns.project();
    let first = Ordeal::begin(command(project.root(), &["run", "--no-plots"])).end(PATIENCE * 3);
    assert_eq!(first.code, Some(0), "{}", first.said);
    let mut ordeal = Ordeal::begin(command(project.root(), &["run", "--no-plots", "--seed", "9"]));
    // A moment after its first scenario, in which the old verdicts are being replaced.
    ordeal.until(PATIENCE, |_| !project.path("reports/index.json").exists());
    ordeal.signal("KILL");
    assert_eq!(ordeal.end(PATIENCE).signal, Some(9));
    assert_eq!(untrue(&project), Vec::<String>::new());
}
