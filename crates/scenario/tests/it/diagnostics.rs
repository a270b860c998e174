//! What a person sees when a file is wrong. Each snapshot is one mistake, or several at once.

use std::fs;

use blackstart_scenario::{Action, Code, Diagnostics, Library};
use miette::{GraphicalReportHandler, GraphicalTheme};

use crate::project::{Project, SMALL, root, small};

/// As on a terminal of 90 columns without colour.
pub fn render(problems: &Diagnostics) -> String {
    let mut text = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
        .with_width(90)
        .with_links(false)
        .render_report(&mut text, problems)
        .unwrap();
    text
}

/// What is said of a scenario.
fn said(text: impl AsRef<[u8]>) -> String {
    render(&Project::new().load(text).expect_err("a broken file loads"))
}

/// What is said of [`SMALL`] when one piece of a device or system file is replaced.
fn said_of(file: &str, old: &str, new: &str) -> String {
    let project = Project::new();
    project.edit(file, old, new);
    render(&project.load(SMALL).expect_err("a broken file loads"))
}

fn codes(problems: &Diagnostics) -> Vec<Code> {
    problems.iter().map(|one| one.code).collect()
}

const PHOENIX: &str = "fixtures/devices/phoenix-48-1200.json";
const SYSTEM: &str = "fixtures/systems/sessy-phoenix-48-1200.json";

