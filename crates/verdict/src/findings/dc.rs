//! Rules about what is fed from the outputs of a BMS and on its alternator port, and what the documents of
//! a system say against each other.

use blackstart_scenario::{
    BmsOutput, DcSource, Device, ExternalBms, Graph, RemoteCable, RemoteInput, RuleName, System,
};
use blackstart_units::Amperes;

use super::{Finding, add, amperes};

/// Every rule about outputs and ports that the system breaks.
pub(super) fn dc_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    conflicts(system, found);
    remote_control(system, found);
    for (index, device) in system.devices.iter().enumerate() {
        if let Some(bms) = device.of_kind::<ExternalBms>() {
            outputs(system, index, device, &bms, found);
            alternator((system, graph), device, &bms, found);
        }
    }
}

/// Contradictions that the device files note, each device file once.
fn conflicts(system: &System, found: &mut Vec<Finding>) {
    let mut reported: Vec<&str> = Vec::new();
    for device in &system.devices {
        for conflict in &device.conflicts {
            if reported.contains(&conflict.fact.as_str()) {
                continue;
            }
            reported.push(&conflict.fact);
            let text = format!("{}; modelled: {}", conflict.says, conflict.modelled);
            add(found, RuleName::DocumentConflict, &device.id, text, &conflict.fact);
        }
    }
}

/// A device does what its wire is there for: on while the output is high, off while it floats.
fn remote_control(system: &System, found: &mut Vec<Finding>) {
    for wire in &system.wires {
        let sink = &system.devices[wire.sink];
        let cable = system.devices[wire.cable].of_kind();
        let Some((cable, input)) = cable.zip(sink.model.remote_input()) else { continue };
        let Some(fault) = fault(cable, input) else { continue };
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
        let total = burden(system, index, output);
        for wire in system.wires.iter().filter(|wire| (wire.source, wire.output) == (index, output))
        {
            let sink = &system.devices[wire.sink];
            let Some(input) = sink.model.remote_input() else { continue };
            if input.inductive && output == BmsOutput::Charge {
                let text = format!("a coil is fed from the charge output of {}", device.id);
                add(found, RuleName::InductiveOutput, &sink.id, text, "SBMS-05, CL-23");
            }
        }
        if total > stage.rating {
            let after = if stage.protected { "it gives nothing" } else { "it is destroyed" };
            let text = format!(
                "what is fed from its {} output takes {}, it gives {}: {after}",
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

/// What is fed from an output takes this from it.
pub(super) fn burden(system: &System, bms: usize, output: BmsOutput) -> Amperes {
    let wires = system.wires.iter().filter(|wire| (wire.source, wire.output) == (bms, output));
    let inputs = wires.filter_map(|wire| system.devices[wire.sink].model.remote_input());
    inputs.fold(Amperes(0.0), |total, input| total + input.current)
}

fn alternator(
    (system, graph): (&System, &Graph<'_>),
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
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
        let Some(source) = other.of_kind::<DcSource>() else { continue };
        let is_at_the_port = graph.downstream(source.to).contains(bms.from);
        let has_an_end = source.full_output_time.is_some();
        if is_at_the_port && has_an_end && source.current <= port.current_limit {
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
