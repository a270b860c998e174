//! From statements to messages: names are looked up, and what does not fit is a mistake.

use std::collections::{BTreeMap, BTreeSet};

use blackstart_units::SimTime;

use super::bits::{ByteOrder, Span};
use super::database::{Database, Message};
use super::draft::{Draft, merged};
use super::long_names::LongNames;
use super::mistake::{Concern, Mistake, MistakeKind};
use super::signal::{DbcSignal, ValueKind, ValueName};
use super::statement::{
    AttributeValue, MessageStatement, Remark, SignalStatement, StatementOwner, StatementPlace,
    StatementSubject, Statements,
};
use crate::can::{CanId, fd_dlc};

/// Most signals of a message: what is beyond is left out. Keeps the search for shared bits short.
const MAX_SIGNALS: usize = 4_096;
/// Most ranges of one signal in `SG_MUL_VAL_`.
const MAX_RANGES: usize = 256;
/// Attributes that say something about messages or signals.
const ATTRIBUTES: [&str; 3] = ["GenMsgCycleTime", "GenSigStartValue", "VFrameFormat"];

/// The name that tools give to "no node".
const NOBODY: &str = "Vector__XXX";
/// The message that tools use to keep signals of no message.
const INDEPENDENT_SIGNALS: u32 = 0xC000_0000;
/// Its name, also where tools give it another identifier.
const INDEPENDENT_SIGNALS_NAME: &str = "VECTOR__INDEPENDENT_SIG_MSG";

/// Builds the database, and reports what does not fit; every mistake has its concern then.
pub(super) fn link(statements: Statements, mistakes: &mut Vec<Mistake>) -> Database {
    let Statements { version, nodes, messages, remarks, owners, names } = statements;
    let long = LongNames::of(&remarks);
    let mut linker = Linker {
        nodes: nodes.iter().cloned().collect(),
        long: &long,
        names: BTreeMap::new(),
        drafts: BTreeMap::new(),
        mistakes,
    };
    messages.into_iter().for_each(|statement| linker.message(statement));
    let defaults = Defaults::of(&remarks);
    linker.apply_defaults(&defaults);
    for (place, remark) in remarks {
        linker.remark(place, remark, &defaults);
    }
    let finished = linker.drafts.into_values().filter_map(|draft| draft.finish(linker.mistakes));
    let mut messages: Vec<Message> = finished.collect();
    messages.sort_by_key(|message| message.id);
    find_concerns(mistakes, &owners, |id| Some(long.message(id, names.get(&id)?)));
    let nodes = nodes.iter().map(|node| long.node(node)).collect();
    Database { version, nodes, messages }
}

/// A mistake concerns what the statement speaks of in which it stands.
fn find_concerns(
    mistakes: &mut [Mistake],
    owners: &[(StatementPlace, StatementOwner)],
    name: impl Fn(u32) -> Option<String>,
) {
    for mistake in mistakes.iter_mut().filter(|one| one.concern == Concern::Nobody) {
        let place = StatementPlace { line: mistake.line, column: mistake.column };
        let behind = owners.partition_point(|(begin, _)| *begin <= place);
        mistake.concern = match behind.checked_sub(1).map(|at| owners[at].1) {
            Some(StatementOwner::Message(id)) => name(id).map_or(Concern::Nobody, Concern::Message),
            Some(StatementOwner::Anybody) => Concern::Anybody,
            Some(StatementOwner::Nobody) | None => Concern::Nobody,
        };
    }
}

struct Linker<'a> {
    nodes: BTreeSet<String>,
    long: &'a LongNames,
    /// Names of messages and their lines.
    names: BTreeMap<String, u32>,
    /// By identifier as written.
    drafts: BTreeMap<u32, Draft>,
    mistakes: &'a mut Vec<Mistake>,
}

/// What the attributes that matter are where a message or signal does not say.
struct Defaults {
    values: BTreeMap<String, AttributeValue>,
    choices: BTreeMap<String, Vec<String>>,
}

