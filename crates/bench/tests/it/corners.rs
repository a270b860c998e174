//! Corners are run from a clone in the middle of a run; a whole run with the same value must agree.

use blackstart_scenario::Source;
use blackstart_verdict::Holds;

use super::*;

/// Trips of the inrush scenario with one parameter at another value, run from its beginning.
fn whole_run(parameter: &str, value: f64) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    for part in ["fixtures/devices", "fixtures/systems", "fixtures/profiles"] {
        boundaries::copy(&root().join(part), &folder.path().join(part));
    }
    let text = std::fs::read_to_string(root().join(INRUSH)).unwrap();
    let overrides = format!("\"overrides\": {{\"{parameter}\": {value}}},\n  \"events\"");
    let varied = text.replacen("\"events\"", &overrides, 1);
    assert_ne!(varied, text);
    let path = folder.path().join("scenarios/case.json");
    std::fs::create_dir(folder.path().join("scenarios")).unwrap();
    std::fs::write(&path, varied).unwrap();
    let scenario = Library::open(folder.path()).unwrap().scenario(&path).unwrap();
    let job = job(&scenario, None, folder.path());
    trips(&run(&job, &mut |_| ControlFlow::Continue(())).unwrap())
}

#[test]
fn single_corners_agree_with_whole_runs() {
    let nominal = go(INRUSH, None).unwrap();
    let Some(Holds::FailsAt { corners }) = &nominal.verdict.judged.trips[0].holds else {
        panic!("a guess decides the inrush: {:?}", nominal.verdict.judged.trips[0].holds);
    };
    let decides = |path: &str, value: f64| {
        corners.iter().any(|one| one.parameter == path && one.value.get() == value)
    };
    let resolved = scenario(INRUSH);
    let mut compared = 0;
    for (path, parameter) in &resolved.provenance.parameters {
        let Source::Guess { range, .. } = &parameter.source else { continue };
        if !resolved.system.clone().vary(path, parameter.value, range.0) {
            continue;
        }
        for value in [range.0, range.1] {
            let tripped = whole_run(path, value).iter().any(|trip| trip.0 == "scd");
            assert_eq!(tripped, !decides(path, value), "{path} = {value}");
            compared += 1;
        }
    }
    assert!(compared >= 16, "{compared}");
}

#[test]
fn a_dead_short_trips_with_every_specimen() {
    let run = go(SHORT, None).unwrap();
    assert_eq!(run.verdict.judged.trips[0].holds, Some(Holds::AllCorners));
}
