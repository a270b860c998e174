//! From a resolved system to a world: one network, one entity for each battery and inverter.

use std::sync::Arc;

use bevy_ecs::prelude::IntoScheduleConfigs;
use blackstart_engine::{NoiseStream, Simulation, TickSystems};
use blackstart_scenario::{self as model, Event, Model, System};
use blackstart_trace::{Catalogue, Trace};
use blackstart_units::{AmpereHours, Amperes, Ohms, Siemens, SimTime, Volts};

use crate::actuate::actuate;
use crate::battery::{self, Battery, BatterySignals};
use crate::circuit::{Circuit, Roster, Short};
use crate::front_end::{self, FrontEnd};
use crate::inverter::{self, Inverter, Supply};
use crate::network::{
    Branch, Capacitor, CellModel, CellString, Clamp, FuseGate, Gate, Load, NetworkBuilder,
    LoadId, NetworkError, NodeId, OcvCurve, Quantity, SwitchGate,
};
use crate::power_stage::{POSITIONS, PowerStage};
use crate::record::{Probe, Recorder};
use crate::sampling::{Channel, Sampling};
use crate::solve::{self, SolverFault};
use crate::stimulus::{self, FuseSignal, Stimuli};

/// The system cannot be built.
#[derive(Debug, thiserror::Error)]
#[error("the network cannot be built")]
pub struct PlantError(#[from] NetworkError);

/// An open conductor: a short that is not there, a melted fuse.
const OPEN: Ohms = Ohms(1e9);
/// What an arc or a falling conductor holds when it is interrupted.
const ARC: Clamp = Clamp { voltage: Volts(150.0), resistance: Ohms(1e-3) };
/// Cells beyond this number are recorded as lowest and highest only.
const RECORDED_CELLS: usize = 64;
/// Below this voltage a battery's own electronics draw less.
const ELECTRONICS_MINIMUM: Volts = Volts(10.0);
const SECONDS_IN_30_DAYS: f64 = 30.0 * 86_400.0;

struct Installer<'a> {
    builder: NetworkBuilder,
    nodes: Vec<NodeId>,
    catalogue: Catalogue,
    probes: Vec<Probe>,
    simulation: &'a mut Simulation,
    roster: Roster,
    draws: Vec<LoadId>,
    fuses: Vec<FuseSignal>,
    seed: u64,
}

/// Spawns a system and what will happen to it.
///
/// # Errors
/// A parameter that no network can have.
pub fn install(
    simulation: &mut Simulation,
    system: &System,
    events: &[Event],
    seed: u64,
) -> Result<(), PlantError> {
    let mut builder = NetworkBuilder::new();
    let nodes = system.nodes.iter().enumerate();
    let nodes = nodes
        .map(|(i, name)| if i == 0 { NodeId::GROUND } else { builder.node(name.clone()) })
        .collect();
    let mut installer = Installer {
        builder,
        nodes,
        catalogue: Catalogue::default(),
        probes: Vec::new(),
        simulation,
        roster: Roster::default(),
        draws: Vec::new(),
        fuses: Vec::new(),
        seed,
    };
    let mut grids = Vec::new();
    for (index, device) in system.devices.iter().enumerate() {
        match &device.model {
            Model::Battery(battery) => installer.battery(&device.id, battery)?,
            Model::Cable(cable) => installer.cable(&device.id, cable),
            Model::Fuse(fuse) => installer.fuse(&device.id, fuse),
            Model::Inverter(inverter) => installer.inverter(&device.id, index, inverter, system),
            Model::Grid => {
                let state =
                    installer.catalogue.state(format!("{}.state", device.id), &["up", "failed"]);
                grids.push((index, device.id.clone(), state));
            }
            Model::Load(_) => {}
        }
    }
    let shorts = installer.shorts(events, &system.nodes);
    installer.finish(shorts, grids, events)
}

