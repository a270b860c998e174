//! Rules about the bank that a BMS serves: how large, of what, in what order, and behind which fuse.

use blackstart_scenario::{
    BatteryModule, BmsOutput, Device, ExternalBms, Graph, Inverter, RuleName, System,
};
use blackstart_units::{Amperes, Volts};

use super::dc::burden;
use super::{Finding, add, amperes, volts};

/// Every rule about banks that the system breaks.
pub(super) fn bank_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for (index, device) in system.devices.iter().enumerate() {
        if let Some(bms) = &device.of_kind() {
            size((system, graph), index, device, bms, found);
            families(system, index, device, found);
            uniformity(system, index, device, found);
            pre_alarm(system, index, device, bms, found);
            supply_fuse(system, index, device, bms, found);
            temperature(device, bms, found);
        }
        if let Some(inverter) = device.of_kind() {
            control_bus((system, graph), device, &inverter, found);
        }
    }
}

/// Nominal voltages of the classes of [`ExternalBms::most_energy_wh`].
const CLASSES: [f64; 3] = [12.0, 24.0, 48.0];

fn size(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    let source = "CL-01, SBMS-01, NG-01";
    let mut report = |text: String| add(found, RuleName::BankTooLarge, &device.id, text, source);
    let count = system.heard(index).count();
    if count > bms.most_batteries {
        report(format!("{count} batteries, it may serve {}", bms.most_batteries));
    }
    let Some(nominal) = graph.nominal_voltage(bms.bank()).filter(|volts| volts.0 > 0.0) else {
        return;
    };
    // 12.8 V is a bank of 12 V, and so on.
    let class = CLASSES.iter().position(|&class| (nominal.0 / class - 1.0).abs() < 0.2);
    let allowed = class.map_or(0.0, |class| bms.most_energy_wh[class]) / 1e3;
    let modules = system.heard(index).map(|(_, module)| module);
    let energy: f64 = modules.map(|module| module.capacity.0 * module.nominal_voltage.0).sum();
    // The manuals print whole kilowatt-hours: 20 x 12.8 V x 330 Ah are their 84.
    let energy = (energy / 1e3).round();
    if allowed == 0.0 {
        report(format!("it is not made for a bank of {}", volts(nominal)));
    } else if energy > allowed {
        report(format!("a bank of {energy} kWh at {}, it may serve {allowed} kWh", volts(nominal)));
    }
}

fn families(system: &System, index: usize, device: &Device, found: &mut Vec<Finding>) {
    let fits = &device.fits;
    if fits.serves.is_empty() {
        return;
    }
    let mut reported: Vec<&str> = Vec::new();
    for (battery, _) in system.heard(index) {
        let Some(family) = &battery.fits.family else { continue };
        if system.serves(index, battery) || reported.contains(&family.as_str()) {
            continue;
        }
        reported.push(family);
        let text =
            format!("it is a {family}, {} serves {} only", device.id, fits.serves.join(" and "));
        add(found, RuleName::BatteryFamily, &battery.id, text, &fits.fact);
    }
}

/// Batteries in one bank are of one type, and its strings of one voltage.
fn uniformity(system: &System, index: usize, device: &Device, found: &mut Vec<Finding>) {
    if system.is_bank_uniform(index) {
        return;
    }
    let what = |(one, module): (&Device, BatteryModule)| {
        format!("{} of {} and {} Ah", one.id, volts(module.nominal_voltage), module.capacity.0)
    };
    let mut batteries: Vec<String> = system.heard(index).map(what).collect();
    batteries.truncate(MOST_NAMED);
    let text = format!("its batteries make no bank: {}", batteries.join(", "));
    add(found, RuleName::MixedBank, &device.id, text, "NG-15, SBMS-02");
}

/// Batteries that one message names at most.
const MOST_NAMED: usize = 6;

fn pre_alarm(
    system: &System,
    index: usize,
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    let silent = |one: &(&Device, BatteryModule)| {
        one.1.monitor.is_some_and(|monitor| !monitor.has_pre_alarm)
    };
    if !bms.rules.expects_pre_alarm {
        return;
    }
    if let Some((battery, _)) = system.heard(index).find(silent) {
        let text = format!(
            "it has no pre-alarm, {} is set to wait for one: set it to `not available`",
            device.id
        );
        add(found, RuleName::PreAlarmExpected, &battery.id, text, "CL-26");
    }
}

/// The fuse carries what the BMS and its outputs take, with the margin of its manual.
fn supply_fuse(
    system: &System,
    index: usize,
    device: &Device,
    bms: &ExternalBms,
    found: &mut Vec<Finding>,
) {
    let fuse = bms.supply_fuse;
    let outputs = BmsOutput::ALL.map(|output| burden(system, index, output).0);
    let taken = bms.consumption[0].0 + outputs.iter().sum::<f64>();
    let needed = Amperes(fuse.factor * taken);
    let source = "CL-54, SBMS-10, NG-03";
    let mut report = |text: String| add(found, RuleName::SupplyFuse, &device.id, text, source);
    if fuse.fitted < needed {
        report(format!(
            "it takes {} with its outputs and needs a fuse of {}, {} is fitted",
            amperes(Amperes(taken)),
            amperes(needed),
            amperes(fuse.fitted)
        ));
    }
    let (least, most) = fuse.allowed;
    if fuse.fitted < least || fuse.fitted > most {
        report(format!(
            "a fuse of {} is fitted, {} to {} are allowed",
            amperes(fuse.fitted),
            amperes(least),
            amperes(most)
        ));
    }
}

/// A device that listens to a bus only is on a BMS that has one.
fn control_bus(
    (system, graph): (&System, &Graph<'_>),
    device: &Device,
    inverter: &Inverter,
    found: &mut Vec<Finding>,
) {
    let Some(bus) = &device.fits.needs else { return };
    for bms in &system.devices {
        let Some(manager) = bms.of_kind::<ExternalBms>() else { continue };
        let is_on_its_bank = graph.downstream(manager.bank()).contains(inverter.from);
        if !is_on_its_bank || bms.fits.buses.contains(bus) {
            continue;
        }
        let text = format!("it is controlled over {bus}, which {} does not have", bms.id);
        add(found, RuleName::ControlBus, &device.id, text, &bms.fits.fact);
    }
}

/// Sum of the voltages at which the cells of a bank count as too high, if they are watched.
pub(super) fn highest_charge(system: &System, bms: usize, nominal: Volts) -> Option<Volts> {
    let (_, module) = system.heard(bms).next()?;
    let of_one = module.monitor?.high_cell.0 * module.cells.len() as f64;
    Some(of_one * (nominal.0 / module.nominal_voltage.0))
}

/// It stands where it may.
fn temperature(device: &Device, bms: &ExternalBms, found: &mut Vec<Finding>) {
    let place = bms.ambient;
    if !place.is_allowed() {
        let (lowest, highest) = place.allowed;
        let text = format!(
            "it stands at {} °C and works from {} to {} °C",
            place.now.0, lowest.0, highest.0
        );
        add(found, RuleName::OperatingTemperature, &device.id, text, "CL-10, SBMS-13, NG-25");
    }
}
