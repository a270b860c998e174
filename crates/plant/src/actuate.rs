//! From a terminal to the hardware: changed commands are sent on their way or obeyed, claims are written down.

use bevy_ecs::prelude::{Query, Res, ResMut};
use blackstart_engine::{Clock, Terminal};
use blackstart_roles::Protection;
use blackstart_scenario::{AcInput, Phase};
use blackstart_trace::{EventKind, SignalKind};
use blackstart_units::SimTime;

use crate::ac::{AcSide, TransferContacts};
use crate::backup_box::InstalledBackupBox;
use crate::circuit::Roster;
use crate::inverter::{InstalledInverter, InverterSupply};
use crate::record::Recorder;
use crate::transfer::InstalledTransferSwitch;

/// Hands changed commands to the hardware and writes claims down.
pub(crate) fn actuate(
    clock: Res<Clock>,
    roster: Res<Roster>,
    mut ac: ResMut<AcSide>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<&mut Terminal>,
    mut inverters: Query<(&InstalledInverter, &mut InverterSupply)>,
    switches: Query<(Option<&InstalledTransferSwitch>, Option<&InstalledBackupBox>)>,
) {
    for &entity in &roster.inverters {
        let (Ok(mut terminal), Ok((inverter, mut supply))) =
            (terminals.get_mut(entity), inverters.get_mut(entity))
        else {
            continue;
        };
        for (index, value) in write_claims(&mut terminal, clock.now, &mut recorder) {
            if is_state(&terminal, index) {
                recorder.trace.sample(inverter.state, clock.now, value);
            }
        }
        for (_, value) in terminal.commands.take_changed() {
            supply.command(value > 0.5);
        }
    }
    for (k, &entity) in roster.transfer_switches.iter().enumerate() {
        let (Ok(mut terminal), Ok((switch, backup_box))) =
            (terminals.get_mut(entity), switches.get(entity))
        else {
            continue;
        };
        let state = switch.map(|one| one.state).or(backup_box.map(|one| one.state));
        for (index, value) in write_claims(&mut terminal, clock.now, &mut recorder) {
            if let Some(state) = state.filter(|_| is_state(&terminal, index)) {
                recorder.trace.sample(state, clock.now, value);
            }
        }
        for (index, value) in terminal.commands.take_changed() {
            let name = &terminal.commands.items()[index].name;
            order(&mut ac.switches[k], name, value > 0.5, clock.now);
        }
    }
}

/// Does what the control of a transfer switch has ordered.
fn order(switch: &mut TransferContacts, command: &str, on: bool, now: SimTime) {
    let is_shed = |phase: &Phase| command == format!("{}_shed", phase.name());
    match (command, Phase::ALL.into_iter().find(is_shed)) {
        (_, Some(phase)) => switch.set_shed(phase, on),
        ("grid_contact", _) => switch.drive(AcInput::Grid, on, now),
        ("inverter_contact", _) => switch.drive(AcInput::Inverter, on, now),
        _ if on => switch.head_for(AcInput::Inverter, now),
        _ => switch.head_for(AcInput::Grid, now),
    }
}

/// Whether a claim is the one that is its device's state.
fn is_state(terminal: &Terminal, claim: usize) -> bool {
    terminal.claims.items()[claim].name == "state"
}

/// The protection of which a controller has just claimed the alarm, if that is among its changed claims.
pub(crate) fn claimed(terminal: &Terminal, changed: &[(usize, f64)]) -> Option<Protection> {
    let items = terminal.claims.items();
    let has_changed = changed.iter().any(|&(index, _)| items[index].name == "alarm");
    terminal.alarm().filter(|_| has_changed)?.stands_for
}

/// Records what a controller says of itself; the indices and values that changed.
pub(crate) fn write_claims(
    terminal: &mut Terminal,
    now: SimTime,
    recorder: &mut Recorder,
) -> Vec<(usize, f64)> {
    let changed = terminal.claims.take_changed();
    for &(index, value) in &changed {
        let item = &terminal.claims.items()[index];
        let signal =
            recorder.trace.catalogue().find(&format!("{}.claim.{}", terminal.role, item.name));
        let Some(signal) = signal else { continue };
        let before = recorder.trace.series(signal).held_at(now);
        recorder.trace.sample(signal, now, value);
        if let (SignalKind::State(names), Some(before)) = (&item.kind, before) {
            let name = |value: f64| names.get(value as usize).cloned().unwrap_or_default();
            let kind =
                EventKind::State { signal: item.name.clone(), from: name(before), to: name(value) };
            recorder.event(now, &terminal.role, kind);
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use blackstart_engine::RoleShape;
    use blackstart_roles::{Alarm, RoleTable};
    use blackstart_trace::{Catalogue, Trace};

    use super::*;
    use crate::role::declare_claims;

    #[test]
    fn an_alarm_more_in_the_table_is_reported_by_its_name() {
        let mut table = RoleTable::standard().clone();
        table.roles[0].alarms.push(Alarm::new("flooded", None));
        let shape = RoleShape { cells: 1, ..RoleShape::default() };
        let mut terminal = Terminal::new("pack.bms".to_owned(), &table.roles[0], shape);
        let mut catalogue = Catalogue::default();
        declare_claims(&terminal, &mut catalogue);
        let mut recorder = Recorder { trace: Trace::new(catalogue), probes: Vec::new() };
        write_claims(&mut terminal, SimTime::ZERO, &mut recorder);
        terminal.claims.put("alarm", (table.roles[0].alarms.len() - 1) as f64);
        write_claims(&mut terminal, SimTime::NANOSECOND, &mut recorder);
        let [event] = recorder.trace.events() else { panic!("one event") };
        let (signal, from, to) = ("alarm".into(), "none".into(), "flooded".into());
        assert_eq!(event.kind, EventKind::State { signal, from, to });
    }
}
