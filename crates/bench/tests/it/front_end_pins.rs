//! What a firmware sets of a front end without registers, and what it sees of it: every threshold on both of
//! its sides, the watchdog, the count of what has acted.

use super::*;

fn play(arguments: &[&str], seconds: f64, more: &str, events: &str, checks: &str) -> Run {
    let text = format!(
        r#"{{"schema": 1, "kind": "scenario", "title": "Pins of a front end", "covers": [],
           "system": "set-front-end-16s-on-a-bench", "duration_s": {seconds}, {more},
           "events": [{events}], "checks": [{checks}]}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pins.json");
    std::fs::write(&path, text).unwrap();
    let program = firmware_folder().join("front-end-test").display().to_string();
    let rig = rig(&[&[program.as_str()], arguments].concat());
    let scenario = library().scenario(&path).unwrap_or_else(|problems| panic!("{problems:?}"));
    run(&job(&scenario, Some(&rig), &root()), &mut |_| ControlFlow::Continue(())).unwrap()
}

const HALF: &str = r#""initial": {"pack-1.soc_pct": 50}"#;

fn reasons(run: &Run) -> Vec<String> {
    run.verdict.judged.reasons.iter().map(|reason| reason.text.clone()).collect()
}

#[test]
fn a_second_trip_right_after_a_clear_is_counted() {
    // Threshold 600 A, reached within 30 µs, and a delay of 100 µs: cleared at once, it acts again 0.1 ms
    // later, and the short is over before it could a third time.
    let run = play(
        &[],
        4.0,
        HALF,
        r#"{"do": "short", "at_s": 2, "target": "bus", "resistance_mohm": 5, "for_s": 0.00025}"#,
        r#"{"id": "both", "kind": "reaches", "signal": "pack-1.bms.claim.own.events_seen", "at_least": 2, "at_most": 2, "from_s": 3},
           {"id": "closed-again", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 3}"#,
    );
    assert_eq!(reasons(&run), Vec::<String>::new());
    assert_eq!(
        trips(&run),
        [("scd", "short"), ("scd", "short")].map(|(a, b)| (a.into(), b.into()))
    );
    // Every pin of it has a use, and what is set counts.
    let pins = run.verdict.basis.links[0].pins.as_ref().unwrap();
    for name in ["ocd2_delay_ms", "uv_threshold_v", "utd_threshold_c", "watchdog_kick", "balance-*"]
    {
        assert!(!pins.unused_commands.iter().any(|unused| unused == name), "{name}");
    }
}

#[test]
fn a_controller_that_falls_silent_is_noticed_by_its_watchdog() {
    let open = r#"
        {"id": "closed-until-then", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 2.89},
        {"id": "trips", "kind": "trips", "target": "pack-1", "protection": "watchdog", "cause": "host-silent", "by_s": 2.901},
        {"id": "discharge-opens", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 2.91},
        {"id": "charge-opens", "kind": "state-is", "signal": "pack-1.charge_switch", "is": "open", "at_s": 2.91}"#;
    // Last heard at 0.9 s, with 2 s of patience.
    assert_eq!(reasons(&play(&["--silent"], 4.0, HALF, "", open)), Vec::<String>::new());
    let talking = play(
        &[],
        4.0,
        HALF,
        "",
        r#"{"id": "closed", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 3.9}"#,
    );
    assert_eq!(reasons(&talking), Vec::<String>::new());
}

#[test]
fn what_a_firmware_sets_counts_on_both_sides() {
    let charge = r#"{"do": "start-source", "at_s": 1, "target": "charger-1"}"#;
    let with = |current: f64| {
        format!(r#"{HALF}, "overrides": {{"charger-1.source_current_a": {current}}}"#)
    };
    let at = |celsius: f64| {
        format!(r#""initial": {{"pack-1.soc_pct": 50, "pack-1.cell_temperature_c": {celsius}}}"#)
    };
    let full = |percent: f64| {
        format!(r#""initial": {{"pack-1.soc_pct": 50, "pack-1.cells.cell-02.soc_pct": {percent}}}"#)
    };
    // 30 A of charge; 2 °C and 50 °C in charge, −15 °C and 60 °C in discharge; cells from 2.6 to 3.7 V.
    for (more, events, protection, acts) in [
        (with(29.5), charge, "occ", false),
        (with(30.8), charge, "occ", true),
        (at(2.2), "", "utc", false),
        (at(1.8), "", "utc", true),
        (at(49.8), "", "otc", false),
        (at(50.2), "", "otc", true),
        (at(-14.8), "", "utd", false),
        (at(-15.2), "", "utd", true),
        (at(59.8), "", "otd", false),
        (at(60.2), "", "otd", true),
        (full(100.2), "", "front-end-ovp", false),
        (full(100.5), "", "front-end-ovp", true),
        (full(-1.2), "", "front-end-uvp", false),
        (full(-2.4), "", "front-end-uvp", true),
    ] {
        let check =
            r#"{"id": "end", "kind": "stays", "signal": "pack-1.pack_current_a", "at_most": 1000}"#;
        let run = play(&[], 5.0, &more, events, check);
        let found = trips(&run).iter().any(|trip| trip.0 == protection);
        assert_eq!(found, acts, "{protection} with {more}: {:?}", trips(&run));
    }
}
