//! A part of a declared kind, and the roles that are made of pins, with every reference followed.

use crate::kinds::{AmountKey, Amounts, PartKind, PinDirection, PinKey};
use crate::range::MAX_CELLS;
use crate::resolved::Node;
use crate::unit::Amount;
use blackstart_roles::{Protection, RoleKind};
use blackstart_units::Volts;

/// One part of a kind. Two are equal where all that they come to is.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub kind: &'static PartKind,
    /// Its ends, in the order of the kind; of what only looks, the two nodes.
    pub ends: Vec<Node>,
    pub(crate) amounts: Vec<Amount>,
    pub(crate) groups: Vec<Option<Vec<Amount>>>,
    pub(crate) tables: Vec<Vec<(f64, f64)>>,
    pub(crate) rows: Vec<Vec<Vec<RowValue>>>,
    pub(crate) words: Vec<&'static str>,
    pub(crate) links: Vec<Vec<Link>>,
    /// What the scenario sets of single elements: which, which number, what.
    pub(crate) each: Vec<(usize, &'static str, Amount)>,
}

/// What stands in one column of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowValue {
    /// A number.
    Number(Amount),
    /// A word, or any text.
    Text(String),
}

impl RowValue {
    /// As a number; 0 of a text.
    pub fn number(&self) -> Amount {
        match self {
            Self::Number(amount) => *amount,
            Self::Text(_) => Amount::new("", 0.0),
        }
    }

    /// As a text; an empty one of a number.
    pub fn text(&self) -> &str {
        match self {
            Self::Number(_) => "",
            Self::Text(text) => text,
        }
    }
}

/// What a link leads to, elements counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Path of the part.
    pub part: String,
    /// The quantity's name in its kind; empty for the part itself.
    pub quantity: &'static str,
    /// Which, of several.
    pub element: Option<usize>,
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.ends == other.ends
            && self.links == other.links
            && (self.kind.same)(self, other)
    }
}

