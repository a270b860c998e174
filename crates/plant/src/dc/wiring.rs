//! Levels on cables and wires, brought to now: what batteries tell their BMS, what its outputs show,
//! what remote inputs make of them, and what follows in the network.

use bevy_ecs::prelude::{Entity, Has, Query, Res, ResMut};
use blackstart_engine::{BuiltIn, Clock, Terminal};
use blackstart_scenario::{BmsOutput, RemoteCable, RemoteInput, UpdateState};
use blackstart_trace::Evidence;
use blackstart_units::{Siemens, SimTime, Volts};

use super::bms::{self, Level, Manager};
use super::charger;
use super::lamps;
use super::module::{COLD, LINES, LOW_CELL, MonitorReport, PlacedModule};
use super::{DcSide, trip};
use crate::actuate::{claimed, write_claims};
use crate::circuit::PlantCircuit;
use crate::network::Network;
use crate::record::Recorder;

/// One wire from an output to a remote input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RemoteWire {
    pub cable: RemoteCable,
    /// Index of the BMS.
    pub manager: usize,
    pub output: BmsOutput,
    pub input: RemoteInput,
    pub sink: RemoteSink,
}

/// What has the remote input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemoteSink {
    /// Index of the switch.
    Switch(usize),
    /// Index of the load.
    Load(usize),
    /// Index of the source.
    Source(usize),
    Inverter(Entity),
}

