//! From what a rig file says of a DBC file to a [`Mapping`], with everything that does not fit.

mod dbc_files;
mod signal;

use std::collections::BTreeMap;
use std::path::Path;

use blackstart_units::SimTime;
use blackstart_wire::can::{AliveCounter, Checksum};
use blackstart_wire::dbc::{ByteOrder, DbcSignal, Message, ValueKind};

use crate::code::Code;
use crate::diagnostic::{Diagnostics, Place, Problem};
use crate::mapping::{MOST_TURNS, MappedMessage, Mapping, Meaning, Schedule, Traffic, Without};
use crate::rig_mapping_file::{MessageEntry, SendEntry, SenderEntry};
use crate::syntax::{Document, SpannedValue};
use dbc_files::DbcFiles;

/// Shortest and longest cycle or time-out.
const SHORTEST_MS: f64 = 1.0;
const LONGEST_MS: f64 = 3_600_000.0;
/// A message of the device may stay away for so many of its cycles.
const CYCLES_UNTIL_TIMEOUT: u64 = 3;

/// Reads the DBC files and resolves the messages of one binding; nothing when a problem was found. What is
/// amiss with the files and does not matter to this binding becomes a line of `warnings`.
pub(crate) fn mapping(
    (document, role): (&Document, &str),
    root: &Path,
    paths: &[String],
    entries: &[MessageEntry],
    (unfed, ungiven): (&[String], &[String]),
    (warnings, problems): (&mut Vec<String>, &mut Diagnostics),
) -> Option<Mapping> {
    let found_before = problems.len();
    let protocol = document
        .root
        .get("bindings")
        .and_then(|all| all.get(role))
        .and_then(|binding| binding.get("protocol"))?;
    let listed = protocol.get("files").unwrap_or(protocol);
    let place = |index: usize| {
        let named = listed.elements().get(index).unwrap_or(listed);
        document.place(named.span.clone())
    };
    let without = |key: &str, names: &[String]| {
        let listed = protocol.get(key).unwrap_or(listed);
        Without { names: names.to_vec(), place: document.place(listed.span.clone()) }
    };
    let files = DbcFiles::read(root, paths, place, problems);
    if problems.len() > found_before {
        return None;
    }
    let messages = protocol.get("messages").map(SpannedValue::elements).unwrap_or_default();
    let mut mapped = Vec::new();
    for (entry, value) in entries.iter().zip(messages) {
        let mut mapper = Mapper { document, value, problems };
        mapped.extend(mapper.message(&files, entry));
    }
    let used: Vec<&str> = entries.iter().map(|entry| entry.message.as_str()).collect();
    warnings.extend(files.warnings(&used));
    if problems.len() > found_before {
        return None;
    }
    answers(document, entries, messages, &mut mapped, problems);
    twice(document, messages, &mapped, problems);
    (problems.len() == found_before).then(|| Mapping {
        files: files.into_files(),
        messages: mapped,
        unfed: without("unfed", unfed),
        ungiven: without("ungiven", ungiven),
    })
}

/// Which messages answer which.
fn answers(
    document: &Document,
    entries: &[MessageEntry],
    values: &[SpannedValue],
    mapped: &mut [MappedMessage],
    problems: &mut Diagnostics,
) {
    for (index, (entry, value)) in entries.iter().zip(values).enumerate() {
        let Some(wanted) = &entry.answer_to else { continue };
        let is_it = |one: &MappedMessage| {
            one.message.name == *wanted && matches!(one.traffic, Traffic::Received { .. })
        };
        match mapped.iter().position(is_it) {
            Some(to) => mapped[index].traffic = Traffic::Sent(Schedule::Answer { to }),
            None => {
                let place = place_in(document, value, &["answer_to"]);
                let message = format!("no message `{wanted}` of the device is mapped");
                let names = mapped.iter().map(|one| one.message.name.as_str());
                let problem = Problem::at(place, Code::UnknownMessage, message);
                problems.push(problem.suggest(wanted, names));
            }
        }
    }
}

/// Messages, commands and claims that are mapped twice.
fn twice(
    document: &Document,
    values: &[SpannedValue],
    mapped: &[MappedMessage],
    problems: &mut Diagnostics,
) {
    let mut ids = BTreeMap::new();
    let mut said: BTreeMap<(bool, &str), ()> = BTreeMap::new();
    for (one, value) in mapped.iter().zip(values) {
        if ids.insert(one.message.id, ()).is_some() {
            let place = place_in(document, value, &["message"]);
            let message = format!("the message `{}` is mapped twice", one.message.name);
            problems.push(Problem::at(place, Code::DuplicateId, message));
        }
        for signal in &one.signals {
            let key = match &signal.meaning {
                Meaning::Command(name) => (true, name.as_str()),
                Meaning::Claim(name) => (false, name.as_str()),
                _ => continue,
            };
            if said.insert(key, ()).is_some() {
                let message = format!("`{}` is given by two signals", key.1);
                problems.push(Problem::at(signal.place.clone(), Code::DuplicateId, message));
            }
        }
    }
}

