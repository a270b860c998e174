//! Whether a mapping fits a role, known once the role's system is spawned.

use bevy_ecs::prelude::{Entity, World};
use blackstart_engine::{PinBank, PinItem, Terminal};
use blackstart_plant::{PartRole, Recorder};
use blackstart_scenario::{
    Code, Diagnostics, MappedMessage, MappedSignal, Mapping, Meaning, Traffic,
};
use blackstart_trace::SignalKind;
use blackstart_wire::dbc::{DbcSignal, OutOfRange};

use super::complete;
use super::incoming::{self, Incoming, Read};
use super::outgoing::{Fed, OutgoingMessage, SignalFeed};

/// A mapping in the terms of a role's terminal.
#[derive(Default)]
pub(crate) struct Fitted {
    pub(super) sent: Vec<OutgoingMessage>,
    pub(super) received: Vec<Incoming>,
    /// Readings that no message carries.
    pub unfed: Vec<String>,
    /// Commands that no message gives.
    pub ungiven: Vec<String>,
}

/// Finds every name of a mapping in a role.
///
/// # Errors
/// Every name that is not there, every value table that lacks a state, and every signal that cannot carry
/// what its reading can be; readings that nothing feeds and commands that nobody gives, where the mapping
/// does not say that the device does without.
pub(crate) fn fit(mapping: &Mapping, entity: Entity, world: &World) -> Result<Fitted, Diagnostics> {
    let mut problems = Diagnostics::new();
    let mut fitted = Fitted { ..Fitted::default() };
    let Some(terminal) = world.get::<Terminal>(entity) else { return Ok(fitted) };
    let mut fitter = Fitter { terminal, entity, world, problems: &mut problems };
    let places: Vec<Option<usize>> = places(mapping);
    for message in &mapping.messages {
        match message.traffic {
            Traffic::Sent(schedule) => {
                let schedule = answering(schedule, &places);
                fitted.sent.push(fitter.outgoing(message, schedule));
            }
            Traffic::Received { timeout } => {
                fitted.received.push(fitter.incoming(message, timeout));
            }
        }
    }
    // What is misspelt is not missing as well.
    if !problems.is_empty() {
        return problems.into_result().map(|()| fitted);
    }
    fitted.unfed = complete::unfed(mapping, terminal, &mut problems);
    fitted.ungiven = complete::ungiven(mapping, terminal, &mut problems);
    problems.into_result().map(|()| fitted)
}

/// The place of each message of a mapping among those that come.
fn places(mapping: &Mapping) -> Vec<Option<usize>> {
    let mut next = 0;
    let place = |message: &MappedMessage| match message.traffic {
        Traffic::Sent(_) => None,
        Traffic::Received { .. } => {
            next += 1;
            Some(next - 1)
        }
    };
    mapping.messages.iter().map(place).collect()
}

/// A schedule whose answers name the place among those that come.
fn answering(
    schedule: blackstart_scenario::Schedule,
    places: &[Option<usize>],
) -> blackstart_scenario::Schedule {
    use blackstart_scenario::Schedule;
    match schedule {
        Schedule::Answer { to } => {
            Schedule::Answer { to: places.get(to).copied().flatten().unwrap_or(to) }
        }
        other => other,
    }
}

struct Fitter<'a> {
    terminal: &'a Terminal,
    entity: Entity,
    world: &'a World,
    problems: &'a mut Diagnostics,
}

