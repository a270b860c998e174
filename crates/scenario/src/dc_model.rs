//! What is fed from a DC bus, as it will be simulated: see `resolved` for the rest of a system.

use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, Ohms, SimTime, Volts};

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
