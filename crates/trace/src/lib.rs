//! What a run recorded: the signal catalogue, samples, events, the digest over all of them, and
//! the trace file that strangers' tools read.
//!
//! A trace knows nothing of ECS, devices or files other than its own. It is appended to in the order
//! in which the simulation produced it, and the digest covers every record before any thinning.

mod catalogue;
mod charge_path;
mod event;
pub mod file;
mod record;
mod thinning;

pub use catalogue::{Catalogue, Signal, SignalId, SignalKind};
pub use charge_path::ChargePath;
pub use event::{Approach, Cause, Event, EventKind, Evidence, Trip};
pub use record::{Digest, Series, Trace};
