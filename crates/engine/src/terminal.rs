//! The terminals between physics and controllers: readings in, commands and claims out.
//!
//! A terminal belongs to a *role* (`sessy-1.bms`). The physics writes readings and obeys commands; a
//! built-in controller or a device under test reads readings and writes commands. Neither sees the
//! other, so a role changes hands without the plant noticing.

use std::collections::BTreeMap;
use std::ops::Range;

use bevy_ecs::prelude::Component;
use blackstart_roles::{Alarm, Direction, Pin, PinForm, Role, RoleKind};
use blackstart_trace::SignalKind;
use blackstart_units::SimTime;

use crate::disturbance::Shown;
use crate::disturbed::Disturbed;
use crate::transfer::{BusAnswer, BusTransfer};

/// Slots of subscriptions that one controller can hold.
pub const WIRE_SLOTS: usize = 256;

/// One named value of a bank.
#[derive(Clone, Debug)]
pub struct PinItem {
    /// Name without the role (`pack_current_a`, `main_switch`).
    pub name: String,
    /// What its values mean.
    pub kind: SignalKind,
    value: f64,
    changed: bool,
    is_valid: bool,
}

/// A row of the table of roles in a bank: one item, or as many as there are cells.
#[derive(Clone, Debug)]
pub struct PlacedPin {
    /// The row.
    pub pin: Pin,
    /// Its items.
    pub items: Range<usize>,
}

/// The readings, the commands or the claims of one role, in the order of the role's table.
#[derive(Clone, Debug, Default)]
pub struct PinBank {
    items: Vec<PinItem>,
    pins: Vec<PlacedPin>,
    any_changed: bool,
    /// What is wrong with some of them.
    pub(crate) disturbed: Disturbed,
}

impl PinBank {
    /// A bank of pins that are no arrays and no alarms.
    pub fn of(pins: impl IntoIterator<Item = Pin>) -> Self {
        let mut bank = Self::default();
        pins.into_iter().for_each(|pin| bank.add(&pin, 1, &[]));
        bank
    }

    /// Adds a pin, an array with as many items as there are cells. Quantities are initially 0, states the
    /// first.
    pub fn add(&mut self, pin: &Pin, cells: usize, alarms: &[Alarm]) {
        let kind = match &pin.form {
            PinForm::Quantity { .. } | PinForm::Number | PinForm::Bits(_) | PinForm::Bus => {
                SignalKind::Analog
            }
            PinForm::States(names) => SignalKind::State(names.clone()),
            PinForm::Alarms => {
                SignalKind::State(alarms.iter().map(|one| one.name.clone()).collect())
            }
        };
        let first = self.items.len();
        let names = match pin.is_array() {
            true => (0..cells).map(|index| pin.element(index)).collect(),
            false => vec![pin.name.clone()],
        };
        let item =
            |name| PinItem { name, kind: kind.clone(), value: 0.0, changed: true, is_valid: true };
        self.items.extend(names.into_iter().map(item));
        self.pins.push(PlacedPin { pin: pin.clone(), items: first..self.items.len() });
        self.any_changed = true;
    }

    /// The rows that it was made from, each with its items.
    pub fn pins(&self) -> &[PlacedPin] {
        &self.pins
    }

