//! Firmware with CAN frames of its own, attached by a rig file alone.

use blackstart_trace::EventKind;

use super::*;
use crate::realtime::{GENEROUS, come_up, passed_unless_late};

/// The shipped rig with this machine's firmware, a generous budget, and changes.
pub fn text(changes: &[(&str, &str)]) -> String {
    let program = firmware_folder().join("can-bms").display().to_string();
    let shipped = std::fs::read_to_string(root().join("bench-rigs/can-bms.json")).unwrap();
    let budget = r#"{"late_ticks": 5000, "late_ms": 500}"#;
    let usual = [
        (r#""fixtures/firmware/build/can-bms""#.to_owned(), format!("{program:?}")),
        (budget.to_owned(), GENEROUS.to_owned()),
    ];
    let changes = changes.iter().map(|&(from, to)| (from.to_owned(), to.to_owned()));
    changes.chain(usual).fold(shipped, |text, (from, to)| {
        assert!(text.contains(&from), "{from}");
        text.replace(&from, &to)
    })
}

pub fn load(text: &str) -> Result<Rig, blackstart_scenario::Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.json");
    std::fs::write(&path, text).unwrap();
    library().rig(&path)
}

/// The rig with another command in the place of the firmware; `{}` in it is the firmware.
pub fn shell(script: &str) -> Rig {
    let program = firmware_folder().join("can-bms").display().to_string();
    let script = script.replace("{}", &program);
    let command = serde_json::to_string(&["/bin/sh", "-c", &script]).unwrap();
    let timeout = r#""expect": "can-bms", "answer_timeout_s": 1,"#;
    // The shipped command stays behind as a remark, where the usual change finds it.
    let command = format!(r#"{command}, "why": "fixtures/firmware/build/can-bms""#);
    let text = text(&[
        (r#"["fixtures/firmware/build/can-bms"]"#, &command),
        (r#""expect": "can-bms","#, timeout),
    ]);
    load(&text).unwrap()
}

/// What is found wrong, as codes and messages: on loading, or against the system.
fn wrong(changes: &[(&str, &str)]) -> Vec<String> {
    let scenario = scenario(PAIRING);
    let found =
        load(&text(changes)).and_then(|rig| blackstart_bench::check_mappings(&scenario, &rig));
    let problems = found.expect_err("something is wrong with it");
    problems.iter().map(|problem| format!("{}: {problem}", problem.code.name())).collect()
}

fn said(run: &Run, what: &str) -> bool {
    let text = |kind: &EventKind| match kind {
        EventKind::DutSilent { what } => what.clone(),
        EventKind::DutLost { reason } => reason.clone(),
        _ => String::new(),
    };
    run.trace.events().iter().any(|event| text(&event.kind).contains(what))
}

#[test]
fn a_firmware_that_knows_nothing_of_the_bench_brings_the_port_up() {
    let run = come_up(&load(&text(&[])).unwrap());
    passed_unless_late(&run);
    let basis = &run.verdict.basis;
    assert!(basis.files.iter().any(|file| file.path == "fixtures/dbc/can-bms.dbc"));
    let link = &basis.links[0];
    let unfed = vec!["pack_temperature_c".to_owned()];
    assert_eq!((link.bad_frames, &link.unfed, &link.ungiven), (0, &unfed, &Vec::new()));
    assert!(link.bytes_sent > 0 && link.bytes_received > 0);
}

#[test]
fn a_reading_that_nothing_feeds_and_a_command_that_nobody_gives_are_named() {
    let listed = r#"["pack_temperature_c"]"#;
    let temperature =
        "bad-mapping: nothing feeds `pack_temperature_c`: map them or list them under `unfed`";
    assert_eq!(wrong(&[(listed, "[]")]), [temperature]);
    let settings = wrong(&[(r#""ScdDelay": {"command": "scd_delay_us"},"#, "")]);
    let expected =
        "bad-mapping: no message gives `scd_delay_us`: map them or list them under `ungiven`";
    assert_eq!(settings, [expected]);
    assert_eq!(
        wrong(&[(listed, r#"["pack_temperature_c", "pack_temp*", "pack_voltage_v", "cel-*"]"#)]),
        [
            "bad-mapping: `pack_voltage_v` is fed, and stands under `unfed`",
            "unknown-signal: the role `sessy-1.bms` has no reading `cel-*`",
        ]
    );
}

#[test]
fn messages_that_stay_away_are_reported_and_then_the_device_is_lost() {
    // Its line is cut after some messages, and held open.
    let rig = shell("{} | dd bs=1 count=600 status=none; sleep 30");
    let run = come_up(&rig);
    assert!(said(&run, "no message `BmsCommand` for 0.5 s"), "{:?}", run.trace.events());
    assert!(said(&run, "was silent for 1s"), "{:?}", run.trace.events());
}

#[test]
fn a_device_that_ends_is_lost() {
    let run = come_up(&shell("{} | dd bs=1 count=600 status=none"));
    assert!(said(&run, "exited with code"), "{:?}", run.trace.events());
}

#[test]
fn a_device_of_which_no_message_ever_comes_never_answered() {
    let only = r#"{"schema": 1, "kind": "rig", "title": "t", "clock": "realtime",
        "budget": {"late_ticks": 1000000, "late_ms": 500}, "bindings": {"bms": {
        "answer_timeout_s": 1,
        "transport": {"type": "slcan", "line": {"type": "process", "command": ["PROGRAM"]}},
        "protocol": {"type": "dbc", "files": ["fixtures/dbc/can-bms.dbc"], "unfed": ["*"], "ungiven": ["*"], "messages": [
            {"message": "Charge", "from": "device", "signals": {}}]}}}}"#;
    let rig =
        load(&only.replace("PROGRAM", &firmware_folder().join("can-bms").display().to_string()));
    let (scenario, root, rig) = (scenario(PAIRING), root(), rig.unwrap());
    let outcome = run(&job(&scenario, Some(&rig), &root), &mut |_| ControlFlow::Continue(()));
    assert!(matches!(outcome, Err(BenchError::NeverAnswered { .. })));
}

#[test]
fn names_that_the_dbc_file_lacks_are_named() {
    let found = wrong(&[
        (r#""message": "BmsState""#, r#""message": "BmsStat""#),
        (r#""PortVoltage": "#, r#""PortVolts": "#),
        (
            r#"{"signal": "Crc", "kind": "crc8-sae-j1850"}"#,
            r#"{"signal": "Alive", "kind": "crc8"}"#,
        ),
    ]);
    assert_eq!(
        found,
        [
            "unknown-word: there is no checksum `crc8`",
            "unknown-signal: the message `PackStatus` has no signal `PortVolts`",
            "unknown-word: there is no checksum `crc8`",
            "unknown-message: no DBC file has a message `BmsStat`",
        ]
    );
}

#[test]
fn what_does_not_fit_a_signal_is_named() {
    let found = wrong(&[
        (r#", "negate": true, "valid""#, r#", "valid""#),
        (
            r#""PackVoltage": {"reading": "pack_voltage_v"}"#,
            r#""PackVoltage": {"reading": "pack_temperature_c"}"#,
        ),
        (r#""Soc": {"claim": "soc_pct"}"#, r#""Soc": {"reading": "soc_pct"}"#),
        (r#""checksum": {"signal": "Crc""#, r#""checksum": {"signal": "Alive""#),
        (r#""clock": "realtime""#, r#""clock": "lockstep""#),
    ]);
    for expected in [
        "bad-mapping: which way does `PackCurrent` count?",
        "wrong-unit: `PackVoltage` is in `V`, and `pack_temperature_c` in °C",
        "bad-mapping: `Soc` must mean one thing",
        "bad-mapping: `Alive` is not one whole byte",
        "wrong-place: nothing is late in lockstep",
    ] {
        assert!(found.iter().any(|problem| problem == expected), "{expected}: {found:?}");
    }
}

#[test]
fn what_the_role_does_not_have_is_named_before_anything_runs() {
    let found = wrong(&[
        (r#"{"reading": "port_request"}"#, r#"{"reading": "port_reqest"}"#),
        (r#""sessy-1.main_switch""#, r#""sessy-1.main_swich""#),
        (r#"{"command": "front_end_clear"}"#, r#"{"command": "front_end_reset"}"#),
        (r#""states": {"CLOSE": "closed"}}"#, r#""states": {"CLOSE": "shut"}}"#),
    ]);
    assert_eq!(
        found,
        [
            "unknown-signal: the role `sessy-1.bms` has no reading `port_reqest`",
            "unknown-signal: there is no signal `sessy-1.main_swich`",
            "unknown-state: the value 1 of `MainSwitch` means `shut`, which is no state",
            "unknown-state: the value 1 of `PrechargeSwitch` means `shut`, which is no state",
            "unknown-signal: the role `sessy-1.bms` has no command `front_end_reset`",
        ]
    );
}

#[test]
fn a_signal_that_cannot_carry_what_its_meaning_can_be_is_named() {
    let feedback = r#""MainFeedback": {"plant": "sessy-1.main_switch"}"#;
    for (from, to, expected) in [
        (
            r#""PackVoltage": {"reading": "pack_voltage_v"}"#,
            r#""Alive": {"reading": "pack_voltage_v", "unit": "V"}"#,
            "out-of-range: `Alive` cannot carry",
        ),
        (
            feedback,
            r#""MainFeedback": {"plant": "sessy-1.bms.claim.state"}"#,
            "out-of-range: `MainFeedback` cannot carry 6 of `sessy-1.bms.claim.state`, which can be 0 to 6",
        ),
        (
            feedback,
            r#""MainFeedback": {"value": 2}"#,
            "out-of-range: `MainFeedback` cannot carry 2 of `a constant`",
        ),
        (
            r#""FrontEndStatus": {"reading": "front_end_status"}"#,
            r#""StoredPaired": {"reading": "front_end_status"}"#,
            "out-of-range: `StoredPaired` cannot carry 15 of `front_end_status`",
        ),
        (
            r#""MainSwitch": {"command": "main_switch", "states": {"CLOSE": "closed"}}"#,
            r#""MainSwitch": {"command": "main_switch", "states": {"CLOSE": "open"}}"#,
            "unknown-state: no value of `MainSwitch` means `closed`",
        ),
    ] {
        let found = match to.contains("StoredPaired") {
            // It is there already.
            true => wrong(&[(r#""StoredPaired": {"reading": "stored_paired"},"#, ""), (from, to)]),
            false => wrong(&[(from, to)]),
        };
        assert!(found[0].starts_with(expected), "{expected}: {found:?}");
    }
}

#[test]
fn a_line_of_bytes_is_no_bus() {
    let found = wrong(&[
        (r#""type": "slcan","#, r#""type": "process", "command": ["x"]"#),
        (
            r#"        "line": {"type": "process", "command": ["fixtures/firmware/build/can-bms"]},
        "bit_rate_kbps": 500
"#,
            r#", "why": "fixtures/firmware/build/can-bms""#,
        ),
    ]);
    assert_eq!(found, ["bad-mapping: a DBC file describes a CAN bus"]);
}
