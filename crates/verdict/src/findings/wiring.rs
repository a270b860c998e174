//! Rules about what is connected to what: what guards a cable, who hears a battery, what a BMS can switch
//! off, and which way round a device is.

use blackstart_scenario::{
    BatteryModule, BmsOutput, Cable, Connection, DcLoad, DcSource, Device, Diode, ExternalBms,
    Fuse, Graph, Inverter, Node, RemoteSwitch, RuleName, System, Via,
};
use blackstart_units::{Amperes, Volts, Watts};

use super::{Finding, add, amperes, dc_power, volts};

const PRACTICE: &str = "common practice";

/// Every rule about wiring that the system breaks.
pub(super) fn wiring_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for (index, device) in system.devices.iter().enumerate() {
        if let Some(module) = device.of_kind::<BatteryModule>().filter(|one| one.monitor.is_some())
        {
            heard((system, graph), index, &module, found);
        }
        if let Some(bms) = device.of_kind() {
            switched_off((system, graph), index, &bms, found);
        }
        if let Some(cable) = device.of_kind() {
            guarded((system, graph), index, &cable, found);
        }
        if let Some(diode) = device.of_kind::<Diode>() {
            carries((system, graph), index, (diode.rating, true), found);
        }
        polarity(graph, index, device, found);
    }
}

/// A cable's ends, as seen from a battery.
struct Run {
    /// What the battery feeds without the cable.
    near: Node,
    far: Node,
}

/// How a battery feeds a cable; nothing where it does not.
fn run(graph: &Graph<'_>, index: usize, store: &Connection) -> Option<Run> {
    let reaches = |node: Node| {
        graph.downstream(store.to).contains(node) && !graph.passes(index, (store.to, node))
    };
    let &[from, to] = graph.ends(index) else { return None };
    match (reaches(from), reaches(to)) {
        (true, _) => Some(Run { near: from, far: to }),
        (false, true) => Some(Run { near: to, far: from }),
        (false, false) => None,
    }
}

/// From every battery on a cable lies behind a fuse that it outlasts, and carries what is drawn through it.
fn guarded(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    cable: &Cable,
    found: &mut Vec<Finding>,
) {
    let id = &system.devices[index].id;
    let fuses = || {
        let of_fuse = |(k, device): (usize, &Device)| device.of_kind::<Fuse>().zip(Some(k));
        system.devices.iter().enumerate().filter_map(of_fuse)
    };
    let stores = graph.edges().iter().filter(|edge| edge.via.is_store());
    // Of batteries side by side the first that is not guarded stands for all.
    for store in stores {
        let Some(run) = run(graph, index, store) else { continue };
        let battery = &system.devices[store.device].id;
        let guards = |&(_, k): &(Fuse, usize)| graph.passes(k, (store.to, run.near));
        let Some((least, fuse)) =
            fuses().filter(guards).min_by(|a, b| a.0.rating.0.total_cmp(&b.0.rating.0))
        else {
            let ends_there = |&(_, k): &(Fuse, usize)| graph.ends(k).contains(&run.far);
            let text = match fuses().find(ends_there) {
                Some((_, late)) => format!(
                    "{} lies at its far end: a short on the cable draws on {battery} past it",
                    system.devices[late].id
                ),
                None => format!("no fuse lies between {battery} and it"),
            };
            add(found, RuleName::UnguardedCable, id, text, PRACTICE);
            return;
        };
        if least.rating > cable.ampacity {
            let text = format!(
                "it carries {} continuously, {} lets {} through",
                amperes(cable.ampacity),
                system.devices[fuse].id,
                amperes(least.rating)
            );
            add(found, RuleName::ConductorRating, id, text, PRACTICE);
            return;
        }
    }
    carries((system, graph), index, (cable.ampacity, false), found);
}

