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
mod checks;
mod compare;
mod deep_discharge;
mod energy;
mod file;
mod findings;
mod judge;
mod judged;
mod material;
mod outside;
mod recovery;
mod round;
mod runtime;
mod soc;
mod stretch;
mod timing;
mod transfer;
mod trips;
mod words;

#[cfg(test)]
mod sample_run;

pub use basis::{Basis, FileDigest, FirmwareDigest, Guess, Host, LinkStatistics};
pub use checks::{Check, CheckKind, CheckOutcome, Numbers};
pub use compare::{Difference, Tolerance, compare, compare_within};
pub use file::{Accepted, Verdict, VerdictFileError};
pub use findings::{Finding, findings};
pub use judge::judge;
pub use judged::{
    ApproachSeen, ChargePath, Claimed, CornerValue, DeepDischarge, DrainSeen, Energy, EnergyShare,
    GapSeen, GridReturn, Holds, Interval, Judged, OnInverter, Outcome, OutsideSeen, ParallelSeen,
    Reason, ReasonCode, Recovery, ReserveSeen, Restarts, Runtime, SocSeen, Spread, Standing,
    TripSeen,
};
pub use material::{
    BatteryEnd, CornerSeen, Drain, EnergyBooks, Material, Pairing, ReserveRule, Side, Subject,
};
pub use round::{Moment, Rounded};
pub use timing::{Budget, Timing};
