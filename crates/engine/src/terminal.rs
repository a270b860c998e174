//! The terminals between physics and controllers: readings in, commands and claims out.
//!
//! A terminal belongs to a *role* (`sessy-1.bms`). The physics writes readings and obeys commands; a
//! built-in controller or a device under test reads readings and writes commands. Neither sees the
//! other, so a role changes hands without the plant noticing.

use std::collections::BTreeMap;
use std::ops::Range;

use bevy_ecs::prelude::Component;
use blackstart_trace::SignalKind;
use blackstart_units::SimTime;

/// Slots of subscriptions that one controller can hold.
pub const WIRE_SLOTS: usize = 256;

/// One named value of a bank.
#[derive(Clone, Debug)]
pub struct Item {
    /// Name without the role (`pack_current_a`, `main_switch`).
    pub name: String,
    /// What its values mean.
    pub kind: SignalKind,
    value: f64,
    changed: bool,
}

/// The readings, the commands or the claims of one role, in a fixed order.
#[derive(Clone, Debug, Default)]
pub struct Bank {
    items: Vec<Item>,
    any_changed: bool,
}

impl Bank {
    /// Adds a quantity, initially 0; returns its index.
    pub fn analog(&mut self, name: impl Into<String>) -> usize {
        self.declare(name.into(), SignalKind::Analog)
    }

    /// Adds a value with named states, initially the first; returns its index.
    pub fn state(&mut self, name: impl Into<String>, names: &[&str]) -> usize {
        let names = names.iter().map(|&name| name.to_owned()).collect();
        self.declare(name.into(), SignalKind::State(names))
    }

    fn declare(&mut self, name: String, kind: SignalKind) -> usize {
        self.items.push(Item { name, kind, value: 0.0, changed: true });
        self.any_changed = true;
        self.items.len() - 1
    }

    /// Where the value with this name stands.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|item| item.name == name)
    }

    /// The declarations with their values' meaning.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The value at an index.
    pub fn get(&self, index: usize) -> f64 {
        self.items[index].value
    }

    /// Sets the value at an index; a value that is the same is no change.
    pub fn set(&mut self, index: usize, value: f64) {
        let item = &mut self.items[index];
        if item.value != value {
            item.value = value;
            item.changed = true;
            self.any_changed = true;
        }
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
        let changed = |(index, item): (usize, &mut Item)| {
            std::mem::take(&mut item.changed).then_some((index, item.value))
        };
        self.items.iter_mut().enumerate().filter_map(changed).collect()
    }
}

/// Which reading a subscription watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The one at this index.
    One(usize),
    /// Any of these: fires when the first of them crosses.
    AnyOf(Range<usize>),
}

/// Direction of a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// From below to at or above the level.
    Rising,
    /// From above to at or below the level.
    Falling,
}

impl Edge {
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
    pub reading: Reading,
    /// Which way.
    pub edge: Edge,
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

/// One role's readings, commands and claims, and when its controller wants to be woken.
#[derive(Component, Clone, Debug)]
pub struct Terminal {
    /// The role's path (`sessy-1.bms`).
    pub role: String,
    /// What the controller sees. Written by the physics.
    pub readings: Bank,
    /// What the controller orders. Obeyed by the physics.
    pub commands: Bank,
    /// What the controller says of itself. Recorded, never obeyed.
    pub claims: Bank,
    /// Levels that wake it.
    pub subscriptions: Subscriptions,
    /// Raised whenever subscriptions were written, so that the physics looks at them again.
    pub subscriptions_changed: bool,
    /// The time that it sleeps until.
    pub wake_at: SimTime,
    /// Why it must be woken now; empty while it sleeps.
    pub causes: Causes,
}

impl Terminal {
    /// A terminal whose controller is due for its first call.
    pub fn new(role: String) -> Self {
        Self {
            role,
            readings: Bank::default(),
            commands: Bank::default(),
            claims: Bank::default(),
            subscriptions: Subscriptions::new(),
            subscriptions_changed: false,
            wake_at: SimTime::ZERO,
            causes: Causes::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_reports_each_change_once_and_everything_at_first() {
        let mut bank = Bank::default();
        let current = bank.analog("pack_current_a");
        let switch = bank.state("main_switch", &["open", "closed"]);
        assert_eq!(bank.take_changed(), [(current, 0.0), (switch, 0.0)]);
        bank.set(switch, 1.0);
        bank.set(current, 0.0);
        assert_eq!(bank.take_changed(), [(switch, 1.0)]);
        assert!(bank.take_changed().is_empty());
        bank.retell();
        assert_eq!(bank.take_changed(), [(current, 0.0), (switch, 1.0)]);
    }
}