/// A cable carries what the inverters and loads behind it take together, and a diode its share of that: batteries
/// behind diodes feed one bus side by side.
fn carries(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    (rating, shares): (Amperes, bool),
    found: &mut Vec<Finding>,
) {
    let stores = graph.edges().iter().filter(|edge| edge.via.is_store());
    let taken = |store: &Connection| {
        let power = |device: &Device| {
            let of_inverter = |one: Inverter| (one.from, dc_power(&one, one.continuous_power));
            let of_load = |one: DcLoad| (one.from, one.power);
            let taken = device.of_kind().map(of_inverter).or(device.of_kind().map(of_load));
            match taken {
                Some((at, power)) if graph.passes(index, (store.to, at)) => {
                    power
                        * (1.0 / if shares { graph.feeders(at).count().max(1) as f64 } else { 1.0 })
                }
                _ => Watts(0.0),
            }
        };
        let volts = graph.nominal_voltage(store.to).filter(|volts| volts.0 > 0.0)?;
        let total: Watts = system.devices.iter().map(power).sum();
        Some(Amperes(total.0 / volts.0))
    };
    let most = stores.filter_map(taken).fold(Amperes(0.0), |most, one| most.max(one));
    if most > rating {
        let text = format!(
            "it carries {} continuously, what is behind it takes {}",
            amperes(rating),
            amperes(most)
        );
        add(found, RuleName::ConductorRating, &system.devices[index].id, text, PRACTICE);
    }
}

/// A battery whose cells are watched has somebody who hears it.
fn heard(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    module: &BatteryModule,
    found: &mut Vec<Finding>,
) {
    if system.bms_cables.iter().any(|cable| cable.modules.contains(&index)) {
        return;
    }
    let on_its_bus = |device: &&Device| {
        let bank = device.of_kind().map(|bms: ExternalBms| bms.bank());
        bank.is_some_and(|bank| graph.downstream(module.to).contains(bank))
    };
    let text = match system.devices.iter().find(on_its_bus) {
        Some(bms) => format!("its BMS cable leads nowhere: {} does not hear its alarms", bms.id),
        None => "its BMS cable leads nowhere: nothing hears its alarms".to_owned(),
    };
    add(found, RuleName::BatteryUnheard, &system.devices[index].id, text, PRACTICE);
}

/// Whatever draws on a bank or charges it can be switched off by its BMS.
fn switched_off(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    if system.heard(index).next().is_none() {
        return;
    }
    let bms_id = &system.devices[index].id;
    let bank = bms.bank();
    let wired = |sink: usize, output: Option<BmsOutput>| {
        system.wires.iter().any(|wire| {
            (wire.source, wire.sink) == (index, sink) && output.is_none_or(|one| one == wire.output)
        })
    };
    let behind_a_switch = |output: BmsOutput, ends: (Node, Node)| {
        system.devices.iter().enumerate().any(|(k, device)| {
            device.of_kind::<RemoteSwitch>().is_some()
                && wired(k, Some(output))
                && graph.passes(k, ends)
        })
    };
    let fed = graph.downstream(bank);
    for (k, device) in system.devices.iter().enumerate() {
        // What listens to a bus is controlled over it, or another rule has reported it.
        if wired(k, None) || device.fits.needs.is_some() {
            continue;
        }
        let draws_at = device.of_kind().map(|inverter: Inverter| inverter.from);
        let draws_at = draws_at.or(device.of_kind().map(|load: DcLoad| load.from));
        if let Some(node) = draws_at
            && fed.contains(node)
            && !behind_a_switch(BmsOutput::Load, (bank, node))
        {
            let text = format!("{bms_id} cannot switch it off when a cell is empty");
            add(found, RuleName::LoadNotShed, &device.id, text, PRACTICE);
        }
        if let Some(source) = device.of_kind::<DcSource>()
            && source.one_way
            && graph.downstream(source.to).contains(bank)
            && !behind_a_switch(BmsOutput::Charge, (source.to, bank))
        {
            let text = format!("{bms_id} cannot stop it when a cell is full, hot or cold");
            add(found, RuleName::ChargerNotControlled, &device.id, text, PRACTICE);
        }
    }
}

/// Plus of a device is not on the side of minus.
fn polarity(graph: &Graph<'_>, index: usize, device: &Device, found: &mut Vec<Finding>) {
    let Some(edge) = graph.edges().iter().find(|edge| edge.device == index) else { return };
    let (plus, minus) = match edge.via {
        Via::Draws => (edge.from, edge.to),
        Via::Gives | Via::Cells(_) => (edge.to, edge.from),
        _ => return,
    };
    let at = |node: Node| {
        let known = graph.nominal_voltage(node).or_else(|| graph.bus_voltage(node));
        known.or_else(|| graph.closed_voltage(node))
    };
    let (Some(above), Some(below)) = (at(plus), at(minus)) else { return };
    if above < below {
        let text = format!("its plus is at {}, its minus at {}", signed(above), signed(below));
        add(found, RuleName::ReversedPolarity, &device.id, text, "SESSY-21");
    }
}

fn signed(value: Volts) -> String {
    if value.0 < 0.0 { format!("-{}", volts(Volts(-value.0))) } else { volts(value) }
}
