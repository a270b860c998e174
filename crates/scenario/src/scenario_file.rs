//! A scenario: what happens to one system, and what must then be true.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::can_fault::{CanFaultEntry, CanWay};

/// One scenario file, `scenarios/**/<situation>-<expectation>.json`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// Path of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub json_schema: Option<String>,
    /// Version of this format: 1.
    pub schema: u32,
    /// `scenario`.
    pub kind: ScenarioKind,
    /// One line for lists and plots.
    pub title: String,
    /// The numbered facts of the manuals that this scenario checks (`SESSY-22`).
    pub covers: Vec<String>,
    /// Name of the system file, without folder and ending.
    pub system: String,
    /// How long the scenario lasts. 0 to ten years.
    #[schemars(range(min = 0, max = 315_576_000))]
    pub duration_s: f64,
    /// Seed of every random stream, unless the command line gives one.
    #[serde(default)]
    pub seed: u64,
    /// Parameters of the system that differ here: `"inverter-1.input_capacitance_mf": 5.0`.
    #[serde(default)]
    pub overrides: BTreeMap<String, f64>,
    /// State at the start that differs from the devices' own: `"sessy-1.soc_pct": 100`.
    #[serde(default)]
    pub initial: BTreeMap<String, f64>,
    /// What happens; need not be in order of time.
    #[serde(default)]
    pub events: Vec<EventEntry>,
    /// What must be true of any subject.
    pub checks: Vec<CheckEntry>,
    /// What the built-in baseline is known to miss. Ignored as soon as a device under test is bound.
    #[serde(default)]
    pub built_in: Option<BuiltIn>,
}

/// The `kind` of a scenario file.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScenarioKind {
    /// The only one.
    Scenario,
}

