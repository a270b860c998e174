//! Kinds of parts: each is declared in one file here and built in one file of `plant`.
//!
//! A declaration is all that the rest of this crate knows of a kind: the schema of its files, which of
//! its numbers a scenario may set, which of its ends, quantities and pins others may name.

pub mod ac_contacts;
pub mod backup_box;
pub mod balancer;
pub mod battery_module;
pub mod cable;
pub mod capacitor;
pub mod cell_monitor;
pub mod cells;
pub mod comparator;
pub mod contactor;
pub mod current_sensor;
pub mod dc_load;
pub mod dc_source;
pub mod digital_input;
pub mod digital_output;
pub mod diode;
pub mod external_bms;
pub mod fet_switch;
pub mod front_end_chip;
pub mod fuse;
pub mod gate_heat;
pub mod grid;
pub mod host_watchdog;
pub mod inverter;
pub mod load;
#[cfg(test)]
mod of_a_test;
pub mod pack_charger;
pub mod pack_monitor;
pub mod pack_rules;
pub mod pairing_inputs;
pub mod pairing_rules;
pub mod port_rating;
pub mod ptc_limiter;
pub mod quiescent_draw;
pub mod release;
pub mod remote_cable;
pub mod remote_input;
pub mod remote_switch;
pub mod resistor;
mod schema;
pub mod shunt;
pub mod thermistor;
pub mod transfer_switch;
pub mod voltage_sensor;

use std::fmt;

use blackstart_roles::{Protection, RoleKind};

use crate::code::Code;
use crate::levels::Levels;
use crate::part::Part;
use crate::range::ParameterRange;
use crate::unit::Amount;

pub(crate) use schema::{Common, branch};

/// One kind of part.
#[derive(Debug)]
pub struct PartKind {
    /// The word under `type`.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub doc: &'static str,
    /// Its ends in the DC network, in the order in which a path passes them.
    pub ends: &'static [&'static str],
    /// Which of its numbers says how many elements it has, and what one is called (`cell`).
    pub elements: Option<(&'static str, &'static str)>,
    /// What it lets through between them.
    pub through: Through,
    /// Which of its numbers is its resistance while it conducts.
    pub resistance: Option<&'static str>,
    /// Which end must lie at ground, and what is said when it does not.
    pub at_ground: Option<(usize, &'static str)>,
    /// What it is on the AC side.
    pub ac: AcPlace,
    /// Whether it has three phases there.
    pub three_phase: fn(&Part) -> bool,
    /// What it takes from its first end while nobody uses it; its remote input, if it has one, is on or off.
    pub draws: fn(&Part, bool) -> Option<Quiescent>,
    /// At which of its ends.
    pub draws_at: fn(&Part) -> usize,
    /// Whether a comparator can stop it, although it is no switch.
    pub can_be_stopped: bool,
    /// Whether its file says what it goes together with.
    pub fits: bool,
    /// Its numbers.
    pub amounts: &'static [AmountKey],
    /// Numbers that it has together, some of them only where it has what they are of.
    pub groups: &'static [GroupKey],
    /// Pairs of its numbers that must stand in order.
    pub levels: &'static [Levels],
    /// What else is wrong with its numbers together.
    pub mistakes: fn(&Part) -> Vec<PartMistake>,
    /// Its curves.
    pub tables: &'static [TableKey],
    /// Its tables that are no curves; it may lack any.
    pub rows: &'static [RowsKey],
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
    /// What the role of its own is called, if it has one.
    pub control: fn(&Part) -> Option<&'static str>,
    /// Of a battery: the role whose alarms are trips of it, and what else can act on it.
    pub guarded_by: Option<(RoleKind, &'static [Protection])>,
    /// What it acts for by itself, besides what its word `stands_for` says.
    pub acts_for: &'static [Protection],
    /// Whether the numbers of two parts of the kind come to the same.
    pub same: fn(&Part, &Part) -> bool,
}

impl PartKind {
    /// Its name in words, with an article.
    pub fn with_article(&self) -> String {
        let words = self.name.replace('-', " ");
        let words = words.strip_prefix("dc ").map_or(words.clone(), |rest| format!("DC {rest}"));
        let words = words.strip_suffix(" bms").map_or(words.clone(), |rest| format!("{rest} BMS"));
        let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {words}")
    }

    /// Whether a comparator can hold it open.
    pub fn opens(&self) -> bool {
        let drives =
            |pin: &PinKey| pin.direction == PinDirection::Command && !pin.states.is_empty();
        self.through == Through::Switch && self.pins.iter().any(drives) || self.can_be_stopped
    }

    /// The pin by which something drives it, if it is a switch that follows at once.
    pub fn gate(&self) -> Option<&'static str> {
        let gate = |pin: &&PinKey| pin.name == "gate";
        self.pins.iter().find(gate).map(|pin| pin.name)
    }

    /// Whether a built-in controller is set by it.
    pub fn sets_a_controller(&self) -> bool {
        self.name.ends_with("-rules")
    }

    /// Whether it latches until something clears it.
    pub fn latches(&self) -> bool {
        self.pins.iter().any(|pin| pin.name == "clear")
    }

    /// The group that one of its numbers belongs to; nothing of its own ones.
    pub(crate) fn group_of(&self, key: &str) -> &'static str {
        let has = |group: &&GroupKey| group.amounts.iter().any(|own| own.key == key);
        self.groups.iter().find(has).map_or("", |group| group.key)
    }

    /// Its numbers, those of its groups included.
    pub fn all_amounts(&self) -> impl Iterator<Item = &'static AmountKey> + use<> {
        self.amounts.iter().chain(self.groups.iter().flat_map(|group| group.amounts))
    }

    /// Nothing: declarations fill in what they have.
    pub const NONE: Self = Self {
        name: "",
        doc: "",
        ends: &[],
        elements: None,
        through: Through::Nothing,
        resistance: None,
        at_ground: None,
        ac: AcPlace::Nothing,
        three_phase: |_| false,
        draws: |_, _| None,
        draws_at: |_| 0,
        can_be_stopped: false,
        fits: false,
        amounts: &[],
        groups: &[],
        levels: &[],
        mistakes: |_| Vec::new(),
        tables: &[],
        rows: &[],
        words: &[],
        links: &[],
        quantities: &[],
        pins: &[],
        stimuli: &[],
        control: |_| None,
        guarded_by: None,
        acts_for: &[],
        same: Part::says_the_same,
    };
}