impl Installer<'_> {
    fn probe(&mut self, name: String, terms: Vec<Quantity>, scale: f64) {
        let signal = self.catalogue.analog(name);
        self.probes.push(Probe { signal, terms, scale });
    }

    fn battery(&mut self, id: &str, model: &model::Battery) -> Result<(), PlantError> {
        let (from, port) = (self.nodes[model.from.0], self.nodes[model.to.0]);
        let pack = self.builder.node(format!("{id}.pack"));
        let terminals = self.builder.node(format!("{id}.terminals"));
        let mut cells = Branch::new(format!("{id}.cells"), from, terminals);
        cells.cells = Some(CellString {
            ocv: Arc::new(OcvCurve::from_table(&model.ocv)?),
            cells: model.cells.iter().map(|cell| cell_model(cell, model)).collect(),
        });
        let cells = self.builder.branch(cells);
        let mut shunt = Branch::new(format!("{id}.shunt"), terminals, pack);
        shunt.resistance = model.resistance;
        shunt.inductance = model.inductance;
        let shunt = self.builder.branch(shunt);
        let switch = model.switch;
        let gate = |on: Ohms, clamp| {
            Gate::Switch(SwitchGate {
                closed: false,
                on,
                off: switch.off_resistance,
                clamp,
                body_diode: None,
            })
        };
        let mut main = Branch::new(format!("{id}.main"), pack, port);
        let clamp = Clamp { voltage: switch.clamp_voltage, resistance: switch.clamp_resistance };
        main.gate = gate(switch.on_resistance, Some(clamp));
        let main = self.builder.branch(main);
        let mut precharge = Branch::new(format!("{id}.precharge"), pack, port);
        precharge.resistance = model.precharge_resistance;
        precharge.gate = gate(switch.on_resistance, None);
        let precharge = self.builder.branch(precharge);
        let mut drain = Load::new(format!("{id}.electronics"), terminals, from);
        drain.power = model.standing_drain;
        drain.minimum_voltage = ELECTRONICS_MINIMUM;
        let drain = self.builder.load(drain);

        let count = model.cells.len();
        let current = Quantity::Current(shunt);
        for (name, term, scale) in [
            ("pack_current_a", current, 1.0),
            ("pack_voltage_v", Quantity::Difference(pack, from), 1.0),
            ("port_voltage_v", Quantity::Difference(port, from), 1.0),
            ("soc_pct", Quantity::MeanSoc(cells), 100.0),
            ("lowest_cell_v", Quantity::LowestCell(cells), 1.0),
            ("highest_cell_v", Quantity::HighestCell(cells), 1.0),
        ] {
            self.probe(format!("{id}.{name}"), vec![term], scale);
        }
        if count <= RECORDED_CELLS {
            for k in 0..count {
                let term = Quantity::CellVoltage(cells, k);
                self.probe(format!("{id}.cell-{:02}.voltage_v", k + 1), vec![term], 1.0);
            }
        }
        let signals = BatterySignals {
            precharge_energy: self.catalogue.analog(format!("{id}.precharge_energy_j")),
            clamp_energy: self.catalogue.analog(format!("{id}.clamp_energy_j")),
            main_switch: self.catalogue.state(format!("{id}.main_switch"), &POSITIONS),
            precharge_switch: self.catalogue.state(format!("{id}.precharge_switch"), &POSITIONS),
            front_end: self.catalogue.state(format!("{id}.front_end"), &front_end::STATES),
        };
        self.catalogue.state(format!("{id}.bms.claim.state"), &battery::STATES);
        self.catalogue.analog(format!("{id}.bms.claim.soc_pct"));
        self.catalogue.state(format!("{id}.bms.claim.alarm"), &battery::ALARMS);
        self.catalogue.state(format!("{id}.bms.claim.paired"), &["no", "yes"]);

        let (mut terminal, pins) = battery::terminal(id, count);
        if let Some(stored) = terminal.readings.index("stored_paired") {
            terminal.readings.set(stored, f64::from(model.bms.paired));
        }
        let sensing = &model.sensing;
        let voltage = |quantity| Channel {
            quantity,
            noise: sensing.voltage_noise.0,
            step: sensing.voltage_step.0,
        };
        let mut channels: Vec<Channel> =
            (0..count).map(|k| voltage(Quantity::CellVoltage(cells, k))).collect();
        channels.push(Channel {
            quantity: current,
            noise: sensing.current_noise.0,
            step: sensing.current_step.0,
        });
        channels.push(voltage(Quantity::Difference(pack, from)));
        channels.push(voltage(Quantity::Difference(port, from)));
        channels.push(Channel { quantity: Quantity::Charge(shunt), noise: 0.0, step: 0.0 });
        let noise = NoiseStream::new(self.seed, &format!("{id}.sensing"));
        let mut sampling = Sampling::new(sensing.period, sensing.latency, channels, noise);
        sampling.lowest = Some(Quantity::LowestCell(cells));
        sampling.highest = Some(Quantity::HighestCell(cells));
        let battery = Battery {
            id: id.to_owned(),
            model: model.clone(),
            cells,
            shunt,
            main,
            precharge,
            pack,
            port,
            drain,
            signals,
        };
        let front_end = FrontEnd::new(model.scd, model.ocd);
        let parts = (battery, front_end, PowerStage::default(), sampling, terminal, pins);
        self.roster.batteries.push(self.simulation.world.spawn(parts).id());
        Ok(())
    }

    fn cable(&mut self, id: &str, cable: &model::Cable) {
        let mut branch = Branch::new(id, self.nodes[cable.from.0], self.nodes[cable.to.0]);
        branch.resistance = cable.resistance;
        branch.inductance = cable.inductance;
        self.builder.branch(branch);
    }

    fn fuse(&mut self, id: &str, fuse: &model::Fuse) {
        let mut branch = Branch::new(id, self.nodes[fuse.from.0], self.nodes[fuse.to.0]);
        branch.resistance = fuse.resistance;
        branch.gate = Gate::Fuse(FuseGate { curve: fuse.curve.clone(), off: OPEN, arc: Some(ARC) });
        let branch = self.builder.branch(branch);
        self.probe(format!("{id}.current_a"), vec![Quantity::Current(branch)], 1.0);
        let damage = self.catalogue.analog(format!("{id}.damage_pct"));
        let state = self.catalogue.state(format!("{id}.state"), &["intact", "melted"]);
        self.fuses.push(FuseSignal { id: id.to_owned(), branch, damage, state });
    }

    fn inverter(&mut self, id: &str, index: usize, model: &model::Inverter, system: &System) {
        let (plus, minus) = (self.nodes[model.from.0], self.nodes[model.to.0]);
        let mut input = Branch::new(format!("{id}.input"), plus, minus);
        input.resistance = model.input_esr;
        input.capacitor = Some(Capacitor {
            capacitance: model.input_capacitance,
            voltage: model.initial_voltage,
        });
        let input = self.builder.branch(input);
        let mut draw = Load::new(format!("{id}.draw"), plus, minus);
        draw.power = if model.switched_on { model.housekeeping } else { model.off_draw };
        draw.conductance = Siemens(1.0 / model.bleed_resistance.0);
        draw.minimum_voltage = model.minimum_voltage;
        let draw = self.builder.load(draw);
        self.draws.push(draw);
        let voltage = Quantity::Difference(plus, minus);
        self.probe(format!("{id}.dc_voltage_v"), vec![voltage], 1.0);
        let currents = vec![Quantity::Current(input), Quantity::LoadCurrent(draw)];
        self.probe(format!("{id}.dc_current_a"), currents, 1.0);
        self.probe(format!("{id}.dc_power_w"), vec![Quantity::LoadPower(draw)], 1.0);
        let ac_power = self.catalogue.analog(format!("{id}.ac_power_w"));
        let state = self.catalogue.state(format!("{id}.state"), &inverter::STATES);
        let mut supply = Supply { loads: Vec::new(), signals: Vec::new(), running: false, switched_on: model.switched_on };
        for feed in system.feeds.iter().filter(|feed| feed.inverter == index) {
            let device = &system.devices[feed.load];
            let Model::Load(load) = &device.model else { continue };
            supply.loads.push((feed.load, device.id.clone(), load.power));
            supply.signals.push([
                self.catalogue.analog(format!("{}.demand_w", device.id)),
                self.catalogue.analog(format!("{}.power_w", device.id)),
                self.catalogue.state(format!("{}.supplied", device.id), &["no", "yes"]),
            ]);
        }
        let mut terminal = inverter::terminal(id);
        terminal.readings.set(inverter::FRONT_SWITCH, f64::from(model.switched_on));
        let channels = vec![Channel { quantity: voltage, noise: 0.0, step: 0.0 }];
        let noise = NoiseStream::new(self.seed, &format!("{id}.sensing"));
        let sampling = Sampling::new(SimTime::ZERO, SimTime::ZERO, channels, noise);
        let inverter = Inverter {
            id: id.to_owned(),
            model: model.clone(),
            device: index,
            draw,
            state,
            ac_power,
        };
        let entity = self.simulation.world.spawn((inverter, supply, sampling, terminal)).id();
        self.roster.inverters.push(entity);
    }

    fn shorts(&mut self, events: &[Event], names: &[String]) -> Vec<Short> {
        let mut shorts = Vec::new();
        for event in events {
            let model::Action::Short { node, resistance, id } = &event.action else { continue };
            let mut short = Branch::new(format!("short-{id}"), self.nodes[node.0], NodeId::GROUND);
            short.gate = Gate::Switch(SwitchGate {
                closed: false,
                on: *resistance,
                off: OPEN,
                clamp: Some(ARC),
                body_diode: None,
            });
            let branch = self.builder.branch(short);
            shorts.push((*id, Short { branch, node: names[node.0].clone() }));
        }
        shorts.sort_by_key(|short| short.0);
        shorts.into_iter().map(|short| short.1).collect()
    }

    fn finish(
        self,
        shorts: Vec<Short>,
        grids: Vec<(usize, String, blackstart_trace::SignalId)>,
        events: &[Event],
    ) -> Result<(), PlantError> {
        let network = self.builder.build()?;
        let world = &mut self.simulation.world;
        let mut recorder = Recorder { trace: Trace::new(self.catalogue), probes: self.probes };
        for (_, _, state) in &grids {
            recorder.trace.sample(*state, SimTime::ZERO, 0.0);
        }
        recorder.jump(&network);
        world.insert_resource(Circuit { network, nodes: self.nodes, shorts, draws: self.draws });
        world.insert_resource(recorder);
        world.insert_resource(self.roster);
        world.insert_resource(SolverFault::default());
        world.insert_resource(Stimuli::new(events.to_vec(), grids, self.fuses));
        self.simulation.schedule.add_systems((
            stimulus::inject.in_set(TickSystems::Inject),
            actuate.in_set(TickSystems::Actuate),
            solve::solve.in_set(TickSystems::Solve),
            solve::measure.in_set(TickSystems::Measure),
        ));
        Ok(())
    }
}

fn cell_model(cell: &model::Cell, battery: &model::Battery) -> CellModel {
    let AmpereHours(capacity) = cell.capacity;
    let leakage = Amperes(capacity * 3600.0 * battery.self_discharge_30d.0 / SECONDS_IN_30_DAYS);
    CellModel {
        capacity: cell.capacity,
        resistance: cell.resistance,
        relaxation: cell.relaxation,
        soc: cell.soc,
        leakage,
    }
}
