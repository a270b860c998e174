//! From a scenario file to everything that a run needs.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use blackstart_units::SimTime;

use super::events::Timeline;
use super::parameters::{Map, Setting, Settings};
use super::system::{ResolvedSystem, WantedSystem, member_places};
use super::variants::Origin;
use super::{LogFile, Resolver};
use crate::action::ScenarioEvent;
use crate::check_entry::CheckEntry;
use crate::code::Code;
use crate::diagnostic::{Diagnostics, Problem, SourceFile};
use crate::library::Library;
use crate::resolved::{Provenance, System};
use crate::scenario_file::{KnownMiss, MissedBy, ScenarioFile};
use crate::schema;
use crate::shape::{Shaped, shape};
use crate::signal_ref::SignalRef;
use crate::syntax::{Document, SpannedValue};

/// Longest scenario: ten years of 365.25 days.
pub const MAX_DURATION_S: f64 = 315_576_000.0;

/// A scenario, ready to run: every name followed, every number checked and in SI units.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// Path below `scenarios/` without ending: `sessy/pairing-in-order-carries-500-w`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Numbers of the facts that it checks.
    pub covers: Vec<String>,
    /// The system.
    pub system: System,
    /// Where its numbers come from.
    pub provenance: Provenance,
    /// How long the scenario lasts.
    pub duration: SimTime,
    /// Seed of every random stream.
    pub seed: u64,
    /// What happens, by time, then by order in the file.
    pub events: Vec<ScenarioEvent>,
    /// What must be true.
    pub checks: Vec<CheckEntry>,
    /// What is known to be missed, and by whom.
    pub known_miss: Option<KnownMiss>,
    /// The defect of the built-in controllers that it shows, which a device under test need not have.
    pub shows_defect: Option<String>,
    /// Checks that nothing can change, by their ids, and why.
    pub unchangeable: BTreeMap<String, String>,
    /// Every file that this rests on: the scenario, the system, the devices.
    pub files: Vec<Arc<SourceFile>>,
    /// Every log that it plays.
    pub logs: Vec<LogFile>,
    pub(super) signals: Vec<SignalRef>,
    pub(super) origin: Origin,
}

impl Resolved {
    /// The signals that the checks name, with their places.
    pub fn signal_refs(&self) -> Vec<SignalRef> {
        self.signals.clone()
    }

    /// Resolves the scenario in a document, named by the path of its file.
    pub(crate) fn load(
        library: &Library,
        document: Document,
        path: &Path,
    ) -> Result<Self, Diagnostics> {
        let mut resolver = Resolver::new(library);
        resolver.keep(&document);
        let shaped: Shaped<ScenarioFile> =
            shape(&document, &schema::SCENARIO, &mut resolver.problems);
        let name = library.scenario_name(path);
        let resolved = match &shaped.file {
            Some(file) => resolver.scenario(&document, file, &shaped, name),
            None => {
                // The system can be looked at all the same.
                if let Some(value) = document.root.get("system")
                    && let Some(name) = value.as_str()
                {
                    let place = Some(document.place(value.span.clone()));
                    resolver.system(&WantedSystem { name, place }, Settings::default());
                }
                None
            }
        };
        let Resolver { problems, files, logs, .. } = resolver;
        problems.into_result()?;
        let resolved = resolved.map(|resolved| Self { files, logs, ..resolved });
        // Without a problem there is a scenario: each `None` above was preceded by a complaint.
        resolved.ok_or_else(|| {
            Problem::of_path(Code::Unreadable, format!("{} cannot be resolved", path.display()))
                .into()
        })
    }
}

