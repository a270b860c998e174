//! What the scenario makes go wrong with readings, between their sensors and their controllers.
//!
//! A fault begins with what its reading is at that instant, and ends with the event that says how often its
//! controller was shown what it changed.

use std::collections::{BTreeMap, VecDeque};

use bevy_ecs::prelude::{Query, Res, ResMut, Resource, World};
use blackstart_engine::{Clock, Distortion, FaultStart, NoiseStream, Terminal};
use blackstart_scenario::{Action, ReadingDisturbance, ReadingFault, ScenarioEvent};
use blackstart_trace::EventKind;
use blackstart_units::SimTime;

use crate::record::Recorder;
use crate::sampling::Meters;

/// The faults of a run, and which of them are at work.
#[derive(Resource)]
pub(crate) struct ReadingFaults {
    plan: VecDeque<ScenarioEvent>,
    /// By the numbers that the scenario gives them: the role, and what goes wrong.
    active: BTreeMap<usize, (String, ReadingFault)>,
    seed: u64,
}

impl ReadingFaults {
    /// Those of these events.
    pub fn new(events: &[ScenarioEvent], seed: u64) -> Self {
        let is_ours = |event: &&ScenarioEvent| {
            matches!(event.action, Action::FaultReading { .. } | Action::EndFaultReading { .. })
        };
        let plan = events.iter().filter(is_ours).cloned().collect();
        Self { plan, active: BTreeMap::new(), seed }
    }

    fn start(&self, id: usize, role: &str, what: ReadingDisturbance, at: SimTime) -> FaultStart {
        let noise = NoiseStream::new(self.seed, &format!("{role}.fault-{id}"));
        FaultStart { id, what: disturbance(what), at, noise, is_sampled: false }
    }
}

/// Begins and ends what is due.
pub(crate) fn disturb(
    clock: Res<Clock>,
    mut faults: ResMut<ReadingFaults>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<(&mut Terminal, &mut Meters)>,
) {
    while let Some(event) = faults.plan.pop_front_if(|event| event.at <= clock.now) {
        match event.action {
            Action::FaultReading { role, fault, id } => {
                let start = faults.start(id, &role, fault.what, clock.now);
                for (mut terminal, mut meters) in &mut terminals {
                    if terminal.role == role {
                        begin(&start, &fault, &mut meters, &mut terminal);
                    }
                }
                faults.active.insert(id, (role, fault));
            }
            Action::EndFaultReading { id, .. } => {
                let Some((role, fault)) = faults.active.remove(&id) else { continue };
                let mut shown = 0;
                for (mut terminal, _) in &mut terminals {
                    if terminal.role == role {
                        shown += end(id, &mut terminal, clock.now);
                    }
                }
                recorder.event(clock.now, &role, ended(&fault, shown));
            }
            _ => {}
        }
    }
}

fn begin(start: &FaultStart, fault: &ReadingFault, meters: &mut Meters, terminal: &mut Terminal) {
    let at = start.at;
    for name in &fault.readings {
        let Some(index) = terminal.readings.index(name) else { continue };
        let mut start = start.clone();
        // It begins with the latest conversion, and that is what is sent from now on.
        if let Some(sampling) = meters.0.iter_mut().find(|one| one.samples(index)) {
            start.is_sampled = true;
            terminal.readings.disturb(index, start);
            sampling.publish(at, terminal);
        } else {
            terminal.readings.disturb(index, start);
        }
    }
    terminal.show_disturbed(at);
}

/// What is wrong is so no more: how often that was shown.
fn end(id: usize, terminal: &mut Terminal, now: SimTime) -> u64 {
    let shown = terminal.readings.lift(id);
    terminal.show_disturbed(now);
    // What it hid may have changed meanwhile.
    terminal.causes.input = true;
    shown
}

fn ended(fault: &ReadingFault, shown: u64) -> EventKind {
    EventKind::FaultEnded {
        fault: fault.what.name().to_owned(),
        reading: Some(fault.written.clone()),
        count: shown,
    }
}

/// The run is over, and with it what was wrong, or would have been.
pub(crate) fn conclude(world: &mut World) {
    let now = world.resource::<Clock>().now;
    let mut terminals = world.query::<&mut Terminal>();
    let Some(mut faults) = world.remove_resource::<ReadingFaults>() else { return };
    let mut over: Vec<(String, EventKind)> = Vec::new();
    for (id, (role, fault)) in std::mem::take(&mut faults.active) {
        let own = terminals.iter_mut(world).filter(|terminal| terminal.role == role);
        let shown = own.map(|mut terminal| terminal.readings.lift(id)).sum();
        over.push((role, ended(&fault, shown)));
    }
    for event in std::mem::take(&mut faults.plan) {
        if let Action::FaultReading { role, fault, .. } = event.action {
            over.push((role, ended(&fault, 0)));
        }
    }
    let mut recorder = world.resource_mut::<Recorder>();
    over.into_iter().for_each(|(role, kind)| recorder.event(now, &role, kind));
}

fn disturbance(what: ReadingDisturbance) -> Distortion {
    match what {
        ReadingDisturbance::Stuck => Distortion::Stuck,
        ReadingDisturbance::Offset(offset) => Distortion::Affine { gain: 1.0, offset },
        ReadingDisturbance::Gain(gain) => Distortion::Affine { gain, offset: 0.0 },
        ReadingDisturbance::Value(value) => Distortion::Constant(value),
        ReadingDisturbance::Noise(sigma) => Distortion::Noise { sigma },
        ReadingDisturbance::OtherSign => Distortion::Affine { gain: -1.0, offset: 0.0 },
        ReadingDisturbance::OtherState => Distortion::Affine { gain: -1.0, offset: 1.0 },
        ReadingDisturbance::Slow(time_constant) => Distortion::Slow { time_constant },
        ReadingDisturbance::Delayed(by) => Distortion::Delayed { by },
        ReadingDisturbance::Intermittent { period, duty } => {
            Distortion::Intermittent { period, duty }
        }
        ReadingDisturbance::Invalid => Distortion::Invalid,
        ReadingDisturbance::Off => Distortion::Off,
    }
}
