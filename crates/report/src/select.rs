//! Which signals are drawn where, from their names alone.
//!
//! Truth is drawn (`<instance>.<signal>`, one dot), and of what roles say the claimed state
//! (`<role>.claim.state`). Readings and commands of roles repeat the truth and are left to the trace.

use blackstart_trace::{Signal, SignalId, SignalKind, Trace};

/// What one panel shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    pub title: String,
    /// Unit suffix of its signals.
    pub unit: String,
    pub signals: Vec<SignalId>,
}

/// The three families of which a zoom shows two.
pub(crate) fn voltages(trace: &Trace) -> Group {
    group(trace, "Voltage", "v", |signal| !signal.name.contains("cell") && !is_ac(signal))
}

/// RMS voltages: on one axis with the battery's these would hide it.
fn ac_voltages(trace: &Trace) -> Group {
    group(trace, "AC voltage", "v", is_ac)
}

fn is_ac(signal: &Signal) -> bool {
    signal.name.ends_with(".ac_voltage_v")
}

pub(crate) fn cell_voltages(trace: &Trace) -> Group {
    group(trace, "Cells", "v", |signal| signal.name.contains("cell") && !is_ac(signal))
}

pub(crate) fn currents(trace: &Trace) -> Group {
    group(trace, "Current", "a", |_| true)
}

/// The panels of the overview that have signals, and the names of signals that are left out because
/// they are zero throughout.
pub(crate) fn overview(trace: &Trace) -> (Vec<Group>, Vec<String>) {
    let mut groups = vec![
        voltages(trace),
        currents(trace),
        group(trace, "Power", "w", |_| true),
        cell_voltages(trace),
        ac_voltages(trace),
    ];
    let mut others: Vec<&str> = Vec::new();
    for (_, signal) in trace.catalogue().iter().filter(|(_, signal)| is_quantity(signal)) {
        if !["v", "a", "w", "pct"].contains(&signal.unit()) && !others.contains(&signal.unit()) {
            others.push(signal.unit());
        }
    }
    groups.extend(others.into_iter().map(|unit| group(trace, title_of(unit), unit, |_| true)));
    let mut zero = Vec::new();
    for group in &mut groups {
        // A pack at zero volts is news, an empty power balance is not.
        let keeps_zero = ["v", "a"].contains(&group.unit.as_str());
        group.signals.retain(|&id| {
            let keep = keeps_zero || !is_zero(trace, id);
            if !keep {
                zero.push(trace.catalogue().signal(id).name.clone());
            }
            keep
        });
    }
    groups.retain(|group| !group.signals.is_empty());
    (groups, zero)
}

/// Percentages, which share the right-hand axis from 0 to 100: states of charge always, others
/// (damage of a fuse) once they leave zero.
pub(crate) fn percentages(trace: &Trace) -> Group {
    let is_charge = |id: SignalId| trace.catalogue().signal(id).name.contains("soc");
    let mut group = group(trace, "Charge", "pct", |_| true);
    group.signals.retain(|&id| is_charge(id) || !is_zero(trace, id));
    if !group.signals.iter().all(|&id| is_charge(id)) {
        group.title = "Charge, damage".to_owned();
    }
    group
}

/// State signals that get a lane: what the BMS says and does, then the others in order of declaration.
pub(crate) fn lanes(trace: &Trace) -> Vec<SignalId> {
    let is_lane = |signal: &Signal| {
        let is_truth = signal.name.matches('.').count() == 1;
        matches!(signal.kind, SignalKind::State(_))
            && (is_truth || signal.name.ends_with(".claim.state"))
    };
    let rank = |signal: &Signal| {
        const FIRST: [&str; 3] = [".claim.state", ".main_switch", ".precharge_switch"];
        FIRST.iter().position(|last| signal.name.ends_with(last)).unwrap_or(FIRST.len())
    };
    let lanes = trace.catalogue().iter().filter(|(_, signal)| is_lane(signal));
    let lanes = lanes.filter(|&(id, _)| !trace.series(id).values().is_empty());
    let mut lanes: Vec<_> = lanes.map(|(id, signal)| (rank(signal), id)).collect();
    lanes.sort();
    lanes.into_iter().map(|(_, id)| id).collect()
}

/// The name of a state signal's value.
pub(crate) fn state_name(signal: &Signal, value: f64) -> &str {
    match &signal.kind {
        // A value that is no index saturates to one that no signal has, or to the first.
        SignalKind::State(names) => names.get(value as usize).map_or("?", String::as_str),
        SignalKind::Analog | SignalKind::Held => "?",
    }
}

/// The instance that a path belongs to: `sessy-1` of `sessy-1.bms`.
pub(crate) fn instance(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn group(trace: &Trace, title: &str, unit: &str, wanted: impl Fn(&Signal) -> bool) -> Group {
    let signals = trace.catalogue().iter().filter(|(id, signal)| {
        is_quantity(signal)
            && signal.unit() == unit
            && wanted(signal)
            && !trace.series(*id).values().is_empty()
    });
    // The battery's own first: of curves that coincide the first gives its name.
    let is_other =
        |signal: &Signal| !["pack", "port", "soc"].iter().any(|own| signal.name.contains(own));
    let mut signals: Vec<_> = signals.map(|(id, signal)| (is_other(signal), id)).collect();
    signals.sort();
    let signals = signals.into_iter().map(|(_, id)| id).collect();
    Group { title: title.to_owned(), unit: unit.to_owned(), signals }
}

fn is_quantity(signal: &Signal) -> bool {
    signal.is_quantity() && signal.name.matches('.').count() == 1
}

fn is_zero(trace: &Trace, id: SignalId) -> bool {
    trace.series(id).values().iter().all(|&value| value == 0.0)
}

fn title_of(unit: &str) -> &str {
    match unit {
        "j" | "wh" => "Energy",
        "c" => "Temperature",
        "hz" => "Frequency",
        "ah" => "Charge",
        _ => "",
    }
}
