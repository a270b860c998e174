//! What hangs on a DC bus, as it will be simulated: see `resolved` for the rest of a system.

use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, Ohms, SimTime, Volts, Watts};

use crate::resolved::{Cell, CellLaws, Node};

/// Cells between `from` (minus) and `to` (plus), without a switch of their own.
#[derive(Clone, Debug)]
pub struct BatteryModule {
    /// Minus.
    pub from: Node,
    /// Plus.
    pub to: Node,
    /// Cells in series.
    pub cells: Vec<Cell>,
    /// Open-circuit voltage over state of charge, both ascending.
    pub ocv: Vec<(Fraction, Volts)>,
    /// How the cells depend on temperature, charge and direction.
    pub laws: CellLaws,
    /// Rated capacity.
    pub capacity: AmpereHours,
    /// State of charge that it has counted before the run.
    pub stored_soc: Fraction,
    /// Nominal voltage.
    pub nominal_voltage: Volts,
    /// In series with the cells.
    pub resistance: Ohms,
    /// What its electronics take.
    pub electronics: Amperes,
    /// Discharge currents: for ever, and for the pulse time.
    pub discharge_current: (Amperes, Amperes),
    /// Charge currents: for ever, and for the pulse time.
    pub charge_current: (Amperes, Amperes),
    /// How long a pulse may last.
    pub pulse_time: SimTime,
    /// Share of the capacity that may leave after a cut-off.
    pub reserve_after_cut_off: Fraction,
    /// Below this voltage a cell must not be charged again.
    pub damage_voltage: Volts,
    /// Self-discharge per 30 days, as a share of the capacity.
    pub self_discharge_30d: Fraction,
    /// What it watches; `None` for a battery that tells nobody.
    pub monitor: Option<Monitor>,
}

/// What a module watches.
#[derive(Clone, Copy, Debug)]
pub struct Monitor {
    /// Whether it has a pre-alarm.
    pub has_pre_alarm: bool,
    /// Pre-alarm: at or below the first, until above the second.
    pub pre_alarm: (Volts, Volts),
    /// Low cell: at or below the first, until above the second.
    pub low_cell: (Volts, Volts),
    /// High cell: at or above the first, until below the second.
    pub high_cell: (Volts, Volts),
    /// Temperatures between which the cells may be charged.
    pub charge_window: (Celsius, Celsius),
    /// By how much the temperature must come back, K.
    pub temperature_hysteresis: f64,
    /// Time between two conversions.
    pub period: SimTime,
    /// Noise of a cell voltage, one σ.
    pub noise: Volts,
    /// Time between two reports of charge; `None` when it reports none.
    pub report_period: Option<SimTime>,
}

/// A BMS outside of the batteries, between `from` (battery plus, or the alternator) and `to` (minus,
/// or battery plus where it has an alternator port).
#[derive(Clone, Debug)]
pub struct ExternalBms {
    /// Battery plus; the alternator's where it has a port for one.
    pub from: Node,
    /// Ground; battery plus where it has an alternator port.
    pub to: Node,
    /// Load disconnect, charge disconnect, pre-alarm, in the order of [`BmsOutput`].
    pub outputs: [OutputStage; 3],
    /// By how much a high output lies below the supply.
    pub output_drop: Volts,
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
    /// How long loads stay on after an update of its firmware broke off; `None` when nothing is said
    /// of updates.
    pub update_grace: Option<SimTime>,
    /// Time between two conversions of its own voltages.
    pub period: SimTime,
    /// Its remote terminals.
    pub remote: RemoteTerminalRules,
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
    /// What it does with the state of charge, if anything.
    pub charge: Option<ChargeRules>,
    /// Its alternator port, if it has one.
    pub alternator: Option<AlternatorPort>,
    /// Which code it shows, the first that applies.
    pub codes: Vec<(Condition, String)>,
}

impl ExternalBms {
    /// Plus of the bank that it serves.
    pub fn bank(&self) -> Node {
        if self.alternator.is_some() { self.to } else { self.from }
    }
}

/// The fuse in the supply of a BMS.
#[derive(Clone, Copy, Debug)]
pub struct SupplyFuse {
    /// The one that is fitted.
    pub fitted: Amperes,
    /// The smallest and the largest that are allowed.
    pub allowed: (Amperes, Amperes),
    /// By how much it must exceed what the BMS and its outputs take.
    pub factor: f64,
}

