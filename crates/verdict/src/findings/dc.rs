//! Rules about battery modules, the BMS outside of them, and what hangs on its outputs.

use blackstart_scenario::{
    BmsOutput, Device, ExternalBms, Model, Node, RemoteCable, RemoteInput, RuleName, System,
};
use blackstart_units::{Amperes, Volts};

use super::{Finding, add, amperes, volts};

/// Every rule about the DC side that the system breaks.
pub(super) fn dc_findings(system: &System, found: &mut Vec<Finding>) {
    conflicts(system, found);
    remote_control(system, found);
    for (index, device) in system.devices.iter().enumerate() {
        if let Model::ExternalBms(bms) = &device.model {
            outputs(system, index, device, bms, found);
            bank(system, index, device, bms, found);
            alternator(system, device, bms, found);
        }
    }
}

/// Contradictions that the device files note, each device file once.
fn conflicts(system: &System, found: &mut Vec<Finding>) {
    let mut told: Vec<&str> = Vec::new();
    for device in &system.devices {
        for conflict in &device.conflicts {
            if told.contains(&conflict.fact.as_str()) {
                continue;
            }
            told.push(&conflict.fact);
            let text = format!("{}; modelled: {}", conflict.says, conflict.modelled);
            add(found, RuleName::DocumentConflict, &device.id, text, &conflict.fact);
        }
    }
}

/// A device does what its wire is there for: on while the output is high, off while it floats.
fn remote_control(system: &System, found: &mut Vec<Finding>) {
    for wire in &system.wires {
        let sink = &system.devices[wire.sink];
        let (Model::RemoteCable(cable), Some(input)) =
            (&system.devices[wire.cable].model, sink.model.remote_input())
        else {
            continue;
        };
        let Some(fault) = fault(*cable, input) else { continue };
        let output = format!("{}.{}", system.devices[wire.source].id, wire.output.name());
        let text = format!("{fault} {output}, over {}", system.devices[wire.cable].id);
        add(found, RuleName::RemoteControl, &sink.id, text, "CL-57, CL-58");
    }
}

/// What is wrong with an input behind a cable, if anything.
fn fault(cable: RemoteCable, input: RemoteInput) -> Option<&'static str> {
    match (input.is_on(cable.carry(true)), input.is_on(cable.carry(false))) {
        (true, false) => None,
        (true, true) => Some("it stays on whatever comes from"),
        (false, false) => Some("it stays off whatever comes from"),
        (false, true) => Some("it is on when it must be off, and off when it may be on, by"),
    }
}

fn outputs(
    system: &System,
    index: usize,
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    for output in BmsOutput::ALL {
        let stage = bms.outputs[output as usize];
        let wires =
            system.wires.iter().filter(|wire| (wire.source, wire.output) == (index, output));
        let mut total = Amperes(0.0);
        for wire in wires {
            let sink = &system.devices[wire.sink];
            let Some(input) = sink.model.remote_input() else { continue };
            total += input.current;
            if input.inductive && output == BmsOutput::Charge {
                let text = format!("a coil hangs on the charge output of {}", device.id);
                add(found, RuleName::InductiveOutput, &sink.id, text, "SBMS-05, CL-23");
            }
        }
        if total > stage.rating {
            let after = if stage.protected { "it gives nothing" } else { "it is destroyed" };
            let text = format!(
                "what hangs on its {} output takes {}, it gives {}: {after}",
                output.name(),
                amperes(total),
                amperes(stage.rating)
            );
            add(
                found,
                RuleName::OutputOverload,
                &device.id,
                text,
                "SBMS-04, SBMS-05, NG-04, CL-20",
            );
        }
    }
}

/// Nominal voltages of the classes of [`ExternalBms::most_energy_wh`].
const CLASSES: [f64; 3] = [12.0, 24.0, 48.0];

fn bank(
    system: &System,
    index: usize,
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    let heard = system.bms_cables.iter().filter(|cable| cable.bms == index);
    let modules: Vec<_> = heard
        .flat_map(|cable| &cable.modules)
        .filter_map(|&module| match &system.devices[module].model {
            Model::BatteryModule(module) => Some(module),
            _ => None,
        })
        .collect();
    let source = "CL-01, SBMS-01, NG-01";
    let mut report = |text: String| add(found, RuleName::BankTooLarge, &device.id, text, source);
    if modules.len() > bms.most_batteries {
        report(format!("{} batteries, it may serve {}", modules.len(), bms.most_batteries));
    }
    let Some(nominal) = nominal_voltage(system, bms.bank()).filter(|volts| volts.0 > 0.0) else {
        return;
    };
    // 12.8 V is a bank of 12 V, and so on.
    let class = CLASSES.iter().position(|&class| (nominal.0 / class - 1.0).abs() < 0.2);
    let allowed = class.map_or(0.0, |class| bms.most_energy_wh[class]);
    let energy: f64 =
        modules.iter().map(|module| module.capacity.0 * module.nominal_voltage.0).sum();
    if allowed == 0.0 {
        report(format!("it is not made for a bank of {}", volts(nominal)));
    } else if energy > allowed {
        let (energy, allowed) = (energy / 1e3, allowed / 1e3);
        report(format!("a bank of {energy} kWh at {}, it may serve {allowed} kWh", volts(nominal)));
    }
}

/// Nominal voltage of a node over ground, through modules, cables and fuses.
fn nominal_voltage(system: &System, node: Node) -> Option<Volts> {
    let mut known: Vec<Option<Volts>> = vec![None; system.nodes.len()];
    known[Node::GROUND.0] = Some(Volts(0.0));
    for _ in 0..system.devices.len() {
        for device in &system.devices {
            let (from, to, rise) = match &device.model {
                Model::BatteryModule(module) => (module.from, module.to, module.nominal_voltage),
                Model::Cable(cable) => (cable.from, cable.to, Volts(0.0)),
                Model::Fuse(fuse) => (fuse.from, fuse.to, Volts(0.0)),
                _ => continue,
            };
            match (known[from.0], known[to.0]) {
                (Some(volts), None) => known[to.0] = Some(volts + rise),
                (None, Some(volts)) => known[from.0] = Some(volts - rise),
                _ => {}
            }
        }
    }
    known[node.0]
}

fn alternator(system: &System, device: &Device, bms: &ExternalBms, found: &mut Vec<Finding>) {
    let Some(port) = bms.alternator else { return };
    let fuse = |(rating, count): (Amperes, usize)| match count {
        1 => amperes(rating),
        count => format!("{count} x {}", amperes(rating)),
    };
    if port.fitted != port.set {
        let text = format!(
            "a fuse of {} is fitted and {} is set: the fuse is the shunt, the current is held at {}",
            fuse(port.fitted),
            fuse(port.set),
            amperes(port.current_limit)
        );
        add(found, RuleName::FuseSetting, &device.id, text, "CL-17");
    }
    for other in &system.devices {
        let Model::DcSource(source) = &other.model else { continue };
        if source.full_output_time.is_some() && source.current <= port.current_limit {
            let text = format!(
                "it gives {}, {} lets {} through: nothing keeps it from its full output",
                amperes(source.current),
                device.id,
                amperes(port.current_limit)
            );
            add(found, RuleName::AlternatorAtFullOutput, &other.id, text, "CL-05");
        }
    }
}
