//! What happens in a scenario, with every reference followed.

use blackstart_units::{Ohms, SimTime, Volts, Watts};

use crate::resolved::{AcInput, Node};

/// One thing that happens.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SimTime,
    /// What.
    pub action: Action,
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
        /// Device.
        inverter: usize,
    },
    /// An inverter's front switch is turned off.
    SwitchOff {
        /// Device.
        inverter: usize,
    },
    /// A short circuit from a node to ground begins.
    Short {
        /// Where.
        node: Node,
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
        /// Device.
        load: usize,
        /// New demand, AC side.
        power: Watts,
    },
    /// The grid fails.
    FailGrid {
        /// Device.
        grid: usize,
    },
    /// The grid changes its voltage.
    SetGrid {
        /// Device.
        grid: usize,
        /// New RMS voltage.
        voltage: Volts,
    },
    /// Somebody turns a manual transfer switch.
    TurnSwitch {
        /// Device.
        switch: usize,
        /// Where to.
        to: AcInput,
    },
    /// A contact welds.
    WeldContact {
        /// Device.
        switch: usize,
        /// Which.
        contact: AcInput,
    },
    /// The grid returns.
    RestoreGrid {
        /// Device.
        grid: usize,
    },
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
            Self::FailGrid { .. } => "fail-grid".to_owned(),
            Self::SetGrid { voltage, .. } => format!("set-grid {voltage}"),
            Self::TurnSwitch { to, .. } => format!("turn-switch to {}", to.name()),
            Self::WeldContact { contact, .. } => format!("weld-contact {}", contact.name()),
            Self::RestoreGrid { .. } => "restore-grid".to_owned(),
        }
    }
}
