//! A capacitor, and beside it what leaks.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::capacitor;
use blackstart_units::Siemens;

use super::Build;
use crate::network::{Branch, Capacitor, NetworkLoad, Quantity};

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: capacitor::CapacitorAmounts = part.amounts()?;
    let (from, to) = (into.end(0)?, into.end(1)?);
    let mut branch = Branch::new(into.id, from, to);
    branch.resistance = amounts.esr_mohm.ohms();
    branch.capacitor = Some(Capacitor {
        capacitance: amounts.capacitance_f.farads(),
        voltage: amounts.capacitor_voltage_v.volts(),
    });
    let branch = into.installer.builder.branch(branch);
    let mut leak = NetworkLoad::new(format!("{}.leak", into.id), from, to);
    leak.conductance = Siemens(1.0 / amounts.leakage_kohm.ohms().0);
    into.installer.builder.load(leak);
    for (name, quantity) in [
        ("current_a", Quantity::Current(branch)),
        ("voltage_v", Quantity::CapacitorVoltage(branch)),
    ] {
        into.offer(name, None, quantity);
        into.probe(name, quantity, 1.0);
    }
    Some(())
}
