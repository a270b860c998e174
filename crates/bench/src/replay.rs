//! A run with recorded devices in the place of the real ones.
//!
//! The scenario is simulated anew, and each device says what was recorded of it. As long as the bench
//! asks what it asked then, the verdict is that of the recorded run; where it asks something else,
//! scenario, system or simulator have changed, and the replay ends there: what the device would have
//! answered is in no recording.

use std::ops::ControlFlow;

use blackstart_link::{RecordedFile, SessionRecording};
use blackstart_scenario::Resolved;

use crate::bind::{Plugged, bind};
use crate::error::BenchError;
use crate::files::{Files, digests};
use crate::run::{BoundSimulation, Job, Progress, Run, carry_out, prepare, seed};

/// Runs a job with the devices of a recording; its rig and session file are of no account. The seed
/// must be given in the job: it is the recording's.
///
/// # Errors
/// [`BenchError::Departed`] where bench and recording part, [`BenchError::RecordingEnds`] where the
/// recording breaks off, and the bench's own failures.
pub fn replay(
    job: &Job<'_>,
    recording: &SessionRecording,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Run, BenchError> {
    let roles = job.scenario.system.roles();
    let mut lines = recording.header().lines.iter();
    if let Some(line) = lines.find(|line| !roles.contains(&line.role)) {
        return Err(BenchError::NoSuchRole { role: line.role.clone() });
    }
    let job = Job { rig: None, session_file: None, ..*job };
    let mut simulation = prepare(job.scenario, seed(&job), None)?;
    let devices = bind(&mut simulation, &job, &Plugged::Recording(recording))?;
    let session = BoundSimulation { simulation, devices, corners: true };
    carry_out(&job, session, &mut Files::default(), on_progress)
}

/// Files of the recorded scenario that are other ones now, have come or have gone.
pub fn changed_files(scenario: &Resolved, recording: &SessionRecording) -> Vec<String> {
    let now: Vec<RecordedFile> = digests(scenario)
        .map(|file| RecordedFile { path: file.path, blake3: file.blake3 })
        .collect();
    let then = &recording.header().files;
    let mut changed: Vec<String> = now
        .iter()
        .filter(|file| !then.contains(file))
        .chain(then.iter().filter(|file| !now.contains(file)))
        .map(|file| file.path.clone())
        .collect();
    changed.sort();
    changed.dedup();
    changed
}