/// One event: an instant, an action, its target.
///
/// An internally tagged enum, so that every action has its own keys and no others.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum EventEntry {
    /// The installer starts the pairing procedure in the battery's menu.
    StartPairing {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Role of the BMS.
        target: String,
    },
    /// The battery's own control asks the BMS to close the port.
    EnablePort {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Role of the BMS.
        target: String,
    },
    /// The battery's own control asks the BMS to open the port.
    DisablePort {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Role of the BMS.
        target: String,
    },
    /// Somebody turns an inverter's front switch on.
    SwitchOn {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the inverter.
        target: String,
    },
    /// Somebody turns an inverter's front switch off.
    SwitchOff {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the inverter.
        target: String,
    },
    /// A conductor falls across a node and ground.
    Short {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Node of the system.
        target: String,
        /// Resistance of the short.
        resistance_mohm: f64,
        /// How long it stays; for ever when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        for_s: Option<f64>,
    },
    /// A load, on the AC side or on a DC bus, changes its demand.
    SetLoad {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the load.
        target: String,
        /// New demand, where the load is connected.
        #[schemars(range(min = 0))]
        power_w: f64,
    },
    /// A load follows a profile: a CSV file in `fixtures/profiles/` with the columns `at_s` (from this event
    /// on) and `power_w`.
    FollowProfile {
        /// When its time 0 is.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the load.
        target: String,
        /// Name of the file, without `.csv`.
        profile: String,
    },
    /// The grid fails.
    FailGrid {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the grid.
        target: String,
        /// One phase of a grid with three; all of them when absent.
        #[serde(default)]
        phase: Option<PhaseName>,
    },
    /// The grid changes its voltage: a sag, a swell, a flicker.
    SetGrid {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the grid.
        target: String,
        /// New RMS voltage between phase and neutral.
        #[schemars(range(min = 0))]
        voltage_v: f64,
        /// One phase of a grid with three; all of them when absent.
        #[serde(default)]
        phase: Option<PhaseName>,
        /// New frequency; as it was when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        frequency_hz: Option<f64>,
    },
    /// Somebody turns a manual transfer switch.
    TurnSwitch {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the transfer switch.
        target: String,
        /// Where to.
        to: InputName,
    },
    /// A contact of a transfer switch or backup box welds: from then on it stays as it is.
    WeldContact {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the transfer switch.
        target: String,
        /// Which contact.
        contact: InputName,
    },
    /// The grid returns, with its nominal voltage and frequency.
    RestoreGrid {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the grid.
        target: String,
        /// One phase of a grid with three; all of them when absent.
        #[serde(default)]
        phase: Option<PhaseName>,
    },
    /// Somebody sets DIP switch 4 of a backup box.
    SetDip4 {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the backup box.
        target: String,
        /// Whether it is on from now.
        on: bool,
    },
    /// Somebody switches a backup box off and on.
    RestartBox {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the backup box.
        target: String,
    },
    /// Somebody turns the bypass of a backup box.
    SetBypass {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the backup box.
        target: String,
        /// Whether it is to bridge the box from now.
        engaged: bool,
    },
    /// Somebody wires the remote terminals L and H of a BMS anew; what is not named is open.
    SetRemote {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
        /// A loop or a closed switch joins L and H.
        #[serde(default)]
        joined: bool,
        /// Voltage that is put on L.
        #[serde(default)]
        l_v: Option<f64>,
        /// Voltage that is put on H.
        #[serde(default)]
        h_v: Option<f64>,
        /// H is tied to battery plus.
        #[serde(default)]
        h_to_plus: bool,
    },
    /// An engine, a charger or a bench supply starts.
    StartSource {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the DC source.
        target: String,
    },
    /// An engine, a charger or a bench supply stops.
    StopSource {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the DC source.
        target: String,
    },
    /// A DC source changes its voltage.
    SetSource {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the DC source.
        target: String,
        /// New voltage.
        #[schemars(range(min = 0))]
        voltage_v: f64,
    },
    /// The cable between a BMS and its batteries breaks.
    BreakBmsCable {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
    },
    /// It is mended.
    MendBmsCable {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
    },
    /// Something goes wrong on the CAN bus to the device under test in a role, on the realtime clock. A
    /// fault that reached no frame makes the verdict inconclusive.
    CanFault {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Role of the device.
        target: String,
        /// What.
        fault: CanFaultEntry,
        /// How long it lasts; to the end when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        for_s: Option<f64>,
        /// To frames on this way; on both when absent.
        #[serde(default)]
        way: Option<CanWay>,
        /// To frames of this identifier (`351`, `18FEF100`); of any when absent.
        #[serde(default)]
        id: Option<String>,
        /// To this share of them, drawn from the seed; to each when absent.
        #[serde(default)]
        #[schemars(range(min = 0, max = 100))]
        share_pct: Option<f64>,
        /// To so many of them at most.
        #[serde(default)]
        count: Option<u64>,
    },
    /// Somebody starts to update the firmware of a BMS that can be updated.
    StartUpdate {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
    },
    /// The update breaks off.
    FailUpdate {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
    },
    /// The update is complete.
    FinishUpdate {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Instance of the BMS.
        target: String,
    },
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CheckEntry {
    /// No protection acts; or not the named one.
    NoTrip {
        /// Name of the check, unique in the scenario.
        id: String,
        /// Instance (`sessy-1`); any when absent.
        #[serde(default)]
        target: Option<String>,
        /// `scd`, `ocd`, `uvp`, `ovp` and so on; any when absent.
        #[serde(default)]
        protection: Option<ProtectionName>,
    },
    /// The named protection acts, for the named cause, in the given time.
    Trips {
        /// Name of the check.
        id: String,
        /// Instance (`sessy-1`).
        target: String,
        /// Which protection.
        protection: ProtectionName,
        /// Why it must have acted, as decided from the network.
        #[serde(default)]
        cause: Option<CauseName>,
        /// Not before this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Not after this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        by_s: Option<f64>,
    },
    /// A continuous signal stays within limits, over a window or the whole run.
    Stays {
        /// Name of the check.
        id: String,
        /// Full name of the signal; limits are in its unit.
        signal: String,
        /// Lower limit.
        #[serde(default)]
        at_least: Option<f64>,
        /// Upper limit.
        #[serde(default)]
        at_most: Option<f64>,
        /// Start of the window; the scenario's when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// End of the window; the scenario's when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        to_s: Option<f64>,
    },
    /// A continuous signal comes within limits at some instant of the window.
    Reaches {
        /// Name of the check.
        id: String,
        /// Full name of the signal; limits are in its unit.
        signal: String,
        /// Lower limit.
        #[serde(default)]
        at_least: Option<f64>,
        /// Upper limit.
        #[serde(default)]
        at_most: Option<f64>,
        /// Start of the window.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// End of the window.
        #[serde(default)]
        #[schemars(range(min = 0))]
        by_s: Option<f64>,
    },
    /// A state signal has the named state at an instant.
    StateIs {
        /// Name of the check.
        id: String,
        /// Full name of the state signal (`inverter-1.state`).
        signal: String,
        /// The state that it must have.
        is: String,
        /// When; the end of the run when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_s: Option<f64>,
    },
    /// A load keeps its supply for a time after the grid failed.
    Runtime {
        /// Name of the check.
        id: String,
        /// Instance of the load.
        load: String,
        /// At least this long.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_least_s: Option<f64>,
        /// At most this long: a longer time means that losses were left out.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_most_s: Option<f64>,
    },
    /// Every gap in a load's supply is short enough, and it never drops out.
    Gap {
        /// Name of the check.
        id: String,
        /// Instance of the load.
        load: String,
        /// Longest gap allowed; the load's own ride-through when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        at_most_s: Option<f64>,
        /// Only gaps that begin at or after this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        from_s: Option<f64>,
        /// Only gaps that begin before this instant.
        #[serde(default)]
        #[schemars(range(min = 0))]
        to_s: Option<f64>,
    },
    /// The two sources of a transfer switch are never connected to each other.
    NeverParallel {
        /// Name of the check.
        id: String,
        /// Instance of the transfer switch.
        target: String,
    },
    /// The system as drawn breaks a rule, and the bench says so.
    Finding {
        /// Name of the check.
        id: String,
        /// Which rule.
        rule: RuleName,
        /// Instance that it is about; any when absent.
        #[serde(default)]
        target: Option<String>,
        /// Number of a fact that must be named as its source; any when absent.
        #[serde(default)]
        fact: Option<String>,
    },
    /// The deep-discharge risk at the end is no worse than a level.
    DeepDischarge {
        /// Name of the check.
        id: String,
        /// Instance of the battery.
        target: String,
        /// The worst level allowed.
        at_most: RiskName,
    },
}

