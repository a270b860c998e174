//! What a run answers: in a line for a console, in sentences, and as one offline page with everything that
//! the verdict and the trace have to say.
//!
//! Everything here is a pure function of what a run wrote down: equal runs give equal bytes.

mod answer;
mod quantity;

pub use answer::RunAnswer;
pub use quantity::span;
