//! Rules about constant power on a DC bus: something holds its voltage.

use blackstart_scenario::kinds::Through;
use blackstart_scenario::kinds::capacitor::CapacitorAmounts;
use blackstart_scenario::kinds::shunt::Shunt;
use blackstart_scenario::{Graph, Model, Node, RuleName, System};

use super::{Finding, add};

/// Every DC load that a battery feeds through inductance alone.
pub(super) fn held_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for device in &system.devices {
        let Model::DcLoad(load) = &device.model else { continue };
        let beside = graph.beside(load.from, |device| is_inductive(&system.devices[device].model));
        let holds = |one: &Model| holding_node(one).is_some_and(|node| beside.contains(node));
        let fed = graph.feeders(load.from).next().is_some();
        if fed && !system.devices.iter().any(|one| holds(&one.model)) {
            let text = "it takes constant power behind an inductance, and no capacitance holds its \
                        voltage: put a `capacitor` of 10 to 100 uF for each ampere beside it";
            add(found, RuleName::UnheldLoad, &device.id, text.to_owned(), "common practice");
        }
    }
}

/// Whether current through it takes time to change.
fn is_inductive(model: &Model) -> bool {
    match model {
        Model::Cable(cable) => cable.inductance.0 > 0.0,
        Model::Part(part) => part.amounts::<Shunt>().is_some(),
        _ => false,
    }
}

/// Where a device holds a voltage at once: a capacitance, or a source without an inductance.
fn holding_node(model: &Model) -> Option<Node> {
    match model {
        Model::Inverter(inverter) => Some(inverter.from),
        Model::DcSource(source) => Some(source.to),
        Model::BatteryModule(module) => Some(module.to),
        Model::Battery(battery) => (battery.inductance.0 == 0.0).then_some(battery.to),
        Model::Part(part) if part.amounts::<CapacitorAmounts>().is_some() => {
            part.ends.first().copied()
        }
        Model::Part(part) if part.kind.through == Through::Cells => part.ends.get(1).copied(),
        _ => None,
    }
}
