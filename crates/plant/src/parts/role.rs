//! Roles that are made of pins of parts: their terminals, and the way of readings and commands.

use std::collections::VecDeque;

use bevy_ecs::prelude::{Component, Has, Query, Res, ResMut};
use blackstart_engine::{BuiltIn, Clock, RoleShape, Terminal};
use blackstart_roles::{
    self as roles, Alarm, Direction, Limits, Pin, PinForm, PinRange, Protection, RoleTable,
};
use blackstart_scenario::kinds::PinDirection;
use blackstart_scenario::kinds::front_end_chip::BUS;
use blackstart_scenario::kinds::pack_rules::PackRulesAmounts;
use blackstart_scenario::kinds::pairing_rules::PairingRulesAmounts;
use blackstart_scenario::{AssembledRole, Part, PinTarget, RolePin, System};
use blackstart_trace::{EventKind, Evidence};
use blackstart_units::SimTime;

use super::acting::{CLEAR, Command, owner};
use super::parts::Parts;
use super::wiring::{PinWay, StateWay, Wiring, shown};
use crate::actuate::write_claims;
use crate::cause::{self, CellNodes, PrechargePath};
use crate::circuit::PlantCircuit;
use crate::claimed_trip::{self, GuardedPack};
use crate::installer::Installer;
use crate::network::Quantity;
use crate::record::Recorder;
use crate::role::declare_claims;
use crate::sampling::Meters;

/// What does not change during a run.
#[derive(Component)]
pub struct PartRole {
    /// Its declaration.
    pub role: AssembledRole,
    /// What its built-in controller is set to.
    pub rules: Part,
    /// The cells that it watches, if any.
    pub cells: Option<Part>,
    /// What its readings can be before a comparator acts, as far as its pack says.
    pub limits: Option<Limits>,
}

/// Spawns a role; `None` where a pin ends at nothing.
pub(crate) fn install(
    installer: &mut Installer<'_>,
    system: &System,
    role: &AssembledRole,
) -> Option<Wiring> {
    let rules = &system.find(&role.rules)?.model;
    let mut terminal = terminal(role);
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
                let element = installer.parts.place(only);
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
            let ways: Vec<PinWay> = item.iter().map(way).collect::<Option<_>>()?;
            match pin.direction {
                PinDirection::Reading => {
                    states.push(StateWay { index, name: pin.name.clone(), ways, wakes: true });
                }
                PinDirection::Command => commands.push(ways),
            }
        }
    }
    let mut samplings = Vec::new();
    let (mut alerts, mut latency) = (Vec::new(), SimTime::ZERO);
    for (id, first, elements) in groups {
        if let Some(sensor) = installer.parts.sensor(&id) {
            latency = latency.max(sensor.command_latency);
            let found = sensor.alerts.iter().filter_map(|one| installer.parts.position(one));
            alerts.extend(found.map(|comparator| (comparator, samplings.len())));
        }
        if let Some(part) = installer.parts.position(&id) {
            let group = samplings.len();
            channels.extend(
                elements.iter().enumerate().map(|(k, &element)| (group, k, part, element, 0)),
            );
        }
        samplings.push(installer.parts.sampling(&id, &elements, first, installer.seed)?);
    }
    for state in &mut states {
        // What reaches the controller by an alert does not wake it before.
        state.wakes = !state.ways.iter().all(|way| alerts.iter().any(|(one, _)| *one == way.0));
        let value = shown(&state.ways, |way| installer.parts.reading(way.0, way.1));
        terminal.readings.set(state.index, value);
    }
    declare_claims(&terminal, &mut installer.catalogue);
    let pack = guarded(installer, role, rules);
    let watched = system.packs().find(|pack| pack.role.path == role.path);
    let cells = watched.as_ref().map(|pack| pack.string().clone());
    let limits = watched.and_then(|pack| pack.limits());
    let made = PartRole { role: role.clone(), rules: rules.clone(), cells, limits };
    let parts = (made, Meters(samplings), terminal);
    let entity = installer.simulation.world.spawn(parts).id();
    installer.roster.parts.push(entity);
    let (path, under_way) = (role.path.clone(), VecDeque::new());
    let buses = buses(role, &commands);
    Some(Wiring {
        entity,
        role: path,
        states,
        commands,
        latency,
        under_way,
        buses,
        alerts,
        channels,
        pack,
    })
}

