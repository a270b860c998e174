//! The fixed vocabulary: which number on the wire is which signal, and what one count of it is worth.
//!
//! Names are those of the engine's terminals. The high byte of an id is its kind, the low byte an index;
//! only the cells take a whole block, so that a pack may have 4095 of them.
//!
//! | ids | what |
//! |---|---|
//! | 0x01xx | measurements of pack and port |
//! | 0x02xx | front end |
//! | 0x03xx | inputs: buttons, requests |
//! | 0x04xx | temperatures |
//! | 0x05xx | what non-volatile memory held at power-up |
//! | 0x1000 … 0x1FFE | cell voltages, 0x1FFF in a subscription is any cell |
//! | 0x40xx | orders to switches and front end |
//! | 0x41xx | front-end settings |
//! | 0x42xx | what non-volatile memory shall hold |
//! | 0x60xx | claims: state, charge, alarm |
//! | 0x61xx | claimed limits (CVL, CCL, DCL) |

use thiserror::Error;

/// In a subscription: whichever cell crosses first.
pub const ANY_CELL: u16 = 0x1FFF;
/// Most cells that have an id.
pub const MAX_CELLS: usize = (ANY_CELL - FIRST_CELL) as usize;

const FIRST_CELL: u16 = 0x1000;
const LAST_CELL: u16 = ANY_CELL - 1;

/// In which message a value travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Bench to device, in READING.
    Reading,
    /// Device to bench, in COMMAND.
    Command,
    /// Device to bench, in CLAIM.
    Claim,
}

impl Direction {
    const fn noun(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Command => "command",
            Self::Claim => "claim",
        }
    }
}

/// What the counts of an entry mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// A quantity in the unit that the name ends with.
    Quantity {
        /// Counts per unit.
        counts_per_unit: f64,
    },
    /// Bits or a counter: any number from 0 up, as it is.
    Number,
    /// One of these, by index.
    States(&'static [&'static str]),
}

/// One value of the vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Number on the wire.
    pub id: u16,
    /// Name in the engine, without the role.
    pub name: String,
    /// Message that carries it.
    pub direction: Direction,
    /// What its counts mean.
    pub scale: Scale,
}

/// A value that its entry cannot express.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("`{name}` cannot be {value}: {reason}")]
pub struct RangeError {
    /// The entry's name.
    pub name: String,
    /// The value, in the entry's unit.
    pub value: f64,
    /// What it should be.
    pub reason: &'static str,
}

/// What a device said that no device can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AbsurdError {
    /// No such id in this direction.
    #[error("there is no {} 0x{id:04X}", direction.noun())]
    Unknown {
        /// Message that carried it.
        direction: Direction,
        /// The id.
        id: u16,
    },
    /// The id cannot have this value.
    #[error("`{name}` cannot be {counts}")]
    Value {
        /// Name of the entry.
        name: &'static str,
        /// What was sent.
        counts: i32,
    },
}

const OPEN_CLOSED: Scale = Scale::States(&["open", "closed"]);
const NO_YES: Scale = Scale::States(&["no", "yes"]);
const UNITS: Scale = Scale::Quantity { counts_per_unit: 1.0 };
const MILLI: Scale = Scale::Quantity { counts_per_unit: 1_000.0 };
const HUNDREDTHS: Scale = Scale::Quantity { counts_per_unit: 100.0 };
const TENTHS_OF_MILLI: Scale = Scale::Quantity { counts_per_unit: 10_000.0 };
const STATES: Scale =
    Scale::States(&["off", "precharge", "on", "tripped", "empty", "locked-out", "deep-sleep"]);
const ALARMS: Scale = Scale::States(&[
    "none",
    "pairing-failed",
    "scd",
    "ocd",
    "uvp",
    "pairing-needed",
    "ovp",
    "over-temperature",
    "under-temperature",
    "measurement",
    "too-many-trips",
    "watchdog",
    "front-end-voltage",
]);

