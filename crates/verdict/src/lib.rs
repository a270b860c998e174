//! From a finished run to a verdict.
//!
//! [`judge`] folds the trace of a run, the books of its energy and the state of its batteries into
//! [`Judged`]: the half of a verdict that depends on nothing but scenario, system, firmware and seed.
//! [`Basis`] is the other half: what it was judged from, where and by which build of the tool.
//! [`compare`] says in words what differs between an accepted verdict and a new one.
//!
//! The crate performs no IO: it turns values into values and text into values. It never looks at the
//! scenario's events, so a cause can only be what the network showed.

mod basis;
mod battery_seen;
mod checks;
mod compare;
mod deep_discharge;
mod energy;
mod file;
mod findings;
mod judge;
mod judged;
mod material;
mod outcome;
mod outside;
mod recovery;
mod round;
mod runtime;
mod soc;
mod stretch;
mod supply;
mod timing;
mod transfer;
mod trip_seen;
mod trips;
mod words;

#[cfg(test)]
mod sample_run;

pub use basis::{
    Basis, CornerLists, FileDigest, FirmwareDigest, Guess, HostMachine, LinkStatistics, PinUse,
};
pub use battery_seen::{
    Decides, DeepDischarge, DrainSeen, GridReturn, Interval, Recovery, ReserveSeen, SocSeen,
};
pub use checks::{Check, CheckKind, CheckOutcome, Numbers};
pub use compare::{
    Difference, Extreme, FieldMoved, Fields, Spans, Tolerance, compare, compare_traces,
    compare_within,
};
pub use file::{Accepted, Verdict, VerdictFileError};
pub use findings::{Finding, carried, findings};
pub use judge::judge;
pub use judged::{
    Energy, EnergyShare, Extent, GapSeen, Judged, OnInverter, OutsideSeen, ParallelSeen, Restarts,
    Runtime,
};
pub use material::{
    AcFeed, BatteryEnd, CornerSeen, Drain, EnergyBooks, Guessed, Material, Pairing, ReserveRule,
    RestCurve, Side, Subject,
};
pub use outcome::{Outcome, Reason, ReasonCode, Standing};
pub use round::{Moment, Rounded};
pub use timing::{Budget, Timing};
pub use trip_seen::{ApproachSeen, Claimed, CornerValue, Holds, TripSeen};