    /// Where the value with this name stands.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|item| item.name == name)
    }

    /// Where the elements of the array with this pattern stand.
    pub fn array(&self, pattern: &str) -> Option<Range<usize>> {
        let found = self.pins.iter().find(|placed| placed.pin.name == pattern)?;
        Some(found.items.clone())
    }

    /// Where a value stands that the physics reads or writes.
    ///
    /// # Panics
    /// If the role's table has no such pin.
    pub fn place(&self, name: &str) -> usize {
        self.index(name).unwrap_or_else(|| panic!("the table of the role has no pin `{name}`"))
    }

    /// The value with this name; see [`PinBank::place`].
    pub fn value(&self, name: &str) -> f64 {
        self.get(self.place(name))
    }

    /// Sets the value with this name; see [`PinBank::place`].
    pub fn put(&mut self, name: &str, value: f64) {
        self.set(self.place(name), value);
    }

    /// The declarations with their values' meaning.
    pub fn items(&self) -> &[PinItem] {
        &self.items
    }

    /// The value at an index, as whoever is behind the terminal gets it.
    pub fn get(&self, index: usize) -> f64 {
        self.disturbed.note_look(index);
        self.items[index].value
    }

    /// Whether the sensor behind a reading vouches for its value.
    pub fn is_valid(&self, index: usize) -> bool {
        self.items[index].is_valid
    }

    /// The value at an index before any fault of it.
    pub fn measured(&self, index: usize) -> f64 {
        self.disturbed.measured(index).unwrap_or(self.items[index].value)
    }

    /// Sets the value at an index; a value that is the same is no change. Of a reading with a fault it is
    /// what is measured: what comes of it is shown by [`PinBank::show_disturbed`].
    pub fn set(&mut self, index: usize, value: f64) {
        if !self.disturbed.measure(index, value) {
            self.write(index, Shown::sound(value));
        }
    }

    /// Sets a reading that a converter sampled at an instant.
    pub fn set_sample(&mut self, index: usize, value: f64, at: SimTime) {
        let shown = self.disturbed.sample(index, value, at);
        self.write(index, shown);
    }

    /// Shows readings with a fault that no converter samples as they are at an instant; whether any is
    /// another than before.
    pub fn show_disturbed(&mut self, now: SimTime) -> bool {
        let mut changed = false;
        for (index, shown) in self.disturbed.unsampled(now) {
            changed |= self.write(index, shown);
        }
        changed
    }

    pub(crate) fn write(&mut self, index: usize, shown: Shown) -> bool {
        let item = &mut self.items[index];
        let is_new = item.value != shown.value || item.is_valid != shown.is_valid;
        if is_new {
            (item.value, item.is_valid) = (shown.value, shown.is_valid);
            item.changed = true;
            self.any_changed = true;
        }
        is_new
    }

    /// From now on every value counts as changed: whoever was sent it before may not have heard it.
    pub fn retell(&mut self) {
        self.items.iter_mut().for_each(|item| item.changed = true);
        self.any_changed = !self.items.is_empty();
    }

    /// The indices whose value changed since the last call, ascending, and their values.
    pub fn take_changed(&mut self) -> Vec<(usize, f64)> {
        if !std::mem::take(&mut self.any_changed) {
            return Vec::new();
        }
        let changed = |(index, item): (usize, &mut PinItem)| {
            std::mem::take(&mut item.changed).then_some((index, item.value))
        };
        self.items.iter_mut().enumerate().filter_map(changed).collect()
    }
}

/// Which reading a subscription watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchedReading {
    /// The one at this index.
    One(usize),
    /// Any of these: fires when the first of them crosses.
    AnyOf(Range<usize>),
}

/// Direction of a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertEdge {
    /// From below to at or above the level.
    Rising,
    /// From above to at or below the level.
    Falling,
}

impl AlertEdge {
    /// Whether `value` lies on the far side of `level`.
    pub fn is_beyond(self, value: f64, level: f64) -> bool {
        match self {
            Self::Rising => value >= level,
            Self::Falling => value <= level,
        }
    }
}

/// "Wake me when this reading crosses that level." A subscription made when the reading is already
/// beyond fires at the next sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// What to watch.
    pub reading: WatchedReading,
    /// Which way.
    pub edge: AlertEdge,
    /// In the reading's unit.
    pub level: f64,
}

/// The subscriptions of one controller by slot.
pub type Subscriptions = BTreeMap<u8, Subscription>;

/// Why a controller is woken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Causes {
    /// The time that it asked for has come; also the very first call.
    pub timer: bool,
    /// The front end acted.
    pub alert: bool,
    /// A subscribed level was crossed.
    pub level: bool,
    /// An input changed: a button, a request.
    pub input: bool,
}

impl Causes {
    /// The controller may sleep on.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What of a role there is on one device.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoleShape<'a> {
    /// Cells in series: elements of every array.
    pub cells: usize,
    /// Codes of the device's own after the role's alarms.
    pub codes: &'a [Alarm],
    /// Pins that only some systems have, and this one does.
    pub optional: &'a [&'a str],
}

/// One role's readings, commands and claims, and when its controller wants to be woken.
#[derive(Component, Clone, Debug)]
pub struct Terminal {
    /// The role's path (`sessy-1.bms`).
    pub role: String,
    /// What kind of role that is.
    pub kind: RoleKind,
    /// What the controller sees. Written by the physics.
    pub readings: PinBank,
    /// What the controller orders. Obeyed by the physics.
    pub commands: PinBank,
    /// What the controller says of itself. Recorded, never obeyed.
    pub claims: PinBank,
    /// The states of the claim `alarm`, with what each stands for; empty where the role has none.
    pub alarms: Vec<Alarm>,
    /// Levels that wake it.
    pub subscriptions: Subscriptions,
    /// Raised whenever subscriptions were written, so that the physics looks at them again.
    pub subscriptions_changed: bool,
    /// The time that it sleeps until.
    pub wake_at: SimTime,
    /// Why it must be woken now; empty while it sleeps.
    pub causes: Causes,
    /// Transfers on buses to chips that the controller has begun. Taken by the physics.
    pub transfers: Vec<BusTransfer>,
    /// Transfers that have ended. Written by the physics.
    pub transferred: Vec<BusAnswer>,
}

