//! What a run comes to: the outcome, its reasons, and what it means beside what is known of the baseline.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Check, CheckOutcome, Judged, Subject};

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every check holds.
    Pass,
    /// A check does not hold, or the device under test was lost.
    Fail,
    /// The run cannot tell.
    Inconclusive,
    /// The simulation itself cannot be believed.
    Error,
}

impl Outcome {
    /// `pass`, `fail`, `inconclusive`, `error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

/// What an outcome means once it is known what the built-in baseline misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Passed, and was expected to.
    Passed,
    /// Failed exactly the checks that the baseline is known to fail, for the known reason.
    FailedAsKnown,
    /// With a device under test: failed nothing but what is missed whatever it does.
    MissedAnyway,
    /// A check that is known to fail passed: the scenario's `built_in` is out of date.
    PassedUnexpectedly,
    /// Failed.
    Failed,
    /// Inconclusive.
    Inconclusive,
    /// Cannot be believed.
    Error,
}

impl Standing {
    /// Whether it is what the scenario says of the built-in baseline, or a pass.
    pub const fn is_expected(self) -> bool {
        matches!(self, Self::Passed | Self::FailedAsKnown | Self::MissedAnyway)
    }
}

/// One reason for an outcome that is not a pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What kind.
    pub code: ReasonCode,
    /// In words.
    pub text: String,
}

/// Kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// The energy books do not close: error.
    BooksOpen,
    /// The device under test was lost after its handshake: fail.
    DutLost,
    /// A check does not hold: fail.
    CheckFailed,
    /// A check that is known to fail failed, but not for the known reason: fail.
    OtherReason,
    /// A check cannot be decided: inconclusive.
    CheckInconclusive,
    /// A fault on a bus happened to no frame: inconclusive, whatever else was seen.
    FaultNotReached,
    /// A device waited for an answer that the chip that the bench plays does not have: inconclusive, whatever
    /// else was seen.
    NotModelled,
    /// The run ended before the scenario did: inconclusive.
    CutShort,
    /// The system as drawn makes a simulation pointless, and no check expects that: fail.
    FatalFinding,
    /// The realtime clock was missed beyond the rig's budget: inconclusive, whatever else was seen.
    TimingMissed,
}

impl ReasonCode {
    /// Whether a check of the scenario says it, rather than how the run went.
    pub const fn is_of_check(self) -> bool {
        matches!(self, Self::CheckFailed | Self::OtherReason | Self::CheckInconclusive)
    }

    /// The outcome that it stands for.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::BooksOpen => Outcome::Error,
            Self::DutLost | Self::CheckFailed | Self::OtherReason | Self::FatalFinding => {
                Outcome::Fail
            }
            Self::CheckInconclusive
            | Self::FaultNotReached
            | Self::NotModelled
            | Self::CutShort
            | Self::TimingMissed => Outcome::Inconclusive,
        }
    }
}

impl Judged {
    /// What the outcome means for the one who asked.
    pub fn standing(&self) -> Standing {
        let is_bound = self.subject.values().any(|subject| *subject != Subject::BuiltIn);
        match self.outcome {
            Outcome::Error => return Standing::Error,
            Outcome::Inconclusive => return Standing::Inconclusive,
            Outcome::Pass if is_bound || self.known_misses.is_empty() => return Standing::Passed,
            Outcome::Pass => return Standing::PassedUnexpectedly,
            Outcome::Fail => {}
        }
        let failed = self.failing().map(|check| check.id.as_str()).collect::<BTreeSet<_>>();
        let known = self.known_misses.iter().map(String::as_str).collect::<BTreeSet<_>>();
        let is_known = self.reasons.iter().all(|reason| {
            reason.code.outcome() != Outcome::Fail || reason.code == ReasonCode::CheckFailed
        });
        if !failed.is_subset(&known) || !is_known || failed.is_empty() {
            Standing::Failed
        } else if is_bound {
            Standing::MissedAnyway
        } else if failed == known {
            Standing::FailedAsKnown
        } else {
            Standing::PassedUnexpectedly
        }
    }

    /// The checks that do not hold.
    pub fn failing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.outcome == CheckOutcome::Fail)
    }
}
