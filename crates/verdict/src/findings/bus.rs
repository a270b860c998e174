//! Rules about what feeds a bank and what is fed from its bus: voltage, current, and which way it flows.

use blackstart_scenario::{
    Connection, DcSource, Device, ExternalBms, Flow, Graph, Inverter, Pack, RuleName, System, Via,
};
use blackstart_units::Amperes;

use super::bank::highest_charge;
use super::{Finding, add, amperes, volts};

/// A device made for a voltage that differs by more than this share from that of the bus.
const OTHER_CLASS: f64 = 0.25;

/// Every rule about buses that the system breaks.
pub(super) fn bus_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for device in &system.devices {
        if let Some(inverter) = device.of_kind() {
            made_for((system, graph), device, &inverter, found);
        }
        if let Some(source) = charger(device) {
            source_voltage((system, graph), device, &source, found);
            blocked((system, graph), device, &source, found);
        }
    }
    for pack in system.packs() {
        charge_through_a_port((system, graph), &pack, found);
    }
    for index in 0..system.devices.len() {
        charge_current((system, graph), index, found);
    }
}

/// An inverter is made for the voltage of its bus. On a battery with a port of its own other rules say more.
fn made_for(
    (system, graph): (&System, &Graph<'_>),
    device: &Device,
    inverter: &Inverter,
    found: &mut Vec<Finding>,
) {
    if super::feeding((system, graph), inverter).next().is_some() {
        return;
    }
    let made_for = inverter.nominal_voltage;
    let Some(bus) = graph.bus_voltage(inverter.from) else { return };
    if (made_for.0 / bus.0 - 1.0).abs() > OTHER_CLASS {
        let text = format!("it is made for {}, its bus has {}", volts(made_for), volts(bus));
        add(found, RuleName::BusVoltage, &device.id, text, "T-04, SESSY-X3");
    }
}

/// What gives and takes nothing back. What holds a voltage in both directions is a bench supply: it may be any.
fn charger(device: &Device) -> Option<DcSource> {
    device.of_kind().filter(|source: &DcSource| source.one_way)
}

fn source_voltage(
    (system, graph): (&System, &Graph<'_>),
    device: &Device,
    source: &DcSource,
    found: &mut Vec<Finding>,
) {
    let Some(bus) = graph.bus_voltage(source.to) else { return };
    if (source.voltage.0 / bus.0 - 1.0).abs() > OTHER_CLASS {
        let text =
            format!("it charges up to {}, its bus has {}", volts(source.voltage), volts(bus));
        add(found, RuleName::BusVoltage, &device.id, text, "T-04");
        return;
    }
    let nodes = graph.downstream(source.to);
    for (index, bms) in system.devices.iter().enumerate() {
        let Some(manager) = bms.of_kind::<ExternalBms>() else { continue };
        if !nodes.contains(manager.bank()) {
            continue;
        }
        let Some(highest) = highest_charge(system, index, bus) else { continue };
        if source.voltage > highest {
            let text = format!(
                "it charges up to {}, the batteries stop it at {}: {} is all that protects them",
                volts(source.voltage),
                volts(highest),
                bms.id
            );
            add(found, RuleName::ChargeVoltage, &device.id, text, "GEN-02");
        }
    }
}

/// All sources together give no more than the batteries take continuously.
fn charge_current((system, graph): (&System, &Graph<'_>), index: usize, found: &mut Vec<Finding>) {
    let Some(bms) = system.devices[index].of_kind::<ExternalBms>() else { return };
    let Some(bank) = graph.nominal_voltage(bms.bank()).filter(|volts| volts.0 > 0.0) else {
        return;
    };
    let taken: f64 = system
        .heard(index)
        .map(|(_, module)| module.charge_current.0.0 * module.nominal_voltage.0 / bank.0)
        .sum();
    let mut given: f64 = system
        .devices
        .iter()
        .filter_map(charger)
        .filter(|source| graph.downstream(source.to).contains(bms.bank()))
        .map(|source| source.current.0)
        .sum();
    given += bms.alternator.map_or(0.0, |port| port.current_limit.0);
    if taken > 0.0 && given > taken {
        let text = format!(
            "its batteries may be charged with {}, chargers and alternator give {}",
            amperes(Amperes(taken)),
            amperes(Amperes(given))
        );
        let about = &system.devices[index].id;
        add(found, RuleName::ChargeCurrent, about, text, "NG-07, NG-08, GEN-02");
    }
}

/// What pushes into the port of a pack is not more than the port carries.
fn charge_through_a_port(
    (system, graph): (&System, &Graph<'_>),
    pack: &Pack<'_>,
    found: &mut Vec<Finding>,
) {
    let port = pack.port(graph, Flow::Charge);
    let bus = graph.downstream(port);
    let carries = |one: &Pack<'_>| {
        let rating = one.rating().filter(|_| bus.contains(one.port(graph, Flow::Charge)));
        rating.map(|rating| rating.continuous.0)
    };
    // Ports side by side share what comes, and it is said of the first.
    if system.packs().find(|one| carries(one).is_some()).is_none_or(|first| first.id != pack.id) {
        return;
    }
    let carried: f64 = system.packs().filter_map(|one| carries(&one)).sum();
    let sources = system.devices.iter().filter_map(charger);
    let at_it = sources.filter(|source| graph.downstream(source.to).contains(port));
    let given: f64 = at_it.map(|source| source.current.0).sum();
    if given > carried {
        let text = format!(
            "what lies at its port can charge it with {}, the port carries {} continuously",
            amperes(Amperes(given)),
            amperes(Amperes(carried))
        );
        let source = format!("{}.continuous_current_a", pack.rating_path().unwrap_or(pack.id));
        add(found, RuleName::ChargeCurrent, pack.id, text, &source);
    }
}

/// A charger on the far side of a diode charges nothing.
fn blocked(
    (system, graph): (&System, &Graph<'_>),
    device: &Device,
    source: &DcSource,
    found: &mut Vec<Finding>,
) {
    let nodes = graph.downstream(source.to);
    let is_fed = |edge: &Connection| edge.via.is_store() && nodes.contains(edge.to);
    let stores = graph.edges().iter().any(is_fed);
    let is_behind = |edge: &&Connection| edge.via == Via::OneWay && nodes.contains(edge.to);
    let behind = graph.edges().iter().find(is_behind);
    if let (false, Some(diode)) = (stores, behind) {
        let diode = &system.devices[diode.device].id;
        let text = format!("it lies behind {diode}, which lets nothing into a battery");
        add(found, RuleName::BlockedCharging, &device.id, text, "SESSY-07, SESSY-29");
    }
}
