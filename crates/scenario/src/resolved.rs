//! A system as it will be simulated: plain SI units, every reference followed, nothing optional that
//! the physics needs. Where each number comes from stands beside it, in [`Provenance`].

use std::collections::BTreeMap;

use blackstart_units::{AmpereHours, Amperes, Celsius, Fraction, Ohms, Seconds, SimTime, Volts};

use crate::backup_box::Phase;
use crate::dc_model::Wire;
use crate::external_bms::BmsCable;
use crate::kinds::OfPart;
use crate::part::{AssembledRole, Part};

/// Index into [`System::nodes`]; 0 is ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node(pub usize);

impl Node {
    /// The common minus.
    pub const GROUND: Self = Self(0);
}

/// One system, ready to be built.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// File name without folder and ending.
    pub name: String,
    /// The file's title.
    pub title: String,
    /// Names of the DC nodes; the first is `ground`.
    pub nodes: Vec<String>,
    /// Devices in order of their names.
    pub devices: Vec<Device>,
    /// What is fed from which AC source.
    pub feeds: Vec<Feed>,
    /// Which output of a BMS switches what.
    pub wires: Vec<Wire>,
    /// Which batteries each BMS hears.
    pub bms_cables: Vec<BmsCable>,
    /// Paths of the assemblies that devices are parts of.
    pub assemblies: Vec<String>,
    /// Full names of signals, and what they are called outside.
    pub shows: BTreeMap<String, String>,
    /// Roles that are made of pins, in order of their paths.
    pub part_roles: Vec<AssembledRole>,
}

/// An AC source and one thing that is fed from it. Indices are those of `System::devices`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feed {
    /// A grid, an inverter, a transfer switch or a backup box.
    pub source: usize,
    /// Which phase of a source with three; all of them when absent.
    pub phase: Option<Phase>,
    /// A load, a battery, a transfer switch or a backup box.
    pub sink: usize,
    /// Which input, of a transfer switch or backup box.
    pub input: Option<AcInput>,
}

/// The inputs of a transfer switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AcInput {
    /// The preferred source.
    Grid,
    /// The other.
    Inverter,
}

impl AcInput {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Grid, Self::Inverter];

    /// `grid`, `inverter`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Inverter => "inverter",
        }
    }
}

/// One instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Name of the instance (`sessy-1`).
    pub id: String,
    /// What it is.
    pub model: Part,
    /// Where its documents contradict themselves.
    pub conflicts: Vec<Conflict>,
    /// What it goes together with.
    pub fits: Fits,
}

impl Device {
    /// What its numbers come to, if it is of that kind.
    pub fn of_kind<V: OfPart>(&self) -> Option<V> {
        Some(&self.model).filter(|part| part.kind.name == V::KIND.name).and_then(V::of)
    }
}

/// A contradiction in a document, and the reading that is modelled.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// Number of the fact (`SBMS-X1`).
    pub fact: String,
    /// What stands against what.
    pub says: String,
    /// Which reading is modelled, and why.
    pub modelled: String,
}

/// What a device goes together with, in words that both sides use.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fits {
    /// Family of a battery (`victron-lithium-smart`).
    #[serde(default)]
    pub family: Option<String>,
    /// Families that a BMS serves; any when there are none.
    #[serde(default)]
    pub serves: Vec<String>,
    /// The bus over which a device must be controlled (`ve-bus`).
    #[serde(default)]
    pub needs: Option<String>,
    /// Buses that a BMS has.
    #[serde(default)]
    pub buses: Vec<String>,
    /// Numbers of the facts that say so.
    pub fact: String,
}

/// One cell at the start of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Capacity.
    pub capacity: AmpereHours,
    /// Ohmic resistance.
    pub resistance: Ohms,
    /// Two relaxation pairs: resistance and time constant.
    pub relaxation: [(Ohms, Seconds); 2],
    /// State of charge at the start, may be outside 0 … 1.
    pub soc: Fraction,
}

