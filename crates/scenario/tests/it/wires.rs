//! Wires and cables of a system: what is refused, and where it is pointed at.

use blackstart_scenario::{BmsOutput, Code, Library, RemoteCable, WireLevel};

use crate::project::{Project, root};

const SYSTEM: &str = "fixtures/systems/small-bms-12-v.json";
const CASE: &str = r#"{"schema":1,"kind":"scenario","title":"case","covers":[],"system":"small-bms-12-v","duration_s":1,"checks":[{"id":"a","kind":"no-trip"}]}"#;

fn codes_of(file: &str, old: &str, new: &str) -> Vec<Code> {
    let project = Project::new();
    project.edit(file, old, new);
    let problems = project.load(CASE).expect_err("a broken file loads");
    problems.iter().map(|problem| problem.code).collect()
}

#[test]
fn that_nothing_trips_is_asked_only_where_something_can() {
    let found = |check: &str| {
        let case = CASE.replace(r#""kind":"no-trip""#, check);
        let codes = |found: blackstart_scenario::Diagnostics| {
            found.iter().map(|problem| problem.code).collect::<Vec<_>>()
        };
        Project::new().load(case).map(drop).map_err(codes)
    };
    // A module has no short-circuit protection, and nothing else here has one.
    let wrong = Err(vec![Code::WrongDevice]);
    assert_eq!(found(r#""kind":"no-trip","protection":"scd""#), wrong);
    assert_eq!(found(r#""kind":"no-trip","target":"battery-1","protection":"scd""#), wrong);
    for sound in ["uvp", "low-soc", "watchdog"] {
        assert_eq!(
            found(&format!(r#""kind":"no-trip","protection":"{sound}""#)),
            Ok(()),
            "{sound}"
        );
    }
    assert_eq!(found(r#""kind":"no-trip""#), Ok(()));
    // The pack of this storage is watched by nobody.
    let storage = |check: &str| {
        let case = CASE.replace("small-bms-12-v", "backup-box-smile-t10");
        let found = Project::new().load(case.replace(r#""kind":"no-trip""#, check));
        found.err().map(|found| found.iter().map(|problem| problem.code).collect::<Vec<_>>())
    };
    for check in ["", r#","protection":"uvp""#, r#","target":"pack-1""#] {
        let found = storage(&format!(r#""kind":"no-trip"{check}"#));
        assert_eq!(found, Some(vec![Code::WrongDevice]), "{check}");
    }
}

#[test]
fn what_cannot_be_noticed_is_a_check_or_a_stimulus_of_the_scenario() {
    let found = |what: &str| {
        let more = format!(
            r#""initial":{{"battery-1.soc_pct":50}},"unchangeable":{{"{what}":"so"}},"events":[{{"do":"stop-source","at_s":0,"target":"solar-1"}}],"checks""#
        );
        let case = CASE.replace(r#""checks""#, &more);
        Project::new().load(case).err().map(|found| found.iter().next().unwrap().code)
    };
    for sound in ["a", "event 1", "initial battery-1.soc_pct"] {
        assert_eq!(found(sound), None, "{sound}");
    }
    for wrong in ["b", "event 2", "event 0", "overrides battery-1.soc_pct"] {
        assert_eq!(found(wrong), Some(Code::UnknownCheck), "{wrong}");
    }
}

#[test]
fn a_wire_needs_an_output_an_input_and_a_cable() {
    let wire = r#"{"from": "bms-1.load", "to": "protect-1"}"#;
    for (new, code) in [
        (r#"{"from": "bms-1.lode", "to": "protect-1"}"#, Code::UnknownWord),
        (r#"{"from": "bms-1", "to": "protect-1"}"#, Code::UnknownWord),
        (r#"{"from": "battery-1.load", "to": "protect-1"}"#, Code::WrongDevice),
        (r#"{"from": "bms-1.load", "to": "loads-1"}"#, Code::WrongDevice),
        (r#"{"from": "bms-1.load", "to": "protect-9"}"#, Code::UnknownInstance),
    ] {
        assert_eq!(codes_of(SYSTEM, wire, new), [code], "{new}");
    }
    let unused = codes_of(SYSTEM, r#""load-wire": {"from": "bms-1.load", "to": "protect-1"},"#, "");
    assert_eq!(unused, [Code::Unconnected]);
}

#[test]
fn a_battery_is_heard_once_and_only_if_it_has_a_monitor() {
    let cable = r#""bms-1": ["battery-1"]"#;
    let twice = codes_of(SYSTEM, cable, r#""bms-1": ["battery-1", "battery-1"]"#);
    assert_eq!(twice, [Code::DuplicateId]);
    assert_eq!(codes_of(SYSTEM, cable, r#""bms-1": ["loads-1"]"#), [Code::WrongDevice]);
}

#[test]
fn a_lamp_whose_name_makes_no_signal_is_refused_and_so_are_strange_lights() {
    let file = "fixtures/devices/small-bms.json";
    let lamp = r#"{"lamp": "loads", "when": "load-output-high", "shows": "on"}"#;
    for (old, new, code) in [
        ("loads", "Loads", Code::BadName),
        ("loads", "loads.on", Code::BadName),
        ("loads", "", Code::BadName),
        ("load-output-high", "load-output-low", Code::UnknownWord),
        (r#""on""#, r#""off""#, Code::UnknownWord),
    ] {
        let project = Project::new();
        project.edit(file, lamp, &lamp.replace(old, new));
        let problems = project.load(CASE).expect_err("a broken file loads");
        let first = problems.iter().next().unwrap();
        assert_eq!(first.code, code, "{new}");
        assert!(first.place.is_some(), "{new}");
    }
}

#[test]
fn a_charge_limit_outside_its_range_and_a_fuse_outside_the_table_are_refused() {
    let file = "fixtures/devices/smart-bms-cl-12-100.json";
    let case = CASE.replace("small-bms-12-v", "smart-bms-cl-camper");
    for (old, new) in [
        (r#""charge_limit_v": {"value": 14.2"#, r#""charge_limit_v": {"value": 15.4"#),
        (r#""charge_limit_v": {"value": 14.2"#, r#""charge_limit_v": {"value": 12.9"#),
        (r#""set_fuse_a": {"value": 100"#, r#""set_fuse_a": {"value": 90"#),
        (r#""fuse_a": 125, "fuse_count": 1"#, r#""fuse_a": -125, "fuse_count": 1"#),
        (r#""fuse_a": 125, "fuse_count": 1"#, r#""fuse_a": 125, "fuse_count": 1.5"#),
    ] {
        let project = Project::new();
        project.edit(file, old, new);
        let problems = project.load(&case).expect_err("a broken file loads");
        let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [Code::OutOfRange], "{new}");
    }
}

#[test]
fn rows_of_a_table_have_their_columns_and_no_other_words() {
    let file = "fixtures/devices/smart-bms-cl-12-100.json";
    let case = CASE.replace("small-bms-12-v", "smart-bms-cl-camper");
    for (old, new, code) in [
        (r#""when": "low-cell""#, r#""when": "low-sell""#, Code::UnknownWord),
        (r#""when": "low-cell", "#, "", Code::MissingKey),
        (r#""code": "A-B11""#, r#""code": 11"#, Code::WrongType),
    ] {
        let project = Project::new();
        project.edit(file, old, new);
        let problems = project.load(&case).expect_err("a broken file loads");
        let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [code], "{new}");
    }
}

#[test]
fn cables_and_inputs_are_tables_of_levels() {
    let (system, _) = Library::open(&root()).unwrap().system("small-bms-12-v").unwrap();
    let wire = system.wires.iter().find(|wire| wire.output == BmsOutput::Charge).unwrap();
    let cable: RemoteCable = system.devices[wire.cable].of_kind().unwrap();
    let input = system.devices[wire.sink].model.remote_input().unwrap();
    assert_eq!(cable.carry(true), WireLevel::Floating);
    assert_eq!(cable.carry(false), WireLevel::Low);
    assert!(input.is_on(cable.carry(true)) && !input.is_on(cable.carry(false)));
}
