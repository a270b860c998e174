//! What a Phoenix shows of its own state, from the trace.

use blackstart_scenario::Inverter;
use blackstart_trace::{Catalogue, SignalId};
use blackstart_units::SimTime;
use blackstart_wire::ve_direct::phoenix::codes::{alarm, off_reason, state};

use super::settings::PhoenixSettings;
use crate::emulate::{StatePin, View};

const JOULES_PER_KWH: f64 = 3.6e6;
/// States of the simulated control in which it has stopped for a reason of its own.
const FAULTS: [&str; 3] = ["low-voltage", "overload", "high-voltage"];

/// Its signals.
#[derive(Clone, Debug)]
pub(super) struct Pins {
    control: StatePin,
    ac_voltage: SignalId,
    ac_power: SignalId,
    ac_frequency: SignalId,
    dc_voltage: SignalId,
    dc_current: SignalId,
}

/// What it shows at an instant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct State {
    code: u8,
    alarm: u16,
    warning: u16,
    off_reason: u32,
    ac_voltage: f64,
    ac_current: f64,
    apparent: f64,
    frequency: f64,
    dc_voltage: f64,
    dc_current: f64,
}

impl State {
    /// The value of an item that is measured or derived from the state.
    pub fn number(&self, name: &str) -> Option<f64> {
        Some(match name {
            "state" => self.code.into(),
            "alarm_reason" => self.alarm.into(),
            "warning_reason" => self.warning.into(),
            "off_reason" => self.off_reason.into(),
            "ac_out_voltage_v" => self.ac_voltage,
            "ac_out_current_a" => self.ac_current,
            "ac_out_apparent_power_va" => self.apparent,
            "ac_frequency_hz" => self.frequency,
            "dc_voltage_v" => self.dc_voltage,
            "dc_current_a" => self.dc_current,
            _ => return None,
        })
    }
}

impl Pins {
    /// The signals of an inverter; `None` when it has not all of them.
    pub fn find(catalogue: &Catalogue, id: &str) -> Option<Self> {
        let find = |name: &str| catalogue.find(&format!("{id}.{name}"));
        Some(Self {
            control: StatePin::find(catalogue, &format!("{id}.state"))?,
            ac_voltage: find("ac_voltage_v")?,
            ac_power: find("ac_power_w")?,
            ac_frequency: find("ac_frequency_hz")?,
            dc_voltage: find("dc_voltage_v")?,
            dc_current: find("dc_current_a")?,
        })
    }

    /// How long it has inverted.
    pub fn running_time(&self, at: SimTime, view: &View<'_>) -> SimTime {
        view.time_in(&self.control, at, "running")
    }

    /// What it has given, in kWh: the register counts kVAh, and the trace holds real power.
    pub fn energy_kwh(&self, at: SimTime, view: &View<'_>) -> f64 {
        view.integral(self.ac_power, at) / JOULES_PER_KWH
    }

    /// What it shows. The current is that out of the battery, negative as Victron's battery monitors
    /// count (a guess: no document shows the sign for an inverter).
    pub fn state(
        &self,
        model: &Inverter,
        settings: &PhoenixSettings,
        at: SimTime,
        view: &View<'_>,
    ) -> State {
        let value = |signal| view.value(signal, at).unwrap_or_default();
        let ac_voltage = value(self.ac_voltage);
        let power = value(self.ac_power);
        // The trace holds real power; the load's power factor is what its control sees.
        let (wanted, wanted_apparent) =
            (view.reading("ac_power_w"), view.reading("ac_apparent_va"));
        let per_watt = match (wanted, wanted_apparent) {
            (Some(watts), Some(va)) if watts > 0.0 => va / watts,
            _ => 1.0,
        };
        let apparent = power * per_watt;
        let dc_voltage = value(self.dc_voltage);
        let control = view.state(&self.control, at).unwrap_or("off");
        // What a lock-out came from is the last thing that went wrong.
        let fault = match control {
            "locked-out" => view.last_of(&self.control, at, &FAULTS).unwrap_or("low-voltage"),
            control => control,
        };
        let low = dc_voltage < settings.low_alarm();
        let runs = matches!(control, "running" | "searching");
        let off_reason = match control {
            "off" => reasons_to_be_off(settings, view),
            "waiting" if low => off_reason::LOW_BATTERY,
            "low-voltage" => off_reason::LOW_BATTERY,
            "locked-out" if fault == "low-voltage" => {
                off_reason::LOW_BATTERY | off_reason::PROTECTION
            }
            "overload" | "high-voltage" | "locked-out" => off_reason::PROTECTION,
            _ => 0,
        };
        let starved = !runs && dc_voltage < model.minimum_voltage.0;
        State {
            code: match control {
                "running" => state::INVERTING,
                "searching" => state::LOW_POWER,
                "low-voltage" | "overload" | "high-voltage" | "locked-out" => state::FAULT,
                _ => state::OFF,
            },
            alarm: match fault {
                "low-voltage" => alarm::LOW_VOLTAGE,
                "overload" => alarm::OVERLOAD,
                "high-voltage" => alarm::HIGH_VOLTAGE,
                _ => 0,
            },
            warning: if runs && low { alarm::LOW_VOLTAGE } else { 0 },
            off_reason: off_reason | if starved { off_reason::NO_INPUT } else { 0 },
            ac_voltage,
            ac_current: if ac_voltage > 0.0 { apparent / ac_voltage } else { 0.0 },
            apparent,
            frequency: value(self.ac_frequency),
            dc_voltage,
            dc_current: -value(self.dc_current),
        }
    }
}

/// Who keeps it off: there may be several at once.
fn reasons_to_be_off(settings: &PhoenixSettings, view: &View<'_>) -> u32 {
    let is_off = |name| view.reading(name).is_some_and(|value| value < 0.5);
    let mut reasons = 0;
    if settings.is_ordered_off() {
        reasons |= off_reason::SOFT_SWITCH;
    }
    if is_off("front_switch") {
        reasons |= off_reason::HARD_SWITCH;
    }
    if is_off("remote") {
        reasons |= off_reason::REMOTE_INPUT;
    }
    reasons
}
