//! Fourteen hazards at the port of the pack behind contactors, its firmware speaking CAN frames of its own in
//! lockstep: each decides what the same firmware decides over the bench link, and twice the same bytes.

use super::*;
use crate::contactors::{self, failed};
use crate::mapped::load;
use crate::realtime::passed_unless_late;

/// What happens to a pack that is switched on at 0.3 s.
struct Hazard {
    name: &'static str,
    /// Keys of the scenario beside its own.
    more: &'static str,
    events: &'static str,
    /// At 4.9 s.
    is_closed: bool,
    alarm: &'static str,
}

const HALF: &str = r#""initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0}"#;
/// Limits are 200 A of discharge and 100 A of charge for 0.5 s; 0 °C in charge, 60 °C; 2.9 V.
const HAZARDS: [Hazard; 14] = [
    Hazard {
        name: "180 A are carried",
        more: HALF,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 11500}"#,
        is_closed: true,
        alarm: "none",
    },
    Hazard {
        name: "230 A are not",
        more: HALF,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 14000}"#,
        is_closed: false,
        alarm: "over-current",
    },
    Hazard {
        name: "230 A for 0.4 s are",
        more: HALF,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 14000},
                   {"do": "set-load", "at_s": 3.4, "target": "load-1", "power_w": 0}"#,
        is_closed: true,
        alarm: "none",
    },
    Hazard {
        name: "a charger of 95 A is taken",
        more: r#""initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0},
                 "overrides": {"charger-1.source_current_a": 95}"#,
        events: r#"{"do": "start-source", "at_s": 3, "target": "charger-1"}"#,
        is_closed: true,
        alarm: "none",
    },
    Hazard {
        name: "one of 110 A is not",
        more: r#""initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 0},
                 "overrides": {"charger-1.source_current_a": 110}"#,
        events: r#"{"do": "start-source", "at_s": 3, "target": "charger-1"}"#,
        is_closed: false,
        alarm: "over-current",
    },
    Hazard {
        name: "a short melts the fuse",
        more: HALF,
        events: r#"{"do": "short", "at_s": 3, "target": "bus", "resistance_mohm": 5, "for_s": 0.5}"#,
        is_closed: false,
        alarm: "over-current",
    },
    Hazard {
        name: "a bus that is full needs no pre-charge",
        more: r#""initial": {"pack-1.soc_pct": 50, "drive-1.capacitor_voltage_v": 66}"#,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000}"#,
        is_closed: true,
        alarm: "none",
    },
    Hazard {
        name: "it is switched off under load",
        more: HALF,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000},
                   {"do": "set-part", "at_s": 4, "target": "pack-1.enable", "what": "position", "is": "open"}"#,
        is_closed: false,
        alarm: "none",
    },
    Hazard {
        name: "it is switched off and on",
        more: HALF,
        events: r#"{"do": "set-part", "at_s": 2.5, "target": "pack-1.enable", "what": "position", "is": "open"},
                   {"do": "set-part", "at_s": 2.7, "target": "pack-1.enable", "what": "position", "is": "closed"}"#,
        is_closed: true,
        alarm: "none",
    },
    Hazard {
        name: "at -5 °C it is discharged",
        more: r#""initial": {"pack-1.soc_pct": 50, "pack-1.cell_temperature_c": -5, "drive-1.capacitor_voltage_v": 0}"#,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000}"#,
        is_closed: true,
        alarm: "too-cold",
    },
    Hazard {
        name: "at -5 °C it is not charged",
        more: r#""initial": {"pack-1.soc_pct": 50, "pack-1.cell_temperature_c": -5, "drive-1.capacitor_voltage_v": 0}"#,
        events: r#"{"do": "start-source", "at_s": 3, "target": "charger-1"}"#,
        is_closed: false,
        alarm: "too-cold",
    },
    Hazard {
        name: "at 62 °C it stays open",
        more: r#""initial": {"pack-1.soc_pct": 50, "pack-1.cell_temperature_c": 62, "drive-1.capacitor_voltage_v": 0}"#,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 1000}"#,
        is_closed: false,
        alarm: "too-hot",
    },
    Hazard {
        name: "an interlock that opens for 30 ms opens it",
        more: HALF,
        events: r#"{"do": "set-part", "at_s": 3, "target": "pack-1.interlock", "what": "position", "is": "open", "for_s": 0.03}"#,
        is_closed: false,
        alarm: "interlock",
    },
    Hazard {
        name: "a weak cell under load opens it",
        more: r#""initial": {"pack-1.soc_pct": 50, "pack-1.cells.cell-05.soc_pct": 0, "drive-1.capacitor_voltage_v": 0}"#,
        events: r#"{"do": "set-load", "at_s": 3, "target": "load-1", "power_w": 8000}"#,
        is_closed: false,
        alarm: "cell-under-voltage",
    },
];

fn play(hazard: &Hazard, rig: &Rig) -> Run {
    let main = if hazard.is_closed { "closed" } else { "open" };
    let text = format!(
        r#"{{"schema": 1, "kind": "scenario", "title": "At the port", "covers": [], "duration_s": 5,
           "system": "pack-18s-with-a-drive", {},
           "events": [{{"do": "set-part", "at_s": 0.3, "target": "pack-1.enable", "what": "position", "is": "closed"}}, {}],
           "checks": [
             {{"id": "main", "kind": "state-is", "signal": "pack-1.main_switch", "is": "{main}", "at_s": 4.9}},
             {{"id": "alarm", "kind": "state-is", "signal": "pack-1.bms.claim.alarm", "is": "{}", "at_s": 4.9}}]}}"#,
        hazard.more, hazard.events, hazard.alarm
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port.json");
    std::fs::write(&path, text).unwrap();
    let scenario =
        library().scenario(&path).unwrap_or_else(|why| panic!("{}: {why:?}", hazard.name));
    run(&job(&scenario, Some(rig), &root()), &mut |_| ControlFlow::Continue(())).unwrap()
}

fn shipped(rig: &str, program: &str) -> Rig {
    load(&contactors::shipped(rig, program, "")).unwrap()
}

#[test]
fn in_lockstep_each_is_decided_as_over_the_link_and_twice_the_same() {
    let paced = shipped("can-contactor-bms-paced.json", "contactor-bms-can");
    let link = shipped("contactor-bms.json", "contactor-bms");
    for hazard in &HAZARDS {
        let name = hazard.name;
        let first = play(hazard, &paced);
        assert_eq!(failed(&first), [""; 0], "{name}: {:?}", first.verdict.judged.reasons);
        assert_eq!(first.trace.digest(), play(hazard, &paced).trace.digest(), "{name}");
        let linked = play(hazard, &link);
        assert_eq!(failed(&linked), [""; 0], "{name}: {:?}", linked.verdict.judged.reasons);
        assert_eq!(trips(&first), trips(&linked), "{name}");
    }
}

#[test]
fn on_the_wall_clock_a_sample_is_decided_the_same() {
    for hazard in HAZARDS
        .iter()
        .filter(|one| ["230 A are not", "at -5 °C it is discharged"].contains(&one.name))
    {
        passed_unless_late(&play(hazard, &contactors::over_can("")));
    }
}
