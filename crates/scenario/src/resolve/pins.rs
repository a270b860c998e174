//! Roles that assemblies declare: which pins of which parts a controller has.

use std::collections::BTreeMap;

use blackstart_roles::{Direction, Pin, PinForm, PinRange, RoleKind, RoleTable, clash};

use super::Resolver;
use super::drawing::{Drawing, DrawnRole};
use super::links::find;
use crate::code::Code;
use crate::diagnostic::{Place, Problem};
use crate::kinds::pack_rules::PACK_RULES;
use crate::kinds::pairing_rules::PAIRING_RULES;
use crate::kinds::{LinkTo, PartKind, PinDirection, PinKey};
use crate::part::{AssembledRole, Part, PinTarget, RoleClaim, RolePin};
use crate::resolved::Device;
use crate::syntax::SpannedValue;

/// What one name of a pin means.
struct Meant {
    pin: &'static PinKey,
    to: Vec<PinTarget>,
    /// Whether it is one for each element.
    each: bool,
}

impl Resolver<'_> {
    /// Every role that is made of pins.
    pub fn part_roles(&mut self, drawing: &Drawing, devices: &[Device]) -> Vec<AssembledRole> {
        let mut driven = self.driven_by_parts(drawing, devices);
        let mut roles = Vec::new();
        for drawn in &drawing.roles {
            let mut pins = Vec::new();
            for (name, targets) in &drawn.entry.pins {
                let list = drawn
                    .document
                    .root
                    .get("roles")
                    .and_then(|roles| roles.get(&drawn.key)?.get("pins")?.get(name));
                let elements = list.map_or(&[][..], SpannedValue::elements);
                let mut meant = Vec::new();
                for (target, value) in targets.iter().zip(elements) {
                    let place = drawn.document.place(value.span.clone());
                    let found = self.pin(drawing, devices, drawn, name, target, place.clone());
                    if let Some(found) = &found {
                        self.drives_alone(&mut driven, drawn, name, found, place);
                    }
                    meant.extend(found);
                }
                if targets.is_empty() {
                    let place = drawn.document.place(list.map_or(0..0, |list| list.span.clone()));
                    let message = format!("the pin `{name}` is nothing");
                    let problem = Problem::at(place, Code::WrongPin, message);
                    self.complain(problem.label("expected a pin of a part"));
                }
                pins.extend(joined(name, &meant));
            }
            let DrawnRole { path, entry, .. } = drawn;
            let kind = self.role_kind(drawn);
            pins.sort_by_key(|pin: &RolePin| row_place(kind, pin));
            let own = entry.claims.iter().map(|(name, claim)| RoleClaim {
                name: name.clone(),
                states: claim.states.clone(),
                stands_for: claim
                    .stands_for
                    .iter()
                    .map(|(state, protection)| (state.clone(), protection.0))
                    .collect(),
            });
            let own: Vec<RoleClaim> = own.collect();
            let claims =
                if own.is_empty() { kind.map(table_claims).unwrap_or_default() } else { own };
            self.check_claims(drawn);
            self.check_keys(drawn, &pins, &claims);
            let rules = self.rules(drawing, devices, drawn);
            let Some(kind) = kind else { continue };
            let (path, built_in) = (path.clone(), entry.built_in.clone());
            roles.push(AssembledRole { path, kind, built_in, rules, pins, claims });
        }
        roles
    }

    /// What parts drive: switches of a chip.
    fn driven_by_parts(
        &mut self,
        drawing: &Drawing,
        devices: &[Device],
    ) -> BTreeMap<PinTarget, String> {
        let mut driven: BTreeMap<PinTarget, String> = BTreeMap::new();
        for drawn in &drawing.parts {
            let device = devices.iter().find(|device| device.id == drawn.id);
            let Some(Device { model: part, .. }) = device else { continue };
            for key in part.kind.links.iter().filter(|key| key.to == LinkTo::Driven) {
                for link in part.links(key.key) {
                    let target = PinTarget { part: link.part.clone(), pin: GATE, element: None };
                    let by = format!("{}.{}", drawn.id, key.key);
                    if let Some(other) = driven.insert(target, by) {
                        let message = format!("`{}` is driven twice, by `{other}` too", link.part);
                        let place = drawn.document.place_of(&[key.key]);
                        let problem = Problem::at(place, Code::DuplicateId, message);
                        self.complain(problem.label("second drive"));
                    }
                }
            }
        }
        driven
    }

    fn role_kind(&mut self, drawn: &DrawnRole) -> Option<RoleKind> {
        let wanted = &drawn.entry.kind;
        let found = RoleKind::ALL.into_iter().find(|kind| kind.name() == wanted);
        if found.is_none() {
            let place = drawn.document.place_of(&["roles", &drawn.key, "kind"]);
            let message = format!("there is no kind of role `{wanted}`");
            let problem = Problem::at(place, Code::UnknownWord, message).label("unknown kind");
            self.complain(problem.suggest(wanted, RoleKind::ALL.map(RoleKind::name)));
        }
        found
    }

    /// The part that sets a role's built-in controller.
    fn rules(&mut self, drawing: &Drawing, devices: &[Device], drawn: &DrawnRole) -> String {
        let place = drawn.document.place_of(&["roles", &drawn.key, "rules"]);
        let found = find(drawing, devices, &drawn.scope, &drawn.entry.rules);
        let Some((device, _)) = found else {
            self.unknown_part(devices, &drawn.scope, &drawn.entry.rules, place);
            return String::new();
        };
        let built_in = &drawn.entry.built_in;
        let Some((_, wanted)) = RULES.iter().find(|(name, _)| name == built_in) else {
            let place = drawn.document.place_of(&["roles", &drawn.key, "built_in"]);
            let message = format!("there is no built-in controller `{built_in}`");
            let problem =
                Problem::at(place, Code::UnknownWord, message).label("unknown controller");
            self.complain(problem.suggest(built_in, RULES.map(|(name, _)| name)));
            return device.id.clone();
        };
        if device.model.kind.name != wanted.name {
            let message = format!("`{}` does not set the controller `{built_in}`", device.id);
            let problem = Problem::at(place, Code::WrongDevice, message);
            self.complain(problem.label(format!("expected a part of the type `{}`", wanted.name)));
        }
        device.id.clone()
    }

    /// A state that stands for a protection is one of the claim's.
    fn check_claims(&mut self, drawn: &DrawnRole) {
        for (name, claim) in &drawn.entry.claims {
            for state in claim.stands_for.keys().filter(|state| !claim.states.contains(state)) {
                let place = drawn.document.place_of(&[
                    "roles",
                    &drawn.key,
                    "claims",
                    name,
                    "stands_for",
                    state,
                ]);
                let message = format!("the claim `{name}` has no state `{state}`");
                let problem =
                    Problem::at(place, Code::UnknownState, message).label("unknown state");
                self.complain(problem.suggest(state, claim.states.iter().map(String::as_str)));
            }
        }
    }

    /// Firmware finds pins by the keys of their names: no two of a role have one.
    fn check_keys(&mut self, drawn: &DrawnRole, pins: &[RolePin], claims: &[RoleClaim]) {
        let row =
            |direction, name: &str| Pin::new(direction, name, PinForm::Number, PinRange::Any, "");
        let direction = |pin: &RolePin| match pin.direction {
            PinDirection::Reading => Direction::Reading,
            PinDirection::Command => Direction::Command,
        };
        let pins = pins.iter().map(|pin| row(direction(pin), &pin.name));
        let claims = claims.iter().map(|claim| row(Direction::Claim, &claim.name));
        let rows: Vec<Pin> = pins.chain(claims).collect();
        if let Some(found) = clash(&drawn.path, &rows) {
            let place = drawn.document.place_of(&["roles", &drawn.key]);
            let problem = Problem::at(place, Code::WrongPin, found.to_string());
            let problem = problem.label("firmware could not tell them apart");
            self.complain(problem.help("give one of them another name"));
        }
    }

    /// A pin of a part by a name within the assembly (`main.gate`, `cell-volts.*`, `current`).
    fn pin(
        &mut self,
        drawing: &Drawing,
        devices: &[Device],
        drawn: &DrawnRole,
        name: &str,
        target: &str,
        place: Place,
    ) -> Option<Meant> {
        let Some((device, rest)) = find(drawing, devices, &drawn.scope, target) else {
            self.unknown_part(devices, &drawn.scope, target, place);
            return None;
        };
        let part = &device.model;
        let (wanted, star) = match rest.strip_suffix('*') {
            Some(before) => (before.trim_end_matches('.'), true),
            None => (rest.as_str(), false),
        };
        let pin = part.kind.pins.iter().find(|pin| {
            pin.name == wanted || (wanted.is_empty() && std::ptr::eq(*pin, &part.kind.pins[0]))
        });
        let Some(pin) = pin else {
            self.no_pin(part, &device.id, wanted, place);
            return None;
        };
        if star != pin.each || star != name.contains('*') {
            let (message, label) = if pin.each {
                let message = format!("`{target}` is one pin for each element");
                (
                    message,
                    format!("expected a `*` in `{name}` and `{}.*`", target.trim_end_matches(".*")),
                )
            } else {
                (
                    format!("`{target}` is one pin"),
                    format!("expected no `*` in `{name}` and `{target}`"),
                )
            };
            self.complain(Problem::at(place, Code::WrongPin, message).label(label));
            return None;
        }
        let of = |element| PinTarget { part: device.id.clone(), pin: pin.name, element };
        let to = match pin.each {
            true => (0..part.elements_of(pin)).map(|k| of(Some(k))).collect(),
            false => vec![of(None)],
        };
        Some(Meant { pin, to, each: pin.each })
    }

    fn no_pin(&mut self, part: &Part, id: &str, wanted: &str, place: Place) {
        let kind = part.kind.name;
        let is_truth = wanted.is_empty() && part.kind.pins.is_empty()
            || part.kind.quantities.iter().any(|quantity| {
                quantity.name == wanted
                    || quantity.name.replace('*', "").trim_end_matches('.')
                        == wanted.trim_end_matches('.')
            })
            || wanted.contains('_') && !part.kind.quantities.is_empty();
        if is_truth {
            let message = format!(
                "`{id}` is a {kind}: its `{wanted}` is what is so, which no controller sees"
            );
            let problem = Problem::at(place, Code::ReadsTruth, message).label("reads the truth");
            self.complain(
                problem.help("give it a sensor: a part `of` this quantity, and name that"),
            );
            return;
        }
        let message = format!("a {kind} has no pin `{wanted}`");
        let problem = Problem::at(place, Code::WrongPin, message).label("unknown pin");
        self.complain(problem.suggest(wanted, part.kind.pins.iter().map(|pin| pin.name)));
    }

    /// Nothing is commanded by two.
    fn drives_alone(
        &mut self,
        driven: &mut BTreeMap<PinTarget, String>,
        drawn: &DrawnRole,
        name: &str,
        meant: &Meant,
        place: Place,
    ) {
        if meant.pin.direction == PinDirection::Reading {
            return;
        }
        let by = format!("{}.{name}", drawn.path);
        for target in &meant.to {
            if let Some(other) = driven.get(target) {
                let message = format!(
                    "`{}` of `{}` is driven twice, by `{other}` too",
                    target.pin, target.part
                );
                let problem = Problem::at(place, Code::DuplicateId, message);
                self.complain(problem.label("second drive"));
                return;
            }
            driven.insert(target.clone(), by.clone());
        }
    }
}

