//! What the scenario does to the world.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use blackstart_engine::{Clock, Terminal};
use blackstart_scenario::{Action, Event};
use blackstart_trace::{EventKind, SignalId};
use blackstart_units::SimTime;

use crate::battery::BmsPins;
use crate::circuit::{Circuit, Roster};
use crate::inverter::{FRONT_SWITCH, Inverter, Supply};
use crate::network::BranchId;
use crate::record::Recorder;
use crate::supply::publish_supply;

pub(crate) struct FuseSignal {
    pub id: String,
    pub branch: BranchId,
    pub damage: SignalId,
    pub state: SignalId,
}

/// The scenario's events, in order of time, and how far they have been worked off.
#[derive(Resource)]
pub struct Stimuli {
    events: Vec<Event>,
    next: usize,
    grids: Vec<(usize, String, SignalId)>,
    pub(crate) fuses: Vec<FuseSignal>,
    /// Pairing procedures that somebody started: when, and which role.
    pub pairings: Vec<(SimTime, String)>,
}

impl Stimuli {
    pub(crate) fn new(
        events: Vec<Event>,
        grids: Vec<(usize, String, SignalId)>,
        fuses: Vec<FuseSignal>,
    ) -> Self {
        Self { events, next: 0, grids, fuses, pairings: Vec::new() }
    }
}

/// Applies the events that are due.
pub(crate) fn inject(
    mut clock: ResMut<Clock>,
    mut stimuli: ResMut<Stimuli>,
    mut circuit: ResMut<Circuit>,
    mut recorder: ResMut<Recorder>,
    roster: Res<Roster>,
    mut terminals: Query<(&mut Terminal, Option<&BmsPins>)>,
    mut inverters: Query<(&Inverter, &mut Supply)>,
) {
    while let Some(event) = stimuli.events.get(stimuli.next).filter(|event| event.at <= clock.now) {
        let event = event.clone();
        stimuli.next += 1;
        let what = event.action.describe();
        let subject = match &event.action {
            Action::StartPairing { bms } => {
                press(&mut terminals, bms, |pins, terminal| {
                    let presses = terminal.readings.get(pins.pairing_request) + 1.0;
                    terminal.readings.set(pins.pairing_request, presses);
                });
                stimuli.pairings.push((clock.now, bms.clone()));
                bms.clone()
            }
            Action::EnablePort { bms } | Action::DisablePort { bms } => {
                let wanted = f64::from(matches!(event.action, Action::EnablePort { .. }));
                press(&mut terminals, bms, |pins, terminal| {
                    terminal.readings.set(pins.port_request, wanted);
                });
                bms.clone()
            }
            Action::SwitchOn { inverter } | Action::SwitchOff { inverter } => {
                let on = matches!(event.action, Action::SwitchOn { .. });
                turn(&mut terminals, &mut inverters, &roster, *inverter, on)
            }
            Action::Short { id, .. } => {
                set_short(&mut circuit, *id, true)
            }
            Action::EndShort { id } => {
                set_short(&mut circuit, *id, false)
            }
            Action::SetLoad { load, power } => {
                let mut name = String::new();
                for (inverter, mut supply) in &mut inverters {
                    if let Some(one) = supply.loads.iter_mut().find(|one| one.0 == *load) {
                        one.2 = *power;
                        name = one.1.clone();
                        publish_supply(inverter, &supply, &mut circuit, &mut recorder);
                    }
                }
                name
            }
            Action::FailGrid { grid } | Action::RestoreGrid { grid } => {
                let failed = f64::from(matches!(event.action, Action::FailGrid { .. }));
                let found = stimuli.grids.iter().find(|one| one.0 == *grid);
                found.map_or_else(String::new, |(_, id, signal)| {
                    recorder.trace.sample(*signal, clock.now, failed);
                    id.clone()
                })
            }
        };
        recorder.event(clock.now, &subject, EventKind::Stimulus { what });
        recorder.jump(&circuit.network);
    }
    clock.next_event = stimuli.events.get(stimuli.next).map_or(SimTime::NEVER, |event| event.at);
}

/// Closes or opens a short; the node that it is at.
fn set_short(circuit: &mut Circuit, id: usize, closed: bool) -> String {
    let short = &circuit.shorts[id];
    circuit.network.set_switch(short.branch, closed);
    short.node.clone()
}

fn press(
    terminals: &mut Query<(&mut Terminal, Option<&BmsPins>)>,
    role: &str,
    change: impl Fn(&BmsPins, &mut Terminal),
) {
    for (mut terminal, pins) in terminals.iter_mut() {
        if let Some(pins) = pins.filter(|_| terminal.role == role) {
            change(pins, &mut terminal);
            terminal.causes.input = true;
        }
    }
}

fn turn(
    terminals: &mut Query<(&mut Terminal, Option<&BmsPins>)>,
    inverters: &mut Query<(&Inverter, &mut Supply)>,
    roster: &Roster,
    device: usize,
    on: bool,
) -> String {
    for &entity in &roster.inverters {
        let Ok((inverter, mut supply)) = inverters.get_mut(entity) else { continue };
        if inverter.device != device {
            continue;
        }
        supply.switched_on = on;
        if let Ok((mut terminal, _)) = terminals.get_mut(entity) {
            terminal.readings.set(FRONT_SWITCH, f64::from(on));
            terminal.causes.input = true;
        }
        return inverter.id.clone();
    }
    String::new()
}
