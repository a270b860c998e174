//! From a resolved system to a world: one network, one entity for each battery and inverter.

use std::f64::consts::PI;
use std::sync::Arc;

use bevy_ecs::prelude::IntoScheduleConfigs;
use blackstart_engine::{NoiseStream, Simulation, TickSystems};
use blackstart_roles::Protection;
use blackstart_scenario::{self as model, Device, Inverter, Model, Phase, ScenarioEvent, System};
use blackstart_trace::{Catalogue, SignalId, Trace};
use blackstart_units::{AmpereHours, Amperes, Fraction, Ohms, SimTime, Volts};

use crate::ac::{AcSide, Feeder, Tap};
use crate::actuate::actuate;
use crate::battery::{self, BatterySignals, FedBy, InstalledBattery};
use crate::cause::{CellNodes, PrechargePath, converter_tolerance};
use crate::charger::Charger;
use crate::circuit::{PlantCircuit, Roster, Short};
use crate::claimed_trip::{GuardedPack, GuardedSignals};
use crate::dc::{DcSide, wire};
use crate::exposure::Exposures;
use crate::front_end::{self, InstalledFrontEnd};
use crate::network::{
    Branch, CellModel, CellString, Clamp, Gate, NetworkBuilder, NetworkError, NetworkLoad, NodeId,
    OcvCurve, Quantity, RippleShare, StringLaws, SwitchGate, Thermal,
};
use crate::parts::{self, PartsBuilder};
use crate::power_stage::{InstalledPowerStage, POSITIONS};
use crate::reading_faults::{self, ReadingFaults};
use crate::record::{Probe, Recorder};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling, SensorError};
use crate::solve::{self, SolverFault};
use crate::stimulus::{self, Stimuli};
use crate::supply::{AcSignals, supply};

/// The system cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum PlantError {
    /// The network refuses a parameter.
    #[error("the network cannot be built")]
    Network(#[from] NetworkError),
    /// A part whose kind is declared and not built, or refers to what is not there.
    #[error("the part `{0}` cannot be built")]
    Part(String),
}

/// An open conductor: a short that is not there, a melted fuse.
pub(crate) const OPEN: Ohms = Ohms(1e9);
/// What an arc or a falling conductor holds when it is interrupted.
pub(crate) const ARC: Clamp = Clamp { voltage: Volts(150.0), resistance: Ohms(1e-3) };
/// Where no inverter says otherwise.
const MAINS_FREQUENCY_HZ: f64 = 50.0;
/// Shunt of the charger.
const CHARGE_METER: Ohms = Ohms(1e-3);
/// Cells beyond this number are recorded as lowest and highest only.
pub(crate) const RECORDED_CELLS: usize = 64;
/// Below this voltage a battery's own electronics draw less.
pub(crate) const ELECTRONICS_MINIMUM: Volts = Volts(10.0);
const SECONDS_IN_30_DAYS: f64 = 30.0 * 86_400.0;

pub(crate) struct Installer<'a> {
    pub builder: NetworkBuilder,
    pub nodes: Vec<NodeId>,
    pub catalogue: Catalogue,
    probes: Vec<Probe>,
    pub simulation: &'a mut Simulation,
    pub roster: Roster,
    pub ac: AcSide,
    pub ac_signals: AcSignals,
    /// AC sources by the path of the device that they belong to.
    pub feeders: Vec<(String, Feeder)>,
    /// Of the inverters' currents: half a period of their output.
    pub ripple_period: SimTime,
    pub seed: u64,
    pub dc: DcSide,
    pub parts: PartsBuilder,
}

/// What the BMS of a battery with a switch goes by, for each of its protections.
fn limits(bms: &model::BmsSettings) -> Vec<(Protection, f64, SimTime)> {
    let mut limits = vec![
        (Protection::PrechargeTimeout, bms.precharge_delta.0, bms.precharge_timeout),
        (Protection::CellUnderVoltage, bms.cell_cutoff.0, bms.cell_cutoff_delay),
    ];
    if let Some(charge) = bms.charge_limits {
        limits.push((Protection::ChargeUnderTemperature, charge.lowest.0, charge.delay));
        limits.push((Protection::ChargeOverTemperature, charge.highest.0, charge.delay));
    }
    limits
}

/// Half a period of the mains. Inverters side by side are taken to be in step.
fn ripple_period(system: &System) -> SimTime {
    let inverter: Option<Inverter> = system.devices.iter().find_map(Device::of_kind);
    let frequency = inverter.map_or(MAINS_FREQUENCY_HZ, |inverter| inverter.output_frequency);
    SimTime::from_seconds(0.5 / frequency)
}