/// The pin of a switch that is driven.
const GATE: &str = "gate";

/// Built-in controllers of roles that are made of pins, and the kind of part that sets each.
const RULES: [(&str, &PartKind); 3] =
    [("pack", &PACK_RULES), ("nobody", &PACK_RULES), ("pairing", &PAIRING_RULES)];

/// Where a pin stands among those of its role: in the order of the table's rows, then of the names.
fn row_place(kind: Option<RoleKind>, pin: &RolePin) -> (usize, String) {
    let direction = match pin.direction {
        PinDirection::Reading => Direction::Reading,
        PinDirection::Command => Direction::Command,
    };
    let row = kind.and_then(|kind| {
        let mut rows = RoleTable::standard().role(kind).pins_of(direction);
        rows.position(|row| row.name == pin.name)
    });
    (row.unwrap_or(usize::MAX), pin.name.clone())
}

/// What every controller of a kind claims.
fn table_claims(kind: RoleKind) -> Vec<RoleClaim> {
    let table = RoleTable::standard().role(kind);
    let claim = |pin: &Pin| {
        let states = match &pin.form {
            PinForm::States(names) => names.clone(),
            PinForm::Alarms => table.alarms.iter().map(|one| one.name.clone()).collect(),
            PinForm::Quantity { .. } | PinForm::Number | PinForm::Bits(_) | PinForm::Bus => {
                Vec::new()
            }
        };
        let is_alarm = pin.form == PinForm::Alarms;
        let alarms = table.alarms.iter().filter(|_| is_alarm);
        let stands_for = alarms.filter_map(|one| Some((one.name.clone(), one.stands_for?)));
        RoleClaim { name: pin.name.clone(), states, stands_for: stands_for.collect() }
    };
    table.pins_of(Direction::Claim).filter(|pin| !pin.is_optional).map(claim).collect()
}

/// One pin of what one name means; an array counts on over several.
fn joined(name: &str, meant: &[Meant]) -> Option<RolePin> {
    let first = meant.first()?;
    let direction = first.pin.direction;
    let to: Vec<PinTarget> = meant.iter().flat_map(|one| one.to.clone()).collect();
    // Several readings are bits of one.
    let is_bits = !first.each && to.len() > 1 && direction == PinDirection::Reading;
    let states = if is_bits { &[][..] } else { first.pin.states };
    let states = states.iter().map(|&state| state.to_owned()).collect();
    Some(RolePin { name: name.to_owned(), direction, states, to })
}
