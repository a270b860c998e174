//! What is connected with what on the DC side, on systems drawn for it.

use blackstart_scenario::{Graph, Node, System};

use crate::project::Project;

/// Two batteries and an inverter by their branches; every instance is `name: [device, from, to]`.
fn drawn(nodes: &[&str], parts: &[(&str, &str, &str, &str)]) -> System {
    let mut instances = serde_json::Map::new();
    let mut branches = serde_json::Map::new();
    for &(id, device, from, to) in parts {
        instances.insert(id.to_owned(), serde_json::json!({ "device": device }));
        branches.insert(id.to_owned(), serde_json::json!({ "from": from, "to": to }));
    }
    let file = serde_json::json!({
        "schema": 1, "kind": "system", "title": "drawn for a test",
        "nodes": nodes, "instances": instances, "branches": branches,
    });
    let project = Project::new();
    project.write("fixtures/systems/drawn.json", file.to_string());
    let problems = |error| panic!("{error:?}");
    project.library().system("drawn").unwrap_or_else(problems).0
}

fn node(system: &System, name: &str) -> Node {
    Node(system.nodes.iter().position(|one| one == name).unwrap())
}

fn fed_by(system: &System, name: &str) -> Vec<String> {
    let graph = Graph::of(system);
    let feeders = graph.feeders(node(system, name));
    feeders.map(|device| system.devices[device].id.clone()).collect()
}

fn volts(system: &System, name: &str) -> Option<f64> {
    Graph::of(system).nominal_voltage(node(system, name)).map(|volts| volts.0)
}

#[test]
fn two_systems_in_one_file_are_two_islands() {
    let system = drawn(
        &["port-a", "port-b"],
        &[
            ("sessy-a", "sessy-5-4-kwh", "ground", "port-a"),
            ("inverter-a", "phoenix-48-800", "port-a", "ground"),
            ("sessy-b", "sessy-5-4-kwh", "ground", "port-b"),
            ("inverter-b", "phoenix-48-800", "port-b", "ground"),
        ],
    );
    assert_eq!(fed_by(&system, "port-a"), ["sessy-a.cells"]);
    assert_eq!(fed_by(&system, "port-b"), ["sessy-b.cells"]);
    let graph = Graph::of(&system);
    assert!(!graph.downstream(node(&system, "port-a")).contains(node(&system, "port-b")));
}

#[test]
fn a_diode_feeds_one_way_and_hides_nothing_in_that_way() {
    let parts = [
        ("sessy-a", "sessy-5-4-kwh", "ground", "port"),
        ("diode-1", "diode-box-channel", "port", "bus"),
        ("inverter-a", "phoenix-48-800", "bus", "ground"),
    ];
    let system = drawn(&["port", "bus"], &parts);
    assert_eq!(fed_by(&system, "bus"), ["sessy-a.cells"]);
    let mut turned = parts;
    turned[1] = ("diode-1", "diode-box-channel", "bus", "port");
    let system = drawn(&["port", "bus"], &turned);
    assert!(fed_by(&system, "bus").is_empty());
}

#[test]
fn in_series_the_last_one_feeds_and_all_of_them_are_drained() {
    let system = drawn(
        &["middle", "top"],
        &[
            ("battery-1", "smart-12-8-200", "ground", "middle"),
            ("battery-2", "smart-12-8-200", "middle", "top"),
            ("loads-1", "dc-loads", "top", "ground"),
        ],
    );
    assert_eq!(fed_by(&system, "top"), ["battery-2"]);
    assert_eq!((volts(&system, "middle"), volts(&system, "top")), (Some(12.8), Some(25.6)));
    let graph = Graph::of(&system);
    assert_eq!(graph.stores_upstream(node(&system, "top")), (2, 2));
    assert_eq!(graph.stores_upstream(node(&system, "middle")), (1, 1));
}

#[test]
fn a_switch_parts_what_is_drained_from_what_can_be_fed() {
    let system = drawn(
        &["pack", "loads"],
        &[
            ("battery-1", "smart-12-8-200", "ground", "pack"),
            ("protect-1", "battery-protect-65", "pack", "loads"),
            ("loads-1", "dc-loads", "loads", "ground"),
        ],
    );
    let graph = Graph::of(&system);
    let (pack, loads) = (node(&system, "pack"), node(&system, "loads"));
    assert!(graph.downstream(pack).contains(loads));
    assert!(!graph.unswitched(pack).contains(loads));
    assert_eq!((graph.stores_upstream(loads), graph.stores_upstream(pack)), ((0, 1), (1, 1)));
    // Nothing says which voltage stands behind an open switch; closed, it is that of the pack.
    assert_eq!(volts(&system, "loads"), None);
    assert_eq!(graph.bus_voltage(pack).map(|volts| volts.0), Some(12.8));
}

#[test]
fn a_fuse_carries_what_has_no_way_around_it() {
    let parts = [
        ("sessy-a", "sessy-5-4-kwh", "ground", "port"),
        ("fuse-1", "fuse-30-a", "port", "fused"),
        ("inverter-a", "phoenix-48-800", "fused", "ground"),
        ("inverter-b", "phoenix-48-800", "port", "ground"),
    ];
    let system = drawn(&["port", "fused"], &parts);
    let fuse = system.device("fuse-1").unwrap();
    let (port, fused) = (node(&system, "port"), node(&system, "fused"));
    let graph = Graph::of(&system);
    assert!(graph.passes(fuse, (port, fused)));
    assert!(!graph.passes(fuse, (port, port)));
    let mut around = parts.to_vec();
    around.push(("cable-1", "cable-6-mm2", "port", "fused"));
    let system = drawn(&["port", "fused"], &around);
    let fuse = system.device("fuse-1").unwrap();
    let ends = (node(&system, "port"), node(&system, "fused"));
    assert!(!Graph::of(&system).passes(fuse, ends));
}

#[test]
fn devices_of_two_islands_have_nothing_to_do_with_each_other_until_a_feed_joins_them() {
    let parts = [
        ("sessy-1", "sessy-5-4-kwh", "ground", "left"),
        ("inverter-1", "phoenix-48-1200", "left", "ground"),
        ("sessy-2", "sessy-5-4-kwh", "ground", "right"),
        ("inverter-2", "phoenix-48-1200", "right", "ground"),
    ];
    let system = drawn(&["left", "right"], &parts);
    let coupled = |system: &System, id: &str| -> Vec<String> {
        Graph::of(system).coupled(id).into_iter().map(str::to_owned).collect()
    };
    let own = coupled(&system, "sessy-1.cells");
    let is_left = |id: &String| id.starts_with("sessy-1.") || id == "inverter-1";
    assert!(own.len() == 16 && own.iter().all(is_left), "{own:?}");
    let mut joined = system.clone();
    let feed = blackstart_scenario::Feed {
        source: system.device("inverter-1").unwrap(),
        phase: None,
        sink: system.device("sessy-2.charger").unwrap(),
        input: None,
    };
    joined.feeds.push(feed);
    assert_eq!(coupled(&joined, "sessy-1.cells").len(), joined.devices.len());
}
