//! Rules about a backup box: each is broken by one change, and by nothing else.

use std::path::Path;

use blackstart_scenario::{Library, RuleName, System};
use blackstart_verdict::findings;

use RuleName::*;

fn shipped(name: &str) -> System {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    Library::open(&root).unwrap().system(name).unwrap().0
}

fn rules(system: &System) -> Vec<RuleName> {
    let mut rules: Vec<RuleName> = findings(system).into_iter().map(|one| one.rule).collect();
    rules.sort();
    rules
}

/// What every system with the box has: two contradictions of its manual, and contacts for more than
/// the storage gives.
const ALWAYS: [RuleName; 3] = [DocumentConflict, DocumentConflict, StorageBehindContacts];

/// Sets numbers of a part.
fn set(system: &mut System, id: &str, sets: &[(&str, f64)]) {
    let index = system.device(id).unwrap();
    let part = &mut system.devices[index].model;
    for (key, value) in sets {
        assert!(part.set(key, *value), "{key}");
    }
}

/// What a change adds to that.
fn added(sets: &[(&str, f64)]) -> Vec<RuleName> {
    let mut system = shipped("backup-box-smile-t10");
    set(&mut system, "box-1", sets);
    let mut rules = rules(&system);
    for one in ALWAYS {
        let k = rules.iter().position(|&rule| rule == one).unwrap();
        rules.remove(k);
    }
    rules
}

#[test]
fn each_rule_is_broken_by_its_own_change() {
    assert_eq!(added(&[]), []);
    assert_eq!(added(&[("interlocked", 0.0)]), [NoInterlock]);
    assert_eq!(added(&[("bypass_interlocked", 0.0)]), [NoInterlock]);
    assert_eq!(added(&[("conductor_mm2", 15.9)]), [ConductorRating]);
    assert_eq!(added(&[("conductor_mm2", 1.0)]), [ConductorRating]);
    assert_eq!(added(&[("breaker_a", 76.0)]), []);
    assert_eq!(added(&[("breaker_a", 76.1)]), [ConductorRating]);
    assert_eq!(added(&[("ambient_temperature_c", -10.0)]), []);
    assert_eq!(added(&[("ambient_temperature_c", -10.1)]), [OperatingTemperature]);
    assert_eq!(added(&[("ambient_temperature_c", 50.1)]), [OperatingTemperature]);
    assert_eq!(added(&[("ct_ratio", 0.5)]), [TransformerRatio]);
}

#[test]
fn meters_and_connections_follow_from_where_solar_power_enters() {
    // Solar power on AC and DC; connections 1 and 2; grid and PV meter; what is wrong.
    let table: [([bool; 6], &[RuleName]); 9] = [
        ([false, true, false, true, true, false], &[]),
        ([false, true, false, true, true, true], &[MeterSelection]),
        ([false, true, true, false, true, false], &[CouplingConnection]),
        ([true, false, true, false, true, true], &[]),
        ([true, false, true, false, true, false], &[MeterSelection]),
        ([true, false, true, true, false, true], &[MeterSelection, CouplingConnection]),
        ([true, true, true, true, true, true], &[]),
        ([true, true, false, true, true, true], &[CouplingConnection]),
        ([true, true, true, true, false, false], &[]),
    ];
    for (row, expected) in table {
        let keys =
            ["pv_on_ac", "pv_on_dc", "connection_1", "connection_2", "grid_meter", "pv_meter"];
        let sets: Vec<(&str, f64)> = keys.into_iter().zip(row.map(f64::from)).collect();
        let found = added(&sets);
        assert_eq!(found, expected, "{row:?}");
    }
}

#[test]
fn a_storage_as_strong_as_the_contacts_is_no_trap() {
    let mut system = shipped("backup-box-smile-t10");
    set(&mut system, "storage-1", &[("rated_power_w", 43_470.0), ("hot_power_w", 43_470.0)]);
    assert_eq!(rules(&system), [DocumentConflict, DocumentConflict]);
}

#[test]
fn more_than_63_a_on_one_phase_is_reported_for_that_phase() {
    for (watts, expected) in [(14_490.0, 0), (14_500.0, 1)] {
        let mut system = shipped("backup-box-smile-t10");
        set(&mut system, "load-l2", &[("power_w", watts)]);
        let found = findings(&system).into_iter().filter(|one| one.rule == PhaseCurrent);
        let texts: Vec<String> = found.map(|one| one.text).collect();
        assert_eq!(texts.len(), expected, "{watts} W");
        assert!(texts.iter().all(|text| text.contains("l2")), "{texts:?}");
    }
}

#[test]
fn a_phase_beyond_its_share_of_the_storage_is_reported() {
    // A share of 33.4 % of 10 kW.
    for (watts, expected) in [(3340.0, vec![]), (3341.0, vec![InverterOverload])] {
        let mut system = shipped("backup-box-smile-t10");
        set(&mut system, "load-l1", &[("power_w", watts)]);
        let mut rules = rules(&system);
        rules.retain(|rule| !ALWAYS.contains(rule));
        assert_eq!(rules, expected, "{watts} W");
    }
}

#[test]
fn a_three_phase_load_needs_a_three_phase_storage() {
    assert!(rules(&shipped("backup-box-smile5-heat-pump")).contains(&ThreePhaseLoad));
    assert!(!rules(&shipped("backup-box-smile-t10-heat-pump")).contains(&ThreePhaseLoad));
}
