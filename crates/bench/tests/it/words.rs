//! What a run records of a claim has the words of the role's table, in its order.

use blackstart_roles::{Direction, Form, RoleKind, RoleTable};
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
            Form::States(names) => Some(names.clone()),
            Form::Alarms => Some(role.alarms.iter().map(|alarm| alarm.name.clone()).collect()),
            _ => None,
        };
        assert_eq!(signal.kind, words.map_or(SignalKind::Analog, SignalKind::State), "{name}");
    }
}
