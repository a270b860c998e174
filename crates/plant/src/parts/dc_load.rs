//! A consumer on a DC bus: constant power while it is on.

use blackstart_scenario::{DcLoad, OfPart, Part};

use super::Build;
use crate::dc::DcConsumer;
use crate::network::{NetworkLoad, Quantity};

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let model = DcLoad::of(part)?;
    let (from, to) = (into.end(0)?, into.end(1)?);
    let mut load = NetworkLoad::new(into.id, from, to);
    load.power = model.power;
    load.minimum_voltage = model.minimum_voltage;
    let load = into.installer.builder.load(load);
    into.probe("power_w", Quantity::LoadPower(load), 1.0);
    let voltage = Quantity::Difference(from, to);
    into.probe("dc_voltage_v", voltage, 1.0);
    let state = into.state("state", &["off", "on"]);
    into.installer.dc.loads.push(DcConsumer {
        id: into.id.to_owned(),
        model,
        load,
        state,
        voltage,
        demand: model.power,
        remote_on: true,
    });
    Some(())
}