impl Resolver<'_> {
    fn scenario(
        &mut self,
        document: &Document,
        file: &ScenarioFile,
        shaped: &Shaped<ScenarioFile>,
        name: String,
    ) -> Option<Resolved> {
        self.check_covers(document, file, shaped);
        let mut duration_s = MAX_DURATION_S;
        if shaped.says("duration_s") {
            duration_s = file.duration_s;
            self.check_duration(document, duration_s);
        }
        if !shaped.says("system") {
            return None;
        }
        let mut settings = Settings::default();
        set_all(document, &mut settings, Map::Overrides, &file.overrides);
        set_all(document, &mut settings, Map::Initial, &file.initial);
        let wanted =
            WantedSystem { name: &file.system, place: Some(document.place_of(&["system"])) };
        let ResolvedSystem { system, provenance, origin } = self.system(&wanted, settings)?;
        let line = Timeline { document, system: &system, duration_s };
        let values = shaped.kept(document.root.get("events"));
        let events = self.events(&line, &file.events, &values);
        let values = shaped.kept(document.root.get("checks"));
        let mut signals = self.checks(&line, &file.checks, &values);
        let known_miss = self.known_miss(&line, file, &mut signals);
        self.check_unchangeable(document, file);
        let checks = document.root.get("checks").filter(|_| shaped.says("checks"));
        if checks.is_some_and(|written| written.elements().is_empty()) {
            let place = document.place_of(&["checks"]);
            let problem = Problem::at(place, Code::NoLimit, "this scenario requires nothing");
            self.complain(problem.label("it would always pass").help("write at least one check"));
        }
        Some(Resolved {
            name,
            title: file.title.clone(),
            covers: file.covers.clone(),
            system,
            provenance,
            duration: SimTime::from_seconds(file.duration_s),
            seed: file.seed,
            events,
            checks: file.checks.clone(),
            known_miss,
            shows_defect: file.shows_defect.clone(),
            unchangeable: file.unchangeable.clone(),
            files: Vec::new(),
            logs: Vec::new(),
            signals,
            origin,
        })
    }

    fn check_duration(&mut self, document: &Document, seconds: f64) {
        if (0.0..=MAX_DURATION_S).contains(&seconds) {
            return;
        }
        let place = document.place_of(&["duration_s"]);
        let message = format!("a scenario cannot last {seconds} s");
        let problem = Problem::at(place, Code::OutOfRange, message);
        let label = format!("expected 0 to {MAX_DURATION_S} (ten years)");
        self.complain(problem.label(label));
    }

    fn check_covers(
        &mut self,
        document: &Document,
        file: &ScenarioFile,
        shaped: &Shaped<ScenarioFile>,
    ) {
        let values = shaped.kept(document.root.get("covers"));
        let covers: Vec<_> = file.covers.iter().map(String::as_str).zip(values).collect();
        self.library.check_covers(document, &covers, &mut self.problems);
    }

    /// Ids of checks, and stimuli in the words in which mutation testing names them.
    fn check_unchangeable(&mut self, document: &Document, file: &ScenarioFile) {
        let ids = file.checks.iter().map(CheckEntry::id).map(str::to_owned);
        let events = (1..=file.events.len()).map(|number| format!("event {number}"));
        let initial = file.initial.keys().map(|path| format!("initial {path}"));
        let overrides = file.overrides.keys().map(|path| format!("overrides {path}"));
        let known: Vec<String> = ids.chain(events).chain(initial).chain(overrides).collect();
        for what in file.unchangeable.keys().filter(|&what| !known.contains(what)) {
            let (place, _) = member_places(document, &["unchangeable"], what);
            let message = format!("no check and no stimulus `{what}` in this scenario");
            let problem = Problem::at(place, Code::UnknownCheck, message).label("unknown");
            self.complain(problem.suggest(what, known.iter().map(String::as_str)));
        }
    }

    /// The known misses: checks that are there, a role that is there, a reason that can be judged.
    fn known_miss(
        &mut self,
        line: &Timeline<'_>,
        file: &ScenarioFile,
        signals: &mut Vec<SignalRef>,
    ) -> Option<KnownMiss> {
        let (known, document) = (file.built_in.as_ref()?, line.document);
        let list = |key| {
            let list = document.root.get("built_in").and_then(|known| known.get(key));
            list.map_or(&[][..], |list| list.elements())
        };
        for (id, value) in known.checks.iter().zip(list("checks")) {
            if file.checks.iter().any(|check| check.id() == id) {
                continue;
            }
            let message = format!("no check `{id}` in this scenario");
            let place = document.place(value.span.clone());
            let problem = Problem::at(place, Code::UnknownCheck, message).label("unknown check");
            self.complain(problem.suggest(id, file.checks.iter().map(CheckEntry::id)));
        }
        let reasons: Vec<&SpannedValue> = list("reason").iter().collect();
        signals.extend(self.checks(line, &known.reason, &reasons));
        for (entry, value) in known.reason.iter().zip(&reasons) {
            if file.checks.iter().any(|check| check.id() == entry.id()) {
                let message = format!("a check of this scenario is `{}`, too", entry.id());
                let problem = Problem::at(line.place(value, "id"), Code::DuplicateId, message);
                self.complain(problem.label("second time"));
            }
        }
        if let (false, Some(first)) =
            (known.reason.iter().any(CheckEntry::asks_for_something), reasons.first())
        {
            let message = "this reason comes true where nothing happens at all";
            let problem = Problem::at(line.place(first, "kind"), Code::NoLimit, message);
            let help = "add what must happen: a signal that reaches a value, a state, a trip";
            self.complain(problem.label("asks for nothing").help(help));
        }
        let missed_by = match known.missed_by.as_str() {
            SYSTEM => MissedBy::System,
            role => match line.system.role(role) {
                Ok(role) => MissedBy::Role(role),
                Err(error) => {
                    let place = document.place_of(&["built_in", "missed_by"]);
                    let message = format!("{error}: a miss is the `{SYSTEM}`'s or a role's");
                    self.complain(Problem::at(place, Code::UnknownRole, message));
                    return None;
                }
            },
        };
        let (checks, reason) = (known.checks.clone(), known.reason.clone());
        Some(KnownMiss { checks, missed_by, reason })
    }
}

/// What a known miss is missed by where no controller could help.
const SYSTEM: &str = "system";

fn set_all(document: &Document, settings: &mut Settings, map: Map, values: &BTreeMap<String, f64>) {
    for (path, &value) in values {
        let (key_place, value_place) = member_places(document, &[map.name()], path);
        let setting = Setting { value, map, by_system: false, key_place, value_place };
        settings.set_unless_set(path.clone(), setting);
    }
}
