//! The reference firmware, built from source, as a child process.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use blackstart_link::{
    Answer, DeviceIdentity, LinkEdge, LinkErrorKind, Process, Session, SubscriptionChange,
    WakeCause,
};
use blackstart_roles::Direction;
use blackstart_units::SimTime;
use blackstart_wire::bench_link::Offer;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::pins::{self, offer, offer_of};

const PATIENCE: Duration = Duration::from_secs(10);
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/firmware");

fn make(target: &[&str]) -> PathBuf {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR")).join("firmware");
    let output = Command::new("make")
        .args(["-C", SOURCES])
        .arg(format!("BUILD={}", build.display()))
        .args(target)
        .output()
        .expect("make is part of the build environment");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    build
}

/// Where the firmware is built, once.
pub fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| make(&[]))
}

fn process() -> Process {
    Process::start(&["./reference-bms-1.0".to_owned()], built()).unwrap()
}

fn session() -> Session {
    session_with(&offer())
}

fn session_with(offer: &Offer) -> Session {
    Session::connect(process(), PATIENCE, offer.clone()).unwrap().0
}

/// A reading of a pack of 16 cells.
fn reading(name: &str, value: f64) -> (u16, i32) {
    pins::reading(&offer(), name, value)
}

/// Everything that the bench says before the first barrier: healthy cells, an empty port, not paired.
fn power_up_readings(offer: &Offer, cells: usize) -> Vec<(u16, i32)> {
    let voltage = |cell: usize| pins::reading(offer, &format!("cell-{cell:02}_voltage_v"), 3.3);
    let mut readings: Vec<_> = (1..=cells).map(voltage).collect();
    readings.push(pins::reading(offer, "pack_voltage_v", 3.3 * cells as f64));
    for name in [
        "port_voltage_v",
        "pack_current_a",
        "passed_charge_c",
        "front_end_status",
        "pairing_request",
        "port_request",
        "stored_paired",
    ] {
        readings.push(pins::reading(offer, name, 0.0));
    }
    readings
}

fn of_sixteen() -> Vec<(u16, i32)> {
    power_up_readings(&offer(), 16)
}

fn command(answer: &Answer, name: &str) -> Option<f64> {
    pins::value(&offer(), &answer.commands, Direction::Command, name)
}

fn claim(answer: &Answer, name: &str) -> Option<f64> {
    pins::value(&offer(), &answer.claims, Direction::Claim, name)
}

const TIMER: WakeCause = WakeCause { timer: true, alert: false, level: false, input: false };
const INPUT: WakeCause = WakeCause { timer: false, alert: false, level: false, input: true };
const ALERT: WakeCause = WakeCause { timer: false, alert: true, level: false, input: false };

#[test]
fn it_introduces_itself() {
    let (_session, identity) = Session::connect(process(), PATIENCE, offer()).unwrap();
    let expected =
        DeviceIdentity { name: "reference-bms".into(), version: "1.0".into(), protocol: 2 };
    assert_eq!(identity, expected);
}

#[test]
fn it_programs_the_front_end_in_its_first_answer_only() {
    let mut session = session();
    let first = session.exchange(SimTime::ZERO, TIMER, &of_sixteen()).unwrap();
    for (name, expected) in [
        ("scd_threshold_a", 100.0),
        ("scd_delay_us", 200.0),
        ("ocd_threshold_a", 30.0),
        ("ocd_delay_ms", 320.0),
    ] {
        assert_eq!(command(&first, name), Some(expected), "{name}");
    }
    let press = [reading("pairing_request", 1.0)];
    let second = session.exchange(SimTime::NANOSECOND, INPUT, &press).unwrap();
    assert_eq!(command(&second, "scd_threshold_a"), None);
}

#[test]
fn after_power_up_everything_is_open_and_it_sleeps() {
    let answer = session().exchange(SimTime::ZERO, TIMER, &of_sixteen()).unwrap();
    assert_eq!(command(&answer, "main_switch"), Some(0.0));
    assert_eq!(command(&answer, "precharge_switch"), Some(0.0));
    assert_eq!(claim(&answer, "state"), Some(0.0));
    assert_eq!(claim(&answer, "paired"), Some(0.0));
    assert_eq!(answer.wake, SimTime::NEVER);
    assert_eq!(answer.logs, ["off: power-up"]);
}

/// Pairs at 1 s; the port follows the pack after half a second.
fn pairing(session: &mut Session) -> Vec<Answer> {
    let mut answers = vec![session.exchange(SimTime::ZERO, TIMER, &of_sixteen()).unwrap()];
    let press = [reading("pairing_request", 1.0)];
    answers.push(session.exchange(SimTime::from_whole_seconds(1), INPUT, &press).unwrap());
    let filled = [reading("port_voltage_v", 52.0)];
    let mut at = SimTime::ZERO;
    while at < SimTime::from_millis(1510) {
        at = answers.last().unwrap().wake;
        let readings: &[_] = if at < SimTime::from_millis(1500) { &[] } else { &filled };
        answers.push(session.exchange(at, TIMER, readings).unwrap());
    }
    answers
}