impl Defaults {
    fn of(remarks: &[(StatementPlace, Remark)]) -> Self {
        let mut defaults = Self { values: BTreeMap::new(), choices: BTreeMap::new() };
        for (_, remark) in remarks {
            match remark {
                Remark::Default { attribute, value } => {
                    defaults.values.insert(attribute.clone(), value.clone());
                }
                Remark::Choices { attribute, names } => {
                    defaults.choices.insert(attribute.clone(), names.clone());
                }
                _ => {}
            }
        }
        defaults
    }

    /// The name of a choice, which may be written as its number.
    fn choice<'a>(&'a self, attribute: &str, value: &'a AttributeValue) -> Option<&'a str> {
        match value {
            AttributeValue::Text(text) => Some(text),
            AttributeValue::Number(number) => {
                let names = self.choices.get(attribute)?;
                (*number >= 0.0).then(|| names.get(*number as usize)).flatten().map(|name| &**name)
            }
        }
    }
}

impl Linker<'_> {
    fn report(&mut self, place: StatementPlace, kind: MistakeKind) {
        self.mistakes.push(Mistake::at(place, kind));
    }

    fn message(&mut self, statement: MessageStatement) {
        let MessageStatement { place, id: written, name, length, transmitter, signals } = statement;
        if written == INDEPENDENT_SIGNALS || name == INDEPENDENT_SIGNALS_NAME {
            return;
        }
        let name = self.long.message(written, &name);
        let Some(id) = CanId::from_flagged(written) else {
            return self.report(place, MistakeKind::Id { id: written });
        };
        if let Some(other) = self.drafts.get(&written) {
            let (other, line) = (other.message.name.clone(), other.message.line);
            let kind = MistakeKind::DuplicateId { message: name, other, line };
            return self.report(place, kind);
        }
        if let Some(line) = self.names.insert(name.clone(), place.line) {
            self.report(place, MistakeKind::DuplicateMessage { message: name.clone(), line });
        }
        let bytes = length as usize;
        let left_out = fd_dlc(bytes).is_none();
        if left_out {
            self.report(place, MistakeKind::MessageLength { message: name.clone(), length });
        }
        let transmitter = self.node(place, transmitter);
        let message = Message {
            id,
            name,
            length: bytes,
            is_fd: bytes > 8,
            transmitter,
            signals: Vec::new(),
            order: Vec::new(),
            cycle_time: None,
            comment: None,
            line: place.line,
        };
        let (names, ranges) = (BTreeMap::new(), BTreeMap::new());
        let (shown, statements) = (BTreeSet::new(), Vec::new());
        let mut draft = Draft { message, names, shown, statements, ranges, left_out };
        if !left_out {
            signals.into_iter().for_each(|signal| self.signal(written, signal, &mut draft));
        }
        self.drafts.insert(written, draft);
    }

    fn signal(&mut self, message: u32, statement: SignalStatement, draft: &mut Draft) {
        let place = statement.place;
        let signal = self.long.signal(message, &statement.name);
        if draft.names.contains_key(&statement.name) || !draft.shown.insert(signal.clone()) {
            return self.report(place, MistakeKind::DuplicateSignal { signal });
        }
        if draft.names.len() >= MAX_SIGNALS {
            return self.report(place, MistakeKind::TooMany { what: "signals", most: MAX_SIGNALS });
        }
        if !(1..=64).contains(&statement.length) {
            let length = statement.length;
            return self.report(place, MistakeKind::SignalLength { signal, length });
        }
        let order = if statement.little_endian { ByteOrder::Little } else { ByteOrder::Big };
        let span = Span { order, start: statement.start, length: statement.length };
        // A start bit that is absurd would overflow the arithmetic of its place.
        if span.start > 8 * 64 || !span.fits(draft.message.length) {
            let bytes = draft.message.length;
            return self.report(place, MistakeKind::Outside { signal, bytes });
        }
        if statement.factor == 0.0 {
            return self.report(place, MistakeKind::ZeroFactor { signal });
        }
        let (minimum, maximum) = (statement.minimum, statement.maximum);
        if minimum > maximum {
            self.report(place, MistakeKind::EmptyRange { signal: signal.clone() });
        }
        let receivers = statement.receivers.iter().cloned();
        let receivers = receivers.filter_map(|node| self.node(place, node)).collect();
        draft.names.insert(statement.name.clone(), draft.message.signals.len());
        draft.message.signals.push(DbcSignal {
            name: signal,
            span,
            kind: if statement.signed { ValueKind::Signed } else { ValueKind::Unsigned },
            factor: statement.factor,
            offset: statement.offset,
            // By custom [0|0] is no range.
            range: (minimum < maximum).then_some((minimum, maximum)),
            unit: statement.unit.clone(),
            receivers,
            is_switch: statement.mark.switch,
            selection: None,
            values: Vec::new(),
            start_counts: None,
            comment: None,
            line: place.line,
        });
        draft.statements.push(statement);
    }

    fn node(&mut self, place: StatementPlace, node: String) -> Option<String> {
        if node == NOBODY {
            return None;
        }
        // Once is enough: a node that is missing is missing everywhere.
        if self.nodes.insert(node.clone()) {
            self.report(place, MistakeKind::UnknownNode { node: node.clone() });
        }
        Some(self.long.node(&node))
    }

    fn apply_defaults(&mut self, defaults: &Defaults) {
        for draft in self.drafts.values_mut() {
            for attribute in ATTRIBUTES {
                let Some(value) = defaults.values.get(attribute) else { continue };
                draft.message.set_attribute(attribute, value, defaults);
                for signal in &mut draft.message.signals {
                    signal.set_attribute(attribute, value);
                }
            }
        }
    }

    fn remark(&mut self, place: StatementPlace, remark: Remark, defaults: &Defaults) {
        let result = match remark {
            Remark::Choices { .. } | Remark::Default { .. } => Ok(()),
            Remark::Comment { subject, text } => self.comment(subject, text),
            Remark::Attribute { attribute, subject, value } => {
                self.attribute(attribute, subject, value, defaults)
            }
            Remark::Values { id, signal, values } => {
                self.with_signal("VAL_", id, &signal, |draft, index| {
                    let named = |(value, name)| ValueName { value, name };
                    draft.message.signals[index].values = values.into_iter().map(named).collect();
                    Ok(())
                })
            }
            Remark::ValueType { id, signal, code } => {
                self.with_signal("SIG_VALTYPE_", id, &signal, |draft, index| {
                    draft.message.signals[index].set_value_type(code)
                })
            }
            Remark::MultiplexRanges { id, signal, switch, ranges } => {
                self.with_signal("SG_MUL_VAL_", id, &signal, |draft, index| {
                    if ranges.len() > MAX_RANGES {
                        return Err(MistakeKind::TooMany { what: "ranges", most: MAX_RANGES });
                    }
                    let switch = draft.names.get(&switch).copied();
                    let kind = MistakeKind::NoSwitch { signal: signal.clone() };
                    let switch = switch.filter(|&at| draft.message.signals[at].is_switch);
                    draft.ranges.insert(index, (switch.ok_or(kind)?, merged(ranges)));
                    Ok(())
                })
            }
        };
        if let Err(kind) = result {
            self.report(place, kind);
        }
    }

    fn comment(&mut self, subject: StatementSubject, text: String) -> Result<(), MistakeKind> {
        match subject {
            StatementSubject::Other | StatementSubject::Node(_) => Ok(()),
            StatementSubject::Message(id) => self.with_message("CM_", id, |draft| {
                draft.message.comment = Some(text);
                Ok(())
            }),
            StatementSubject::Signal(id, signal) => {
                self.with_signal("CM_", id, &signal, |draft, index| {
                    draft.message.signals[index].comment = Some(text);
                    Ok(())
                })
            }
        }
    }

    fn attribute(
        &mut self,
        attribute: String,
        subject: StatementSubject,
        value: AttributeValue,
        defaults: &Defaults,
    ) -> Result<(), MistakeKind> {
        let wrong = MistakeKind::Attribute { attribute: attribute.clone() };
        match subject {
            StatementSubject::Other | StatementSubject::Node(_) => Ok(()),
            StatementSubject::Message(id) => self.with_message("BA_", id, |draft| {
                let known = draft.message.set_attribute(&attribute, &value, defaults);
                if known { Ok(()) } else { Err(wrong) }
            }),
            StatementSubject::Signal(id, signal) => {
                self.with_signal("BA_", id, &signal, |draft, index| {
                    let known = draft.message.signals[index].set_attribute(&attribute, &value);
                    if known { Ok(()) } else { Err(wrong) }
                })
            }
        }
    }

    fn with_message(
        &mut self,
        statement: &'static str,
        id: u32,
        apply: impl FnOnce(&mut Draft) -> Result<(), MistakeKind>,
    ) -> Result<(), MistakeKind> {
        match self.drafts.get_mut(&id) {
            Some(draft) => apply(draft),
            None if id == INDEPENDENT_SIGNALS => Ok(()),
            None => Err(MistakeKind::UnknownMessage { statement, id }),
        }
    }

    fn with_signal(
        &mut self,
        statement: &'static str,
        id: u32,
        signal: &str,
        apply: impl FnOnce(&mut Draft, usize) -> Result<(), MistakeKind>,
    ) -> Result<(), MistakeKind> {
        self.with_message(statement, id, |draft| match draft.names.get(signal).copied() {
            Some(index) => apply(draft, index),
            None if draft.left_out => Ok(()),
            None => Err(MistakeKind::UnknownSignal { statement, signal: signal.to_owned() }),
        })
    }
}

