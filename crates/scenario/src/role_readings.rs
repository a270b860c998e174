//! What a role sees, by name, as it will be once its system is spawned.

use blackstart_roles::{Direction, Pin, PinForm, PinRange, RoleKind, RoleTable};

use crate::kinds::PinDirection;
use crate::part::Part;
use crate::resolved::System;

/// One count of a quantity that the table does not know: a thousandth of its unit.
const MILLI: i8 = -3;

/// A row of what a role sees: one reading, or as many as there are elements.
#[derive(Clone, Debug, PartialEq)]
pub struct RoleReading {
    /// Its name, unit and form.
    pub pin: Pin,
    /// How many there are; of no array one.
    pub count: usize,
}

impl RoleReading {
    /// Names of its readings.
    pub fn names(&self) -> Vec<String> {
        match self.pin.is_array() {
            true => (0..self.count).map(|index| self.pin.element(index)).collect(),
            false => vec![self.pin.name.clone()],
        }
    }
}

impl System {
    /// The readings of the role with this path; none of a path that is none.
    pub fn readings(&self, role: &str) -> Vec<RoleReading> {
        if let Some(made) = self.part_roles.iter().find(|made| made.path == role) {
            let readings = made.pins.iter().filter(|pin| pin.direction == PinDirection::Reading);
            let row = |pin: &crate::part::RolePin| {
                let form = match (&pin.states[..], pin.to.len()) {
                    ([], 2..) if !pin.name.contains('*') => PinForm::Number,
                    ([], _) => PinForm::Quantity { exponent: MILLI },
                    (states, _) => PinForm::States(states.to_vec()),
                };
                let pin_row = Pin::new(Direction::Reading, &pin.name, form, PinRange::Any, "");
                RoleReading { pin: pin_row, count: pin.to.len() }
            };
            return readings.map(row).collect();
        }
        let Some(device) = role.rsplit_once('.').and_then(|(id, _)| self.device(id)) else {
            return Vec::new();
        };
        let model = &self.devices[device].model;
        let Some(kind) = controller_of(model) else { return Vec::new() };
        let rows = RoleTable::standard().role(kind).pins_of(Direction::Reading);
        rows.filter(|pin| !pin.is_optional)
            .map(|pin| RoleReading { pin: pin.clone(), count: 0 })
            .collect()
    }
}

/// Which kind of controller a device has, if it has one.
fn controller_of(part: &Part) -> Option<RoleKind> {
    (part.kind.control)(part)?;
    Some(match part.kind.name {
        "dc-source" => RoleKind::Charger,
        "battery-module" => RoleKind::CellMonitor,
        name => RoleKind::ALL.into_iter().find(|kind| kind.name() == name)?,
    })
}
