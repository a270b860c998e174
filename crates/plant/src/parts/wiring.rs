//! The way of a role's readings from its parts, and of its commands to them.

use std::collections::VecDeque;

use bevy_ecs::prelude::Entity;
use blackstart_engine::{BusAnswer, Terminal};
use blackstart_trace::Evidence;
use blackstart_units::SimTime;

use super::acting::{Acting, Command, TRIPS};
use crate::claimed_trip::GuardedPack;
use crate::sampling::Meters;

/// Where a pin ends: which of what acts, which of its pins, which element.
pub(super) type PinWay = (usize, &'static str, Option<usize>);

/// The way of a role's readings and commands.
#[derive(Debug)]
pub(crate) struct Wiring {
    pub entity: Entity,
    /// Its path.
    pub(super) role: String,
    /// States: the reading, and what each of its bits is; whether a change of it wakes the controller.
    pub(super) states: Vec<StateWay>,
    pub(super) commands: Vec<Vec<PinWay>>,
    /// From a command to what it is for, and what is on its way.
    pub(super) latency: SimTime,
    pub(super) under_way: VecDeque<(SimTime, usize, Command)>,
    /// Buses to chips: which command, which part.
    pub(super) buses: Vec<(usize, usize)>,
    /// Comparators of which the controller is alerted at once, each with the sampling that does.
    pub(super) alerts: Vec<(usize, usize)>,
    /// Channels that a part has a say in: which, by sampling and channel; which element, at which version.
    pub(super) channels: Vec<(usize, usize, usize, usize, u32)>,
    /// What its claims are held against.
    pub(super) pack: GuardedPack,
}

/// One reading of states.
#[derive(Debug)]
pub(super) struct StateWay {
    pub index: usize,
    pub name: String,
    pub ways: Vec<PinWay>,
    pub wakes: bool,
}

/// What several ways show together: one state, the sum of counts, or a bit of each.
pub(super) fn shown(ways: &[PinWay], state: impl Fn(&PinWay) -> f64) -> f64 {
    match ways {
        [only] => state(only),
        counts if counts.iter().all(|way| way.1 == TRIPS) => counts.iter().map(state).sum(),
        bits => bits.iter().rev().fold(0.0, |bits, way| 2.0 * bits + state(way)),
    }
}

impl Wiring {
    /// Commands that have arrived.
    pub fn deliver(&mut self, now: SimTime, acting: &mut [(String, Box<dyn Acting>)]) {
        while let Some((_, part, command)) = self.under_way.pop_front_if(|one| one.0 <= now) {
            acting[part].1.command(Command { now, ..command });
        }
    }

    /// When the next command arrives.
    pub fn next(&self) -> SimTime {
        self.under_way.front().map_or(SimTime::NEVER, |one| one.0)
    }

    /// Who is alerted that a comparator has acted, and by which sampling.
    pub fn alerted_of(&self, comparator: usize) -> Option<(Entity, usize)> {
        let found = self.alerts.iter().find(|(one, _)| *one == comparator);
        found.map(|(_, sampling)| (self.entity, *sampling))
    }

    /// Where a reading of a role ends.
    pub fn way(&self, role: &str, pin: &str) -> Option<(usize, &'static str)> {
        let own = self.states.iter().find(|state| self.role == role && state.name == pin)?;
        own.ways.first().map(|way| (way.0, way.1))
    }

    /// Whoever sets one comparator has the others as they are: what they do is that device's.
    pub(super) fn rest_on_the_device(&self, acting: &mut [(String, Box<dyn Acting>)]) {
        let read = self.states.iter().flat_map(|state| &state.ways);
        for &(part, ..) in read.chain(self.commands.iter().flatten()) {
            acting[part].1.rests_on(Evidence::DutSettingsOnModel);
        }
    }

    /// Brings channels and states that the role sees to now.
    pub fn show(
        &mut self,
        acting: &mut [(String, Box<dyn Acting>)],
        meters: &mut Meters,
        terminal: &mut Terminal,
    ) {
        for (group, k, part, element, known) in &mut self.channels {
            let part = &acting[*part].1;
            if part.version() != *known {
                *known = part.version();
                part.channel(*element, &mut meters.0[*group].channels[*k]);
            }
        }
        for &(bus, part) in &self.buses {
            for answer in acting[part].1.ended_transfers() {
                terminal.transferred.push(BusAnswer { bus, ..answer });
                terminal.causes.input = true;
            }
        }
        for state in &self.states {
            let value = shown(&state.ways, |way| acting[way.0].1.reading(way.1));
            let is_new = terminal.show_at(state.index, value);
            terminal.causes.input |= is_new && state.wakes;
        }
    }
}