/// Spawns a system and what will happen to it.
///
/// # Errors
/// A parameter that no network can have.
pub fn install(
    simulation: &mut Simulation,
    system: &System,
    events: &[ScenarioEvent],
    seed: u64,
) -> Result<(), PlantError> {
    let (installer, shorts) = draw(simulation, system, events, seed)?;
    installer.finish(shorts, events)
}

/// Draws the network of a system and spawns its devices; the rest of the world is left as it is.
pub(crate) fn draw<'a>(
    simulation: &'a mut Simulation,
    system: &System,
    events: &[ScenarioEvent],
    seed: u64,
) -> Result<(Installer<'a>, Vec<Short>), PlantError> {
    let mut builder = NetworkBuilder::new();
    let nodes = system.nodes.iter().enumerate();
    let nodes = nodes
        .map(|(i, name)| if i == 0 { NodeId::GROUND } else { builder.node(name.clone()) })
        .collect();
    let mut installer = Installer {
        builder,
        nodes,
        catalogue: Catalogue::shown_as(system.shows.clone()),
        probes: Vec::new(),
        simulation,
        roster: Roster::default(),
        ac: AcSide::default(),
        ac_signals: AcSignals::default(),
        feeders: Vec::new(),
        ripple_period: ripple_period(system),
        seed,
        dc: DcSide::default(),
        parts: PartsBuilder::default(),
    };
    for device in &system.devices {
        match &device.model {
            Model::Battery(battery) => installer.battery(&device.id, battery)?,
            // What parts refer to must be there.
            Model::Part(_) => {}
        }
    }
    installer.parts(system)?;
    installer.wires(system);
    let shorts = installer.shorts(events, &system.nodes);
    installer.connect(system);
    Ok((installer, shorts))
}

