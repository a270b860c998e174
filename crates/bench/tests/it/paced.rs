//! Firmware with CAN frames of its own, paced beside them.

use blackstart_link::{BUS_FILE, CanLog, Damage, LINES_FILE};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;
use blackstart_verdict::Outcome;

use super::*;
use crate::bus_faults::{ended, link, reached_nothing, with};
use crate::contactors::{self, brief, failed};
use crate::mapped::load;
use crate::realtime::passed_unless_late;

/// The shipped rig with this build of its firmware.
fn pack(build: &str) -> Rig {
    load(&contactors::shipped("can-contactor-bms-paced.json", "contactor-bms-can", build)).unwrap()
}

fn can_bms() -> Rig {
    load(&contactors::shipped("can-bms-paced.json", "can-bms", "")).unwrap()
}

#[test]
fn the_pack_is_carried_as_over_the_link_and_twice_the_same() {
    for name in [
        contactors::WELD,
        contactors::LIES,
        contactors::FUSE,
        contactors::CHATTER,
        "coil-supply-of-6-v-never-pulls-in",
        "contactors-pre-charge-and-carry-2-kw",
        "interlock-opened-for-20-ms-opens-everything",
    ] {
        let rig = pack("");
        let first = contactors::of(name, Some(&rig));
        assert_eq!(failed(&first), [""; 0], "{name}: {:?}", first.verdict.judged.reasons);
        let links = &first.verdict.basis.links[0];
        assert!(links.round_trips > 0 && links.frames_received > 0, "{links:?}");
        assert_eq!((links.lost_frames, links.bad_frames), (0, 0), "{name}");
        let second = contactors::of(name, Some(&rig));
        assert_eq!(first.trace.digest(), second.trace.digest(), "{name}");
    }
}

#[test]
fn a_bad_build_is_found_as_over_the_link() {
    let hot = brief(&pack("-one-thermistor"), contactors::ONE_IS_HOT, contactors::HEAT_IS_REPORTED);
    assert_eq!(failed(&hot), ["open", "alarm"]);
    let weld = contactors::of(contactors::WELD, Some(&pack("-echo")));
    assert_eq!(failed(&weld), ["alarm"]);
}

#[test]
fn on_the_wall_clock_the_outcomes_are_the_same() {
    for (events, checks) in [
        (contactors::WELDS, contactors::WELD_IS_REPORTED),
        (contactors::ONE_IS_HOT, contactors::HEAT_IS_REPORTED),
    ] {
        let paced = brief(&pack(""), events, checks);
        assert_eq!(failed(&paced), [""; 0]);
        let on_the_wall = brief(&contactors::over_can(""), events, checks);
        passed_unless_late(&on_the_wall);
    }
}

