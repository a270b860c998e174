//! Roles that are made of pins of parts: their terminals, and the way of readings and commands.

use bevy_ecs::prelude::{Component, Entity, Has, Query, Res, ResMut};
use blackstart_engine::{BuiltIn, Clock, RoleShape, Terminal};
use blackstart_roles::{
    self as roles, Alarm, Direction, Pin, PinForm, PinRange, Protection, RoleTable,
};
use blackstart_scenario::kinds::PinDirection;
use blackstart_scenario::kinds::pack_rules::PackRulesAmounts;
use blackstart_scenario::{AssembledRole, Model, PinTarget, System};
use blackstart_trace::{Cause, EventKind, Evidence, Trip};
use blackstart_units::SimTime;

use super::build::owner;
use super::{Acting, Parts};
use crate::actuate::write_claims;
use crate::install::Installer;
use crate::record::Recorder;
use crate::role::declare_claims;
use crate::sampling::Meters;

/// What does not change during a run.
#[derive(Component)]
pub struct PartRole {
    /// Its declaration.
    pub role: AssembledRole,
    /// What its built-in controller is set to.
    pub rules: PackRulesAmounts,
}

/// Where a pin ends: which of what acts, which of its pins, which element.
type Way = (usize, &'static str, Option<usize>);

/// The way of a role's readings and commands.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub entity: Entity,
    /// States: the reading, and what each of its bits is.
    states: Vec<(usize, Vec<Way>)>,
    commands: Vec<Vec<Way>>,
    /// Channels that a part has a say in: which, by sampling and channel; which element, at which version.
    channels: Vec<(usize, usize, usize, usize, u32)>,
}

/// Spawns a role; `None` where a pin ends at nothing.
pub(crate) fn install(
    installer: &mut Installer<'_>,
    system: &System,
    role: &AssembledRole,
) -> Option<Wiring> {
    let Model::Part(rules) = &system.devices[system.device(&role.rules)?].model else {
        return None;
    };
    let rules: PackRulesAmounts = rules.amounts()?;
    let terminal = terminal(role);
    let (mut states, mut commands, mut channels) = (Vec::new(), Vec::new(), Vec::new());
    let mut groups: Vec<(String, usize, Vec<usize>)> = Vec::new();
    let (mut next_reading, mut next_command) = (0, 0);
    for pin in &role.pins {
        // Of an array each is an item; otherwise all that it stands for are one.
        let items: Vec<&[PinTarget]> =
            if pin.is_array() { pin.to.chunks(1).collect() } else { vec![&pin.to[..]] };
        for item in items {
            let next = match pin.direction {
                PinDirection::Reading => &mut next_reading,
                PinDirection::Command => &mut next_command,
            };
            let index = std::mem::replace(next, *next + 1);
            if let [only] = item
                && pin.direction == PinDirection::Reading
                && installer.parts.is_sensor(&only.part)
            {
                let element = only.element.unwrap_or(0);
                match groups.last_mut() {
                    Some((id, first, elements))
                        if *id == only.part && *first + elements.len() == index =>
                    {
                        elements.push(element);
                    }
                    _ => groups.push((only.part.clone(), index, vec![element])),
                }
                continue;
            }
            let way = |target: &PinTarget| {
                Some((installer.parts.position(&target.part)?, target.pin, target.element))
            };
            let ways: Vec<Way> = item.iter().map(way).collect::<Option<_>>()?;
            match pin.direction {
                PinDirection::Reading => states.push((index, ways)),
                PinDirection::Command => commands.push(ways),
            }
        }
    }
    let mut samplings = Vec::new();
    for (id, first, elements) in groups {
        if let Some(part) = installer.parts.position(&id) {
            let group = samplings.len();
            channels.extend(
                elements.iter().enumerate().map(|(k, &element)| (group, k, part, element, 0)),
            );
        }
        samplings.push(installer.parts.sampling(&id, &elements, first, installer.seed)?);
    }
    declare_claims(&terminal, &mut installer.catalogue);
    let parts = (PartRole { role: role.clone(), rules }, Meters(samplings), terminal);
    let entity = installer.simulation.world.spawn(parts).id();
    installer.roster.parts.push(entity);
    Some(Wiring { entity, states, commands, channels })
}

