//! What the scenario does to the world.

use bevy_ecs::prelude::{Entity, Query, Res, ResMut, Resource};
use blackstart_engine::{Clock, PinBank, Terminal};
use blackstart_scenario::{AcInput, Action, Phase, ScenarioEvent};
use blackstart_trace::EventKind;
use blackstart_units::{SimTime, Volts};

use crate::ac::AcSide;
use crate::circuit::{PlantCircuit, Roster};
use crate::dc::DcSide;
use crate::inverter::{InstalledInverter, InverterSupply};
use crate::parts::Parts;
use crate::record::Recorder;

/// The scenario's events, in order of time, and how far they have been worked off.
#[derive(Resource)]
pub struct Stimuli {
    events: Vec<ScenarioEvent>,
    next: usize,
    /// Pairing procedures that somebody started: when, and which role.
    pub pairings: Vec<(SimTime, String)>,
}

impl Stimuli {
    pub(crate) fn new(events: Vec<ScenarioEvent>) -> Self {
        Self { events, next: 0, pairings: Vec::new() }
    }
}

/// Applies the events that are due.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are its access")]
pub(crate) fn inject(
    mut clock: ResMut<Clock>,
    mut stimuli: ResMut<Stimuli>,
    mut circuit: ResMut<PlantCircuit>,
    mut ac: ResMut<AcSide>,
    mut dc: ResMut<DcSide>,
    mut parts: ResMut<Parts>,
    mut recorder: ResMut<Recorder>,
    roster: Res<Roster>,
    mut terminals: Query<&mut Terminal>,
    mut inverters: Query<(&InstalledInverter, &mut InverterSupply)>,
) {
    while let Some(event) = stimuli.events.get(stimuli.next).filter(|event| event.at <= clock.now) {
        let event = event.clone();
        stimuli.next += 1;
        let what = event.action.describe();
        let subject = match &event.action {
            Action::StartPairing { bms } => {
                parts.press(bms, "pairing_request", |presses| presses + 1.0);
                stimuli.pairings.push((clock.now, bms.clone()));
                bms.clone()
            }
            Action::EnablePort { bms } | Action::DisablePort { bms } => {
                let wanted = f64::from(matches!(event.action, Action::EnablePort { .. }));
                parts.press(bms, "port_request", |_| wanted);
                bms.clone()
            }
            Action::SwitchOn { inverter } | Action::SwitchOff { inverter } => {
                let on = matches!(event.action, Action::SwitchOn { .. });
                turn(&mut terminals, &mut inverters, &roster, &mut circuit, (inverter, on))
            }
            Action::Short { id, .. } => set_short(&mut circuit, *id, true),
            Action::EndShort { id } => set_short(&mut circuit, *id, false),
            Action::SetLoad { load, power } => {
                let found = ac.consumers.iter_mut().find(|one| one.id == *load);
                found.map_or_else(String::new, |one| {
                    one.demand = *power;
                    one.id.clone()
                })
            }
            Action::FailGrid { grid, phase } => set_grid(&mut ac, grid, *phase, |_| Volts(0.0)),
            Action::RestoreGrid { grid, phase } => {
                set_frequency(&mut ac, grid, None);
                set_grid(&mut ac, grid, *phase, |nominal| nominal)
            }
            Action::SetRemote { bms, remote } => dc.set_remote(bms, *remote),
            Action::BmsCable { bms, broken } => {
                dc.set_cable(bms, broken.then_some(circuit.network.now()))
            }
            Action::Update { bms, update } => dc.set_update(bms, *update),
            Action::RunSource { source, running } => {
                let changed = dc.run_source(source, *running);
                show(&mut terminals, changed, ("input", f64::from(*running)))
            }
            Action::SetSource { source, voltage } => {
                let changed = dc.set_source(source, *voltage);
                show(&mut terminals, changed, ("set_voltage_v", voltage.0))
            }
            Action::SetDcLoad { load, power } => dc.set_load(load, *power),
            Action::SetGrid { grid, phase, voltage, frequency } => {
                if frequency.is_some() {
                    set_frequency(&mut ac, grid, *frequency);
                }
                set_grid(&mut ac, grid, *phase, |_| *voltage)
            }
            Action::SetDip4 { backup_box, on } => {
                turn_switch(&mut terminals, &roster, &ac, backup_box, |readings| {
                    readings.put("dip_4", f64::from(*on));
                })
            }
            Action::RestartBox { backup_box } => {
                turn_switch(&mut terminals, &roster, &ac, backup_box, |readings| {
                    let restarts = readings.place("restarts");
                    readings.set(restarts, readings.measured(restarts) + 1.0);
                })
            }
            Action::SetBypass { backup_box, engaged } => {
                if let Some(one) = ac.switches.iter_mut().find(|one| one.id == *backup_box) {
                    one.turn_bypass(*engaged, clock.now);
                }
                turn_switch(&mut terminals, &roster, &ac, backup_box, |readings| {
                    readings.put("bypass", f64::from(*engaged));
                })
            }
            Action::TurnSwitch { switch, to } => {
                let wanted = f64::from(*to == AcInput::Inverter);
                turn_switch(&mut terminals, &roster, &ac, switch, |readings| {
                    readings.put("lever", wanted);
                })
            }
            // Of the world outside: whoever holds the bus acts on it.
            Action::CanFault { role, .. } | Action::EndCanFault { role, .. } => role.clone(),
            // Of what is shown: begun and ended there.
            Action::FaultReading { role, .. } | Action::EndFaultReading { role, .. } => {
                role.clone()
            }
            Action::SetPart { part, what, to, .. } => {
                parts.stimulate(part, what, *to);
                part.clone()
            }
            Action::WeldContact { switch, contact } => {
                let found = ac.switches.iter_mut().find(|one| one.id == *switch);
                found.map_or_else(String::new, |one| {
                    one.weld(*contact);
                    one.id.clone()
                })
            }
        };
        recorder.event(clock.now, &subject, EventKind::Stimulus { what });
        recorder.jump(&circuit.network);
        circuit.note_change();
    }
    clock.next_event = stimuli.events.get(stimuli.next).map_or(SimTime::NEVER, |event| event.at);
}

