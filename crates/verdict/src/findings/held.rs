//! Rules about constant power on a DC bus: something holds its voltage.

use blackstart_scenario::kinds::Through;
use blackstart_scenario::kinds::capacitor::CapacitorAmounts;
use blackstart_scenario::kinds::shunt::Shunt;
use blackstart_scenario::{Cable, DcLoad, Device, Graph, Inverter, Node, RuleName, System};

use super::{Finding, add};

/// Every DC load that a battery feeds through inductance alone.
pub(super) fn held_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for device in &system.devices {
        let Some(load) = device.of_kind::<DcLoad>() else { continue };
        let beside = graph.beside(load.from, |device| is_inductive(&system.devices[device]));
        let holds = |one: &Device| holding_node(one).is_some_and(|node| beside.contains(node));
        let fed = graph.feeders(load.from).next().is_some();
        if fed && !system.devices.iter().any(holds) {
            let text = "it takes constant power behind an inductance, and no capacitance holds its \
                        voltage: put a `capacitor` of 10 to 100 uF for each ampere beside it";
            add(found, RuleName::UnheldLoad, &device.id, text.to_owned(), "common practice");
        }
    }
}

/// Whether current through it takes time to change.
fn is_inductive(device: &Device) -> bool {
    let is_shunt = device.model.amounts::<Shunt>().is_some();
    is_shunt || device.of_kind().is_some_and(|cable: Cable| cable.inductance.0 > 0.0)
}

/// Where a device holds a voltage at once: a capacitance, or a source without an inductance.
fn holding_node(device: &Device) -> Option<Node> {
    let part = &device.model;
    let is_held = part.amounts::<CapacitorAmounts>().is_some();
    match part.kind.through {
        _ if is_held || device.of_kind::<Inverter>().is_some() => part.ends.first().copied(),
        Through::Cells | Through::Gives => part.ends.get(1).copied(),
        _ => None,
    }
}
