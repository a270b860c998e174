//! One row of the table: a value that a role hears, orders or says.

use std::fmt;

/// Which way a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// What the controller sees.
    Reading,
    /// What the controller orders.
    Command,
    /// What the controller says of itself. Recorded, never obeyed.
    Claim,
}

impl Direction {
    /// All, in the order in which pins are reported.
    pub const ALL: [Self; 3] = [Self::Reading, Self::Command, Self::Claim];

    /// `reading`, `command`, `claim`.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Command => "command",
            Self::Claim => "claim",
        }
    }

    /// What stands before the name where both are hashed: `r`, `c`, `k`.
    pub const fn letter(self) -> char {
        match self {
            Self::Reading => 'r',
            Self::Command => 'c',
            Self::Claim => 'k',
        }
    }
}

/// What the values of a pin mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PinForm {
    /// A quantity in the unit that the name ends with. One count on a line is 10 to this power of it.
    Quantity {
        /// Of one count.
        exponent: i8,
    },
    /// A counter, or bits of the device's own: any number from 0 up.
    Number,
    /// Bits with these names, from the lowest.
    Bits(Vec<String>),
    /// One of these, by index.
    States(Vec<String>),
    /// A bus to a chip: it takes transfers, and no values.
    Bus,
    /// One of the role's alarms, by index; which there are is the role's and the device's.
    Alarms,
}

/// What a pin can be in a sound system, as far as it is known: what carries it must be able to carry that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PinRange {
    /// Anything that its form can express.
    Any,
    /// Never below 0.
    NotNegative,
    /// One cell, from its lower to its upper limit.
    Cell,
    /// The string of cells, from its lower to its upper limit.
    Pack,
    /// Behind a switch of the pack: from 0 to the upper limit of the string.
    Port,
    /// From the continuous current in charge to the over-current limit in discharge.
    PackCurrent,
}

/// What a device's own limits make of a [`PinRange`], in V and A.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// How many cells are in series.
    pub cells: usize,
    /// Of one cell, where its front end acts.
    pub cell_voltage_v: (f64, f64),
    /// In charge and in discharge, both positive.
    pub current_a: (f64, f64),
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Pin {
    /// Name without the role (`pack_current_a`); where it is an array a pattern (`cell-*_voltage_v`).
    pub name: String,
    /// Which way it goes.
    pub direction: Direction,
    /// What its values mean.
    pub form: PinForm,
    /// What they can be.
    pub range: PinRange,
    /// Whether only some systems have it.
    pub is_optional: bool,
    /// What it is, in one line; empty where the name says it.
    pub meaning: String,
}

impl Pin {
    /// A row.
    pub fn new(
        direction: Direction,
        name: &str,
        form: PinForm,
        range: PinRange,
        meaning: &str,
    ) -> Self {
        let (name, meaning) = (name.to_owned(), meaning.to_owned());
        Self { name, direction, form, range, is_optional: false, meaning }
    }

    /// The same, which only some systems have.
    pub fn optional(self) -> Self {
        Self { is_optional: true, ..self }
    }

    /// Whether it stands for as many values as there are cells.
    pub fn is_array(&self) -> bool {
        self.name.contains('*')
    }

    /// Name of an element, counted from 0: of `cell-*_voltage_v` the first is `cell-01_voltage_v`.
    pub fn element(&self, index: usize) -> String {
        self.name.replacen('*', &format!("{:02}", index + 1), 1)
    }

    /// 32 bits of FNV-1a over its direction's letter, a colon and its name: how firmware of few bytes finds
    /// it.
    pub fn key(&self) -> u32 {
        let letter = self.direction.letter() as u8;
        fnv_1a([letter, b':'].into_iter().chain(self.name.bytes()))
    }

    /// The unit that the name ends with; empty where its values are no quantity.
    pub fn unit(&self) -> &str {
        match self.form {
            PinForm::Quantity { .. } => self.name.rsplit_once('_').map_or("", |(_, unit)| unit),
            _ => "",
        }
    }

    /// The least difference that it tells: one count of a quantity in its unit, another number or state.
    pub fn resolution(&self) -> f64 {
        match self.form {
            PinForm::Quantity { exponent } => (0..exponent.unsigned_abs())
                .fold(1.0, |step, _| if exponent < 0 { step / 10.0 } else { step * 10.0 }),
            _ => 1.0,
        }
    }

    /// What it can be in a device with these limits; `None` where anything is possible.
    pub fn bounds(&self, limits: Option<&Limits>) -> Option<(f64, f64)> {
        if let PinForm::Bits(names) = &self.form {
            return Some((0.0, f64::from((1u32 << names.len().min(31)) - 1)));
        }
        let Limits { cells, cell_voltage_v: (low, high), current_a: (charge, discharge) } = limits?;
        let cells = *cells as f64;
        match self.range {
            PinRange::Any | PinRange::NotNegative => None,
            PinRange::Cell => Some((*low, *high)),
            PinRange::Pack => Some((cells * low, cells * high)),
            PinRange::Port => Some((0.0, cells * high)),
            PinRange::PackCurrent => Some((-charge, *discharge)),
        }
    }
}

impl fmt::Display for PinRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "",
            Self::NotNegative => "from 0",
            Self::Cell => "the cell's limits",
            Self::Pack => "the cells' limits, summed",
            Self::Port => "0 to the cells' upper limits, summed",
            Self::PackCurrent => "continuous current in charge to over-current in discharge",
        })
    }
}

/// The 32-bit hash of Fowler, Noll and Vo, variant 1a.
pub fn fnv_1a(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    bytes.into_iter().fold(0x811C_9DC5, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_its_authors_test_vectors() {
        for (text, hash) in [("", 0x811C_9DC5), ("a", 0xE40C_292C), ("foobar", 0xBF9C_F968)] {
            assert_eq!(fnv_1a(text.bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_quantity_resolves_one_count_and_a_state_another_state() {
        let of =
            |form| Pin::new(Direction::Reading, "soc_pct", form, PinRange::Any, "").resolution();
        assert_eq!(of(PinForm::Quantity { exponent: -2 }), 0.01);
        assert_eq!(of(PinForm::Quantity { exponent: 2 }), 100.0);
        assert_eq!(of(PinForm::Number), 1.0);
    }

    #[test]
    fn one_name_in_three_directions_has_three_keys() {
        let pin = |direction| {
            Pin::new(direction, "soc_pct", PinForm::Quantity { exponent: -2 }, PinRange::Any, "")
        };
        let keys = Direction::ALL.map(|direction| pin(direction).key());
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
        assert_eq!(keys[0], fnv_1a("r:soc_pct".bytes()));
    }
}
