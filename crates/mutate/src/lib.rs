//! Would the checks of a scenario notice? The scenario with something changed, a thousand times over.
//!
//! A mutant is a scenario that differs from the written one in one thing: an event is gone, a number is
//! another, a controller does one thing wrong. A check that is the same in all of them has not looked at
//! anything, and a stimulus whose absence no check sees was asked for by nobody. `docs/mutation.md` says
//! what is changed and what counts.
//!
//! And the scenario as it is written with each guess and tolerance at an end of its range: which one turns
//! which check, and where. `docs/corners.md` says what is tried.

mod at_ends;
mod attempt;
mod corners;
mod deciding;
mod draft;
mod examine;
mod examined;
mod mutant;
mod notice;
mod numbers;
mod read_back;
mod score;
mod seen;
mod stimuli;

pub use at_ends::{
    AtEnds, CheckAtEnds, CheckTurn, EndRefused, EndedOtherwise, MarginAt, StatedAt, StatedRange,
};
pub use corners::{CornerBench, CornerRuns, End, Tried};
pub use deciding::Deciding;
pub use examine::{ExamineError, Examiner};
pub use examined::{CheckSeen, CheckState, Examined, MutantError, Number, Question};
pub use score::{Score, Share};
