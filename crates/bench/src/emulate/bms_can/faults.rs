//! A BMS's alarm as the family's two forms of flags.
//!
//! Which alarm belongs to which flag is our reading where the names do not match: pairing that failed is
//! a matter of the contactor, and what the BMS cannot trust in itself is internal.

use blackstart_wire::bms_can::{CLEARED, RAISED};

use super::Entry;

/// Flags of two bits that a BMS may raise, by its alarm.
const ALARM_FLAGS: [(&str, &str); 12] = [
    ("ovp", "AlarmHighVoltage"),
    ("uvp", "AlarmLowVoltage"),
    ("over-temperature", "AlarmHighTemperature"),
    ("under-temperature", "AlarmLowTemperature"),
    ("ocd", "AlarmHighCurrent"),
    ("scd", "AlarmShortCircuit"),
    ("pairing-failed", "AlarmContactor"),
    ("pairing-needed", "AlarmContactor"),
    ("too-many-trips", "AlarmContactor"),
    ("measurement", "AlarmBmsInternal"),
    ("watchdog", "AlarmBmsInternal"),
    ("front-end-voltage", "AlarmBmsInternal"),
];
/// Those that nothing raises here, which must say "cleared" all the same.
const QUIET: [&str; 17] = [
    "AlarmHighTemperatureCharge",
    "AlarmLowTemperatureCharge",
    "AlarmHighChargeCurrent",
    "AlarmCellImbalance",
    "WarningGeneral",
    "WarningHighVoltage",
    "WarningLowVoltage",
    "WarningHighTemperature",
    "WarningLowTemperature",
    "WarningHighTemperatureCharge",
    "WarningLowTemperatureCharge",
    "WarningHighCurrent",
    "WarningHighChargeCurrent",
    "WarningContactor",
    "WarningShortCircuit",
    "WarningBmsInternal",
    "WarningCellImbalance",
];

/// The flags of 0x35A.
pub(super) fn alarms(alarm: &str) -> Vec<Entry> {
    let pair = |raised: bool| f64::from(if raised { RAISED } else { CLEARED });
    let mut entries = vec![("AlarmGeneral", pair(alarm != "none"))];
    entries.extend(QUIET.iter().map(|&name| (name, pair(false))));
    // Several alarms may share a flag: the later entry counts, so those that are raised come last.
    entries.extend(ALARM_FLAGS.iter().map(|&(_, flag)| (flag, pair(false))));
    let raised = ALARM_FLAGS.iter().filter(|(name, _)| *name == alarm);
    entries.extend(raised.map(|&(_, flag)| (flag, pair(true))));
    entries
}

/// The flags of Pylontech's 0x359: what has been cut off is a protection.
pub(super) fn flags(alarm: &str) -> Vec<Entry> {
    let flag = match alarm {
        "none" => None,
        "ovp" => Some("ProtectionOverVoltage"),
        "uvp" => Some("ProtectionUnderVoltage"),
        "over-temperature" => Some("ProtectionOverTemperature"),
        "under-temperature" => Some("ProtectionUnderTemperature"),
        "ocd" | "scd" => Some("ProtectionDischargeCurrent"),
        _ => Some("SystemError"),
    };
    let mut entries =
        vec![("Modules", 1.0), ("SignatureP", f64::from(b'P')), ("SignatureN", f64::from(b'N'))];
    entries.extend(flag.map(|flag| (flag, 1.0)));
    entries
}
