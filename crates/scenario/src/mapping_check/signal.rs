//! One signal of a mapping: what it means, its unit and sign, its value table.

use blackstart_wire::dbc::{DbcSignal, Message};

use super::{Mapper, place_in};
use crate::code::Code;
use crate::diagnostic::Problem;
use crate::mapping::{MappedSignal, Meaning};
use crate::mapping_unit::{conversion, has_direction, quantity};
use crate::rig_mapping_file::{SenderEntry, SignalEntry};

impl Mapper<'_> {
    /// A signal as the rig file maps it; nothing when something is wrong with it.
    pub(super) fn signal(
        &mut self,
        message: &Message,
        (name, entry): (&str, &SignalEntry),
        from: SenderEntry,
    ) -> Option<MappedSignal> {
        let keys = ["signals", name];
        let index = self.index(message, name, &keys)?;
        let signal = &message.signals[index];
        let meaning = self.meaning(&keys, entry, from)?;
        let valid = match &entry.valid {
            Some(valid) => Some(self.index(message, valid, &["signals", name, "valid"])?),
            None => None,
        };
        let (mut scale, offset) = self.conversion(&keys, signal, &meaning, entry)?;
        if entry.negate == Some(true) {
            scale = -scale;
        }
        let states = self.states(&keys, signal, entry);
        let place = place_in(self.document, self.value, &keys);
        Some(MappedSignal { index, meaning, scale, offset, valid, states, place })
    }

    /// The one thing that a signal means.
    fn meaning(
        &mut self,
        keys: &[&str],
        entry: &SignalEntry,
        from: SenderEntry,
    ) -> Option<Meaning> {
        let sent = [
            entry.reading.clone().map(Meaning::Reading),
            entry.plant.clone().map(Meaning::Plant),
            entry.value.map(Meaning::Constant),
        ];
        let received =
            [entry.command.clone().map(Meaning::Command), entry.claim.clone().map(Meaning::Claim)];
        let (right, wrong, expected) = match from {
            SenderEntry::Bench => {
                (sent.to_vec(), received.to_vec(), "expected one of `reading`, `plant`, `value`")
            }
            SenderEntry::Device => {
                (received.to_vec(), sent.to_vec(), "expected one of `command`, `claim`")
            }
        };
        let mut right: Vec<Meaning> = right.into_iter().flatten().collect();
        if wrong.into_iter().flatten().next().is_some() || right.len() != 1 {
            let text = format!("`{}` must mean one thing", keys[keys.len() - 1]);
            self.complain(keys, Code::BadMapping, text, expected);
            return None;
        }
        right.pop()
    }

    /// From the DBC file's unit, or the one that the rig states in its place, to that of the name: factor and
    /// offset.
    fn conversion(
        &mut self,
        keys: &[&str],
        signal: &DbcSignal,
        meaning: &Meaning,
        entry: &SignalEntry,
    ) -> Option<(f64, f64)> {
        let Some(name) = meaning.name() else { return Some((1.0, 0.0)) };
        let written = match &entry.unit {
            Some(unit) => unit,
            None => &signal.unit,
        };
        let direction = quantity(name).is_some_and(|(dimension, ..)| has_direction(dimension));
        if direction != entry.negate.is_some() {
            let (text, label) = if direction {
                (
                    format!("which way does `{}` count?", signal.name),
                    "add `negate`: false where it counts as the pin (discharge of a battery and charge \
                     of a charger are positive), true where the other way",
                )
            } else {
                (format!("`{name}` has no direction"), "leave `negate` out")
            };
            self.complain(keys, Code::BadMapping, text, label);
        }
        let found = conversion(name, written);
        if found.is_none() {
            let unit = quantity(name).map_or("no unit", |(_, unit, _)| unit);
            let text = format!("`{}` is in `{written}`, and `{name}` in {unit}", signal.name);
            let label = if entry.unit.is_none() { "state it with `unit`" } else { "does not fit" };
            self.complain(keys, Code::WrongUnit, text, label);
        }
        found
    }

    /// The states that the names of the value table mean.
    fn states(
        &mut self,
        keys: &[&str],
        signal: &DbcSignal,
        entry: &SignalEntry,
    ) -> Vec<(i128, String)> {
        for name in entry.states.keys() {
            if signal.value_named(name).is_none() {
                let text = format!("`{}` has no value `{name}`", signal.name);
                let path: Vec<&str> = keys.iter().copied().chain(["states"]).collect();
                let place = place_in(self.document, self.value, &path);
                let names = signal.values.iter().map(|value| value.name.as_str());
                let problem = Problem::at(place, Code::UnknownState, text);
                self.problems.push(problem.suggest(name, names));
            }
        }
        let state = |name: &str| match entry.states.get(name) {
            Some(state) => state.clone(),
            None => name.to_lowercase().replace(['_', ' '], "-"),
        };
        signal.values.iter().map(|value| (value.value, state(&value.name))).collect()
    }
}
