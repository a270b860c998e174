//! The items of a Phoenix inverter, and the numbers of its kinds.

use super::item::{PhoenixItem, PhoenixText, Register, RegisterForm, TextForm};
use RegisterForm::{Command, Prefixed, Signed, Unsigned};

/// An item with neither text nor register yet.
const fn named(name: &'static str) -> PhoenixItem {
    PhoenixItem { name, text: None, register: None }
}

impl PhoenixItem {
    const fn text(mut self, label: &'static str, form: TextForm, counts_per_unit: f64) -> Self {
        self.text = Some(PhoenixText { label, form, counts_per_unit });
        self
    }

    const fn reads(mut self, id: u16, form: RegisterForm, counts_per_unit: f64) -> Self {
        self.register = Some(Register { id, form, counts_per_unit, writable: false });
        self
    }

    const fn writes(mut self, id: u16, form: RegisterForm, counts_per_unit: f64) -> Self {
        self.register = Some(Register { id, form, counts_per_unit, writable: true });
        self
    }
}

const U8: RegisterForm = Unsigned(1);
const U16: RegisterForm = Unsigned(2);
const U32: RegisterForm = Unsigned(4);
const S16: RegisterForm = Signed(2);
const S32: RegisterForm = Signed(4);
const DECIMAL: TextForm = TextForm::Decimal;

/// Every item: first the text fields, in the order in which a block has them, then what only registers
/// hold, by number.
pub const ITEMS: &[PhoenixItem] = &[
    named("product_id").text("PID", TextForm::Hex(4), 1.0).reads(0x0100, Prefixed(2), 1.0),
    // In text three digits, 114 for version 1.14.
    named("app_version").text("FW", TextForm::Decimal, 1.0).reads(0x0102, Prefixed(3), 1.0),
    named("serial").text("SER#", TextForm::Text, 1.0).reads(0x010A, RegisterForm::Text, 1.0),
    named("mode").text("MODE", DECIMAL, 1.0).writes(0x0200, U8, 1.0),
    named("state").text("CS", DECIMAL, 1.0).reads(0x0201, U8, 1.0),
    named("ac_out_voltage_v").text("AC_OUT_V", DECIMAL, 100.0).reads(0x2200, S16, 100.0),
    named("ac_out_current_a").text("AC_OUT_I", DECIMAL, 10.0).reads(0x2201, S16, 10.0),
    named("ac_out_apparent_power_va").text("AC_OUT_S", DECIMAL, 1.0).reads(0x2205, S32, 1.0),
    // Sign and unit of the register from memory.
    named("dc_voltage_v").text("V", DECIMAL, 1_000.0).reads(0xED8D, S16, 100.0),
    named("dc_current_a").text("I", DECIMAL, 1_000.0),
    named("alarm_reason").text("AR", DECIMAL, 1.0).reads(0x031E, U16, 1.0),
    named("warning_reason").text("WARN", DECIMAL, 1.0).reads(0x031C, U16, 1.0),
    // Some clients take it for a list of single reasons and stumble over two at once.
    named("off_reason").text("OR", TextForm::Hex(8), 1.0).reads(0x0207, U32, 1.0),
    named("relay").text("Relay", TextForm::OnOff, 1.0).reads(0x034E, U8, 1.0),
    named("capabilities").reads(0x0140, U32, 1.0),
    named("ac_voltage_set_point_v").writes(0x0230, U16, 100.0),
    named("ac_voltage_set_point_min_v").reads(0x0231, U16, 100.0),
    named("ac_voltage_set_point_max_v").reads(0x0232, U16, 100.0),
    named("alarm_acknowledge").writes(0x031F, Command, 1.0),
    // One emulator takes the first of these for "low battery restart and alarm" and the second for
    // "charge detect".
    named("low_voltage_alarm_set_v").writes(0x0320, U16, 100.0),
    named("low_voltage_alarm_clear_v").writes(0x0321, U16, 100.0),
    named("high_voltage_alarm_set_v").writes(0x0322, U16, 100.0),
    named("high_voltage_alarm_clear_v").writes(0x0323, U16, 100.0),
    named("relay_mode").writes(0x034F, U8, 1.0),
    named("history_time_s").reads(0x1040, U32, 1.0),
    named("history_energy_kvah").reads(0x1041, U32, 100.0),
    named("ac_nominal_voltage_v").reads(0x2202, U8, 1.0),
    named("ac_rated_power_w").reads(0x2203, S16, 1.0),
    named("load_sense_threshold_w").writes(0x2206, U16, 1.0),
    named("load_sense_clear_w").writes(0x2207, U16, 1.0),
    named("ac_frequency_hz").reads(0x2208, U16, 100.0),
    named("shutdown_low_voltage_v").writes(0x2210, U16, 100.0),
    named("dc_voltage_setting_min_v").reads(0x2211, U16, 100.0),
    named("dc_voltage_setting_max_v").reads(0x2212, U16, 100.0),
    // 1 is 50 Hz.
    named("wave").writes(0xEB03, U8, 1.0),
    // Nobody gives its unit: counts.
    named("eco_minimum_current").writes(0xEB04, U16, 1.0),
    named("eco_retry_quarter_time_s").writes(0xEB06, U8, 4.0),
    named("eco_retry_time_s").writes(0xEB0A, U16, 1.0),
    // In periods of the AC side.
    named("eco_detect_periods").writes(0xEB10, U8, 1.0),
    named("dynamic_cut_off_factor_5_v").writes(0xEBB2, U16, 1_000.0),
    named("dynamic_cut_off_factor_250_v").writes(0xEBB3, U16, 1_000.0),
    named("dynamic_cut_off_factor_700_v").writes(0xEBB4, U16, 1_000.0),
    named("dynamic_cut_off_factor_2000_v").writes(0xEBB5, U16, 1_000.0),
    named("dynamic_cut_off").writes(0xEBBA, U8, 1.0),
    named("settings_changed").reads(0xEC41, U32, 1.0),
];

/// Product numbers of 48 V inverters for 230 V, VE.Direct generation; HS is the newer processor.
pub const PRODUCTS: &[(u16, &str)] = &[
    (0xA234, "Phoenix 48/250"),
    (0xA244, "Phoenix 48/375"),
    (0xA254, "Phoenix 48/500"),
    (0xA264, "Phoenix 48/800"),
    (0xA274, "Phoenix 48/1200"),
    (0xA284, "Phoenix 48/1600"),
    (0xA294, "Phoenix 48/2000"),
    (0xA2A4, "Phoenix 48/3000"),
    (0xA2E4, "Phoenix 48/800 HS"),
    (0xA2F4, "Phoenix 48/1200 HS"),
];

/// The item with this name.
pub fn item(name: &str) -> Option<&'static PhoenixItem> {
    ITEMS.iter().find(|item| item.name == name)
}

/// The item with this label in a text block.
pub fn item_labelled(label: &str) -> Option<&'static PhoenixItem> {
    ITEMS.iter().find(|item| item.text.is_some_and(|text| text.label == label))
}

/// The item of this register.
pub fn item_of_register(id: u16) -> Option<&'static PhoenixItem> {
    ITEMS.iter().find(|item| item.register.is_some_and(|register| register.id == id))
}