/// A phase of the public grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseName {
    /// L1.
    L1,
    /// L2.
    L2,
    /// L3.
    L3,
}

/// An input of a transfer switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputName {
    /// The preferred source.
    Grid,
    /// The other.
    Inverter,
}

/// Rules that a system as drawn can break.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RuleName {
    /// The battery's voltage destroys the inverter. Fatal: nothing is simulated.
    InverterOverVoltage,
    /// The battery never reaches the inverter's start voltage. Fatal: nothing is simulated.
    InverterNeverStarts,
    /// The inverter can ask for more than the port may give for ever.
    PortContinuousCurrent,
    /// The inverter can ask for more than the port may give at all.
    PortPeakCurrent,
    /// A fuse would carry more than its rating.
    FuseRating,
    /// A fuse cannot interrupt what a short at its end would draw.
    FuseBreakingCapacity,
    /// A fuse is not rated for the battery's voltage.
    FuseVoltage,
    /// The BMS cuts off before the inverter shuts down by itself.
    CutOffOrder,
    /// The inverter's lock-out ends at a voltage that the battery does not reach.
    ChargeDetectDeadEnd,
    /// The inverter starts at or below the voltage at which it stops.
    StartBelowShutdown,
    /// A transfer switch could connect its sources to each other.
    NoInterlock,
    /// A voltage-sensing transfer switch waits for an inverter that waits for a load.
    EcoBehindTransferSwitch,
    /// A load is too small to wake its inverter.
    LoadBelowEcoWake,
    /// The loads ask for more than the inverter gives for ever.
    InverterOverload,
    /// A document contradicts itself; says which reading is modelled.
    DocumentConflict,
    /// A device does not do what its remote control wire is to make it do.
    RemoteControl,
    /// What hangs on an output of a BMS takes more than it gives.
    OutputOverload,
    /// A coil hangs on an output that is not made for one.
    InductiveOutput,
    /// A bank is larger than its BMS may serve, or of a voltage that it is not made for.
    BankTooLarge,
    /// A BMS is told of another fuse than the fitted one.
    FuseSetting,
    /// Nothing but its own ability limits an alternator that must not give it for long.
    AlternatorAtFullOutput,
    /// A BMS serves batteries of a family that it is not made for.
    BatteryFamily,
    /// A device is controlled over a bus that its BMS does not have.
    ControlBus,
    /// The batteries of a bank differ, or their strings do.
    MixedBank,
    /// A battery has no pre-alarm and its BMS is set to wait for one.
    PreAlarmExpected,
    /// The fuse of a BMS carries less than what hangs on it takes, or is not one of those allowed.
    SupplyFuse,
    /// A source would charge a battery beyond the voltage at which it is full.
    ChargeVoltage,
    /// The sources on a bank give more than it may be charged with.
    ChargeCurrent,
    /// A device on the bus is made for another voltage.
    BusVoltage,
    /// A source lies behind a diode that lets nothing into the battery.
    BlockedCharging,
    /// Nothing bonds the neutral of an inverter's output to earth.
    FloatingNeutral,
    /// Neutral is bonded to earth in two places at once.
    DoubleBond,
    /// The contacts of a backup box carry far more than the storage behind it gives.
    StorageBehindContacts,
    /// The loads on one phase of a backup box take more than it carries.
    PhaseCurrent,
    /// A conductor carries less than the breaker before it lets through.
    ConductorRating,
    /// A device hangs where it is colder or hotter than it may be.
    OperatingTemperature,
    /// The wrong meters are selected for the way in which solar power enters.
    MeterSelection,
    /// The connections made do not fit the way in which solar power enters.
    CouplingConnection,
    /// The ratio of a meter's current transformers was changed.
    TransformerRatio,
    /// A three-phase load hangs on a storage of one phase.
    ThreePhaseLoad,
}

