//! A pack as a whole: what the pins of its controller and the graph make of it.

use blackstart_roles::Protection;
use blackstart_scenario::{Flow, Graph, Node, Pack, System};

use crate::project::Project;

/// A device by its name, its file, and the node of each of its ends.
type Placed<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// A system of devices.
fn drawn(parts: &[Placed<'_>]) -> System {
    let mut instances = serde_json::Map::new();
    let mut branches = serde_json::Map::new();
    for &(id, device, ends) in parts {
        instances.insert(id.to_owned(), serde_json::json!({ "device": device }));
        let ends = ends.iter().map(|&(end, node)| (end.to_owned(), node.into()));
        branches.insert(id.to_owned(), serde_json::Value::Object(ends.collect()));
    }
    let file = serde_json::json!({
        "schema": 1, "kind": "system", "title": "drawn for a test",
        "nodes": ["bus", "other"], "instances": instances, "branches": branches,
    });
    let project = Project::new();
    project.write("fixtures/systems/drawn.json", file.to_string());
    project.library().system("drawn").unwrap_or_else(|problems| panic!("{problems:?}")).0
}

const LOAD: Placed<'_> = ("load-1", "dc-loads", &[("from", "bus"), ("to", "ground")]);

/// A pack beside a load.
fn on_a_bus(device: &str, ends: &[(&str, &str)]) -> System {
    drawn(&[("pack-1", device, ends), LOAD])
}

fn ports(system: &System) -> [&str; 2] {
    let (graph, pack) = (Graph::of(system), system.pack("pack-1").unwrap());
    let name = |node: Node| system.nodes[node.0].as_str();
    [Flow::Discharge, Flow::Charge].map(|flow| name(pack.port(&graph, flow)))
}

#[test]
fn a_port_lies_behind_the_last_switch_of_its_way() {
    let common: &[(&str, &str)] = &[("minus", "ground"), ("plus", "bus")];
    for device in ["lfp-16s-behind-fets", "pack-contactors", "nmc-13s-behind-contactors"] {
        assert_eq!(ports(&on_a_bus(device, common)), ["bus", "bus"], "{device}");
    }
    let whole: &[(&str, &str)] = &[("from", "ground"), ("to", "bus")];
    for device in ["sessy-5-4-kwh", "rack-battery-contactor"] {
        assert_eq!(ports(&on_a_bus(device, whole)), ["bus", "bus"], "{device}");
    }
    let apart: &[(&str, &str)] = &[("minus", "ground"), ("load", "bus"), ("charger", "other")];
    let charger: &[(&str, &str)] = &[("from", "ground"), ("to", "other")];
    let system = drawn(&[
        ("pack-1", "lfp-16s-separate-ports", apart),
        LOAD,
        ("charger-1", "bench-supply", charger),
    ]);
    assert_eq!(ports(&system), ["bus", "other"]);
}

#[test]
fn what_lies_inside_is_on_its_side_of_all_of_its_switches() {
    let system = on_a_bus("pack-contactors", &[("minus", "ground"), ("plus", "bus")]);
    let graph = Graph::of(&system);
    let inside = system.pack("pack-1").unwrap().inside(&graph);
    let end = |part: &str, end: usize| system.part(part).unwrap().ends[end];
    assert!(
        inside.contains(end("pack-1.electronics", 0)) && inside.contains(end("pack-1.fuse", 1))
    );
    assert!(!inside.contains(end("load-1", 0)));
    assert!(!inside.contains(end("pack-1.precharge-resistor", 0)));
}

/// A number of what acts on a pack, or of what it is.
fn of_pack<T>(device: &str, ends: &[(&str, &str)], ask: impl Fn(&Pack<'_>, &Graph<'_>) -> T) -> T {
    let system = on_a_bus(device, ends);
    ask(&system.pack("pack-1").unwrap(), &Graph::of(&system))
}

#[test]
fn its_resistance_is_that_of_everything_in_series_and_not_of_the_pre_charge() {
    let ends = [("minus", "ground"), ("plus", "bus")];
    let ohms = of_pack("pack-contactors", &ends, |pack, graph| pack.resistance(graph).0);
    let system = on_a_bus("pack-contactors", &ends);
    let of = |part: &str, key: &str| system.part(part).unwrap().amount(key).unwrap().ohms().0;
    let cells = 18.0 * of("pack-1.cells", "resistance_mohm");
    // The minus contactor lies on the other side of the cells.
    let by_hand = cells
        + of("pack-1.cells", "link_resistance_mohm")
        + of("pack-1.fuse", "resistance_mohm")
        + of("pack-1.shunt", "resistance_mohm")
        + of("pack-1.plus-contactor", "contact_resistance_mohm");
    assert!((ohms - by_hand).abs() < 1e-12, "{ohms} {by_hand}");
}

#[test]
fn limits_are_its_chargers_and_makers_else_its_controllers() {
    let sessy = [("from", "ground"), ("to", "bus")];
    let whole = of_pack("sessy-5-4-kwh", &sessy, |pack, _| {
        let (end, current) = pack.charge_limits().unwrap();
        let stops: Vec<String> = pack.stops_of_charge().map(str::to_owned).collect();
        (end.0, current.0, pack.discharge_limit().unwrap().0, pack.cut_off().0, stops)
    });
    // 2 kW at 16 cells of 3.55 V.
    let expected = (3.55, 2000.0 / 56.8, 20.0, 44.8, vec!["pack-1.ovp".to_owned()]);
    assert!((whole.1 - expected.1).abs() < 1e-9, "{whole:?}");
    assert!((whole.3 - expected.3).abs() < 1e-9, "{whole:?}");
    assert_eq!((whole.0, whole.2, whole.4), (expected.0, expected.2, expected.4));
    let fets = [("minus", "ground"), ("plus", "bus")];
    let (limits, discharge, stops) = of_pack("lfp-16s-behind-fets", &fets, |pack, _| {
        let stops: Vec<String> = pack.stops_of_charge().map(str::to_owned).collect();
        (pack.charge_limits().unwrap(), pack.discharge_limit().unwrap().0, stops)
    });
    assert_eq!((limits.0.0, limits.1.0, discharge), (3.6, 100.0, 200.0));
    let expected = ["charge-hot", "deep", "discharge-hot", "occ", "otd", "ovp", "scd", "utc"]
        .map(|one| format!("pack-1.{one}"));
    assert_eq!(stops, expected);
}

#[test]
fn what_acts_on_it_is_a_comparator_or_an_alarm_of_its_controller() {
    let known = of_pack("sessy-5-4-kwh", &[("from", "ground"), ("to", "bus")], |pack, _| {
        pack.protections()
    });
    for one in [
        Protection::ShortCircuit,
        Protection::FrontEndUnderVoltage,
        Protection::PrechargeTimeout,
        Protection::ChargeUnderTemperature,
    ] {
        assert!(known.contains(&one), "{known:?}");
    }
    assert!(!known.contains(&Protection::LowSoc), "{known:?}");
}
