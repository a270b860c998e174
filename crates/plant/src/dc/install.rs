//! From models of the DC side to branches, loads, terminals and signals.

use std::sync::Arc;

use blackstart_engine::NoiseStream;
use blackstart_scenario::{self as model, BmsOutput, System};
use blackstart_units::{Amperes, Ohms, Siemens, SimTime, Volts};

use super::bms::{self, AlternatorPath, DcOutput, Level, Manager};
use super::module::{self, MonitorReport};
use super::over_rating;
use super::source::limiter;
use super::wiring::{RemoteSink, RemoteWire};
use super::{InstalledBatteryModule, InstalledExternalBms};
use crate::install::{ARC, Installer, OPEN, PlantError, RECORDED_CELLS, cell_laws, cell_model};
use crate::inverter::InstalledInverter;
use crate::network::{
    Branch, BranchId, CellString, DiodeGate, Gate, LoadId, NetworkLoad, NodeId, OcvCurve, Quantity,
    SwitchGate,
};
use crate::power_stage::POSITIONS;
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};

/// What keeps current from flowing back: active diodes, nearly without a drop.
const ONE_WAY: DiodeGate = DiodeGate { drop: Volts(0.0), on: Ohms(1e-4), off: Ohms(1e7) };
/// The switch of a source or path, closed.
const INTERNAL_SWITCH: Ohms = Ohms(1e-4);

