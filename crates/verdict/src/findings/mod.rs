//! What is wrong with a system as it is drawn, before anything is simulated.
//!
//! Each rule compares ratings and settings, and says what it compared. Currents are those at a
//! voltage: nominal is the middle of the open-circuit curve, lowest the cut-off of the BMS. A rule
//! about a pair of devices looks at every pair that the graph of the DC side connects: what else stands in
//! the same file does not count.

mod backup_box;
mod bank;
mod bus;
mod carried;
mod dc;
mod earth;
mod held;
mod parts;
mod wiring;

pub use carried::carried;

use blackstart_scenario::{
    AcInput, BackupBox, Device, Feed, Flow, Fuse, Graph, Inverter, Load, Pack, PortRating,
    RuleName, System, TransferSwitch,
};
use blackstart_units::{Amperes, Ohms, Volts, Watts};
use serde::{Deserialize, Serialize};

/// A rule that a system breaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Which rule.
    pub rule: RuleName,
    /// The instance that it is about.
    pub about: String,
    /// Whether it would be pointless or misleading to simulate the system.
    pub fatal: bool,
    /// What was compared, with numbers.
    pub text: String,
    /// Where the rule comes from: a fact's number, or what is common practice.
    pub source: String,
}

/// Every rule that the system breaks, in order of the devices' names.
pub fn findings(system: &System) -> Vec<Finding> {
    let graph = Graph::of(system);
    let mut found = Vec::new();
    for (index, device) in system.devices.iter().enumerate() {
        let id = &device.id;
        if let Some(inverter) = &device.of_kind::<Inverter>() {
            let feeding: Vec<Pack<'_>> = feeding((system, &graph), inverter).collect();
            for battery in &feeding {
                voltage_class(id, inverter, battery, &mut found);
            }
            port_current(id, inverter, &feeding, &mut found);
            for battery in &feeding {
                cut_off_order(id, inverter, battery, &mut found);
            }
            overload(system, id, inverter, &mut found);
            eco(system, id, inverter, &mut found);
            earth::earth_findings(system, device, inverter, &mut found);
        }
        if let Some(fuse) = device.of_kind() {
            fuse_ratings((system, &graph), index, &fuse, &mut found);
        }
        if let Some(switch) = device.of_kind() {
            interlock(id, &switch, &mut found);
        }
    }
    backup_box::box_findings(system, &mut found);
    dc::dc_findings(system, &graph, &mut found);
    bank::bank_findings(system, &graph, &mut found);
    bus::bus_findings(system, &graph, &mut found);
    held::held_findings(system, &graph, &mut found);
    wiring::wiring_findings(system, &graph, &mut found);
    parts::part_findings(system, &graph, &mut found);
    found
}

/// Packs that feed an inverter.
fn feeding<'a>(
    (system, graph): (&'a System, &'a Graph<'_>),
    inverter: &Inverter,
) -> impl Iterator<Item = Pack<'a>> {
    graph.feeders(inverter.from).filter_map(|device| system.pack_of_cells(device))
}

/// Charge at which a cell rests that was full: the voltage of the last percent goes within hours.
const RESTED: f64 = 0.99;

/// Open-circuit voltage of the whole pack at the end of charging.
fn full(battery: &Pack<'_>) -> Volts {
    highest_up_to(1.0, battery)
}

/// Open-circuit voltage of the whole pack at the highest point of its curve up to a charge.
fn highest_up_to(charge: f64, battery: &Pack<'_>) -> Volts {
    let top = battery.curve().into_iter().rfind(|point| point.0.0 <= charge);
    top.map_or(Volts(0.0), |point| point.1) * battery.count() as f64
}

/// What the inverter takes from the DC side while it gives this much.
fn dc_power(inverter: &Inverter, given: Watts) -> Watts {
    let efficiency = if given.0 > 0.5 * inverter.rated_power.0 {
        inverter.rated_load_efficiency
    } else {
        inverter.half_load_efficiency
    };
    given * (1.0 / efficiency.0)
}

fn add(found: &mut Vec<Finding>, rule: RuleName, about: &str, text: String, source: &str) {
    let fatal = matches!(rule, RuleName::InverterOverVoltage | RuleName::InverterNeverStarts);
    let (about, source) = (about.to_owned(), source.to_owned());
    found.push(Finding { rule, about, fatal, text, source });
}

