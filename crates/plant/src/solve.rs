//! The tick's physics: commands to hardware, the network to the next instant that matters, readings.
//!
//! The front end and the switches act inside [`solve`], without a tick boundary; `solve` ends when a
//! controller must be woken, a scenario event is due, or the run is over.

use bevy_ecs::prelude::{Query, Res, ResMut, Resource, World};
use blackstart_engine::{Causes, Clock, Terminal};
use blackstart_trace::{EventKind, Evidence, Protection, SignalKind, Trip};
use blackstart_units::{Amperes, SimTime};

use crate::battery::{Battery, BmsPins, CLAMP_SETTLED, Interruption, PowerStage, Turning};
use crate::cause;
use crate::circuit::{Circuit, Roster};
use crate::front_end::FrontEnd;
use crate::inverter::{FRONT_SWITCH, Inverter, Supply};
use crate::network::{Edge, LoadId, NetworkError, Quantity, Stop, Watch};
use crate::record::Recorder;
use crate::sampling::Sampling;
use crate::stimulus::Stimuli;

/// Why the physics could not go on, if it could not.
#[derive(Resource, Default)]
pub struct SolverFault(pub Option<NetworkError>);

type Hardware<'w, 's> =
    Query<'w, 's, (&'static Battery, &'static mut FrontEnd, &'static mut PowerStage)>;

/// Hands changed commands to the hardware and writes claims down.
pub(crate) fn actuate(
    clock: Res<Clock>,
    roster: Res<Roster>,
    mut circuit: ResMut<Circuit>,
    mut recorder: ResMut<Recorder>,
    mut terminals: Query<(&mut Terminal, Option<&BmsPins>)>,
    mut hardware: Hardware,
    mut inverters: Query<(&Inverter, &mut Supply)>,
) {
    let loads = draws(&roster, &inverters.as_readonly());
    for &entity in &roster.batteries {
        let (Ok((mut terminal, Some(pins))), Ok((battery, mut front_end, mut stage))) =
            (terminals.get_mut(entity), hardware.get_mut(entity))
        else {
            continue;
        };
        for (index, value) in claims(&mut terminal, clock.now, &mut recorder) {
            if index == pins.alarm {
                let alarm = (value as usize, battery);
                trip_by_controller(alarm, clock.now, &circuit, &loads, &mut recorder);
            }
        }
        for (index, value) in terminal.commands.take_changed() {
            let name = terminal.commands.items()[index].name.clone();
            obey(&name, value, clock.now, battery, &mut front_end, &mut stage);
            if clock.now > SimTime::ZERO {
                let role = terminal.role.clone();
                recorder.event(clock.now, &role, EventKind::Command { name, value });
            }
        }
    }
    for &entity in &roster.inverters {
        let (Ok((mut terminal, _)), Ok((inverter, mut supply))) =
            (terminals.get_mut(entity), inverters.get_mut(entity))
        else {
            continue;
        };
        for (_, value) in claims(&mut terminal, clock.now, &mut recorder) {
            recorder.trace.sample(inverter.state, clock.now, value);
        }
        for (_, value) in terminal.commands.take_changed() {
            supply.running = value > 0.5;
        }
        let switched_on = terminal.readings.get(FRONT_SWITCH) > 0.5;
        publish_supply(inverter, &supply, switched_on, &mut circuit, &mut recorder);
    }
}

/// Sets the inverter's draw and writes down what its loads get.
pub(crate) fn publish_supply(
    inverter: &Inverter,
    supply: &Supply,
    switched_on: bool,
    circuit: &mut Circuit,
    recorder: &mut Recorder,
) {
    let now = circuit.network.now();
    circuit.network.set_load_power(inverter.draw, inverter.dc_power(supply, switched_on));
    let trace = &mut recorder.trace;
    trace.sample(inverter.ac_power, now, crate::install::given(supply).0);
    for ((_, id, demand), [wanted, given, supplied]) in supply.loads.iter().zip(&supply.signals) {
        trace.sample(*wanted, now, demand.0);
        trace.sample(*given, now, if supply.running { demand.0 } else { 0.0 });
        let before = trace.series(*supplied).held_at(now);
        trace.sample(*supplied, now, f64::from(supply.running));
        let kind = if supply.running { EventKind::LoadSupplied } else { EventKind::LoadLost };
        if before.is_some_and(|before| (before > 0.5) != supply.running) {
            recorder_event(trace, now, id, kind);
        }
    }
}

fn recorder_event(
    trace: &mut blackstart_trace::Trace,
    at: SimTime,
    subject: &str,
    kind: EventKind,
) {
    trace.event(blackstart_trace::Event { at, subject: subject.to_owned(), kind });
}

fn claims(terminal: &mut Terminal, now: SimTime, recorder: &mut Recorder) -> Vec<(usize, f64)> {
    let changed = terminal.claims.take_changed();
    for &(index, value) in &changed {
        let item = &terminal.claims.items()[index];
        let signal =
            recorder.trace.catalogue().find(&format!("{}.claim.{}", terminal.role, item.name));
        let Some(signal) = signal else { continue };
        let before = recorder.trace.series(signal).held_at(now);
        recorder.trace.sample(signal, now, value);
        if let (SignalKind::State(names), Some(before)) = (&item.kind, before) {
            let name = |value: f64| names.get(value as usize).cloned().unwrap_or_default();
            let kind =
                EventKind::State { signal: item.name.clone(), from: name(before), to: name(value) };
            recorder.event(now, &terminal.role, kind);
        }
    }
    changed
}

fn obey(
    name: &str,
    value: f64,
    now: SimTime,
    battery: &Battery,
    front_end: &mut FrontEnd,
    stage: &mut PowerStage,
) {
    let turning =
        Some(Turning { at: now + battery.model.switch.switching_time, closed: value > 0.5 });
    let [scd, ocd] = &mut front_end.comparators;
    let setting = match name {
        "main_switch" => {
            stage.main = turning;
            return;
        }
        "precharge_switch" => {
            stage.precharge = turning;
            return;
        }
        "front_end_clear" => {
            front_end.latched = 0;
            return;
        }
        _ if value <= 0.0 => return,
        "scd_threshold_a" => (scd, Some(value), None),
        "scd_delay_us" => (scd, None, Some(value * 1e-6)),
        "ocd_threshold_a" => (ocd, Some(value), None),
        "ocd_delay_ms" => (ocd, None, Some(value * 1e-3)),
        _ => return,
    };
    if let Some(threshold) = setting.1 {
        setting.0.setting.threshold = Amperes(threshold);
    }
    if let Some(delay) = setting.2 {
        setting.0.setting.delay = SimTime::from_seconds(delay);
    }
    front_end.set_by_controller = true;
}

fn trip_by_controller(
    (alarm, battery): (usize, &Battery),
    now: SimTime,
    circuit: &Circuit,
    loads: &[LoadId],
    recorder: &mut Recorder,
) {
    let network = &circuit.network;
    let bms = &battery.model.bms;
    let (protection, value, threshold, delay, (cause, because)) = match alarm {
        1 => (
            Protection::PrechargeTimeout,
            network.value(Quantity::Difference(battery.pack, battery.port)),
            bms.precharge_delta.0,
            bms.precharge_timeout,
            cause::of_precharge(network, battery, battery.precharge, loads),
        ),
        4 => (
            Protection::CellUnderVoltage,
            network.value(Quantity::LowestCell(battery.cells)),
            bms.cell_cutoff.0,
            bms.cell_cutoff_delay,
            cause::of_cells(network, battery),
        ),
        _ => return,
    };
    let trip = Trip {
        protection,
        value,
        extreme: value,
        threshold,
        delay,
        since: now - delay,
        cause,
        because,
        evidence: Evidence::Dut,
    };
    recorder.event(now, &battery.id, EventKind::Trip(trip));
}

fn draws(roster: &Roster, inverters: &Query<(&Inverter, &Supply)>) -> Vec<LoadId> {
    let draw = |&entity| inverters.get(entity).ok().map(|(inverter, _)| inverter.draw);
    roster.inverters.iter().filter_map(draw).collect()
}

/// Runs the network to the next instant that matters to somebody.
#[expect(clippy::too_many_arguments, reason = "a system's parameters are its access")]
pub(crate) fn solve(
    mut clock: ResMut<Clock>,
    roster: Res<Roster>,
    stimuli: Res<Stimuli>,
    mut circuit: ResMut<Circuit>,
    mut recorder: ResMut<Recorder>,
    mut fault: ResMut<SolverFault>,
    mut hardware: Hardware,
    mut meters: Query<(&mut Sampling, &mut Terminal)>,
    inverters: Query<(&Inverter, &Supply)>,
) {
    let loads = draws(&roster, &inverters);
    let circuit = &mut *circuit;
    let entities: Vec<_> = roster.batteries.iter().chain(&roster.inverters).copied().collect();
    loop {
        let now = circuit.network.now();
        clock.now = now;
        switch_and_trip(now, &roster, &mut hardware, &mut meters, circuit, &mut recorder, &loads);
        let mut until = clock.end.min(clock.next_event);
        let mut must_decide = false;
        let mut watches: Vec<Watch> = Vec::new();
        for &entity in &entities {
            let Ok((mut sampling, mut terminal)) = meters.get_mut(entity) else { continue };
            sampling.pass(now, &mut |quantity, _| circuit.network.value(quantity));
            sampling.look(now, &mut terminal, &mut |quantity| circuit.network.value(quantity));
            sampling.wake(now, &mut terminal);
            must_decide |= !terminal.causes.is_empty();
            until = until.min(sampling.next()).min(terminal.wake_at);
            watches.extend(sampling.watches(&terminal));
        }
        if now == SimTime::ZERO {
            write_integrals(&stimuli, &roster, &hardware, circuit, &mut recorder);
        }
        if must_decide || now >= clock.end || now >= clock.next_event {
            return;
        }
        for &entity in &roster.batteries {
            let Ok((battery, front_end, stage)) = hardware.get(entity) else { continue };
            until = until.min(stage.next());
            for comparator in &front_end.comparators {
                until = until.min(comparator.expires());
                let over = comparator.over_since.is_some();
                watches.push(Watch {
                    quantity: Quantity::Current(battery.shunt),
                    level: comparator.setting.threshold.0,
                    edge: if over { Edge::Falling } else { Edge::Rising },
                });
            }
        }
        let outcome = circuit.network.advance(until, &watches, &mut |step| {
            recorder.step(step);
            for &entity in &entities {
                if let Ok((mut sampling, _)) = meters.get_mut(entity) {
                    let start = step.start();
                    sampling
                        .pass(step.end(), &mut |quantity, at| step.value(quantity, at.max(start)));
                }
            }
            for &entity in &roster.batteries {
                let Ok((battery, mut front_end, _)) = hardware.get_mut(entity) else { continue };
                let (_, (at, peak)) = step.extremes(Quantity::Current(battery.shunt));
                front_end.comparators.iter_mut().for_each(|one| one.see(at, peak));
            }
        });
        clock.now = circuit.network.now();
        match outcome {
            Ok(Stop::Melted(branch)) => {
                let fuse = stimuli.fuses.iter().find(|fuse| fuse.branch == branch);
                if let Some(fuse) = fuse {
                    let current = Amperes(circuit.network.value(Quantity::Current(branch)));
                    recorder.event(clock.now, &fuse.id, EventKind::FuseMelted { current });
                }
            }
            Ok(Stop::Reached | Stop::Crossed(_)) => {}
            Err(error) => {
                fault.0 = Some(error);
                return;
            }
        }
        write_integrals(&stimuli, &roster, &hardware, circuit, &mut recorder);
    }
}

fn switch_and_trip(
    now: SimTime,
    roster: &Roster,
    hardware: &mut Hardware,
    meters: &mut Query<(&mut Sampling, &mut Terminal)>,
    circuit: &mut Circuit,
    recorder: &mut Recorder,
    loads: &[LoadId],
) {
    for &entity in &roster.batteries {
        let Ok((battery, mut front_end, mut stage)) = hardware.get_mut(entity) else { continue };
        move_switches(now, battery, &front_end, &mut stage, circuit, recorder);
        let current = circuit.network.value(Quantity::Current(battery.shunt));
        for which in 0..front_end.comparators.len() {
            let set_by_controller = front_end.set_by_controller;
            let comparator = &mut front_end.comparators[which];
            comparator.turn(now, current >= comparator.setting.threshold.0);
            comparator.see(now, current);
            if now < comparator.expires() || comparator.over_since.is_none() {
                continue;
            }
            let (cause, because) = cause::of_current(&circuit.network, battery, loads);
            let trip = Trip {
                protection: comparator.protection,
                value: current,
                extreme: comparator.extreme_over,
                threshold: comparator.setting.threshold.0,
                delay: comparator.setting.delay,
                since: comparator.over_since.unwrap_or(now),
                cause,
                because,
                evidence: if set_by_controller {
                    Evidence::DutSettingsOnModel
                } else {
                    Evidence::ModelOnly
                },
            };
            comparator.has_tripped = true;
            comparator.over_since = None;
            recorder.event(now, &battery.id, EventKind::Trip(trip));
            front_end.latched |= 1 << which;
            let opens = Turning { at: now + battery.model.switch.switching_time, closed: false };
            stage.main = Some(opens);
            stage.precharge = Some(opens);
            if let Ok((mut sampling, _)) = meters.get_mut(entity) {
                let alert = Causes { alert: true, ..Causes::default() };
                let due = now + sampling.latency;
                sampling.wakes.push((due, alert));
            }
            // The current still flows for the switching time; it is one trip, not two.
            break;
        }
        move_switches(now, battery, &front_end, &mut stage, circuit, recorder);
    }
}

fn move_switches(
    now: SimTime,
    battery: &Battery,
    front_end: &FrontEnd,
    stage: &mut PowerStage,
    circuit: &mut Circuit,
    recorder: &mut Recorder,
) {
    let network = &mut circuit.network;
    if let Some(turn) = stage.main.filter(|turn| turn.at <= now) {
        stage.main = None;
        let closed = turn.closed && front_end.latched == 0;
        if !closed && network.is_closed(battery.main) {
            let current = Amperes(network.value(Quantity::Current(battery.main)));
            let clamp_before = network.clamp_energy(battery.main);
            stage.interruption = Some(Interruption { opened: now, current, clamp_before });
        }
        network.set_switch(battery.main, closed);
    }
    if let Some(turn) = stage.precharge.filter(|turn| turn.at <= now) {
        stage.precharge = None;
        network.set_switch(battery.precharge, turn.closed && front_end.latched == 0);
    }
    if let Some(one) = stage.interruption.filter(|one| one.opened + CLAMP_SETTLED <= now) {
        stage.interruption = None;
        if one.current.abs() > Amperes(1.0) {
            let kind = EventKind::Interrupted {
                current: one.current,
                clamp_energy: network.clamp_energy(battery.main) - one.clamp_before,
                clamp_rating: battery.model.switch.clamp_rating,
            };
            recorder.event(now, &battery.id, kind);
        }
    }
    let signals = &battery.signals;
    let latch = match front_end.latched {
        0 => 0.0,
        latched if latched & 1 != 0 => 1.0,
        _ => 2.0,
    };
    recorder.trace.sample(signals.front_end, now, latch);
    for (signal, branch) in
        [(signals.main_switch, battery.main), (signals.precharge_switch, battery.precharge)]
    {
        let closed = f64::from(network.is_closed(branch));
        let before = recorder.trace.series(signal).held_at(now);
        recorder.trace.sample(signal, now, closed);
        if before.is_some_and(|before| before != closed) {
            recorder.jump(network);
        }
    }
}

fn write_integrals(
    stimuli: &Stimuli,
    roster: &Roster,
    hardware: &Hardware,
    circuit: &Circuit,
    recorder: &mut Recorder,
) {
    let (network, now) = (&circuit.network, circuit.network.now());
    for &entity in &roster.batteries {
        let Ok((battery, _, _)) = hardware.get(entity) else { continue };
        let energy = network.dissipated(battery.precharge).0;
        recorder.trace.sample(battery.signals.precharge_energy, now, energy);
        let clamped = network.clamp_energy(battery.main).0;
        recorder.trace.sample(battery.signals.clamp_energy, now, clamped);
    }
    for fuse in &stimuli.fuses {
        recorder.trace.sample(fuse.damage, now, network.fuse_damage(fuse.branch) * 100.0);
        recorder.trace.sample(fuse.state, now, f64::from(network.melted(fuse.branch)));
    }
}

/// Writes what every controller that is about to be woken can see.
pub(crate) fn measure(
    clock: Res<Clock>,
    mut meters: Query<(&mut Sampling, &mut Terminal, Option<&FrontEnd>, Option<&BmsPins>)>,
) {
    for (mut sampling, mut terminal, front_end, pins) in &mut meters {
        if terminal.causes.is_empty() {
            continue;
        }
        sampling.publish(clock.now, &mut terminal);
        if let (Some(front_end), Some(pins)) = (front_end, pins) {
            terminal.readings.set(pins.front_end_status, f64::from(front_end.latched));
        }
    }
}

/// Records how close each protection came that never acted. Once, at the end of a run.
pub fn record_approaches(world: &mut World) {
    let batteries = world.resource::<Roster>().batteries.clone();
    let at = world.resource::<Clock>().now;
    for entity in batteries {
        let parts = (world.get::<Battery>(entity), world.get::<FrontEnd>(entity));
        let (Some(battery), Some(front_end)) = parts else { continue };
        let id = battery.id.clone();
        let quiet = front_end.comparators.iter().filter(|one| !one.has_tripped);
        let approaches: Vec<_> = quiet.map(|one| one.approach()).collect();
        for approach in approaches {
            world.resource_mut::<Recorder>().event(at, &id, EventKind::Approach(approach));
        }
    }
}
