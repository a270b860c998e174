//! A resolved system with other amounts: what corners, searches and studies are made of.
//!
//! Nothing is read again. The drawing is kept beside the system, and the declaration of a section or a
//! kind, which has read an amount, is run once more for the parts whose amounts change. So there is no
//! list here of what may vary: what has a place in [`Provenance`] has a setter.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::device_documents::Said;
use super::drawing::Drawn;
use super::levels::{self, DrawnLevels};
use super::parameters::{Map, ParameterReader, Setting, Settings};
use super::part_stimuli::undone;
use super::parts;
use super::recount::{Counts, recount};
use super::scenario::Resolved;
use crate::action::{Action, ScenarioEvent};
use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem};
use crate::part::Part;
use crate::resolved::{Device, Provenance, System};

/// A system with other amounts, what was read anew for it, and what no file may say.
struct Varied {
    system: System,
    read: Provenance,
    problems: Diagnostics,
}

/// What the parts of a system were read from.
#[derive(Clone, Debug)]
pub struct Origin {
    parts: Arc<Vec<Drawn>>,
    levels: Arc<Vec<DrawnLevels>>,
    settings: Arc<Settings>,
}

impl Origin {
    pub fn new(parts: Vec<Drawn>, levels: Vec<DrawnLevels>, settings: Settings) -> Self {
        let settings = Arc::new(settings.unread());
        Self { parts: Arc::new(parts), levels: Arc::new(levels), settings }
    }

    /// The part that a path lies in.
    fn owner(&self, path: &str) -> Option<&Drawn> {
        let owns = |part: &&Drawn| {
            path.strip_prefix(part.id.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        self.parts.iter().filter(owns).max_by_key(|part| part.id.len())
    }
}

impl Drawn {
    /// Its model, by the declaration of its sections or its kind; what it refers to is found elsewhere.
    pub fn model(&self, reader: &mut ParameterReader<'_>) -> Option<Part> {
        // An assembly has been taken apart.
        let Said::Kind(kind, entries) = &self.said else { return None };
        let ends = self.ends.iter().map(|end| end.0).collect();
        parts::part((kind, entries), ends, reader)
    }
}

impl Resolved {
    /// The same scenario with other amounts, each by its path in [`Provenance`] and in the unit of its
    /// key, whatever the scenario or the system sets there. Events, checks and names stay, but for what an
    /// event ends, which is then as in the new system; the new amounts have the source of an override.
    ///
    /// # Errors
    /// A path that no amount has, a value out of the range of its key, levels that then stand the wrong
    /// way round, and fewer elements than other parts name one by one, which is another drawing.
    pub fn with_amounts(&self, amounts: &[(&str, f64)]) -> Result<Self, Diagnostics> {
        let amounts = &self.inside(amounts);
        let Varied { system, read, problems } = self.varied(amounts)?;
        problems.into_result()?;
        let mut provenance = self.provenance.clone();
        provenance.parameters.extend(
            read.parameters
                .into_iter()
                .filter(|(path, _)| amounts.iter().any(|(wanted, _)| wanted == path)),
        );
        let events = self.events.iter().map(|event| found_again(event, &system)).collect();
        Ok(Self { system, provenance, events, ..self.clone() })
    }

    /// The system alone at ends of ranges, as [`with_amounts`](Self::with_amounts) has it. Levels may stand
    /// the wrong way round: of several ranges at their ends together nobody has said which may meet.
    ///
    /// # Errors
    /// The others of [`with_amounts`](Self::with_amounts).
    pub fn at_ends(&self, amounts: &[(&str, f64)]) -> Result<System, Diagnostics> {
        let Varied { system, problems, .. } = self.varied(&self.inside(amounts))?;
        let mut others = Diagnostics::new();
        let counts = |problem: &Problem| problem.code != Code::ReversedLevels;
        problems.into_problems().filter(counts).for_each(|problem| others.push(problem));
        others.into_result().map(|()| system)
    }

    /// Amounts by the names that they have inside of what shows them otherwise.
    fn inside<'a>(&'a self, amounts: &[(&'a str, f64)]) -> Vec<(&'a str, f64)> {
        let inner = |path: &'a str| {
            let shown = self.system.shows.iter().find(|(_, outer)| *outer == path);
            shown.map_or(path, |(inner, _)| inner.as_str())
        };
        amounts.iter().map(|&(path, value)| (inner(path), value)).collect()
    }

    fn varied(&self, amounts: &[(&str, f64)]) -> Result<Varied, Diagnostics> {
        let mut unknown = Diagnostics::new();
        let mut settings = (*self.origin.settings).clone();
        let mut touched = BTreeSet::new();
        for &(path, value) in amounts {
            let owner = self.origin.owner(path);
            let known = self.provenance.parameters.contains_key(path);
            let Some(part) = owner.filter(|_| known) else {
                let message = format!("`{path}` names no parameter");
                unknown.push(Problem::of_path(Code::UnknownKey, message));
                continue;
            };
            let place = part.document.place_of(&[]);
            settings.set(
                path.to_owned(),
                Setting {
                    value,
                    map: Map::Overrides,
                    by_system: true,
                    key_place: place.clone(),
                    value_place: place,
                },
            );
            touched.insert(part.id.as_str());
        }
        unknown.into_result()?;
        let mut problems = Diagnostics::new();
        let mut provenance = Provenance::default();
        let mut system = self.system.clone();
        let mut recounts = Vec::new();
        for device in &mut system.devices {
            if !touched.contains(device.id.as_str()) {
                continue;
            }
            let part = self.origin.parts.iter().find(|part| part.id == device.id);
            let Some(part) = part else { continue };
            let (mut in_file, mut in_settings) = (Diagnostics::new(), Diagnostics::new());
            let mut reader = ParameterReader {
                instance: &part.id,
                document: &part.document,
                settings: &mut settings,
                provenance: &mut provenance,
                in_file: &mut in_file,
                in_settings: &mut in_settings,
            };
            let Some(model) = part.model(&mut reader) else { continue };
            problems.append(in_settings);
            recounts.extend(replace(device, model).map(|counts| (part.id.clone(), counts)));
        }
        for (id, (was, is)) in recounts {
            // What is out of its range has been complained about.
            if problems.is_empty() && !recount(&mut system, &id, (&was, &is)) {
                let message = format!("another number of elements of `{id}` is another drawing");
                return Err(Problem::of_path(Code::OutOfRange, message).into());
            }
        }
        let known = &self.provenance.parameters;
        let value = |path: &str| provenance.parameters.get(path).or_else(|| known.get(path));
        let of = (&self.origin.parts[..], &settings);
        problems.append(levels::check(&self.origin.levels, of, value));
        Ok(Varied { system, read: provenance, problems })
    }
}

/// An event in another system: what is over leaves a part as that system has it.
fn found_again(event: &ScenarioEvent, system: &System) -> ScenarioEvent {
    let again = match &event.action {
        Action::SetPart { part, what, .. } if event.ends => undone(system, part, what),
        _ => None,
    };
    ScenarioEvent { action: again.unwrap_or_else(|| event.action.clone()), ..event.clone() }
}

/// Puts a part that was read anew in the place of what it was. It refers to what it has referred to. Its
/// counts before and now, where they differ.
fn replace(device: &mut Device, mut model: Part) -> Option<(Counts, Counts)> {
    let old = &mut device.model;
    model.links = std::mem::take(&mut old.links);
    let counts = Some((old.counts(), model.counts())).filter(|(was, is)| was != is);
    device.model = model;
    counts
}
