//! What is fed from a DC bus, as it will be simulated: see `resolved` for the rest of a system.

use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, Ohms, SimTime, Volts, Watts};

use crate::external_bms::BmsOutput;
use crate::resolved::{Cell, CellLaws, Node};

/// Cells between `from` (minus) and `to` (plus), without a switch of their own.
#[derive(Clone, Debug, PartialEq)]
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
    /// Discharge currents: continuous, and for the pulse time.
    pub discharge_current: (Amperes, Amperes),
    /// Charge currents: continuous, and for the pulse time.
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
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// What switches a device from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// A switch with a remote input, from its input `from` to its output `to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemoteSwitch {
    /// Input.
    pub from: Node,
    /// Output.
    pub to: Node,
    /// Closed resistance.
    pub resistance: Ohms,
    /// Current that it carries continuously.
    pub rating: Amperes,
    /// What its electronics take on the input side.
    pub quiescent: Amperes,
    /// Whether it is closed at the start.
    pub starts_closed: bool,
    /// When it closes.
    pub rules: ClosingRules,
    /// Its remote input.
    pub remote: RemoteInput,
}

/// When a remote-controlled switch closes.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// How long it gives its full current before it is damaged; `None` where it may continuously.
    pub full_output_time: Option<SimTime>,
    /// Whether it runs at the start.
    pub running: bool,
    /// Its remote input, if it has one.
    pub remote: Option<RemoteInput>,
}
