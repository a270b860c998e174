//! Why there is no verdict at all.

use std::time::Duration;

use blackstart_link::{LinkError, LinkErrorKind, RecordingError};
use blackstart_plant::PlantError;
use blackstart_plant::network::NetworkErrorKind;
use blackstart_scenario::Diagnostics;
use blackstart_trace::file::TraceFileError;
use blackstart_units::SimTime;

use crate::bounds::Owner;
use crate::emulate::PlaceError;

/// The bench could not do its part.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// The system cannot be built.
    #[error("the system cannot be built")]
    Plant(#[from] PlantError),
    /// The device under test of a role never answered.
    #[error("the device under test in role `{role}` never answered")]
    NeverAnswered {
        /// The role.
        role: String,
        /// What was seen.
        source: LinkError,
    },
    /// The pins of a role cannot be offered to a device.
    #[error("the pins of the role `{role}` cannot be offered over the bench link: {what}")]
    Offer {
        /// The role.
        role: String,
        /// Why not.
        what: String,
    },
    /// The device gives none of its role's commands.
    #[error(
        "`{role}`: the device `{device}` uses none of the commands of its role ({source_name}): it could \
         change nothing"
    )]
    Deaf {
        /// The role.
        role: String,
        /// Name and version.
        device: String,
        /// How it is reached.
        source_name: String,
    },
    /// Another firmware answered than the rig names.
    #[error("role `{role}` expects a firmware of the {what} `{expected}`, but `{found}` answered")]
    WrongFirmware {
        /// The role.
        role: String,
        /// `name` or `version`.
        what: &'static str,
        /// What the rig file names.
        expected: String,
        /// What introduced itself.
        found: String,
    },
    /// What the rig emulates cannot be what it should.
    #[error("the rig emulates what it cannot")]
    Emulation(#[source] PlaceError),
    /// The rig does not fit the system.
    #[error("the rig does not fit the system")]
    Rig(#[source] Diagnostics),
    /// A role has no built-in controller for its banks.
    #[error("role `{role}`: {what}")]
    Controller {
        /// The role.
        role: String,
        /// What is wrong.
        what: &'static str,
    },
    /// The trace file cannot be written.
    #[error("the trace file cannot be written")]
    TraceFile(#[from] TraceFileError),
    /// The session's recording cannot be written.
    #[error("the session's recording cannot be written")]
    Recording(#[from] RecordingError),
    /// A role was recorded that the system does not have.
    #[error("the recording has a device in role `{role}`, which the system does not have")]
    NoSuchRole {
        /// The role.
        role: String,
    },
    /// In a replay, the bench says something else to the device than was recorded.
    #[error("role `{role}`: {source}")]
    Departed {
        /// The role.
        role: String,
        /// Where, and what.
        source: LinkError,
    },
    /// In a replay, the recording ends before the run does: it was cut off or outgrew its limit.
    #[error("role `{role}`: {source}")]
    RecordingEnds {
        /// The role.
        role: String,
        /// Where.
        source: LinkError,
    },
    /// Everybody acts again and again, and simulated time stands still.
    #[error("time stands still at {at}: {} again and again", culprit(device.as_deref()))]
    Standstill {
        /// The instant.
        at: SimTime,
        /// The role of the device that keeps it there; without one the built-in controllers do.
        device: Option<String>,
    },
    /// The run took longer than it may.
    #[error("the run took longer than {} s of wall time; it had got to {at}", limit.as_secs_f64())]
    TooLong {
        /// How long it may take.
        limit: Duration,
        /// How far it got.
        at: SimTime,
    },
    /// There is more to record than a trace may hold.
    #[error("the run records more than {most} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The most.
        most: u64,
    },
    /// The network had no solution.
    #[error("the simulation broke off")]
    Solver(#[source] blackstart_plant::network::NetworkError),
}

fn culprit(device: Option<&str>) -> String {
    match device {
        Some(role) => format!("the device in role `{role}` acts"),
        None => "the built-in controllers act".to_owned(),
    }
}

impl BenchError {
    /// Whose it was.
    pub fn owner(&self) -> Owner {
        match self {
            Self::Plant(_)
            | Self::Rig(_)
            | Self::Deaf { .. }
            | Self::TooLong { .. }
            | Self::TooMuch { .. }
            | Self::TraceFile(_)
            | Self::Recording(_)
            | Self::NoSuchRole { .. }
            | Self::RecordingEnds { .. } => Owner::Files,
            Self::NeverAnswered { source, .. } => match source.kind {
                LinkErrorKind::NeverStarted(_)
                | LinkErrorKind::UnusableInterface(_)
                | LinkErrorKind::AdapterRefused { .. }
                | LinkErrorKind::Io { .. } => Owner::Rig,
                _ => Owner::Device,
            },
            Self::WrongFirmware { .. } | Self::Emulation(_) => Owner::Rig,
            Self::Departed { .. } | Self::Standstill { device: Some(_), .. } => Owner::Device,
            Self::Controller { .. }
            | Self::Offer { .. }
            | Self::Standstill { device: None, .. } => Owner::Blackstart,
            Self::Solver(error) => match error.kind {
                NetworkErrorKind::NoOperatingPoint { .. }
                | NetworkErrorKind::NothingHolds { .. }
                | NetworkErrorKind::Chatter { .. }
                | NetworkErrorKind::NoProgress { .. }
                | NetworkErrorKind::OutOfRange { .. } => Owner::Files,
                _ => Owner::Blackstart,
            },
        }
    }
}