/// The commands that are buses, each with the part that is at its end.
fn buses(role: &AssembledRole, commands: &[Vec<PinWay>]) -> Vec<(usize, usize)> {
    let pins = role.pins.iter().filter(|pin| pin.direction == PinDirection::Command);
    let items = pins.flat_map(|pin| {
        let count = if pin.is_array() { pin.to.len() } else { 1 };
        std::iter::repeat_n(is_bus(pin), count)
    });
    let found = items
        .enumerate()
        .filter(|one| one.1)
        .filter_map(|(index, _)| Some((index, commands.get(index)?.first()?.0)));
    found.collect()
}

fn is_bus(pin: &RolePin) -> bool {
    pin.to.first().is_some_and(|target| target.pin == BUS)
}

/// The pin by which a controller sees its cells.
const CELLS: &str = "cell-*_voltage_v";

/// What a controller watches over, by the names of its pins.
fn guarded(installer: &Installer<'_>, role: &AssembledRole, rules: &Part) -> GuardedPack {
    let targets = |name: &str| role.pins.iter().find(|pin| pin.name == name).map(|pin| &pin.to);
    let channel = |name: &str| installer.parts.channel(targets(name)?.first()?);
    let quantity = |name: &str| channel(name).map(|channel| channel.quantity);
    let mut pack = GuardedPack { limits: limits(rules), ..GuardedPack::default() };
    if let Some(Quantity::Current(branch)) = quantity("pack_current_a") {
        pack.shunt = Some(branch);
    }
    let cell = channel(CELLS);
    if let Some((Quantity::CellVoltage(string, _), cell)) = cell.map(|cell| (cell.quantity, cell)) {
        let count = targets(CELLS).map_or(0, Vec::len);
        pack.cells = Some(CellNodes { string, count });
        pack.cell_tolerance = cause::converter_tolerance(cell.noise, cell.step);
        pack.signals.lowest_cell = installer.signal_of(Quantity::LowestCell(string));
    }
    let switches = role.pins.iter().filter(|pin| pin.direction == PinDirection::Command);
    let mut precharge = None;
    for pin in switches {
        for target in pin.to.iter().filter(|target| SWITCHED_BY.contains(&target.pin)) {
            let Some(branch) = installer.parts.branch(&target.part) else { continue };
            if pin.name == "precharge_switch" {
                precharge = Some(branch);
                let position = format!("{}.position", target.part);
                pack.signals.precharge_switch = installer.catalogue.find(&position);
            } else {
                pack.main.push(branch);
            }
        }
    }
    let before_and_behind = (quantity("pack_voltage_v"), quantity("port_voltage_v"));
    if let (
        Some(path),
        (
            Some(Quantity::Difference(before, own_minus)),
            Some(Quantity::Difference(port, port_minus)),
        ),
    ) = (precharge, before_and_behind)
    {
        let main = pack.main.clone();
        let done = pack.limits.iter().find(|limit| limit.0 == Protection::PrechargeTimeout);
        let gate = done.map_or(0.0, |limit| limit.1);
        let (before, port) = ((before, own_minus), (port, port_minus));
        pack.precharge = Some(PrechargePath { pack: before, port, path, main, gate });
    }
    pack
}

/// Pins that close what carries current.
const SWITCHED_BY: [&str; 2] = ["gate", "coil"];

