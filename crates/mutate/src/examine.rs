//! Runs the mutants of one scenario and keeps what its checks notice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;

use blackstart_bench::{BenchError, Bounds, Job, rehearse, stand_ins};
use blackstart_limits::{NUMBERS_TRIED, WALL};
use blackstart_scenario::{CheckEntry, Diagnostics, Library, Parameter, Part, Resolved, RuleName};
use blackstart_verdict::Judged;
use thiserror::Error;

use crate::attempt::attempt;
use crate::draft::ScenarioDraft;
use crate::examined::{CheckSeen, CheckState, Examined, MutantError, Number, Question};
use crate::mutant::{Mutant, Table};
use crate::notice::{Change, changed, checks_of};
use crate::numbers::{fact_of, others, others_of};
use crate::read_back::{is_path_in, owner, protection, reads_back, subject};
use crate::stimuli::stimuli;

/// Why a scenario cannot be examined.
#[derive(Debug, Error)]
pub enum ExamineError {
    /// It cannot be read.
    #[error(transparent)]
    Files(#[from] Diagnostics),
    /// It comes to no verdict as it is written.
    #[error(transparent)]
    Bench(#[from] BenchError),
}

/// Of so many devices of one file a number is tried, each alone.
const EQUAL_DEVICES: usize = 3;

/// What notices a mutant that comes to no verdict: whoever runs it.
const NO_VERDICT: &str = "error";

/// What stays the same from one scenario to the next.
#[derive(Clone, Copy, Debug)]
pub struct Examiner<'a> {
    /// Where scenarios, systems and devices are.
    pub library: &'a Library,
    /// Who may stop a run, and how long each may take.
    pub bounds: &'a Bounds,
    /// Which numbers are left out where there are too many.
    pub seed: u64,
}

impl Examiner<'_> {
    /// Runs the mutants of the scenario at a path; nothing if an interrupt cut that short.
    ///
    /// # Errors
    /// If the scenario as it is written cannot be read, or comes to no verdict.
    pub fn examine(&self, path: &Path) -> Result<Option<Examined>, ExamineError> {
        let scenario = self.library.scenario(path)?;
        let text = scenario.files.first().map_or("", |file| file.text.as_str());
        let Some(draft) = ScenarioDraft::of(text) else { return Ok(None) };
        // The scenario as it is written may take as long as any run.
        let bounds = Bounds { longest_wall: WALL, ..self.bounds.clone() };
        let job = Job { bounds: Some(&bounds), ..self.job(&scenario) };
        let run = rehearse(&job, None, &mut |_| ControlFlow::Continue(()))?;
        let written = checks_of(&run.verdict.judged);
        let mut trial = Trial {
            examiner: self,
            path,
            draft: &draft,
            scenario: &scenario,
            written: &written,
            checks: BTreeMap::new(),
            mutants: 0,
            errors: Vec::new(),
        };
        let mut examined = Examined {
            scenario: scenario.name.clone(),
            mutants: 0,
            untried: 0,
            checks: Vec::new(),
            without_events: None,
            stimuli: trial.stimuli(),
            controllers: trial.controllers()?,
            numbers: trial.documented_numbers(),
            errors: Vec::new(),
        };
        if !draft.events().is_empty() {
            let noticed_by = trial.first_notice(&[draft.without_events()]);
            let what = "any of its events".to_owned();
            examined.without_events = Some(Question { what, noticed_by, unchangeable: None });
        }
        trial.other_set_points();
        examined.untried = trial.other_numbers();
        trial.other_systems();
        examined.checks = scenario.checks.iter().map(|check| trial.seen(check)).collect();
        (examined.mutants, examined.errors) = (trial.mutants, trial.errors);
        Ok((!self.bounds.halt.is_command_asked()).then_some(examined))
    }

    fn job<'j>(&'j self, scenario: &'j Resolved) -> Job<'j> {
        Job {
            scenario,
            rig: None,
            root: self.library.root(),
            seed: None,
            trace_file: None,
            session_file: None,
            bounds: Some(self.bounds),
        }
    }
}

/// How a check fared so far.
#[derive(Clone, Debug, Default)]
struct Fared {
    changed_by: Option<String>,
    turned: bool,
    read_back: bool,
}

/// The rule that a check asks about, of which instance, and its id.
fn rule_of(check: &CheckEntry) -> Option<(RuleName, Option<&str>, &str)> {
    let CheckEntry::Finding { id, rule, target, .. } = check else { return None };
    Some((*rule, target.as_deref(), id))
}

/// The mutants of one scenario, while they are run.
struct Trial<'a> {
    examiner: &'a Examiner<'a>,
    path: &'a Path,
    draft: &'a ScenarioDraft,
    scenario: &'a Resolved,
    written: &'a Judged,
    checks: BTreeMap<String, Fared>,
    mutants: usize,
    errors: Vec<MutantError>,
}

