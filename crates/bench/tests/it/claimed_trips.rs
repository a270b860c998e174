//! Every alarm of a role becomes a trip of the protection that it stands for, or none where it stands for
//! none: by the terminal, whoever sits behind it, and from a device with frames of its own.

use blackstart_engine::{Simulation, Terminal};
use blackstart_plant::{Recorder, Roster};
use blackstart_roles::{Protection, RoleKind, RoleTable};
use blackstart_trace::{Cause, EventKind, Evidence, Trip};
use blackstart_units::SimTime;

use super::*;
use crate::mapped::load;
use crate::realtime::GENEROUS;

/// What is recorded when whoever plays a role, and is not built in, claims an alarm.
fn trips_of(path: &str, role: &str, alarm: usize) -> Vec<(String, Trip)> {
    let scenario = scenario(path);
    let mut simulation = Simulation::new(SimTime::from_whole_seconds(1), None);
    blackstart_plant::install(&mut simulation, &scenario.system, &[], 0).unwrap();
    simulation.tick();
    let world = &mut simulation.world;
    let played: Vec<_> = world.resource::<Roster>().controlled().collect();
    let is_it = |entity: &_| world.get::<Terminal>(*entity).is_some_and(|one| one.role == role);
    let entity = played.into_iter().find(is_it).unwrap();
    // Nobody is left to be asked first.
    let everybody: Vec<_> = world.resource::<Roster>().controlled().collect();
    for entity in everybody {
        world.get_mut::<Terminal>(entity).unwrap().causes = Default::default();
    }
    world.get_mut::<Terminal>(entity).unwrap().claims.put("alarm", alarm as f64);
    simulation.tick();
    let events = simulation.world.resource::<Recorder>().trace.events().to_vec();
    let trip = |event: blackstart_trace::Event| match event.kind {
        EventKind::Trip(trip) => Some((event.subject, trip)),
        _ => None,
    };
    events.into_iter().filter_map(trip).collect()
}

fn each_alarm_is_its_trip(path: &str, role: &str, kind: RoleKind) {
    let (subject, _) = role.split_once('.').unwrap();
    for (alarm, row) in RoleTable::standard().role(kind).alarms.iter().enumerate() {
        let seen = trips_of(path, role, alarm);
        let protections: Vec<_> = seen.iter().map(|(_, trip)| trip.protection).collect();
        assert_eq!(protections, Vec::from_iter(row.stands_for), "{}", row.name);
        for (of, trip) in seen {
            assert_eq!((of.as_str(), trip.evidence), (subject, Evidence::Dut), "{}", row.name);
            // Only the device knows what it compared with.
            assert_eq!((trip.threshold, trip.delay), (None, None), "{}", row.name);
        }
    }
}

#[test]
fn every_alarm_of_a_pack_is_a_trip_of_its_protection_or_none() {
    each_alarm_is_its_trip(PAIRING, "sessy-1.bms", RoleKind::BatteryManagement);
}

#[test]
fn every_alarm_of_a_battery_module_is_a_trip_of_its_protection_or_none() {
    let path = "scenarios/small-bms/high-cell-opens-the-cyrix-li-charge.json";
    each_alarm_is_its_trip(path, "battery-1.monitor", RoleKind::CellMonitor);
}

#[test]
fn a_trip_that_is_claimed_has_the_value_of_its_quantity_at_that_instant() {
    let value = |protection: Protection| {
        let alarms = &RoleTable::standard().role(RoleKind::BatteryManagement).alarms;
        let alarm = alarms.iter().position(|one| one.stands_for == Some(protection)).unwrap();
        trips_of(PAIRING, "sessy-1.bms", alarm).remove(0).1.value
    };
    let cell = value(Protection::CellOverVoltage).unwrap();
    assert!((3.0..3.5).contains(&cell), "{cell} V");
    assert_eq!(value(Protection::OverTemperature), Some(20.0));
    assert_eq!(value(Protection::Watchdog), None);
}