impl Installer<'_> {
    pub(crate) fn probe(&mut self, name: String, terms: Vec<Quantity>, scale: f64) {
        let signal = self.catalogue.analog(name);
        self.probes.push(Probe { signal, terms, scale });
    }

    /// The signal that shows a quantity.
    pub(crate) fn signal_of(&self, quantity: Quantity) -> Option<SignalId> {
        let probe = self.probes.iter().find(|probe| probe.terms == [quantity])?;
        Some(probe.signal)
    }

    fn battery(&mut self, id: &str, model: &model::Battery) -> Result<(), PlantError> {
        let (from, port) = (self.nodes[model.from.0], self.nodes[model.to.0]);
        let pack = self.builder.node(format!("{id}.pack"));
        let terminals = self.builder.node(format!("{id}.terminals"));
        let mut cells = Branch::new(format!("{id}.cells"), from, terminals);
        cells.cells = Some(CellString::new(
            Arc::new(OcvCurve::from_table(&model.ocv)?),
            model.cells.iter().map(|cell| cell_model(cell, model.self_discharge_30d)).collect(),
            cell_laws(&model.laws),
        ));
        let cells = self.builder.branch(cells);
        let mut shunt = Branch::new(format!("{id}.shunt"), terminals, pack);
        shunt.resistance = model.resistance;
        shunt.inductance = model.inductance;
        shunt.sense = Some(front_end::sense(model));
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
        let mut drain = NetworkLoad::new(format!("{id}.electronics"), terminals, from);
        drain.power = model.quiescent_draw;
        drain.minimum_voltage = ELECTRONICS_MINIMUM;
        let drain = self.builder.load(drain);

        // Beside the shunt of the port, with a meter of its own.
        let metered = self.builder.node(format!("{id}.charger"));
        let mut meter = Branch::new(format!("{id}.charge-meter"), terminals, metered);
        meter.resistance = CHARGE_METER;
        let meter = self.builder.branch(meter);
        let mut charge = NetworkLoad::new(format!("{id}.charger"), metered, from);
        charge.minimum_voltage = ELECTRONICS_MINIMUM;
        let charge = self.builder.load(charge);
        let charger = Charger::new(model.charge_power, model.charge_end_voltage);
        let charge_power = self.catalogue.analog(format!("{id}.charge_power_w"));

        let count = model.cells.len();
        let current = Quantity::Current(shunt);
        let crest = Quantity::RippledCurrent(shunt, RippleShare::new(1.0));
        for (name, term, scale) in [
            ("pack_current_a", current, 1.0),
            ("pack_current_crest_a", crest, 1.0),
            ("pack_voltage_v", Quantity::Difference(pack, from), 1.0),
            ("port_voltage_v", Quantity::Difference(port, from), 1.0),
            ("soc_pct", Quantity::MeanSoc(cells), 100.0),
            ("lowest_cell_v", Quantity::LowestCell(cells), 1.0),
            ("highest_cell_v", Quantity::HighestCell(cells), 1.0),
            ("temperature_c", Quantity::CellTemperature(cells), 1.0),
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
            charge_power,
        };
        let (mut terminal, pins) = battery::terminal(id, count);
        role::declare_claims(&terminal, &mut self.catalogue);
        terminal.readings.put("stored_paired", f64::from(model.bms.paired));
        let sensing = &model.sensing;
        let error = SensorError {
            gain: sensing.current_gain_error.0,
            offset: sensing.current_offset.0,
            dead_band: sensing.current_dead_band.0,
        };
        let voltage = |quantity| Channel {
            noise: sensing.voltage_noise.0,
            step: sensing.voltage_step.0,
            ..Channel::exact(quantity)
        };
        let mut channels: Vec<Channel> =
            (0..count).map(|k| voltage(Quantity::CellVoltage(cells, k))).collect();
        for (channel, after) in channels.iter_mut().rev().zip(0..) {
            channel.lead = SimTime::from_nanos(sensing.cell_skew.as_nanos().saturating_mul(after));
        }
        channels.push(Channel {
            also: Some(Quantity::Current(meter)),
            noise: sensing.current_noise.0,
            step: sensing.current_step.0,
            error,
            ripple: self.residual_ripple(sensing.current_averaging),
            ..Channel::exact(current)
        });
        channels.push(voltage(Quantity::Difference(pack, from)));
        channels.push(voltage(Quantity::Difference(port, from)));
        let temperature = Channel { step: 0.1, ..Channel::exact(Quantity::CellTemperature(cells)) };
        channels.push(Channel {
            also: Some(Quantity::Charge(meter)),
            error,
            ..Channel::exact(Quantity::Charge(shunt))
        });
        channels.push(temperature);
        let noise = NoiseStream::new(self.seed, &format!("{id}.sensing"));
        let mut sampling = Sampling::new(sensing.period, sensing.latency, channels, noise);
        sampling.lowest = Some(Quantity::LowestCell(cells));
        sampling.highest = Some(Quantity::HighestCell(cells));
        let lowest_cell = self.catalogue.find(&format!("{id}.lowest_cell_v"));
        let precharge_switch = Some(signals.precharge_switch);
        let gate = model.bms.precharge_delta.0;
        let path = PrechargePath {
            pack: (pack, from),
            port: (port, from),
            path: precharge,
            main: vec![main],
            gate,
        };
        let guarded = GuardedPack {
            shunt: Some(shunt),
            cells: Some(CellNodes { string: cells, count }),
            cell_tolerance: converter_tolerance(sensing.voltage_noise.0, sensing.voltage_step.0),
            precharge: Some(path),
            main: vec![main],
            limits: limits(&model.bms),
            signals: GuardedSignals { lowest_cell, precharge_switch },
        };
        let battery = InstalledBattery {
            id: id.to_owned(),
            model: model.clone(),
            cells,
            shunt,
            main,
            precharge,
            pack,
            port,
            drain,
            charge,
            signals,
            guarded,
        };
        let front_end = InstalledFrontEnd::new(model, shunt, cells, self.ripple_period);
        let stage = InstalledPowerStage::default();
        let control = (Meters::from(sampling), terminal, pins);
        let parts = (battery, front_end, stage, charger, FedBy(None), control);
        self.roster.batteries.push(self.simulation.world.spawn(parts).id());
        Ok(())
    }

    /// Residual ripple: the share that averaging over a window lets through, |sinc|.
    pub(crate) fn residual_ripple(&self, window: SimTime) -> f64 {
        let angle = PI * window.as_seconds() / self.ripple_period.as_seconds();
        if angle > 0.0 { (libm::sin(angle) / angle).abs() } else { 1.0 }
    }

    /// Feeds every AC sink from its source; what is fed by a grid has always been up.
    fn connect(&mut self, system: &System) {
        let feeder =
            |id: &str| self.feeders.iter().find(|entry| entry.0 == id).map(|entry| entry.1);
        for feed in system.feed_paths() {
            let source = feeder(feed.source).map(|from| Tap { from, phase: feed.phase });
            match (feed.input, source) {
                (Some(input), Some(source)) => {
                    let switches = &mut self.ac.switches;
                    if let Some(switch) = switches.iter_mut().find(|one| one.id == feed.sink) {
                        switch.connect(input, source);
                    }
                }
                (None, source) => {
                    let shares = shares(&self.ac, source);
                    let loads = &mut self.ac.consumers;
                    if let Some(load) = loads.iter_mut().find(|one| one.id == feed.sink) {
                        (load.fed_by, load.shares) = (source, shares);
                    }
                    for &entity in &self.roster.batteries {
                        let mut battery = self.simulation.world.entity_mut(entity);
                        if battery.get::<InstalledBattery>().is_some_and(|one| one.id == feed.sink)
                            && let Some(mut fed_by) = battery.get_mut::<FedBy>()
                        {
                            fed_by.0 = source;
                        }
                    }
                    self.parts.feed(feed.sink, source);
                }
                (Some(_), None) => {}
            }
        }
        let voltages: Vec<Volts> =
            self.ac.consumers.iter().map(|load| self.ac.voltage(load.fed_by)).collect();
        for (load, voltage) in self.ac.consumers.iter_mut().zip(voltages) {
            load.settle(voltage);
        }
    }

    fn shorts(&mut self, events: &[ScenarioEvent], names: &[String]) -> Vec<Short> {
        let mut shorts = Vec::new();
        for event in events {
            let model::Action::Short { node, resistance, id } = &event.action else { continue };
            let place = names.iter().position(|name| name == node);
            let Some(&at) = place.and_then(|place| self.nodes.get(place)) else { continue };
            let mut short = Branch::new(format!("short-{id}"), at, NodeId::GROUND);
            short.gate = Gate::Switch(SwitchGate {
                closed: false,
                on: *resistance,
                off: OPEN,
                clamp: Some(ARC),
                body_diode: None,
            });
            let branch = self.builder.branch(short);
            shorts.push((*id, Short { branch, node: node.clone() }));
        }
        shorts.sort_by_key(|short| short.0);
        shorts.into_iter().map(|short| short.1).collect()
    }

    fn finish(self, shorts: Vec<Short>, events: &[ScenarioEvent]) -> Result<(), PlantError> {
        let network = self.builder.build()?;
        let world = &mut self.simulation.world;
        let mut recorder = Recorder { trace: Trace::new(self.catalogue), probes: self.probes };
        recorder.jump(&network);
        world.insert_resource(PlantCircuit::new(network, self.nodes, shorts));
        world.insert_resource(Exposures::default());
        world.insert_resource(recorder);
        world.insert_resource(self.roster);
        world.insert_resource(self.ac);
        world.insert_resource(self.ac_signals);
        world.insert_resource(self.dc);
        world.insert_resource(self.parts.finish());
        world.insert_resource(SolverFault::default());
        world.insert_resource(Stimuli::new(events.to_vec()));
        world.insert_resource(ReadingFaults::new(events, self.seed));
        self.simulation.schedule.add_systems((
            (stimulus::inject, reading_faults::disturb).chain().in_set(TickSystems::Inject),
            (actuate, parts::obey, wire, supply).chain().in_set(TickSystems::Actuate),
            solve::solve.in_set(TickSystems::Solve),
            solve::measure.in_set(TickSystems::Measure),
        ));
        Ok(())
    }
}

