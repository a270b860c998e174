//! Rows of battery management, and what rows are written with.

use crate::pin::{Direction, Pin, PinForm, PinRange};
use crate::protection::Protection;
use crate::role::{Alarm, Role, RoleKind};

/// One count is one of the unit; milli, and so on.
pub(crate) const ONES: PinForm = PinForm::Quantity { exponent: 0 };
pub(crate) const TENTHS: PinForm = PinForm::Quantity { exponent: -1 };
pub(crate) const HUNDREDTHS: PinForm = PinForm::Quantity { exponent: -2 };
pub(crate) const MILLI: PinForm = PinForm::Quantity { exponent: -3 };
pub(crate) const TENTHS_OF_MILLI: PinForm = PinForm::Quantity { exponent: -4 };

pub(crate) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

pub(crate) fn states(list: &[&str]) -> PinForm {
    PinForm::States(names(list))
}

pub(crate) fn open_closed() -> PinForm {
    states(&["open", "closed"])
}

pub(crate) fn no_yes() -> PinForm {
    states(&["no", "yes"])
}

pub(crate) fn released_pulled() -> PinForm {
    states(&["released", "pulled"])
}

pub(crate) fn off_on() -> PinForm {
    states(&["off", "on"])
}

pub(crate) fn reading(name: &str, form: PinForm, range: PinRange, meaning: &str) -> Pin {
    Pin::new(Direction::Reading, name, form, range, meaning)
}

pub(crate) fn command(name: &str, form: PinForm, range: PinRange, meaning: &str) -> Pin {
    Pin::new(Direction::Command, name, form, range, meaning)
}

pub(crate) fn claim(name: &str, form: PinForm, range: PinRange, meaning: &str) -> Pin {
    Pin::new(Direction::Claim, name, form, range, meaning)
}

pub(crate) fn alarms(rows: &[(&str, Option<Protection>)]) -> Vec<Alarm> {
    rows.iter().map(|&(name, stands_for)| Alarm::new(name, stands_for)).collect()
}

