//! An inverter: input capacitors and draw in the network, an output on the AC side, its role's banks.

use blackstart_engine::NoiseStream;
use blackstart_scenario::{Inverter, OfPart, Part, Phase};
use blackstart_units::{Ohms, Siemens, SimTime};

use super::Build;
use crate::ac::{AcOutput, Feeder};
use crate::installer::{ARC, OPEN};
use crate::inverter::{InstalledInverter, InverterSupply, terminal};
use crate::network::{
    Branch, BranchId, Capacitor, Gate, NetworkLoad, NodeId, Quantity, SwitchGate,
};
use crate::role;
use crate::sampling::{Channel, Meters, Sampling};
use crate::supply::OutputSignals;

/// Its front switch and relay, closed.
const INPUT_SWITCH: Ohms = Ohms(1e-3);
/// Where all capacitors lie behind the front switch, this share is still on the terminals: a film
/// capacitor's worth.
const LEAST_SHARE: f64 = 1e-3;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = &Inverter::of(part)?;
    let (plus, minus) = (into.end(0)?, into.end(1)?);
    let (input, switched_input) = capacitors(model, (plus, minus), into);
    let id = into.id;
    let mut draw = NetworkLoad::new(format!("{id}.draw"), plus, minus);
    draw.power = if model.switched_on { model.housekeeping } else { model.off_draw };
    draw.minimum_voltage = model.minimum_voltage;
    draw.ripple = model.ripple;
    let draw = into.installer.builder.load(draw);
    let mut bleed = NetworkLoad::new(format!("{id}.bleed"), plus, minus);
    bleed.conductance = Siemens(1.0 / model.bleed_resistance.0);
    let bleed = into.installer.builder.load(bleed);
    let voltage = Quantity::Difference(plus, minus);
    into.probe("dc_voltage_v", voltage, 1.0);
    let mut currents: Vec<Quantity> =
        [Some(input), switched_input].into_iter().flatten().map(Quantity::Current).collect();
    currents.extend([draw, bleed].map(Quantity::LoadCurrent));
    into.installer.probe(format!("{id}.dc_current_a"), currents, 1.0);
    into.probe("dc_power_w", Quantity::LoadPower(draw), 1.0);
    let terminal = terminal(id, model.switched_on);
    let state = role::declare_state_and_claims(id, &terminal, &mut into.installer.catalogue);
    let signals = OutputSignals {
        power: into.analog("ac_power_w"),
        voltage: into.analog("ac_voltage_v"),
        frequency: into.analog("ac_frequency_hz"),
        phases: model.phase_share.map(|_| {
            Phase::ALL.map(|phase| {
                let voltage = into.analog(&format!("{}.ac_voltage_v", phase.name()));
                (voltage, into.analog(&format!("{}.ac_power_w", phase.name())))
            })
        }),
    };
    let installer = &mut *into.installer;
    installer.ac_signals.outputs.push(signals);
    installer.feeders.push((id.to_owned(), Feeder::Output(installer.ac.outputs.len())));
    installer.ac.outputs.push(AcOutput::new(model));
    let channels = vec![Channel::exact(voltage)];
    let noise = NoiseStream::new(installer.seed, &format!("{id}.sensing"));
    let sampling = Sampling::new(SimTime::ZERO, SimTime::ZERO, channels, noise);
    let supply =
        InverterSupply { running: false, locked_out: false, switched_on: model.switched_on };
    let inverter = InstalledInverter {
        id: id.to_owned(),
        model: model.clone(),
        input: voltage,
        draw,
        bleed,
        switched_input,
        state,
    };
    let world = &mut installer.simulation.world;
    let entity = world.spawn((inverter, supply, Meters::from(sampling), terminal)).id();
    installer.roster.inverters.push(entity);
    Some(())
}

/// The input capacitors: those on the terminals, and those behind the front switch.
fn capacitors(
    model: &Inverter,
    (plus, minus): (NodeId, NodeId),
    into: &mut Build<'_, '_>,
) -> (BranchId, Option<BranchId>) {
    let share = model.switched_capacitance.0;
    let id = into.id;
    let mut bank = |name: String, share: f64, gate: Gate| {
        let mut branch = Branch::new(name, plus, minus);
        // The whole bank's resistance is that of its parts in parallel.
        branch.resistance = model.input_esr * (1.0 / share);
        branch.capacitor = Some(Capacitor {
            capacitance: model.input_capacitance * share,
            voltage: model.initial_voltage,
        });
        branch.gate = gate;
        into.installer.builder.branch(branch)
    };
    // A bank that is not there at all would be a branch of infinite resistance.
    let fixed = bank(format!("{id}.input"), (1.0 - share).max(LEAST_SHARE), Gate::None);
    let switched = (share > 0.0).then(|| {
        let gate = SwitchGate {
            closed: model.switched_on,
            on: INPUT_SWITCH,
            off: OPEN,
            clamp: Some(ARC),
            body_diode: None,
        };
        bank(format!("{id}.switched-input"), share, Gate::Switch(gate))
    });
    (fixed, switched)
}