#[test]
fn unknown_key() {
    insta::assert_snapshot!(said(small(r#""power_w": 500"#, r#""powr_w": 500"#)));
}

#[test]
fn wrong_unit_suffix() {
    let wrong = r#""inverter-1.input_capacitance_uf": 5000"#;
    insta::assert_snapshot!(said(small(r#""inverter-1.input_capacitance_mf": 5"#, wrong)));
}

#[test]
fn wrong_unit_suffix_in_an_event() {
    insta::assert_snapshot!(said(small(r#""power_w": 500"#, r#""power_kw": 0.5"#)));
}

#[test]
fn negative_duration() {
    insta::assert_snapshot!(said(small(r#""duration_s": 60"#, r#""duration_s": -60"#)));
}

#[test]
fn event_after_the_end() {
    insta::assert_snapshot!(said(small(r#""at_s": 20"#, r#""at_s": 200"#)));
}

#[test]
fn unknown_system() {
    let wrong = r#""system": "sessy-phoenix-48-1300""#;
    insta::assert_snapshot!(said(small(r#""system": "sessy-phoenix-48-1200""#, wrong)));
}

#[test]
fn unknown_device() {
    insta::assert_snapshot!(said_of(SYSTEM, r#""phoenix-48-1200""#, r#""phoenix-48-900""#));
}

#[test]
fn unknown_instance_and_wrong_device() {
    let text = SMALL
        .replace(r#""target": "load-1""#, r#""target": "lode-1""#)
        .replace(r#""target": "bms""#, r#""target": "control""#);
    insta::assert_snapshot!(said(text));
}

#[test]
fn missing_parameter() {
    let idle = r#"  "idle_w": {"value": 12.5, "source": "seed", "fact": "SESSY-12", "tolerance_pct": 20},
"#;
    insta::assert_snapshot!(said_of(PHOENIX, idle, ""));
}

#[test]
fn bare_number() {
    let idle = r#"{"value": 12.5, "source": "seed", "fact": "SESSY-12", "tolerance_pct": 20}"#;
    insta::assert_snapshot!(said_of(PHOENIX, idle, "12.5"));
}

#[test]
fn guess_without_range() {
    let text = r#""value": 3.0, "source": "guess", "range": [1.0, 10.0]"#;
    insta::assert_snapshot!(said_of(PHOENIX, text, r#""value": 3.0, "source": "guess""#));
}

#[test]
fn duplicate_key() {
    insta::assert_snapshot!(said(small(r#""covers""#, r#""title": "again", "covers""#)));
}

#[test]
fn number_too_large() {
    insta::assert_snapshot!(said(small(r#""duration_s": 60"#, r#""duration_s": 1e400"#)));
}

#[test]
fn deep_nesting() {
    let deep = format!("{}1{}", "[".repeat(80), "]".repeat(80));
    insta::assert_snapshot!(said(small(r#"["SESSY-10"]"#, &deep)));
}

#[test]
fn not_json() {
    insta::assert_snapshot!(said("fail-grid at 60 s\n"));
}

#[test]
fn comments_trailing_commas_and_leading_zeros_are_not_json() {
    for new in ["\"schema\": 1, // first", "\"schema\": 1,,", "\"schema\": 01,", "\"schema\": +1,"]
    {
        let problems = Project::new().load(small(r#""schema": 1,"#, new)).unwrap_err();
        assert_eq!(codes(&problems), [Code::Syntax], "{new}");
    }
}

#[test]
fn not_utf8() {
    let mut bytes = SMALL.as_bytes().to_vec();
    let at = SMALL.find("Small").unwrap();
    bytes[at] = 0xE9;
    insta::assert_snapshot!(said(bytes));
}

#[test]
fn unknown_do() {
    insta::assert_snapshot!(said(small(r#""do": "set-load""#, r#""do": "set-laod""#)));
}

#[test]
fn wrong_type() {
    insta::assert_snapshot!(said(small(r#""at_s": 20"#, r#""at_s": "20 s""#)));
}

#[test]
fn initial_value_among_overrides() {
    let text = small(r#""overrides": {"#, r#""overrides": {"load-1.power_w": 100, "#);
    insta::assert_snapshot!(said(text));
}

#[test]
fn a_missing_title_a_wrong_type_an_unknown_key_and_a_negative_duration_at_once() {
    let text = SMALL
        .replace(r#""title": "Small","#, r#""colour": "red","#)
        .replace(r#""covers": ["SESSY-10"]"#, r#""covers": 7"#)
        .replace(r#""duration_s": 60"#, r#""duration_s": -60"#);
    insta::assert_snapshot!(said(text));
}

#[test]
fn several_mistakes_in_two_files_at_once() {
    let project = Project::new();
    project.edit(
        PHOENIX,
        r#""half_load_efficiency_pct": {"value": 93"#,
        r#""half_load_efficiency_pct": {"value": 193"#,
    );
    let text = SMALL
        .replace(r#""duration_s": 60"#, r#""duration_s": -60"#)
        .replace(r#""power_w": 500"#, r#""powr_w": 500"#)
        .replace(r#""target": "bms""#, r#""target": "bsm""#)
        .replace(r#""at_least": 40"#, r#""from_s": 3"#);
    insta::assert_snapshot!(render(&project.load(text).unwrap_err()));
}

#[test]
fn directory_without_scenarios() {
    let project = Project::new();
    let library = project.library();
    let problems = library.scenarios(&[project.path("scenarios")]).unwrap_err();
    insta::assert_snapshot!(render(&problems));
}

#[test]
fn a_device_is_no_scenario() {
    let project = Project::new();
    let problems = project.library().scenarios(&[project.path(PHOENIX)]).unwrap_err();
    assert_eq!(codes(&problems), [Code::NotBlackstart]);
    let problems = project.library().scenario(&project.path(PHOENIX)).unwrap_err();
    assert_eq!(codes(&problems), [Code::NotBlackstart]);
}

#[test]
fn a_path_that_is_not_there_is_unreadable() {
    let project = Project::new();
    let problems = project.library().scenarios(&[project.path("nowhere")]).unwrap_err();
    assert_eq!(codes(&problems), [Code::Unreadable]);
}

#[test]
fn a_broken_scenario_in_a_folder_is_not_passed_over() {
    let project = Project::new();
    project.write("scenarios/broken.json", "{").write("scenarios/small.json", SMALL);
    let found = project.library().scenarios(&[project.path("scenarios")]).unwrap();
    assert_eq!(found.len(), 2);
}

#[test]
fn two_devices_of_one_name_are_refused() {
    let project = Project::new();
    let text = fs::read_to_string(root().join("fixtures/devices/grid-nl.json")).unwrap();
    project.write("fixtures/devices/more/grid-nl.json", text);
    let problems = Library::open(&project.path("")).unwrap_err();
    assert_eq!(codes(&problems), [Code::DuplicateName]);
    // Who reads nothing but what one scenario names hears of it as well, once.
    let library = Library::of_names(&project.path("")).unwrap();
    project.write("scenarios/small.json", SMALL);
    let problems = library.scenario(&project.path("scenarios/small.json")).unwrap_err();
    assert_eq!(codes(&problems), [Code::DuplicateName]);
}

#[test]
fn what_a_scenario_does_not_name_is_not_read_for_it() {
    let project = Project::new();
    project.write("fixtures/devices/elsewhere.json", "{");
    project.write("fixtures/devices/more/elsewhere.json", r#"{"kind": "device"}"#);
    project.write("fixtures/systems/elsewhere.json", r#"{"kind": "system"}"#);
    project.write("scenarios/small.json", SMALL);
    let library = Library::of_names(&project.path("")).unwrap();
    library.scenario(&project.path("scenarios/small.json")).unwrap();
}

#[test]
fn a_shared_device_is_complained_of_once() {
    let project = Project::new();
    project.edit(
        SYSTEM,
        r#""load-1": {"device": "house-load"}"#,
        r#""load-1": {"device": "house-load"}, "load-2": {"device": "house-load"}"#,
    );
    project.edit("fixtures/devices/house-load.json", r#""value": 500"#, r#""value": -500"#);
    assert_eq!(codes(&project.load(SMALL).unwrap_err()), [Code::OutOfRange]);
}

#[test]
fn every_mistake_has_its_code() {
    let stays = r#""kind": "stays", "signal": "sessy-1.port_voltage_v", "at_least": 40"#;
    for (old, new, code) in [
        (r#""schema": 1"#, r#""schema": 2"#, Code::WrongVersion),
        (r#""at_s": 1,"#, r#""at_s": -1,"#, Code::OutOfRange),
        (r#""target": "bms""#, r#""target": "sessy-2.bms""#, Code::UnknownRole),
        (r#""target": "bms""#, r#""target": "inverter-1.control""#, Code::WrongDevice),
        (r#""target": "load-1""#, r#""target": "fuse-1""#, Code::WrongDevice),
        (r#""power_w": 500"#, r#""power_w": -1"#, Code::OutOfRange),
        (r#""sessy-1.soc_pct": 100"#, r#""sessy-2.soc_pct": 100"#, Code::UnknownInstance),
        (r#""sessy-1.soc_pct": 100"#, r#""sessy-1.soc_pct": 200"#, Code::OutOfRange),
        (r#""sessy-1.soc_pct": 100"#, r#""sessy-1.paird": 1"#, Code::UnknownKey),
        (r#""sessy-1.soc_pct": 100"#, r#""soc_pct": 100"#, Code::UnknownKey),
        (
            r#""overrides": {"#,
            r#""overrides": {"sessy-1.cells.damage_voltage_v": 2.9, "#,
            Code::OutOfRange,
        ),
        (
            r#"[
    {"id": "port-is-up", "kind": "stays", "signal": "sessy-1.port_voltage_v", "at_least": 40}
  ]"#,
            "[]",
            Code::NoLimit,
        ),
        (stays, r#""kind": "runtime", "load": "sessy-1", "at_least_s": 1"#, Code::WrongDevice),
        (stays, r#""kind": "trips", "target": "sessy-1", "protection": "scp""#, Code::UnknownWord),
        (r#""at_least": 40"#, r#""at_least": 40, "at_most": 30"#, Code::OutOfRange),
        (r#""at_least": 40"#, r#""at_least": 40, "from_s": 9, "to_s": 8"#, Code::OutOfRange),
        (
            r#""covers""#,
            r#""built_in": {"outcome": "fail", "checks": ["x"], "missed_by": "system", "reason": [{"id": "r", "kind": "state-is", "signal": "inverter-1.state", "is": "running"}]}, "covers""#,
            Code::UnknownCheck,
        ),
        (
            r#""covers""#,
            r#""built_in": {"outcome": "fail", "checks": ["port-is-up"], "missed_by": "bsm", "reason": [{"id": "r", "kind": "state-is", "signal": "inverter-1.state", "is": "running"}]}, "covers""#,
            Code::UnknownRole,
        ),
        (
            r#""covers""#,
            r#""built_in": {"outcome": "fail", "checks": ["port-is-up"], "missed_by": "bms", "reason": [{"id": "r", "kind": "trips", "target": "sessy-2", "protection": "scd"}]}, "covers""#,
            Code::UnknownInstance,
        ),
        (
            r#"{"do": "set-load", "at_s": 20, "target": "load-1", "power_w": 500}"#,
            r#"{"do": "short", "at_s": 20, "target": "prot", "resistance_mohm": 5}"#,
            Code::UnknownNode,
        ),
    ] {
        let problems = Project::new().load(small(old, new)).expect_err(new);
        assert_eq!(codes(&problems), [code], "{new}");
    }
}

#[test]
fn a_check_that_nothing_can_break_is_refused() {
    let stays = r#""kind": "stays", "signal": "sessy-1.port_voltage_v", "at_least": 40"#;
    let of = |check: &str| Project::new().load(small(stays, check));
    for (check, code) in [
        (r#""kind": "changes", "signal": "sessy-1.main_switch", "at_least": 0"#, Code::NoLimit),
        (
            r#""kind": "never-while", "signal": "sessy-1.main_switch", "is": "open",
               "while": {"signal": "sessy-1.main_switch", "is": "closed"}"#,
            Code::NoLimit,
        ),
        // Nobody is asked, nothing is there to look at, and nobody would ever be named.
        (
            r#""kind": "finding", "rule": "fuse-voltage", "target": "fuse-9", "broken": false"#,
            Code::UnknownInstance,
        ),
        (
            r#""kind": "finding", "rule": "fuse-voltage", "target": "inverter-1", "broken": false"#,
            Code::WrongDevice,
        ),
        (r#""kind": "finding", "rule": "bank-too-large", "broken": false"#, Code::WrongDevice),
        (r#""kind": "finding", "rule": "load-not-shed", "broken": false"#, Code::WrongDevice),
        (
            r#""kind": "finding", "rule": "fuse-voltage", "fact": "SESSY-19", "broken": false"#,
            Code::WrongPlace,
        ),
    ] {
        let problems = of(check).expect_err(check);
        assert_eq!(codes(&problems), [code], "{check}");
    }
    for check in [
        r#""kind": "changes", "signal": "sessy-1.main_switch", "at_least": 0, "at_most": 1"#,
        r#""kind": "never-while", "signal": "sessy-1.main_switch", "is": "open",
           "while": {"signal": "inverter-1.state", "is": "running"}"#,
        r#""kind": "finding", "rule": "fuse-voltage", "target": "fuse-1", "broken": false"#,
        r#""kind": "finding", "rule": "fuse-voltage", "target": "fuse-1", "fact": "SESSY-19""#,
        r#""kind": "finding", "rule": "charge-current", "target": "sessy-1", "broken": false"#,
        r#""kind": "finding", "rule": "reversed-polarity", "broken": false"#,
    ] {
        of(check).expect(check);
    }
}

#[test]
fn a_reason_of_a_known_miss_asks_for_something_under_a_name_of_its_own() {
    let of = |reason: &str| {
        let known = format!(
            r#""built_in": {{"outcome": "fail", "checks": ["port-is-up"], "missed_by": "system", "reason": [{reason}]}}, "covers""#
        );
        Project::new().load(small(r#""covers""#, &known))
    };
    let none = r#"{"id": "r", "kind": "no-trip"}"#;
    let still = r#"{"id": "s", "kind": "changes", "signal": "sessy-1.main_switch", "at_most": 0}"#;
    let some = r#"{"id": "t", "kind": "reaches", "signal": "sessy-1.soc_pct", "at_least": 1}"#;
    for nothing in [none.to_owned(), still.to_owned(), format!("{none}, {still}")] {
        assert_eq!(codes(&of(&nothing).unwrap_err()), [Code::NoLimit], "{nothing}");
    }
    of(some).unwrap();
    of(&format!("{none}, {some}")).unwrap();
    let twice = some.replace(r#""t""#, r#""port-is-up""#);
    assert_eq!(codes(&of(&twice).unwrap_err()), [Code::DuplicateId]);
}

#[test]
fn an_automatic_transfer_switch_cannot_be_turned() {
    let turn =
        r#"{"do": "turn-switch", "at_s": 2, "target": "ats-1", "to": "grid"}, {"do": "set-load""#;
    let automatic = small(r#"{"do": "set-load""#, turn)
        .replace("sessy-phoenix-48-1200", "sessy-phoenix-48-1200-ats");
    let manual =
        automatic.replace("sessy-phoenix-48-1200-ats", "sessy-phoenix-48-1200-manual-switch");
    assert_eq!(codes(&Project::new().load(automatic).unwrap_err()), [Code::WrongDevice]);
    assert!(Project::new().load(manual).is_ok());
}

#[test]
fn a_fault_on_a_bus_is_checked_for_its_role_its_numbers_and_its_frames() {
    let load = |keys: &str| {
        let fault = format!(r#"{{"do": "can-fault", "at_s": 2, {keys}}}, {{"do": "set-load""#);
        let project = Project::new();
        project.write("fixtures/captures/a.log", "(1.5) can0 123#00\n(1.6) can0 351#0102\n");
        project.load(small(r#"{"do": "set-load""#, &fault))
    };
    for sound in [
        r#""target": "bms", "fault": {"type": "lose"}, "share_pct": 50, "count": 3, "for_s": 1"#,
        r#""target": "sessy-1.bms", "fault": {"type": "delay", "by_ms": 20}, "way": "to-device""#,
        r#""target": "bms", "fault": {"type": "babble", "frame": "000#FF", "period_ms": 1}"#,
        r#""target": "bms", "fault": {"type": "bus-off"}, "for_s": 0.5"#,
        r#""target": "bms", "fault": {"type": "corrupt"}, "id": "18FEF100", "way": "from-device""#,
        r#""target": "bms", "fault": {"type": "replay", "log": "fixtures/captures/a.log"}, "way": "to-device""#,
    ] {
        let scenario = load(sound).unwrap_or_else(|problems| panic!("{}", render(&problems)));
        let ends = scenario.events.iter().any(|event| {
            matches!(&event.action, Action::EndCanFault { role, id: 0 } if role == "sessy-1.bms")
        });
        assert_eq!(ends, sound.contains("for_s"), "{sound}");
    }
    for (keys, code) in [
        (r#""target": "bmx", "fault": {"type": "lose"}"#, Code::UnknownRole),
        (r#""target": "bms", "fault": {"type": "loose"}"#, Code::UnknownWord),
        (r#""target": "bms", "fault": {"type": "lose", "by_ms": 1}"#, Code::UnknownKey),
        (r#""target": "bms", "fault": {"type": "delay", "by_ms": -1}"#, Code::OutOfRange),
        (r#""target": "bms", "fault": {"type": "lose"}, "id": "35""#, Code::OutOfRange),
        (r#""target": "bms", "fault": {"type": "replay", "log": "a.log"}"#, Code::OutOfRange),
        (
            r#""target": "bms", "fault": {"type": "replay", "log": "fixtures/captures/a.log", "channel": "can7"}"#,
            Code::OutOfRange,
        ),
        (r#""target": "bms", "fault": {"type": "lose"}, "share_pct": 0"#, Code::OutOfRange),
        (r#""target": "bms", "fault": {"type": "lose"}, "share_pct": 101"#, Code::OutOfRange),
        (r#""target": "bms", "fault": {"type": "lose"}, "for_s": 0"#, Code::OutOfRange),
        (r#""target": "bms", "fault": {"type": "bus-off"}, "id": "351""#, Code::WrongPlace),
        (
            r#""target": "bms", "fault": {"type": "replay", "log": "fixtures/captures/a.log"}, "count": 3"#,
            Code::WrongPlace,
        ),
        (
            r#""target": "bms", "fault": {"type": "babble", "frame": "0#", "period_ms": 1}"#,
            Code::OutOfRange,
        ),
        (
            r#""target": "bms", "fault": {"type": "babble", "frame": "000#", "period_ms": 0}"#,
            Code::OutOfRange,
        ),
    ] {
        let problems = load(keys).expect_err(keys);
        assert_eq!(codes(&problems), [code], "{keys}\n{}", render(&problems));
    }
}

#[test]
fn every_mistake_of_a_system_has_its_code() {
    for (old, new, code) in [
        (r#""nodes": ["port""#, r#""nodes": ["Port", "port""#, Code::BadName),
        (r#""nodes": ["port""#, r#""nodes": ["ground", "port""#, Code::DuplicateId),
        (
            r#"{"from": "port", "to": "fused"}"#,
            r#"{"from": "port", "to": "fussed"}"#,
            Code::UnknownNode,
        ),
        (
            r#"{"from": "port", "to": "fused"}"#,
            r#"{"from": "port", "to": "port"}"#,
            Code::Unconnected,
        ),
        (
            r#"    "cable-1": {"from": "fused", "to": "dc"},
"#,
            "",
            Code::Unconnected,
        ),
        (r#"{"inverter-1": ["load-1"]}"#, r#"{"inverter-1": ["fuse-1"]}"#, Code::WrongDevice),
        (
            r#"{"inverter-1": ["load-1"]}"#,
            r#"{"inverter-1": ["load-1", "load-1"]}"#,
            Code::DuplicateId,
        ),
        (r#"{"inverter-1": ["load-1"]}"#, r#"{"inverter-2": ["load-1"]}"#, Code::UnknownInstance),
    ] {
        let project = Project::new();
        project.edit(SYSTEM, old, new);
        let problems = project.load(SMALL).expect_err(new);
        assert_eq!(codes(&problems), [code], "{new}\n{}", render(&problems));
    }
}

#[test]
fn unknown_signals_and_states_are_pointed_at() {
    let check = r#"{"id": "runs", "kind": "state-is", "signal": "inverter-1.state", "is": "runing"},
    {"id": "port-is-up""#;
    let scenario = Project::new().load(small(r#"{"id": "port-is-up""#, check)).unwrap();
    let signals = scenario.signal_refs();
    let mut problems = Diagnostics::new();
    problems.unknown_state(&signals[0], ["off", "waiting", "running", "low-voltage"]);
    problems.wrong_signal_kind(&signals[0]);
    problems.unknown_signal(
        &signals[1],
        ["sessy-1.port_voltage_V", "sessy-1.cell-01.voltage_v", "sessy-1.pack_voltage_v", "b.x_v"],
    );
    insta::assert_snapshot!(render(&problems));
}

#[test]
fn a_rig_that_binds_an_unknown_role_is_pointed_at() {
    let project = Project::new();
    let text = fs::read_to_string(root().join("bench-rigs/reference-bms-native.json")).unwrap();
    project.write("bench-rigs/rig.json", text.replace("\"bms\"", "\"bmx\""));
    let library = project.library();
    let rig = library.rig(&project.path("bench-rigs/rig.json")).unwrap();
    let (system, _) = library.system("sessy-phoenix-48-1200").unwrap();
    insta::assert_snapshot!(render(&rig.bind(&system).unwrap_err()));
}

/// What is said of a rig that binds nothing and has these keys.
fn said_of_rig(keys: &str) -> String {
    let project = Project::new();
    let text = format!(r#"{{"schema": 1, "kind": "rig", "title": "t", {keys}, "bindings": {{}}}}"#);
    project.write("bench-rigs/rig.json", text);
    render(&project.library().rig(&project.path("bench-rigs/rig.json")).unwrap_err())
}

#[test]
fn what_a_rig_cannot_emulate() {
    let keys = r#""clock": "lockstep",
  "emulates": {
    "inverter-1": {"as": "ve-direct-phoenix", "unit": 3, "transport": {"type": "socketcan", "interface": "can0"}},
    "load-1": {"as": "modbus-meter", "unit": 248, "transport": {"type": "serial", "path": "/dev/ttyUSB0", "baud": 7}},
    "sessy-1": {"as": "bms-can-victron", "transport": {"type": "process", "command": []}}
  }"#;
    insta::assert_snapshot!(said_of_rig(keys));
}

#[test]
fn a_rig_that_emulates_an_unknown_instance_is_pointed_at() {
    let project = Project::new();
    let text = fs::read_to_string(root().join("bench-rigs/emulated-phoenix.json")).unwrap();
    project.write("bench-rigs/rig.json", text.replace("\"inverter-1\"", "\"invertor-1\""));
    let library = project.library();
    let rig = library.rig(&project.path("bench-rigs/rig.json")).unwrap();
    let (system, _) = library.system("sessy-phoenix-48-1200").unwrap();
    insta::assert_snapshot!(render(&rig.bind(&system).unwrap_err()));
}

#[test]
fn what_a_rig_cannot_afford_or_allow() {
    let keys = r#""clock": "realtime", "longest_s": 0, "budget": {"late_ms": -1, "drift_ms": 1e9}"#;
    insta::assert_snapshot!(said_of_rig(keys));
}

#[test]
fn a_budget_in_lockstep() {
    insta::assert_snapshot!(said_of_rig(r#""budget": {"late_ticks": 3}"#));
}

#[test]
fn a_clock_that_nobody_has() {
    insta::assert_snapshot!(said_of_rig(r#""clock": "real-time""#));
}

#[test]
fn a_system_without_its_file_says_what_there_is() {
    let problems = Project::new().library().system("sessy").unwrap_err();
    assert_eq!(codes(&problems), [Code::UnknownSystem]);
}

#[test]
fn a_fault_of_a_reading_is_checked_for_its_role_its_reading_and_its_numbers() {
    let load = |keys: &str| {
        let fault = format!(r#"{{"do": "fault-reading", "at_s": 2, {keys}}}, {{"do": "set-load""#);
        Project::new().load(small(r#"{"do": "set-load""#, &fault))
    };
    let cell = |fault: &str| {
        format!(r#""target": "bms", "reading": "cell-02_voltage_v", "fault": {{{fault}}}"#)
    };
    let asked = |fault: &str| {
        format!(r#""target": "bms", "reading": "port_request", "fault": {{{fault}}}"#)
    };
    for (sound, readings) in [
        (cell(r#""type": "stuck""#), 1),
        (cell(r#""type": "offset", "by": -0.5"#) + r#", "for_s": 1"#, 1),
        (cell(r#""type": "intermittent", "period_s": 0.1, "duty_pct": 20"#), 1),
        (cell(r#""type": "slow", "time_constant_s": 2"#).replace("02", "*"), 16),
        (asked(r#""type": "value", "is": "yes""#), 1),
        (asked(r#""type": "wrong-sign""#), 1),
        // It outlasts the scenario.
        (cell(r#""type": "off""#) + r#", "for_s": 1e6"#, 1),
    ] {
        let scenario = load(&sound).unwrap_or_else(|problems| panic!("{}", render(&problems)));
        let begins = scenario.events.iter().find_map(|event| match &event.action {
            Action::FaultReading { role, fault, id: 0 } if role == "sessy-1.bms" => Some(fault),
            _ => None,
        });
        assert_eq!(begins.map(|fault| fault.readings.len()), Some(readings), "{sound}");
        let ends = scenario.events.iter().any(|event| {
            matches!(&event.action, Action::EndFaultReading { role, id: 0 } if role == "sessy-1.bms")
        });
        assert_eq!(ends, sound.contains(r#""for_s": 1"#) && !sound.contains("1e6"), "{sound}");
    }
    for (keys, code) in [
        (cell(r#""type": "stuck""#).replace(r#""bms""#, r#""bmx""#), Code::UnknownRole),
        (cell(r#""type": "stuck""#).replace("cell-02", "cell-17"), Code::WrongPin),
        (cell(r#""type": "stuck""#).replace("cell-02_voltage_v", "main_switch"), Code::WrongPin),
        (cell(r#""type": "stack""#), Code::UnknownWord),
        (cell(r#""type": "stuck", "by": 1"#), Code::UnknownKey),
        (cell(r#""type": "offset""#), Code::MissingKey),
        (cell(r#""type": "value""#), Code::MissingKey),
        (cell(r#""type": "value", "is": "high""#), Code::MissingKey),
        (cell(r#""type": "noise", "sigma": 0"#), Code::OutOfRange),
        (cell(r#""type": "noise", "sigma": -1"#), Code::OutOfRange),
        (cell(r#""type": "slow", "time_constant_s": 0"#), Code::OutOfRange),
        (cell(r#""type": "delayed", "by_s": 3601"#), Code::OutOfRange),
        (cell(r#""type": "intermittent", "period_s": 0, "duty_pct": 20"#), Code::OutOfRange),
        (cell(r#""type": "intermittent", "period_s": 1, "duty_pct": 101"#), Code::OutOfRange),
        (cell(r#""type": "intermittent", "period_s": 1, "duty_pct": 0"#), Code::OutOfRange),
        (cell(r#""type": "stuck""#) + r#", "for_s": 0"#, Code::OutOfRange),
        (cell(r#""type": "stuck""#) + r#", "for_s": -1"#, Code::OutOfRange),
        (asked(r#""type": "offset", "by": 1"#), Code::OutOfRange),
        (asked(r#""type": "value", "is": "perhaps""#), Code::UnknownState),
        (asked(r#""type": "value", "value": 1"#), Code::MissingKey),
    ] {
        let problems = load(&keys).expect_err(&keys);
        assert_eq!(codes(&problems), [code], "{keys}\n{}", render(&problems));
    }
    let problems = load(&cell(r#""type": "stuck""#).replace("cell-02", "cell-2")).unwrap_err();
    assert!(render(&problems).contains("cell-02_voltage_v"), "{}", render(&problems));
}
