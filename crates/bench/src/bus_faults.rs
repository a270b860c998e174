//! What the scenario makes go wrong on the buses of its devices.
//!
//! A fault begins and ends at the ends of ticks, when devices are attended. It is injected where a device
//! under test is on a CAN bus, and either the run on the realtime clock or the device one that speaks frames
//! of its own; everywhere else it meets no frame, and
//! the verdict says so.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use blackstart_link::{self as link, FaultControl, FaultId};
use blackstart_plant::Recorder;
use blackstart_scenario::{Action, CanDisturbance, CanFault, CanWay, ScenarioEvent};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;

use crate::device::Attached;

/// The faults of a run, and which of them are at work.
pub(crate) struct BusFaults {
    plan: VecDeque<ScenarioEvent>,
    /// By the numbers that the scenario gives them.
    active: BTreeMap<usize, Active>,
    buses: BTreeMap<String, FaultControl>,
}

/// A fault that has begun.
struct Active {
    role: String,
    name: &'static str,
    /// Where there is a bus.
    injected: Option<(FaultControl, FaultId)>,
}

impl BusFaults {
    /// Those of these events, on the buses of these devices.
    pub fn new(events: &[ScenarioEvent], devices: &[Attached]) -> Self {
        let is_ours = |event: &&ScenarioEvent| {
            matches!(event.action, Action::CanFault { .. } | Action::EndCanFault { .. })
        };
        let bus = |one: &Attached| Some((one.role.clone(), one.faults.clone()?));
        Self {
            plan: events.iter().filter(is_ours).cloned().collect(),
            active: BTreeMap::new(),
            buses: devices.iter().filter_map(bus).collect(),
        }
    }

    /// Whether a scenario makes anything go wrong on the bus to a role.
    pub fn concern(events: &[ScenarioEvent], wanted: &str) -> bool {
        let concerns = |event: &ScenarioEvent| matches!(&event.action, Action::CanFault { role, .. } if role == wanted);
        events.iter().any(concerns)
    }

    /// The world stands at `now`: begins and ends what is due.
    pub fn act(&mut self, now: SimTime, recorder: &mut Recorder) {
        while let Some(event) = self.plan.pop_front_if(|event| event.at <= now) {
            match event.action {
                Action::CanFault { role, fault, id } => {
                    let injected = self.buses.get(&role).map(|bus| {
                        let bus = bus.clone();
                        let id = bus.inject(injected(&fault));
                        (bus, id)
                    });
                    let name = fault.what.name();
                    self.active.insert(id, Active { role, name, injected });
                }
                Action::EndCanFault { id, .. } => {
                    if let Some(active) = self.active.remove(&id) {
                        active.end(now, recorder);
                    }
                }
                _ => {}
            }
        }
    }

    /// The run is over, and with it what was wrong.
    pub fn conclude(&mut self, now: SimTime, recorder: &mut Recorder) {
        for active in std::mem::take(&mut self.active).into_values() {
            active.end(now, recorder);
        }
    }
}

impl Active {
    fn end(self, now: SimTime, recorder: &mut Recorder) {
        let count = self.injected.and_then(|(bus, id)| bus.lift(id)).unwrap_or(0);
        let kind = EventKind::FaultEnded { fault: self.name.to_owned(), reading: None, count };
        recorder.event(now, &self.role, kind);
    }
}

/// A fault as the bus takes it.
fn injected(fault: &CanFault) -> link::InjectedFault {
    let wall = |time: SimTime| Duration::from_nanos(time.as_nanos());
    link::InjectedFault {
        what: match &fault.what {
            CanDisturbance::Lose => link::Disturbance::Lose,
            CanDisturbance::Delay { by } => link::Disturbance::Delay { by: wall(*by) },
            CanDisturbance::Duplicate => link::Disturbance::Duplicate,
            CanDisturbance::Corrupt => link::Disturbance::Corrupt,
            CanDisturbance::Reorder => link::Disturbance::Reorder,
            // The scenario says how long it lasts.
            CanDisturbance::BusOff => link::Disturbance::BusOff { recovers_after: None },
            CanDisturbance::Babble { frame, period } => {
                link::Disturbance::Babble { frame: *frame, period: wall(*period) }
            }
            CanDisturbance::Collide => link::Disturbance::Collide,
            CanDisturbance::FullQueue => link::Disturbance::FullQueue,
            CanDisturbance::Replay { frames } => link::Disturbance::Replay {
                frames: frames.iter().map(|&(at, frame)| (wall(at), frame)).collect(),
            },
        },
        way: match fault.way {
            None => link::Way::Both,
            Some(CanWay::ToDevice) => link::Way::Out,
            Some(CanWay::FromDevice) => link::Way::In,
        },
        id: fault.id,
        share: fault.share,
        count: fault.count,
    }
}
