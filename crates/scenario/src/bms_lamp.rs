//! Lamps of a BMS outside of the batteries: when one is lit, and how.

/// One lamp.
#[derive(Clone, Debug, PartialEq)]
pub struct BmsLamp {
    /// What it is called (`charge-stopped`).
    pub name: String,
    /// When it is lit, and how: the first that applies. Dark otherwise.
    pub rows: Vec<(LampReason, LampLight)>,
}

impl BmsLamp {
    /// Its signal (`charge_stopped_lamp`).
    pub fn signal(&self) -> String {
        format!("{}_lamp", self.name.replace('-', "_"))
    }
}

/// Why a lamp is lit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LampReason {
    /// The BMS is on, by its remote.
    Active,
    /// The load disconnect is high: loads may be on.
    LoadOutputHigh,
    /// The charge disconnect is high: chargers may be on.
    ChargeOutputHigh,
    /// The path from the alternator is closed.
    AlternatorPathClosed,
    /// It says that charging is stopped.
    ChargeStopped,
    /// It shows the code for its own heat.
    OwnHeat,
    /// It shows a code that warns (`W-…`).
    Warning,
    /// It shows any other code.
    AlarmOrError,
}

impl LampReason {
    const ALL: [Self; 8] = [
        Self::Active,
        Self::LoadOutputHigh,
        Self::ChargeOutputHigh,
        Self::AlternatorPathClosed,
        Self::ChargeStopped,
        Self::OwnHeat,
        Self::Warning,
        Self::AlarmOrError,
    ];
    /// Their names, in that order.
    pub(crate) const NAMES: [&str; 8] = [
        "active",
        "load-output-high",
        "charge-output-high",
        "alternator-path-closed",
        "charge-stopped",
        "own-heat",
        "warning",
        "alarm-or-error",
    ];

    /// The one of a name (`charge-stopped`).
    pub(crate) fn find(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|one| *one == name);
        place.map(|place| Self::ALL[place])
    }
}

/// What a lamp shows: the states of its signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LampLight {
    /// It is dark.
    Off,
    /// It is lit.
    On,
    /// It is lit and dark in turn; how fast is not said.
    Blinking,
}

impl LampLight {
    /// Names of its states, in their order.
    pub const NAMES: [&str; 3] = ["off", "on", "blinking"];
    /// Those that a row may give.
    pub(crate) const LIT: [&str; 2] = ["on", "blinking"];

    /// The one of a row.
    pub(crate) fn find(name: &str) -> Option<Self> {
        match name {
            "on" => Some(Self::On),
            "blinking" => Some(Self::Blinking),
            _ => None,
        }
    }
}