impl Fitter<'_> {
    fn outgoing(
        &mut self,
        mapped: &MappedMessage,
        schedule: blackstart_scenario::Schedule,
    ) -> OutgoingMessage {
        let fed: Vec<Fed> =
            mapped.signals.iter().filter_map(|signal| self.fed(mapped, signal)).collect();
        let mut outgoing = OutgoingMessage::new(mapped.message.clone(), schedule, fed);
        outgoing.counter = mapped.counter.map(|(index, counter)| (index, counter, 0));
        outgoing.checksum = mapped.checksum;
        outgoing.turns = mapped.turns();
        outgoing.last = vec![None; outgoing.turns.len().max(1)];
        outgoing
    }

    fn fed(&mut self, mapped: &MappedMessage, signal: &MappedSignal) -> Option<Fed> {
        let carrier = mapped.signal(signal);
        let (feed, kind) = match &signal.meaning {
            Meaning::Constant(value) => {
                self.must_carry(carrier, signal, (*value, *value), "a constant");
                (SignalFeed::Constant(*value), SignalKind::Analog)
            }
            Meaning::Reading(name) => {
                let terminal = self.terminal;
                let index = self.item(&terminal.readings, "reading", name, signal)?;
                if let Some((low, high)) = self.bounds(index) {
                    let of = |value: f64| (value - signal.offset) / signal.scale;
                    let range = (of(low), of(high));
                    self.must_carry(carrier, signal, range, name);
                }
                (SignalFeed::Reading(index), terminal.readings.items()[index].kind.clone())
            }
            Meaning::Plant(name) => {
                let catalogue = self.world.resource::<Recorder>().trace.catalogue();
                let Some(id) = catalogue.find(name) else {
                    let names = catalogue.iter().map(|(_, signal)| signal.name.as_str());
                    let text = format!("there is no signal `{name}`");
                    let code = Code::UnknownSignal;
                    self.problems.complain(
                        &signal.place,
                        code,
                        text,
                        Some((name, names.collect())),
                    );
                    return None;
                };
                (SignalFeed::Plant(id), catalogue.signal(id).kind.clone())
            }
            Meaning::Command(_) | Meaning::Claim(_) => return None,
        };
        let states = match &kind {
            SignalKind::State(names) if !signal.states.is_empty() => {
                Some(self.states_sent(names, carrier, signal))
            }
            SignalKind::State(names) => {
                let last = names.len().saturating_sub(1) as f64;
                let name = signal.meaning.name().unwrap_or_default();
                self.must_carry(carrier, signal, (0.0, last), name);
                None
            }
            SignalKind::Analog | SignalKind::Held => None,
        };
        let (factor, offset) = (1.0 / signal.scale, signal.offset);
        Some(Fed { index: signal.index, feed, factor, offset, states, valid: signal.valid })
    }

    /// The physical value of each state.
    fn states_sent(
        &mut self,
        names: &[String],
        carrier: &DbcSignal,
        signal: &MappedSignal,
    ) -> Vec<f64> {
        let value = |name: &String| {
            let found = signal.states.iter().find(|(_, state)| state == name);
            if found.is_none() {
                let text = format!("`{}` has no value for the state `{name}`", carrier.name);
                let known = signal.states.iter().map(|(_, state)| state.as_str()).collect();
                let code = Code::UnknownState;
                self.problems.complain(&signal.place, code, text, Some((name, known)));
            }
            found.map_or(f64::NAN, |&(counts, _)| counts as f64 * carrier.factor + carrier.offset)
        };
        names.iter().map(value).collect()
    }

    fn incoming(
        &mut self,
        mapped: &MappedMessage,
        timeout: Option<blackstart_units::SimTime>,
    ) -> Incoming {
        Incoming {
            message: mapped.message.clone(),
            read: mapped.signals.iter().filter_map(|signal| self.read(mapped, signal)).collect(),
            counter: mapped.counter.map(|(index, counter)| (index, counter, None)),
            checksum: mapped.checksum,
            timeout,
            came_at: blackstart_units::SimTime::ZERO,
            is_missed: false,
            content: None,
            damaged: 0,
        }
    }

    fn read(&mut self, mapped: &MappedMessage, signal: &MappedSignal) -> Option<Read> {
        let terminal = self.terminal;
        let (bank, items, name) = match &signal.meaning {
            Meaning::Command(name) => (incoming::TargetBank::Commands, &terminal.commands, name),
            Meaning::Claim(name) => (incoming::TargetBank::Claims, &terminal.claims, name),
            _ => return None,
        };
        let noun = if bank == incoming::TargetBank::Commands { "command" } else { "claim" };
        let item = self.item(items, noun, name, signal)?;
        let (mut states, mut state_count) = (None, None);
        if let SignalKind::State(names) = &items.items()[item].kind {
            match signal.states.is_empty() {
                true => state_count = Some(names.len()),
                false => {
                    let read = self.states_read(names, mapped.signal(signal), signal);
                    if bank == incoming::TargetBank::Commands && read.len() == signal.states.len() {
                        self.must_order_all(names, &read, mapped.signal(signal), signal);
                    }
                    states = Some(read);
                }
            }
        }
        let MappedSignal { index, scale, offset, valid, .. } = *signal;
        Some(Read { index, bank, item, scale, offset, states, state_count, valid })
    }

    /// The state of each count.
    fn states_read(
        &mut self,
        names: &[String],
        carrier: &DbcSignal,
        signal: &MappedSignal,
    ) -> Vec<(i128, f64)> {
        let mut states = Vec::new();
        for (counts, state) in &signal.states {
            match names.iter().position(|name| name == state) {
                Some(index) => states.push((*counts, index as f64)),
                None => {
                    let text = format!(
                        "the value {counts} of `{}` means `{state}`, which is no state",
                        carrier.name
                    );
                    let known = names.iter().map(String::as_str).collect();
                    let code = Code::UnknownState;
                    self.problems.complain(&signal.place, code, text, Some((state, known)));
                }
            }
        }
        states
    }

    /// Complains of a state of a command that the device has no value for.
    fn must_order_all(
        &mut self,
        names: &[String],
        read: &[(i128, f64)],
        carrier: &DbcSignal,
        signal: &MappedSignal,
    ) {
        let is_meant = |index: usize| read.iter().any(|&(_, state)| state == index as f64);
        let missing = names.iter().enumerate().find(|(index, _)| !is_meant(*index));
        if let Some((_, name)) = missing {
            let text = format!("no value of `{}` means `{name}`", carrier.name);
            self.problems.complain(&signal.place, Code::UnknownState, text, None);
        }
    }

    fn item(&mut self, bank: &PinBank, noun: &str, name: &str, at: &MappedSignal) -> Option<usize> {
        let found = bank.index(name);
        if found.is_none() {
            let text = format!("the role `{}` has no {noun} `{name}`", self.terminal.role);
            let known = bank.items().iter().map(|item: &PinItem| item.name.as_str()).collect();
            self.problems.complain(&at.place, Code::UnknownSignal, text, Some((name, known)));
        }
        found
    }

    /// Complains of a signal that cannot carry everything between two physical values.
    fn must_carry(
        &mut self,
        carrier: &DbcSignal,
        signal: &MappedSignal,
        (one, other): (f64, f64),
        what: &str,
    ) {
        let fails = |value: f64| carrier.counts(value, OutOfRange::Refuse).is_err();
        if let Some(value) = [one, other].into_iter().find(|&value| fails(value)) {
            let (low, high) = (one.min(other), one.max(other));
            let span =
                if low == high { String::new() } else { format!(", which can be {low} to {high}") };
            let unit = if carrier.unit.is_empty() { "" } else { " " };
            let DbcSignal { name, unit: of, .. } = carrier;
            let text = format!("`{name}` cannot carry {value}{unit}{of} of `{what}`{span}");
            self.problems.complain(&signal.place, Code::OutOfRange, text, None);
        }
    }

    /// What a reading can be before a protection acts, in the reading's unit.
    fn bounds(&self, reading: usize) -> Option<(f64, f64)> {
        let placed = self.terminal.readings.pins().iter();
        let pin = &placed.into_iter().find(|placed| placed.items.contains(&reading))?.pin;
        let role = self.world.get::<PartRole>(self.entity);
        pin.bounds(role.and_then(|role| role.limits.as_ref()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use blackstart_engine::RoleShape;
    use blackstart_roles::{Alarm, Direction, Pin, PinForm, PinRange, RoleTable};
    use blackstart_scenario::{Place, SourceFile, Without};
    use blackstart_wire::dbc;

    use super::*;

    const DBC: &str = "\
BU_: Bms
BO_ 2 Health: 2 Bms
 SG_ Soh : 0|8@1+ (1,0) [0|100] \"%\" Bms
 SG_ Alarm : 8|8@1+ (1,0) [0|255] \"\" Bms
";

    /// What is wrong, for a pack with this table, with a device that says its health and an alarm 13.
    fn problems(table: &RoleTable) -> String {
        let text = Arc::new(SourceFile { path: "rig.json".to_owned(), text: String::new() });
        let place = Place { file: text, span: 0..0 };
        let claim = |index, name: &str, states: &[(i128, &str)]| MappedSignal {
            index,
            meaning: Meaning::Claim(name.to_owned()),
            scale: 1.0,
            offset: 0.0,
            valid: None,
            states: states.iter().map(|&(value, state)| (value, state.to_owned())).collect(),
            place: place.clone(),
        };
        let database = dbc::parse(DBC.as_bytes()).into_result().unwrap();
        let message = MappedMessage {
            message: database.message_named("Health").unwrap().clone(),
            traffic: Traffic::Received { timeout: None },
            counter: None,
            checksum: None,
            signals: vec![
                claim(0, "soh_pct", &[]),
                claim(1, "alarm", &[(0, "none"), (13, "flooded")]),
            ],
            place: place.clone(),
        };
        let without = || Without { names: Vec::new(), place: place.clone() };
        let mapping = Mapping {
            files: Vec::new(),
            messages: vec![message],
            unfed: without(),
            ungiven: without(),
        };
        let mut world = World::new();
        let role = &table.roles[0];
        let terminal = Terminal::new("pack.bms".to_owned(), role, RoleShape::default());
        let entity = world.spawn(terminal).id();
        let Err(found) = fit(&mapping, entity, &world) else { return String::new() };
        found.iter().map(|problem| format!("{problem}\n")).collect()
    }

    #[test]
    fn one_row_more_is_one_name_more_that_a_mapping_may_give_and_one_alarm_more_a_state_more() {
        let standard = problems(RoleTable::standard());
        assert!(standard.contains("the role `pack.bms` has no claim `soh_pct`"), "{standard}");
        assert!(
            standard.contains("13 of `Alarm` means `flooded`, which is no state"),
            "{standard}"
        );
        let mut table = RoleTable::standard().clone();
        let row = Pin::new(Direction::Claim, "soh_pct", PinForm::Number, PinRange::Any, "");
        table.roles[0].pins.push(row);
        table.roles[0].alarms.push(Alarm::new("flooded", None));
        let with_both = problems(&table);
        assert!(!with_both.contains("soh_pct") && !with_both.contains("flooded"), "{with_both}");
        // What is left is what such a device leaves out.
        assert!(with_both.contains("main_switch"), "{with_both}");
    }
}
