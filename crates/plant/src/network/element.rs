//! What a network is made of: branches, gates, cell strings and loads, as the caller writes them.

use std::sync::Arc;

use blackstart_units::{
    AmpereHours, Amperes, Celsius, Farads, Fraction, Henries, Ohms, Seconds, Siemens, Volts, Watts,
};

use super::ocv::OcvCurve;

/// A node of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

impl NodeId {
    /// The node whose potential is zero; every network has it.
    pub const GROUND: Self = Self(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A branch of the network that gave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BranchId(pub(super) u32);

impl BranchId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A load of the network that gave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LoadId(pub(super) u32);

impl LoadId {
    /// The first load of any network.
    #[cfg(test)]
    pub(crate) const fn first() -> Self {
        Self(0)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Elements in series that carry one current, positive from `from` to `to`.
///
/// The order of the elements inside does not matter. A branch needs a resistance (its own, its
/// gate's or its cells') or an inductance: a bare capacitor or source would leave its current without a law.
#[derive(Debug, Clone)]
pub struct Branch {
    /// What errors call it.
    pub name: String,
    /// Where the current enters.
    pub from: NodeId,
    /// Where the current leaves.
    pub to: NodeId,
    /// Source voltage; positive raises the potential along the current's direction.
    pub emf: Volts,
    /// Series resistance, zero or more. The cold resistance if the gate is a fuse.
    pub resistance: Ohms,
    /// Series inductance, zero or more.
    pub inductance: Henries,
    /// Series capacitor: positive current charges it.
    pub capacitor: Option<Capacitor>,
    /// Series string of cells: positive current discharges it.
    pub cells: Option<CellString>,
    /// What can interrupt the current.
    pub gate: Gate,
    /// What a comparator sees of the current; `None` for all of it.
    pub sense: Option<Sense>,
    /// How warm the gate gets; `None` where nobody asks.
    pub warmth: Option<Warmth>,
}

impl Branch {
    /// A branch without any element; fill in what it has.
    pub fn new(name: impl Into<String>, from: NodeId, to: NodeId) -> Self {
        Self {
            name: name.into(),
            from,
            to,
            emf: Volts(0.0),
            resistance: Ohms(0.0),
            inductance: Henries(0.0),
            capacitor: None,
            cells: None,
            gate: Gate::None,
            sense: None,
            warmth: None,
        }
    }
}

/// A shunt and the filter behind it: of a current i the voltage i·R + L·di/dt, through a first-order low
/// pass, in amperes again. Where L/R is the filter's time the two cancel out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sense {
    /// Time constant of the filter, above zero.
    pub lag: Seconds,
    /// Inductance of the shunt over its resistance, zero or more.
    pub lead: Seconds,
}

impl Sense {
    /// How much of an amplitude at an angular frequency, in 1/s, comes through.
    pub fn passes(self, angular_frequency: f64) -> f64 {
        let size = |time: Seconds| libm::hypot(1.0, angular_frequency * time.0);
        size(self.lead) / size(self.lag)
    }
}

/// A gate that is warmed by what it turns to heat, and cools to its ambient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warmth {
    /// From the gate to its ambient, K/W, zero or more.
    pub resistance: f64,
    /// How long it takes to 63 % of a change, above zero.
    pub lag: Seconds,
    /// Around it, and of the gate at the start.
    pub ambient: Celsius,
}

/// A linear capacitor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacitor {
    /// Capacitance, above zero.
    pub capacitance: Farads,
    /// Voltage at the start, positive at the `from` side.
    pub voltage: Volts,
}

/// What can interrupt a branch's current.
#[derive(Debug, Clone, PartialEq)]
pub enum Gate {
    /// Nothing.
    None,
    /// A contact or transistor that is commanded.
    Switch(SwitchGate),
    /// A diode that conducts from `from` to `to`.
    Diode(DiodeGate),
    /// A fuse, intact at the start.
    Fuse(FuseGate),
    /// What regulates the voltage of a source through its current.
    Regulator(RegulatorGate),
}

/// A regulator between a source voltage and its `to`: it asks for the current that its slope makes of the
/// voltage that is missing, between nothing and its limit, and gives what it asks for with a lag:
/// τ·i' = asked − i. While it is off it asks for nothing.
///
/// The books take what it gives as supplied: what a linear source would burn, it does not make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegulatorGate {
    /// Whether it is on at the start.
    pub on: bool,
    /// Missing voltage over the current that it asks for, above zero.
    pub slope: Ohms,
    /// The most that it asks for, above zero.
    pub limit: Amperes,
    /// How it goes on beyond, above zero.
    pub beyond: Ohms,
    /// Leakage while it asks for nothing, above zero.
    pub off: Ohms,
    /// Time constant of its current, zero or more.
    pub lag: Seconds,
}

