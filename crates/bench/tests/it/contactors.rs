//! A pack whose role is declared in its device file, played by firmware: contactors with feedback, an
//! interlock, eight temperatures, three voltages, over the bench link and with CAN frames of its own. Each
//! check is shown to come out otherwise with a bad build.

use super::*;
use crate::builds::{missing_for_cortex_m3, skipped};
use crate::mapped::load;
use crate::realtime::{GENEROUS, passed_unless_late};

/// Everything of the pack in five seconds, for the wall clock: `EVENTS` and `CHECKS` are put in.
const BRIEF: &str = r#"{
  "schema": 1, "kind": "scenario", "title": "The pack comes up", "covers": [],
  "system": "pack-18s-with-a-drive", "duration_s": 5,
  "initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0},
  "events": [
    {"do": "set-part", "at_s": 0.3, "target": "pack-1.enable", "what": "position", "is": "closed"},
    EVENTS
  ],
  "checks": [
    {"id": "up", "kind": "state-is", "signal": "pack-1.main_switch", "is": "closed", "at_s": 2.9},
    CHECKS
  ]
}"#;

pub const CHATTER: &str = "interlock-opened-for-3-ms-is-filtered";
pub const WELD: &str = "welded-plus-contactor-is-reported-by-its-feedback";
pub const LIES: &str = "feedback-that-lies-is-taken-for-a-contactor-that-fails";
pub const HOT: &str = "one-hot-group-of-eight-opens-the-contactors";
pub const FUSE: &str = "fuse-that-melts-is-noticed-behind-it";

