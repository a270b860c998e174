//! Everything that the project ships loads, and means what it says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use blackstart_scenario::{
    Action, CheckEntry, Graph, Inverter, Library, Pack, Resolved, Source, Transport,
};
use blackstart_units::{SimTime, Volts};

use crate::project::{Project, SMALL, root, small};

fn rendered(problems: &blackstart_scenario::Diagnostics) -> String {
    crate::diagnostics::render(problems)
}

fn shipped() -> Vec<Resolved> {
    let library = Library::open(&root()).unwrap();
    let paths = library.scenarios(&[root().join("scenarios")]).unwrap();
    let load =
        |path: &PathBuf| library.scenario(path).unwrap_or_else(|e| panic!("{}", rendered(&e)));
    paths.iter().map(load).collect()
}

fn pack(scenario: &Resolved) -> Pack<'_> {
    scenario.system.pack("sessy-1").unwrap()
}

/// A number of each cell.
fn each(pack: &Pack<'_>, key: &str) -> Vec<f64> {
    (0..pack.count()).map(|k| pack.string().amount_of(k, key).unwrap().plain()).collect()
}

fn inverter(scenario: &Resolved) -> Inverter {
    scenario.system.devices[scenario.system.device("inverter-1").unwrap()].of_kind().unwrap()
}

#[test]
fn every_shipped_scenario_loads() {
    let names: Vec<String> = shipped().into_iter().map(|scenario| scenario.name).collect();
    for name in [
        "sessy/outage-at-500-w-then-a-week-ends-chargeable",
        "sessy/pairing-in-order-carries-500-w",
        "sessy/pairing-with-inverter-on-never-closes",
        "sessy/port-enabled-into-empty-capacitors-stays-up",
        "sessy/short-at-the-port-trips-scd",
    ] {
        assert!(names.iter().any(|found| found == name), "{name} in {names:?}");
    }
}

#[test]
fn a_scenario_rests_on_its_own_file_its_system_and_every_device() {
    for scenario in shipped() {
        let paths: Vec<&str> = scenario.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths[0], format!("scenarios/{}.json", scenario.name));
        assert_eq!(paths[1], format!("fixtures/systems/{}.json", scenario.system.name));
        let system: serde_json::Value = serde_json::from_str(&scenario.files[1].text).unwrap();
        let instances = system["instances"].as_object().unwrap().values();
        // Several instances may be of one device.
        let wanted: BTreeSet<String> = instances
            .map(|one| format!("fixtures/devices/{}.json", one["device"].as_str().unwrap()))
            .collect();
        let (devices, others): (Vec<&str>, Vec<&str>) =
            paths[2..].iter().partition(|path| path.starts_with("fixtures/devices/"));
        let found: BTreeSet<String> = devices.into_iter().map(str::to_owned).collect();
        // An assembly names further files.
        assert!(found.is_superset(&wanted), "{wanted:?} in {found:?}");
        if scenario.system.assemblies.is_empty() {
            assert_eq!(found, wanted);
        }
        assert!(others.iter().all(|path| path.starts_with("fixtures/profiles/")), "{others:?}");
    }
}

#[test]
fn the_shipped_pack_has_thirty_milliohms_to_its_port() {
    let scenarios = shipped();
    let of_sessy = |one: &&Resolved| one.system.name == "sessy-phoenix-48-1200";
    let scenario = scenarios.iter().find(of_sessy).unwrap();
    let pack = pack(scenario);
    let total = pack.resistance(&Graph::of(&scenario.system));
    assert!((total.0 - 0.030).abs() < 1e-9, "{total}");
    assert_eq!(pack.count(), 16);
    assert_eq!(scenario.provenance.parameters["sessy-1.scd.delay_us"].value, 200.0);
    assert_eq!(pack.curve().first().map(|point| (point.0.0, point.1)), Some((-0.04, Volts(2.0))));
}

#[test]
fn a_system_is_the_same_without_a_scenario() {
    let (system, provenance) =
        Library::open(&root()).unwrap().system("sessy-phoenix-48-1200").unwrap();
    assert_eq!(system.nodes[..4], ["ground", "fused", "dc", "port"]);
    assert!(
        system.nodes[4..].iter().all(|node| node.starts_with("sessy-1.")),
        "{:?}",
        system.nodes
    );
    let ids: Vec<&str> = system.devices.iter().map(|device| device.id.as_str()).collect();
    assert_eq!(ids[..5], ["cable-1", "fuse-1", "grid-1", "inverter-1", "load-1"]);
    assert!(ids[5..].iter().all(|id| id.starts_with("sessy-1.")), "{ids:?}");
    assert_eq!(system.roles(), ["inverter-1.control", "sessy-1.bms"]);
    assert_eq!(system.feeds.len(), 1);
    let idle = &provenance.parameters["inverter-1.idle_w"];
    assert_eq!(idle.source, Source::Seed("SESSY-12".to_owned()));
    assert_eq!(idle.tolerance, Some(0.2));
    assert!(matches!(provenance.tables["fuse-1.time_current"], Source::Guess { .. }));
}

