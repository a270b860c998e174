//! Joins scenario, plant, controllers and links: binds roles, runs the clock, records, judges.

mod bind;
mod bind_dc;
mod device;
mod drains;
mod end;
mod error;
mod run;
mod signals;

pub use bind::bindings;
pub use error::BenchError;
pub use run::{Job, Progress, Run, run, run_shuffled};
pub use signals::check_signals;
