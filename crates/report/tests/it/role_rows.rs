//! What a row of the table of roles does to a story.

use blackstart_engine::{RoleShape, SignalKind, Terminal};
use blackstart_report::story;
use blackstart_roles::{
    Alarm, Direction, Pin, PinForm, PinRange, Protection, Role, RoleKind, RoleTable,
};
use blackstart_trace::{Catalogue, Cause, Event, EventKind, Evidence, Trace, Trip};
use blackstart_units::SimTime;

/// The story of a monitor that claims the last of its alarms, recorded as its terminal declares it.
fn story_of(role: &Role) -> String {
    let mut terminal = Terminal::new("battery-1.monitor".to_owned(), role, RoleShape::default());
    let mut catalogue = Catalogue::default();
    let mut states = Vec::new();
    for item in terminal.claims.items() {
        if let SignalKind::State(_) = item.kind {
            let name = format!("{}.claim.{}", terminal.role, item.name);
            states.push(catalogue.declare(name, item.kind.clone()));
        }
    }
    let mut trace = Trace::new(catalogue);
    states.into_iter().for_each(|id| trace.sample(id, SimTime::ZERO, 0.0));
    terminal.claims.put("alarm", (terminal.alarms.len() - 1) as f64);
    if let Some(protection) = terminal.alarm().and_then(|alarm| alarm.stands_for) {
        let trip = Trip {
            protection,
            value: None,
            extreme: None,
            threshold: None,
            delay: None,
            since: None,
            cause: Cause::Undetermined,
            because: "it says so".to_owned(),
            evidence: Evidence::Dut,
        };
        let (at, subject) = (SimTime::from_millis(1), "battery-1".to_owned());
        trace.event(Event { at, subject, kind: EventKind::Trip(trip) });
    }
    story(&trace)
}

#[test]
fn one_pin_and_one_alarm_more_are_in_the_story() {
    let standard = RoleTable::standard().role(RoleKind::CellMonitor);
    let mut changed = standard.clone();
    let states = PinForm::States(["asleep", "awake"].map(str::to_owned).to_vec());
    changed.pins.push(Pin::new(Direction::Claim, "state", states, PinRange::Any, ""));
    changed.alarms.push(Alarm::new("flooded", Some(Protection::Measurement)));
    let (before, after) = (story_of(standard), story_of(&changed));
    assert!(after.contains("battery-1.monitor claims state"), "{after}");
    assert!(after.contains("A asleep") && after.contains("measurement"), "{after}");
    assert!(!before.contains("claims state") && !before.contains("measurement"), "{before}");
}
