//! What happens in a scenario: one entry for each event of its file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::can_fault::{CanFaultEntry, CanWay};
use crate::reading_fault::ReadingFaultEntry;

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
    /// Somebody or something does what the kind of a part allows: opens an interlock, welds a contact,
    /// breaks a wire.
    SetPart {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Path of the part (`pack-1.interlock`).
        target: String,
        /// Which stimulus of its kind (`position`).
        what: String,
        /// The word that it is set to …
        #[serde(default)]
        is: Option<String>,
        /// … or the number.
        #[serde(default)]
        value: Option<f64>,
        /// For how long; then it is as when nothing was done. For good when absent.
        #[serde(default)]
        for_s: Option<f64>,
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
        /// How long it stays; without end when absent.
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
    /// Something goes wrong on the CAN bus to the device under test in a role. A fault that reached no frame
    /// makes the verdict inconclusive.
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
    /// Something goes wrong with a reading between its sensor and the controller in a role. A fault that changed
    /// nothing that the controller was shown makes the verdict inconclusive.
    FaultReading {
        /// When.
        #[schemars(range(min = 0))]
        at_s: f64,
        /// Role of the controller.
        target: String,
        /// Name of the reading (`pack_current_a`, `cell-03_voltage_v`); all of an array by its pattern
        /// (`cell-*_voltage_v`).
        reading: String,
        /// What, in the unit of the reading.
        fault: ReadingFaultEntry,
        /// How long it lasts; to the end when absent.
        #[serde(default)]
        #[schemars(range(min = 0))]
        for_s: Option<f64>,
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
