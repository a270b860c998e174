//! Logs of the field in the place of the other side.

use std::fmt::Write as _;

use blackstart_units::SimTime;
use blackstart_wire::can::Checksum;

use super::*;

/// Twelve seconds in which the inverter would supply its load.
const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The inverter supplies 300 W", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": 12.5,
  "initial": {"inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 300},
  "events": [
    {"do": "start-pairing", "at_s": 0.5, "target": "bms"},
    {"do": "switch-on", "at_s": 3, "target": "inverter-1"}
  ],
  "checks": [{"id": "inverter-runs", "kind": "state-is", "signal": "inverter-1.state", "is": "running"}]
}"#;

#[test]
fn an_inverter_that_hears_a_bms_fall_silent_as_it_was_logged_stops() {
    let rig = library().rig(&root().join("bench-rigs/field-bms-falls-silent.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("supplies.json");
    std::fs::write(&path, SCENARIO).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    let run = run(&job(&scenario, Some(&rig), &root), &mut |_| ControlFlow::Continue(())).unwrap();

    // The last limits of the log come 8 s after its first frame; a Victron system waits 3 s more.
    let allowed = run.trace.series_named("inverter-1.control.claim.discharge_allowed").unwrap();
    let forbidden = allowed.iter().skip_while(|&(_, value)| value < 0.5).find(|one| one.1 < 0.5);
    let at = forbidden.expect("it is forbidden again").0;
    assert!(at >= SimTime::from_millis(10_900), "at {at}");
    let state = run.trace.series_named("inverter-1.state").unwrap();
    let running = state.held_at(SimTime::from_nanos(at.as_nanos() - 1));
    assert!(state.iter().any(|(when, value)| when >= at && Some(value) != running), "it goes on");
    let judged = &run.verdict.judged;
    let [trip] = &judged.trips[..] else { panic!("{:?}", judged.trips) };
    assert_eq!((trip.subject.as_str(), trip.cause.as_str()), ("inverter-1", "host-silent"));
    assert_eq!(trip.protection, "watchdog");
    let fails = |text: &str| text.contains("inverter-runs");
    assert!(judged.reasons.iter().any(|reason| fails(&reason.text)), "{:?}", judged.reasons);
    let files = &run.verdict.basis.files;
    assert!(files.iter().any(|file| file.path == "fixtures/captures/bms-falls-silent.log"));
}

/// Commands of `fixtures/dbc/can-bms.dbc` every 20 ms for 1.2 s: pre-charge from half a second on.
fn commands() -> String {
    (0..60_u8).fold(String::new(), |mut log, count| {
        let precharge = if count >= 25 { 1 << 2 } else { 0 };
        let mut data = [precharge, 0, 0, 0, 0, 0, count & 0x0F, 0];
        assert!(Checksum::named("crc8-sae-j1850", 0).unwrap().seal(&mut data, 7));
        let data = data.map(|byte| format!("{byte:02X}")).concat();
        let millis = 20 * u32::from(count);
        writeln!(log, "({}.{:03}000) can0 300#{data}", millis / 1000, millis % 1000).unwrap();
        log
    })
}

#[test]
fn commands_act_on_the_simulation_when_they_were_logged() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("commands.log");
    std::fs::write(&log, commands()).unwrap();
    let replay = format!(r#""type": "replay", "log": {:?},"#, log.display().to_string());
    let text = mapped::text(&[
        (r#""type": "slcan","#, &replay),
        (
            r#"        "line": {"type": "process", "command": ["fixtures/firmware/build/can-bms"]},
        "bit_rate_kbps": 500
"#,
            r#""why": "fixtures/firmware/build/can-bms""#,
        ),
    ]);
    let run = realtime::come_up(&mapped::load(&text).unwrap());
    let precharge = run.trace.series_named("sessy-1.precharge_switch").unwrap();
    let closes = precharge.iter().find(|&(_, value)| value > 0.5).expect("it closes").0;
    assert!(closes >= SimTime::from_millis(500), "at {closes}");
    let link = &run.verdict.basis.links[0];
    assert_eq!((link.frames_received, link.bad_frames, link.lost_frames), (60, 0, 0));
}
