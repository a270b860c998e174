//! A BMS outside of the batteries: what it takes, its outputs, its alternator path, and its role's banks.

use blackstart_engine::NoiseStream;
use blackstart_scenario::{BmsLamp, BmsOutput, LampLight, Part, RemoteWiring, UpdateState};
use blackstart_units::{Amperes, Siemens, SimTime};

use super::Build;
use crate::dc::{
    AlternatorPath, DcOutput, InstalledExternalBms, Level, Manager, OUTPUT_LEVELS, bms_terminal,
    limiter, output_command,
};
use crate::network::{NodeId, Quantity};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};
use blackstart_scenario::kinds::fet_switch::POSITIONS;

pub(super) fn build(_: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = into.system.bms(into.id)?;
    let has_port = model.alternator.is_some();
    let (port, bank) = (into.end(0)?, into.end(usize::from(has_port))?);
    let own = if model.supplied_by_alternator { port } else { bank };
    let id = into.id;
    let path = model.alternator.map(|alternator| {
        let limiter = limiter(alternator.resistance, alternator.current_limit);
        let ends = (port, bank);
        let (limiter, switch) = into.installer.one_way(id, ends, limiter);
        into.probe("alternator_current_a", Quantity::Current(limiter), 1.0);
        into.probe("port_voltage_v", Quantity::NodeVoltage(port), 1.0);
        let signal = into.state("alternator_path", POSITIONS);
        AlternatorPath { switch, limiter, signal }
    });
    let draw = into.installer.draw(format!("{id}.own"), own, NodeId::GROUND, Siemens(0.0));
    let terminal = bms_terminal(id, &model);
    let outputs = BmsOutput::ALL.map(|output| DcOutput {
        signal: into.state(output_command(output), &OUTPUT_LEVELS),
        voltage: into.analog(&format!("{}_v", output_command(output))),
        stage: model.outputs[output as usize],
        burden: Amperes(0.0),
        level: Level::Floating,
    });
    let lamp = |lamp: &BmsLamp| into.state(&lamp.signal(), &LampLight::NAMES);
    let lamps = model.lamps.iter().map(lamp).collect();
    let installer = &mut *into.installer;
    role::declare_claims(&terminal, &mut installer.catalogue);
    let channels =
        [own, bank, port].map(|node| Channel::exact(Quantity::NodeVoltage(node))).to_vec();
    let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
    let sampling = Sampling::new(model.period, SimTime::ZERO, channels, noise);
    let part = InstalledExternalBms { model: model.clone() };
    let entity = installer.simulation.world.spawn((part, Meters::from(sampling), terminal)).id();
    installer.roster.dc.push(entity);
    let remote = RemoteWiring { joined: model.remote_joined, ..RemoteWiring::default() };
    installer.dc.managers.push(Manager {
        id: id.to_owned(),
        model,
        entity,
        hears: Vec::new(),
        cable_broken: None,
        update: UpdateState::None,
        remote,
        outputs,
        path,
        lamps,
        draw,
        supply: Quantity::NodeVoltage(own),
        consumption: None,
        stopped: (false, false),
        acted: (Vec::new(), Vec::new()),
    });
    Some(())
}