#[test]
fn the_scenario_wins_over_the_device() {
    let scenario = Project::new().load(SMALL).unwrap();
    assert_eq!(inverter(&scenario).input_capacitance.0, 0.005);
    assert!(each(&pack(&scenario), "soc_pct").iter().all(|&soc| soc == 1.0));
    let parameter = &scenario.provenance.parameters["inverter-1.input_capacitance_mf"];
    assert_eq!(parameter.source, Source::Override);
}

#[test]
fn the_system_wins_over_the_device_and_the_scenario_over_both() {
    let project = Project::new();
    project.edit(
        "fixtures/systems/sessy-phoenix-48-1200.json",
        r#"{"device": "phoenix-48-1200"}"#,
        r#"{"device": "phoenix-48-1200", "overrides": {"input_capacitance_mf": 7, "idle_w": 11}}"#,
    );
    let scenario = project.load(SMALL).unwrap();
    assert_eq!(inverter(&scenario).input_capacitance.0, 0.005);
    assert_eq!(inverter(&scenario).idle.0, 11.0);
}

#[test]
fn one_cell_can_differ() {
    let weak = r#""sessy-1.cells.cell-03.capacity_ah": 90, "inverter-1.input_capacitance_mf""#;
    let scenario =
        Project::new().load(small(r#""inverter-1.input_capacitance_mf""#, weak)).unwrap();
    let capacities = each(&pack(&scenario), "capacity_ah");
    assert_eq!(capacities[1..4], [105.0, 90.0, 105.0]);
}

#[test]
fn events_come_in_order_of_time_then_of_the_file() {
    let events = r#"{"do": "fail-grid", "at_s": 20, "target": "grid-1"},
    {"do": "short", "at_s": 5, "target": "port", "resistance_mohm": 5, "for_s": 0.01},
    {"do": "start-pairing""#;
    let scenario = Project::new().load(small(r#"{"do": "start-pairing""#, events)).unwrap();
    let reported: Vec<String> = scenario
        .events
        .iter()
        .map(|event| format!("{} {}", event.at, event.action.describe()))
        .collect();
    assert_eq!(
        reported,
        [
            "1.0 s start-pairing",
            "5.0 s short 5 mΩ",
            "5.01 s end-short",
            "20.0 s fail-grid",
            "20.0 s set-load 500 W",
        ]
    );
}

#[test]
fn a_short_role_becomes_a_full_path() {
    let scenario = Project::new().load(SMALL).unwrap();
    let bms = "sessy-1.bms".to_owned();
    assert_eq!(scenario.events[0].action, Action::StartPairing { bms });
}

#[test]
fn why_may_stand_in_any_object() {
    let text = small(r#""initial": {"#, r#""why": "a", "initial": {"why": "b", "#)
        .replace(r#"{"do": "set-load","#, r#"{"why": "c", "do": "set-load","#);
    assert_eq!(Project::new().load(text).unwrap().events.len(), 2);
}

#[test]
fn the_shipped_rig_binds_the_bms_to_a_process() {
    let library = Library::open(&root()).unwrap();
    let rig = library.rig(&root().join("bench-rigs/reference-bms-native.json")).unwrap();
    let (system, _) = library.system("sessy-phoenix-48-1200").unwrap();
    let bound = rig.bind(&system).unwrap();
    let binding = bound["sessy-1.bms"];
    assert_eq!(binding.answer_timeout, SimTime::from_whole_seconds(10));
    let Transport::Process { command } = &binding.transport else {
        panic!("a shipped rig starts a process")
    };
    assert_eq!(command[..], ["fixtures/firmware/build/reference-bms-1.0"]);
}

#[test]
fn signals_of_checks_keep_their_place() {
    let scenario = Project::new().load(SMALL).unwrap();
    let signals = scenario.signal_refs();
    assert_eq!(signals.len(), 1);
    let place = &signals[0].place;
    assert_eq!(&place.file.text[place.span.clone()], "\"sessy-1.port_voltage_v\"");
}

#[test]
fn what_is_in_order_asks_that_a_rule_is_kept_and_every_known_miss_has_a_reason() {
    let kept = |check: &CheckEntry| matches!(check, CheckEntry::Finding { broken: false, .. });
    let mut in_order = 0;
    for scenario in shipped() {
        if scenario.name.ends_with("-in-order") {
            in_order += 1;
            assert!(scenario.checks.iter().any(kept), "{}", scenario.name);
        }
        if let Some(known) = &scenario.known_miss {
            assert!(!known.reason.is_empty() && !known.checks.is_empty(), "{}", scenario.name);
        }
    }
    assert!(in_order >= 7);
}