/// What a kind lets through between its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// Nothing that lasts, or it has no ends.
    Nothing,
    /// Both ways, always.
    Conductor,
    /// Both ways until it melts.
    Fuse,
    /// From its first end to the other alone.
    OneWay,
    /// Both ways while something closes it.
    Switch,
    /// It takes from its first end and returns to the other.
    Draws,
    /// With the numbers of this group it is a path from its first end to the other that it limits and
    /// switches itself; without them it takes from its first end and returns to the other.
    Port(&'static str),
    /// It gives to its second end and returns to the first.
    Gives,
    /// Cells, from minus to plus.
    Cells,
}

/// A kind is the one that it is declared as.
impl PartialEq for PartKind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// One number of a kind.
#[derive(Debug)]
pub struct AmountKey {
    /// Key with unit.
    pub key: &'static str,
    /// Which values it may have.
    pub range: ParameterRange,
    /// What it is.
    pub doc: &'static str,
    /// What it is at the start of a run, rather than of the part.
    pub initial: bool,
    /// Whether a scenario may set it of one element (`cell-03.capacity_ah`).
    pub each: bool,
}

/// What a part takes while nobody uses it.
#[derive(Clone, Copy, Debug)]
pub struct Quiescent {
    /// Which number says so: a power, or a current at the voltage of its bus.
    pub key: &'static str,
    /// What it is called beside the part's name.
    pub called: &'static str,
}

/// What a part is on the AC side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcPlace {
    /// It has nothing to do with it.
    Nothing,
    /// It is fed.
    Load,
    /// It feeds.
    Source,
    /// It feeds one of two sources through.
    Switch,
}

/// Something wrong with a part's numbers together.
#[derive(Debug)]
pub struct PartMistake {
    /// The number that is to blame.
    pub key: String,
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What is pointed out.
    pub label: &'static str,
    /// What would be right.
    pub help: &'static str,
}

/// Numbers that a part has together: an object of its file.
#[derive(Debug)]
pub struct GroupKey {
    /// Its key.
    pub key: &'static str,
    /// What they are of.
    pub doc: &'static str,
    /// The numbers.
    pub amounts: &'static [AmountKey],
    /// Whether a part may have none of them.
    pub is_optional: bool,
}

/// Whether a flag is among those of a declaration.
pub const fn has_flag(flags: &[&str], flag: &str) -> bool {
    let mut k = 0;
    while k < flags.len() {
        let (one, other) = (flags[k].as_bytes(), flag.as_bytes());
        let mut same = one.len() == other.len();
        let mut n = 0;
        while same && n < one.len() {
            same = one[n] == other[n];
            n += 1;
        }
        if same {
            return true;
        }
        k += 1;
    }
    false
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
    /// The number that the first numbers of its points go along with when it is another than in the file.
    pub scales_with: Option<&'static str>,
}

/// A table of rows, none of which follows from another.
#[derive(Debug)]
pub struct RowsKey {
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What each row has.
    pub columns: &'static [ColumnKey],
}