#[test]
fn every_fault_of_a_bus_meets_its_frames_in_lockstep_and_twice_the_same() {
    let commands = r#""way": "from-device", "id": "300""#;
    for (fault, name) in [
        (format!(r#""fault": {{"type": "lose"}}, {commands}, "share_pct": 30"#), "lose"),
        (
            format!(r#""fault": {{"type": "delay", "by_ms": 30}}, {commands}, "share_pct": 50"#),
            "delay",
        ),
        (format!(r#""fault": {{"type": "duplicate"}}, {commands}"#), "duplicate"),
        (format!(r#""fault": {{"type": "corrupt"}}, {commands}, "share_pct": 50"#), "corrupt"),
        (format!(r#""fault": {{"type": "reorder"}}, {commands}"#), "reorder"),
        (format!(r#""fault": {{"type": "collide"}}, {commands}"#), "collide"),
        (r#""fault": {"type": "bus-off"}, "for_s": 0.8"#.to_owned(), "bus-off"),
        (r#""fault": {"type": "babble", "frame": "000#FF", "period_ms": 1}"#.to_owned(), "babble"),
        (r#""fault": {"type": "full-queue"}, "for_s": 0.5"#.to_owned(), "full-queue"),
    ] {
        let first = with(&fault, Some(&can_bms()));
        let met = ended(&first);
        assert!(matches!(&met[..], [(fault, 1..)] if fault == name), "{name}: {met:?}");
        assert!(!reached_nothing(&first), "{name}");
        assert_eq!(
            first.verdict.judged.outcome,
            Outcome::Pass,
            "{name}: {:?}",
            first.verdict.judged.reasons
        );
        assert_eq!(link(&first).lost_frames, 0, "{name}");
        assert_eq!(link(&first).disturbed_frames > 0, name != "babble", "{name}");
        let second = with(&fault, Some(&can_bms()));
        assert_eq!(first.trace.digest(), second.trace.digest(), "{name}");
        assert_eq!(ended(&second), met, "{name}");
    }
}

#[test]
fn a_fault_that_meets_no_frame_is_no_pass_in_lockstep_either() {
    let run = with(r#""fault": {"type": "corrupt"}, "id": "7FF", "for_s": 1"#, Some(&can_bms()));
    assert!(reached_nothing(&run));
    assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
}

#[test]
fn a_bus_that_stays_off_loses_the_device_at_its_deadline_of_simulated_time() {
    let text = contactors::shipped("can-bms-paced.json", "can-bms", "");
    let text =
        text.replace(r#""expect": "can-bms","#, r#""expect": "can-bms", "answer_timeout_s": 1,"#);
    let run = with(r#""fault": {"type": "bus-off"}"#, Some(&load(&text).unwrap()));
    let lost = |kind: &EventKind| matches!(kind, EventKind::DutLost { .. });
    let lost_at = run.trace.events().iter().find(|event| lost(&event.kind)).map(|event| event.at);
    // The last frame came at the beginning of the fault, at 1.8 s.
    let at = lost_at.unwrap().as_seconds();
    assert!((2.75..2.85).contains(&at), "{at}");
    assert_ne!(run.verdict.judged.outcome, Outcome::Pass);
}

/// A device in Python: what it does at each barrier, until which time it is in `until`.
fn script(answer: &str) -> Rig {
    let program = format!(
        "import sys, time
for line in open(0, newline='\\r'):
    if line[0] == '@':
        until = int(line[1:])
        {answer}
        sys.stdout.flush()
"
    );
    let text = contactors::shipped("can-bms-paced.json", "can-bms", "");
    let path = firmware_folder().join("can-bms").display().to_string();
    let shipped = format!(r#"{path:?}, "--paced""#);
    assert!(text.contains(&shipped));
    let program = serde_json::to_string(&program).unwrap();
    load(&text.replace(&shipped, &format!(r#""python3", "-uc", {program}"#))).unwrap()
}

#[test]
fn a_device_that_never_answers_a_barrier_has_never_answered() {
    let mut rig = script("time.sleep(60)");
    rig.bindings.get_mut("bms").unwrap().answer_timeout = SimTime::from_millis(500);
    let error =
        go("scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json", Some(&rig)).err();
    assert!(matches!(error, Some(BenchError::NeverAnswered { .. })), "{error:?}");
}

#[test]
fn a_device_that_breaks_the_rules_is_lost_and_the_reason_is_shown() {
    for (answer, reason) in [
        (
            "print('>%d' % until if until == 0 else '>%d %d' % (until, until), end='\\r')",
            "asked at",
        ),
        (
            "print('>%d' % until if until == 0 else '>%d' % (until - 1), end='\\r')",
            "was asked to run until",
        ),
        (
            "print('>%d' % until if until == 0 else '@%d\\rt3000\\r>%d' % (until + 1, until), end='\\r')",
            "sent frames of",
        ),
        ("print('>%d' % until if until == 0 else 'panic', end='\\r')", "sent the line `panic`"),
        ("print('>%d' % until, end='\\r') if until == 0 else sys.exit(3)", "exited with code 3"),
        (
            "print('t3000\\r' * (0 if until == 0 else 20000) + '>%d' % until, end='\\r')",
            "flooded the line",
        ),
    ] {
        let run = go(
            "scenarios/sessy/port-enabled-into-empty-capacitors-stays-up.json",
            Some(&script(answer)),
        )
        .unwrap();
        let said = run.trace.events().iter().find_map(|event| match &event.kind {
            EventKind::DutLost { reason } => Some(reason.clone()),
            _ => None,
        });
        assert!(said.as_ref().is_some_and(|said| said.starts_with(reason)), "{reason}: {said:?}");
        assert_eq!(run.verdict.judged.outcome, Outcome::Fail, "{reason}");
    }
}

/// The block of the guide in this language.
fn guide(language: &str) -> String {
    let page = std::fs::read_to_string(root().join("docs/frames-in-lockstep.md")).unwrap();
    let (_, block) = page.split_once(&format!("\n```{language}\n")).unwrap();
    let (block, _) = block.split_once("\n```\n").unwrap();
    assert!(block.lines().count() < 60, "{language}");
    block.to_owned()
}

/// The charger's rig of the realtime clock, paced, with this command in the place of its firmware.
fn paced_charger(command: &[&str]) -> Rig {
    let text = std::fs::read_to_string(root().join("bench-rigs/can-charger.json")).unwrap();
    let command = serde_json::to_string(command).unwrap();
    let changes = [
        (r#"["fixtures/firmware/build/charger-can"]"#, command.as_str()),
        ("  \"clock\": \"realtime\",\n", ""),
        ("  \"budget\": {\"late_ticks\": 5000, \"late_ms\": 500},\n", ""),
    ];
    let text = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    load(&text).unwrap()
}

#[test]
fn both_examples_of_the_guide_charge_and_are_one_device() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("charger.c");
    let program = folder.path().join("charger").display().to_string();
    std::fs::write(&source, guide("c")).unwrap();
    let mut compiler = Command::new("cc");
    let compiled = compiler
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-o", &program])
        .arg(&source)
        .status();
    assert!(compiled.unwrap().success());
    let in_c = charger::go_brief(&paced_charger(&[&program]));
    let python = guide("python");
    let in_python = charger::go_brief(&paced_charger(&["python3", "-c", &python]));
    assert_eq!(failed(&in_c), [""; 0], "{:?}", in_c.verdict.judged.reasons);
    assert_eq!(in_c.trace.digest(), in_python.trace.digest());
    let other = python.replace("< 14.15", "< 15.15");
    assert_ne!(python, other);
    let sabotaged = charger::go_brief(&paced_charger(&["python3", "-c", &other]));
    assert_eq!(failed(&sabotaged), ["absorption"]);
}

#[test]
fn a_bus_that_nobody_can_pace_is_refused_in_lockstep() {
    let text = contactors::shipped("can-bms-paced.json", "can-bms", "");
    let (before, rest) = text.split_once(r#""transport": {"#).unwrap();
    let (_, after) = rest.split_once("\n      },").unwrap();
    let text =
        format!(r#"{before}"transport": {{"type": "socketcan", "interface": "can0"}},{after}"#);
    let problems = load(&text).unwrap_err();
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["nobody on this bus can be paced"]);
}

const READ_BY_CLIENTS: &str = "scenarios/field/inverter-read-by-clients-supplies-300-w.json";

/// Inverter, meter and BMS, each with the C client of this machine's build.
fn clients() -> Rig {
    let text = std::fs::read_to_string(root().join("bench-rigs/emulated-home-paced.json")).unwrap();
    let program = firmware_folder().join("paced-client").display().to_string();
    load(&text.replace("fixtures/firmware/build/paced-client", &program)).unwrap()
}

/// What a client said last: the last value, and how often it heard one.
fn last_heard(run: &Run, kind: &str) -> (f64, u64) {
    let said = run.verdict.basis.links.iter().find_map(|link| {
        let (_, rest) = link.error_output.rsplit_once(&format!("{kind}: "))?;
        let (value, count) = rest.split_once(", heard ")?;
        let (count, _) = count.split_once(" times")?;
        Some((value.parse().ok()?, count.parse().ok()?))
    });
    said.unwrap_or_else(|| panic!("{:?}", run.verdict.basis.links))
}

#[test]
fn emulated_devices_answer_clients_in_lockstep_and_twice_the_same() {
    let first = go(READ_BY_CLIENTS, Some(&clients())).unwrap();
    assert_eq!(first.verdict.judged.outcome, Outcome::Pass, "{:?}", first.verdict.judged.reasons);
    // A block a second of a pure 230 V; 300 W at the load; the pack's own voltage, once a second.
    let (volts, blocks) = last_heard(&first, "phoenix");
    assert!((229.9..230.1).contains(&volts) && (28..=31).contains(&blocks), "{volts} {blocks}");
    let (watts, answers) = last_heard(&first, "meter");
    assert!((299.0..301.0).contains(&watts) && (28..=30).contains(&answers), "{watts} {answers}");
    let (pack, frames) = last_heard(&first, "bms");
    let end = first.trace.end();
    let truth = first.trace.series_named("sessy-1.pack_voltage_v").unwrap().held_at(end).unwrap();
    assert!((pack - truth).abs() < 0.05 && frames >= 28, "{pack} {truth} {frames}");
    let second = go(READ_BY_CLIENTS, Some(&clients())).unwrap();
    assert_eq!(first.trace.digest(), second.trace.digest());
    let bytes = |run: &Run| -> Vec<(u64, u64)> {
        run.verdict.basis.links.iter().map(|link| (link.bytes_sent, link.bytes_received)).collect()
    };
    assert_eq!(bytes(&first), bytes(&second));
}

/// Bytes on the lines of an instance in `lines.txt`: to the other end, from it.
fn bytes_of(instance: &str, lines: &str) -> (u64, u64) {
    let count = |arrow: &str| -> u64 {
        let words = lines.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        words
            .filter(|words| words[1..3] == [instance, arrow])
            .map(|words| words.len() as u64 - 3)
            .sum()
    };
    (count(">"), count("<"))
}

#[test]
fn what_devices_of_the_bench_say_and_hear_is_written_for_other_tools() {
    let written = || {
        let folder = tempfile::tempdir().unwrap();
        let session = folder.path().join("session.rec");
        let (scenario, rig, root) =
            (library().scenario(&root().join(READ_BY_CLIENTS)).unwrap(), clients(), root());
        let job = Job { session_file: Some(&session), ..job(&scenario, Some(&rig), &root) };
        let run = run(&job, &mut |_| ControlFlow::Continue(())).unwrap();
        assert!(!session.exists(), "nothing is there to be replayed");
        let log = CanLog::read(&folder.path().join(BUS_FILE), None, Damage::Refuse).unwrap();
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        (run, log, text(BUS_FILE), text(LINES_FILE))
    };
    let (run, log, bus, lines) = written();
    for link in &run.verdict.basis.links {
        let (instance, kind) = link.role.split_once(" as ").unwrap();
        if kind.starts_with("bms-can") {
            assert_eq!(log.channels, [instance]);
            let data =
                bus.lines().map(|line| line.split(['#', ' ']).nth(3).unwrap().len() as u64 / 2);
            assert_eq!(data.sum::<u64>(), link.bytes_sent + link.bytes_received);
        } else {
            assert_eq!(
                bytes_of(instance, &lines),
                (link.bytes_sent, link.bytes_received),
                "{kind}"
            );
            assert!(link.bytes_sent > 0, "{kind}");
        }
    }
    let (_, _, again, lines_again) = written();
    assert!(bus == again && lines == lines_again);
}
