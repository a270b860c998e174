//! A BMS outside of the batteries, as it will be simulated: its hardware, and the rules that it follows.

use blackstart_units::{Amperes, Celsius, Fraction, Ohms, SimTime, Volts};

use crate::bms_lamp::BmsLamp;
use crate::resolved::Node;

/// A BMS outside of the batteries, between `from` (battery plus, or the alternator) and `to` (minus,
/// or battery plus where it has an alternator port).
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalBms {
    /// Battery plus; the alternator's where it has a port for one.
    pub from: Node,
    /// Ground; battery plus where it has an alternator port.
    pub to: Node,
    /// Load disconnect, charge disconnect, pre-alarm, in the order of [`BmsOutput`].
    pub outputs: [OutputStage; 3],
    /// What it is set to.
    pub rules: BmsRules,
    /// Time between two conversions of its own voltages.
    pub period: SimTime,
    /// Whether a loop joins its remote terminals at the start.
    pub remote_joined: bool,
    /// What it takes: on, low cell, off, all off.
    pub consumption: [Amperes; 4],
    /// The fuse in its supply.
    pub supply_fuse: SupplyFuse,
    /// Whether it is supplied from the alternator port.
    pub supplied_by_alternator: bool,
    /// Most batteries.
    pub most_batteries: usize,
    /// Most energy at 12, 24 and 48 V, in Wh; 0 where it is not made for that voltage.
    pub most_energy_wh: [f64; 3],
    /// Its alternator port, if it has one.
    pub alternator: Option<AlternatorPort>,
    /// Its lamps.
    pub lamps: Vec<BmsLamp>,
    /// Where it stands, and where it may.
    pub ambient: BmsAmbient,
}

impl ExternalBms {
    /// Plus of the bank that it serves.
    pub fn bank(&self) -> Node {
        if self.alternator.is_some() { self.to } else { self.from }
    }
}

/// The temperature around a BMS, which is its own as well: it makes no heat that the model has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BmsAmbient {
    /// What it is.
    pub now: Celsius,
    /// The lowest and the highest at which it may be.
    pub allowed: (Celsius, Celsius),
}

impl BmsAmbient {
    /// Whether it is hotter than it may be.
    pub fn is_too_hot(&self) -> bool {
        self.now > self.allowed.1
    }

    /// Whether it may stand there.
    pub fn is_allowed(&self) -> bool {
        self.now >= self.allowed.0 && !self.is_too_hot()
    }
}

/// What a BMS is set to, but for its alternator port.
#[derive(Clone, Debug, PartialEq)]
pub struct BmsRules {
    /// Shortest time from the pre-alarm to the load disconnect.
    pub pre_alarm_lead: SimTime,
    /// Whether cold cells stop the charging.
    pub stops_charge_when_cold: bool,
    /// Supply voltages that it works with.
    pub supply_window: (Volts, Volts),
    /// Supply voltages outside of which it says that they are not allowed.
    pub allowed_window: (Volts, Volts),
    /// Whether it is set to wait for a pre-alarm.
    pub expects_pre_alarm: bool,
    /// Whether the batteries that it hears make a bank.
    pub valid_bank: bool,
    /// Whether it is hotter itself than it may be.
    pub own_heat: bool,
    /// How long loads stay on after an update of its firmware broke off; `None` when nothing is said
    /// of updates.
    pub update_grace: Option<SimTime>,
    /// When it is on.
    pub remote: RemoteTerminalRules,
    /// What it does with the state of charge, if anything.
    pub charge: Option<ChargeRules>,
    /// Which code it shows, the first that applies.
    pub codes: Vec<(Condition, String)>,
}

/// The fuse in the supply of a BMS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SupplyFuse {
    /// The one that is fitted.
    pub fitted: Amperes,
    /// The smallest and the largest that are allowed.
    pub allowed: (Amperes, Amperes),
    /// By how much it must exceed what the BMS and its outputs take.
    pub factor: f64,
}

/// One output of a BMS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutputStage {
    /// Current that it gives.
    pub rating: Amperes,
    /// Whether it survives more.
    pub protected: bool,
    /// By how much it lies below the supply while it is high.
    pub drop: Volts,
}

/// The outputs of a BMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BmsOutput {
    /// High while loads may be on.
    Load,
    /// High while chargers may be on.
    Charge,
    /// High while a load disconnect is imminent.
    PreAlarm,
}