/// One column.
#[derive(Debug)]
pub struct ColumnKey {
    /// Its key.
    pub key: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// What stands in it.
    pub of: ColumnOf,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnOf {
    /// A number, in the unit of its key.
    Number(ParameterRange),
    /// One of a few words.
    Word(&'static [&'static str]),
    /// Any text.
    Text,
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
    /// A quantity of another part (`shunt.current_a`, `cells.cell-*.voltage_v`), in this unit.
    Quantity(&'static str),
    /// As many quantities as are listed, in this unit.
    Quantities(&'static str),
    /// The part that sets a controller (`rules`).
    Rules,
    /// Cells of a string (`cells.cell-*`).
    Cells,
    /// Parts that can be opened (`charge`).
    Switches,
    /// A switch that it drives alone; it need not have one.
    Driven,
    /// Parts that latch until something clears them (`ocd`).
    Latches,
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

impl LinkKey {
    /// Whether a part must be there before what refers to it: what is opened or released is found later.
    pub fn looks(&self) -> bool {
        matches!(self.to, LinkTo::Quantity(_) | LinkTo::Quantities(_) | LinkTo::Cells)
    }
}

/// Something that can be looked at.
#[derive(Debug)]
pub struct QuantityKey {
    /// Its name; with a `*` where there are several (`cell-*.voltage_v`).
    pub name: &'static str,
    /// The amount that says how many there are.
    pub count: Option<&'static str>,
    /// The group of numbers that a part must have so that it has the quantity.
    pub group: Option<&'static str>,
}

impl QuantityKey {
    /// One of its own.
    pub const fn one(name: &'static str) -> Self {
        Self { name, count: None, group: None }
    }

    /// As many as an amount says.
    pub const fn counted(name: &'static str, count: &'static str) -> Self {
        Self { name, count: Some(count), group: None }
    }

    /// One of its own where the part has a group of numbers.
    pub const fn of_group(name: &'static str, group: &'static str) -> Self {
        Self { name, count: None, group: Some(group) }
    }

    /// Whether it is a place rather than something that can be measured.
    pub fn is_place(&self) -> bool {
        self.name == "cell-*"
    }
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
    /// Names of its states; none for a quantity, whose name ends in its unit where the role gives it one.
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

/// What the numbers of a part of one kind come to, in SI units.
pub trait OfPart: Sized {
    /// Which kind.
    const KIND: &'static PartKind;
    /// Of a part of that kind; `None` of another.
    fn of(part: &Part) -> Option<Self>;
}

/// Whether two parts of a kind come to the same in SI units.
fn same<V: OfPart + PartialEq>(one: &Part, other: &Part) -> bool {
    V::of(one) == V::of(other)
}

/// Declares the numbers of a kind: one line each, with the range of its values; `initial` marks what is
/// so at the start of a run, `each` what a scenario may set of one element.
macro_rules! amounts {
    ($(#[doc = $doc:expr])* $name:ident {
        $($(#[doc = $key_doc:expr])* $key:ident: $range:ident $($flag:ident)*,)*
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            $($(#[doc = $key_doc])* pub $key: crate::unit::Amount,)*
        }

        impl crate::kinds::Amounts for $name {
            const KEYS: &'static [crate::kinds::AmountKey] = &[$(crate::kinds::AmountKey {
                key: stringify!($key),
                range: crate::range::ParameterRange::$range,
                doc: concat!($($key_doc),*),
                initial: crate::kinds::has_flag(&[$(stringify!($flag)),*], "initial"),
                each: crate::kinds::has_flag(&[$(stringify!($flag)),*], "each"),
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
pub const ALL: &[&PartKind] = &[
    &backup_box::BACKUP_BOX,
    &balancer::BALANCER,
    &battery_module::BATTERY_MODULE,
    &cable::CABLE,
    &capacitor::CAPACITOR,
    &cell_monitor::CELL_MONITOR,
    &cells::CELLS,
    &contactor::CONTACTOR,
    &comparator::CURRENT_COMPARATOR,
    &current_sensor::CURRENT_SENSOR,
    &dc_load::DC_LOAD,
    &dc_source::DC_SOURCE,
    &digital_input::DIGITAL_INPUT,
    &digital_output::DIGITAL_OUTPUT,
    &diode::DIODE,
    &external_bms::EXTERNAL_BMS,
    &fet_switch::FET_SWITCH,
    &front_end_chip::FRONT_END_CHIP,
    &fuse::FUSE,
    &grid::GRID,
    &host_watchdog::HOST_WATCHDOG,
    &inverter::INVERTER,
    &load::LOAD,
    &pack_charger::PACK_CHARGER,
    &pack_monitor::PACK_MONITOR,
    &pack_rules::PACK_RULES,
    &pairing_inputs::PAIRING_INPUTS,
    &pairing_rules::PAIRING_RULES,
    &port_rating::PORT_RATING,
    &ptc_limiter::PTC_LIMITER,
    &quiescent_draw::QUIESCENT_DRAW,
    &remote_cable::REMOTE_CABLE,
    &remote_switch::REMOTE_SWITCH,
    &resistor::RESISTOR,
    &shunt::SHUNT,
    &comparator::TEMPERATURE_COMPARATOR,
    #[cfg(test)]
    &of_a_test::TEST_LAMP,
    &thermistor::THERMISTOR,
    &release::TIMED_RELEASE,
    &transfer_switch::TRANSFER_SWITCH,
    &comparator::VOLTAGE_COMPARATOR,
    &release::VOLTAGE_RELEASE,
    &voltage_sensor::VOLTAGE_SENSOR,
];

/// The kind of a word.
pub fn find(name: &str) -> Option<&'static PartKind> {
    ALL.iter().copied().find(|kind| kind.name == name)
}