/// Sets a grid's voltage, of one phase or of all, from its nominal one; its id.
fn set_grid(
    ac: &mut AcSide,
    id: &str,
    phase: Option<Phase>,
    voltage: impl Fn(Volts) -> Volts,
) -> String {
    let found = ac.grids.iter_mut().find(|one| one.id == id);
    found.map_or_else(String::new, |grid| {
        grid.set(phase, voltage(grid.nominal));
        grid.id.clone()
    })
}

/// Sets a grid's frequency, to its nominal one without another.
fn set_frequency(ac: &mut AcSide, id: &str, frequency: Option<f64>) {
    if let Some(grid) = ac.grids.iter_mut().find(|one| one.id == id) {
        grid.set_frequency(frequency.unwrap_or(grid.nominal_frequency));
    }
}

/// Shows a device's control, if it has one, what has changed; the device's id.
fn show(
    terminals: &mut Query<&mut Terminal>,
    (id, control): (String, Option<Entity>),
    (reading, value): (&str, f64),
) -> String {
    if let Some(mut terminal) = control.and_then(|entity| terminals.get_mut(entity).ok()) {
        terminal.show(reading, value);
    }
    id
}

/// Somebody moves something on a transfer switch or a backup box; its id.
fn turn_switch(
    terminals: &mut Query<&mut Terminal>,
    roster: &Roster,
    ac: &AcSide,
    id: &str,
    change: impl Fn(&mut PinBank),
) -> String {
    let k = ac.switches.iter().position(|one| one.id == id);
    k.map_or_else(String::new, |k| {
        if let Ok(mut terminal) = terminals.get_mut(roster.transfer_switches[k]) {
            change(&mut terminal.readings);
            terminal.causes.input = true;
        }
        ac.switches[k].id.clone()
    })
}

/// Closes or opens a short; the node that it is at.
fn set_short(circuit: &mut PlantCircuit, id: usize, closed: bool) -> String {
    let short = &circuit.shorts[id];
    circuit.network.set_switch(short.branch, closed);
    short.node.clone()
}

fn turn(
    terminals: &mut Query<&mut Terminal>,
    inverters: &mut Query<(&InstalledInverter, &mut InverterSupply)>,
    roster: &Roster,
    circuit: &mut PlantCircuit,
    (id, on): (&str, bool),
) -> String {
    for &entity in &roster.inverters {
        let Ok((inverter, mut supply)) = inverters.get_mut(entity) else { continue };
        if inverter.id != id {
            continue;
        }
        supply.switched_on = on;
        if let Some(bank) = inverter.switched_input {
            circuit.network.set_switch(bank, on);
        }
        if let Ok(mut terminal) = terminals.get_mut(entity) {
            terminal.readings.put("front_switch", f64::from(on));
            terminal.causes.input = true;
        }
        return inverter.id.clone();
    }
    String::new()
}
