//! One parameter of a resolved system at another value: what corners are made of.

use crate::resolved::{Battery, Model, System};
use crate::unit::Amount;

impl System {
    /// Changes what a parameter of a device file stands for, from one value to another, both in the
    /// unit of its key. `false` for a parameter that has no part in what happens within
    /// milliseconds on the DC side: that of a controller, of a long run, of the AC side.
    pub fn vary(&mut self, path: &str, from: f64, to: f64) -> bool {
        let Some((id, key)) = path.rsplit_once('.') else { return false };
        let Some(device) = self.devices.iter_mut().find(|device| device.id == id) else {
            return false;
        };
        let ratio = to / from;
        if !ratio.is_finite() {
            return false;
        }
        match (&mut device.model, key) {
            (Model::Part(part), key) => return part.set_amount(key, Amount::new(key, to)),
            (Model::Battery(battery), key) => return vary_battery(battery, key, ratio),
            (Model::Inverter(inverter), "input_capacitance_mf") => {
                inverter.input_capacitance = inverter.input_capacitance * ratio;
            }
            (Model::Inverter(inverter), "input_esr_mohm") => {
                inverter.input_esr = inverter.input_esr * ratio;
            }
            (Model::Inverter(inverter), "ripple_pct") => {
                inverter.ripple = inverter.ripple * ratio;
            }
            (Model::Fuse(fuse), "resistance_mohm") => fuse.resistance = fuse.resistance * ratio,
            (Model::Cable(cable), "inductance_uh_per_m") => {
                cable.inductance = cable.inductance * ratio;
            }
            (Model::Cable(cable), "contact_resistance_mohm") => {
                cable.resistance += blackstart_units::Ohms((to - from) * 1e-3);
            }
            _ => return false,
        }
        true
    }
}

fn vary_battery(battery: &mut Battery, key: &str, ratio: f64) -> bool {
    let time = |span: blackstart_units::SimTime| {
        blackstart_units::SimTime::from_seconds(span.as_seconds() * ratio)
    };
    match key {
        "resistance_mohm" => {
            battery.cells.iter_mut().for_each(|cell| cell.resistance = cell.resistance * ratio);
        }
        "path_resistance_mohm" => battery.resistance = battery.resistance * ratio,
        "path_inductance_uh" => battery.inductance = battery.inductance * ratio,
        "switch_on_resistance_mohm" => {
            battery.switch.on_resistance = battery.switch.on_resistance * ratio;
        }
        "scd_threshold_a" => battery.scd.threshold = battery.scd.threshold * ratio,
        "scd_delay_us" => battery.scd.delay = time(battery.scd.delay),
        "ocd_threshold_a" => battery.ocd.threshold = battery.ocd.threshold * ratio,
        "sense_filter_us" => battery.sense_filter = battery.sense_filter * ratio,
        "shunt_time_us" => battery.shunt_time = battery.shunt_time * ratio,
        "ocd_delay_ms" => battery.ocd.delay = time(battery.ocd.delay),
        _ => return false,
    }
    true
}