/// Everything but the cells.
const NAMED: &[(u16, &str, Direction, Scale)] = &[
    (0x0100, "pack_current_a", Direction::Reading, MILLI),
    (0x0101, "pack_voltage_v", Direction::Reading, MILLI),
    (0x0102, "port_voltage_v", Direction::Reading, MILLI),
    (0x0103, "passed_charge_c", Direction::Reading, HUNDREDTHS),
    (0x0200, "front_end_status", Direction::Reading, Scale::Number),
    (0x0300, "pairing_request", Direction::Reading, Scale::Number),
    (0x0301, "port_request", Direction::Reading, NO_YES),
    (0x0400, "pack_temperature_c", Direction::Reading, HUNDREDTHS),
    (0x0500, "stored_paired", Direction::Reading, NO_YES),
    (0x0501, "stored_soc_pct", Direction::Reading, HUNDREDTHS),
    (0x0502, "stored_trips", Direction::Reading, Scale::Number),
    (0x4000, "main_switch", Direction::Command, OPEN_CLOSED),
    (0x4001, "precharge_switch", Direction::Command, OPEN_CLOSED),
    (0x4002, "front_end_clear", Direction::Command, Scale::Number),
    (0x4100, "scd_threshold_a", Direction::Command, HUNDREDTHS),
    (0x4101, "scd_delay_us", Direction::Command, UNITS),
    (0x4102, "ocd_threshold_a", Direction::Command, HUNDREDTHS),
    (0x4103, "ocd_delay_ms", Direction::Command, UNITS),
    (0x4200, "store_paired", Direction::Command, NO_YES),
    (0x4201, "store_soc_pct", Direction::Command, HUNDREDTHS),
    (0x4202, "store_trips", Direction::Command, Scale::Number),
    (0x6000, "state", Direction::Claim, STATES),
    (0x6001, "soc_pct", Direction::Claim, HUNDREDTHS),
    (0x6002, "alarm", Direction::Claim, ALARMS),
    (0x6003, "paired", Direction::Claim, NO_YES),
    (0x6004, "warnings", Direction::Claim, Scale::Number),
    (0x6100, "charge_voltage_limit_v", Direction::Claim, MILLI),
    (0x6101, "charge_current_limit_a", Direction::Claim, HUNDREDTHS),
    (0x6102, "discharge_current_limit_a", Direction::Claim, HUNDREDTHS),
];

/// Every entry but the cells, in order of ids.
pub fn entries() -> impl Iterator<Item = Entry> {
    NAMED.iter().map(|&(id, name, direction, scale)| Entry {
        id,
        name: name.to_owned(),
        direction,
        scale,
    })
}

/// The voltage of cell `index`, counted from 0: `cell-01_voltage_v` is cell 0. `None` from
/// [`MAX_CELLS`] on.
pub fn cell(index: usize) -> Option<Entry> {
    let offset = u16::try_from(index).ok().filter(|_| index < MAX_CELLS)?;
    Some(Entry {
        id: FIRST_CELL + offset,
        name: format!("cell-{:02}_voltage_v", index + 1),
        direction: Direction::Reading,
        scale: TENTHS_OF_MILLI,
    })
}

/// The entry with this number. A wildcard is none: it stands for many.
pub fn by_id(id: u16) -> Option<Entry> {
    match id {
        FIRST_CELL..=LAST_CELL => cell(usize::from(id - FIRST_CELL)),
        _ => entries().find(|entry| entry.id == id),
    }
}

/// The entry with this name.
pub fn by_name(direction: Direction, name: &str) -> Option<Entry> {
    let number = name.strip_prefix("cell-").and_then(|rest| rest.strip_suffix("_voltage_v"));
    let found = match number {
        Some(number) => number.parse::<usize>().ok()?.checked_sub(1).and_then(cell),
        None => entries().find(|entry| entry.direction == direction && entry.name == name),
    };
    // A cell's number has one spelling only.
    found.filter(|entry| entry.direction == direction && entry.name == name)
}

/// Whether a device may say this: the id exists in this direction and can have this value. No command
/// is negative.
///
/// # Errors
/// What is wrong with it.
pub fn check(direction: Direction, id: u16, counts: i32) -> Result<(), AbsurdError> {
    if direction == Direction::Reading && (FIRST_CELL..=LAST_CELL).contains(&id) {
        return Ok(());
    }
    let found = NAMED.iter().find(|entry| entry.0 == id && entry.2 == direction);
    let &(_, name, _, scale) = found.ok_or(AbsurdError::Unknown { direction, id })?;
    let possible = match scale {
        Scale::States(names) => usize::try_from(counts).is_ok_and(|index| index < names.len()),
        Scale::Number => counts >= 0,
        Scale::Quantity { .. } => counts >= 0 || direction != Direction::Command,
    };
    if possible { Ok(()) } else { Err(AbsurdError::Value { name, counts }) }
}

