//! Another number of elements of a part in a drawing that stays: what refers to all of them refers to all of
//! the others.

use crate::part::{Link, Part, PinTarget, RolePin};
use crate::resolved::System;

/// How many elements each of its quantities has that others may name one by one.
pub type Counts = Vec<(&'static str, usize)>;

impl Part {
    /// See [`Counts`].
    pub(crate) fn counts(&self) -> Counts {
        let counted = self.kind.quantities.iter();
        let counted = counted.filter_map(|one| Some((one.name, self.amount(one.count?)?.count())));
        counted.collect()
    }
}

/// Has everything that refers to elements of a part refer to as many as it has now; `false` where one is
/// named that is no longer there.
pub fn recount(system: &mut System, id: &str, (was, is): (&Counts, &Counts)) -> bool {
    for device in &mut system.devices {
        let part = &mut device.model;
        for links in &mut part.links {
            for (&(quantity, was), &(_, is)) in was.iter().zip(is) {
                if was != is && !relink(links, (id, quantity), (was, is)) {
                    return false;
                }
            }
        }
    }
    let parts = &system.devices;
    let elements = |to: &PinTarget| {
        let part = &parts.iter().find(|device| device.id == to.part)?.model;
        let pin = part.kind.pins.iter().find(|pin| pin.name == to.pin)?;
        Some(part.elements_of(pin))
    };
    for role in &mut system.part_roles {
        for pin in role.pins.iter_mut().filter(|pin| pin.is_array()) {
            repin(pin, elements);
        }
    }
    true
}

/// The links of one list to elements of a quantity.
fn relink(links: &mut Vec<Link>, (id, quantity): (&str, &str), (was, is): (usize, usize)) -> bool {
    let leads = |link: &Link| link.part == id && link.quantity == quantity;
    let Some(first) = links.iter().position(leads) else { return true };
    let named: Vec<Option<usize>> =
        links.iter().filter(|link| leads(link)).map(|link| link.element).collect();
    let all = (0..was).map(Some);
    if named.iter().copied().ne(all) || !links[first..first + was].iter().all(leads) {
        // They are named one by one.
        return named.iter().flatten().all(|&element| element < is);
    }
    let one = links[first].clone();
    links.splice(
        first..first + was,
        (0..is).map(|element| Link { element: Some(element), ..one.clone() }),
    );
    true
}

/// What an array of pins stands for: of each part all elements that it has.
fn repin(pin: &mut RolePin, elements: impl Fn(&PinTarget) -> Option<usize>) {
    let runs = pin.to.chunk_by(|a, b| (&a.part, a.pin) == (&b.part, b.pin));
    let to = runs.flat_map(|run| {
        let count = elements(&run[0]).unwrap_or(run.len());
        (0..count).map(|element| PinTarget { element: Some(element), ..run[0].clone() })
    });
    pin.to = to.collect();
}
