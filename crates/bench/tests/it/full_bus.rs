//! A device with frames of its own on a bus that is as full as 500 kbit/s can be, and on one that is fuller.
//!
//! The frames come from `canplayer` of the can-utils, which somebody else wrote, over a real socket: these
//! tests run where `BLACKSTART_VCAN` names a virtual bus, in the CAN lane. Each frame counts, so that one
//! that is lost is missed by its number as well as by the kernel.

use std::fmt::Write as _;

use blackstart_verdict::{LinkStatistics, ReasonCode, Timing};

use super::*;
use crate::can::{VCAN, skip};
use crate::realtime::{GENEROUS, passed_unless_late};

/// Frames a second on a full bus of 500 kbit/s: 8 bytes each, about 125 bits with stuffing.
const FULL_BUS: u32 = 4_000;
/// Between two frames of a player that only shows that it lives: it is heard so until after the run.
const SIGN_OF_LIFE_US: u32 = 100_000;
const SIGNS_OF_LIFE: u32 = 300;
const DBC: &str = "\
BU_: Bench Bms
BO_ 768 Command: 8 Bms
 SG_ MainSwitch : 0|2@1+ (1,0) [0|3] \"\" Bench
 SG_ Number : 8|24@1+ (1,0) [0|16777215] \"\" Bench
 SG_ Soc : 32|16@1+ (0.01,0) [0|100] \"%\" Bench
BO_ 512 Status: 4 Bench
 SG_ PackVoltage : 0|16@1+ (0.01,0) [0|100] \"V\" Bms
VAL_ 768 MainSwitch 0 \"OPEN\" 1 \"CLOSED\" ;
";
const SCENARIO: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The port stays off", "covers": [],
  "system": "sessy-phoenix-48-1200", "duration_s": SECONDS,
  "initial": {"sessy-1.paired": 1, "inverter-1.capacitor_voltage_v": 0, "inverter-1.switched_on": 0, "load-1.power_w": 0},
  "events": [],
  "checks": [{"id": "port-stays-off", "kind": "state-is", "signal": "sessy-1.main_switch", "is": "open"}]
}"#;

/// A log of numbered commands, so many microseconds apart; every so many of them say something new.
fn log(numbers: std::ops::Range<u32>, apart_us: u32, same: u32) -> String {
    numbers.enumerate().fold(String::new(), |mut log, (index, number)| {
        let at = index as u64 * u64::from(apart_us);
        let (soc, n) = ((number / same % 101 * 100) as u16, number.to_le_bytes());
        let [low, high] = soc.to_le_bytes();
        let data = [0, n[0], n[1], n[2], low, high, 0, 0].map(|byte| format!("{byte:02X}"));
        writeln!(log, "({}.{:06}) x 300#{}", at / 1_000_000, at % 1_000_000, data.concat())
            .unwrap();
        log
    })
}

/// Some seconds in which a script plays logs on the bus with `play`, which takes the place of a log in the
/// list. The basis goes to the log of the lane.
fn played(bus: &str, seconds: u32, script: &str, logs: &[String]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| std::fs::write(at(name), text).unwrap();
    // The run has begun by then: what comes before it comes at time zero.
    let mut whole = format!(
        "cd {}\nsleep 1\nplay() {{
            from=$(date +%s%N); canplayer -I $1.log {bus}=x
            echo $((($(date +%s%N) - from) / 1000000)) >$1.ms
        }}\n",
        folder.path().display()
    );
    logs.iter().enumerate().for_each(|(index, log)| write(&format!("{index}.log"), log));
    // Whoever ends before the run is lost.
    whole += &format!("{script}\nexec sleep 60");
    write("full.dbc", DBC);
    write("port-stays-off.json", &SCENARIO.replace("SECONDS", &seconds.to_string()));
    let command = serde_json::to_string(&["/bin/sh", "-c", &whole]).unwrap();
    let dbc = at("full.dbc").display().to_string();
    let rig = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "full", "clock": "realtime", "budget": {GENEROUS},
        "bindings": {{"bms": {{
          "transport": {{"type": "socketcan", "interface": "{bus}", "command": {command}}},
          "protocol": {{"type": "dbc", "files": [{dbc:?}], "unfed": ["*"], "ungiven": ["*"], "messages": [
            {{"message": "Status", "from": "bench", "cycle_ms": 20,
              "signals": {{"PackVoltage": {{"reading": "pack_voltage_v"}}}}}},
            {{"message": "Command", "from": "device", "counter": {{"signal": "Number"}},
              "signals": {{"MainSwitch": {{"command": "main_switch"}}, "Soc": {{"claim": "soc_pct"}}}}}}
          ]}}}}}}}}"#
    );
    write("rig.json", &rig);
    let (scenario, root) = (library().scenario(&at("port-stays-off.json")).unwrap(), root());
    let rig = library().rig(&at("rig.json")).unwrap();
    let run = run(&job(&scenario, Some(&rig), &root), &mut |_| ControlFlow::Continue(())).unwrap();
    let took = std::fs::read_to_string(at("0.ms")).expect("the player got through in time");
    let sent = logs[0].lines().count();
    let (LinkStatistics { frames_received, lost_frames, .. }, timing) = seen(&run);
    let (late, worst) = (timing.late_ticks, timing.worst_late_ms);
    let note = format!(
        "{sent} frames in {} ms, {frames_received} received, {lost_frames} lost, \
         {late} of {} ticks late, worst {worst} ms ",
        took.trim(),
        timing.ticks
    );
    std::io::Write::write_all(&mut std::io::stderr(), note.as_bytes()).unwrap();
    run
}