/// Which share of its power a load takes from each phase.
fn shares(ac: &AcSide, tap: Option<Tap>) -> [f64; 3] {
    match tap {
        Some(tap) if ac.is_three_phase(tap) => [1.0 / 3.0; 3],
        Some(Tap { phase: Some(only), .. }) => {
            Phase::ALL.map(|phase| f64::from(u8::from(phase == only)))
        }
        _ => [1.0, 0.0, 0.0],
    }
}

pub(crate) fn cell_laws(laws: &model::CellLaws) -> StringLaws {
    StringLaws {
        activation: laws.activation,
        empty_factor: laws.empty_factor,
        hysteresis: laws.hysteresis,
        hysteresis_span: laws.hysteresis_span,
        thermal: Some(Thermal {
            heat_capacity: laws.heat_capacity,
            resistance: laws.thermal_resistance,
            ambient: laws.ambient,
            start: laws.temperature,
        }),
    }
}

/// A cell with what it loses by itself in 30 days, as a share of its capacity.
pub(crate) fn cell_model(cell: &model::Cell, self_discharge_30d: Fraction) -> CellModel {
    let AmpereHours(capacity) = cell.capacity;
    let leakage = Amperes(capacity * 3600.0 * self_discharge_30d.0 / SECONDS_IN_30_DAYS);
    CellModel {
        capacity: cell.capacity,
        resistance: cell.resistance,
        relaxation: cell.relaxation,
        soc: cell.soc,
        leakage,
    }
}