/// The banks of a role: rows of the table where its names are the table's.
fn terminal(role: &AssembledRole) -> Terminal {
    let table = RoleTable::standard().role(role.kind);
    let bare =
        roles::Role { kind: role.kind, title: String::new(), pins: Vec::new(), alarms: Vec::new() };
    let mut terminal = Terminal::new(role.path.clone(), &bare, RoleShape::default());
    for pin in &role.pins {
        let (direction, bank) = match pin.direction {
            PinDirection::Reading => (Direction::Reading, &mut terminal.readings),
            PinDirection::Command => (Direction::Command, &mut terminal.commands),
        };
        let form = match (&pin.states[..], pin.to.len()) {
            ([], 2..) if !pin.is_array() && direction == Direction::Reading => PinForm::Number,
            ([], _) => PinForm::Quantity { exponent: MILLI },
            (states, _) => PinForm::States(states.to_vec()),
        };
        let own = Pin::new(direction, &pin.name, form, PinRange::Any, "");
        let known = table.pins_of(direction).find(|row| row.name == pin.name && alike(row, &own));
        bank.add(known.unwrap_or(&own), pin.to.len(), &[]);
    }
    for claim in &role.claims {
        let alarm = |name: &String| {
            let stands_for = claim.stands_for.iter().find(|(state, _)| state == name);
            Alarm::new(name, stands_for.map(|(_, protection)| *protection))
        };
        let alarms: Vec<Alarm> = claim.states.iter().map(alarm).collect();
        let form = match (claim.states.is_empty(), claim.stands_for.is_empty()) {
            (true, _) => PinForm::Quantity { exponent: MILLI },
            (false, true) => PinForm::States(claim.states.clone()),
            (false, false) => PinForm::Alarms,
        };
        let pin = Pin::new(Direction::Claim, &claim.name, form, PinRange::Any, "");
        terminal.claims.add(&pin, 1, &alarms);
        if pin.form == PinForm::Alarms {
            terminal.alarms = alarms;
        }
    }
    terminal
}

/// One count of a quantity that the table does not know: a thousandth of its unit.
const MILLI: i8 = -3;

/// Whether a row of the table means the same values.
fn alike(row: &Pin, own: &Pin) -> bool {
    match (&row.form, &own.form) {
        (PinForm::States(row), PinForm::States(own)) => row == own,
        (PinForm::Quantity { .. }, PinForm::Quantity { .. }) => true,
        (PinForm::Number | PinForm::Bits(_), PinForm::Number) => true,
        _ => false,
    }
}

impl Wiring {
    /// Brings channels and states that the role sees to now.
    pub fn show(
        &mut self,
        acting: &[(String, Box<dyn Acting>)],
        meters: &mut Meters,
        terminal: &mut Terminal,
    ) {
        for (group, k, part, element, known) in &mut self.channels {
            let part = &acting[*part].1;
            if part.version() != *known {
                *known = part.version();
                part.channel(*element, &mut meters.0[*group].channels[*k]);
            }
        }
        for (index, ways) in &self.states {
            let state = |way: &Way| acting[way.0].1.reading(way.1);
            let value = match &ways[..] {
                [only] => state(only),
                bits => bits.iter().rev().fold(0.0, |bits, way| 2.0 * bits + state(way)),
            };
            if terminal.readings.get(*index) != value {
                terminal.readings.set(*index, value);
                terminal.causes.input = true;
            }
        }
    }
}

/// Hands changed commands of roles to their parts, and writes claims down.
pub(crate) fn obey(
    clock: Res<Clock>,
    mut parts: ResMut<Parts>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<(&mut Terminal, &PartRole, Has<BuiltIn>)>,
) {
    let Parts { acting, roles, .. } = &mut *parts;
    for wiring in roles {
        let Ok((mut terminal, role, is_built_in)) = terminals.get_mut(wiring.entity) else {
            continue;
        };
        let evidence = if is_built_in { Evidence::ModelOnly } else { Evidence::Dut };
        for (index, value) in write_claims(&mut terminal, clock.now, &mut recorder) {
            // What a device adds of its own stands behind those of the role.
            let Some(claim) = role.role.claims.get(index) else { continue };
            let state = claim.states.get(value as usize);
            let stands_for = claim.stands_for.iter().find(|(name, _)| Some(name) == state);
            if let Some((_, protection)) = stands_for.filter(|_| clock.now > SimTime::ZERO) {
                let trip = said(*protection, &terminal.role, evidence);
                recorder.event(clock.now, &owner(&terminal.role), EventKind::Trip(trip));
            }
        }
        for (index, value) in terminal.commands.take_changed() {
            for &(part, pin, element) in &wiring.commands[index] {
                acting[part].1.command(pin, element, value, clock.now);
            }
            if clock.now > SimTime::ZERO {
                let name = terminal.commands.items()[index].name.clone();
                let role = terminal.role.clone();
                recorder.event(clock.now, &role, EventKind::Command { name, value });
            }
        }
    }
}

/// A protection that a controller says has acted.
fn said(protection: Protection, role: &str, evidence: Evidence) -> Trip {
    Trip {
        protection,
        value: None,
        extreme: None,
        threshold: None,
        delay: None,
        since: None,
        cause: Cause::Undetermined,
        because: format!("`{role}` says so"),
        evidence,
    }
}