/// What the built-in controller goes by, for each of its protections.
fn limits(rules: &Part) -> Vec<(Protection, f64, SimTime)> {
    if let Some(rules) = rules.amounts::<PairingRulesAmounts>() {
        let delay = rules.charge_temperature_delay_s.time();
        let timeout = rules.precharge_timeout_s.time();
        let coldest = rules.charge_lowest_temperature_c.plain();
        let hottest = rules.charge_highest_temperature_c.plain();
        let cutoff = (rules.cell_cutoff_v.volts().0, rules.cell_cutoff_delay_s.time());
        return vec![
            (Protection::PrechargeTimeout, rules.precharge_delta_v.volts().0, timeout),
            (Protection::CellUnderVoltage, cutoff.0, cutoff.1),
            (Protection::ChargeUnderTemperature, coldest, delay),
            (Protection::ChargeOverTemperature, hottest, delay),
        ];
    }
    let Some(rules) = rules.amounts::<PackRulesAmounts>() else { return Vec::new() };
    let delay = rules.limit_time_ms.time();
    let timeout = rules.precharge_timeout_ms.time();
    vec![
        (Protection::CellOverVoltage, rules.cell_high_v.volts().0, delay),
        (Protection::CellUnderVoltage, rules.cell_low_v.volts().0, delay),
        (Protection::OverCurrent, rules.discharge_limit_a.amperes().0, delay),
        (Protection::PrechargeTimeout, rules.precharge_within_v.volts().0, timeout),
    ]
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
            _ if is_bus(pin) => PinForm::Bus,
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
        let own = Pin::new(Direction::Claim, &claim.name, form, PinRange::Any, "");
        let rows = &mut table.pins_of(Direction::Claim);
        let pin = rows.find(|row| row.name == own.name && alike(row, &own)).unwrap_or(&own);
        terminal.claims.add(pin, 1, &alarms);
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
        (PinForm::Bus, PinForm::Bus) => true,
        // A counter of a part.
        (PinForm::Number, PinForm::Quantity { .. }) => true,
        _ => false,
    }
}

/// Hands changed commands of roles to their parts, and writes claims down.
pub(crate) fn obey(
    clock: Res<Clock>,
    circuit: Res<PlantCircuit>,
    mut parts: ResMut<Parts>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<(&mut Terminal, &PartRole, Has<BuiltIn>)>,
) {
    for k in 0..parts.roles.len() {
        let Ok((mut terminal, role, is_built_in)) = terminals.get_mut(parts.roles[k].entity) else {
            continue;
        };
        for (index, value) in write_claims(&mut terminal, clock.now, &mut recorder) {
            // What a device adds of its own stands behind those of the role.
            let Some(claim) = role.role.claims.get(index) else { continue };
            let state = claim.states.get(value as usize);
            let stands_for = claim.stands_for.iter().find(|(name, _)| Some(name) == state);
            // What a controller is before it has said anything is no claim of its own.
            let is_said = value > 0.0 || clock.now > SimTime::ZERO;
            let Some((_, protection)) = stands_for.filter(|_| is_said) else {
                continue;
            };
            let assembly = owner(&terminal.role);
            let guards = parts.guards(&assembly);
            let (pack, trace) = ((&parts.roles[k].pack, &guards[..]), &recorder.trace);
            let trip = claimed_trip::of_pack(*protection, is_built_in, pack, &circuit, trace);
            if let Some(trip) = trip {
                recorder.event(clock.now, &assembly, EventKind::Trip(trip));
            }
        }
        let Parts { acting, roles, .. } = &mut *parts;
        for transfer in std::mem::take(&mut terminal.transfers) {
            let at = roles[k].buses.iter().find(|one| one.0 == transfer.bus);
            if let Some(&(_, part)) = at {
                if !is_built_in {
                    acting[part].1.rests_on(Evidence::DutSettingsOnModel);
                }
                acting[part].1.begin_transfer(transfer, clock.now);
            }
        }
        for (index, value) in terminal.commands.take_changed() {
            for way in 0..roles[k].commands[index].len() {
                let (part, pin, element) = roles[k].commands[index][way];
                let is_setting = acting[part].1.detector().is_some() && pin != CLEAR;
                if is_setting && value > 0.0 && !is_built_in {
                    roles[k].rest_on_the_device(acting);
                }
                let now = clock.now;
                let command = Command { pin, element, value, now };
                match roles[k].latency {
                    SimTime::ZERO => acting[part].1.command(command),
                    latency => roles[k].under_way.push_back((now + latency, part, command)),
                }
            }
            if clock.now > SimTime::ZERO {
                let name = terminal.commands.items()[index].name.clone();
                let role = terminal.role.clone();
                recorder.event(clock.now, &role, EventKind::Command { name, value });
            }
        }
    }
}