/// One output of a BMS.
#[derive(Clone, Copy, Debug)]
pub struct OutputStage {
    /// Current that it gives.
    pub rating: Amperes,
    /// Whether it survives more.
    pub protected: bool,
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
#[derive(Clone, Copy, Debug)]
pub struct RemoteTerminalRules {
    /// On while L is below this voltage …
    pub l_below: Volts,
    /// … or H is above this one.
    pub h_above: Volts,
    /// Whether off means that load and charge disconnect float.
    pub disables_all: bool,
}

/// What a BMS does with the state of charge.
#[derive(Clone, Copy, Debug)]
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

/// A port through which an alternator charges the bank.
#[derive(Clone, Copy, Debug)]
pub struct AlternatorPort {
    /// The path closes above this voltage.
    pub on_above: Volts,
    /// How long it stays open once it has opened.
    pub pause: SimTime,
    /// Closed resistance.
    pub resistance: Ohms,
    /// Bank voltage at which charging is interrupted …
    pub charge_limit: Volts,
    /// … until it is no higher than this …
    pub charge_resume: Volts,
    /// … for this long.
    pub resume_time: SimTime,
    /// Where the current is held: by the table for the fuse that is set, and by the shunt that the
    /// fitted one is.
    pub current_limit: Amperes,
    /// The fuse that is fitted: rating of one, and how many.
    pub fitted: (Amperes, usize),
    /// The fuse that is set.
    pub set: (Amperes, usize),
}

/// What a code stands for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
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
    /// A cell is about to be too low.
    LowCellWarning,
    /// The charge is near the floor.
    LowSocWarning,
}

/// What switches a device from outside.
#[derive(Clone, Copy, Debug)]
pub struct RemoteInput {
    /// Whether it is on with a level on its terminal, by [`WireLevel`].
    pub on_when: [bool; 3],
    /// What it takes from a high terminal.
    pub current: Amperes,
    /// Whether it is a coil.
    pub inductive: bool,
}

/// What stands on a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireLevel {
    /// Nothing.
    Floating,
    /// Battery plus.
    High,
    /// Minus.
    Low,
}

/// A remote control wire.
#[derive(Clone, Copy, Debug)]
pub struct RemoteCable {
    /// What its far end shows while the output floats.
    pub when_floating: WireLevel,
    /// What its far end shows while the output is high.
    pub when_high: WireLevel,
}

impl RemoteCable {
    /// What its far end shows.
    pub fn carry(self, output_is_high: bool) -> WireLevel {
        if output_is_high { self.when_high } else { self.when_floating }
    }
}

impl RemoteInput {
    /// Whether it is on with a level on its terminal.
    pub fn is_on(self, level: WireLevel) -> bool {
        self.on_when[level as usize]
    }
}

/// A wire from an output of a BMS to a remote input. Indices are those of `System::devices`.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    /// A remote cable.
    pub cable: usize,
    /// A BMS …
    pub source: usize,
    /// … and which of its outputs.
    pub output: BmsOutput,
    /// What has the remote input.
    pub sink: usize,
}

/// The cables from a BMS to the batteries that it hears. Indices are those of `System::devices`.
#[derive(Clone, Debug)]
pub struct BmsCable {
    /// The BMS.
    pub bms: usize,
    /// Battery modules.
    pub modules: Vec<usize>,
}

/// A switch with a remote input, from its input `from` to its output `to`.
#[derive(Clone, Copy, Debug)]
pub struct RemoteSwitch {
    /// Input.
    pub from: Node,
    /// Output.
    pub to: Node,
    /// Closed resistance.
    pub resistance: Ohms,
    /// Current that it carries for ever.
    pub rating: Amperes,
    /// What its electronics take on the input side.
    pub standing: Amperes,
    /// Whether it is closed at the start.
    pub starts_closed: bool,
    /// When it closes.
    pub rules: ClosingRules,
    /// Its remote input.
    pub remote: RemoteInput,
}

/// When a remote-controlled switch closes.
#[derive(Clone, Copy, Debug)]
pub struct ClosingRules {
    /// Whether it senses its output rather than its input.
    pub senses_output: bool,
    /// Closes at or above this voltage …
    pub close_voltage: Volts,
    /// … after this long.
    pub close_delay: SimTime,
    /// Opens below this voltage …
    pub open_voltage: Volts,
    /// … after this long.
    pub open_delay: SimTime,
    /// Opens at once above this voltage.
    pub highest_voltage: Volts,
}

/// A consumer on a DC bus.
#[derive(Clone, Copy, Debug)]
pub struct DcLoad {
    /// Plus.
    pub from: Node,
    /// Minus.
    pub to: Node,
    /// Power while it is on.
    pub power: Watts,
    /// Below this voltage it takes less.
    pub minimum_voltage: Volts,
    /// Power while its remote input is off.
    pub off_draw: Watts,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
}

/// A source of constant voltage up to a current: alternator, solar charger, mains charger, bench
/// supply. From `from` (minus) to `to` (plus).
#[derive(Clone, Copy, Debug)]
pub struct DcSource {
    /// Minus.
    pub from: Node,
    /// Plus.
    pub to: Node,
    /// Its voltage.
    pub voltage: Volts,
    /// Where its current ends.
    pub current: Amperes,
    /// Inside it.
    pub resistance: Ohms,
    /// Whether no current flows into it.
    pub one_way: bool,
    /// How long it gives its full current before it is damaged; `None` for ever.
    pub full_output_time: Option<SimTime>,
    /// Whether it runs at the start.
    pub running: bool,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
}
