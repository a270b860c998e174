//! The AC side in the world: it is settled, written down, shown to controllers, and what it draws is
//! handed to the DC network.

use bevy_ecs::prelude::{Mut, Query, Res, ResMut, Resource, World};
use blackstart_engine::{Clock, Terminal};
use blackstart_scenario::AcInput;
use blackstart_scenario::Phase;
use blackstart_trace::SignalId;

use crate::ac::AcSide;
use crate::backup_box::{self, BoxSignals, InstalledBackupBox};
use crate::circuit::{PlantCircuit, Roster};
use crate::inverter::{InstalledInverter, InverterSupply};
use crate::parts::Parts;
use crate::record::Recorder;

/// Signals of one load.
#[derive(Clone, Copy)]
pub(crate) struct LoadSignals {
    pub demand: SignalId,
    pub power: SignalId,
    pub voltage: SignalId,
    pub supplied: SignalId,
}

/// Signals of one output.
#[derive(Clone, Copy)]
pub(crate) struct OutputSignals {
    pub power: SignalId,
    /// Of its weakest phase.
    pub voltage: SignalId,
    pub frequency: SignalId,
    /// Voltage and power of each phase, where there are three.
    pub phases: Option<[(SignalId, SignalId); 3]>,
}

/// Signals of one grid.
#[derive(Clone, Copy)]
pub(crate) struct GridSignals {
    /// Failed while any phase has.
    pub state: SignalId,
    /// Of its weakest phase.
    pub voltage: SignalId,
    /// Of each phase, where there are three.
    pub phases: Option<[SignalId; 3]>,
}

/// The AC side's signals, in the order of [`AcSide`]'s lists.
#[derive(Resource, Default)]
pub(crate) struct AcSignals {
    pub loads: Vec<LoadSignals>,
    pub outputs: Vec<OutputSignals>,
    pub grids: Vec<GridSignals>,
    /// Positions of the transfer switches.
    pub positions: Vec<SignalId>,
    pub boxes: Vec<BoxSignals>,
}

/// Brings the AC side to now.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are its access")]
pub(crate) fn supply(
    clock: Res<Clock>,
    roster: Res<Roster>,
    signals: Res<AcSignals>,
    mut ac: ResMut<AcSide>,
    mut circuit: ResMut<PlantCircuit>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<&mut Terminal>,
    inverters: Query<(&InstalledInverter, &InverterSupply)>,
    boxes: Query<&InstalledBackupBox>,
    mut parts: ResMut<Parts>,
) {
    for (output, &entity) in ac.outputs.iter_mut().zip(&roster.inverters) {
        output.running = inverters.get(entity).is_ok_and(|(_, supply)| supply.inverts());
    }
    for (subject, kind) in ac.update(clock.now) {
        recorder.event(clock.now, &subject, kind);
    }
    let started = ac.once_started(clock.now);
    circuit.starting.clear();
    for (k, (output, &entity)) in ac.outputs.iter().zip(&roster.inverters).enumerate() {
        let Ok((inverter, supply)) = inverters.get(entity) else { continue };
        let power = inverter.dc_power(supply, output.given());
        if let Some(started) = &started {
            let later = inverter.dc_power(supply, started.outputs[k].given());
            circuit.starting.push((inverter.draw, later));
        }
        if circuit.network.set_load_power(inverter.draw, power) {
            circuit.note_change();
        }
        if let Ok(mut terminal) = terminals.get_mut(entity) {
            let (power, apparent) = output.burden();
            terminal.show("ac_power_w", power.0);
            terminal.show("ac_apparent_va", apparent.0);
        }
    }
    for (k, &entity) in roster.transfer_switches.iter().enumerate() {
        if let Ok(mut terminal) = terminals.get_mut(entity) {
            if boxes.contains(entity) {
                backup_box::show_inputs(&mut terminal, &ac, k);
                continue;
            }
            terminal.show("grid_voltage_v", ac.input(k, AcInput::Grid).0);
            terminal.show("inverter_voltage_v", ac.input(k, AcInput::Inverter).0);
        }
    }
    let next = parts.feed(&mut circuit, &mut recorder, |tap| ac.voltage(tap));
    ac.next = ac.next.min(next);
    write_down(clock.now, &ac, &signals, &mut recorder);
}

/// Writes the AC side down once more, so that what has not changed reaches to the end, and the gaps that
/// have not ended.
pub(crate) fn record_end(world: &mut World) {
    let now = world.resource::<Clock>().now;
    world.resource_scope(|world, mut recorder: Mut<Recorder>| {
        let ac = world.resource::<AcSide>();
        write_down(now, ac, world.resource(), &mut recorder);
        for (load, gap) in ac.consumers.iter().filter_map(|load| load.open_gap(now)) {
            recorder.event(now, &load, gap);
        }
    });
}

fn write_down(
    now: blackstart_units::SimTime,
    ac: &AcSide,
    signals: &AcSignals,
    recorder: &mut Recorder,
) {
    for (load, ids) in ac.consumers.iter().zip(&signals.loads) {
        recorder.held(ids.demand, now, load.demand.0);
        recorder.held(ids.power, now, load.draw(now).0);
        recorder.held(ids.voltage, now, load.voltage.0);
        recorder.trace.sample(ids.supplied, now, f64::from(load.is_up()));
    }
    for (output, ids) in ac.outputs.iter().zip(&signals.outputs) {
        recorder.held(ids.power, now, output.given().0);
        recorder.held(ids.voltage, now, output.lowest().0);
        recorder.held(ids.frequency, now, if output.running { output.frequency } else { 0.0 });
        for (phase, (voltage, power)) in Phase::ALL.into_iter().zip(ids.phases.iter().flatten()) {
            recorder.held(*voltage, now, output.voltage(phase).0);
            recorder.held(*power, now, output.phase_given(phase).0);
        }
    }
    for (grid, ids) in ac.grids.iter().zip(&signals.grids) {
        recorder.trace.sample(ids.state, now, f64::from(grid.lowest().0 <= 0.0));
        recorder.held(ids.voltage, now, grid.lowest().0);
        for (phase, voltage) in Phase::ALL.into_iter().zip(ids.phases.iter().flatten()) {
            recorder.held(*voltage, now, grid.voltage(phase).0);
        }
    }
    for (switch, &id) in ac.switches.iter().zip(&signals.positions) {
        recorder.state(&switch.id, id, now, f64::from(switch.position()));
    }
    for signals in &signals.boxes {
        signals.write_down(now, ac, recorder);
    }
}
