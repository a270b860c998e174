//! What a scenario does to parts, by the stimuli that their kinds declare.

use super::Resolver;
use super::events::Timeline;
use crate::action::Action;
use crate::code::Code;
use crate::diagnostic::Problem;
use crate::event_entry::EventEntry;
use crate::kinds::StimulusKey;
use crate::part::Part;
use crate::resolved::System;
use crate::syntax::SpannedValue;

impl Resolver<'_> {
    /// One stimulus of a part, its word or number found.
    pub fn part_stimulus(
        &mut self,
        line: &Timeline<'_>,
        entry: &EventEntry,
        value: &SpannedValue,
    ) -> Option<Action> {
        let EventEntry::SetPart { target, what, is, value: number, .. } = entry else {
            return None;
        };
        let part = self.part_named(line, target, value)?;
        let kind = part.kind;
        let Some(stimulus) = kind.stimuli.iter().find(|one| one.name == what) else {
            let message = format!("nobody can do `{what}` to a {}", kind.name);
            let problem = Problem::at(line.place(value, "what"), Code::UnknownWord, message);
            let known = kind.stimuli.iter().map(|one| one.name);
            self.complain(problem.label("unknown stimulus").suggest(what, known));
            return None;
        };
        let found = match (stimulus.words, is, number) {
            ([], None, Some(number)) => Some((*number, number.to_string())),
            ([], ..) => {
                let message = format!("`{what}` is a number: {}", stimulus.doc);
                let place = line.place(value, if is.is_some() { "is" } else { "what" });
                self.complain(
                    Problem::at(place, Code::MissingKey, message).label("expected `value`"),
                );
                None
            }
            (words, Some(word), None) => {
                let place = words.iter().position(|known| known == word);
                if place.is_none() {
                    let message = format!("`{what}` cannot be `{word}`");
                    let problem = Problem::at(line.place(value, "is"), Code::UnknownWord, message);
                    self.complain(
                        problem.label("unknown word").suggest(word, words.iter().copied()),
                    );
                }
                place.map(|place| (place as f64, word.clone()))
            }
            (words, ..) => {
                let message = format!("`{what}` is one of {}", words.join(", "));
                let place = line.place(value, if number.is_some() { "value" } else { "what" });
                self.complain(Problem::at(place, Code::MissingKey, message).label("expected `is`"));
                None
            }
        };
        let (to, written) = found?;
        Some(Action::SetPart { part: target.clone(), what: stimulus.name, to, written })
    }

    fn part_named<'s>(
        &mut self,
        line: &Timeline<'s>,
        target: &str,
        value: &SpannedValue,
    ) -> Option<&'s Part> {
        let system = line.system;
        let device = system.device(target).map(|index| &system.devices[index]);
        let place = line.place(value, "target");
        match device.map(|device| &device.model) {
            Some(part) => Some(part),
            None => {
                let known = system.devices.iter().map(|device| device.id.as_str());
                self.unknown_instance(target, place, known);
                None
            }
        }
    }
}

/// What a part is again when something is over that was done to it: as it was at the start, or sound.
pub fn undone(system: &System, part: &str, what: &'static str) -> Option<Action> {
    let index = system.device(part)?;
    let model = &system.devices[index].model;
    let stimulus: &StimulusKey = model.kind.stimuli.iter().find(|one| one.name == what)?;
    let initial = stimulus.words.iter().position(|word| *word == model.word("initial"));
    let (to, written) = match stimulus.words {
        // What is no number is no reading and no wire.
        [] => model.amount(what).map_or((f64::NAN, "sound".to_owned()), |amount| {
            (amount.plain(), amount.plain().to_string())
        }),
        words => {
            let place = initial.unwrap_or(0);
            (place as f64, words[place].to_owned())
        }
    };
    Some(Action::SetPart { part: part.to_owned(), what, to, written })
}