/// A commanded switch, ideal but for its resistances, avalanche clamp and body diode.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchGate {
    /// Position at the start.
    pub closed: bool,
    /// Resistance when closed, both directions.
    pub on: Ohms,
    /// Leakage when open, above zero.
    pub off: Ohms,
    /// Avalanche when open, in both directions but that of the body diode.
    pub clamp: Option<Clamp>,
    /// Conducts one way when open. A closed switch carries the current of either way in its channel
    /// alone. Its leakage is parallel to the switch's.
    pub body_diode: Option<BodyDiode>,
}

/// The body diode of an open switch.
#[derive(Debug, Clone, PartialEq)]
pub struct BodyDiode {
    /// Its curve.
    pub diode: DiodeGate,
    /// Whether it conducts from `from` to `to`, rather than from `to` to `from`.
    pub conducts_forward: bool,
}

/// A voltage beyond which an open gate conducts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clamp {
    /// Where conduction begins, above zero.
    pub voltage: Volts,
    /// Slope resistance beyond it, zero or more.
    pub resistance: Ohms,
}

/// Something that follows a temperature with a time constant: a thermistor.
#[derive(Debug, Clone, PartialEq)]
pub struct Follower {
    /// What errors call it.
    pub name: String,
    /// Which temperature.
    pub of: Followed,
    /// How long it takes to 63 % of a change, above zero.
    pub lag: Seconds,
}

/// What a thermistor touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// A group of the cells of a branch.
    Group(BranchId, usize),
    /// The gate of a branch that gets warm.
    Gate(BranchId),
}

impl Followed {
    pub(super) fn branch(self) -> BranchId {
        match self {
            Self::Group(branch, _) | Self::Gate(branch) => branch,
        }
    }
}

/// A follower of the network that gave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FollowerId(pub(super) u32);

/// A diode of two straight lines: leakage below the drop, slope resistance above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiodeGate {
    /// Forward voltage at which conduction begins, zero or more.
    pub drop: Volts,
    /// Slope resistance when conducting, zero or more.
    pub on: Ohms,
    /// Leakage when blocking, above zero.
    pub off: Ohms,
}

/// A fuse; its cold resistance is the branch's.
///
/// From cold it melts by its time-current curve: log-log between its points, by constant I²t beyond the last,
/// never at or below the first current. At rest it cools; pulses wear it out (`fuse`).
#[derive(Debug, Clone, PartialEq)]
pub struct FuseGate {
    /// Melting time over current: currents ascending, times descending, at least two points.
    pub curve: Vec<(Amperes, Seconds)>,
    /// Time constant of what counts as one pulse, above zero.
    pub pulse_time: Seconds,
    /// How many pulses it stands, over their share of the melting I²t: shares ascending, counts descending to no
    /// less than 1, at least two points.
    pub endurance: Vec<(Fraction, f64)>,
    /// Leakage once melted, above zero.
    pub off: Ohms,
    /// Voltage at which the melted fuse arcs, in both directions.
    pub arc: Option<Clamp>,
}

/// Cells in series.
#[derive(Debug, Clone)]
pub struct CellString {
    /// Open-circuit voltage over state of charge, of every cell.
    pub ocv: Arc<OcvCurve>,
    /// The cells in electrical order, at least one.
    pub cells: Vec<CellModel>,
    /// How they depend on temperature, charge and direction.
    pub laws: StringLaws,
    /// Groups of neighbouring cells that share a temperature, one or more.
    pub groups: usize,
    /// From a group to the next, K/W, above zero.
    pub group_resistance: f64,
    /// Whether something can be switched across single cells.
    pub separate: bool,
    /// Share of what is switched across cells that warms their group.
    pub bleed_heat: f64,
}