impl BmsOutput {
    /// All, in the order of [`ExternalBms::outputs`].
    pub const ALL: [Self; 3] = [Self::Load, Self::Charge, Self::PreAlarm];

    /// `load`, `charge`, `pre-alarm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Charge => "charge",
            Self::PreAlarm => "pre-alarm",
        }
    }
}

/// When a BMS is on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteTerminalRules {
    /// On while L is below this voltage …
    pub l_below: Volts,
    /// … or H is above this one.
    pub h_above: Volts,
    /// Whether off means that load and charge disconnect float.
    pub disables_all: bool,
}

/// What a BMS does with the state of charge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChargeRules {
    /// Loads are disconnected at or below it; 0 for never.
    pub floor: Fraction,
    /// It warns at or below it.
    pub warning: Fraction,
    /// By how much the charge must come back.
    pub hysteresis: Fraction,
    /// At or above this voltage of the bank …
    pub charged_voltage: Volts,
    /// … and below this charge current per capacity, in 1/h …
    pub tail: Fraction,
    /// … for this long the bank is full.
    pub charged_time: SimTime,
    /// Cells that differ by no more than this when the bank is full are balanced.
    pub balanced_within: Volts,
    /// How long that is known.
    pub full_charge_memory: SimTime,
}

/// When an alternator port is closed, and when it interrupts the charging.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternatorRules {
    /// The path closes above this voltage.
    pub on_above: Volts,
    /// How long it stays open once it has opened.
    pub pause: SimTime,
    /// Bank voltage at which charging is interrupted …
    pub charge_limit: Volts,
    /// … until it is no higher than this …
    pub charge_resume: Volts,
    /// … for this long.
    pub resume_time: SimTime,
}

/// A port through which an alternator charges the bank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternatorPort {
    /// What it is set to.
    pub rules: AlternatorRules,
    /// Closed resistance.
    pub resistance: Ohms,
    /// Where the current is held: by the table for the fuse that is set, and by the shunt that the
    /// fitted one is.
    pub current_limit: Amperes,
    /// The fuse that is fitted: rating of one, and how many.
    pub fitted: (Amperes, usize),
    /// The fuse that is set.
    pub set: (Amperes, usize),
}

/// What a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// The batteries do not fit the BMS.
    InvalidConfiguration,
    /// The supply is out of range.
    VoltageNotAllowed,
    /// The cable to the batteries is broken.
    BatteryLost,
    /// Loads are off: a cell is too low.
    LowCell,
    /// Loads are off: the charge is at the floor.
    LowSoc,
    /// Chargers are off: a cell is too high.
    HighCell,
    /// Chargers are off: a battery is too hot.
    HotBattery,
    /// Chargers are off: a battery is too cold.
    ColdBattery,
    /// Loads are off, or about to be, without the pre-alarm that the BMS is set to wait for.
    PreAlarmMissing,
    /// The alternator is off: the BMS itself is too hot.
    OwnHeat,
    /// A cell is about to be too low.
    LowCellWarning,
    /// The charge is near the floor.
    LowSocWarning,
}

impl Condition {
    const ALL: [Self; 12] = [
        Self::InvalidConfiguration,
        Self::VoltageNotAllowed,
        Self::BatteryLost,
        Self::LowCell,
        Self::LowSoc,
        Self::HighCell,
        Self::HotBattery,
        Self::ColdBattery,
        Self::PreAlarmMissing,
        Self::OwnHeat,
        Self::LowCellWarning,
        Self::LowSocWarning,
    ];
    /// Their names, in that order.
    pub(crate) const NAMES: [&str; 12] = [
        "invalid-configuration",
        "voltage-not-allowed",
        "battery-lost",
        "low-cell",
        "low-soc",
        "high-cell",
        "hot-battery",
        "cold-battery",
        "pre-alarm-missing",
        "own-heat",
        "low-cell-warning",
        "low-soc-warning",
    ];

    /// The one of a name (`low-cell`).
    pub(crate) fn find(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|one| *one == name);
        place.map(|place| Self::ALL[place])
    }
}

/// The cables from a BMS to the batteries that it hears. Indices are those of `System::devices`.
#[derive(Clone, Debug, PartialEq)]
pub struct BmsCable {
    /// The BMS.
    pub bms: usize,
    /// Battery modules.
    pub modules: Vec<usize>,
}
