//! Clients that others wrote talk to what the bench emulates, over pseudo-terminals and in real time.

mod orders;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use blackstart_bench::{Run, run};
use blackstart_scenario::Rig;
use blackstart_units::SimTime;

use crate::witness::Witness;
use crate::{job, library, root, scenario};

const SCENARIO: &str = "scenarios/field/inverter-read-by-clients-supplies-300-w.json";
/// What each client prints is read elsewhere; how punctual this machine is does not matter here.
const BUDGET: &str = r#"{"late_ticks": 1000000, "late_ms": 3600000, "lost_frames": 1000000}"#;

/// A rig that emulates these devices, each on a port in a folder.
fn rig(folder: &Path, emulates: &[(&'static str, &'static str, &str)]) -> Rig {
    let on_port = |&(instance, kind, port): &(&'static str, &'static str, &str)| {
        let link = folder.join(port).display().to_string();
        (instance, kind, format!(r#"{{"type": "pty", "link": {link:?}}}"#))
    };
    rig_over(folder, &emulates.iter().map(on_port).collect::<Vec<_>>())
}

/// A rig that emulates these devices over these transports.
fn rig_over(folder: &Path, emulates: &[(&str, &str, String)]) -> Rig {
    let entry = |(instance, kind, transport): &(&str, &str, String)| {
        format!(r#""{instance}": {{"as": "{kind}", "transport": {transport}}}"#)
    };
    let emulates: Vec<String> = emulates.iter().map(entry).collect();
    let text = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "test", "clock": "realtime", "budget": {BUDGET},
            "bindings": {{}}, "emulates": {{{}}}}}"#,
        emulates.join(", ")
    );
    let path = folder.join("rig.json");
    std::fs::write(&path, text).unwrap();
    library().rig(&path).unwrap()
}

/// Runs the scenario up to an instant or a little further.
fn run_until(rig: &Rig, end: SimTime) -> Run {
    let (scenario, root) = (scenario(SCENARIO), root());
    let outcome = run(&job(&scenario, Some(rig), &root), &mut |progress| {
        if progress.at >= end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    outcome.unwrap()
}

/// Runs the scenario until every client has got what it wants; what each printed, and the run.
fn converse<'a>(
    rig: &Rig,
    clients: &[&'a (dyn Fn() -> Vec<String> + Sync)],
) -> (Vec<Vec<String>>, Run) {
    let (scenario, root, done) = (scenario(SCENARIO), root(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        let done = &done;
        let ask = |client: &'a (dyn Fn() -> Vec<String> + Sync)| {
            scope.spawn(move || {
                let said = client();
                done.fetch_add(1, Ordering::SeqCst);
                said
            })
        };
        let asked: Vec<_> = clients.iter().copied().map(ask).collect();
        let run = run(&job(&scenario, Some(rig), &root), &mut |_| {
            let all = done.load(Ordering::SeqCst) == clients.len();
            if all { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (asked.into_iter().map(|client| client.join().unwrap()).collect(), run.unwrap())
    })
}

/// Least and greatest value of a signal in a run.
fn extremes(run: &Run, signal: &str) -> (f64, f64) {
    let values = run.trace.series_named(signal).unwrap().values();
    values.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)))
}

fn assert_within(value: f64, (low, high): (f64, f64), what: &str) {
    assert!(
        (low - 0.006..=high + 0.006).contains(&value),
        "{what}: {value} is not in {low} … {high}"
    );
}

#[test]
fn clients_of_others_read_and_drive_what_is_emulated() {
    let packages = ["vedirect", "vedirect_m8", "pymodbus", "can", "cantools"];
    let found: Option<Vec<Witness>> = packages.iter().map(|name| Witness::with(name)).collect();
    let Some(witnesses) = found else { return };
    let python = &witnesses[0];
    let folder = tempfile::tempdir().unwrap();
    let port = |name: &str| folder.path().join(name).display().to_string();
    let rig = rig(
        folder.path(),
        &[
            ("inverter-1", "ve-direct-phoenix", "phoenix"),
            ("load-1", "modbus-meter", "meter"),
            ("sessy-1", "bms-can-pylontech", "bms"),
        ],
    );
    let description = root().join("fixtures/dbc/pylontech.dbc").display().to_string();
    // A serial port has one reader at a time.
    let phoenix = || {
        let mut said = python.ask(include_str!("vedirect_reader.py"), port("phoenix"));
        said.extend(python.ask(include_str!("vedirect_m8_reader.py"), port("phoenix")));
        said
    };
    let meter = || python.ask(include_str!("pymodbus_client.py"), port("meter"));
    let inverter = || {
        let input = format!("{}\n{description}", port("bms"));
        python.ask(include_str!("python_can_inverter.py"), input)
    };
    let (said, run) = converse(&rig, &[&phoenix, &meter, &inverter]);

    assert_eq!(said[0].len(), 4 + 5, "{:?}", said[0]);
    let volts = extremes(&run, "inverter-1.dc_voltage_v");
    for line in &said[0] {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words[0], "0xA274", "{line}");
        assert_within(words[2].parse().unwrap(), volts, "V");
    }
    let last: Vec<&str> = said[0][8].split(' ').collect();
    assert_eq!(last[1], "9", "it inverts by now");

    let expected = [
        "read 230.0 300.0 50.0",
        "odd address 2",
        "odd count 3",
        "no such register 2",
        "no such function 1",
        "bad value 3",
        "wrong unit silent",
        "read 230.0 300.0 50.0",
    ];
    assert_eq!(said[1], expected);

    let of = |message: &str, signal: &str| -> Vec<f64> {
        let lines = said[2].iter().filter(|line| line.split(' ').next() == Some(message));
        let value = |line: &String| {
            let found = line.split(' ').find_map(|word| word.strip_prefix(&format!("{signal}=")));
            found.unwrap().parse().unwrap()
        };
        lines.map(value).collect()
    };
    let voltages = of("Measurements", "Voltage_v");
    assert!((7..=9).contains(&voltages.len()), "one a second for eight seconds: {voltages:?}");
    let volts = extremes(&run, "sessy-1.pack_voltage_v");
    voltages.iter().for_each(|&value| assert_within(value, volts, "pack voltage"));
    assert!(of("Limits", "DischargeCurrent_a").contains(&20.0), "the port is open by now");
    assert_eq!(of("Flags", "SignatureP").first(), Some(&80.0));
    assert!(of("Flags", "SystemError").iter().all(|&flag| flag == 0.0));
    // Five seconds of patience with six messages a second, then a pause.
    let silence = said[2].last().unwrap().strip_prefix("silence ").unwrap().parse::<u32>().unwrap();
    assert!((24..=36).contains(&silence), "{silence} frames after the answers had stopped");
}
