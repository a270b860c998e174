//! What a rig plays besides the roles: devices of the field that a client talks to, and readers of real
//! ones.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem};
use crate::rig_file::TransportEntry;
use crate::syntax::Document;
use crate::transport::Transport;

/// Highest address of a Modbus unit.
const MAX_UNIT: u8 = 247;

/// One device that the bench plays, as a rig file has it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmulationEntry {
    /// As whom the bench speaks.
    #[serde(rename = "as")]
    pub kind: EmulationKind,
    /// Address on a Modbus line; 1 when absent.
    #[serde(default)]
    pub unit: Option<u8>,
    /// Where the other side is: `pty` for a client on this machine. A serial line has the rate of the
    /// protocol, and a device of a CAN bus behind one speaks as an SLCAN adapter.
    pub transport: TransportEntry,
}

/// As whom the bench speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EmulationKind {
    /// The inverter, a Victron Phoenix, on its VE.Direct port.
    VeDirectPhoenix,
    /// A reader of a real Phoenix.
    VeDirectReader,
    /// A three-phase meter on Modbus RTU.
    ModbusMeter,
    /// A reader of a real meter.
    ModbusMeterReader,
    /// The inverter, a Mean Well NTU, on its serial port.
    Ntu,
    /// The battery's BMS on the CAN bus of a Victron system.
    BmsCanVictron,
    /// The battery's BMS on the CAN bus of an inverter that expects a Pylontech battery.
    BmsCanPylontech,
    /// The battery's BMS on the CAN bus of an SMA Sunny Island.
    BmsCanSma,
    /// The inverter on the CAN bus of a real BMS, as a Victron system.
    BmsCanInverterVictron,
    /// The inverter on the CAN bus of a real BMS, as one that expects a Pylontech battery.
    BmsCanInverterPylontech,
    /// The inverter on the CAN bus of a real BMS, as an SMA Sunny Island.
    BmsCanInverterSma,
}

impl EmulationKind {
    /// Whether it is a device of a CAN bus.
    pub fn is_can(self) -> bool {
        !matches!(
            self,
            Self::VeDirectPhoenix
                | Self::VeDirectReader
                | Self::ModbusMeter
                | Self::ModbusMeterReader
                | Self::Ntu
        )
    }

    /// Whether it reads a real device, or hears one: whoever wants that needs the device.
    pub fn reads(self) -> bool {
        matches!(
            self,
            Self::VeDirectReader
                | Self::ModbusMeterReader
                | Self::BmsCanInverterVictron
                | Self::BmsCanInverterPylontech
                | Self::BmsCanInverterSma
        )
    }

    /// Whether it has an address on its line.
    fn has_unit(self) -> bool {
        matches!(self, Self::ModbusMeter | Self::ModbusMeterReader)
    }

    /// `ve-direct-phoenix`.
    pub fn name(self) -> &'static str {
        match self {
            Self::VeDirectPhoenix => "ve-direct-phoenix",
            Self::VeDirectReader => "ve-direct-reader",
            Self::ModbusMeter => "modbus-meter",
            Self::ModbusMeterReader => "modbus-meter-reader",
            Self::Ntu => "ntu",
            Self::BmsCanVictron => "bms-can-victron",
            Self::BmsCanPylontech => "bms-can-pylontech",
            Self::BmsCanSma => "bms-can-sma",
            Self::BmsCanInverterVictron => "bms-can-inverter-victron",
            Self::BmsCanInverterPylontech => "bms-can-inverter-pylontech",
            Self::BmsCanInverterSma => "bms-can-inverter-sma",
        }
    }
}

/// One device that the bench plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emulation {
    /// As whom.
    pub kind: EmulationKind,
    /// Address on a Modbus line, 1 … 247.
    pub unit: u8,
    /// Where the other side is.
    pub transport: Transport,
}

impl fmt::Display for Emulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.kind.name(), self.transport)
    }
}

impl Emulation {
    /// From its entry in a rig file.
    pub(crate) fn of(
        entry: EmulationEntry,
        document: &Document,
        instance: &str,
        problems: &mut Diagnostics,
    ) -> Self {
        let kind = entry.kind;
        let place = |keys: &[&str]| document.place_of(&[&["emulates", instance], keys].concat());
        match entry.unit {
            Some(_) if !kind.has_unit() => {
                let message = format!("`{}` has no address", kind.name());
                let problem = Problem::at(place(&["unit"]), Code::WrongPlace, message);
                problems.push(problem.label("only a Modbus unit has one"));
            }
            Some(unit) if !(1..=MAX_UNIT).contains(&unit) => {
                let message = format!("`unit` cannot be {unit}");
                let problem = Problem::at(place(&["unit"]), Code::OutOfRange, message);
                problems.push(problem.label(format!("expected 1 to {MAX_UNIT}")));
            }
            _ => {}
        }
        let transport = Transport::from(entry.transport);
        for complaint in transport.complaints() {
            let keys: Vec<&str> = std::iter::once("transport").chain(complaint.keys).collect();
            let problem = Problem::at(place(&keys), Code::OutOfRange, complaint.message);
            problems.push(problem.label(complaint.expected));
        }
        if transport.is_bus() && !kind.is_can() {
            let message = format!("`{}` speaks over a serial line", kind.name());
            let problem = Problem::at(place(&["transport", "type"]), Code::WrongPlace, message);
            problems.push(problem.label("this is a CAN bus"));
        }
        Self { kind, unit: entry.unit.unwrap_or(1), transport }
    }
}