type Terminals<'w, 's> = Query<'w, 's, (&'static mut Terminal, Has<BuiltIn>)>;

/// Brings the DC side to now.
pub(crate) fn wire(
    clock: Res<Clock>,
    mut dc: ResMut<DcSide>,
    mut circuit: ResMut<PlantCircuit>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Terminals,
) {
    let (dc, now) = (&mut *dc, clock.now);
    if dc.is_empty() {
        return;
    }
    for place in &mut dc.modules {
        let terminal = place.monitor.and_then(|entity| terminals.get_mut(entity).ok());
        if let Some((mut terminal, is_built_in)) = terminal {
            let changed = write_claims(&mut terminal, now, &mut recorder);
            place.monitor_is_built_in = is_built_in;
            if let Some(protection) = claimed(&terminal, &changed) {
                place.alarmed = Some((protection, evidence(is_built_in)));
            }
            terminal.commands.take_changed();
            place.reported = MonitorReport::read(&terminal);
        }
    }
    for manager in &mut dc.managers {
        let Ok((mut terminal, is_built_in)) = terminals.get_mut(manager.entity) else { continue };
        tell(manager, &dc.modules, &mut terminal);
        let changed = write_claims(&mut terminal, now, &mut recorder);
        let evidence = evidence(is_built_in);
        let stage = (&circuit.network, &mut *recorder);
        note_stops(manager, &mut dc.modules, &terminal, evidence, stage);
        if let Some(protection) = claimed(&terminal, &changed)
            && !manager.has_acted(protection)
        {
            trip::shown(manager, protection, evidence, &circuit.network, &mut recorder);
        }
        terminal.commands.take_changed();
        for (which, output) in BmsOutput::ALL.into_iter().zip(&mut manager.outputs) {
            output.drive(terminal.commands.value(bms::command(which)) > 0.5);
            recorder.state(&manager.id, output.signal, now, f64::from(output.level as u8));
            let supply = circuit.network.value(manager.supply);
            let high = supply - manager.model.outputs[which as usize].drop.0;
            let shown = if output.level == Level::High { high } else { 0.0 };
            recorder.held(output.voltage, now, shown);
        }
        let supply = Volts(circuit.network.value(manager.supply));
        for (&signal, light) in manager.lamps.iter().zip(lamps::lights(manager, &terminal, supply))
        {
            recorder.state(&manager.id, signal, now, f64::from(light as u8));
        }
    }
    dc.note_alarms(&terminals, &circuit.network, &mut recorder);
    dc.evaluate_inputs(&mut terminals);
    if dc.command(&mut circuit, &mut recorder, &mut terminals, now) {
        recorder.jump(&circuit.network);
        circuit.note_change();
    }
}

/// States of the claims `discharge` and `charge`.
const DISCHARGE_STOPPED: f64 = 2.0;
const CHARGE_STOPPED: f64 = 1.0;

/// Writes the readings of a BMS that do not come from its own converter.
fn tell(manager: &Manager, modules: &[PlacedModule], terminal: &mut Terminal) {
    let remote = manager.remote;
    let driven = |voltage: Option<Volts>| {
        [f64::from(voltage.is_some()), voltage.map_or(0.0, |volts| volts.0)]
    };
    let (l, h) = (driven(remote.l), driven(remote.h));
    for (name, value) in [
        ("remote_joined", f64::from(remote.joined)),
        ("remote_l", l[0]),
        ("remote_l_v", l[1]),
        ("remote_h", h[0]),
        ("remote_h_v", h[1]),
        ("remote_h_to_plus", f64::from(remote.h_to_plus)),
        ("battery_lost", f64::from(manager.cable_broken.is_some())),
        ("update", f64::from(manager.update as u8)),
    ] {
        terminal.show(name, value);
    }
    if manager.cable_broken.is_some() || manager.hears.is_empty() {
        return;
    }
    let reported = || manager.hears.iter().map(|&k| modules[k].reported);
    for (line, name) in LINES.into_iter().enumerate() {
        terminal.show(name, f64::from(reported().any(|one| one.lines[line])));
    }
    let count = manager.hears.len() as f64;
    terminal.show("soc_pct", reported().map(|one| one.soc).sum::<f64>() / count);
    terminal.show("rate_per_h", reported().map(|one| one.rate).sum::<f64>() / count);
    terminal.show("imbalance_v", reported().map(|one| one.imbalance).fold(0.0, f64::max));
}

/// A stop that the BMS has just claimed is a trip of the batteries that it hears; where it hears none, and
/// nothing that it heard before would make it stop, it is its own.
fn note_stops(
    manager: &mut Manager,
    modules: &mut [PlacedModule],
    terminal: &Terminal,
    evidence: Evidence,
    (network, recorder): (&Network, &mut Recorder),
) {
    let claims = &terminal.claims;
    let stopped =
        (claims.value("discharge") == DISCHARGE_STOPPED, claims.value("charge") == CHARGE_STOPPED);
    let before = std::mem::replace(&mut manager.stopped, stopped);
    let silence = |lines: &[usize], floor: Option<f64>| {
        let since = manager.cable_broken?;
        let supply = network.value(manager.supply);
        let (lowest, highest) = manager.model.rules.supply_window;
        let heard = |name| terminal.readings.value(name);
        let is_otherwise_well = lines.iter().all(|&line| heard(LINES[line]) < 0.5)
            && (lowest.0..=highest.0).contains(&supply)
            && manager.update == UpdateState::None
            && floor.is_none_or(|floor| heard("soc_pct") > floor);
        is_otherwise_well.then_some(since)
    };
    let rules = &manager.model.rules;
    let stops = |&line: &usize| line != COLD || rules.stops_charge_when_cold;
    let stopping: Vec<usize> = trip::CHARGE_LINES.into_iter().filter(stops).collect();
    let floor = rules.charge.map(|rules| trip::floor_pct(&rules));
    let (no_discharge, no_charge) = (silence(&[LOW_CELL], floor), silence(&stopping, None));
    if stopped.0 != before.0 {
        manager.acted.0 = match (stopped.0, no_discharge) {
            (true, Some(since)) => {
                let delay = manager.model.rules.pre_alarm_lead;
                trip::unheard(manager, (since, delay), evidence, network, recorder)
            }
            (true, None) => trip::discharge_stopped(manager, modules, network, evidence, recorder),
            (false, _) => Vec::new(),
        };
    }
    if stopped.1 != before.1 {
        manager.acted.1 = match (stopped.1, no_charge) {
            (true, Some(since)) => {
                trip::unheard(manager, (since, SimTime::ZERO), evidence, network, recorder)
            }
            (true, None) => trip::charge_stopped(manager, modules, network, evidence, recorder),
            (false, _) => Vec::new(),
        };
    }
}

/// What a claim rests on.
const fn evidence(is_built_in: bool) -> Evidence {
    if is_built_in { Evidence::ModelOnly } else { Evidence::Dut }
}

impl DcSide {
    /// Alarms of monitors that no BMS can answer at this instant any more are trips.
    fn note_alarms(
        &mut self,
        terminals: &Terminals<'_, '_>,
        network: &Network,
        recorder: &mut Recorder,
    ) {
        let is_due = |manager: &Manager| {
            let terminal = terminals.get(manager.entity);
            terminal.is_ok_and(|(terminal, _)| !terminal.causes.is_empty())
        };
        for (k, place) in self.modules.iter_mut().enumerate() {
            let mut hearing = self.managers.iter().filter(|one| one.hears.contains(&k));
            if place.alarmed.is_some() && !hearing.any(is_due) {
                trip::claimed(place, network, recorder);
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.modules.is_empty()
            && self.managers.is_empty()
            && self.switches.is_empty()
            && self.loads.is_empty()
            && self.sources.is_empty()
    }

    /// Where several wires end at one input, all of them must switch it on.
    fn evaluate_inputs(&mut self, terminals: &mut Terminals) {
        let managers = &self.managers;
        let is_on = |sink: RemoteSink| {
            self.wires.iter().filter(|wire| wire.sink == sink).all(|wire| {
                let output = managers[wire.manager].outputs[wire.output as usize];
                wire.input.is_on(wire.cable.carry(output.level == Level::High))
            })
        };
        let switches: Vec<bool> =
            (0..self.switches.len()).map(|k| is_on(RemoteSink::Switch(k))).collect();
        let loads: Vec<bool> = (0..self.loads.len()).map(|k| is_on(RemoteSink::Load(k))).collect();
        let sources: Vec<bool> =
            (0..self.sources.len()).map(|k| is_on(RemoteSink::Source(k))).collect();
        for wire in &self.wires {
            if let RemoteSink::Inverter(entity) = wire.sink
                && let Ok((mut terminal, _)) = terminals.get_mut(entity)
            {
                terminal.show("remote", f64::from(is_on(wire.sink)));
            }
        }
        for (switch, on) in self.switches.iter_mut().zip(switches) {
            switch.remote_on = on;
            if let Ok((mut terminal, _)) = terminals.get_mut(switch.entity) {
                terminal.show("remote", f64::from(on));
            }
        }
        for (load, on) in self.loads.iter_mut().zip(loads) {
            load.remote_on = on;
        }
        for (source, on) in self.sources.iter_mut().zip(sources) {
            source.remote_on = on;
            let terminal = source.control.and_then(|entity| terminals.get_mut(entity).ok());
            if let Some((mut terminal, _)) = terminal {
                terminal.show("allowed", f64::from(on));
            }
        }
    }

    /// Hands everything to the network; whether that changed it.
    fn command(
        &mut self,
        circuit: &mut PlantCircuit,
        recorder: &mut Recorder,
        terminals: &mut Terminals,
        now: SimTime,
    ) -> bool {
        let network = &mut circuit.network;
        let mut changed = false;
        let mut turn = |network: &mut Network, branch, closed| {
            changed |= network.is_closed(branch) != closed;
            network.set_switch(branch, closed);
        };
        for manager in &mut self.managers {
            let Ok((terminal, _)) = terminals.get_mut(manager.entity) else { continue };
            if let Some(path) = manager.path {
                let closed = terminal.commands.value("alternator_path") > 0.5;
                turn(network, path.switch, closed);
                recorder.state(&manager.id, path.signal, now, f64::from(closed));
            }
        }
        for switch in &self.switches {
            let Ok((mut terminal, _)) = terminals.get_mut(switch.entity) else { continue };
            write_claims(&mut terminal, now, recorder);
            terminal.commands.take_changed();
            let closed = terminal.commands.value("contact") > 0.5;
            turn(network, switch.contact, closed);
            recorder.state(&switch.id, switch.position, now, f64::from(closed));
        }
        let mut is_set_anew = false;
        for source in &mut self.sources {
            let terminal = source.control.and_then(|entity| terminals.get_mut(entity).ok());
            match terminal {
                // A built-in control that has not been asked yet: as its file says.
                Some((terminal, true)) if terminal.wake_at == SimTime::ZERO => {}
                Some((mut terminal, _)) => {
                    write_claims(&mut terminal, now, recorder);
                    terminal.commands.take_changed();
                    source.asked = charger::asked(&source.model, &terminal);
                }
                None => source.asked.voltage = source.voltage,
            }
            turn(network, source.switch, source.state() == 1);
            recorder.state(&source.id, source.state, now, f64::from(source.state()));
            is_set_anew |= network.set_emf(source.branch, source.asked.voltage);
            is_set_anew |= network.set_clamp(source.branch, source.asked.limiter);
            if let Some((clamp, overshoot)) = source.clamp {
                is_set_anew |= network.set_clamp(clamp, source.asked.voltage + overshoot);
            }
        }
        changed |= is_set_anew;
        for load in &self.loads {
            changed |= network.set_load_power(load.load, load.power());
        }
        for manager in &mut self.managers {
            let Ok((terminal, _)) = terminals.get_mut(manager.entity) else { continue };
            changed |= consume(manager, &terminal, network);
        }
        changed
    }
}

/// Below this voltage a BMS is without supply, and what it takes is not set anew.
const NO_SUPPLY: f64 = 1.0;

/// Sets what a BMS takes for itself when that has changed. It takes a current; here it is the
/// conductance of that current at the voltage of the moment.
fn consume(manager: &mut Manager, terminal: &Terminal, network: &mut Network) -> bool {
    let is_on = terminal.claims.value("state") > 0.5;
    let loads_off = terminal.claims.value("discharge") == DISCHARGE_STOPPED;
    let which = match (is_on, loads_off) {
        (false, _) if manager.model.rules.remote.disables_all => 3,
        (false, _) => 2,
        (true, true) => 1,
        (true, false) => 0,
    };
    let voltage = network.value(manager.supply);
    if manager.consumption == Some(which) || voltage < NO_SUPPLY {
        return false;
    }
    manager.consumption = Some(which);
    let taken = Siemens(manager.model.consumption[which].0 / voltage);
    network.set_load_conductance(manager.draw, taken);
    true
}