impl Message {
    /// Whether the value can be one of the attribute; attributes of no use here take any.
    fn set_attribute(
        &mut self,
        attribute: &str,
        value: &AttributeValue,
        defaults: &Defaults,
    ) -> bool {
        match (attribute, value) {
            ("GenMsgCycleTime", value) => {
                let millis = value.number().filter(|millis| *millis >= 0.0);
                // Zero is how files say "not cyclic".
                let period = millis.map(|millis| SimTime::from_seconds(millis / 1_000.0));
                self.cycle_time = period.filter(|period| *period > SimTime::ZERO);
                millis.is_some() || value.is_blank()
            }
            ("VFrameFormat", value) => {
                let choice = defaults.choice(attribute, value);
                self.is_fd = self.length > 8 || choice.is_some_and(|name| name.ends_with("_FD"));
                true
            }
            _ => true,
        }
    }
}

impl DbcSignal {
    /// Whether the value can be one of the attribute; attributes of no use here take any.
    fn set_attribute(&mut self, attribute: &str, value: &AttributeValue) -> bool {
        match (attribute, value) {
            ("GenSigStartValue", value) => {
                self.start_counts = value.number();
                self.start_counts.is_some() || value.is_blank()
            }
            _ => true,
        }
    }

    fn set_value_type(&mut self, code: u32) -> Result<(), MistakeKind> {
        let (kind, wanted) = match code {
            0 => return Ok(()),
            // The format knows none of 16 bits; cantools and what writes for it give them either code.
            1 | 2 if self.span.length == 16 => (ValueKind::Float16, 16),
            1 => (ValueKind::Float32, 32),
            2 => (ValueKind::Float64, 64),
            _ => {
                let (wanted, found) = ("0, 1 or 2", format!("`{code}`"));
                return Err(MistakeKind::Expected { wanted, found });
            }
        };
        let length = self.span.length;
        if length != wanted {
            let signal = self.name.clone();
            return Err(MistakeKind::FloatLength { signal, length, wanted });
        }
        self.kind = kind;
        Ok(())
    }
}
