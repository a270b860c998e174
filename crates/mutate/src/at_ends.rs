//! What became of one scenario with its guesses and tolerances at their ends.

use blackstart_verdict::{CheckOutcome, Outcome, Rounded};
use serde::Serialize;

/// One scenario.
#[derive(Clone, Debug, Serialize)]
pub struct AtEnds {
    /// Name of the scenario.
    pub scenario: String,
    /// What it comes to as it is written.
    pub outcome: Outcome,
    /// Parameters that have a range or a tolerance.
    pub parameters: usize,
    /// Of these, such as change nothing of the system as it is at either end: not run.
    pub without_effect: usize,
    /// Whole runs that were made, the one as it is written among them.
    pub runs: usize,
    /// Its checks and those of a known miss's reason, in the order of its file.
    pub checks: Vec<CheckAtEnds>,
    /// What the verdict states without a check, by name.
    pub stated: Vec<StatedRange>,
    /// Ends at which it came to no verdict, or to another one though no check turned.
    pub ended_otherwise: Vec<EndedOtherwise>,
    /// Ends that no file may have.
    pub refused: Vec<EndRefused>,
    /// Curves that are a guess, and are no number that could be moved: not tried.
    pub curves: Vec<String>,
}

/// One check over all ends.
#[derive(Clone, Debug, Serialize)]
pub struct CheckAtEnds {
    /// Its id.
    pub id: String,
    /// How it comes out as written.
    pub outcome: CheckOutcome,
    /// By how much it keeps its limit as written; negative where it misses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<Rounded>,
    /// Unit of its margins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The ends that turn it.
    pub turns: Vec<CheckTurn>,
    /// Of the ends that do not, the least margin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_margin: Option<MarginAt>,
    /// Of the parameters that do not, those that move its margin furthest, furthest first.
    pub moved: Vec<MarginAt>,
}

/// An end that turns a check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckTurn {
    /// Path with unit (`inverter-1.input_capacitance_mf`).
    pub parameter: String,
    /// Its value as written, in that unit.
    pub is: Rounded,
    /// The end.
    pub end: Rounded,
    /// How the check comes out there.
    pub becomes: CheckOutcome,
    /// Between the value as written and the end: with this one it still comes out as written …
    pub still_at: Rounded,
    /// … and with this one, within a hundredth of the range of the other, it no longer does.
    pub turned_at: Rounded,
}

/// A check's margin at an end.
#[derive(Clone, Debug, Serialize)]
pub struct MarginAt {
    /// Path with unit.
    pub parameter: String,
    /// The end.
    pub end: Rounded,
    /// The margin there.
    pub margin: Rounded,
    /// That less the margin as written.
    pub moved: Rounded,
}

/// What a verdict states, over all ends.
#[derive(Clone, Debug, Serialize)]
pub struct StatedRange {
    /// What (`runtime of load-1`).
    pub what: String,
    /// Its unit; empty where it is that of the protection.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub unit: &'static str,
    /// As written; absent where there is nothing to state (a supply that was not lost has no runtime).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<Rounded>,
    /// The least of all runs.
    pub least: StatedAt,
    /// The most of all runs.
    pub most: StatedAt,
    /// Ends at which there is nothing to state though there is as written, as `<parameter> <end>`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone_at: Vec<String>,
    /// Ends at which there is something to state though there is nothing as written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub appears_at: Vec<String>,
}

/// A stated value, and the end that it belongs to; none as written.
#[derive(Clone, Debug, Serialize)]
pub struct StatedAt {
    /// The value.
    pub value: Rounded,
    /// Path with unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Rounded>,
}

/// An end at which a run broke off, or came to something else.
#[derive(Clone, Debug, Serialize)]
pub struct EndedOtherwise {
    /// Path with unit.
    pub parameter: String,
    /// The end.
    pub end: Rounded,
    /// How, in words.
    pub how: String,
}

/// An end that no file may have.
#[derive(Clone, Debug, Serialize)]
pub struct EndRefused {
    /// Path with unit.
    pub parameter: String,
    /// The end.
    pub end: Rounded,
    /// Why.
    pub why: String,
    /// The furthest value towards it that a file may have, which was tried in its place; absent where
    /// there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tried: Option<Rounded>,
}

impl AtEnds {
    /// Whether some end turns a check, or ends the run otherwise.
    pub fn is_turned(&self) -> bool {
        !self.ended_otherwise.is_empty() || self.checks.iter().any(|check| !check.turns.is_empty())
    }
}
