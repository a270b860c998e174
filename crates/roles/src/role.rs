//! Roles: kinds of controllers that somebody outside can play.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use crate::pin::{Direction, Pin, PinForm};
use crate::protection::Protection;
use crate::{rows, rows_ac, rows_dc};

/// What is controlled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleKind {
    /// A pack with switches and front end of its own.
    BatteryManagement,
    /// An inverter.
    Inverter,
    /// A transfer switch between grid and inverter.
    TransferSwitch,
    /// A three-phase transfer switch with a meter, which hears a storage.
    BackupBox,
    /// A BMS outside of the batteries that it hears.
    ExternalBms,
    /// The monitor in a battery without a switch.
    CellMonitor,
    /// A switch with a remote input.
    RemoteSwitch,
    /// What charges a battery and takes nothing back: on the mains, on panels, on an engine.
    Charger,
}

impl RoleKind {
    /// All there are, in the order of the table.
    pub const ALL: [Self; 8] = [
        Self::BatteryManagement,
        Self::Inverter,
        Self::TransferSwitch,
        Self::BackupBox,
        Self::ExternalBms,
        Self::CellMonitor,
        Self::RemoteSwitch,
        Self::Charger,
    ];

    /// The last part of the role's path: `sessy-1.bms`, `inverter-1.control`, `battery-1.monitor`.
    pub const fn path_word(self) -> &'static str {
        match self {
            Self::BatteryManagement => "bms",
            Self::CellMonitor => "monitor",
            _ => "control",
        }
    }

    /// `battery-management`, `inverter`, `transfer-switch`, ….
    pub const fn name(self) -> &'static str {
        match self {
            Self::BatteryManagement => "battery-management",
            Self::Inverter => "inverter",
            Self::TransferSwitch => "transfer-switch",
            Self::BackupBox => "backup-box",
            Self::ExternalBms => "external-bms",
            Self::CellMonitor => "cell-monitor",
            Self::RemoteSwitch => "remote-switch",
            Self::Charger => "charger",
        }
    }
}

/// One state of the claim `alarm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// In kebab-case (`over-temperature`), or the device's own code.
    pub name: String,
    /// The protection that has acted when it is claimed; `None` where it stands for none.
    pub stands_for: Option<Protection>,
}

impl Alarm {
    /// A row.
    pub fn new(name: &str, stands_for: Option<Protection>) -> Self {
        Self { name: name.to_owned(), stands_for }
    }
}

/// A kind of controller, with everything that it hears, orders and says.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// What is controlled.
    pub kind: RoleKind,
    /// For people.
    pub title: String,
    /// One row a pin; within a direction the order is that of the terminal's banks.
    pub pins: Vec<Pin>,
    /// States of the claim `alarm`, by index; a device may add codes of its own.
    pub alarms: Vec<Alarm>,
}

impl Role {
    /// Its pins of one direction, in order.
    pub fn pins_of(&self, direction: Direction) -> impl Iterator<Item = &Pin> {
        self.pins.iter().filter(move |pin| pin.direction == direction)
    }

    /// Whether there is anything to order: a device that orders nothing of such a role is deaf.
    pub fn has_commands(&self) -> bool {
        self.pins_of(Direction::Command).next().is_some()
    }
}

/// Two rows that firmware could not tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// Name of the kind of role.
    pub role: String,
    /// Both names, each with its direction.
    pub pins: [String; 2],
    /// The key that both have.
    pub key: u32,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [one, other] = &self.pins;
        match one == other {
            true => write!(f, "the role `{}` has the {one} twice", self.role),
            false => {
                let (role, key) = (&self.role, self.key);
                write!(
                    f,
                    "the {one} and the {other} of the role `{role}` have one key, 0x{key:08X}"
                )
            }
        }
    }
}

/// All roles.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleTable {
    /// In the order of [`RoleKind::ALL`].
    pub roles: Vec<Role>,
}

