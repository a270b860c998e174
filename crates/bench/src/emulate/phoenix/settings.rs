//! The registers of a Phoenix that hold a setting, and what each is in the inverter's control.
//!
//! Initial values are those of the inverter's device file. A setting without a key is one that the
//! simulated inverter cannot follow: it can be read, and every other value is refused.

use blackstart_scenario::Inverter;
use blackstart_wire::ve_direct::phoenix::codes::mode;

use crate::emulate::Effect;

/// Low-voltage settings take 0 to 100 V (Victron's HW15 manual).
pub(super) const DC_RANGE: (f64, f64) = (0.0, 100.0);
/// Of the load search: a guess.
const POWER_RANGE: (f64, f64) = (0.0, 1_000.0);
/// Of the time between two searches: a guess.
const INTERVAL_RANGE: (f64, f64) = (0.25, 60.0);
/// Of a pulse, in periods of the AC side: a guess.
const PULSE_RANGE: (f64, f64) = (1.0, 255.0);
/// A public emulator's register 0xEB10.
const USUAL_PULSE: f64 = 8.0;
/// Phoenix 12/250 manual, 4.2.
const USUAL_WAKE_POWER: f64 = 15.0;
/// Same.
const USUAL_INTERVAL: f64 = 2.5;

/// One setting.
#[derive(Clone, Debug)]
struct Setting {
    /// Items that show it; the first one's unit is its own.
    items: &'static [&'static str],
    value: f64,
    range: (f64, f64),
    /// Its key in the inverter's control, and the key's unit in its own.
    key: Option<(&'static str, f64)>,
}

/// All settings of one inverter.
#[derive(Clone, Debug)]
pub(super) struct PhoenixSettings {
    mode: u8,
    settings: Vec<Setting>,
}

/// Why a value is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nothing in the inverter could follow.
    Unsupported,
    /// It is out of range.
    Parameter,
}

impl PhoenixSettings {
    /// As the device file has them.
    pub fn of(model: &Inverter) -> Self {
        let obeyed = |items, value, range, key| Setting { items, value, range, key: Some(key) };
        let fixed = |items, value| Setting { items, value, range: (value, value), key: None };
        let period_ms = 1_000.0 / model.output_frequency;
        let (wake, interval, pulse) =
            model.eco.map_or((USUAL_WAKE_POWER, USUAL_INTERVAL, USUAL_PULSE), |eco| {
                let pulse = 1e3 * eco.pulse.as_seconds() / period_ms;
                (eco.wake_power.0, eco.interval.as_seconds(), pulse)
            });
        let shutdown = model.shutdown_voltage.0;
        let settings = vec![
            obeyed(&["shutdown_low_voltage_v"], shutdown, DC_RANGE, ("shutdown_voltage_v", 1.0)),
            // "Low battery restart and alarm", and "charge detect": as one emulator reads these two.
            obeyed(
                &["low_voltage_alarm_set_v"],
                model.start_voltage.0,
                DC_RANGE,
                ("start_voltage_v", 1.0),
            ),
            obeyed(
                &["low_voltage_alarm_clear_v"],
                model.charge_detect_voltage.0,
                DC_RANGE,
                ("charge_detect_voltage_v", 1.0),
            ),
            obeyed(
                &["load_sense_threshold_w", "load_sense_clear_w"],
                wake,
                POWER_RANGE,
                ("eco_wake_power_w", 1.0),
            ),
            obeyed(
                &["eco_retry_quarter_time_s", "eco_retry_time_s"],
                interval,
                INTERVAL_RANGE,
                ("eco_search_interval_s", 1.0),
            ),
            obeyed(&["eco_detect_periods"], pulse, PULSE_RANGE, ("eco_pulse_ms", period_ms)),
            fixed(
                &["high_voltage_alarm_set_v", "high_voltage_alarm_clear_v"],
                model.high_voltage.0,
            ),
            fixed(&["relay_mode"], 0.0),
            fixed(&["ac_voltage_set_point_v"], model.output_voltage.0),
            fixed(&["wave"], if model.output_frequency < 55.0 { 1.0 } else { 0.0 }),
            fixed(&["eco_minimum_current"], 0.0),
            fixed(
                &[
                    "dynamic_cut_off_factor_5_v",
                    "dynamic_cut_off_factor_250_v",
                    "dynamic_cut_off_factor_700_v",
                    "dynamic_cut_off_factor_2000_v",
                ],
                shutdown,
            ),
            // Disabled by default (Victron's HW15 manual).
            fixed(&["dynamic_cut_off"], 0.0),
        ];
        Self { mode: if model.eco.is_some() { mode::ECO } else { mode::ON }, settings }
    }

    /// The value of an item that is a setting.
    pub fn number(&self, name: &str) -> Option<f64> {
        if name == "mode" {
            return Some(self.mode.into());
        }
        self.find(name).map(|setting| setting.value)
    }

    /// Battery voltage below which it warns, V.
    pub fn low_alarm(&self) -> f64 {
        self.number("low_voltage_alarm_set_v").unwrap_or_default()
    }

    /// Whether the mode register says off.
    pub fn is_ordered_off(&self) -> bool {
        self.mode == mode::OFF
    }

    /// Takes a new value; the control hears of it by what is appended to `effects`.
    pub fn set(
        &mut self,
        name: &str,
        value: f64,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        if name == "mode" {
            return self.set_mode(value, effects);
        }
        let found = self.settings.iter_mut().find(|setting| setting.items.contains(&name));
        let setting = found.ok_or(Refusal::Unsupported)?;
        let Some((key, unit)) = setting.key else {
            // To write what is there already changes nothing.
            return if value == setting.value { Ok(()) } else { Err(Refusal::Unsupported) };
        };
        if !(setting.range.0..=setting.range.1).contains(&value) {
            return Err(Refusal::Parameter);
        }
        setting.value = value;
        effects.push(Effect::Set { setting: key, value: value * unit });
        Ok(())
    }

    fn set_mode(&mut self, value: f64, effects: &mut Vec<Effect>) -> Result<(), Refusal> {
        let (on, eco) = match value as u8 {
            mode::ON => (1.0, 0.0),
            mode::OFF => (0.0, 0.0),
            mode::ECO => (1.0, 1.0),
            _ => return Err(Refusal::Parameter),
        };
        self.mode = value as u8;
        effects.push(Effect::Set { setting: "eco", value: eco });
        effects.push(Effect::Set { setting: "on", value: on });
        Ok(())
    }

    fn find(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.items.contains(&name))
    }
}