/// A pack with switches and front end of its own.
#[rustfmt::skip]
pub(crate) fn battery_management() -> Role {
    use PinRange::{Any, Cell, NotNegative, Pack, PackCurrent, Port};
    let front_end = PinForm::Bits(names(&["scd", "ocd", "front-end-ovp", "front-end-uvp"]));
    let state = states(&["off", "precharge", "on", "tripped", "empty", "locked-out", "deep-sleep"]);
    Role {
        kind: RoleKind::BatteryManagement,
        title: "Battery management of a pack".to_owned(),
        pins: vec![
            reading("cell-*_voltage_v", TENTHS_OF_MILLI, Cell, "of each cell, counted from the negative end"),
            reading("pack_current_a", MILLI, PackCurrent, "discharge positive"),
            reading("pack_voltage_v", MILLI, Pack, "cell side of the main switch"),
            reading("port_voltage_v", MILLI, Port, "outer side of the main switch"),
            reading("passed_charge_c", HUNDREDTHS, Any, "coulomb counter, discharge positive"),
            reading("pack_temperature_c", HUNDREDTHS, Any, "of the cells"),
            reading("front_end_status", front_end, Any, "what the front end has latched"),
            reading("pairing_request", PinForm::Number, Any, "how often the pairing button was pressed"),
            reading("port_request", no_yes(), Any, "whether the battery's control wants the port closed"),
            reading("stored_paired", no_yes(), Any, "what non-volatile memory held at power-up"),
            reading("stored_soc_pct", HUNDREDTHS, Any, "the same; 0 where nothing was stored").optional(),
            reading("stored_trips", PinForm::Number, Any, "the same").optional(),
            reading("front_end_events", PinForm::Number, Any, "how often its protections have acted, together: one that acts again right after it was cleared is seen").optional(),
            reading("wake_line", open_closed(), Any, "what wakes a pack from outside").optional(),
            reading("chip_alert", released_pulled(), Any, "line of a front-end chip").optional(),
            command("main_switch", open_closed(), Any, ""),
            command("precharge_switch", open_closed(), Any, ""),
            command("front_end_clear", PinForm::Number, Any, "each new value clears the latch of the front end once"),
            command("scd_threshold_a", HUNDREDTHS, NotNegative, "short circuit in discharge: the front end opens the switches …"),
            command("scd_delay_us", ONES, NotNegative, "… when the current has been above the threshold for so long"),
            command("ocd_threshold_a", HUNDREDTHS, NotNegative, "the same for over-current in discharge: threshold …"),
            command("ocd_delay_ms", ONES, NotNegative, "… and delay"),
            command("store_paired", no_yes(), Any, "what non-volatile memory holds from now on").optional(),
            command("store_soc_pct", HUNDREDTHS, NotNegative, "the same").optional(),
            command("store_trips", PinForm::Number, Any, "the same").optional(),
            command("charge_switch", open_closed(), Any, "of two switches in series the one that blocks a charge").optional(),
            command("discharge_switch", open_closed(), Any, "the one that blocks a discharge").optional(),
            command("balance-*", off_on(), Any, "the resistor across each cell").optional(),
            command("ocd2_threshold_a", HUNDREDTHS, NotNegative, "a second level of over-current in discharge: threshold …").optional(),
            command("ocd2_delay_ms", ONES, NotNegative, "… and delay; as of all that follow, 0 leaves what is set").optional(),
            command("occ_threshold_a", HUNDREDTHS, Any, "over-current in charge, which is negative: threshold …").optional(),
            command("occ_delay_ms", ONES, NotNegative, "… and delay").optional(),
            command("ov_threshold_v", MILLI, NotNegative, "cell over-voltage: threshold …").optional(),
            command("ov_delay_ms", ONES, NotNegative, "… and delay").optional(),
            command("uv_threshold_v", MILLI, NotNegative, "cell under-voltage: threshold …").optional(),
            command("uv_delay_ms", ONES, NotNegative, "… and delay").optional(),
            command("otc_threshold_c", HUNDREDTHS, Any, "too hot to be charged").optional(),
            command("otd_threshold_c", HUNDREDTHS, Any, "too hot to be discharged").optional(),
            command("utc_threshold_c", HUNDREDTHS, Any, "too cold to be charged").optional(),
            command("utd_threshold_c", HUNDREDTHS, Any, "too cold to be discharged").optional(),
            command("temperature_delay_ms", ONES, NotNegative, "of these four").optional(),
            command("watchdog_kick", PinForm::Number, Any, "each new value keeps the watchdog of the controller quiet").optional(),
            command("power_state", states(&["off", "asleep", "awake"]), Any, "of the electronics: off is ship mode").optional(),
            command("chip_bus", PinForm::Bus, Any, "to the registers of a front-end chip").optional(),
            command("chip_cfetoff", released_pulled(), Any, "line to it that opens the charge switch, where it is set so").optional(),
            command("chip_dfetoff", released_pulled(), Any, "the same of the discharge switch").optional(),
            command("chip_rst_shut", released_pulled(), Any, "its line RST_SHUT: a pulse wakes it, a second of it shuts it down").optional(),
            command("chip_ts2", released_pulled(), Any, "its line TS2, pulled low: wakes it from shutdown").optional(),
            claim("state", state, Any, ""),
            claim("soc_pct", HUNDREDTHS, Any, "state of charge"),
            claim("alarm", PinForm::Alarms, Any, ""),
            claim("paired", no_yes(), Any, "whether it would close into its partner without a pairing"),
            claim("warnings", PinForm::Number, Any, "bits of the firmware's own").optional(),
            claim("charge_voltage_limit_v", MILLI, Any, "CVL").optional(),
            claim("charge_current_limit_a", HUNDREDTHS, Any, "CCL").optional(),
            claim("discharge_current_limit_a", HUNDREDTHS, Any, "DCL").optional(),
        ],
        alarms: alarms(&[
            ("none", None),
            ("pairing-failed", Some(Protection::PrechargeTimeout)),
            ("scd", Some(Protection::ShortCircuit)),
            ("ocd", Some(Protection::OverCurrent)),
            ("uvp", Some(Protection::CellUnderVoltage)),
            ("pairing-needed", None),
            ("ovp", Some(Protection::CellOverVoltage)),
            ("over-temperature", Some(Protection::OverTemperature)),
            ("under-temperature", Some(Protection::UnderTemperature)),
            ("measurement", Some(Protection::Measurement)),
            // It stays open after trips that were sent one by one.
            ("too-many-trips", None),
            ("watchdog", Some(Protection::Watchdog)),
            ("front-end-voltage", Some(Protection::FrontEndVoltage)),
            ("utc", Some(Protection::ChargeUnderTemperature)),
            ("otc", Some(Protection::ChargeOverTemperature)),
        ]),
    }
}
