//! Kinds of parts: each is declared in one file here and built in one file of `plant`.
//!
//! A declaration is all that the rest of this crate knows of a kind: the schema of its files, which of
//! its numbers a scenario may set, which of its ends, quantities and pins others may name.

mod schema;

use std::fmt;

use crate::range::Range;
use crate::unit::Amount;

pub(crate) use schema::branches;

/// One kind of part.
#[derive(Debug)]
pub struct Kind {
    /// The word under `type`.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    /// Its ends in the DC network, in the order in which a path passes them.
    pub ends: &'static [&'static str],
    /// Its numbers.
    pub amounts: &'static [AmountKey],
    /// Its curves.
    pub tables: &'static [TableKey],
    /// What is chosen from a few words.
    pub words: &'static [WordKey],
    /// What it refers to.
    pub links: &'static [LinkKey],
    /// What others can look at: sensors and comparators, but no role.
    pub quantities: &'static [QuantityKey],
    /// What a role can have.
    pub pins: &'static [PinKey],
    /// What a scenario can do to it.
    pub stimuli: &'static [StimulusKey],
}

impl Kind {
    /// Nothing: declarations fill in what they have.
    pub const NONE: Self = Self {
        name: "",
        doc: "",
        ends: &[],
        amounts: &[],
        tables: &[],
        words: &[],
        links: &[],
        quantities: &[],
        pins: &[],
        stimuli: &[],
    };
}

/// One number of a kind.
#[derive(Debug)]
pub struct AmountKey {
    /// Key with unit.
    pub key: &'static str,
    /// Which values it may have.
    pub range: Range,
    /// What it is.
    pub doc: &'static str,
    /// What it is at the start of a run, rather than of the part.
    pub initial: bool,
}

/// One curve of a kind.
pub struct TableKey {
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// The rule that its points must keep, in words.
    pub rule: &'static str,
    /// Whether a point may follow another, both in SI units.
    pub in_order: fn((f64, f64), (f64, f64)) -> bool,
    /// Its points, and the schema of its entry.
    pub form: TableForm,
}

/// The points of a curve: the keys of both numbers.
#[derive(Clone, Copy, Debug)]
pub struct TableForm {
    /// Key of what is given.
    pub over: &'static str,
    /// Key of what it gives.
    pub gives: &'static str,
}

impl fmt::Debug for TableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableKey").field("key", &self.key).field("form", &self.form).finish()
    }
}

/// One choice.
#[derive(Debug)]
pub struct WordKey {
    /// Its key.
    pub key: &'static str,
    /// What is chosen.
    pub doc: &'static str,
    /// From what.
    pub words: &'static [&'static str],
    /// What counts when nothing is said; nothing does where a choice must be made.
    pub otherwise: Option<&'static str>,
}

/// What a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTo {
    /// A quantity of another part (`shunt.current_a`, `cells.cell-*.voltage_v`).
    Quantity,
    /// A part with a position (`charge`), one or several.
    Switches,
    /// Two nodes.
    Nodes,
}

/// One reference.
#[derive(Debug)]
pub struct LinkKey {
    /// Its key.
    pub key: &'static str,
    /// What it refers to.
    pub doc: &'static str,
    /// What that may be.
    pub to: LinkTo,
}

/// Something that can be looked at.
#[derive(Debug)]
pub struct QuantityKey {
    /// Its name; with a `*` where there are several (`cell-*.voltage_v`).
    pub name: &'static str,
    /// The amount that says how many there are.
    pub count: Option<&'static str>,
}

/// Which way a pin goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinDirection {
    /// From the part to the role.
    Reading,
    /// From the role to the part.
    Command,
}

/// One pin.
#[derive(Debug)]
pub struct PinKey {
    /// Its name.
    pub name: &'static str,
    /// Which way.
    pub direction: PinDirection,
    /// Names of its states; none for a quantity.
    pub states: &'static [&'static str],
    /// Whether there is one for each element that the part's link has.
    pub each: bool,
}

/// Something that a scenario can do to a part.
#[derive(Debug)]
pub struct StimulusKey {
    /// Its name (`position`, `contact`).
    pub name: &'static str,
    /// The words that it may be set to, the first when nothing was done; none for a number, whose name
    /// ends in its unit.
    pub words: &'static [&'static str],
    /// What it does.
    pub doc: &'static str,
}

/// The numbers of a kind, as a type of their own.
pub trait Amounts: Sized {
    /// Their declarations, in order.
    const KEYS: &'static [AmountKey];
    /// From as many amounts, in that order.
    fn of(amounts: &[Amount]) -> Option<Self>;
}

/// Declares the numbers of a kind: one line each, with the range of its values; `initial` marks what is
/// so at the start of a run.
macro_rules! amounts {
    ($(#[doc = $doc:expr])* $name:ident {
        $($(#[doc = $key_doc:expr])* $key:ident: $range:ident $($initial:ident)?,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $($(#[doc = $key_doc])* pub $key: crate::unit::Amount,)*
        }

        impl crate::kinds::Amounts for $name {
            const KEYS: &'static [crate::kinds::AmountKey] = &[$(crate::kinds::AmountKey {
                key: stringify!($key),
                range: crate::range::Range::$range,
                doc: concat!($($key_doc),*),
                initial: !stringify!($($initial)?).is_empty(),
            },)*];

            fn of(amounts: &[crate::unit::Amount]) -> Option<Self> {
                let mut amounts = amounts.iter().copied();
                Some(Self { $($key: amounts.next()?,)* })
            }
        }
    };
}

pub(crate) use amounts;

/// Every kind, in the order of their names.
pub const ALL: &[&Kind] = &[];

/// The kind of a word.
pub fn find(name: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}
