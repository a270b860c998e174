//! A cable: resistance and inductance.

use blackstart_scenario::{Cable, OfPart, Part};

use super::Build;
use crate::network::Branch;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let cable = Cable::of(part)?;
    let mut branch = Branch::new(into.id, into.end(0)?, into.end(1)?);
    branch.resistance = cable.resistance;
    branch.inductance = cable.inductance;
    into.installer.builder.branch(branch);
    Some(())
}
