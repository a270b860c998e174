//! What a BMS finds out about its bank by itself: voltage, and whether its batteries go together.
//!
//! Voltages are nominal: those of the batteries, added up along cables, fuses and diodes.

use crate::external_bms::ExternalBms;
use crate::graph::Graph;
use crate::kinds::battery_module::BatteryModule;
use crate::resolved::{Device, System};

/// Nominal voltage of one battery of four cells, for which voltages of a BMS are stated.
const OF_ONE: f64 = 12.8;
/// Nominal voltages that differ by less than this share are the same.
const ALIKE: f64 = 0.01;
/// Capacities that differ by less than this share are those of one type, some of it aged: types lie
/// a third and more apart.
const SAME_TYPE: f64 = 0.2;

impl System {
    /// A BMS with what it has found out of its bank; `None` of what is no BMS.
    pub fn bms(&self, id: &str) -> Option<ExternalBms> {
        let index = self.device(id)?;
        let mut bms: ExternalBms = self.devices[index].of_kind()?;
        let times = Graph::of(self).nominal_voltage(bms.bank()).map(|volts| volts.0 / OF_ONE);
        let served = self.heard(index).all(|(battery, _)| self.serves(index, battery));
        bms.rules.valid_bank = served && self.is_bank_uniform(index);
        if let (Some(charge), Some(times)) =
            (&mut bms.rules.charge, times.filter(|&times| times > 0.0))
        {
            charge.charged_voltage = charge.charged_voltage * times;
        }
        Some(bms)
    }

    /// The batteries that a BMS hears, with their devices.
    pub fn heard(&self, bms: usize) -> impl Iterator<Item = (&Device, BatteryModule)> {
        let cables = self.bms_cables.iter().filter(move |cable| cable.bms == bms);
        cables.flat_map(|cable| &cable.modules).filter_map(|&module| {
            let device = &self.devices[module];
            device.of_kind().map(|module| (device, module))
        })
    }

    /// Whether a BMS is made for a battery, as far as either says.
    pub fn serves(&self, bms: usize, battery: &Device) -> bool {
        let serves = &self.devices[bms].fits.serves;
        battery.fits.family.as_ref().is_none_or(|one| serves.is_empty() || serves.contains(one))
    }

    /// Whether the batteries that a BMS hears are alike, and every string has the same voltage.
    pub fn is_bank_uniform(&self, bms: usize) -> bool {
        let mut heard = self.heard(bms);
        let Some((_, first)) = heard.next() else { return true };
        let differs = |a: f64, b: f64| (a / b - 1.0).abs();
        self.strings_agree(bms)
            && heard.all(|(_, other)| {
                differs(other.nominal_voltage.0, first.nominal_voltage.0) < ALIKE
                    && differs(other.capacity.0, first.capacity.0) < SAME_TYPE
            })
    }

    /// Whether no two ways to a node along the batteries of a BMS have different voltages.
    fn strings_agree(&self, bms: usize) -> bool {
        let graph = Graph::of(self);
        self.heard(bms).all(|(_, module)| {
            let ends = (graph.nominal_voltage(module.from), graph.nominal_voltage(module.to));
            let (Some(from), Some(to)) = ends else { return true };
            ((to - from).0 / module.nominal_voltage.0 - 1.0).abs() < ALIKE
        })
    }
}
