//! The front-end chip against drivers: each test of `chip_tests.c` is a firmware in a process of its own, which
//! reaches the chip through one function and looks at its registers; what the plant does is looked at here.

use blackstart_units::SimTime;

use super::*;

/// A test of the chip: its number, its system, and what of the scenario is not the same for all.
struct Case {
    number: u32,
    system: &'static str,
    seconds: f64,
    initial: &'static str,
    overrides: &'static str,
    events: &'static str,
    checks: &'static str,
}

const PLAIN: Case = Case {
    number: 0,
    system: "chip-16s-on-a-bench",
    seconds: 5.0,
    initial: r#""pack-1.soc_pct": 50"#,
    overrides: "",
    events: "",
    checks: "",
};

const CASES: &[Case] = &[
    Case { number: 1, ..PLAIN },
    Case { number: 2, ..PLAIN },
    Case {
        number: 3,
        initial: r#""pack-1.soc_pct": 50, "pack-1.cells.cell-01.soc_pct": -5"#,
        ..PLAIN
    },
    Case {
        number: 4,
        checks: r#"
            {"id": "on", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 0.5},
            {"id": "off", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 2}"#,
        ..PLAIN
    },
    // 52.8 V over 0.87 Ω are 60 A, over 0.65 Ω 80 A: below and above 20 mV over 300 µΩ.
    Case {
        number: 5,
        events: r#"
            {"do": "short", "at_s": 2, "target": "bus", "resistance_mohm": 870, "for_s": 1},
            {"do": "short", "at_s": 4, "target": "bus", "resistance_mohm": 650, "for_s": 0.5}"#,
        checks: r#"
            {"id": "carried", "kind": "reaches", "signal": "pack-1.pack_current_a", "at_least": 59, "at_most": 62, "from_s": 2.5, "by_s": 2.9},
            {"id": "trips", "kind": "trips", "target": "pack-1", "protection": "scd", "cause": "short", "by_s": 4.00021},
            {"id": "not-before", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 4.000194},
            {"id": "opens", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 4.00021},
            {"id": "both", "kind": "state-is", "signal": "pack-1.charge_switch", "is": "open", "at_s": 4.00021}"#,
        ..PLAIN
    },
    // 2 µs of it are the switch.
    Case {
        number: 6,
        seconds: 7.0,
        events: r#"
            {"do": "short", "at_s": 2, "target": "bus", "resistance_mohm": 100, "for_s": 0.5},
            {"do": "short", "at_s": 6, "target": "bus", "resistance_mohm": 100, "for_s": 0.5}"#,
        checks: r#"
            {"id": "at-once", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 2.000006},
            {"id": "15-us", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 6.000016},
            {"id": "and-no-more", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 6.000021}"#,
        ..PLAIN
    },
    // At 85 % a cell rests at 3.341 V, the others at 3.300 V: 66 × 50.6 mV is 3.3396 V.
    Case { number: 7, initial: HIGH, ..PLAIN },
    Case {
        number: 8,
        system: "chip-16s-on-a-bus",
        seconds: 10.0,
        initial: r#""pack-1.soc_pct": 50, "pack-1.cells.cell-05.soc_pct": 85, "drive-1.capacitor_voltage_v": 52.8"#,
        events: r#"
            {"do": "set-load", "at_s": 6, "target": "load-1", "power_w": 53},
            {"do": "set-load", "at_s": 8, "target": "load-1", "power_w": 0}"#,
        checks: r#"
            {"id": "trips", "kind": "trips", "target": "pack-1", "protection": "front-end-ovp", "by_s": 1},
            {"id": "carried-by-the-diode-at-first", "kind": "state-is", "signal": "pack-1.charge_switch", "is": "open", "at_s": 6.01},
            {"id": "closed-for-the-load", "kind": "state-is", "signal": "pack-1.charge_switch", "is": "closed", "at_s": 6.2}"#,
        ..PLAIN
    },
    Case {
        number: 9,
        system: "chip-16s-on-a-bus",
        seconds: 27.0,
        initial: CHARGED,
        overrides: r#""charger-1.source_current_a": 0.25"#,
        events: r#"
            {"do": "set-load", "at_s": 2, "target": "load-1", "power_w": 2000},
            {"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 0},
            {"do": "start-source", "at_s": 20, "target": "charger-1"}"#,
        checks: r#"{"id": "trips", "kind": "trips", "target": "pack-1", "protection": "ocd", "by_s": 2.0133}"#,
    },
    Case {
        number: 10,
        seconds: 41.0,
        events: r#"{"do": "short", "at_s": 2, "target": "bus", "resistance_mohm": 5, "for_s": 28}"#,
        checks: r#"{"id": "trips", "kind": "trips", "target": "pack-1", "protection": "scd", "cause": "short", "by_s": 2.0001}"#,
        ..PLAIN
    },
    Case {
        number: 11,
        system: "chip-16s-on-a-bus",
        initial: CHARGED,
        events: r#"{"do": "set-load", "at_s": 1, "target": "load-1", "power_w": 500}"#,
        checks: r#"
            {"id": "fed", "kind": "reaches", "signal": "load-1.dc_voltage_v", "at_least": 50, "from_s": 2, "by_s": 2.9},
            {"id": "interrupted", "kind": "reaches", "signal": "load-1.dc_voltage_v", "at_most": 20, "from_s": 3, "by_s": 3.5}"#,
        ..PLAIN
    },
    Case {
        number: 12,
        events: r#"
            {"do": "short", "at_s": 2, "target": "bus", "resistance_mohm": 5, "for_s": 0.001},
            {"do": "short", "at_s": 3.00021, "target": "bus", "resistance_mohm": 5, "for_s": 0.001}"#,
        ..PLAIN
    },
    Case {
        number: 13,
        seconds: 13.0,
        checks: r#"
            {"id": "open", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 11},
            {"id": "trips", "kind": "trips", "target": "pack-1", "protection": "watchdog", "cause": "host-silent", "by_s": 11}"#,
        ..PLAIN
    },
    Case {
        number: 14,
        system: "chip-16s-on-a-bus",
        seconds: 36.0,
        initial: CHARGED,
        events: r#"
            {"do": "set-load", "at_s": 14, "target": "load-1", "power_w": 32},
            {"do": "set-load", "at_s": 15, "target": "load-1", "power_w": 0},
            {"do": "set-part", "at_s": 30, "target": "pack-1.chip", "what": "shorted_thermistor", "value": 1}"#,
        ..PLAIN
    },
    Case {
        number: 15,
        system: "chip-16s-on-a-bus",
        initial: r#""pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0"#,
        checks: r#"{"id": "inrush", "kind": "reaches", "signal": "pack-1.pack_current_a", "at_least": 800, "from_s": 1.04, "by_s": 1.06}"#,
        ..PLAIN
    },
    Case {
        number: 16,
        seconds: 21.0,
        events: r#"{"do": "set-part", "at_s": 2, "target": "pack-1.chip", "what": "open_input", "value": 7}"#,
        ..PLAIN
    },
    Case {
        number: 17,
        seconds: 91.0,
        initial: r#""pack-1.soc_pct": 99, "pack-1.cells.cell-05.soc_pct": 99.7, "pack-1.cells.cell-06.soc_pct": 99.65"#,
        // 28 Ω and twice 20 Ω at 3.45 V are 51 mA: 0.175 W in the cell's circuit.
        checks: r#"
            {"id": "nothing-at-first", "kind": "stays", "signal": "pack-1.chip.power_w", "at_most": 0.001, "to_s": 45},
            {"id": "one-cell", "kind": "reaches", "signal": "pack-1.chip.power_w", "at_least": 0.16, "at_most": 0.19, "from_s": 60, "by_s": 89},
            {"id": "two-for-the-host", "kind": "reaches", "signal": "pack-1.chip.power_w", "at_least": 0.45, "at_most": 0.53, "from_s": 90}"#,
        ..PLAIN
    },
    Case { number: 18, system: "chip-14s-on-a-bench", seconds: 6.0, ..PLAIN },
    Case {
        number: 19,
        events: r#"{"do": "start-source", "at_s": 2, "target": "charger-1"}"#,
        ..PLAIN
    },
    Case { number: 20, seconds: 15.0, ..PLAIN },
    Case { number: 24, ..PLAIN },
    Case {
        number: 22,
        events: r#"
            {"do": "set-part", "at_s": 1, "target": "pack-1.chip", "what": "bus", "is": "no-acknowledge"},
            {"do": "set-part", "at_s": 2, "target": "pack-1.chip", "what": "bus", "is": "stuck-low"},
            {"do": "set-part", "at_s": 3, "target": "pack-1.chip", "what": "bus", "is": "sound"}"#,
        ..PLAIN
    },
];

/// What a drive's capacitors are charged to, which hold the voltage of a load that takes a power.
const CHARGED: &str = r#""pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 52.8"#;
const HIGH: &str = r#""pack-1.soc_pct": 50, "pack-1.cells.cell-05.soc_pct": 85"#;

impl Case {
    fn scenario(&self, test: &str) -> Resolved {
        let Self { number, system, seconds, initial, overrides, events, checks } = self;
        let passed = format!(
            r#"{{"id": "firmware", "kind": "state-is", "signal": "pack-1.bms.claim.own.test", "is": "{test}", "at_s": {seconds}}}"#
        );
        let checks: Vec<&str> =
            [*checks, &passed].into_iter().filter(|one| !one.is_empty()).collect();
        let text = format!(
            r#"{{"schema": 1, "kind": "scenario", "title": "Chip {number}", "covers": [], "system": "{system}",
               "duration_s": {seconds}, "initial": {{{initial}}}, "overrides": {{{overrides}}},
               "events": [{events}], "checks": [{}]}}"#,
            checks.join(",")
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chip.json");
        std::fs::write(&path, text).unwrap();
        library().scenario(&path).unwrap()
    }

    fn run(&self, test: &str) -> Run {
        let program = firmware_folder().join("chip-tests").display().to_string();
        let rig = rig(&[&program, &self.number.to_string()]);
        let (scenario, root) = (self.scenario(test), root());
        run(&job(&scenario, Some(&rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
    }
}

/// What does not hold of a run, with what the firmware has logged.
fn complaints(run: &Run) -> Vec<String> {
    let judged = &run.verdict.judged;
    let mut all: Vec<String> = judged.reasons.iter().map(|reason| reason.text.clone()).collect();
    let logs = run.trace.events().iter().filter_map(|event| match &event.kind {
        blackstart_trace::EventKind::DutLog { text } => Some(text.clone()),
        _ => None,
    });
    all.extend(logs);
    all
}

#[test]
fn every_behaviour_of_the_chip_passes_as_a_firmware_of_its_own() {
    let mut wrong = Vec::new();
    for case in CASES {
        let run = case.run("passed");
        let complaints = complaints(&run);
        if !complaints.is_empty() {
            wrong.push(format!("{}: {}", case.number, complaints.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_run_with_a_chip_gives_the_same_bytes_twice() {
    for number in [5, 14] {
        let case = CASES.iter().find(|case| case.number == number).unwrap();
        let (first, second) = (case.run("passed"), case.run("passed"));
        assert_eq!(first.trace.digest(), second.trace.digest());
    }
}

#[test]
fn an_answer_that_the_chip_does_not_have_makes_the_verdict_inconclusive_when_it_is_waited_for() {
    let run = Case { number: 21, ..PLAIN }.run("passed");
    let reasons = complaints(&run);
    assert_eq!(run.verdict.judged.outcome.name(), "inconclusive", "{reasons:?}");
    assert!(reasons[0].contains("sub-command 0xF090 is not modelled, and its answer was read"));
}

#[test]
fn a_driver_that_polls_without_end_lets_time_pass() {
    let run = Case { number: 23, seconds: 0.5, ..PLAIN }.run("running");
    assert_eq!(complaints(&run), Vec::<String>::new());
}

/// The shipped devices and systems, the pack as it is or without its chip.
fn project(with_chip: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for kind in ["fixtures/devices", "fixtures/systems", "scenarios"] {
        std::fs::create_dir_all(folder.path().join(kind)).unwrap();
    }
    for kind in ["fixtures/devices", "fixtures/systems"] {
        for entry in std::fs::read_dir(root().join(kind)).unwrap() {
            let from = entry.unwrap().path();
            let to = folder.path().join(kind).join(from.file_name().unwrap());
            std::fs::copy(&from, to).unwrap();
        }
    }
    let path = folder.path().join("fixtures/devices/lfp-16s-behind-a-chip.json");
    let mut device: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    if !with_chip {
        device["parts"].as_object_mut().unwrap().remove("chip");
        device["roles"]["bms"] = serde_json::Value::Null;
        // Its ends become nodes.
        let text = ["minus", "pack"].iter().fold(device.to_string(), |text, end| {
            text.replace(&format!(r#""chip.{end}""#), &format!(r#""at-{end}""#))
        });
        std::fs::write(&path, text.replace(r#""chip.stack","#, "")).unwrap();
    }
    folder
}

#[test]
fn a_chip_changes_nothing_of_what_it_measures_before_it_moves_a_switch() {
    // Switches that conduct whatever is ordered: a chip that may not move them.
    const TEXT: &str = r#"{"schema": 1, "kind": "scenario", "title": "Shorted switches", "covers": [],
        "system": "chip-16s-on-a-bus", "duration_s": 60,
        "initial": {"pack-1.soc_pct": 50, "pack-1.cells.cell-05.soc_pct": 60, "drive-1.capacitor_voltage_v": 52.8},
        "events": [
            {"do": "set-part", "at_s": 0, "target": "pack-1.charge", "what": "switch", "is": "shorted"},
            {"do": "set-part", "at_s": 0, "target": "pack-1.discharge", "what": "switch", "is": "shorted"},
            {"do": "set-load", "at_s": 5, "target": "load-1", "power_w": 1000},
            {"do": "set-load", "at_s": 20, "target": "load-1", "power_w": 0},
            {"do": "start-source", "at_s": 30, "target": "charger-1"}],
        "checks": [{"id": "end", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 60}]}"#;
    let run_of = |with_chip: bool| {
        let folder = project(with_chip);
        let path = folder.path().join("scenarios/case.json");
        std::fs::write(&path, TEXT).unwrap();
        let library = Library::open(folder.path()).unwrap();
        let scenario = library.scenario(&path).unwrap_or_else(|problems| panic!("{problems:?}"));
        run(&job(&scenario, None, folder.path()), &mut |_| ControlFlow::Continue(())).unwrap()
    };
    let (with, without) = (run_of(true), run_of(false));
    let mut currents = 0.0_f64;
    for (signal, tolerance) in [
        ("pack-1.pack_current_a", 1e-3),
        ("pack-1.lowest_cell_v", 1e-3),
        ("pack-1.highest_cell_v", 1e-3),
    ] {
        let series = |run: &Run, at| run.trace.series_named(signal).unwrap().value_at(at).unwrap();
        for tenth in 1..600 {
            // Beside the steps of the load, where a millisecond is a hundred amperes.
            let at = SimTime::from_millis(100 * tenth + 50);
            let (one, other) = (series(&with, at), series(&without, at));
            assert!((one - other).abs() <= tolerance, "{signal} at {at}: {one} and {other}");
            currents = currents.max(one.abs());
        }
    }
    assert!(currents > 15.0, "nothing flowed");
}

/// The BMS with a driver: what happens to it in fifteen seconds.
const DRIVEN: &str = r#"{"schema": 1, "kind": "scenario", "title": "A driver sets its chip up", "covers": [],
    "system": "chip-16s-on-a-bus", "duration_s": 15,
    "initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0},
    "events": [
        {"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000},
        {"do": "set-load", "at_s": 4, "target": "load-1", "power_w": 0},
        {"do": "short", "at_s": 5, "target": "bus", "resistance_mohm": 20, "for_s": 1}],
    "checks": [
        {"id": "pre-charged", "kind": "reaches", "signal": "drive-1.voltage_v", "at_least": 50, "by_s": 1.5},
        {"id": "without-inrush", "kind": "stays", "signal": "pack-1.pack_current_a", "at_most": 120, "to_s": 2.9},
        {"id": "fed", "kind": "reaches", "signal": "pack-1.pack_current_a", "at_least": 18, "from_s": 3.5, "by_s": 3.9},
        {"id": "trips", "kind": "trips", "target": "pack-1", "protection": "scd", "cause": "short", "by_s": 5.0002},
        {"id": "seen", "kind": "state-is", "signal": "pack-1.bms.claim.alarm", "is": "over-current", "at_s": 6},
        {"id": "counted", "kind": "reaches", "signal": "pack-1.bms.claim.own.protection_events", "at_least": 1, "at_most": 1, "from_s": 6, "by_s": 14},
        {"id": "open", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 14},
        {"id": "still-running", "kind": "state-is", "signal": "pack-1.bms.claim.state", "is": "error", "at_s": 14}]}"#;

fn driven(rig: &Rig) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("driven.json");
    std::fs::write(&path, DRIVEN).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

#[test]
fn a_driver_gives_one_digest_natively_and_in_an_emulator() {
    let native = driven(&rig(&[&firmware_folder().join("chip-bms").display().to_string()]));
    assert_eq!(complaints(&native), Vec::<String>::new());
    if let Some(missing) = builds::missing_for_cortex_m3() {
        builds::skipped("a_driver_gives_one_digest_natively_and_in_an_emulator", &missing);
        return;
    }
    let text = std::fs::read_to_string(root().join("bench-rigs/chip-bms-cortex-m3.json")).unwrap();
    let image = build_folder().join("chip-bms-cortex-m3.elf").display().to_string();
    let text = text.replace("fixtures/firmware/build/chip-bms-cortex-m3.elf", &image);
    let emulated = driven(&mapped::load(&text).unwrap());
    assert_eq!(complaints(&emulated), Vec::<String>::new());
    assert_eq!(native.trace.digest(), emulated.trace.digest());
}
