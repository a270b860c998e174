//! How much of what could be noticed is noticed, over many scenarios.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::examined::{CheckState, Examined, Question};

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// So many …
    pub noticed: usize,
    /// … of these.
    pub of: usize,
}

impl Share {
    fn add(&mut self, is_noticed: bool) {
        self.noticed += usize::from(is_noticed);
        self.of += 1;
    }

    /// In percent; of nothing everything.
    pub fn percent(&self) -> f64 {
        if self.of == 0 { 100.0 } else { 100.0 * self.noticed as f64 / self.of as f64 }
    }
}

/// What came of many scenarios.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Score {
    /// Scenarios that were examined.
    pub scenarios: usize,
    /// Mutants that were run.
    pub mutants: usize,
    /// Scenarios with events that notice the loss of all of them.
    pub without_events: Share,
    /// Checks that a mutant changes, or that say why none can.
    pub checks: Share,
    /// Of these, those that a mutant makes come out otherwise.
    pub turned: usize,
    /// Of these, those that say why nothing can change them.
    pub unchangeable: usize,
    /// Events, initial values and overrides that a check asks about.
    pub stimuli: Share,
    /// Controllers that do something wrong and are noticed. Not every one has to be: not every fault shows
    /// in every situation.
    pub controllers: Share,
    /// Numbers of documents in the devices that were run: those on which a check of a scenario that covers
    /// their fact depends.
    pub numbers: Share,
    /// Mutants that came to no verdict.
    pub errors: usize,
    /// What is as it should be of the checks, stimuli and losses of all events of each folder.
    pub folders: BTreeMap<String, Share>,
    #[serde(skip)]
    seen: BTreeMap<(String, String), bool>,
}

impl Score {
    /// Counts a scenario.
    pub fn add(&mut self, examined: &Examined) {
        self.scenarios += 1;
        let folder = examined.scenario.rsplit_once('/').map_or("", |(folder, _)| folder);
        let (asked, gaps) = (examined.asked(), examined.gaps().len());
        let share = self.folders.entry(folder.to_owned()).or_default();
        *share = Share { noticed: share.noticed + asked - gaps, of: share.of + asked };
        self.mutants += examined.mutants;
        self.errors += examined.errors.len();
        let is_noticed = |question: &Question| question.noticed_by.is_some();
        examined.without_events.iter().for_each(|one| self.without_events.add(is_noticed(one)));
        examined.stimuli.iter().for_each(|one| self.stimuli.add(one.is_well()));
        examined.controllers.iter().for_each(|one| self.controllers.add(is_noticed(one)));
        for check in &examined.checks {
            self.checks.add(check.state.is_well());
            self.turned += usize::from(check.turned);
            self.unchangeable += usize::from(check.state == CheckState::Unchangeable);
        }
        for number in &examined.numbers {
            let key = (number.file.clone(), number.key.clone());
            let decides = number.noticed_by.is_some();
            *self.seen.entry(key).or_default() |= decides;
        }
        let noticed = self.seen.values().filter(|&&decides| decides).count();
        self.numbers = Share { noticed, of: self.seen.len() };
    }

    /// Checks, stimuli and losses of all events that are as they should be, of all of them, in percent.
    pub fn percent(&self) -> f64 {
        let all = self.folders.values().fold(Share::default(), |sum, share| Share {
            noticed: sum.noticed + share.noticed,
            of: sum.of + share.of,
        });
        all.percent()
    }
}