#[test]
fn pairing_precharges_closes_and_arms_the_cell_watch() {
    let answers = pairing(&mut session());
    assert_eq!(command(&answers[1], "front_end_clear"), Some(1.0));
    assert_eq!(command(&answers[1], "precharge_switch"), Some(1.0));
    assert_eq!(answers[1].wake, SimTime::from_millis(1010));
    let closed = answers.iter().find(|answer| command(answer, "main_switch") == Some(1.0)).unwrap();
    assert_eq!(claim(closed, "state"), Some(2.0));
    assert_eq!(claim(closed, "paired"), Some(1.0));
    assert_eq!(closed.wake, SimTime::from_millis(1510));
    let watch = SubscriptionChange::Set {
        slot: 0,
        id: 1,
        edge: LinkEdge::Falling,
        whichever: true,
        level: 28_000,
    };
    assert_eq!(closed.subscriptions[0], watch);
    let last = answers.last().unwrap();
    assert_eq!(command(last, "precharge_switch"), Some(0.0));
    assert_eq!(last.wake, SimTime::from_millis(1_500) + SimTime::from_whole_seconds(600));
}

#[test]
fn a_latched_short_circuit_unpairs_it() {
    let mut session = session();
    let at = pairing(&mut session).last().unwrap().wake - SimTime::from_whole_seconds(1);
    let answer = session.exchange(at, ALERT, &[reading("front_end_status", 1.0)]).unwrap();
    assert_eq!(command(&answer, "main_switch"), Some(0.0));
    assert_eq!(claim(&answer, "alarm"), Some(2.0));
    assert_eq!(claim(&answer, "paired"), Some(0.0));
    assert_eq!(answer.subscriptions[0], SubscriptionChange::Cleared { slot: 0 });
    assert_eq!(answer.wake, SimTime::NEVER);
}

#[test]
fn the_same_questions_get_the_same_answers() {
    let (mut first, mut second) = (session(), session());
    assert_eq!(pairing(&mut first), pairing(&mut second));
    assert_eq!(first.counters().received.bytes, second.counters().received.bytes);
}

#[test]
fn five_hundred_cells_are_measured() {
    let offer = offer_of(500);
    let reading = |name: &str, value: f64| pins::reading(&offer, name, value);
    let mut session = session_with(&offer);
    session.exchange(SimTime::ZERO, TIMER, &power_up_readings(&offer, 500)).unwrap();
    let paired = [reading("pairing_request", 1.0), reading("port_voltage_v", 1650.0)];
    let mut answer = session.exchange(SimTime::from_millis(1), INPUT, &paired).unwrap();
    answer = session.exchange(answer.wake, TIMER, &[]).unwrap();
    assert_eq!(command(&answer, "main_switch"), Some(1.0));
    let low = [reading("cell-500_voltage_v", 2.7)];
    answer = session.exchange(answer.wake, TIMER, &low).unwrap();
    let deadline = SimTime::from_millis(2021);
    while answer.wake < deadline {
        answer = session.exchange(answer.wake, TIMER, &[]).unwrap();
    }
    answer = session.exchange(answer.wake, TIMER, &[]).unwrap();
    assert_eq!(claim(&answer, "state"), Some(4.0));
}

#[test]
fn killed_in_the_middle_it_is_reported_with_the_signal() {
    let process = process();
    let id = Pid::from_raw(process.id() as i32);
    let (mut session, _) = Session::connect(process, PATIENCE, offer()).unwrap();
    session.exchange(SimTime::ZERO, TIMER, &of_sixteen()).unwrap();
    kill(id, Signal::SIGKILL).unwrap();
    let error = session.exchange(SimTime::from_millis(1), TIMER, &[]).unwrap_err();
    assert!(matches!(error.kind, LinkErrorKind::Killed { signal: 9, name: "SIGKILL" }), "{error}");
    assert_eq!(error.to_string(), "`./reference-bms-1.0` was killed by SIGKILL");
}

#[test]
fn stopped_in_the_middle_it_is_silent() {
    let process = process();
    let id = Pid::from_raw(process.id() as i32);
    let (mut session, _) = Session::connect(process, PATIENCE, offer()).unwrap();
    session.set_timeout(Duration::from_millis(300));
    kill(id, Signal::SIGSTOP).unwrap();
    let error = session.exchange(SimTime::ZERO, TIMER, &of_sixteen()).unwrap_err();
    assert!(matches!(error.kind, LinkErrorKind::Silent { .. }), "{error}");
}

#[test]
fn its_own_unit_tests_pass() {
    make(&["test"]);
}
