//! What a run writes while it goes: the trace, and the session with its devices.

use std::collections::BTreeMap;

use blackstart_link::{
    Header, RecordedFile, RecordedLine, RecordingWriter, TrafficLog, TrafficTap,
};
use blackstart_scenario::{Binding, Resolved, Rig, RigClock};
use blackstart_trace::Trace;
use blackstart_trace::file::TraceWriter;
use blackstart_verdict::FileDigest;

use crate::error::BenchError;
use crate::run::{Job, seed};

/// The files of a run, each as far as somebody wants it.
#[derive(Default)]
pub(crate) struct Files {
    pub trace: Option<TraceWriter>,
    pub session: Option<RecordingWriter>,
    /// Where no session is recorded, and the bench plays devices for somebody.
    traffic: Option<TrafficLog>,
}

impl Files {
    /// Begins to record the session, if the job asks for it and anything is plugged in.
    pub fn open(job: &Job<'_>, plugged: &BTreeMap<String, &Binding>) -> Result<Self, BenchError> {
        let session = match (job.session_file, job.rig) {
            (Some(path), Some(rig)) if !plugged.is_empty() => {
                Some(RecordingWriter::create(path, &header(job, rig, plugged))?)
            }
            _ => None,
        };
        let traffic = match (&session, job.session_file, job.rig) {
            (None, Some(path), Some(rig)) if !rig.emulates.is_empty() => {
                Some(TrafficLog::beside(path))
            }
            _ => None,
        };
        Ok(Self { trace: None, session, traffic })
    }

    /// Where the traffic of a device that the bench plays is written down.
    pub fn tap(&self, instance: &str) -> Option<TrafficTap> {
        let session = self.session.as_ref().map(|session| session.tap(instance));
        session.or_else(|| self.traffic.as_ref().map(|traffic| traffic.tap(instance)))
    }

    /// Begins to write the trace, if the job asks for it.
    pub fn open_trace(&mut self, job: &Job<'_>, trace: &Trace) -> Result<(), BenchError> {
        if let Some(path) = job.trace_file {
            self.trace = Some(TraceWriter::create(path, trace.catalogue())?);
        }
        Ok(())
    }

    /// Writes what there is to write since the last time.
    pub fn append(&mut self, trace: &Trace) -> Result<(), BenchError> {
        if let Some(writer) = &mut self.trace {
            writer.append(trace)?;
        }
        if let Some(writer) = &mut self.session {
            writer.flush()?;
        }
        self.flush_traffic()
    }

    fn flush_traffic(&mut self) -> Result<(), BenchError> {
        let Some(traffic) = &mut self.traffic else { return Ok(()) };
        Ok(traffic.flush()?)
    }

    /// Ends the trace file.
    pub fn finish_trace(&mut self, trace: &Trace) -> Result<(), BenchError> {
        self.trace.take().map_or(Ok(()), |writer| writer.finish(trace).map_err(BenchError::from))
    }

    /// Ends the session's recording, after the farewells.
    pub fn finish_session(mut self) -> Result<(), BenchError> {
        self.flush_traffic()?;
        self.session.map_or(Ok(()), |writer| writer.finish().map_err(BenchError::from))
    }
}

/// Scenario, system and device files and logs with their digests.
pub(crate) fn digests(scenario: &Resolved) -> impl Iterator<Item = FileDigest> {
    let files = scenario.files.iter();
    let files = files.map(|file| FileDigest::of(&*file.path, file.text.as_bytes()));
    files.chain(scenario.logs.iter().map(|log| FileDigest::of(&*log.path, &log.bytes)))
}

fn header(job: &Job<'_>, rig: &Rig, plugged: &BTreeMap<String, &Binding>) -> Header {
    let line = |(role, binding): (&String, &&Binding)| RecordedLine {
        role: role.clone(),
        device: binding.transport.to_string(),
        answer_timeout_ns: binding.answer_timeout.as_nanos(),
    };
    let files = digests(job.scenario)
        .map(|FileDigest { path, blake3 }| RecordedFile { path, blake3 })
        .collect::<Vec<_>>();
    Header {
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        scenario: job.scenario.name.clone(),
        // A scenario is read before anything that it names.
        scenario_file: files.first().map_or_else(String::new, |file| file.path.clone()),
        seed: seed(job),
        rig: rig.name.clone(),
        realtime: rig.clock != RigClock::Lockstep,
        lines: plugged.iter().map(line).collect(),
        files,
    }
}
