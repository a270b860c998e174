//! What drains a battery module while nobody uses it, by which side of the switches it hangs on.

use blackstart_plant::DcSide;
use blackstart_scenario::{Model, Node, Provenance, System};
use blackstart_verdict::{Drain, Guessed, Side};

use crate::end::guessed;

/// Everything that a module's bank supplies. A bank shares its drains evenly.
pub(crate) fn module_drains(
    dc: &DcSide,
    system: &System,
    provenance: &Provenance,
    module: usize,
) -> Vec<Drain> {
    let Model::BatteryModule(own) = &system.devices[module].model else { return Vec::new() };
    let reached = reached(system, own.to);
    let bank = system.bms_cables.iter().find(|cable| cable.modules.contains(&module));
    let share = 1.0 / bank.map_or(1, |cable| cable.modules.len()) as f64;
    let bank_volts = own.nominal_voltage.0 / share;
    let mut drains = Vec::new();
    let mut add = |name: String, side: Side, power_w: Guessed| {
        drains.push(Drain { name, side, power_w: power_w.share(share) });
    };
    let milliamperes = |key: String, amperes: f64| {
        guessed(provenance, key, amperes * bank_volts, 1e-3 * bank_volts)
    };
    for (index, device) in system.devices.iter().enumerate() {
        let id = &device.id;
        let side = |node: Node| if reached.contains(&node) { Side::Pack } else { Side::Port };
        match &device.model {
            Model::BatteryModule(one) if index == module => {
                // Its own electronics are not shared.
                let of_bank = milliamperes(format!("{id}.electronics_ma"), one.electronics.0);
                add(format!("{id} electronics"), Side::Pack, of_bank);
            }
            Model::ExternalBms(bms) if bank.is_some_and(|cable| cable.bms == index) => {
                let power = milliamperes(format!("{id}.low_ma"), bms.consumption[1].0);
                let own_side =
                    if bms.supplied_by_alternator { side(bms.from) } else { side(bms.bank()) };
                add(id.clone(), own_side, power);
            }
            Model::RemoteSwitch(switch) => {
                let power = milliamperes(format!("{id}.standing_ma"), switch.standing.0);
                add(format!("{id} standing"), side(switch.from), power);
            }
            Model::DcLoad(load) => {
                let (key, power) = match dc.is_load_on(index) {
                    true => ("power_w", load.power.0),
                    false => ("off_draw_w", load.off_draw.0),
                };
                let power = guessed(provenance, format!("{id}.{key}"), power, 1.0);
                add(id.clone(), side(load.from), power);
            }
            Model::Inverter(inverter) => {
                let (key, power) = match inverter.remote {
                    Some(_) => ("off_draw_w", inverter.off_draw.0),
                    None => ("idle_w", inverter.idle.0),
                };
                let power = guessed(provenance, format!("{id}.{key}"), power, 1.0);
                add(format!("{id} off or idle"), side(inverter.from), power);
            }
            _ => {}
        }
    }
    drains
}

/// Nodes that a module's plus reaches without a switch.
fn reached(system: &System, plus: Node) -> Vec<Node> {
    let mut nodes = vec![plus];
    for _ in 0..system.devices.len() {
        for device in &system.devices {
            let (from, to) = match &device.model {
                Model::BatteryModule(module) => (module.from, module.to),
                Model::Cable(cable) => (cable.from, cable.to),
                Model::Fuse(fuse) => (fuse.from, fuse.to),
                _ => continue,
            };
            for (a, b) in [(from, to), (to, from)] {
                if nodes.contains(&a) && !nodes.contains(&b) && b != Node::GROUND {
                    nodes.push(b);
                }
            }
        }
    }
    nodes
}
