//! Faults between a sensor and its controller, in whole runs: of built-in controllers, of firmware over the
//! bench link and with frames of its own; each known to have arrived, or not.

use super::*;
use crate::contactors::failed;

/// The pack closes within 2 s and carries 1 kW from 3 s on; `EVENTS` and `CHECKS` are put in.
const PACK: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "A fault of a reading", "covers": [],
  "system": "pack-18s-with-a-drive", "duration_s": 6,
  "initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0},
  "events": [
    {"do": "set-part", "at_s": 0.2, "target": "pack-1.enable", "what": "position", "is": "closed"},
    {"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000}, EVENTS
  ],
  "checks": [
    {"id": "up", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 3.9} CHECKS
  ]
}"#;

fn pack(rig: Option<&Rig>, events: &str, checks: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fault.json");
    std::fs::write(&path, PACK.replace("EVENTS", events).replace("CHECKS", checks)).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, rig, &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn of(reading: &str, fault: &str, rest: &str) -> String {
    format!(
        r#"{{"do": "fault-reading", "at_s": 4, "target": "bms", "reading": "{reading}", "fault": {{{fault}}}{rest}}}"#
    )
}

/// How often each fault was shown, by name, in the order of their ends.
fn shown(run: &Run) -> Vec<(String, u64)> {
    use blackstart_trace::EventKind;
    let ended = |event: &blackstart_trace::Event| match &event.kind {
        EventKind::FaultEnded { fault, reading: Some(_), count } => Some((fault.clone(), *count)),
        _ => None,
    };
    run.trace.events().iter().filter_map(ended).collect()
}

fn outcome(run: &Run) -> String {
    serde_json::to_value(&run.verdict.judged).unwrap()["outcome"].as_str().unwrap().to_owned()
}

/// The last state of a claim, and what `main_switch` is at the end.
fn end(run: &Run, signal: &str) -> String {
    let catalogue = run.trace.catalogue();
    let id = catalogue.find(signal).unwrap();
    let value = run.trace.series(id).held_at(run.trace.end()).unwrap();
    match &catalogue.signal(id).kind {
        blackstart_trace::SignalKind::State(names) => names[value as usize].clone(),
        _ => value.to_string(),
    }
}

fn link() -> Rig {
    mapped::load(&contactors::shipped("contactor-bms.json", "contactor-bms", "")).unwrap()
}

fn paced() -> Rig {
    let text = contactors::shipped("can-contactor-bms-paced.json", "contactor-bms-can", "");
    mapped::load(&text).unwrap()
}

/// Every kind, what it makes of the pack, and whether it is shown: half charged, its cells are at 3.69 V under
/// 1 kW, within 2.8 to 4.2 V, and 27.1 A is within 150 A.
#[test]
fn every_kind_of_fault_reaches_built_in_controllers_and_devices_alike() {
    const DORMANT: [(&str, &str, &str); 2] = [
        // Less than the 0.1 mV that the pin resolves, and what it is anyway.
        ("cell-03_voltage_v", r#""type": "offset", "by": 0.00009"#, "none"),
        ("interlock", r#""type": "value", "is": "closed""#, "none"),
    ];
    let cases = [
        ("cell-03_voltage_v", r#""type": "offset", "by": 0.6"#, "cell-over-voltage"),
        ("cell-03_voltage_v", r#""type": "offset", "by": 0.1"#, "none"),
        ("cell-18_voltage_v", r#""type": "gain", "factor": 0.7"#, "cell-under-voltage"),
        ("cell-01_voltage_v", r#""type": "value", "value": 4.5"#, "cell-over-voltage"),
        ("cell-*_voltage_v", r#""type": "value", "value": 2.0"#, "cell-under-voltage"),
        ("cell-03_voltage_v", r#""type": "off""#, "cell-under-voltage"),
        ("cell-03_voltage_v", r#""type": "wrong-sign""#, "cell-under-voltage"),
        ("cell-03_voltage_v", r#""type": "noise", "sigma": 0.005"#, "none"),
        ("pack_current_a", r#""type": "gain", "factor": 20"#, "over-current"),
        ("pack_current_a", r#""type": "wrong-sign""#, "none"),
        ("interlock", r#""type": "off""#, "interlock"),
        ("interlock", r#""type": "value", "is": "open""#, "interlock"),
        ("interlock", r#""type": "wrong-sign""#, "interlock"),
        ("interlock", r#""type": "intermittent", "period_s": 0.1, "duty_pct": 5"#, "none"),
        ("interlock", r#""type": "intermittent", "period_s": 0.1, "duty_pct": 50"#, "interlock"),
        ("plus_feedback", r#""type": "value", "is": "open""#, "contactor-feedback"),
        ("temperature-05_c", r#""type": "value", "value": 90"#, "too-hot"),
        DORMANT[0],
        DORMANT[1],
    ];
    let (link, paced) = (link(), paced());
    for rig in [None, Some(&link), Some(&paced)] {
        let name = rig.map_or("built-in", |rig| rig.title.as_str());
        for (reading, fault, alarm) in cases {
            let run = pack(rig, &of(reading, fault, ""), "");
            assert_eq!(end(&run, "pack-1.bms.claim.alarm"), alarm, "{name} {reading} {fault}");
            let stays = alarm == "none";
            let position = if stays { "closed" } else { "open" };
            assert_eq!(end(&run, "pack-1.main_switch"), position, "{name} {reading} {fault}");
            assert_eq!(failed(&run), [""; 0], "{name} {reading} {fault}");
            let shown = shown(&run);
            let wanted = !DORMANT.contains(&(reading, fault, alarm));
            assert_eq!(shown.len(), 1);
            assert_eq!(shown[0].1 > 0, wanted, "{name} {reading} {fault}: {shown:?}");
            let judged = if wanted { "pass" } else { "inconclusive" };
            assert_eq!(outcome(&run), judged, "{name} {reading} {fault}");
        }
    }
}

#[test]
fn what_a_scenario_may_name_is_what_a_role_sees_once_it_is_spawned() {
    use blackstart_engine::{Simulation, Terminal};
    let mut kinds = std::collections::BTreeSet::new();
    for folder in ["sessy", "alpha", "packs", "victron-bms-cl", "small-bms"] {
        let files = std::fs::read_dir(root().join("scenarios").join(folder)).unwrap();
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        for file in files.iter().step_by(1 + files.len() / 12) {
            let scenario = library().scenario(file).unwrap();
            let mut simulation = Simulation::new(scenario.duration, None);
            blackstart_plant::install(&mut simulation, &scenario.system, &[], 0).unwrap();
            let mut terminals = simulation.world.query::<&Terminal>();
            for terminal in terminals.iter(&simulation.world) {
                let rows = scenario.system.readings(&terminal.role);
                let named: Vec<String> = rows.iter().flat_map(|row| row.names()).collect();
                let seen = terminal.readings.items().iter().map(|item| item.name.clone());
                assert_eq!(named, seen.collect::<Vec<_>>(), "{} {}", file.display(), terminal.role);
                kinds.insert(terminal.kind.name());
            }
        }
    }
    let all: std::collections::BTreeSet<&str> =
        blackstart_roles::RoleKind::ALL.into_iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds, all);
}

/// The BMS sleeps until a cell crosses its cut-off: 10 % last about an hour at 550 W.
#[test]
fn levels_that_a_controller_waits_for_are_asked_of_what_it_is_shown() {
    const OUTAGE: &str = r#"{
      "schema": 1, "kind": "scenario", "title": "A reading that lies while the BMS sleeps", "covers": [],
      "system": "sessy-phoenix-48-1200", "duration_s": 8000,
      "initial": {"sessy-1.soc_pct": 10, "inverter-1.switched_on": 0, "load-1.power_w": 0},
      "events": [
        {"do": "start-pairing", "at_s": 1, "target": "bms"},
        {"do": "switch-on", "at_s": 10, "target": "inverter-1"},
        {"do": "fail-grid", "at_s": 60, "target": "grid-1"},
        {"do": "set-load", "at_s": 60, "target": "load-1", "power_w": 500} EVENTS
      ],
      "checks": [{"id": "runs", "kind": "runtime", "load": "load-1", "at_least_s": 1}]
    }"#;
    let until = |events: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outage.json");
        std::fs::write(&path, OUTAGE.replace("EVENTS", events)).unwrap();
        let (scenario, root) = (library().scenario(&path).unwrap(), root());
        let run = run(&job(&scenario, None, &root), &mut |_| ControlFlow::Continue(())).unwrap();
        let catalogue = run.trace.catalogue();
        let switch = run.trace.series(catalogue.find("sessy-1.main_switch").unwrap()).clone();
        let second = |second: u64| blackstart_units::SimTime::from_whole_seconds(second);
        let opened = (90..8000).find(|&at| switch.held_at(second(at)) == Some(0.0));
        (opened, shown(&run))
    };
    let fault = |fault: &str| {
        let reading = "cell-*_voltage_v";
        format!(
            r#", {{"do": "fault-reading", "at_s": 100, "target": "bms", "reading": "{reading}", "fault": {{{fault}}}}}"#
        )
    };
    let (right, _) = until("");
    let right = right.expect("the pack is empty before the run is over");
    // What it reads is higher: it cuts off later, or never.
    let (offset, reached) = until(&fault(r#""type": "offset", "by": 0.05"#));
    assert!(offset.is_none_or(|at| at > right + 60), "{offset:?} {right}");
    assert!(reached[0].1 > 0);
    let (lower, _) = until(&fault(r#""type": "offset", "by": -0.05"#));
    assert!(lower.is_some_and(|at| at + 60 < right), "{lower:?} {right}");
    let (scaled, _) = until(&fault(r#""type": "gain", "factor": 0.98"#));
    assert!(scaled.is_some_and(|at| at + 60 < right), "{scaled:?} {right}");
    let (gone, _) = until(&fault(r#""type": "off""#));
    assert!(gone.is_some_and(|at| at < 200), "{gone:?}");
    let (stuck, _) = until(&fault(r#""type": "stuck""#));
    assert!(stuck.is_none_or(|at| at > right), "{stuck:?}");
}

/// The tiny BMS uses the cells, the status of the front end and two requests: no temperature, no current.
#[test]
fn a_fault_of_a_pin_that_the_device_does_not_use_is_not_reached() {
    const PORT: &str = r#"{
      "schema": 1, "kind": "scenario", "title": "A pin that nobody uses", "covers": [],
      "system": "sessy-phoenix-48-1200", "duration_s": 20,
      "initial": {"sessy-1.soc_pct": 50},
      "events": [
        {"do": "enable-port", "at_s": 1, "target": "bms"},
        {"do": "fault-reading", "at_s": 10, "target": "bms", "reading": "READING", "fault": {"type": "offset", "by": 0.01}}
      ],
      "checks": [{"id": "current", "kind": "stays", "signal": "sessy-1.pack_current_a", "at_most": 800}]
    }"#;
    let program = firmware_folder().join("tiny-bms-1").display().to_string();
    for (reading, is_used) in
        [("cell-05_voltage_v", true), ("pack_current_a", false), ("pack_temperature_c", false)]
    {
        let device = rig(&[&program]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("unused.json");
        std::fs::write(&path, PORT.replace("READING", reading)).unwrap();
        let (scenario, root) = (library().scenario(&path).unwrap(), root());
        let job = job(&scenario, Some(&device), &root);
        let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        let text = serde_json::to_string(&run.verdict.judged.reasons).unwrap();
        assert_eq!(text.contains("fault-not-reached"), !is_used, "{reading} {text}");
        assert_eq!(shown(&run)[0].1 > 0, is_used, "{reading}");
    }
}

/// One that begins with the last instant, and one that is over before it could act, have met nothing; one that
/// outlasts the run has.
#[test]
fn a_fault_that_acted_on_nothing_is_said_to_have() {
    let value = r#""type": "value", "value": 3.0"#;
    let late = of("cell-03_voltage_v", value, "").replace(r#""at_s": 4"#, r#""at_s": 6"#);
    let run = pack(None, &late, "");
    assert_eq!(
        (shown(&run), outcome(&run)),
        (vec![("value".to_owned(), 0)], "inconclusive".into())
    );
    // The controller looks every 20 ms, at whole ones.
    let short = of("cell-03_voltage_v", value, r#", "for_s": 0.001"#)
        .replace(r#""at_s": 4"#, r#""at_s": 4.005"#);
    let run = pack(None, &short, "");
    assert_eq!(
        (shown(&run), outcome(&run)),
        (vec![("value".to_owned(), 0)], "inconclusive".into())
    );
    let long = of("cell-03_voltage_v", value, r#", "for_s": 1000"#);
    assert_eq!(outcome(&pack(None, &long, "")), "pass");
    // Two on one reading: the later hides the earlier from its beginning on.
    let two = [
        of("cell-03_voltage_v", r#""type": "offset", "by": 0.1"#, ""),
        of("cell-03_voltage_v", value, ""),
    ];
    let run = pack(None, &two.join(","), "");
    assert_eq!(shown(&run)[0], ("offset".to_owned(), 0));
    assert!(shown(&run)[1].1 > 0);
    // The same bytes again, with noise and a loose contact.
    let noisy = [
        of("cell-*_voltage_v", r#""type": "noise", "sigma": 0.01"#, ""),
        of("interlock", r#""type": "intermittent", "period_s": 0.05, "duty_pct": 10"#, ""),
    ];
    let again = || pack(None, &noisy.join(","), "").trace.digest().to_string();
    assert_eq!(again(), again());
}