/// What its pins show is what a controller of parts watches over.
#[test]
fn a_claim_of_a_pack_of_parts_has_the_value_and_the_cause_of_its_quantity() {
    let path = "scenarios/packs/contactors-pre-charge-and-carry-2-kw.json";
    let alarms = ["ovp", "uvp", "ocd", "precharge-timeout"].map(|name| {
        let resolved = scenario(path);
        let role = &resolved.system.part_roles[0];
        let alarm = role.claims.iter().find(|claim| claim.name == "alarm").unwrap();
        let stands = |(_, protection): &&(String, Protection)| protection.name() == name;
        let state = &alarm.stands_for.iter().find(stands).unwrap().0;
        alarm.states.iter().position(|one| one == state).unwrap()
    });
    let trip = |alarm| trips_of(path, "pack-1.bms", alarm).remove(0).1;
    let [high, low, current, precharge] = alarms.map(trip);
    for (trip, cause) in [(&high, Cause::CellHigh), (&low, Cause::CellLow)] {
        let volts = trip.value.unwrap();
        assert!((3.5..4.0).contains(&volts), "{volts} V");
        assert_eq!((trip.cause, trip.evidence), (cause, Evidence::Dut), "{}", trip.because);
    }
    assert!(current.value.unwrap().abs() < 0.01, "{current:?}");
    assert_eq!(current.because, "the main switch was open already");
    let apart = precharge.value.unwrap();
    assert!((60.0..75.0).contains(&apart), "{apart} V across the open contactors");
    assert_ne!(precharge.cause, Cause::Undetermined, "{}", precharge.because);
}

#[test]
fn a_watchdog_is_the_silence_of_a_host_and_a_failed_measurement_is_nobody_s() {
    let cause = |protection: Protection| {
        let alarms = &RoleTable::standard().role(RoleKind::BatteryManagement).alarms;
        let alarm = alarms.iter().position(|one| one.stands_for == Some(protection)).unwrap();
        trips_of(PAIRING, "sessy-1.bms", alarm).remove(0).1.cause
    };
    assert_eq!(cause(Protection::Watchdog), Cause::HostSilent);
    assert_eq!(cause(Protection::Measurement), Cause::Undetermined);
}

/// Trips of the BMS of a 12 V bank whose cable breaks at 20 s: protection, cause, instant.
fn broken_cable(more: &str, at_first: &str) -> Vec<(String, String, String, f64)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a-cable-breaks.json");
    let text = format!(
        r#"{{"schema": 1, "kind": "scenario", "title": "A cable breaks", "covers": [],
        "system": "small-bms-12-v", "duration_s": 90, {at_first},
        "events": [{{"at_s": 20, "do": "break-bms-cable", "target": "bms-1"}}{more}],
        "checks": [{{"id": "nothing-trips", "kind": "no-trip"}}]}}"#
    );
    std::fs::write(&path, text).unwrap();
    let (scenario, root) = (library().scenario(&path).unwrap(), root());
    let run = run(&job(&scenario, None, &root), &mut |_| ControlFlow::Continue(())).unwrap();
    let trips = run.verdict.judged.trips.into_iter();
    trips.map(|one| (one.subject, one.protection, one.cause, one.at_s.as_seconds())).collect()
}

const HALF_FULL: &str = r#""initial": {"battery-1.soc_pct": 50}"#;

