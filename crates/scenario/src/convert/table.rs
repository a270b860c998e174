//! What has another name now: one row, one rename; and whose sections are gone.
//!
//! A row never leads to a name that another row leads away from, so that converting twice is converting
//! once. A row may go when nobody has files of its time any more.

use crate::library::FileKind;

/// One rename.
pub(super) struct Rename {
    /// Where the name stands.
    pub place: NamePlace,
    /// The old name, without an instance.
    pub from: &'static str,
    /// The new one.
    pub to: &'static str,
    /// What stood under the old key alone is a list now.
    pub is_list: bool,
    /// By how much a number is more in its new unit.
    pub factor: f64,
}

/// Where a name stands.
#[derive(Clone, Copy)]
pub(super) enum NamePlace {
    /// A parameter or an initial value: a key of device files, and what stands under `overrides` and
    /// `initial`, after its instance.
    Parameter,
    /// The same where it is set for one system or scenario alone: what device files say was moved otherwise.
    Setting,
    /// A signal that checks name after its instance; a pin of a role that mappings name alone.
    Signal,
    /// A key of files of a kind, directly under another.
    Key(FileKind, &'static str),
}

const fn parameter(from: &'static str, to: &'static str) -> Rename {
    Rename { place: NamePlace::Parameter, from, to, is_list: false, factor: 1.0 }
}

const fn signal(from: &'static str, to: &'static str) -> Rename {
    Rename { place: NamePlace::Signal, from, to, is_list: false, factor: 1.0 }
}

/// A key under another, whose value is a list now.
const fn listed(
    kind: FileKind,
    under: &'static str,
    from: &'static str,
    to: &'static str,
) -> Rename {
    Rename { place: NamePlace::Key(kind, under), from, to, is_list: true, factor: 1.0 }
}

/// Every rename.
pub(super) const TABLE: &[Rename] = &[
    parameter("standing_ma", "quiescent_ma"),
    parameter("surroundings_temperature_c", "ambient_temperature_c"),
    Rename { place: NamePlace::Setting, ..parameter("standing_drain_w", "electronics.asleep_w") },
    Rename {
        place: NamePlace::Setting,
        factor: 1000.0,
        ..parameter("ocd_delay_ms", "ocd.delay_us")
    },
    signal("strain", "over_rating"),
    signal("charge_strain", "charge_over_rating"),
    signal("discharge_strain", "discharge_over_rating"),
    signal("spread_v", "imbalance_v"),
    listed(FileKind::Rig, "protocol", "file", "files"),
];

/// Sections of device types whose numbers stand on the device itself now.
pub(super) const DISSOLVED: &[(&str, &[&str])] = &[
    (
        "backup-box",
        &[
            "contacts",
            "supervision",
            "grid_return",
            "load_management",
            "metering",
            "coupling",
            "installation",
        ],
    ),
    ("cable", &["conductor"]),
    ("dc-load", &["dc_demand"]),
    ("dc-source", &["dc_supply"]),
    ("diode", &["junction"]),
    ("fuse", &["element"]),
    ("grid", &["supply"]),
    ("inverter", &["input", "draw", "control", "output"]),
    ("load", &["demand"]),
    ("remote-cable", &["cores"]),
    ("remote-switch", &["contact", "closing"]),
    ("transfer-switch", &["changeover"]),
];

/// What was true or false of a device type and is a word now: type, old key, new key, the words for false and
/// for true.
pub(super) const WORDED: &[(&str, &str, &str, [&str; 2])] =
    &[("grid", "three_phase", "phases", ["one", "three"])];

/// Of a battery in one box: sections whose numbers keep their keys: the section and the part.
pub(super) const WHOLE: &[(&str, &str)] = &[
    ("cells", "cells"),
    ("laws", "cells"),
    ("plateaus", "cells"),
    ("charging", "charger"),
    ("charge_limits", "rules"),
    ("port", "rating"),
    ("sensing", "sensing"),
    ("bms", "rules"),
];

/// Of a battery in one box: numbers with another place: the section, its key, the places, and by how much the number is more there.
pub(super) const MOVED: &[(&str, &str, &[&str], f64)] = &[
    ("power_stage", "path_resistance_mohm", &["shunt.resistance_mohm"], 1.0),
    ("power_stage", "path_inductance_uh", &["shunt.path_inductance_uh"], 1.0),
    (
        "power_stage",
        "switch_on_resistance_mohm",
        &["main.on_resistance_mohm", "precharge.on_resistance_mohm"],
        1.0,
    ),
    (
        "power_stage",
        "switch_off_resistance_kohm",
        &["main.off_resistance_kohm", "precharge.off_resistance_kohm"],
        1.0,
    ),
    ("power_stage", "clamp_voltage_v", &["main.clamp_voltage_v"], 1.0),
    ("power_stage", "clamp_resistance_mohm", &["main.clamp_resistance_mohm"], 1.0),
    ("power_stage", "clamp_rating_j", &["main.clamp_rating_j"], 1.0),
    ("power_stage", "switching_time_us", &["main.switching_time_us"], 1.0),
    ("power_stage", "command_latency_us", &["sensing.command_latency_us"], 1.0),
    ("power_stage", "standing_drain_w", &["electronics.asleep_w", "electronics.awake_w"], 1.0),
    ("power_stage", "quiescent_draw_w", &["electronics.asleep_w", "electronics.awake_w"], 1.0),
    ("precharge", "precharge_resistance_ohm", &["resistor.resistance_ohm"], 1.0),
    ("front_end", "scd_threshold_a", &["scd.threshold_a"], 1.0),
    ("front_end", "scd_delay_us", &["scd.delay_us"], 1.0),
    ("front_end", "ocd_threshold_a", &["ocd.threshold_a"], 1.0),
    ("front_end", "ocd_delay_ms", &["ocd.delay_us"], 1000.0),
    ("front_end", "sense_filter_us", &["shunt.sense_filter_us"], 1.0),
    ("front_end", "shunt_time_us", &["shunt.shunt_time_us"], 1.0),
    ("front_end", "front_end_overvoltage_v", &["ovp.threshold_v"], 1.0),
    ("front_end", "front_end_overvoltage_delay_s", &["ovp.delay_ms"], 1000.0),
    ("front_end", "front_end_undervoltage_v", &["uvp.threshold_v"], 1.0),
    ("front_end", "front_end_undervoltage_delay_s", &["uvp.delay_ms"], 1000.0),
];
