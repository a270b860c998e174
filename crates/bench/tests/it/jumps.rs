//! A level that a jump passes is passed: a staircase of loads over an inverter's shutdown level.

use blackstart_scenario::{Action, ScenarioEvent};
use blackstart_units::{SimTime, Watts};
use proptest::prelude::*;

use super::*;

const STEP: &str = "scenarios/sessy/load-step-over-the-shutdown-level-stops-the-inverter.json";

/// The scenario with other loads, a second apart from 60 s on.
fn staircase(powers: &[f64]) -> Run {
    let mut scenario = scenario(STEP);
    let is_load = |event: &ScenarioEvent| matches!(event.action, Action::SetLoad { .. });
    let step = scenario.events.iter().find(|event| is_load(event)).unwrap().clone();
    scenario.events.retain(|event| !is_load(event));
    for (k, &watts) in powers.iter().enumerate() {
        let mut event = step.clone();
        event.at = SimTime::from_whole_seconds(60 + k as u64);
        if let Action::SetLoad { power, .. } = &mut event.action {
            *power = Watts(watts);
        }
        scenario.events.push(event);
    }
    run(&job(&scenario, None, &root()), &mut |_| ControlFlow::Continue(())).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// At 20 W the inverter's terminals stand above 50.74 V, at 800 W and more below 50.2 V.
    #[test]
    fn a_staircase_over_the_shutdown_level_always_stops_the_inverter(
        powers in proptest::collection::vec(prop_oneof![0.0..20.0f64, 800.0..990.0f64], 1..6),
    ) {
        let run = staircase(&powers);
        let stopped = run.verdict.judged.restarts.iter().any(|one| one.stops > 0);
        let beyond = powers.iter().any(|&watts| watts >= 800.0);
        prop_assert_eq!(stopped, beyond, "{:?}", powers);
    }
}
