//! What parts refer to: quantities that they look at, switches that they open, cells that they lie across.

use super::Resolver;
use super::drawing::{Drawing, Drawn};
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::kinds::{LinkKey, LinkTo, QuantityKey};
use crate::part::{Link, Part};
use crate::range::MAX_CELLS;
use crate::resolved::Device;
use crate::syntax::SpannedValue;

/// The assembly that a part belongs to; empty for what stands in the system itself.
pub fn scope_of(id: &str) -> &str {
    id.rsplit_once('.').map_or("", |(scope, _)| scope)
}

/// A name within an assembly as a path of the system.
pub fn within(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

/// A part by a name within an assembly, and what follows it; by what an inner assembly shows as well.
pub fn find<'d>(
    drawing: &Drawing,
    devices: &'d [Device],
    scope: &str,
    name: &str,
) -> Option<(&'d Device, String)> {
    let path = within(scope, name);
    let shown = drawing.shows.iter().find(|(_, outward)| **outward == path);
    let path = shown.map_or(path, |(inner, _)| inner.clone());
    let owns = |device: &&Device| {
        path.strip_prefix(device.id.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    // The scope is not passed: what an inner assembly does not show stays inside.
    let device = devices.iter().filter(owns).max_by_key(|device| device.id.len())?;
    let is_inner = shown.is_none() && scope_of(&device.id) != scope;
    let rest = path[device.id.len()..].trim_start_matches('.').to_owned();
    (!is_inner).then_some((device, rest))
}

/// The elements of a quantity that a name means (`cell-03.voltage_v`, `cell-*.voltage_v`).
fn elements(quantity: &QuantityKey, name: &str, part: &Part) -> Option<Vec<Option<usize>>> {
    let Some((before, after)) = quantity.name.split_once('*') else {
        return (quantity.name == name).then(|| vec![None]);
    };
    let count =
        quantity.count.and_then(|count| part.amount(count)).map_or(0, |count| count.count());
    // As of elements: a count out of range must not fill the memory.
    let count = count.min(MAX_CELLS as usize);
    let middle = name.strip_prefix(before)?.strip_suffix(after)?;
    if middle == "*" {
        return Some((0..count).map(Some).collect());
    }
    let number: usize = middle.parse().ok().filter(|number| (1..=count).contains(number))?;
    Some(vec![Some(number - 1)])
}

impl Resolver<'_> {
    /// Follows every reference of every part.
    pub fn links(&mut self, drawing: &Drawing, devices: &mut [Device]) {
        let mut found = Vec::new();
        for drawn in &drawing.parts {
            let part = devices.iter().find(|device| device.id == drawn.id);
            let Some(Device { model: part, .. }) = part else { continue };
            let links: Vec<Vec<Link>> =
                part.kind.links.iter().map(|key| self.link(drawing, devices, drawn, key)).collect();
            found.push((drawn.id.clone(), links));
        }
        for (id, links) in found {
            let part = devices.iter_mut().find(|device| device.id == id);
            if let Some(Device { model: part, .. }) = part {
                part.links = links;
            }
        }
    }

    fn link(
        &mut self,
        drawing: &Drawing,
        devices: &[Device],
        drawn: &Drawn,
        key: &LinkKey,
    ) -> Vec<Link> {
        let value = drawn.document.root.get(key.key);
        if key.to == LinkTo::Driven && value.is_none() {
            return Vec::new();
        }
        if key.to == LinkTo::Nodes {
            // They are its ends.
            return Vec::new();
        }
        let empty =
            || value.is_none_or(|value| value.as_str().is_none() && value.elements().is_empty());
        if empty() {
            let message = match key.to {
                LinkTo::Switches => format!("`{}` opens nothing", drawn.id),
                LinkTo::Latches if key.key == "releases" => {
                    format!("`{}` releases nothing", drawn.id)
                }
                _ => format!("`{}` does not say `{}`: {}", drawn.id, key.key, key.doc),
            };
            let place =
                value.map_or(drawn.place.clone(), |value| drawn.document.place(value.span.clone()));
            let problem = Problem::at(place, Code::Unconnected, message);
            self.complain(problem.label(format!("expected `{}`", key.key)));
            return Vec::new();
        }
        let names: Vec<&SpannedValue> = match value {
            Some(one) if one.as_str().is_some() => vec![one],
            Some(list) => list.elements().iter().collect(),
            None => Vec::new(),
        };
        let mut links = Vec::new();
        for name in names {
            let place = drawn.document.place(name.span.clone());
            let name = name.as_str().unwrap_or_default();
            links.extend(self.target(drawing, devices, scope_of(&drawn.id), name, key.to, place));
        }
        links
    }

    fn target(
        &mut self,
        drawing: &Drawing,
        devices: &[Device],
        scope: &str,
        name: &str,
        to: LinkTo,
        place: Place,
    ) -> Vec<Link> {
        let Some((device, rest)) = find(drawing, devices, scope, name) else {
            self.unknown_part(devices, scope, name, place);
            return Vec::new();
        };
        let id = &device.id;
        let part = &device.model;
        let whole = match to {
            LinkTo::Switches => Some((part.kind.opens(), "opens", "a switch")),
            LinkTo::Driven => Some((part.kind.gate().is_some(), "has a gate", "a switch")),
            LinkTo::Latches => Some((part.kind.latches(), "latches", "a comparator")),
            LinkTo::Rules => Some((part.kind.sets_a_controller(), "sets a controller", "rules")),
            LinkTo::Quantity(_) | LinkTo::Quantities(_) | LinkTo::Cells | LinkTo::Nodes => None,
        };
        if let Some((fits, does, expected)) = whole {
            if !fits || !rest.is_empty() {
                let message =
                    format!("`{name}` is nothing that {does}: `{id}` is a {}", part.kind.name);
                let problem = Problem::at(place, Code::WrongDevice, message);
                self.complain(problem.label(format!("expected {expected}")));
                return Vec::new();
            }
            return vec![Link { part: id.clone(), quantity: "", element: None }];
        }
        let wanted = |one: &&QuantityKey| one.is_place() == (to == LinkTo::Cells);
        let known: Vec<&QuantityKey> = part.kind.quantities.iter().filter(wanted).collect();
        for quantity in &known {
            if let Some(elements) = elements(quantity, &rest, part) {
                if let Some(group) = quantity.group.filter(|group| !part.has_group(group)) {
                    let message = format!("`{id}` does not say its `{group}`");
                    let problem = Problem::at(place, Code::MissingKey, message);
                    let help = format!("without `{group}` it has no `{}`", quantity.name);
                    self.complain(problem.label("looked at here").help(help));
                    return Vec::new();
                }
                if let LinkTo::Quantity(unit) | LinkTo::Quantities(unit) = to
                    && !quantity.name.ends_with(&format!("_{unit}"))
                {
                    let message = format!("`{name}` is in another unit than what is wanted here");
                    let problem = Problem::at(place, Code::WrongUnit, message);
                    self.complain(problem.label(format!("expected a quantity in `_{unit}`")));
                    return Vec::new();
                }
                let link = |element| Link { part: id.clone(), quantity: quantity.name, element };
                return elements.into_iter().map(link).collect();
            }
        }
        let message = format!("a {} has no `{rest}`", part.kind.name);
        let problem = Problem::at(place, Code::UnknownWord, message).label("unknown quantity");
        self.complain(problem.suggest(&rest, known.iter().map(|one| one.name)));
        Vec::new()
    }

    /// A name that no part of the assembly has.
    pub fn unknown_part(&mut self, devices: &[Device], scope: &str, name: &str, place: Place) {
        let known: Vec<&str> = devices
            .iter()
            .filter(|device| scope_of(&device.id) == scope)
            .map(|device| device.id.rsplit_once('.').map_or(device.id.as_str(), |(_, last)| last))
            .collect();
        let part = name.split_once('.').map_or(name, |(part, _)| part);
        let message = format!("no part `{part}` here");
        let problem = Problem::at(place, Code::UnknownInstance, message).label("unknown part");
        self.complain(problem.suggest(part, known));
    }
}