impl Entry {
    /// The counts that come nearest to a value in the entry's unit.
    ///
    /// # Errors
    /// If the value is no number, does not fit 32 bits, or is no state of the entry.
    pub fn to_counts(&self, value: f64) -> Result<i32, RangeError> {
        let scaled = match self.scale {
            Scale::Quantity { counts_per_unit } => value * counts_per_unit,
            Scale::Number | Scale::States(_) => value,
        };
        let rounded = scaled.round();
        if !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&rounded) {
            return Err(self.out_of_range(value, "it does not fit 32 bits"));
        }
        let counts = rounded as i32;
        self.checked(counts)?;
        Ok(counts)
    }

    /// The value, in the entry's unit, of so many counts.
    ///
    /// # Errors
    /// If the counts are no state of the entry, or negative where they count something.
    pub fn from_counts(&self, counts: i32) -> Result<f64, RangeError> {
        self.checked(counts)?;
        Ok(match self.scale {
            // Division rounds once; multiplying by 0.0001 would round twice.
            Scale::Quantity { counts_per_unit } => f64::from(counts) / counts_per_unit,
            Scale::Number | Scale::States(_) => f64::from(counts),
        })
    }

    fn checked(&self, counts: i32) -> Result<(), RangeError> {
        match self.scale {
            Scale::Number if counts < 0 => {
                Err(self.out_of_range(f64::from(counts), "it counts from 0 up"))
            }
            Scale::States(names) if usize::try_from(counts).map_or(true, |i| i >= names.len()) => {
                Err(self.out_of_range(f64::from(counts), "it has no such state"))
            }
            _ => Ok(()),
        }
    }

    fn out_of_range(&self, value: f64, reason: &'static str) -> RangeError {
        RangeError { name: self.name.clone(), value, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_hundred_cells_have_names_and_ids_both_ways() {
        for index in 0..500 {
            let entry = cell(index).unwrap();
            assert_eq!(by_id(entry.id).as_ref(), Some(&entry));
            assert_eq!(by_name(Direction::Reading, &entry.name), Some(entry));
        }
        assert_eq!(cell(0).unwrap().name, "cell-01_voltage_v");
        assert_eq!(cell(499).unwrap().name, "cell-500_voltage_v");
    }

    #[test]
    fn the_last_cell_leaves_the_wildcard_free() {
        assert_eq!(cell(MAX_CELLS - 1).unwrap().id, ANY_CELL - 1);
        assert_eq!(cell(MAX_CELLS), None);
        assert_eq!(by_id(ANY_CELL), None);
    }

    #[test]
    fn a_cell_has_one_spelling() {
        for name in
            ["cell-1_voltage_v", "cell-001_voltage_v", "cell-00_voltage_v", "cell-+1_voltage_v"]
        {
            assert_eq!(by_name(Direction::Reading, name), None, "{name}");
        }
    }

    #[test]
    fn ids_ascend_and_directions_do_not_mix() {
        let ids: Vec<u16> = entries().map(|entry| entry.id).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(by_name(Direction::Reading, "main_switch"), None);
        assert_eq!(by_name(Direction::Command, "cell-01_voltage_v"), None);
    }

    #[test]
    fn what_cannot_be_expressed_is_refused() {
        let current = by_name(Direction::Reading, "pack_current_a").unwrap();
        assert_eq!(current.to_counts(1300.1405), Ok(1_300_141));
        for value in [f64::NAN, f64::INFINITY, 2_147_483.648, -1e300] {
            assert!(current.to_counts(value).is_err(), "{value}");
        }
        let state = by_name(Direction::Claim, "state").unwrap();
        assert!(state.from_counts(7).is_err());
        assert!(state.from_counts(-1).is_err());
        assert!(state.to_counts(6.6).is_err());
    }

    #[test]
    fn what_no_device_can_mean_is_named() {
        assert_eq!(check(Direction::Claim, 0x6000, 6), Ok(()));
        assert_eq!(check(Direction::Reading, ANY_CELL - 1, -1), Ok(()));
        for (direction, id, counts, expected) in [
            (Direction::Claim, 0x6000, 7, "`state` cannot be 7"),
            (Direction::Claim, 0x6000, -1, "`state` cannot be -1"),
            (Direction::Command, 0x4101, i32::MIN, "`scd_delay_us` cannot be -2147483648"),
            (Direction::Command, 0x6000, 0, "there is no command 0x6000"),
            (Direction::Reading, 0xBEEF, 0, "there is no reading 0xBEEF"),
        ] {
            assert_eq!(check(direction, id, counts).unwrap_err().to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn counts_survive_the_way_there_and_back(index in 0..NAMED.len() + 1, counts: i32) {
            let entry = entries().nth(index).unwrap_or_else(|| cell(7).unwrap());
            if let Ok(value) = entry.from_counts(counts) {
                prop_assert_eq!(entry.to_counts(value), Ok(counts));
            }
        }

        #[test]
        fn rounding_is_never_off_by_more_than_half_a_count(volts in 0.0f64..100.0) {
            let entry = cell(0).unwrap();
            let back = entry.from_counts(entry.to_counts(volts).unwrap()).unwrap();
            prop_assert!((back - volts).abs() <= 0.000_050_001);
        }
    }
}