impl Part {
    /// Whether two parts say the same, word for word.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        (&self.amounts, &self.groups, &self.tables)
            == (&other.amounts, &other.groups, &other.tables)
            && (&self.words, &self.each, &self.rows) == (&other.words, &other.each, &other.rows)
    }

    /// Its numbers, as the type that its kind gives them; `None` for another kind's.
    pub fn amounts<A: Amounts>(&self) -> Option<A> {
        let keys = |all: &'static [AmountKey]| all.iter().map(|one| one.key);
        keys(self.kind.amounts).eq(keys(A::KEYS)).then(|| A::of(&self.amounts))?
    }

    /// Another value for one of its numbers, in the unit of its key, as a study sets it; whether it has that.
    pub fn set(&mut self, key: &str, value: f64) -> bool {
        let all = self.kind.amounts.iter().zip(&mut self.amounts);
        let in_groups =
            self.kind.groups.iter().zip(&mut self.groups).flat_map(|(group, amounts)| {
                group.amounts.iter().zip(amounts.iter_mut().flatten())
            });
        let own = all.chain(in_groups).find(|(one, _)| one.key == key);
        own.map(|(_, own)| *own = Amount::new(key, value)).is_some()
    }

    /// Another choice, as a study makes it; whether the kind has that.
    pub fn choose(&mut self, key: &str, word: &str) -> bool {
        let place = self.kind.words.iter().position(|one| one.key == key);
        let known =
            place.and_then(|place| self.kind.words[place].words.iter().find(|one| **one == word));
        let own = place.and_then(|place| self.words.get_mut(place));
        own.zip(known).map(|(own, known)| *own = known).is_some()
    }

    /// One number by its key.
    pub fn amount(&self, key: &str) -> Option<Amount> {
        let all = self.kind.amounts.iter().zip(&self.amounts);
        let in_groups = self
            .kind
            .groups
            .iter()
            .zip(&self.groups)
            .flat_map(|(group, amounts)| group.amounts.iter().zip(amounts.iter().flatten()));
        all.chain(in_groups).find(|(one, _)| one.key == key).map(|(_, amount)| *amount)
    }

    /// The numbers of a group; `None` where the part has none of it.
    pub fn group<A: Amounts>(&self, key: &str) -> Option<A> {
        let place = self.kind.groups.iter().position(|one| one.key == key)?;
        self.groups.get(place)?.as_ref().and_then(|amounts| A::of(amounts))
    }

    /// Whether it has the numbers of a group.
    pub fn has_group(&self, key: &str) -> bool {
        let place = self.kind.groups.iter().position(|one| one.key == key);
        place.and_then(|place| self.groups.get(place)).is_some_and(Option::is_some)
    }

    /// The rows of a table; none of one that the part does not have.
    pub fn rows(&self, key: &str) -> &[Vec<RowValue>] {
        let place = self.kind.rows.iter().position(|one| one.key == key);
        place.and_then(|place| self.rows.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The points of a curve, in SI units; none of one that the kind does not have.
    pub fn table(&self, key: &str) -> &[(f64, f64)] {
        let place = self.kind.tables.iter().position(|one| one.key == key);
        place.and_then(|place| self.tables.get(place)).map_or(&[], Vec::as_slice)
    }

    /// What is chosen; nothing of a choice that the kind does not have.
    pub fn word(&self, key: &str) -> &'static str {
        let place = self.kind.words.iter().position(|one| one.key == key);
        place.and_then(|place| self.words.get(place)).copied().unwrap_or("")
    }

    /// What a link leads to, in order; nothing for one that the file does not have.
    pub fn links(&self, key: &str) -> &[Link] {
        let place = self.kind.links.iter().position(|one| one.key == key);
        place.and_then(|place| self.links.get(place)).map_or(&[], Vec::as_slice)
    }

    /// How many elements it has: cells, or what its link leads to.
    pub fn elements(&self) -> usize {
        match self.kind.elements {
            // A count out of range has been complained about; it must not fill the memory as well.
            Some((_, count)) => {
                self.amount(count).map_or(0, |count| count.count().min(MAX_CELLS as usize))
            }
            None => self.links.iter().map(Vec::len).max().unwrap_or(0),
        }
    }

    /// How many elements one of its pins has: what its first link leads to, where it has no elements itself.
    pub(crate) fn elements_of(&self, pin: &PinKey) -> usize {
        match (pin.each, self.kind.elements) {
            (true, None) => self.links.first().map_or(0, Vec::len),
            _ => self.elements(),
        }
    }

    /// Of cells: their nominal voltage, else the open-circuit voltage of all of them half full; 0 of anything
    /// else.
    pub fn nominal_voltage(&self) -> Volts {
        if let Some(volts) = self.amount("nominal_voltage_v") {
            return volts.volts();
        }
        let middle = self.table("open_circuit_voltage").iter().find(|point| point.0 >= 0.5);
        middle.map_or(Volts(0.0), |point| Volts(point.1)) * self.elements() as f64
    }

    /// A number of one element: what the scenario sets of it, else the part's.
    pub fn amount_of(&self, element: usize, key: &str) -> Option<Amount> {
        self.set_of(element, key).or_else(|| self.amount(key))
    }

    /// What the scenario sets of one element alone.
    pub fn set_of(&self, element: usize, key: &str) -> Option<Amount> {
        let set = self.each.iter().find(|(k, name, _)| *k == element && *name == key);
        set.map(|(_, _, amount)| *amount)
    }
}

/// A role that is made of pins of parts.
#[derive(Clone, Debug, PartialEq)]
pub struct AssembledRole {
    /// Its path (`pack-1.bms`).
    pub path: String,
    /// Which kind of controller plays it.
    pub kind: RoleKind,
    /// Which built-in one does when no device is bound.
    pub built_in: String,
    /// The part that sets it.
    pub rules: String,
    /// In the order of the role's rows, then of their names.
    pub pins: Vec<RolePin>,
    /// In the order of their names; where they are the table's, of its rows.
    pub claims: Vec<RoleClaim>,
}

/// One pin of a role.
#[derive(Clone, Debug, PartialEq)]
pub struct RolePin {
    /// Its name; where there is one for each element a pattern (`cell-*_voltage_v`).
    pub name: String,
    /// Which way.
    pub direction: PinDirection,
    /// Names of its states; none for a quantity or bits.
    pub states: Vec<String>,
    /// What it is: of an array one for each element, else all that one pin stands for.
    pub to: Vec<PinTarget>,
}

impl RolePin {
    /// Whether there is one for each element.
    pub fn is_array(&self) -> bool {
        self.name.contains('*')
    }
}

/// A pin of a part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinTarget {
    /// Path of the part.
    pub part: String,
    /// The pin's name in its kind.
    pub pin: &'static str,
    /// Which, of several, counted from 0.
    pub element: Option<usize>,
}

/// One claim of a role.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleClaim {
    /// Its name.
    pub name: String,
    /// Names of its states; none for a quantity.
    pub states: Vec<String>,
    /// States that stand for a protection.
    pub stands_for: Vec<(String, Protection)>,
}