fn seen(run: &Run) -> (&LinkStatistics, &Timing) {
    let basis = &run.verdict.basis;
    (&basis.links[0], basis.timing.as_ref().unwrap())
}

#[test]
fn a_full_bus_reaches_the_simulation_without_a_lost_frame() {
    let test = "a_full_bus_reaches_the_simulation_without_a_lost_frame";
    let Some(bus) = std::env::var(VCAN).ok() else { return skip(test, VCAN) };
    let count = 3 * FULL_BUS;
    let full = log(0..count, 1_000_000 / FULL_BUS, 100);
    let life = log(count..count + SIGNS_OF_LIFE, SIGN_OF_LIFE_US, SIGNS_OF_LIFE);
    let run = played(&bus, 10, "play 0; play 1", &[full, life]);
    let (link, timing) = seen(&run);
    assert!(link.frames_received > u64::from(count), "{link:?} {timing:?}");
    // The port may have taken one that came when the run was over, and nobody read it.
    assert!(link.bytes_received > 8 * u64::from(count), "{link:?}");
    assert_eq!((link.bad_frames, link.lost_frames, timing.lost_frames), (0, 0, 0));
    passed_unless_late(&run);
}

#[test]
fn a_bus_that_runs_the_bench_over_has_every_lost_frame_in_the_basis() {
    let test = "a_bus_that_runs_the_bench_over_has_every_lost_frame_in_the_basis";
    let Some(bus) = std::env::var(VCAN).ok() else { return skip(test, VCAN) };
    // Eight seconds of a full bus at once, while the bench stands still. The kernel tells of what it lost with
    // the next frame that finds room, and the bench comes to that when it has taken in what the socket held:
    // 18,000 to 22,000 frames, at some 4,000 a second in a kernel that runs as a process.
    let count = 8 * FULL_BUS;
    let script = "kill -STOP $PPID; play 0; kill -CONT $PPID; play 1";
    let life = log(count..count + SIGNS_OF_LIFE, SIGN_OF_LIFE_US, SIGNS_OF_LIFE);
    let run = played(&bus, 25, script, &[log(0..count, 0, 1), life]);
    let (link, timing) = seen(&run);
    assert!(link.lost_frames > 0, "nothing was lost: {link:?}");
    // Each was received or is known to be lost; how many signs of life came before the end is not known here.
    let whole = u64::from(count)..=u64::from(count + SIGNS_OF_LIFE);
    assert!(whole.contains(&(link.frames_received + link.lost_frames)), "{link:?}");
    assert_eq!(timing.lost_frames, link.lost_frames);
    let judged = &run.verdict.judged;
    assert_eq!(judged.outcome.name(), "inconclusive", "{:?}", judged.reasons);
    let words = format!("{} frames were lost or damaged; the rig allows 0", link.lost_frames);
    let is_reported = |reason: &blackstart_verdict::Reason| {
        reason.code == ReasonCode::TimingMissed && reason.text.contains(&words)
    };
    assert!(judged.reasons.iter().any(is_reported), "{:?}", judged.reasons);
}
