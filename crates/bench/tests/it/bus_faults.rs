//! What a scenario makes go wrong on the bus to a device.

use blackstart_scenario::Transport;
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::{LinkStatistics, Outcome, ReasonCode};
use blackstart_wire::can::Checksum;

use super::*;
use crate::can::{VCAN, skip};
use crate::mapped::{load, text};
use crate::realtime::{GENEROUS, passed_unless_late};

/// Three seconds in which the port comes up, with a fault once it is there.
pub fn with(fault: &str, rig: Option<&Rig>) -> Run {
    with_at(1.8, fault, rig)
}

fn with_at(at_s: f64, fault: &str, rig: Option<&Rig>) -> Run {
    let scenario = format!(
        r#"{{
  "schema": 1, "kind": "scenario", "title": "A fault on the bus", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 3,
  "initial": {{"sessy-1.paired": 1, "inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 0}},
  "events": [
    {{"do": "enable-port", "at_s": 0.3, "target": "bms"}},
    {{"do": "can-fault", "at_s": {at_s}, "target": "bms", {fault}}}
  ],
  "checks": [{{"id": "nothing-trips", "kind": "no-trip", "target": "sessy-1"}}]
}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fault.json");
    std::fs::write(&path, scenario).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, rig, &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn can_bms() -> Rig {
    load(&text(&[])).unwrap()
}

/// The faults that ended: their names, and how many frames met them.
pub fn ended(run: &Run) -> Vec<(String, u64)> {
    let events = run.trace.events().iter();
    let ended = events.filter_map(|event| match &event.kind {
        EventKind::FaultEnded { fault, reading: None, count } => Some((fault.clone(), *count)),
        _ => None,
    });
    ended.collect()
}

pub fn reached_nothing(run: &Run) -> bool {
    let reasons = &run.verdict.judged.reasons;
    reasons.iter().any(|reason| reason.code == ReasonCode::FaultNotReached)
}

#[test]
fn a_bus_that_loses_everything_silences_the_device_for_as_long() {
    let lost = r#""fault": {"type": "lose"}, "way": "from-device", "for_s": 1"#;
    let run = with(lost, Some(&can_bms()));
    let silent = |kind: &EventKind| matches!(kind, EventKind::DutSilent { .. });
    assert!(run.trace.events().iter().any(|event| silent(&event.kind)));
    let ended = ended(&run);
    assert!(matches!(&ended[..], [(fault, 1..)] if fault == "lose"), "{ended:?}");
    assert!(!reached_nothing(&run));
}

#[test]
fn a_fault_without_a_time_ends_with_the_run() {
    let run = with(r#""fault": {"type": "delay", "by_ms": 5}, "share_pct": 50"#, Some(&can_bms()));
    let ended = ended(&run);
    assert!(matches!(&ended[..], [(fault, 1..)] if fault == "delay"), "{ended:?}");
    assert!(!reached_nothing(&run));
}

#[test]
fn a_fault_that_meets_no_frame_is_never_a_pass() {
    let run = with(r#""fault": {"type": "corrupt"}, "id": "7FF", "for_s": 1"#, Some(&can_bms()));
    assert_eq!(ended(&run), [("corrupt".to_owned(), 0)]);
    assert!(reached_nothing(&run));
    assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
}

#[test]
fn a_device_without_a_bus_or_in_lockstep_is_never_met() {
    let lose = r#""fault": {"type": "lose"}"#;
    let lockstep = rig(&[&native("1.1")]);
    for run in [with(lose, None), with(lose, Some(&lockstep))] {
        assert_eq!(ended(&run), [("lose".to_owned(), 0)]);
        let text = "the fault `lose` on the bus of sessy-1.bms met no frame";
        let reasons = &run.verdict.judged.reasons;
        assert!(reasons.iter().any(|reason| reason.text == text), "{reasons:?}");
        assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
    }
}

/// A fault that meets frames of the mapped firmware, and what became of the run: a pass unless it was late.
fn met(fault: &str, name: &str) -> Run {
    survived(with(fault, Some(&can_bms())), name)
}

fn survived(run: Run, name: &str) -> Run {
    let ended = ended(&run);
    assert!(matches!(&ended[..], [(fault, 1..)] if fault == name), "{ended:?}");
    assert!(!reached_nothing(&run));
    passed_unless_late(&run);
    run
}

pub fn link(run: &Run) -> &LinkStatistics {
    &run.verdict.basis.links[0]
}

/// What a fault did to frames is in the basis, and counts against no budget.
fn disturbed(run: &Run) {
    let link = link(run);
    assert!(link.disturbed_frames > 0, "{link:?}");
    assert_eq!(link.lost_frames, 0, "{link:?}");
}

#[test]
fn commands_that_are_lost_now_and_then_are_missed_by_their_counters() {
    let fault = r#""fault": {"type": "lose"}, "way": "from-device", "id": "300", "share_pct": 30"#;
    disturbed(&met(fault, "lose"));
}

#[test]
fn commands_that_come_late_are_overtaken() {
    let fault = r#""fault": {"type": "delay", "by_ms": 30}, "way": "from-device", "id": "300", "share_pct": 50"#;
    disturbed(&met(fault, "delay"));
}

#[test]
fn commands_that_come_twice_repeat_their_counts() {
    let fault = r#""fault": {"type": "duplicate"}, "way": "from-device", "id": "300""#;
    disturbed(&met(fault, "duplicate"));
}

#[test]
fn commands_with_a_wrong_bit_do_not_get_past_their_checksum() {
    let fault =
        r#""fault": {"type": "corrupt"}, "way": "from-device", "id": "300", "share_pct": 50"#;
    disturbed(&met(fault, "corrupt"));
}

#[test]
fn commands_in_another_order_are_out_of_turn() {
    let fault = r#""fault": {"type": "reorder"}, "way": "from-device", "id": "300""#;
    disturbed(&met(fault, "reorder"));
}

#[test]
fn commands_of_another_node_with_the_same_identifier_do_not_get_past_their_checksum() {
    let fault = r#""fault": {"type": "collide"}, "way": "from-device", "id": "300""#;
    disturbed(&met(fault, "collide"));
}

#[test]
fn a_controller_that_leaves_the_bus_and_comes_back_is_silence_and_its_end() {
    let run = met(r#""fault": {"type": "bus-off"}, "for_s": 0.8"#, "bus-off");
    disturbed(&run);
    for what in ["no message `BmsCommand` for 0.5 s", "message `BmsCommand` again"] {
        let said = EventKind::DutSilent { what: what.to_owned() };
        assert!(run.trace.events().iter().any(|event| event.kind == said), "{what}");
    }
}

#[test]
fn a_controller_that_stays_off_the_bus_loses_the_device() {
    let impatient = (r#""expect": "can-bms","#, r#""expect": "can-bms", "answer_timeout_s": 1,"#);
    let rig = load(&text(&[impatient])).unwrap();
    let run = with(r#""fault": {"type": "bus-off"}"#, Some(&rig));
    let lost = |kind: &EventKind| matches!(kind, EventKind::DutLost { .. });
    assert!(run.trace.events().iter().any(|event| lost(&event.kind)));
    assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
}

#[test]
fn a_node_that_babbles_keeps_nobody_from_the_bus_of_a_bench() {
    let run = met(r#""fault": {"type": "babble", "frame": "000#FF", "period_ms": 1}"#, "babble");
    assert_eq!(link(&run).lost_frames, 0);
}

#[test]
fn a_full_queue_takes_no_frame_and_says_so() {
    disturbed(&met(r#""fault": {"type": "full-queue"}, "for_s": 0.5"#, "full-queue"));
}

#[test]
fn commands_of_a_log_act_beside_those_of_the_device() {
    // Logged: somebody orders the switch open once, with a count that the device does not have.
    // Nothing is read from outside of the project.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let log = folder.path().join("order.log");
    let mut data = [0, 0, 0, 0, 0, 0, 0x0A, 0];
    assert!(Checksum::named("crc8-sae-j1850", 0).unwrap().seal(&mut data, 7));
    let order = data.map(|byte| format!("{byte:02X}")).concat();
    std::fs::write(&log, format!("(0.0) can0 300#{order}\n")).unwrap();
    let fault = format!(
        r#""fault": {{"type": "replay", "log": {:?}}}, "way": "from-device""#,
        log.display().to_string()
    );
    let run = survived(with(&fault, Some(&can_bms())), "replay");
    let switch = run.trace.series_named("sessy-1.main_switch").unwrap();
    let closed_open_closed = switch.values().windows(3).any(|three| three == [1.0, 0.0, 1.0]);
    assert!(closed_open_closed, "{:?}", switch.values());
    disturbed(&run);
    let files = &run.verdict.basis.files;
    assert!(files.iter().any(|file| file.path.ends_with("order.log")), "{files:?}");
}

/// The reference firmware behind an adapter, the bench link on its own clock.
fn bench_link() -> Rig {
    let mut rig = realtime::realtime(GENEROUS, &[&(native("1.1") + "-slcan")]);
    let binding = rig.bindings.get_mut("bms").unwrap();
    let line = Box::new(binding.transport.clone());
    binding.transport = Transport::Slcan { line, bit_rate: 500_000, answers: true };
    rig
}

#[test]
fn the_bench_link_tries_again_until_its_bus_is_back() {
    for (fault, name) in [
        (r#""fault": {"type": "bus-off"}, "for_s": 0.6"#, "bus-off"),
        (r#""fault": {"type": "full-queue"}, "for_s": 0.6"#, "full-queue"),
    ] {
        // The port is asked for while nothing gets through.
        let run = survived(with_at(0.2, fault, Some(&bench_link())), name);
        assert_eq!(link(&run).lost_frames, 0, "{name}");
        let switch = run.trace.series_named("sessy-1.main_switch").unwrap();
        assert_eq!(switch.values().last(), Some(&1.0), "{name}");
    }
}

#[test]
fn the_bench_link_on_a_bus_that_stays_off_is_lost_at_its_deadline() {
    let mut rig = bench_link();
    rig.bindings.get_mut("bms").unwrap().answer_timeout = SimTime::from_whole_seconds(1);
    let run = with(r#""fault": {"type": "bus-off"}"#, Some(&rig));
    let lost = |kind: &EventKind| matches!(kind, EventKind::DutLost { .. });
    assert!(run.trace.events().iter().any(|event| lost(&event.kind)));
    assert_eq!(run.verdict.judged.outcome, Outcome::Fail);
}

/// On a real socket, in the CAN lane.
#[test]
fn faults_of_a_real_bus_are_survived_by_firmware_on_it() {
    let test = "faults_of_a_real_bus_are_survived_by_firmware_on_it";
    let Some(bus) = std::env::var(VCAN).ok() else { return skip(test, VCAN) };
    let program = native("1.1") + "-can";
    let mut rig = bench_link();
    rig.bindings.get_mut("bms").unwrap().transport = Transport::SocketCan {
        interface: bus.clone(),
        fd: false,
        command: Some(vec![program, bus]),
    };
    for (fault, name) in [
        (r#""fault": {"type": "delay", "by_ms": 15}, "way": "from-device""#, "delay"),
        (r#""fault": {"type": "duplicate"}, "way": "from-device", "share_pct": 50"#, "duplicate"),
        (r#""fault": {"type": "babble", "frame": "7FF#00", "period_ms": 1}"#, "babble"),
        (r#""fault": {"type": "bus-off"}, "for_s": 0.6"#, "bus-off"),
    ] {
        assert_eq!(link(&survived(with(fault, Some(&rig)), name)).lost_frames, 0, "{name}");
    }
}