pub fn shipped(rig: &str, program: &str, build: &str) -> String {
    let text = std::fs::read_to_string(root().join("bench-rigs").join(rig)).unwrap();
    let shipped = format!(r#""fixtures/firmware/build/{program}""#);
    assert!(text.contains(&shipped));
    let path = firmware_folder().join(format!("{program}{build}"));
    text.replace(&shipped, &format!("{:?}", path.display().to_string()))
}

/// The shipped rig with this build of its firmware.
fn over_link(build: &str) -> Rig {
    load(&shipped("contactor-bms.json", "contactor-bms", build)).unwrap()
}

/// The same on a CAN bus, with a generous budget.
pub fn over_can(build: &str) -> Rig {
    let text = shipped("can-contactor-bms.json", "contactor-bms-can", build);
    let budget = r#"{"late_ticks": 5000, "late_ms": 500}"#;
    assert!(text.contains(budget));
    load(&text.replace(budget, GENEROUS)).unwrap()
}

pub fn of(name: &str, rig: Option<&Rig>) -> Run {
    go(&format!("scenarios/packs/{name}.json"), rig).unwrap()
}

pub fn brief(rig: &Rig, events: &str, checks: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("brief.json");
    std::fs::write(&path, BRIEF.replace("EVENTS", events).replace("CHECKS", checks)).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap()
}

/// The checks that did not pass.
pub fn failed(run: &Run) -> Vec<String> {
    let judged = serde_json::to_value(&run.verdict.judged).unwrap();
    let checks = judged["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["outcome"] != "pass");
    failed.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn firmware_plays_the_pack_and_uses_every_pin() {
    let good = over_link("");
    for name in [
        "cell-with-more-charge-is-bled-and-warms-its-group",
        "coil-supply-of-6-v-never-pulls-in",
        "contactors-pre-charge-and-carry-2-kw",
        "interlock-opened-for-20-ms-opens-everything",
        "long-sense-wires-let-balancers-start-each-other",
        CHATTER,
        WELD,
        LIES,
        HOT,
        FUSE,
    ] {
        let run = of(name, Some(&good));
        assert_eq!(failed(&run), [""; 0], "{name}: {:?}", run.verdict.judged.reasons);
        let pins = run.verdict.basis.links[0].pins.as_ref().unwrap();
        assert_eq!((pins.offered, pins.used), (17, 17), "{name}");
    }
}

#[test]
fn an_interlock_without_a_filter_opens_at_chatter() {
    let bad = of(CHATTER, Some(&over_link("-no-filter")));
    assert_eq!(failed(&bad), ["closed-after", "bus-stays-up", "no-alarm"]);
}

#[test]
fn a_feedback_that_echoes_the_command_sees_no_weld_and_no_lie() {
    assert_eq!(failed(&of(WELD, Some(&over_link("-echo")))), ["alarm"]);
    assert_eq!(failed(&of(LIES, Some(&over_link("-echo")))), ["open-after", "alarm"]);
}

#[test]
fn eight_temperatures_that_are_one_miss_the_hot_group() {
    let bad = of(HOT, Some(&over_link("-one-thermistor")));
    assert_eq!(failed(&bad), ["opens", "says-why"]);
}

#[test]
fn a_state_of_the_firmwares_own_is_a_signal() {
    let run = of(FUSE, Some(&over_link("")));
    let fuse = run.trace.series_named("pack-1.bms.claim.own.fuse").unwrap();
    assert_eq!(fuse.held_at(run.trace.end()), Some(1.0), "blown");
}

#[test]
fn the_same_firmware_on_a_cortex_m3_gives_the_same_digest() {
    if let Some(missing) = missing_for_cortex_m3() {
        return skipped("the_same_firmware_on_a_cortex_m3_gives_the_same_digest", &missing);
    }
    let text =
        std::fs::read_to_string(root().join("bench-rigs/contactor-bms-cortex-m3.json")).unwrap();
    let image = firmware_folder().join("contactor-bms-cortex-m3.elf").display().to_string();
    let cortex =
        load(&text.replace("fixtures/firmware/build/contactor-bms-cortex-m3.elf", &image)).unwrap();
    let digest = |rig| of(WELD, Some(rig)).trace.digest();
    assert_eq!(digest(&cortex), digest(&over_link("")));
}

pub const WELDS: &str = r#"
    {"do": "set-part", "at_s": 3, "target": "pack-1.plus-contactor", "what": "contacts", "is": "welded"},
    {"do": "set-part", "at_s": 3.2, "target": "pack-1.enable", "what": "position", "is": "open"}"#;
pub const WELD_IS_REPORTED: &str = r#"
    {"id": "minus", "kind": "state-is", "signal": "pack-1.minus-contactor.position", "is": "open", "at_s": 4.9},
    {"id": "alarm", "kind": "state-is", "signal": "pack-1.bms.claim.alarm", "is": "contactor-feedback", "at_s": 4.9}"#;
pub const ONE_IS_HOT: &str = r#"
    {"do": "set-part", "at_s": 2, "target": "pack-1.interlock", "what": "position", "is": "open", "for_s": 0.003},
    {"do": "set-part", "at_s": 3, "target": "pack-1.thermistors", "what": "shorted_wire", "value": 5}"#;
pub const HEAT_IS_REPORTED: &str = r#"
    {"id": "open", "kind": "state-is", "signal": "pack-1.main_switch", "is": "open", "at_s": 4.9},
    {"id": "alarm", "kind": "state-is", "signal": "pack-1.bms.claim.alarm", "is": "too-hot", "at_s": 4.9}"#;

#[test]
fn over_can_the_same_firmware_tells_a_weld() {
    passed_unless_late(&brief(&over_can(""), WELDS, WELD_IS_REPORTED));
    let echo = brief(&over_can("-echo"), WELDS, WELD_IS_REPORTED);
    assert!(failed(&echo).contains(&"alarm".to_owned()));
}

#[test]
fn over_can_every_thermistor_counts_and_chatter_does_not() {
    passed_unless_late(&brief(&over_can(""), ONE_IS_HOT, HEAT_IS_REPORTED));
    let one = brief(&over_can("-one-thermistor"), ONE_IS_HOT, HEAT_IS_REPORTED);
    assert!(failed(&one).contains(&"open".to_owned()));
}