fn voltage_class(id: &str, inverter: &Inverter, battery: &Pack<'_>, found: &mut Vec<Finding>) {
    let full = full(battery);
    if full > inverter.high_voltage {
        let text = format!(
            "the full battery has {}, the inverter of {} nominal takes {} at most",
            volts(full),
            volts(inverter.nominal_voltage),
            volts(inverter.high_voltage)
        );
        add(found, RuleName::InverterOverVoltage, id, text, "SESSY-X3");
    }
    if full < inverter.start_voltage {
        let text = format!(
            "the full battery has {}, the inverter starts at {}",
            volts(full),
            volts(inverter.start_voltage)
        );
        add(found, RuleName::InverterNeverStarts, id, text, "SESSY-X3");
    }
}

/// Batteries side by side are taken to share as their ports allow.
fn port_current(id: &str, inverter: &Inverter, feeding: &[Pack<'_>], found: &mut Vec<Finding>) {
    let Some(battery) = feeding.first() else { return };
    let power = dc_power(inverter, inverter.continuous_power);
    let (at_half, at_end) =
        (Amperes(power.0 / battery.nominal_voltage().0), Amperes(power.0 / battery.cut_off().0));
    let given = |limit: Amperes| match feeding.len() {
        1 => format!("the port gives {}", amperes(limit)),
        count => format!("{count} ports give {}", amperes(limit)),
    };
    let text = |limit: Amperes, word: &str| {
        format!(
            "{} of AC take {} at {} and {} at {}; {} {word}",
            watts(inverter.continuous_power),
            amperes(at_half),
            volts(battery.nominal_voltage()),
            amperes(at_end),
            volts(battery.cut_off()),
            given(limit)
        )
    };
    // Of a port that nobody rates nothing can be said.
    let ratings: Option<Vec<PortRating>> = feeding.iter().map(Pack::rating).collect();
    let Some(ratings) = ratings else { return };
    let together =
        |of: fn(&PortRating) -> Amperes| Amperes(ratings.iter().map(|one| of(one).0).sum());
    let continuous = together(|rating| rating.continuous);
    if at_end > continuous {
        let text = text(continuous, "continuously");
        add(found, RuleName::PortContinuousCurrent, id, text, "SESSY-02, SESSY-X1, SESSY-X2");
    }
    let peak = together(|rating| rating.peak);
    if at_end > peak {
        let text = text(peak, "for a short time");
        add(found, RuleName::PortPeakCurrent, id, text, "SESSY-03, SESSY-X1");
    }
}

fn cut_off_order(id: &str, inverter: &Inverter, battery: &Pack<'_>, found: &mut Vec<Finding>) {
    let cut_off = battery.cut_off();
    if inverter.shutdown_voltage < cut_off {
        let text = format!(
            "the BMS opens the port at {}, the inverter would shut down by itself at {}: it never does, and the pairing must be repeated",
            volts(cut_off),
            volts(inverter.shutdown_voltage)
        );
        add(found, RuleName::CutOffOrder, id, text, "SESSY-25, SESSY-X7");
    }
    let rested = highest_up_to(RESTED, battery);
    if inverter.charge_detect_voltage > rested {
        let text = format!(
            "a lock-out ends at {}, the full battery rests at {}",
            volts(inverter.charge_detect_voltage),
            volts(rested)
        );
        let source = "Victron Phoenix 12/250 manual, 4.3, with the defaults for 48 V";
        add(found, RuleName::ChargeDetectDeadEnd, id, text, source);
    }
    if inverter.start_voltage <= inverter.shutdown_voltage {
        let text = format!(
            "it starts at {} and stops at {}",
            volts(inverter.start_voltage),
            volts(inverter.shutdown_voltage)
        );
        let source = "Victron Inverter VE.Direct 120V HW15 manual prints 36.6 V below 37.2 V";
        add(found, RuleName::StartBelowShutdown, id, text, source);
    }
}

/// Loads that an inverter feeds, itself or through a transfer switch.
fn loads_of<'a>(system: &'a System, id: &str) -> Vec<&'a Device> {
    let own = system.device(id);
    let fed_by = |source: usize| system.feeds.iter().filter(move |feed| feed.source == source);
    let mut loads = Vec::new();
    for feed in own.into_iter().flat_map(fed_by) {
        match feed.input {
            None => loads.push(&system.devices[feed.sink]),
            Some(AcInput::Inverter) => {
                loads.extend(fed_by(feed.sink).map(|behind| &system.devices[behind.sink]));
            }
            Some(AcInput::Grid) => {}
        }
    }
    loads
}

fn overload(system: &System, id: &str, inverter: &Inverter, found: &mut Vec<Finding>) {
    let demand = |device: &&Device| device.of_kind().map_or(Watts(0.0), |load: Load| load.power);
    let total: Watts = loads_of(system, id).iter().map(demand).sum();
    if total > inverter.continuous_power {
        let text = format!(
            "its loads ask for {}, it gives {} continuously",
            watts(total),
            watts(inverter.continuous_power)
        );
        let is_box = |feed: &&Feed| {
            Some(feed.source) == system.device(id)
                && system.devices[feed.sink].of_kind::<BackupBox>().is_some()
        };
        let facts = system.feeds.iter().find(is_box).map_or("SESSY-13, SESSY-41", |_| "ALPHA-05");
        add(found, RuleName::InverterOverload, id, text, facts);
    }
}

