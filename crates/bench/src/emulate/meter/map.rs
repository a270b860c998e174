//! Addresses of the meter's registers, as they travel: each number has two.

/// Most registers of one read.
pub(super) const MAX_REGISTERS: u16 = 80;
/// The last pair that the map knows, import of reactive energy of the third phase: up to here, what is
/// not measured reads zero.
pub(super) const LAST_INPUT: u16 = 0x017C;

/// What a meter measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MeterQuantity {
    /// V, between phase and neutral.
    Voltage,
    /// A.
    Current,
    /// W, positive towards the loads.
    Power,
    /// VA.
    Apparent,
    /// Real over apparent power.
    PowerFactor,
    /// Hz.
    Frequency,
    /// kWh towards the loads.
    ImportKwh,
    /// kWh from the loads.
    ExportKwh,
}

/// A register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measured {
    /// Phase, from 0; `None` for all of them.
    pub phase: Option<usize>,
    /// What.
    pub quantity: MeterQuantity,
}

/// First addresses of three phases.
const PER_PHASE: [(u16, MeterQuantity); 5] = [
    (0x0000, MeterQuantity::Voltage),
    (0x0006, MeterQuantity::Current),
    (0x000C, MeterQuantity::Power),
    (0x0012, MeterQuantity::Apparent),
    (0x001E, MeterQuantity::PowerFactor),
];
/// Addresses of what all phases have together.
const TOTALS: [(u16, MeterQuantity); 8] = [
    (0x002A, MeterQuantity::Voltage),
    (0x0030, MeterQuantity::Current),
    (0x0034, MeterQuantity::Power),
    (0x0038, MeterQuantity::Apparent),
    (0x003E, MeterQuantity::PowerFactor),
    (0x0046, MeterQuantity::Frequency),
    (0x0048, MeterQuantity::ImportKwh),
    (0x004A, MeterQuantity::ExportKwh),
];

/// What the pair of input registers at an even address holds.
pub(super) fn input(address: u16) -> Option<Measured> {
    let phase = PER_PHASE.iter().find_map(|&(first, quantity)| {
        let offset = address.checked_sub(first).filter(|offset| *offset < 6)?;
        Some(Measured { phase: Some(usize::from(offset / 2)), quantity })
    });
    phase.or_else(|| {
        let total = TOTALS.iter().find(|(known, _)| *known == address);
        total.map(|&(_, quantity)| Measured { phase: None, quantity })
    })
}

/// Settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holding {
    /// 1 one phase, 3 three phases and neutral.
    SystemType,
    /// 0 one stop bit, no parity.
    ParityAndStop,
    /// Its address.
    Node,
    /// 2 for 9600 bit/s.
    BaudRate,
}

impl Holding {
    /// The setting at an address.
    pub fn at(address: u16) -> Option<Self> {
        Some(match address {
            0x000A => Self::SystemType,
            0x0012 => Self::ParityAndStop,
            0x0014 => Self::Node,
            0x001C => Self::BaudRate,
            _ => return None,
        })
    }
}
