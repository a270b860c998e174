//! Rules about parts of packs that are drawn one by one.

use blackstart_scenario::{Graph, Part, RuleName, System};
use blackstart_units::Volts;

use super::{Finding, add, volts};

/// Every rule about parts that the system breaks.
pub(super) fn part_findings(system: &System, graph: &Graph<'_>, found: &mut Vec<Finding>) {
    for (index, device) in system.devices.iter().enumerate() {
        let part = &device.model;
        let Some((most, what)) = breaks_at(part) else { continue };
        let Some(string) = graph.string_voltage(index).filter(|string| string.0 > most.0) else {
            continue;
        };
        let text = format!(
            "it {what} at {}: when it opens alone it has the {} of the whole string across it",
            volts(most),
            volts(string)
        );
        add(found, RuleName::SwitchVoltage, &device.id, text, "common practice");
    }
}

/// The voltage at which an open switch is none, and how. One that blocks the current of a charger alone has
/// no load across it.
fn breaks_at(part: &Part) -> Option<(Volts, &'static str)> {
    let avalanche = part.amount("clamp_voltage_v").filter(|_| part.word("blocks") != "reverse");
    let arc = part.amount("arc_voltage_v");
    let avalanche = avalanche.map(|most| (most.volts(), "breaks through"));
    avalanche.or(arc.map(|most| (most.volts(), "holds its arc")))
}
