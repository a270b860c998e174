//! Reading and writing a Phoenix's registers.

use blackstart_scenario::Inverter;
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::hex::{
    FLAG_PARAMETER, FLAG_UNKNOWN, FLAG_UNSUPPORTED, RegisterReport, RegisterValue,
};
use blackstart_wire::ve_direct::phoenix::{PhoenixItem, RegisterForm, item_of_register};

use super::settings::{DC_RANGE, Refusal};
use super::{Phoenix, SERIAL};
use crate::emulate::View;

/// Load AES mode, and AC apparent power: bits 25 and 29.
const CAPABILITIES: u32 = 1 << 25 | 1 << 29;
/// Of the output's set point: a guess, the set point itself cannot be moved.
const AC_SET_POINT_RANGE: (f64, f64) = (210.0, 245.0);

/// What stands on the inverter's plate, in the item's unit.
pub(super) fn plate(name: &str, model: &Inverter) -> Option<f64> {
    Some(match name {
        "capabilities" => CAPABILITIES.into(),
        "ac_voltage_set_point_min_v" => AC_SET_POINT_RANGE.0,
        "ac_voltage_set_point_max_v" => AC_SET_POINT_RANGE.1,
        "ac_nominal_voltage_v" => model.output_voltage.0,
        "ac_rated_power_w" => model.rated_power.0,
        "dc_voltage_setting_min_v" => DC_RANGE.0,
        "dc_voltage_setting_max_v" => DC_RANGE.1,
        _ => return None,
    })
}

fn report(register: u16, outcome: Result<RegisterValue, u8>) -> RegisterReport {
    let (flags, value) = match outcome {
        Ok(value) => (0, value),
        Err(flag) => (flag, RegisterValue::new(&[]).expect("nothing fits")),
    };
    RegisterReport { register, flags, value }
}

impl Phoenix {
    /// What a register holds.
    pub(super) fn read(&self, register: u16, at: SimTime, view: &View<'_>) -> RegisterReport {
        report(register, self.value_of(register, at, view))
    }

    fn value_of(&self, register: u16, at: SimTime, view: &View<'_>) -> Result<RegisterValue, u8> {
        let item = item_of_register(register).ok_or(FLAG_UNKNOWN)?;
        match item.register.map(|register| register.form) {
            Some(RegisterForm::Text) => {
                RegisterValue::new(SERIAL.as_bytes()).ok_or(FLAG_UNSUPPORTED)
            }
            Some(RegisterForm::Command) | None => Err(FLAG_UNSUPPORTED),
            Some(_) => {
                let state = self.state(at, view);
                let number = if item.name == "settings_changed" {
                    Some(self.settings_changed)
                } else {
                    self.number(item.name, &state, at, view)
                };
                let value = number.and_then(|number| item.to_register(number).ok());
                value.ok_or(FLAG_UNSUPPORTED)
            }
        }
    }

    /// Writes a register; the answer holds what it holds afterwards.
    pub(super) fn write(
        &mut self,
        register: u16,
        value: &RegisterValue,
        at: SimTime,
        view: &View<'_>,
    ) -> RegisterReport {
        let Some(item) = item_of_register(register) else {
            return report(register, Err(FLAG_UNKNOWN));
        };
        match self.take(item, value) {
            Ok(true) => {
                self.settings_changed = at.as_seconds();
                self.read(register, at, view)
            }
            Ok(false) => report(register, Ok(*value)),
            Err(flag) => report(register, Err(flag)),
        }
    }

    /// Whether a setting was written; `false` for a command that was obeyed.
    fn take(&mut self, item: &PhoenixItem, value: &RegisterValue) -> Result<bool, u8> {
        let register = item.register.filter(|register| register.writable);
        let register = register.ok_or(FLAG_UNSUPPORTED)?;
        if register.form == RegisterForm::Command {
            // Alarms of the simulated control end by themselves: there is nothing to acknowledge.
            return Ok(false);
        }
        let number = item.from_register(value).ok_or(FLAG_PARAMETER)?;
        match self.settings.set(item.name, number, &mut self.effects) {
            Ok(()) => Ok(true),
            Err(Refusal::Unsupported) => Err(FLAG_UNSUPPORTED),
            Err(Refusal::Parameter) => Err(FLAG_PARAMETER),
        }
    }
}