impl Terminal {
    /// The terminal of a role on a device, whose controller is due for its first call.
    pub fn new(path: String, role: &Role, shape: RoleShape<'_>) -> Self {
        let alarms: Vec<Alarm> = role.alarms.iter().chain(shape.codes).cloned().collect();
        let bank = |direction: Direction| {
            let mut bank = PinBank::default();
            let is_here =
                |pin: &&Pin| !pin.is_optional || shape.optional.contains(&pin.name.as_str());
            let pins = role.pins_of(direction).filter(is_here);
            pins.for_each(|pin| bank.add(pin, shape.cells, &alarms));
            bank
        };
        Self {
            role: path,
            kind: role.kind,
            readings: bank(Direction::Reading),
            commands: bank(Direction::Command),
            claims: bank(Direction::Claim),
            alarms,
            subscriptions: Subscriptions::new(),
            subscriptions_changed: false,
            wake_at: SimTime::ZERO,
            causes: Causes::default(),
            transfers: Vec::new(),
            transferred: Vec::new(),
        }
    }

    /// Sets a reading; the controller is woken when it changes. See [`PinBank::place`].
    pub fn show(&mut self, reading: &str, value: f64) {
        let place = self.readings.place(reading);
        self.causes.input |= self.show_at(place, value);
    }

    /// Sets the reading at an index; whether its controller sees another than before. What a fault makes of
    /// a new value is shown later within the tick.
    pub fn show_at(&mut self, index: usize, value: f64) -> bool {
        let is_new = self.readings.measured(index) != value;
        if is_new {
            self.readings.set(index, value);
        }
        is_new && !self.readings.is_disturbed(index)
    }

    /// Shows what faults make of readings that no converter samples, which wakes the controller.
    pub fn show_disturbed(&mut self, now: SimTime) {
        self.causes.input |= self.readings.show_disturbed(now);
    }

    /// What the controller claims to have as an alarm; `None` where its role has none.
    pub fn alarm(&self) -> Option<&Alarm> {
        let is_alarm = |placed: &&PlacedPin| placed.pin.form == PinForm::Alarms;
        let place = self.claims.pins.iter().find(is_alarm)?.items.start;
        self.alarms.get(self.claims.get(place) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_roles::{Protection, RoleTable};

    fn bms(table: &RoleTable, cells: usize) -> Terminal {
        let shape = RoleShape { cells, ..RoleShape::default() };
        Terminal::new("pack.bms".to_owned(), table.role(RoleKind::BatteryManagement), shape)
    }

    #[test]
    fn a_bank_reports_each_change_once_and_everything_at_first() {
        let mut bank = bms(RoleTable::standard(), 0).readings;
        let all = bank.items().len();
        let current = bank.index("pack_current_a").unwrap();
        let wanted = bank.index("port_request").unwrap();
        assert_eq!(bank.take_changed().len(), all);
        bank.set(wanted, 1.0);
        bank.set(current, 0.0);
        assert_eq!(bank.take_changed(), [(wanted, 1.0)]);
        assert!(bank.take_changed().is_empty());
        bank.retell();
        assert_eq!(bank.take_changed().len(), all);
    }

    #[test]
    fn an_array_has_an_item_for_each_cell_and_what_a_system_lacks_is_not_there() {
        let bank = bms(RoleTable::standard(), 3).readings;
        assert_eq!(bank.pins()[0].items, 0..3);
        assert_eq!(bank.items()[2].name, "cell-03_voltage_v");
        assert_eq!(bank.index("pack_current_a"), Some(3));
        assert_eq!(bank.index("stored_trips"), None);
    }

    #[test]
    fn one_row_more_is_one_pin_and_one_state_more() {
        let mut table = RoleTable::standard().clone();
        let hundredths = PinForm::Quantity { exponent: -2 };
        let range = blackstart_roles::PinRange::Any;
        let bms_rows = &mut table.roles[0];
        bms_rows.pins.push(Pin::new(Direction::Claim, "soh_pct", hundredths, range, ""));
        bms_rows.alarms.push(Alarm::new("flooded", Some(Protection::Measurement)));
        let mut terminal = bms(&table, 1);
        assert!(terminal.claims.index("soh_pct").is_some());
        let alarm = terminal.claims.index("alarm").unwrap();
        terminal.claims.set(alarm, (table.roles[0].alarms.len() - 1) as f64);
        assert_eq!(terminal.alarm().unwrap().stands_for, Some(Protection::Measurement));
        assert_eq!(bms(RoleTable::standard(), 1).alarm().unwrap().name, "none");
    }
}
