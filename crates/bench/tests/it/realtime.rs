//! Runs on the wall clock. Nothing here says how fast the machine is: a run that was late says so, and
//! then it may be anything but a failure.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use blackstart_scenario::{Binding, Transport};

use super::*;
use crate::builds::cortex_m3;

/// Two seconds and a half: the port is asked for onto empty capacitors and comes up after pre-charge.
const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The port comes up", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 2.5,
  "initial": {"sessy-1.paired": 1, "inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 0},
  "events": [{"do": "enable-port", "at_s": 0.3, "target": "bms"}],
  "checks": [
    {"id": "nothing-trips", "kind": "no-trip", "target": "sessy-1"},
    {"id": "port-comes-up", "kind": "state-is", "signal": "sessy-1.main_switch", "is": "closed"}
  ]
}"#;
/// More than any machine should need; its drift is less than what the scenario leaves the device.
pub const GENEROUS: &str = r#"{"late_ticks": 1000000, "late_ms": 500, "drift_ms": 500}"#;

/// A rig on the realtime clock that binds the BMS to a command.
pub fn realtime(budget: &str, command: &[&str]) -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rig.json");
    let command = serde_json::to_string(command).unwrap();
    let text = format!(
        r#"{{"schema":1,"kind":"rig","title":"test","clock":"realtime","budget":{budget},
            "bindings":{{"bms":{{"answer_timeout_s":10,"transport":{{"type":"process","command":{command}}}}}}}}}"#
    );
    std::fs::write(&path, text).unwrap();
    library().rig(&path).unwrap()
}

pub fn comes_up() -> Resolved {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port-comes-up.json");
    std::fs::write(&path, SCENARIO).unwrap();
    library().scenario(&path).unwrap()
}

pub fn come_up(rig: &Rig) -> Run {
    let (scenario, root) = (comes_up(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The run passed, or was late and says so; its basis has the figures.
pub fn passed_unless_late(run: &Run) {
    let timing = run.verdict.basis.timing.as_ref().expect("the realtime clock keeps books");
    assert!(timing.ticks > 0, "{timing:?}");
    let judged = &run.verdict.judged;
    let expected = if timing.missed().is_empty() { "pass" } else { "inconclusive" };
    assert_eq!(judged.outcome.name(), expected, "{:?} {timing:?}", judged.reasons);
}

/// Runs something while two threads keep two processors busy.
pub fn under_load<T>(work: impl FnOnce() -> T) -> T {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let done = work();
        is_over.store(true, Ordering::Relaxed);
        done
    })
}

fn command(rig: &Rig) -> Vec<&str> {
    let Binding { transport: Transport::Process { command }, .. } = &rig.bindings["bms"] else {
        panic!("the emulator is a process")
    };
    command.iter().map(String::as_str).collect()
}

/// A process that speaks as a CAN adapter.
fn behind_an_adapter(command: &[&str]) -> Rig {
    let mut rig = realtime(GENEROUS, command);
    let transport = &mut rig.bindings.get_mut("bms").unwrap().transport;
    *transport =
        Transport::Slcan { line: Box::new(transport.clone()), bit_rate: 500_000, answers: true };
    rig
}

/// The emulator of a rig, with the image that speaks as one.
fn systick_behind_an_adapter(serial: &Rig) -> Rig {
    let mut command: Vec<String> = command(serial).into_iter().map(str::to_owned).collect();
    let image = command.last_mut().expect("the image is the last argument");
    *image = image.replace("-cortex-m3.elf", "-cortex-m3-slcan.elf");
    behind_an_adapter(&command.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn native_firmware_brings_the_port_up_on_its_own_clock() {
    let run = come_up(&realtime(GENEROUS, &[&native("1.1")]));
    passed_unless_late(&run);
    let links = &run.verdict.basis.links;
    assert_eq!((links[0].round_trips, links[0].bad_frames, links[0].lost_frames), (0, 0, 0));
    assert!(links[0].bytes_received > 0);
}

#[test]
fn firmware_behind_a_can_adapter_brings_the_port_up_on_its_own_clock() {
    passed_unless_late(&come_up(&behind_an_adapter(&[&(native("1.1") + "-slcan")])));
}

#[test]
fn firmware_on_systick_in_an_emulator_brings_the_port_up() {
    let test = "firmware_on_systick_in_an_emulator_brings_the_port_up";
    let Some(lockstep) = cortex_m3(test, "1.1") else { return };
    passed_unless_late(&come_up(&realtime(GENEROUS, &command(&lockstep))));
    passed_unless_late(&come_up(&systick_behind_an_adapter(&lockstep)));
}

#[test]
fn under_full_load_no_firmware_fails_for_being_served_late() {
    let run = under_load(|| come_up(&realtime("{}", &[&native("1.1")])));
    passed_unless_late(&run);
    let test = "under_full_load_no_firmware_fails_for_being_served_late";
    let Some(lockstep) = cortex_m3(test, "1.1") else { return };
    for rig in [realtime(GENEROUS, &command(&lockstep)), systick_behind_an_adapter(&lockstep)] {
        passed_unless_late(&under_load(|| come_up(&rig)));
    }
}

#[test]
fn a_clock_that_departs_beyond_the_budget_makes_the_verdict_inconclusive() {
    // No two clocks agree to the nanosecond.
    let budget = r#"{"late_ticks": 1000000, "late_ms": 500, "drift_ms": 0}"#;
    let run = come_up(&realtime(budget, &[&native("1.1")]));
    let judged = &run.verdict.judged;
    assert_eq!(judged.outcome.name(), "inconclusive");
    assert!(
        judged.reasons[0].text.contains("a device's clock departed by"),
        "{:?}",
        judged.reasons
    );
}

#[test]
fn a_device_that_ends_in_the_middle_is_lost() {
    // Its line is cut after 600 bytes; the firmware then ends on the broken pipe.
    let cut = format!("{} | dd bs=1 count=600 status=none", native("1.1"));
    let run = come_up(&realtime(GENEROUS, &["/bin/sh", "-c", &cut]));
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    assert!(judged.to_string().contains("dut-lost"), "{judged}");
}

#[test]
fn a_run_on_the_wall_clock_records_no_sample_that_a_line_says() {
    let run = come_up(&realtime(GENEROUS, &[&native("1.1")]));
    let slices = run.verdict.basis.timing.as_ref().unwrap().ticks as usize;
    let series = |name: &str| run.trace.series_named(name).unwrap();
    // Nothing happens to the cells, in four samples of every slice.
    let kept = series("sessy-1.cells.cell-01.voltage_v").times().len();
    assert!(kept < slices, "{kept} samples in {slices} slices");
    // And what happens to the port is all there: pre-charge ends within a volt of the pack.
    let port = series("sessy-1.port_voltage_v");
    let highest = port.values().iter().fold(0.0_f64, |highest, &value| highest.max(value));
    assert!(highest > 45.0, "{highest} V");
}

#[test]
fn a_command_takes_effect_when_it_arrives_and_not_before_its_cause() {
    let run = come_up(&realtime(GENEROUS, &[&native("1.1")]));
    let event = |what: &str| {
        let events = run.trace.events();
        let found = events.iter().find(|event| format!("{:?}", event.kind).contains(what));
        found.unwrap_or_else(|| panic!("no event {what}")).at
    };
    let (asked, answered) = (event("enable-port"), event("precharge"));
    assert!(answered > asked, "asked at {asked}, answered at {answered}");
}
