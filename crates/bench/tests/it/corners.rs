//! Corners are run from a clone in the middle of a run; a whole run with the same value must agree.

use blackstart_scenario::Source;
use blackstart_verdict::Holds;

use super::*;

/// Trips of the inrush scenario with one parameter at another value, run from its beginning.
fn whole_run(parameter: &str, value: f64) -> Vec<(String, String)> {
    let varied = scenario(INRUSH).with_amounts(&[(parameter, value)]).unwrap();
    trips(&run(&job(&varied, None, &root()), &mut |_| ControlFlow::Continue(())).unwrap())
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
    let [lists] = &nominal.verdict.basis.corners[..] else { panic!("one battery") };
    for path in &lists.tried {
        let Source::Guess { range, .. } = &resolved.provenance.parameters[path].source else {
            continue;
        };
        for value in [range.0, range.1] {
            let tripped = whole_run(path, value).iter().any(|trip| trip.0 == "scd");
            assert_eq!(tripped, !decides(path, value), "{path} = {value}");
            compared += 1;
        }
    }
    assert!(compared >= 40, "{compared}");
}

/// A comparator that is a part is tried as one of a front end is: of a trip and of one that nearly was, in
/// either direction of the current.
#[test]
fn corners_of_comparators_that_are_parts_agree_with_whole_runs() {
    const OVERLOAD: &str =
        "scenarios/packs/overload-that-is-removed-lets-the-pack-close-again.json";
    const CHARGED: &str = "scenarios/packs/charger-of-200-a-is-cut-off-until-it-is-gone.json";
    for (path, tripped, beside) in [(OVERLOAD, "ocd", "scd"), (CHARGED, "occ", "scd")] {
        let nominal = go(path, None).unwrap();
        let judged = serde_json::to_value(&nominal.verdict.judged).unwrap();
        let holds = |list: &str, protection: &str| {
            let all = judged[list].as_array().unwrap();
            let of = all.iter().find(|one| one["protection"] == protection).unwrap();
            of["holds"].clone()
        };
        let [lists] = &nominal.verdict.basis.corners[..] else { panic!("one pack") };
        assert_eq!(lists.subject, "pack-1");
        let resolved = scenario(path);
        let own = |key: &String| key.starts_with(&format!("pack-1.{tripped}."));
        let mut compared = 0;
        for key in lists.tried.iter().filter(|key| own(key) || *key == "pack-1.scd.threshold_a") {
            let Source::Guess { range, .. } = &resolved.provenance.parameters[key].source else {
                continue;
            };
            // The controller is not asked again: what takes longer than its own limit is its.
            for value in [range.0, range.1].into_iter().filter(|value| *value < 500e3) {
                let varied = resolved.with_amounts(&[(key, value)]).unwrap();
                let root = root();
                let whole = job(&varied, None, &root);
                let run = run(&whole, &mut |_| ControlFlow::Continue(())).unwrap();
                let (protection, list) =
                    if own(key) { (tripped, "trips") } else { (beside, "approaches") };
                let is_tripped = trips(&run).iter().any(|trip| trip.0 == protection);
                let fails = holds(list, protection).to_string();
                let says = fails.contains(&format!(r#""parameter":"{key}","value":{value:?}"#));
                assert_eq!(
                    says,
                    is_tripped != (list == "trips"),
                    "{protection} with {key} = {value}: {fails}"
                );
                compared += 1;
            }
        }
        assert!(compared >= 4, "{compared} of {:?}", lists.tried);
    }
}

#[test]
fn a_dead_short_trips_with_every_specimen() {
    let run = go(SHORT, None).unwrap();
    let Some(Holds::AllTried { whole_run, shapes }) = &run.verdict.judged.trips[0].holds else {
        panic!("{:?}", run.verdict.judged.trips[0].holds);
    };
    let lists = &run.verdict.basis.corners[0];
    assert_eq!(*whole_run, lists.whole_run.len() as u64);
    assert_eq!(shapes[..], ["inverter-1.switched_capacitance_pct", "sessy-1.cells.cell_count"]);
}

/// Every guess and tolerance is in exactly one of the lists, and in the right one.
#[test]
fn nothing_that_may_vary_is_left_out() {
    let run = go(INRUSH, None).unwrap();
    let lists = &run.verdict.basis.corners[0];
    let all = [&lists.tried, &lists.whole_run, &lists.no_effect, &lists.dead];
    let resolved = scenario(INRUSH);
    for (path, parameter) in &resolved.provenance.parameters {
        let varies =
            matches!(parameter.source, Source::Guess { .. }) || parameter.tolerance.is_some();
        let listed = all.iter().filter(|list| list.contains(path)).count();
        assert_eq!(listed, usize::from(varies), "{path}");
    }
    let guessed = resolved.provenance.tables.iter();
    let guessed: Vec<&String> = guessed
        .filter(|(_, source)| matches!(source, Source::Guess { .. }))
        .map(|(path, _)| path)
        .collect();
    assert!(!guessed.is_empty(), "the fuse's curve is a guess");
    for path in guessed {
        assert!(lists.whole_run.contains(path), "{path}");
    }
    let is_in = |list: &Vec<String>, path: &str| list.iter().any(|one| one == path);
    for path in [
        "inverter-1.rated_load_efficiency_pct",
        "inverter-1.input_esr_mohm",
        "sessy-1.scd.threshold_a",
        "sessy-1.ocd.delay_us",
        "sessy-1.shunt.sense_filter_us",
        "sessy-1.electronics.asleep_w",
    ] {
        assert!(is_in(&lists.tried, path), "{path} is tried");
    }
    for path in [
        "inverter-1.shutdown_delay_ms",
        "inverter-1.switched_capacitance_pct",
        "load-1.power_factor",
        "sessy-1.sensing.current_noise_ma",
        "sessy-1.cells.soc_pct",
    ] {
        assert!(is_in(&lists.whole_run, path), "{path} needs a whole run");
    }
}