impl CellString {
    /// Cells that share one temperature, across which nothing is switched.
    pub fn new(ocv: Arc<OcvCurve>, cells: Vec<CellModel>, laws: StringLaws) -> Self {
        let (groups, group_resistance, separate, bleed_heat) = (1, 1.0, false, 0.0);
        Self { ocv, cells, laws, groups, group_resistance, separate, bleed_heat }
    }

    /// Which group cell `k` is in: the cells in order, shared out as evenly as they can be.
    pub fn group_of(&self, k: usize) -> usize {
        let groups = self.groups.clamp(1, self.cells.len().max(1));
        k * groups / self.cells.len().max(1)
    }
}

/// How cells depend on temperature, charge and the direction of their current. The default is: not
/// at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StringLaws {
    /// All resistances grow as exp(activation·(1/T − 1/298.15 K)); K, zero or more.
    pub activation: f64,
    /// Factor of all resistances at 0 % of charge, one or more; it fades above, see `cell_string`.
    pub empty_factor: f64,
    /// Half the gap between the open-circuit curves after charge and after discharge.
    pub hysteresis: Volts,
    /// Share of the capacity after which 63 % of a turn from one curve to the other is done.
    pub hysteresis_span: Fraction,
    /// Temperature of all cells together.
    pub thermal: Option<Thermal>,
}

impl Default for StringLaws {
    fn default() -> Self {
        Self {
            activation: 0.0,
            empty_factor: 1.0,
            hysteresis: Volts(0.0),
            hysteresis_span: Fraction(1.0),
            thermal: None,
        }
    }
}

/// One mass with one resistance to ambient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thermal {
    /// Of all cells together, J/K, above zero.
    pub heat_capacity: f64,
    /// From the cells to ambient, K/W, above zero.
    pub resistance: f64,
    /// Ambient.
    pub ambient: Celsius,
    /// Of the cells at the start.
    pub start: Celsius,
}

/// One cell: open-circuit voltage, series resistance and two RC pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellModel {
    /// Charge between 0 and 1 of state of charge, above zero.
    pub capacity: AmpereHours,
    /// Series resistance, zero or more.
    pub resistance: Ohms,
    /// Resistance (zero for none) and time constant (above zero) of each RC pair.
    pub relaxation: [(Ohms, Seconds); 2],
    /// State of charge at the start; may lie outside 0 … 1.
    pub soc: Fraction,
    /// Self-discharge, zero or more: drains the cell beside the branch's current.
    pub leakage: Amperes,
}

/// What a consumer between two nodes draws: `conductance·v + current + power/v`.
///
/// Below the minimum voltage the power part falls back to `power·v/minimum²`: continuous, and
/// zero at zero. Both laws are odd, so a reversed voltage reverses the power part's current.
/// Behind a resistance the load may have an operating point on either law; it then stays on the one
/// it is on, so that a supply that broke down recovers only at a lighter load, as a real one does.
/// Negative power or current makes it a source.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkLoad {
    /// What errors call it.
    pub name: String,
    /// Where the current enters.
    pub from: NodeId,
    /// Where the current leaves.
    pub to: NodeId,
    /// Conductance, zero or more.
    pub conductance: Siemens,
    /// Constant current.
    pub current: Amperes,
    /// Constant power.
    pub power: Watts,
    /// Amplitude of what ripples on its current at twice the mains frequency, as a share of its mean. The
    /// network computes with the mean alone; fuses and rippled quantities see the ripple.
    pub ripple: Fraction,
    /// Below this voltage the power part fades. Zero stands for 1 V.
    pub minimum_voltage: Volts,
}

impl NetworkLoad {
    /// A load that draws nothing, its minimum voltage at 1 V.
    pub fn new(name: impl Into<String>, from: NodeId, to: NodeId) -> Self {
        Self {
            name: name.into(),
            from,
            to,
            conductance: Siemens(0.0),
            current: Amperes(0.0),
            power: Watts(0.0),
            ripple: Fraction(0.0),
            minimum_voltage: Volts(1.0),
        }
    }
}
