//! What happens in a scenario, with every reference followed.

use blackstart_units::{Ohms, SimTime, Volts, Watts};

use crate::backup_box::Phase;
use crate::can_fault::CanFault;
use crate::reading_fault::ReadingFault;
use crate::resolved::AcInput;

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioEvent {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: Action,
    /// Whether it ends what another began: what it leaves a part as was found in the system.
    pub ends: bool,
}

/// What can happen. Devices are indices into [`crate::System::devices`], BMS are full role paths.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Somebody starts the pairing procedure.
    StartPairing {
        /// Role.
        bms: String,
    },
    /// The battery's own control wants the port closed.
    EnablePort {
        /// Role.
        bms: String,
    },
    /// The battery's own control wants the port open.
    DisablePort {
        /// Role.
        bms: String,
    },
    /// An inverter's front switch is turned on.
    SwitchOn {
        /// Path of the device.
        inverter: String,
    },
    /// An inverter's front switch is turned off.
    SwitchOff {
        /// Path of the device.
        inverter: String,
    },
    /// A short circuit from a node to ground begins.
    Short {
        /// Name of the node.
        node: String,
        /// Of the short.
        resistance: Ohms,
        /// 0 for the first short of the scenario, and so on.
        id: usize,
    },
    /// A short circuit ends.
    EndShort {
        /// Which.
        id: usize,
    },
    /// A load changes its demand.
    SetLoad {
        /// Path of the device.
        load: String,
        /// New demand, AC side.
        power: Watts,
    },
    /// The grid fails.
    FailGrid {
        /// Path of the device.
        grid: String,
        /// One phase; all of them when absent.
        phase: Option<Phase>,
    },
    /// The grid changes its voltage.
    SetGrid {
        /// Path of the device.
        grid: String,
        /// One phase; all of them when absent.
        phase: Option<Phase>,
        /// New RMS voltage.
        voltage: Volts,
        /// New frequency in Hz; as it was when absent.
        frequency: Option<f64>,
    },
    /// Somebody turns a manual transfer switch.
    TurnSwitch {
        /// Path of the device.
        switch: String,
        /// Where to.
        to: AcInput,
    },
    /// A contact welds.
    WeldContact {
        /// Path of the device.
        switch: String,
        /// Which.
        contact: AcInput,
    },
    /// The grid returns.
    RestoreGrid {
        /// Path of the device.
        grid: String,
        /// One phase; all of them when absent.
        phase: Option<Phase>,
    },
    /// Somebody sets DIP switch 4 of a backup box.
    SetDip4 {
        /// Path of the device.
        backup_box: String,
        /// Whether it is on now.
        on: bool,
    },
    /// Somebody restarts a backup box.
    RestartBox {
        /// Path of the device.
        backup_box: String,
    },
    /// Somebody engages or releases the bypass of a backup box.
    SetBypass {
        /// Path of the device.
        backup_box: String,
        /// Whether it is to bridge the box.
        engaged: bool,
    },
    /// Somebody wires the remote terminals of a BMS anew.
    SetRemote {
        /// Path of the device.
        bms: String,
        /// What is there now.
        remote: RemoteWiring,
    },
    /// A DC source starts or stops.
    RunSource {
        /// Path of the device.
        source: String,
        /// Whether it runs.
        running: bool,
    },
    /// A DC source changes its voltage.
    SetSource {
        /// Path of the device.
        source: String,
        /// New voltage.
        voltage: Volts,
    },
    /// A DC load changes its demand.
    SetDcLoad {
        /// Path of the device.
        load: String,
        /// New demand.
        power: Watts,
    },
    /// The cable between a BMS and its batteries breaks, or is mended.
    BmsCable {
        /// Path of the device.
        bms: String,
        /// Whether it is broken.
        broken: bool,
    },
    /// Something is done to a part of a declared kind.
    SetPart {
        /// Its path.
        part: String,
        /// Which of its stimuli.
        what: &'static str,
        /// The place of a word among those of the stimulus, or a number.
        to: f64,
        /// The word or number as it is written.
        written: String,
    },
    /// Something goes wrong on the bus to a device under test.
    CanFault {
        /// Role of the device.
        role: String,
        /// What.
        fault: CanFault,
        /// 0 for the first such fault of the scenario, and so on.
        id: usize,
    },
    /// It is over.
    EndCanFault {
        /// Role of the device.
        role: String,
        /// Which.
        id: usize,
    },
    /// Something goes wrong with readings of a role.
    FaultReading {
        /// Role of the controller.
        role: String,
        /// What.
        fault: ReadingFault,
        /// 0 for the first such fault of the scenario, and so on.
        id: usize,
    },
    /// It is over.
    EndFaultReading {
        /// Role of the controller.
        role: String,
        /// Which.
        id: usize,
    },
    /// An update of a BMS's firmware starts, breaks off or is complete.
    Update {
        /// Path of the device.
        bms: String,
        /// What is the case from now on.
        update: UpdateState,
    },
}

