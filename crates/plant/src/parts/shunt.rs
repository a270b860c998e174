//! A shunt in the network.

use blackstart_scenario::Part;
use blackstart_scenario::kinds::shunt::Shunt;

use super::Build;
use crate::network::{Branch, Quantity, RippleShare, Sense};

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: Shunt = part.amounts()?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.resistance = amounts.resistance_mohm.ohms();
    branch.inductance = amounts.path_inductance_uh.henries();
    branch.sense = Some(Sense {
        lag: amounts.sense_filter_us.seconds(),
        lead: amounts.shunt_time_us.seconds(),
    });
    let branch = into.installer.builder.branch(branch);
    into.offer("current_a", None, Quantity::Current(branch));
    into.probe("current_a", Quantity::Current(branch), 1.0);
    let crest = Quantity::RippledCurrent(branch, RippleShare::new(1.0));
    into.probe("current_crest_a", crest, 1.0);
    Some(())
}
