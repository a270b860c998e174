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
