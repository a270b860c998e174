//! What bounds a run from outside, and whose it was when one breaks off.

use std::time::Duration;

use blackstart_limits::{Halt, TICKS_AT_ONCE, TRACE_EVENTS, TRACE_SAMPLES, WALL};
use blackstart_scenario::RigClock;
use blackstart_trace::Trace;
use blackstart_units::SimTime;

use crate::device::Attached;
use crate::error::BenchError;
use crate::run::Job;

/// Who may stop a run, and how long it may take.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Whoever wants it to stop.
    pub halt: Halt,
    /// Wall time of a run; on the realtime clock in addition to its length.
    pub longest_wall: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { halt: Halt::new(), longest_wall: WALL }
    }
}

impl Bounds {
    /// Wall time that a job may take.
    pub(crate) fn wall(&self, job: &Job<'_>) -> Duration {
        let paced = job.rig.is_some_and(|rig| rig.clock != RigClock::Lockstep);
        let length = Duration::from_nanos(job.scenario.duration.as_nanos());
        self.longest_wall + if paced { length } else { Duration::ZERO }
    }
}

/// Whose it was that a run broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// What the files say cannot be simulated.
    Files,
    /// The device under test.
    Device,
    /// The rig, or what it is plugged into.
    Rig,
    /// A defect of Blackstart.
    Blackstart,
}

/// Notices when simulated time stands still.
#[derive(Default)]
pub(crate) struct Standstill {
    at: SimTime,
    ticks: u32,
    /// Barriers of each device when half of the ticks had passed.
    barriers: Vec<u64>,
}

impl Standstill {
    /// A tick has ended at `now`.
    ///
    /// # Errors
    /// If there were too many at this instant; with the device that was asked in most of them.
    pub fn tick(&mut self, now: SimTime, devices: &[Attached]) -> Result<(), BenchError> {
        if now != self.at {
            *self = Self { at: now, ..Self::default() };
            return Ok(());
        }
        self.ticks += 1;
        let count = |one: &Attached| one.device.statistics(String::new()).round_trips;
        if self.ticks == TICKS_AT_ONCE / 2 {
            self.barriers = devices.iter().map(count).collect();
        }
        if self.ticks <= TICKS_AT_ONCE {
            return Ok(());
        }
        let often = u64::from(TICKS_AT_ONCE / 4);
        let culprit =
            devices.iter().zip(&self.barriers).find(|(one, before)| count(one) - **before > often);
        Err(BenchError::Standstill { at: now, device: culprit.map(|(one, _)| one.role.clone()) })
    }
}

/// Whether a trace is still within its limits.
///
/// # Errors
/// If it is not.
pub(crate) fn check_trace(trace: &Trace) -> Result<(), BenchError> {
    if trace.events().len() > TRACE_EVENTS {
        return Err(BenchError::TooMuch { what: "events", most: TRACE_EVENTS as u64 });
    }
    if trace.samples() > TRACE_SAMPLES {
        return Err(BenchError::TooMuch { what: "samples", most: TRACE_SAMPLES });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_may_stand_for_so_many_ticks_and_no_longer() {
        let mut standstill = Standstill::default();
        for nanos in [0, 1] {
            let now = SimTime::from_nanos(nanos);
            standstill.tick(SimTime::from_nanos(nanos + 5), &[]).unwrap();
            standstill.tick(now, &[]).unwrap();
            for _ in 0..TICKS_AT_ONCE {
                standstill.tick(now, &[]).unwrap();
            }
        }
        let error = standstill.tick(SimTime::from_nanos(1), &[]).unwrap_err();
        assert!(matches!(error, BenchError::Standstill { device: None, .. }));
        assert_eq!(error.owner(), Owner::Blackstart);
    }
}
