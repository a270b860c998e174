//! The switches of a battery: what the controller wants, what the front end allows, and when they move.

use bevy_ecs::prelude::Component;
use blackstart_trace::{EventKind, SignalId};
use blackstart_units::{Amperes, SimTime};

use crate::battery::Battery;
use crate::circuit::Circuit;
use crate::front_end::FrontEnd;
use crate::network::{BranchId, Network, Quantity};
use crate::record::Recorder;

/// An interruption of less than this is not worth a line in the story.
const WORTH_RECORDING: Amperes = Amperes(1.0);
/// How long after an opening the clamp is taken to have finished: far beyond any L/R of a pack.
const CLAMP_SETTLED: SimTime = SimTime::from_millis(1);
/// The states of a switch's signal.
pub(crate) const POSITIONS: [&str; 2] = ["open", "closed"];

/// One switch and what drives it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Drive {
    /// What the controller last commanded.
    pub wanted: bool,
    /// A movement under way: when it ends, and where.
    turning: Option<(SimTime, bool)>,
}

impl Drive {
    /// Heads for a position. A movement that already leads there keeps its instant, so that a late
    /// command cannot delay what the front end has begun.
    fn head_for(&mut self, closed: bool, is_closed: bool, arrives: SimTime) {
        self.turning = match self.turning {
            Some(turning) if turning.1 == closed => Some(turning),
            _ if closed == is_closed => None,
            _ => Some((arrives, closed)),
        };
    }

    /// The movement that has ended by now, if any.
    fn arrive(&mut self, now: SimTime) -> Option<bool> {
        self.turning.take_if(|turning| turning.0 <= now).map(|turning| turning.1)
    }
}

/// Main and pre-charge switch.
#[derive(Component, Default)]
pub struct PowerStage {
    pub(crate) main: Drive,
    pub(crate) precharge: Drive,
}

impl PowerStage {
    /// The next instant at which a switch arrives.
    pub(crate) fn next(&self) -> SimTime {
        let arrivals = [self.main, self.precharge].into_iter().filter_map(|drive| drive.turning);
        arrivals.map(|turning| turning.0).min().unwrap_or(SimTime::NEVER)
    }
}

/// Drives and moves both switches, and writes down where they are. A latched front end holds them
/// open whatever is commanded.
pub(crate) fn move_switches(
    battery: &Battery,
    front_end: &FrontEnd,
    stage: &mut PowerStage,
    circuit: &mut Circuit,
    recorder: &mut Recorder,
) {
    let network = &mut circuit.network;
    let now = network.now();
    let arrives = now + battery.model.switch.switching_time;
    let mut opened_at = None;
    let mut moved = false;
    for (drive, branch) in
        [(&mut stage.main, battery.main), (&mut stage.precharge, battery.precharge)]
    {
        let allowed = drive.wanted && front_end.latched == 0;
        drive.head_for(allowed, network.is_closed(branch), arrives);
        let Some(closed) = drive.arrive(now) else { continue };
        if !closed && branch == battery.main {
            opened_at = Some(Amperes(network.value(Quantity::Current(branch))));
        }
        network.set_switch(branch, closed);
        moved = true;
    }
    if let Some(current) = opened_at.filter(|current| current.abs() > WORTH_RECORDING) {
        record_interruption(battery, current, network, recorder);
    }
    let signals = &battery.signals;
    for (signal, branch) in
        [(signals.main_switch, battery.main), (signals.precharge_switch, battery.precharge)]
    {
        record_position(battery, signal, branch, network, recorder);
    }
    recorder.state(&battery.id, signals.front_end, now, f64::from(front_end.shown()));
    if moved {
        recorder.jump(network);
        circuit.note_change();
    }
}

fn record_position(
    battery: &Battery,
    signal: SignalId,
    branch: BranchId,
    network: &Network,
    recorder: &mut Recorder,
) {
    let closed = f64::from(network.is_closed(branch));
    recorder.state(&battery.id, signal, network.now(), closed);
}

/// What the clamp will have to take is read from a clone that runs ahead, so that the event stands
/// at the instant of the opening.
fn record_interruption(
    battery: &Battery,
    current: Amperes,
    network: &Network,
    recorder: &mut Recorder,
) {
    let mut ahead = network.clone();
    let before = network.clamp_energy(battery.main);
    let settled = network.now() + CLAMP_SETTLED;
    // Should the clone fail, the run itself does at the same place and says so.
    let _ = ahead.advance(settled, &[], &mut |_| {});
    let kind = EventKind::Interrupted {
        current,
        clamp_energy: ahead.clamp_energy(battery.main) - before,
        clamp_rating: battery.model.switch.clamp_rating,
    };
    recorder.event(network.now(), &battery.id, kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: SimTime = SimTime::from_micros(10);

    #[test]
    fn a_second_order_to_open_does_not_delay_the_first() {
        let mut drive = Drive::default();
        drive.head_for(false, true, LATER);
        drive.head_for(false, true, LATER + LATER);
        assert_eq!(drive.arrive(LATER), Some(false));
    }

    #[test]
    fn an_order_taken_back_before_the_switch_moves_leaves_it_where_it_is() {
        let mut drive = Drive::default();
        drive.head_for(true, false, LATER);
        drive.head_for(false, false, LATER);
        assert_eq!(drive.arrive(SimTime::NEVER), None);
    }
}
