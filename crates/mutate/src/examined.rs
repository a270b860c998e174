//! What became of the checks, stimuli and numbers of one scenario.

use serde::Serialize;

/// One scenario, examined.
#[derive(Clone, Debug, Serialize)]
pub struct Examined {
    /// Name of the scenario.
    pub scenario: String,
    /// How many mutants were run.
    pub mutants: usize,
    /// Numbers of devices that were not tried, because there are too many.
    pub untried: usize,
    /// Its checks, in the order of its file.
    pub checks: Vec<CheckSeen>,
    /// Whether any check notices that nothing happens; absent where nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_events: Option<Question>,
    /// What it does to its system, and which check asks about it.
    pub stimuli: Vec<Question>,
    /// Controllers that do something wrong, and which check notices.
    pub controllers: Vec<Question>,
    /// Numbers of its devices that rest on facts.
    pub numbers: Vec<Number>,
    /// Mutants that came to no verdict: whoever runs them notices.
    pub errors: Vec<MutantError>,
}

/// Something that a check can notice.
#[derive(Clone, Debug, Serialize)]
pub struct Question {
    /// What it is.
    pub what: String,
    /// The check that noticed, or `error` where the run came to no verdict; absent where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed_by: Option<String>,
    /// Why no check can, as the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchangeable: Option<String>,
}

impl Question {
    /// Whether a check noticed, or the file says why none can: and not both.
    pub const fn is_well(&self) -> bool {
        self.noticed_by.is_some() != self.unchangeable.is_some()
    }

    fn gap(&self) -> String {
        match &self.noticed_by {
            None => format!("nobody asks about {}", self.what),
            Some(check) => {
                format!("check {check} asks about {}, which cannot be, says the file", self.what)
            }
        }
    }
}

/// One check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckSeen {
    /// Its id.
    pub id: String,
    /// What became of it.
    pub state: CheckState,
    /// The first mutant that changed it and that it did not merely read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<String>,
    /// Whether some mutant made it come out otherwise, and did not only move its number.
    pub turned: bool,
    /// Why nothing can change it, as the file says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchangeable: Option<String>,
}

/// What became of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// A mutant changed it.
    Changed,
    /// None changed it but those that it reads back.
    ReadBack,
    /// None changed it.
    Unchanged,
    /// None changed it, and the file says why.
    Unchangeable,
    /// A mutant changed it, and the file says that none can.
    Stale,
}

impl CheckState {
    /// Whether it is as it should be.
    pub const fn is_well(self) -> bool {
        matches!(self, Self::Changed | Self::Unchangeable)
    }

    /// What is wrong with it, for people.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Changed => "is changed",
            Self::ReadBack => "only reads back what is set",
            Self::Unchanged => "is changed by nothing",
            Self::Unchangeable => "cannot be changed",
            Self::Stale => "is changed, and the file says that it cannot be",
        }
    }
}

/// A number of a document.
#[derive(Clone, Debug, Serialize)]
pub struct Number {
    /// The file that it stands in.
    pub file: String,
    /// Its key there.
    pub key: String,
    /// The fact that it rests on.
    pub fact: String,
    /// Whether the scenario covers that fact.
    pub covered: bool,
    /// The check of the scenario that changed with it, in one device alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noticed_by: Option<String>,
}

/// A mutant that came to no verdict.
#[derive(Clone, Debug, Serialize)]
pub struct MutantError {
    /// Which.
    pub mutant: String,
    /// Why.
    pub error: String,
}

impl Examined {
    /// How many checks, stimuli and losses of all events there are.
    pub fn asked(&self) -> usize {
        self.checks.len() + self.stimuli.len() + usize::from(self.without_events.is_some())
    }

    /// What is left to be asked, for people.
    pub fn gaps(&self) -> Vec<String> {
        let checks = self.checks.iter().filter(|check| !check.state.is_well());
        let checks = checks.map(|check| format!("check {} {}", check.id, check.state.describe()));
        let asked = self.without_events.iter().chain(&self.stimuli);
        let stimuli = asked.filter(|question| !question.is_well()).map(Question::gap);
        checks.chain(stimuli).collect()
    }
}