impl Trial<'_> {
    fn stimuli(&mut self) -> Vec<Question> {
        let mut asked = Vec::new();
        for stimulus in stimuli(self.draft) {
            let before = self.mutants;
            let noticed_by = self.first_notice(&stimulus.mutants);
            // Where every other file is refused, the format asks about it.
            if self.mutants > before || self.examiner.bounds.halt.is_command_asked() {
                let unchangeable = self.scenario.unchangeable.get(&stimulus.name).cloned();
                asked.push(Question { what: stimulus.what, noticed_by, unchangeable });
            }
        }
        asked
    }

    fn controllers(&mut self) -> Result<Vec<Question>, BenchError> {
        let stand_ins = stand_ins(self.scenario)?.into_iter();
        let asked = stand_ins.map(|(role, fault)| {
            let mutant = Mutant::StandIn { role, fault };
            Question {
                noticed_by: self.first_notice(std::slice::from_ref(&mutant)),
                what: mutant.to_string(),
                unchangeable: None,
            }
        });
        Ok(asked.collect())
    }

    /// Every number that rests on a fact; those whose fact the scenario covers are tried, in a few of the
    /// devices that have it, one at a time.
    fn documented_numbers(&mut self) -> Vec<Number> {
        let mut numbers: BTreeMap<(&str, &str), (Number, usize)> = BTreeMap::new();
        for (path, parameter) in &self.scenario.provenance.parameters {
            let Some(fact) = fact_of(parameter) else { continue };
            let key = path.rsplit('.').next().unwrap_or(path);
            let covered = self.scenario.covers.iter().any(|id| id == fact);
            let (number, tried) = numbers.entry((&parameter.file, key)).or_insert_with(|| {
                let (file, key, fact) = (parameter.file.clone(), key.to_owned(), fact.to_owned());
                (Number { file, key, fact, covered, noticed_by: None }, 0)
            });
            if covered && number.noticed_by.is_none() && *tried < EQUAL_DEVICES {
                *tried += 1;
                number.noticed_by = self.number(path, others(parameter.value));
            }
        }
        numbers.into_values().map(|(number, _)| number).collect()
    }

    /// What the scenario does, otherwise than tried so far, until every check has been changed: what one
    /// check notices at once may have to go further for another.
    fn other_set_points(&mut self) {
        for mutant in stimuli(self.draft).into_iter().flat_map(|stimulus| stimulus.mutants) {
            if self.is_everything_changed() {
                return;
            }
            self.first_notice(&[mutant]);
        }
    }

    /// The other numbers, until every check has been changed; how many were left out because there are too
    /// many. Those of what the checks look at come first, and go further: a check of a load's supply ought to
    /// notice that the load wants another one.
    fn other_numbers(&mut self) -> usize {
        let is_other = |(_, parameter): &(&String, &Parameter)| {
            fact_of(parameter).is_none_or(|fact| !self.scenario.covers.iter().any(|id| id == fact))
        };
        let numbers = self.scenario.provenance.parameters.iter().filter(is_other);
        let looked_at: BTreeSet<&str> = self.looked_at();
        let acting = self.acting();
        let is_of = |path: &str, owners: &BTreeSet<&str>| {
            owners
                .iter()
                .any(|owner| path.strip_prefix(owner).is_some_and(|key| key.starts_with('.')))
        };
        let (first, numbers): (Vec<_>, Vec<_>) =
            numbers.partition(|(path, _)| is_of(path, &acting));
        let (near, far): (Vec<_>, Vec<_>) =
            numbers.into_iter().partition(|(path, _)| is_of(path, &looked_at));
        let further = |parameter: &Parameter| {
            others_of(parameter).into_iter().chain(others(parameter.value)).collect()
        };
        let first_tried = self.some_numbers(&first, further);
        let near_tried = self.some_numbers(&near, further);
        let far_tried = self.some_numbers(&far, others_of);
        match self.is_everything_changed() {
            true => 0,
            false => {
                let tried = first_tried + near_tried + far_tried;
                first.len() + near.len() + far.len() - tried
            }
        }
    }

    fn unchanged(&self) -> impl Iterator<Item = &CheckEntry> {
        self.scenario.checks.iter().filter(|check| !self.is_changed(check.id()))
    }

    /// Devices that the checks look at which nothing has changed yet; of an assembly all that it is made of.
    fn looked_at(&self) -> BTreeSet<&str> {
        let scenario = self.scenario;
        let of = |check| {
            let subject = subject(check)?;
            owner(subject, scenario).or_else(|| {
                let assemblies = scenario.system.assemblies.iter().map(String::as_str);
                assemblies.filter(|id| is_path_in(subject, id)).max_by_key(|id| id.len())
            })
        };
        self.unchanged().filter_map(of).collect()
    }

    /// Parts that act for the protections that the checks ask about which nothing has changed yet.
    fn acting(&self) -> BTreeSet<&str> {
        let asked: BTreeSet<&str> = self.unchanged().filter_map(protection).collect();
        let acts = |part: &Part| {
            let own = part.kind.acts_for.iter().map(|one| one.name());
            own.chain([part.word("stands_for")]).any(|one| asked.contains(one))
        };
        let devices = self.scenario.system.devices.iter();
        devices.filter(|device| acts(&device.model)).map(|device| device.id.as_str()).collect()
    }

    /// Some of these numbers, evenly drawn, until every check has been changed; how many.
    fn some_numbers(
        &mut self,
        numbers: &[(&String, &Parameter)],
        values: impl Fn(&Parameter) -> Vec<f64>,
    ) -> usize {
        let step = numbers.len().div_ceil(NUMBERS_TRIED).max(1);
        let first = (self.examiner.seed % step as u64) as usize;
        let some = numbers.iter().skip(first).step_by(step);
        for (path, parameter) in some.clone() {
            if self.is_everything_changed() {
                break;
            }
            self.number(path, values(parameter));
        }
        some.count()
    }

    /// The check that notices that a number of one device is another.
    fn number(&mut self, path: &str, values: Vec<f64>) -> Option<String> {
        for to in values {
            // It belongs into one of the two; the format says into which.
            for table in Table::ALL {
                let mutant = Mutant::Set { table, path: path.to_owned(), to };
                // A run that comes to no verdict is no check.
                if let Some(id) = self.first_notice(&[mutant]).filter(|id| id != NO_VERDICT) {
                    return Some(id);
                }
            }
        }
        None
    }

    /// Rules about systems as drawn, asked of the other systems of the project that have what they look at.
    fn other_systems(&mut self) {
        for system in self.examiner.library.systems() {
            let unchanged =
                self.scenario.checks.iter().filter(|check| !self.is_changed(check.id()));
            let rules: Vec<_> = unchanged.filter_map(rule_of).collect();
            if rules.is_empty() {
                return;
            }
            if system == self.scenario.system.name {
                continue;
            }
            let Ok((other, _)) = self.examiner.library.system(system) else { continue };
            let asked = rules.iter().filter(|(rule, target, _)| rule.may_be_asked(&other, *target));
            let checks: Vec<String> = asked.map(|(_, _, id)| (*id).to_owned()).collect();
            if !checks.is_empty() {
                self.first_notice(&[Mutant::OtherSystem { system: system.to_owned(), checks }]);
            }
        }
    }

    /// The first check that notices one of these, and does not merely read it back.
    fn first_notice(&mut self, mutants: &[Mutant]) -> Option<String> {
        for mutant in mutants {
            if self.examiner.bounds.halt.is_command_asked() {
                return None;
            }
            match self.judged(mutant) {
                None => {}
                Some(Err(error)) => {
                    let mutant = mutant.to_string();
                    self.errors.push(MutantError { mutant, error });
                    return Some(NO_VERDICT.to_owned());
                }
                Some(Ok(judged)) => {
                    if let Some(id) = self.note(mutant, &judged) {
                        return Some(id);
                    }
                }
            }
        }
        None
    }

    /// Notes what a mutant changed; the first check that it did.
    fn note(&mut self, mutant: &Mutant, judged: &Judged) -> Option<String> {
        let mut noticed = None;
        for (id, change) in changed(self.written, judged) {
            // Of another system it says other things.
            if matches!(mutant, Mutant::OtherSystem { .. }) && change != Change::Turned {
                continue;
            }
            let entry = self.scenario.checks.iter().find(|check| *check.id() == id);
            let fared = self.checks.entry(id.clone()).or_default();
            if entry.is_some_and(|check| reads_back(check, mutant, self.scenario)) {
                fared.read_back = true;
                continue;
            }
            fared.changed_by.get_or_insert_with(|| mutant.to_string());
            fared.turned |= change == Change::Turned;
            noticed.get_or_insert(id);
        }
        noticed
    }

    /// The verdict on a mutant; nothing of one that cannot be, because the format refuses it.
    fn judged(&mut self, mutant: &Mutant) -> Option<Result<Judged, String>> {
        let (changed, stand_in) = match mutant {
            Mutant::StandIn { role, fault } => (None, Some((role.as_str(), *fault))),
            _ => {
                let text = self.draft.with(mutant);
                (Some(self.examiner.library.scenario_from(self.path, text).ok()?), None)
            }
        };
        self.mutants += 1;
        let job = self.examiner.job(changed.as_ref().unwrap_or(self.scenario));
        Some(attempt(&job, stand_in).map(|judged| checks_of(&judged)))
    }

    fn is_changed(&self, id: &str) -> bool {
        self.checks.get(id).is_some_and(|fared| fared.changed_by.is_some())
    }

    fn is_everything_changed(&self) -> bool {
        self.scenario.checks.iter().all(|check| self.is_changed(check.id()))
    }

    fn seen(&self, check: &CheckEntry) -> CheckSeen {
        let fared = self.checks.get(check.id()).cloned().unwrap_or_default();
        let unchangeable = self.scenario.unchangeable.get(check.id()).cloned();
        let state = match (&fared.changed_by, &unchangeable) {
            (Some(_), None) => CheckState::Changed,
            (Some(_), Some(_)) => CheckState::Stale,
            (None, Some(_)) => CheckState::Unchangeable,
            (None, None) if fared.read_back => CheckState::ReadBack,
            (None, None) => CheckState::Unchanged,
        };
        let Fared { changed_by, turned, .. } = fared;
        CheckSeen { id: check.id().to_owned(), state, changed_by, turned, unchangeable }
    }
}
