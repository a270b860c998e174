//! A diode: two straight lines.

use blackstart_scenario::{Diode, OfPart, Part};

use super::Build;
use crate::network::{Branch, DiodeGate, Gate, Quantity};

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let diode = Diode::of(part)?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    let (drop, on) = (diode.forward_voltage, diode.on_resistance);
    branch.gate = Gate::Diode(DiodeGate { drop, on, off: diode.reverse_resistance });
    let branch = into.installer.builder.branch(branch);
    into.probe("current_a", Quantity::Current(branch), 1.0);
    Some(())
}