impl RoleTable {
    /// The table that everything is made from.
    pub fn standard() -> &'static Self {
        static TABLE: LazyLock<RoleTable> = LazyLock::new(|| RoleTable {
            roles: vec![
                rows::battery_management(),
                rows_ac::inverter(),
                rows_ac::transfer_switch(),
                rows_ac::backup_box(),
                rows_dc::external_bms(),
                rows_dc::cell_monitor(),
                rows_dc::remote_switch(),
                rows_dc::charger(),
            ],
        });
        &TABLE
    }

    /// The role of a kind.
    ///
    /// # Panics
    /// If a kind was taken out of a copy of the table.
    pub fn role(&self, kind: RoleKind) -> &Role {
        let found = self.roles.iter().find(|role| role.kind == kind);
        found.unwrap_or_else(|| panic!("the table has no role `{}`", kind.name()))
    }

    /// The first of two rows of a role that have one key.
    pub fn clash(&self) -> Option<Clash> {
        self.roles.iter().find_map(|role| clash(role.kind.name(), &role.pins))
    }

    /// Every name of a direction, with its arrays' patterns, in order and once.
    pub fn names(&self, direction: Direction) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        let pins = self.roles.iter().flat_map(|role| role.pins_of(direction));
        for pin in pins {
            if !names.contains(&pin.name.as_str()) {
                names.push(&pin.name);
            }
        }
        names
    }
}

/// Two of these pins that have one key.
pub fn clash<'a>(role: &str, pins: impl IntoIterator<Item = &'a Pin>) -> Option<Clash> {
    let mut seen: BTreeMap<u32, &Pin> = BTreeMap::new();
    let spoken = |pin: &Pin| format!("{} `{}`", pin.direction.noun(), pin.name);
    pins.into_iter().find_map(|pin| {
        let earlier = seen.insert(pin.key(), pin)?;
        Some(Clash { role: role.to_owned(), pins: [spoken(earlier), spoken(pin)], key: pin.key() })
    })
}

/// States of a pin: its own, or names of alarms.
pub(crate) fn states<'a>(pin: &'a Pin, alarms: &'a [Alarm]) -> Vec<&'a str> {
    match &pin.form {
        PinForm::States(names) => names.iter().map(String::as_str).collect(),
        PinForm::Alarms => alarms.iter().map(|alarm| alarm.name.as_str()).collect(),
        PinForm::Quantity { .. } | PinForm::Number | PinForm::Bits(_) | PinForm::Bus => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pin::PinRange;

    #[test]
    fn no_two_pins_of_a_role_have_one_key() {
        assert_eq!(RoleTable::standard().clash(), None);
    }

    #[test]
    fn a_pin_that_stands_twice_and_keys_that_collide_are_found() {
        let number = |name| Pin::new(Direction::Reading, name, PinForm::Number, PinRange::Any, "");
        let mut table = RoleTable::standard().clone();
        let again = table.roles[0].pins[0].clone();
        table.roles[0].pins.push(again);
        let text = table.clash().unwrap().to_string();
        assert_eq!(text, "the role `battery-management` has the reading `cell-*_voltage_v` twice");
        // Found by trying names.
        let (one, other) = COLLIDING;
        let mut table = RoleTable::standard().clone();
        table.roles[0].pins.extend([number(one), number(other)]);
        let clash = table.clash().unwrap();
        assert_eq!(clash.pins, [one, other].map(|name| format!("reading `{name}`")));
        assert!(clash.to_string().contains("have one key, 0x"), "{clash}");
    }

    /// Two names whose keys as readings are equal.
    const COLLIDING: (&str, &str) = ("relay_outer_lamp_time_s", "outer_port_probe_current_a");

    #[test]
    fn every_kind_has_its_role_at_its_place() {
        let kinds: Vec<RoleKind> = RoleTable::standard().roles.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, RoleKind::ALL);
    }
}