fn eco(system: &System, id: &str, inverter: &Inverter, found: &mut Vec<Finding>) {
    let Some(eco) = inverter.eco else { return };
    let own = system.device(id);
    let changes_over = |sink: usize| {
        let switch = system.devices[sink].of_kind::<TransferSwitch>();
        switch.is_some_and(|switch| switch.rules.automatic)
    };
    let mut feeds = system.feeds.iter();
    let behind = feeds.find(|feed| Some(feed.source) == own && changes_over(feed.sink));
    if let Some(feed) = behind {
        let text = format!(
            "in ECO mode it shows pulses until it feels {}, and {} puts a load on it only when its voltage is steady",
            watts(eco.wake_power),
            system.devices[feed.sink].id
        );
        let source = "Victron Phoenix 12/250 manual, 4.2";
        add(found, RuleName::EcoBehindTransferSwitch, id, text, source);
    }
    for device in loads_of(system, id) {
        if let Some(load) = device.of_kind::<Load>()
            && load.power < eco.wake_power
        {
            let text = format!(
                "it draws {}, {id} in ECO mode wakes at {}",
                watts(load.power),
                watts(eco.wake_power)
            );
            let source = "Victron Phoenix 12/250 manual, 4.2";
            add(found, RuleName::LoadBelowEcoWake, &device.id, text, source);
        }
    }
}

/// A fuse with every battery that it lies behind.
fn fuse_ratings(
    (system, graph): (&System, &Graph<'_>),
    index: usize,
    fuse: &Fuse,
    found: &mut Vec<Finding>,
) {
    let id = &system.devices[index].id;
    for battery in system.packs() {
        let port = battery.port(graph, Flow::Discharge);
        let downstream = graph.downstream(port);
        if !graph.ends(index).iter().any(|&end| downstream.contains(end)) {
            continue;
        }
        let is_within = graph.passes(index, (battery.plus(), port));
        fuse_interrupts((id, graph), (fuse, is_within), &battery, found);
        let taken = |device: &Device| match device.of_kind::<Inverter>() {
            Some(inverter) if graph.passes(index, (port, inverter.from)) => {
                dc_power(&inverter, inverter.continuous_power)
            }
            _ => Watts(0.0),
        };
        let power: Watts = system.devices.iter().map(taken).sum();
        let current = Amperes(power.0 / battery.cut_off().0);
        if current > fuse.rating {
            let text = format!(
                "the inverters can take {} at {}, the fuse carries {}",
                amperes(current),
                volts(battery.cut_off()),
                amperes(fuse.rating)
            );
            add(found, RuleName::FuseRating, id, text, "SESSY-20, SESSY-X1");
        }
    }
}

fn fuse_interrupts(
    (id, graph): (&str, &Graph<'_>),
    (fuse, is_within): (&Fuse, bool),
    battery: &Pack<'_>,
    found: &mut Vec<Finding>,
) {
    let full = full(battery);
    if full > fuse.voltage_rating {
        let text = format!(
            "the full battery has {}, the fuse interrupts {} DC",
            volts(full),
            volts(fuse.voltage_rating)
        );
        add(found, RuleName::FuseVoltage, id, text, "SESSY-19");
    }
    // A fuse of the pack's own is among what lies between cells and port.
    let beside = if is_within { Ohms(0.0) } else { fuse.resistance };
    let prospective = full / (battery.resistance(graph) + beside);
    if prospective > fuse.breaking_capacity {
        let text = format!(
            "a short behind it draws {}, it interrupts {}",
            amperes(prospective),
            amperes(fuse.breaking_capacity)
        );
        add(found, RuleName::FuseBreakingCapacity, id, text, "SESSY-20");
    }
}

fn interlock(id: &str, switch: &TransferSwitch, found: &mut Vec<Finding>) {
    if !switch.contacts.interlocked {
        let text = "nothing keeps one contact open while the other is closed".to_owned();
        add(found, RuleName::NoInterlock, id, text, "SESSY-30, SESSY-31");
    }
}

fn volts(value: Volts) -> String {
    crate::words::quantity(value.0, "V")
}

fn amperes(value: Amperes) -> String {
    crate::words::quantity(value.0, "A")
}

fn watts(value: Watts) -> String {
    crate::words::quantity(value.0, "W")
}
