//! Would the checks of a scenario notice? The scenario with something changed, a thousand times over.
//!
//! A mutant is a scenario that differs from the written one in one thing: an event is gone, a number is
//! another, a controller does one thing wrong. A check that is the same in all of them has not looked at
//! anything, and a stimulus whose absence no check sees was asked for by nobody. `docs/mutation.md` says
//! what is changed and what counts.

mod draft;
mod examine;
mod examined;
mod mutant;
mod notice;
mod numbers;
mod read_back;
mod score;
mod stimuli;

pub use examine::{ExamineError, Examiner};
pub use examined::{CheckSeen, CheckState, Examined, MutantError, Number, Question};
pub use score::{Score, Share};
