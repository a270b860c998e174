//! From a terminal to the hardware: changed commands are sent on their way or obeyed, claims are written down.

use bevy_ecs::prelude::{Has, Query, Res, ResMut};
use blackstart_engine::{BuiltIn, Clock, Terminal};
use blackstart_scenario::{AcInput, Phase};
use blackstart_trace::{EventKind, Evidence, SignalKind};
use blackstart_units::SimTime;

use crate::ac::AcSide;
use crate::backup_box::BackupBox;
use crate::battery::{Battery, BmsPins};
use crate::circuit::{Circuit, Roster};
use crate::front_end::FrontEnd;
use crate::inverter::{Inverter, Supply};
use crate::order::Order;
use crate::power_stage::PowerStage;
use crate::record::Recorder;
use crate::transfer::TransferSwitch;
use crate::trip;

/// Hands changed commands to the hardware and writes claims down.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are its access")]
pub(crate) fn actuate(
    clock: Res<Clock>,
    roster: Res<Roster>,
    circuit: Res<Circuit>,
    mut ac: ResMut<AcSide>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<(&mut Terminal, Option<&BmsPins>, Has<BuiltIn>)>,
    mut hardware: Query<(&Battery, &mut FrontEnd, &mut PowerStage)>,
    mut inverters: Query<(&Inverter, &mut Supply)>,
    switches: Query<(Option<&TransferSwitch>, Option<&BackupBox>)>,
) {
    for &entity in &roster.batteries {
        let (Ok((mut terminal, Some(pins), is_built_in)), Ok((battery, mut front_end, mut stage))) =
            (terminals.get_mut(entity), hardware.get_mut(entity))
        else {
            continue;
        };
        let evidence = if is_built_in { Evidence::ModelOnly } else { Evidence::Dut };
        for (index, value) in write_claims(&mut terminal, clock.now, &mut recorder) {
            if index == pins.alarm {
                let stands_for = terminal.alarms.get(value as usize).and_then(|one| one.stands_for);
                let trip = stands_for.and_then(|protection| {
                    trip::by_controller(protection, evidence, battery, &circuit, &recorder.trace)
                });
                if let Some(trip) = trip {
                    recorder.event(clock.now, &battery.id, EventKind::Trip(trip));
                }
            }
        }
        for (index, value) in terminal.commands.take_changed() {
            let name = terminal.commands.items()[index].name.clone();
            if let Some(order) = Order::from_command(&name, value) {
                if order.is_setting() && !is_built_in {
                    front_end.evidence = Evidence::DutSettingsOnModel;
                }
                stage.orders.give(clock.now + battery.model.command_latency, order);
            }
            if clock.now > SimTime::ZERO {
                let role = terminal.role.clone();
                recorder.event(clock.now, &role, EventKind::Command { name, value });
            }
        }
    }
    for &entity in &roster.inverters {
        let (Ok((mut terminal, ..)), Ok((inverter, mut supply))) =
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
            supply.running = value > 0.5;
        }
    }
    for (k, &entity) in roster.transfer_switches.iter().enumerate() {
        let (Ok((mut terminal, ..)), Ok((switch, backup_box))) =
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
            let on = value > 0.5;
            let shed = |phase: &Phase| {
                terminal.commands.items()[index].name == format!("{}_shed", phase.name())
            };
            match Phase::ALL.into_iter().find(shed) {
                None if on => ac.switches[k].head_for(AcInput::Inverter, clock.now),
                None => ac.switches[k].head_for(AcInput::Grid, clock.now),
                Some(phase) => ac.switches[k].set_shed(phase, on),
            }
        }
    }
}

/// Whether a claim is the one that is its device's state.
fn is_state(terminal: &Terminal, claim: usize) -> bool {
    terminal.claims.items()[claim].name == "state"
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
