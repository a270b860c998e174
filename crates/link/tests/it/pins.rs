//! The pins of a pack, as a bench offers them, and values in their counts.

use blackstart_roles::{Direction, RoleKind, RoleTable};
use blackstart_wire::bench_link::{Offer, Offered, from_counts, to_counts};

/// What a pack with so many cells offers.
pub fn offer_of(cells: usize) -> Offer {
    Offer::of_role(RoleTable::standard().role(RoleKind::BatteryManagement), cells).unwrap()
}

/// What a pack of 16 cells offers.
pub fn offer() -> Offer {
    offer_of(16)
}

fn find<'a>(offer: &'a Offer, direction: Direction, name: &str) -> (&'a Offered, u16) {
    let of_direction = offer.pins().iter().filter(|one| one.pin.direction == direction);
    let mut found = of_direction.filter_map(|one| {
        let names = (0..one.items.len()).map(|element| one.pin.element(element));
        let element = names.into_iter().position(|element| element == name)?;
        Some((one, one.id() + element as u16))
    });
    found.next().unwrap_or_else(|| panic!("no {} `{name}`", direction.noun()))
}

/// The number of a pin or of an element.
pub fn id(offer: &Offer, direction: Direction, name: &str) -> u16 {
    find(offer, direction, name).1
}

/// A reading as it travels.
pub fn reading(offer: &Offer, name: &str, value: f64) -> (u16, i32) {
    let (offered, id) = find(offer, Direction::Reading, name);
    (id, to_counts(&offered.pin, value).unwrap())
}

/// The last value of a pin among what a device said.
pub fn value(offer: &Offer, said: &[(u16, i32)], direction: Direction, name: &str) -> Option<f64> {
    let (offered, wanted) = find(offer, direction, name);
    let counts = said.iter().rev().find(|&&(id, _)| id == wanted)?.1;
    Some(from_counts(&offered.pin, counts))
}
