//! A consumer on the AC side.

use blackstart_scenario::{Load, OfPart, Part};

use super::Build;
use crate::ac::AcConsumer;
use crate::supply::LoadSignals;

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = Load::of(part)?;
    let signals = LoadSignals {
        demand: into.analog("demand_w"),
        power: into.analog("power_w"),
        voltage: into.analog("ac_voltage_v"),
        supplied: into.state("supplied", &["no", "yes"]),
    };
    into.installer.ac_signals.loads.push(signals);
    let load = AcConsumer::new(into.id.to_owned(), model);
    into.installer.ac.consumers.push(load);
    Some(())
}
