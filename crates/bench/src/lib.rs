//! Joins scenario, plant, controllers and links: binds roles, runs the clock, records, replays, judges.

mod bind;
mod bind_box;
mod bind_dc;
mod bind_parts;
mod bounds;
mod bus_faults;
mod device;
mod drains;
pub mod emulate;
mod end;
mod error;
mod files;
mod open_line;
mod pacing;
mod rehearsal;
mod replay;
mod run;
mod signals;
mod stand_in;

pub use bind::bindings;
pub use blackstart_limits::Halt;
pub use blackstart_link::{RecordingError, RecordingErrorKind, SessionRecording};
pub use blackstart_plant::network::NetworkErrorKind;
pub use bounds::{Bounds, Owner};
pub use error::BenchError;
pub use open_line::{check_logs, open_can, open_stream};
pub use rehearsal::{rehearse, stand_ins};
pub use replay::{changed_files, replay};
pub use run::{Job, Progress, Run, run, run_shuffled};
pub use signals::{check_mappings, check_signals};
pub use stand_in::StandIn;