/// A protection's short name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProtectionName {
    /// Short circuit in discharge.
    Scd,
    /// Over-current in discharge.
    Ocd,
    /// Cell under-voltage, as the BMS sees it.
    Uvp,
    /// Cell under-voltage, by the front end itself.
    FrontEndUvp,
    /// Cell over-voltage, by the front end itself.
    FrontEndOvp,
    /// Pre-charge did not finish in time.
    PrechargeTimeout,
    /// Cell over-voltage.
    Ovp,
    /// Too cold to be charged.
    Utc,
    /// Too hot to be charged.
    Otc,
    /// Charge at the discharge floor.
    LowSoc,
}

/// Why a protection acted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CauseName {
    /// Capacitors filling.
    Inrush,
    /// A conductor where none belongs.
    Short,
    /// A load that draws too much.
    Overload,
    /// The cells are empty.
    Empty,
    /// A load keeps the capacitors from filling.
    LiveLoad,
    /// The cells are full.
    Full,
    /// The cells are outside their temperatures.
    Temperature,
}

/// Levels of deep-discharge risk, worst last.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum RiskName {
    /// Charge is left above the cut-off.
    None,
    /// Cut off, with more than a week of reserve left.
    Low,
    /// Cut off, with less than a week of reserve left.
    High,
    /// A cell is below the voltage from which it can be charged again.
    Damaged,
}

/// What the built-in baseline is known to miss.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltIn {
    /// `fail`: the only known miss that is worth writing down.
    pub outcome: KnownOutcome,
    /// Ids of the checks that fail.
    pub checks: Vec<String>,
}

/// The known outcome of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KnownOutcome {
    /// Some checks fail.
    Fail,
}