fn place_in(document: &Document, value: &SpannedValue, keys: &[&str]) -> Place {
    let mut found = value;
    for key in keys {
        found = found.get(key).unwrap_or(found);
    }
    document.place(found.span.clone())
}

/// One message of the rig file.
struct Mapper<'a> {
    document: &'a Document,
    value: &'a SpannedValue,
    problems: &'a mut Diagnostics,
}

impl Mapper<'_> {
    fn complain(&mut self, keys: &[&str], code: Code, message: impl Into<String>, label: &str) {
        let place = place_in(self.document, self.value, keys);
        self.problems.push(Problem::at(place, code, message).label(label));
    }

    fn message(&mut self, files: &DbcFiles, entry: &MessageEntry) -> Option<MappedMessage> {
        let place = place_in(self.document, self.value, &["message"]);
        let message = files.message(&entry.message, &place, self.problems)?;
        let traffic = self.traffic(message, entry);
        let checksum = self.checksum(message, entry);
        let counter = self.counter(message, entry, checksum);
        let mut signals = Vec::new();
        for (name, signal) in &entry.signals {
            signals.extend(self.signal(message, (name, signal), entry.from));
        }
        signals.sort_by_key(|signal| signal.index);
        let message = message.clone();
        let mapped =
            MappedMessage { message, traffic: traffic?, counter, checksum, signals, place };
        self.check_turns(&mapped);
        self.check_bits(&mapped);
        Some(mapped)
    }

    /// Switches go round by themselves, and not without end.
    fn check_turns(&mut self, mapped: &MappedMessage) {
        if !matches!(mapped.traffic, Traffic::Sent(_)) {
            return;
        }
        if mapped.needed_turns().len() >= MOST_TURNS {
            let text = "its multiplexors have too many values to take turns";
            self.complain(&["signals"], Code::BadMapping, text, "map fewer of its signals");
        }
        let turns = mapped.turns();
        let goes_round = |index: usize| turns.iter().flatten().any(|&(switch, _)| switch == index);
        if mapped.signals.iter().any(|one| goes_round(one.index)) {
            let text = "the multiplexor goes round by itself";
            self.complain(&["signals"], Code::BadMapping, text, "leave the multiplexor out");
        }
    }

    /// Of two signals that share bits, a frame can say one only.
    fn check_bits(&mut self, mapped: &MappedMessage) {
        if !matches!(mapped.traffic, Traffic::Sent(_)) {
            return;
        }
        let said: Vec<usize> = mapped.signals.iter().map(|one| one.index).collect();
        for (at, &one) in said.iter().enumerate() {
            let Some(&other) =
                said[..at].iter().find(|&&other| mapped.message.overlaps(one, other))
            else {
                continue;
            };
            let [one, other] = [one, other].map(|index| &mapped.message.signals[index].name);
            let text = format!("`{one}` and `{other}` share bits");
            self.complain(&["signals", one], Code::BadMapping, text, "a frame says one of them");
        }
    }

    fn millis(&mut self, key: &str, given: Option<f64>, least: f64) -> Option<SimTime> {
        let millis = given?;
        if !(least..=LONGEST_MS).contains(&millis) {
            let expected = format!("expected {least} to {LONGEST_MS}");
            self.complain(
                &[key],
                Code::OutOfRange,
                format!("`{key}` cannot be {millis}"),
                &expected,
            );
        }
        Some(SimTime::from_seconds(millis * 1e-3))
    }

    fn traffic(&mut self, message: &Message, entry: &MessageEntry) -> Option<Traffic> {
        let cycle = self.millis("cycle_ms", entry.cycle_ms, SHORTEST_MS);
        let phase = self.millis("phase_ms", entry.phase_ms, 0.0).unwrap_or_default();
        let timeout = self.millis("timeout_ms", entry.timeout_ms, SHORTEST_MS);
        let misplaced: &[(&str, bool)] = match entry.from {
            SenderEntry::Bench => &[("timeout_ms", timeout.is_some())],
            SenderEntry::Device => &[
                ("cycle_ms", cycle.is_some()),
                ("phase_ms", entry.phase_ms.is_some()),
                ("send", entry.send.is_some()),
                ("answer_to", entry.answer_to.is_some()),
            ],
        };
        for (key, _) in misplaced.iter().filter(|(_, is_there)| *is_there) {
            let text = format!("`{key}` says nothing of a message that the other side sends");
            self.complain(&[key], Code::BadMapping, text, "leave it out");
        }
        let usual = message.cycle_time.filter(|cycle| *cycle > SimTime::ZERO);
        if let SenderEntry::Device = entry.from {
            let cycles = |cycle: SimTime| {
                SimTime::from_nanos(cycle.as_nanos().saturating_mul(CYCLES_UNTIL_TIMEOUT))
            };
            return Some(Traffic::Received { timeout: timeout.or(usual.map(cycles)) });
        }
        if entry.answer_to.is_some() {
            if entry.send.is_some() || cycle.is_some() {
                let text = "an answer has no cycle of its own";
                self.complain(&["answer_to"], Code::BadMapping, text, "either this or a cycle");
            }
            // Which message it answers is known once all are mapped.
            return Some(Traffic::Sent(Schedule::Answer { to: 0 }));
        }
        let Some(cycle) = cycle.or(usual) else {
            let text = format!("nobody says how often `{}` is sent", message.name);
            self.complain(&["message"], Code::MissingKey, text, "add `cycle_ms`");
            return None;
        };
        Some(Traffic::Sent(match entry.send {
            None | Some(SendEntry::Cyclic) => Schedule::Cyclic { cycle, phase },
            Some(SendEntry::OnChange) => Schedule::OnChange { cycle, phase },
        }))
    }

    /// The index of a signal of the message.
    fn index(&mut self, message: &Message, name: &str, keys: &[&str]) -> Option<usize> {
        let found = message.signal_index(name);
        if found.is_none() {
            let place = place_in(self.document, self.value, keys);
            let text = format!("the message `{}` has no signal `{name}`", message.name);
            let names = message.signals.iter().map(|signal| signal.name.as_str());
            let problem = Problem::at(place, Code::UnknownSignal, text);
            self.problems.push(problem.suggest(name, names));
        }
        found
    }

    fn checksum(&mut self, message: &Message, entry: &MessageEntry) -> Option<(Checksum, usize)> {
        let wanted = entry.checksum.as_ref()?;
        let keys = ["checksum", "signal"];
        let index = self.index(message, &wanted.signal, &keys)?;
        let Some(checksum) = Checksum::named(&wanted.kind, wanted.data_id.unwrap_or(0)) else {
            let place = place_in(self.document, self.value, &["checksum", "kind"]);
            let text = format!("there is no checksum `{}`", wanted.kind);
            let names = Checksum::NAMES.map(|(name, _)| name);
            let problem = Problem::at(place, Code::UnknownWord, text);
            self.problems.push(problem.suggest(&wanted.kind, names));
            return None;
        };
        let Some(byte) = whole_byte(&message.signals[index]) else {
            let text = format!("`{}` is not one whole byte", wanted.signal);
            self.complain(&keys, Code::BadMapping, text, "a checksum is eight bits of one byte");
            return None;
        };
        if !checksum.seal(&mut vec![0; message.length], byte) {
            let text = format!("`{}` leaves no room for this checksum", message.name);
            self.complain(&keys, Code::BadMapping, text, "the counter follows the checksum");
        }
        Some((checksum, byte))
    }

    fn counter(
        &mut self,
        message: &Message,
        entry: &MessageEntry,
        checksum: Option<(Checksum, usize)>,
    ) -> Option<(usize, AliveCounter)> {
        let wanted = entry.counter.as_ref()?;
        let index = self.index(message, &wanted.signal, &["counter", "signal"])?;
        let signal = &message.signals[index];
        let room = 1u64 << signal.length_bits().min(32);
        let usual = match checksum {
            Some((Checksum::E2eProfile1 { .. }, _)) => 15,
            _ => room.min(u64::from(u32::MAX)) as u32,
        };
        let modulo = wanted.modulo.unwrap_or(usual);
        let counter = AliveCounter::new(modulo)
            .filter(|_| u64::from(modulo) <= room && signal.kind == ValueKind::Unsigned);
        if counter.is_none() {
            let text = format!("`{}` cannot count modulo {modulo}", wanted.signal);
            let keys = ["counter", "signal"];
            self.complain(
                &keys,
                Code::BadMapping,
                text,
                "expected an unsigned signal with room for it",
            );
        }
        counter.map(|counter| (index, counter))
    }
}

/// The byte that a signal is, if it is one.
fn whole_byte(signal: &DbcSignal) -> Option<usize> {
    let first = match signal.byte_order() {
        ByteOrder::Little => 0,
        ByteOrder::Big => 7,
    };
    let is_whole = signal.length_bits() == 8 && signal.start_bit() % 8 == first;
    is_whole.then_some(signal.start_bit() as usize / 8)
}
