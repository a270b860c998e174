//! The network to the next instant that matters, and the readings there.
//!
//! Parts act inside [`solve`], without a tick boundary; `solve` ends when a
//! controller must be woken, a scenario event is due, or the run is over.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource};
use blackstart_engine::{Clock, Terminal};
use blackstart_units::SimTime;

use crate::ac::AcSide;
use crate::circuit::{PlantCircuit, Roster};
use crate::dc::DcSide;
use crate::exposure::Exposures;
use crate::inverter::{InstalledInverter, InverterSupply};
use crate::network::{Network, NetworkError, Stop, Watch};
use crate::parts::Parts;
use crate::record::Recorder;
use crate::sampling::Meters;

/// Why the physics could not go on, if it could not.
#[derive(Resource, Default)]
pub struct SolverFault(pub Option<NetworkError>);

/// Rounds in which switches and comparators move each other at one instant.
const ROUNDS: usize = 64;

/// Runs the network to the next instant that matters to somebody.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are its access")]
pub(crate) fn solve(
    mut clock: ResMut<Clock>,
    roster: Res<Roster>,
    ac: Res<AcSide>,
    mut circuit: ResMut<PlantCircuit>,
    mut recorder: ResMut<Recorder>,
    mut fault: ResMut<SolverFault>,
    mut exposures: ResMut<Exposures>,
    mut meters: Query<(&mut Meters, &mut Terminal)>,
    mut dc: ResMut<DcSide>,
    mut parts: ResMut<Parts>,
    mut inverters: Query<(&InstalledInverter, &mut InverterSupply)>,
) {
    let circuit = &mut *circuit;
    circuit.begin();
    let entities: Vec<_> = roster.controlled().collect();
    loop {
        let now = circuit.network.now();
        clock.now = now;
        // What one switches may carry the level of another past what it watches, within no time: all look
        // until nothing moves any more.
        for _ in 0..ROUNDS {
            let before = circuit.change_count();
            parts.act(circuit, &mut exposures, &mut recorder);
            for (entity, which) in parts.take_alerts() {
                if let Ok((mut meters, _)) = meters.get_mut(entity) {
                    meters.0[which].alert(circuit.network.now());
                }
            }
            if circuit.change_count() == before {
                break;
            }
        }
        let next_change = clock.next_event.min(ac.next).min(clock.horizon);
        // What breaks is taken out of the network by the next tick.
        let mut broke = dc.over_rating(circuit, &mut recorder);
        dc.record_loads(&circuit.network, &mut recorder);
        broke |= lock_out(&roster, &mut inverters, &mut meters, &circuit.network);
        let mut until = clock.end.min(next_change);
        let mut must_decide = false;
        let mut watches: Vec<Watch> = Vec::new();
        for &entity in &entities {
            let Ok((mut meters, mut terminal)) = meters.get_mut(entity) else { continue };
            parts.show(entity, &mut meters, &mut terminal);
            terminal.show_disturbed(now);
            until = until.min(terminal.readings.next_disturbed(now));
            for sampling in &mut meters.0 {
                sampling.pass(now, &mut |quantity, _| circuit.network.value(quantity));
                until = until.min(sampling.next_followed(now, &mut terminal));
                sampling.look(now, &mut terminal, &mut |quantity| circuit.network.value(quantity));
                sampling.wake(now, &mut terminal);
                until = until.min(sampling.next());
                watches.extend(sampling.watches(&terminal));
            }
            // Also of a controller that samples nothing.
            if terminal.wake_at <= now {
                terminal.causes.timer = true;
                terminal.wake_at = SimTime::NEVER;
            }
            terminal.subscriptions_changed = false;
            must_decide |= !terminal.causes.is_empty();
            until = until.min(terminal.wake_at);
        }
        if now == SimTime::ZERO {
            parts.record(&circuit.network, &mut recorder);
        }
        if must_decide || broke || now >= clock.end || now >= next_change {
            return;
        }
        until = until.min(dc.over_ratings.next()).min(parts.next());
        watches.extend(dc.over_ratings.watches());
        watches.extend(dc.watches(&circuit.network));
        for &entity in &roster.inverters {
            let Ok((inverter, supply)) = inverters.get(entity) else { continue };
            watches.extend(inverter.watch(supply));
        }
        parts.watch(&mut watches);
        let moments = &mut circuit.moments;
        let outcome = circuit.network.advance(until, &watches, &mut |step| {
            recorder.step(step);
            moments.pass(step);
            parts.see(step, moments);
            for &entity in &entities {
                let Ok((mut meters, _)) = meters.get_mut(entity) else { continue };
                for sampling in &mut meters.0 {
                    let start = step.start();
                    sampling
                        .pass(step.end(), &mut |quantity, at| step.value(quantity, at.max(start)));
                }
            }
        });
        clock.now = circuit.network.now();
        match outcome {
            Ok(Stop::Melted(branch)) => {
                parts.melt(branch, &circuit.network, &mut recorder);
            }
            Ok(Stop::Reached | Stop::Crossed(_)) => {}
            Err(error) => {
                fault.0 = Some(error);
                return;
            }
        }
        parts.record(&circuit.network, &mut recorder);
    }
}

/// Locks out what inverts without a supply, and wakes its control; whether there was any. The AC side is
/// brought to that by the next tick, at the same instant.
fn lock_out(
    roster: &Roster,
    inverters: &mut Query<(&InstalledInverter, &mut InverterSupply)>,
    meters: &mut Query<(&mut Meters, &mut Terminal)>,
    network: &Network,
) -> bool {
    let mut any = false;
    for &entity in &roster.inverters {
        let Ok((inverter, mut supply)) = inverters.get_mut(entity) else { continue };
        if !inverter.look(&mut supply, network) {
            continue;
        }
        any = true;
        if let Ok((_, mut terminal)) = meters.get_mut(entity) {
            terminal.causes.alert = true;
        }
    }
    any
}

/// Writes what every controller that is about to be woken can see.
pub(crate) fn measure(clock: Res<Clock>, mut meters: Query<(&mut Meters, &mut Terminal)>) {
    for (mut meters, mut terminal) in &mut meters {
        if terminal.causes.is_empty() {
            continue;
        }
        for sampling in &mut meters.0 {
            sampling.publish(clock.now, &mut terminal);
        }
        terminal.readings.show_disturbed(clock.now);
    }
}