/// How far an update of firmware is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateState {
    /// None is under way.
    #[default]
    None,
    /// One is under way.
    Running,
    /// The last one broke off.
    Failed,
}

/// What is wired to the remote terminals of a BMS.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RemoteWiring {
    /// Whether L and H are joined.
    pub joined: bool,
    /// Voltage that is put on L; nothing when absent.
    pub l: Option<Volts>,
    /// Voltage that is put on H; nothing when absent.
    pub h: Option<Volts>,
    /// Whether H is tied to battery plus.
    pub h_to_plus: bool,
}

impl Action {
    /// What happens, in few words with its numbers.
    pub fn describe(&self) -> String {
        match self {
            Self::StartPairing { .. } => "start-pairing".to_owned(),
            Self::EnablePort { .. } => "enable-port".to_owned(),
            Self::DisablePort { .. } => "disable-port".to_owned(),
            Self::SwitchOn { .. } => "switch-on".to_owned(),
            Self::SwitchOff { .. } => "switch-off".to_owned(),
            Self::Short { resistance, .. } => {
                // To the microohm: the division by 1000 on reading leaves dust behind.
                let milliohms = (resistance.0 * 1e6).round() / 1e3;
                format!("short {milliohms} mΩ")
            }
            Self::EndShort { .. } => "end-short".to_owned(),
            Self::SetLoad { power, .. } => format!("set-load {power}"),
            Self::FailGrid { phase, .. } => format!("fail-grid{}", of(*phase)),
            Self::SetGrid { voltage, phase, frequency, .. } => {
                let hertz = frequency.map(|hertz| format!(" {hertz} Hz")).unwrap_or_default();
                format!("set-grid {voltage}{hertz}{}", of(*phase))
            }
            Self::TurnSwitch { to, .. } => format!("turn-switch to {}", to.name()),
            Self::WeldContact { contact, .. } => format!("weld-contact {}", contact.name()),
            Self::RestoreGrid { phase, .. } => format!("restore-grid{}", of(*phase)),
            Self::SetDip4 { on: true, .. } => "set-dip4 on".to_owned(),
            Self::SetDip4 { on: false, .. } => "set-dip4 off".to_owned(),
            Self::RestartBox { .. } => "restart-box".to_owned(),
            Self::SetBypass { engaged: true, .. } => "engage-bypass".to_owned(),
            Self::SetBypass { engaged: false, .. } => "release-bypass".to_owned(),
            Self::SetRemote { remote, .. } => remote.describe(),
            Self::RunSource { running: true, .. } => "start-source".to_owned(),
            Self::RunSource { running: false, .. } => "stop-source".to_owned(),
            Self::SetSource { voltage, .. } => format!("set-source {voltage}"),
            Self::SetDcLoad { power, .. } => format!("set-load {power}"),
            Self::BmsCable { broken: true, .. } => "break-bms-cable".to_owned(),
            Self::BmsCable { broken: false, .. } => "mend-bms-cable".to_owned(),
            Self::CanFault { fault, .. } => format!("can-fault {}", fault.what.name()),
            Self::SetPart { what, written, .. } => format!("set-part {what} {written}"),
            Self::EndCanFault { .. } => "end-can-fault".to_owned(),
            Self::FaultReading { fault, .. } => {
                format!("fault-reading {} {}", fault.written, fault.what.name())
            }
            Self::EndFaultReading { .. } => "end-fault-reading".to_owned(),
            Self::Update { update: UpdateState::Running, .. } => "start-update".to_owned(),
            Self::Update { update: UpdateState::Failed, .. } => "fail-update".to_owned(),
            Self::Update { update: UpdateState::None, .. } => "finish-update".to_owned(),
        }
    }
}

/// ` of l2`, or nothing.
fn of(phase: Option<Phase>) -> String {
    phase.map(|phase| format!(" of {}", phase.name())).unwrap_or_default()
}

impl RemoteWiring {
    fn describe(&self) -> String {
        let joined = self.joined.then(|| "L to H".to_owned());
        let plus = self.h_to_plus.then(|| "H to plus".to_owned());
        let l = self.l.map(|volts| format!("L at {volts}"));
        let h = self.h.map(|volts| format!("H at {volts}"));
        let parts: Vec<String> = [joined, plus, l, h].into_iter().flatten().collect();
        let what = if parts.is_empty() { "open".to_owned() } else { parts.join(", ") };
        format!("set-remote {what}")
    }
}
