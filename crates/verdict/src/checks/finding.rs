//! What a check says: the form in which it is published, and the one in which it is built.

use blackstart_units::SimTime;
use serde::{Deserialize, Serialize};

use crate::{Moment, Rounded};

/// One requirement, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Its name in the scenario.
    pub id: String,
    /// Its kind.
    pub kind: CheckKind,
    /// The result.
    pub outcome: CheckOutcome,
    /// The signal, load or device that it is about.
    pub about: String,
    /// What was required, in words.
    pub limit: String,
    /// What was seen, in words.
    pub actual: String,
    /// The same as numbers, where there are numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// The instant that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_s: Option<Moment>,
    /// Why it is skipped or inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The last events up to that instant, oldest first.
    pub before: Vec<String>,
}

/// Kinds of check, as in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// No protection acts.
    NoTrip,
    /// A protection acts.
    Trips,
    /// A signal stays within limits.
    Stays,
    /// A signal comes within limits.
    Reaches,
    /// A state at an instant.
    StateIs,
    /// A state is entered.
    Becomes,
    /// How often a state changes.
    Changes,
    /// Two states are never at once.
    NeverWhile,
    /// A load's runtime.
    Runtime,
    /// A load's gaps.
    Gap,
    /// A transfer switch's sources.
    NeverParallel,
    /// A rule that the system breaks.
    Finding,
    /// A battery's deep-discharge risk.
    DeepDischarge,
}

/// The result of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// Holds.
    Pass,
    /// Does not hold.
    Fail,
    /// Was not judged.
    Skipped,
    /// Cannot be decided.
    Inconclusive,
}

/// The numbers of a check. The margin is positive by how much the limit was kept, negative by how
/// much it was missed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// The limit that decided.
    pub limit: Rounded,
    /// The value that decided.
    pub actual: Rounded,
    /// Distance between the two.
    pub margin: Rounded,
    /// Unit of all three.
    pub unit: String,
}

/// What a check found, before it gets its name and the events around it.
pub(super) struct CheckFinding {
    pub about: String,
    pub limit: String,
    pub outcome: CheckOutcome,
    pub actual: String,
    pub numbers: Option<Numbers>,
    pub at: Option<SimTime>,
    pub reason: Option<String>,
}

impl CheckFinding {
    /// What was required of what; nothing seen yet.
    pub fn of(about: impl Into<String>, limit: impl Into<String>) -> Self {
        Self {
            about: about.into(),
            limit: limit.into(),
            outcome: CheckOutcome::Fail,
            actual: String::new(),
            numbers: None,
            at: None,
            reason: None,
        }
    }

    pub fn saw(mut self, holds: bool, actual: impl Into<String>) -> Self {
        self.outcome = if holds { CheckOutcome::Pass } else { CheckOutcome::Fail };
        self.actual = actual.into();
        self
    }

    pub fn deciding_at(mut self, at: SimTime) -> Self {
        self.at = Some(at);
        self
    }

    pub fn measured(mut self, limit: f64, actual: f64, margin: f64, unit: &str) -> Self {
        let unit = unit.to_owned();
        self.numbers = Some(Numbers {
            limit: limit.into(),
            actual: actual.into(),
            margin: margin.into(),
            unit,
        });
        self
    }

    pub fn skipped(self, reason: impl Into<String>) -> Self {
        self.undecided(CheckOutcome::Skipped, reason.into())
    }

    pub fn inconclusive(self, reason: impl Into<String>) -> Self {
        self.undecided(CheckOutcome::Inconclusive, reason.into())
    }

    fn undecided(mut self, outcome: CheckOutcome, reason: String) -> Self {
        self.outcome = outcome;
        if self.actual.is_empty() {
            self.actual = "not decided".to_owned();
        }
        self.reason = Some(reason);
        self
    }
}
