//! The pins that a bench offers a device for one session, and the numbers that they have in it.
//!
//! Numbers are handed out in the order of the role's table, and nobody relies on them: a device finds what
//! it knows by the key of its name. An array is one pin with as many numbers as elements.

use std::ops::Range;

use blackstart_roles::{Direction, Pin, PinForm, Role, fnv_1a};
use thiserror::Error;

use super::message::{CountForm, ToDevice};

/// Most elements of all readings together; a block of numbers of its own is left for commands and claims.
pub const MAX_READINGS: usize = 0x3FFF;
/// Most commands, and most claims.
pub const MAX_ORDERS: usize = 0x2000;

const FIRST_READING: u16 = 0x0001;
const FIRST_COMMAND: u16 = 0x4000;
const FIRST_CLAIM: u16 = 0x6000;

/// A pin with its place in the banks of its role.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The row of the table.
    pub pin: Pin,
    /// Where its values stand among those of its direction; more than one of an array.
    pub items: Range<usize>,
    /// Names of its states; empty where its values are no states.
    pub states: Vec<String>,
    id: u16,
}

impl Offered {
    /// Number of its first element.
    pub fn id(&self) -> u16 {
        self.id
    }

    /// Its element with this number.
    pub(super) fn element(&self, id: u16) -> Option<usize> {
        let element = usize::from(id.checked_sub(self.id)?);
        (element < self.items.len()).then_some(element)
    }
}

/// A role has more pins than there are numbers for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{count} {}s are more than the {most} that the bench link has numbers for", direction.noun())]
pub struct TooManyPinsError {
    /// Which.
    pub direction: Direction,
    /// How many there are.
    pub count: usize,
    /// How many there may be.
    pub most: usize,
}

/// Everything that a bench offers a device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Offer {
    pins: Vec<Offered>,
    messages: Vec<ToDevice>,
    digest: u32,
    /// Names of claims that are the role's, in this system or in others.
    reserved: Vec<String>,
}

impl Offer {
    /// An offer of pins, each with its places among those of its direction and the names of its states.
    ///
    /// # Errors
    /// More pins than there are numbers.
    pub fn of(
        pins: impl IntoIterator<Item = (Pin, Range<usize>, Vec<String>)>,
    ) -> Result<Self, TooManyPinsError> {
        let mut given = [0usize; 3];
        let mut offered = Vec::new();
        for (pin, items, states) in pins {
            let direction = pin.direction;
            let (first, most) = numbers(direction);
            let count = &mut given[direction as usize];
            let id = first + (*count).min(most) as u16;
            *count += items.len();
            if *count > most {
                return Err(TooManyPinsError { direction, count: *count, most });
            }
            offered.push(Offered { pin, items, states, id });
        }
        let mut messages: Vec<ToDevice> = offered.iter().flat_map(reported).collect();
        let digest = digest(&messages);
        messages.push(ToDevice::PinsEnd { count: offered.len() as u16, digest });
        Ok(Self { pins: offered, messages, digest, reserved: Vec::new() })
    }

    /// The same, where a device may name no claim of its own like one that the role has in any system: in
    /// another one the two would meet.
    pub fn reserving(mut self, role: &Role) -> Self {
        self.reserved.extend(role.pins_of(Direction::Claim).map(|pin| pin.name.clone()));
        self
    }

    /// An offer of what a role has in every system, on a device with so many cells and no alarms of its own.
    ///
    /// # Errors
    /// More pins than there are numbers.
    pub fn of_role(role: &Role, cells: usize) -> Result<Self, TooManyPinsError> {
        let mut places = [0usize; 3];
        let always = role.pins.iter().filter(|pin| !pin.is_optional);
        Self::of(always.map(|pin| {
            let place = &mut places[pin.direction as usize];
            let first = *place;
            *place += if pin.is_array() { cells } else { 1 };
            let states = match &pin.form {
                PinForm::States(names) => names.clone(),
                PinForm::Alarms => role.alarms.iter().map(|alarm| alarm.name.clone()).collect(),
                PinForm::Quantity { .. } | PinForm::Number | PinForm::Bits(_) | PinForm::Bus => {
                    Vec::new()
                }
            };
            (pin.clone(), first..*place, states)
        }))
        .map(|offer| offer.reserving(role))
    }

