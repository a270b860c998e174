//! Branches of sources and paths, and the wires from outputs to remote inputs.

use blackstart_scenario::{DcSource, System};
use blackstart_units::{Ohms, Siemens, Volts};

use super::source::regulator;
use super::wiring::{RemoteSink, RemoteWire};
use crate::installer::{ARC, Installer, OPEN};
use crate::inverter::InstalledInverter;
use crate::network::{
    Branch, BranchId, Clamp, DiodeGate, Gate, LoadId, NetworkLoad, NodeId, SwitchGate,
};

/// What keeps current from flowing back: active diodes, nearly without a drop.
const ONE_WAY: DiodeGate = DiodeGate { drop: Volts(0.0), on: Ohms(1e-4), off: Ohms(1e7) };
/// The switch of a source or path, closed.
const INTERNAL_SWITCH: Ohms = Ohms(1e-4);
/// How a clamped voltage grows with the current.
const CLAMP_SLOPE: Ohms = Ohms(0.01);

/// The branches of a source that takes nothing back.
pub(crate) struct ChargerBranches {
    pub regulator: BranchId,
    /// What its output is clamped by, and how far above its voltage.
    pub clamp: Option<(BranchId, Volts)>,
    /// What keeps current out.
    pub output: BranchId,
}

impl Installer<'_> {
    /// A source that takes nothing back.
    pub(crate) fn charger(
        &mut self,
        id: &str,
        (minus, plus): (NodeId, NodeId),
        model: &DcSource,
    ) -> ChargerBranches {
        let inner = self.builder.node(format!("{id}.inner"));
        let mut source = Branch::new(format!("{id}.regulator"), minus, inner);
        (source.emf, source.gate) = (model.voltage, regulator(model));
        let regulator = self.builder.branch(source);
        let clamp = model.regulation.map(|regulation| {
            let mut clamp = Branch::new(format!("{id}.overshoot"), inner, minus);
            clamp.gate = Gate::Switch(SwitchGate {
                closed: false,
                on: CLAMP_SLOPE,
                off: ONE_WAY.off,
                clamp: Some(Clamp {
                    voltage: model.voltage + regulation.overshoot,
                    resistance: CLAMP_SLOPE,
                }),
                body_diode: None,
            });
            (self.builder.branch(clamp), regulation.overshoot)
        });
        let mut diode = Branch::new(format!("{id}.diode"), inner, plus);
        diode.gate = Gate::Diode(ONE_WAY);
        ChargerBranches { regulator, clamp, output: self.builder.branch(diode) }
    }

    /// A path that leads one way: limiter, active diode, switch; the first and the last.
    pub(crate) fn one_way(
        &mut self,
        id: &str,
        (from, to): (NodeId, NodeId),
        limiter: Gate,
    ) -> (BranchId, BranchId) {
        let inner = self.builder.node(format!("{id}.inner"));
        let behind = self.builder.node(format!("{id}.behind"));
        let branch = self.emf(id, (from, inner), limiter, Volts(0.0));
        let mut diode = Branch::new(format!("{id}.diode"), inner, behind);
        diode.gate = Gate::Diode(ONE_WAY);
        self.builder.branch(diode);
        (branch, self.internal_switch(id, (behind, to), false))
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
        for (bms, batteries) in system.hearing() {
            let place = |id: &&str| self.dc.modules.iter().position(|module| module.id == *id);
            let hears: Vec<usize> = batteries.iter().filter_map(place).collect();
            let manager = self.dc.managers.iter_mut().find(|one| one.id == bms);
            if let Some(manager) = manager {
                manager.hears = hears;
            }
        }
        for wire in system.wire_paths() {
            let cable = system.find(wire.cable).and_then(|cable| cable.of_kind());
            let input = system.find(wire.sink).and_then(|sink| sink.model.remote_input());
            let manager = self.dc.managers.iter().position(|one| one.id == wire.source);
            let (Some(cable), Some(input), Some(manager), Some(sink)) =
                (cable, input, manager, self.sink(wire.sink))
            else {
                continue;
            };
            let output = &mut self.dc.managers[manager].outputs[wire.output as usize];
            output.burden += input.current;
            self.dc.wires.push(RemoteWire { cable, manager, output: wire.output, input, sink });
        }
    }

    fn sink(&self, id: &str) -> Option<RemoteSink> {
        let dc = &self.dc;
        let inverters = self.roster.inverters.iter().copied();
        let world = &self.simulation.world;
        let mut inverter = inverters.filter(|&entity| {
            world.get::<InstalledInverter>(entity).is_some_and(|inverter| inverter.id == id)
        });
        let switch = dc.switches.iter().position(|one| one.id == id).map(RemoteSink::Switch);
        let load = || dc.loads.iter().position(|one| one.id == id).map(RemoteSink::Load);
        let source = || dc.sources.iter().position(|one| one.id == id).map(RemoteSink::Source);
        switch.or_else(load).or_else(source).or_else(|| inverter.next().map(RemoteSink::Inverter))
    }
}

/// Voltage at which small currents of electronics are turned into conductances.
pub(crate) const ELECTRONICS_AT: Volts = Volts(12.8);

pub(crate) fn switch(on: Ohms, closed: bool) -> Gate {
    Gate::Switch(SwitchGate { closed, on, off: OPEN, clamp: Some(ARC), body_diode: None })
}