/// How cells depend on temperature, charge and the direction of their current.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellLaws {
    /// Resistances grow as exp(activation·(1/T − 1/298.15 K)); K.
    pub activation: f64,
    /// Factor of the resistances at 0 % of charge.
    pub empty_factor: f64,
    /// Half the gap between the open-circuit curves after charge and after discharge.
    pub hysteresis: Volts,
    /// Share of the capacity after which 63 % of a turn between them is done.
    pub hysteresis_span: Fraction,
    /// Of all cells together, J/K.
    pub heat_capacity: f64,
    /// From the cells to ambient, K/W.
    pub thermal_resistance: f64,
    /// Around the battery.
    pub ambient: Celsius,
    /// Of the cells at the start of a run.
    pub temperature: Celsius,
}

/// A contactor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contactor {
    /// From the command to the first touch.
    pub pull_in: SimTime,
    /// From the command to the parting contacts.
    pub drop_out: SimTime,
    /// How often closing contacts part again.
    pub bounces: u32,
    /// From the first touch to the last.
    pub bounce_time: SimTime,
    /// Contacts that have not come to rest weld on this.
    pub making_current: Amperes,
    /// Contacts that open on more than this weld.
    pub breaking_current: Amperes,
}

/// What the BMS is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BmsSettings {
    /// Pre-charge is done when pack and port differ by no more than this …
    pub precharge_delta: Volts,
    /// … and no more than this still flows.
    pub precharge_current: Amperes,
    /// Longest time of one try.
    pub precharge_timeout: SimTime,
    /// How many tries one pairing has.
    pub precharge_tries: u32,
    /// Pause between two tries.
    pub precharge_pause: SimTime,
    /// Cell voltage at which the port is opened.
    pub cell_cutoff: Volts,
    /// How long a cell must be below it.
    pub cell_cutoff_delay: SimTime,
    /// Where nothing may charge the cells, if it looks at that.
    pub charge_limits: Option<ChargeLimits>,
    /// Whether the battery has been paired with its inverter before the run.
    pub paired: bool,
}

/// Where cells must not be charged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChargeLimits {
    /// Below this temperature …
    pub lowest: Celsius,
    /// … and above this one.
    pub highest: Celsius,
    /// What counts as charging.
    pub current: Amperes,
    /// For so long both must be so until the port opens.
    pub delay: SimTime,
}

impl ChargeLimits {
    /// Whether cells of this temperature must not be charged.
    pub fn forbid(&self, temperature: Celsius) -> bool {
        temperature.0 < self.lowest.0 || temperature.0 > self.highest.0
    }
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// One of the manuals: the fact's number.
    Seed(String),
    /// A maker's data sheet or public documentation.
    Datasheet(String),
    /// A measurement.
    Measured(String),
    /// Computed from others; how.
    Derived(String),
    /// Not known: the range of what is plausible, and why the value was chosen.
    Guess {
        /// Lowest and highest plausible value, in the unit of the key.
        range: (f64, f64),
        /// Why this value.
        why: String,
    },
    /// Set by the scenario or by the system file.
    Override,
}

/// Where each parameter of a resolved system comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Provenance {
    /// By path, `<instance>.<key>` with the unit (`inverter-1.input_capacitance_mf`).
    pub parameters: BTreeMap<String, Parameter>,
    /// Sources of the curves, by `<instance>.<section>`; a guess's range is then a pair of factors.
    pub tables: BTreeMap<String, Source>,
}

/// One parameter as written in its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Value, in the unit of the key.
    pub value: f64,
    /// Where it comes from.
    pub source: Source,
    /// How far specimens differ, as a share of the value: ±.
    pub tolerance: Option<f64>,
    /// The file that says so.
    pub file: String,
}

impl Parameter {
    /// The ends of the range of a guess, or of a tolerance, in the unit of the key; `None` of what is known.
    pub fn ends(&self) -> Option<(f64, f64)> {
        let value = self.value;
        match (&self.source, self.tolerance) {
            (Source::Guess { range, .. }, _) => Some(*range),
            (_, Some(share)) => Some((value * (1.0 - share), value * (1.0 + share))),
            _ => None,
        }
    }
}
