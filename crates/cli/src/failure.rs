//! What can go wrong outside a verdict, and what the user may do about it.

use std::io;
use std::path::PathBuf;

use blackstart_bench::{BenchError, NetworkErrorKind, Owner, RecordingError};
use blackstart_link::{CanLogError, LinkError, LinkErrorKind};
use blackstart_mutate::ExamineError;
use blackstart_report::ReportError;
use blackstart_scenario::Diagnostics;
use blackstart_trace::file::TraceFileError;
use blackstart_verdict::VerdictFileError;
use thiserror::Error;

use crate::console::with_causes;
use crate::error_output::quoting;
use crate::exit::Exit;
use crate::filter::FilterMistake;
use crate::rig::remedy;

/// What is asked of whoever meets a defect.
const DEFECT: &str =
    "please report it, with the line that reproduces it and the files that it names";

/// Why a command could not do what it was asked.
#[derive(Debug, Error)]
pub enum Failure {
    /// Mistakes in files, each with its place.
    #[error("mistakes in files")]
    Files(#[from] Diagnostics),
    /// An expression of `--filter` is none.
    #[error("a mistake in the filter")]
    Filter(#[source] FilterMistake),
    /// Not inside a project.
    #[error("no project at or above {}", from.display())]
    NoProject {
        /// Where the search began.
        from: PathBuf,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file where an accepted verdict should be is none.
    #[error("cannot compare with {}", path.display())]
    Accepted {
        /// Which.
        path: PathBuf,
        /// Why.
        source: VerdictFileError,
    },
    /// A line of a file of digests is none.
    #[error("line {line} of {} is no digest of a trace", path.display())]
    Digests {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Nothing to compare.
    #[error("no verdict at or below {}", path.display())]
    NoVerdict {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The project numbers no facts.
    #[error("no facts: there is no {}", path.display())]
    NoFacts {
        /// Where they would stand.
        path: PathBuf,
    },
    /// Nothing to replay.
    #[error("no session.rec at or below {}", path.display())]
    NoRecording {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The verdict of a recorded session cannot be read.
    #[error("cannot read the recorded verdict {}", path.display())]
    NoRecordedVerdict {
        /// Where it was looked for.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A recording cannot be read.
    #[error("a recording cannot be replayed")]
    Recording(#[source] RecordingError),
    /// A trace file cannot be read.
    #[error("a trace cannot be read")]
    Trace(#[source] TraceFileError),
    /// There is no schema of this name.
    #[error("no schema `{name}`: there are {known}")]
    NoSchema {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The run did not come to a verdict.
    #[error("the run came to no verdict")]
    Bench(#[source] BenchError),
    /// A log of CAN frames cannot be used.
    #[error(transparent)]
    Log(CanLogError),
    /// A CAN bus cannot be opened, or is gone.
    #[error("no bus")]
    Bus(#[source] LinkError),
    /// The plot of a run cannot be drawn.
    #[error("the plot cannot be drawn")]
    Plot(#[source] ReportError),
    /// Another command writes to the same folder.
    #[error("another blackstart{} writes to {}", process.map(|id| format!(" (process {id})")).unwrap_or_default(), folder.display())]
    Taken {
        /// Where to.
        folder: PathBuf,
        /// Its process, as far as it says.
        process: Option<u32>,
    },
    /// A panic.
    #[error("this is a defect of Blackstart: {what}")]
    Defect {
        /// What it said, and where.
        what: String,
    },
    /// Interrupts cannot be caught.
    #[error("cannot listen for interrupts")]
    Signals(#[source] io::Error),
}

impl From<ExamineError> for Failure {
    fn from(error: ExamineError) -> Self {
        match error {
            ExamineError::Files(mistakes) => Self::Files(mistakes),
            ExamineError::Bench(error) => Self::Bench(error),
        }
    }
}

impl Failure {
    /// How the command ends for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Files(_)
            | Self::Filter(_)
            | Self::NoProject { .. }
            | Self::Read { .. }
            | Self::Write { .. }
            | Self::Accepted { .. }
            | Self::Digests { .. }
            | Self::NoVerdict { .. }
            | Self::NoFacts { .. }
            | Self::NoRecording { .. }
            | Self::NoRecordedVerdict { .. }
            | Self::Recording(_)
            | Self::Trace(_)
            | Self::Log(_)
            | Self::Taken { .. }
            | Self::NoSchema { .. } => Exit::BadInput,
            Self::Bench(error) => match error.owner() {
                Owner::Files => Exit::BadInput,
                Owner::Device => Exit::NoDevice,
                Owner::Rig => Exit::NoRig,
                Owner::Blackstart => Exit::Defect,
            },
            Self::Bus(_) | Self::Signals(_) => Exit::NoRig,
            Self::Plot(_) | Self::Defect { .. } => Exit::Defect,
        }
    }

    /// Why, with its causes and, of a device, the last line that it wrote to standard error.
    pub fn sentence(&self) -> String {
        let written = self.device().map_or("", |lost| lost.last_words.as_str());
        quoting(with_causes(self), written)
    }

    /// The device that is at fault.
    pub const fn device(&self) -> Option<&LinkError> {
        match self {
            Self::Bus(error) | Self::Bench(BenchError::NeverAnswered { source: error, .. }) => {
                Some(error)
            }
            _ => None,
        }
    }

    /// What the user may try.
    pub fn hint(&self) -> Option<String> {
        if let Some(error) = self.device()
            && let LinkErrorKind::UnusableInterface(why) = &error.kind
        {
            let name = error.device.split(' ').next().unwrap_or_default();
            return remedy(name, why);
        }
        self.general_hint().map(str::to_owned)
    }

    fn bench_hint(error: &BenchError) -> Option<&'static str> {
        Some(match (error, error.owner()) {
            (BenchError::TooLong { .. }, _) => {
                "shorten the scenario, or allow more with --longest-wall SECONDS"
            }
            (BenchError::TooMuch { .. }, _) => {
                "shorten the scenario; docs/limits.md lists what a run may record"
            }
            (BenchError::Solver(error), Owner::Files) => match error.kind {
                NetworkErrorKind::NoOperatingPoint { .. } => {
                    "less load, thicker cables, or a capacitance beside a load of constant power"
                }
                NetworkErrorKind::NothingHolds { .. } => {
                    "put what it has at its input beside it: a `capacitor` of 10 to 100 uF for each ampere"
                }
                _ => "set what is named here further apart, or put a capacitance between",
            },
            (_, Owner::Files) => {
                "the values of the files do not make a system that can be simulated"
            }
            (BenchError::Standstill { .. }, Owner::Device) => {
                "does the firmware undo at each wake what it did at the one before?"
            }
            (BenchError::Deaf { .. }, _) => {
                "a firmware names what it uses in its table of pins, with the names of docs/bench-link.md"
            }
            (_, Owner::Device) => {
                "does the firmware speak the bench link? docs/attach-your-firmware.md says how to try it"
            }
            (_, Owner::Rig) => "is the firmware built, and is what the rig file names plugged in?",
            (_, Owner::Blackstart) => DEFECT,
        })
    }

    fn general_hint(&self) -> Option<&'static str> {
        match self {
            Self::NoProject { .. } => Some(
                "a project is a folder that holds scenarios/ and fixtures/: run inside one, or name it with --root DIR",
            ),
            Self::NoFacts { .. } => {
                Some("number what your documents say: `blackstart schema facts` prints its form")
            }
            Self::Accepted { .. } | Self::Digests { .. } => {
                Some("write it anew with `blackstart accept`")
            }
            Self::NoRecording { .. } => Some(
                "a run writes one where a rig names a device: `blackstart run SCENARIO --rig FILE`",
            ),
            Self::NoRecordedVerdict { .. } => {
                Some("a replay compares with the verdict.json beside the session.rec: keep both")
            }
            Self::Recording(_) => {
                Some("record the session again: `blackstart run SCENARIO --rig FILE`")
            }
            Self::Taken { .. } => Some("wait for it, or name another folder with --out DIR"),
            Self::Defect { .. } | Self::Plot(_) => Some(DEFECT),
            Self::Bench(error) => Self::bench_hint(error),
            _ => None,
        }
    }
}
