//! What the chip has to tell about itself.

use std::fmt;

use blackstart_units::SimTime;

use crate::fault::Fault;
use crate::power::PowerMode;

/// Something that happened in the chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChipNote {
    /// When.
    pub at: SimTime,
    /// What.
    pub note: Note,
}

/// What happened in a chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A protection acted.
    Tripped(Fault),
    /// A protection let go.
    Recovered(Fault),
    /// It went into another mode of power.
    Mode(PowerMode),
    /// Something was asked of it that this model does not know: it acknowledged, and did nothing.
    Unknown(ChipQuestion),
    /// What was unknown was asked for an answer: what the host makes of that nobody can vouch for.
    Awaited(ChipQuestion),
    /// A value outside the limits of a data memory entry was not stored.
    OutsideLimits(u16),
    /// A transfer did not come through, by a fault of the bus.
    BusFaulted,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChipQuestion {
    /// A sub-command.
    SubCommand(u16),
    /// A register.
    Register(u8),
    /// A place in the data memory.
    Memory(u16),
    /// The count of the reference voltage, in a sub-command that answers more than that.
    ReferenceCount(u16),
}

impl fmt::Display for ChipQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SubCommand(number) => write!(f, "sub-command 0x{number:04X}"),
            Self::Register(number) => write!(f, "register 0x{number:02X}"),
            Self::Memory(address) => write!(f, "data memory 0x{address:04X}"),
            Self::ReferenceCount(number) => {
                write!(f, "the count of VREF in sub-command 0x{number:04X}")
            }
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tripped(fault) => write!(f, "{} acted", fault.name()),
            Self::Recovered(fault) => write!(f, "{} let go", fault.name()),
            Self::Mode(mode) => write!(f, "mode {}", mode.name()),
            Self::Unknown(asked) => write!(f, "{asked} is not modelled: acknowledged, no effect"),
            Self::Awaited(asked) => write!(f, "{asked} is not modelled, and its answer was read"),
            Self::OutsideLimits(address) => {
                write!(f, "data memory 0x{address:04X} keeps its value: outside its limits")
            }
            Self::BusFaulted => f.write_str("a transfer did not come through"),
        }
    }
}
