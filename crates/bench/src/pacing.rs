//! Who paces a run: nobody, so that it is as fast as the machine, or the wall clock.
//!
//! On the wall clock the simulation follows: it waits until an instant has come, until a device is due, or
//! until one has said something, and then simulates up to there. Nothing is simulated ahead, because
//! nobody knows what a device will say. So what the world does shows on the lines late by what is
//! simulated in one go, a *slice*: a quarter of the shortest cycle of the devices that are attached, and
//! between one and ten milliseconds. Shorter ones would tell a device nothing that it could act upon
//! sooner; ten keep the steps of the physics short, and the trace small.

use blackstart_engine::{Clock, Simulation};
use blackstart_link::Pace;
use blackstart_plant::Recorder;
use blackstart_scenario::{RigClock, TimingBudget};
use blackstart_units::SimTime;
use blackstart_verdict::{Budget, LinkStatistics, Rounded, Timing};

use crate::device::Attached;

/// A slice is this part of the shortest cycle, within these limits.
const SLICES_PER_CYCLE: u64 = 4;
const SHORTEST_SLICE: SimTime = SimTime::from_millis(1);
const LONGEST_SLICE: SimTime = SimTime::from_millis(10);

/// Who paces a run.
pub(crate) enum Pacing {
    /// Nobody: devices are waited for.
    Free,
    /// The wall clock.
    Wall(Wall),
}

/// A run on the wall clock.
pub(crate) struct Wall {
    budget: TimingBudget,
    slice: SimTime,
    /// Ticking from the first wait on: what goes before, at time zero, takes what it takes.
    pace: Option<Pace>,
}

impl Pacing {
    /// As a rig wants it, for these devices. Without any the wall clock has nothing to say.
    pub fn new(clock: Option<RigClock>, devices: &[Attached]) -> Self {
        match clock {
            Some(RigClock::Realtime(budget)) if !devices.is_empty() => {
                let cycle = devices.iter().filter_map(|one| one.device.cycle()).min();
                let part = cycle.map_or(LONGEST_SLICE, |cycle| {
                    SimTime::from_nanos(cycle.as_nanos() / SLICES_PER_CYCLE)
                });
                let slice = part.clamp(SHORTEST_SLICE, LONGEST_SLICE);
                Self::Wall(Wall { budget, slice, pace: None })
            }
            _ => Self::Free,
        }
    }

    /// How far the very first tick may reach, and how much of every slice is worth recording.
    pub fn start(&self, simulation: &mut Simulation, devices: &[Attached]) {
        let horizon = match self {
            Self::Wall(_) => SimTime::ZERO,
            Self::Free => earliest(devices),
        };
        simulation.world.resource_mut::<Clock>().horizon = horizon;
        if let Self::Wall(_) = self {
            simulation.world.resource_mut::<Recorder>().trace.thin();
        }
    }

    /// The world has got to its horizon: waits until there is more to simulate, and hands what has come to
    /// the devices.
    pub fn wait(&mut self, simulation: &mut Simulation, devices: &mut [Attached]) {
        let mut clock = simulation.world.resource_mut::<Clock>();
        let Self::Wall(wall) = self else {
            // What a device that is paced is due for, without a cause on its terminal.
            clock.horizon = earliest(devices).max(clock.now);
            return;
        };
        let pace = wall.pace.get_or_insert_with(|| Pace::start(clock.now));
        let slice = (clock.now + wall.slice).min(clock.end);
        loop {
            let deadline = earliest(devices).min(slice);
            let lines: Vec<_> = devices.iter().filter_map(|one| one.device.poll_fd()).collect();
            let reached = pace.wait(deadline, &lines);
            for one in devices.iter_mut() {
                one.device.listen(pace);
            }
            let due = earliest(devices);
            // What came and is no news is waited beyond.
            if reached >= deadline || due <= reached {
                // What a device is due for happens at its instant, also when the bench is behind.
                clock.horizon = reached.min(due.max(clock.now));
                return;
            }
        }
    }

    /// How the run kept time.
    pub fn timing(&self, devices: &[Attached], links: &[LinkStatistics]) -> Option<Timing> {
        let Self::Wall(wall) = self else { return None };
        let kept = wall.pace.as_ref().map(Pace::timing).unwrap_or_default();
        let drifts = devices.iter().map(|one| one.device.drift());
        let drift = drifts.map(|drift| drift.ahead.max(drift.behind)).max();
        Some(Timing {
            slice_ms: millis(wall.slice),
            ticks: kept.ticks,
            late_ticks: kept.late,
            worst_late_ms: Rounded::new(kept.worst.as_secs_f64() * 1e3),
            worst_drift_ms: millis(drift.unwrap_or_default()),
            lost_frames: links.iter().map(|link| link.lost_frames).sum(),
            budget: Budget {
                late_ticks: wall.budget.late_ticks,
                late_ms: millis(wall.budget.late),
                drift_ms: millis(wall.budget.drift),
                lost_frames: wall.budget.lost_frames,
            },
        })
    }
}

/// When the first device is due.
fn earliest(devices: &[Attached]) -> SimTime {
    devices.iter().map(|one| one.device.due()).min().unwrap_or(SimTime::NEVER)
}

fn millis(time: SimTime) -> Rounded {
    Rounded::new(time.as_seconds() * 1e3)
}