    /// The pins, in the order in which they are reported.
    pub fn pins(&self) -> &[Offered] {
        &self.pins
    }

    /// Whether a claim of the role has this name, here or in another system.
    pub(super) fn is_reserved(&self, name: &str) -> bool {
        self.reserved.iter().any(|reserved| reserved == name)
    }

    /// How it is reported.
    pub fn messages(&self) -> &[ToDevice] {
        &self.messages
    }

    /// What a device must have computed when it has heard all of it.
    pub fn digest(&self) -> u32 {
        self.digest
    }

    /// The pin with this number, by its place in [`Offer::pins`], and its element.
    pub(super) fn find(&self, id: u16) -> Option<(usize, usize)> {
        self.pins
            .iter()
            .enumerate()
            .find_map(|(place, offered)| Some((place, offered.element(id)?)))
    }
}

fn numbers(direction: Direction) -> (u16, usize) {
    match direction {
        Direction::Reading => (FIRST_READING, MAX_READINGS),
        Direction::Command => (FIRST_COMMAND, MAX_ORDERS),
        Direction::Claim => (FIRST_CLAIM, MAX_ORDERS),
    }
}

fn reported(offered: &Offered) -> Vec<ToDevice> {
    let Offered { pin, items, id, .. } = offered;
    let (form, exponent) = match pin.form {
        PinForm::Quantity { exponent } => (CountForm::Quantity, exponent),
        PinForm::Number | PinForm::Bits(_) | PinForm::Bus => (CountForm::Number, 0),
        PinForm::States(_) | PinForm::Alarms => (CountForm::State, 0),
    };
    let mut messages = vec![ToDevice::Pin { id: *id, key: pin.key(), form, exponent }];
    if pin.is_array() {
        messages.push(ToDevice::Span { first: *id, count: items.len() as u16 });
    }
    messages
}

/// The hash of the payloads of these messages, in order.
pub fn digest(messages: &[ToDevice]) -> u32 {
    let payloads = messages.iter().flat_map(|message| message.encode().payload().to_vec());
    fnv_1a(payloads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use blackstart_roles::{RoleKind, RoleTable};

    fn of_cells(cells: usize) -> Result<Offer, TooManyPinsError> {
        Offer::of_role(RoleTable::standard().role(RoleKind::BatteryManagement), cells)
    }

    #[test]
    fn an_array_of_4095_cells_is_one_pin_with_as_many_numbers() {
        let offer = of_cells(4095).unwrap();
        let cells = &offer.pins()[0];
        assert_eq!((cells.id(), cells.element(4095), cells.element(4096)), (1, Some(4094), None));
        assert_eq!(offer.pins()[1].id(), 4096);
        assert_eq!(offer.messages()[1], ToDevice::Span { first: 1, count: 4095 });
        assert_eq!(offer.find(4096), Some((1, 0)));
        assert_eq!(offer.find(0), None);
    }

    #[test]
    fn more_than_there_are_numbers_for_is_refused() {
        let error = of_cells(MAX_READINGS).unwrap_err();
        assert_eq!(error.direction, Direction::Reading);
        assert!(error.to_string().contains("readings are more than the 16383"), "{error}");
    }

    #[test]
    fn the_digest_moves_with_every_pin() {
        let (one, other) = (of_cells(16).unwrap(), of_cells(17).unwrap());
        assert!(one.digest() != other.digest());
        assert_eq!(one.digest(), digest(&one.messages()[..one.messages().len() - 1]));
    }
}
