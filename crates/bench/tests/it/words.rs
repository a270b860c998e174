//! What a run records of a claim has the words of the role's table, in its order.

use blackstart_roles::{Direction, PinForm, RoleKind, RoleTable};
use blackstart_trace::SignalKind;

use super::*;

#[test]
fn claims_are_recorded_in_the_words_of_the_table() {
    let run = go(PAIRING, None).unwrap();
    let catalogue = run.trace.catalogue();
    let role = RoleTable::standard().role(RoleKind::BatteryManagement);
    for pin in role.pins_of(Direction::Claim).filter(|pin| !pin.is_optional) {
        let name = format!("sessy-1.bms.claim.{}", pin.name);
        let (_, signal) = catalogue.iter().find(|(_, signal)| signal.name == name).unwrap();
        let words = match &pin.form {
            PinForm::States(names) => Some(names.clone()),
            PinForm::Alarms => Some(role.alarms.iter().map(|alarm| alarm.name.clone()).collect()),
            _ => None,
        };
        assert_eq!(signal.kind, words.map_or(SignalKind::Held, SignalKind::State), "{name}");
    }
}

#[test]
fn a_claim_of_the_devices_own_is_recorded_under_its_name() {
    let program = root().join("fixtures/firmware/python/tiny_bms.py");
    let run = go(PAIRING, Some(&rig(&["python3", &program.display().to_string()]))).unwrap();
    assert_eq!(run.verdict.basis.links[0].pins.as_ref().unwrap().own_claims, ["own.lowest_cell_v"]);
    let end = run.trace.end();
    let at_the_end = |name: &str| run.trace.series_named(name).and_then(|one| one.held_at(end));
    let claimed = at_the_end("sessy-1.bms.claim.own.lowest_cell_v").unwrap();
    let truth = at_the_end("sessy-1.lowest_cell_v").unwrap();
    assert!((claimed - truth).abs() < 0.05, "{claimed} V for {truth} V");
}
