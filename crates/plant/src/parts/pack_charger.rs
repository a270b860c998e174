//! What charges cells from the AC source that feeds the pack, behind a meter of its own.

use std::collections::BTreeSet;

use blackstart_scenario::Part;
use blackstart_scenario::kinds::pack_charger::PackChargerAmounts;
use blackstart_scenario::kinds::pairing_rules::PairingRulesAmounts;
use blackstart_trace::{ChargePath, SignalId};
use blackstart_units::{Ohms, SimTime, Volts, Watts};

use super::{Acting, Build, Stage};
use crate::charger::Charger;
use crate::network::{Branch, BranchId, LoadId, NetworkLoad, Quantity};

/// Below this voltage a battery's own electronics draw less.
const ELECTRONICS_MINIMUM: Volts = Volts(10.0);

/// Shunt of the charger.
const METER: Ohms = Ohms(1e-3);

#[derive(Debug)]
struct PackCharger {
    charger: Charger,
    /// A load of negative power, behind its own meter on the cells.
    load: LoadId,
    cells: BranchId,
    /// Between these temperatures it charges, °C.
    limits: (f64, f64),
    stopped_by: BTreeSet<usize>,
    signal: SignalId,
}

pub(super) fn build(part: &Part, into: &mut Build<'_, '_>) -> Option<()> {
    let amounts: PackChargerAmounts = part.amounts()?;
    let Quantity::HighestCell(cells) = into.look(part.links("of").first()?)? else { return None };
    let rules: PairingRulesAmounts = into.part(&part.links("rules").first()?.part)?.amounts()?;
    let (plus, minus) = (into.end(0)?, into.end(1)?);
    let metered = into.installer.builder.node(format!("{}.metered", into.id));
    let mut meter = Branch::new(format!("{}.meter", into.id), plus, metered);
    meter.resistance = METER;
    let meter = into.installer.builder.branch(meter);
    let mut load = NetworkLoad::new(into.id, metered, minus);
    load.minimum_voltage = ELECTRONICS_MINIMUM;
    let load = into.installer.builder.load(load);
    into.offer("current_a", None, Quantity::Current(meter));
    into.delivers(load, true);
    into.is_fed();
    let charger = PackCharger {
        charger: Charger::new(amounts.charge_power_w.watts(), amounts.charge_end_voltage_v.volts()),
        load,
        cells,
        limits: (
            rules.charge_lowest_temperature_c.plain(),
            rules.charge_highest_temperature_c.plain(),
        ),
        stopped_by: BTreeSet::new(),
        signal: into.analog("charge_power_w"),
    };
    into.acts(charger);
    Some(())
}

impl Acting for PackCharger {
    fn feed(&mut self, supply: Volts, stage: &mut Stage<'_>) -> SimTime {
        let network = &*stage.network;
        let warmth = network.value(Quantity::CellTemperature(self.cells));
        let (lowest, highest) = self.limits;
        let is_forbidden = !self.stopped_by.is_empty() || warmth < lowest || warmth > highest;
        let supply = if is_forbidden { Volts(0.0) } else { supply };
        let highest = Volts(network.value(Quantity::HighestCell(self.cells)));
        let mean_soc = network.value(Quantity::MeanSoc(self.cells));
        let power = self.charger.step(supply, highest, mean_soc);
        if stage.network.set_load_power(self.load, -power) {
            stage.moved();
        }
        stage.recorder.held(self.signal, stage.now, power.0);
        self.charger.next(stage.now)
    }

    fn act(&mut self, stage: &mut Stage<'_>) {
        if !self.stopped_by.is_empty() && stage.network.set_load_power(self.load, Watts(0.0)) {
            stage.moved();
        }
    }

    fn hold(&mut self, by: usize, open: bool) {
        match open {
            true => self.stopped_by.insert(by),
            false => self.stopped_by.remove(&by),
        };
    }

    fn charge_path(&self, is_fed: bool) -> Option<ChargePath> {
        Some(self.charger.path(is_fed))
    }
}