impl Installer<'_> {
    pub(crate) fn battery_module(
        &mut self,
        id: &str,
        device: usize,
        model: &model::BatteryModule,
    ) -> Result<(), PlantError> {
        let (minus, plus) = (self.nodes[model.from.0], self.nodes[model.to.0]);
        let mut branch = Branch::new(id, minus, plus);
        branch.resistance = model.resistance;
        branch.cells = Some(CellString::new(
            Arc::new(OcvCurve::from_table(&model.ocv)?),
            model.cells.iter().map(|cell| cell_model(cell, model.self_discharge_30d)).collect(),
            cell_laws(&model.laws),
        ));
        let cells = self.builder.branch(branch);
        let taken = Siemens(model.electronics.0 / model.nominal_voltage.0);
        let electronics = self.draw(format!("{id}.electronics"), plus, minus, taken);
        for (name, term, scale) in [
            ("pack_current_a", Quantity::Current(cells), 1.0),
            ("pack_voltage_v", Quantity::Difference(plus, minus), 1.0),
            ("soc_pct", Quantity::MeanSoc(cells), 100.0),
            ("lowest_cell_v", Quantity::LowestCell(cells), 1.0),
            ("highest_cell_v", Quantity::HighestCell(cells), 1.0),
            ("temperature_c", Quantity::CellTemperature(cells), 1.0),
        ] {
            self.probe(format!("{id}.{name}"), vec![term], scale);
        }
        for k in 0..model.cells.len().min(RECORDED_CELLS) {
            let term = Quantity::CellVoltage(cells, k);
            self.probe(format!("{id}.cell-{:02}.voltage_v", k + 1), vec![term], 1.0);
        }
        let signals = ["discharge_over_rating", "charge_over_rating"]
            .map(|name| self.catalogue.state(format!("{id}.{name}"), &over_rating::STATES));
        let over_ratings = over_rating::of_module(id, (signals[0], signals[1]), cells, model);
        self.dc.over_ratings.0.extend(over_ratings);
        let monitor = model.monitor.map(|monitor| {
            let terminal = module::terminal(id, model.stored_soc);
            role::declare_claims(&terminal, &mut self.catalogue);
            let voltage = |quantity| Channel { noise: monitor.noise.0, ..Channel::exact(quantity) };
            let channels = vec![
                voltage(Quantity::LowestCell(cells)),
                voltage(Quantity::HighestCell(cells)),
                Channel::exact(Quantity::CellTemperature(cells)),
                Channel::exact(Quantity::Current(cells)),
                Channel::exact(Quantity::Charge(cells)),
            ];
            let noise = NoiseStream::new(self.seed, &format!("{id}.sensing"));
            let sampling = Sampling::new(monitor.period, SimTime::ZERO, channels, noise);
            let part = InstalledBatteryModule { model: model.clone() };
            let parts = (part, Meters::from(sampling), terminal);
            self.simulation.world.spawn(parts).id()
        });
        self.roster.dc.extend(monitor);
        let reported =
            MonitorReport { soc: model.stored_soc.0 * 100.0, ..MonitorReport::default() };
        let (id, model) = (id.to_owned(), model.clone());
        self.dc.modules.push(module::PlacedModule {
            device,
            id,
            model,
            cells,
            electronics,
            monitor,
            reported,
            monitor_is_built_in: false,
            alarmed: None,
        });
        Ok(())
    }

    pub(crate) fn external_bms(&mut self, id: &str, device: usize, model: &model::ExternalBms) {
        let (port, bank) = (self.nodes[model.from.0], self.nodes[model.bank().0]);
        let own = if model.supplied_by_alternator { port } else { bank };
        let path = model.alternator.map(|alternator| {
            let limiter = limiter(alternator.resistance, alternator.current_limit);
            let (limiter, switch) = self.one_way(id, (port, bank), limiter, Volts(0.0), false);
            self.probe(format!("{id}.alternator_current_a"), vec![Quantity::Current(limiter)], 1.0);
            self.probe(format!("{id}.port_voltage_v"), vec![Quantity::NodeVoltage(port)], 1.0);
            let signal = self.catalogue.state(format!("{id}.alternator_path"), &POSITIONS);
            AlternatorPath { switch, limiter, signal }
        });
        let draw = self.draw(format!("{id}.own"), own, NodeId::GROUND, Siemens(0.0));
        let terminal = bms::terminal(id, model);
        let outputs = BmsOutput::ALL.map(|output| DcOutput {
            signal: self.catalogue.state(format!("{id}.{}", bms::command(output)), &bms::LEVELS),
            voltage: self.catalogue.analog(format!("{id}.{}_v", bms::command(output))),
            stage: model.outputs[output as usize],
            burden: Amperes(0.0),
            level: Level::Floating,
        });
        role::declare_claims(&terminal, &mut self.catalogue);
        let channels =
            [own, bank, port].map(|node| Channel::exact(Quantity::NodeVoltage(node))).to_vec();
        let noise = NoiseStream::new(self.seed, &format!("{id}.sensing"));
        let sampling = Sampling::new(model.period, SimTime::ZERO, channels, noise);
        let part = InstalledExternalBms { model: model.clone() };
        let entity = self.simulation.world.spawn((part, Meters::from(sampling), terminal)).id();
        self.roster.dc.push(entity);
        self.dc.managers.push(Manager {
            device,
            id: id.to_owned(),
            model: model.clone(),
            entity,
            hears: Vec::new(),
            cable_broken: None,
            update: model::UpdateState::None,
            remote: model::RemoteWiring { joined: model.remote_joined, ..Default::default() },
            outputs,
            path,
            draw,
            supply: Quantity::NodeVoltage(own),
            consumption: None,
            stopped: (false, false),
            acted: (Vec::new(), Vec::new()),
        });
    }

    /// Source voltage and limiter, active diode, switch: the first and the last.
    pub(crate) fn one_way(
        &mut self,
        id: &str,
        (from, to): (NodeId, NodeId),
        limiter: Gate,
        emf: Volts,
        closed: bool,
    ) -> (BranchId, BranchId) {
        let inner = self.builder.node(format!("{id}.inner"));
        let behind = self.builder.node(format!("{id}.behind"));
        let branch = self.emf(id, (from, inner), limiter, emf);
        let mut diode = Branch::new(format!("{id}.diode"), inner, behind);
        diode.gate = Gate::Diode(ONE_WAY);
        self.builder.branch(diode);
        (branch, self.internal_switch(id, (behind, to), closed))
    }

    pub(crate) fn emf(
        &mut self,
        id: &str,
        (from, to): (NodeId, NodeId),
        gate: Gate,
        voltage: Volts,
    ) -> BranchId {
        let mut branch = Branch::new(format!("{id}.limiter"), from, to);
        (branch.emf, branch.gate) = (voltage, gate);
        self.builder.branch(branch)
    }

    pub(crate) fn internal_switch(
        &mut self,
        id: &str,
        (from, to): (NodeId, NodeId),
        closed: bool,
    ) -> BranchId {
        let mut branch = Branch::new(format!("{id}.switch"), from, to);
        branch.gate = switch(INTERNAL_SWITCH, closed);
        self.builder.branch(branch)
    }

    /// A small quiescent draw: a conductance, which works down to any voltage.
    pub(crate) fn draw(
        &mut self,
        name: String,
        plus: NodeId,
        minus: NodeId,
        taken: Siemens,
    ) -> LoadId {
        let mut load = NetworkLoad::new(name, plus, minus);
        load.conductance = taken;
        self.builder.load(load)
    }

    /// Joins modules to the BMS that hears them, and outputs to the inputs that they switch.
    pub(crate) fn wires(&mut self, system: &System) {
        for cable in &system.bms_cables {
            let place =
                |device: &usize| self.dc.modules.iter().position(|module| module.device == *device);
            let hears: Vec<usize> = cable.modules.iter().filter_map(place).collect();
            let manager = self.dc.managers.iter_mut().find(|one| one.device == cable.bms);
            if let Some(manager) = manager {
                manager.hears = hears;
            }
        }
        for wire in &system.wires {
            let Some(cable) = system.devices[wire.cable].of_kind() else { continue };
            let Some(input) = system.devices[wire.sink].model.remote_input() else { continue };
            let Some(sink) = self.sink(wire.sink) else { continue };
            let managers = &mut self.dc.managers;
            let Some(manager) = managers.iter().position(|one| one.device == wire.source) else {
                continue;
            };
            managers[manager].outputs[wire.output as usize].burden += input.current;
            self.dc.wires.push(RemoteWire { cable, manager, output: wire.output, input, sink });
        }
    }

    fn sink(&self, device: usize) -> Option<RemoteSink> {
        let dc = &self.dc;
        let inverters = self.roster.inverters.iter().copied();
        let world = &self.simulation.world;
        let mut inverter = inverters.filter(|&entity| {
            world.get::<InstalledInverter>(entity).is_some_and(|inverter| inverter.device == device)
        });
        let switch =
            dc.switches.iter().position(|one| one.device == device).map(RemoteSink::Switch);
        let load = || dc.loads.iter().position(|one| one.device == device).map(RemoteSink::Load);
        let source =
            || dc.sources.iter().position(|one| one.device == device).map(RemoteSink::Source);
        switch.or_else(load).or_else(source).or_else(|| inverter.next().map(RemoteSink::Inverter))
    }
}

/// Voltage at which small currents of electronics are turned into conductances.
pub(crate) const ELECTRONICS_AT: Volts = Volts(12.8);

pub(crate) fn switch(on: Ohms, closed: bool) -> Gate {
    Gate::Switch(SwitchGate { closed, on, off: OPEN, clamp: Some(ARC), body_diode: None })
}