#[test]
fn a_bms_that_does_not_hear_its_battery_stops_because_of_the_silence() {
    let of_the_bms = |at: f64| {
        let words = ["bms-1", "watchdog", "host-silent"].map(str::to_owned);
        let [subject, protection, cause] = words;
        (subject, protection, cause, at)
    };
    // Chargers go off at once, loads after the 30 s of the pre-alarm.
    assert_eq!(broken_cable("", HALF_FULL), [of_the_bms(20.0), of_the_bms(50.0)]);
    // Mended a moment before that, it never cuts off.
    let mend =
        |at: &str| format!(r#", {{"at_s": {at}, "do": "mend-bms-cable", "target": "bms-1"}}"#);
    let mended = |at| broken_cable(&mend(at), HALF_FULL);
    assert_eq!(mended("49.9"), [of_the_bms(20.0)]);
    assert_eq!(mended("50.1"), [of_the_bms(20.0), of_the_bms(50.0)]);
}

#[test]
fn a_bms_that_heard_of_a_low_cell_before_the_cable_broke_stops_because_of_the_cell() {
    // The load pulls the cells below their limit from the start: it is 30 s later that the loads go.
    let low = r#""overrides": {"battery-1.resistance_mohm": 6},
        "initial": {"battery-1.soc_pct": 5, "loads-1.power_w": 850}"#;
    let trips = broken_cable("", low);
    let words = |one: &(String, String, String, f64)| format!("{} {} {}", one.0, one.1, one.2);
    let at = |from: f64| trips.iter().find(|one| one.3 >= from).map(words);
    assert_eq!(at(20.0).as_deref(), Some("bms-1 watchdog host-silent"), "{trips:?}");
    assert_eq!(at(21.0).as_deref(), Some("battery-1 uvp empty"), "{trips:?}");
    assert!(trips.iter().all(|one| one.3 < 40.0), "{trips:?}");
}

/// A device that says nothing but its state and one alarm, ten times a second.
fn claims(alarm: u8, mapped: &str) -> Rig {
    let frame = format!("t301503{alarm:02X}881300");
    let script = format!("while :; do printf '{frame}\\r'; sleep 0.1; done");
    let command = serde_json::to_string(&["/bin/sh", "-c", &script]).unwrap();
    let text = format!(
        r#"{{"schema": 1, "kind": "rig", "title": "t", "clock": "realtime", "budget": {GENEROUS},
        "bindings": {{"bms": {{
          "transport": {{"type": "slcan", "line": {{"type": "process", "command": {command}}},
            "bit_rate_kbps": 500, "answers": false}},
          "protocol": {{"type": "dbc", "files": ["fixtures/dbc/can-bms.dbc"], "unfed": ["*"],
            "ungiven": ["*"], "messages": [
            {{"message": "BmsState", "from": "device", "signals": {{{mapped}}}}}]}}}}}}}}"#
    );
    load(&text).unwrap()
}

/// One second in which nothing else happens; the outcome of its `no-trip`, and the trips.
fn one_second(rig: &Rig) -> (String, Vec<(String, String)>) {
    let (folder, root) = (tempfile::tempdir().unwrap(), root());
    let path = folder.path().join("a-second-passes.json");
    let text = r#"{
      "schema": 1, "kind": "scenario", "title": "A second passes", "covers": [],
      "system": "sessy-phoenix-48-1200", "duration_s": 1, "events": [],
      "checks": [{"id": "nothing-trips", "kind": "no-trip", "target": "sessy-1"}]
    }"#;
    std::fs::write(&path, text).unwrap();
    let scenario = library().scenario(&path).unwrap();
    let run = run(&job(&scenario, Some(rig), &root), &mut |_| ControlFlow::Continue(())).unwrap();
    let judged = &run.verdict.judged;
    let of = judged.trips.iter().map(|trip| (trip.subject.clone(), trip.protection.clone()));
    assert!(judged.trips.iter().all(|trip| trip.threshold.is_none() && trip.delay_s.is_none()));
    let check = serde_json::to_value(judged.checks[0].outcome).unwrap();
    (check.as_str().unwrap().to_owned(), of.collect())
}

#[test]
fn every_alarm_in_a_can_frame_is_a_trip_of_its_protection_or_none() {
    for (alarm, row) in
        RoleTable::standard().role(RoleKind::BatteryManagement).alarms.iter().enumerate()
    {
        let (outcome, trips) = one_second(&claims(alarm as u8, r#""Alarm": {"claim": "alarm"}"#));
        let expected = row.stands_for.map(|one| ("sessy-1".to_owned(), one.name().to_owned()));
        assert_eq!(trips, Vec::from_iter(expected), "{}", row.name);
        assert_eq!(outcome, if row.stands_for.is_some() { "fail" } else { "pass" }, "{}", row.name);
    }
}

#[test]
fn no_trip_of_a_device_whose_alarm_is_not_mapped_is_inconclusive() {
    let (outcome, trips) = one_second(&claims(6, r#""Soc": {"claim": "soc_pct"}"#));
    assert_eq!((outcome.as_str(), trips.len()), ("inconclusive", 0));
}
